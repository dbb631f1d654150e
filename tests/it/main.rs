//! One test binary: integration tests by stage.

mod resource_algebra;
