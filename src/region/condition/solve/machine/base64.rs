//! Base64 text.

use super::{Machine, MachineState};
use crate::region::condition::value::base64_digit;

/// Reads padded base64 without stray bits. A state is the length so far modulo 4, the last digit, and the padding.
pub(in super::super) struct Base64 {
    pub(in super::super) is_domain: bool,
}

impl Machine for Base64 {
    fn start(&self) -> MachineState {
        [0, 0, 0].into()
    }

    fn step(&self, state: &MachineState, c: char) -> Option<MachineState> {
        let &[length, last, padding] = &**state else { return None };
        let length_after = (length + 1) % 4;
        if c == '=' {
            let stray = if length == 2 { 16 } else { 4 };
            let fits = (length == 2 && padding == 0 || length == 3) && (padding == 1 || last % stray == 0);
            return fits.then(|| [length_after, 0, padding + 1].into());
        }
        let digit = u8::try_from(c).ok().and_then(base64_digit).filter(|_| padding == 0)?;
        Some(
            [
                length_after,
                if digit % 16 == 0 {
                    0
                } else if digit % 4 == 0 {
                    4
                } else {
                    1
                },
                0,
            ]
            .into(),
        )
    }

    fn alphabet(&self, _: &MachineState, out: &mut Vec<char>) {
        out.extend("ABE=".chars());
    }

    fn class(&self, state: &MachineState) -> u32 {
        u32::from(state.first() == Some(&0))
    }

    fn is_domain(&self) -> bool {
        self.is_domain
    }
}
