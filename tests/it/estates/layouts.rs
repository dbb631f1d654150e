//! The three layouts, and what each file of theirs becomes.

use std::error::Error;
use std::io::Write;
use std::sync::Mutex;

use entail::document::PolicyKind;
use entail::estate::{
    AccountStatus, Collected, EffectiveS3Policy, Estate, Gap, Layout, LoadOptions, Locator,
    OrganizationPolicyType, PolicyTypeStatus, Subject, Target,
};

use super::{Outcome, described, fixture, folder, load};

const ALICE: &str = "arn:aws:iam::111111111111:user/team/a/Alice";
const WORKER: &str = "arn:aws:iam::111111111111:role/service/Worker";

#[test]
fn users_groups_and_roles_of_an_export() -> Outcome {
    let estate = load(fixture("own"))?;
    assert_eq!(estate.layout, Layout::Own);
    let account = estate.account("111111111111".parse()?).ok_or("no account")?;
    let alice = account.user("alice").ok_or("no user")?;
    assert_eq!(&*alice.identity.arn, ALICE);
    assert_eq!((alice.identity.name.as_str(), alice.identity.path()), ("Alice", "/team/a/"));
    assert_eq!(alice.identity.unique_id.as_deref(), Some("AIDAALICE"));
    assert_eq!(alice.identity.tags.get("TEAM"), Some("a \"quoted\" é"));
    let attached: Vec<&str> = alice.identity.attached.iter().map(|arn| &**arn).collect();
    let deploy = "arn:aws:iam::111111111111:policy/team/Deploy";
    assert_eq!(attached, [deploy, "arn:aws:iam::aws:policy/ReadOnlyAccess"]);
    assert_eq!(alice.identity.boundary.as_deref(), Some("arn:aws:iam::111111111111:policy/Gone"));
    assert_eq!(account.groups_of(alice).count(), 1);
    let worker = account.role("WORKER").ok_or("no role")?;
    assert_eq!(worker.last_used, Collected::Some("2024-05-06T00:00:00+00:00".into()));
    assert_eq!(worker.identity.created.as_deref(), Some("1704164645.5"));
    assert!(!worker.is_service_linked());
    assert!(account.role("AWSServiceRoleForX").is_some_and(|role| role.is_service_linked()));
    let profile = account.instance_profiles.first().ok_or("no instance profile")?;
    assert_eq!(profile.roles.iter().map(|arn| &**arn).collect::<Vec<_>>(), [WORKER]);
    Ok(())
}

#[test]
fn the_three_forms_of_a_policy_hold_one_text_or_two() -> Outcome {
    let estate = load(fixture("own"))?;
    let alice = estate.principal(ALICE).ok_or("no user")?.identity();
    let text = |index: usize| {
        let inline = alice.inline.get(index)?;
        estate.policy_text(&inline.policy).map(|stored| (stored.kind, stored.text.to_string()))
    };
    let (kind, object) = text(0).ok_or("no policy")?;
    assert_eq!(kind, PolicyKind::Identity);
    assert!(object.starts_with('{') && object.contains("\n"));
    let (_, escaped) = text(1).ok_or("no policy")?;
    assert!(escaped.starts_with(r#"{"Version": "2012-10-17""#));
    // Percent-encoded from the same text: stored once.
    let documents: Vec<_> = alice.inline.iter().map(|inline| inline.policy.document).collect();
    assert_eq!(documents[1], documents[2]);
    assert_ne!(documents[0], documents[1]);
    Ok(())
}

#[test]
fn policies_are_found_again_in_their_files() -> Outcome {
    let estate = load(fixture("own"))?;
    let alice = estate.principal(ALICE).ok_or("no user")?.identity();
    let mut locator = Locator::new(&estate.sources);
    for (index, inline) in alice.inline.iter().enumerate() {
        let (source, origin) = locator.policy(&inline.policy, &estate.policies)?.ok_or("no place")?;
        assert!(source.name().ends_with("111111111111/authorization-details.json"));
        let path = format!("$.UserDetailList[0].UserPolicyList[{index}].PolicyDocument");
        assert_eq!(origin.path.to_string(), path);
    }
    Ok(())
}

#[test]
fn only_the_default_version_counts() -> Outcome {
    let estate = load(fixture("own"))?;
    let deploy = estate.managed_policy("arn:aws:iam::111111111111:policy/team/Deploy").ok_or("no policy")?;
    assert_eq!((deploy.version.as_deref(), deploy.name()), (Some("v2"), "Deploy"));
    let text = deploy.policy.as_ref().and_then(|policy| estate.policy_text(policy)).ok_or("no text")?;
    assert!(text.text.contains("ecs:*"));
    assert!(!text.text.contains("iam:*"));
    // The others are kept apart: whoever may, can make one of them the default.
    let others = deploy.others.as_deref().ok_or("no versions")?;
    let [other] = others else { return Err("there is one other version".into()) };
    let text = other.document.and_then(|document| estate.policies.get(document)).ok_or("no text")?;
    assert!(other.version.as_deref() == Some("v1") && text.text.contains("iam:*"));
    Ok(())
}

#[test]
fn aws_policies_are_filled_in_from_another_account() -> Outcome {
    let estate = load(fixture("own"))?;
    assert!(estate.managed_policy("arn:aws:iam::aws:policy/ReadOnlyAccess").is_some());
    let missing =
        |gap: &Gap| matches!(gap, Gap::PolicyNotCollected { policy, .. } if policy.contains(":aws:policy/"));
    assert!(!estate.gaps().iter().any(missing));
    Ok(())
}

#[test]
fn resources_say_what_was_collected() -> Outcome {
    let estate = load(fixture("own"))?;
    let data = estate.resource("arn:aws:s3:::acme-data").ok_or("no bucket")?;
    assert!(matches!(data.policy, Collected::Some(_)));
    assert_eq!(estate.owner_of_bucket("acme-data"), Some("111111111111".parse()?));
    assert_eq!(data.tags.as_ref().and_then(|tags| tags.get("owner")), Some("alice"));
    assert_eq!(data.settings.object_ownership.as_deref(), Some("BucketOwnerEnforced"));
    assert_eq!(data.settings.abac_enabled, Some(false));
    let block = data.settings.public_access_block.ok_or("no settings")?;
    assert!(block.block_public_acls && !block.ignore_public_acls && block.restrict_public_buckets);
    let plain = estate.resource("arn:aws:s3:::acme-plain").ok_or("no bucket")?;
    assert_eq!((plain.policy, &plain.tags), (Collected::None, &None));
    let jobs = "arn:aws:sqs:eu-west-1:111111111111:jobs";
    assert_eq!(estate.resource(jobs).map(|jobs| jobs.policy), Some(Collected::NotCollected));
    assert_eq!(estate.gaps().touching(&Subject::Arn(jobs.into())).count(), 1);
    let shared =
        estate.resource("arn:aws:lambda:eu-west-1:222222222222:function:shared").ok_or("no function")?;
    assert_eq!(shared.account, Some("222222222222".parse()?));
    assert_eq!(shared.roles.len(), 1);
    Ok(())
}

#[test]
fn smaller_files_of_an_account() -> Outcome {
    let estate = load(fixture("own"))?;
    let account = estate.account("111111111111".parse()?).ok_or("no account")?;
    assert_eq!(account.settings.alias.as_deref(), Some("acme"));
    assert_eq!(estate.account_of_canonical_id("c0ffee").map(|found| found.id), Some(account.id));
    assert_eq!(account.identity_providers.as_ref().map(|found| found.len()), Some(2));
    let endpoint = account.vpc_endpoints.as_ref().and_then(|found| found.first()).ok_or("no endpoint")?;
    assert_eq!((&*endpoint.id, endpoint.vpc.as_deref()), ("vpce-1", Some("vpc-1")));
    assert!(matches!(endpoint.policy, Collected::Some(_)));
    let share = account.ram_shares.as_ref().and_then(|found| found.first()).ok_or("no share")?;
    assert_eq!((share.resources.len(), share.principals.as_ref().map_or(0, |found| found.len())), (1, 1));
    let report = account.credential_report.ok_or("no report")?;
    assert_eq!(estate.sources.read(report)?, "user,arn\n");
    assert!(estate.sources.get(report).is_some_and(|source| source.modified.is_some()));
    let unknown: Vec<_> = estate.problems.iter().map(|problem| problem.kind.code()).collect();
    assert_eq!(unknown, ["unknown-file", "foreign-resource"]);
    Ok(())
}

#[test]
fn organisations_have_a_tree_and_policies() -> Outcome {
    let estate = load(fixture("own"))?;
    let organization = estate.organizations.values().next().ok_or("no organisation")?;
    assert_eq!(organization.management_account, Some("111111111111".parse()?));
    let root = organization.roots().next().ok_or("no root")?;
    assert_eq!((root.scp, root.rcp), (PolicyTypeStatus::Enabled, PolicyTypeStatus::Switching));
    assert_eq!(organization.policies.len(), 3, "a tag policy is neither SCP nor RCP");
    let workload = "222222222222".parse()?;
    let target = Target::Account(workload);
    let scps = organization.attached(OrganizationPolicyType::Scp, &target);
    assert_eq!(scps.map(|scp| scp.id.as_str()).collect::<Vec<_>>(), ["p-FullAWSAccess", "p-lost"]);
    let path = estate.organization_path(workload).ok_or("no path")?;
    assert_eq!(path.nodes.iter().map(|node| node.id.as_str()).collect::<Vec<_>>(), ["r-root", "ou-work"]);
    assert_eq!(estate.org_path(workload).as_deref(), Some("o-acme/r-root/ou-work/"));
    assert_eq!(estate.org_path("111111111111".parse()?).as_deref(), Some("o-acme/r-root/"));
    assert_eq!(estate.org_path("333333333333".parse()?), None);
    let suspended = estate.account("444444444444".parse()?).ok_or("no account")?;
    assert_eq!(suspended.status, AccountStatus::Suspended);
    assert!(!suspended.status.may_act());
    let management = estate.account("111111111111".parse()?).ok_or("no account")?;
    assert_eq!(management.tags.as_ref().and_then(|tags| tags.get("stage")), Some("prod"));
    Ok(())
}

#[test]
fn what_is_missing_is_listed_with_what_it_touches() -> Outcome {
    let estate = load(fixture("own"))?;
    let gaps: Vec<String> = estate.gaps().iter().map(|gap| format!("{}: {gap}", gap.code())).collect();
    insta::assert_snapshot!(gaps.join("\n"));
    let touching = |subject: Subject| estate.gaps().touching(&subject).map(Gap::code).collect::<Vec<_>>();
    assert_eq!(touching(Subject::Arn(ALICE.into())), ["policy-not-collected", "group-not-collected"]);
    assert_eq!(
        touching(Subject::Account("222222222222".parse()?)),
        ["export-truncated", "list-not-collected"]
    );
    assert_eq!(touching(Subject::Level(Target::Node("ou-bare".into()))), ["level-without-scp"]);
    Ok(())
}

#[test]
fn principals_are_found_by_arn_name_session_and_id() -> Outcome {
    let estate = load(fixture("own"))?;
    assert!(
        estate.principal("arn:aws:iam::111111111111:user/team/a/alice").is_none(),
        "ARNs keep their case"
    );
    assert!(estate.principal("arn:aws:iam::111111111111:user/Alice").is_none(), "and their path");
    assert_eq!(estate.principals_named("ALICE").len(), 2);
    let session = "arn:aws:sts::111111111111:assumed-role/worker/anything";
    assert_eq!(estate.role_of_session(session).map(|role| &*role.identity.arn), Some(WORKER));
    assert!(estate.role_of_session("arn:aws:sts::111111111111:assumed-role/worker/").is_none());
    assert_eq!(estate.principal_of_id("AROAWORKER").map(|found| &**found.arn()), Some(WORKER));
    assert!(estate.principal_of_id("AROAGONE").is_none());
    let near = estate.nearest_principals("arn:aws:iam::111111111111:user/team/a/Alise", 3);
    assert_eq!(near.iter().map(|arn| &**arn).collect::<Vec<_>>(), [ALICE]);
    let near = estate.nearest_principals("wroker", 3);
    assert_eq!(near.iter().map(|arn| &**arn).collect::<Vec<_>>(), [WORKER]);
    assert!(estate.nearest_principals("nothing-like-it", 3).is_empty());
    Ok(())
}

#[test]
fn iam_collect() -> Outcome {
    let estate = load(fixture("collected"))?;
    assert_eq!(estate.layout, Layout::IamCollect);
    let account = estate.account("111111111111".parse()?).ok_or("no account")?;
    let alice = account.user("alice").ok_or("no user")?;
    assert_eq!(alice.identity.boundary.as_deref(), Some("arn:aws:iam::111111111111:policy/Deploy"));
    assert_eq!((alice.identity.attached.len(), alice.identity.inline.len()), (1, 1));
    assert_eq!(account.groups_of(alice).map(|group| group.name.as_str()).collect::<Vec<_>>(), ["admins"]);
    assert_eq!(alice.identity.tags.get("team"), Some("a"));
    let role = account.role("awsreservedsso_x").ok_or("no role")?;
    assert_eq!(role.identity.path(), "/aws-reserved/sso.amazonaws.com/");
    assert!(role.trust.is_some());
    let deploy = estate.managed_policy("arn:aws:iam::111111111111:policy/Deploy").ok_or("no policy")?;
    assert_eq!(deploy.version.as_deref(), Some("v3"));
    assert!(estate.managed_policy("arn:aws:iam::aws:policy/ReadOnlyAccess").is_some());
    assert_eq!(account.identity_providers.as_ref().map(|found| found.len()), Some(1));
    assert_eq!(account.instance_profiles.len(), 1);
    assert!(account.settings.public_access_block.is_some_and(|block| block.restrict_public_buckets));
    let endpoint = account.vpc_endpoints.as_ref().and_then(|found| found.first()).ok_or("no endpoint")?;
    assert_eq!(endpoint.vpc.as_deref(), Some("vpc-1"));
    assert!(matches!(endpoint.policy, Collected::Some(_)));
    let share = account.ram_shares.as_ref().and_then(|found| found.first()).ok_or("no share")?;
    assert_eq!(share.grants.len(), 1);
    insta::assert_snapshot!(described(&estate)?);
    Ok(())
}

/// `State` replaces `Status`; either may be null where AWS does not say.
#[test]
fn the_state_of_an_account_counts_before_its_status() -> Outcome {
    let text = r#"{"Organization": {"Id": "o-acme"}, "Accounts": [
        {"Id": "111111111111", "Status": "ACTIVE", "State": "SUSPENDED"},
        {"Id": "222222222222", "Status": null, "State": "CLOSED"},
        {"Id": "333333333333", "Status": "ACTIVE", "State": null},
        {"Id": "444444444444", "Status": null}]}"#;
    let estate = load(folder(&[("organization.json", text)])?.path())?;
    let status = |id: &str| Some(estate.account(id.parse().ok()?)?.status);
    assert_eq!(status("111111111111"), Some(AccountStatus::Suspended));
    assert_eq!(status("222222222222"), Some(AccountStatus::Closed));
    assert_eq!(status("333333333333"), Some(AccountStatus::Active));
    assert_eq!(status("444444444444"), Some(AccountStatus::NotStated));
    Ok(())
}

#[test]
fn iam_collect_organisations() -> Outcome {
    let estate = load(fixture("collected"))?;
    let organization = estate.organizations.values().next().ok_or("no organisation")?;
    let root = organization.roots().next().ok_or("no root")?;
    assert_eq!((root.scp, root.rcp), (PolicyTypeStatus::Enabled, PolicyTypeStatus::Disabled));
    assert_eq!(estate.org_path("222222222222".parse()?).as_deref(), Some("o-acme/r-root/ou-work/"));
    let unit = organization.nodes.get("ou-work").ok_or("no unit")?;
    assert_eq!(unit.name.as_deref(), Some("Workloads"));
    let full = organization.policies.get("p-FullAWSAccess").ok_or("no policy")?;
    assert!(full.aws_managed && full.policy.is_some());
    assert_eq!(full.targets.len(), 4);
    let elsewhere = estate.account("222222222222".parse()?).ok_or("no account")?;
    assert!(!elsewhere.collected);
    assert_eq!(elsewhere.tags.as_ref().and_then(|tags| tags.get("Stage")), Some("test"));
    Ok(())
}

#[test]
fn iam_collect_below_its_root() -> Outcome {
    let whole = load(fixture("collected"))?;
    for part in ["collected/aws", "collected/aws/aws"] {
        let estate = load(fixture(part))?;
        assert_eq!(estate.layout, Layout::IamCollect);
        assert_eq!(estate.principals().count(), whole.principals().count());
        assert!(estate.resources.keys().eq(whole.resources.keys()));
    }
    Ok(())
}

#[test]
fn one_export_alone_and_in_a_folder() -> Outcome {
    let file = load(fixture("single/export.json"))?;
    let in_folder = load(fixture("single"))?;
    assert_eq!(file.layout, Layout::SingleExport);
    assert_eq!(described(&file)?, described(&in_folder)?);
    let account = file.account("111111111111".parse()?).ok_or("no account")?;
    assert!(account.membership.is_none() && account.collected);
    let gaps: Vec<_> = file.gaps().touching(&Subject::Account(account.id)).map(Gap::code).collect();
    assert_eq!(gaps, ["no-organization"]);
    Ok(())
}

#[test]
fn pages_of_an_export_are_merged() -> Outcome {
    let role = |name: &str| format!(r#"[{{"Arn": "arn:aws:iam::111111111111:role/{name}"}}]"#);
    let first = format!(r#"{{"RoleDetailList": {}, "IsTruncated": true, "Marker": "m"}}"#, role("a"));
    let second =
        format!(r#"{{"RoleDetailList": {}, "UserDetailList": [], "IsTruncated": false}}"#, role("b"));
    for text in [format!("{first}\n{second}\n"), format!("[{first}, {second}]")] {
        let folder = folder(&[("export.json", &text)])?;
        let estate = load(folder.path())?;
        assert_eq!(estate.principals().count(), 2);
        assert!(!estate.gaps().iter().any(|gap| matches!(gap, Gap::ExportTruncated(_))));
    }
    let folder = folder(&[("export.json", &first)])?;
    assert!(load(folder.path())?.gaps().iter().any(|gap| matches!(gap, Gap::ExportTruncated(_))));
    Ok(())
}

#[test]
fn files_may_be_compressed() -> Outcome {
    let text = std::fs::read(fixture("single/export.json"))?;
    let folder = folder(&[("accounts/111111111111/account.json", "{}")])?;
    let path = folder.path().join("accounts/111111111111/authorization-details.json.gz");
    let mut encoder =
        flate2::write::GzEncoder::new(std::fs::File::create(path)?, flate2::Compression::fast());
    encoder.write_all(&text)?;
    encoder.finish()?;
    let estate = load(folder.path())?;
    assert_eq!(estate.principals().count(), 3);
    let inline =
        estate.principal(ALICE).and_then(|alice| alice.identity().inline.first()).ok_or("no policy")?;
    assert!(Locator::new(&estate.sources).policy(&inline.policy, &estate.policies)?.is_some());
    Ok(())
}

#[test]
fn one_thread_and_many_load_the_same() -> Outcome {
    for name in ["own", "collected"] {
        let mut seen = Vec::new();
        for threads in [1, 4] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
            let estate = pool.install(|| Estate::load(&fixture(name), &LoadOptions::default()))?;
            seen.push(described(&estate)?);
        }
        assert_eq!(seen[0], seen[1]);
    }
    Ok(())
}

#[test]
fn progress_ends_with_everything_done() -> Outcome {
    let last = Mutex::new(None);
    let progress = |progress: entail::estate::Progress| {
        let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *last =
            (*last).max(Some((progress.files, progress.files_total, progress.bytes, progress.bytes_total)));
    };
    Estate::load(&fixture("collected"), &LoadOptions { progress: Some(&progress) })?;
    let seen = *last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (files, files_total, bytes, bytes_total) = seen.ok_or("no progress")?;
    assert!(files > 0 && bytes > 0 && files <= files_total && bytes <= bytes_total);
    Ok(())
}

#[test]
fn aws_policies_that_differ_between_exports() -> Outcome {
    let export = |account: &str, version: &str| {
        format!(
            r#"{{"RoleDetailList": [{{"Arn": "arn:aws:iam::{account}:role/r"}}], "Policies": [
            {{"Arn": "arn:aws:iam::aws:policy/P", "DefaultVersionId": "{version}", "PolicyVersionList": [
            {{"VersionId": "{version}", "IsDefaultVersion": true, "Document": {{"Id": "{version}"}}}}]}}]}}"#
        )
    };
    let folder = folder(&[
        ("accounts/111111111111/authorization-details.json", &export("111111111111", "v9")),
        ("accounts/222222222222/authorization-details.json", &export("222222222222", "v10")),
    ])?;
    let estate = load(folder.path())?;
    let policy = estate.managed_policy("arn:aws:iam::aws:policy/P").ok_or("no policy")?;
    assert_eq!(policy.version.as_deref(), Some("v10"));
    assert_eq!(
        estate.problems.iter().map(|found| found.kind.code()).collect::<Vec<_>>(),
        ["aws-policy-differs"]
    );
    Ok(())
}

#[test]
fn iam_collect_s3_policies() -> Outcome {
    let arn = "arn:aws:organizations::999999999999:policy/o-1/s3_policy/p-Block";
    let folder = crate::small_estates::written(&serde_json::json!({
        "aws/aws/organizations/o-1/metadata.json":
            {"id": "o-1", "rootAccountId": "999999999999", "features": {"S3_POLICY": true}},
        "aws/aws/organizations/o-1/accounts.json":
            {"111111111111": {"ou": "r-1"}, "222222222222": {"ou": "r-1", "s3Policies": [arn]}},
        "aws/aws/organizations/o-1/ous.json": {"r-1": {}},
        "aws/aws/organizations/o-1/s3-policies/p-block/metadata.json": {"arn": arn, "name": "Block"},
        "aws/aws/organizations/o-1/s3-policies/p-block/policy.json":
            {"s3_attributes": {"public_access_block_configuration": {"@@assign": "all"}}},
        "aws/aws/accounts/111111111111/s3-bpa.json": {"BlockPublicAcls": false, "IgnorePublicAcls": false,
            "BlockPublicPolicy": false, "RestrictPublicBuckets": false},
    }));
    let estate = load(folder.path())?;
    let policy_of = |account: &str| Ok::<_, Box<dyn Error>>(estate.s3_policy_of(account.parse()?));
    assert_eq!(policy_of("222222222222")?, EffectiveS3Policy::All);
    assert_eq!(policy_of("111111111111")?, EffectiveS3Policy::None);
    Ok(())
}

#[test]
fn permissions_of_shares_are_checked() -> Outcome {
    for permission in ["{\"Effect\": \"Deny\", \"Action\": \"*\"}", "{\"Effect\": \"Allow\"}", "[]"] {
        let folder = crate::small_estates::written(&serde_json::json!({
            "accounts/111111111111/ram-shares.json": {"permissions": [{"arn": "arn:aws:ram::aws:permission/p",
                "permission": permission}]},
        }));
        let Err(error) = Estate::load(folder.path(), &LoadOptions::default()) else {
            return Err("it was read".into());
        };
        assert_eq!(error.problems[0].kind.code(), "wrong-shape");
        let path = error.problems[0].at.spot.as_ref().map(|spot| spot.path.to_string());
        assert_eq!(path.as_deref(), Some("$.permissions[0].permission"));
    }
    Ok(())
}
