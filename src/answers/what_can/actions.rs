//! Sets of actions -> `Action` and `NotAction` elements.
//!
//! A wildcard is written only if a policy wrote it, and only where all its actions belong to the set: those of the catalog,
//! and any that AWS adds later.

use super::statement::Listed;
use crate::catalog::Catalog;
use crate::facts::compile::Compiler;
use crate::region::action_set::{ActionPattern, ActionSetId, ActionSets, is_surely_within};

/// More names than this are written only where nothing shorter says the same.
pub const FEW_NAMES: usize = 64;

/// More names than this nobody reads; the list tells of them.
pub const MOST_NAMES: usize = 1000;

/// Of more patterns than this it is not looked for a few that need a Deny beside them.
const MOST_PATTERNS: usize = 48;

/// A way to write a set of actions.
#[derive(Clone, Debug)]
pub struct Written {
    /// The element of the Allow.
    pub actions: Listed,
    /// What a Deny has to take away again; empty if nothing.
    pub but: Vec<String>,
}

/// Writes sets of actions.
pub struct Writer<'a> {
    compiler: &'a Compiler,
    sets: &'a ActionSets,
    /// Whether no wildcards are wanted.
    expand: bool,
}

/// Patterns, the actions beyond them, and whether they are the whole set.
struct Cover {
    patterns: Vec<String>,
    others: ActionSetId,
    whole: bool,
}

impl<'a> Writer<'a> {
    pub fn new(compiler: &'a Compiler, expand: bool) -> Self {
        Self { compiler, sets: &compiler.arena.actions, expand }
    }

    /// Ways to write a set, the best first, where only actions that can `touch` the resources matter. The actions of `free` may
    /// be added. A way may also say less.
    pub fn ways(
        &self,
        set: ActionSetId,
        touch: ActionSetId,
        free: ActionSetId,
        most_names: usize,
    ) -> Vec<Written> {
        let mut ways = self.exact_ways(set, touch, most_names);
        let wider = self.sets.union(set, free);
        if !self.expand && wider != set && !ways.iter().any(|way| way.but.is_empty()) {
            let wider = self.exact_ways(wider, touch, most_names);
            ways.extend(wider.into_iter().filter(|way| way.but.is_empty()));
        }
        if !self.expand && self.is_open(set) && !ways.iter().any(|way| way.but.is_empty()) {
            ways.extend(self.all_outside(set, touch));
        }
        let known = self.sets.meet(set, touch);
        let count = self.sets.count(known);
        if count > 0 && (self.expand || count <= most_names) {
            ways.push(Written { actions: Listed::of(self.names(known)), but: Vec::new() });
        }
        ways
    }

    /// Only the names of a set, where only actions that can `touch` the resources matter.
    pub fn by_name(&self, set: ActionSetId, touch: ActionSetId) -> Vec<Written> {
        let names = self.names(self.sets.meet(set, touch));
        let written = (!names.is_empty()).then(|| Written { actions: Listed::of(names), but: Vec::new() });
        written.into_iter().collect()
    }

    fn exact_ways(&self, set: ActionSetId, touch: ActionSetId, most_names: usize) -> Vec<Written> {
        let mut ways = Vec::new();
        if self.expand {
            return ways;
        }
        let mut plain = |cover: Cover, listed: fn(Vec<String>) -> Listed| {
            if self.length(&cover) <= most_names {
                ways.push(Written { actions: listed(self.entries(cover)), but: Vec::new() });
            }
        };
        let cover = self.cover(set, touch);
        if cover.whole {
            plain(cover, Listed::of);
            return ways;
        }
        let rest = self.cover(self.sets.complement(set), touch);
        if self.is_open(set) && rest.whole {
            plain(rest, |entries| match entries.is_empty() {
                true => Listed::of(["*".to_owned()]),
                false => Listed::but(entries),
            });
        }
        ways.extend(self.all_but(set, touch, most_names));
        ways
    }

    /// All but the patterns that what the set lacks comes from: less than the set, by actions that have names.
    fn all_outside(&self, set: ActionSetId, touch: ActionSetId) -> Option<Written> {
        let rest = self.sets.complement(set);
        let mut patterns: Vec<(String, ActionSetId)> =
            self.sets.patterns(rest).into_iter().map(|text| (text.clone(), self.pattern(&text))).collect();
        if patterns.is_empty() || patterns.len() > MOST_PATTERNS {
            return None;
        }
        let all: Vec<String> = patterns.iter().map(|(text, _)| text.clone()).collect();
        patterns.retain(|(text, _)| !all.iter().any(|other| other != text && is_surely_within(text, other)));
        let united =
            patterns.iter().fold(ActionSetId::EMPTY, |all, (_, pattern)| self.sets.union(all, *pattern));
        if !self.sets.surely_includes_outside(united, rest) {
            return None;
        }
        let others = self.sets.difference(self.sets.meet(rest, touch), united);
        if self.sets.count(others) > FEW_NAMES {
            return None;
        }
        let entries = patterns.iter().map(|(text, _)| self.spelled(text)).chain(self.names(others));
        Some(Written { actions: Listed::but(entries), but: Vec::new() })
    }

    /// The set as it is told: patterns that are surely inside, and the names of the others.
    pub fn told(&self, set: ActionSetId, touch: ActionSetId) -> Vec<String> {
        let entries = self.entries(self.cover(set, touch));
        let known = self.sets.count(self.sets.meet(set, touch)) > 0;
        match self.is_open(set) {
            true if entries == ["*"] => entries,
            true if !known => vec![unknown_of(&[])],
            true => {
                let rest = self.cover(self.sets.complement(set), touch);
                let but = Listed::of(self.entries(rest)).entries.join(", ");
                vec![if but.is_empty() { "*".to_owned() } else { format!("* except {but}") }]
            }
            false => {
                // Of a pattern that matches no action on such resources only actions of the future are meant.
                let (known, unknown): (Vec<String>, Vec<String>) = entries.into_iter().partition(|entry| {
                    let members = self.compiler.universe.matching(&entry.to_ascii_lowercase());
                    members.iter().any(|&member| self.sets.contains(touch, member))
                });
                match (known.is_empty(), unknown.is_empty()) {
                    (true, true) => vec![self.told_of_unknown(set)],
                    (true, false) => vec![unknown_of(&Listed::of(unknown).entries)],
                    (false, _) => Listed::of(known).entries,
                }
            }
        }
    }

    /// Actions outside the catalog, by the patterns that reach them. What of a pattern is left is not said: a term over
    /// all patterns on the way may be endless.
    fn told_of_unknown(&self, set: ActionSetId) -> String {
        let reaches =
            |text: &String| !self.sets.surely_ends_with_the_universe(self.sets.meet(set, self.pattern(text)));
        let patterns: Vec<String> = self.sets.patterns(set).into_iter().filter(reaches).collect();
        let widest = patterns
            .iter()
            .filter(|text| !patterns.iter().any(|other| other != *text && is_surely_within(text, other)));
        let spelled = Listed::of(widest.map(|text| self.spelled(text))).entries;
        unknown_of(&spelled)
    }

    /// Whether the set holds nearly all actions outside the catalog.
    fn is_open(&self, set: ActionSetId) -> bool {
        self.sets.contains_foreign(set, "-:-")
    }

    fn cover(&self, set: ActionSetId, touch: ActionSetId) -> Cover {
        let sets = self.sets;
        let needed = sets.meet(set, touch);
        let inside = |pattern: &ActionSetId| {
            sets.count(sets.difference(sets.meet(*pattern, touch), set)) == 0
                && sets.surely_includes_outside(set, *pattern)
        };
        if inside(&ActionSetId::ALL) {
            return Cover { patterns: vec!["*".to_owned()], others: ActionSetId::EMPTY, whole: true };
        }
        let mut patterns: Vec<(String, ActionSetId)> =
            sets.patterns(set).into_iter().map(|text| (text.clone(), self.pattern(&text))).collect();
        patterns.retain(|(_, pattern)| inside(pattern));
        let all: Vec<String> = patterns.iter().map(|(text, _)| text.clone()).collect();
        patterns.retain(|(text, _)| !all.iter().any(|other| other != text && is_surely_within(text, other)));
        // Patterns that match nothing known and stand for later actions alone are kept: they are meant.
        let united = patterns.iter().fold(ActionSetId::EMPTY, |all, (_, pattern)| sets.union(all, *pattern));
        Cover {
            patterns: patterns.into_iter().map(|(text, _)| self.spelled(&text)).collect(),
            others: sets.difference(needed, united),
            whole: sets.surely_includes_outside(united, set),
        }
    }

    fn length(&self, cover: &Cover) -> usize {
        cover.patterns.len() + self.sets.count(cover.others)
    }

    fn entries(&self, cover: Cover) -> Vec<String> {
        let mut entries = cover.patterns;
        entries.extend(self.names(cover.others));
        entries
    }

    /// The set as larger patterns, and what of them is not in it.
    fn all_but(&self, set: ActionSetId, touch: ActionSetId, most_names: usize) -> Option<Written> {
        let sets = self.sets;
        let of = |patterns: &[(String, ActionSetId)]| {
            patterns.iter().fold(ActionSetId::EMPTY, |all, (_, pattern)| sets.union(all, *pattern))
        };
        let mut patterns: Vec<(String, ActionSetId)> =
            sets.patterns(set).into_iter().map(|text| (text.clone(), self.pattern(&text))).collect();
        if patterns.len() > MOST_PATTERNS || !sets.surely_includes_outside(of(&patterns), set) {
            return None;
        }
        // Each pattern that is not needed for what lies outside the catalog would only have to be taken away again.
        let mut at = 0;
        while at < patterns.len() {
            let mut fewer = patterns.clone();
            fewer.remove(at);
            match sets.surely_includes_outside(of(&fewer), set) {
                true => patterns = fewer,
                false => at += 1,
            }
        }
        let larger = of(&patterns);
        let over = self.cover(sets.difference(larger, set), touch);
        let others = sets.difference(sets.meet(set, touch), larger);
        let length = self.length(&over);
        if !over.whole || length == 0 || length + patterns.len() + sets.count(others) > most_names {
            return None;
        }
        let entries = patterns.iter().map(|(text, _)| self.spelled(text)).chain(self.names(others));
        Some(Written { actions: Listed::of(entries), but: self.entries(over) })
    }

    fn pattern(&self, text: &str) -> ActionSetId {
        let members = self.compiler.universe.matching(text);
        self.sets.of([ActionPattern::Wildcard(&members, text)])
    }

    fn names(&self, set: ActionSetId) -> Vec<String> {
        self.sets.members(set).map(|action| self.compiler.universe.name(action)).collect()
    }

    /// A pattern in the spelling of the actions that it matches, where only its end is wild.
    fn spelled(&self, pattern: &str) -> String {
        if let Some(known) = Catalog::embedded().find_action(pattern) {
            return Catalog::embedded().action_name(known);
        }
        let (Some(start), Some(first)) =
            (pattern.strip_suffix('*'), Catalog::embedded().matching(pattern).iter().next())
        else {
            return pattern.to_owned();
        };
        let name = Catalog::embedded().action_name(first);
        match name.get(..start.len()) {
            Some(known) if known.eq_ignore_ascii_case(start) => format!("{known}*"),
            _ => pattern.to_owned(),
        }
    }
}

/// Actions outside the catalog that some patterns match.
fn unknown_of(patterns: &[String]) -> String {
    match patterns {
        [] => "actions that the catalog does not know".to_owned(),
        patterns => format!("actions that the catalog does not know, of {}", patterns.join(", ")),
    }
}
