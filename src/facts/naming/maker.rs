//! The user who made a federated session, where principal elements mean it (S-PRN-11, S-PRN-22).

use super::{Caller, ConditionId, Grant, Naming, Question, glob};

impl Naming<'_> {
    /// What means the user who made a federated session means the session so, if a Deny hits it at all (S-PRN-22, U-14).
    pub(super) fn by_maker(&self, condition: ConditionId, denies: bool) -> (Grant, ConditionId) {
        let hits = match denies {
            true => self.readings.when(self.conditions, Question::FederatingUserDenied),
            false => ConditionId::ALWAYS,
        };
        (Grant::FederatingUser, self.conditions.and(condition, hits))
    }

    /// That a user made the federated session, of which nobody says who did.
    pub(super) fn made_it(&self) -> ConditionId {
        self.open(&format!("the user who made the session `{}`", self.principal.name))
    }

    /// The unique id of the user who made a federated session (S-PRN-11, S-PRN-22).
    pub(super) fn id_of_maker(&self, id: &str, denies: bool) -> Option<(Grant, ConditionId)> {
        if !id.starts_with("AIDA") || self.principal.is_federated_root() {
            return None;
        }
        let maker = self.principal.maker.as_deref();
        let condition = match (&self.principal.maker_id, self.estate.principal_of_id(id)) {
            (Some(own), _) => (**own == *id).into(),
            (None, Some(owner)) => match maker {
                Some(arn) => (**owner.arn() == *arn).into(),
                None if self.in_account_of(owner.arn()) => self.made_it(),
                None => ConditionId::NEVER,
            },
            (None, None) if !(denies || self.ids_open) => ConditionId::NEVER,
            (None, None) => {
                let made_by =
                    maker.map_or_else(|| format!("who made `{}`", self.principal.name), str::to_owned);
                self.open(&format!("the unique id of `{made_by}`"))
            }
        };
        (!condition.is_never()).then(|| self.by_maker(condition, denies))
    }

    /// Whether a pattern may cover the user who made a federated session.
    pub(super) fn covers_maker(&self, pattern: &str) -> bool {
        if self.principal.caller != Caller::FederatedUser {
            return false;
        }
        let covers = |arn: &str| glob(pattern.as_bytes(), arn.as_bytes());
        match (&self.principal.maker, self.principal.account) {
            (Some(maker), _) => covers(maker),
            (None, Some(account)) => {
                let partition = self.principal.partition();
                // A name that the end of the pattern matches, with its path if it has one, if any does.
                let end = pattern.split_once(":user/").map_or("*", |(_, end)| end);
                let end = end.replace(['*', '?'], "x");
                covers(&format!("arn:{partition}:iam::{account}:user/{end}"))
            }
            (None, None) => false,
        }
    }
}
