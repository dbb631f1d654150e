//! IPv4 addresses.

use super::{EQUAL, Machine, MachineState, byte, class_of, octet_class};

/// Reads dotted IPv4 addresses, and compares them with borders.
///
/// A state is the octet being read, its digits and value, and for each border how the octets so far compare.
pub(in super::super) struct Ipv4 {
    borders: Vec<[u8; 4]>,
    is_domain: bool,
}

impl Ipv4 {
    pub(in super::super) fn new(mut borders: Vec<u32>, is_domain: bool) -> Self {
        borders.sort_unstable();
        borders.dedup();
        Self { borders: borders.into_iter().map(u32::to_be_bytes).collect(), is_domain }
    }
}

impl Machine for Ipv4 {
    fn start(&self) -> MachineState {
        let mut state = vec![0, 0, 0];
        state.resize(3 + self.borders.len(), EQUAL);
        state.into()
    }

    fn step(&self, state: &MachineState, c: char) -> Option<MachineState> {
        let &[octet, digits, value, ..] = &**state else { return None };
        let mut next = state.clone();
        let [next_octet, next_digits, next_value, orders @ ..] = &mut *next else { return None };
        if c == '.' && digits > 0 && octet < 3 {
            compare(&self.borders, orders, octet.into(), value);
            (*next_octet, *next_digits, *next_value) = (octet + 1, 0, 0);
            return Some(next);
        }
        let digit = u8::try_from(c.to_digit(10)?).ok()?;
        if digits == 1 && value == 0 {
            return None;
        }
        (*next_digits, *next_value) = (digits + 1, value.checked_mul(10)?.checked_add(digit)?);
        if !orders.contains(&EQUAL) {
            *next_value = octet_class(*next_value, *next_digits);
        }
        Some(next)
    }

    fn alphabet(&self, _: &MachineState, out: &mut Vec<char>) {
        out.extend("0123456789.".chars());
    }

    fn class(&self, state: &MachineState) -> u32 {
        let [3, 1..=u8::MAX, value, orders @ ..] = &**state else { return 0 };
        let mut orders = orders.to_vec();
        compare(&self.borders, &mut orders, 3, *value);
        class_of(orders.into_iter())
    }

    fn is_domain(&self) -> bool {
        self.is_domain
    }
}

fn compare<const N: usize>(borders: &[[u8; N]], orders: &mut [u8], at: usize, value: u8) {
    for (border, order) in borders.iter().zip(orders) {
        if let (EQUAL, Some(wanted)) = (*order, border.get(at)) {
            *order = byte(value.cmp(wanted));
        }
    }
}
