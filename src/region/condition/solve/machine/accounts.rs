//! Many texts at the place of the account of an ARN.

use super::words::Words;
use super::{Machine, MachineState};

/// Reads the ARNs whose fifth part is one of the given texts, as the patterns `arn:*:*:*:TEXT:*` would side by side. A state is how
/// far the ARN was read, and the place in the tree of the texts' common beginnings.
pub(in super::super) struct Accounts {
    texts: Words,
}

/// What every ARN begins with.
const START: &[u8] = b"arn:";
/// How far an ARN was read when its partition begins; service, region and account are one further each.
const PARTITION: u8 = START.len() as u8;
const ACCOUNT: u8 = PARTITION + 3;
/// The account was one of the texts, and anything may follow.
const AFTER: u8 = ACCOUNT + 1;

impl Accounts {
    /// The texts hold no colon.
    pub(in super::super) fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self { texts: Words::new(texts) }
    }
}

fn state(far: u8, place: usize) -> MachineState {
    let [a, b, c, d] = (place as u32).to_le_bytes();
    [far, a, b, c, d].into()
}

fn read(state: &MachineState) -> Option<(u8, usize)> {
    let &[far, a, b, c, d] = &**state else { return None };
    Some((far, u32::from_le_bytes([a, b, c, d]) as usize))
}

impl Machine for Accounts {
    fn start(&self) -> MachineState {
        state(0, 0)
    }

    fn step(&self, before: &MachineState, c: char) -> Option<MachineState> {
        let (far, place) = read(before)?;
        match (START.get(usize::from(far)), far) {
            (Some(&wanted), _) => (c == char::from(wanted)).then(|| state(far + 1, 0)),
            (None, ACCOUNT) if c == ':' => (self.texts.class_at(place) != 0).then(|| state(AFTER, place)),
            (None, ACCOUNT) => Some(state(ACCOUNT, self.texts.after(place, c)?)),
            (None, AFTER) => Some(before.clone()),
            (None, _) => Some(state(far + u8::from(c == ':'), 0)),
        }
    }

    fn alphabet(&self, at: &MachineState, out: &mut Vec<char>) {
        let Some((far, place)) = read(at) else { return };
        match (START.get(usize::from(far)), far) {
            (Some(&wanted), _) => out.push(char::from(wanted)),
            (None, ACCOUNT) => {
                out.extend(self.texts.letters(place));
                out.extend((self.texts.class_at(place) != 0).then_some(':'));
            }
            (None, AFTER) => {}
            (None, _) => out.push(':'),
        }
    }

    fn class(&self, at: &MachineState) -> u32 {
        match read(at) {
            Some((AFTER, place)) => self.texts.class_at(place),
            _ => 0,
        }
    }

    fn is_domain(&self) -> bool {
        false
    }
}
