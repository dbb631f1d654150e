//! One test binary: integration tests by stage.
