//! What is odd about a scenario: it is taken as it stands, and said (S-TRI-06, S-TRI-11).

use crate::answers::context::contradicts;
use crate::answers::stated::owned_otherwise;
use crate::estate::Arn;
use crate::facts::keys::{self, Origin, origin};
use crate::facts::{PrincipalFact, StatedRequest};
use crate::scenario::{CallerKind, Scenario, StatedContext, StatedOwner, StatedResource};

/// What is said of a scenario beside its answer.
pub(super) fn warnings(
    scenario: &Scenario,
    caller: &PrincipalFact,
    targets: &[StatedRequest],
) -> Vec<String> {
    let mut warnings = Vec::new();
    let contradicting = scenario.context.contradictions().into_iter();
    warnings.extend(contradicting.map(|(one, other)| contradicts(one, other)));
    let of_resources = scenario.resources.iter().map(|resource| &resource.context);
    for context in of_resources.chain([&scenario.context]) {
        warnings.extend(of_context(scenario, context));
    }
    let unknown = targets.iter().find(|stated| stated.target.action.catalog.is_none());
    warnings.extend(unknown.map(|StatedRequest { target, .. }| {
        format!("no action `{}` is known, so it is decided by patterns alone", target.action.name)
    }));
    let of_none = targets.iter().map(|stated| &stated.target);
    let of_none = of_none.filter(|target| target.only_denies && !target.held.is_empty());
    warnings.extend(of_none.map(|target| {
        let arn = &target.resource;
        format!(
            "AWS lists no policy of its own for `{arn}`: what this one denies counts, what it allows does not"
        )
    }));
    warnings.extend(scenario.resources.iter().filter_map(other_owner));
    warnings.extend(other_path(scenario, caller));
    warnings.extend(scenario.unread.iter().cloned());
    warnings
}

/// An account that is stated to own what the ARN says another owns (S-EVAL-01).
fn other_owner(resource: &StatedResource) -> Option<String> {
    let StatedOwner::Account(stated) = resource.owner else { return None };
    let owner = Arn::parse(&resource.arn)?.account_id().filter(|owner| *owner != stated)?;
    Some(owned_otherwise(&resource.arn, owner, &stated.to_string()))
}

fn of_context(scenario: &Scenario, context: &StatedContext) -> Vec<String> {
    let mut warnings = Vec::new();
    for (name, given) in context.given() {
        warnings.extend(given.values.iter().filter_map(|value| keys::malformed_value(name, value)));
        warnings.extend(keys::unheard_of(name));
    }
    let mut twins: Vec<&str> = context.all_twins().map(|(name, _)| name).collect();
    twins.dedup();
    let said = |name: &str| {
        format!("`{name}` is stated in several spellings; which of them a condition reads is open")
    };
    warnings.extend(twins.into_iter().map(said));
    let kind = scenario.caller.kind;
    let signed = !matches!(kind, CallerKind::Anonymous | CallerKind::Saml | CallerKind::Oidc);
    // UNCERTAIN U-24: which of the caller's keys a service as the caller has.
    let counts = |name: &str| kind != CallerKind::Service || origin(name) != Origin::Principal;
    let lacking = context.names().filter(|name| context.lacks(name) && counts(name));
    warnings.extend(lacking.filter_map(|name| keys::stated_absent(name, signed)));
    warnings
}

/// A role of the caller's name and account that a policy puts under another path than the scenario does: names of roles are
/// unique in an account, so that it can only be the same one.
fn other_path(scenario: &Scenario, caller: &PrincipalFact) -> Option<String> {
    let identity = caller.identity()?;
    let own = &*identity.arn;
    let named = Arn::parse(own).filter(|arn| arn.service == "iam")?;
    let (_, name) = named.path_and_name("role")?;
    // Principals find the role by its name then; only what is tested of its ARN can come out otherwise.
    let tested = |text: &str| !caller.role_by_name || text.to_ascii_lowercase().contains("aws:principalarn");
    if caller.role_by_name && !scenario.derive {
        return None;
    }
    let account = format!("arn:{}:iam::{}:role/", named.partition, named.account);
    let in_policy = |text: &str| {
        let mut found = text.match_indices(&account).filter_map(|(at, _)| text.get(at..)?.split('"').next());
        found.find(|arn| is_other(arn, own, name)).map(str::to_owned)
    };
    let mut texts = scenario.policies().map(|policy| policy.value);
    let other = texts.find_map(|text| in_policy(text).filter(|_| tested(text)))?;
    Some(format!(
        "a policy names `{other}`, and the caller's role is taken as `{own}`: an account has one role of a name, so state \
         which it is (`caller.role_arn`)"
    ))
}

/// Whether an ARN is of a role of that name, and another text.
fn is_other(arn: &str, own: &str, name: &str) -> bool {
    let last = arn.rsplit('/').next().unwrap_or_default();
    last.eq_ignore_ascii_case(name) && arn != own && !arn.contains(['*', '?', '$'])
}
