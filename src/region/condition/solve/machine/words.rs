//! Many exact texts at once.

use rustc_hash::FxHashMap;

use super::{Machine, MachineState};

/// Reads the given texts and no others; a state is the place in the tree of their common beginnings.
pub(in super::super) struct Words {
    /// For each place, the next characters with their places.
    next: Vec<FxHashMap<char, u32>>,
    /// For each place, the class of the text that ends there; 0: none.
    classes: Vec<u32>,
}

impl Words {
    pub(in super::super) fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words = Self { next: vec![FxHashMap::default()], classes: vec![0] };
        for (class, text) in (1..).zip(texts) {
            let mut at = 0;
            for c in text.chars() {
                let new = words.next.len() as u32;
                let Some(next) = words.next.get_mut(at) else { break };
                at = *next.entry(c).or_insert(new) as usize;
                if at == new as usize {
                    words.next.push(FxHashMap::default());
                    words.classes.push(0);
                }
            }
            if let Some(slot) = words.classes.get_mut(at) {
                *slot = class;
            }
        }
        words
    }
}

impl Words {
    /// The place after one more character.
    pub(super) fn after(&self, place: usize, c: char) -> Option<usize> {
        self.next.get(place)?.get(&c).map(|&next| next as usize)
    }

    /// The characters that lead on from a place.
    pub(super) fn letters(&self, place: usize) -> impl Iterator<Item = char> + '_ {
        self.next.get(place).into_iter().flat_map(|next| next.keys().copied())
    }

    /// The class of the text that ends at a place; 0: none.
    pub(super) fn class_at(&self, place: usize) -> u32 {
        self.classes.get(place).copied().unwrap_or(0)
    }
}

fn place(state: &MachineState) -> usize {
    state.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
}

impl Machine for Words {
    fn start(&self) -> MachineState {
        0u32.to_le_bytes().into()
    }

    fn step(&self, state: &MachineState, c: char) -> Option<MachineState> {
        let next = self.after(place(state), c)? as u32;
        Some(next.to_le_bytes().into())
    }

    fn alphabet(&self, state: &MachineState, out: &mut Vec<char>) {
        out.extend(self.letters(place(state)));
    }

    fn class(&self, state: &MachineState) -> u32 {
        self.class_at(place(state))
    }

    fn is_domain(&self) -> bool {
        false
    }
}
