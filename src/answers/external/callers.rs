//! Who is asked about a grant: those whom it names, for everybody those who stand for everybody of whom no export speaks, and those
//! whom other statements about the resource tell apart from the others.

use rustc_hash::FxHashMap;

use super::Ways;
use crate::answers::grants::{ResourceDeny, ResourceGrant};
use crate::document::PrincipalElement;
use crate::document::principal::{PrincipalEntry, PrincipalKind as Named};
use crate::estate::{AccountId, Arn};
use crate::facts::{ANY_SERVICE, Facts, PrincipalId, PrincipalKind, StatementId, outsiders, outsiders_with};

/// Whom the Denies of resources, and those of RCPs, leave out by `NotPrincipal`, by resource.
pub(super) type Exempt = FxHashMap<Option<u32>, Vec<PrincipalId>>;

/// Whom Denies leave out: a grant to everybody, or to their account, means them in particular.
pub(super) fn exempt(facts: &Facts, denies: &[ResourceDeny]) -> Exempt {
    let mut exempt = Exempt::default();
    let mut last = None;
    for deny in denies {
        let Some(statement) = deny.statement.filter(|statement| last != Some((deny.resource, *statement)))
        else {
            continue;
        };
        last = Some((deny.resource, statement));
        let listed = of_element(facts, statement, |element| match element {
            PrincipalElement::Entries { negated: true, entries } => {
                entries.iter().flat_map(|entry| left_out_by(facts, entry)).collect()
            }
            _ => Vec::new(),
        });
        if let Some(listed) = listed.filter(|listed| !listed.is_empty()) {
            exempt.entry(deny.resource).or_default().extend(listed);
        }
    }
    exempt
}

impl Ways<'_> {
    /// Those of other accounts whom a grant may mean, each class of them by those who stand for it. `told_apart`: whom other grants
    /// say more about.
    pub(super) fn callers(
        &self,
        grant: &ResourceGrant,
        told_apart: &[PrincipalId],
        owner: Option<AccountId>,
    ) -> Vec<PrincipalId> {
        let mut callers = self.meant(grant, owner);
        // Whether the grant means them too its principals say.
        let left_out = [Some(grant.resource), None].into_iter().filter_map(|of| self.exempt.get(&of));
        callers.extend(left_out.flatten().chain(told_apart));
        callers.sort_unstable();
        callers.dedup();
        callers
    }

    /// Whom the statement of a grant means.
    pub(super) fn meant(&self, grant: &ResourceGrant, owner: Option<AccountId>) -> Vec<PrincipalId> {
        let facts = &self.engine.facts;
        let everybody = || self.everybody(owner);
        // S-RES-15
        let partition = |text: &str| Arn::parse(text).map(|arn| arn.partition.to_owned());
        let at = self.side.resources.get(grant.resource as usize).and_then(|known| partition(&known.arn));
        let is_here = |entry: &&PrincipalEntry| match (partition(&entry.text), &at) {
            (Some(named), Some(own)) => named == *own,
            _ => true,
        };
        let named = grant.statement.and_then(|statement| {
            of_element(facts, statement, |element| match element {
                PrincipalElement::Entries { negated: false, entries } => entries
                    .iter()
                    .filter(is_here)
                    .flat_map(|entry| meant_by(facts, entry).unwrap_or_else(everybody))
                    .collect(),
                _ => everybody(),
            })
        });
        named.unwrap_or_else(everybody)
    }

    /// Of those of other accounts whom some grants let do what only goes with a call that takes a role: they say more about these
    /// than other grants do (S-TRUST-10).
    pub(super) fn told_apart(&self, grants: &[&ResourceGrant], owner: Option<AccountId>) -> Vec<PrincipalId> {
        let take_roles = grants.iter().any(|grant| self.refusals.take_roles(grant.actions));
        let going_with = grants.iter().filter(|grant| take_roles && self.refusals.goes_with(grant.actions));
        going_with.flat_map(|grant| self.meant(grant, owner)).collect()
    }

    /// Those who stand for everybody.
    fn everybody(&self, owner: Option<AccountId>) -> Vec<PrincipalId> {
        let facts = &self.engine.facts;
        let strangers = outsiders(None).into_iter().chain(["anonymous", ANY_SERVICE].map(str::to_owned));
        let mut all: Vec<PrincipalId> = strangers.filter_map(|name| facts.principal_id(&name)).collect();
        // S-TRUST-08: a role is taken by the providers of its own account, and by those that all accounts share.
        all.extend(self.providers.iter().filter(|id| {
            let of = Arn::parse(&facts.principal(**id).name).and_then(|arn| arn.account_id());
            of.is_none() || of == owner
        }));
        all
    }
}

/// The identity providers among the principals.
pub(super) fn providers(facts: &Facts) -> Vec<PrincipalId> {
    let all = (0..facts.principals.len() as u32).map(PrincipalId);
    all.filter(|id| facts.principal(*id).kind == PrincipalKind::IdentityProvider).collect()
}

/// What is made of the principal element of a statement; none if no document holds it.
fn of_element<T>(
    facts: &Facts,
    statement: StatementId,
    make: impl FnOnce(&PrincipalElement<'_>) -> T,
) -> Option<T> {
    let document = facts.document(facts.policy(statement.policy).document?);
    Some(make(&document.document().statements.get(statement.index as usize)?.principal))
}

/// Whom an entry of `NotPrincipal` leaves out: of an account its root user by name, whom the Deny tells apart (S-PRN-19).
fn left_out_by(facts: &Facts, entry: &PrincipalEntry) -> Vec<PrincipalId> {
    let account: Option<AccountId> = match entry.kind {
        Named::Account => entry.account().and_then(|account| account.parse().ok()),
        _ => None,
    };
    let root = account.and_then(|account| {
        let partition = facts.estate.account(account).map_or("aws", |account| &account.partition);
        let names = [entry.text.to_string(), format!("arn:{partition}:iam::{account}:root")];
        let mut found = names.iter().filter_map(|name| facts.principal_id(name));
        found.find(|id| facts.principal(*id).kind == PrincipalKind::Root)
    });
    meant_by(facts, entry).unwrap_or_default().into_iter().chain(root).collect()
}

/// Whom an entry means, each class by those who stand for it; none: everybody.
fn meant_by(facts: &Facts, entry: &PrincipalEntry) -> Option<Vec<PrincipalId>> {
    let id = |name: &str| facts.principal_id(name);
    let of_account = |account: AccountId| outsiders(Some(account)).into_iter().filter_map(|name| id(&name));
    Some(match entry.kind {
        Named::Service | Named::AnyService => Vec::new(),
        Named::Account => {
            let account = entry.account().and_then(|account| account.parse().ok());
            account.into_iter().flat_map(of_account).collect()
        }
        Named::CanonicalUser => {
            let account = facts.estate.account_of_canonical_id(&entry.text).map(|account| account.id);
            let with_id = outsiders_with(&entry.text).into_iter().chain([entry.text.to_string()]);
            account.into_iter().flat_map(of_account).chain(with_id.filter_map(|name| id(&name))).collect()
        }
        Named::UniqueId => {
            let known = facts.estate.principal_of_id(&entry.text);
            known.and_then(|known| id(known.arn())).into_iter().collect()
        }
        Named::Everyone | Named::PartialWildcard(_) | Named::Malformed(_) | Named::AnyProvider => {
            return None;
        }
        _ => id(&entry.text).into_iter().collect(),
    })
}
