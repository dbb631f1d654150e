//! `tests/cases/globs.tsv`: pairs of sets, and what must be known about them.

use entail::region::resource::ResourceSets;

use super::naive::{Part, Set};

const TABLE: &str = include_str!("../../cases/globs.tsv");

#[test]
fn pairs_of_sets_relate_as_the_table_says() {
    let rows: Vec<Vec<&str>> =
        TABLE.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect()).collect();
    assert!(rows.len() >= 40, "the table has {} pairs", rows.len());
    for row in rows {
        assert_eq!(row.len(), 5, "columns of {row:?}");
        check_pair(row[0], row[1], row[2], row[3]);
        let mirrored = match row[3] {
            "<" => ">",
            ">" => "<",
            same => same,
        };
        check_pair(row[1], row[0], row[2], mirrored);
    }
}

fn check_pair(left: &str, right: &str, overlap: &str, order: &str) {
    let place = format!("{left}   against   {right}");
    let sets = ResourceSets::new();
    let (plain, other_plain) = (read(left), read(right));
    let (set, other) = (plain.build(&sets), other_plain.build(&sets));
    assert_eq!(sets.overlaps(set, other), Ok(overlap == "yes"), "overlap of {place}");
    assert_eq!(sets.includes(set, other), Ok(matches!(order, ">" | "=")), "{place}: left includes right");
    assert_eq!(sets.includes(other, set), Ok(matches!(order, "<" | "=")), "{place}: right includes left");
    assert_eq!(sets.equivalent(set, other), Ok(order == "="), "{place}: equal");

    let checks = [
        (sets.meet(set, other), true, true),
        (sets.difference(set, other), true, false),
        (sets.difference(other, set), false, true),
    ];
    for (result, in_left, in_right) in checks {
        let witness = sets.witness(result).expect("small automata");
        let empty = sets.is_empty(result).expect("small automata");
        assert_eq!(empty, witness.is_none() && !sets.contains_none(result), "witness of {place}");
        if let Some(arn) = witness {
            assert!(sets.contains(result, &arn), "{arn} of {place}");
            assert_eq!(plain.holds(Some(&arn)), in_left, "{arn} on the left of {place}");
            assert_eq!(other_plain.holds(Some(&arn)), in_right, "{arn} on the right of {place}");
        }
    }
}

/// The sets of the table: `a | b & !c`.
fn read(text: &str) -> Set {
    let member = |text: &str| match text.strip_prefix('!') {
        Some(pattern) => Set::Not(Box::new(pattern_of(pattern))),
        None => pattern_of(text),
    };
    let meet = |text: &str| Set::All(text.split(" & ").map(member).collect());
    Set::Any(text.split(" | ").map(meet).collect())
}

/// A pattern with `${*}` and `${?}` for the literal characters.
fn pattern_of(text: &str) -> Set {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (literal, tail) = after.split_once('}').expect("a closing brace");
        parts.push(Part::Text(before.to_owned()));
        parts.push(Part::Literal(literal.to_owned()));
        rest = tail;
    }
    parts.push(Part::Text(rest.to_owned()));
    Set::Pattern(parts)
}
