//! Actions and resources of a statement that have nothing to do with each other (S-RES-10, S-RES-12).

use super::{Check, Code, Finding};
use crate::catalog::{ActionId, Catalog, ServiceId};
use crate::document::{ActionEntry, ResourceElement, ResourceEntry, Statement};
use crate::region::resource::{ResourceSetId, ResourceSets};

/// How an action stands to the resources of its statement, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Acts,
    Open,
    OtherTypes,
    NeedsStar,
}

impl Check<'_, '_> {
    /// Reports the keys of variables that the catalog does not know.
    pub(super) fn resource_variables(&mut self, statement: &Statement) {
        for entry in statement.resources.iter().flat_map(|element| &element.entries) {
            if let ResourceEntry::Pattern(text) = entry {
                self.variables(&text.value, text.span);
            }
        }
    }

    /// The resources that an entry is meant to name.
    pub(super) fn meant_by(&self, statement: &Statement, entry: &ResourceEntry) -> ResourceSetId {
        let compiler = &self.checker.compiler;
        let by_part = match entry {
            ResourceEntry::Pattern(text) => compiler.resources_by_part(&text.value),
            _ => None,
        };
        by_part.unwrap_or_else(|| {
            let one = ResourceElement { negated: false, entries: vec![entry.clone()] };
            compiler.resources_at_most(&one, self.kind, self.document.version, statement.effect)
        })
    }

    /// Whether something was found that keeps the statement from matching.
    pub(super) fn resources(&mut self, statement: &Statement) -> bool {
        let Some(element) = &statement.resources else { return false };
        if element.negated
            || statement.actions.negated
            || element.entries.is_empty()
            || element.entries.iter().any(reaches_everything)
            || self.regions_of(statement).is_none()
        {
            return false;
        }
        let sets: Vec<ResourceSetId> =
            element.entries.iter().map(|entry| self.meant_by(statement, entry)).collect();
        let all = self.checker.compiler.arena.resources.union_all(&sets);
        let mut found = Vec::new();
        let mut acting: Vec<ActionId> = Vec::new();
        for entry in &statement.actions.entries {
            let ActionEntry::Pattern(text) = entry else { continue };
            if matches!(&*text.value, "*" | "*:*") {
                return false;
            }
            let matches = Catalog::embedded().matching(&text.value);
            acting.extend(matches.iter());
            let fits = self.best_fit(statement, matches.iter(), all);
            let exact = !text.value.contains(['*', '?']);
            let place = self.place(text.span);
            found.extend(match fits {
                None | Some(Fit::Acts) => None,
                Some(Fit::Open) if !exact => None,
                Some(Fit::Open) => {
                    let message = format!("`{}` acts on no particular resource", text.value);
                    Some(Finding::new(Code::ActionResourceOpen, message, place))
                }
                Some(Fit::NeedsStar) => {
                    let message = format!("`{}` matches only with the resource `*`", text.value);
                    Some(Finding::new(Code::ActionNeedsStar, message, place))
                }
                Some(Fit::OtherTypes) => {
                    let message = format!("`{}` does not act on the resources of this statement", text.value);
                    let finding = Finding::new(Code::ActionResourceMismatch, message, place);
                    Some(match matches.iter().next().filter(|_| exact).and_then(formats) {
                        Some(formats) => finding.with_help(format!("it acts on {formats}")),
                        None => finding,
                    })
                }
            });
        }
        let stuck = !found.is_empty();
        self.findings.extend(found);
        if sets.len() > 1 && !acting.is_empty() {
            self.unused(element, &sets, &acting);
        }
        stuck
    }

    /// How the actions of a pattern stand to the resources: as the one does that gets furthest.
    fn best_fit(
        &self,
        statement: &Statement,
        actions: impl Iterator<Item = ActionId>,
        resources: ResourceSetId,
    ) -> Option<Fit> {
        let mut found = None;
        let mut seen = Vec::new();
        for action in actions {
            let acted_on = self.checker.acted_on(action);
            if !Catalog::embedded().is_wildcard_only(action) {
                if seen.contains(&acted_on) {
                    continue;
                }
                seen.push(acted_on);
            }
            match (self.fit(statement, action, resources), found) {
                (Fit::Acts, _) => return Some(Fit::Acts),
                (fit, None) => found = Some(fit),
                (fit, Some(before)) => found = Some(fit.min(before)),
            }
        }
        found
    }

    fn fit(&self, statement: &Statement, action: ActionId, resources: ResourceSetId) -> Fit {
        if !Catalog::embedded().is_wildcard_only(action) {
            let acts = self.checker.overlap(self.checker.acted_on(action), resources);
            return if acts { Fit::Acts } else { Fit::OtherTypes };
        }
        let actions = &self.checker.compiler.arena.actions;
        let of_none = self.regions_of(statement).unwrap_or_default().iter().filter(|region| {
            region.resources == ResourceSets::NONE_ONLY && actions.contains(region.actions, action.0 as usize)
        });
        match of_none.map(|region| region.condition.is_always()).reduce(|a, b| a || b) {
            Some(true) => Fit::Acts,
            Some(false) => Fit::Open,
            None => Fit::NeedsStar,
        }
    }

    /// Entries of which no action of the statement makes use.
    fn unused(&mut self, element: &ResourceElement, sets: &[ResourceSetId], acting: &[ActionId]) {
        let catalog = Catalog::embedded();
        let checker = self.checker;
        let mut acted: Vec<ResourceSetId> = acting.iter().map(|action| checker.acted_on(*action)).collect();
        acted.sort_unstable();
        acted.dedup();
        let reach = checker.compiler.arena.resources.union_all(&acted);
        // An action without resource type may be checked against any ARN of its service.
        let mut services: Vec<ServiceId> = acting
            .iter()
            .filter(|action| catalog.is_wildcard_only(**action))
            .filter_map(|action| Some(catalog.action(*action)?.service))
            .collect();
        services.dedup();
        let services: Vec<&str> = services
            .into_iter()
            .filter_map(|service| catalog.services().get(usize::from(service.0)))
            .flat_map(|service| catalog.arn_services(service.prefix))
            .collect();
        for (entry, set) in element.entries.iter().zip(sets) {
            let ResourceEntry::Pattern(text) = entry else { continue };
            let service = text.value.split(':').nth(2).unwrap_or_default();
            let open = service.contains(['*', '?']) || services.contains(&service);
            if !open && !checker.overlap(reach, *set) {
                let message = format!("no action of this statement acts on `{}`", text.value);
                let place = self.place(text.span);
                self.report(Finding::new(Code::ResourceUnused, message, place));
            }
        }
    }
}

fn reaches_everything(entry: &ResourceEntry) -> bool {
    matches!(entry, ResourceEntry::Pattern(text) if &*text.value == "*")
}

/// The ARN formats of an action's resource types, the first few.
fn formats(action: ActionId) -> Option<String> {
    const SHOWN: usize = 3;
    let catalog = Catalog::embedded();
    let types = catalog.resource_types_of(action).iter().filter_map(|line| catalog.resource_type(line.id));
    let formats: Vec<String> =
        types.flat_map(|kind| kind.formats.first()).take(SHOWN).map(|format| format!("`{format}`")).collect();
    (!formats.is_empty()).then(|| formats.join(", "))
}
