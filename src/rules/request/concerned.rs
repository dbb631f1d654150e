//! Which readings of what AWS leaves open a request could depend on.
//!
//! Only deciding it by another reading tells whether it does. What is found here is cheap, and a superset.
//!
//! source   S-EVAL-08

use super::{Caller, Controls, Examined, OPEN_WAYS_OUT, Prepared};
use crate::document::PrincipalElement;
use crate::document::principal::{PrincipalEntry, PrincipalKind as Named};
use crate::facts::readings::{Question, Questions};
use crate::facts::{Caller as CallerKind, Grant, Layer, Regime, Relation};
use crate::rules::further;

impl Prepared<'_> {
    /// The questions on which the decision could depend that were examined with their readings known.
    pub fn concerned(&self, caller: &Caller<'_>, examined: &Examined) -> Questions {
        let evaluated = &examined.evaluated;
        let situation = examined.situation;
        let mut found = Questions::default();
        let granted = |form| evaluated.grants.iter().any(|(given, _)| *given == form);
        let same = situation.relation == Relation::Same;
        let bounded = !evaluated.allow(Layer::Boundary).is_always();
        let limited = bounded || !evaluated.allow(Layer::Session).is_always();
        if same && limited {
            let session =
                matches!(situation.caller, CallerKind::RoleSession | CallerKind::ServiceLinkedSession);
            let federated = situation.caller == CallerKind::FederatedUser;
            let star = granted(Grant::Everyone);
            found = found
                .with_if(session && (star || granted(Grant::Role)), Question::BareStarOfSessions)
                .with_if(
                    federated && (star || granted(Grant::FederatingUser)),
                    Question::BareStarOfFederated,
                );
        }
        if situation.regime == Regime::Trust {
            let named = granted(Grant::User) || granted(Grant::Everyone);
            let user = situation.caller == CallerKind::User;
            found = found.with_if(same && bounded && user && named, Question::BoundaryInTrust);
        }
        let key = situation.relation == Relation::Cross && situation.regime == Regime::Key;
        let action = &*self.target.action.name;
        let denied_by =
            |layer| examined.matched.iter().any(|matched| matched.layer == layer && matched.denies);
        let by_controls = || denied_by(Layer::Scp) || denied_by(Layer::Rcp);
        let root = matches!(situation.caller, CallerKind::Root | CallerKind::AssumedRoot);
        let has_controls = match &self.controls {
            Controls::OfOwner(_) => false,
            Controls::OfCaller(known) => {
                known.lock().values().any(|controls| controls.iter().any(|control| control.denies))
            }
        };
        found = found
            .with_if(key && !self.target.other_grants.is_empty(), Question::ForeignKeyGrant)
            .with_if(caller.fact.is_federated_root(), Question::RootFederation)
            .with_if(
                situation.regime == Regime::Free && action == "sts:GetCallerIdentity" && by_controls(),
                Question::CallerIdentity,
            )
            .with_if(further::hands_on_tags(self.target, caller.fact), Question::InheritedTagsNeed)
            .with_if(root && OPEN_WAYS_OUT.contains(&action), Question::QueueLockout)
            .with_if(
                has_controls || self.target.no_resource && denied_by(Layer::Rcp),
                Question::ControlsWithoutResource,
            );
        if !same && self.public_is_in_question() {
            found = found.with(Question::NewerPublicKeys).with(Question::PublicOperators);
        }
        let found = self.concerned_by_names(situation.caller, found);
        match &self.behind {
            Some(behind) if !same => {
                let public = behind.public_is_in_question();
                found.with_if(public, Question::NewerPublicKeys).with_if(public, Question::PublicOperators)
            }
            _ => found,
        }
    }

    /// Whether another reading of what limits a public policy could matter; found once for all callers.
    fn public_is_in_question(&self) -> bool {
        *self.public_in_question.get_or_init(|| self.public.is_in_question(self.facts, self.target))
    }

    /// The questions about whom a principal element means.
    fn concerned_by_names(&self, caller: CallerKind, found: Questions) -> Questions {
        let is_any = |entry: &PrincipalEntry| matches!(entry.kind, Named::AnyService | Named::AnyProvider);
        let is_regional = |entry: &PrincipalEntry| matches!(entry.kind, Named::Service);
        let is_user = |entry: &PrincipalEntry| matches!(entry.kind, Named::User);
        self.open.iter().fold(found, |found, open| {
            let Some(PrincipalElement::Entries { negated, entries }) = open.element() else { return found };
            let has = |kind: &dyn Fn(&PrincipalEntry) -> bool| entries.iter().any(kind);
            match caller {
                CallerKind::Service => found.with_if(has(&is_any), Question::AnyServiceOrProvider).with_if(
                    self.target.regime == Regime::Trust && has(&is_regional),
                    Question::RegionalService,
                ),
                CallerKind::Provider => found.with_if(has(&is_any), Question::AnyServiceOrProvider),
                CallerKind::FederatedUser => found
                    .with_if(open.denies && has(&is_user), Question::FederatingUserDenied)
                    .with_if(*negated, Question::NotPrincipal),
                CallerKind::User | CallerKind::RoleSession | CallerKind::ServiceLinkedSession => {
                    found.with_if(*negated, Question::NotPrincipal)
                }
                _ => found,
            }
        })
    }
}
