//! One test binary: integration tests by stage.

mod documents;
mod estates;
