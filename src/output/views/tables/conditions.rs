//! Conditions as text and as trees.

use rayon::prelude::*;

use super::super::tree;
use super::numbering::Numbering;
use crate::answers::Engine;
use crate::output::factored::Conditions;
use crate::output::{ConditionView, OptionWords, Texts};
use crate::region::condition::{ConditionId, DoubtClass, Sat};

/// Conditions in the order of their texts, *always* first.
pub(super) struct ConditionNumbers {
    numbering: Numbering,
    contents: Vec<Content>,
}

/// Ordered by its fields; those after the tree follow from it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Content {
    depends: bool,
    text: String,
    tree: String,
    satisfiable: bool,
    missing: Option<String>,
}

impl ConditionNumbers {
    pub(super) fn new(engine: &Engine, ids: &[ConditionId]) -> Self {
        let mut ids = ids.to_vec();
        if !ids.contains(&ConditionId::ALWAYS) {
            ids.push(ConditionId::ALWAYS);
        }
        let contents = ids.par_iter().with_min_len(64).map(|&id| content(engine, id)).collect();
        let indices: Vec<usize> = ids.iter().map(|id| id.index()).collect();
        let (numbering, contents) = Numbering::new(&indices, contents);
        Self { numbering, contents }
    }

    pub(super) fn get(&self, id: ConditionId) -> u32 {
        self.numbering.get(id.index())
    }

    pub(super) fn table(&self) -> Conditions {
        let rows = self.contents.len();
        let bytes = |of: fn(&Content) -> &String| self.contents.iter().map(|content| of(content).len()).sum();
        let mut table = Conditions {
            condition: (0..rows as u32).collect(),
            text: Texts::with_capacity(rows, bytes(|content| &content.text)),
            tree: Texts::with_capacity(rows, bytes(|content| &content.tree)),
            satisfiable: Vec::with_capacity(rows),
            missing: OptionWords::default(),
        };
        for content in &self.contents {
            table.text.push(&content.text);
            table.tree.push(&content.tree);
            table.satisfiable.push(content.satisfiable);
            table.missing.push(content.missing.as_deref());
        }
        table
    }
}

fn content(engine: &Engine, id: ConditionId) -> Content {
    let conditions = &engine.facts().arena().conditions;
    let view = ConditionView::new(tree(conditions.tree(id)));
    let json = serde_json::to_string(&view.tree).unwrap_or_default();
    let missing = conditions.missing_in(id).iter().map(|&id| conditions.missing_of(id).to_owned());
    let unreadable = conditions
        .doubts(id)
        .iter()
        .map(|&doubt| conditions.doubt_of(doubt))
        .filter(|doubt| doubt.class == DoubtClass::Malformed)
        .map(|doubt| doubt.text.to_string());
    let mut missing: Vec<String> = missing.chain(unreadable).collect();
    missing.sort_unstable();
    missing.dedup();
    Content {
        depends: !id.is_always(),
        text: view.text,
        tree: json,
        satisfiable: id.is_always() || matches!(conditions.satisfiable(id), Sat::Yes(_)),
        missing: (!missing.is_empty()).then(|| missing.join("; ")),
    }
}
