//! Long lists of users and roles, by ARN.

use rustc_hash::FxHashMap;

use super::kinds::Caller;
use super::principals::{Entity, PrincipalFact};
use crate::document::PrincipalElement;
use crate::document::principal::PrincipalKind as Named;

/// From how many entries on a list is worth an index.
const LONG: usize = 32;

/// The entries of a principal element by whom they could mean.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The positions of the users and roles of an ARN, ascending.
    by_arn: FxHashMap<Box<str>, Vec<u32>>,
    /// The positions of all other entries.
    others: Vec<u32>,
}

impl Listed {
    /// The entries of an element, if they are many.
    pub fn of(element: &PrincipalElement) -> Option<Self> {
        let PrincipalElement::Entries { entries, .. } = element else { return None };
        if entries.len() < LONG {
            return None;
        }
        let mut listed = Self { by_arn: FxHashMap::default(), others: Vec::new() };
        for (position, entry) in (0..).zip(entries) {
            match entry.kind {
                Named::User | Named::Role => {
                    listed.by_arn.entry((*entry.text).into()).or_default().push(position);
                }
                _ => listed.others.push(position),
            }
        }
        Some(listed)
    }

    /// The positions of the entries that could mean a principal, ascending; `None` if that takes more than its ARN to tell.
    pub fn could_mean(&self, principal: &PrincipalFact) -> Option<Vec<u32>> {
        let arn = match (&principal.entity, principal.caller) {
            (Entity::Role(role), Caller::User | Caller::RoleSession | Caller::ServiceLinkedSession)
                if !principal.role_by_name =>
            {
                &role.identity.arn
            }
            (Entity::User(user), Caller::User) => &user.identity.arn,
            _ => return None,
        };
        let mut positions = self.others.clone();
        positions.extend(self.by_arn.get(&**arn).into_iter().flatten());
        positions.sort_unstable();
        Some(positions)
    }
}
