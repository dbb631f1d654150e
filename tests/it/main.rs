//! One test binary: integration tests by stage.

mod cli;
mod documents;
mod output;
