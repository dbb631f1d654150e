//! Who may do one thing to all resources at once is what `can` says of each principal and resource.

use std::collections::BTreeMap;

use entail::answers::{Access, Context, Engine, EngineOptions, Question};
use entail::facts::{Assumptions, PrincipalId};
use entail::rules::decision::Decision;

use crate::acme::acme;

/// The answer of each principal on each resource, by the cells.
fn by_cells(access: &Access) -> BTreeMap<(PrincipalId, u32), (Decision, String)> {
    let conditions = &access.engine.facts().arena().conditions;
    let mut found = BTreeMap::new();
    for cell in &access.cells {
        for &principal in &*cell.principals {
            for &resource in &*cell.resources {
                let answer = (cell.decision, conditions.text(cell.condition));
                let before = found.insert((principal, resource), answer);
                assert_eq!(before, None, "a principal and a resource are in one cell");
            }
        }
    }
    found
}

/// Every pair has the answer of `can`; what is unknown may have none. How many pairs have each of the answers.
pub fn agrees_with_can(engine: &Engine, action: &str, context: &Context) -> [usize; 3] {
    let access = engine.access(action, context).expect("an action");
    let (engine, found) = (access.engine, by_cells(&access));
    let conditions = &engine.facts().arena().conditions;
    let mut counts = [0; 3];
    for (index, fact) in engine.facts().principals.iter().enumerate() {
        for (place, resource) in (0..).zip(access.resources.iter()) {
            let question =
                Question { context: context.clone(), ..Question::new(&fact.name, action, resource) };
            let decided = engine.can(&question).expect("an answer").decided;
            let given = found.get(&(PrincipalId(index as u32), place));
            let said = format!("{} {action} {resource}: {given:?}", fact.name);
            match decided.decision {
                Decision::Allowed => {
                    counts[0] += 1;
                    assert_eq!(given.map(|given| given.0), Some(Decision::Allowed), "{said}");
                }
                Decision::Conditional if !decided.condition.is_never() => {
                    counts[1] += 1;
                    let wanted = (Decision::Conditional, conditions.text(decided.condition));
                    assert_eq!(given, Some(&wanted), "{said}");
                }
                Decision::Unknown => {
                    counts[2] += usize::from(given.is_some());
                    assert!(given.is_none_or(|given| given.0 == Decision::Unknown), "{said}");
                }
                _ => assert_eq!(given, None, "{said}"),
            }
        }
    }
    counts
}

#[test]
fn the_sample_is_as_can_says() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let mut counts = [0; 3];
    for action in [
        "iam:PassRole",
        "iam:PutRolePolicy",
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
        "iam:AddUserToGroup",
        "iam:CreatePolicyVersion",
        "sts:AssumeRole",
        "lambda:UpdateFunctionCode",
        "lambda:InvokeFunction",
        "s3:PutBucketPolicy",
        "s3:ListBucket",
        "kms:Decrypt",
        "sqs:SendMessage",
        "secretsmanager:GetSecretValue",
        "dynamodb:GetItem",
        "ec2:DescribeInstances",
        "organizations:LeaveOrganization",
        "iam:ListUsers",
        "sts:GetCallerIdentity",
        "madeup:DoIt",
    ] {
        let of_action = agrees_with_can(&engine, action, &Context::new());
        counts.iter_mut().zip(of_action).for_each(|(all, more)| *all += more);
    }
    assert!(counts.iter().all(|&count| count > 0), "{counts:?}");
}

#[test]
fn a_context_counts_also_where_it_says_otherwise_than_what_is_assumed() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let mut context = Context::new();
    context.add("iam:PassedToService", "lambda.amazonaws.com");
    agrees_with_can(&engine, "iam:PassRole", &context);
    let mut context = Context::new();
    context.add("aws:SecureTransport", "false");
    agrees_with_can(&engine, "s3:ListBucket", &context);
    let mut context = Context::new();
    context.add("aws:RequestedRegion", "eu-central-1");
    agrees_with_can(&engine, "sqs:SendMessage", &context);
}

#[test]
fn nothing_assumed_leaves_conditions() {
    let assumptions = Assumptions::nothing();
    let engine = Engine::new(&acme(), EngineOptions { assumptions, ..EngineOptions::default() });
    agrees_with_can(&engine, "s3:ListBucket", &Context::new());
    agrees_with_can(&engine, "iam:PassRole", &Context::new());
}

/// Whoever may do something to a resource of the estate may do it somewhere; and what can be made counts too.
#[test]
fn somewhere_is_anywhere_in_the_account() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    for action in ["lambda:CreateFunction", "s3:PutBucketPolicy", "iam:CreateRole", "ec2:RunInstances"] {
        let (engine, somewhere) = engine.access_somewhere(action, &Context::new()).expect("an action");
        let access = engine.access(action, &Context::new()).expect("an action");
        for cell in access.cells.iter().filter(|cell| cell.decision == Decision::Allowed) {
            for principal in &*cell.principals {
                let sure = somewhere
                    .iter()
                    .any(|of| of.decision == Decision::Allowed && of.principals.contains(principal));
                assert!(sure, "{action}: {}", engine.facts().principal(*principal).name);
            }
        }
        assert!(somewhere.iter().any(|of| of.decision == Decision::Allowed), "{action}");
        // Nobody is both sure and not.
        let mut sure = somewhere.iter().filter(|of| of.decision == Decision::Allowed);
        let others: Vec<PrincipalId> = somewhere
            .iter()
            .filter(|of| of.decision != Decision::Allowed)
            .flat_map(|of| of.principals.to_vec())
            .collect();
        assert!(sure.all(|of| of.principals.iter().all(|principal| !others.contains(principal))), "{action}");
    }
}
