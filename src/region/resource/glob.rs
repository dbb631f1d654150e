//! One ARN pattern in normal form: literal text with gaps.

/// Whether `text` belongs to the universe: it starts with `arn:` and holds at least five colons (S-RES-02).
pub fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && memchr::memchr_iter(b':', text.as_bytes()).nth(4).is_some()
}

/// Which characters a wildcard matches. Ordered by inclusion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Class {
    /// Neither `:` nor `/`.
    Name,
    /// Anything but `:`.
    Part,
    /// Anything.
    Any,
}

impl Class {
    pub(super) fn accepts(self, symbol: char) -> bool {
        match self {
            Self::Name => symbol != ':' && symbol != '/',
            Self::Part => symbol != ':',
            Self::Any => true,
        }
    }
}

/// A symbol of a pattern that is spelled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Exactly this character.
    Char(char),
    /// One character of the class.
    One(Class),
    /// Any number of characters of the class.
    Run(Class),
}

/// A wildcard, or several without text between them: first `ones` single characters, then perhaps a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Gap {
    /// Where in the text of its glob the gap stands, in bytes.
    pub at: u32,
    pub ones: u32,
    pub ones_class: Class,
    pub run: Option<Class>,
}

impl Gap {
    /// Whether the gap is a single run that matches everything.
    pub(super) fn is_free(&self) -> bool {
        self.ones == 0 && self.run == Some(Class::Any)
    }

    fn matches_colons(&self) -> bool {
        self.run == Some(Class::Any) || self.ones > 0 && self.ones_class == Class::Any
    }
}

/// A pattern in normal form. It matches at least one ARN; the reader of patterns sees to that.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Glob {
    /// What the pattern says literally.
    pub text: Box<str>,
    /// In the order of their places, at most one at each.
    pub gaps: Box<[Gap]>,
}

impl Glob {
    pub(super) fn is_literal(&self) -> bool {
        self.gaps.is_empty()
    }

    /// Whether the pattern is text followed by a `*` that matches everything.
    pub(super) fn is_prefix(&self) -> bool {
        matches!(&*self.gaps, [gap] if gap.is_free() && gap.at as usize == self.text.len())
    }

    /// The text that everything matched starts with: all of it for a literal.
    pub(super) fn fixed_prefix(&self) -> &str {
        self.gaps.first().map_or(&self.text, |gap| &self.text[..gap.at as usize])
    }

    /// The text that everything matched ends with: all of it for a literal.
    pub(super) fn fixed_suffix(&self) -> &str {
        self.gaps.last().map_or(&self.text, |gap| &self.text[gap.at as usize..])
    }

    /// The text between the gap of that index and the next.
    pub(super) fn chunk_after(&self, gap: usize) -> &str {
        let end = self.gaps.get(gap + 1).map_or(self.text.len(), |next| next.at as usize);
        &self.text[self.gaps[gap].at as usize..end]
    }

    /// Whether the pattern ends in a run that matches everything.
    pub(super) fn ends_open(&self) -> bool {
        self.gaps.last().is_some_and(|gap| gap.run == Some(Class::Any) && gap.at as usize == self.text.len())
    }

    /// The pattern spelled out.
    pub(super) fn tokens(&self) -> Vec<Token> {
        let mut tokens: Vec<Token> = self.fixed_prefix().chars().map(Token::Char).collect();
        tokens.extend(self.tokens_after_prefix());
        tokens
    }

    /// The pattern spelled out from its first gap on.
    pub(super) fn tokens_after_prefix(&self) -> Vec<Token> {
        let mut tokens = Vec::new();
        for (index, gap) in self.gaps.iter().enumerate() {
            tokens.extend((0..gap.ones).map(|_| Token::One(gap.ones_class)));
            tokens.extend(gap.run.map(Token::Run));
            tokens.extend(self.chunk_after(index).chars().map(Token::Char));
        }
        tokens
    }

    /// How many colons the text has.
    pub(super) fn colons(&self) -> usize {
        memchr::memchr_iter(b':', self.text.as_bytes()).count()
    }

    /// Whether all that the glob matches has as many colons as its text.
    pub(super) fn fixes_colons(&self) -> bool {
        !self.gaps.iter().any(Gap::matches_colons)
    }

    /// What stands between the colons of the text.
    pub(super) fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        let mut gaps = self.gaps.iter().peekable();
        let mut start = 0;
        self.text.split(':').map(move |text| {
            let end = start + text.len();
            let mut field =
                Field { prefix: text, suffix: text, is_literal: true, open: false, least_length: text.len() };
            while let Some(gap) = gaps.next_if(|gap| gap.at as usize <= end) {
                let at = gap.at as usize - start;
                if field.is_literal {
                    field.prefix = &text[..at];
                }
                field.suffix = &text[at..];
                field.is_literal = false;
                field.open |= gap.matches_colons();
                field.least_length += gap.ones as usize;
            }
            start = end + 1;
            field
        })
    }

    /// The account field, where the pattern fixes it: literal text between the fourth and the fifth colon, with no
    /// wildcard before it that could swallow a colon.
    pub(super) fn account(&self) -> Option<&str> {
        self.field_after(4)
    }

    /// The service field, where the pattern fixes it likewise: between the second and the third colon.
    pub(super) fn service(&self) -> Option<&str> {
        self.field_after(2)
    }

    /// The text between a colon, counted from one, and the next.
    fn field_after(&self, colon: usize) -> Option<&str> {
        let mut colons = memchr::memchr_iter(b':', self.text.as_bytes()).skip(colon - 1);
        let field = colons.next()? + 1..colons.next()?;
        let open = |gap: &Gap| {
            let at = gap.at as usize;
            at <= field.end && (at >= field.start || gap.run == Some(Class::Any))
        };
        if self.gaps.iter().any(open) { None } else { Some(&self.text[field]) }
    }
}

/// What a glob says between two of its colons.
pub(super) struct Field<'a> {
    /// The text it starts with.
    pub prefix: &'a str,
    /// The text it ends with.
    pub suffix: &'a str,
    /// Whether it has no wildcard: then prefix and suffix are all of it.
    pub is_literal: bool,
    /// Whether a wildcard in it may match colons.
    pub open: bool,
    /// How many bytes it takes at least.
    pub least_length: usize,
}

/// Puts a glob together from left to right, in normal form.
#[derive(Clone, Default)]
pub(super) struct GlobBuilder {
    text: String,
    gaps: Vec<Gap>,
}

impl GlobBuilder {
    pub(super) fn with_room_for(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), gaps: Vec::new() }
    }

    pub(super) fn push_text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn push_char(&mut self, symbol: char) {
        self.text.push(symbol);
    }

    pub(super) fn push_one(&mut self, class: Class) {
        let gap = self.gap_here(class);
        gap.ones += 1;
        gap.ones_class = class;
    }

    /// Two runs side by side are one of the wider class, as each may be empty.
    pub(super) fn push_run(&mut self, class: Class) {
        let gap = self.gap_here(Class::Part);
        gap.run = gap.run.max(Some(class));
    }

    fn gap_here(&mut self, ones_class: Class) -> &mut Gap {
        let at = self.text.len() as u32;
        if self.gaps.last().is_none_or(|gap| gap.at != at) {
            self.gaps.push(Gap { at, ones: 0, ones_class, run: None });
        }
        let last = self.gaps.len() - 1;
        &mut self.gaps[last]
    }

    /// The pattern, or what is simpler than a pattern.
    pub(super) fn finish(mut self) -> Built {
        self.drop_implied_colons();
        let colons = memchr::memchr_iter(b':', self.text.as_bytes()).count();
        if colons < 5 && self.gaps.iter().all(|gap| gap.run != Some(Class::Any)) {
            return Built::Nothing;
        }
        let glob = self.into_glob();
        if glob.is_prefix() && "arn:".starts_with(&*glob.text) {
            Built::Everything
        } else {
            Built::Glob(glob)
        }
    }

    /// The pattern as it stands, of texts that need not be ARNs.
    pub(super) fn into_glob(self) -> Glob {
        Glob { text: self.text.into(), gaps: self.gaps.into() }
    }

    /// `arn:aws:s3:*:*:*` says no more than `arn:aws:s3:*`: the colons are there in every ARN.
    ///
    /// That holds if the pattern has at most five colons and no run before that could use them up.
    fn drop_implied_colons(&mut self) {
        let colons = memchr::memchr_iter(b':', self.text.as_bytes()).count();
        let Some(first) = self.gaps.iter().position(|gap| gap.run == Some(Class::Any)) else { return };
        let tail = &self.gaps[first + 1..];
        let at = self.gaps[first].at as usize;
        let only_colons = self.text[at..].bytes().all(|byte| byte == b':');
        if colons <= 5 && only_colons && self.text.len() - at == tail.len() && tail.iter().all(Gap::is_free) {
            self.text.truncate(at);
            self.gaps.truncate(first + 1);
        }
    }
}

/// What a pattern turned out to be.
pub(super) enum Built {
    /// No ARN matches: fewer than five colons and nothing that could supply the rest.
    Nothing,
    /// Every ARN matches.
    Everything,
    Glob(Glob),
}
