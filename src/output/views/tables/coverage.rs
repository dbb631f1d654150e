//! What a report rests on.

use std::path::Path;

use super::Given;
use crate::catalog::Catalog;
use crate::estate::{Collected, Subject};
use crate::output::factored::{Coverage, Topic};
use crate::output::views::assumed_of_all;

/// Sorted by topic, account and subject.
pub(super) fn table(given: &Given) -> Coverage {
    let facts = given.engine.facts();
    let source = Catalog::embedded().source();
    let mut rows: Vec<Row> = vec![Row {
        topic: Topic::Catalog.as_str(),
        account: None,
        subject: source.package.to_owned(),
        value: Some(source.version.to_owned()),
        date: Some(source.date.to_owned()),
    }];
    rows.extend(facts.estate.sources.iter().map(|(_, file)| Row {
        topic: Topic::Export.as_str(),
        account: account_of(&file.path),
        subject: file.path.display().to_string(),
        value: None,
        date: file.modified.and_then(|at| jiff::Timestamp::try_from(at).ok()).map(|at| at.to_string()),
    }));
    rows.extend(facts.estate.gaps().iter().map(|gap| {
        let account = gap.touches().into_iter().find_map(|subject| match subject {
            Subject::Account(account) => Some(account.to_string()),
            Subject::Arn(arn) => {
                crate::estate::Arn::parse(&arn).and_then(|arn| arn.account_id()).map(|id| id.to_string())
            }
            _ => None,
        });
        Row { topic: Topic::Missing.as_str(), account, subject: gap.to_string(), value: None, date: None }
    }));
    for account in facts.estate.accounts.values() {
        let endpoints = account.vpc_endpoints.iter().flat_map(|all| all.iter());
        let known = endpoints.filter(|endpoint| endpoint.policy != Collected::NotCollected);
        rows.extend(known.map(|endpoint| Row {
            topic: Topic::Endpoint.as_str(),
            account: Some(account.id.to_string()),
            subject: endpoint.id.to_string(),
            value: endpoint.service.as_deref().map(str::to_owned),
            date: None,
        }));
    }
    rows.extend(assumed_of_all(given.engine).into_iter().map(|(subject, value)| Row {
        topic: Topic::Assumption.as_str(),
        account: None,
        subject,
        value: Some(value),
        date: None,
    }));
    rows.sort_unstable();
    rows.dedup();
    let mut table = Coverage::default();
    for row in rows {
        table.topic.push(row.topic);
        table.account.push(row.account.as_deref());
        table.subject.push(&row.subject);
        table.value.push(row.value.as_deref());
        table.date.push(row.date.as_deref());
    }
    table
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    topic: &'static str,
    account: Option<String>,
    subject: String,
    value: Option<String>,
    date: Option<String>,
}

/// The account whose folder a file is in.
fn account_of(path: &Path) -> Option<String> {
    let name = path.parent()?.file_name()?.to_str()?;
    (name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit())).then(|| name.to_owned())
}
