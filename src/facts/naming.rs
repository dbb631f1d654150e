//! Whether a statement's `Principal` element means a caller, and in which form it names it (section 2.4, S-PRN-*).

mod maker;
mod session;

use super::kinds::{Caller, Grant};
use super::listed::Listed;
use super::outsiders::canonical_of;
use super::principals::{Entity, PrincipalFact, PrincipalKind};
use super::readings::{Question, Readings};
use crate::document::principal::{PrincipalClass, PrincipalEntry, PrincipalKind as Named, is_session_name};
use crate::document::{Effect, PolicyKind, PrincipalElement};
use crate::estate::{Arn, Estate};
use crate::region::action_set::glob;
use crate::region::condition::{ConditionId, Conditions, DoubtClass};

/// The forms in which an element names a caller, each with the condition under which it does.
pub type Forms = Vec<(Grant, ConditionId)>;

/// Whether an element means either all users of an account, with a boundary or without one, or none of them, and so for
/// roles.
pub fn means_classes(element: &PrincipalElement) -> bool {
    let PrincipalElement::Entries { entries, .. } = element else { return true };
    entries.iter().all(|entry| {
        matches!(
            entry.kind,
            Named::Everyone
                | Named::Account
                | Named::CanonicalUser
                | Named::Service
                | Named::AnyService
                | Named::SamlProvider
                | Named::OidcProvider
                | Named::BuiltInProvider
                | Named::AnyProvider
        )
    })
}

/// Compares principal elements with one caller.
#[derive(Clone, Copy)]
pub struct Naming<'a> {
    /// Where conditions live.
    pub conditions: &'a Conditions,
    /// The estate, for ids that stand for accounts.
    pub estate: &'a Estate,
    /// The caller.
    pub principal: &'a PrincipalFact,
    /// Whether the caller's user or role has a permissions boundary (S-PRN-20).
    pub bounded: bool,
    /// The kind of policy that holds the element.
    pub kind: PolicyKind,
    /// Whether it is the policy of a gateway endpoint (S-VPCE-03).
    pub gateway: bool,
    /// Whether the statement asks for callers by their ARN, which beside `*` names them.
    pub by_arn: bool,
    /// How what AWS leaves open is read.
    pub readings: &'a Readings,
    /// Whether a grant to a unique id may mean a caller of whom the id was not collected.
    pub ids_open: bool,
}

impl Naming<'_> {
    /// The forms in which the element of a statement with this effect means the caller, by any of its entries (S-PRN-17).
    /// None: it does not.
    pub fn forms(&self, element: &PrincipalElement, effect: Effect) -> Forms {
        self.forms_among(element, None, effect)
    }

    /// The same, where it may be known which entries could mean whom.
    pub fn forms_among(&self, element: &PrincipalElement, listed: Option<&Listed>, effect: Effect) -> Forms {
        let denies = effect != Effect::Allow;
        let forms = self.as_written(element, listed, denies);
        if denies { forms } else { self.as_read(forms) }
    }

    /// The forms in which one entry means the caller.
    pub fn forms_of(&self, entry: &PrincipalEntry, denies: bool) -> Forms {
        let forms = self.entry(entry, denies).into_iter().collect();
        if denies { forms } else { self.as_read(forms) }
    }

    /// Grants in a form that makes up for silent layers or does not, by how AWS is read (U-31, U-76, U-77), in both forms.
    fn as_read(&self, forms: Forms) -> Forms {
        let split = |form: Grant| match (form, self.principal.caller) {
            // S-EVAL-08: what names a role so makes up for all layers.
            (Grant::Everyone, Caller::RoleSession | Caller::ServiceLinkedSession) if self.by_arn => None,
            (Grant::Everyone, Caller::RoleSession | Caller::ServiceLinkedSession) => {
                Some((Question::BareStarOfSessions, Grant::Role))
            }
            (Grant::Everyone, Caller::FederatedUser) => {
                Some((Question::BareStarOfFederated, Grant::FederatingUser))
            }
            (Grant::User, Caller::User) if self.kind == PolicyKind::Trust => {
                Some((Question::BoundaryInTrust, Grant::Everyone))
            }
            _ => None,
        };
        let needs_no_split =
            |form| split(form).is_none_or(|(question, _)| self.readings.is_default(question));
        if forms.iter().all(|(form, _)| needs_no_split(*form)) {
            return forms;
        }
        let both = forms.into_iter().flat_map(|(form, condition)| {
            let Some((question, other)) = split(form) else {
                return vec![(form, condition)];
            };
            let holds = self.readings.when(self.conditions, question);
            let not = self.conditions.not(holds);
            vec![(form, self.conditions.and(condition, holds)), (other, self.conditions.and(condition, not))]
        });
        both.filter(|(_, condition)| !condition.is_never()).collect()
    }

    fn as_written(&self, element: &PrincipalElement, listed: Option<&Listed>, denies: bool) -> Forms {
        match element {
            PrincipalElement::Implicit | PrincipalElement::Everyone => {
                vec![(Grant::Everyone, ConditionId::ALWAYS)]
            }
            PrincipalElement::Missing if denies => {
                let text = "U-61: whether a Deny without `Principal` means everybody";
                vec![(Grant::Everyone, self.conditions.doubt(DoubtClass::Reading, text))]
            }
            PrincipalElement::Unreadable if denies => {
                vec![(Grant::Everyone, self.malformed("a `Principal` element"))]
            }
            PrincipalElement::Missing | PrincipalElement::Unreadable => Vec::new(),
            PrincipalElement::Entries { negated: false, entries } => {
                match listed.and_then(|listed| listed.could_mean(self.principal)) {
                    Some(positions) => {
                        let entries = positions.iter().filter_map(|&position| entries.get(position as usize));
                        entries.filter_map(|entry| self.entry(entry, denies)).collect()
                    }
                    None => entries.iter().filter_map(|entry| self.entry(entry, denies)).collect(),
                }
            }
            PrincipalElement::Entries { negated: true, entries } => self.all_but(entries, denies),
        }
    }

    /// `NotPrincipal` (S-PRN-18 to S-PRN-21, S-PB-07).
    fn all_but(&self, entries: &[PrincipalEntry], denies: bool) -> Forms {
        if entries.is_empty() {
            return Vec::new(); // S-GRAM-15
        }
        let by_itself = matches!(self.principal.caller, Caller::User | Caller::RoleSession);
        if denies && self.bounded && by_itself {
            return vec![(Grant::Everyone, ConditionId::ALWAYS)]; // S-PRN-20
        }
        // U-13: exempt is who is listed itself; the root user is listed with its account.
        let whoever = Self { ids_open: true, ..*self };
        let all: Forms = entries.iter().filter_map(|entry| whoever.entry(entry, false)).collect();
        let listed = all.iter().filter(|(form, _)| {
            match form {
                Grant::Account => matches!(self.principal.caller, Caller::Root | Caller::AssumedRoot),
                // Who made a federated session is not the caller.
                Grant::FederatingUser => false,
                _ => true,
            }
        });
        let alone = |form| match self.parents_listed(form, &all) {
            true => ConditionId::ALWAYS,
            false => self.readings.when(self.conditions, Question::NotPrincipal),
        };
        let listed = listed.map(|&(form, condition)| self.conditions.and(condition, alone(form)));
        let listed = self.conditions.or_all(listed);
        let mut condition = self.conditions.not(listed);
        if denies
            && !self.principal.loaded
            && matches!(self.principal.caller, Caller::User | Caller::RoleSession)
        {
            // S-PRN-20, S-EVAL-11: nobody knows whether it has a boundary.
            let boundary = format!("boundary of {}", self.principal.name);
            condition = self.conditions.or(condition, self.conditions.missing(&boundary));
        }
        // An entry that can't be read leaves open whether it exempts those whom it could mean (S-TRI-07).
        let unreadable = entries.iter().any(|entry| {
            let odd = matches!(
                entry.kind,
                Named::Malformed(_)
                    | Named::Group
                    | Named::PartialWildcard(_)
                    | Named::AnyService
                    | Named::AnyProvider
            );
            // Who made a federated session is not the caller.
            odd && self.entry(entry, true).is_some_and(|(form, _)| form != Grant::FederatingUser)
        });
        if unreadable && !denies {
            return Vec::new();
        }
        if unreadable {
            condition = self.conditions.and(condition, self.malformed("a `NotPrincipal` entry"));
        }
        if !denies {
            let text = "U-53: whom an Allow with `NotPrincipal` means";
            condition = self.conditions.and(condition, self.conditions.doubt(DoubtClass::Reading, text));
        }
        if condition.is_never() { Vec::new() } else { vec![(Grant::Everyone, condition)] }
    }

    /// Whether beside a caller its account is listed, and beside a session its role (S-PRN-18).
    fn parents_listed(&self, form: Grant, listed: &[(Grant, ConditionId)]) -> bool {
        let lists = |wanted| listed.iter().any(|(form, condition)| *form == wanted && condition.is_always());
        match form {
            Grant::User | Grant::Role | Grant::FederatedUser => lists(Grant::Account),
            Grant::Session => lists(Grant::Account) && lists(Grant::Role),
            _ => true,
        }
    }

    /// The form in which one entry means the caller.
    fn entry(&self, entry: &PrincipalEntry, denies: bool) -> Option<(Grant, ConditionId)> {
        let always = |form| Some((form, ConditionId::ALWAYS));
        let when = |holds: bool, form| holds.then_some((form, ConditionId::ALWAYS));
        let principal = self.principal;
        match &entry.kind {
            Named::Everyone if principal.caller == Caller::Service => {
                let text = "U-39: whether `{\"AWS\": \"*\"}` means AWS services too";
                Some((Grant::Everyone, self.conditions.doubt(DoubtClass::Reading, text)))
            }
            Named::Everyone => always(Grant::Everyone),
            Named::Account => {
                let named = entry.account().and_then(|account| account.parse().ok());
                let root = matches!(principal.caller, Caller::Root | Caller::AssumedRoot);
                let own = named.is_some() && named == principal.account && self.in_partition_of(&entry.text);
                match principal.caller {
                    Caller::AwsOwned => when(own, Grant::AwsOwned), // S-XACC-16
                    _ => when(own && (root || !self.gateway), Grant::Account),
                }
            }
            Named::User => self.user(&entry.text, denies),
            Named::Role => self.role(&entry.text),
            Named::Session => self.session(&entry.text),
            Named::FederatedUser => when(*principal.name == *entry.text, Grant::FederatedUser),
            Named::UniqueId => self.unique_id(&entry.text, denies),
            Named::OriginAccessIdentity => when(*principal.name == *entry.text, Grant::AwsOwned),
            Named::Service => self.service(&entry.text),
            Named::AnyService => self.any_of(Caller::Service, Grant::Service, denies),
            Named::SamlProvider | Named::OidcProvider | Named::BuiltInProvider => {
                when(principal.caller == Caller::Provider && *principal.name == *entry.text, Grant::Provider)
            }
            Named::AnyProvider => self.any_of(Caller::Provider, Grant::Provider, denies),
            Named::CanonicalUser => self.canonical_user(&entry.text),
            Named::Group => self.group(&entry.text, denies),
            Named::PartialWildcard(class) if denies => {
                let malformed = || self.malformed("a principal with a wildcard");
                if self.covers(*class, &entry.text) {
                    return Some((Grant::Everyone, malformed()));
                }
                let of_maker = *class == PrincipalClass::Aws && self.covers_maker(&entry.text);
                of_maker.then(|| self.by_maker(malformed(), denies))
            }
            Named::PartialWildcard(_) => None,
            Named::Malformed(class) => {
                // Whatever it is meant to say, it says it of callers of its class.
                let could_mean = match class {
                    PrincipalClass::Aws => true,
                    PrincipalClass::Service => principal.caller == Caller::Service,
                    PrincipalClass::Federated => principal.caller == Caller::Provider,
                    PrincipalClass::CanonicalUser => principal.account.is_some(),
                };
                (denies && could_mean).then(|| (Grant::Everyone, self.malformed("a principal")))
            }
        }
    }

    /// `*` under `Service` or `Federated` (S-PRN-16, U-12).
    fn any_of(&self, kind: Caller, form: Grant, denies: bool) -> Option<(Grant, ConditionId)> {
        if self.principal.caller != kind {
            return None;
        }
        let means = self.readings.when_in(self.conditions, Question::AnyServiceOrProvider, denies);
        (!means.is_never()).then_some((form, means))
    }

    fn user(&self, arn: &str, denies: bool) -> Option<(Grant, ConditionId)> {
        match self.principal.caller {
            Caller::User => {
                (self.principal.principal_arn() == Some(arn)).then_some((Grant::User, ConditionId::ALWAYS))
            }
            // The name of a federated session is not that of the user who made it (S-PRN-07, S-PRN-22, U-14).
            Caller::FederatedUser if self.principal.maker.is_some() => {
                let made_it = self.principal.maker.as_deref() == Some(arn);
                made_it.then(|| self.by_maker(ConditionId::ALWAYS, denies))
            }
            Caller::FederatedUser => self.in_account_of(arn).then(|| self.by_maker(self.made_it(), denies)),
            _ => None,
        }
    }

    fn role(&self, arn: &str) -> Option<(Grant, ConditionId)> {
        let is_named = || {
            let name = Arn::parse(arn).and_then(|arn| Some(arn.path_and_name("role")?.1));
            let own = self.role_name();
            let same = |name: &str| own.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name));
            self.in_account_of(arn) && name.is_some_and(same)
        };
        let condition = match (&self.principal.entity, self.principal.caller) {
            // The ARN of a session has no path; the name of a role is unique in its account (S-PRN-06, S-RES-16).
            (Entity::Role(_), _) if self.principal.role_by_name => is_named().into(),
            (Entity::Role(role), _) => (*role.identity.arn == *arn).into(),
            // What an exported policy names exists, and role names are unique in their account (S-PRN-06, S-PRN-12).
            (_, Caller::RoleSession | Caller::ServiceLinkedSession) => {
                (self.principal.principal_arn().is_none_or(|own| own == arn) && is_named()).into()
            }
            _ => ConditionId::NEVER,
        };
        (!condition.is_never()).then_some((Grant::Role, condition))
    }

    /// Whether an ARN is of the caller's account, and of its partition.
    fn in_account_of(&self, arn: &str) -> bool {
        let account = Arn::parse(arn).and_then(|arn| arn.account_id());
        account.is_some() && account == self.principal.account && self.in_partition_of(arn)
    }

    /// Whether a principal may be of the caller's partition: not so if both are ARNs of different ones, nor if the caller stands for an
    /// account and the estate knows no such partition (S-RES-15).
    fn in_partition_of(&self, principal: &str) -> bool {
        let partition = |text| Arn::parse(text).map(|arn| arn.partition);
        match (partition(principal), partition(&self.principal.name)) {
            (Some(named), Some(own)) => named == own,
            (Some(named), None)
                if self.principal.kind == PrincipalKind::Account && !self.principal.stated =>
            {
                let accounts = &self.estate.accounts;
                accounts.is_empty() || accounts.values().any(|account| *account.partition == *named)
            }
            _ => true,
        }
    }

    /// The name of the role that the caller is a session of.
    fn role_name(&self) -> Option<String> {
        if let Entity::Role(role) = &self.principal.entity {
            return Some(role.identity.name.as_str().to_owned());
        }
        let arn = Arn::parse(&self.principal.name)?;
        match arn.service {
            "sts" => arn.resource.split('/').nth(1).map(str::to_owned),
            _ => arn.resource.rsplit('/').next().map(str::to_owned),
        }
    }

    fn unique_id(&self, id: &str, denies: bool) -> Option<(Grant, ConditionId)> {
        let (form, prefix) = match self.principal.caller {
            Caller::User => (Grant::User, "AIDA"),
            Caller::RoleSession | Caller::ServiceLinkedSession => (Grant::Role, "AROA"),
            Caller::FederatedUser => return self.id_of_maker(id, denies),
            _ => return None,
        };
        match self.principal.identity() {
            Some(identity) if identity.unique_id.is_some() => {
                (identity.unique_id.as_deref() == Some(id)).then_some((form, ConditionId::ALWAYS))
            }
            _ if !(denies || self.ids_open) => None,
            // Nobody has the id of another user or role.
            _ if !id.starts_with(prefix) || self.estate.principal_of_id(id).is_some() => None,
            _ => {
                let text = format!("the unique id of `{}`", self.principal.name);
                Some((form, self.open(&text)))
            }
        }
    }

    fn canonical_user(&self, id: &str) -> Option<(Grant, ConditionId)> {
        let form = match self.principal.caller {
            Caller::AwsOwned => Grant::AwsOwned,
            _ => Grant::Account,
        };
        match (self.estate.account_of_canonical_id(id), self.principal.account) {
            (Some(account), own) => (own == Some(account.id)).then_some((form, ConditionId::ALWAYS)),
            (None, Some(own)) => {
                // An account whose canonical id is known, and is another one, is not meant.
                if self.estate.has_canonical_id(own) {
                    return None;
                }
                let text = format!("the account with the canonical user id `{id}`");
                Some((form, self.open(&text)))
            }
            (None, None) if *self.principal.name == *id || canonical_of(&self.principal.name) == Some(id) => {
                Some((form, ConditionId::ALWAYS))
            }
            // S-PRN-23: an origin access identity has a canonical id too, which no export shows.
            (None, None) => (self.principal.caller == Caller::AwsOwned).then(|| {
                let text = format!("the origin access identity with the canonical user id `{id}`");
                (form, self.open(&text))
            }),
        }
    }

    fn group(&self, text: &str, denies: bool) -> Option<(Grant, ConditionId)> {
        let is_of_account = || Arn::parse(text).is_none_or(|_| self.in_account_of(text));
        if self.principal.caller == Caller::FederatedUser {
            // Nobody says which groups the user is in who made it.
            let may_mean = denies && !self.principal.is_federated_root() && is_of_account();
            return may_mean.then(|| self.by_maker(self.malformed("a group as principal"), denies));
        }
        let Entity::User(user) = &self.principal.entity else { return None };
        if self.principal.stated {
            // A scenario does not say which groups its user is in.
            return (denies && is_of_account())
                .then(|| (Grant::Everyone, self.malformed("a group as principal")));
        }
        let account = self.estate.account(user.identity.account)?;
        let named = |group: &std::sync::Arc<crate::estate::Group>| {
            *group.arn == *text || group.unique_id.as_deref() == Some(text)
        };
        let member = account.groups_of(user).any(named);
        (denies && member).then(|| (Grant::Everyone, self.malformed("a group as principal")))
    }

    fn service(&self, entry: &str) -> Option<(Grant, ConditionId)> {
        if self.principal.caller != Caller::Service {
            return None;
        }
        let caller = &*self.principal.name;
        if caller == entry {
            return Some((Grant::Service, ConditionId::ALWAYS));
        }
        // UNCERTAIN U-63: in a trust policy the plain name also means the service's regional names.
        let regional = || {
            let (plain, suffix) = entry.split_once('.')?;
            let (name, rest) = caller.split_once('.')?;
            let (_, rest) = rest.split_once('.')?;
            Some(name == plain && rest == suffix)
        };
        if self.kind != PolicyKind::Trust || regional() != Some(true) {
            return None;
        }
        Some((Grant::Service, self.readings.when(self.conditions, Question::RegionalService)))
    }

    fn covers(&self, class: PrincipalClass, pattern: &str) -> bool {
        let matches = |text: &str| glob(pattern.as_bytes(), text.as_bytes());
        match class {
            PrincipalClass::Aws => {
                self.principal.principal_arn().is_some_and(matches)
                    || matches(&self.principal.name)
                    || self.account_forms().iter().any(|form| matches(form))
                    || self.covers_some_session(pattern)
            }
            PrincipalClass::Service => {
                self.principal.caller == Caller::Service && matches(&self.principal.name)
            }
            PrincipalClass::Federated => {
                self.principal.caller == Caller::Provider && matches(&self.principal.name)
            }
            PrincipalClass::CanonicalUser => self.principal.account.is_some(),
        }
    }

    /// The principals that mean the caller's account.
    fn account_forms(&self) -> Vec<String> {
        let account = self.principal.account.filter(|_| self.principal.caller.has_own_side());
        let forms = account.map(|account| {
            let partition = self.principal.partition();
            [account.to_string(), format!("arn:{partition}:iam::{account}:root")]
        });
        forms.into_iter().flatten().collect()
    }

    /// What nobody knows of the caller: it was not collected, or the scenario leaves it open (S-PRN-10, S-PRN-11).
    fn open(&self, what: &str) -> ConditionId {
        match self.principal.stated {
            true => self.conditions.doubt(DoubtClass::Reading, what),
            false => self.conditions.missing(what),
        }
    }

    fn malformed(&self, what: &str) -> ConditionId {
        self.conditions.doubt(DoubtClass::Malformed, &format!("{what} that can't be read"))
    }
}
