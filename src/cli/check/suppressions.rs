//! Findings that somebody decided to live with until a day, in a fact file.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::cli::diagnostics::Diagnostic;
use crate::cli::given::Given;
use crate::datalog::text::{Fact, Schema, Value, check, parse};
use crate::document::nearest::nearest;
use crate::document::{Severity, Source};
use crate::output::{FindingRule, PackFinding, StatusWord, SuppressionView};
use crate::region::action_set::glob;

/// What such a file holds; it need not declare it.
const DECLARATION: &str = "\
/// Findings of this rule whose key has these texts, with `*` and `?`, do not count until the end of the day. An empty key is any.
.decl suppress(rule: string, key: [string], reason: string, until: string)
";

/// What a suppression has to look like.
const EXAMPLE: &str =
    r#"as in `suppress("orphan-role", ["arn:aws:iam::111122223333:role/*"], "why", "2027-06-30").`"#;

/// A file of suppressions.
pub(super) struct Suppressions {
    path: PathBuf,
    all: Vec<Suppression>,
}

/// One suppression, and what became of it.
struct Suppression {
    rule: String,
    key: Vec<String>,
    reason: String,
    until: Date,
    line: u32,
    column: u32,
    matches: usize,
    /// What the keys of its rule are, where they are not as many as its own.
    keys: Vec<String>,
}

impl Suppressions {
    /// Reads a file of suppressions.
    ///
    /// # Errors
    /// The file can't be read, or has mistakes: all of them.
    pub(super) fn read(path: &Path, given: &Given) -> Result<Self, Vec<Diagnostic>> {
        let bytes = given.read(path).map_err(|error| {
            Diagnostic::error("unreadable", format!("can't be read: {error}")).at(path.display())
        })?;
        let source = Source::from_bytes(path.display().to_string(), bytes)
            .map_err(|problem| vec![Diagnostic::problem(&problem.problem, &problem.source)])?;
        let mut schema = Schema::default();
        parse(DECLARATION).file.declarations().for_each(|declaration| {
            // It is the first.
            let _ = schema.add(declaration);
        });
        let parsed = parse(source.text());
        let mut problems = parsed.problems;
        problems.extend(check(&parsed.file, &mut schema));
        problems.sort_by_key(|problem| problem.span);
        let mut errors: Vec<Diagnostic> = problems
            .iter()
            .map(|problem| Diagnostic::rendered(Severity::Error, problem.render(&source)))
            .collect();
        let mut all = Vec::new();
        if errors.is_empty() {
            for fact in parsed.file.facts() {
                match suppression(fact, &source) {
                    Ok(found) => all.push(found),
                    Err(error) => errors.push(error),
                }
            }
        }
        if errors.is_empty() { Ok(Self { path: path.to_owned(), all }) } else { Err(errors) }
    }

    /// Marks the findings that are suppressed on a day.
    pub(super) fn mark(&mut self, findings: &mut [PackFinding], today: Date) {
        for finding in findings {
            for suppression in &mut self.all {
                if !suppression.is_about(finding) {
                    suppression.compare_keys(finding);
                    continue;
                }
                suppression.matches += 1;
                if today <= suppression.until && finding.status != StatusWord::Suppressed {
                    finding.status = StatusWord::Suppressed;
                    finding.suppression = Some(SuppressionView {
                        reason: suppression.reason.clone(),
                        until: suppression.until.to_string(),
                    });
                }
            }
        }
    }

    /// What to say of suppressions that are over, and of those that suppress nothing.
    pub(super) fn remarks(&self, rules: &[FindingRule], today: Date) -> Vec<Diagnostic> {
        let remark = |suppression: &Suppression| {
            let Suppression { rule, until, line, column, matches, .. } = suppression;
            let at = format!("{}:{line}:{column}", self.path.display());
            if *matches > 0 {
                return (today > *until).then(|| {
                    let message =
                        format!("the suppression of `{rule}` ended on {until}, and its findings count again");
                    Diagnostic::warning("expired-suppression", message)
                        .at(at)
                        .with_help("mend what it is about, or decide anew until when to live with it")
                });
            }
            let names = || rules.iter().map(|rule| &*rule.name);
            let (message, help) = match names().any(|name| name == rule) {
                true => (format!("the suppression of `{rule}` fits no finding"), suppression.correction()),
                false => (
                    format!("no pack that ran has a rule `{rule}`"),
                    match nearest(rule, names()) {
                        Some(name) => format!("did you mean `{name}`?"),
                        None => "remove it, or run the pack that has the rule".to_owned(),
                    },
                ),
            };
            Some(Diagnostic::warning("unused-suppression", message).at(at).with_help(help))
        };
        self.all.iter().filter_map(remark).collect()
    }
}

impl Suppression {
    /// Notes the keys of a finding of its rule that has more or fewer of them.
    fn compare_keys(&mut self, finding: &PackFinding) {
        let differs = !self.key.is_empty() && self.key.len() != finding.key.len();
        if self.rule == finding.rule && self.keys.is_empty() && differs {
            self.keys = finding.key.keys().map(|key| format!("`{key}`")).collect();
        }
    }

    /// How it could fit.
    fn correction(&self) -> String {
        match self.keys.len() {
            0 => "remove it, or correct its key".to_owned(),
            all => format!(
                "its key has {}, and that of `{}` has {all}: {}; `\"*\"` is any",
                self.key.len(),
                self.rule,
                self.keys.join(", ")
            ),
        }
    }

    fn is_about(&self, finding: &PackFinding) -> bool {
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let fits = |(pattern, value): (&String, &serde_json::Value)| {
            glob(pattern.as_bytes(), text(value).as_bytes())
        };
        self.rule == finding.rule
            && (self.key.is_empty()
                || self.key.len() == finding.key.len() && self.key.iter().zip(finding.key.values()).all(fits))
    }
}

fn suppression(fact: &Fact, source: &Source) -> Result<Suppression, Diagnostic> {
    let (line, column) = source.line_and_column(fact.relation.span.start);
    let refused = |message: String| {
        let at = format!("{}:{line}:{column}", source.name());
        Err(Diagnostic::error("suppressions", message).at(at).with_help(EXAMPLE))
    };
    let values: Vec<&Value> = fact.arguments.iter().map(|argument| &argument.value).collect();
    let [Value::Text(rule), Value::List(key), Value::Text(reason), Value::Text(until)] = values.as_slice()
    else {
        return refused(format!("`{}` is no suppression", fact.relation.value));
    };
    if reason.trim().is_empty() {
        return refused("a suppression needs a reason".to_owned());
    }
    let Ok(until) = until.parse::<Date>() else {
        return refused(format!("`{until}` is no day on which a suppression can end"));
    };
    let text = |value: &Value| match value {
        Value::Text(text) => Some(text.to_string()),
        _ => None,
    };
    let (rule, reason) = (rule.to_string(), reason.to_string());
    let key = key.iter().filter_map(text).collect();
    Ok(Suppression { rule, key, reason, until, line, column, matches: 0, keys: Vec::new() })
}
