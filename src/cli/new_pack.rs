//! `entail new-pack`: the beginning of a rule pack.

use std::path::PathBuf;

use clap::Args;

use crate::datalog::packs;
use crate::output::directory::free_place;
use crate::output::write_file;

use super::answers::Answers;
use super::diagnostics::{Diagnostic, quiet_if_closed};
use super::exit::Exit;
use super::run::Environment;

const EXAMPLES: &str = "\
Examples:
  entail new-pack our-rules
  entail new-pack team-rules && entail test team-rules
  entail new-pack first-rules && entail check examples/acme first-rules --fail-on critical

The new folder has a rule with its documentation, a test that shows when it finds something and when not, and \
a page that says how to go on.

Exit code: 0 written; 2 wrong usage, and names that are taken.";

/// Start a rule pack: a folder with a rule, a test and a page
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "See `--help` for examples and exit codes.")]
pub struct NewPackArgs {
    /// The new folder. Its last part names the pack, in lower-case letters, digits and hyphens
    #[arg(value_name = "NAME")]
    path: PathBuf,
}

pub(super) fn run<A: Answers>(
    arguments: &NewPackArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let path = &arguments.path;
    free_place(path).map_err(Diagnostic::from)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let letters =
        |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) || name.ends_with('-') || !letters(&name) {
        let error = Diagnostic::error("usage", format!("`{name}` is no name of a pack"));
        return Err(error
            .with_help("begin with a letter; lower case, digits and hyphens: `our-rules`")
            .into());
    }
    if packs::shipped(&name).is_some() {
        let error = Diagnostic::error("usage", format!("`{name}` is a pack of entail"));
        return Err(error.with_help(format!("give it another name, such as `our-{name}`")).into());
    }
    std::fs::create_dir(path).map_err(|error| {
        Diagnostic::error("output", format!("the folder can't be made: {error}")).at(path.display())
    })?;
    let files = [(format!("{name}.rules"), rules(&name)), ("README.md".to_owned(), page(&name))];
    for (file, text) in &files {
        if let Err(error) = write_file(&path.join(file), |out| out.write_all(text.as_bytes())) {
            // Half a pack would take the name.
            let _ = std::fs::remove_dir_all(path);
            return Err(Diagnostic::from(error).into());
        }
    }
    let shown = path.display().to_string();
    let shown = environment.answers.redactor().map_or(shown.clone(), |redactor| redactor.text(&shown));
    let told = format!("{shown}: a rule, a test and a page; `entail test {shown}` runs the test\n");
    quiet_if_closed(environment.out.write_all(told.as_bytes()).and_then(|()| environment.out.flush()))?;
    Ok(Exit::Clean)
}

/// The rules of a new pack.
fn rules(name: &str) -> String {
    TEMPLATE.replace("NAME", name)
}

/// The page of a new pack.
fn page(name: &str) -> String {
    PAGE.replace("NAME", name)
}

const TEMPLATE: &str = include_str!("new_pack/NAME.rules");
const PAGE: &str = include_str!("new_pack/README.md");
