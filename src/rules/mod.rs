//! The rules of access, and nothing else that decides.
//!
//! ```text
//! Facts ─► membership, ceiling ─► Side, per caller ─┐
//!                                  Target ──────────┴─► request ─► Evaluated ─► decision ─► Decided
//! Facts ─► permitted (all principals at once)          route (kinds of requests) ──┘
//! ```
//! Rules read and derive relations over ids and regions. They hold no text, read no files and compute no matches: what
//! needs an automaton or a solver is a region operation, and what needs text arrived as a fact.

// What the call that makes a session fixes for the calls of the session.
pub mod carried;
// SCPs and RCPs from the root of an organisation down.
pub mod ceiling;
// Everything comes together.
pub mod decision;
// Permissions that a call needs besides that of its action.
pub mod further;
// Refusals by services.
pub mod gate;
// Whose policies a principal acts with.
pub mod membership;
// What callers of one question share.
pub mod notes;
// What callers' own sides leave of identity policies, in bulk.
pub mod permitted;
// S3 Block Public Access.
pub mod public_access;
// One request.
pub mod request;
// Which grants a kind of request can rest on.
pub mod route;
// The caller's policies.
pub mod side;
// Rules that are off.
pub mod without;
