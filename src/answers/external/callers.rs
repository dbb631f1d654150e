//! Who is asked about a grant: those whom it names, and for everybody those who stand for everybody of whom no export speaks.

use rustc_hash::FxHashMap;

use super::Ways;
use crate::answers::grants::{ResourceDeny, ResourceGrant};
use crate::document::PrincipalElement;
use crate::document::principal::{PrincipalEntry, PrincipalKind as Named};
use crate::estate::{AccountId, Arn};
use crate::facts::{ANY_SERVICE, Facts, PrincipalId, PrincipalKind, StatementId, outsiders};

/// Whom the Denies of resources, and those of RCPs, leave out by `NotPrincipal`, by resource.
pub(super) type Exempt = FxHashMap<Option<u32>, Vec<PrincipalId>>;

/// Whom Denies leave out: a grant to everybody means them in particular.
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
                entries.iter().flat_map(|entry| meant_by(facts, entry).unwrap_or_default()).collect()
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
    /// Those of other accounts whom a grant means, each class of them by those who stand for it.
    pub(super) fn callers(&self, grant: &ResourceGrant, owner: Option<AccountId>) -> Vec<PrincipalId> {
        let facts = &self.engine.facts;
        let everybody = || self.everybody(grant.resource, owner);
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
        let mut callers = named.unwrap_or_else(everybody);
        callers.sort_unstable();
        callers.dedup();
        callers
    }

    /// Those who stand for everybody, and those whom a Deny tells apart from the others.
    fn everybody(&self, resource: u32, owner: Option<AccountId>) -> Vec<PrincipalId> {
        let facts = &self.engine.facts;
        let strangers = outsiders(None).into_iter().chain(["anonymous", ANY_SERVICE].map(str::to_owned));
        let mut all: Vec<PrincipalId> = strangers.filter_map(|name| facts.principal_id(&name)).collect();
        let exempt = [Some(resource), None].into_iter().filter_map(|of| self.exempt.get(&of));
        all.extend(exempt.flatten());
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
            account.into_iter().flat_map(of_account).chain(id(&entry.text)).collect()
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
