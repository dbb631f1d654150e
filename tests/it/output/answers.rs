//! Answers as programs and as people see them.

use std::collections::BTreeMap;

use entail::output::terminal::{Screen, show_can, show_report, show_requests, show_who_can};
use entail::output::{
    AccessLevel, Answer, Assumed, CanAnswer, ConditionTree, ConditionView, DecisionWord, EffectWord, Export,
    KindWord, LayerWord, LineAnswer, PrincipalReport, Remedy, ReportAnswer, RequestView, RowFormat,
    ScenarioErrorView, ScenarioProblem, StatementReference, Step, WhoCanAnswer, WhoCanRow, Why, write_answer,
    write_answer_parquet,
};
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::json;

const WIDE: Screen = Screen { width: Some(120) };
const NARROW: Screen = Screen { width: Some(80) };
const PIPED: Screen = Screen { width: None };

fn test(operator: &str, key: &str, values: &[&str]) -> ConditionTree {
    let values = values.iter().map(|&value| value.to_owned()).collect();
    ConditionTree::Test { operator: operator.to_owned(), key: key.to_owned(), values }
}

fn condition() -> ConditionView {
    let inside = test("StringEquals", "aws:PrincipalOrgID", &["o-1"]);
    let outside = ConditionTree::Not {
        not: Box::new(test("IpAddress", "aws:SourceIp", &["10.0.0.0/8", "192.168.0.0/16"])),
    };
    ConditionView::new(ConditionTree::All { all: vec![inside, outside] })
}

fn statement(effect: EffectWord, layer: LayerWord, sid: Option<&str>) -> StatementReference {
    StatementReference {
        policy: "arn:aws:iam::111122223333:policy/Readers".to_owned(),
        sid: sid.map(str::to_owned),
        index: 1,
        effect,
        layer,
        file: "accounts/111122223333/authorization-details.json".to_owned(),
        line: 14,
        column: 9,
        path: "$.Policies[0].PolicyVersionList[0].Document.Statement[1]".to_owned(),
    }
}

fn assumed() -> Assumed {
    [("aws:SecureTransport".to_owned(), "true".to_owned())].into()
}

fn denied() -> CanAnswer {
    let allow = statement(EffectWord::Allow, LayerWord::Identity, Some("Read"));
    let deny = statement(EffectWord::Deny, LayerWord::Scp, None);
    CanAnswer {
        request: RequestView {
            id: None,
            principal: "arn:aws:iam::111122223333:user/alice".to_owned(),
            action: "s3:GetObject".to_owned(),
            resource: "arn:aws:s3:::logs/a".to_owned(),
        },
        decision: DecisionWord::ExplicitlyDenied,
        layer: Some(LayerWord::Scp),
        blocked_by: vec![LayerWord::Scp],
        refused: None,
        lacking: Vec::new(),
        condition: None,
        allowed_with: None,
        open: Vec::new(),
        statements: vec![deny.clone()],
        missing: vec!["resource policy of arn:aws:s3:::logs".to_owned()],
        assumed: assumed(),
        through: None,
        why: Some(Why {
            steps: vec![
                Step {
                    rule: None,
                    fact: "alice holds Readers".to_owned(),
                    premises: Vec::new(),
                    statements: vec![allow],
                },
                Step {
                    rule: Some("D1".to_owned()),
                    fact: "the request is explicitly denied".to_owned(),
                    premises: vec![0],
                    statements: vec![deny.clone()],
                },
            ],
            remedies: vec![Remedy {
                layer: LayerWord::Scp,
                place: "p-12345678 at ou-1".to_owned(),
                add: None,
                remove: vec![deny],
            }],
        }),
    }
}

fn conditional(id: &str) -> CanAnswer {
    CanAnswer {
        request: RequestView { id: Some(id.to_owned()), ..denied().request },
        decision: DecisionWord::Conditional,
        layer: Some(LayerWord::Identity),
        blocked_by: Vec::new(),
        condition: Some(condition()),
        statements: vec![statement(EffectWord::Allow, LayerWord::Identity, Some("Read"))],
        missing: Vec::new(),
        through: None,
        why: None,
        ..denied()
    }
}

fn who_can(rows: usize) -> WhoCanAnswer {
    let row = |number: usize| WhoCanRow {
        through: Vec::new(),
        through_left_out: 0,
        principal: format!("arn:aws:iam::{:012}:role/service/Reader{number}", number % 3),
        kind: if number.is_multiple_of(7) { KindWord::User } else { KindWord::Role },
        account: Some(format!("{:012}", number % 3)),
        action: "s3:GetObject".to_owned(),
        resource: "arn:aws:s3:::payroll/*".to_owned(),
        decision: if number.is_multiple_of(5) { DecisionWord::Conditional } else { DecisionWord::Allowed },
        condition: (number.is_multiple_of(5)).then(condition),
        statements: vec![statement(EffectWord::Allow, LayerWord::Identity, Some("Read"))],
    };
    let everyone = WhoCanRow { principal: "*".to_owned(), kind: KindWord::Everyone, account: None, ..row(1) };
    WhoCanAnswer {
        unknown: Vec::new(),
        rows: (1..rows).map(row).chain([everyone]).collect(),
        missing: Vec::new(),
        assumed: assumed(),
    }
}

fn report() -> ReportAnswer {
    use AccessLevel::{List, PermissionsManagement, Read, Write};
    let services = |pairs: &[(&str, &[AccessLevel])]| -> BTreeMap<String, Vec<AccessLevel>> {
        pairs.iter().map(|(service, levels)| ((*service).to_owned(), levels.to_vec())).collect()
    };
    let all =
        (0..300).map(|number| (format!("service{number}"), vec![List, Read, Write, PermissionsManagement]));
    let nobody = PrincipalReport {
        arn: "arn:aws:iam::111122223333:user/teams/alice".to_owned(),
        kind: KindWord::User,
        account: Some("111122223333".to_owned()),
        administrator: false,
        effective_administrator: false,
        services: BTreeMap::new(),
        conditional: BTreeMap::new(),
        unknown: BTreeMap::new(),
        limited_by: Vec::new(),
        reaches: Vec::new(),
        through_roles: None,
        notes: Vec::new(),
    };
    let alice = PrincipalReport {
        services: services(&[("s3", &[List, Read]), ("sqs", &[Write])]),
        conditional: services(&[("ec2", &[Write])]),
        unknown: services(&[("kms", &[Read])]),
        limited_by: vec![LayerWord::Boundary, LayerWord::Scp],
        reaches: vec!["222222222222".to_owned(), "333333333333".to_owned()],
        ..nobody.clone()
    };
    let admin = PrincipalReport {
        arn: "arn:aws:iam::111122223333:role/Admin".to_owned(),
        kind: KindWord::Role,
        administrator: true,
        effective_administrator: true,
        services: all.collect(),
        ..nobody.clone()
    };
    let suspended = PrincipalReport {
        arn: "arn:aws:iam::000000000001:root".to_owned(),
        kind: KindWord::Root,
        account: Some("000000000001".to_owned()),
        through_roles: None,
        notes: vec!["account suspended".to_owned()],
        ..nobody
    };
    let export =
        |file: &str, date: &str| Export { account: None, file: file.to_owned(), date: Some(date.to_owned()) };
    ReportAnswer {
        principals: vec![admin, alice, suspended],
        catalog: "2026-01-15".to_owned(),
        exports: vec![export("organization.json", "2026-01-20"), export("accounts/1.json", "2026-01-18")],
        missing: vec!["service control policies of o-2".to_owned()],
        assumed: assumed(),
    }
}

fn shown(show: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    show(&mut out).expect("memory takes everything");
    String::from_utf8(out).expect("UTF-8")
}

fn formatted(answer: &impl Answer, format: RowFormat) -> String {
    shown(|out| write_answer(answer, format, out))
}

#[test]
fn one_decision() {
    insta::assert_snapshot!("can_denied", shown(|out| show_can(&denied(), out)));
    insta::assert_snapshot!("can_conditional", shown(|out| show_can(&conditional("q1"), out)));
    insta::assert_snapshot!("can_json", formatted(&denied(), RowFormat::Json));
    insta::assert_snapshot!(
        "can_csv",
        formatted(&vec![answered(denied()), answered(conditional("q1"))], RowFormat::Csv)
    );
}

fn answered(answer: CanAnswer) -> LineAnswer {
    LineAnswer::Answered(Box::new(answer))
}

#[test]
fn several_decisions() {
    let error = ScenarioProblem {
        message: "no principal is called `bbo`".to_owned(),
        line: 3,
        column: 1,
        path: "$".to_owned(),
    };
    let answers = [
        answered(conditional("q1")),
        answered(CanAnswer { decision: DecisionWord::Allowed, condition: None, ..conditional("q2") }),
        LineAnswer::Refused(ScenarioErrorView { id: "q3".to_owned(), error }),
    ];
    insta::assert_snapshot!("can_many", shown(|out| show_requests(&answers, WIDE, out)));
}

#[test]
fn few_rows_are_listed_and_many_are_grouped_by_account() {
    insta::assert_snapshot!("who_can_few", shown(|out| show_who_can(&who_can(6), false, WIDE, out)));
    insta::assert_snapshot!("who_can_why", shown(|out| show_who_can(&who_can(2), true, WIDE, out)));
    insta::assert_snapshot!("who_can_piped", shown(|out| show_who_can(&who_can(6), false, PIPED, out)));
    insta::assert_snapshot!("who_can_many", shown(|out| show_who_can(&who_can(51), false, WIDE, out)));
    let listed = shown(|out| show_who_can(&who_can(50), false, PIPED, out));
    assert!(listed.contains("Reader49") && listed.contains("50 rows\n"), "{listed}");
    assert_eq!(shown(|out| show_who_can(&WhoCanAnswer::default(), false, WIDE, out)), "nobody\n");
}

#[test]
fn a_report_sums_up_each_principal() {
    insta::assert_snapshot!("report_wide", shown(|out| show_report(&report(), WIDE, out)));
    insta::assert_snapshot!("report_narrow", shown(|out| show_report(&report(), NARROW, out)));
}

#[test]
fn lines_fit_the_screen() {
    for width in [80, 100, 120, 200] {
        let screen = Screen { width: Some(width) };
        let table = shown(|out| show_report(&report(), screen, out));
        for line in table.lines().take_while(|line| !line.is_empty()) {
            assert!(line.chars().count() <= usize::from(width), "{width}: {line}");
        }
    }
}

#[test]
fn json_has_the_documented_shape() {
    let answer = serde_json::to_value(conditional("q1")).expect("JSON");
    assert_eq!(answer["decision"], "Conditional");
    assert_eq!(answer["statements"][0]["layer"], "identity");
    assert_eq!(
        answer["condition"],
        json!({
            "text": "aws:PrincipalOrgID = o-1 and not aws:SourceIp in 10.0.0.0/8 | 192.168.0.0/16",
            "tree": {"all": [
                {"operator": "StringEquals", "key": "aws:PrincipalOrgID", "values": ["o-1"]},
                {"not": {"operator": "IpAddress", "key": "aws:SourceIp", "values": ["10.0.0.0/8", "192.168.0.0/16"]}},
            ]},
        })
    );
    let always = serde_json::to_value(denied()).expect("JSON");
    assert!(always.get("condition").is_none(), "a decision that holds always has no condition");
    let report = serde_json::to_value(report()).expect("JSON");
    assert_eq!(report["principals"][1]["services"], json!({"s3": ["list", "read"], "sqs": ["write"]}));
}

#[test]
fn json_lines_and_csv_have_a_line_for_each_row() {
    let answer = who_can(6);
    let lines = formatted(&answer, RowFormat::JsonLines);
    let rows: Vec<WhoCanRow> = lines.lines().map(|line| serde_json::from_str(line).expect("a row")).collect();
    assert_eq!(rows, answer.rows);
    let whole: WhoCanAnswer = serde_json::from_str(&formatted(&answer, RowFormat::Json)).expect("an answer");
    assert_eq!(whole, answer);
    let csv = formatted(&answer, RowFormat::Csv);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let records: Vec<_> = reader.records().map(|record| record.expect("a row")).collect();
    assert_eq!(records.len(), answer.rows.len());
    insta::assert_snapshot!("report_csv", formatted(&report_without_services(), RowFormat::Csv));
}

fn report_without_services() -> ReportAnswer {
    let mut report = report();
    report.principals.remove(0);
    report
}

#[test]
fn rows_can_be_parquet() {
    let mut file = Vec::new();
    write_answer_parquet("who_can", &who_can(6), &mut file).expect("memory takes everything");
    let reader = SerializedFileReader::new(bytes::Bytes::from(file)).expect("a Parquet file");
    let rows: Vec<_> = reader.get_row_iter(None).expect("rows").map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 6);
    let principals: Vec<_> =
        rows.iter().map(|row| row.get_column_iter().next().expect("a column").1.to_string()).collect();
    assert!(principals.contains(&"\"*\"".to_owned()), "{principals:?}");
}

#[test]
fn conditions_read_like_sentences() {
    let text = |tree| ConditionView::new(tree).text;
    let a = || test("StringLike", "aws:PrincipalArn", &["arn:aws:iam::*:role/a", "arn:aws:iam::*:role/b"]);
    let b = || test("Null", "aws:TokenIssueTime", &["true"]);
    let c = || test("ForAnyValue:StringNotEqualsIfExists", "aws:TagKeys", &["x"]);
    assert_eq!(text(a()), "aws:PrincipalArn like arn:aws:iam::*:role/a | arn:aws:iam::*:role/b");
    assert_eq!(text(b()), "aws:TokenIssueTime is absent");
    assert_eq!(text(test("Null", "aws:TokenIssueTime", &["false"])), "aws:TokenIssueTime is present");
    assert_eq!(text(c()), "any aws:TagKeys != x (if present)");
    assert_eq!(text(test("ForAllValues:StringEquals", "k:k", &[])), "all k:k = nothing");
    let absent = || test("StringEqualsIfExists", "k:k", &[]);
    assert_eq!(text(absent()), "k:k is not given");
    assert_eq!(text(ConditionTree::Not { not: Box::new(absent()) }), "k:k is given");
    let any = || ConditionTree::Any { any: vec![b(), c()] };
    let both = ConditionTree::All { all: vec![any(), ConditionTree::Not { not: Box::new(any()) }] };
    assert_eq!(
        text(both),
        "(aws:TokenIssueTime is absent or any aws:TagKeys != x (if present)) \
         and not (aws:TokenIssueTime is absent or any aws:TagKeys != x (if present))"
    );
    assert_eq!(text(ConditionTree::All { all: Vec::new() }), "always");
    assert_eq!(text(ConditionTree::Any { any: Vec::new() }), "never");
    let unknown = ConditionTree::Unknown { unknown: "resource policy of q".to_owned() };
    assert_eq!(text(ConditionTree::Any { any: vec![unknown] }), "unknown: resource policy of q");
}
