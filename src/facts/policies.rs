//! Policies where they stand: what holds them, and where they were written.

use std::fmt;
use std::sync::Arc;

use crate::estate::{DocumentId, Listed, Place, PolicyRef};
use crate::region::condition::{ConditionId, Conditions};
use crate::scenario::PolicyPlace;

/// A policy where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyFact {
    /// What it is called in answers.
    pub label: PolicyLabel,
    /// Its text; none if it was not collected, and then it may allow and deny anything (S-EVAL-11).
    pub document: Option<DocumentId>,
    /// Where it was written.
    pub place: Option<Place>,
    /// Of statements that no file holds: the entry of a list that each comes from.
    pub entries: Arc<[Place]>,
    /// What is not known and decides whether it says what its text says.
    pub doubt: Option<Arc<str>>,
    /// What is not known and decides whether it says nothing, each by itself.
    pub unless: Arc<[Arc<str>]>,
    /// Whether something holds it still: an edit of the estate may have taken it away.
    pub in_use: bool,
}

impl PolicyFact {
    /// A policy that was collected, or one that is known to exist and was not.
    pub fn new(label: PolicyLabel, policy: Option<PolicyRef>) -> Self {
        Self {
            label,
            document: policy.map(|policy| policy.document),
            place: policy.and_then(|policy| policy.place),
            entries: Arc::default(),
            doubt: None,
            unless: Arc::default(),
            in_use: true,
        }
    }

    /// What a list comes to of whom a resource lets in.
    pub fn listed(label: PolicyLabel, list: &Listed) -> Self {
        let policy = PolicyRef { document: list.document, place: None };
        Self { entries: list.entries.clone(), ..Self::new(label, Some(policy)) }
    }

    /// Whether it is an SCP or RCP of which something is not known that decides what it says.
    pub fn is_doubted_control(&self) -> bool {
        let doubted = self.doubt.is_some() || !self.unless.is_empty();
        doubted && matches!(self.label, PolicyLabel::Control(..))
    }

    /// When the policy says what its text says.
    pub fn certain(&self, conditions: &Conditions) -> ConditionId {
        let unless = conditions.or_all(self.unless.iter().map(|unless| conditions.missing(unless)));
        let doubt = self.doubt.as_deref().map_or(ConditionId::ALWAYS, |doubt| conditions.missing(doubt));
        conditions.and(doubt, conditions.not(unless))
    }
}

/// What a policy is called in answers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PolicyLabel {
    /// A managed policy, by ARN.
    Managed(Arc<str>),
    /// An inline policy: the ARN of its holder, and its name.
    Inline(Arc<str>, Arc<str>),
    /// An SCP or RCP: its id, and its name.
    Control(Arc<str>, Option<Arc<str>>),
    /// The policies of a level of an organisation that shows none although it must (S-SCP-10).
    ControlsOf(Arc<str>),
    /// What lets everything pass at a level if something is so that is not known: its account is the management account, or the type is
    /// switched off.
    Exempt(Arc<str>),
    /// The policy of a resource, by ARN.
    OfResource(Arc<str>),
    /// What a RAM share gives on a resource: the ARNs of both.
    Share(Arc<str>, Arc<str>),
    /// What a list of a resource gives: what the list is of, and the ARN of the resource.
    Listed(&'static str, Arc<str>),
    /// The trust policy of a role, by ARN.
    Trust(Arc<str>),
    /// The policies of a principal of an account that was not collected.
    OfPrincipal(Arc<str>),
    /// Session policies that a question gives.
    Session(Arc<str>),
    /// A policy of a scenario.
    OfScenario(PolicyPlace),
}

impl fmt::Display for PolicyLabel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyLabel::Managed(arn) => out.write_str(arn),
            PolicyLabel::Inline(holder, name) => write!(out, "{holder} inline {name}"),
            PolicyLabel::Control(id, Some(name)) => write!(out, "{id} ({name})"),
            PolicyLabel::Control(id, None) => out.write_str(id),
            PolicyLabel::ControlsOf(level) => write!(out, "SCPs of {level}"),
            PolicyLabel::Exempt(if_so) => out.write_str(if_so),
            PolicyLabel::OfResource(arn) => write!(out, "policy of {arn}"),
            PolicyLabel::Share(share, resource) => write!(out, "{share} on {resource}"),
            PolicyLabel::Listed(what, arn) => write!(out, "{what} of {arn}"),
            PolicyLabel::Trust(arn) => write!(out, "trust policy of {arn}"),
            PolicyLabel::OfPrincipal(name) => write!(out, "policies of {name}"),
            PolicyLabel::Session(name) => write!(out, "session policy {name}"),
            PolicyLabel::OfScenario(place) => place.fmt(out),
        }
    }
}
