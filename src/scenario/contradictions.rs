//! What the caller of a scenario cannot be: principal and `caller` that contradict each other.

use super::caller::{CallerKind, StatedCaller};
use super::value::{Node, ScenarioError};
use crate::estate::Arn;

/// That what is stated of a caller can be so of one caller. `shape` is what its principal looks like; `member` finds what stands
/// beside it.
///
/// # Errors
/// It cannot; the error stands at the member that says otherwise than the principal.
pub(super) fn contradiction<'a: 'p, 'p>(
    caller: &StatedCaller,
    shape: Option<CallerKind>,
    member: impl Fn(&'static str) -> Option<Node<'a, 'p>>,
) -> Result<(), ScenarioError> {
    let error = |field: &'static str, message: String| match member(field) {
        Some(node) => Err(node.error(message)),
        None => Ok(()),
    };
    let name = &*caller.name;
    if !shape.is_none_or(|shape| fits(caller.kind, shape)) {
        return error("kind", format!("`{name}` is no caller of this kind"));
    }
    let own = Arn::parse(name);
    if let Some(role) = caller.role.as_deref() {
        let named =
            Arn::parse(role).filter(|arn| arn.service == "iam").and_then(|arn| arn.path_and_name("role"));
        let Some((_, role_name)) = named else {
            return error("role_arn", format!("`{role}` is no role"));
        };
        let same = match caller.kind {
            CallerKind::Role => role == name,
            CallerKind::Session => {
                own.is_some_and(|own| of_role(&own) == Some(role_name)) && same_account(role, name)
            }
            _ => true,
        };
        if !same {
            return error("role_arn", format!("`{name}` is no session of `{role}`"));
        }
    }
    if let Some(user) = caller.user.as_deref() {
        let is_maker = Arn::parse(user).is_some_and(|arn| {
            arn.service == "iam" && (arn.resource == "root" || arn.resource.starts_with("user/"))
        });
        let fits = match caller.kind {
            CallerKind::FederatedUser => is_maker && same_account(user, name),
            CallerKind::User | CallerKind::SessionToken | CallerKind::Root => user == name,
            _ => true,
        };
        if !fits {
            return error("user_arn", format!("`{user}` cannot have made `{name}`"));
        }
    }
    let of_other_kind = match (caller.kind, caller.unique_id.as_deref()) {
        (CallerKind::User | CallerKind::SessionToken | CallerKind::FederatedUser, Some(id)) => {
            id.starts_with("AROA")
        }
        (CallerKind::Role | CallerKind::Session, Some(id)) => id.starts_with("AIDA"),
        _ => false,
    };
    if of_other_kind {
        return error("unique_id", format!("this is no unique id of `{name}`"));
    }
    match (caller.kind, caller.provider.as_deref()) {
        // A principal that is a host name or an ARN, of which the provider may be the other form.
        (CallerKind::Saml | CallerKind::Oidc, Some(provider)) if last(provider) != last(name) => {
            error("provider", format!("`{provider}` does not vouch for `{name}`"))
        }
        _ => Ok(()),
    }
}

/// Whether a principal that looks like `shape` can be a caller of a kind.
fn fits(kind: CallerKind, shape: CallerKind) -> bool {
    use CallerKind::{AssumedRoot, Oidc, Role, Root, Service, Session, SessionToken, User};
    match kind {
        // S-STS-02: root gets such credentials too.
        SessionToken => matches!(shape, User | Root),
        AssumedRoot => shape == Root,
        // A role's ARN stands for a session of it.
        Session => matches!(shape, Session | Role),
        // Some providers are services too.
        Oidc | Service => matches!(shape, Oidc | Service),
        _ => kind == shape,
    }
}

/// The name of the role whose session an ARN is.
pub(super) fn of_role<'a>(session: &Arn<'a>) -> Option<&'a str> {
    session.resource.strip_prefix("assumed-role/")?.split('/').next()
}

/// Whether two ARNs are of one account and partition.
pub(super) fn same_account(one: &str, other: &str) -> bool {
    let place = |text| Arn::parse(text).map(|arn| (arn.partition, arn.account));
    match (place(one), place(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// The name of a provider, whose ARN ends in it.
fn last(provider: &str) -> &str {
    provider.split_once("-provider/").map_or(provider, |(_, name)| name)
}
