//! Derivations of the engine -> facts as rules write them, with the statements behind them.

use super::{shown, text_at};
use crate::answers::administrators::SELF_GRANTS;
use crate::catalog::sessions::TAKING_ROLES;
use crate::cli::evidence::{self, Evidence};
use crate::datalog::engine::{
    Because as EngineBecause, Bound, Derivation, DerivedRow, Given, More, Premise, Rows,
};
use crate::datalog::program::{Place, Program, RelationId};
use crate::datalog::text::{Value, print};
use crate::output::{Because, StatementReference, WhyFact};

/// The facts of a derivation, in its order.
pub(super) fn facts(
    program: &Program,
    derivation: &Derivation,
    given: &dyn Given,
    evidence: &mut dyn Evidence,
) -> Vec<WhyFact> {
    derivation.rows.iter().map(|row| fact(program, row, given, evidence)).collect()
}

fn fact(program: &Program, row: &DerivedRow, given: &dyn Given, evidence: &mut dyn Evidence) -> WhyFact {
    let name = program.relation(row.relation).map(|relation| &*relation.name).unwrap_or_default();
    let fact = WhyFact { fact: written(program, row.relation, &row.values), ..WhyFact::default() };
    match &row.because {
        EngineBecause::Given => {
            let offer = given.offers().iter().find(|offer| *offer.declaration.name.value == *name);
            let mut statements = offer
                .map(|offer| evidence::behind(&offer.declaration, &row.values, evidence))
                .unwrap_or_default();
            if statements.is_empty() {
                statements = granted(name, &row.values, given, evidence);
            }
            WhyFact { because: Because::Given, statements, ..fact }
        }
        EngineBecause::Stated(place) => {
            WhyFact { because: Because::Stated, at: shown(program, *place), ..fact }
        }
        EngineBecause::Rule { rule, premises, .. } => {
            let Some(rule) = program.rule(*rule) else { return fact };
            let text = |span| text_at(program, Place { file: rule.place.file, span });
            let mut rests_on: Vec<usize> = Vec::new();
            let mut tests = Vec::new();
            for (premise, literal) in premises.iter().zip(&rule.body) {
                match premise {
                    Premise::Row(at) if rests_on.contains(at) => {}
                    Premise::Row(at) => rests_on.push(*at),
                    Premise::Values => tests.push(text(literal.span)),
                    Premise::Folded { rows, more } => {
                        rests_on.extend(
                            rows.iter().filter(|at| !rests_on.contains(at)).copied().collect::<Vec<_>>(),
                        );
                        let text = text(literal.span);
                        tests.push(match more {
                            More::Tuples(0) => text,
                            More::Tuples(more) => format!("{text}   … and {more} more"),
                            More::AtLeast(more) => format!("{text}   … and {more} more at least"),
                        });
                    }
                }
            }
            WhyFact { because: Because::Rule, at: shown(program, rule.place), rests_on, tests, ..fact }
        }
    }
}

/// The statements that allow what a row says of no single resource, as `granted_by` and `granted_on` tell them.
fn granted(
    relation: &str,
    values: &[Value],
    given: &dyn Given,
    evidence: &mut dyn Evidence,
) -> Vec<StatementReference> {
    let (principal, actions, resource): (_, Vec<Value>, _) = match (relation, values) {
        ("administrator" | "effective_administrator", [principal]) => {
            (principal, SELF_GRANTS.map(Value::text).into(), None)
        }
        ("administrator_but_for_boundary", [principal, _]) => {
            (principal, SELF_GRANTS.map(Value::text).into(), None)
        }
        ("trusts_service" | "trusts_service_if" | "may_trust_service", [role, service, ..]) => {
            (service, TAKING_ROLES.map(Value::text).into(), Some(role))
        }
        ("assumes" | "assumes_if" | "may_assume" | "stranger_assumes", [principal, role, ..]) => {
            (principal, TAKING_ROLES.map(Value::text).into(), Some(role))
        }
        (name, [principal, ..]) if name.starts_with("can_pass_set") => {
            (principal, vec![Value::text("iam:PassRole")], None)
        }
        (name, [principal, action, ..]) if name.starts_with("can_set") || name.starts_with("can_some") => {
            (principal, vec![action.clone()], None)
        }
        _ => return Vec::new(),
    };
    let name = if resource.is_some() { "granted_on" } else { "granted_by" };
    let Some(offer) = given.offers().iter().position(|offer| *offer.declaration.name.value == *name) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for action in &actions {
        let asked: Vec<&Value> = [principal, action].into_iter().chain(resource).collect();
        let mut tuples = Rows::new(asked.len());
        tuples.push(asked.iter().map(|value| (*value).clone()));
        // What can't be told is shown without statements.
        let Ok(rows) = given.rows(offer, &Bound::new((0..asked.len()).collect(), tuples)) else { continue };
        for row in rows.iter() {
            if let [key @ .., Value::Text(policy), Value::Number(index)] = row
                && key.iter().eq(asked.iter().copied())
                && let Ok(index) = u32::try_from(*index)
            {
                found.push((policy.clone(), index));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    let wanted: Vec<(&str, u32)> = found.iter().map(|(policy, index)| (&**policy, *index)).collect();
    evidence.statements(&wanted).into_iter().flatten().collect()
}

/// A row as rules write it.
pub(super) fn written(program: &Program, relation: RelationId, values: &[Value]) -> String {
    let name = program.relation(relation).map(|relation| &*relation.name).unwrap_or_default();
    fact_text(name, values)
}

/// A fact as rules write it, without the full stop.
pub(super) fn fact_text(name: &str, values: &[Value]) -> String {
    let mut text = Vec::new();
    // A vector takes all.
    let _ = print::write_fact(name, values, &mut text);
    String::from_utf8_lossy(&text).trim_end().trim_end_matches('.').to_owned()
}
