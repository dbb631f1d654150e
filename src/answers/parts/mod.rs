//! A resource with wildcards -> the parts of it on which every policy speaks alike.

mod governed;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::can::QuestionError;
use super::engine::Engine;
use crate::facts::readings::Readings;
use crate::facts::{AskedAction, Facts, ResourceOwner, Target, types};
use crate::region::condition::Bindings;
use crate::region::resource::{
    LimitExceeded, Padding, Piece, PieceText, ResourceSetId, ResourceSets, ResourceText,
};
use crate::rules::request::Prepared;
use crate::rules::side::{Bound, Side, Sides};

/// At most so many parts of one resource are told apart for one caller.
pub const MAX_PARTS: usize = 512;

/// A part of what was asked about: the resources, and one of them.
#[derive(Clone, Debug)]
pub struct Part {
    /// The resources.
    pub resources: ResourceSetId,
    /// One of them, which stands for all.
    pub example: String,
    /// What they are called where something of them was not collected.
    pub called: Arc<str>,
    /// From where examples are taken, of which not everything could exist.
    pub examples: ResourceSetId,
}

impl Part {
    /// A part that is one resource.
    pub fn one(sets: &ResourceSets, arn: &str) -> Self {
        let (resources, examples) = (sets.arn(arn), ResourceSets::ALL);
        Self { resources, example: arn.to_owned(), called: arn.into(), examples }
    }

    /// Whether it is one resource, which stands for itself.
    pub fn is_one(&self) -> bool {
        *self.called == *self.example
    }
}

/// What the resource of a request stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stands {
    /// Itself.
    ForItself,
    /// All resources of a part that it is an example of.
    ForOthers,
}

impl Stands {
    /// What a part's example stands for.
    pub(super) fn of(part: &Part) -> Self {
        if part.is_one() { Self::ForItself } else { Self::ForOthers }
    }

    /// A request read for what its resource stands for.
    pub(super) fn read<'a>(
        self,
        facts: &'a Facts,
        sides: &'a Sides,
        target: &'a Target,
        context: &'a (dyn Bindings + Sync),
    ) -> Prepared<'a> {
        self.read_by(facts, sides, target, context, facts.compiler.assumptions.readings)
    }

    /// The same by readings of its own.
    pub(super) fn read_by<'a>(
        self,
        facts: &'a Facts,
        sides: &'a Sides,
        target: &'a Target,
        context: &'a (dyn Bindings + Sync),
        readings: Readings,
    ) -> Prepared<'a> {
        match self {
            Self::ForItself => Prepared::by_readings(facts, sides, target, context, readings),
            Self::ForOthers => Prepared::for_pattern(facts, sides, target, context, readings),
        }
    }
}

impl Engine {
    /// The ARNs that an action can act on; everything if the catalog does not know it (S-RES-12).
    fn arns_of(&self, action: &AskedAction) -> ResourceSetId {
        let Some(id) = action.catalog else { return ResourceSets::ARNS };
        types::arns_of(&self.facts.arena().resources, id)
    }

    /// The resources of an action that a text means: an ARN, a pattern, or parts as answers name them, such as
    /// `arn:aws:s3:::b/* except arn:aws:s3:::b/private/*`.
    ///
    /// # Errors
    /// The text is none of these.
    pub(super) fn resources_named(
        &self,
        action: &AskedAction,
        text: &str,
    ) -> Result<ResourceSetId, QuestionError> {
        let named = self.resources_read(action, text)?;
        // Names of parts are read as they are written; any other text that looks like one could mean something else.
        let is_parts = text.contains(" except ") || text.contains("; ") || text.contains(" and ");
        let says = |name: String| name == text;
        match is_parts && !says(self.resource_text(named)) && !says(self.resource_text_for(action, named)) {
            true => Err(QuestionError::UnreadableParts(text.to_owned())),
            false => Ok(named),
        }
    }

    fn resources_read(&self, action: &AskedAction, text: &str) -> Result<ResourceSetId, QuestionError> {
        let sets = &self.facts.arena().resources;
        let malformed = || QuestionError::MalformedResource(text.to_owned());
        let pattern = |text: &str| sets.pattern(&pieces(text), Padding::PadAlways).map_err(|_| malformed());
        let mut named = Vec::new();
        for piece in text.split("; ") {
            let (include, exclude) = piece.split_once(" except ").unwrap_or((piece, ""));
            let include: Result<Vec<_>, _> = include.split(" and ").map(pattern).collect();
            let exclude: Result<Vec<_>, _> =
                exclude.split(", ").filter(|text| !text.is_empty()).map(pattern).collect();
            let whole = include?.into_iter().reduce(|all, set| sets.meet(all, set));
            let exclude = sets.union_all(&exclude?);
            named.extend(whole.map(|whole| sets.difference(whole, exclude)));
        }
        Ok(sets.meet(sets.union_all(&named), self.arns_of(action)))
    }

    /// The side of a request for a part.
    pub(super) fn target_of_part(
        &self,
        action: &AskedAction,
        part: &Part,
        owner: Option<ResourceOwner>,
    ) -> Target {
        self.facts.target_called(action.clone(), &part.example, &part.called, owner)
    }

    /// Splits a part so that each statement of the caller's side and of the resource side holds all of a piece or nothing
    /// of it.
    ///
    /// # Errors
    /// A limit.
    pub(super) fn split_for(
        &self,
        part: &Part,
        target: &Target,
        side: &Side,
        resource_side: &[ResourceSetId],
    ) -> Result<Vec<Part>, LimitExceeded> {
        let arena = self.facts.arena();
        let acts = |actions| match target.action.index {
            Some(index) => arena.actions.contains(actions, index),
            None => arena.actions.contains_foreign(actions, &target.action.name),
        };
        let mut boundaries: FxHashSet<ResourceSetId> = resource_side.iter().copied().collect();
        let mut add = |bound: &Bound| {
            for region in self.sides.regions(bound.1) {
                let region = arena.get(region.region);
                if acts(region.actions) {
                    boundaries.insert(region.resources);
                }
            }
        };
        side.identity.iter().chain(&*side.boundary).for_each(&mut add);
        side.scps.iter().flat_map(|level| level.policies.iter()).for_each(&mut add);
        told_apart(&arena.resources, part, boundaries)
    }

    /// A set of resources as people read it.
    pub(super) fn resource_text(&self, set: ResourceSetId) -> String {
        match self.facts.arena().resources.as_patterns(set) {
            Ok(text) => text.to_string(),
            Err(limit) => limit.to_string(),
        }
    }

    /// The same of resources of an action, without the formats of its ARNs: those are understood.
    pub(super) fn resource_text_for(&self, action: &AskedAction, set: ResourceSetId) -> String {
        Naming::new(self, action).name(set)
    }
}

/// Names for resources of an action. What is named in one set is not found out again in another.
pub(super) struct Naming<'a> {
    engine: &'a Engine,
    action: &'a AskedAction,
    /// The pieces of the sets that others are unions of.
    of_member: FxHashMap<ResourceSetId, Result<Vec<PieceText>, LimitExceeded>>,
}

impl<'a> Naming<'a> {
    pub(super) fn new(engine: &'a Engine, action: &'a AskedAction) -> Self {
        Self { engine, action, of_member: FxHashMap::default() }
    }

    /// The name of a set: what [`Engine::resources_named`] reads as the set.
    pub(super) fn name(&mut self, set: ResourceSetId) -> String {
        let sets = &self.engine.facts.arena().resources;
        let mut pieces = Vec::new();
        // What each member's text says is that member, so what all say is their union.
        for member in sets.members(set) {
            let of_member = self.of_member.entry(member).or_insert_with(|| {
                let exact = sets.as_patterns(member)?;
                Ok(brief(self.engine, self.action, member, exact.pieces))
            });
            match of_member {
                Ok(of_member) => pieces.extend_from_slice(of_member),
                Err(limit) => return limit.to_string(),
            }
        }
        pieces.sort_unstable();
        pieces.dedup();
        let said = pieces.iter().any(|piece| piece.include == ["*"]);
        ResourceText { none: sets.contains_none(set) && !said, pieces }.to_string()
    }
}

/// The pieces of a set without formats, as far as they still say the same then.
fn brief(engine: &Engine, action: &AskedAction, set: ResourceSetId, exact: Vec<PieceText>) -> Vec<PieceText> {
    if !exact.iter().any(|piece| piece.include.iter().chain(&piece.exclude).any(|text| is_format(text))) {
        return exact;
    }
    let sets = &engine.facts.arena().resources;
    let written = |put_in: bool| -> Vec<PieceText> {
        exact.iter().map(|piece| without_formats(piece, put_in)).collect()
    };
    let same = |pieces: &Vec<PieceText>| {
        let none = sets.contains_none(set);
        let text = ResourceText { none, pieces: pieces.clone() }.to_string();
        let read = engine.resources_read(action, &text);
        read.is_ok_and(|read| sets.equivalent(read, set) == Ok(true))
    };
    let found = [false, true].into_iter().map(written).find(same);
    found.unwrap_or(exact)
}

/// Whether a text is a format of ARNs, rather than a pattern.
fn is_format(text: &str) -> bool {
    text.contains("${part}") || text.contains("${name}")
}

/// A piece without formats: they are left out, or put into the pattern beside them.
fn without_formats(piece: &PieceText, put_in: bool) -> PieceText {
    let (formats, patterns): (Vec<&String>, Vec<&String>) =
        piece.include.iter().partition(|text| is_format(text));
    let Some(pattern) = patterns.first() else { return piece.clone() };
    let mut include: Vec<String> = patterns.iter().map(|text| (*text).clone()).collect();
    let mut exclude: Vec<String> = piece.exclude.iter().filter(|text| !is_format(text)).cloned().collect();
    if put_in {
        let filled_all = formats.iter().fold((*pattern).clone(), |text, format| filled(format, &text, false));
        include = vec![filled_all];
        let formats = piece.exclude.iter().filter(|text| is_format(text));
        exclude.extend(formats.map(|format| filled(format, pattern, true)));
        exclude.sort_unstable();
        exclude.dedup();
    }
    PieceText { include, exclude }
}

/// A pattern with what a format says where the pattern leaves it open, or `named`: with the format's name.
fn filled(format: &str, pattern: &str, named: bool) -> String {
    let (format, mut pattern): (Vec<&str>, Vec<&str>) =
        (format.splitn(6, ':').collect(), pattern.splitn(6, ':').collect());
    // A `*` that ends a short pattern reaches over the parts that are missing (S-RES-04).
    while pattern.len() < 6 && pattern.last().is_some_and(|part| part.ends_with('*')) {
        pattern.push("*");
    }
    if (format.len(), pattern.len()) != (6, 6) {
        return pattern.join(":");
    }
    let plain = |text: &str| text.replace("${part}", "*").replace("${name}", "*");
    let one = |(place, (format, pattern)): (usize, (&&str, &&str))| match (*format, *pattern) {
        (format, _) if named && place == 5 => plain(format),
        ("${part}" | "${name}" | "*", pattern) => pattern.to_owned(),
        (format, "*") => plain(format),
        (format, pattern) if place < 5 && !pattern.contains(['*', '?']) => match format == pattern {
            true => pattern.to_owned(),
            false => format.to_owned(),
        },
        (_, pattern) => pattern.to_owned(),
    };
    let parts: Vec<String> = format.iter().zip(&pattern).enumerate().map(one).collect();
    parts.join(":")
}

/// The parts of a part that some sets tell apart: of each a set holds all or nothing.
///
/// # Errors
/// A limit.
pub(super) fn told_apart(
    sets: &ResourceSets,
    whole: &Part,
    by: impl IntoIterator<Item = ResourceSetId>,
) -> Result<Vec<Part>, LimitExceeded> {
    if whole.is_one() {
        return Ok(vec![whole.clone()]);
    }
    let mut parts = Vec::new();
    for (resources, any) in divided(sets, whole.resources, by)? {
        let example = sets.witness(sets.meet(resources, whole.examples))?.unwrap_or(any);
        parts.push(Part { resources, example, ..whole.clone() });
    }
    Ok(parts)
}

/// The pieces into which sets divide some resources, each with one of them.
///
/// # Errors
/// A limit.
pub(super) fn divided(
    sets: &ResourceSets,
    whole: ResourceSetId,
    by: impl IntoIterator<Item = ResourceSetId>,
) -> Result<Vec<(ResourceSetId, String)>, LimitExceeded> {
    let mut pieces = vec![whole];
    for set in by {
        let mut next = Vec::with_capacity(pieces.len());
        for piece in pieces {
            if !sets.overlaps(piece, set)? || sets.includes(set, piece)? {
                next.push(piece);
            } else {
                next.extend([sets.meet(piece, set), sets.difference(piece, set)]);
            }
        }
        pieces = next;
        if pieces.len() > MAX_PARTS {
            return Err(LimitExceeded::Pieces);
        }
    }
    let mut parts = Vec::with_capacity(pieces.len());
    for resources in pieces {
        if let Some(example) = sets.witness(resources)? {
            parts.push((resources, example));
        }
    }
    Ok(parts)
}

/// The pieces of a pattern as answers write it: `${*}`, `${?}` and `${$}` are literal, `${part}` and `${name}` variables of an
/// ARN format, which the formats of the action bound.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    const ESCAPES: [(&str, Piece); 5] = [
        ("${*}", Piece::Literal("*")),
        ("${?}", Piece::Literal("?")),
        ("${$}", Piece::Literal("$")),
        ("${part}", Piece::Text("*")),
        ("${name}", Piece::Text("*")),
    ];
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find("${")) {
        at += found;
        let rest = text.get(at..).unwrap_or_default();
        match ESCAPES.iter().find(|(escape, _)| rest.starts_with(escape)) {
            Some((escape, piece)) => {
                pieces.extend(text.get(from..at).map(Piece::Text));
                pieces.push(*piece);
                at += escape.len();
                from = at;
            }
            None => at += 2,
        }
    }
    pieces.extend(text.get(from..).map(Piece::Text));
    pieces
}
