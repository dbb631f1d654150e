//! The pieces of an ARN: the type of the resource stays, its name does not.

use crate::catalog::Catalog;
use crate::catalog::arn::{ArnParts, matches_by_part};

use super::scan::{Piece, is_region, scan, scan_name};

/// Sixth parts that the reference has no format for.
const MORE_FORMATS: &[(&str, &str)] = &[
    ("iam", "root"),
    ("sts", "assumed-role/${Role}/${Session}"),
    ("sts", "federated-user/${User}"),
    ("iam", "user/${User}"),
    ("iam", "role/${Role}"),
    ("iam", "group/${Group}"),
    ("iam", "policy/${Policy}"),
];

/// Paths of roles that AWS makes.
const OWN_PATHS: &[&str] = &["role/aws-service-role/", "role/aws-reserved/"];

/// Hands over the pieces of the ARN, or pattern of ARNs, at the start of a text, and gives its length.
pub fn scan_arn<'t>(text: &'t str, sink: &mut dyn FnMut(Piece<'t>)) -> usize {
    let ends = |letter: char| letter.is_whitespace() || "\"'`<>()[]|;,\\#…".contains(letter);
    let length = text.find(ends).unwrap_or(text.len());
    let arn = &text[..length];
    let Some(parts) = ArnParts::split(arn) else {
        let (scheme, rest) = arn.split_at("arn:".len());
        sink(Piece::Kept(scheme));
        scan_name(rest, sink);
        return length;
    };
    if parts.account == "aws" {
        sink(Piece::Kept(arn));
        return length;
    }
    sink(Piece::Kept("arn:"));
    for part in [parts.partition, parts.service] {
        sink(Piece::Kept(part));
        sink(Piece::Kept(":"));
    }
    match is_region(parts.region) {
        true => sink(Piece::Kept(parts.region)),
        false => scan(parts.region, sink),
    }
    sink(Piece::Kept(":"));
    scan_name(parts.account, sink);
    sink(Piece::Kept(":"));
    resource(arn, &parts, sink);
    length
}

/// The sixth part, along the format that says most about it.
fn resource<'t>(arn: &str, parts: &ArnParts<'t>, sink: &mut dyn FnMut(Piece<'t>)) {
    let text = parts.resource;
    if let Some(path) = OWN_PATHS.iter().find(|path| text.starts_with(**path)) {
        let (path, name) = text.split_at(path.len());
        sink(Piece::Kept(path));
        // What follows up to the name is AWS's, too.
        let (folders, name) =
            name.rsplit_once('/').map_or(("", name), |(folders, _)| name.split_at(folders.len()));
        sink(Piece::Kept(folders));
        return scan_name(name, sink);
    }
    let catalog = Catalog::embedded();
    let known =
        catalog.resource_types_in_service(parts.service).flat_map(|(_, kind)| kind.formats.iter().copied());
    let known = known.filter(|format| fits(format, arn)).filter_map(|format| format.splitn(6, ':').nth(5));
    let more = MORE_FORMATS
        .iter()
        .filter(|(service, format)| *service == parts.service && fits(&format!("arn:*:*:*:*:{format}"), arn));
    let format = known.chain(more.map(|(_, format)| *format)).max_by_key(|format| fixed_length(format));
    along(format.unwrap_or("${Name}"), text, sink);
}

/// Whether an ARN has a format, in which each variable stands for anything.
fn fits(format: &str, arn: &str) -> bool {
    let mut glob = String::new();
    let mut rest = format;
    while let Some((fixed, variable)) = rest.split_once("${") {
        glob.push_str(fixed);
        glob.push('*');
        rest = variable.split_once('}').map_or("", |(_, rest)| rest);
    }
    glob.push_str(rest);
    matches_by_part(&glob, arn)
}

/// How much of a format is fixed.
fn fixed_length(format: &str) -> usize {
    let variables: usize =
        format.split("${").skip(1).map(|part| part.find('}').map_or(0, |end| end + 3)).sum();
    format.len().saturating_sub(variables)
}

/// Walks a text along a format: what is fixed stays.
fn along<'t>(format: &str, text: &'t str, sink: &mut dyn FnMut(Piece<'t>)) {
    let (mut format, mut text) = (format, text);
    loop {
        let fixed = format.find("${").unwrap_or(format.len());
        let (literal, after) = format.split_at(fixed);
        // What comes before the fixed part is the value of a variable.
        let Some(at) = text.find(literal) else { break };
        scan_name(&text[..at], sink);
        sink(Piece::Kept(&text[at..at + literal.len()]));
        text = &text[at + literal.len()..];
        match after.split_once('}') {
            Some((_, rest)) if !rest.is_empty() => format = rest,
            _ => break,
        }
    }
    scan_name(text, sink);
}
