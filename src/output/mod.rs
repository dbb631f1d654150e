//! Answers -> tables, JSON, CSV and Parquet.
//!
//! ```text
//! Table ──► csv | json_lines | parquet ──► directory (temporary sibling, renamed when complete)
//! CanAnswer, WhoCanAnswer, ReportAnswer ──► rows (json | jsonl | csv) | terminal (tables for people)
//! ```
//! Nothing in here decides anything, reads an estate or knows the engine: its types are plain data that answers are
//! turned into. Only [`directory`] touches the file system.

/// What the catalog knows.
mod catalog;
/// Who can become whom.
mod chains;
/// What rule packs found.
mod check;
/// Conditions as answers show them.
mod condition;
/// Tables as CSV.
mod csv;
/// Who from outside reaches what.
mod external;
// Files and folders, complete or not there at all.
pub mod directory;
// The tables of a report.
pub mod factored;
/// What `validate` found.
mod findings;
/// Graphs of who can become whom.
mod graph;
/// The JSON types of answers.
mod json;
/// Tables as JSON Lines.
mod json_lines;
/// Findings, and how tests came out, as JUnit XML.
mod junit;
/// Tables as Parquet.
mod parquet;
/// Text that a terminal shows and does not obey.
mod printable;
/// Answers to queries.
mod query;
// Answers without names.
pub mod redact;
/// The relations that programs read.
mod relations;
/// Answers as one JSON value, JSON Lines or CSV.
mod rows;
/// Findings as SARIF.
mod sarif;
// Columnar tables: what every file format is written from.
pub mod table;
// Answers for people.
/// Pictures of who can become whom.
mod svg;
pub mod terminal;
/// How tests of packs came out.
mod tests;
// Answers of the engine as plain data.
pub mod views;
/// A policy document, and what it leaves out.
mod what_can;
/// The fixed words of answers.
mod words;

pub use catalog::{
    ActionKeyView, ActionRow, ActionView, ActionsView, ArnView, GovernedView, KeyView, NoResourceView,
    ResourceTypeView, ServiceList, ServiceRow, ServiceView, TypeUseView,
};
pub use chains::{BecomeAnswer, BecomeRow, HopView, OverviewView, ReachView, TrustView};
pub use check::{
    CheckAnswer, CheckSummary, FindingRule, PackFinding, PlaceView, SuppressionView, fingerprint,
};
pub use condition::{ConditionTree, ConditionView};
pub use csv::write_csv;
pub use directory::{OutputError, TableFormat, replace_file, write_file, write_tables};
pub use external::{ExternalAnswer, ExternalRow};
pub use findings::{FindingRow, FindingSummary, Findings, show_findings};
pub use graph::{GraphFormat, MOST_LINES, MOST_NODES, fits_a_picture, write_graph};
pub use json::{
    Assumed, CanAnswer, ContextView, Export, GainsView, LineAnswer, PrincipalReport, Remedy, ReportAnswer,
    RequestView, ScenarioAnswer, ScenarioErrorView, ScenarioProblem, StatementReference, Step, ThroughView,
    UnknownView, WhoCanAnswer, WhoCanRow, Why,
};
pub use json_lines::write_json_lines;
pub use junit::{write_junit, write_tests_junit};
pub use parquet::write_parquet;
pub use printable::{Printable, one_line};
pub use query::{Because, QueryAnswer, QueryRow, WhyFact};
pub use relations::{ColumnView, RelationList, RelationView, show_relations};
pub use rows::{Answer, Row, RowFormat, answer_table, write_answer, write_answer_parquet};
pub use sarif::{SarifLocation, SarifResult, SarifRule, write_sarif};
pub use table::{Column, ColumnData, OptionWords, Table, TableError, Texts, Words};
pub use tests::{TestAnswer, TestRow, show_tests};
pub use what_can::{InexpressibleView, TooLongView, WhatCanAnswer};
pub use words::{
    AccessLevel, DecisionWord, EffectWord, KindWord, LayerWord, ScopeWord, SeverityWord, StatusWord,
};
