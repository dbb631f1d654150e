//! Answers -> tables, JSON, CSV and Parquet.
//!
//! ```text
//! Table ──► csv | json_lines | parquet ──► directory (temporary sibling, renamed when complete)
//! CanAnswer, WhoCanAnswer, ReportAnswer ──► rows (json | jsonl | csv) | terminal (tables for people)
//! ```
//! Nothing in here decides anything, reads an estate or knows the engine: its types are plain data that answers are
//! turned into. Only [`directory`] touches the file system.

/// Conditions as answers show them.
mod condition;
/// The JSON types of answers.
mod json;
/// Tables as Parquet.
mod parquet;
/// Columnar tables: what every file format is written from.
pub mod table;
/// The fixed words of answers.
mod words;

pub use condition::{ConditionTree, ConditionView};
pub use json::{
    Assumed, CanAnswer, Export, PrincipalReport, Remedy, ReportAnswer, RequestView, StatementReference, Step,
    WhoCanAnswer, WhoCanRow, Why,
};
pub use parquet::write_parquet;
pub use table::{Column, ColumnData, Table, TableError, Texts};
pub use words::{AccessLevel, DecisionWord, EffectWord, KindWord, LayerWord};
