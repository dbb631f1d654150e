//! Exit codes.

use std::process::ExitCode;

use crate::output::{CanAnswer, DecisionWord};

/// How a command ended. A denial is an answer and not a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// `can`: allowed. Other commands: answered, or nothing found.
    Clean = 0,
    /// `can`: denied. Checks: findings or mismatches.
    Findings = 1,
    /// Wrong usage, and input that is unreadable or malformed; wins over all others.
    Failed = 2,
    /// `can`: conditional or unknown.
    Undecided = 3,
}

impl Exit {
    /// The code of one answer: of its surest way.
    fn of_answer(answer: &CanAnswer) -> Self {
        if let Some(through) = &answer.through {
            return match through.decision {
                DecisionWord::Allowed => Self::Clean,
                _ => Self::Undecided,
            };
        }
        if answer.is_denied() {
            return Self::Findings;
        }
        match answer.decision {
            DecisionWord::Allowed => Self::Clean,
            DecisionWord::ExplicitlyDenied | DecisionWord::ImplicitlyDenied => Self::Findings,
            DecisionWord::Conditional | DecisionWord::Unknown => Self::Undecided,
        }
    }

    /// The code of several: clean if all are allowed, else that a request is denied before that one is undecided.
    pub fn of_answers<'a>(answers: impl IntoIterator<Item = &'a CanAnswer>) -> Self {
        answers.into_iter().fold(Self::Clean, |all, answer| all.and(Self::of_answer(answer)))
    }

    /// The code of a run in which both happened.
    pub fn and(self, other: Self) -> Self {
        let rank = |exit| match exit {
            Self::Clean => 0,
            Self::Undecided => 1,
            Self::Findings => 2,
            Self::Failed => 3,
        };
        if rank(self) >= rank(other) { self } else { other }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
