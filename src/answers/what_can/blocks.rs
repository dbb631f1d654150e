//! Formulas -> `Condition` elements: a block for each way in which a formula can hold.

use super::statement::{Block, Listed};
use crate::catalog::Catalog;
use crate::facts::keys;
use crate::region::condition::{ConditionId, ConditionTree, Conditions, Sat, View};

/// A formula with more ways to hold than this is not written out.
const MOST_WAYS: usize = 64;

/// One way in which a formula can hold.
#[derive(Clone, Default, Debug)]
pub struct Way {
    /// The tests, as a block.
    pub block: Block,
    /// The resources that a test on the request's resource names, as a `Resource` or `NotResource` element.
    pub resources: Option<Listed>,
}

/// The ways that blocks can say, and whether there may be others. A block may say a little else than its way: whoever
/// uses it reads it back.
pub fn ways(conditions: &Conditions, condition: ConditionId) -> Vec<Way> {
    let simple = conditions.simplify(condition);
    let Some(ways) = clauses(conditions, simple) else { return Vec::new() };
    let mut written: Vec<Way> = ways
        .into_iter()
        .filter(|way| *conditions.satisfiable(conditions.and_all(way.iter().copied())) != Sat::No)
        .filter_map(|way| write(conditions, &way))
        .collect();
    written.sort_unstable_by(|a, b| (&a.block, &a.resources).cmp(&(&b.block, &b.resources)));
    written
}

/// Why blocks do not say all of a formula; none if they do.
pub fn unsaid(conditions: &Conditions, condition: ConditionId) -> Option<String> {
    let simple = conditions.simplify(condition);
    let Some(ways) = clauses(conditions, simple) else {
        return Some(format!(
            "its condition holds in more than {MOST_WAYS} ways, of which each takes a statement"
        ));
    };
    let possible =
        |way: &&Vec<ConditionId>| *conditions.satisfiable(conditions.and_all(way.iter().copied())) != Sat::No;
    let unwritten = ways.iter().filter(possible).find(|way| write(conditions, way).is_none())?;
    Some(match unwritten.iter().find(|&&part| write(conditions, &[part]).is_none()) {
        Some(&part) => format!("no condition block says `{}`", conditions.text(part)),
        None => "its condition tests one key in more ways than a block holds".to_owned(),
    })
}

/// The formula as a disjunction of conjunctions, without those that say more than another.
fn clauses(conditions: &Conditions, condition: ConditionId) -> Option<Vec<Vec<ConditionId>>> {
    let mut found: Vec<Vec<ConditionId>> = match conditions.view(condition) {
        View::Always => vec![Vec::new()],
        View::Never => Vec::new(),
        View::All(parts) => {
            let mut all = vec![Vec::new()];
            for part in parts {
                let ways = clauses(conditions, part)?;
                all =
                    all.iter().flat_map(|one| ways.iter().map(move |way| [&one[..], way].concat())).collect();
                if all.len() > MOST_WAYS {
                    return None;
                }
            }
            all
        }
        View::Any(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(clauses(conditions, part)?);
            }
            all
        }
        View::Test { .. } | View::Doubt { .. } | View::Missing { .. } => vec![vec![condition]],
    };
    for clause in &mut found {
        clause.sort_unstable();
        clause.dedup();
    }
    found.sort_by_key(Vec::len);
    let mut kept: Vec<Vec<ConditionId>> = Vec::new();
    for clause in found {
        if !kept.iter().any(|one| one.iter().all(|part| clause.contains(part))) {
            kept.push(clause);
        }
    }
    (kept.len() <= MOST_WAYS).then_some(kept)
}

/// A conjunction as a block; `None` if some part has no words in a policy.
fn write(conditions: &Conditions, parts: &[ConditionId]) -> Option<Way> {
    let mut way = Way::default();
    for &part in parts {
        let (tree, negated) = match conditions.tree(part) {
            ConditionTree::Not { not } => (*not, true),
            tree => (tree, false),
        };
        let ConditionTree::Test { operator, key, values } = tree else { return None };
        if key == keys::RESOURCE && operator == "ResourceLike" && way.resources.is_none() {
            way.resources = Some(if negated { Listed::but(values) } else { Listed::of(values) });
            continue;
        }
        if key.starts_with(keys::PSEUDO) {
            return None;
        }
        let tests = if negated { complement(&operator, &values)? } else { in_words(operator, values) };
        for (operator, values) in tests {
            put(&mut way.block, operator, &key, values)?;
        }
    }
    Some(way)
}

type Test = (String, Vec<String>);

/// A test as policies have it: that a key is absent, an empty value apart, takes two.
fn in_words(operator: String, values: Vec<String>) -> Vec<Test> {
    if operator == "StringEqualsIfExists" && values.is_empty() {
        let value = || vec!["-".to_owned()];
        return vec![(operator, value()), ("StringNotEquals".to_owned(), value())];
    }
    vec![(operator, values)]
}

/// The complement of a test that has no operator of its own for it.
fn complement(operator: &str, values: &[String]) -> Option<Vec<Test>> {
    let (quantifier, name) = match operator.split_once(':') {
        Some((quantifier, name)) => (quantifier, name),
        None => ("", operator),
    };
    let (base, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |base| (base, true));
    let present = || ("StringLike".to_owned(), vec!["*".to_owned()]);
    if base == "StringEquals" && if_exists && values.is_empty() {
        return Some(vec![present()]);
    }
    let opposite = match base {
        "NumericLessThan" => "NumericGreaterThanEquals",
        "NumericLessThanEquals" => "NumericGreaterThan",
        "NumericGreaterThan" => "NumericLessThanEquals",
        "NumericGreaterThanEquals" => "NumericLessThan",
        "DateLessThan" => "DateGreaterThanEquals",
        "DateLessThanEquals" => "DateGreaterThan",
        "DateGreaterThan" => "DateLessThanEquals",
        "DateGreaterThanEquals" => "DateLessThan",
        "Bool" => "Bool",
        _ if if_exists && quantifier.is_empty() => {
            // Present, and none of the values.
            let negated = match base {
                "IpAddress" => "NotIpAddress".to_owned(),
                base => ["String", "Numeric", "Date", "Binary", "Arn"]
                    .iter()
                    .find_map(|family| Some(format!("{family}Not{}", base.strip_prefix(family)?)))?,
            };
            return Some(vec![(negated, values.to_vec()), present()]);
        }
        _ => return None,
    };
    let [value] = values else { return None };
    let value = match (base, value.as_str()) {
        ("Bool", "true") => "false".to_owned(),
        ("Bool", "false") => "true".to_owned(),
        ("Bool", _) => return None,
        (_, value) => value.to_owned(),
    };
    let name = match quantifier {
        "ForAnyValue" => format!("ForAllValues:{opposite}"),
        "ForAllValues" => format!("ForAnyValue:{opposite}"),
        _ if if_exists => opposite.to_owned(),
        _ => format!("{opposite}IfExists"),
    };
    Some(vec![(name, vec![value])])
}

/// Adds a test. A block holds one test of a key for each operator, so that a second one goes under `IfExists`, which
/// says the same beside the first.
fn put(block: &mut Block, operator: String, key: &str, values: Vec<String>) -> Option<()> {
    let key = spelled(key);
    match block.get(&operator).and_then(|keys| keys.get(&key)) {
        None => {
            block.entry(operator).or_default().insert(key, values);
            Some(())
        }
        Some(known) if *known == values => Some(()),
        Some(_) if operator.contains(':') || operator.ends_with("IfExists") || operator == "Null" => None,
        Some(_) => put(block, format!("{operator}IfExists"), &key, values),
    }
}

/// A key in AWS's spelling; the tag at its end stays as it is.
fn spelled(key: &str) -> String {
    let Some(known) = Catalog::embedded().key(key) else { return key.to_owned() };
    match known.name.find("${") {
        None => known.name.to_owned(),
        Some(at) => match (known.name.get(..at), key.get(at..)) {
            (Some(name), Some(rest)) if key.to_lowercase().starts_with(&name.to_lowercase()) => {
                format!("{name}{rest}")
            }
            _ => key.to_owned(),
        },
    }
}
