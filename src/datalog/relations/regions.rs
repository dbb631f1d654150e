//! Which Regions the policies of organisations do not tell apart, so that one of them answers for all.
//!
//! It is read off the texts. Where it is not plain, Regions count as told apart, which costs time alone. What a policy says of a
//! request depends on the Region in two ways: by tests of `aws:RequestedRegion`, and by texts that may match the part of an ARN that
//! the Region stands in, or another key that holds one.

use rustc_hash::FxHashMap;

use crate::datalog::engine::like;
use crate::document::json::{Kind, Tree, Value};

/// The key that holds the Region, in lower case.
const KEY: &str = "aws:requestedregion";

/// Members of documents in which no Region can stand, in lower case.
const WITHOUT: [&str; 6] = ["sid", "id", "version", "effect", "action", "notaction"];

/// For each Region the first of those that no policy tells from it. Some are told apart by other things.
pub(super) fn told_apart<'r>(
    policies: &[&str],
    by_others: &[&str],
    regions: &[&'r str],
) -> FxHashMap<&'r str, &'r str> {
    let mut texts = Texts::default();
    for policy in policies {
        match Tree::parse(policy) {
            Ok(tree) => texts.read(tree.root(), false),
            Err(_) => texts.open = true,
        }
    }
    let mut first: FxHashMap<Vec<[bool; 3]>, &str> = FxHashMap::default();
    let mut stands_for = |region: &'r str| match by_others.contains(&region) || texts.single_out(region) {
        true => region,
        false => *first.entry(texts.tests(region)).or_insert(region),
    };
    regions.iter().map(|region| (*region, stands_for(region))).collect()
}

/// What policies say that may depend on the Region.
#[derive(Default)]
struct Texts {
    /// The values that the key is compared with.
    values: Vec<String>,
    /// All other texts, in lower case.
    others: Vec<String>,
    /// Whether there is more that was not understood, or depends on the rest of the request.
    open: bool,
}

impl Texts {
    fn read(&mut self, value: Value<'_, '_>, is_value: bool) {
        match value.kind() {
            Kind::Object(members) => {
                for member in members {
                    let name = member.key.text().unwrap_or_default().to_lowercase();
                    if !WITHOUT.contains(&&*name) {
                        self.read(member.value, name == KEY);
                    }
                }
            }
            Kind::Array(items) => items.for_each(|item| self.read(item, is_value)),
            Kind::String(text) => self.take(&text, is_value),
            Kind::Null | Kind::Boolean(_) | Kind::Number(_) => {}
        }
    }

    fn take(&mut self, text: &str, is_value: bool) {
        let lower = text.to_lowercase();
        // A variable may stand for a Region.
        self.open |= text.contains("${") && (is_value || lower.contains("region"));
        match is_value {
            true => self.values.push(text.to_owned()),
            false => self.others.push(lower),
        }
    }

    /// How a Region compares with each value: exactly, in any case, as a pattern.
    fn tests(&self, region: &str) -> Vec<[bool; 3]> {
        let test =
            |value: &String| [value == region, value.eq_ignore_ascii_case(region), like(region, value)];
        self.values.iter().map(test).collect()
    }

    /// Whether some text may match this Region and not another, or the other way round.
    fn single_out(&self, region: &str) -> bool {
        self.open || self.others.iter().any(|text| may_meet(text, region))
    }
}

/// Whether what is literal in a text, which may be a pattern, may come to lie on a Region, be it all of a value or a part of an ARN.
fn may_meet(text: &str, region: &str) -> bool {
    let text = &without_variables(text);
    if !text.contains([':', '*', '?']) {
        return text == region;
    }
    // `?` counts characters.
    text.contains('?') || text.split('*').any(|literal| lies_on(literal, region))
}

/// The text with `*` for each variable: one may stand for anything, and one that can't be read may be anything.
fn without_variables(text: &str) -> String {
    let mut parts = text.split("${");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push('*');
        plain.push_str(part.split_once('}').map_or("", |(_, after)| after));
    }
    plain
}

fn lies_on(literal: &str, region: &str) -> bool {
    let mut parts = literal.split(':');
    let first = parts.next().unwrap_or_default();
    match parts.next_back() {
        None => !first.is_empty() && region.contains(first),
        Some(last) => {
            !first.is_empty() && region.ends_with(first)
                || !last.is_empty() && region.starts_with(last)
                || parts.any(|part| part == region)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGIONS: [&str; 4] = ["us-east-1", "eu-west-1", "eu-west-2", "ap-south-1"];

    /// The Regions that stand for others and for themselves.
    fn told(condition_and_resource: (&str, &str)) -> Vec<&'static str> {
        let (condition, resource) = condition_and_resource;
        let policy = format!(
            r#"{{"Statement": {{"Sid": "1", "Effect": "Deny", "Action": "s3:*", "Resource": {resource}, "Condition": {condition}}}}}"#
        );
        let told = told_apart(&[&*policy], &[], &REGIONS);
        let mut stand: Vec<&str> = told.into_values().collect();
        stand.sort_unstable();
        stand.dedup();
        stand
    }

    #[test]
    fn tests_of_the_key_tell_regions_apart() {
        let of_values = |values: &str| {
            told((&format!(r#"{{"StringNotLike": {{"aws:requestedRegion": {values}}}}}"#), r#""*""#))
        };
        assert_eq!(of_values(r#"["eu-*"]"#), ["eu-west-1", "us-east-1"]);
        assert_eq!(of_values(r#""eu-west-2""#), ["eu-west-2", "us-east-1"]);
        assert_eq!(of_values(r#"["eu-west-2", "*-west-*"]"#), ["eu-west-1", "eu-west-2", "us-east-1"]);
        assert_eq!(of_values(r#""US-EAST-1""#), ["eu-west-1", "us-east-1"]);
        assert_eq!(of_values(r#""nowhere-1""#), ["us-east-1"]);
        assert_eq!(of_values(r#""${aws:PrincipalTag/region}""#).len(), REGIONS.len());
    }

    #[test]
    fn texts_that_may_lie_on_a_region_tell_it_apart() {
        let of_resource = |arn: &str| told(("{}", &format!(r#""{arn}""#)));
        for plain in ["*", "arn:aws:s3:::b/*", "arn:*:sqs:*:*:logs-*", "arn:aws:sqs:*"] {
            assert_eq!(of_resource(plain), ["us-east-1"], "{plain}");
        }
        assert_eq!(of_resource("arn:aws:sqs:eu-west-1:*:q"), ["eu-west-1", "us-east-1"]);
        assert_eq!(of_resource("arn:aws:sqs:eu-*"), ["eu-west-1", "eu-west-2", "us-east-1"]);
        assert_eq!(of_resource("arn:aws:sqs:*-south-1:*"), ["ap-south-1", "us-east-1"]);
        assert_eq!(of_resource("arn:aws:*south*"), ["ap-south-1", "us-east-1"]);
        assert_eq!(of_resource("arn:aws:sqs:eu-west-${*}:*:*"), ["eu-west-1", "eu-west-2", "us-east-1"]);
        assert_eq!(of_resource("arn:aws:sqs:a${aws:PrincipalTag/x, 'p'}:*:*"), ["ap-south-1", "us-east-1"]);
        assert_eq!(of_resource("arn:aws:s3:::home/${aws:username}/*"), ["us-east-1"]);
        for open in ["arn:aws:sqs:????????1:*:q", "arn:aws:s3:::${aws:RequestedRegion}-*"] {
            assert_eq!(of_resource(open).len(), REGIONS.len(), "{open}");
        }
        assert_eq!(
            told((r#"{"StringEquals": {"ec2:Region": "eu-west-2"}}"#, r#""*""#)),
            ["eu-west-2", "us-east-1"]
        );
    }

    #[test]
    fn what_is_no_document_tells_all_apart() {
        assert!(told_apart(&["{"], &[], &REGIONS).iter().all(|(region, stands)| region == stands));
    }

    #[test]
    fn others_tell_apart_too() {
        assert_eq!(told_apart(&[], &["eu-west-2"], &REGIONS)["eu-west-2"], "eu-west-2");
        assert_eq!(told_apart(&[], &["us-east-1"], &REGIONS)["eu-west-2"], "eu-west-1");
    }
}
