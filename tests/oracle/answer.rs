//! From the outcomes of all readings to one answer (S-TRI-04, S-EVAL-10, S-EVAL-11).

use super::doubts::{Asked, Kind};

/// The layers of design.md §2, in the order in which they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    Identity,
    Resource,
    Boundary,
    Session,
    Scp,
    Rcp,
    Endpoint,
    S3Bpa,
}

impl Layer {
    /// The word of design.md.
    pub fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Resource => "resource",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
            Self::Endpoint => "endpoint",
            Self::S3Bpa => "s3-bpa",
        }
    }
}

/// What one reading of everything that is open comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Allowed,
    ExplicitlyDenied,
    ImplicitlyDenied,
}

/// One reading, decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub outcome: Outcome,
    /// Layers that would stop the request alone, sorted.
    pub blocked_by: Vec<Layer>,
    /// The refusal by the service, if there is one.
    pub gate: Option<&'static str>,
}

/// The answer for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    ExplicitlyDenied,
    ImplicitlyDenied,
    /// It depends on data that was not loaded.
    Unknown,
    /// It depends on an open fact or an open reading: `Conditional` in the words of the page.
    Doubtful,
}

impl Decision {
    /// The word of design.md §7.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "Allowed",
            Self::ExplicitlyDenied => "ExplicitlyDenied",
            Self::ImplicitlyDenied => "ImplicitlyDenied",
            Self::Unknown => "Unknown",
            Self::Doubtful => "Conditional",
        }
    }
}

/// A decision with what led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub decision: Decision,
    /// Every outcome that some reading has.
    pub outcomes: Vec<Outcome>,
    /// The layers that block in every reading.
    pub blocked_by: Vec<Layer>,
    pub gate: Option<&'static str>,
    /// The doubts that matter.
    pub doubts: Vec<String>,
    /// How many combinations of readings were decided.
    pub readings: usize,
}

/// Brings the runs together.
pub fn answer(runs: &[(Vec<Asked>, Run)]) -> Answer {
    let allowed_somewhere = runs.iter().any(|(_, run)| run.outcome == Outcome::Allowed);
    // Where nothing can allow, the kind of denial is decided by what was loaded (S-EVAL-11).
    let counted: Vec<&(Vec<Asked>, Run)> = runs
        .iter()
        .filter(|(asked, _)| {
            allowed_somewhere || asked.iter().all(|a| a.kind != Kind::Missing || a.reading == 0)
        })
        .collect();
    let mut outcomes: Vec<Outcome> = counted.iter().map(|(_, run)| run.outcome).collect();
    outcomes.sort_unstable();
    outcomes.dedup();
    let mattering = mattering(&counted);
    let decision = match outcomes.as_slice() {
        [Outcome::Allowed] => Decision::Allowed,
        [Outcome::ExplicitlyDenied] => Decision::ExplicitlyDenied,
        [Outcome::ImplicitlyDenied] => Decision::ImplicitlyDenied,
        _ if mattering.iter().any(|a| a.kind == Kind::Missing) => Decision::Unknown,
        _ => Decision::Doubtful,
    };
    let first = counted.first().map(|(_, run)| run);
    let in_all = |layer: &Layer| runs.iter().all(|(_, run)| run.blocked_by.contains(layer));
    let blocked_by =
        first.map(|run| run.blocked_by.iter().copied().filter(in_all).collect()).unwrap_or_default();
    let doubts = mattering.into_iter().map(|a| a.name).collect();
    Answer {
        decision,
        outcomes,
        blocked_by,
        gate: first.and_then(|run| run.gate),
        doubts,
        readings: runs.len(),
    }
}

/// The doubts whose reading changes the set of outcomes.
fn mattering(runs: &[&(Vec<Asked>, Run)]) -> Vec<Asked> {
    let mut names: Vec<Asked> = Vec::new();
    for doubt in runs.iter().flat_map(|(asked, _)| asked) {
        if names.iter().any(|n| n.name == doubt.name) {
            continue;
        }
        let outcomes = |reading: usize| {
            let with = runs
                .iter()
                .filter(|(asked, _)| asked.iter().any(|a| a.name == doubt.name && a.reading == reading));
            let mut outcomes: Vec<Outcome> = with.map(|(_, run)| run.outcome).collect();
            outcomes.sort_unstable();
            outcomes.dedup();
            outcomes
        };
        let all: Vec<Vec<Outcome>> = (0..doubt.readings).map(outcomes).filter(|o| !o.is_empty()).collect();
        if all.iter().any(|o| Some(o) != all.first()) {
            names.push(doubt.clone());
        }
    }
    names
}
