//! Sessions of roles, where principal elements mean them (S-PRN-06, S-PRN-10).

use super::{Arn, Caller, ConditionId, Grant, Naming, glob, is_session_name};
use crate::facts::keys;

impl Naming<'_> {
    /// The ARN of a session, where nobody says which one it is under the condition that it has that name.
    pub(super) fn session(&self, arn: &str) -> Option<(Grant, ConditionId)> {
        if !matches!(self.principal.caller, Caller::RoleSession | Caller::ServiceLinkedSession) {
            return None;
        }
        let parsed = Arn::parse(arn)?;
        let mut parts = parsed.resource.splitn(3, '/');
        let (_, role, session) = (parts.next()?, parts.next()?, parts.next()?);
        let own = self.in_account_of(arn) && self.role_name().is_some_and(|name| name == role);
        if !own || !is_session_name(session) {
            return None;
        }
        let condition = match &self.principal.session {
            Some(name) if **name == *session => ConditionId::ALWAYS,
            Some(_) => return None,
            None => {
                let key = self.conditions.key(keys::session_name());
                self.conditions.equals(key, [session])
            }
        };
        Some((Grant::Session, condition))
    }

    /// Whether a pattern may cover the caller as a session, where nobody says which one it is.
    pub(super) fn covers_some_session(&self, pattern: &str) -> bool {
        let is_open = self.principal.session.as_deref().is_none_or(str::is_empty);
        let (Some(role), Some(account), true) = (self.role_name(), self.principal.account, is_open) else {
            return false;
        };
        let partition = self.principal.partition();
        let sessions = format!("arn:{partition}:sts::{account}:assumed-role/{role}/");
        // A name that the end of the pattern matches, if any does.
        let end = pattern.rsplit('/').next().unwrap_or_default().replace('*', "xx").replace('?', "x");
        glob(pattern.as_bytes(), format!("{sessions}{end}").as_bytes())
    }
}
