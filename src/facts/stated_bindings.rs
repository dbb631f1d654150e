//! The context of a scenario as a binding of keys.

use std::borrow::Cow;

use super::keys;
use crate::catalog::{ActionId, Catalog, Suppliers};
use crate::region::condition::{Bindings, Conditions, Key, KeyId, Known, goes_with};
use crate::scenario::{OpenKeys, StatedContext};

/// The context of a scenario as a binding of keys.
pub struct StatedBindings<'a> {
    /// Where conditions live.
    pub conditions: &'a Conditions,
    /// What is given.
    pub context: &'a StatedContext,
    /// The action, in the catalog.
    pub action: Option<ActionId>,
    /// Whether keys follow from caller and resource.
    pub derive: bool,
    /// The keys that are open.
    pub open: &'a OpenKeys,
    /// Whether the scenario says of no organisation that the caller's account is in it: its keys do not follow then.
    pub no_organization: bool,
    /// Which of several resources it is for; none: there is one.
    pub number: Option<ResourceNumber>,
}

/// The numbers by which keys of one of several resources are told apart (S-RES-20).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ResourceNumber {
    /// Of the resource.
    pub resource: u32,
    /// Of the object that it is, which has another where the request goes through an access point (S-S3-10).
    pub object: u32,
}

impl StatedBindings<'_> {
    /// A key of which nothing is known.
    fn unknown(&self, key: &Key) -> Known<'static> {
        match self.number {
            Some(number) if keys::is_of_resource(self.action, &key.name) => {
                let number = if keys::is_of_object(&key.name) { number.object } else { number.resource };
                Known::As(self.conditions.key(key.clone().of_resource(number)))
            }
            _ => Known::Unknown,
        }
    }
}

impl Bindings for StatedBindings<'_> {
    fn states_some(&self, prefix: &str) -> bool {
        self.context.firsts().any(|(name, _)| name.starts_with(prefix))
    }

    fn lookup(&self, key: KeyId) -> Known<'_> {
        let key = self.conditions.key_of(key);
        let name = &*key.name;
        if name.starts_with("request:") {
            return Known::Unknown;
        }
        if let Some(given) = self.context.get(name) {
            let catalog_knows = || Catalog::embedded().key(name).is_some();
            let all = || given.values.iter().map(|value| Cow::Borrowed(&**value)).collect();
            return match given.values.as_slice() {
                [one] if !key.multivalued && (!given.listed || catalog_knows()) => {
                    Known::One(Cow::Borrowed(one))
                }
                _ => Known::Many(all()),
            };
        }
        if self.context.leaves_open(name) {
            return self.unknown(key);
        }
        // S-COND-14: of a key that the action does not supply it is known that the request lacks it.
        let supplied = self.action.is_none_or(|action| supplies(action, name));
        let of_organization = matches!(name, "aws:principalorgid" | "aws:principalorgpaths");
        let left = self.derive && keys::follows(name) && !(of_organization && self.no_organization);
        let open =
            || self.open.holds(name) && !self.context.lacks(name) && goes_with(name, self.context.firsts());
        if supplied && (left || open()) { self.unknown(key) } else { Known::Absent }
    }
    fn stated(&self) -> Vec<&str> {
        self.context.names().collect()
    }
}

fn supplies(action: ActionId, name: &str) -> bool {
    match Catalog::embedded().actions_supplying(name) {
        Suppliers::All | Suppliers::Unknown | Suppliers::AtLeast(_) => true,
        Suppliers::AllBut(actions) => actions.binary_search(&action).is_err(),
        Suppliers::Only(actions) => actions.binary_search(&action).is_ok(),
    }
}
