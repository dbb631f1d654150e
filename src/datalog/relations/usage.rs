//! Rows on credentials and on what was used when. The files are read when a program asks for them.

use std::sync::Arc;

use rayon::prelude::*;

use super::{Row, Rows, optional, row};
use crate::datalog::engine::GivenError;
use crate::datalog::text::Value;
use crate::estate::{Account, Credentials, LastAccessed, Problem};

impl Rows<'_> {
    /// The rows of a relation of these; none if it is not one.
    pub(super) fn usage(&self, relation: &str) -> Option<Result<Vec<Row>, GivenError>> {
        let credentials = |rows: fn(&Credentials) -> Vec<Row>| {
            let of_account = |account: &Account| {
                let report = self.engine.estate().credential_report(account)?;
                Ok(report.iter().flat_map(|report| &report.rows).flat_map(rows).collect())
            };
            self.of_accounts(of_account)
        };
        let accessed = |rows: fn(&LastAccessed) -> Row| {
            let of_account = |account: &Account| {
                let list = self.engine.estate().last_accessed(account)?;
                Ok(list.iter().flatten().map(rows).collect())
            };
            self.of_accounts(of_account)
        };
        Some(match relation {
            "credential_report" => {
                let collected = self.all_accounts().filter(|account| account.credential_report.is_some());
                Ok(collected.map(|account| row([optional(Some(account.id))])).collect())
            }
            "credentials_reported" => credentials(|of| vec![row([arn(of)])]),
            "console_password" => credentials(|of| {
                let dates = |password: &crate::estate::Password| {
                    row([arn(of), date(&password.last_used), date(&password.last_changed)])
                };
                of.password.iter().map(dates).collect()
            }),
            "mfa" => credentials(|of| if of.mfa { vec![row([arn(of)])] } else { Vec::new() }),
            "access_key" => credentials(|of| {
                let keys = of.keys.iter().map(|(number, key)| {
                    let status = Value::symbol(if key.active { "active" } else { "inactive" });
                    let number = Value::Number((*number).into());
                    row([arn(of), number, status, date(&key.rotated), date(&key.last_used)])
                });
                keys.collect()
            }),
            "signing_certificate" => credentials(|of| {
                of.certificates.iter().map(|&number| row([arn(of), Value::Number(number.into())])).collect()
            }),
            "use_collected" => accessed(|of| row([Value::Text(of.arn.clone())])),
            "last_accessed" => accessed(|of| {
                row([Value::Text(of.arn.clone()), Value::Symbol(of.service.clone()), date(&of.last)])
            }),
            _ => return None,
        })
    }

    fn of_accounts(
        &self,
        rows: impl Fn(&Account) -> Result<Vec<Row>, Box<Problem>> + Sync,
    ) -> Result<Vec<Row>, GivenError> {
        let accounts: Vec<&Arc<Account>> = self.all_accounts().collect();
        let found: Vec<Result<Vec<Row>, Box<Problem>>> =
            accounts.par_iter().map(|account| rows(account)).collect();
        let mut all = Vec::new();
        for rows in found {
            all.extend(rows.map_err(|problem| GivenError::new(problem.to_string()))?);
        }
        Ok(all)
    }
}

fn arn(of: &Credentials) -> Value {
    Value::Text(of.arn.clone())
}

fn date(of: &Option<Arc<str>>) -> Value {
    Value::Text(of.clone().unwrap_or_default())
}
