//! A prompt for queries: history, completion of names, input of several lines.

use std::io::Write;
use std::path::PathBuf;

use jiff::Timestamp;
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Editor, Helper};

use super::text::is_body;
use super::{Asked, QueryArgs, show};
use crate::cli::diagnostics::Diagnostic;
use crate::cli::programs::Program;
use crate::cli::relations::listed;
use crate::datalog::check::Root;
use crate::datalog::engine::Given;
use crate::datalog::text::{Clause, Declaration, parse, parse_body};
use crate::output::redact::Redactor;
use crate::output::show_relations;
use crate::output::terminal::Screen;

const HELP: &str = "\
A body is a question:         principal(User, user, Account), not member(User, _)
Clauses are kept for later:   .decl lonely(user: string)
                              lonely(User) :- principal(User, user, _), not member(User, _).
:relations [NAME]   what can be read            :why BODY   what each row rests on
:rules              the clauses kept so far     :clear      forgets them
:help               this page                   :quit       ends, as Ctrl-D does

Input goes on to the next line until it is whole; Tab completes names, arrows go through the history.
";

/// A conversation.
pub(super) struct Session<'s> {
    pub(super) arguments: &'s QueryArgs,
    /// The relations that the fact file declares, if one stands in place of an estate.
    pub(super) declared: &'s [Declaration],
    pub(super) now: Timestamp,
    pub(super) redactor: Option<&'s Redactor>,
    pub(super) screen: Screen,
    pub(super) out: &'s mut (dyn Write + Send),
}

impl Session<'_> {
    /// Answers until the user has enough.
    ///
    /// # Errors
    /// The terminal can't be used.
    pub(super) fn run(
        &mut self,
        given: &dyn Given,
        evidence: &mut dyn crate::cli::evidence::Evidence,
    ) -> Result<(), Diagnostic> {
        let unusable = |error: ReadlineError| {
            Diagnostic::error("terminal", format!("the prompt can't be used: {error}"))
        };
        let config = Config::builder().completion_type(CompletionType::List).auto_add_history(true).build();
        let mut editor: Editor<Names, FileHistory> = Editor::with_config(config).map_err(unusable)?;
        let offered = given.offers().iter().map(|offer| offer.declaration.name.value.to_string());
        editor.set_helper(Some(Names { offered: offered.collect(), own: Vec::new() }));
        // Who hides names does not want them kept.
        let history = self.redactor.is_none().then(history_file).flatten();
        if let Some(path) = &history {
            // There is none the first time.
            let _ = editor.load_history(path);
        }
        let _ = writeln!(self.out, "`:help` explains, Ctrl-D ends");
        let mut kept = String::new();
        loop {
            let line = match editor.readline("entail> ") {
                Ok(line) => line,
                Err(ReadlineError::Interrupted) => continue,
                Err(ReadlineError::Eof) => break,
                Err(error) => return Err(unusable(error)),
            };
            if matches!(line.trim(), ":quit" | ":q" | ":exit") {
                break;
            }
            let said = self.answer(line.trim(), &mut kept, (given, &mut *evidence));
            if said.and_then(|()| self.out.flush()).is_err() {
                break;
            }
            if let Some(names) = editor.helper_mut() {
                names.own = declared(&kept);
            }
        }
        if let Some(path) = &history {
            let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
            if folder.is_ok() {
                // A history that can't be kept is no loss.
                let _ = editor.save_history(path);
            }
        }
        Ok(())
    }

    fn answer(&mut self, line: &str, kept: &mut String, asked: Asked<'_>) -> std::io::Result<()> {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match word {
            "" => Ok(()),
            ":help" => self.out.write_all(HELP.as_bytes()),
            ":rules" => self.out.write_all(kept.as_bytes()),
            ":clear" => {
                kept.clear();
                Ok(())
            }
            ":relations" => match listed(Some(rest.trim()).filter(|name| !name.is_empty())) {
                Ok(list) => show_relations(&list, self.out),
                Err(error) => writeln!(self.out, "{error}"),
            },
            ":why" => self.ask(rest, true, kept, asked),
            word if word.starts_with(':') => {
                writeln!(self.out, "there is no `{word}`; `:help` lists what there is")
            }
            _ => self.ask(line, self.arguments.why, kept, asked),
        }
    }

    /// Answers queries, or keeps clauses.
    fn ask(
        &mut self,
        input: &str,
        why: bool,
        kept: &mut String,
        (given, evidence): Asked<'_>,
    ) -> std::io::Result<()> {
        let asked = match !is_clause(input) && is_body(input) {
            true => Root::Body("<input>".into(), input.to_owned()),
            false => Root::Text("<input>".into(), input.to_owned()),
        };
        let texts = [Root::Text("<kept>".into(), kept.clone()), asked];
        let program = Program::of_texts(texts, &self.arguments.rules, self.declared);
        let found = program.and_then(|program| match program.queries() {
            0 => Ok(None),
            _ => {
                let answers = program.answers(given, evidence, self.now, why)?;
                Ok(Some((answers, program.unknown_names(given))))
            }
        });
        match found {
            Ok(Some((mut found, unknown))) => {
                self.tell(&unknown)?;
                if let Some(redactor) = self.redactor {
                    found.iter_mut().for_each(|answer| answer.redact(redactor));
                }
                show(&found, self.screen, self.out)
            }
            Ok(None) => {
                kept.push_str(input);
                kept.push('\n');
                Ok(())
            }
            Err(errors) => self.tell(&errors),
        }
    }

    fn tell(&mut self, diagnostics: &[Diagnostic]) -> std::io::Result<()> {
        diagnostics.iter().try_for_each(|diagnostic| {
            let text = diagnostic.to_string();
            let text = self.redactor.map_or(text.clone(), |redactor| redactor.text(&text));
            writeln!(self.out, "{text}\n")
        })
    }
}

/// Whether a text is clauses and not one body: a fact with its full stop is kept, too.
fn is_clause(text: &str) -> bool {
    let parsed = parse(text);
    parsed.problems.is_empty() && !parsed.file.clauses.is_empty()
}

/// The relations that clauses declare.
fn declared(text: &str) -> Vec<String> {
    let name = |clause: &Clause| match clause {
        Clause::Declaration(declaration) => Some(declaration.name.value.to_string()),
        Clause::Finding(finding) => Some(finding.name.value.to_string()),
        _ => None,
    };
    parse(text).file.clauses.iter().filter_map(name).collect()
}

/// Where the history is kept: `entail/history` in the folder of the user for such things.
fn history_file() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = state.or_else(|| std::env::home_dir().map(|home| home.join(".local/state")))?;
    Some(folder.join("entail/history"))
}

/// Completes the names of relations.
struct Names {
    offered: Vec<String>,
    own: Vec<String>,
}

impl Names {
    /// The names that begin like the word before the cursor, and where that begins.
    fn of(&self, line: &str, cursor: usize) -> (usize, Vec<&str>) {
        const COMMANDS: [&str; 6] = [":help", ":relations", ":rules", ":clear", ":why", ":quit"];
        const WORDS: [&str; 5] = ["not", "like", "count", ".decl", ".import"];
        let before = line.get(..cursor).unwrap_or(line);
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || "_-:.".contains(letter);
        let start = before.rfind(|letter| !is_word(letter)).map_or(0, |at| at + 1);
        let word = before.get(start..).unwrap_or_default();
        let known = self.offered.iter().chain(&self.own).map(String::as_str);
        let mut found: Vec<&str> = known
            .chain(WORDS)
            .chain(COMMANDS)
            .filter(|name| !word.is_empty() && name.starts_with(word))
            .collect();
        found.sort_unstable();
        found.dedup();
        (start, found)
    }
}

impl Completer for Names {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        cursor: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, found) = self.of(line, cursor);
        let pair = |name: &&str| Pair { display: (*name).to_owned(), replacement: (*name).to_owned() };
        Ok((start, found.iter().map(pair).collect()))
    }
}

impl Validator for Names {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match is_whole(context.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

/// Whether an input is one that can be answered, be it with errors, and not the beginning of one.
fn is_whole(input: &str) -> bool {
    let text = input.trim();
    let ends = text.ends_with(['.', '}']) || text.starts_with(':') || text.is_empty();
    // An empty line ends what never would.
    let given_up = input.ends_with('\n');
    ends || given_up || is_clause(text) || parse_body(text).problems.is_empty()
}

impl Hinter for Names {
    type Hint = String;
}

impl Highlighter for Names {}

impl Helper for Names {}

#[cfg(test)]
mod tests;
