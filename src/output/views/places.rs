//! Statements -> where they stand in the files of the estate.

use std::cell::OnceCell;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::layer;
use crate::answers::Engine;
use crate::document::{self, Effect, PolicyForm, PolicyText, Source};
use crate::estate::{FileId, Locator, ManagedPolicy, Place, PolicyRef};
use crate::facts::{Layer, ParsedPolicy, PolicyId, PolicyLabel, StatementId};
use crate::output::{EffectWord, StatementReference};

/// So many files are looked through one after the other: few, so that what is left at the end is left to all cores.
pub(super) const FILES: usize = 4;

/// Finds files, lines and columns of statements; a file is read again for the first statements in it.
pub struct Places<'a> {
    engine: &'a Engine,
    locator: Locator<'a>,
    known: FxHashMap<PolicyId, Option<Found>>,
    /// The files in which a policy was looked for alone.
    asked: FxHashSet<FileId>,
    /// The policies in each file, once somebody asks.
    in_file: OnceCell<FxHashMap<FileId, Vec<PolicyId>>>,
    /// The entries of lists that statements come from.
    entries: FxHashMap<PolicyId, Entries>,
    /// The policy that the question gave.
    given: Option<Arc<ParsedPolicy>>,
}

/// The file that holds a policy, and where in it.
struct Found {
    source: Arc<Source>,
    origin: document::Origin,
}

/// The file that holds a list, and where in it the entry of each statement is.
struct Entries {
    source: Arc<Source>,
    at: Vec<Option<document::Place>>,
}

impl<'a> Places<'a> {
    /// Places of the statements of an engine's estate.
    pub fn new(engine: &'a Engine) -> Self {
        let locator = Locator::new(&engine.facts().estate.sources);
        let (known, entries, asked, in_file) = Default::default();
        Self { engine, locator, known, entries, asked, in_file, given: None }
    }

    /// Whether these are places of an engine's estate.
    pub(super) fn is_of(&self, engine: &Engine) -> bool {
        std::ptr::eq(self.engine, engine)
    }

    /// The same, with the policy that a question gave.
    pub fn with_given(self, given: Option<Arc<ParsedPolicy>>) -> Self {
        Self { given, ..self }
    }

    /// Finds some policies at once, the files on all threads, so that each file is read once and in one pass.
    pub fn find_all(&mut self, policies: impl IntoIterator<Item = PolicyId>) {
        let facts = self.engine.facts();
        let policies: Vec<PolicyId> = policies.into_iter().collect();
        self.find_entries(&policies);
        let all = policies
            .into_iter()
            .filter(|policy| !policy.is_none_of_estate() && !self.known.contains_key(policy))
            .filter_map(|policy| Some((facts.policy(policy).place?, policy)));
        // What a share comes to may stand nowhere.
        let is_of_share =
            |(_, policy): &(Place, PolicyId)| matches!(facts.policy(*policy).label, PolicyLabel::Share(..));
        let (mut of_shares, mut wanted): (Vec<_>, Vec<_>) = all.partition(is_of_share);
        [&mut of_shares, &mut wanted].into_iter().for_each(|policies| {
            policies.sort_unstable();
            policies.dedup();
        });
        for (place, policy) in of_shares {
            let found = find(&mut self.locator, place);
            self.known.insert(policy, found);
        }
        let files: Vec<&[(Place, PolicyId)]> = wanted.chunk_by(|a, b| a.0.file == b.0.file).collect();
        let found: Vec<(PolicyId, Option<Found>)> = files
            .into_par_iter()
            .with_max_len(FILES)
            .flat_map_iter(|wanted| {
                let text = |policy: PolicyId| {
                    let stored = facts.policy(policy).document.and_then(|id| facts.estate.policies.get(id));
                    stored.map(|stored| &*stored.text).unwrap_or_default()
                };
                let policies: Vec<(u32, &str)> =
                    wanted.iter().map(|&(place, policy)| (place.offset, text(policy))).collect();
                let file = wanted.first().map(|(place, _)| place.file);
                let found = file.and_then(|file| facts.estate.sources.policies_in(file, &policies).ok());
                let (source, origins) = match found {
                    Some((source, origins)) => (Arc::new(source), origins),
                    None => (Arc::new(Source::new("", String::new())), vec![None; policies.len()]),
                };
                let found = move |origin| Some(Found { source: source.clone(), origin: origin? });
                let policies: Vec<PolicyId> = wanted.iter().map(|(_, policy)| *policy).collect();
                policies.into_iter().zip(origins.into_iter().map(found))
            })
            .collect();
        self.known.extend(found);
    }

    /// Finds what statements come from that no file holds, file by file.
    fn find_entries(&mut self, policies: &[PolicyId]) {
        let facts = self.engine.facts();
        let mut wanted: Vec<(Place, PolicyId, usize)> = Vec::new();
        for &policy in policies {
            if policy.is_none_of_estate() || self.entries.contains_key(&policy) {
                continue;
            }
            let entries = &facts.policy(policy).entries;
            wanted.extend(entries.iter().enumerate().map(|(index, &place)| (place, policy, index)));
        }
        wanted.sort_unstable();
        wanted.dedup();
        for of_file in wanted.chunk_by(|one, next| one.0.file == next.0.file) {
            let mut offsets: Vec<u32> = of_file.iter().map(|(place, ..)| place.offset).collect();
            offsets.dedup();
            let Some(file) = of_file.first().map(|(place, ..)| place.file) else { continue };
            let Ok((source, found)) = facts.estate.sources.values_in(file, &offsets) else { continue };
            let source = Arc::new(source);
            for (place, policy, index) in of_file {
                let count = facts.policy(*policy).entries.len();
                let entries = self
                    .entries
                    .entry(*policy)
                    .or_insert_with(|| Entries { source: source.clone(), at: vec![None; count] });
                let at = offsets.binary_search(&place.offset).ok().and_then(|at| found.get(at)?.clone());
                if let Some(slot) = entries.at.get_mut(*index) {
                    *slot = at;
                }
            }
        }
    }

    /// Whether a statement stands in a document; what stands for a policy that was not collected does not.
    pub fn is_written(&self, statement: StatementId) -> bool {
        let facts = self.engine.facts();
        match statement.policy {
            PolicyId::GIVEN => true,
            PolicyId::NOT_COLLECTED => false,
            policy => facts.policy(policy).document.is_some(),
        }
    }

    /// The reference of a statement that took part in a layer.
    pub fn reference(&mut self, statement: StatementId, of: Layer) -> StatementReference {
        let place = match statement.policy.is_none_of_estate() {
            true => None,
            false => self.engine.facts().policy(statement.policy).place,
        };
        if let Some(place) = place {
            self.find(statement.policy, place);
        }
        self.find_entries(&[statement.policy]);
        let given = self.given.as_deref();
        reference(self.engine, given, (&self.known, &self.entries), statement, of)
    }

    /// Finds a policy: where another of its file was looked for before, all of the file in one pass.
    fn find(&mut self, policy: PolicyId, place: Place) {
        if self.known.contains_key(&policy) {
            return;
        }
        if !self.asked.insert(place.file) {
            let facts = self.engine.facts();
            let in_file = self.in_file.get_or_init(|| {
                let mut in_file: FxHashMap<FileId, Vec<PolicyId>> = FxHashMap::default();
                for (fact, number) in facts.policies.iter().zip(0..) {
                    if let Some(place) = fact.place
                        && !matches!(fact.label, PolicyLabel::Share(..))
                    {
                        in_file.entry(place.file).or_default().push(PolicyId(number));
                    }
                }
                in_file
            });
            let all = in_file.get(&place.file).cloned().unwrap_or_default();
            self.find_all(all);
        }
        if !self.known.contains_key(&policy) {
            let found = find(&mut self.locator, place);
            self.known.insert(policy, found);
        }
    }

    /// The reference of a statement of a managed policy that nobody holds.
    pub fn reference_of_nobody(
        &mut self,
        policy: &ManagedPolicy,
        of: PolicyRef,
        index: u32,
    ) -> StatementReference {
        let parsed = self.engine.facts().document(of.document);
        let found = of.place.and_then(|place| find(&mut self.locator, place));
        let file = found.as_ref().map(|found| (&*found.source, &found.origin));
        referred(policy.arn.to_string(), Some(parsed.document()), file, index, Layer::Identity)
    }

    /// The references of many statements at once.
    pub fn references(
        &mut self,
        statements: &[Option<(StatementId, Layer)>],
    ) -> Vec<Option<StatementReference>> {
        // Many ask for the same ones.
        let mut different: Vec<(StatementId, Layer)> = statements.iter().flatten().copied().collect();
        different.sort_unstable();
        different.dedup();
        self.find_all(different.iter().map(|(statement, _)| statement.policy));
        let (engine, given, known) = (self.engine, self.given.as_deref(), (&self.known, &self.entries));
        let of =
            |&(statement, layer): &(StatementId, Layer)| reference(engine, given, known, statement, layer);
        let references: Vec<StatementReference> = different.par_iter().with_min_len(64).map(of).collect();
        let found = |statement: &Option<_>| {
            let number = different.binary_search(statement.as_ref()?).ok()?;
            references.get(number).cloned()
        };
        statements.par_iter().with_min_len(64).map(found).collect()
    }

    /// A problem of a policy's document, with the line of the file that holds it.
    pub fn render(&mut self, policy: PolicyId, problem: &document::Problem) -> String {
        let fact = self.engine.facts().policy(policy);
        let locator = &mut self.locator;
        let found = self.known.entry(policy).or_insert_with(|| find(locator, fact.place?));
        match found {
            Some(found) => {
                let outer = found.origin.problem(&found.source, problem);
                document::render(&outer, &found.source, document::Style::Plain)
            }
            None => format!("{}: {} (at {})", fact.label, problem.message, problem.place.path),
        }
    }
}

/// The reference of a statement whose policy was looked for.
fn reference(
    engine: &Engine,
    given: Option<&ParsedPolicy>,
    (known, entries): (&FxHashMap<PolicyId, Option<Found>>, &FxHashMap<PolicyId, Entries>),
    statement: StatementId,
    of: Layer,
) -> StatementReference {
    let facts = engine.facts();
    if statement.policy.is_none_of_estate() {
        let label = "session policy of the question".to_owned();
        let file = given.and_then(ParsedPolicy::file).map(|file| (&*file.source, &file.origin));
        return referred(label, given.map(ParsedPolicy::document), file, statement.index, of);
    }
    let compiled = facts.compiled(statement.policy);
    let label = facts.policy(statement.policy).label.to_string();
    let found = known.get(&statement.policy).and_then(Option::as_ref);
    let file = found.map(|found| (&*found.source, &found.origin));
    let mut reference = referred(label, Some(compiled.document.document()), file, statement.index, of);
    let entries = entries.get(&statement.policy);
    let entry =
        entries.and_then(|entries| Some((entries, entries.at.get(statement.index as usize)?.as_ref()?)));
    if let Some((Entries { source, .. }, place)) = entry {
        reference.file = source.name().to_owned();
        (reference.line, reference.column) = source.line_and_column(place.span.start);
        reference.path = place.path.to_string();
    }
    if let (PolicyLabel::Share(..), Some(Found { source, origin })) =
        (&facts.policy(statement.policy).label, found)
    {
        let written = PolicyText::decode(origin.span.of(source.text())).map(|policy| policy.text);
        let stored = facts.policy(statement.policy).document.and_then(|id| facts.estate.policies.get(id));
        if stored.is_some_and(|stored| written.as_ref().ok().is_none_or(|text| **text != *stored.text)) {
            // No file holds what principals and permissions of a share come to: it is where the share lists the resource.
            (reference.line, reference.column) = source.line_and_column(origin.span.start);
            reference.path = origin.path.to_string();
        }
    }
    reference
}

/// The reference of a statement of a document, and of the place where a file holds it.
fn referred(
    policy: String,
    document: Option<&document::Document<'_>>,
    file: Option<(&Source, &document::Origin)>,
    index: u32,
    of: Layer,
) -> StatementReference {
    let found = document.and_then(|document| document.statement(index as usize));
    let sid = found.as_ref().and_then(|(statement, _)| statement.sid.as_ref());
    let mut reference = StatementReference {
        policy,
        sid: sid.map(|sid| sid.value.to_string()),
        index,
        effect: match found.as_ref().map(|(statement, _)| statement.effect) {
            Some(Effect::Allow) => EffectWord::Allow,
            _ => EffectWord::Deny,
        },
        layer: layer(of),
        file: String::new(),
        line: 0,
        column: 0,
        path: String::new(),
    };
    // What stands for a document that can't be read is where reading it failed.
    let whole = || document.filter(|document| document.stands_unread(index))?.problems.first();
    let inner = match found {
        Some((_, inner)) => Some(inner),
        None => whole().map(|problem| problem.place.clone()),
    };
    if let (Some(inner), Some((source, origin))) = (inner, file) {
        let outer = origin.place(source, &inner);
        let (line, column) = source.line_and_column(outer.span.start);
        reference.file = source.name().to_owned();
        (reference.line, reference.column) = (line, column);
        reference.path = outer.path.to_string();
    }
    reference
}

fn find(locator: &mut Locator, place: Place) -> Option<Found> {
    let (source, at) = locator.locate(place).ok()?;
    // A value that holds no policy at all is where it is.
    let form = PolicyText::decode(at.span.of(source.text())).map_or(PolicyForm::Object, |text| text.form);
    Some(Found { source, origin: document::Origin { span: at.span, form, path: at.path } })
}
