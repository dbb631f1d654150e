//! Conditions: boolean formulas over tests of context keys, and their solver.
//!
//! A [`ConditionId`] stands for a set of request contexts. Equal ids mean equal sets; different ids may, and
//! [`Conditions::equivalent`] decides. Nothing in here knows policies, actions or resources: what must be known of a key
//! (its type, whether it holds several values) comes with the key.
//!
//! Policy text becomes tests (`construct`), tests become canonical atoms (`atom`), atoms become formulas (`formula`). One
//! concrete evaluator (`program`) says what a test makes of a value; binding and solver both ask it, so they can't differ.

mod apart;
mod atom;
mod bind;
mod construct;
mod fit;
mod formula;
mod key;
mod operator;
mod print;
mod program;
mod rest;
mod solve;
mod substitute;
mod support;
mod template;
mod test;
mod text_tests;
mod value;

pub use construct::{RawResource, RawTest};
pub use formula::{ConditionId, Conditions, EmptyValues, View};
pub use key::{Bindings, Key, KeyId, KeyType, KeyValue, Keys, Known};
pub use operator::{Operator, OperatorName, Quantifier, UnknownOperator};
pub use print::ConditionTree;
pub use solve::{Sat, Verdict, Witness, contradictions, determined, goes_with, is_coupled};
pub use template::{MalformedVariable, Piece, Template, Variable, Version, parse_template, read_variable};
pub use test::{Doubt, DoubtClass, DoubtId, Effect, MissingId, Test, Trool, Undecided, Value};
pub use text_tests::TextTests;
pub use value::ip::{hold_every_address, is_private, mapped_from, network_of, whole_family};
pub use value::{is_arn, is_instant, is_number, misread};
