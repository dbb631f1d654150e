//! What a scenario states of the context of its request, for one of its resources.

use std::sync::Arc;

use super::keys;
use super::target::Target;
use crate::estate::Tags;
use crate::scenario::{CallerKind, Scenario, StatedContext, StatedResource};

/// Whether a service makes the call for the caller.
const VIA: &str = "aws:viaawsservice";

/// The tags of which nobody knows what the request holds: those whose keys differ by case only (S-COND-03, U-15), whether the context
/// or the resource states them, and those of a role around its trust policy for which an inherited tag may stand in, after the role's
/// own (S-TRUST-12, U-62).
pub(super) fn twin_tags(scenario: &Scenario, resource: &StatedResource) -> Tags {
    let to_be_taken = scenario.action.to_ascii_lowercase().starts_with("sts:");
    let inherited = |tag: &str| scenario.caller.inherited(tag).filter(|_| to_be_taken);
    let shared = |text: &str| -> Arc<str> { text.into() };
    let context = scenario.context.overlaid(&resource.context);
    let of_context = context.all_twins().filter_map(|(key, value)| Some((keys::resource_tag(key)?, value)));
    let mut all: Vec<(Arc<str>, Arc<str>)> = Vec::new();
    for (tag, value) in of_context {
        let pair = (shared(tag), shared(value));
        // Each is read once, under whichever names of keys it is stated.
        if !all.contains(&pair) {
            all.push(pair);
        }
    }
    let stated: Vec<Arc<str>> = all.iter().map(|(tag, _)| tag.clone()).collect();
    let is_stated = |tag: &str| stated.iter().any(|stated| stated.eq_ignore_ascii_case(tag));
    for (tag, value) in resource.tags.iter().filter(|(tag, _)| scenario.derive && !is_stated(tag)) {
        all.push((shared(tag), shared(value)));
        all.extend(inherited(tag).map(|value| (shared(tag), shared(value))));
    }
    let all: Tags = all.into_iter().collect();
    let twins: Vec<String> = all.ambiguous().map(str::to_lowercase).collect();
    let is_twin = |tag: &str| twins.contains(&tag.to_lowercase());
    all.iter().filter(|(tag, _)| is_twin(tag)).map(|(tag, value)| (shared(tag), shared(value))).collect()
}

/// Leaves open what credentials must hold and nothing says: the time of issue of temporary ones, and whether MFA was used with
/// those of `GetSessionToken` and those with which a service calls for a user (S-KEY-22).
fn leave_credentials_open(scenario: &Scenario, context: &mut StatedContext) {
    match scenario.caller.kind {
        CallerKind::SessionToken => {
            context.leave_open("aws:TokenIssueTime");
            context.leave_open("aws:MultiFactorAuthPresent");
            context.leave_open("aws:MultiFactorAuthAge");
        }
        CallerKind::Role | CallerKind::Session | CallerKind::FederatedUser | CallerKind::AssumedRoot => {
            context.leave_open("aws:TokenIssueTime")
        }
        // S-KEY-35: it is there; which other names of the service it holds nobody knows.
        CallerKind::Service => context.leave_open("aws:PrincipalServiceNamesList"),
        CallerKind::User => {
            let via = context.get(VIA).and_then(|given| given.values.first());
            if via.is_some_and(|via| via.eq_ignore_ascii_case("true")) {
                context.leave_open("aws:MultiFactorAuthPresent");
            }
        }
        _ => {}
    }
}

/// Gives what follows from the services through which a call comes: that a service makes it, and the first and the last of them
/// (S-TRI-09).
fn add_ends_of_calls(context: &mut StatedContext) {
    let tells = |name: &&str| context.get(name).is_some_and(|given| !given.values.is_empty());
    if keys::BY_SERVICE.iter().any(tells) && !context.lacks(VIA) && !context.leaves_open(VIA) {
        context.add(VIA, "true");
    }
    let via = context.get("aws:calledvia").map(|given| given.values.clone()).unwrap_or_default();
    for (name, service) in [("aws:calledviafirst", via.first()), ("aws:calledvialast", via.last())] {
        if let Some(service) = service.filter(|_| !context.lacks(name)) {
            context.add(name, service);
        }
    }
}

/// What the request holds for one resource, with the tags of caller and resource if keys follow from them.
pub(super) fn context(scenario: &Scenario, resource: &StatedResource, target: &Target) -> StatedContext {
    let mut context = scenario.context.overlaid(&resource.context);
    let is_bucket = target.resource.contains(":s3:::");
    let service = target.action.name.split(':').next().unwrap_or_default();
    let tags_count = !is_bucket || scenario.settings.bucket_abac == Some(true);
    let of_tags = match scenario.derive && !resource.tags.is_empty() {
        true => keys::of_tags(service, target.action.catalog, &target.resource),
        false => Vec::new(),
    };
    if scenario.derive {
        add_ends_of_calls(&mut context);
        leave_credentials_open(scenario, &mut context);
        if scenario.caller.account.is_some() {
            for (tag, value) in &scenario.caller.tags {
                context.add(&format!("aws:PrincipalTag/{tag}"), value);
            }
        }
        let twins = twin_tags(scenario, resource);
        for (tag, value) in &resource.tags {
            // S-S3-11: tags of objects do not depend on what is set for the bucket.
            let held = |key: &&String| tags_count || *key == "s3:ExistingObjectTag";
            for key in of_tags.iter().filter(held).map(|key| format!("{key}/{tag}")) {
                match twins.get(tag) {
                    Some(_) => context.leave_open(&key),
                    None => context.add(&key, value),
                }
            }
        }
    }
    if is_bucket && scenario.settings.bucket_abac == Some(false) {
        context.remove(|key| key.starts_with("aws:resourcetag/") || key.starts_with("s3:buckettag/"));
    }
    context
}
