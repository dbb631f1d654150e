//! The index over many sets against asking each.

use entail::region::resource::{Padding, Piece, ResourceIndex, ResourceSetId, ResourceSets};
use proptest::prelude::*;

fn pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("*".to_owned()),
        "arn:aws:s3:::[ab]{1,3}(/[ab*]{0,2})?",
        "arn:aws:[ab*]{1,2}:[ab*]{0,1}:[1*]{0,1}:[ab*?]{0,3}",
        "arn:aws:[ab]\\*",
        "arn:aws:logs:\\*:[1*]:log-group:/[ab]{1,2}(:\\*)?",
        "arn:aws:ec2:\\*:1:instance/[ab]?\\*[ab]?",
    ]
}

fn arn() -> impl Strategy<Value = String> {
    prop_oneof![
        "arn:aws:s3:::[ab]{1,3}(/[ab]{0,2})?",
        "arn:aws:[ab]{1,2}:[ab]{0,1}:1?:[ab]{0,3}",
        "arn:aws:logs:a:1:log-group:/[ab]{1,2}(:[ab])?",
        "arn:aws:ec2:a?:1:instance/[ab]{0,3}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_finds_the_sets_that_contain_an_arn(
        lists in prop::collection::vec((prop::collection::vec(pattern(), 1..4), pattern(), 0..4_u8), 1..40),
        arns in prop::collection::vec(arn(), 1..20),
    ) {
        let sets = ResourceSets::new();
        let read = |text: &String| sets.pattern(&[Piece::Text(text)], Padding::PadAlways);
        let mut ids = Vec::new();
        for (list, other, operation) in &lists {
            let entries = list.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            let (set, other) = (sets.union_all(&entries), read(other)?);
            ids.push(match operation {
                0 => sets.complement(set),
                1 => sets.difference(set, other),
                2 => sets.meet(set, other),
                _ => set,
            });
        }
        let index = ResourceIndex::new(&sets, &ids);
        ids.sort_unstable();
        ids.dedup();
        for arn in &arns {
            let expected: Vec<ResourceSetId> = ids.iter().copied().filter(|&id| sets.contains(id, arn)).collect();
            prop_assert_eq!(index.containing(&sets, arn), expected, "{}", arn);
        }
        let with_none: Vec<ResourceSetId> = ids.iter().copied().filter(|&id| sets.contains_none(id)).collect();
        prop_assert_eq!(index.containing_none(), with_none);
    }
}
