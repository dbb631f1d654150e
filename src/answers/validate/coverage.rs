//! Statements that other statements of the same document make pointless, decided on regions.

use super::{Check, Code, Finding, root};
use crate::document::{Effect, PrincipalElement, Statement};
use crate::region::action_set::ActionSetId;
use crate::region::arena::Region;

/// With more statements than this, none are compared.
pub const MOST_COMPARED: usize = 200;
/// With more regions than this, a statement is not compared.
const MOST_REGIONS: usize = 64;
/// With more pieces than this left on the way, a statement is not compared with several others at once.
const MOST_PIECES: usize = 256;

/// A statement, ready to be compared.
struct Compared<'d> {
    statement: &'d Statement<'d>,
    regions: Vec<Region>,
    actions: ActionSetId,
}

impl<'d> Check<'_, 'd> {
    pub(super) fn coverage(&mut self) {
        let statements = &self.document.statements;
        if statements.len() > MOST_COMPARED {
            let message = format!(
                "{} statements are more than the {MOST_COMPARED} that are compared",
                statements.len()
            );
            return self.report(Finding::new(Code::CoverageSkipped, message, root()));
        }
        if statements.len() < 2 {
            return;
        }
        let compared: Vec<Compared<'d>> =
            statements.iter().filter_map(|statement| self.compared(statement)).collect();
        let mut superfluous: Vec<usize> = Vec::new();
        for (index, of) in compared.iter().enumerate() {
            let denying = compared.iter().find(|by| {
                of.statement.effect == Effect::Allow
                    && by.statement.effect == Effect::Deny
                    && by.regions.iter().all(|region| region.condition.is_always())
                    && self.covers(by, of)
            });
            let covering = compared.iter().enumerate().find(|(other, by)| {
                *other != index
                    && by.statement.effect == of.statement.effect
                    && self.covers(by, of)
                    // Of two that say the same the later is the superfluous one.
                    && (*other < index || !self.covers(of, by))
            });
            let found = match (denying, covering) {
                (Some(by), _) => (Code::AllowDenied, "denied without condition by another statement", by),
                (None, Some((_, by))) => (Code::CoveredStatement, "said already by another statement", by),
                (None, None) => continue,
            };
            superfluous.push(index);
            let (code, message, by) = found;
            let message = format!("all that this statement says is {message}{}", named(by.statement));
            let finding = Finding::new(code, message, self.whole(of.statement));
            self.findings.push(finding.with_also(self.whole(by.statement)));
        }
        for index in 0..compared.len() {
            if !superfluous.contains(&index) && self.covered_by_several(&compared, index, &superfluous) {
                superfluous.push(index);
            }
        }
    }

    /// Reports a statement all of whose requests are requests of others, some of one and some of another, that are needed
    /// themselves.
    fn covered_by_several(&mut self, compared: &[Compared<'d>], index: usize, superfluous: &[usize]) -> bool {
        let Some(of) = compared.get(index) else { return false };
        let arena = &self.checker.compiler.arena;
        let mut left = of.regions.clone();
        let mut by: Option<&Compared> = None;
        for (other, with) in compared.iter().enumerate() {
            let compares = other != index
                && !superfluous.contains(&other)
                && with.statement.effect == of.statement.effect
                && names_all(with.statement, of.statement)
                && left
                    .iter()
                    .any(|one| with.regions.iter().any(|two| arena.meet_regions(*one, *two).is_some()));
            if !compares {
                continue;
            }
            by.get_or_insert(with);
            left = arena.difference_all(left, &with.regions);
            left.retain(|region| !self.checker.is_empty(*region));
            if left.is_empty() || left.len() > MOST_PIECES {
                break;
            }
        }
        let (true, Some(by)) = (left.is_empty(), by) else { return false };
        let message = "all that this statement says is said already by other statements together";
        let finding = Finding::new(Code::CoveredStatement, message, self.whole(of.statement));
        self.findings.push(finding.with_also(self.whole(by.statement)));
        true
    }

    fn compared(&self, statement: &'d Statement<'d>) -> Option<Compared<'d>> {
        let all = self.regions_of(statement)?;
        if all.len() > MOST_REGIONS {
            return None;
        }
        let regions: Vec<Region> =
            all.iter().copied().filter(|region| !self.checker.is_empty(*region)).collect();
        let sets = &self.checker.compiler.arena.actions;
        let actions =
            regions.iter().fold(ActionSetId::EMPTY, |actions, region| sets.union(actions, region.actions));
        // What matches nothing is reported as that.
        (!regions.is_empty()).then_some(Compared { statement, regions, actions })
    }

    /// Whether all requests of a statement are requests of another.
    fn covers(&self, by: &Compared, of: &Compared) -> bool {
        let arena = &self.checker.compiler.arena;
        if !arena.actions.includes(by.actions, of.actions) || !names_all(by.statement, of.statement) {
            return false;
        }
        of.regions.iter().all(|region| {
            let left = arena.difference_all([*region], &by.regions);
            left.iter().all(|region| self.checker.is_empty(*region))
        })
    }
}

/// Whether a statement concerns everybody whom another one concerns, as far as the texts show it.
pub(super) fn names_all(by: &Statement, of: &Statement) -> bool {
    use PrincipalElement::{Entries, Everyone, Implicit};
    match (&by.principal, &of.principal) {
        (Implicit, Implicit) | (Everyone, _) => true,
        (Entries { negated: false, entries: by }, Entries { negated: false, entries: of }) => {
            of.iter().all(|entry| by.iter().any(|other| other.kind == entry.kind && other.text == entry.text))
        }
        (Entries { negated: true, entries: by }, Entries { negated: true, entries: of }) => {
            let same = |a: &crate::document::PrincipalEntry, b: &crate::document::PrincipalEntry| {
                a.kind == b.kind && a.text == b.text
            };
            by.len() == of.len() && by.iter().zip(of).all(|(a, b)| same(a, b))
        }
        _ => false,
    }
}

/// The `Sid` of a statement, or its number.
fn named(statement: &Statement) -> String {
    match &statement.sid {
        Some(sid) => format!(", `{}`", sid.value),
        None => format!(", the {}", ordinal(statement.index as usize + 1)),
    }
}

fn ordinal(number: usize) -> String {
    let suffix = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}
