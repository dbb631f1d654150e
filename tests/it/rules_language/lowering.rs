//! What a program is made of.

use entail::datalog::check::{Severity, TemplatePart};
use entail::datalog::program::{Expression, Fold, LiteralKind, RelationId, Term, Test, VariableId};
use entail::datalog::text::{Type, Value};

use super::checked;

fn program(text: &str) -> entail::datalog::check::Checked {
    match checked(text) {
        Ok(checked) => checked,
        Err(problems) => {
            let shown: Vec<String> = problems.rendered().collect();
            unreachable!("{}", shown.join("\n"))
        }
    }
}

#[test]
fn rules_come_in_strata() {
    let found = program(
        ".decl reaches(from: string, to: string)\n.decl alone(role: string)\n.decl many(n: number)\n\
         many(N) :- N = count { R : alone(R) }.\n\
         alone(R) :- principal(R, role, _), not reaches(_, R).\n\
         reaches(A, B) :- assumes(A, B).\n\
         reaches(A, C) :- reaches(A, B), assumes(B, C).\n",
    );
    let program = &found.program;
    let labels = |stratum: &entail::datalog::program::Stratum| -> Vec<&str> {
        stratum.rules.iter().filter_map(|id| program.rule(*id)).map(|rule| &*rule.label).collect()
    };
    let strata: Vec<_> = program.strata.iter().map(|stratum| (labels(stratum), stratum.recursive)).collect();
    assert_eq!(
        strata,
        [(vec!["reaches #1", "reaches #2"], true), (vec!["alone"], false), (vec!["many"], false)]
    );
    assert!(program.relation_named("tag").is_none(), "what nothing mentions is not there");
}

#[test]
fn literals_are_lowered() {
    let found = program(
        ".decl p(x: string, n: number)\n\
         p(X + \"a\", N) :- assumes(X, Y), not assumes(Y, _), Y != X, N = count { Z : assumes(X, Z) }, \
         length(X) + 1 > N, Q in [\"a\"], Q like \"a*\", X = lower(Q).\n",
    );
    let rule = &found.program.rules[0];
    let kinds: Vec<&LiteralKind> = rule.body.iter().map(|literal| &literal.kind).collect();
    assert!(matches!(kinds[0], LiteralKind::Atom(_)) && matches!(kinds[1], LiteralKind::Absent(_)));
    assert!(matches!(kinds[2], LiteralKind::Test { test: Test::Compare(..), negated: false }));
    let LiteralKind::Aggregate(aggregate) = kinds[3] else { unreachable!("{:?}", kinds[3]) };
    assert_eq!(aggregate.fold, Fold::Count);
    let named = |id: &VariableId| &*rule.variables[id.0 as usize];
    assert_eq!(aggregate.groups.iter().map(named).collect::<Vec<_>>(), ["X"]);
    assert_eq!(aggregate.of.iter().map(named).collect::<Vec<_>>(), ["Z"]);
    assert!(matches!(kinds[5], LiteralKind::Each(Term::Variable(_), Expression::Constant(_))));
    assert!(matches!(kinds[7], LiteralKind::Bind(id, Expression::Call(..)) if named(id) == "X"));
    assert!(matches!(kinds[8], LiteralKind::Bind(_, Expression::Join(..))), "{:?}", kinds[8]);
}

#[test]
fn an_equality_binds_the_side_that_is_open() {
    let found =
        program(".decl p(x: string)\np(X) :- assumes(Y, _), lower(Y) = X.\np(X) :- assumes(Y, _), Y = X.\n");
    for rule in &found.program.rules {
        let LiteralKind::Bind(bound, _) = &rule.body[1].kind else { unreachable!("{rule:?}") };
        assert_eq!(&*rule.variables[bound.0 as usize], "X");
    }
}

#[test]
fn findings_have_keys_and_details() {
    let found = program(
        "/// Why.\n.finding orphan-role(Role) high \"{Role} of {Account}, {{}}\" help \"delete {Role}\" \
         at (Policy, Index) :- principal(Role, role, Account), trust(Role, Policy), \
         statement_at(Policy, Index).\n.finding plain(Role) info \"{Role}\" :- orphan-role(Role).\n",
    );
    let finding = &found.findings[0];
    assert_eq!((finding.severity, finding.keys, finding.statement), (Severity::High, 1, Some((2, 3))));
    assert_eq!(finding.message.parts[0], TemplatePart::Column(0));
    let row = ["r", "a", "p"].map(Value::text).into_iter().chain([Value::Number(3)]).collect::<Vec<_>>();
    assert_eq!(finding.message.fill(&row), "r of a, {}");
    assert_eq!(finding.help.as_ref().map(|help| help.fill(&row)).as_deref(), Some("delete r"));
    let columns = |id: RelationId| -> Vec<(&str, &Type)> {
        let relation = found.program.relation(id).expect("it is there");
        relation.columns.iter().map(|column| (&*column.name, &column.of)).collect()
    };
    assert_eq!(columns(finding.relation), [("role", &Type::String)]);
    assert_eq!(
        columns(finding.details),
        [
            ("role", &Type::String),
            ("account", &Type::String),
            ("policy", &Type::String),
            ("index", &Type::Number)
        ]
    );
    assert_eq!(found.findings[1].relation, found.findings[1].details);
}

#[test]
fn queries_have_a_column_for_each_variable() {
    let found =
        program("?- assumes(\"a\", Role), principal(Role, Kind, _), N = count { X : tag(X, _, Role) }.\n");
    let relation = found.program.relation(found.queries[0].relation).expect("it is there");
    let columns: Vec<_> = relation.columns.iter().map(|column| (&*column.name, &column.of)).collect();
    assert_eq!(columns, [("Role", &Type::String), ("Kind", &Type::Symbol), ("N", &Type::Number)]);
}

#[test]
fn tests_keep_their_facts_to_themselves() {
    let found = program(
        ".decl p(x: string)\np(X) :- can(X, \"a\", _).\n\
         .test \"one\" estate \"x\" { can(\"p\", \"a\", \"r\"). expect p(\"p\"). expect not p(\"q\"). }\n",
    );
    assert!(found.program.facts.is_empty());
    let test = &found.tests[0];
    assert_eq!((&*test.name, test.estate.as_deref()), ("one", Some("x")));
    assert_eq!((test.facts.len(), test.expectations.len()), (1, 2));
    let relation = found.program.relation(test.expectations[1].relation).expect("it is there");
    assert!(relation.columns.is_empty());
}

#[test]
fn columns_on_demand_may_be_bound_by_other_literals() {
    let bodies = [
        "can(P, \"s3:GetObject\", _)",
        "names(_, Actions), A in Actions, can(P, A, _)",
        "can(P, A, _), A = \"s3:\" + B, tag(_, _, B)",
        "principal(P, _, _), not acts(P, \"a\")",
    ];
    for body in bodies {
        program(&format!(".decl p(x: string)\np(P) :- {body}.\n"));
    }
}

#[test]
fn packs_are_imported() {
    let found = program(".import \"entail:escalation\"\n.decl p(x: string)\np(X) :- becomes(X, _).\n");
    assert_eq!((found.roots.len(), found.program.files.len(), found.program.rules.len()), (1, 2, 2));
}
