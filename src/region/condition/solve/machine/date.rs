//! Instants as ISO 8601 text in UTC.

use super::{EQUAL, LESS, Machine, MachineState, byte, class_of};
use crate::region::condition::value::Number;
use crate::region::condition::value::date::iso_text;

/// Reads ISO 8601 text without offset, and compares it with borders: text of this form sorts as the instants do.
///
/// A state is the position, the digits of the year as far as leap years need them, the field being read, the length of
/// the month, the digits of the fraction, and for each border how the text so far compares with its own.
pub(in super::super) struct IsoDate {
    borders: Vec<Vec<u8>>,
    /// Only `YYYY-MM-DDThh:mm:ssZ`, with a fraction or not, as services send it.
    is_domain: bool,
}

const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd";
const LEAST: &[u8] = b"0000-01-01T00:00:00";
const HEADER: usize = 4;
const FRACTION: u8 = 20;
const CLOSED: u8 = 255;

impl IsoDate {
    /// Borders outside the years 1 to 9999 are above or below all text and left out.
    pub(in super::super) fn new(mut borders: Vec<Number>, is_domain: bool) -> Self {
        borders.sort_unstable();
        borders.dedup();
        let texts = borders.into_iter().filter_map(iso_text);
        let borders = texts.map(|text| text.trim_end_matches('Z').replace('.', "").into_bytes()).collect();
        Self { borders, is_domain }
    }
}

/// Whether `digit` can stand at `at`, given what was remembered, and what to remember after it.
fn read_digit(at: u8, digit: u8, memory: [u8; 2]) -> Option<[u8; 2]> {
    let [first, second] = memory;
    Some(match at {
        0 => [digit % 2, 0],
        // A century is leap if it is divisible by 4; ten times an odd number leaves 2.
        1 => [u8::from((first * 2 + digit) % 4 == 0), 0],
        2 => [first, digit % 2 + if digit == 0 { 4 } else { 0 }],
        3 => {
            let zero = second >= 4 && digit == 0;
            let fourth = (second % 4 * 2 + digit) % 4 == 0;
            [u8::from(fourth && (!zero || first == 1)), 0]
        }
        5 => (digit <= 1).then_some([first, digit])?,
        6 => {
            let month = second * 10 + digit;
            let length = crate::region::condition::value::date::days_in_month(
                if first == 1 { 4 } else { 1 },
                month.into(),
            );
            ((1..=12).contains(&month)).then_some([u8::try_from(length).ok()?, 0])?
        }
        8 => (digit <= 3).then_some([first, digit])?,
        9 => ((1..=first).contains(&(second * 10 + digit))).then_some([0, 0])?,
        11 => (digit <= 2).then_some([0, digit])?,
        12 => (second * 10 + digit < 24).then_some([0, 0])?,
        14 | 17 => (digit <= 5).then_some([0, 0])?,
        _ => [0, 0],
    })
}

impl Machine for IsoDate {
    fn start(&self) -> MachineState {
        let mut state = vec![0, 0, 0, 0];
        state.resize(HEADER + self.borders.len(), EQUAL);
        state.into()
    }

    fn step(&self, state: &MachineState, c: char) -> Option<MachineState> {
        let &[at, first, second, fraction, ..] = &**state else { return None };
        let c = u8::try_from(c).ok()?;
        let mut next = state.clone();
        let [next_at, next_first, next_second, next_fraction, orders @ ..] = &mut *next else { return None };
        let compare = |orders: &mut [u8], position: usize| {
            for (border, order) in self.borders.iter().zip(orders) {
                if *order == EQUAL {
                    *order = byte(c.cmp(border.get(position).unwrap_or(&b'0')));
                }
            }
        };
        match SHAPE.get(usize::from(at)) {
            Some(b'd') if c.is_ascii_digit() => {
                [*next_first, *next_second] = read_digit(at, c - b'0', [first, second])?;
                compare(orders, usize::from(at));
                *next_at = at + 1;
            }
            Some(&mark) if mark == c => *next_at = at + 1,
            _ if at == CLOSED => return None,
            None if c == b'.' && at == FRACTION - 1 => *next_at = FRACTION,
            None if c.is_ascii_digit() && at >= FRACTION => {
                if fraction == 18 {
                    return (c == b'0').then_some(next);
                }
                compare(orders, SHAPE.len() + usize::from(fraction));
                (*next_fraction, *next_at) = (fraction + 1, FRACTION + 1);
            }
            _ if c == b'Z' && (at == 16 || at == FRACTION - 1 || at == FRACTION + 1) => *next_at = CLOSED,
            _ => return None,
        }
        if *next_at == CLOSED {
            if self.is_domain && at == 16 {
                return None;
            }
            // What was left out of the time is zero.
            let (from, fraction) = (usize::from(at).min(SHAPE.len()), usize::from(fraction));
            finish(&self.borders, orders, from, fraction);
        }
        Some(next)
    }

    fn alphabet(&self, _: &MachineState, out: &mut Vec<char>) {
        out.extend("0123456789-:.TZ".chars());
    }

    fn class(&self, state: &MachineState) -> u32 {
        let [at, _, _, fraction, orders @ ..] = &**state else { return 0 };
        let complete = match *at {
            CLOSED => true,
            7 | 10 | 16 | 19 => !self.is_domain,
            at => at == FRACTION + 1 && !self.is_domain,
        };
        if !complete {
            return 0;
        }
        let mut orders = orders.to_vec();
        if *at != CLOSED {
            finish(&self.borders, &mut orders, usize::from(*at).min(SHAPE.len()), usize::from(*fraction));
        }
        class_of(orders.into_iter())
    }

    fn is_domain(&self) -> bool {
        self.is_domain
    }
}

/// Compares what the text leaves out, which counts as the least there is.
fn finish(borders: &[Vec<u8>], orders: &mut [u8], from: usize, fraction: usize) {
    for (border, order) in borders.iter().zip(orders) {
        let (date, rest) = border.split_at(SHAPE.len().min(border.len()));
        let later = date.iter().zip(LEAST).skip(from).any(|(digit, least)| digit > least);
        if *order == EQUAL && (later || rest.iter().skip(fraction).any(|&digit| digit != b'0')) {
            *order = LESS;
        }
    }
}
