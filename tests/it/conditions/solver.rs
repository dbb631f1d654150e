//! Questions about formulas, and their simplification.

use entail::region::condition::{ConditionId, Conditions, DoubtClass, Sat, Verdict};

use super::Lab;

#[test]
fn globs_are_compared_exactly() {
    let lab = Lab::default();
    let like = |pattern: &str| lab.allow("StringLike", "k", &[pattern]);
    let implies = |a, b| lab.conditions.implies(like(a), like(b));
    let rows = [
        ("a*b", "*ab*b", Verdict::No),
        ("*ab*b", "a*b", Verdict::No),
        ("a*b*c", "a*c", Verdict::Yes),
        ("a*c", "a*b*c", Verdict::No),
        ("a?c", "a*c", Verdict::Yes),
        ("a*", "a?*", Verdict::No),
        ("a?*", "a*", Verdict::Yes),
        ("*?", "?*", Verdict::Yes),
        ("?*", "*?", Verdict::Yes),
        ("*aa*", "*a*a*", Verdict::Yes),
        ("*a*a*", "*aa*", Verdict::No),
        ("abc", "a*c", Verdict::Yes),
    ];
    for (a, b, expected) in rows {
        assert_eq!(implies(a, b), expected, "{a} within {b}");
    }
    let union = lab.allow("StringLike", "k", &["a*", "?", "??*b", ""]);
    let cover = lab
        .conditions
        .or_all([lab.allow("StringNotLike", "k", &["a*"]), lab.allow("StringLike", "k", &["a*"])]);
    assert_eq!(cover, ConditionId::ALWAYS);
    assert_eq!(
        lab.conditions.implies(lab.allow("StringEquals", "k", &["", "x", "ab", "xyb"]), union),
        Verdict::Yes
    );
}

#[test]
fn arns_are_compared_part_by_part() {
    let lab = Lab::default();
    let implies = |a: &str, b: &str| {
        lab.conditions.implies(lab.allow("ArnLike", "arn", &[a]), lab.allow("ArnLike", "arn", &[b]))
    };
    assert_eq!(implies("arn:aws:iam::1:role/*", "arn:*:iam::*:*"), Verdict::Yes);
    assert_eq!(implies("arn:aws:iam::1:role/*", "*"), Verdict::Yes, "U-22");
    assert_eq!(implies("arn:*:*:*:*:*", "*"), Verdict::Yes);
    assert_eq!(implies("arn:aws:s*:::b", "arn:aws:s3:::b"), Verdict::No);
    let text = lab.allow("StringLike", "arn", &["arn:aws:s3*x"]);
    let parts = lab.allow("ArnLike", "arn", &["arn:aws:s3*:*:*:*x"]);
    assert_eq!(lab.conditions.implies(parts, text), Verdict::Yes);
    assert_eq!(lab.conditions.implies(text, parts), Verdict::Yes, "any six parts");
}

#[test]
fn sets_are_sets() {
    let lab = Lab::default();
    let any = |values: &[&str]| lab.allow("ForAnyValue:StringEquals", "set", values);
    let all = |values: &[&str]| lab.allow("ForAllValues:StringEquals", "set", values);
    assert_eq!(lab.sat(lab.all(&[any(&["a"]), any(&["b"]), any(&["c"])])), Verdict::Yes);
    assert_eq!(lab.sat(lab.all(&[any(&["a"]), any(&["b"]), all(&["a"])])), Verdict::No);
    assert_eq!(lab.sat(lab.all(&[any(&["a"]), any(&["b"]), all(&["a", "b"])])), Verdict::Yes);
    assert_eq!(
        lab.conditions
            .implies(all(&["a"]), lab.conditions.or(any(&["a"]), lab.conditions.null(lab.key("set")))),
        Verdict::Yes
    );
    assert_eq!(
        lab.sat(lab.all(&[all(&["a"]), all(&["b"]), lab.allow("Null", "set", &["false"])])),
        Verdict::No
    );
    assert_eq!(lab.sat(lab.all(&[all(&["a"]), all(&["b"])])), Verdict::Yes, "the absent key");
}

#[test]
fn shared_unknowns_cancel() {
    let lab = Lab::default();
    let test = lab.allow("StringEquals", "k", &["v"]);
    let deny = lab.deny("StringEquals", "k", &["v"]);
    assert_eq!(lab.conditions.and(test, lab.conditions.not(deny)), ConditionId::NEVER, "S-TRI-05, T-104");
    let missing = lab.conditions.missing("the boundary of u");
    assert_eq!(lab.conditions.and(missing, lab.conditions.not(missing)), ConditionId::NEVER);
    assert_eq!(lab.sat(lab.conditions.and(missing, test)), Verdict::Yes);
    let address = lab.allow("IpAddress", "ip", &["10.0.0.0/8"]);
    let not_denied = lab.conditions.not(lab.deny("NotIpAddress", "ip", &["10.0.0.0/8"]));
    assert_eq!(lab.conditions.equivalent(address, not_denied), Verdict::Yes, "an address is readable");
}

#[test]
fn comparisons_of_two_keys() {
    let lab = Lab::default();
    let same = lab.allow("StringEquals", "aws:PrincipalTag/team", &["${aws:ResourceTag/team}"]);
    assert_eq!(
        lab.conditions.and(same, lab.conditions.not(same)),
        ConditionId::NEVER,
        "identical atoms cancel"
    );
    assert_eq!(lab.sat(same), Verdict::Yes, "values are found for both");
    assert_eq!(lab.sat(lab.conditions.not(same)), Verdict::Yes);
    let red = lab.allow("StringEquals", "aws:PrincipalTag/team", &["red"]);
    let blue = lab.allow("StringEquals", "aws:ResourceTag/team", &["blue"]);
    assert_eq!(lab.sat(lab.conditions.and(same, red)), Verdict::Yes);
    assert_eq!(lab.sat(lab.all(&[same, red, blue])), Verdict::Unproved, "two unknown keys are not compared");
    let unset = lab.allow("StringEquals", "k", &["a"]);
    let contradiction = lab.all(&[same, unset, lab.allow("StringNotEquals", "k", &["a"])]);
    assert_eq!(lab.sat(contradiction), Verdict::No);
}

#[test]
fn simplification_drops_what_does_not_matter() {
    let lab = Lab::default();
    let conditions = &lab.conditions;
    let simple = |condition| conditions.text(conditions.simplify(condition));
    let a = lab.allow("StringEquals", "k", &["a", "b"]);
    let like = lab.allow("StringLike", "k", &["a*", "b*"]);
    assert_eq!(simple(conditions.and(a, like)), "StringEquals k [a, b]");
    assert_eq!(simple(conditions.or(a, like)), "StringLike k [a*, b*]");
    assert_eq!(simple(conditions.and(a, lab.allow("StringNotEquals", "k", &["b"]))), "StringEquals k a");
    let other = lab.allow("Bool", "flag", &["true"]);
    let split = conditions.or(conditions.and(a, other), conditions.and(a, conditions.not(other)));
    assert_eq!(conditions.simplify(split), a);
    let address = lab.allow("IpAddress", "ip", &["10.0.0.0/8"]);
    let guard = conditions.not(lab.deny("NotIpAddress", "ip", &["10.0.0.0/8"]));
    assert_eq!(conditions.simplify(conditions.and(address, guard)), address, "the one without a doubt stays");
    let vpce = lab.allow("StringEquals", "aws:SourceVpce", &["vpce-1"]);
    let no_address = lab.allow("Null", "aws:SourceIp", &["true"]);
    assert_eq!(conditions.simplify(conditions.and(vpce, no_address)), vpce, "S-TRI-06");
    // What only says whether the key is there, or of a key that is there what it holds.
    let perhaps = lab.allow("StringLikeIfExists", "k", &["a*"]);
    let never = |operator: &str, value: &str| conditions.not(lab.deny(operator, "k", &[value]));
    assert_eq!(simple(conditions.and(perhaps, never("StringLike", "a*"))), "k is absent");
    let left = conditions.and(perhaps, never("StringLikeIfExists", "ab*"));
    assert_eq!(simple(left), "StringLike k a* and StringNotLike k ab*");
    assert_eq!(simple(conditions.and(perhaps, never("StringLikeIfExists", "a*"))), "never");
    assert_eq!(simple(conditions.and(perhaps, never("Null", "true"))), "StringLike k a*");
}

#[test]
fn many_independent_parts_are_decided_one_by_one() {
    let lab = Lab::default();
    let clause = |at: usize| {
        let tests = (0..3).map(|key| lab.allow("StringEquals", &format!("k{at}-{key}"), &["a", "b", "c"]));
        lab.conditions.or_all(tests)
    };
    let mut all: Vec<_> = (0..60).map(clause).collect();
    assert_eq!(lab.sat(lab.all(&all)), Verdict::Yes);
    all.push(lab.allow("StringEquals", "last", &["a"]));
    all.push(lab.allow("StringLike", "last", &["b*"]));
    assert_eq!(lab.sat(lab.all(&all)), Verdict::No);
}

#[test]
fn limits_end_in_unproved() {
    let lab = Lab::default();
    // Pigeons in holes: hard for a search without learning.
    let test =
        |pigeon: usize, hole: usize| lab.allow("StringEquals", &format!("p{pigeon}h{hole}"), &["here"]);
    let holes = 9;
    let mut all: Vec<_> =
        (0..=holes).map(|pigeon| lab.conditions.or_all((0..holes).map(|hole| test(pigeon, hole)))).collect();
    for hole in 0..holes {
        for a in 0..=holes {
            for b in 0..a {
                all.push(lab.conditions.not(lab.conditions.and(test(a, hole), test(b, hole))));
            }
        }
    }
    assert_eq!(lab.sat(lab.all(&all)), Verdict::Unproved);
}

#[test]
fn witnesses_name_unknowns() {
    let conditions = Conditions::new();
    let doubt = conditions.doubt(DoubtClass::Reading, "U-99");
    let missing = conditions.missing("tags of b");
    let formula = conditions.and(doubt, conditions.not(missing));
    let Sat::Yes(witness) = conditions.satisfiable(formula) else { unreachable!("two free propositions") };
    assert_eq!((witness.doubts.len(), witness.missing.len()), (1, 1));
    assert!(witness.doubts[0].1 && !witness.missing[0].1);
}

#[test]
fn one_arena_serves_many_threads() {
    let lab = Lab::default();
    let all: Vec<Vec<ConditionId>> = std::thread::scope(|scope| {
        let work = || {
            let tests = (0..200).map(|at| {
                let value = format!("v{at}*");
                let test = lab.allow("StringLike", "k", &[&value]);
                let both = lab.conditions.and(test, lab.allow("StringEquals", "k", &["v7x"]));
                lab.conditions.satisfiable(both);
                both
            });
            tests.collect()
        };
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert_eq!(all[0], all[1], "ids compare across threads");
}

#[test]
fn long_lists_of_accounts_are_exact() {
    let lab = Lab::default();
    let number = |at: usize| format!("{:012}", 111_122_223_333_u64 + 7 * at as u64);
    let accounts: Vec<String> = (0..60).map(number).collect();
    let accounts: Vec<&str> = accounts.iter().map(String::as_str).collect();
    let none_of = lab.allow("StringNotEquals", "aws:PrincipalAccount", &accounts);
    let one_of = lab.allow("StringEquals", "aws:PrincipalAccount", &accounts[..40]);
    let other = lab.allow("StringEquals", "aws:PrincipalAccount", &accounts[20..]);
    let arn = |operator: &str, text: &str| lab.allow(operator, "aws:PrincipalArn", &[text]);
    let of = |at: usize| format!("arn:aws:iam::{}:role/r-77", accounts[at]);
    let roles = arn("ArnLike", "arn:*:iam::*:role/*-77");
    let anywhere = arn("StringLike", "*:role/r-77");
    let rows = [
        (none_of, Verdict::Yes),
        (lab.all(&[none_of, roles, anywhere]), Verdict::Yes),
        (lab.all(&[none_of, arn("ArnEquals", &of(5))]), Verdict::No),
        (lab.all(&[none_of, arn("StringLike", "arn:aws:iam::11112222????:role/*")]), Verdict::Yes),
        (lab.all(&[one_of, arn("ArnEquals", &of(5)), roles]), Verdict::Yes),
        (lab.all(&[one_of, arn("ArnEquals", &of(50))]), Verdict::No),
        (lab.all(&[one_of, other, arn("ArnEquals", &of(30))]), Verdict::Yes),
        (lab.all(&[one_of, other, arn("ArnEquals", &of(10))]), Verdict::No),
        (lab.all(&[one_of, lab.conditions.not(other), arn("ArnEquals", &of(10))]), Verdict::Yes),
        (lab.all(&[one_of, none_of]), Verdict::No),
        (lab.all(&[one_of, lab.conditions.not(other), roles]), Verdict::Yes),
        // Digits that stand alone could be some of an account's.
        (lab.all(&[one_of, arn("StringLike", "*3347*")]), Verdict::Yes),
        (lab.all(&[one_of, arn("StringLike", "arn:aws:iam::*3347:root")]), Verdict::Yes),
        (
            lab.all(&[
                one_of,
                lab.allow("StringEquals", "aws:userid", &[accounts[3]]),
                arn("ArnLike", "arn:*:iam::*:root"),
            ]),
            Verdict::Yes,
        ),
        (
            lab.all(&[
                none_of,
                lab.allow("StringEquals", "aws:userid", &[accounts[3]]),
                arn("ArnLike", "arn:*:iam::*:root"),
            ]),
            Verdict::No,
        ),
    ];
    for (at, (formula, expected)) in rows.into_iter().enumerate() {
        assert_eq!(lab.sat(formula), expected, "row {at}");
    }
}
