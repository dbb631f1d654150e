//! JSON text -> a typed policy with a span for every element, and every problem it has.
//!
//! ```text
//! file ─► PolicyText (object, JSON string, %-encoded) ─► parse ─► Document { statements, problems }
//!                                                                     └─► render, with file, line and column
//! ```
//! Knows the grammar of policies and nothing of what exists: whether an action, a context key or a principal is real is
//! for the stages below. Reads no files. A document never fails to parse: what it could not read is in its problems.
//! Limits that hold only when a policy is saved are not checked (S-GRAM-17, S-COND-47).

mod action;
// JSON as a tree with spans; also for small files of estates.
pub mod json;
mod json_path;
/// The parts of a policy.
mod model;
// The word that was probably meant.
pub mod nearest;
// Condition operators.
pub mod operator;
mod policy_text;
// Principals.
pub mod principal;
mod problem;
mod read;
mod render;
mod resource;
mod source;
mod span;
mod value;
// Policy variables.
pub mod variable;

pub use json_path::{JsonPath, Step};
pub use model::{
    ActionElement, ActionEntry, Condition, ConditionValue, Document, Effect, Malformed, PolicyKind,
    PrincipalElement, ResourceElement, ResourceEntry, Statement, Test, Version,
};
pub use operator::{Comparison, Operator, SetOperator};
pub use policy_text::{Origin, PolicyForm, PolicyText};
pub use principal::{PrincipalClass, PrincipalEntry, PrincipalKind};
pub use problem::{Place, Problem, ProblemCode, Severity};
pub use read::parse;
pub use render::{Message, Style, Tone, render, render_message};
pub use source::{Location, NotText, Source};
pub use span::{Span, Spanned};
