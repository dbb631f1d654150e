//! Statements with their places in files, and sets of statements.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::layer;
use super::super::places::FILES;
use super::{Given, NONE};
use crate::answers::Engine;
use crate::document::Effect;
use crate::estate::FileId;
use crate::facts::{Layer, PolicyId, StatementId};
use crate::output::EffectWord;
use crate::output::factored::{StatementSets as SetTable, Statements};
use crate::output::{OptionWords, Texts, Words};
use crate::region::interner::Interner;

/// Stands for no statement.
pub(super) const NO_STATEMENT: u32 = u32::MAX;

/// Marks a reference to a set of several statements.
const SEVERAL: u32 = 1 << 31;

impl Given<'_> {
    /// The statements that rows rest on, and as which layer; those that stand in a document only.
    pub(super) fn statements(&self) -> Vec<(StatementId, Layer)> {
        let facts = self.engine.facts();
        let grants = self.side.grants.iter().filter_map(|grant| grant.statement);
        let resource = grants.map(|statement| (statement, Layer::Resource));
        let denies = self.side.denies.iter();
        let denies = denies.filter_map(|deny| deny.statement.map(|statement| (statement, deny.layer)));
        let own = self.own.rows.iter().map(|row| (row.statement, Layer::Identity));
        let mut seen: FxHashSet<(StatementId, Layer)> = FxHashSet::default();
        let mut last = None;
        for statement in own.chain(resource).chain(denies) {
            if last != Some(statement) {
                seen.insert(statement);
                last = Some(statement);
            }
        }
        seen.retain(|(statement, _)| {
            !statement.policy.is_none_of_estate() && facts.policy(statement.policy).document.is_some()
        });
        seen.into_iter().collect()
    }
}

/// Statements in the order of their policies' names.
pub(super) struct StatementNumbers {
    /// For each policy where its statements begin in `numbers`.
    starts: Vec<u32>,
    numbers: Vec<u32>,
    statements: Vec<(StatementId, Layer)>,
    /// The names of policies, in order, and for each statement which of them.
    labels: Vec<Arc<str>>,
    label_of: Vec<u32>,
}

impl StatementNumbers {
    pub(super) fn new(engine: &Engine, used: &[(StatementId, Layer)]) -> Self {
        let facts = engine.facts();
        let mut policies: Vec<PolicyId> = used.iter().map(|(statement, _)| statement.policy).collect();
        policies.par_sort_unstable();
        policies.dedup();
        let mut named: Vec<(Arc<str>, PolicyId)> = policies
            .par_iter()
            .map(|&policy| (Arc::<str>::from(facts.policy(policy).label.to_string()), policy))
            .collect();
        let place = |policy: PolicyId| facts.policy(policy).place;
        named.par_sort_unstable_by(|a, b| (&a.0, place(a.1)).cmp(&(&b.0, place(b.1))));
        // Policies that are attached in several places are one.
        let mut rank = vec![NONE; facts.policies.len()];
        let mut labels: Vec<Arc<str>> = Vec::new();
        let mut label_of_rank: Vec<u32> = Vec::new();
        let mut last: Option<(Arc<str>, _)> = None;
        for (label, policy) in named {
            let this = (label, place(policy));
            if last.as_ref() != Some(&this) {
                if labels.last() != Some(&this.0) {
                    labels.push(this.0.clone());
                }
                label_of_rank.push(labels.len() as u32 - 1);
                last = Some(this);
            }
            if let Some(slot) = rank.get_mut(policy.index()) {
                *slot = label_of_rank.len() as u32 - 1;
            }
        }
        let rank_of = |policy: PolicyId| rank.get(policy.index()).copied().unwrap_or(NONE);
        let key =
            |&(statement, layer): &(StatementId, Layer)| (rank_of(statement.policy), statement.index, layer);
        let mut sorted = used.to_vec();
        sorted.par_sort_unstable_by_key(|used| (key(used), used.0.policy));
        let mut starts = vec![0_u32; facts.policies.len() + 1];
        for (statement, _) in used {
            if let Some(count) = starts.get_mut(statement.policy.index() + 1) {
                *count = (*count).max(statement.index + 1);
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut this = Self {
            starts,
            numbers: vec![NO_STATEMENT; sum as usize],
            statements: Vec::with_capacity(sorted.len()),
            labels,
            label_of: Vec::with_capacity(sorted.len()),
        };
        let mut last = None;
        for used in sorted {
            if last != Some(key(&used)) {
                last = Some(key(&used));
                this.statements.push(used);
                let label = label_of_rank.get(rank_of(used.0.policy) as usize).copied();
                this.label_of.push(label.unwrap_or_default());
            }
            let number = this.statements.len() as u32 - 1;
            if let Some(slot) = this.slot(used.0).and_then(|slot| this.numbers.get_mut(slot)) {
                *slot = number;
            }
        }
        this
    }

    fn slot(&self, statement: StatementId) -> Option<usize> {
        let start = *self.starts.get(statement.policy.index())?;
        Some((start + statement.index) as usize)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.statements.len()
    }

    /// The number of a statement. A policy takes part as one layer, so the layer adds nothing but a check.
    pub(super) fn get(&self, statement: StatementId, layer: Layer) -> u32 {
        if statement.policy.is_none_of_estate() {
            return NO_STATEMENT;
        }
        let number = self.slot(statement).and_then(|slot| self.numbers.get(slot)).copied();
        let number = number.unwrap_or(NO_STATEMENT);
        debug_assert!(self.statements.get(number as usize).is_none_or(|(_, known)| *known == layer));
        number
    }

    /// The statements with their places; each file is read once.
    pub(super) fn table(&self, engine: &Engine) -> Statements {
        let facts = engine.facts();
        let count = self.statements.len();
        let said = || {
            let (mut sids, mut effects) = (OptionWords::default(), Words::default());
            for &(statement, _) in &self.statements {
                let document =
                    facts.policy(statement.policy).document.map(|document| facts.document(document));
                let found = document
                    .as_ref()
                    .and_then(|document| document.document().statements.get(statement.index as usize));
                sids.push(found.and_then(|found| found.sid.as_ref()).map(|sid| &*sid.value));
                effects.push(match found.map(|found| found.effect) {
                    Some(Effect::Allow) => EffectWord::Allow.as_str(),
                    _ => EffectWord::Deny.as_str(),
                });
            }
            (sids, effects)
        };
        let (places, (sid, effect)) = rayon::join(|| self.places(engine), said);
        let mut table = Statements {
            statement: (0..count as u32).collect(),
            policy: Words::of(self.label_of.clone(), self.labels.clone()),
            sid,
            index: self.statements.iter().map(|(statement, _)| statement.index).collect(),
            effect,
            layer: self.statements.iter().map(|&(_, of)| layer(of).as_str()).collect(),
            file: files(engine, &places),
            line: Vec::with_capacity(count),
            column: Vec::with_capacity(count),
            path: Texts::with_capacity(count, count * 64),
        };
        for place in places {
            table.line.push(place.as_ref().map_or(0, |place| place.line));
            table.column.push(place.as_ref().map_or(0, |place| place.column));
            table.path.push(place.as_ref().map_or("", |place| &place.path));
        }
        table
    }

    /// Where each statement stands.
    fn places(&self, engine: &Engine) -> Vec<Option<Place>> {
        let facts = engine.facts();
        let mut of_file: FxHashMap<FileId, Vec<(u32, usize)>> = FxHashMap::default();
        for (number, (statement, _)) in self.statements.iter().enumerate() {
            if let Some(place) = facts.policy(statement.policy).place {
                of_file.entry(place.file).or_default().push((place.offset, number));
            }
        }
        let mut ids: FxHashMap<FileId, usize> = FxHashMap::default();
        ids.extend(facts.estate.sources.iter().zip(0..).map(|((id, _), number)| (id, number)));
        let of_file: Vec<(FileId, Vec<(u32, usize)>)> = of_file.into_iter().collect();
        let found: Vec<Vec<(usize, Place)>> = of_file
            .into_par_iter()
            .with_max_len(FILES)
            .map(|(file, mut statements)| {
                statements.sort_unstable();
                let number = ids.get(&file).copied().unwrap_or_default();
                self.places_in(engine, file, number, &statements)
            })
            .collect();
        let mut places: Vec<Option<Place>> = self.statements.iter().map(|_| None).collect();
        for (number, place) in found.into_iter().flatten() {
            if let Some(slot) = places.get_mut(number) {
                *slot = Some(place);
            }
        }
        places
    }

    /// The places of statements of one file, given by the offsets of their policies. A file that changed since it was
    /// loaded no longer has them.
    fn places_in(
        &self,
        engine: &Engine,
        file: FileId,
        number: usize,
        statements: &[(u32, usize)],
    ) -> Vec<(usize, Place)> {
        let facts = engine.facts();
        let document = |statement: usize| {
            let (statement, _) = self.statements.get(statement)?;
            Some((statement.index, facts.policy(statement.policy).document?))
        };
        let mut policies: Vec<(u32, &str)> = Vec::new();
        for &(offset, statement) in statements {
            if policies.last().is_none_or(|(last, _)| *last != offset) {
                let stored = document(statement).and_then(|(_, id)| facts.estate.policies.get(id));
                policies.push((offset, stored.map_or("", |stored| &*stored.text)));
            }
        }
        let Ok((source, origins)) = facts.estate.sources.policies_in(file, &policies) else {
            return Vec::new();
        };
        let origins: FxHashMap<u32, _> = policies
            .iter()
            .zip(origins)
            .filter_map(|((offset, _), origin)| Some((*offset, origin?)))
            .collect();
        let place = |&(offset, statement): &(u32, usize)| {
            let origin = origins.get(&offset)?;
            let (index, document) = document(statement)?;
            let document = facts.document(document);
            let (_, inner) = document.document().statement(index as usize)?;
            let outer = origin.place(&source, &inner);
            let (line, column) = source.line_and_column(outer.span.start);
            Some((statement, Place { file: number, line, column, path: outer.path.to_string() }))
        };
        statements.iter().filter_map(place).collect()
    }
}

/// The files of places by name; the empty one for those that were not found.
fn files(engine: &Engine, places: &[Option<Place>]) -> Words {
    let sources = &engine.facts().estate.sources;
    let names = sources.iter().map(|(_, source)| source.path.display().to_string().into());
    let mut names: Vec<Arc<str>> = names.collect();
    let none = names.len();
    names.push("".into());
    let number = |place: &Option<Place>| place.as_ref().map_or(none, |place| place.file) as u32;
    Words::of(places.iter().map(number).collect(), names)
}

struct Place {
    file: usize,
    line: u32,
    column: u32,
    path: String,
}

/// Sets of statements, while rows are made references: a statement, several, or none.
///
/// In the order of their members the empty set comes first, and the set of a single statement before those of several that begin
/// with it.
pub(super) struct StatementSets {
    several: Interner<Box<[u32]>>,
    /// References to all sets but the empty one, in order.
    order: Vec<u32>,
    /// The numbers of the sets of single statements, and of `several`.
    single: Vec<u32>,
    numbers: Vec<u32>,
}

impl StatementSets {
    pub(super) fn new() -> Self {
        Self { several: Interner::new(), order: Vec::new(), single: Vec::new(), numbers: Vec::new() }
    }

    /// Joins sorted rows that agree in all but the statement; the second part becomes a reference to a set.
    pub(super) fn join<K: PartialEq + Copy>(&self, rows: Vec<(K, u32)>) -> Vec<(K, u32)> {
        let mut joined: Vec<(K, u32)> = Vec::with_capacity(rows.len());
        for group in rows.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(key, first)) = group.first() else { continue };
            if group.iter().all(|(_, statement)| *statement == first) {
                joined.push((key, first));
                continue;
            }
            let mut members: Vec<u32> = group.iter().map(|(_, statement)| *statement).collect();
            members.retain(|&statement| statement != NO_STATEMENT);
            members.dedup();
            let reference = match members.as_slice() {
                [one] => *one,
                _ => SEVERAL | self.several.intern(members.into()),
            };
            joined.push((key, reference));
        }
        joined
    }

    /// Numbers all sets: the empty one, each single statement, and those of several.
    pub(super) fn finish(&mut self, statements: usize) {
        let mut several: Vec<u32> = (0..self.several.len() as u32).collect();
        several.par_sort_unstable_by_key(|&id| self.several.get(id));
        self.single = vec![NONE; statements];
        self.numbers = vec![NONE; several.len()];
        self.order.reserve_exact(statements + several.len());
        let mut left = several.into_iter().peekable();
        for statement in 0..statements as u32 {
            self.order.push(statement);
            let begins = |id: &u32| self.several.get(*id).first() == Some(&statement);
            while let Some(id) = left.next_if(begins) {
                self.order.push(SEVERAL | id);
            }
        }
        for (number, &reference) in (1..).zip(&self.order) {
            let slot = match reference & SEVERAL {
                0 => self.single.get_mut(reference as usize),
                _ => self.numbers.get_mut((reference & !SEVERAL) as usize),
            };
            slot.into_iter().for_each(|slot| *slot = number);
        }
    }

    /// The number of the set of a reference.
    pub(super) fn get(&self, reference: u32) -> u32 {
        match reference {
            NO_STATEMENT => 0,
            several if several & SEVERAL != 0 => {
                self.numbers.get((several & !SEVERAL) as usize).copied().unwrap_or_default()
            }
            single => self.single.get(single as usize).copied().unwrap_or_default(),
        }
    }

    fn members<'a>(&'a self, reference: &'a u32) -> &'a [u32] {
        match reference & SEVERAL {
            0 => std::slice::from_ref(reference),
            _ => self.several.get(reference & !SEVERAL),
        }
    }

    pub(super) fn table(&self) -> SetTable {
        let rows = self.order.iter().map(|reference| self.members(reference).len()).sum();
        let mut table =
            SetTable { statement_set: Vec::with_capacity(rows), statement: Vec::with_capacity(rows) };
        for (number, reference) in (1..).zip(&self.order) {
            let set = self.members(reference);
            table.statement_set.extend(std::iter::repeat_n(number, set.len()));
            table.statement.extend_from_slice(set);
        }
        table
    }
}
