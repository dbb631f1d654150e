//! The rules of access.

pub mod ceiling;
pub mod decision;
pub mod layer;
pub mod membership;
pub mod permitted;
pub mod route;
