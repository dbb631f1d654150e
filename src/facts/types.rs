//! Resource types of the catalog -> sets of ARNs.

use crate::catalog::{ActionId, Catalog, ResourceType};
use crate::region::resource::{FormatPiece, PatternProblem, ResourceSetId, ResourceSets};

/// The ARNs that an action can act on (S-RES-12).
pub fn arns_of(sets: &ResourceSets, action: ActionId) -> ResourceSetId {
    sets.union_all(&kinds(action).map(|kind| arns(sets, kind)).collect::<Vec<_>>())
}

fn kinds(action: ActionId) -> impl Iterator<Item = &'static ResourceType> {
    let catalog = Catalog::embedded();
    catalog.resource_types_of(action).iter().filter_map(|line| catalog.resource_type(line.id))
}

/// The ARNs that an action can act on in a partition, of an account if their type names one (S-EVAL-01, S-RES-15). The account of an S3
/// access point need not be the bucket's.
pub fn arns_within(
    sets: &ResourceSets,
    action: ActionId,
    partition: &str,
    account: Option<&str>,
) -> ResourceSetId {
    use FormatPiece::{Part, Text};
    let of_s3 = Catalog::embedded().action_name(action).to_ascii_lowercase().starts_with("s3");
    let account = account.filter(|_| !of_s3);
    let names_account = |glob: &&str| glob.split(':').nth(4).is_some_and(|account| !account.is_empty());
    let of = |kind: &ResourceType| {
        let field = account.filter(|_| kind.globs.iter().all(names_account)).map_or(Part, Text);
        let within = arns_with(sets, [Text(partition), Part, Part, field]).unwrap_or(ResourceSets::ARNS);
        sets.meet(arns(sets, kind), within)
    };
    sets.union_all(&kinds(action).map(of).collect::<Vec<_>>())
}

/// All ARNs of the service of an action.
pub fn arns_of_service(sets: &ResourceSets, action: &str) -> ResourceSetId {
    use FormatPiece::{Part, Text};
    let service = action.split(':').next().unwrap_or_default().to_ascii_lowercase();
    arns_with(sets, [Part, Text(&service), Part, Part]).unwrap_or(ResourceSets::ARNS)
}

/// The ARNs with this partition, service, Region and account.
///
/// # Errors
/// A part is none that an ARN can have, or a limit is reached.
pub fn arns_with(
    sets: &ResourceSets,
    [partition, service, region, account]: [FormatPiece<'_>; 4],
) -> Result<ResourceSetId, PatternProblem> {
    use FormatPiece::{Rest, Text};
    let colon = Text(":");
    sets.format(&[Text("arn:"), partition, colon, service, colon, region, colon, account, colon, Rest])
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
