//! Derivations of the engine -> facts as rules write them, with the statements behind them.

use super::{shown, text_at};
use crate::cli::evidence::{self, Evidence};
use crate::datalog::engine::{Because as EngineBecause, Derivation, DerivedRow, Given, Premise};
use crate::datalog::program::{Place, Program, RelationId};
use crate::datalog::text::{Value, print};
use crate::output::{Because, WhyFact};

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
            let statements = offer.map(|offer| evidence::behind(&offer.declaration, &row.values, evidence));
            WhyFact { because: Because::Given, statements: statements.unwrap_or_default(), ..fact }
        }
        EngineBecause::Stated(place) => {
            WhyFact { because: Because::Stated, at: shown(program, *place), ..fact }
        }
        EngineBecause::Rule { rule, premises, .. } => {
            let Some(rule) = program.rule(*rule) else { return fact };
            let mut rests_on = Vec::new();
            let mut tests = Vec::new();
            for (premise, literal) in premises.iter().zip(&rule.body) {
                match premise {
                    Premise::Row(at) if rests_on.contains(at) => {}
                    Premise::Row(at) => rests_on.push(*at),
                    Premise::Values => {
                        tests.push(text_at(program, Place { file: rule.place.file, span: literal.span }));
                    }
                }
            }
            WhyFact { because: Because::Rule, at: shown(program, rule.place), rests_on, tests, ..fact }
        }
    }
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
