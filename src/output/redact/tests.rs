use serde_json::json;

use super::{Names, Redactor};

fn redactor(inputs: &[&str]) -> Redactor {
    let mut names = Names::default();
    inputs.iter().for_each(|text| names.add(text));
    Redactor::new(b"a secret of sixteen bytes and more", names)
}

#[test]
fn what_aws_says_stays() {
    let redactor = redactor(&["arn:aws:iam::111122223333:user/alice", "10.1.2.3"]);
    for text in [
        "arn:aws:iam::aws:policy/AdministratorAccess",
        "s3:GetObject iam:* ec2:Describe*",
        "aws:PrincipalTag/team = ${aws:username}",
        "token.actions.githubusercontent.com:sub",
        "lambda.amazonaws.com eu-west-1",
        "SAML:aud = https://signin.aws.amazon.com/saml",
        "https://us-east-1.signin.aws.amazon.com/saml, https://signin.amazonaws-us-gov.com/saml",
        "2026-01-31T12:00:00Z 0.0.0.0/0 ::/0",
        "arn:aws:iam::*:role/aws-service-role/organizations.amazonaws.com/AWSServiceRoleForOrganizations",
        "allowed: the policy of the bucket denies it",
    ] {
        assert_eq!(redactor.text(text), text);
    }
}

#[test]
fn pools_of_identities_are_names() {
    let redactor = redactor(&["eu-west-1:1f2e3d4c-0000-4000-8000-aabbccddeeff"]);
    let text =
        redactor.text("cognito-identity.amazonaws.com:aud = eu-west-1:1f2e3d4c-0000-4000-8000-aabbccddeeff");
    assert!(text.starts_with("cognito-identity.amazonaws.com:aud = eu-west-1:"), "{text}");
    assert!(!text.contains("1f2e3d4c") && !text.contains("aabbccddeeff"), "{text}");
}

/// An issuer of one's own is a name wherever it stands, and the same one: in keys, in ARNs, by itself.
#[test]
fn issuers_of_ones_own_are_names() {
    for issuer in [
        "token.actions.corp.example.com",
        "login.corp.example.com/realms/payroll",
        "idp.corp.example.com:8443/x",
        "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLEPAYROLLCORP",
        "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_PayrollCorp",
    ] {
        // No input holds it as a value.
        let redactor = redactor(&[]);
        let key = redactor.text(&format!("{issuer}:sub"));
        let hidden = key.strip_suffix(":sub").expect("the claim stays").to_owned();
        for name in ["corp", "Corp", "CORP", "payroll", "Payroll"] {
            assert!(!key.contains(name), "{key}");
        }
        let arn = redactor.text(&format!("arn:aws:iam::111122223333:oidc-provider/{issuer}"));
        assert!(arn.ends_with(&format!("oidc-provider/{hidden}")), "{arn} and {key}");
        let mut document =
            json!({"StringLike": {format!("{issuer}:sub"): "x"}, "key": format!("{issuer}:sub")});
        redactor.value(&mut document);
        assert_eq!(document, json!({"StringLike": {&key: "x"}, "key": &key}));
    }
    let redactor = redactor(&[]);
    for key in [
        "aws:PrincipalTag/a.b",
        "token.actions.githubusercontent.com:sub",
        "accounts.google.com:aud",
        "SAML:aud",
    ] {
        let mut document = json!({"StringLike": {key: "x"}, "key": key});
        redactor.value(&mut document);
        assert_eq!(document, json!({"StringLike": {key: "x"}, "key": key}));
    }
}

#[test]
fn shapes_stay_and_names_go() {
    let redactor = redactor(&["alice", "payroll"]);
    let text = redactor.text("arn:aws:iam::111122223333:user/team/alice");
    let (account, name) = text["arn:aws:iam::".len()..].split_once(":user/").expect("an ARN of a user");
    assert!(
        account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) && account != "111122223333"
    );
    assert!(!name.contains("alice") && !name.contains("team") && name.contains('/'), "{name}");
    assert!(name.ends_with(&redactor.text("alice")), "{name}");
    let id = redactor.text("AROAEXAMPLEID0000001A");
    assert_eq!(id, "AROAEXAMPLEID0000001A", "no input holds it");
    let point = redactor.text("arn:aws:s3:eu-west-1:111122223333:accesspoint/reports/object/2026/a.csv");
    assert!(
        point.contains(":accesspoint/n") && point.contains("/object/2026/") && !point.contains("reports"),
        "{point}"
    );
}

#[test]
fn patterns_and_names_begin_alike() {
    let redactor = redactor(&[]);
    let [name, pattern] =
        ["acme-logs", "acme-*"].map(|bucket| redactor.text(&format!("arn:aws:s3:::{bucket}")));
    assert_eq!(name.split_once('-').map(|(start, _)| start), pattern.split_once('-').map(|(start, _)| start));
    assert!(pattern.ends_with("-*"), "{pattern}");
}

#[test]
fn what_is_redacted_stays_as_it_is() {
    let redactor = redactor(&["alice", "o-acme000001", "10.0.0.0/8", "alice@acme.example"]);
    let text = "arn:aws:iam::111122223333:user/alice from 10.0.0.0/8 and 2001:db8::1 of o-acme000001, alice@acme.example";
    let once = redactor.text(text);
    assert_eq!(redactor.text(&once), once);
    for name in ["alice", "acme", "111122223333", "10.0.0.0", "2001:db8"] {
        assert!(!once.contains(name), "{name} in {once}");
    }
    assert!(once.contains("/8 and "), "{once}");
}

#[test]
fn other_keys_give_other_pseudonyms() {
    let text = "arn:aws:iam::111122223333:user/alice";
    let other = Redactor::new(b"another secret of sixteen bytes", Names::default());
    assert_ne!(redactor(&[]).text(text), other.text(text));
    assert_eq!(redactor(&[]).text(text), redactor(&["x"]).text(text));
}
