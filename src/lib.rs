//! Exact effective permissions of whole AWS organisations.
//!
//! Data flows in one direction, and so do the modules below: each may use what stands above it and nothing below it.
//! `catalog` and `region` serve several stages and depend on none of them.

// Questions -> answers read from what the rules derived.
pub mod answers;
// Actions, resource types and condition keys of the Service Authorization Reference, and the tables dated with it.
pub mod catalog;
// The command line.
pub mod cli;
// Facts as text: the syntax of fact files, and the relations of an estate.
pub mod datalog;
// JSON text -> a typed policy with a span for every element, and every problem it has.
pub mod document;
// Files -> an [`estate::Estate`]: who and what exists, and what was not collected.
pub mod estate;
// An estate -> ground relations over regions.
pub mod facts;
// Answers -> tables, JSON, CSV and Parquet.
pub mod output;
// The symbolic algebra: action sets, resource sets, owners, conditions and their solver.
pub mod region;
// Ground relations -> derived relations and decisions. Access is decided here and nowhere else.
pub mod rules;
// Lines of scenario files -> self-contained requests with their policies.
pub mod scenario;
