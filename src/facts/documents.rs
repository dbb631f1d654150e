//! Documents, parsed and compiled when first asked for, each once for all facts that share the table.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::compile::{CompiledPolicy, Compiler};
use super::parsed::{ParsedPolicy, PolicySource};
use crate::document::PolicyKind;
use crate::estate::{DocumentId, PolicyStore};

/// The documents of a store. It grows with the store, which edits of an estate add to.
#[derive(Default)]
pub(super) struct Documents {
    slots: boxcar::Vec<Slot>,
}

#[derive(Default)]
struct Slot {
    parsed: OnceLock<Arc<ParsedPolicy>>,
    compiled: OnceLock<Arc<CompiledPolicy>>,
}

impl Documents {
    /// All documents of a store, parsed.
    pub fn all(store: &Arc<PolicyStore>) -> Self {
        let all = 0..store.len() as u32;
        let parsed: Vec<_> = all.into_par_iter().map(|index| parse(store, DocumentId(index))).collect();
        let slot = |parsed| Slot { parsed: OnceLock::from(parsed), compiled: OnceLock::new() };
        Self { slots: parsed.into_iter().map(slot).collect() }
    }

    /// The documents that were read.
    pub fn read(&self) -> impl Iterator<Item = &Arc<ParsedPolicy>> {
        self.slots.iter().filter_map(|(_, slot)| slot.parsed.get())
    }

    /// Whether a document was read.
    pub fn is_read(&self, id: DocumentId) -> bool {
        self.slots.get(id.index()).is_some_and(|slot| slot.parsed.get().is_some())
    }

    /// A document, parsed.
    pub fn parsed(&self, store: &Arc<PolicyStore>, id: DocumentId) -> Arc<ParsedPolicy> {
        self.slot(id).parsed.get_or_init(|| parse(store, id)).clone()
    }

    /// A document, compiled. All facts that share the table share the compiler.
    pub fn compiled(
        &self,
        store: &Arc<PolicyStore>,
        id: DocumentId,
        compiler: &Compiler,
    ) -> Arc<CompiledPolicy> {
        let compile = || {
            let kind = store.get(id).map_or(PolicyKind::Identity, |stored| stored.kind);
            Arc::new(compiler.compile(self.parsed(store, id), kind))
        };
        self.slot(id).compiled.get_or_init(compile).clone()
    }

    fn slot(&self, id: DocumentId) -> &Slot {
        loop {
            match self.slots.get(id.index()) {
                Some(slot) => return slot,
                // Another thread may add one too: then there is one more than needed.
                None => drop(self.slots.push(Slot::default())),
            }
        }
    }
}

fn parse(store: &Arc<PolicyStore>, id: DocumentId) -> Arc<ParsedPolicy> {
    Arc::new(ParsedPolicy::read(PolicySource::Stored(store.clone(), id)))
}
