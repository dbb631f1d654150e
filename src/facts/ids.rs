//! The columns of relations: small ids, one type per kind of thing.
//!
//! Every id is an index into a table of [`Facts`](super::Facts).

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
            pub struct $name(pub u32);

            impl $name {
                /// The id as an index.
                pub fn index(self) -> usize {
                    self.0 as usize
                }
            }
        )*
    };
}

ids! {
    /// A principal: user, role, root, named session, or a class of callers outside the estate.
    PrincipalId
    /// A group of users.
    GroupId
    /// A policy where it stands: a managed policy, an inline policy of one holder, an SCP, the policy of a resource.
    PolicyId
    /// A policy as it reads for one principal: its regions with everything bound that the principal fixes.
    BoundPolicyId
    /// What limits the identity policies of a principal: its boundary and its account's SCPs, as they read for it.
    EnvelopeId
    /// A node of an organisation's tree: root, organisational unit or account.
    NodeId
    /// A resource that may hold a policy.
    ResourceId
}

impl PolicyId {
    /// A policy that a question gives: it is none of the estate's.
    pub const GIVEN: PolicyId = PolicyId(u32::MAX);
    /// The policies of a caller of which the estate knows nothing.
    pub const NOT_COLLECTED: PolicyId = PolicyId(u32::MAX - 1);

    /// Whether it is none of the estate's, so that no fact stands behind it.
    pub fn is_none_of_estate(self) -> bool {
        self == Self::GIVEN || self == Self::NOT_COLLECTED
    }
}

/// A statement of a policy, by its position in the document.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct StatementId {
    /// The policy.
    pub policy: PolicyId,
    /// The position of the statement, from 0.
    pub index: u32,
}

/// Which of the two kinds of organisation policies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ControlKind {
    /// Service control policies: they limit the principals of an account.
    Scp,
    /// Resource control policies: they limit what is done to the resources of an account.
    Rcp,
}
