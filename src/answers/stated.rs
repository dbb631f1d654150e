//! Where a question states otherwise than the estate does: it is taken as it stands, and said (S-TRI-06).

use super::context::Context;
use super::engine::Engine;
use super::towards::spelt;
use crate::catalog::Catalog;
use crate::estate::AccountId;
use crate::facts::binding::PrincipalBindings;
use crate::facts::keys::{self, Origin, origin, stated_absent, unheard_of};
use crate::facts::{Ownership, PrincipalFact, ResourceOwner, Target, account_of_source};
use crate::region::condition::Known;

/// What a call needs besides what is asked about, where each call acts on resources of several types (S-RES-20).
pub(super) fn needed_besides(target: &Target) -> Option<String> {
    let action = target.action.catalog.filter(|_| !target.no_resource)?;
    let (types, exact) = Catalog::embedded().named_besides(action, &target.asked);
    let name = &target.action.name;
    const MOST_SHOWN: usize = 5;
    let mut shown = types.get(..MOST_SHOWN).unwrap_or(&types).join(", ");
    if types.len() > MOST_SHOWN {
        shown.push_str(", …");
    }
    match (types.is_empty(), exact) {
        (true, _) => None,
        (false, true) => Some(format!(
            "each call of {name} names resources of other types too ({shown}), which must be allowed as well"
        )),
        (false, false) => Some(format!(
            "AWS's reference marks other types of resources as required for {name} too ({shown}): where a call names such, they must be allowed as well"
        )),
    }
}

impl Engine {
    /// The keys of the caller of which a context says something else than the caller does.
    pub(super) fn stated_otherwise_of_caller(
        &self,
        context: &Context,
        caller: &PrincipalFact,
    ) -> Vec<String> {
        let bindings = PrincipalBindings::new(&self.facts, caller);
        let known = |name: &str| bindings.known(name);
        stated_otherwise(stated_of(context, Origin::Principal), &caller.name, &known)
    }

    /// The keys of the resource of which a context says something else than the resource does.
    pub(super) fn stated_otherwise_of_resource(&self, context: &Context, target: &Target) -> Vec<String> {
        let bindings = target.bindings(&self.facts.arena().conditions, &self.facts.estate);
        let known = |name: &str| bindings.known(name);
        stated_otherwise(stated_of(context, Origin::Resource), &target.resource, &known)
    }

    /// The keys of which a context says something else than the endpoint, or the account for which a service calls, that it names.
    pub(super) fn stated_otherwise_of_request(&self, context: &Context) -> Vec<String> {
        let mut differing = self.stated_otherwise_of_endpoint(context);
        differing.extend(self.stated_otherwise_of_source(context));
        differing
    }

    /// The keys of the network of which a context says something else than the endpoint that it names does.
    fn stated_otherwise_of_endpoint(&self, context: &Context) -> Vec<String> {
        let Some([id]) = context.get("aws:sourcevpce") else { return Vec::new() };
        let Some((vpc, owner)) = self.facts.place_of_endpoint(id) else { return Vec::new() };
        let known = |name: &str| match name {
            "aws:sourcevpc" => vpc.map_or(Known::Unknown, |vpc| Known::One(vpc.to_owned().into())),
            "aws:vpceaccount" if context.get(name).is_some_and(|values| !values.is_empty()) => {
                Known::One(owner.to_string().into())
            }
            _ => Known::Unknown,
        };
        stated_otherwise(stated_of(context, Origin::Request), id, &known)
    }

    /// The keys of the organisation for which a service calls, of which a context says something else than the account does.
    fn stated_otherwise_of_source(&self, context: &Context) -> Vec<String> {
        let of_source = |name: &str| match context.get(name) {
            Some([value]) => account_of_source(name, value),
            _ => None,
        };
        let Some(account) = keys::OF_SOURCE.into_iter().find_map(of_source) else { return Vec::new() };
        let organization = self.facts.organization_of(Some(account));
        let known = |name: &str| match name {
            "aws:sourceorgid" => organization.id(),
            "aws:sourceorgpaths" => organization.paths(),
            _ => Known::Unknown,
        };
        stated_otherwise(stated_of(context, Origin::Principal), &account.to_string(), &known)
    }

    /// An owner that is stated of a resource of which the estate or its ARN names another.
    pub(super) fn stated_otherwise_of_owner(&self, stated: ResourceOwner, target: &Target) -> Option<String> {
        let known = self.facts.target(target.action.clone(), &target.asked, None);
        let Ownership::Account(owner) = known.owner else { return None };
        let stated = match stated {
            ResourceOwner::Account(stated) if stated == owner => return None,
            ResourceOwner::Account(stated) => stated.to_string(),
            ResourceOwner::Aws => "AWS".to_owned(),
            ResourceOwner::Manager(_) => return None,
        };
        Some(owned_otherwise(&target.asked, owner, &stated))
    }
}

/// What is said where another is stated to own a resource than is known to.
pub(super) fn owned_otherwise(resource: &str, owner: AccountId, stated: &str) -> String {
    format!("`{resource}` is of account {owner}, and {stated} is stated to own it; it is taken as it stands")
}

/// What is odd about the keys of a context, whoever calls: the catalog does not know them, or no request lacks them.
pub(super) fn odd_keys(context: &Context) -> impl Iterator<Item = String> {
    let absent = |name: &&str| context.get(name).is_some_and(<[String]>::is_empty);
    let lacking = context.names().filter(move |name| absent(name) && origin(name) != Origin::Principal);
    let lacking = lacking.filter_map(|name| stated_absent(name, false));
    context.names().filter_map(unheard_of).chain(lacking)
}

/// The keys of a context of one origin.
fn stated_of(context: &Context, of: Origin) -> impl Iterator<Item = (&str, &[String])> {
    let names = context.names().filter(move |name| origin(name) == of);
    names.filter_map(|name| Some((name, context.get(name)?)))
}

/// The keys of which something else is known than is stated.
pub(super) fn stated_otherwise<'c>(
    stated: impl Iterator<Item = (&'c str, &'c [String])>,
    whose: &str,
    known: &dyn Fn(&str) -> Known<'static>,
) -> Vec<String> {
    let differing = stated.filter_map(|(name, values)| {
        let is = differs(&known(name), values)?;
        let key = spelt(name);
        let states = match values {
            [] => "absent".to_owned(),
            values => format!("`{}`", values.join("`, `")),
        };
        Some(format!(
            "`{key}` of `{whose}` is {is}, and the context states {states}; it is taken as it stands"
        ))
    });
    differing.collect()
}

/// What is known of a key, in words, if other values are stated.
fn differs(known: &Known<'_>, stated: &[String]) -> Option<String> {
    let same = |one: &str, other: &str| {
        one == other || (matches!(one, "true" | "false") && one.eq_ignore_ascii_case(other))
    };
    match known {
        Known::Unknown | Known::As(_) => None,
        Known::Absent => (!stated.is_empty()).then(|| "absent".to_owned()),
        Known::Held => stated.is_empty().then(|| "present".to_owned()),
        Known::Named(beginning, _) => match stated {
            [one] if one.starts_with(&**beginning) => None,
            _ => Some(format!("`{beginning}` and the name of a session")),
        },
        Known::One(value) => match stated {
            [one] if same(value, one) => None,
            _ => Some(format!("`{value}`")),
        },
        Known::Many(values) => {
            let alike =
                values.len() == stated.len() && stated.iter().all(|one| values.iter().any(|v| v == one));
            (!alike).then(|| format!("`{}`", values.join("`, `")))
        }
    }
}
