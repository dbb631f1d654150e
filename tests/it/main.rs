//! One test binary: integration tests by stage.

mod conditions;
