//! What trust policies allow, and whether whom they name calls that (S-TRUST-01, S-TRUST-08 to S-TRUST-10, S-PRN-09).

use super::conditions::{key_place, needs_key, requires};
use super::principals::{chooses, texts};
use super::{Check, Code, Finding};
use crate::answers::chains::leaves_organization_open;
use crate::catalog::sessions::service_trust_needs;
use crate::catalog::{Catalog, issuer_claim};
use crate::document::{
    ActionElement, ActionEntry, Condition, Effect, Place, PolicyKind, PrincipalElement, PrincipalEntry,
    PrincipalKind, Statement,
};

/// The calls by which a role is taken.
const CALLS: [&str; 3] = ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];
/// What else a trust policy is evaluated for.
const BESIDES: [&str; 3] = ["sts:SetContext", "sts:SetSourceIdentity", "sts:TagSession"];

/// Whether an element means an action; so it does if it can't be read.
fn means(element: &ActionElement, action: &str) -> bool {
    let catalog = Catalog::embedded();
    let action = catalog.find_action(action);
    let listed = element.entries.iter().any(|entry| match (entry, action) {
        (ActionEntry::Pattern(text), Some(action)) => catalog.matching(&text.value).contains(action),
        _ => true,
    });
    listed != element.negated
}

/// Whether a trust policy is evaluated for some action that a pattern matches.
pub(super) fn takes_roles(pattern: &str) -> bool {
    let catalog = Catalog::embedded();
    let matches = catalog.matching(pattern);
    let mut actions = CALLS.iter().chain(&BESIDES).filter_map(|action| catalog.find_action(action));
    actions.any(|action| matches.contains(action))
}

impl Check<'_, '_> {
    /// Whether no principal of a statement makes a call that it allows: each kind has its own (S-TRUST-08). Principals that are listed in
    /// vain beside others are reported one by one.
    pub(super) fn calls_of_others(&mut self, statement: &Statement) -> bool {
        let PrincipalElement::Entries { negated: false, entries } = &statement.principal else {
            return false;
        };
        let element = &statement.actions;
        let [plain, saml, web] = CALLS.map(|call| means(element, call));
        let in_trust = match self.kind {
            PolicyKind::Trust if statement.effect == Effect::Allow && !element.negated => true,
            // Callers that a provider vouches for make no other calls; with the credentials that they get they are sessions of the role.
            PolicyKind::Resource if !saml && !web => false,
            _ => return false,
        };
        let makes_none = |entry: &PrincipalEntry| match entry.kind {
            PrincipalKind::OidcProvider | PrincipalKind::SamlProvider | PrincipalKind::BuiltInProvider
                if !in_trust =>
            {
                true
            }
            _ if !in_trust => false,
            PrincipalKind::OidcProvider | PrincipalKind::BuiltInProvider => (plain || saml) && !web,
            PrincipalKind::SamlProvider => (plain || web) && !saml,
            PrincipalKind::Account
            | PrincipalKind::User
            | PrincipalKind::Role
            | PrincipalKind::Session
            | PrincipalKind::Service => (web || saml) && !plain,
            _ => false,
        };
        let idle: Vec<&PrincipalEntry> = entries.iter().filter(|entry| makes_none(entry)).collect();
        let help = match in_trust {
            true => {
                "people of identity providers call `sts:AssumeRoleWithWebIdentity` or `sts:AssumeRoleWithSAML`, users, roles and \
                services `sts:AssumeRole`"
            }
            false => "name the role whose sessions the provider's people get, or its sessions",
        };
        if !entries.is_empty() && idle.len() == entries.len() {
            let message = "no principal of this statement makes such a call";
            self.report(Finding::new(Code::NeverMatches, message, self.whole(statement)).with_help(help));
            return true;
        }
        for entry in idle {
            let message = format!("`{}` makes no call that this statement is about", entry.text);
            self.report(Finding::new(Code::IdlePrincipal, message, self.place(entry.span)).with_help(help));
        }
        false
    }

    /// Whether a statement names providers alone and asks for a claim of another one.
    pub(super) fn claims_of_others(&mut self, statement: &Statement) -> bool {
        let PrincipalElement::Entries { negated: false, entries } = &statement.principal else {
            return false;
        };
        let issuer = |entry: &PrincipalEntry| match entry.kind {
            PrincipalKind::BuiltInProvider => Some(entry.text.to_ascii_lowercase()),
            PrincipalKind::OidcProvider => {
                entry.text.split_once(":oidc-provider/").map(|(_, issuer)| issuer.to_ascii_lowercase())
            }
            _ => None,
        };
        let Some(issuers) = entries.iter().map(issuer).collect::<Option<Vec<String>>>() else { return false };
        let is_foreign = |condition: &&Condition| {
            let key = condition.key.value.to_ascii_lowercase();
            requires(condition)
                && split_claim(&key).is_some_and(|(of, _)| !issuers.iter().any(|own| own == of))
        };
        let found = statement.conditions.iter().find(is_foreign);
        let Some(condition) = found.filter(|_| self.kind == PolicyKind::Trust && !issuers.is_empty()) else {
            return false;
        };
        let key = &condition.key.value;
        let message = format!("`{key}` is no claim of whom this statement names, so no request satisfies it");
        let finding = Finding::new(Code::NeverMatches, message, key_place(statement, condition));
        let listed: Vec<String> = issuers.iter().map(|issuer| format!("`{issuer}:…`")).collect();
        self.report(finding.with_help(format!("the claims are called {}", listed.join(" or "))));
        true
    }

    /// Reports tests of what a call passes, and services that pass it, where no statement allows to pass it: such calls fail (S-TRUST-09,
    /// S-TRUST-10).
    pub(super) fn calls_that_fail(&mut self, statement: &Statement) {
        if self.kind != PolicyKind::Trust
            || statement.effect != Effect::Allow
            || statement.malformed.is_some()
            || !CALLS.iter().any(|call| means(&statement.actions, call))
        {
            return;
        }
        let document = self.document;
        let allowed = |action: &str| {
            let mut allows = document.statements.iter().filter(|other| other.effect == Effect::Allow);
            allows.any(|other| means(&other.actions, action))
        };
        for condition in statement.conditions.iter().filter(|condition| requires(condition)) {
            let Some(needed) = passed_by(&condition.key.value).filter(|needed| !allowed(needed)) else {
                continue;
            };
            let message =
                format!("no call passes `{}`, because nothing here allows `{needed}`", condition.key.value);
            let finding = Finding::new(Code::MissingTrustAction, message, key_place(statement, condition));
            self.report(finding.with_help(format!("allow `{needed}` to the same principals")));
        }
        let PrincipalElement::Entries { negated: false, entries } = &statement.principal else { return };
        for entry in entries.iter().filter(|entry| entry.kind == PrincipalKind::Service) {
            let lacking: Vec<String> = service_trust_needs(&entry.text)
                .iter()
                .filter(|needed| !allowed(needed))
                .map(|needed| format!("`{needed}`"))
                .collect();
            if lacking.is_empty() {
                continue;
            }
            let lacking = lacking.join(" and ");
            let message = format!("`{}` can't take the role without {lacking}", entry.text);
            let finding = Finding::new(Code::MissingTrustAction, message, self.place(entry.span));
            self.report(finding.with_help(format!("allow it {lacking}, too")));
        }
    }

    /// A provider of OpenID Connect whose identities are not told apart.
    pub(super) fn provider(&mut self, statement: &Statement, entry: &PrincipalEntry, place: Place) {
        let Some((_, issuer)) = entry.text.split_once(":oidc-provider/") else { return };
        let subject = format!("{issuer}:sub");
        let limiting: Vec<&Condition> = statement
            .conditions
            .iter()
            .filter(|condition| tells_apart(&condition.key.value, issuer))
            .filter(|condition| chooses(condition) && !texts(condition).any(leaves_owner_open))
            .collect();
        for condition in &limiting {
            if let Some(pattern) = texts(condition).find(|text| is_whole_owner(text)) {
                let message = format!("`{pattern}` lets whatever the owner has in there take this role");
                self.report(Finding::new(Code::OidcWholeOwner, message, key_place(statement, condition)));
            }
        }
        if limiting.is_empty() {
            let message = format!("no test of `{subject}` limits who can take this role");
            self.report(Finding::new(Code::OidcWithoutSubject, message, place));
        } else if limiting.iter().all(|condition| !needs_key(condition)) {
            let message = format!("the test of `{subject}` also passes where the token has no subject");
            let finding = Finding::new(Code::OidcWithoutSubject, message, place).milder();
            self.report(finding.with_help("write the operator without `IfExists` and `ForAllValues`"));
        }
    }

    /// A provider that AWS knows for all accounts, where no test says for which application it vouches.
    pub(super) fn built_in_provider(&mut self, statement: &Statement, entry: &PrincipalEntry, place: Place) {
        if self.kind != PolicyKind::Trust || !means(&statement.actions, "sts:AssumeRoleWithWebIdentity") {
            return;
        }
        // Whether somebody signed in says nothing of where.
        let of_provider = |condition: &&Condition| {
            let key = condition.key.value.to_ascii_lowercase();
            let claim = key.strip_prefix(&*entry.text).and_then(|rest| rest.strip_prefix(':'));
            claim.is_some_and(|claim| claim != "amr")
        };
        if statement.conditions.iter().filter(of_provider).any(chooses) {
            return;
        }
        let audience = match &*entry.text {
            "www.amazon.com" | "graph.facebook.com" => "app_id",
            _ => "aud",
        };
        let message =
            format!("no test of `{}:{audience}` says whose application this role is for", entry.text);
        self.report(Finding::new(Code::ProviderWithoutAudience, message, place));
    }
}

/// The permission without which no call passes what a key holds.
fn passed_by(key: &str) -> Option<&'static str> {
    let key = key.to_ascii_lowercase();
    match &*key {
        "sts:sourceidentity" => Some("sts:SetSourceIdentity"),
        "aws:tagkeys" | "sts:transitivetagkeys" => Some("sts:TagSession"),
        _ if key.starts_with("aws:requesttag/") => Some("sts:TagSession"),
        _ => None,
    }
}

/// Whether a claim of a provider tells its customers apart: the subject, and what GitHub says of repository and owner.
fn tells_apart(key: &str, issuer: &str) -> bool {
    const GITHUB: &str = "token.actions.githubusercontent.com";
    const OF_GITHUB: [&str; 4] = ["enterprise_id", "repository", "repository_id", "repository_owner_id"];
    let Some((of, claim)) = split_claim(key) else { return false };
    let is = |known: &str| known.eq_ignore_ascii_case(claim);
    let of_github = issuer.eq_ignore_ascii_case(GITHUB) && OF_GITHUB.into_iter().any(is);
    of.eq_ignore_ascii_case(issuer) && (is("sub") || of_github)
}

/// A key split into provider and claim: providers with a path hold no colon.
fn split_claim(key: &str) -> Option<(&str, &str)> {
    issuer_claim(key)?;
    key.rsplit_once(':')
}

/// Whether a pattern of subjects names an owner and leaves all else open, as GitHub, GitLab and HCP Terraform write them.
fn is_whole_owner(pattern: &str) -> bool {
    const KINDS: [(&str, char); 3] = [("repo:", '/'), ("project_path:", '/'), ("organization:", ':')];
    let Some(wildcard) = pattern.find(['*', '?']) else { return false };
    let Some((before, _)) = pattern.split_at_checked(wildcard) else { return false };
    KINDS.iter().any(|(kind, end)| {
        let owner = before.strip_prefix(kind).and_then(|rest| rest.strip_suffix(*end));
        owner.is_some_and(|owner| !owner.is_empty() && !owner.contains([':', '/']))
    })
}

/// Whether a pattern of subjects or of repositories leaves open whose they are.
fn leaves_owner_open(pattern: &str) -> bool {
    let of_repository = || {
        let owner = pattern.split('/').next().unwrap_or_default();
        pattern.contains('/') && !owner.contains(':') && owner.contains(['*', '?'])
    };
    leaves_organization_open(pattern) || of_repository()
}
