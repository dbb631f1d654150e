//! Texts that stand for all texts: whatever a set of patterns can tell apart, one of them shows.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use super::machine::{Accounts, Machine, MachineState, VAGUE, Words};
use crate::region::condition::value::glob::{Glob, Token, fold};

/// How many states of a product automaton are explored.
const MAX_STATES: usize = 60_000;

/// Candidate texts, and whether they show all that there is to show.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) texts: Vec<String>,
    /// Instants with an offset. Others that look alike to all patterns may be any instant.
    pub(super) vague: Vec<String>,
    /// The instants that vague texts may be, where there are some.
    pub(super) instants: Vec<String>,
    pub(super) complete: bool,
}

impl Texts {
    /// These texts, which show all there is.
    pub(super) fn complete(texts: Vec<String>) -> Self {
        Self { texts, complete: true, ..Self::default() }
    }
}

/// What texts are told apart by.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    pub(super) exact: Vec<Box<str>>,
    /// Texts that match ignoring case, folded.
    pub(super) folded: Vec<Box<str>>,
    pub(super) globs: Vec<Glob>,
    /// Texts, without colons, at the place of the account of an ARN. The domain, if there are some, holds ARNs only.
    pub(super) accounts: Vec<Box<str>>,
    /// Only texts that match this are of interest.
    pub(super) domain: Option<Glob>,
}

impl Patterns {
    /// Whether all globs are a literal text with one `*` at its end.
    pub(super) fn are_prefixes(&self) -> bool {
        self.globs.iter().all(|glob| glob.simple().is_some())
    }

    /// A character that no pattern mentions in any case, and that is neither a digit of a number nor of base64 if
    /// `symbol` is set.
    pub(super) fn fresh(&self, symbol: bool) -> char {
        let mut used: FxHashSet<char> = FxHashSet::default();
        used.insert(':');
        let texts = self.exact.iter().chain(&self.folded).chain(&self.accounts);
        used.extend(texts.flat_map(|text| text.chars()).map(fold));
        for glob in self.globs.iter().chain(&self.domain) {
            used.extend(glob.tokens.iter().filter_map(|token| match token {
                Token::Char(c) | Token::Fold(c) | Token::One(Some(c)) | Token::Many(Some(c)) => {
                    Some(fold(*c))
                }
                _ => None,
            }));
        }
        let letters = if symbol { "~_!#%&" } else { "xyzwvutsrqponmlkjihgfedcba~_!#%&0123456789" };
        let unusual = '\u{100}'..='\u{ffff}';
        letters.chars().chain(unusual).find(|&c| !used.contains(&fold(c))).unwrap_or('\u{10ffff}')
    }

    /// Candidates where there are only exact texts, texts ignoring case, and prefixes; the last two not together.
    ///
    /// A text that is none of the exact ones is told apart by the longest prefix that it has: all shorter ones among the
    /// prefixes it has too.
    pub(super) fn simple_texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = self.exact.iter().map(|text| text.to_string()).collect();
        texts.extend(self.folded.iter().filter_map(|text| self.spelling(text)));
        let fresh = self.fresh(false);
        let prefixes = self.globs.iter().filter_map(|glob| glob.simple()).map(|(text, _)| text);
        let start = if self.domain.is_some() { "arn:" } else { "" };
        for prefix in prefixes.chain([start]) {
            let mut text = format!("{prefix}{fresh}");
            if self.domain.is_some() {
                let colons = text.matches(':').count();
                text.push_str(&":".repeat(5usize.saturating_sub(colons)));
            }
            texts.push(text);
        }
        texts.retain(|text| self.in_domain(text));
        texts
    }

    fn in_domain(&self, text: &str) -> bool {
        self.domain.as_ref().is_none_or(|domain| domain.matches(text))
    }

    /// A spelling of a folded text that is none of the exact texts.
    fn spelling(&self, folded: &str) -> Option<String> {
        let letters: Vec<Vec<char>> = folded.chars().map(cases).collect();
        let mut choice = vec![0usize; letters.len()];
        for _ in 0..=self.exact.len() {
            let text: String = letters.iter().zip(&choice).filter_map(|(cases, &at)| cases.get(at)).collect();
            if !self.exact.iter().any(|exact| **exact == *text) {
                return Some(text);
            }
            let mut carry = true;
            for (cases, at) in letters.iter().zip(&mut choice) {
                *at = if *at + 1 < cases.len() { *at + 1 } else { 0 };
                carry = *at == 0;
                if !carry {
                    break;
                }
            }
            if carry {
                return None;
            }
        }
        None
    }

    /// Whether a text is one of those given, ignoring case or not.
    pub(super) fn names(&self, text: &str) -> bool {
        let folded: String = text.chars().map(fold).collect();
        self.exact.iter().any(|exact| **exact == *text) || self.folded.iter().any(|other| **other == *folded)
    }

    /// Candidates for any patterns, by exploring all of them side by side, together with `machines`.
    pub(super) fn explored_texts(&self, mut machines: Vec<Box<dyn Machine>>) -> Texts {
        let folded = self.folded.iter().map(|text| Glob::ignoring_case(text));
        let mut globs: Vec<Glob> = self.domain.iter().cloned().collect();
        globs.extend(folded.chain(self.globs.iter().cloned()));
        let fresh: Vec<char> = if machines.is_empty() {
            vec![self.fresh(false)]
        } else {
            vec![self.fresh(false), self.fresh(true)]
        };
        if !self.exact.is_empty() {
            machines.push(Box::new(Words::new(self.exact.iter().map(|text| &**text))));
        }
        if !self.accounts.is_empty() {
            machines.push(Box::new(Accounts::new(self.accounts.iter().map(|text| &**text))));
        }
        Exploration::new(globs, self.domain.is_some(), fresh, &machines).run()
    }
}

/// All characters that fold to `folded`.
fn cases(folded: char) -> Vec<char> {
    let mut cases = vec![folded];
    cases.extend(folded.to_uppercase().filter(|&upper| fold(upper) == folded && upper != folded));
    if !folded.is_ascii() || folded == 'k' {
        let others = [
            '\u{212a}', '\u{212b}', '\u{1e9e}', '\u{3f4}', '\u{2126}', '\u{1c5}', '\u{1c8}', '\u{1cb}',
            '\u{1f2}',
        ];
        cases.extend(others.into_iter().filter(|&other| fold(other) == folded && other != folded));
    }
    cases
}

/// A breadth-first walk through the product of several patterns and machines.
struct Exploration<'a> {
    globs: Vec<Glob>,
    offsets: Vec<usize>,
    words: usize,
    /// The first pattern is the domain: nothing of interest lies beyond it.
    has_domain: bool,
    fresh: Vec<char>,
    machines: &'a [Box<dyn Machine>],
}

/// The states of all patterns one after the other, and those of the machines; none: nothing readable can follow.
type State = (Box<[u64]>, Box<[Option<MachineState>]>);

impl<'a> Exploration<'a> {
    fn new(globs: Vec<Glob>, has_domain: bool, fresh: Vec<char>, machines: &'a [Box<dyn Machine>]) -> Self {
        let mut offsets = Vec::with_capacity(globs.len());
        let mut words = 0;
        for glob in &globs {
            offsets.push(words);
            words += glob.words();
        }
        Self { globs, offsets, words, has_domain, fresh, machines }
    }

    fn run(&self) -> Texts {
        let mut start = vec![0; self.words];
        for (index, glob) in self.globs.iter().enumerate() {
            if let Some(part) = start.get_mut(self.range(index)) {
                glob.start(part);
            }
        }
        let start: State =
            (start.into(), self.machines.iter().map(|machine| Some(machine.start())).collect());
        let mut visited: FxHashMap<State, usize> = FxHashMap::default();
        let mut parents: Vec<(usize, char)> = Vec::new();
        let mut queue = VecDeque::from([(start, usize::MAX)]);
        let mut seen: FxHashSet<(Vec<bool>, Vec<u32>)> = FxHashSet::default();
        let mut found = Texts { complete: true, ..Texts::default() };
        while let Some((state, index)) = queue.pop_front() {
            for c in self.alphabet(&state) {
                let Some(next) = self.step(&state, c) else { continue };
                if visited.contains_key(&next) {
                    continue;
                }
                let at = parents.len();
                parents.push((index, c));
                if let Some(classes) = self.classes(&next)
                    && seen.insert(classes.clone())
                {
                    let is_vague = classes.1.contains(&VAGUE);
                    let texts = if is_vague { &mut found.vague } else { &mut found.texts };
                    texts.push(text_of(&parents, at));
                }
                visited.insert(next.clone(), at);
                queue.push_back((next, at));
                if parents.len() > MAX_STATES {
                    found.complete = false;
                    return found;
                }
            }
        }
        found
    }

    fn range(&self, index: usize) -> std::ops::Range<usize> {
        let start = self.offsets.get(index).copied().unwrap_or(self.words);
        start..self.offsets.get(index + 1).copied().unwrap_or(self.words)
    }

    /// The characters that lead from a state to different states; all others lead where the fresh ones lead.
    fn alphabet(&self, (states, machines): &State) -> Vec<char> {
        let mut alphabet = self.fresh.clone();
        for (index, glob) in self.globs.iter().enumerate() {
            let Some(part) = states.get(self.range(index)) else { continue };
            for (_, token) in glob.active(part) {
                match token {
                    Token::Char(c) => alphabet.push(c),
                    Token::Fold(c) => alphabet.extend(cases(c)),
                    Token::One(Some(c)) | Token::Many(Some(c)) => alphabet.push(c),
                    Token::One(None) | Token::Many(None) => {}
                }
            }
        }
        for (machine, state) in self.machines.iter().zip(machines) {
            if let Some(state) = state {
                machine.alphabet(state, &mut alphabet);
            }
        }
        if let Some(rest) = alphabet.get_mut(self.fresh.len()..) {
            rest.sort_unstable();
        }
        alphabet.dedup();
        alphabet
    }

    fn step(&self, (states, machines): &State, c: char) -> Option<State> {
        let mut next = vec![0; self.words].into_boxed_slice();
        for (index, glob) in self.globs.iter().enumerate() {
            let range = self.range(index);
            if let (Some(from), Some(to)) = (states.get(range.clone()), next.get_mut(range)) {
                glob.step(from, c, to);
            }
        }
        let dead = |range: std::ops::Range<usize>| {
            next.get(range).is_none_or(|part| part.iter().all(|&word| word == 0))
        };
        if self.has_domain && dead(self.range(0)) {
            return None;
        }
        let mut next_machines = Vec::with_capacity(machines.len());
        for (machine, state) in self.machines.iter().zip(machines) {
            let state = state.as_ref().and_then(|state| machine.step(state, c));
            if state.is_none() && machine.is_domain() {
                return None;
            }
            next_machines.push(state);
        }
        Some((next, next_machines.into()))
    }

    /// Which patterns accept in a state, and what the machines read there; `None` outside the domain.
    fn classes(&self, (states, machines): &State) -> Option<(Vec<bool>, Vec<u32>)> {
        let accepts = |(index, glob): (usize, &Glob)| {
            states.get(self.range(index)).is_some_and(|part| glob.accepts(part))
        };
        let accepted: Vec<bool> = self.globs.iter().enumerate().map(accepts).collect();
        if self.has_domain && accepted.first() != Some(&true) {
            return None;
        }
        let mut classes = Vec::with_capacity(machines.len());
        for (machine, state) in self.machines.iter().zip(machines) {
            let class = state.as_ref().map_or(0, |state| machine.class(state));
            if class == 0 && machine.is_domain() {
                return None;
            }
            classes.push(class);
        }
        Some((accepted, classes))
    }
}

fn text_of(parents: &[(usize, char)], mut at: usize) -> String {
    let mut text = Vec::new();
    while let Some(&(parent, c)) = parents.get(at) {
        text.push(c);
        at = parent;
    }
    text.iter().rev().collect()
}
