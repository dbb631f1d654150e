//! A known text against a pattern with unknown variables: which values of the variables make it match.

use super::formula::{ConditionId, Conditions};
use super::key::KeyId;
use super::operator::Operator;
use super::program::Program;
use super::template::{Piece, Template, push, variables};
use super::test::{DoubtClass, Test, Trool, Value};

/// How many ways to fit one text are looked at before the answer is left open.
const MAX_FITS: usize = 20_000;

impl Conditions {
    /// The condition on the variables of `template` under which it matches `text` as a value of `test`.
    pub(super) fn fit(&self, test: &Test, template: &Template, text: &str) -> ConditionId {
        let mut fitting = Fitting { conditions: self, test, text, fits: 0 };
        fitting.fit(template).unwrap_or_else(|TooManyFits| {
            let message = format!("more than {MAX_FITS} ways to fit `{text}` to a pattern with variables");
            self.doubt(DoubtClass::Reading, &message)
        })
    }
}

struct TooManyFits;

struct Fitting<'a> {
    conditions: &'a Conditions,
    test: &'a Test,
    text: &'a str,
    fits: usize,
}

impl<'a> Fitting<'a> {
    fn fit(&mut self, template: &Template) -> Result<ConditionId, TooManyFits> {
        let Some(key) = variables(template).next() else {
            return Ok(match self.matches(template) {
                Trool::True => ConditionId::ALWAYS,
                Trool::False => ConditionId::NEVER,
                Trool::Unknown => self.conditions.undecided_condition(self.test.undecided),
            });
        };
        let mut alternatives = vec![self.without_value(template, key)?];
        let mut matching = Vec::new();
        for candidate in self.candidates(template) {
            self.fits += 1;
            if self.fits > MAX_FITS {
                return Err(TooManyFits);
            }
            let rest = replace(template, key, |_| Some(candidate.into())).unwrap_or_default();
            match self.fit(&rest)? {
                ConditionId::NEVER => {}
                ConditionId::ALWAYS => matching.push(candidate),
                condition => {
                    let equal = self.conditions.equals_by(key, self.test.operator, [candidate]);
                    alternatives.push(self.conditions.and(equal, condition));
                }
            }
        }
        alternatives.push(self.conditions.equals_by(key, self.test.operator, matching));
        Ok(self.conditions.or_all(alternatives))
    }

    /// The case in which `key` has no value (S-VAR-04, S-VAR-05, U-42).
    fn without_value(&mut self, template: &Template, key: KeyId) -> Result<ConditionId, TooManyFits> {
        let condition = match replace(template, key, |default| default.cloned()) {
            Some(rest) => self.fit(&rest)?,
            None => self.test.unresolved_matches.into(),
        };
        Ok(self.conditions.and(condition, self.conditions.null(key)))
    }

    /// The substrings that the first variable could stand for, judged by the text around it; one more than are looked at, if
    /// there are as many.
    fn candidates(&self, template: &Template) -> Vec<&'a str> {
        let at = template.iter().position(|piece| matches!(piece, Piece::Variable { .. })).unwrap_or(0);
        let (before, after) =
            (template.get(..at).unwrap_or_default(), template.get(at + 1..).unwrap_or_default());
        let wildcards = self.test.operator.takes_wildcards();
        let (starts_with, fixed) = literal_run(before, wildcards);
        let (continues_with, _) = literal_run(after, wildcards);
        let exact = self.test.operator != Operator::StringEqualsIgnoreCase;
        if exact && !self.text.starts_with(&starts_with) {
            return Vec::new();
        }
        let bounds: Vec<usize> =
            self.text.char_indices().map(|(at, _)| at).chain([self.text.len()]).collect();
        let mut candidates = Vec::new();
        for &start in bounds.iter().filter(|&&start| !(exact && fixed) || start == starts_with.len()) {
            for &end in bounds.iter().filter(|&&end| end > start) {
                let rest = self.text.get(end..).unwrap_or_default();
                let may_follow = if after.is_empty() {
                    rest.is_empty()
                } else {
                    !exact || rest.starts_with(&continues_with)
                };
                if may_follow && candidates.len() <= MAX_FITS {
                    candidates.extend(self.text.get(start..end));
                }
            }
        }
        candidates
    }

    fn matches(&self, template: &Template) -> Trool {
        Program::new(&Test::of(self.test.key, self.test.operator, vec![Value::Template(template.clone())]))
            .element(self.text)
    }
}

/// The text up to the first wildcard or variable, and whether that is all.
fn literal_run(pieces: &[Piece], wildcards: bool) -> (String, bool) {
    let mut run = String::new();
    for piece in pieces {
        match piece {
            Piece::Literal(text) => run.push_str(text),
            Piece::Text(text) => match text.find(['*', '?']).filter(|_| wildcards) {
                Some(end) => {
                    run.push_str(text.get(..end).unwrap_or_default());
                    return (run, false);
                }
                None => run.push_str(text),
            },
            Piece::Variable { .. } => return (run, false),
        }
    }
    (run, true)
}

/// The template with all variables of `key` replaced; `None` if one has no replacement.
fn replace(
    template: &Template,
    key: KeyId,
    replacement: impl Fn(Option<&Box<str>>) -> Option<Box<str>>,
) -> Option<Template> {
    let mut out = Vec::with_capacity(template.len());
    for piece in template {
        match piece {
            Piece::Variable { key: named, default } if *named == key => {
                push(&mut out, Piece::Literal(replacement(default.as_ref())?));
            }
            other => push(&mut out, other.clone()),
        }
    }
    Some(out)
}
