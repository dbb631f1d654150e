//! Every operation against membership, on patterns and ARNs small enough to collide.

use entail::region::resource::{ResourceSetId, ResourceSets};
use proptest::prelude::*;

use super::naive::{Part, Set};

/// All texts that are ARNs with at most seven characters after `arn:`, none of them but `a`, `/` and `:`.
fn short_arns() -> Vec<String> {
    let mut tails = vec![String::new()];
    let mut arns = Vec::new();
    for _ in 0..7 {
        tails = tails.iter().flat_map(|tail| ["a", "/", ":"].map(|next| format!("{tail}{next}"))).collect();
        arns.extend(
            tails.iter().filter(|tail| tail.matches(':').count() >= 4).map(|tail| format!("arn:{tail}")),
        );
    }
    arns
}

fn pattern() -> impl Strategy<Value = Set> {
    let six = "(arn|\\*|a\\*|a\\?n)(:[a*?]{0,2}){4}:[a:/*?]{0,4}";
    let short = "arn(:[a*?]{0,3}){0,4}\\*?";
    let text = prop_oneof![6 => six, 2 => short, 1 => Just("*".to_owned())];
    let value = prop_oneof!["[a*?:/]{1,2}".prop_map(Part::Literal), Just(Part::Open)];
    let tail = prop::collection::vec((value, "[a*?]{0,1}"), 0..2);
    (text, tail).prop_map(|(text, tail)| {
        let mut parts = vec![Part::Text(text.clone())];
        // A variable before part six is a problem, not a set.
        if text.matches(':').count() >= 5 {
            for (value, after) in tail {
                parts.extend([value, Part::Text(after)]);
            }
        }
        Set::Pattern(parts)
    })
}

fn format() -> impl Strategy<Value = Set> {
    let field =
        prop_oneof![Just(Part::Segment), Just(Part::Text("a".to_owned())), Just(Part::Text(String::new()))];
    let rest = prop_oneof![
        Just(Part::Name),
        Just(Part::Open),
        Just(Part::Segment),
        "[a/:]{1,2}".prop_map(Part::Text)
    ];
    (prop::collection::vec(field, 4), prop::collection::vec(rest, 0..4)).prop_map(|(fields, rest)| {
        let mut parts = vec![Part::Text("arn:".to_owned())];
        for field in fields {
            parts.extend([field, Part::Text(":".to_owned())]);
        }
        parts.extend(rest);
        Set::Format(parts)
    })
}

fn set() -> impl Strategy<Value = Set> {
    prop_oneof![4 => pattern(), 1 => format()].prop_recursive(3, 12, 3, |inner| {
        let list = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            list().prop_map(Set::Any),
            list().prop_map(Set::All),
            (inner.clone(), inner.clone())
                .prop_map(|(set, other)| Set::Without(Box::new(set), Box::new(other))),
            inner.clone().prop_map(|set| Set::Not(Box::new(set))),
        ]
    })
}

/// Holds what the arena says of one set to what its patterns say of every short ARN.
fn check_membership(
    sets: &ResourceSets,
    id: ResourceSetId,
    plain: &Set,
    arns: &[String],
) -> Result<(), TestCaseError> {
    for arn in arns {
        prop_assert_eq!(sets.contains(id, arn), plain.holds(Some(arn)), "{}", arn);
    }
    prop_assert_eq!(sets.contains_none(id), plain.holds(None));
    match sets.witness(id)? {
        Some(witness) => {
            prop_assert!(sets.contains(id, &witness) && plain.holds(Some(&witness)), "witness {}", witness);
            prop_assert_eq!(sets.is_empty(id), Ok(false));
        }
        None => {
            prop_assert!(!arns.iter().any(|arn| plain.holds(Some(arn))), "no witness");
            prop_assert_eq!(sets.is_empty(id), Ok(!plain.holds(None)));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sets_hold_what_their_patterns_hold(plain in set()) {
        let sets = ResourceSets::new();
        check_membership(&sets, plain.build(&sets), &plain, &short_arns())?;
    }

    #[test]
    fn operations_agree_with_membership(left in set(), right in set()) {
        let sets = ResourceSets::new();
        let arns = short_arns();
        let (a, b) = (left.build(&sets), right.build(&sets));
        let both = Set::All(vec![left.clone(), right.clone()]);
        let without = Set::Without(Box::new(left.clone()), Box::new(right.clone()));
        check_membership(&sets, sets.meet(a, b), &both, &arns)?;
        check_membership(&sets, sets.union(a, b), &Set::Any(vec![left.clone(), right.clone()]), &arns)?;
        check_membership(&sets, sets.difference(a, b), &without, &arns)?;
        check_membership(&sets, sets.complement(a), &Set::Not(Box::new(left)), &arns)?;
        prop_assert_eq!(sets.overlaps(a, b)?, !sets.is_empty(sets.meet(a, b))?);
        prop_assert_eq!(sets.includes(b, a)?, sets.is_empty(sets.difference(a, b))?);
    }

    #[test]
    fn laws_of_a_boolean_algebra_hold(left in set(), right in set(), third in set()) {
        let sets = ResourceSets::new();
        let (a, b, c) = (left.build(&sets), right.build(&sets), third.build(&sets));
        let not = |set| sets.complement(set);
        prop_assert!(sets.equivalent(not(not(a)), a)?);
        prop_assert_eq!(sets.meet(a, b), sets.meet(b, a));
        prop_assert_eq!(sets.union(a, b), sets.union(b, a));
        prop_assert!(sets.equivalent(not(sets.union(a, b)), sets.meet(not(a), not(b)))?);
        prop_assert!(sets.equivalent(sets.meet(a, sets.union(b, c)), sets.union(sets.meet(a, b), sets.meet(a, c)))?);
        prop_assert!(sets.equivalent(sets.union(a, not(a)), ResourceSets::ALL)?);
        prop_assert!(sets.is_empty(sets.meet(a, not(a)))?);
        prop_assert!(sets.includes(a, sets.meet(a, b))? && sets.includes(sets.union(a, b), a)?);
    }
}
