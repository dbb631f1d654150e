//! What is known of calls that AWS services make for accounts.
//!
//! source   S-XACC-15, S-KEY-05, section 3.6 of the semantics: the organisation of the source follows from its account

use super::Facts;
use super::binding::OrganizationOf;
use crate::estate::{AccountId, Arn};
use crate::region::condition::{ConditionId, Piece, Value, View};

/// The account that a value of a key of [`OF_SOURCE`](super::keys::OF_SOURCE) names, or that a pattern of it fixes.
pub fn account_of_source(name: &str, value: &str) -> Option<AccountId> {
    match name {
        "aws:sourceaccount" => value.parse().ok(),
        _ => Arn::parse(value)?.account_id(),
    }
}

impl Facts {
    /// The accounts for which a service calls by the tests of a condition on a key of [`OF_SOURCE`](super::keys::OF_SOURCE).
    pub fn sources_in(&self, condition: ConditionId, name: &str) -> Vec<AccountId> {
        let conditions = &self.arena().conditions;
        let tests = conditions.tests_of(condition, self.compiler.key(name)).into_iter();
        let mut found = Vec::new();
        for test in tests {
            let View::Test { test, .. } = conditions.view(test) else { continue };
            found.extend(test.values.iter().filter_map(|value| match value {
                Value::Template(pieces) => match &pieces[..] {
                    [Piece::Text(text) | Piece::Literal(text)] => account_of_source(name, text),
                    _ => None,
                },
                Value::Malformed(_) => None,
            }));
        }
        found
    }

    /// That a service calls for one of some accounts, as far as the call says so.
    pub fn is_for(&self, accounts: &[AccountId]) -> ConditionId {
        let ids: Vec<String> = accounts.iter().map(AccountId::to_string).collect();
        let arns: Vec<String> = ids.iter().map(|account| format!("arn:*:*:*:{account}:*")).collect();
        let by_arn = self.holds("ArnLike", "aws:SourceArn", &arns);
        self.arena().conditions.or(self.holds("StringEquals", "aws:SourceAccount", &ids), by_arn)
    }

    /// What holds of every call that a service makes for a resource that it runs, as far as the call says for which: for none of another
    /// account, and none other of its type.
    pub fn for_resource(&self, resource: &str) -> ConditionId {
        let Some((arn, account)) = Arn::parse(resource).and_then(|arn| Some((arn, arn.account_id()?))) else {
            return ConditionId::ALWAYS;
        };
        let conditions = &self.arena().conditions;
        let own = self.holds("StringEqualsIfExists", "aws:SourceAccount", &[account.to_string()]);
        let of_account = format!("arn:*:*:*:{account}:*");
        let mut told = conditions.and(own, self.holds("ArnLikeIfExists", "aws:SourceArn", &[of_account]));
        // A service does not call for an instance profile, but for what uses it.
        let kind = arn.resource.find([':', '/']).and_then(|at| arn.resource.get(..=at));
        if let Some(kind) = kind.filter(|_| arn.service != "iam") {
            let alike = format!("arn:*:{}:*:*:{kind}*", arn.service);
            let itself = [resource.to_owned(), format!("{resource}:*"), format!("{resource}/*")];
            let other_type = self.holds("ArnNotLike", "aws:SourceArn", &[alike]);
            let itself = self.holds("ArnLike", "aws:SourceArn", &itself);
            told = conditions.and(told, conditions.or(other_type, itself));
        }
        told
    }

    /// What holds of every call that a service makes for an account, one condition for each key: nothing if nobody knows where the
    /// account stands. One that no loaded organisation lists is in none of these.
    pub fn for_account(&self, account: AccountId) -> Vec<ConditionId> {
        let [id_of, paths_of] = ["aws:SourceOrgID", "aws:SourceOrgPaths"];
        match self.organization_of(Some(account)) {
            OrganizationOf::Member { id, path, .. } => {
                let mut held = vec![self.holds("StringEquals", id_of, &[id.to_string()])];
                if let Some(path) = path {
                    let path = [path.to_string()];
                    held.push(self.holds("ForAnyValue:StringEquals", paths_of, &path));
                    held.push(self.holds("ForAllValues:StringEquals", paths_of, &path));
                }
                held
            }
            OrganizationOf::StandAlone => {
                [id_of, paths_of].map(|key| self.holds("Null", key, &["true".to_owned()])).to_vec()
            }
            OrganizationOf::Elsewhere => {
                let ids: Vec<String> = self.estate.organizations.keys().map(ToString::to_string).collect();
                let below: Vec<String> = ids.iter().map(|id| format!("{id}/*")).collect();
                vec![
                    self.holds("StringNotEquals", id_of, &ids),
                    self.holds("ForAllValues:StringNotLike", paths_of, &below),
                ]
            }
            OrganizationOf::Unnamed { .. } | OrganizationOf::Unknown => Vec::new(),
        }
    }
}
