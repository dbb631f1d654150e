//! Callers beyond users and roles: those whom policies name.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::Facts;
use super::ids::PrincipalId;
use super::policies::{PolicyFact, PolicyLabel};
use super::principals::{Entity, PrincipalFact, PrincipalKind};
use crate::catalog::arn::matches_ignoring_case;
use crate::catalog::sessions::ACCEPTED_WITH_TOKEN;
use crate::document::principal::{BUILT_IN_PROVIDERS, PrincipalKind as Named};
use crate::document::{self, PolicyKind};
use crate::estate::DocumentId;

impl Facts {
    /// Sessions, federated users, services, providers and outside callers that some policy names (design: principals in
    /// bulk).
    pub(super) fn add_named_callers(&mut self, documents: Vec<DocumentId>) {
        let mut times: FxHashMap<DocumentId, u32> = FxHashMap::default();
        for document in documents {
            *times.entry(document).or_default() += 1;
        }
        let times: Vec<(DocumentId, u32)> = times.into_iter().collect();
        let mut names: Vec<(Box<str>, u32)> = times
            .into_par_iter()
            .flat_map_iter(|(id, times)| self.named_in(id).into_iter().map(move |name| (name, times)))
            .collect();
        names.par_sort_unstable();
        let alike: Vec<&[(Box<str>, u32)]> = names.chunk_by(|a, b| a.0 == b.0).collect();
        let of_name = |alike: &&[(Box<str>, u32)]| {
            let (name, _) = alike.first()?;
            let times = alike.iter().map(|(_, times)| times).sum();
            Some((name.clone(), times, PrincipalFact::named(&self.estate, name)))
        };
        let named: Vec<(Box<str>, u32, Option<PrincipalFact>)> =
            alike.par_iter().with_min_len(64).filter_map(of_name).collect();
        for (name, times, fact) in named {
            Arc::make_mut(&mut self.named).insert(name, times);
            self.add_if_new(fact);
        }
        if !self.by_name.contains_key("anonymous") {
            self.add_caller(PrincipalFact::anonymous());
        }
    }

    /// The callers that a document names, each as often as it does. A trust policy that lets everybody in lets in identity
    /// providers too: those that all accounts share, and those that were collected (S-PRN-01, S-TRUST-08).
    pub(super) fn named_in(&self, document: DocumentId) -> Vec<Box<str>> {
        let parsed = self.document(document);
        let statements = &parsed.document().statements;
        let mut named: Vec<Box<str>> = statements.iter().flat_map(named_callers).collect();
        let stored = self.estate.policies.get(document);
        if stored.is_none_or(|stored| stored.kind != PolicyKind::Trust) {
            return named;
        }
        let lets_in = |call: &str| statements.iter().any(|statement| lets_everybody(statement, call));
        let [saml, web] = ACCEPTED_WITH_TOKEN.map(lets_in);
        if web {
            named.extend(BUILT_IN_PROVIDERS.into_iter().map(Box::from));
        }
        if saml || web {
            let collected =
                self.estate.accounts.values().filter_map(|account| account.identity_providers.as_ref());
            let is_let_in = |arn: &&str| if arn.contains(":saml-provider/") { saml } else { web };
            named.extend(
                collected
                    .flat_map(|providers| providers.iter())
                    .map(|provider| &*provider.arn)
                    .filter(is_let_in)
                    .map(Box::from),
            );
        }
        named
    }

    /// Adds a caller that some policy names, if it is not known yet; its id if it was added.
    pub(super) fn add_named_caller(&mut self, name: &str) -> Option<PrincipalId> {
        self.add_if_new(PrincipalFact::named(&self.estate, name))
    }

    fn add_if_new(&mut self, fact: Option<PrincipalFact>) -> Option<PrincipalId> {
        let fact = fact.filter(|fact| !self.by_name.contains_key(&fact.name))?;
        Some(self.add_caller(fact))
    }

    /// Adds a caller that a question names, if no policy does.
    pub fn add_asked(&mut self, name: &str) {
        self.add_named_caller(name);
    }

    pub(super) fn add_caller(&mut self, fact: PrincipalFact) -> PrincipalId {
        let role = match (&fact.entity, fact.kind) {
            (Entity::Role(role), PrincipalKind::Session) => self.principal_id(&role.identity.arn),
            _ => None,
        };
        let unloaded = (!fact.loaded).then(|| {
            let label = PolicyLabel::OfPrincipal(fact.name.clone());
            self.add_policy(PolicyFact::new(label, None))
        });
        let id = self.add_principal(fact, unloaded.into_iter().collect(), None);
        self.role_of[id.index()] = role;
        if let Some(role) = role {
            Arc::make_mut(&mut self.sessions).entry(role).or_default().push(id);
        }
        id
    }
}

/// Whether a statement may let everybody make a call.
fn lets_everybody(statement: &document::Statement, call: &str) -> bool {
    let everybody = match &statement.principal {
        document::PrincipalElement::Entries { negated, entries } => {
            *negated || entries.iter().any(|entry| matches!(entry.kind, Named::Everyone | Named::AnyProvider))
        }
        document::PrincipalElement::Everyone => true,
        _ => false,
    };
    let named = statement.actions.entries.iter().any(|entry| match entry {
        document::ActionEntry::Pattern(pattern) => {
            matches_ignoring_case(pattern.value.as_bytes(), call.as_bytes())
        }
        document::ActionEntry::Malformed(_) => false,
    });
    everybody && statement.effect == document::Effect::Allow && named != statement.actions.negated
}

/// The callers that a statement names: its principals, and those to whom its conditions hold an Allow for everybody.
fn named_callers(statement: &document::Statement) -> Vec<Box<str>> {
    let (entries, open) = match &statement.principal {
        document::PrincipalElement::Entries { negated, entries } => (entries.as_slice(), *negated),
        document::PrincipalElement::Everyone => (&[][..], true),
        _ => (&[][..], false),
    };
    // An account by the ARN of its root user is the account, and not that user alone (S-PRN-02). What is malformed names nobody
    // (S-PRN-14 to S-PRN-16, S-PRN-24).
    let name = |entry: &document::PrincipalEntry| match entry.kind {
        Named::Account => Some(Box::from(entry.account().unwrap_or(&entry.text))),
        Named::Everyone
        | Named::AnyService
        | Named::AnyProvider
        | Named::Group
        | Named::PartialWildcard(_)
        | Named::Malformed(_) => None,
        _ => Some(Box::from(&*entry.text)),
    };
    let mut names: Vec<Box<str>> = entries.iter().filter_map(name).collect();
    let open = open || entries.iter().any(|entry| entry.kind == Named::Everyone);
    if open && statement.effect == document::Effect::Allow {
        names.extend(statement.conditions.iter().flat_map(callers_of_test));
    }
    names
}

/// The callers that a test names one by one.
fn callers_of_test(condition: &document::Condition) -> Vec<Box<str>> {
    const KEYS: [&str; 5] = [
        "aws:PrincipalAccount",
        "aws:PrincipalArn",
        "aws:PrincipalServiceName",
        "aws:PrincipalServiceNamesList",
        "kms:CallerAccount",
    ];
    let names_callers = KEYS.iter().any(|key| condition.key.value.eq_ignore_ascii_case(key));
    match &condition.test {
        document::Test::Readable { operator, values }
            if names_callers && !operator.comparison.is_negated() =>
        {
            let texts = values.iter().filter_map(|value| match value {
                document::ConditionValue::Text(text) => Some(&*text.value),
                document::ConditionValue::Malformed(_) => None,
            });
            texts.filter(|text| !text.contains(['*', '?', '$'])).map(Box::from).collect()
        }
        _ => Vec::new(),
    }
}
