//! Permissions that a call needs besides its own (S-TRUST-09, S-TRUST-10, S-SVC-04).

use super::answer::{Outcome, Run};
use super::catalog::Catalog;
use super::decide::decide_target;
use super::doubts::{Doubts, Kind as Doubt};
use super::gates;
use super::request::{Request, Target};

/// Actions without which a call that makes a session fails (S-TRUST-09, S-TRUST-10); the flag: both sides must allow it.
pub fn also_needed(request: &Request, target: &Target) -> Vec<(&'static str, bool)> {
    let mut needed = Vec::new();
    let operation = request.operation();
    let takes_role = gates::listed("assumerole assumerolewithsaml assumerolewithwebidentity", &operation);
    if request.service() != "sts" || !(takes_role || operation == "getfederationtoken") {
        return needed;
    }
    let passes = |key: &str| target.context.first(key).is_some();
    let tags = |key: &str| key.starts_with("aws:requesttag/");
    if passes("aws:TagKeys") || passes("sts:TransitiveTagKeys") || target.context.keys().any(tags) {
        needed.push(("sts:TagSession", false));
    }
    if takes_role && passes("sts:SourceIdentity") {
        needed.push(("sts:SetSourceIdentity", request.caller.is_role_session()));
    }
    if request.operation() == "assumerole" {
        needed.extend(needed_anyway(request, target));
    }
    needed
}

/// Those without which an AssumeRole call fails whatever it passes.
fn needed_anyway(request: &Request, target: &Target) -> Vec<(&'static str, bool)> {
    let chained = request.caller.is_role_session() && target.context.first("aws:SourceIdentity").is_some();
    // U-82
    let inherits = request.caller.is_role_session() && !request.caller.transitive.is_empty();
    let tagged = inherits.then_some(("sts:TagSession", true));
    match request.caller.text.as_str() {
        "pods.eks.amazonaws.com" => vec![("sts:TagSession", false)],
        "rolesanywhere.amazonaws.com" => vec![("sts:TagSession", false), ("sts:SetSourceIdentity", false)],
        _ if chained => tagged.into_iter().chain([("sts:SetSourceIdentity", true)]).collect(),
        _ => tagged.into_iter().collect(),
    }
}

/// The second permission that a call of a function URL needs, unless the URL is from before October 2025 (S-SVC-04, U-84).
pub fn by_function_url(
    request: &Request,
    target: &Target,
    catalog: &Catalog,
    doubts: &Doubts,
) -> Option<Run> {
    if !request.action.eq_ignore_ascii_case("lambda:InvokeFunctionUrl") {
        return None;
    }
    let further = Request { action: "lambda:InvokeFunction".to_owned(), ..request.clone() };
    let mut target = target.clone();
    target.context.add("lambda:InvokedViaFunctionUrl", "true");
    let run = decide_target(&further, &target, catalog, doubts, false);
    let refused = run.outcome == Outcome::ImplicitlyDenied
        && doubts.choose(Doubt::Missing, "the date of the function URL (U-84)", 2) == 0;
    (refused || run.outcome == Outcome::ExplicitlyDenied).then_some(run)
}

/// Whether tags are put on the session of a federated user; the reference lists roles alone (S-TRUST-10).
pub fn tags_federated_user(request: &Request, target: &Target) -> bool {
    request.action.eq_ignore_ascii_case("sts:TagSession") && target.arn.contains(":federated-user/")
}
