//! Calls that need further permissions besides that of their own action (S-ACT-06, S-KMS-08, S-SVC-04, S-SVC-14, S-TRUST-09,
//! S-TRUST-10).
//!
//! Only what the call can't do without counts here. Permissions for what a call may do besides are decisions of their own: tags
//! on a new object (S-ACT-06), and the key of an encrypted one, of which the service asks with the caller's credentials
//! (S-KMS-11). A call that makes a session passes tags and a source identity where its context says so, and where it could be
//! allowed only if it did; else it passes none.

use crate::catalog::governing::{AlsoNeeded, governing};
use crate::catalog::sessions::{ACCEPTED_WITH_TOKEN, ACCOMPANYING, service_trust_needs};
use crate::facts::keys::CallKeys;
use crate::facts::readings::{Holds, Question, Readings};
use crate::facts::{Caller as CallerKind, PrincipalFact, Target};
use crate::region::condition::{Bindings, ConditionId, Conditions, KeyId, Known};

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
        _ if takes_role(asked) => &ACCOMPANYING,
        _ if federates(asked) => &["sts:TagSession"],
        _ if asked.eq_ignore_ascii_case("lambda:InvokeFunctionUrl") => &["lambda:InvokeFunction"],
        _ => &[],
    }
}

const ASSUME_ROLE: &str = "sts:AssumeRole";

/// Whether a call makes a session of a federated user, which it may give tags.
fn federates(action: &str) -> bool {
    action.eq_ignore_ascii_case("sts:GetFederationToken")
}

/// Whether a call makes a session of a role, which it may give tags and a source identity.
fn takes_role(action: &str) -> bool {
    ACCEPTED_WITH_TOKEN.iter().chain([&ASSUME_ROLE]).any(|call| call.eq_ignore_ascii_case(action))
}

/// What a caller's call needs besides, and when it does. `allowed`: when policies allow the call itself.
pub fn needed(
    conditions: &Conditions,
    keys: &CallKeys,
    target: &Target,
    caller: &PrincipalFact,
    context: &dyn Bindings,
    readings: &Readings,
    allowed: ConditionId,
) -> Vec<(Further, ConditionId)> {
    let always = needed_always(keys, target, caller, context, readings);
    let mut needed: Vec<_> = always.into_iter().map(|further| (further, ConditionId::ALWAYS)).collect();
    let call = Call { conditions, keys, context, allowed };
    if takes_role(&target.action.name) {
        let chained = is_session(caller);
        // X2. S-TRUST-10: whoever sets a source identity needs the permission; in role chaining both sides give it.
        needed.push((
            accompanied(Rule::X2, "sts:SetSourceIdentity", chained),
            call.passes(keys.source_identity),
        ));
    }
    // X3. S-TRUST-10: so does whoever passes tags.
    if takes_role(&target.action.name) || federates(&target.action.name) {
        needed.push((accompanied(Rule::X3, "sts:TagSession", false), call.passes_tags()));
    }
    needed.retain(|(_, when)| !when.is_never());
    needed
}

/// A permission that goes with a call.
pub(super) const fn accompanied(rule: Rule, action: &'static str, both_sides: bool) -> Further {
    Further { rule, action, both_sides, holds: None, unless: None }
}

/// The permission for tags that the new session inherits (U-82).
pub(super) const fn for_inherited_tags() -> Further {
    accompanied(Rule::X3, "sts:TagSession", true)
}

impl Further {
    /// Whether it is the permission for tags that the new session inherits (U-82).
    pub fn is_for_inherited_tags(&self) -> bool {
        *self == for_inherited_tags()
    }
}

/// The calls that go with taking a role and that some callers need on both sides.
pub const BY_BOTH_SIDES: [&str; 2] = ["sts:SetContext", "sts:SetSourceIdentity"];

/// Whether both the caller's own side and the trust policy must allow a call: to hand on a context, of whoever has policies of
/// its own (S-TRUST-01); to set a source identity, in role chaining (S-TRUST-10).
pub fn needs_both_sides(action: &str, caller: &PrincipalFact) -> bool {
    match action {
        "sts:SetContext" => caller.caller.has_own_side(),
        "sts:SetSourceIdentity" => is_session(caller),
        _ => false,
    }
}

fn is_session(caller: &PrincipalFact) -> bool {
    matches!(caller.caller, CallerKind::RoleSession | CallerKind::ServiceLinkedSession)
}

/// A call that takes a role, as far as its parameters go.
struct Call<'a> {
    conditions: &'a Conditions,
    keys: &'a CallKeys,
    context: &'a dyn Bindings,
    allowed: ConditionId,
}

impl Call<'_> {
    /// When it passes the parameter of a key.
    fn passes(&self, key: KeyId) -> ConditionId {
        match self.context.lookup(key) {
            Known::One(_) | Known::Held | Known::Named(..) => ConditionId::ALWAYS,
            Known::Many(values) => (!values.is_empty()).into(),
            Known::Absent => ConditionId::NEVER,
            Known::Unknown | Known::As(_) => match self.conditions.contains_key(self.allowed, key) {
                true => self.conditions.not(self.conditions.absent(key)),
                false => ConditionId::NEVER,
            },
        }
    }

    /// When it passes tags.
    fn passes_tags(&self) -> ConditionId {
        const TAGS: &str = "aws:requesttag/";
        if self.context.states_some(TAGS) {
            return ConditionId::ALWAYS;
        }
        let conditions = self.conditions;
        // `aws:TagKeys` of calls that give each key a value is a key of its own (S-TRI-09), so that names count.
        let is_of_tags = |key: &KeyId| {
            let name = &*conditions.key_of(*key).name;
            name.starts_with(TAGS) || matches!(name, "aws:tagkeys" | "sts:transitivetagkeys")
        };
        let asked = conditions.keys(self.allowed).iter().copied();
        let asked = asked.filter(is_of_tags).map(|key| self.passes(key));
        let listed = [self.keys.tag_keys, self.keys.transitive_tag_keys].map(|key| self.passes(key));
        conditions.or_all(asked.chain(listed))
    }
}

/// What a caller's call needs besides whatever it passes.
fn needed_always(
    keys: &CallKeys,
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
            needed.extend(actions.map(|action| accompanied(Rule::X1, action, false)));
        }
        // X2. S-TRUST-10: in role chaining a source identity, inherited ones included, must be allowed on both sides.
        let inherited = matches!(context.lookup(keys.inherited_source_identity), Known::One(_));
        if inherited && is_session(caller) {
            needed.push(accompanied(Rule::X2, "sts:SetSourceIdentity", true));
        }
        // X3. UNCERTAIN U-82: so must tags that the new session inherits; as recommended.
        let needed_for_tags = readings.holds(Question::InheritedTagsNeed) == Holds::Yes;
        if hands_on_tags(target, caller) && needed_for_tags {
            needed.push(for_inherited_tags());
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
    *target.action.name == *ASSUME_ROLE && !caller.inherited_tags.is_empty() && is_session(caller)
}

/// The permissions that a call needs and of which no export tells: those of Lake Formation on a database or table (S-SVC-14),
/// and those on the key behind an alias (S-KMS-08). A scenario names the key as another resource, and says of a database or
/// table whether it is under Lake Formation.
pub fn not_loaded(target: &Target, caller: &PrincipalFact) -> Option<(Rule, String)> {
    let name = &target.action.name;
    let of_glue = name.starts_with("glue:") && target.lake_formation;
    if !of_glue && (caller.stated || !name.starts_with("kms:")) {
        return None;
    }
    let needed = governing(&target.action.name, &target.resource).also_needed;
    // X5. Of the key, wherever it is.
    if needed.contains(&AlsoNeeded::KeyOfAlias) {
        return Some((Rule::X5, format!("permissions on the key behind {}", target.called)));
    }
    // X6. Of Lake Formation.
    let part = target.resource.splitn(6, ':').nth(5).unwrap_or_default();
    let governed = ["database/", "table/", "tableVersion/"].iter().any(|kind| part.starts_with(kind));
    (governed && needed.contains(&AlsoNeeded::LakeFormation))
        .then(|| (Rule::X6, format!("Lake Formation permissions on {}", target.called)))
}

fn may_need_more(action: &str) -> bool {
    action == "lambda:InvokeFunctionUrl"
}
