//! Readings of what AWS leaves open: the questions of which one can be chosen, and what was chosen.
//!
//! A question is a proposition about AWS. By the reading that was chosen it holds, does not hold, or is open; an open one
//! is a doubt in conditions like any other. A question that has a definite reading by default is asked by
//! [`Readings::when`]; one that is open by default is a doubt where it comes up, whose text begins with its identifier,
//! and [`Readings::settle`] says how doubts with that identifier come out.

mod table;

use crate::region::condition::{ConditionId, Conditions, DoubtClass, EmptyValues};

pub use table::{Choice, Question, Row, TABLE};

/// How a proposition is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Holds {
    /// It holds.
    Yes,
    /// It does not hold.
    No,
    /// Nobody knows: answers depend on it.
    Open,
    /// In a Deny it holds, in an Allow it does not.
    InDenies,
    /// In a Deny it is open, in an Allow it does not hold.
    OpenInDenies,
}

/// The reading of each question.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Readings {
    chosen: [u8; TABLE.len()],
}

/// A set of questions.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Questions(u64);

/// A reading that can't be chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownReading {
    /// The question has no such reading.
    #[error("`{question}` has no reading `{reading}`; it has {}", readings_of(question))]
    Reading {
        /// The question.
        question: &'static str,
        /// The reading.
        reading: String,
    },
    /// There is no such question, or nothing to choose.
    #[error("`{question}` is no question of which a reading can be chosen; these are: {}", all_questions())]
    Question {
        /// The question.
        question: String,
    },
}

fn readings_of(id: &str) -> String {
    let row = TABLE.iter().find(|row| row.id == id);
    let names = row.into_iter().flat_map(|row| row.choices).map(|choice| format!("`{}`", choice.name));
    names.collect::<Vec<_>>().join(", ")
}

fn all_questions() -> String {
    TABLE.iter().map(|row| row.id).collect::<Vec<_>>().join(", ")
}

impl Default for Readings {
    /// The first reading of each question.
    fn default() -> Self {
        Self { chosen: [0; TABLE.len()] }
    }
}

impl Readings {
    /// Chooses a reading by its name, or by `match` or `no-match` where it says whether something matches.
    ///
    /// # Errors
    /// There is no such question, or it has no such reading.
    pub fn choose(&mut self, question: &str, reading: &str) -> Result<(), UnknownReading> {
        let Some((at, row)) = TABLE.iter().enumerate().find(|(_, row)| row.id == question) else {
            return Err(UnknownReading::Question { question: question.to_owned() });
        };
        let Some(choice) = row.choices.iter().position(|choice| choice.name == reading) else {
            return Err(UnknownReading::Reading { question: row.id, reading: reading.to_owned() });
        };
        self.set(at, choice);
        Ok(())
    }

    fn set(&mut self, at: usize, choice: usize) {
        if let Some(chosen) = self.chosen.get_mut(at) {
            *chosen = choice as u8;
        }
    }

    /// The reading of a question that was chosen.
    pub fn choice(&self, question: Question) -> &'static Choice {
        let row = question.row();
        let chosen = self.chosen.get(question as usize).copied().unwrap_or_default();
        row.choices.get(chosen as usize).unwrap_or(&row.choices[0])
    }

    /// How a question is read.
    pub fn holds(&self, question: Question) -> Holds {
        self.choice(question).holds
    }

    /// Whether a question is read as it is by default.
    pub fn is_default(&self, question: Question) -> bool {
        self.chosen.get(question as usize).is_none_or(|&chosen| chosen == 0)
    }

    /// When a question's proposition holds.
    pub fn when(&self, conditions: &Conditions, question: Question) -> ConditionId {
        self.when_in(conditions, question, true)
    }

    /// When a question's proposition holds in a statement that denies or allows.
    pub fn when_in(&self, conditions: &Conditions, question: Question, denies: bool) -> ConditionId {
        match self.holds(question) {
            Holds::Yes => ConditionId::ALWAYS,
            Holds::No => ConditionId::NEVER,
            Holds::InDenies => denies.into(),
            Holds::OpenInDenies if !denies => ConditionId::NEVER,
            Holds::Open | Holds::OpenInDenies => {
                let row = question.row();
                conditions.doubt(DoubtClass::Reading, &format!("{}: {}", row.id, row.asks))
            }
        }
    }

    /// Tells an arena how doubts come out whose question was settled.
    pub fn settle(&self, conditions: &mut Conditions) {
        for row in TABLE.iter().filter(|row| !self.is_default(row.question)) {
            match self.holds(row.question) {
                Holds::Yes => conditions.settle(row.id, true),
                Holds::No => conditions.settle(row.id, false),
                Holds::Open | Holds::InDenies | Holds::OpenInDenies => {}
            }
        }
        conditions.read_empty_values(EmptyValues {
            are_null: self.when(conditions, Question::NullOfEmpty),
            are_compared: self.when(conditions, Question::AnyValueOfEmpty),
            no_tags_are_null: self.when(conditions, Question::NullOfTagKeys),
        });
    }

    /// The same with another reading of a question: open where it can be, else the first other one.
    pub fn otherwise(&self, question: Question) -> Self {
        let mut other = *self;
        let (now, choices) = (self.choice(question).name, question.row().choices);
        let differs = |choice: &&(usize, &Choice)| choice.1.name != now;
        let all: Vec<(usize, &Choice)> = choices.iter().enumerate().collect();
        let open = all.iter().filter(differs).find(|(_, choice)| choice.holds == Holds::Open);
        if let Some(&(choice, _)) = open.or_else(|| all.iter().find(differs)) {
            other.set(question as usize, choice);
        }
        other
    }

    /// The questions that are not read as by default, and how they are.
    pub fn chosen(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let rows = TABLE.iter().filter(|row| !self.is_default(row.question));
        rows.map(|row| (row.id, self.choice(row.question).name))
    }
}

impl Question {
    /// Its row in the table.
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

impl Questions {
    /// No question.
    pub const NONE: Self = Self(0);

    /// The same with one more.
    pub fn with(self, question: Question) -> Self {
        Self(self.0 | 1 << question as u64)
    }

    /// The same with one more, if something is so.
    pub fn with_if(self, so: bool, question: Question) -> Self {
        if so { self.with(question) } else { self }
    }

    /// Those of both sets.
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are wanted.
    pub fn only(self, wanted: impl Fn(Question) -> bool) -> Self {
        self.iter().filter(|&question| wanted(question)).fold(Self::default(), Self::with)
    }

    /// Whether a question is among them.
    pub fn has(self, question: Question) -> bool {
        self.0 & 1 << question as u64 != 0
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The questions, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = Question> {
        TABLE.iter().map(|row| row.question).filter(move |&question| self.has(question))
    }
}

#[cfg(test)]
mod tests {
    use super::{Question, Questions, Readings, TABLE};

    #[test]
    fn the_table_has_a_row_for_each_question_in_order() {
        for (at, row) in TABLE.iter().enumerate() {
            assert_eq!(row.question as usize, at, "{}", row.id);
            assert!(row.choices.len() > 1, "{}", row.id);
            let mut names: Vec<&str> = row.choices.iter().map(|choice| choice.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), row.choices.len(), "{}", row.id);
        }
        assert!(TABLE.is_sorted_by_key(|row| row.id) && TABLE.len() <= 64);
    }

    #[test]
    fn another_reading_is_open_where_it_can_be() {
        let default = Readings::default();
        let other = default.otherwise(Question::BareStarOfSessions);
        assert_eq!(other.choice(Question::BareStarOfSessions).name, "open");
        assert_eq!(other.otherwise(Question::BareStarOfSessions), default);
        assert_eq!(other.chosen().collect::<Vec<_>>(), [("U-77", "open")]);
    }

    #[test]
    fn sets_of_questions_keep_their_order() {
        let all = Questions::default().with(Question::BareStarOfSessions).with(Question::NotPrincipal);
        let ids: Vec<&str> = all.iter().map(|question| question.row().id).collect();
        assert_eq!(ids, ["U-13", "U-77"]);
    }
}
