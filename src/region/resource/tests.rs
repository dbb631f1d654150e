//! Tests of what only the inside can see, and of the small questions beside the algebra.

use super::*;

fn set(sets: &ResourceSets, text: &str) -> ResourceSetId {
    sets.pattern(&[Piece::Text(text)], Padding::PadAlways).expect("a pattern")
}

fn union(sets: &ResourceSets, texts: &[&str]) -> ResourceSetId {
    sets.union_all(&texts.iter().map(|text| set(sets, text)).collect::<Vec<_>>())
}

fn written(sets: &ResourceSets, id: ResourceSetId) -> String {
    sets.as_patterns(id).expect("few pieces").to_string()
}

#[test]
fn literals_and_prefixes_meet_without_a_term_of_their_own() {
    let sets = ResourceSets::new();
    let [wide, narrow, object] =
        ["arn:aws:s3:::b*", "arn:aws:s3:::b/k*", "arn:aws:s3:::b/k1"].map(|t| set(&sets, t));
    assert_eq!(sets.meet(wide, narrow), narrow);
    assert_eq!(sets.meet(narrow, object), object);
    assert_eq!(sets.meet(set(&sets, "arn:aws:s3:::c*"), narrow), ResourceSets::EMPTY);
    assert_eq!(sets.meet(narrow, ResourceSets::ALL), narrow);
    assert_eq!(sets.difference(narrow, wide), ResourceSets::EMPTY);
    assert_eq!(sets.difference(object, set(&sets, "arn:aws:sqs:*:*:q")), object);
    assert_eq!(sets.meet(set(&sets, "arn:aws:ec2:*:*:instance/*"), object), ResourceSets::EMPTY);
    assert_eq!(sets.union(wide, object), wide);
    assert_eq!(sets.union(object, sets.complement(object)), ResourceSets::ALL);
}

#[test]
fn the_constants_are_what_they_say() {
    let sets = ResourceSets::new();
    assert_eq!(sets.complement(ResourceSets::EMPTY), ResourceSets::ALL);
    assert_eq!(sets.complement(ResourceSets::ARNS), ResourceSets::NONE_ONLY);
    assert_eq!(set(&sets, "*"), ResourceSets::ALL);
    assert_eq!(set(&sets, "arn:*:*"), ResourceSets::ARNS);
    assert_eq!(set(&sets, "**"), ResourceSets::ARNS);
    assert!(sets.contains_none(ResourceSets::ALL) && !sets.contains(ResourceSets::ALL, "no arn"));
    assert_eq!(sets.is_empty(ResourceSets::NONE_ONLY), Ok(false));
    assert_eq!(sets.witness(ResourceSets::NONE_ONLY), Ok(None));
    assert_eq!(sets.witness(ResourceSets::ARNS), Ok(Some("arn:x:x:x:x:x".to_owned())));
    let written = [ResourceSets::EMPTY, ResourceSets::ALL, ResourceSets::NONE_ONLY, ResourceSets::ARNS]
        .map(|id| written(&sets, id));
    assert_eq!(written, ["nothing", "*", "no resource", "arn:*"]);
}

#[test]
fn short_patterns_are_padded_as_the_kind_of_policy_has_it() {
    let sets = ResourceSets::new();
    let bucket = |text, padding| {
        let id = sets.pattern(&[Piece::Text(text)], padding).expect("a pattern");
        sets.contains(id, "arn:aws:s3:::b")
    };
    let paddings = [Padding::PadAlways, Padding::PadIfWildcard, Padding::PadIfTrailingStar, Padding::Never];
    let by_padding = |text| paddings.map(|padding| bucket(text, padding));
    assert_eq!(by_padding("arn:aws:s3"), [true, false, false, false]);
    assert_eq!(by_padding("arn:aws:s?"), [true, true, false, false]);
    assert_eq!(by_padding("arn:aws:s*3"), [true, true, false, false]);
    assert_eq!(by_padding("arn:aws:s*"), [true; 4]);
    assert_eq!(by_padding("arn:*:b"), [true; 4]);
    assert_eq!(by_padding("arn:*:s3"), [true, true, false, false]);
    assert_eq!(by_padding("arn:aws:s3::b"), [false; 4]);
}

#[test]
fn what_is_no_pattern_is_refused() {
    let sets = ResourceSets::new();
    let problem = |pieces: &[Piece]| sets.pattern(pieces, Padding::PadAlways).err();
    assert_eq!(problem(&[]), Some(PatternProblem::Empty));
    assert_eq!(problem(&[Piece::Text("")]), Some(PatternProblem::Empty));
    assert_eq!(problem(&[Piece::Text("b/*")]), Some(PatternProblem::NotAnArn));
    assert_eq!(problem(&[Piece::Text("arn?*:aws:s3:::b")]), Some(PatternProblem::NotAnArn));
    assert_eq!(problem(&[Piece::Text("?*:aws:s3:::b")]), None);
    let early = [Piece::Text("arn:aws:s3::"), Piece::Open, Piece::Text(":b")];
    assert_eq!(problem(&early), Some(PatternProblem::VariableBeforePartSix { part: 5 }));
    assert_eq!(problem(&[Piece::Open]), Some(PatternProblem::VariableBeforePartSix { part: 1 }));
    assert_eq!(sets.format(&[FormatPiece::Part]), Err(PatternProblem::NotAnArn));
}

#[test]
fn a_value_stays_in_part_six_and_is_literal() {
    let sets = ResourceSets::new();
    let with = |value| {
        let pieces = [Piece::Text("arn:aws:s3:::b/"), Piece::Literal(value), Piece::Text("/*")];
        sets.pattern(&pieces, Padding::Never).expect("a pattern")
    };
    assert!(sets.contains(with("a:b"), "arn:aws:s3:::b/a:b/k"));
    assert!(
        sets.contains(with("*"), "arn:aws:s3:::b/*/k") && !sets.contains(with("*"), "arn:aws:s3:::b/x/k")
    );
    assert_eq!(written(&sets, with("${?*")), "arn:aws:s3:::b/${$}{${?}${*}/*");
}

#[test]
fn formats_keep_to_their_parts_and_names() {
    let sets = ResourceSets::new();
    use FormatPiece::{Name, Part, Rest, Text};
    let bucket = sets.format(&[Text("arn:"), Part, Text(":s3:::"), Name]).expect("a format");
    let object = sets.format(&[Text("arn:"), Part, Text(":s3:::"), Name, Text("/"), Rest]).expect("a format");
    let objects = set(&sets, "arn:aws:s3:::b/*");
    assert_eq!(sets.overlaps(bucket, objects), Ok(false));
    assert_eq!(sets.meet(object, objects), objects);
    assert_eq!(sets.overlaps(bucket, object), Ok(false));
    let instance =
        sets.format(&[Text("arn:"), Part, Text(":ec2:"), Part, Text(":"), Part, Text(":instance/"), Name]);
    let volumes = set(&sets, "arn:aws:ec2:*:*:volume/*");
    assert_eq!(sets.overlaps(instance.expect("a format"), volumes), Ok(false));
    assert_eq!(written(&sets, bucket), "arn:${part}:s3:::${name}");
    let segment = sets.format(&[Text("arn:aws:s3:::"), Part]).expect("a format");
    let name = sets.format(&[Text("arn:aws:s3:::"), Name]).expect("a format");
    let rest = |format| sets.witness(sets.difference(set(&sets, "arn:aws:s3:::*"), format));
    assert_eq!(rest(segment), Ok(Some("arn:aws:s3::::".to_owned())));
    assert_eq!(rest(name), Ok(Some("arn:aws:s3:::/".to_owned())));
    assert_eq!(sets.witness(sets.difference(segment, name)), Ok(Some("arn:aws:s3:::/".to_owned())));
}

#[test]
fn a_set_is_written_as_it_would_be_read() {
    let sets = ResourceSets::new();
    let texts = ["arn:aws:ec2:us-*?:*:instance/i-*", "arn:aws:s3:::b/?*/x", "arn:a?s:iam::*1:role/*"];
    for text in texts {
        assert_eq!(written(&sets, set(&sets, text)), text);
    }
    // U-07: what a short pattern is filled up to stands beside it.
    assert_eq!(written(&sets, set(&sets, "arn:aws:sqs:*:q")), "arn:aws:sqs:*:q; arn:aws:sqs:*:q:*");
    let list = union(&sets, &["arn:aws:s3:::b/*", "arn:aws:s3:::a"]);
    assert_eq!(written(&sets, list), "arn:aws:s3:::a; arn:aws:s3:::b/*");
    let kept = sets.difference(list, set(&sets, "arn:aws:s3:::*/tmp/*"));
    assert_eq!(written(&sets, kept), "arn:aws:s3:::a; arn:aws:s3:::b/* except arn:aws:s3:::*/tmp/*");
    assert_eq!(written(&sets, sets.complement(list)), "* except arn:aws:s3:::a, arn:aws:s3:::b/*");
    let both = sets.meet(set(&sets, "arn:aws:s3:::*a*"), set(&sets, "arn:aws:s3:::*b*"));
    assert_eq!(written(&sets, both), "arn:aws:s3:::*a* and arn:aws:s3:::*b*");
    let never = sets.meet(set(&sets, "arn:aws:s3:::*a?"), sets.complement(set(&sets, "arn:aws:s3:::??*")));
    assert_eq!(written(&sets, never), "nothing");
}

#[test]
fn accounts_are_known_where_every_pattern_fixes_one() {
    let sets = ResourceSets::new();
    let roles = union(&sets, &["arn:aws:iam::2:role/*", "arn:aws:sqs:us-*-1:1:q*", "arn:aws:iam::2:user/x"]);
    assert_eq!(sets.accounts(roles), Some(vec!["1", "2"]));
    assert_eq!(sets.accounts(set(&sets, "arn:aws:s3:::b")), Some(vec![""]));
    for open in ["*", "arn:aws:iam::1*:role/x", "arn:aws:sqs:*:1:q", "arn:aws:iam::1?:role/x", "arn:aws:s3"] {
        assert_eq!(sets.accounts(set(&sets, open)), None, "{open}");
    }
    assert_eq!(
        sets.accounts(sets.difference(roles, set(&sets, "arn:aws:iam::*:role/a*"))),
        Some(vec!["1", "2"])
    );
    assert_eq!(sets.accounts(sets.complement(roles)), None);
}

#[test]
fn large_unions_meet_piece_by_piece_or_stay_apart() {
    let sets = ResourceSets::new();
    let starts: Vec<String> = (0..400).map(|n| format!("arn:aws:s3:::b{n:03}/*")).collect();
    let ends: Vec<String> = (0..400).map(|n| format!("arn:aws:s3:::*/{n:03}")).collect();
    let list = |texts: &[String]| union(&sets, &texts.iter().map(String::as_str).collect::<Vec<_>>());
    let (starts, ends) = (list(&starts), list(&ends));
    let both = sets.meet(starts, ends);
    assert!(
        sets.contains(both, "arn:aws:s3:::b007/x/399") && !sets.contains(both, "arn:aws:s3:::b007/x/400")
    );
    assert_eq!(sets.is_empty(both), Ok(false));
    assert_eq!(sets.includes(starts, both), Ok(true));
    assert_eq!(sets.overlaps(both, sets.complement(ends)), Ok(false));
    assert_eq!(sets.as_patterns(both), Err(LimitExceeded::Pieces));
    let few = sets.meet(both, set(&sets, "arn:aws:s3:::b001/x/001"));
    assert_eq!(sets.is_empty(few), Ok(false));
}

#[test]
fn a_question_beyond_the_limit_is_an_error() {
    let sets = ResourceSets::new();
    let late = set(&sets, &format!("arn:aws:s3:::*a{}", "?".repeat(30)));
    let ends = union(&sets, &["arn:aws:s3:::*x", "arn:aws:s3:::*~"]);
    let rest = sets.difference(late, ends);
    assert_eq!(sets.is_empty(rest), Err(LimitExceeded::AutomatonStates));
    assert_eq!(sets.includes(ends, late), Err(LimitExceeded::AutomatonStates));
    assert!(sets.contains(rest, &format!("arn:aws:s3:::a{}", "y".repeat(30))));
}

#[test]
fn moved_sets_hold_what_the_sets_held_under_their_names() {
    let sets = ResourceSets::new();
    let texts = [
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b/k*",
        "arn:aws:s3:::b*",
        "arn:aws:s3:::*/k?",
        "arn:aws:s3:::?/k1",
        "arn:*:*/*1",
        "arn:aws:s3:::b/k1",
        "arn:aws:s3:::c/*",
        "arn:aws:sqs:*",
        "*",
    ];
    let (from, to) = ("arn:aws:s3:::b/", "arn:aws:s3:eu-west-1:1:accesspoint/p/object/");
    let rests = ["", "k", "k1", "k12", "/k1", "x/k1", "b/k1", "1"];
    let mut all: Vec<ResourceSetId> = texts.iter().map(|text| set(&sets, text)).collect();
    for at in 0..texts.len() {
        let (one, other) = (all[at], all[(at + 3) % texts.len()]);
        all.extend([
            sets.difference(one, other),
            sets.union(one, other),
            sets.complement(one),
            sets.meet(one, other),
        ]);
    }
    for held in all {
        let moved = sets.moved(held, from, to);
        for rest in rests {
            let (before, after) = (format!("{from}{rest}"), format!("{to}{rest}"));
            assert_eq!(
                sets.contains(moved, &after),
                sets.contains(held, &before),
                "{before}: {}",
                written(&sets, held)
            );
            assert!(!sets.contains(moved, &before) && !sets.contains_none(moved));
        }
    }
}
