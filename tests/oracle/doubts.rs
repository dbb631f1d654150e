//! What is not known although the request is: each doubt has a name and a few readings, and the request is decided once
//! for every combination of readings. One name is one doubt, wherever it comes up (S-TRI-05).

use std::cell::RefCell;

/// Why an answer may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Data that was not loaded (S-EVAL-11). Reading 0 is always "adds nothing".
    Missing,
    /// An open fact or an open reading of AWS's rules (S-EVAL-10).
    Open,
}

/// The readings of the present run, and how to get to the next combination.
#[derive(Default)]
pub struct Doubts {
    replay: RefCell<Vec<usize>>,
    asked: RefCell<Vec<Asked>>,
    /// Readings that were chosen: `U-77`, `limited`.
    chosen: Vec<(String, String)>,
}

/// Names of readings by which a doubt comes out positively.
const POSITIVE: [&str; 5] = ["match", "stops", "reached", "counts", "older"];

/// One doubt that came up in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub kind: Kind,
    pub name: String,
    pub readings: usize,
    pub reading: usize,
}

impl Doubts {
    /// No doubt so far, by some readings.
    pub fn by(chosen: &[(String, String)]) -> Self {
        Self { chosen: chosen.to_vec(), ..Self::default() }
    }

    /// Whether a question that is settled by default is read as `positive` says.
    pub fn reads(&self, question: &str, by_default: bool, positive: &str) -> bool {
        match self.chosen.iter().find(|(known, _)| known == question) {
            None => by_default,
            Some((_, name)) if name == "denies" => by_default,
            Some((_, name)) if name == "open" => self.maybe(question),
            Some((_, name)) => name == positive,
        }
    }

    /// The reading of a doubt in this run: `0..readings`.
    pub fn choose(&self, kind: Kind, name: &str, readings: usize) -> usize {
        let chosen = self.chosen.iter().find(|(question, _)| name.contains(&format!("({question})")));
        if let Some((_, reading)) = chosen.filter(|(_, reading)| reading != "open" && readings == 2) {
            return usize::from(POSITIVE.contains(&reading.as_str()));
        }
        let mut asked = self.asked.borrow_mut();
        if let Some(known) = asked.iter().find(|a| a.name == name) {
            return known.reading;
        }
        let reading = self.replay.borrow().get(asked.len()).copied().unwrap_or(0);
        asked.push(Asked { kind, name: name.to_owned(), readings, reading });
        reading
    }

    /// A doubt with two readings, for instance whether an entry matches.
    pub fn maybe(&self, name: &str) -> bool {
        self.choose(Kind::Open, name, 2) == 1
    }

    /// The first positive answer among questions of which at most one can be true: `question` has the value `text`.
    pub fn maybe_equals(&self, question: &str, text: &str) -> bool {
        let prefix = format!("{question} = ");
        let settled = self
            .asked
            .borrow()
            .iter()
            .any(|a| a.name.strip_prefix(&prefix).is_some_and(|other| other != text && a.reading == 1));
        !settled && self.maybe(&format!("{prefix}{text}"))
    }

    /// Ends a run: the doubts that came up with their readings, and whether another run follows.
    pub fn next(&self) -> (Vec<Asked>, bool) {
        let asked = self.asked.take();
        let mut readings: Vec<usize> = asked.iter().map(|a| a.reading).collect();
        while let Some(last) = readings.pop() {
            if asked.get(readings.len()).is_some_and(|a| last + 1 < a.readings) {
                readings.push(last + 1);
                self.replay.replace(readings);
                return (asked, true);
            }
        }
        (asked, false)
    }
}
