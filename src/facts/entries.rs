//! The entries of a long `Principal` list by their text, so that a caller is not compared with each of them.

use rustc_hash::FxHashMap;

use super::kinds::Caller;
use super::principals::{Entity, PrincipalFact};
use crate::document::PrincipalElement;
use crate::document::principal::{PrincipalEntry, PrincipalKind as Named};

/// Shorter lists are read through.
const LEAST: usize = 16;

/// Users and roles of a list by their ARNs, and all its other entries.
#[derive(Clone)]
pub struct EntryIndex {
    by_arn: FxHashMap<Box<str>, Vec<u32>>,
    others: Vec<u32>,
}

impl EntryIndex {
    /// The index of an element, if it is a long list of whom a statement means.
    pub fn of(element: &PrincipalElement) -> Option<Self> {
        let PrincipalElement::Entries { negated: false, entries } = element else { return None };
        if entries.len() < LEAST {
            return None;
        }
        let mut index = Self { by_arn: FxHashMap::default(), others: Vec::new() };
        for (entry, place) in entries.iter().zip(0..) {
            match entry.kind {
                Named::User | Named::Role => {
                    index.by_arn.entry((*entry.text).into()).or_default().push(place)
                }
                _ => index.others.push(place),
            }
        }
        Some(index)
    }

    /// The entries that can mean a caller; none: any of them can.
    pub fn concerning<'e, 'd>(
        &self,
        principal: &PrincipalFact,
        entries: &'e [PrincipalEntry<'d>],
    ) -> Option<impl Iterator<Item = &'e PrincipalEntry<'d>>> {
        // Of a user or role of the estate the ARN is known, and no other means it (S-PRN-03, S-PRN-04).
        let own = match (&principal.entity, principal.caller) {
            (Entity::User(user), Caller::User) => &user.identity.arn,
            (Entity::Role(role), Caller::RoleSession | Caller::ServiceLinkedSession)
                if !principal.role_by_name =>
            {
                &role.identity.arn
            }
            _ => return None,
        };
        let named = self.by_arn.get(&**own).map(Vec::as_slice).unwrap_or_default();
        let mut places: Vec<u32> = named.iter().chain(&self.others).copied().collect();
        places.sort_unstable();
        Some(places.into_iter().filter_map(|place| entries.get(place as usize)))
    }
}
