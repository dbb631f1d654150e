//! Grants on the resource side that no policy of the resource holds, and what was not collected there.
//!
//! source   S-EVAL-11, S-EVAL-12, S-KMS-06, S-KMS-12, S-SVC-13, S-SVC-16, S-SVC-19, S-XACC-06, S-XACC-07

use super::found::Found;
use super::{Caller, Prepared};
use crate::catalog::governing::{CrossAccount, Grant as OtherGrant};
use crate::facts::readings::Question;
use crate::facts::{Caller as CallerKind, Grant, Held, Layer, PrincipalFact, Regime, Relation};
use crate::region::condition::ConditionId;
use crate::rules::decision::Situation;

impl Prepared<'_> {
    /// Whether the caller's account may read the organisation without its policy: as a delegated administrator (U-85:
    /// UNCERTAIN, as recommended), or what counts for itself (S-SVC-16).
    fn administers(&self, caller: &PrincipalFact) -> Option<bool> {
        let account = caller.account?;
        let itself = &*self.target.action.name == "organizations:DescribeEffectivePolicy"
            && self.target.resource.ends_with(&format!("/{account}"));
        if itself {
            return Some(true);
        }
        if let Some(stated) = self.target.delegation.registers(account, None) {
            return Some(stated);
        }
        let estate = &self.facts.estate;
        match self.target.organization.member_of().and_then(|id| estate.administers_organization(id, account))
        {
            Some(administers) => Some(administers),
            None => estate.is_delegated_administrator(account, None),
        }
    }

    /// Resource-side grants that no policy holds, and policies that were not collected (S-EVAL-11, S-EVAL-12, U-88).
    pub(super) fn other_grants(&self, caller: &Caller, situation: Situation, found: &mut Found) {
        // S-SVC-13: a file system without policy is open to every client.
        if self.target.open_without_policy && self.target.held.is_empty() {
            found.evaluated.grants.push((Grant::Everyone, ConditionId::ALWAYS));
        }
        // S-SVC-09: what an authorizer answers for somebody without credentials counts as an identity policy of the API's account.
        if self.target.authorizer && situation.caller == CallerKind::Anonymous {
            let answered = found.evaluated.allow(Layer::Identity);
            found.evaluated.grants.push((Grant::Everyone, answered));
        }
        let delegates = situation.relation == Relation::Cross
            && self.target.cross_account == CrossAccount::PolicyOrDelegatedAdministrator;
        let administers = if delegates { self.administers(caller.fact) } else { Some(false) };
        if administers == Some(true) {
            found.evaluated.grants.push((Grant::Share, ConditionId::ALWAYS));
        }
        if !self.only_loaded {
            self.not_loaded(caller, situation, administers, found);
        }
        self.limit_key_grants(found);
    }

    /// Grants and policies that were not collected and may exist.
    fn not_loaded(
        &self,
        caller: &Caller,
        situation: Situation,
        administers: Option<bool>,
        found: &mut Found,
    ) {
        let conditions = found.conditions;
        let resource = &self.target.called;
        let grants = &mut found.evaluated.grants;
        for grant in self.target.other_grants {
            match grant {
                OtherGrant::S3Acl if self.acl_may_grant() && self.target.acl.is_none() => {
                    let given = conditions.missing(&self.acl_called());
                    grants.extend([(Grant::Account, given), (Grant::Everyone, given)]);
                }
                OtherGrant::KmsGrant if self.target.key_grants.is_none() => {
                    let given = conditions.missing(&format!("grants of {resource}"));
                    self.key_grant(caller, given, grants);
                }
                _ => {}
            }
        }
        let mut missing = |form, what: &str| grants.push((form, conditions.missing(what)));
        if situation.relation == Relation::Cross {
            for held in &self.target.shared {
                if let Held::NotCollected(what) = held {
                    missing(Grant::Share, what);
                }
            }
            match self.target.cross_account {
                CrossAccount::PolicyOrDelegatedAdministrator if administers.is_none() => {
                    missing(Grant::Share, "delegated administrators of the organisation");
                }
                CrossAccount::Unlisted if self.open.is_empty() || self.target.only_denies => {
                    missing(Grant::Share, &governing_row_of(resource));
                }
                CrossAccount::Both
                | CrossAccount::PolicyOrDelegatedAdministrator
                | CrossAccount::Share(_)
                | CrossAccount::IdentityOnly
                | CrossAccount::Gate
                | CrossAccount::Unlisted => {}
            }
        }
        let alone = matches!(situation.regime, Regime::Key | Regime::Trust | Regime::BothSides);
        if alone || situation.relation == Relation::Cross {
            if situation.regime != Regime::BothSides {
                self.not_collected.iter().for_each(|what| missing(Grant::Everyone, what));
            }
            self.not_collected.iter().for_each(|what| found.may_deny(what));
        } else if self.target.open_without_policy {
            // S-SVC-13: without a policy it is open, so that there may be none lets everybody in.
            self.not_collected.iter().for_each(|what| missing(Grant::Everyone, what));
        }
    }

    /// Adds what a grant on a key gives its grantee (S-KMS-06), elsewhere perhaps beside the account's own side only
    /// (S-KMS-12, U-70).
    pub(super) fn key_grant(
        &self,
        caller: &Caller,
        given: ConditionId,
        grants: &mut Vec<(Grant, ConditionId)>,
    ) {
        let conditions = &self.facts.arena().conditions;
        let alone = match self.situation(caller).0.relation {
            Relation::Cross => self.readings.when(conditions, Question::ForeignKeyGrant),
            Relation::Same | Relation::Unowned => ConditionId::ALWAYS,
        };
        let beside = conditions.and(given, conditions.not(alone));
        grants.push((Grant::KeyGrant, conditions.and(given, alone)));
        if !beside.is_never() {
            grants.push((Grant::Account, beside));
        }
    }

    /// UNCERTAIN U-71: AWS does not say whether a grant on a key makes up for a boundary or session policies that are silent.
    /// Nobody knows, as recommended.
    fn limit_key_grants(&self, found: &mut Found) {
        let conditions = found.conditions;
        let evaluated = &mut found.evaluated;
        let own = conditions.and(evaluated.allow(Layer::Boundary), evaluated.allow(Layer::Session));
        if own.is_always() {
            return;
        }
        for (_, given) in evaluated.grants.iter_mut().filter(|(form, _)| *form == Grant::KeyGrant) {
            let passes = conditions.or(own, conditions.missing(SILENT_LIMITS));
            *given = conditions.and(*given, passes);
        }
    }
}

/// What is missing where the governing table has no row for a resource.
pub(super) fn governing_row_of(resource: &str) -> String {
    format!("governing row of {resource}")
}

/// What is missing where only a grant on a key could make up for a silent boundary or session policy.
pub const SILENT_LIMITS: &str =
    "U-71: whether a grant on a key makes up for a boundary or session policy that is silent";
