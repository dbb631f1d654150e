//! One test binary: integration tests by stage.

mod acme;
mod catalog;
mod documents;
mod resource_algebra;
mod samples;
