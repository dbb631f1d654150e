//! Actions of a statement that its conditions keep from ever matching, decided on regions (S-COND-14, S-KEY-25).

use super::conditions::requires;
use super::{Check, Code, Finding};
use crate::catalog::{ActionId, Catalog, Supply};
use crate::document::{ActionEntry, Condition, Statement};
use crate::region::arena::Region;

impl Check<'_, '_> {
    /// Reports entries of which no action supplies a key that the conditions ask for, where other entries match.
    pub(super) fn actions_without_key(&mut self, statement: &Statement) {
        let asking: Vec<&Condition> =
            statement.conditions.iter().filter(|condition| requires(condition)).collect();
        if asking.is_empty() || statement.actions.negated || statement.actions.entries.len() < 2 {
            return;
        }
        let Some(regions) = self.regions_of(statement) else { return };
        let live: Vec<Region> =
            regions.iter().copied().filter(|region| !self.checker.is_empty(*region)).collect();
        // What matches nothing at all is reported as that.
        if live.is_empty() {
            return;
        }
        let catalog = Catalog::embedded();
        let sets = self.checker.compiler.arena.clone();
        let is_live = |action: ActionId| {
            live.iter().any(|region| sets.actions.contains(region.actions, action.0 as usize))
        };
        for entry in &statement.actions.entries {
            let ActionEntry::Pattern(text) = entry else { continue };
            let actions: Vec<ActionId> = catalog.matching(&text.value).iter().collect();
            if actions.is_empty() || actions.iter().copied().any(is_live) {
                continue;
            }
            let lacks = |condition: &&&Condition| {
                let lacks = |action: &ActionId| catalog.supplies(*action, &condition.key.value) == Supply::No;
                actions.iter().all(lacks)
            };
            let Some(condition) = asking.iter().find(lacks) else { continue };
            let message = format!(
                "`{}` never holds `{}`, which the statement asks for",
                text.value, condition.key.value
            );
            self.report(Finding::new(Code::ActionWithoutKey, message, self.place(text.span)));
        }
    }
}
