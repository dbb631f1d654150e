//! Statements as they are written: text and nothing else.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::region::action_set::is_surely_within;

/// The most characters, white space apart, that a managed policy may have.
pub const MOST_CHARACTERS: usize = 6144;

/// A `Condition` element: by operator and key the values.
pub type Block = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// An `Action` or `Resource` element, or the one with `Not` before it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Listed {
    /// Whether everything else is meant.
    pub not: bool,
    /// The entries, sorted.
    pub entries: Vec<String>,
}

/// A statement of an identity policy.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Statement {
    /// Whether it denies.
    pub denies: bool,
    /// `Action` or `NotAction`.
    pub actions: Listed,
    /// `Resource` or `NotResource`.
    pub resources: Listed,
    /// `Condition`; empty if there is none.
    pub condition: Block,
}

impl Listed {
    /// The entries themselves.
    pub fn of(entries: impl IntoIterator<Item = String>) -> Self {
        let mut entries: Vec<String> = entries.into_iter().collect();
        entries.sort_unstable();
        entries.dedup();
        Self { not: false, entries }
    }

    /// Everything but the entries.
    pub fn but(entries: impl IntoIterator<Item = String>) -> Self {
        Self { not: true, ..Self::of(entries) }
    }

    /// Leaves out patterns of actions whose actions another one has.
    fn drop_covered(&mut self) {
        let is_wide = |entry: &&String| entry.contains(['*', '?']);
        let wide: Vec<String> =
            self.entries.iter().filter(is_wide).map(|text| text.to_ascii_lowercase()).collect();
        self.entries.retain(|entry| {
            let entry = entry.to_ascii_lowercase();
            !wide.iter().any(|by| *by != entry && is_surely_within(&entry, by))
        });
    }

    fn put(&self, name: &str, into: &mut Map<String, Value>) {
        let name = if self.not { format!("Not{name}") } else { name.to_owned() };
        into.insert(name, one_or_many(&self.entries));
    }
}

impl Statement {
    /// The statement as JSON.
    pub fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("Effect".into(), if self.denies { "Deny" } else { "Allow" }.into());
        self.actions.put("Action", &mut object);
        self.resources.put("Resource", &mut object);
        if !self.condition.is_empty() {
            let tests = |tests: &BTreeMap<String, Vec<String>>| -> Value {
                tests
                    .iter()
                    .map(|(key, values)| (key.clone(), one_or_many(values)))
                    .collect::<Map<_, _>>()
                    .into()
            };
            let block: Map<_, _> =
                self.condition.iter().map(|(operator, keys)| (operator.clone(), tests(keys))).collect();
            object.insert("Condition".into(), block.into());
        }
        object.into()
    }
}

/// A policy document of some statements. Without any it is one that denies everything: a document has to have one.
pub fn document(statements: &[Statement]) -> Value {
    let mut object = Map::new();
    object.insert("Version".into(), "2012-10-17".into());
    let statements: Vec<Value> = match statements {
        [] => {
            let everything = || Listed::of(["*".to_owned()]);
            let (actions, resources) = (everything(), everything());
            vec![Statement { denies: true, actions, resources, condition: Block::new() }.json()]
        }
        statements => statements.iter().map(Statement::json).collect(),
    };
    object.insert("Statement".into(), statements.into());
    object.into()
}

/// How many characters a document has, white space apart.
pub fn characters(statements: &[Statement]) -> usize {
    let json = document(statements).to_string();
    json.chars().filter(|sign| !sign.is_whitespace()).count()
}

/// Unites statements that differ in one list only, and puts them in order: Allows first.
pub fn united(mut statements: Vec<Statement>) -> Vec<Statement> {
    loop {
        statements.sort_unstable();
        statements.dedup();
        let before = statements.len();
        unite(&mut statements, |a| (a.denies, a.resources.clone(), a.condition.clone()), |a| &mut a.actions);
        statements.iter_mut().for_each(|statement| statement.actions.drop_covered());
        unite(&mut statements, |a| (a.denies, a.actions.clone(), a.condition.clone()), |a| &mut a.resources);
        if statements.len() == before {
            return statements;
        }
    }
}

fn unite<K: Ord>(
    statements: &mut Vec<Statement>,
    key: impl Fn(&Statement) -> K,
    list: impl Fn(&mut Statement) -> &mut Listed,
) {
    let mut kept: Vec<Statement> = Vec::new();
    let mut places: BTreeMap<K, usize> = BTreeMap::new();
    for mut statement in statements.drain(..) {
        if list(&mut statement).not {
            kept.push(statement);
            continue;
        }
        match places.get(&key(&statement)).and_then(|&place| kept.get_mut(place)) {
            Some(first) => {
                let more = std::mem::take(&mut list(&mut statement).entries);
                let into = list(first);
                into.entries.extend(more);
                *into = Listed::of(std::mem::take(&mut into.entries));
            }
            None => {
                places.insert(key(&statement), kept.len());
                kept.push(statement);
            }
        }
    }
    *statements = kept;
}

fn one_or_many(texts: &[String]) -> Value {
    match texts {
        [one] => one.clone().into(),
        texts => texts.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(actions: &[&str], resources: &[&str]) -> Statement {
        let list = |texts: &[&str]| Listed::of(texts.iter().map(|text| (*text).to_owned()));
        let (actions, resources) = (list(actions), list(resources));
        Statement { denies: false, actions, resources, condition: Block::new() }
    }

    #[test]
    fn statements_that_differ_in_one_list_are_united() {
        let all = vec![allow(&["s3:b"], &["x"]), allow(&["s3:a"], &["x"]), allow(&["s3:a", "s3:b"], &["y"])];
        assert_eq!(united(all), [allow(&["s3:a", "s3:b"], &["x", "y"])]);
        let wide = vec![allow(&["s3:*"], &["x"]), allow(&["S3:GetObject", "sqs:*"], &["x"])];
        assert_eq!(united(wide), [allow(&["s3:*", "sqs:*"], &["x"])]);
        let apart = vec![allow(&["s3:a"], &["x"]), allow(&["s3:b"], &["y"])];
        assert_eq!(united(apart.clone()), apart);
    }
}
