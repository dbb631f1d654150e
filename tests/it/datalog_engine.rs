//! The engine of checked programs.

mod build;
mod derivations;
mod errors;
mod given;
mod literals;
mod programs;
mod random;
