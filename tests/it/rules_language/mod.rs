//! The language of rule files: what is read, what is wrong, what becomes of it, how it is formatted.

mod files;
mod formatting;
mod lowering;
mod negation;
mod random;

use std::path::{Path, PathBuf};

use entail::datalog::check::{Checked, Problems, Root, read};
use entail::datalog::engine::{Accepts, Offer};
use entail::datalog::text::{Code, parse};

use files::OnDisk;

/// The folder of the files that tests read.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules_language")
}

/// What the files can read from outside: relations given whole, and two that need a column. `can` does not hold all that may be so.
fn offers() -> Vec<Offer> {
    let text = std::fs::read_to_string(folder().join("given.facts")).expect("it is there");
    let offer = |declaration: &entail::datalog::text::Declaration| {
        let mut offer = Offer::whole(declaration.clone(), 10);
        match &*declaration.name.value {
            "can" => {
                offer.accepts = vec![Accepts { columns: vec![1], rows: 100 }];
                offer.instead_of_not = Some("write `cannot(P, A, R)`".to_owned());
            }
            "acts" => offer.accepts = vec![Accepts { columns: vec![1], rows: 100 }],
            _ => {}
        }
        offer
    };
    parse(&text).file.declarations().map(offer).collect()
}

fn checked(text: &str) -> Result<Checked, Problems> {
    read(&[Root::Text("test.rules".into(), text.to_owned())], &OnDisk, &offers())
}

/// Every file of `errors` is wrong in many ways, and all are told.
#[test]
fn mistakes_are_shown_with_their_places() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder().join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _scope = settings.bind_to_scope();
    let names = [
        "signs_of_other_languages",
        "clauses",
        "values",
        "aggregates_and_findings",
        "tests",
        "names",
        "types",
        "bindings",
        "strata",
        "imports",
    ];
    for name in names {
        let path = folder().join("errors").join(format!("{name}.rules"));
        let problems = read(&[Root::Path(path)], &OnDisk, &offers()).expect_err("nothing is right");
        let shown: Vec<String> = problems.rendered().collect();
        let shown = shown.join("\n\n").replace(&*folder().to_string_lossy(), "…");
        insta::assert_snapshot!(name, shown);
    }
}

/// A problem of every kind has help, but for those whose message says it all.
#[test]
fn problems_come_with_help() {
    for entry in std::fs::read_dir(folder().join("errors")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let Err(problems) = read(&[Root::Path(path.clone())], &OnDisk, &offers()) else { continue };
        for (source, problem) in problems.iter() {
            let text = source.text();
            let inside = problem.span.start <= problem.span.end && problem.span.end as usize <= text.len();
            assert!(inside, "{}: {problem:?}", path.display());
            assert!(!problem.message.ends_with('.') && !problem.message.contains('\n'), "{problem:?}");
        }
    }
}

/// The page of the language says what is true: its example is a program, laid out as `fmt` does, and it lists every kind of mistake.
#[test]
fn the_page_of_the_language() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let page = std::fs::read_to_string(path).expect("it is there");
    let mut examples = 0;
    for example in page.split("```rules\n").skip(1) {
        let (example, _) = example.split_once("```").expect("it ends");
        let problems = checked(example).err().map(|problems| problems.rendered().collect::<Vec<_>>());
        assert_eq!(problems, None, "{example}");
        assert_eq!(entail::datalog::text::format(example).as_deref(), Ok(example));
        examples += 1;
    }
    assert!(examples > 0);
    for code in Code::ALL {
        assert!(page.contains(&format!("| `{}` | {} |", code.name(), code.meaning())), "{code:?}");
    }
}
