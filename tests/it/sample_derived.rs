//! Facts, derived relations and answers of the sample organisation, pinned as readable snapshots.

use std::collections::BTreeMap;
use std::fmt::Write;

use entail::answers::{Engine, EngineOptions};
use entail::facts::PrincipalId;
use entail::output::Table;
use entail::output::views::{report_tables, report_view};
use serde_json::{Map, Value};

use crate::acme::{acme, question, rows};
use crate::output::tables::expected;

type Row = Map<String, Value>;

fn engine() -> Engine {
    Engine::new(&acme(), EngineOptions::default())
}

/// As much of a list as a person reads, and how much more there is.
fn some(mut texts: Vec<String>) -> String {
    const MOST: usize = 8;
    texts.sort();
    let more = texts.len().saturating_sub(MOST);
    texts.truncate(MOST);
    let more = if more > 0 { format!(", … {more} more") } else { String::new() };
    texts.join(", ") + &more
}

/// Tables with their numbers resolved.
struct Resolved {
    tables: BTreeMap<&'static str, Vec<Row>>,
}

impl Resolved {
    fn new(tables: &[Table]) -> Self {
        Self { tables: tables.iter().map(|table| (table.name(), expected(table))).collect() }
    }

    fn texts(
        &self,
        table: &str,
        key: &str,
        id: &Value,
        text: impl Fn(&Row) -> Option<String>,
    ) -> Vec<String> {
        self.tables[table].iter().filter(|row| row[key] == *id).filter_map(text).collect()
    }

    fn requests(&self, row: &Row) -> String {
        let of = |row: &Row, column: &str| row[column].as_str().map(str::to_owned);
        let actions = self.texts("action_sets", "action_set", &row["action_set"], |row| of(row, "pattern"));
        let resources = self.texts("resource_sets", "resource_set", &row["resource_set"], |row| {
            of(row, "include").or_else(|| Some(format!("not {}", of(row, "exclude")?)))
        });
        let owners = row.get("owner_set").map(|set| {
            self.texts("owner_sets", "owner_set", set, |row| {
                of(row, "include").or_else(|| Some(format!("not {}", of(row, "exclude")?)))
            })
        });
        let owners = match owners.as_deref() {
            None | Some([]) => String::new(),
            Some([all]) if all == "*" => String::new(),
            Some(list) => format!(" of {}", some(list.to_vec())),
        };
        let when = self.texts("conditions", "condition", &row["condition"], |row| of(row, "text")).join("");
        let when = if row["condition"] == 0 { String::new() } else { format!("\n      if {when}") };
        let statements = self.texts("statement_sets", "statement_set", &row["statement_set"], |row| {
            let statement = &self.tables["statements"][row["statement"].as_u64()? as usize];
            Some(format!("{}#{}", statement["policy"].as_str()?, statement["index"]))
        });
        let by =
            if statements.is_empty() { String::new() } else { format!("\n      by {}", some(statements)) };
        format!("{} on {}{owners}{when}{by}", some(actions), some(resources))
    }
}

#[test]
fn facts_of_the_sample() {
    let engine = engine();
    let facts = engine.facts();
    let mut text = String::new();
    for (index, fact) in facts.principals.iter().enumerate() {
        let held = engine.sides().of(facts, PrincipalId(index as u32));
        let labels = |policies: &[entail::rules::side::Bound]| {
            policies.iter().map(|(policy, _)| facts.policy(*policy).label.to_string()).collect::<Vec<_>>()
        };
        writeln!(
            text,
            "{} ({:?}, {:?}{}{})",
            fact.name,
            fact.kind,
            fact.caller,
            if fact.loaded { "" } else { ", not loaded" },
            if fact.may_act { "" } else { ", suspended" }
        )
        .expect("text");
        for (layer, policies) in [("identity", labels(&held.identity)), ("boundary", labels(&held.boundary))]
        {
            for policy in policies {
                writeln!(text, "    {layer} {policy}").expect("text");
            }
        }
        for level in &*held.scps {
            writeln!(text, "    scp {}", labels(&level.policies).join(" or ")).expect("text");
        }
    }
    insta::assert_snapshot!("acme_facts", text);
}

#[test]
fn permissions_derived_for_the_sample() {
    let engine = engine();
    let everybody: Vec<PrincipalId> = (0..engine.facts().principals.len() as u32).map(PrincipalId).collect();
    let tables = Resolved::new(&report_tables(&engine, &everybody).expect("tables"));
    let mut text = String::new();
    for principal in &tables.tables["principals"] {
        let of = |row: &&Row| row["principal"] == principal["principal"];
        let mut rows: Vec<String> =
            tables.tables["permissions"].iter().filter(of).map(|row| tables.requests(row)).collect();
        rows.sort();
        writeln!(text, "{}", principal["arn"].as_str().unwrap_or_default()).expect("text");
        rows.iter().for_each(|row| writeln!(text, "    {row}").expect("text"));
    }
    insta::assert_snapshot!("acme_permissions", text);

    let mut text = String::new();
    for (table, verb) in [("resource_grants", "grants"), ("resource_denies", "denies")] {
        let mut rows: Vec<String> = tables.tables[table]
            .iter()
            .map(|row| {
                let resource = row["resource"].as_u64().map(|id| &tables.tables["resources"][id as usize]);
                let resource = resource.and_then(|row| row["arn"].as_str()).unwrap_or("RCPs");
                let form = row.get("form").and_then(Value::as_str).unwrap_or("explicitly");
                format!("{resource} {verb} {form} {}", tables.requests(row))
            })
            .collect();
        rows.sort();
        rows.iter().for_each(|row| writeln!(text, "{row}").expect("text"));
    }
    insta::assert_snapshot!("acme_resource_side", text);
}

#[test]
fn answers_of_the_sample() {
    let engine = engine();
    let mut text = String::new();
    for row in rows() {
        let question = question(&row);
        let resource = question.resource.clone().unwrap_or_default();
        write!(text, "{} {} {resource}: ", question.principal, question.action).expect("text");
        match engine.can(&question) {
            Err(error) => writeln!(text, "{error}").expect("text"),
            Ok(answer) => {
                let blocked: Vec<String> =
                    answer.decided.blocked_by.iter().map(|layer| layer.to_string()).collect();
                let conditions = &answer.engine.facts().arena().conditions;
                write!(text, "{}", answer.decided.decision.name()).expect("text");
                if !blocked.is_empty() {
                    write!(text, " by {}", blocked.join(" ")).expect("text");
                }
                let condition = answer.decided.condition;
                if !condition.is_always() && !condition.is_never() {
                    write!(text, " if {}", conditions.text(condition)).expect("text");
                }
                writeln!(text).expect("text");
            }
        }
    }
    insta::assert_snapshot!("acme_answers", text);

    let everybody: Vec<PrincipalId> = (0..engine.facts().principals.len() as u32).map(PrincipalId).collect();
    let report = report_view(&engine, &engine.report(&everybody), None);
    let levels = |value: &Value| {
        let of = |(service, levels): (&String, &Value)| format!("{service}:{levels}").replace('"', "");
        some(value.as_object().into_iter().flatten().map(of).collect())
    };
    let lines: Vec<String> = report
        .principals
        .iter()
        .map(|principal| {
            let mut row = serde_json::to_value(principal).expect("JSON");
            for column in ["services", "conditional", "unknown"] {
                row[column] = levels(&row[column]).into();
            }
            row.to_string()
        })
        .collect();
    insta::assert_snapshot!("acme_report", lines.join("\n"));
}
