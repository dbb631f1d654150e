//! IPv6 addresses in any spelling.

use super::{EQUAL, Machine, MachineState, byte, class_of};

/// Reads IPv6 addresses, and compares them with borders.
///
/// How many groups a `::` stands for shows only at the end of the text, so a state is a set of guesses: configurations
/// of one length each, sorted and put end to end.
pub(in super::super) struct Ipv6 {
    borders: Vec<Border>,
    is_domain: bool,
}

struct Border {
    bytes: [u8; 16],
    /// The hexadecimal digits of each group without leading zeros.
    groups: Vec<Vec<u8>>,
}

impl Border {
    fn new(border: u128) -> Self {
        let bytes = border.to_be_bytes();
        let group = |pair: &[u8]| {
            let digits = format!("{:02x}{:02x}", pair[0], pair[1]);
            digits.trim_start_matches('0').into()
        };
        Self { bytes, groups: bytes.chunks(2).map(group).collect() }
    }

    fn digits(&self, group: u8) -> &[u8] {
        self.groups.get(usize::from(group)).map_or(&[], Vec::as_slice)
    }
}

const HEADER: usize = 6;

/// What was read last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    /// One colon at the very start.
    FirstColon,
    /// A hexadecimal digit of a group.
    Digit,
    /// A colon after a group.
    Colon,
    /// The second colon of `::`.
    Gap,
    /// A digit or dot of an IPv4 address at the end.
    Dotted,
}

impl Last {
    const ALL: [Self; 6] =
        [Self::Nothing, Self::FirstColon, Self::Digit, Self::Colon, Self::Gap, Self::Dotted];
}

/// One guess.
#[derive(Clone)]
struct Guess {
    last: Last,
    /// Complete groups, those that `::` stands for included.
    groups: u8,
    /// Digits of the group or octet being read, and those without leading zeros (for an octet: its value).
    digits: u8,
    significant: u8,
    /// Complete octets of an IPv4 address at the end.
    octets: u8,
    gap: bool,
    /// For each border: how the complete groups compare, then how the digits of the open group compare with as many
    /// digits of the border's.
    orders: Vec<[u8; 2]>,
}

impl Guess {
    fn encode(&self) -> Vec<u8> {
        let last = Last::ALL.iter().position(|&last| last == self.last).unwrap_or(0) as u8;
        let header = [last, self.groups, self.digits, self.significant, self.octets, u8::from(self.gap)];
        header.into_iter().chain(self.orders.iter().flatten().copied()).collect()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let &[last, groups, digits, significant, octets, gap, ref orders @ ..] = bytes else { return None };
        let last = *Last::ALL.get(usize::from(last))?;
        let orders = orders.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect();
        Some(Self { last, groups, digits, significant, octets, gap: gap == 1, orders })
    }
}

impl Ipv6 {
    pub(in super::super) fn new(mut borders: Vec<u128>, is_domain: bool) -> Self {
        borders.sort_unstable();
        borders.dedup();
        Self { borders: borders.into_iter().map(Border::new).collect(), is_domain }
    }

    fn guesses(&self, state: &MachineState) -> Vec<Guess> {
        state.chunks_exact(HEADER + 2 * self.borders.len()).filter_map(Guess::decode).collect()
    }

    /// Ends the open group.
    fn close_group(&self, guess: &mut Guess) {
        for (border, [order, partial]) in self.borders.iter().zip(&mut guess.orders) {
            if *order == EQUAL {
                let wanted = border.digits(guess.groups);
                *order = match usize::from(guess.significant).cmp(&wanted.len()) {
                    std::cmp::Ordering::Equal => *partial,
                    other => byte(other),
                };
            }
            *partial = EQUAL;
        }
        (guess.groups, guess.digits, guess.significant) = (guess.groups + 1, 0, 0);
    }

    fn close_octet(&self, guess: &mut Guess) {
        let at = usize::from(guess.groups * 2 + guess.octets);
        for (border, [order, _]) in self.borders.iter().zip(&mut guess.orders) {
            if let (EQUAL, Some(wanted)) = (*order, border.bytes.get(at)) {
                *order = byte(guess.significant.cmp(wanted));
            }
        }
        (guess.octets, guess.digits, guess.significant) = (guess.octets + 1, 0, 0);
    }

    fn hex_digit(&self, mut guess: Guess, digit: char) -> Option<Guess> {
        if guess.digits == 4 || guess.groups == 8 {
            return None;
        }
        (guess.last, guess.digits) = (Last::Digit, guess.digits + 1);
        if digit == '0' && guess.significant == 0 {
            return Some(guess);
        }
        for (border, [_, partial]) in self.borders.iter().zip(&mut guess.orders) {
            if let (EQUAL, Some(wanted)) =
                (*partial, border.digits(guess.groups).get(usize::from(guess.significant)))
            {
                *partial = byte((digit as u8).cmp(wanted));
            }
        }
        guess.significant += 1;
        Some(guess)
    }

    fn octet_digit(mut guess: Guess, digit: u8) -> Option<Guess> {
        if guess.digits > 0 && guess.significant == 0 {
            return None;
        }
        (guess.last, guess.digits) = (Last::Dotted, guess.digits + 1);
        guess.significant = guess.significant.checked_mul(10)?.checked_add(digit)?;
        Some(guess)
    }

    /// All that can be made of one more character.
    fn follow(&self, guess: Guess, c: char, out: &mut Vec<Guess>) {
        let c = c.to_ascii_lowercase();
        match (guess.last, c) {
            (Last::Nothing, ':') => out.push(Guess { last: Last::FirstColon, ..guess }),
            (Last::FirstColon | Last::Colon, ':') if !guess.gap => {
                let mut rest = Guess { last: Last::Gap, gap: true, ..guess };
                while rest.groups < 8 {
                    self.close_group(&mut rest);
                    out.push(rest.clone());
                }
            }
            (Last::Digit, ':') if guess.groups < 7 => {
                let mut next = guess;
                self.close_group(&mut next);
                out.push(Guess { last: Last::Colon, ..next });
            }
            (Last::Dotted, '.') if guess.digits > 0 && guess.octets < 3 => {
                let mut next = guess;
                self.close_octet(&mut next);
                out.push(next);
            }
            (Last::Dotted, '0'..='9') => out.extend(Self::octet_digit(guess, c as u8 - b'0')),
            (Last::Nothing | Last::Digit | Last::Colon | Last::Gap, '0'..='9' | 'a'..='f') => {
                if guess.last != Last::Digit && guess.groups == 6 && c.is_ascii_digit() {
                    out.extend(Self::octet_digit(guess.clone(), c as u8 - b'0'));
                }
                out.extend(self.hex_digit(guess, c));
            }
            _ => {}
        }
    }

    /// The comparisons, if the address is complete.
    fn finish(&self, mut guess: Guess) -> Option<Vec<[u8; 2]>> {
        match guess.last {
            Last::Digit if guess.groups == 7 => self.close_group(&mut guess),
            Last::Gap if guess.groups == 8 => {}
            Last::Dotted if guess.groups == 6 && guess.octets == 3 && guess.digits > 0 => {
                self.close_octet(&mut guess)
            }
            _ => return None,
        }
        Some(guess.orders)
    }
}

impl Machine for Ipv6 {
    fn start(&self) -> MachineState {
        let orders = vec![[EQUAL; 2]; self.borders.len()];
        let guess = Guess {
            last: Last::Nothing,
            groups: 0,
            digits: 0,
            significant: 0,
            octets: 0,
            gap: false,
            orders,
        };
        guess.encode().into()
    }

    fn step(&self, state: &MachineState, c: char) -> Option<MachineState> {
        let mut next = Vec::new();
        for guess in self.guesses(state) {
            self.follow(guess, c, &mut next);
        }
        let mut next: Vec<_> = next.iter().map(Guess::encode).collect();
        next.sort_unstable();
        next.dedup();
        (!next.is_empty()).then(|| next.concat().into())
    }

    fn alphabet(&self, _: &MachineState, out: &mut Vec<char>) {
        out.extend("0123456789abcdef:.".chars());
    }

    fn class(&self, state: &MachineState) -> u32 {
        let orders = self.guesses(state).into_iter().find_map(|guess| self.finish(guess));
        orders.map_or(0, |orders| class_of(orders.into_iter().map(|[order, _]| order)))
    }

    fn is_domain(&self) -> bool {
        self.is_domain
    }
}
