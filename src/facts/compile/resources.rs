//! `Resource` and `NotResource` -> resource sets, and entries whose variables wait for a principal (S-RES-01, S-RES-08,
//! S-GRAM-22, S-VAR-12).

use super::{Compiler, Match};
use crate::catalog::arn::ArnParts;
use crate::catalog::region_of::may_be_region;
use crate::document::{Effect, PolicyKind, ResourceElement, ResourceEntry, Version};
use crate::facts::keys;
use crate::region::condition::{
    Bindings, ConditionId, DoubtClass, Effect as TestEffect, Known, Piece as Part, RawResource, Template,
    Version as TemplateVersion, parse_template,
};
use crate::region::resource::{FormatPiece, Padding, Piece, ResourceSetId, ResourceSets};

/// A compiled resource element.
#[derive(Clone, Debug)]
pub struct Resources {
    negated: bool,
    /// What the entries without open variables list; the doubt of entries that cannot be interpreted.
    listed: Match<ResourceSetId>,
    /// What entries with a wildcard in the service part list: a hit is open in Allow and Deny (U-56).
    wide: ResourceSetId,
    /// Entries with variables: the pattern, and the test that the resource matches it.
    open: Vec<(Template, ConditionId)>,
    padding: Padding,
}

/// A set of resources and the condition under which the element means it.
pub type ResourcePart = (ResourceSetId, ConditionId);

impl Resources {
    /// Every resource: the element of a policy whose kind has none (S-RES-13), or that leaves it out.
    pub fn all() -> Self {
        Self {
            negated: false,
            listed: Match { sure: ResourceSets::ALL, doubt: ResourceSets::EMPTY },
            wide: ResourceSets::EMPTY,
            open: Vec::new(),
            padding: Padding::Never,
        }
    }

    /// Compiles an element of a policy of this kind and version.
    pub fn compile(
        compiler: &Compiler,
        element: &ResourceElement,
        kind: PolicyKind,
        version: Version,
        effect: Effect,
    ) -> Self {
        let sets = &compiler.arena.resources;
        let padding = padding(kind);
        let version = template_version(version);
        let mut sure = Vec::new();
        let mut doubt = Vec::new();
        let mut wide = Vec::new();
        let mut open = Vec::new();
        for entry in &element.entries {
            match entry {
                ResourceEntry::Pattern(text) => match template(compiler, &text.value, version) {
                    Some(pieces) if has_variables(&pieces) => {
                        let test = compiler.arena.conditions.resource(&RawResource {
                            key: compiler.key(keys::RESOURCE),
                            patterns: &[&text.value],
                            negated: false,
                            effect: test_effect(effect),
                            version,
                            place: "a resource pattern",
                            keys: &keys::key,
                        });
                        open.push((pieces, test));
                    }
                    Some(pieces) => match set_of(sets, &pieces, padding) {
                        Some(set) => sure.push(set),
                        None => doubt.push(ResourceSets::ALL),
                    },
                    None => doubt.push(ResourceSets::ALL),
                },
                ResourceEntry::WildcardService(text) => {
                    let set = sets.pattern(&[Piece::Text(&text.value)], padding);
                    wide.push(set.unwrap_or(ResourceSets::ALL));
                }
                ResourceEntry::ExecuteApi(text) => {
                    // S-SVC-10: region, account and API are those of the API that holds the policy.
                    let path = text.value.strip_prefix("execute-api:/").unwrap_or(&text.value);
                    let pattern = format!("arn:*:execute-api:*:*:*/{path}");
                    doubt.extend(
                        sets.pattern(&[Piece::Text(&pattern)], padding).err().map(|_| ResourceSets::ALL),
                    );
                    sure.extend(sets.pattern(&[Piece::Text(&pattern)], padding));
                }
                ResourceEntry::Malformed(malformed) => {
                    let glob = malformed.glob.as_deref().unwrap_or("*");
                    let set = sets.pattern(&[Piece::Text(glob)], Padding::PadAlways);
                    doubt.push(set.unwrap_or(ResourceSets::ALL));
                }
            }
        }
        if element.entries.is_empty() && element.negated {
            doubt.push(ResourceSets::ALL); // U-02
        }
        let listed = Match { sure: sets.union_all(&sure), doubt: sets.union_all(&doubt) };
        Self { negated: element.negated, listed, wide: sets.union_all(&wide), open, padding }
    }

    /// Whether the element waits for the values of variables.
    pub fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// The resources that the element means, each set with its condition, for the keys that `bindings` knows.
    ///
    /// `effect` decides about what cannot be read: nothing in an Allow, a doubt in a Deny (S-TRI-07).
    pub fn read(&self, compiler: &Compiler, effect: Effect, bindings: &dyn Bindings) -> Vec<ResourcePart> {
        let (sets, conditions) = (&compiler.arena.resources, &compiler.arena.conditions);
        let denies = effect != Effect::Allow;
        let mut listed = self.listed.sure;
        // Entries whose variables stay open, with the condition under which the resource is theirs.
        let mut waiting: Vec<ResourcePart> = Vec::new();
        let mut applies = ConditionId::ALWAYS;
        for (template, test) in &self.open {
            match resolve(template, bindings) {
                Resolved::Nothing if self.negated && !denies => return Vec::new(), // U-09
                Resolved::Nothing => {}
                Resolved::Pieces(pieces) => match set_of(sets, &pieces, self.padding) {
                    Some(set) => listed = sets.union(listed, set),
                    None => waiting.push((ResourceSets::ALL, compiler.malformed("a resource pattern"))),
                },
                Resolved::Open(pieces) => {
                    let widest: Vec<Piece> = pieces.iter().map(widest).collect();
                    let set = sets.pattern(&widest, self.padding).unwrap_or(ResourceSets::ALL);
                    waiting.push((set, conditions.bind(*test, bindings)));
                    if self.negated && !denies {
                        applies = conditions.and(applies, compiler.variables_present(&pieces)); // U-09
                    }
                }
            }
        }
        if !self.wide.eq(&ResourceSets::EMPTY) {
            let doubt = conditions.doubt(
                DoubtClass::Reading,
                "U-56: whether a wildcard in the service part of a resource ARN reaches other services",
            );
            waiting.push((self.wide, doubt));
        }
        if denies && self.listed.doubt != ResourceSets::EMPTY {
            // Of its own for each element: that the one excludes says nothing of what the other includes.
            let element = if self.negated { "a `NotResource` entry" } else { "a `Resource` entry" };
            waiting.push((self.listed.doubt, compiler.malformed(element)));
        } else if self.negated && self.listed.doubt != ResourceSets::EMPTY {
            // S-TRI-07: in an Allow what the unreadable entry may exclude is excluded.
            listed = sets.union(listed, self.listed.doubt);
        }
        if !self.negated {
            let mut parts = vec![(listed, ConditionId::ALWAYS)];
            parts.extend(waiting);
            parts.retain(|(set, condition)| *set != ResourceSets::EMPTY && !condition.is_never());
            return parts;
        }
        // Outside all that is listed: one part for each combination of entries that wait.
        let mut parts = vec![(sets.complement(listed), applies)];
        for (set, excluded_if) in waiting {
            let kept = conditions.not(excluded_if);
            parts = parts
                .into_iter()
                .flat_map(|(part, condition)| {
                    let inside = (sets.meet(part, set), conditions.and(condition, kept));
                    [(sets.difference(part, set), condition), inside]
                })
                .filter(|(part, condition)| *part != ResourceSets::EMPTY && !condition.is_never())
                .collect();
        }
        parts
    }
}

/// Which short patterns a kind of policy fills in (S-RES-07, U-07).
fn padding(kind: PolicyKind) -> Padding {
    match kind {
        PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session => Padding::PadAlways,
        PolicyKind::Resource | PolicyKind::Trust | PolicyKind::Endpoint => Padding::PadIfWildcard,
        PolicyKind::Scp => Padding::PadIfTrailingStar,
        PolicyKind::Rcp => Padding::Never,
    }
}

fn template(compiler: &Compiler, text: &str, version: TemplateVersion) -> Option<Template> {
    let pieces = parse_template(text, version).ok()?;
    pieces
        .into_iter()
        .map(|piece| {
            Some(match piece {
                Part::Text(text) => Part::Text(text),
                Part::Literal(text) => Part::Literal(text),
                Part::Variable { key, default } => {
                    let key = compiler.key(&key);
                    if compiler.arena.conditions.key_of(key).multivalued {
                        return None; // S-VAR-10
                    }
                    Part::Variable { key, default }
                }
            })
        })
        .collect()
}

fn has_variables(pieces: &[Part]) -> bool {
    pieces.iter().any(|piece| matches!(piece, Part::Variable { .. }))
}

fn set_of(sets: &ResourceSets, pieces: &[Part], padding: Padding) -> Option<ResourceSetId> {
    let of = |pieces: &[Part]| {
        let pieces: Vec<Piece> = pieces.iter().map(widest).collect();
        sets.pattern(&pieces, padding).ok()
    };
    let set = of(pieces)?;
    let group = log_group(pieces).and_then(|pieces| of(&pieces));
    Some(group.map_or(set, |group| sets.union(set, group)))
}

/// What `log-group:NAME:*` means besides the streams of the group: the group itself, which CloudWatch Logs compares in this form for all
/// calls but those on tags, while the reference prints it without the end (S-RES-12).
fn log_group(pieces: &[Part]) -> Option<Vec<Part>> {
    let text: String = pieces
        .iter()
        .map(|piece| match piece {
            Part::Text(text) | Part::Literal(text) => Some(&**text),
            Part::Variable { .. } => None,
        })
        .collect::<Option<_>>()?;
    let mut parts = text.splitn(6, ':').skip(2);
    let (service, part) = (parts.next()?, parts.nth(2)?);
    let name = part.strip_prefix("log-group:")?.strip_suffix(":*")?;
    let (Part::Text(last), rest) = pieces.split_last()? else { return None };
    let last = last.strip_suffix(":*").filter(|_| service == "logs" && !name.contains(':'))?;
    Some(rest.iter().cloned().chain([Part::Text(last.into())]).collect())
}

/// What [`Compiler::resources_by_part`] says.
pub(super) fn by_part(sets: &ResourceSets, text: &str) -> Option<ResourceSetId> {
    let parts = ArnParts::split(text).filter(|_| !text.contains("${"))?;
    let is_wild = |part: &str| part.contains(['*', '?']);
    // In `arn:aws:logs:*:log-group:x:*` the wildcard is meant to stand for two parts.
    let is_region = is_wild(parts.region) || parts.region.is_empty() || may_be_region(parts.region);
    let is_account = parts.account.bytes().all(|byte| byte.is_ascii_digit() || b"*?".contains(&byte));
    if is_wild(parts.service) || !is_region || !(is_account || parts.account == "aws") {
        return None;
    }
    let head = text.len() - parts.resource.len();
    let set = |text: &str| sets.format(&pieces_by_part(text, head)).ok();
    let whole = set(text)?;
    let group = parts.resource.strip_suffix(":*").filter(|name| {
        parts.service == "logs" && name.strip_prefix("log-group:").is_some_and(|name| !name.contains(':'))
    });
    let group = group.and_then(|_| set(text.strip_suffix(":*")?));
    Some(group.map_or(whole, |group| sets.union(whole, group)))
}

/// The pieces of an ARN whose sixth part begins at `head`: wildcards before stay within their part. A `?` counts as a `*`.
fn pieces_by_part(text: &str, head: usize) -> Vec<FormatPiece<'_>> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices(['*', '?']) {
        pieces.extend(text.get(from..at).filter(|text| !text.is_empty()).map(FormatPiece::Text));
        pieces.push(if at < head { FormatPiece::Part } else { FormatPiece::Rest });
        from = at + 1;
    }
    pieces.extend(text.get(from..).filter(|text| !text.is_empty()).map(FormatPiece::Text));
    pieces
}

fn widest(piece: &Part) -> Piece<'_> {
    match piece {
        Part::Text(text) => Piece::Text(text),
        Part::Literal(text) => Piece::Literal(text),
        Part::Variable { .. } => Piece::Open,
    }
}

enum Resolved {
    /// A variable has no value: the entry matches nothing (S-VAR-05, U-45).
    Nothing,
    /// Every variable has a value.
    Pieces(Template),
    /// Some variable is still open.
    Open(Template),
}

fn resolve(template: &[Part], bindings: &dyn Bindings) -> Resolved {
    let mut open = false;
    let mut pieces = Vec::with_capacity(template.len());
    for piece in template {
        let Part::Variable { key, default } = piece else {
            pieces.push(piece.clone());
            continue;
        };
        let value = match bindings.lookup(*key) {
            Known::Unknown | Known::Held | Known::As(_) | Known::Named(..) => {
                open = true;
                pieces.push(piece.clone());
                continue;
            }
            Known::One(value) if !value.is_empty() => Some(value.into_owned()), // U-42
            Known::One(_) | Known::Absent | Known::Many(_) => default.as_deref().map(str::to_owned),
        };
        match value {
            Some(value) => pieces.push(Part::Literal(value.into())),
            None => return Resolved::Nothing,
        }
    }
    if open { Resolved::Open(pieces) } else { Resolved::Pieces(pieces) }
}

/// The effect of a statement as conditions know it.
pub fn test_effect(effect: Effect) -> TestEffect {
    if effect == Effect::Allow { TestEffect::Allow } else { TestEffect::Deny }
}

/// The version of a document as conditions know it.
pub fn template_version(version: Version) -> TemplateVersion {
    match version {
        Version::V2012 => TemplateVersion::V2012,
        Version::V2008 | Version::Unreadable => TemplateVersion::V2008,
    }
}
