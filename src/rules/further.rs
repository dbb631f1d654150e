//! Calls that need further permissions besides that of their own action (S-ACT-06, S-KMS-08, S-SVC-04, S-SVC-14, S-TRUST-09,
//! S-TRUST-10).
//!
//! Only what the call can't do without counts here. Permissions for what a call may do besides are decisions of their own: tags
//! on a new object (S-ACT-06), and the key of an encrypted one, of which the service asks with the caller's credentials
//! (S-KMS-11).

use crate::catalog::governing::{AlsoNeeded, governing};
use crate::catalog::sessions::service_trust_needs;
use crate::facts::readings::{Holds, Question, Readings};
use crate::facts::{Caller as CallerKind, PrincipalFact, Target, keys};
use crate::region::condition::{Bindings, Conditions, Known};

/// A rule of the set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "each stands with its rule below")]
pub enum Rule {
    X1,
    X2,
    X3,
    X4,
    X5,
    X6,
}

impl Rule {
    /// All rules, in their order below.
    pub const ALL: [Self; 6] = [Self::X1, Self::X2, Self::X3, Self::X4, Self::X5, Self::X6];
}

/// A permission that a call needs besides that of its own action, on the same resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Further {
    /// The rule that says so.
    pub rule: Rule,
    /// The action.
    pub action: &'static str,
    /// Whether caller and resource must both allow it, also within an account.
    pub both_sides: bool,
    /// A key that the request for it holds, and its value.
    pub holds: Option<(&'static str, &'static str)>,
    /// What is not known and could make the call work without it.
    pub unless: Option<&'static str>,
}

/// The actions beyond those that are asked about of which policies must be read.
pub fn actions(asked: &str) -> &'static [&'static str] {
    match asked {
        _ if asked.eq_ignore_ascii_case(ASSUME_ROLE) => &["sts:TagSession", "sts:SetSourceIdentity"],
        _ if asked.eq_ignore_ascii_case("lambda:InvokeFunctionUrl") => &["lambda:InvokeFunction"],
        _ => &[],
    }
}

const ASSUME_ROLE: &str = "sts:AssumeRole";

/// What a caller's call needs besides.
pub fn needed(
    conditions: &Conditions,
    target: &Target,
    caller: &PrincipalFact,
    context: &dyn Bindings,
    readings: &Readings,
) -> Vec<Further> {
    let mut needed = Vec::new();
    if *target.action.name == *ASSUME_ROLE {
        // X1. S-TRUST-09: some services always pass tags or a source identity.
        if caller.caller == CallerKind::Service {
            let actions = service_trust_needs(&caller.name).iter();
            needed.extend(actions.map(|action| Further {
                rule: Rule::X1,
                action,
                both_sides: false,
                holds: None,
                unless: None,
            }));
        }
        // X2. S-TRUST-10: in role chaining a source identity, inherited ones included, must be allowed on both sides.
        let key = conditions.key(keys::key("aws:SourceIdentity"));
        let inherited = matches!(context.lookup(key), Known::One(_));
        if inherited && matches!(caller.caller, CallerKind::RoleSession | CallerKind::ServiceLinkedSession) {
            let action = "sts:SetSourceIdentity";
            needed.push(Further { rule: Rule::X2, action, both_sides: true, holds: None, unless: None });
        }
        // X3. UNCERTAIN U-82: so must tags that the new session inherits; as recommended.
        let needed_for_tags = readings.holds(Question::InheritedTagsNeed) == Holds::Yes;
        if hands_on_tags(target, caller) && needed_for_tags {
            let action = "sts:TagSession";
            needed.push(Further { rule: Rule::X3, action, both_sides: true, holds: None, unless: None });
        }
    }
    if !may_need_more(&target.action.name) {
        return needed;
    }
    for also in governing(&target.action.name, &target.resource).also_needed {
        match also {
            // X4. UNCERTAIN U-84: URLs from before October 2025 did without; as recommended.
            AlsoNeeded::InvokeFunction => needed.push(Further {
                rule: Rule::X4,
                action: "lambda:InvokeFunction",
                both_sides: false,
                holds: Some(("lambda:InvokedViaFunctionUrl", "true")),
                unless: Some("U-84: the date of the function URL"),
            }),
            AlsoNeeded::LakeFormation | AlsoNeeded::KeyOfAlias => {}
        }
    }
    needed
}

/// Whether a call takes a role for which the caller's session hands on tags.
pub fn hands_on_tags(target: &Target, caller: &PrincipalFact) -> bool {
    *target.action.name == *ASSUME_ROLE
        && !caller.inherited_tags.is_empty()
        && matches!(caller.caller, CallerKind::RoleSession | CallerKind::ServiceLinkedSession)
}

/// The permissions that a call needs and of which no export tells: those of Lake Formation on a database or table (S-SVC-14),
/// and those on the key behind an alias (S-KMS-08). What a scenario does not state does not exist; it names the key as another
/// resource.
pub fn not_loaded(target: &Target, caller: &PrincipalFact) -> Option<(Rule, String)> {
    let name = &target.action.name;
    if caller.stated || !(name.starts_with("glue:") || name.starts_with("kms:")) {
        return None;
    }
    let needed = governing(&target.action.name, &target.resource).also_needed;
    // X5. Of the key, wherever it is.
    if needed.contains(&AlsoNeeded::KeyOfAlias) {
        return Some((Rule::X5, format!("permissions on the key behind {}", target.resource)));
    }
    // X6. Of Lake Formation.
    let part = target.resource.splitn(6, ':').nth(5).unwrap_or_default();
    let governed = ["database/", "table/", "tableVersion/"].iter().any(|kind| part.starts_with(kind));
    (governed && needed.contains(&AlsoNeeded::LakeFormation))
        .then(|| (Rule::X6, format!("Lake Formation permissions on {}", target.resource)))
}

fn may_need_more(action: &str) -> bool {
    action == "lambda:InvokeFunctionUrl"
}
