//! Evaluation without a rule: what a rule is for shows in what changes when it is off.

use super::{ceiling, further, membership, permitted, route};

/// The rules that are off; none are, but where someone asks what one of them is for.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Without {
    /// About whose policies a principal acts with.
    pub membership: Option<membership::Rule>,
    /// About what SCPs and RCPs leave possible.
    pub ceiling: Option<ceiling::Rule>,
    /// About what the caller's own side leaves, for all principals at once.
    pub permitted: Option<permitted::Rule>,
    /// About the grants that requests can rest on.
    pub route: Option<route::Rule>,
    /// About permissions that a call needs besides that of its action.
    pub further: Option<further::Rule>,
}

impl From<membership::Rule> for Without {
    fn from(rule: membership::Rule) -> Self {
        Self { membership: Some(rule), ..Self::default() }
    }
}

impl From<ceiling::Rule> for Without {
    fn from(rule: ceiling::Rule) -> Self {
        Self { ceiling: Some(rule), ..Self::default() }
    }
}

impl From<permitted::Rule> for Without {
    fn from(rule: permitted::Rule) -> Self {
        Self { permitted: Some(rule), ..Self::default() }
    }
}

impl From<route::Rule> for Without {
    fn from(rule: route::Rule) -> Self {
        Self { route: Some(rule), ..Self::default() }
    }
}

impl From<further::Rule> for Without {
    fn from(rule: further::Rule) -> Self {
        Self { further: Some(rule), ..Self::default() }
    }
}
