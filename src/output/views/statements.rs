//! Policies by the names that answers give them -> where their statements stand.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::Places;
use crate::answers::Engine;
use crate::document::PolicyKind;
use crate::estate::ManagedPolicy;
use crate::facts::{Layer, PolicyId, StatementId};
use crate::output::StatementReference;

/// Finds the statements of an engine's estate by the label of their policy and their position.
pub struct Statements<'a> {
    engine: &'a Engine,
    places: Places<'a>,
    by_label: FxHashMap<String, PolicyId>,
    /// Managed policies that nobody holds, by ARN.
    of_nobody: FxHashMap<&'a str, &'a ManagedPolicy>,
}

impl<'a> Statements<'a> {
    /// The statements of an engine's estate.
    pub fn new(engine: &'a Engine) -> Self {
        let facts = engine.facts();
        let mut by_label = FxHashMap::default();
        for id in facts.policies_in_use().filter(|id| facts.policy(*id).document.is_some()) {
            by_label.entry(facts.policy(id).label.to_string()).or_insert(id);
        }
        let of_nobody = facts.policies_of_nobody().map(|policy| (&*policy.arn, &**policy)).collect();
        Self { engine, places: Places::new(engine), by_label, of_nobody }
    }

    /// The statements of these policies and positions; none where there is no such statement.
    pub fn find(&mut self, wanted: &[(&str, u32)]) -> Vec<Option<StatementReference>> {
        let (engine, by_label) = (self.engine, &self.by_label);
        let id = |&(label, index): &(&str, u32)| id(engine, *by_label.get(label)?, index);
        let ids: Vec<Option<(StatementId, Layer)>> = wanted.par_iter().with_min_len(256).map(id).collect();
        let mut found = self.places.references(&ids);
        for (found, (label, index)) in found.iter_mut().zip(wanted).filter(|(found, _)| found.is_none()) {
            *found = self.of_nobody(label, *index);
        }
        found
    }

    fn of_nobody(&mut self, label: &str, index: u32) -> Option<StatementReference> {
        let policy = *self.of_nobody.get(label)?;
        let of = policy.policy?;
        let parsed = self.engine.facts().document(of.document);
        let exists = parsed.document().statements.iter().any(|statement| statement.index == index);
        exists.then(|| self.places.reference_of_nobody(policy, of, index))
    }
}

/// A statement, and as what it takes part: none where the policy has no such statement.
fn id(engine: &Engine, policy: PolicyId, index: u32) -> Option<(StatementId, Layer)> {
    let facts = engine.facts();
    let document = facts.policy(policy).document?;
    let parsed = facts.document(document);
    let exists = parsed.document().statements.iter().any(|statement| statement.index == index);
    exists.then(|| (StatementId { policy, index }, layer(engine, policy)))
}

/// As what a policy takes part, by the kind of its document.
fn layer(engine: &Engine, policy: PolicyId) -> Layer {
    let facts = engine.facts();
    let stored = facts.policy(policy).document.and_then(|document| facts.estate.policies.get(document));
    match stored.map(|stored| stored.kind) {
        Some(PolicyKind::Resource | PolicyKind::Trust) => Layer::Resource,
        Some(PolicyKind::Scp) => Layer::Scp,
        Some(PolicyKind::Rcp) => Layer::Rcp,
        Some(PolicyKind::Boundary) => Layer::Boundary,
        Some(PolicyKind::Session) => Layer::Session,
        Some(PolicyKind::Endpoint) => Layer::Endpoint,
        Some(PolicyKind::Identity) | None => Layer::Identity,
    }
}
