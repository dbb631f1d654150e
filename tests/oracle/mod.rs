//! The plain oracle: a second evaluator that decides one request at a time, by walking the policies as AWS's evaluation
//! page describes. It is slow and obvious on purpose and uses nothing of `entail`: JSON values and the text of
//! `catalog/catalog.txt` are all that it reads. `README.md` beside this file says what it covers.

pub mod answer;
mod caller;
mod catalog;
pub mod closure;
mod condition;
mod context;
mod controls;
mod couplings;
mod decide;
mod derive;
mod doubts;
mod endpoints;
pub mod estate;
mod further;
mod gates;
mod glob;
pub mod json;
mod lists;
mod open;
mod operator;
mod organization;
mod own_side;
mod places;
mod principal;
mod public;
mod request;
mod resource;
mod samples;
mod scenario;
mod shares;
mod sides;
mod statement;
mod values;
mod variables;
mod walk;

pub use answer::{Decision, Outcome};
pub use catalog::Catalog;
pub use open::Unknown;
pub use scenario::{decide_scenario, decide_scenario_by, decide_scenario_with, stands};
pub use walk::{Question, decide_on_estate};
