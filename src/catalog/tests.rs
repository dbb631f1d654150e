//! Tests of private parts: globs, names that ignore case, and that tables name what exists.

use super::Catalog;
use super::arn::{ArnParts, matches, matches_by_part, matches_ignoring_case};
use super::global_keys::{GLOBAL_KEYS, WITHOUT_RESOURCE_KEYS};
use super::names::{compare_ignoring_case, hash_ignoring_case};

#[test]
fn globs_match_whole_texts() {
    for (glob, text, expected) in [
        ("", "", true),
        ("", "a", false),
        ("*", "", true),
        ("a*c", "abc", true),
        ("a*c", "ac", true),
        ("a*c", "acb", false),
        ("*a*b*", "xxaxxbxx", true),
        ("*ab", "aab", true),
        ("a?c", "ac", false),
        ("a?c", "aéc", true),
        ("a*b*c", "abbbbc", true),
        ("**", "a", true),
        ("A", "a", false),
    ] {
        assert_eq!(matches(glob, text), expected, "{glob} {text}");
    }
    assert!(matches_ignoring_case(b"get*", b"GetObject"));
    assert!(!matches_ignoring_case(b"get?", b"GetObject"));
}

#[test]
fn arns_have_six_parts() {
    let parts = ArnParts::split("arn:aws:logs:eu-west-1:111122223333:log-group:a:log-stream:b");
    assert_eq!(parts.map(|parts| parts.resource), Some("log-group:a:log-stream:b"));
    assert_eq!(parts.and_then(|parts| parts.account_id()), Some("111122223333"));
    assert_eq!(ArnParts::split("arn:aws:s3:::b").and_then(|parts| parts.account_id()), None);
    assert_eq!(ArnParts::split("arn:aws:s3"), None);
    assert_eq!(ArnParts::split("*"), None);
    assert!(!matches_by_part("arn:*:s3:::*", "arn:aws:s3"));
    assert!(matches_by_part("arn:*:s3:::*", "arn:aws:s3:::b/k:l"));
}

#[test]
fn names_ignore_case_in_order_and_hash() {
    assert!(compare_ignoring_case(b"GetObject", b"getobject").is_eq());
    assert!(compare_ignoring_case(b"Get", b"getA").is_lt());
    for (a, b, same) in [
        (&b"kms:Decrypt"[..], &b"KMS:DECRYPT"[..], true),
        (b"abcdefgh", b"ABCDEFGH", true),
        (b"abcdefgh", b"abcdefgi", false),
        (b"a", b"aa", false),
        (b"", b" ", false),
    ] {
        assert_eq!(hash_ignoring_case(0, a) == hash_ignoring_case(0, b), same, "{a:?} {b:?}");
    }
}

#[test]
fn actions_in_tables_exist() {
    let catalog = Catalog::embedded();
    for pattern in WITHOUT_RESOURCE_KEYS {
        assert!(!catalog.matching(pattern).is_empty(), "{pattern}");
    }
    for pattern in super::no_resource::entry_patterns() {
        assert!(catalog.matching(pattern).iter().any(|action| catalog.is_wildcard_only(action)), "{pattern}");
    }
}

#[test]
fn global_keys_keep_their_ids() {
    let catalog = Catalog::embedded();
    for (index, key) in GLOBAL_KEYS.iter().enumerate() {
        assert_eq!(catalog.keys().get(index).map(|found| found.name), Some(key.name));
    }
    let names: std::collections::BTreeSet<String> =
        catalog.keys().iter().map(|key| key.name.to_lowercase()).collect();
    assert_eq!(names.len(), catalog.keys().len(), "every key once");
}
