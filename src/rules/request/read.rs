//! Reading the resource side of a target once for all callers.
//!
//! source   S-RES-14, S-RCP-01 to S-RCP-07, S-S3-10

use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use super::other::governing_row_of;
use super::{Caller, Control, Controls, Open, Prepared, Stands, Through};
use crate::catalog::Catalog;
use crate::catalog::governing::{CrossAccount, Grant as OtherGrant};
use crate::catalog::rcp::RcpReach;
use crate::document::principal::PrincipalKind;
use crate::document::{PrincipalElement, Statement};
use crate::estate::AccountId;
use crate::facts::naming::means_classes;
use crate::facts::readings::{Question, Readings};
use crate::facts::{
    Behind, ControlKind, Facts, Held, NodeId, Ownership, PolicyId, PrincipalFact, Regime, StatementId,
    Target, acl_holder,
};
use crate::region::condition::{Bindings, ConditionId};
use crate::region::resource::ResourceSetId;
use crate::rules::public_access;
use crate::rules::side::Sides;

/// Whom grants could let in that were not collected.
#[derive(Clone, Copy, Default)]
pub struct MissingGrants {
    /// Whether they take part at all.
    pub counts: bool,
    /// Whoever has an account, without policies of its own.
    pub without_policies: bool,
    /// Everybody of the owner's account.
    pub at_home: bool,
    /// Everybody else, whoever has policies of its own by these.
    pub abroad: bool,
    /// Whoever has policies of its own that allow it.
    pub own_side: bool,
}

impl<'a> Prepared<'a> {
    /// Reads the resource side of a request in a context.
    pub fn new(
        facts: &'a Facts,
        sides: &'a Sides,
        target: &'a Target,
        context: &'a (dyn Bindings + Sync),
    ) -> Self {
        Self::by_readings(facts, sides, target, context, facts.compiler.assumptions.readings)
    }

    /// Reads it by readings of their own, as far as these are asked for here and not where documents were compiled.
    pub fn by_readings(
        facts: &'a Facts,
        sides: &'a Sides,
        target: &'a Target,
        context: &'a (dyn Bindings + Sync),
        readings: Readings,
    ) -> Self {
        Self::unread(facts, sides, target, context, readings).read()
    }

    /// Reads the resource side of requests on all resources of a pattern: patterns with open variables are not compared with the
    /// target's, which stands for all. By readings of their own, see [`Prepared::by_readings`].
    pub fn for_pattern(
        facts: &'a Facts,
        sides: &'a Sides,
        target: &'a Target,
        context: &'a (dyn Bindings + Sync),
        readings: Readings,
    ) -> Self {
        let mut prepared = Self::unread(facts, sides, target, context, readings);
        prepared.resource.stands_for_others = true;
        if let Some(behind) = &mut prepared.behind {
            behind.resource.stands_for_others = true;
        }
        prepared.read()
    }

    /// The same on whatever resource: statements of the resource side hold whichever resources they name. A superset of
    /// what holds on each.
    pub fn for_any_resource(
        facts: &'a Facts,
        sides: &'a Sides,
        target: &'a Target,
        context: &'a (dyn Bindings + Sync),
    ) -> Self {
        let readings = facts.compiler.assumptions.readings;
        Self::unread(facts, sides, target, context, readings).any_resource().read()
    }

    fn unread(
        facts: &'a Facts,
        sides: &'a Sides,
        target: &'a Target,
        context: &'a (dyn Bindings + Sync),
        readings: Readings,
    ) -> Self {
        let resource = target.bindings(&facts.arena().conditions, &facts.estate);
        Self {
            facts,
            sides,
            context,
            target,
            resource,
            open: Vec::new(),
            not_collected: Vec::new(),
            controls: Controls::OfOwner(Vec::new()),
            endpoint: Through::None,
            public: public_access::PublicAccess::of(facts, target, &readings),
            public_in_question: OnceLock::new(),
            only_loaded: false,
            any_resource: false,
            readings,
            acting: target.action.index.and_then(|index| facts.arena().actions.sets_with_often(index)),
            behind: match &target.behind {
                Some(Behind::Half(half)) => {
                    Some(Box::new(Self::unread(facts, sides, half, context, readings)))
                }
                Some(Behind::NotCollected(_)) | None => None,
            },
        }
    }

    fn any_resource(mut self) -> Self {
        self.any_resource = true;
        self.resource.stands_for_others = true;
        self
    }

    fn read(mut self) -> Self {
        self.behind = self.behind.map(|behind| Box::new(behind.read()));
        self.reread();
        self
    }

    pub(super) fn reread(&mut self) {
        self.open.clear();
        self.not_collected.clear();
        let target = self.target;
        for held in &target.held {
            match held {
                Held::Policy(policy) => self.read_policy(*policy, Stands::WithResource),
                Held::NotCollected(what) => self.not_collected.push(what),
            }
        }
        let before = self.open.len();
        for held in &target.shared {
            if let Held::Policy(policy) = held {
                self.read_policy(*policy, Stands::WithResource);
            }
        }
        self.open.iter_mut().skip(before).for_each(|open| open.shared = true);
        if let Some(grants) = target.key_grants {
            let before = self.open.len();
            self.read_policy(grants, Stands::WithResource);
            self.open.iter_mut().skip(before).for_each(|open| open.key_grant = true);
        }
        if let Some([accounts, public]) = target.acl.filter(|_| self.acl_may_grant()) {
            self.read_acl(accounts, public);
        }
        self.endpoint = self.read_endpoint();
        self.controls = match (&target.owner, target.no_resource) {
            (Ownership::Caller, _) | (_, true) => Controls::OfCaller(Mutex::default()),
            // S-RCP-02
            (Ownership::Account(_), false) if target.spared_by_rcps() => Controls::OfOwner(Vec::new()),
            (Ownership::Account(_), false) => Controls::OfOwner(self.read_controls(target.level, None)),
            (Ownership::Nobody | Ownership::Unknown(_), false) => Controls::OfOwner(Vec::new()),
        };
    }

    /// The same, without grants and policies on the resource side that were not collected; see
    /// [`Prepared::could_let_in`].
    pub fn only_loaded(self) -> Self {
        let behind = self.behind.map(|behind| Box::new(behind.only_loaded()));
        Self { only_loaded: true, behind, ..self }
    }

    /// The same on whatever resource; see [`Prepared::for_any_resource`].
    pub fn on_any_resource(&self) -> Self {
        let all = Self::unread(self.facts, self.sides, self.target, self.context, self.readings);
        Self { only_loaded: self.only_loaded, ..all.any_resource() }.read()
    }

    /// The resource sets of the resource side and of RCPs that were read: on whatever resource, all that concern the action.
    pub fn resource_sets(&self) -> Vec<ResourceSetId> {
        let mut sets: Vec<ResourceSetId> = self.open.iter().map(|open| open.resources).collect();
        sets.extend(self.endpoint.statements().map(|open| open.resources));
        if let Controls::OfOwner(controls) = &self.controls {
            sets.extend(controls.iter().map(|control| control.resources));
        }
        sets.sort_unstable();
        sets.dedup();
        sets
    }

    /// Whom grants could let in that were not collected, as far as they take part.
    pub fn missing_grants(&self) -> MissingGrants {
        if self.only_loaded {
            return MissingGrants::default();
        }
        let target = self.target;
        let of_key = target.other_grants.contains(&OtherGrant::KmsGrant) && target.key_grants.is_none();
        let acl =
            target.other_grants.contains(&OtherGrant::S3Acl) && self.acl_may_grant() && target.acl.is_none();
        let policy = !self.not_collected.is_empty();
        let alone = matches!(target.regime, Regime::Key | Regime::Trust | Regime::BothSides);
        let shares = target.shared.iter().any(|held| matches!(held, Held::NotCollected(_)));
        MissingGrants {
            counts: true,
            without_policies: of_key,
            at_home: acl || policy && (alone || target.open_without_policy),
            abroad: acl || policy,
            own_side: shares
                || target.object_owner_open
                || matches!(target.cross_account, CrossAccount::Unlisted),
        }
    }

    /// What was not collected on the resource side and could let callers in.
    pub fn could_let_in(&self) -> Vec<String> {
        let resource = &self.target.called;
        let mut names: Vec<String> = self.not_collected().into_iter().map(str::to_owned).collect();
        for grant in self.target.other_grants {
            match grant {
                OtherGrant::S3Acl if self.acl_may_grant() && self.target.acl.is_none() => {
                    names.push(self.acl_called())
                }
                OtherGrant::KmsGrant if self.target.key_grants.is_none() => {
                    names.push(format!("grants of {resource}"))
                }
                _ => {}
            }
        }
        match self.target.cross_account {
            CrossAccount::Unlisted if self.open.is_empty() || self.target.only_denies => {
                names.push(governing_row_of(resource));
            }
            _ => {}
        }
        names.extend(self.target.shared.iter().filter_map(|held| match held {
            Held::NotCollected(what) => Some(what.to_string()),
            Held::Policy(_) => None,
        }));
        names.extend(self.ids_of_nobody().map(|id| format!("who has the unique id {id}")));
        names
    }

    /// Reads an ACL. Block Public Access can pass over what it gives to everybody (S-S3-05), and none counts where the bucket's
    /// owner owns all objects, which is not known of a bucket whose setting was not collected (S-S3-03).
    fn read_acl(&mut self, accounts: PolicyId, public: PolicyId) {
        let before = self.open.len();
        self.read_policy(accounts, Stands::WithResource);
        let (facts, target) = (self.facts, self.target);
        let blocks = &target.public_access;
        if !blocks.iter().flatten().any(|block| block.ignore_public_acls) {
            let conditions = &facts.arena().conditions;
            let counts = match blocks.iter().all(Option::is_some) {
                true => ConditionId::ALWAYS,
                false => conditions.missing(&format!("Block Public Access of {}", target.called)),
            };
            let from = self.open.len();
            self.read_policy(public, Stands::WithResource);
            for open in self.open.iter_mut().skip(from) {
                open.condition = conditions.and(open.condition, counts);
            }
        }
        let conditions = &facts.arena().conditions;
        let on = match self.object_ownership() {
            Some(_) => ConditionId::ALWAYS,
            None => {
                let bucket = target.called.split('/').next().unwrap_or_default();
                conditions.missing(&format!("object ownership of {bucket}"))
            }
        };
        for open in self.open.iter_mut().skip(before) {
            open.acl = true;
            open.condition = conditions.and(open.condition, on);
        }
    }

    /// What the ACL is called that could let callers in and was not collected.
    pub(super) fn acl_called(&self) -> String {
        format!("ACL of {}", acl_holder(&self.target.action.name, &self.target.called))
    }

    pub(super) fn acl_may_grant(&self) -> bool {
        self.object_ownership() != Some("BucketOwnerEnforced")
    }

    fn object_ownership(&self) -> Option<&str> {
        self.target.record.as_ref().and_then(|record| record.settings.object_ownership.as_deref())
    }

    /// Resource-side principal elements that could name a caller of this request, with whether they deny.
    pub fn principals(&self) -> impl Iterator<Item = (&PrincipalElement<'_>, bool)> {
        self.open.iter().filter_map(|open| Some((open.element()?, open.denies)))
    }

    /// Whether nothing on the resource's side or on the way there says anything of the request.
    pub fn is_silent(&self) -> bool {
        let controls = matches!(&self.controls, Controls::OfOwner(controls) if controls.is_empty());
        let direct = matches!(self.endpoint, Through::None) && self.behind.is_none();
        controls && direct && self.open.is_empty() && self.not_collected.is_empty()
    }

    /// Whether nothing that was loaded on the resource's side allows the request.
    pub fn grants_nothing(&self) -> bool {
        self.open.iter().all(|open| open.denies)
    }

    /// Whether the resource's side may say something else of a user or role than of others of its account.
    pub fn singles_out(&self, caller: &Caller) -> bool {
        let controls = match &self.controls {
            Controls::OfOwner(controls) => controls.iter().any(|control| !control.of_class),
            Controls::OfCaller(_) => {
                Catalog::embedded().rcp_governs_action(&self.target.action.name) != RcpReach::No
            }
        };
        let names = |open: &Open| !open.of_class && !self.forms(open, caller, false).is_empty();
        controls
            || !matches!(self.endpoint, Through::None)
            || self.open.iter().any(names)
            || self.behind.as_ref().is_some_and(|behind| behind.singles_out(caller))
    }

    /// The unique ids that Allow statements of the resource side name and that no user or role of the estate has: somebody of whom the
    /// id was not collected may have one (S-PRN-11).
    pub fn ids_of_nobody(&self) -> impl Iterator<Item = &str> {
        let entries =
            self.principals().filter(|(_, denies)| !denies).flat_map(|(element, _)| match element {
                PrincipalElement::Entries { negated: false, entries } => entries.as_slice(),
                _ => &[],
            });
        entries
            .filter(|entry| entry.kind == PrincipalKind::UniqueId)
            .map(|entry| &*entry.text)
            .filter(|id| self.facts.estate.principal_of_id(id).is_none())
    }

    /// Whether all that could grant or deny on the resource's side was loaded.
    pub fn is_loaded(&self) -> bool {
        let shared = |held: &Held| matches!(held, Held::NotCollected(_));
        self.ids_of_nobody().next().is_none()
            && self.behind.as_ref().is_none_or(|behind| behind.is_loaded())
            && self.not_collected().is_empty()
            && self.target.other_grants.iter().all(|grant| match grant {
                OtherGrant::S3Acl => self.target.acl.is_some() || !self.acl_may_grant(),
                OtherGrant::KmsGrant => self.target.key_grants.is_some(),
                _ => true,
            })
            && !self.target.object_owner_open
            && !self.target.shared.iter().any(shared)
            && !matches!(
                self.target.cross_account,
                CrossAccount::PolicyOrDelegatedAdministrator | CrossAccount::Unlisted
            )
    }

    /// The setting of a bucket that was not collected, where that decides whose an object is.
    pub fn assumed_ownership(&self) -> Option<String> {
        let bucket = self.target.called.split('/').next().filter(|_| self.target.object_owner_assumed)?;
        Some(format!("object ownership of {bucket}"))
    }

    /// Policies that would take part and were not collected.
    pub fn not_collected(&self) -> Vec<&'a str> {
        let behind = self.behind.as_ref().map(|behind| behind.not_collected());
        self.not_collected.iter().copied().chain(behind.unwrap_or_default()).collect()
    }

    pub(super) fn read_policy(&mut self, policy: PolicyId, stands: Stands) {
        let compiled = self.facts.compiled(policy);
        let conditions = &self.facts.arena().conditions;
        let certain = self.facts.policy(policy).certain(conditions);
        for region in self.facts.compiler.read_for_anybody(&compiled) {
            let parts = self.facts.arena().get(region.region);
            let matched = self.matches(parts, None, stands);
            if let Some(condition) = matched.and_then(|matched| self.as_stated(matched, region.denies)) {
                let condition = conditions.and(condition, certain);
                let statement = compiled.document.document().statements.get(region.statement as usize);
                let mut open = Open {
                    policy,
                    compiled: compiled.clone(),
                    statement: region.statement,
                    denies: region.denies,
                    shared: false,
                    key_grant: false,
                    acl: false,
                    by_arn: statement.is_some_and(Statement::names_by_arn),
                    resources: parts.resources,
                    condition: self.in_context(condition),
                    of_class: false,
                };
                open.of_class = !self.tells_apart(open.condition) && open.element().is_none_or(means_classes);
                self.open.push(open);
            }
        }
    }

    /// The RCP statements of an account that match; `caller` is of that account where the action has no resource type.
    pub(super) fn read_controls(
        &self,
        account: Option<NodeId>,
        caller: Option<&PrincipalFact>,
    ) -> Vec<Control> {
        let reach = Catalog::embedded().rcp_governs_action(&self.target.action.name);
        let (Some(node), RcpReach::Yes | RcpReach::Doubtful) = (account, reach) else {
            return Vec::new();
        };
        let mut controls = Vec::new();
        for (_, policies) in self.sides.levels(ControlKind::Rcp, node) {
            for &policy in policies {
                let compiled = self.facts.compiled(policy);
                for region in self.facts.compiler.read_for_anybody(&compiled) {
                    let parts = self.facts.arena().get(region.region);
                    let matched = self.matches(parts, caller, Stands::WithResource);
                    let matched = matched.and_then(|matched| self.as_stated(matched, region.denies));
                    let Some(mut condition) = matched else { continue };
                    if reach == RcpReach::Doubtful {
                        let text = "U-78: whether RCPs reach the data plane of OpenSearch domains";
                        let doubt = self.facts.arena().conditions.missing(text);
                        condition = self.facts.arena().conditions.and(condition, doubt);
                    }
                    if caller.is_some() {
                        let conditions = &self.facts.arena().conditions;
                        let reach = self.readings.when(conditions, Question::ControlsWithoutResource);
                        condition = conditions.and(condition, reach);
                    }
                    let condition = self.in_context(condition);
                    controls.push(Control {
                        statement: StatementId { policy, index: region.statement },
                        denies: region.denies,
                        resources: parts.resources,
                        condition,
                        of_class: !self.tells_apart(condition),
                    });
                }
            }
        }
        controls
    }

    pub(super) fn controls_of_caller(
        &self,
        known: &Mutex<FxHashMap<AccountId, Arc<[Control]>>>,
        caller: &PrincipalFact,
    ) -> Arc<[Control]> {
        let Some(account) = caller.account else { return Arc::default() };
        if let Some(controls) = known.lock().get(&account) {
            return controls.clone();
        }
        let level = self.target.level.or(caller.standing.level);
        let controls: Arc<[Control]> = self.read_controls(level, Some(caller)).into();
        known.lock().insert(account, controls.clone());
        controls
    }
}
