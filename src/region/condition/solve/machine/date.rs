//! Instants as ISO 8601 text.

use super::{EQUAL, LESS, Machine, MachineState, VAGUE, byte, class_of};
use crate::region::condition::value::Number;
use crate::region::condition::value::date::iso_text;

/// Reads ISO 8601 text, and compares it with borders: text in UTC sorts as the instants do. Text with an offset is read but
/// not compared.
///
/// A state is the position, two bytes on the year, month or field being read, the digits of the fraction, whether the
/// second is a leap second, and for each border how the text so far compares with its two texts.
pub(in super::super) struct IsoDate {
    borders: Vec<Border>,
    /// Only `YYYY-MM-DDThh:mm:ssZ`, with a fraction or not, as services send it.
    is_domain: bool,
}

/// The text of a border without point and zone; and the same where it is a full minute written as the 60th second of the
/// minute before, which is how a leap second compares.
struct Border {
    text: Vec<u8>,
    leap: Vec<u8>,
}

const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd";
const LEAST: &[u8] = b"0000-01-01T00:00:00";
const HEADER: usize = 5;
const FRACTION: u8 = 20;
/// After `Z`.
const CLOSED: u8 = 255;
/// Positions in an offset, the sign included.
const OFFSET: &[u8] = b"+dd:dd";
const OFFSET_START: u8 = 100;
const OFFSET_END: u8 = 106;

impl IsoDate {
    /// Borders outside the years 1 to 9999 are above or below all text and left out.
    pub(in super::super) fn new(mut borders: Vec<Number>, is_domain: bool) -> Self {
        borders.sort_unstable();
        borders.dedup();
        let bare = |text: String| text.trim_end_matches('Z').replace('.', "").into_bytes();
        let borders = borders.into_iter().filter_map(|border| {
            let text = bare(iso_text(border)?);
            let mut leap = text.clone();
            if let (Some(b"00"), Some(before)) = (text.get(17..19), iso_text(Number(border.0 - Number::ONE)))
            {
                leap.splice(..19, before.bytes().take(17).chain(*b"60"));
            }
            Some(Border { text, leap })
        });
        Self { borders: borders.collect(), is_domain }
    }

    /// How the text in a state compares with each border, what it leaves out counting as the least there is.
    fn orders(&self, state: &MachineState) -> Vec<u8> {
        let [at, _, _, fraction, leap, orders @ ..] = &**state else { return Vec::new() };
        let from = usize::from(*at).min(SHAPE.len());
        let pairs = orders.chunks_exact(2).zip(&self.borders);
        pairs
            .map(|(orders, border)| {
                let (order, text) =
                    if *leap == 1 { (orders[1], &border.leap) } else { (orders[0], &border.text) };
                let (date, rest) = text.split_at(SHAPE.len().min(text.len()));
                let later = date.iter().zip(LEAST).skip(from).any(|(digit, least)| digit > least);
                let more = rest.iter().skip(usize::from(*fraction)).any(|&digit| digit != b'0');
                if order == EQUAL && (later || more) { LESS } else { order }
            })
            .collect()
    }
}

/// Whether `digit` can stand at `at`, given what was remembered, and what to remember after it.
fn read_digit(at: u8, digit: u8, memory: [u8; 2]) -> Option<[u8; 2]> {
    let [first, second] = memory;
    Some(match at {
        0 => [digit % 2, 0],
        // A century is leap if it is divisible by 4; ten times an odd number leaves 2.
        1 => [u8::from((first * 2 + digit).is_multiple_of(4)), 0],
        2 => [first, digit % 2 + if digit == 0 { 4 } else { 0 }],
        3 => {
            let zero = second >= 4 && digit == 0;
            let fourth = (second % 4 * 2 + digit).is_multiple_of(4);
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
        let mut state = vec![0; HEADER];
        state.resize(HEADER + 2 * self.borders.len(), EQUAL);
        state.into()
    }

    fn step(&self, state: &MachineState, c: char) -> Option<MachineState> {
        let &[at, first, second, fraction, leap, ..] = &**state else { return None };
        let c = u8::try_from(c).ok()?;
        let mut next = state.clone();
        let [next_at, next_first, next_second, next_fraction, next_leap, orders @ ..] = &mut *next else {
            return None;
        };
        let compare = |orders: &mut [u8], position: usize| {
            for (orders, border) in orders.chunks_exact_mut(2).zip(&self.borders) {
                for (order, text) in orders.iter_mut().zip([&border.text, &border.leap]) {
                    if *order == EQUAL {
                        *order = byte(c.cmp(text.get(position).unwrap_or(&b'0')));
                    }
                }
            }
        };
        if (OFFSET_START..OFFSET_END).contains(&at) {
            [*next_at, *next_second] = read_offset(at, c, second)?;
            return Some(next);
        }
        let after_time = matches!(at, 16 | 19) || at == FRACTION + 1;
        match SHAPE.get(usize::from(at)) {
            Some(b'd') if c.is_ascii_digit() => {
                if at == 17 && c == b'6' && !self.is_domain {
                    *next_leap = 1;
                } else if leap == 1 && c != b'0' {
                    return None;
                } else {
                    [*next_first, *next_second] = read_digit(at, c - b'0', [first, second])?;
                }
                compare(orders, usize::from(at));
                *next_at = at + 1;
            }
            Some(&mark) if mark == c => *next_at = at + 1,
            None if c == b'.' && at == FRACTION - 1 => *next_at = FRACTION,
            None if c.is_ascii_digit() && (FRACTION..=FRACTION + 1).contains(&at) => {
                if fraction == 18 {
                    return (c == b'0').then_some(next);
                }
                compare(orders, SHAPE.len() + usize::from(fraction));
                (*next_fraction, *next_at) = (fraction + 1, FRACTION + 1);
            }
            _ if c == b'Z' && after_time && !(self.is_domain && at == 16) => {
                let closed: Vec<u8> =
                    self.orders(state).into_iter().flat_map(|order| [order, order]).collect();
                orders.copy_from_slice(&closed);
                // What is left out was compared just now.
                (*next_at, *next_fraction) = (CLOSED, u8::MAX);
            }
            _ if matches!(c, b'+' | b'-') && after_time && !self.is_domain => {
                orders.fill(EQUAL);
                [*next_at, *next_first, *next_second, *next_fraction, *next_leap] =
                    [OFFSET_START + 1, 0, 0, 0, 0];
            }
            _ => return None,
        }
        Some(next)
    }

    fn alphabet(&self, _: &MachineState, out: &mut Vec<char>) {
        out.extend("0123456789-+:.TZ".chars());
    }

    fn class(&self, state: &MachineState) -> u32 {
        match state.first() {
            Some(&CLOSED) => class_of(self.orders(state).into_iter()),
            Some(&OFFSET_END) => VAGUE,
            Some(&at) if !self.is_domain && (matches!(at, 7 | 10 | 16 | 19) || at == FRACTION + 1) => {
                class_of(self.orders(state).into_iter())
            }
            _ => 0,
        }
    }

    fn is_domain(&self) -> bool {
        self.is_domain
    }
}

/// The position in an offset after reading `c`, and the digit.
fn read_offset(at: u8, c: u8, last: u8) -> Option<[u8; 2]> {
    let (place, digit) = (at - OFFSET_START, c.wrapping_sub(b'0'));
    let fits = match (OFFSET.get(usize::from(place))?, place) {
        (b'd', 1) => digit <= 2,
        (b'd', 2) => digit <= 9 && last * 10 + digit < 24,
        (b'd', 4) => digit <= 5,
        (b'd', _) => digit <= 9,
        (mark, _) => *mark == c,
    };
    fits.then_some([at + 1, if digit <= 9 { digit } else { 0 }])
}
