//! The JSON type of `what-can`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::condition::ConditionView;
use super::json::Assumed;

/// The answer to `entail what-can`: document and list together are what the principal can do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WhatCanAnswer {
    /// Who: an ARN.
    pub principal: String,
    /// The policy document; an array of documents if they were to be split. What it allows, the principal can do.
    pub document: Value,
    /// The documents that are longer than AWS takes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub too_long: Vec<TooLongView>,
    /// What the principal can do, or may be able to, and the document does not allow.
    pub inexpressible: Vec<InexpressibleView>,
    /// What was not collected and could change the answer.
    pub missing: Vec<String>,
    /// What was taken for granted.
    pub assumed: Assumed,
}

/// A document that is longer than a managed policy may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TooLongView {
    /// Which one, counted from 1.
    pub document: usize,
    /// How many characters it has, white space apart.
    pub characters: usize,
    /// Why it is not divided, where documents were to be split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Requests that the document does not allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InexpressibleView {
    /// The actions: names, and patterns.
    pub actions: Vec<String>,
    /// The resources, in words: `arn:aws:s3:::b/* except arn:aws:s3:::b/secret/*`.
    pub resources: String,
    /// When they are allowed. Absent: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<ConditionView>,
    /// Why the document does not allow them.
    pub why: String,
}
