//! Which policy governs which ARN, who owns it, and how the sides combine (semantics 9.8).

mod types;

pub use types::{AlsoNeeded, CrossAccount, Gate, GateKind, Governing, Grant, Holder, Owner, Regime};
