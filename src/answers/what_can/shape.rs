//! Regions -> statements. Nothing is trusted: a statement is kept only if it was read back and says no more than it should.

use super::actions::{FEW_NAMES, Writer, Written};
use super::blocks::{Way, ways};
use super::check::{Check, Said};
use super::overlap::overlap;
use super::statement::{Block, Listed, Statement};
use crate::facts::keys;
use crate::region::action_set::ActionSetId;
use crate::region::arena::Region;
use crate::region::owner::OwnerId;
use crate::region::resource::{Padding, Piece, ResourceSetId, ResourceSets};

/// Resources as an element, and what Denies have to take away again.
#[derive(Clone)]
pub(super) struct Part {
    pub resources: Listed,
    /// Patterns of which nothing is meant.
    pub but: Vec<String>,
    /// Patterns beyond each of which nothing is meant.
    pub only: Vec<String>,
}

impl Part {
    fn of(resources: Listed) -> Self {
        Self { resources, but: Vec::new(), only: Vec::new() }
    }
}

/// An Allow with the Denies that it needs.
pub(super) type Group = Vec<Statement>;

impl Check<'_> {
    /// Statements that together grant as much of `regions` as statements with few names can, and nothing else.
    pub fn statements(&self, regions: &[Region], writer: &Writer) -> Vec<Group> {
        let (nothing, some): (Vec<Region>, Vec<Region>) =
            regions.iter().partition(|region| region.resources == ResourceSets::NONE_ONLY);
        let mut made = Vec::new();
        for region in &some {
            self.statements_of(*region, regions, writer, FEW_NAMES, &mut made);
        }
        // Actions without resource type often come along with a statement on patterns.
        let said = self.said(&made).allows;
        for region in nothing.into_iter().filter(|region| !self.rests_on_the_string(region)) {
            for left in self.left_of(region, &said).unwrap_or_else(|| vec![region]) {
                self.statements_of(left, regions, writer, FEW_NAMES, &mut made);
            }
        }
        made
    }

    /// What the statements of some groups say.
    pub fn said(&self, groups: &[Group]) -> Said {
        self.read(&groups.concat()).unwrap_or_else(|| Said { allows: Vec::new(), denies: Vec::new() })
    }

    /// Whether a region depends on the string that the service checks for actions without resource type.
    pub fn rests_on_the_string(&self, region: &Region) -> bool {
        let conditions = &self.engine.facts.arena().conditions;
        conditions.contains_key(region.condition, conditions.key(keys::key(keys::RESOURCE_STRING)))
    }

    pub fn statements_of(
        &self,
        region: Region,
        all: &[Region],
        writer: &Writer,
        most_names: usize,
        made: &mut Vec<Group>,
    ) {
        let touch = self.touching(region.resources);
        let actions = match region.resources == ResourceSets::NONE_ONLY {
            // On `*` a wildcard would reach actions with resource types as well.
            true => writer.by_name(region.actions, touch),
            false => writer.ways(region.actions, touch, self.free(&region, all), most_names),
        };
        for way in ways(&self.engine.facts.arena().conditions, region.condition) {
            for part in self.parts(region.resources, &way) {
                // What a part leaves out may be granted all the same.
                let without = Part::of(part.resources.clone());
                let is_whole = part.but.is_empty() && part.only.is_empty();
                let tries = if is_whole { vec![part] } else { vec![without, part] };
                let block = &way.block;
                let mut candidates = tries
                    .iter()
                    .flat_map(|part| actions.iter().map(move |actions| candidate(actions, part, block)));
                made.extend(candidates.find(|statements| self.is_sound(statements, all)));
            }
        }
    }

    /// The actions that are granted as well wherever the region holds.
    fn free(&self, region: &Region, all: &[Region]) -> ActionSetId {
        let arena = self.engine.facts.arena();
        let covers = |other: &&Region| {
            (other.condition == region.condition || other.condition.is_always())
                && (other.owner == region.owner || other.owner == OwnerId::ANY)
                && arena.resources.includes(other.resources, region.resources) == Ok(true)
        };
        all.iter()
            .filter(covers)
            .fold(ActionSetId::EMPTY, |free, other| arena.actions.union(free, other.actions))
    }

    /// The resources as elements. What can't be said by one is left out.
    pub fn parts(&self, resources: ResourceSetId, way: &Way) -> Vec<Part> {
        let everything = || Listed::of(["*".to_owned()]);
        if resources == ResourceSets::NONE_ONLY || resources == ResourceSets::ALL {
            return vec![Part::of(way.resources.clone().unwrap_or_else(everything))];
        }
        let Ok(text) = self.engine.facts.arena().resources.as_patterns(resources) else { return Vec::new() };
        let mut plain = Vec::new();
        let mut parts = Vec::new();
        for piece in text.pieces {
            if !piece.include.iter().chain(&piece.exclude).all(|pattern| is_written(pattern)) {
                continue;
            }
            if let Some(named) = &way.resources {
                let only = piece.include.into_iter().filter(|pattern| !is_everything(pattern)).collect();
                parts.push(Part { resources: named.clone(), but: piece.exclude, only });
                continue;
            }
            match (piece.include.as_slice(), piece.exclude.is_empty()) {
                ([one], true) if one == "arn:*" => plain.push("arn:*:*:*:*:*".to_owned()),
                ([one], true) => plain.push(one.clone()),
                ([one], false) if is_everything(one) => parts.push(Part::of(Listed::but(piece.exclude))),
                (_, is_whole) => {
                    let met = overlap(&piece.include);
                    let met = met.map(|met| met.into_iter().filter(|pattern| self.is_touched(pattern)));
                    match met {
                        Some(met) if is_whole => plain.extend(met),
                        Some(met) => {
                            parts.extend(met.map(|one| Part {
                                but: piece.exclude.clone(),
                                ..Part::of(Listed::of([one]))
                            }))
                        }
                        None => {
                            let mut only = piece.include.clone();
                            let first = Listed::of(only.pop());
                            parts.push(Part { resources: first, but: piece.exclude, only });
                        }
                    }
                }
            }
        }
        if !plain.is_empty() {
            parts.push(Part::of(Listed::of(plain)));
        }
        parts
    }

    /// Whether some action acts on a resource that the pattern matches.
    fn is_touched(&self, pattern: &str) -> bool {
        let resources = &self.engine.facts.arena().resources;
        let read = resources.pattern(&[Piece::Text(pattern)], Padding::Never);
        read.map_or(true, |set| self.touching(set) != ActionSetId::EMPTY)
    }
}

/// Whether policies have the wildcards of a pattern: formats of resource types have others.
pub(super) fn is_written(pattern: &str) -> bool {
    !pattern.contains("${part}") && !pattern.contains("${name}")
}

fn is_everything(pattern: &str) -> bool {
    matches!(pattern, "*" | "arn:*")
}

/// The Allow, and Denies of what it says too much.
fn candidate(actions: &Written, part: &Part, condition: &Block) -> Group {
    let statement = |denies, actions: &Listed, resources: Listed, condition: &Block| Statement {
        denies,
        actions: actions.clone(),
        resources,
        condition: condition.clone(),
    };
    let mut statements = vec![statement(false, &actions.actions, part.resources.clone(), condition)];
    let mut deny = |actions: &Listed, resources| {
        statements.push(statement(true, actions, resources, &Block::new()));
    };
    if !actions.but.is_empty() {
        deny(&Listed::of(actions.but.iter().cloned()), part.resources.clone());
    }
    if !part.but.is_empty() {
        deny(&actions.actions, Listed::of(part.but.iter().cloned()));
    }
    for pattern in &part.only {
        deny(&actions.actions, Listed::but([pattern.clone()]));
    }
    statements
}
