//! How far a statement can be divided: lists of which each entry says something by itself, and what has to stand together.

use super::statement::{Listed, Statement};

/// Two statements that together say the same; none if nothing can be divided. A `Not…` list says what all its entries say, and cannot
/// be halved; nor can values none of which may match, or among which all must be.
pub fn halves(statement: &Statement) -> Option<[Statement; 2]> {
    let size = |entries: &[String]| entries.iter().map(String::len).sum::<usize>();
    let halved = |entries: &[String]| {
        let (first, second) = entries.split_at(entries.len() / 2);
        [first.to_vec(), second.to_vec()]
    };
    let lists = [&statement.actions, &statement.resources].into_iter().enumerate();
    let of_lists = lists
        .filter(|(_, listed)| !listed.not && listed.entries.len() > 1)
        .map(|(place, listed)| (size(&listed.entries), place));
    let values = statement.condition.iter().filter(|(operator, _)| is_any_of(operator));
    let values =
        values.flat_map(|(operator, keys)| keys.iter().map(move |(key, values)| (operator, key, values)));
    let longest = values
        .filter(|(_, _, values)| values.len() > 1)
        .map(|(operator, key, values)| (size(values), operator, key, values))
        .max();
    let listed = of_lists.max_by_key(|(size, place)| (*size, 1 - *place));
    if let Some((values_size, operator, key, values)) = longest
        && listed.is_none_or(|(size, _)| size < values_size)
    {
        return Some(halved(values).map(|values| {
            let mut half = statement.clone();
            half.condition.entry(operator.clone()).or_default().insert(key.clone(), values);
            half
        }));
    }
    let (_, place) = listed?;
    let entries = if place == 0 { &statement.actions.entries } else { &statement.resources.entries };
    Some(halved(entries).map(|entries| {
        let entries = Listed { not: false, entries };
        match place {
            0 => Statement { actions: entries, ..statement.clone() },
            _ => Statement { resources: entries, ..statement.clone() },
        }
    }))
}

/// The shortest statement that dividing leads to: of each list that can be divided its shortest entry.
pub fn least(statement: &Statement) -> Statement {
    let shortest = |entries: &mut Vec<String>| {
        let shortest = entries.iter().min_by_key(|entry| entry.len()).cloned();
        *entries = shortest.into_iter().collect();
    };
    let mut least = statement.clone();
    for listed in [&mut least.actions, &mut least.resources].into_iter().filter(|listed| !listed.not) {
        shortest(&mut listed.entries);
    }
    for (_, keys) in least.condition.iter_mut().filter(|(operator, _)| is_any_of(operator)) {
        keys.values_mut().for_each(shortest);
    }
    least
}

/// What of a statement can't be divided, and is longest, in words.
pub fn undivided(statement: &Statement) -> String {
    let named = |listed: &Listed, name: &str| if listed.not { format!("Not{name}") } else { name.to_owned() };
    let size = |entries: &[String]| entries.iter().map(String::len).sum::<usize>();
    let lists = [(&statement.actions, "Action"), (&statement.resources, "Resource")]
        .map(|(listed, name)| (size(&listed.entries), named(listed, name), listed.entries.len()));
    let values = statement.condition.iter().flat_map(|(operator, keys)| {
        keys.iter().map(move |(key, values)| (size(values), format!("{operator} {key}"), values.len()))
    });
    match lists.into_iter().chain(values).max() {
        Some((_, name, entries @ 2..)) => {
            format!("the {entries} entries of its `{name}` say something together only")
        }
        Some((_, name, _)) => format!("its `{name}` is one entry"),
        None => "it has no lists".to_owned(),
    }
}

/// Whether a test holds where it does for one of its values.
fn is_any_of(operator: &str) -> bool {
    !operator.starts_with("ForAllValues:") && !operator.contains("Not") && operator != "Null"
}
