//! Fact files, and ids with names.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use entail::datalog::text::{Value, parse};
use entail::region::arena::{Arena, Region, RegionId};

/// The facts of a file.
pub struct Facts {
    rows: Vec<(String, Vec<String>)>,
    names: Vec<String>,
    pub arena: Arc<Arena>,
}

/// The actions that a region names by a letter each.
const LETTERS: &str = "abcd";

impl Facts {
    /// Reads `tests/rules/<path>`.
    pub fn read(path: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules").join(path);
        let text = std::fs::read_to_string(&path).expect("the facts are there");
        let parsed = parse(&text);
        assert_eq!(parsed.problems, [], "{}", path.display());
        let word = |value: &Value| match value {
            Value::Symbol(word) => word.to_string(),
            Value::Number(number) => number.to_string(),
            other => unreachable!("{other:?} is neither a word nor a number"),
        };
        let mut rows = Vec::new();
        let mut names: BTreeMap<String, ()> = BTreeMap::new();
        for fact in parsed.file.facts() {
            let columns: Vec<String> = fact.arguments.iter().map(|argument| word(&argument.value)).collect();
            names.extend(columns.iter().cloned().map(|name| (name, ())));
            rows.push((fact.relation.value.to_string(), columns));
        }
        Self { rows, names: names.into_keys().collect(), arena: Arc::new(Arena::new(LETTERS.len())) }
    }

    /// The rows of a relation, each made of its columns.
    pub fn all<T>(&self, relation: &str, row: impl Fn(&Self, &[String]) -> T) -> Vec<T> {
        let of_relation = self.rows.iter().filter(|(name, _)| name == relation);
        of_relation.map(|(_, columns)| row(self, columns)).collect()
    }

    /// The number of a name.
    pub fn id(&self, name: &str) -> u32 {
        self.names.binary_search_by(|known| known.as_str().cmp(name)).expect("the name is in the file") as u32
    }

    /// The name of a number.
    pub fn name(&self, id: u32) -> &str {
        &self.names[id as usize]
    }

    /// A region of some actions, on all resources.
    pub fn region(&self, letters: &str) -> RegionId {
        let members = letters.chars().filter_map(|letter| LETTERS.find(letter));
        let actions = self.arena.actions.of_members(members);
        self.arena.region(Region { actions, ..Region::ALL })
    }

    /// The letters of a region.
    pub fn letters(&self, region: RegionId) -> String {
        let actions = self.arena.get(region).actions;
        self.arena.actions.members(actions).filter_map(|member| LETTERS.chars().nth(member)).collect()
    }
}
