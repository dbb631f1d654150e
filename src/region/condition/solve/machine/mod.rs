//! Automata that read a number, an instant, an address or base64 character by character, so that globs over the text of
//! a value and comparisons of the value itself can be explored together.

mod accounts;
mod base64;
mod date;
mod ipv4;
mod ipv6;
mod number;
mod words;

pub(super) use accounts::Accounts;
pub(super) use base64::Base64;
pub(super) use date::IsoDate;
pub(super) use ipv4::Ipv4;
pub(super) use ipv6::Ipv6;
pub(super) use number::Decimal;
pub(super) use words::Words;

use std::cmp::Ordering;

/// What a machine remembers of the text so far.
pub(super) type MachineState = Box<[u8]>;

/// A deterministic automaton over characters whose end states are sorted into classes.
pub(super) trait Machine {
    /// Before anything is read.
    fn start(&self) -> MachineState;
    /// After one more character; `None` if no continuation can be read.
    fn step(&self, state: &MachineState, c: char) -> Option<MachineState>;
    /// The characters that make a difference in a state.
    fn alphabet(&self, state: &MachineState, out: &mut Vec<char>);
    /// What was read if the text ends here; 0: nothing readable.
    fn class(&self, state: &MachineState) -> u32;
    /// Whether only texts that the machine reads are of interest.
    fn is_domain(&self) -> bool;
}

/// The class of text that can be read, but that the machine does not compare: it may be in any other class but 0.
pub(super) const VAGUE: u32 = u32::MAX;

/// Comparisons with each border, as bytes of a state.
const LESS: u8 = 0;
const EQUAL: u8 = 1;
const GREATER: u8 = 2;

fn byte(order: Ordering) -> u8 {
    match order {
        Ordering::Less => LESS,
        Ordering::Equal => EQUAL,
        Ordering::Greater => GREATER,
    }
}

/// The class of a value that compares so with sorted borders: 1 below all of them, then one for each border and for each
/// gap after it.
fn class_of(orders: impl Iterator<Item = u8>) -> u32 {
    1 + orders.map(u32::from).sum::<u32>()
}
