//! `entail completions`: what a shell needs to complete commands and options.

use clap::{Args, CommandFactory};
use clap_complete::{Generator, Shell};

use super::Cli;
use super::diagnostics::{Diagnostic, quiet_if_closed};
use super::exit::Exit;
use super::run::Environment;

const EXAMPLES: &str = "\
Examples:
  entail completions bash > ~/.local/share/bash-completion/completions/entail
  entail completions zsh > ~/.zfunc/_entail
  entail completions fish > ~/.config/fish/completions/entail.fish

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
    let mut command = Cli::command();
    command.set_bin_name("entail");
    command.build();
    let mut text = Vec::new();
    arguments.shell.generate(&command, &mut text);
    quiet_if_closed(environment.out.write_all(&text).and_then(|()| environment.out.flush()))?;
    Ok(Exit::Clean)
}
