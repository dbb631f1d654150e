//! Why the document does not grant a region.

use super::blocks::unsaid;
use super::check::Check;
use super::has_doubt;
use super::overlap::overlap;
use super::shape::is_written;
use crate::answers::can::missing_in;
use crate::facts::keys;
use crate::region::arena::Region;
use crate::region::condition::{ConditionId, DoubtClass};
use crate::region::owner::OwnerId;

impl Check<'_> {
    /// Why no statement grants a region, whose condition is simplified.
    pub fn why(&self, region: &Region, condition: ConditionId) -> String {
        let arena = self.engine.facts.arena();
        let conditions = &arena.conditions;
        if let Some(first) = missing_in(conditions, condition).first() {
            return format!("not collected: {first}");
        }
        let doubts = || conditions.doubts(condition).iter().map(|&doubt| conditions.doubt_of(doubt));
        let names = || conditions.keys(condition).iter().map(|&key| &*conditions.key_of(key).name);
        if names().any(|name| name == keys::RESOURCE_STRING) {
            return "depends on the string that the service checks for actions without resource type (U-40)"
                .to_owned();
        }
        if has_doubt(conditions, condition) {
            if let Some(doubt) = doubts().find(|doubt| doubt.class == DoubtClass::Malformed) {
                return format!("something that can't be read: {}", doubt.text);
            }
            if let Some(doubt) = doubts().next() {
                return format!("AWS leaves it open: {}", doubt.text);
            }
        }
        if names().any(|name| name == keys::SESSION_NAME) {
            return "depends on the name of the session".to_owned();
        }
        if names().any(|name| name.starts_with(keys::PSEUDO)) {
            return "a variable of a policy has no value that is known".to_owned();
        }
        if region.owner != OwnerId::ANY && arena.resources.accounts(region.resources).is_none() {
            return "on resources of some accounts only".to_owned();
        }
        let touching = self.touching(region.resources);
        if arena.actions.count(arena.actions.meet(region.actions, touching)) == 0 {
            return match arena.actions.count(region.actions) {
                0 => "actions that the catalog does not know".to_owned(),
                _ => "actions that act on no such resource, as far as the catalog knows".to_owned(),
            };
        }
        unsaid(conditions, condition).unwrap_or_else(|| self.unlisted(region))
    }

    /// Why no list of patterns says the resources of a region, or no statement on them says nothing else.
    fn unlisted(&self, region: &Region) -> String {
        let text = match self.engine.facts.arena().resources.as_patterns(region.resources) {
            Ok(text) => text,
            Err(limit) => return format!("its resources can't be listed: {limit}"),
        };
        let mut patterns = text.pieces.iter().flat_map(|piece| piece.include.iter().chain(&piece.exclude));
        if !patterns.all(|pattern| is_written(pattern)) {
            return "its resources are those of one type, for which a wildcard reaches too far".to_owned();
        }
        let crosses = |include: &[String]| include.len() > 1 && overlap(include).is_none();
        match text.pieces.iter().any(|piece| crosses(&piece.include)) {
            true => "what several patterns have in common takes too many patterns".to_owned(),
            false => "each statement that says it says more".to_owned(),
        }
    }
}
