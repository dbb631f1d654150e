//! One test binary: integration tests by stage.

#[path = "../oracle/mod.rs"]
mod oracle;
mod oracle_self;
