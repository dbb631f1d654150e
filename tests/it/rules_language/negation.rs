//! `not` before relations of an estate.

use std::collections::BTreeSet;

use entail::datalog::check::{Root, read};
use entail::datalog::engine::Offer;
use entail::datalog::relations::offers;
use entail::datalog::text::Code;

use super::files::OnDisk;

/// A rule that says `not` before the relation and binds all its columns.
fn rule(offer: &Offer) -> String {
    let columns = || offer.declaration.columns.iter().enumerate();
    let typed: Vec<String> = columns().map(|(at, column)| format!("c{at}: {}", column.of.value)).collect();
    let variables: Vec<String> = columns().map(|(at, _)| format!("C{at}")).collect();
    let (typed, variables) = (typed.join(", "), variables.join(", "));
    let name = &offer.declaration.name.value;
    format!(
        ".decl some({typed})\n.decl rest({typed})\nrest({variables}) :- some({variables}), not {name}({variables}).\n"
    )
}

/// What is wrong with it: the help, if it is that `not` would hide something.
fn help(offer: &Offer) -> Option<String> {
    let problems = read(&[Root::Text("test.rules".into(), rule(offer))], &OnDisk, offers()).err()?;
    let found: Vec<_> = problems.iter().map(|(_, problem)| problem).collect();
    assert!(matches!(found[..], [problem] if problem.code == Code::Negation), "{found:?}");
    Some(found[0].help.clone().expect("a remedy"))
}

/// Relations that hold only what is sure, or only what is not, can't be negated; all others can.
#[test]
fn not_is_refused_where_it_would_take_what_is_left_out_for_no() {
    let names = || offers().iter().map(|offer| &*offer.declaration.name.value);
    let refused: BTreeSet<&str> = offers()
        .iter()
        .filter(|offer| help(offer).is_some())
        .map(|offer| &*offer.declaration.name.value)
        .collect();
    let partial = |name: &&str| {
        let others =
            ["assumes", "assumes_if", "assumes_unknown", "trusts_service", "trusts_service_if", "becomes"];
        *name == "can" || name.starts_with("can_") || name.starts_with("left_open") || others.contains(name)
    };
    assert_eq!(refused, names().filter(partial).collect());
}

/// The remedy names relations that are there.
#[test]
fn remedies_name_relations() {
    for offer in offers() {
        let Some(help) = help(offer) else { continue };
        let codes = help.split('`').skip(1).step_by(2);
        let named: Vec<&str> = codes
            .map(|code| code.trim_start_matches("not ").split('(').next().unwrap_or_default())
            .filter(|name| *name != "not")
            .collect();
        assert!(!named.is_empty(), "{help}");
        for name in named {
            assert!(offers().iter().any(|offer| &*offer.declaration.name.value == name), "{name}: {help}");
        }
    }
}

/// What is derived of such a relation has a name that says what it holds, and can be negated.
#[test]
fn a_relation_of_ones_own_may_be_negated() {
    let text = ".decl surely_reads(principal: string, bucket: string)\n\
        surely_reads(P, Bucket) :- can(P, \"s3:ListBucket\", Bucket).\n\
        ?- principal(P, user, _), not surely_reads(P, \"arn:aws:s3:::b\").\n\
        ?- principal(P, user, _), cannot(P, \"s3:ListBucket\", \"arn:aws:s3:::b\").\n\
        ?- principal(P, user, _), principal(R, role, _), not may_assume(P, R).\n";
    let checked = read(&[Root::Text("test.rules".into(), text.to_owned())], &OnDisk, offers());
    assert_eq!(checked.map(|checked| checked.queries.len()).ok(), Some(3));
}
