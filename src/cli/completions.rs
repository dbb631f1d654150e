//! `entail completions`: what a shell needs to complete commands and options.

use clap::Args;
use clap_complete::{Generator, Shell};

use super::diagnostics::{Diagnostic, quiet_if_closed};
use super::exit::Exit;
use super::run::Environment;

const EXAMPLES: &str = "\
Examples:
  entail completions bash > entail.bash
  entail completions zsh > _entail
  entail completions fish > entail.fish

Exit code: 0 written; 2 wrong usage.";

/// Write the completions of a shell to standard output
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "See `--help` for examples.")]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(super) fn run<A>(
    arguments: &CompletionsArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let mut command = super::command();
    command.set_bin_name("entail");
    command.build();
    let mut text = Vec::new();
    arguments.shell.generate(&command, &mut text);
    quiet_if_closed(environment.out.write_all(&text).and_then(|()| environment.out.flush()))?;
    Ok(Exit::Clean)
}
