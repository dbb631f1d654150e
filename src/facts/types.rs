//! Resource types of the catalog -> sets of ARNs.

use crate::catalog::{ActionId, Catalog, ResourceType};
use crate::region::resource::{FormatPiece, ResourceSetId, ResourceSets};

/// The ARNs that an action can act on (S-RES-12).
pub fn arns_of(sets: &ResourceSets, action: ActionId) -> ResourceSetId {
    let catalog = Catalog::embedded();
    let types = catalog.resource_types_of(action).iter().filter_map(|line| catalog.resource_type(line.id));
    let types: Vec<ResourceSetId> = types.map(|kind| arns(sets, kind)).collect();
    sets.union_all(&types)
}

/// The ARNs that an action can act on in a partition, of an account if their type names one (S-EVAL-01, S-RES-15). The account of an S3
/// access point need not be the bucket's.
pub fn arns_within(
    sets: &ResourceSets,
    action: ActionId,
    partition: &str,
    account: Option<&str>,
) -> ResourceSetId {
    use FormatPiece::{Part, Rest, Text};
    let within = |account: FormatPiece<'_>| {
        let format = [
            Text("arn:"),
            Text(partition),
            Text(":"),
            Part,
            Text(":"),
            Part,
            Text(":"),
            account,
            Text(":"),
            Rest,
        ];
        sets.format(&format).unwrap_or(ResourceSets::ARNS)
    };
    let catalog = Catalog::embedded();
    let of_s3 = catalog.action_name(action).to_ascii_lowercase().starts_with("s3");
    let Some(account) = account.filter(|_| !of_s3) else {
        return sets.meet(arns_of(sets, action), within(Part));
    };
    let of = |kind: &ResourceType| {
        let names_account = |glob: &&str| glob.split(':').nth(4).is_some_and(|account| !account.is_empty());
        let field = if kind.globs.iter().all(names_account) { Text(account) } else { Part };
        sets.meet(arns(sets, kind), within(field))
    };
    let types = catalog.resource_types_of(action).iter().filter_map(|line| catalog.resource_type(line.id));
    sets.union_all(&types.map(of).collect::<Vec<_>>())
}

/// All ARNs of the service of an action.
pub fn arns_of_service(sets: &ResourceSets, action: &str) -> ResourceSetId {
    use FormatPiece::{Part, Rest, Text};
    let service = action.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let format =
        [Text("arn:"), Part, Text(":"), Text(&service), Text(":"), Part, Text(":"), Part, Text(":"), Rest];
    sets.format(&format).unwrap_or(ResourceSets::ARNS)
}

/// The ARNs of a resource type: those of its formats, without those of more specific types.
pub fn arns(sets: &ResourceSets, kind: &ResourceType) -> ResourceSetId {
    let of = |globs: &[&str]| {
        let sets_of: Vec<_> = globs.iter().filter_map(|glob| sets.format(&pieces(glob)).ok()).collect();
        sets.union_all(&sets_of)
    };
    sets.difference(of(kind.globs), of(kind.except))
}

/// Whose names may hold colons, by service and how the sixth part begins: keys of objects, qualifiers of functions, versions of models,
/// labels of streams, and topics (S-RES-02). No other names do, which keeps sets simple: a `*` that
/// runs past colons (S-RES-04) can't end in them.
const WITH_COLONS: &[(&str, &str)] = &[
    ("bedrock", ""),
    ("cloudwatch", "alarm:"),
    ("cognito-identity", ""),
    ("iot", ""),
    ("lambda", ""),
    ("ssm", "parameter/"),
    ("states", "stateMachine:"),
];

/// Whether names of a format may hold colons.
fn holds_colons(glob: &str) -> bool {
    let mut parts = glob.splitn(6, ':').skip(2);
    let service = parts.next().unwrap_or_default();
    let name = parts.nth(2).unwrap_or_default();
    let is_listed = |(of, start): &(&str, &str)| *of == service && name.starts_with(start);
    service.starts_with("s3")
        || service == "dynamodb" && name.contains("/stream/")
        || WITH_COLONS.iter().any(is_listed)
}

/// The pieces of a format that is written as a glob, a `*` for each variable. Variables before the sixth part are one part.
fn pieces(glob: &str) -> Vec<FormatPiece<'_>> {
    let with_colons = holds_colons(glob);
    let mut pieces = Vec::new();
    let mut colons = 0;
    for (index, text) in glob.split('*').enumerate() {
        if index > 0 {
            pieces.push(if colons >= 5 && with_colons { FormatPiece::Rest } else { FormatPiece::Part });
        }
        if !text.is_empty() {
            pieces.push(FormatPiece::Text(text));
        }
        colons += text.matches(':').count();
    }
    pieces
}
