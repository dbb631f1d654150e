//! Regions -> statements. Nothing is trusted: a statement is kept only if it was read back and says no more than it should.

use super::actions::{Writer, Written};
use super::blocks::{Way, ways};
use super::check::Check;
use super::statement::{Block, Listed, Statement};
use crate::facts::keys;
use crate::region::action_set::ActionSetId;
use crate::region::arena::Region;
use crate::region::resource::{ResourceSetId, ResourceSets};

/// Resources as an element, and what a Deny has to take away again.
#[derive(Clone)]
struct Part {
    resources: Listed,
    but: Vec<String>,
}

impl Check<'_> {
    /// Statements that together grant as much of `regions` as statements can, and nothing else.
    pub fn statements(&self, regions: &[Region], writer: &Writer) -> Vec<Statement> {
        let (nothing, some): (Vec<Region>, Vec<Region>) =
            regions.iter().partition(|region| region.resources == ResourceSets::NONE_ONLY);
        let mut made = Vec::new();
        for region in some {
            self.statements_of(region, regions, writer, &mut made);
        }
        // Actions without resource type often come along with a statement on patterns.
        let said = self.read(&made).map(|said| said.allows).unwrap_or_default();
        let rests_on_the_string = |region: &Region| {
            let conditions = &self.engine.facts.arena().conditions;
            let string = conditions.key(keys::key(keys::RESOURCE_STRING));
            conditions.contains_key(region.condition, string)
        };
        for region in nothing.into_iter().filter(|region| !rests_on_the_string(region)) {
            for left in self.left_of(region, &said).unwrap_or_else(|| vec![region]) {
                self.statements_of(left, regions, writer, &mut made);
            }
        }
        made
    }

    fn statements_of(&self, region: Region, all: &[Region], writer: &Writer, made: &mut Vec<Statement>) {
        let touch = self.touching(region.resources);
        let actions = self.action_ways(region.actions, touch, region.resources, writer);
        for way in ways(&self.engine.facts.arena().conditions, region.condition) {
            for part in self.parts(region.resources, &way) {
                // What a part leaves out may be granted all the same.
                let without = Part { but: Vec::new(), ..part.clone() };
                let tries = if part.but.is_empty() { vec![part] } else { vec![without, part] };
                let block = &way.block;
                let mut candidates = tries
                    .iter()
                    .flat_map(|part| actions.iter().map(move |actions| candidate(actions, part, block)));
                if let Some(statements) = candidates.find(|statements| self.is_sound(statements, all)) {
                    made.extend(statements);
                }
            }
        }
    }

    fn action_ways(
        &self,
        actions: ActionSetId,
        touch: ActionSetId,
        resources: ResourceSetId,
        writer: &Writer,
    ) -> Vec<Written> {
        let mut ways = writer.ways(actions, touch);
        if resources == ResourceSets::NONE_ONLY {
            // On `*` a wildcard would reach actions with resource types as well.
            ways.drain(..ways.len().saturating_sub(1));
        }
        ways
    }

    /// The resources as elements. What can't be said by one is left out.
    fn parts(&self, resources: ResourceSetId, way: &Way) -> Vec<Part> {
        if let Some(named) = &way.resources {
            return vec![Part { resources: named.clone(), but: Vec::new() }];
        }
        let everything = || Listed::of(["*".to_owned()]);
        if resources == ResourceSets::NONE_ONLY || resources == ResourceSets::ALL {
            return vec![Part { resources: everything(), but: Vec::new() }];
        }
        let Ok(text) = self.engine.facts.arena().resources.as_patterns(resources) else { return Vec::new() };
        let is_written = |pattern: &String| !pattern.contains("${part}") && !pattern.contains("${name}");
        let mut plain = Vec::new();
        let mut parts = Vec::new();
        for piece in text.pieces {
            if !piece.include.iter().chain(&piece.exclude).all(is_written) {
                continue;
            }
            let all = |pattern: &str| matches!(pattern, "*" | "arn:*");
            match (piece.include.as_slice(), piece.exclude.is_empty()) {
                ([one], true) if one == "arn:*" => plain.push("arn:*:*:*:*:*".to_owned()),
                ([one], true) => plain.push(one.clone()),
                ([one], false) if all(one) => {
                    parts.push(Part { resources: Listed::but(piece.exclude), but: Vec::new() });
                }
                ([one], false) => parts.push(Part {
                    resources: Listed::of([one.clone()]),
                    but: Listed::of(piece.exclude).entries,
                }),
                _ => {}
            }
        }
        if !plain.is_empty() {
            parts.push(Part { resources: Listed::of(plain), but: Vec::new() });
        }
        parts
    }
}

/// The Allow, and Denies of what it says too much.
fn candidate(actions: &Written, part: &Part, condition: &Block) -> Vec<Statement> {
    let statement = |denies, actions: &Listed, resources: &Listed, condition: &Block| Statement {
        denies,
        actions: actions.clone(),
        resources: resources.clone(),
        condition: condition.clone(),
    };
    let mut statements = vec![statement(false, &actions.actions, &part.resources, condition)];
    if !actions.but.is_empty() {
        let but = Listed::of(actions.but.iter().cloned());
        statements.push(statement(true, &but, &part.resources, &Block::new()));
    }
    if !part.but.is_empty() {
        let but = Listed::of(part.but.iter().cloned());
        statements.push(statement(true, &actions.actions, &but, &Block::new()));
    }
    statements
}
