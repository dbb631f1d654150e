//! Which principals a list is about.

use rustc_hash::FxHashSet;

use super::diagnostics::Diagnostic;
use super::options::Narrowing;
use crate::answers::Engine;
use crate::estate::{AccountId, Estate, NodeId};
use crate::facts::{Caller, PrincipalId};
use crate::output::KindWord;
use crate::output::views::kind;

/// A narrowing with its names resolved.
pub struct Narrowed<'a> {
    narrowing: &'a Narrowing,
    accounts: Option<FxHashSet<AccountId>>,
}

impl<'a> Narrowed<'a> {
    /// Resolves accounts and organisational units.
    ///
    /// # Errors
    /// No account or unit has the name.
    pub fn new(engine: &Engine, narrowing: &'a Narrowing) -> Result<Self, Vec<Diagnostic>> {
        Ok(Self { narrowing, accounts: accounts_of(&engine.facts().estate, narrowing)? })
    }

    /// Whether a list has a row for the principal.
    pub fn wants(&self, engine: &Engine, id: PrincipalId) -> bool {
        let fact = engine.facts().principal(id);
        let in_account = self
            .accounts
            .as_ref()
            .is_none_or(|accounts| fact.account.is_some_and(|account| accounts.contains(&account)));
        let of_kind = self.narrowing.kinds.is_empty() || self.narrowing.kinds.contains(&kind(fact.kind));
        let tagged = self.narrowing.tags.is_empty()
            || fact.identity().is_some_and(|identity| {
                self.narrowing.tags.iter().any(|wanted| {
                    match (&wanted.value, identity.tags.get(&wanted.key)) {
                        (_, None) => false,
                        (None, Some(_)) => true,
                        (Some(value), Some(tag)) => value == tag,
                    }
                })
            });
        let linked = self.narrowing.without_service_linked && fact.caller == Caller::ServiceLinkedSession;
        in_account && of_kind && tagged && !linked
    }

    /// Whether a list has a row for callers of whom only the kind is known.
    pub fn wants_class(&self, kind: KindWord) -> bool {
        let of_kind = self.narrowing.kinds.is_empty() || self.narrowing.kinds.contains(&kind);
        self.accounts.is_none() && self.narrowing.tags.is_empty() && of_kind
    }

    /// Whether a list of resources has a row for one: by its owner and its service.
    pub fn wants_resource(&self, arn: &str, owner: Option<AccountId>) -> bool {
        let owned = |accounts: &FxHashSet<AccountId>| owner.is_some_and(|owner| accounts.contains(&owner));
        let services = &self.narrowing.services;
        let service = arn.split(':').nth(2).unwrap_or_default();
        self.accounts.as_ref().is_none_or(owned)
            && (services.is_empty() || services.iter().any(|wanted| wanted.eq_ignore_ascii_case(service)))
    }
}

/// The accounts that a narrowing names, those in or below its organisational units; none: any account.
///
/// # Errors
/// No account or unit has the name.
pub fn accounts_of(
    estate: &Estate,
    narrowing: &Narrowing,
) -> Result<Option<FxHashSet<AccountId>>, Vec<Diagnostic>> {
    let mut accounts: Option<FxHashSet<AccountId>> = None;
    for text in &narrowing.accounts {
        let mut all = estate.accounts.values();
        let found =
            all.find(|account| account.id.to_string() == *text || account.name.as_deref() == Some(text));
        let Some(account) = found else {
            let names = estate.accounts.values().filter_map(|account| account.name.as_deref());
            return Err(unknown("account", text, names));
        };
        accounts.get_or_insert_default().insert(account.id);
    }
    if narrowing.organizational_units.is_empty() {
        return Ok(accounts);
    }
    let mut below: FxHashSet<AccountId> = FxHashSet::default();
    for text in &narrowing.organizational_units {
        let nodes = || estate.organizations.values().flat_map(|organization| organization.nodes.values());
        let found: Vec<&NodeId> = nodes()
            .filter(|node| node.id.as_str() == text || node.name.as_deref() == Some(text))
            .map(|node| &node.id)
            .collect();
        if found.is_empty() {
            return Err(unknown(
                "organisational unit",
                text,
                nodes().filter_map(|node| node.name.as_deref()),
            ));
        }
        let is_below = |account: &AccountId| {
            let path = estate.organization_path(*account);
            path.is_some_and(|path| path.nodes.iter().any(|node| found.contains(&&node.id)))
        };
        below.extend(estate.accounts.keys().copied().filter(is_below));
    }
    Ok(Some(match accounts {
        Some(named) => named.intersection(&below).copied().collect(),
        None => below,
    }))
}

fn unknown<'a>(what: &str, text: &str, names: impl Iterator<Item = &'a str>) -> Vec<Diagnostic> {
    let diagnostic = Diagnostic::error("usage", format!("no {what} of the estate is called `{text}`"));
    let nearest = names.min_by_key(|name| strsim::damerau_levenshtein(name, text));
    vec![match nearest.filter(|name| strsim::jaro_winkler(name, text) > 0.7) {
        Some(name) => diagnostic.with_help(format!("did you mean `{name}`?")),
        None => diagnostic,
    }]
}
