//! Questions -> answers, read from what the rules derived.
//!
//! Nothing is decided here: every decision comes from [`crate::rules::decision::decide`], by way of one
//! [`Prepared`](crate::rules::request::Prepared) target.

// Who may do one thing, to all resources at once.
mod access;
pub(crate) mod administrators;
mod can;
mod ceilings;
// Who can become whom.
pub mod chains;
mod classes;
mod context;
mod depends;
mod engine;
// Who from outside reaches what.
pub mod external;
mod governed;
mod grants;
mod index;
mod levels;
mod members;
mod named;
pub mod otherwise;
mod own_sides;
mod parts;
mod permissions;
mod reach;
mod report;
mod simulate;
mod stated;
mod towards;
// What is wrong, odd or risky in policy documents.
pub mod validate;
mod what_can;
mod who_can;

pub use access::{Access, AccessOn, Cell, OnAll, OnEach, Somewhere, is_pattern};
pub use can::{Answer, Question, QuestionError};
pub use ceilings::{CeilingId, Ceilings, OpenLayers};
pub use context::Context;
pub use depends::Depends;
pub use engine::{Engine, EngineOptions, Only};
pub use governed::{Governed, KnownResource, resource_type};
pub use grants::{ResourceDeny, ResourceGrant, ResourceSide};
pub use members::{ByName, Members};
pub use named::{GrantForm, PrincipalSetId, PrincipalSets};
pub use own_sides::{Administrator, OwnSides};
pub use permissions::{Permission, Permissions};
pub use report::{Report, Summary, named_levels};
pub use simulate::{Simulated, Simulator};
pub use towards::{Stated, Towards};
pub use what_can::{
    Asked, Block, DocumentPart, Inexpressible, Listed, MOST_CHARACTERS, Statement, WhatCan, characters,
    document,
};
pub use who_can::{Reverse, ReverseRow, Stranger, Unknown, WhoCan, actions_of};
