//! Patterns over text, as nondeterministic automata whose states are positions in the pattern.

/// What one place of a pattern accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in super::super) enum Token {
    /// This character.
    Char(char),
    /// This character in any case; holds the folded character.
    Fold(char),
    /// Any one character but the given one.
    One(Option<char>),
    /// Any run of characters other than the given one.
    Many(Option<char>),
}

impl Token {
    fn accepts(self, c: char) -> bool {
        match self {
            Token::Char(wanted) => c == wanted,
            Token::Fold(wanted) => fold(c) == wanted,
            Token::One(except) | Token::Many(except) => Some(c) != except,
        }
    }

    /// Whether some character is accepted by both.
    fn meets(self, other: Self) -> bool {
        match (self, other) {
            (Token::Char(c), other) | (other, Token::Char(c)) => other.accepts(c),
            (Token::Fold(one), Token::Fold(two)) => one == two,
            (Token::Fold(c), other) | (other, Token::Fold(c)) => other.accepts(c),
            (Token::One(_) | Token::Many(_), Token::One(_) | Token::Many(_)) => true,
        }
    }
}

/// The lower-case form of a character, where that is one character.
pub(in super::super) fn fold(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// A pattern; it matches whole texts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in super::super) struct Glob {
    pub(in super::super) tokens: Box<[Token]>,
    /// The literal text before the first token that is not a plain character.
    prefix: Box<str>,
}

/// A text with the information which of its characters are wildcards, if they are `*` or `?`.
type Marked = [(char, bool)];

impl Glob {
    pub(in super::super) fn new(tokens: Vec<Token>) -> Self {
        let prefix: String = tokens
            .iter()
            .map_while(|token| if let Token::Char(c) = token { Some(*c) } else { None })
            .collect();
        Self { tokens: tokens.into(), prefix: prefix.into() }
    }

    /// The literal text with which every match begins.
    pub(in super::super) fn beginning(&self) -> &str {
        &self.prefix
    }

    /// This text and no other.
    pub(in super::super) fn exact(text: &str) -> Self {
        Self::new(text.chars().map(Token::Char).collect())
    }

    /// This text in any case.
    pub(in super::super) fn ignoring_case(text: &str) -> Self {
        Self::new(text.chars().map(|c| Token::Fold(fold(c))).collect())
    }

    /// `StringLike` (S-COND-32).
    pub(in super::super) fn like(marked: &Marked) -> Self {
        Self::new(marked.iter().map(|&(c, wild)| token(c, wild, None)).collect())
    }

    /// `ArnLike` (S-COND-42): wildcards in the first five parts stay in their part. `None` if there are no six parts;
    /// a lone `*` stands for any ARN (U-22).
    pub(in super::super) fn arn(marked: &Marked) -> Option<Self> {
        if matches!(marked, [('*', true)]) {
            return Some(Self::any_arn());
        }
        let mut colons = 0;
        let mut tokens = Vec::with_capacity(marked.len());
        for &(c, wild) in marked {
            tokens.push(token(c, wild, (colons < 5).then_some(':')));
            colons += usize::from(c == ':');
        }
        (colons >= 5).then(|| Self::new(tokens))
    }

    /// All six-part ARNs.
    pub(in super::super) fn any_arn() -> Self {
        let mut tokens: Vec<Token> = "arn".chars().map(Token::Char).collect();
        for _ in 0..4 {
            tokens.extend([Token::Char(':'), Token::Many(Some(':'))]);
        }
        tokens.extend([Token::Char(':'), Token::Many(None)]);
        Self::new(tokens)
    }

    /// `Resource` (S-RES-04): in the first five parts a `*` that ends its part can run past the colons that follow, other
    /// wildcards stay within their part.
    pub(in super::super) fn resource(marked: &Marked) -> Self {
        let mut part = 0;
        let mut tokens = Vec::with_capacity(marked.len());
        for (index, &(c, wild)) in marked.iter().enumerate() {
            let ends_part = marked.get(index + 1).is_none_or(|&(next, _)| next == ':');
            let stays = part < 5 && !(wild && c == '*' && ends_part);
            tokens.push(token(c, wild, stays.then_some(':')));
            part += usize::from(c == ':');
        }
        Self::new(tokens)
    }

    /// Whether the whole of `text` matches.
    pub(in super::super) fn matches(&self, text: &str) -> bool {
        let Some(rest) = text.strip_prefix(&*self.prefix) else { return false };
        let start = self.prefix.chars().count();
        match self.tokens.get(start..) {
            Some([]) => rest.is_empty(),
            Some([Token::Many(None)]) => true,
            _ => {
                let mut states = vec![0u64; self.words()];
                self.enter(start, &mut states);
                let mut next = vec![0u64; self.words()];
                for c in rest.chars() {
                    self.step(&states, c, &mut next);
                    std::mem::swap(&mut states, &mut next);
                    if states.iter().all(|&word| word == 0) {
                        return false;
                    }
                }
                self.accepts(&states)
            }
        }
    }

    /// Whether some text matches both.
    pub(in super::super) fn meets(&self, other: &Self) -> bool {
        let width = other.tokens.len() + 1;
        let mut seen = vec![false; (self.tokens.len() + 1) * width];
        let mut left = vec![(0, 0)];
        while let Some((mine, theirs)) = left.pop() {
            match seen.get_mut(mine * width + theirs) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            let (one, two) = (self.tokens.get(mine), other.tokens.get(theirs));
            if one.is_none() && two.is_none() {
                return true;
            }
            let is_run = |token: Option<&Token>| matches!(token, Some(Token::Many(_)));
            if is_run(one) {
                left.push((mine + 1, theirs));
            }
            if is_run(two) {
                left.push((mine, theirs + 1));
            }
            if one.zip(two).is_some_and(|(one, two)| one.meets(*two)) {
                left.push((mine + usize::from(!is_run(one)), theirs + usize::from(!is_run(two))));
            }
        }
        false
    }

    /// The literal text that every match begins with, and whether nothing else is asked: `Some(false)` if the text is all
    /// there is, `Some(true)` if anything may follow, `None` if the pattern says more.
    pub(in super::super) fn simple(&self) -> Option<(&str, bool)> {
        let rest = self.tokens.get(self.prefix.chars().count()..)?;
        match rest {
            [] => Some((&self.prefix, false)),
            [Token::Many(None)] => Some((&self.prefix, true)),
            _ => None,
        }
    }

    /// How many words a set of states takes.
    pub(in super::super) fn words(&self) -> usize {
        self.tokens.len() / 64 + 1
    }

    /// Adds the states before anything is read.
    pub(in super::super) fn start(&self, states: &mut [u64]) {
        self.enter(0, states);
    }

    /// Adds a state, and those reached from it by reading nothing.
    fn enter(&self, mut at: usize, states: &mut [u64]) {
        loop {
            if let Some(word) = states.get_mut(at / 64) {
                *word |= 1 << (at % 64);
            }
            match self.tokens.get(at) {
                Some(Token::Many(_)) => at += 1,
                _ => return,
            }
        }
    }

    /// The tokens that can be read next.
    pub(in super::super) fn active<'a>(
        &'a self,
        states: &'a [u64],
    ) -> impl Iterator<Item = (usize, Token)> + 'a {
        states.iter().enumerate().flat_map(move |(index, &word)| {
            Bits(word).filter_map(move |bit| {
                let at = index * 64 + bit;
                self.tokens.get(at).map(|&token| (at, token))
            })
        })
    }

    /// Replaces `next` by the states after reading `c` in `states`.
    pub(in super::super) fn step(&self, states: &[u64], c: char, next: &mut [u64]) {
        next.fill(0);
        for (at, token) in self.active(states) {
            if token.accepts(c) {
                self.enter(if matches!(token, Token::Many(_)) { at } else { at + 1 }, next);
            }
        }
    }

    /// Whether the pattern is matched when the text ends in `states`.
    pub(in super::super) fn accepts(&self, states: &[u64]) -> bool {
        let at = self.tokens.len();
        states.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }
}

struct Bits(u64);

impl Iterator for Bits {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

fn token(c: char, wild: bool, except: Option<char>) -> Token {
    match c {
        '*' if wild => Token::Many(except),
        '?' if wild => Token::One(except),
        _ => Token::Char(c),
    }
}
