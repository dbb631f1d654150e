//! What patterns and sets mean, in the plainest way: membership of one resource, by trying everything.

use entail::region::resource::{FormatPiece, Padding, Piece, ResourceSetId, ResourceSets, is_arn};

/// A set as it was put together.
#[derive(Clone, Debug)]
pub enum Set {
    Pattern(Vec<Part>),
    Format(Vec<Part>),
    Any(Vec<Set>),
    All(Vec<Set>),
    Without(Box<Set>, Box<Set>),
    Not(Box<Set>),
}

/// A piece of a pattern or of a format.
#[derive(Clone, Debug)]
pub enum Part {
    Text(String),
    Literal(String),
    Open,
    Segment,
    Name,
}

/// What one symbol of a pattern matches.
#[derive(Clone, Copy, Debug)]
enum Symbol {
    Char(char),
    One { forbidden: &'static str },
    Run { forbidden: &'static str },
}

impl Set {
    /// Whether the resource is in the set; none: NONE.
    pub fn holds(&self, resource: Option<&str>) -> bool {
        match self {
            Self::Pattern(parts) => {
                let star = matches!(&**parts, [Part::Text(text)] if text == "*");
                star || resource.is_some_and(|arn| pattern_matches(parts, arn))
            }
            Self::Format(parts) => resource.is_some_and(|arn| laid_over(&format_symbols(parts), &chars(arn))),
            Self::Any(sets) => sets.iter().any(|set| set.holds(resource)),
            Self::All(sets) => sets.iter().all(|set| set.holds(resource)),
            Self::Without(set, other) => set.holds(resource) && !other.holds(resource),
            Self::Not(set) => !set.holds(resource),
        }
    }

    /// The set in the arena. A pattern that is no ARN's is empty there.
    pub fn build(&self, sets: &ResourceSets) -> ResourceSetId {
        let built = |list: &[Set]| list.iter().map(|set| set.build(sets)).collect::<Vec<_>>();
        match self {
            Self::Pattern(parts) => {
                let pieces: Vec<Piece> = parts.iter().map(Part::piece).collect();
                sets.pattern(&pieces, Padding::PadAlways).unwrap_or(ResourceSets::EMPTY)
            }
            Self::Format(parts) => {
                let pieces: Vec<FormatPiece> = parts.iter().map(Part::format_piece).collect();
                sets.format(&pieces).unwrap_or(ResourceSets::EMPTY)
            }
            Self::Any(list) => sets.union_all(&built(list)),
            Self::All(list) => {
                built(list).into_iter().fold(ResourceSets::ALL, |all, set| sets.meet(all, set))
            }
            Self::Without(set, other) => sets.difference(set.build(sets), other.build(sets)),
            Self::Not(set) => sets.complement(set.build(sets)),
        }
    }
}

impl Part {
    fn piece(&self) -> Piece<'_> {
        match self {
            Self::Text(text) => Piece::Text(text),
            Self::Literal(text) => Piece::Literal(text),
            Self::Open | Self::Segment | Self::Name => Piece::Open,
        }
    }

    fn format_piece(&self) -> FormatPiece<'_> {
        match self {
            Self::Text(text) | Self::Literal(text) => FormatPiece::Text(text),
            Self::Open => FormatPiece::Rest,
            Self::Segment => FormatPiece::Part,
            Self::Name => FormatPiece::Name,
        }
    }
}

fn pattern_matches(parts: &[Part], arn: &str) -> bool {
    let hits = |padded| laid_over(&pattern_symbols(parts, padded), &chars(arn));
    is_arn(arn) && (hits(true) || hits(false))
}

/// The pattern symbol by symbol: split on the colons of its text, each part on its own, short ones padded. Without the padding
/// a part that ends in `*` has to reach over what is missing.
fn pattern_symbols(parts: &[Part], padded: bool) -> Vec<Symbol> {
    let mut fields: Vec<Vec<Part>> = vec![Vec::new()];
    for part in parts {
        let Part::Text(text) = part else {
            fields.last_mut().expect("there is a field").push(part.clone());
            continue;
        };
        for symbol in text.chars() {
            if symbol == ':' && fields.len() < 6 {
                fields.push(Vec::new());
            } else {
                fields.last_mut().expect("there is a field").push(Part::Text(symbol.to_string()));
            }
        }
    }
    if padded && fields.len() < 6 {
        fields.resize(6, vec![Part::Text("*".to_owned())]);
    }
    let mut symbols = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            symbols.push(Symbol::Char(':'));
        }
        for (place, part) in field.iter().enumerate() {
            let last = place + 1 == field.len();
            match part {
                Part::Text(text) if text == "*" && (index == 5 || last) => {
                    symbols.push(Symbol::Run { forbidden: "" });
                }
                Part::Text(text) if text == "*" => symbols.push(Symbol::Run { forbidden: ":" }),
                Part::Text(text) if text == "?" => {
                    symbols.push(Symbol::One { forbidden: if index == 5 { "" } else { ":" } });
                }
                Part::Text(text) | Part::Literal(text) => symbols.extend(text.chars().map(Symbol::Char)),
                _ => symbols.push(Symbol::Run { forbidden: "" }),
            }
        }
    }
    symbols
}

fn format_symbols(parts: &[Part]) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    for part in parts {
        match part {
            Part::Text(text) | Part::Literal(text) => symbols.extend(text.chars().map(Symbol::Char)),
            Part::Open => symbols.push(Symbol::Run { forbidden: "" }),
            Part::Segment => symbols.push(Symbol::Run { forbidden: ":" }),
            Part::Name => symbols.push(Symbol::Run { forbidden: ":/" }),
        }
    }
    symbols
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn laid_over(symbols: &[Symbol], text: &[char]) -> bool {
    match symbols {
        [] => text.is_empty(),
        [Symbol::Char(expected), rest @ ..] => text.first() == Some(expected) && laid_over(rest, &text[1..]),
        [Symbol::One { forbidden }, rest @ ..] => {
            text.first().is_some_and(|symbol| !forbidden.contains(*symbol)) && laid_over(rest, &text[1..])
        }
        [Symbol::Run { forbidden }, rest @ ..] => {
            let longest = text.iter().take_while(|symbol| !forbidden.contains(**symbol)).count();
            (0..=longest).any(|length| laid_over(rest, &text[length..]))
        }
    }
}
