//! The first five parts of ARNs: partitions, Regions and accounts that do not exist, or that are missing (S-RES-02, S-RES-09).

use super::actions::meant;
use super::forms::lists_all_actions;
use super::{Check, Checker, Code, Finding};
use crate::catalog::arn::{ArnParts, matches};
use crate::catalog::region_of::{PARTITIONS, may_be_region, regions};
use crate::catalog::{Catalog, ResourceType, TypeId};
use crate::document::nearest::nearest;
use crate::document::{ActionEntry, PrincipalElement, ResourceElement, ResourceEntry, Span, Statement};
use crate::facts::types::arns;
use crate::region::resource::{FormatPiece, ResourceSetId, ResourceSets};

/// Services that own resources beside those of their customers, which have no account in their ARNs: public parameters and documents of
/// Systems Manager, models and images that AWS offers, views of its services.
const WITH_PUBLIC_RESOURCES: [&str; 9] = [
    "bedrock",
    "ec2",
    "elasticbeanstalk",
    "imagebuilder",
    "partnercentral",
    "resource-explorer-2",
    "sagemaker",
    "ssm",
    "wafv2",
];

impl Check<'_, '_> {
    /// Whom and what the ARNs of a statement name by partition, Region and account.
    pub(super) fn arn_parts(&mut self, statement: &Statement) {
        if let PrincipalElement::Entries { entries, .. } = &statement.principal {
            for entry in entries {
                if let Some(parts) = ArnParts::split(&entry.text) {
                    self.partition(parts.partition, entry.span);
                }
            }
        }
        let Some(element) = &statement.resources else { return };
        for entry in &element.entries {
            let ResourceEntry::Pattern(text) = entry else { continue };
            let Some(parts) = ArnParts::split(&text.value) else { continue };
            self.partition(parts.partition, text.span);
            self.region(parts.region, parts.partition, text.span);
            self.account(parts.account, text.span);
            self.of_nothing(statement, element, entry, &parts);
            if parts.region.is_empty() || parts.account.is_empty() {
                self.incomplete(statement, entry, &parts);
            }
        }
    }

    fn partition(&mut self, partition: &str, span: Span) {
        if PARTITIONS.iter().any(|known| matches(partition, known)) || partition.contains("${") {
            return;
        }
        let message = format!("there is no partition `{partition}`");
        let finding = Finding::new(Code::UnknownPartition, message, self.place(span));
        let near = nearest(partition, PARTITIONS);
        self.report(match near {
            Some(near) => meant(finding, &[near]),
            None => finding,
        });
    }

    /// Reports a Region that is not in the catalog, or of another partition.
    pub(super) fn region(&mut self, region: &str, partition: &str, span: Span) {
        if region.is_empty() || region.contains("${") {
            return;
        }
        let known = |partition: &str| regions(partition).iter().any(|known| matches(region, known));
        let others: Vec<&str> = PARTITIONS.into_iter().filter(|other| known(other)).collect();
        if others.iter().any(|other| matches(partition, other)) {
            return;
        }
        // Not all partitions have their Regions in the catalog.
        let listed = |of: &&&str| matches(partition, of) && !regions(of).is_empty();
        let of: Vec<&str> = PARTITIONS.iter().filter(listed).copied().collect();
        let open = PARTITIONS.iter().any(|of| matches(partition, of) && regions(of).is_empty());
        if of.is_empty() || (open && (may_be_region(region) || region.contains(['*', '?']))) {
            return;
        }
        let place = self.place(span);
        if let Some(other) = others.first() {
            let message = format!("`{region}` is a Region of the partition `{other}`, not of `{partition}`");
            return self.report(Finding::new(Code::UnknownRegion, message, place));
        }
        let message = format!("the Region `{region}` is not in the catalog");
        let finding = Finding::new(Code::UnknownRegion, message, place);
        if may_be_region(region) {
            return self.report(finding.milder());
        }
        let near = nearest(region, of.iter().flat_map(|of| regions(of)).copied());
        self.report(match near {
            Some(near) => meant(finding, &[near]),
            None => finding,
        });
    }

    fn account(&mut self, account: &str, span: Span) {
        let digits = !account.is_empty() && account.bytes().all(|byte| byte.is_ascii_digit() || byte == b'?');
        if digits && account.len() != 12 {
            let message = format!("`{account}` is no account: those have 12 digits");
            self.report(Finding::new(Code::OddAccount, message, self.place(span)));
        }
    }

    /// Reports an ARN that no resource of the catalog has, where no action shows it: actions that are listed by name have their own say.
    fn of_nothing(
        &mut self,
        statement: &Statement,
        element: &ResourceElement,
        entry: &ResourceEntry,
        parts: &ArnParts,
    ) {
        let ResourceEntry::Pattern(text) = entry else { return };
        let by_name =
            |entry: &ActionEntry| matches!(entry, ActionEntry::Pattern(text) if !text.value.contains('*'));
        let shown =
            !element.negated && !statement.actions.negated && statement.actions.entries.iter().any(by_name);
        let service = parts.service;
        if shown || service.is_empty() || service.contains(['*', '?', '$']) {
            return;
        }
        let catalog = Catalog::embedded();
        let types: Vec<TypeId> = catalog.resource_types_in_service(service).map(|(id, _)| id).collect();
        let listed =
            types.iter().any(|id| catalog.resource_type(*id).is_some_and(|of| has_segment(of, service)));
        if !listed && catalog.service(service).is_none() {
            let message = format!("no service has `{service}` in its ARNs");
            let near = catalog.nearest_services(service, 3);
            let finding = Finding::new(Code::UnknownArn, message, self.place(text.span));
            return self.report(meant(finding, &near));
        }
        // The text itself is one of the ARNs that it matches.
        let is_of = |id: &TypeId| catalog.resource_type(*id).is_some_and(|of| of.is_of(&text.value));
        if types.iter().any(is_of) {
            return;
        }
        let (checker, set) = (self.checker, self.meant_by(statement, entry));
        if listed && !types.into_iter().any(|of| checker.overlap(checker.of_type(of).0, set)) {
            let message = format!("no resource of `{service}` has an ARN like `{}`", text.value);
            self.report(Finding::new(Code::UnknownArn, message, self.place(text.span)));
        }
    }

    /// Reports an ARN that could be one of a type if its Region and its account were not empty.
    fn incomplete(&mut self, statement: &Statement, entry: &ResourceEntry, parts: &ArnParts) {
        let ResourceEntry::Pattern(text) = entry else { return };
        let checker = self.checker;
        let types = self.types_meant(statement, parts.service);
        let is_of = |id: &TypeId| {
            let (all, complete) = checker.of_type(*id);
            all == complete && Catalog::embedded().resource_type(*id).is_some_and(|of| of.is_of(&text.value))
        };
        if types.iter().any(is_of) {
            return;
        }
        let set = self.meant_by(statement, entry);
        let mut fits = false;
        for of in types {
            let (all, complete) = checker.of_type(of);
            if checker.overlap(complete, set) {
                return;
            }
            fits |= checker.overlap(all, set);
        }
        if !fits {
            return;
        }
        let what = match (parts.region, parts.account) {
            ("", "") => "neither Region nor account",
            ("", _) => "no Region",
            _ => "no account",
        };
        let message =
            format!("`{}` has {what}, and no resource that is meant here has such an ARN", text.value);
        let finding = Finding::new(Code::IncompleteArn, message, self.place(text.span));
        self.report(finding.with_help("write it in full, or `*` in each empty place"));
    }

    /// The types of resources with a service part that the statement's actions act on; all of them where it lists no actions.
    fn types_meant(&self, statement: &Statement, service: &str) -> Vec<TypeId> {
        let catalog = Catalog::embedded();
        let is_of = |id: &TypeId| catalog.resource_type(*id).is_some_and(|of| has_segment(of, service));
        let mut types: Vec<TypeId> = match statement.actions.negated || lists_all_actions(statement) {
            true => catalog.resource_types_in_service(service).map(|(id, _)| id).filter(is_of).collect(),
            false => statement
                .actions
                .entries
                .iter()
                .filter_map(|entry| match entry {
                    ActionEntry::Pattern(text) => Some(catalog.matching(&text.value)),
                    ActionEntry::Malformed(_) => None,
                })
                .flat_map(|actions| actions.iter().collect::<Vec<_>>())
                .flat_map(|action| catalog.resource_types_of(action).iter().map(|line| line.id))
                .filter(is_of)
                .collect(),
        };
        types.sort_unstable();
        types.dedup();
        types
    }
}

impl Checker {
    /// The ARNs of a type, and those of them that have the Region and the account which the type's format has.
    fn of_type(&self, id: TypeId) -> (ResourceSetId, ResourceSetId) {
        self.of_type.get_or(id, || {
            let sets = &self.compiler.arena.resources;
            let Some(of) = Catalog::embedded().resource_type(id) else {
                return (ResourceSets::EMPTY, ResourceSets::EMPTY);
            };
            let all = arns(sets, of);
            let mut complete = all;
            let part = |glob: &str, place: usize| glob.split(':').nth(place) == Some("*");
            let is_public =
                |glob: &&str| WITH_PUBLIC_RESOURCES.contains(&glob.split(':').nth(2).unwrap_or_default());
            if of.globs.iter().any(is_public) {
                return (all, all);
            }
            for (place, empty) in [(3, self.without_region()), (4, self.without_account())] {
                if of.globs.iter().all(|glob| part(glob, place)) {
                    complete = sets.difference(complete, empty);
                }
            }
            (all, complete)
        })
    }

    fn without_region(&self) -> ResourceSetId {
        use FormatPiece::{Part, Rest, Text};
        self.arns_of_form(&[Text("arn:"), Part, Text(":"), Part, Text("::"), Part, Text(":"), Rest])
    }

    fn without_account(&self) -> ResourceSetId {
        use FormatPiece::{Part, Rest, Text};
        self.arns_of_form(&[Text("arn:"), Part, Text(":"), Part, Text(":"), Part, Text("::"), Rest])
    }

    fn arns_of_form(&self, pieces: &[FormatPiece]) -> ResourceSetId {
        let sets = &self.compiler.arena.resources;
        sets.format(pieces).unwrap_or(ResourceSets::EMPTY)
    }
}

/// Whether some format of a type has exactly this service part.
fn has_segment(of: &ResourceType, service: &str) -> bool {
    of.globs.iter().any(|glob| glob.split(':').nth(2) == Some(service))
}
