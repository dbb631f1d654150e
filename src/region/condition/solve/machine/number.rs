//! Decimal numbers.

use super::{EQUAL, GREATER, LESS, Machine, MachineState, byte, class_of};
use crate::region::condition::value::{FRACTION_DIGITS, Number};

/// Reads what [`Number::parse`] reads, and compares it with borders.
///
/// A state is sign, phase, digits of the phase, and for each border how the digits so far compare with as many digits of
/// the border's magnitude.
pub(in super::super) struct Decimal {
    borders: Vec<Border>,
    is_domain: bool,
}

struct Border {
    number: Number,
    whole: Vec<u8>,
    fraction: Vec<u8>,
}

const HEADER: usize = 4;
const WHOLE: u8 = 0;
const FRACTION: u8 = 1;
const MAX_WHOLE: u8 = 19;

impl Decimal {
    /// Borders are sorted here.
    pub(in super::super) fn new(mut borders: Vec<Number>, is_domain: bool) -> Self {
        borders.sort_unstable();
        borders.dedup();
        let borders = borders.into_iter().map(|number| {
            let text = Number(number.0.saturating_abs()).text();
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
            Border { number, whole: whole.trim_start_matches('0').into(), fraction: fraction.into() }
        });
        Self { borders: borders.collect(), is_domain }
    }

    /// How the whole digits compare, once there are no more.
    fn close(border: &Border, digits: u8, order: u8) -> u8 {
        match usize::from(digits).cmp(&border.whole.len()) {
            std::cmp::Ordering::Equal => order,
            other => byte(other),
        }
    }
}

impl Machine for Decimal {
    fn start(&self) -> MachineState {
        let mut state = vec![b' ', WHOLE, 0, 0];
        state.resize(HEADER + self.borders.len(), EQUAL);
        state.into()
    }

    fn step(&self, state: &MachineState, c: char) -> Option<MachineState> {
        let &[sign, phase, digits, any, ref orders @ ..] = &**state else { return None };
        let mut next = state.clone();
        let [next_sign, next_phase, next_digits, next_any, next_orders @ ..] = &mut *next else {
            return None;
        };
        match (c, phase) {
            ('+' | '-', WHOLE) if sign == b' ' && any == 0 => *next_sign = c as u8,
            ('.', WHOLE) => {
                for ((border, order), old) in self.borders.iter().zip(next_orders).zip(orders) {
                    *order = Self::close(border, digits, *old);
                }
                (*next_phase, *next_digits) = (FRACTION, 0);
            }
            ('0'..='9', WHOLE) => {
                (*next_any, *next_sign) = (1, if sign == b' ' { b'+' } else { sign });
                if c == '0' && digits == 0 {
                    return Some(next);
                }
                if digits == MAX_WHOLE {
                    return None;
                }
                for (border, order) in self.borders.iter().zip(next_orders) {
                    if let (EQUAL, Some(wanted)) = (*order, border.whole.get(usize::from(digits))) {
                        *order = byte((c as u8).cmp(wanted));
                    }
                }
                *next_digits = digits + 1;
            }
            ('0'..='9', _) => {
                *next_any = 1;
                if usize::from(digits) >= FRACTION_DIGITS {
                    return (c == '0').then_some(next);
                }
                for (border, order) in self.borders.iter().zip(next_orders) {
                    if *order == EQUAL {
                        let wanted = border.fraction.get(usize::from(digits)).unwrap_or(&b'0');
                        *order = byte((c as u8).cmp(wanted));
                    }
                }
                *next_digits = digits + 1;
            }
            _ => return None,
        }
        Some(next)
    }

    fn alphabet(&self, _: &MachineState, out: &mut Vec<char>) {
        out.extend("0123456789.-+".chars());
    }

    fn class(&self, state: &MachineState) -> u32 {
        let &[sign, phase, digits, 1, ref orders @ ..] = &**state else { return 0 };
        let magnitudes = self.borders.iter().zip(orders).map(|(border, &order)| {
            let order = if phase == WHOLE { Self::close(border, digits, order) } else { order };
            let shorter = border.fraction.len() > if phase == WHOLE { 0 } else { usize::from(digits) };
            let missing = border.fraction.iter().skip(if phase == WHOLE { 0 } else { usize::from(digits) });
            if order == EQUAL && shorter && missing.into_iter().any(|&digit| digit != b'0') {
                LESS
            } else {
                order
            }
        });
        class_of(self.borders.iter().zip(magnitudes).map(|(border, order)| {
            match (sign == b'-', border.number.0.signum()) {
                (false, -1) => GREATER,
                (false, _) => order,
                (true, -1) => GREATER - order,
                (true, 0) if order == EQUAL => EQUAL,
                (true, _) => LESS,
            }
        }))
    }

    fn is_domain(&self) -> bool {
        self.is_domain
    }
}
