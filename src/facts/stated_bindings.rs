//! The context of a scenario as a binding of keys.

use std::borrow::Cow;

use super::keys;
use crate::catalog::{ActionId, Catalog, Suppliers};
use crate::region::condition::{Bindings, Conditions, KeyId, Known, goes_with};
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
}

impl Bindings for StatedBindings<'_> {
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
            return Known::Unknown;
        }
        // S-COND-14: of a key that the action does not supply it is known that the request lacks it.
        let supplied = self.action.is_none_or(|action| supplies(action, name));
        let left = self.derive && keys::follows(name);
        let open =
            || self.open.holds(name) && !self.context.lacks(name) && goes_with(name, self.context.firsts());
        if supplied && (left || open()) { Known::Unknown } else { Known::Absent }
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
