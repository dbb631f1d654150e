//! Who can become whom: hops from identity to identity through STS, and what they add up to.
//!
//! Each hop is a request of its own, decided like any other. A path's condition is the list of its hops' conditions: two hops
//! may need different values of one key, so they are never conjoined.

mod carried;
mod components;
mod elsewhere;
mod gains;
mod holders;
mod hops;
mod identity_center;
mod overview;
mod paths;
mod reach;
mod readings;
mod shown;
mod steps;
mod strangers;
mod through;

pub use gains::Gains;
pub use holders::Holders;
pub use hops::{Call, Hop, HopId, Hops};
pub use overview::{Overview, Reached};
pub use paths::{MOST_PATHS, Paths};
pub use reach::{Direction, Way, Ways};
pub use steps::{SessionId, Step, StepId};
pub(in crate::answers) use strangers::leaves_organization_open;
pub use through::{Gained, Through};
