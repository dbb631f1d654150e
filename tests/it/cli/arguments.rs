//! Arguments become typed queries, or an error that says what is wrong.

use entail::cli::{Context, Exit, TagFilter};
use entail::output::KindWord;

use super::{allowed, refused};

#[test]
fn action_and_resource_stand_in_any_order() {
    let resource = "arn:aws:s3:::logs/a";
    for targets in [format!("s3:GetObject {resource}"), format!("{resource} s3:GetObject")] {
        let asked = allowed().run(&format!("can estate alice {targets}")).asked;
        let query = asked.can.expect("asked");
        let request = query.requests.first().expect("a request");
        assert_eq!(query.requests.len(), 1);
        assert_eq!((request.principal.as_str(), request.action.as_str()), ("alice", "s3:GetObject"));
        assert_eq!(request.resource.as_deref(), Some(resource));
        assert_eq!(request.id, None);
    }
    let asked = allowed().run("can estate alice s3:ListAllMyBuckets").asked;
    assert_eq!(asked.can.expect("asked").requests[0].resource, None);
    let asked = allowed().run_with(["can", "estate", "alice", "*", "s3:ListAllMyBuckets"]).asked;
    assert_eq!(asked.can.expect("asked").requests[0].resource.as_deref(), Some("*"));
}

#[test]
fn context_keys_collect_their_values_whatever_their_case() {
    let arguments = "can e alice s3:GetObject --context aws:TagKeys=a --context AWS:tagkeys=b=c --context aws:username= \
                     --absent aws:SourceVpce --absent AWS:SOURCEVPCE --resource-account 111122223333 --why";
    let query = allowed().run(arguments).asked.can.expect("asked");
    let expected = Context {
        present: vec![
            ("aws:TagKeys".to_owned(), vec!["a".to_owned(), "b=c".to_owned()]),
            ("aws:username".to_owned(), vec![String::new()]),
        ],
        absent: vec!["aws:SourceVpce".to_owned()],
    };
    assert_eq!(query.requests[0].context, expected);
    assert_eq!(query.requests[0].resource_account.as_deref(), Some("111122223333"));
    assert!(query.why);
}

#[test]
fn time_is_the_clock_unless_now_says_otherwise() {
    let now = |arguments: &str| {
        let options = allowed().run(&format!("report estate {arguments}")).asked.options.expect("asked");
        options.now.to_string()
    };
    assert_eq!(now(""), "2026-02-03T04:05:06Z");
    assert_eq!(now("--now 2025-12-31"), "2025-12-31T00:00:00Z");
    assert_eq!(now("--now 2025-12-31T12:00:00+02:00"), "2025-12-31T10:00:00Z");
}

#[test]
fn assumptions_are_collected() {
    let options = allowed().run("report e --assume nothing --assume U-40=match --jobs 3").asked;
    assert_eq!(options.threads, 3);
    let options = options.options.expect("asked");
    assert!(options.assume.nothing);
    assert_eq!(options.assume.readings, [("U-40".to_owned(), "match".to_owned())].into());
    assert_eq!(options.jobs.map(std::num::NonZero::get), Some(3));
}

#[test]
fn lists_are_narrowed() {
    let arguments = "who-can e s3:GetObject s3:Put* arn:aws:s3:::b/* --account 111122223333 --account 444455556666 \
                     --ou ou-1 --kind role --kind identity-provider --service s3 --tag team=a=b --tag owner \
                     --exclude service-linked";
    let query = allowed().run(arguments).asked.who_can.expect("asked");
    assert_eq!(query.actions, ["s3:GetObject", "s3:Put*"]);
    assert_eq!(query.resource.as_deref(), Some("arn:aws:s3:::b/*"));
    let narrowing = query.narrowing;
    assert_eq!(narrowing.accounts, ["111122223333", "444455556666"]);
    assert_eq!(narrowing.organizational_units, ["ou-1"]);
    assert_eq!(narrowing.kinds, [KindWord::Role, KindWord::IdentityProvider]);
    assert_eq!(narrowing.services, ["s3"]);
    let tag =
        |key: &str, value: Option<&str>| TagFilter { key: key.to_owned(), value: value.map(str::to_owned) };
    assert_eq!(narrowing.tags, [tag("team", Some("a=b")), tag("owner", None)]);
    assert!(narrowing.without_service_linked);
    let query = allowed().run("report e --principal *:role/ci-*").asked.report.expect("asked");
    assert_eq!(query.principal.as_deref(), Some("*:role/ci-*"));
}

#[test]
fn a_resource_alone_asks_for_all_its_actions() {
    let query = allowed().run("who-can e arn:aws:s3:::b").asked.who_can.expect("asked");
    assert_eq!(query.actions, [""; 0]);
}

#[test]
fn wrong_usage_is_explained() {
    let cases = [
        ("", "Usage: entail"),
        ("frobnicate", "unrecognized subcommand"),
        ("can estate", "required"),
        ("can estate alice", "required"),
        ("can estate alice arn:aws:s3:::b", "no action was given"),
        ("can estate alice s3:GetObject s3:PutObject", "two actions were given"),
        ("can estate alice arn:aws:s3:::b arn:aws:s3:::c", "two resources were given"),
        ("can estate alice s3:Get*", "`s3:Get*` is a pattern"),
        ("can estate alice GetObject", "neither an action (`service:Name`) nor a resource"),
        ("can estate alice s3:", "neither an action"),
        ("can estate arn:aws:iam s3:GetObject", "an ARN has six parts"),
        ("can estate alice s3:GetObject arn:aws:s3:b", "an ARN has six parts"),
        ("can estate alice s3:GetObject --requests f.jsonl", "cannot be used with"),
        ("can estate alice s3:GetObject --context SourceIp=1", "a context key has the form"),
        ("can estate alice s3:GetObject --context aws:SourceIp", "expected `KEY=VALUE`"),
        (
            "can estate alice s3:GetObject --context aws:a=1 --absent AWS:A",
            "both a `--context` and an `--absent` key",
        ),
        ("can estate alice s3:GetObject --resource-account 1234", "an account id has 12 digits"),
        ("can estate alice s3:GetObject --now yesterday", "expected a date"),
        ("can estate alice s3:GetObject --now 2026-01-31T12:00:00", "expected an instant with its zone"),
        ("can estate alice s3:GetObject --now 2026-02-30", "expected a date"),
        ("can estate alice s3:GetObject --assume U-4=match", "expected `nothing`"),
        ("can estate alice s3:GetObject --assume U-40", "expected `nothing`"),
        ("can estate alice s3:GetObject --assume U-40=a --assume U-40=b", "reads U-40 in two ways"),
        (
            "can estate alice s3:GetObject --assume U-77=a",
            "has no reading `a`; it has `bypassed`, `limited`, `open`",
        ),
        ("can estate alice s3:GetObject --assume U-01=match", "these are: U-12, U-13"),
        ("simulate scenarios.jsonl --assume nothing", "expected a reading of an open question"),
        (
            "can estate alice s3:GetObject --assume nothing --now 2026-01-31",
            "`--assume nothing` assumes none",
        ),
        ("can estate alice s3:GetObject --jobs 0", "0"),
        ("can estate alice s3:GetObject --format parquet", "`--format parquet` needs `--out`"),
        ("can estate alice s3:GetObject --format xml", "possible values"),
        ("who-can estate", "required"),
        ("who-can estate arn:aws:s3:::b arn:aws:s3:::c", "two resources were given"),
        ("report estate --kind roles", "expected one of user, role"),
        ("report estate --account acme", "an account id has 12 digits"),
        ("report estate --service s3:Get", "expected the prefix"),
        ("report estate --service nosuchservice", "no service has the prefix `nosuchservice`"),
        ("who-can estate s3:GetObject --service s4", "did you mean `s3`?"),
        ("report estate --service s3 --out never-made", "`--service` narrows the summary"),
        ("report estate --tag =x", "expected `KEY=VALUE` or `KEY`"),
        ("report estate --exclude roles", "possible values"),
        ("report estate --format parquet", "`--format parquet` needs `--out`"),
        ("report estate --format json --out never-made", "one value"),
        ("report estate --format table --out never-made", "for people"),
        ("report estate --out /nowhere/at/all", "`/nowhere/at` does not exist"),
        ("report estate --out /", "does not name"),
    ];
    for (arguments, expected) in cases {
        let err = refused(arguments);
        assert!(err.contains(expected), "`{arguments}` should say `{expected}` and says:\n{err}");
    }
}

#[test]
fn facts_asks_for_relations() {
    let ran = allowed().run("facts e --relation member --relation account --principal *bob");
    assert_eq!(ran.exit, Exit::Clean, "{}", ran.err);
    let query = ran.asked.facts.expect("facts were asked for");
    assert_eq!((query.relations, query.of.principal.as_deref()), (vec!["account", "member"], Some("*bob")));
    let ran = allowed().run("facts e --relation member --format csv");
    assert_eq!(ran.out, "user,group\nalice,\"readers, all\"\n");
    let narrowed = allowed().run("facts e --derived --kind user --account 444455556666 --tag team=red");
    let query = narrowed.asked.facts.expect("facts were asked for");
    assert_eq!((query.of.narrowing.kinds, query.of.narrowing.tags.len()), (vec![KindWord::User], 1));
    assert!(
        query.relations.contains(&"permitted") && !query.relations.contains(&"route"),
        "{:?}",
        query.relations
    );
    assert!(refused("facts e --service s3").contains("facts hold sets of them"));
    assert!(refused("facts --as-rules p.json --kind user").contains("cannot be used with"));
    assert!(refused("facts e --relation membr").contains("did you mean `member`?"));
}

#[test]
fn what_has_no_place_is_refused() {
    let error = refused("can e --requests q.jsonl --why");
    assert!(error.contains("no place for what `--why` says"), "{error}");
    let error = refused("fmt - --redact");
    assert!(error.contains("`--redact` has no place there"), "{error}");
}
