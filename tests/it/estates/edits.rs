//! Edits: a new estate each, and the old one as it was.

use entail::document::PolicyKind;
use entail::estate::{Collected, EditError, Subject, Target};

use super::{Outcome, described, fixture, load};

const ALICE: &str = "arn:aws:iam::111111111111:user/team/a/Alice";
const POLICY: &str = r#"{"Statement": []}"#;

#[test]
fn an_edit_and_its_inverse_restore_everything() -> Outcome {
    let estate = load(fixture("own"))?;
    let before = described(&estate)?;
    let added = estate.with_inline(ALICE, "new", POLICY)?;
    assert_ne!(described(&added)?, before);
    assert_eq!(described(&estate)?, before);
    assert_eq!(described(&added.without_inline(ALICE, "new")?)?, before);
    let attached = estate.with_attached(ALICE, "arn:aws:iam::aws:policy/Unknown")?;
    let gap = Subject::Arn("arn:aws:iam::aws:policy/Unknown".into());
    assert_eq!(attached.gaps().touching(&gap).count(), 1);
    assert_eq!(described(&attached.without_attached(ALICE, "arn:aws:iam::aws:policy/Unknown")?)?, before);
    Ok(())
}

#[test]
fn principals_come_and_go() -> Outcome {
    let estate = load(fixture("own"))?;
    let without = estate.without_principal(ALICE)?;
    assert!(without.principal(ALICE).is_none());
    assert!(without.principal_of_id("AIDAALICE").is_none());
    let account = estate.account("111111111111".parse()?).ok_or("no account")?;
    let alice = account.user("Alice").ok_or("no user")?;
    assert_eq!(described(&without.with_user((**alice).clone())?)?, described(&estate)?);
    let worker = account.role("Worker").ok_or("no role")?;
    let mut role = (**worker).clone();
    role.trust = Some(estate.policy(PolicyKind::Trust, POLICY));
    let edited = estate.with_role(role)?;
    let trust =
        edited.role_of_session("arn:aws:sts::111111111111:assumed-role/Worker/s").and_then(|role| role.trust);
    assert!(trust.and_then(|trust| edited.policy_text(&trust)).is_some_and(|stored| &*stored.text == POLICY));
    Ok(())
}

#[test]
fn resource_policies_and_scps() -> Outcome {
    let estate = load(fixture("own"))?;
    let queue = "arn:aws:sqs:eu-west-1:111111111111:jobs";
    let edited = estate.with_resource_policy(queue, Some(POLICY))?;
    assert!(edited.resource(queue).is_some_and(|found| matches!(found.policy, Collected::Some(_))));
    assert!(edited.gaps().touching(&Subject::Arn(queue.into())).next().is_none());
    let edited = edited.with_resource_policy(queue, None)?;
    assert!(edited.resource(queue).is_some_and(|found| found.policy == Collected::None));
    let new = "arn:aws:sqs:eu-west-1:222222222222:new";
    let edited = edited.with_resource_policy(new, None)?;
    assert_eq!(edited.resource(new).and_then(|found| found.account), Some("222222222222".parse()?));
    let level = Target::Node("ou-bare".into());
    let edited = estate.with_scp(&"o-acme".into(), "p-new".into(), POLICY, [level.clone()])?;
    assert!(edited.gaps().touching(&Subject::Level(level.clone())).next().is_none());
    let undone = edited.without_scp(&"o-acme".into(), &"p-new".into())?;
    assert_eq!(described(&undone)?, described(&estate)?);
    Ok(())
}

#[test]
fn edits_of_what_is_not_there() -> Outcome {
    let estate = load(fixture("own"))?;
    let error = |edited: Result<_, EditError>| edited.err().map(|error: EditError| error.to_string());
    let nobody = "arn:aws:iam::111111111111:user/nobody";
    assert_eq!(
        error(estate.with_inline(nobody, "p", POLICY)),
        Some(format!("there is no user, role or group `{nobody}`"))
    );
    assert_eq!(error(estate.without_inline(ALICE, "p")), Some("there is no policy `p`".into()));
    assert_eq!(error(estate.with_attached(ALICE, "p")), Some("`p` is not an ARN".into()));
    assert_eq!(error(estate.with_resource_policy("b", None)), Some("`b` is not an ARN".into()));
    assert_eq!(
        error(estate.with_scp(&"o-x".into(), "p".into(), POLICY, [])),
        Some("there is no organisation o-x".into())
    );
    Ok(())
}
