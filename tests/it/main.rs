//! One test binary: integration tests by stage.

mod acme;
mod documents;
mod estates;
mod output;
mod samples;
