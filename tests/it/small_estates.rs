//! Small estates with questions whose answers follow from a rule: `tests/cases/estates/questions.jsonl`.

use std::collections::BTreeSet;
use std::fs;

use entail::answers::{Engine, EngineOptions, Question, Reverse, Unknown};
use entail::estate::{Estate, LoadOptions};
use entail::facts::PrincipalId;
use entail::output::views::can_view;
use entail::output::{LayerWord, Remedy};
use entail::rules::decision::Decision;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::both::{Ask, Judges, Verdict};
use crate::everybody::{engine_for, rows_are_all_callers};

pub fn written(files: &Value) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, content) in files.as_object().expect("files by path") {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
        fs::write(path, content.to_string()).expect("the file is written");
    }
    folder
}

/// The small estates with their questions.
pub fn cases() -> impl Iterator<Item = Value> {
    let text = include_str!("../cases/estates/questions.jsonl");
    text.lines().map(|line| serde_json::from_str(line).expect("a case is JSON"))
}

pub fn ask(row: &Value) -> Ask {
    let field = |name: &str| row[name].as_str().unwrap_or_default();
    let mut ask = Ask::new(field("principal"), field("action"), field("resource"));
    for (key, values) in row["context"].as_object().into_iter().flatten() {
        let values = values.as_array().into_iter().flatten().filter_map(Value::as_str);
        ask.context.insert(key.to_lowercase(), values.map(str::to_owned).collect());
    }
    ask
}

/// A role with some statements, and a bucket with others.
pub fn role_and_bucket(identity: &[Value], bucket: &[Value]) -> Engine {
    let role = json!({"RoleName": "r", "RoleId": "AROARRRRRRRRRRRRRRRRR", "Path": "/",
        "Arn": "arn:aws:iam::111111111111:role/r", "AttachedManagedPolicies": [], "Tags": [],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": identity}}]});
    let bucket = json!({"Arn": "arn:aws:s3:::b", "Account": "111111111111", "Tags": {},
        "Policy": {"Version": "2012-10-17", "Statement": bucket}, "Settings": {"ObjectOwnership": "BucketOwnerEnforced"}});
    let folder = written(&json!({
        "accounts/111111111111/authorization-details.json":
            {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []},
        "accounts/111111111111/resource-policies.json": [bucket],
    }));
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    Engine::new(&estate, EngineOptions::default())
}

/// S-PRN-11, S-KMS-06: a grant to the unique id of a role that was deleted is none to anybody who is known, and no grants are no
/// mistake.
#[test]
fn grants_to_somebody_gone_are_read() {
    let grants = |grants: Value| {
        let key = json!({"Arn": "arn:aws:kms:us-east-1:111111111111:key/k", "Account": "111111111111", "Tags": {},
            "Settings": {"Grants": grants}, "Policy": {"Version": "2012-10-17", "Statement": []}});
        let folder = written(&json!({
            "accounts/111111111111/authorization-details.json":
                {"UserDetailList": [{"UserName": "u", "UserId": "AIDAUUUUUUUUUUUUUUUUU", "Path": "/", "Tags": [],
                    "Arn": "arn:aws:iam::111111111111:user/u", "GroupList": [], "AttachedManagedPolicies": []}],
                 "GroupDetailList": [], "RoleDetailList": [], "Policies": []},
            "accounts/111111111111/resource-policies.json": [key],
        }));
        let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
        let engine = Engine::new(&estate, EngineOptions::default());
        let key = "arn:aws:kms:us-east-1:111111111111:key/k";
        let question = Question::new("arn:aws:iam::111111111111:user/u", "kms:Decrypt", key);
        let decided = engine.can(&question).expect("an answer").decided.decision;
        let listed =
            engine.facts().policies.iter().filter(|policy| policy.label.to_string().starts_with("grants"));
        let read = listed.filter_map(|policy| Some(engine.facts().document(policy.document?)));
        (decided, read.map(|parsed| parsed.document().has_errors()).collect::<Vec<_>>())
    };
    let gone = json!([{"GranteePrincipal": "AROAGONEGONEGONEGONEG", "Operations": ["Decrypt"]}]);
    let known = json!([{"GranteePrincipal": "AIDAUUUUUUUUUUUUUUUUU", "Operations": ["Decrypt"]}]);
    assert_eq!(grants(gone), (Decision::ImplicitlyDenied, vec![false]));
    assert_eq!(grants(known), (Decision::Allowed, vec![false]));
}

/// What `can --why` says would change a denial changes it, and less does not.
#[test]
fn remedies_change_denials() {
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"});
    let question = Question::new("arn:aws:iam::111111111111:role/r", "s3:GetObject", "arn:aws:s3:::b/k");
    let decide = |engine: &Engine| engine.can(&question).expect("an answer").decided.decision;
    let engine = role_and_bucket(&[], std::slice::from_ref(&deny));
    let why = can_view(&engine.can(&question).expect("an answer"), None, true).why.expect("a proof");
    let [identity, resource] = why.remedies.as_slice() else { unreachable!("two layers stop it: {why:?}") };
    let add = identity.add.clone().expect("a statement to add");
    assert_eq!((identity.layer, resource.layer), (LayerWord::Identity, LayerWord::Resource));
    assert_eq!((resource.add.as_ref(), resource.remove[0].index), (None, 0));
    assert_eq!(decide(&role_and_bucket(std::slice::from_ref(&add), &[])), Decision::Allowed);
    assert_eq!(decide(&role_and_bucket(&[add], &[deny])), Decision::ExplicitlyDenied);
    assert_eq!(decide(&role_and_bucket(&[], &[])), Decision::ImplicitlyDenied);
}

/// S-TRUST-09, S-TRUST-10: where a call lacks only what it needs besides, this is what is said to be lacking, and what to add.
#[test]
fn remedies_name_what_a_call_needs_besides() {
    const ROLE: &str = "arn:aws:iam::111111111111:role/taken";
    let taken = |trust: &[Value]| {
        let user = json!({"UserName": "u", "UserId": "AIDAUUUUUUUUUUUUUUUUU", "Path": "/", "Tags": [],
            "Arn": "arn:aws:iam::111111111111:user/u", "GroupList": [], "AttachedManagedPolicies": []});
        let role = json!({"RoleName": "taken", "RoleId": "AROARRRRRRRRRRRRRRRRR", "Path": "/", "Arn": ROLE, "Tags": [],
            "AttachedManagedPolicies": [], "RolePolicyList": [],
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": trust}});
        let folder = written(&json!({"accounts/111111111111/authorization-details.json":
            {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}}));
        let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
        Engine::new(&estate, EngineOptions::default())
    };
    let trust =
        |principal: Value| json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    let user = "arn:aws:iam::111111111111:user/u";
    let service = "pods.eks.amazonaws.com";
    let tags = [("aws:TagKeys", "team"), ("aws:RequestTag/team", "red")];
    let of = |principal: &str, context: &[(&str, &str)]| {
        let mut question = Question::new(principal, "sts:AssumeRole", ROLE);
        context.iter().for_each(|(key, value)| question.context.add(key, value));
        question
    };
    for (question, principal, lacking) in [
        (of(user, &tags), json!({"AWS": user}), vec!["sts:TagSession"]),
        (of(user, &[("sts:SourceIdentity", "me")]), json!({"AWS": user}), vec!["sts:SetSourceIdentity"]),
        (of(service, &[]), json!({"Service": service}), vec!["sts:TagSession"]),
        (of(user, &[]), json!({"AWS": user}), vec![]),
    ] {
        let engine = taken(&[trust(principal.clone())]);
        let answer = engine.can(&question).expect("an answer");
        let view = can_view(&answer, None, true);
        assert_eq!(view.lacking, lacking, "{principal}");
        let why = view.why.expect("a proof");
        assert_eq!(why.remedies.len(), lacking.len());
        for (remedy, action) in why.remedies.iter().zip(lacking) {
            let add = remedy.add.clone().expect("a statement to add");
            assert_eq!((&add["Action"], &add["Principal"]), (&json!(action), &principal));
            let says = format!("resource does not allow {action}, which the call needs besides");
            assert!(why.steps.iter().any(|step| step.fact == says), "{:?}", why.steps);
            let after = taken(&[trust(principal.clone()), add]);
            assert_eq!(after.can(&question).expect("an answer").decided.decision, Decision::Allowed);
        }
    }
    // Where the call itself is stopped, all of it has to be added.
    let engine = taken(&[trust(json!({"Service": "ec2.amazonaws.com"}))]);
    let question = of(service, &[]);
    let why = can_view(&engine.can(&question).expect("an answer"), None, true).why.expect("a proof");
    let add = why.remedies[0].add.clone().expect("a statement to add");
    assert_eq!(add["Action"], json!(["sts:AssumeRole", "sts:TagSession"]));
    assert_eq!(taken(&[add]).can(&question).expect("an answer").decided.decision, Decision::Allowed);
}

/// A `*` in the resource of a question is a character of its name, and that is said.
#[test]
fn wildcards_in_questions_are_characters() {
    let allow = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/a-*"});
    let engine = role_and_bucket(&[allow], &[]);
    let asked = |resource: &str| {
        let question = Question::new("arn:aws:iam::111111111111:role/r", "s3:GetObject", resource);
        let answer = engine.can(&question).expect("an answer");
        (answer.decided.decision, answer.warnings.iter().any(|text| text.contains("ordinary characters")))
    };
    assert_eq!(asked("arn:aws:s3:::b/a-*"), (Decision::Allowed, true));
    assert_eq!(asked("arn:aws:s3:::b/*"), (Decision::ImplicitlyDenied, true));
    assert_eq!(asked("arn:aws:s3:::b/a-1"), (Decision::Allowed, false));
}

/// S-VAR-01, S-VAR-03: what looks like a variable or a wildcard in a name is written so that it is neither.
#[test]
fn remedies_mean_the_resource_alone() {
    for (name, written) in [("k${x}", "k${$}{x}"), ("k*", "k${*}"), ("k?$", "k${?}$")] {
        let resource = format!("arn:aws:s3:::b/{name}");
        let question = Question::new("arn:aws:iam::111111111111:role/r", "s3:GetObject", &resource);
        let engine = role_and_bucket(&[], &[]);
        let answer = engine.can(&question).expect("an answer");
        let why = can_view(&answer, None, true).why.expect("a proof");
        let add = why.remedies[0].add.clone().expect("a statement to add");
        assert_eq!(add["Resource"], format!("arn:aws:s3:::b/{written}"));
        let after = role_and_bucket(&[add], &[]);
        assert_eq!(after.can(&question).expect("an answer").decided.decision, Decision::Allowed, "{name}");
    }
}

/// What is said to change a denial says where: the bucket of an object, the setting that refuses. Nothing changes what a
/// suspended account is refused.
#[test]
fn remedies_say_where() {
    let details = |account: &str| {
        json!({"UserDetailList": [{"UserName": "u", "UserId": format!("AIDA{account}AAAAA"), "Path": "/",
            "Arn": format!("arn:aws:iam::{account}:user/u"), "GroupList": [], "AttachedManagedPolicies": [], "Tags": []}],
            "GroupDetailList": [], "RoleDetailList": [], "Policies": []})
    };
    let bucket = |name: &str, policy: Value, restrict: bool| {
        let block = json!({"BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false,
            "RestrictPublicBuckets": restrict});
        json!({"Arn": format!("arn:aws:s3:::{name}"), "Account": "111111111111", "Tags": {}, "Policy": policy,
            "Settings": {"ObjectOwnership": "BucketOwnerEnforced", "PublicAccessBlock": block}})
    };
    let public = json!({"Version": "2012-10-17", "Statement":
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::open/*"}});
    let deny = |sid: &str| json!({"Sid": sid, "Effect": "Deny", "Action": "sqs:*", "Resource": "*"});
    let scp = |id: &str, statement: Value, target: &str| {
        json!({"Id": id, "Name": id, "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": false, "Targets": [target],
            "Content": {"Version": "2012-10-17", "Statement": statement}})
    };
    let account = |id: &str, status: &str| json!({"Id": id, "Name": id, "ParentId": "r-1", "Status": status, "Tags": []});
    let folder = written(&json!({
        "organization.json": {
            "Organization": {"Id": "o-1", "MasterAccountId": "999999999999"},
            "Roots": [{"Id": "r-1", "Name": "Root", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
            "OrganizationalUnits": [],
            "Accounts": [account("111111111111", "ACTIVE"), account("222222222222", "SUSPENDED"), account("999999999999", "ACTIVE")],
            "Policies": [scp("p-full", json!({"Effect": "Allow", "Action": "*", "Resource": "*"}), "r-1"),
                scp("p-deny", deny("NoQueues"), "r-1")],
        },
        "accounts/111111111111/authorization-details.json": details("111111111111"),
        "accounts/222222222222/authorization-details.json": details("222222222222"),
        "accounts/111111111111/account.json": {"PublicAccessBlock": null},
        "accounts/111111111111/resource-policies.json": [bucket("open", public, true), bucket("bare", Value::Null, false)],
    }));
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    let engine = Engine::new(&estate, EngineOptions::default());
    let remedies = |principal: &str, action: &str, resource: &str| {
        let answer = engine.can(&Question::new(principal, action, resource)).expect("an answer");
        assert!(!answer.decided.decision.may_be_allowed(), "{principal} {action} {resource}");
        can_view(&answer, None, true).why.expect("a proof").remedies
    };
    let place = |layer: LayerWord, of: &[Remedy]| {
        of.iter().find(|remedy| remedy.layer == layer).map(|remedy| remedy.place.clone()).unwrap_or_default()
    };
    let user = "arn:aws:iam::111111111111:user/u";
    let bare = remedies("anonymous", "s3:GetObject", "arn:aws:s3:::bare/k");
    assert_eq!(place(LayerWord::Resource, &bare), "a policy of arn:aws:s3:::bare");
    let open = remedies("anonymous", "s3:GetObject", "arn:aws:s3:::open/k");
    let block = place(LayerWord::S3BlockPublicAccess, &open);
    assert!(block.contains("RestrictPublicBuckets") && block.contains("arn:aws:s3:::open "), "{block}");
    let queue = remedies(user, "sqs:SendMessage", "arn:aws:sqs:us-east-1:111111111111:q");
    assert_eq!(place(LayerWord::Scp, &queue), "the SCPs on the way to account 111111111111");
    assert_eq!(remedies("arn:aws:iam::222222222222:root", "sqs:ListQueues", "*"), []);
}

#[test]
fn small_estates_answer_as_the_rules_say() {
    let mut wrong = Vec::new();
    for case in cases() {
        let folder = written(&case["estate"]);
        let judges = Judges::load(folder.path());
        for row in case["requests"].as_array().expect("requests") {
            let ask = ask(row);
            let expected = match row["expected"].as_str().expect("what is expected") {
                "Conditional" | "Unknown" => Verdict::Open,
                "Denied" => Verdict::Denied,
                word => {
                    let layers = row["blocked_by"].as_array().into_iter().flatten().filter_map(Value::as_str);
                    Verdict::definite(word, layers)
                }
            };
            wrong.extend(judges.not_named(&ask, row).map(|what| format!("{} {ask}: {what}", case["id"])));
            for (who, answer) in [("engine", judges.of_engine(&ask)), ("oracle", judges.of_oracle(&ask))] {
                if answer.as_ref() != Ok(&expected) {
                    wrong.push(format!("{} {who}: {ask}: {answer:?}, expected {expected:?}", case["id"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// S-EVAL-11: where nobody knows how a type combines with policies, that is named as what could let others in.
#[test]
fn who_can_names_what_is_not_known_of_a_type() {
    let api = "arn:aws:apigateway:us-east-1::/restapis/abc";
    let user = |account: &str| {
        json!({"UserDetailList": [{"UserName": "u", "UserId": format!("AIDA{account}AAAAA"), "Path": "/",
            "Arn": format!("arn:aws:iam::{account}:user/u"), "GroupList": [], "AttachedManagedPolicies": [], "Tags": [],
            "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement":
                {"Effect": "Allow", "Action": "apigateway:*", "Resource": "*"}}}]}],
            "GroupDetailList": [], "RoleDetailList": [], "Policies": []})
    };
    let folder = written(&json!({
        "accounts/111111111111/authorization-details.json": user("111111111111"),
        "accounts/222222222222/authorization-details.json": user("222222222222"),
        "accounts/111111111111/resource-policies.json":
            [{"Arn": api, "Account": "111111111111", "Tags": {}, "Policy": null}],
    }));
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    let engine = Engine::new(&estate, EngineOptions::default());
    let ask = Ask::new("", "apigateway:GET", api);
    let small = engine_for(&engine, [ask.action.clone()]);
    assert_eq!(rows_are_all_callers(&engine, &small, &ask), Ok(()));
    let question = Reverse {
        action: ask.action.clone(),
        resource: Some(api.to_owned()),
        unknown: Unknown::Counted,
        ..Reverse::default()
    };
    let found = engine.who_can(&question).expect("an answer");
    let names = |ids: &[PrincipalId]| -> Vec<String> {
        ids.iter().map(|id| engine.facts().principal(*id).name.to_string()).collect()
    };
    let rows: Vec<PrincipalId> = found.rows.iter().map(|row| row.principal).collect();
    assert_eq!(names(&rows), ["arn:aws:iam::111111111111:root", "arn:aws:iam::111111111111:user/u"]);
    assert_eq!(names(&found.unknown), ["arn:aws:iam::222222222222:root", "arn:aws:iam::222222222222:user/u"]);
    assert!(found.missing.contains(&format!("governing row of {api}")), "{:?}", found.missing);
}

/// Everybody in the same small estates is asked about what somebody is asked about there.
#[test]
fn who_can_lists_whom_can_lets_in_on_small_estates() {
    let mut wrong = Vec::new();
    for case in cases() {
        let folder = written(&case["estate"]);
        let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
        let engine = Engine::new(&estate, EngineOptions::default());
        let asks: BTreeSet<Ask> = case["requests"]
            .as_array()
            .expect("requests")
            .iter()
            .map(|row| Ask { principal: String::new(), ..ask(row) })
            .collect();
        let small = engine_for(&engine, asks.iter().map(|ask| ask.action.clone()));
        let differs = asks.iter().filter_map(|ask| rows_are_all_callers(&engine, &small, ask).err());
        wrong.extend(differs.map(|what| format!("{}: {what}", case["id"])));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A bucket that is open to everybody under a condition, and who may read it besides its own account.
fn outsiders(condition: &Value) -> Vec<(String, Decision)> {
    let allow = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*",
        "Condition": condition});
    let engine = role_and_bucket(&[], &[allow]);
    let question = Reverse {
        action: "s3:GetObject".to_owned(),
        resource: Some("arn:aws:s3:::b/k".to_owned()),
        ..Reverse::default()
    };
    let found = engine.who_can(&question).expect("an answer");
    let named = found
        .rows
        .iter()
        .map(|row| (engine.facts().principal(row.principal).name.to_string(), row.decided.decision));
    named.filter(|(name, _)| !name.contains(":111111111111:")).collect()
}

/// S-XACC-15, S-KEY-21, S-PRN-01: whom a condition names is a caller as much as whom a principal names.
#[test]
fn conditions_name_callers() {
    let service = || [("lambda.amazonaws.com".to_owned(), Decision::Allowed)];
    assert_eq!(
        outsiders(&json!({"StringEquals": {"aws:PrincipalServiceName": "lambda.amazonaws.com"}})),
        service()
    );
    let among =
        json!({"ForAnyValue:StringEquals": {"aws:principalservicenameslist": "lambda.amazonaws.com"}});
    assert_eq!(
        outsiders(&among).into_iter().map(|(name, _)| name).collect::<Vec<_>>(),
        ["lambda.amazonaws.com"]
    );
    let account = outsiders(&json!({"StringEquals": {"aws:PrincipalAccount": ["999999999999"]}}));
    assert_eq!(account, [("999999999999".to_owned(), Decision::Unknown)]);
    // S-KEY-01, S-TRI-09: nobody with credentials is anonymous, and nobody has the id of somebody else.
    for (key, values) in [
        ("aws:PrincipalType", json!("Anonymous")),
        ("aws:userid", json!(["222222222222", "AROARRRRRRRRRRRRRRRRR:s1"])),
    ] {
        let both = json!({"StringEquals": {"aws:PrincipalAccount": "999999999999", key: values}});
        assert_eq!(outsiders(&both), [], "{key}");
    }
    let role = "arn:aws:iam::999999999999:role/r";
    let by_arn = outsiders(&json!({"ArnLike": {"aws:PrincipalArn": role}}));
    assert_eq!(by_arn, [(role.to_owned(), Decision::Unknown)]);
    // Nobody is named by a pattern, or by who is left out.
    assert_eq!(outsiders(&json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::999999999999:role/*"}})), []);
    let anonymous = outsiders(&json!({"StringNotEquals": {"aws:PrincipalAccount": "999999999999"}}));
    assert_eq!(anonymous.into_iter().map(|(name, _)| name).collect::<Vec<_>>(), ["anonymous"]);
}

/// What `can --why` suggests for an identity provider trusts nobody without a claim (S-TRUST-08).
#[test]
fn remedies_for_providers_ask_for_claims() {
    let engine = role_and_bucket(&[], &[]);
    let account = "arn:aws:iam::111111111111";
    for (provider, action, claims) in [
        (
            "oidc-provider/token.actions.githubusercontent.com",
            "sts:AssumeRoleWithWebIdentity",
            vec!["token.actions.githubusercontent.com:aud", "token.actions.githubusercontent.com:sub"],
        ),
        ("saml-provider/P", "sts:AssumeRoleWithSAML", vec!["SAML:aud"]),
    ] {
        let question = Question::new(&format!("{account}:{provider}"), action, &format!("{account}:role/r"));
        let answer = engine.can(&question).expect("an answer");
        let why = can_view(&answer, None, true).why.expect("a proof");
        let add = why.remedies.iter().find_map(|remedy| remedy.add.clone()).expect("a statement");
        let asked = add["Condition"]["StringEquals"].as_object().expect("claims");
        assert_eq!(asked.keys().map(String::as_str).collect::<Vec<_>>(), claims);
    }
}

/// S-PRN-14 to S-PRN-16, S-VAR-02: what is malformed names nobody, in whichever way everybody is looked for.
#[test]
fn malformed_principals_are_nobody() {
    let case = cases().find(|case| case["id"] == "estate-malformed-principals").expect("the case");
    let folder = written(&case["estate"]);
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    let engine = Engine::new(&estate, EngineOptions::default());
    let mut names: Vec<&str> = engine.facts().principals.iter().map(|fact| &*fact.name).collect();
    names.sort_unstable();
    let known = [
        "anonymous",
        "arn:aws:iam::111111111111:root",
        "arn:aws:iam::111111111111:user/u",
        "arn:aws:iam::999999999999:user/named",
    ];
    assert_eq!(names, known);
    for nobody in ["arn:aws:iam::9*:user/z", "arn:aws:iam::999999999999:role/a?", "*.amazonaws.com"] {
        let question = Question::new(nobody, "sqs:SendMessage", "arn:aws:sqs:us-east-1:111111111111:q");
        assert!(engine.can(&question).is_err(), "{nobody}");
    }
}

/// S-PRN-11: somebody of whom the id is not known may have one that nobody in the estate has, whoever else is named.
#[test]
fn who_has_an_unknown_id_is_named_as_missing() {
    let case = cases().find(|case| case["id"] == "estate-unique-ids").expect("the case");
    let folder = written(&case["estate"]);
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    let engine = Engine::new(&estate, EngineOptions::default());
    let asked = |queue: &str, unknown| {
        let resource = Some(format!("arn:aws:sqs:us-east-1:111111111111:{queue}"));
        let action = "sqs:SendMessage".to_owned();
        let found = engine.who_can(&Reverse { action, resource, unknown, ..Reverse::default() });
        let found = found.expect("an answer");
        let name = |id| engine.facts().principal(id).name.to_string();
        let mut rows: Vec<String> = found.rows.iter().map(|row| name(row.principal)).collect();
        rows.retain(|name| !name.contains(":111111111111:"));
        (rows, found.strangers.len(), found.missing.iter().any(|what| what.contains("AIDAGONE")))
    };
    let of = |names: &[&str]| names.iter().map(|name| format!("arn:aws:iam::999999999999:{name}")).collect();
    assert_eq!(asked("gone", Unknown::Named), (of(&[]), 0, true));
    assert_eq!(asked("both", Unknown::Named), (of(&["user/y"]), 0, true));
    assert_eq!(asked("gone", Unknown::Listed), (of(&["user/y", "user/z"]), 1, true));
    assert_eq!(asked("live", Unknown::Listed), (of(&[]), 0, false));
}

/// S-TRI-07: a document that can't be read is named wherever it leaves an answer open.
#[test]
fn who_can_names_documents_that_cannot_be_read() {
    let document = |statements: Value| json!({"Version": "2012-10-17", "Statement": statements});
    let all = json!({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"});
    let user = json!({"UserName": "u", "UserId": "AIDAUUUUUUUUUUUUUUUUU", "Path": "/", "Tags": [], "GroupList": [],
        "Arn": "arn:aws:iam::111111111111:user/u", "AttachedManagedPolicies": [], "UserPolicyList": [
            {"PolicyName": "p", "PolicyDocument": document(json!([all]))},
            {"PolicyName": "broken", "PolicyDocument": "{"}]});
    let folder = written(&json!({
        "accounts/111111111111/authorization-details.json":
            {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [], "Policies": []},
        "accounts/111111111111/resource-policies.json": [],
    }));
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    let engine = Engine::new(&estate, EngineOptions::default());
    let queue = |name: &str| format!("arn:aws:sqs:us-east-1:111111111111:{name}");
    let question = Question::new("arn:aws:iam::111111111111:user/u", "sqs:SendMessage", &queue("q"));
    let named = |missing: &[String]| -> Vec<String> {
        missing.iter().filter(|what| what.ends_with("can't be read")).cloned().collect()
    };
    let by_can = named(&engine.can(&question).expect("an answer").missing);
    assert_eq!(by_can, ["arn:aws:iam::111111111111:user/u inline broken, which can't be read"]);
    for resource in [queue("q"), queue("*")] {
        let action = "sqs:SendMessage".to_owned();
        let reverse = Reverse { action, resource: Some(resource), ..Reverse::default() };
        assert_eq!(named(&engine.who_can(&reverse).expect("an answer").missing), by_can);
    }
}
