//! Tokens that are always written alike.

macro_rules! signs {
    ($($name:ident = $text:literal,)*) => {
        /// A token that is always written alike.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Sign {
            $(#[doc = concat!("`", $text, "`")] $name,)*
        }

        impl Sign {
            /// How it is written.
            pub fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

signs! {
    Import = ".import",
    Decl = ".decl",
    Finding = ".finding",
    Test = ".test",
    True = "true",
    False = "false",
    Not = "not",
    In = "in",
    Like = "like",
    Count = "count",
    Sum = "sum",
    Min = "min",
    Max = "max",
    Help = "help",
    At = "at",
    Estate = "estate",
    Expect = "expect",
    Ask = "?-",
    Neck = ":-",
    NotEqual = "!=",
    AtMost = "<=",
    AtLeast = ">=",
    Equal = "=",
    Less = "<",
    Greater = ">",
    Bang = "!",
    Plus = "+",
    Minus = "-",
    Star = "*",
    Slash = "/",
    Percent = "%",
    Open = "(",
    Close = ")",
    OpenList = "[",
    CloseList = "]",
    OpenBrace = "{",
    CloseBrace = "}",
    Comma = ",",
    Colon = ":",
    Dot = ".",
}

impl Sign {
    /// The directive that a text begins with.
    pub(super) fn directive(rest: &str) -> Option<Self> {
        [Self::Import, Self::Decl, Self::Finding, Self::Test].into_iter().find(|sign| {
            rest.strip_prefix(sign.text()).is_some_and(|after| !after.starts_with(super::is_word))
        })
    }

    /// The sign that is a word. `expect` is one only where a test can have it, which the reader knows.
    pub(super) fn word(word: &str) -> Option<Self> {
        Some(match word {
            "true" => Self::True,
            "false" => Self::False,
            "not" => Self::Not,
            "in" => Self::In,
            "like" => Self::Like,
            "count" => Self::Count,
            "sum" => Self::Sum,
            "min" => Self::Min,
            "max" => Self::Max,
            "help" => Self::Help,
            "at" => Self::At,
            "estate" => Self::Estate,
            _ => return None,
        })
    }

    /// The sign that a text begins with, of those that are no words.
    pub(super) fn punctuation(rest: &str) -> Option<Self> {
        let mut bytes = rest.bytes();
        Some(match (bytes.next()?, bytes.next()) {
            (b'?', Some(b'-')) => Self::Ask,
            (b':', Some(b'-')) => Self::Neck,
            (b'!', Some(b'=')) => Self::NotEqual,
            (b'<', Some(b'=')) => Self::AtMost,
            (b'>', Some(b'=')) => Self::AtLeast,
            (b'=', _) => Self::Equal,
            (b'<', _) => Self::Less,
            (b'>', _) => Self::Greater,
            (b'!', _) => Self::Bang,
            (b'+', _) => Self::Plus,
            (b'-', _) => Self::Minus,
            (b'*', _) => Self::Star,
            (b'/', _) => Self::Slash,
            (b'%', _) => Self::Percent,
            (b'(', _) => Self::Open,
            (b')', _) => Self::Close,
            (b'[', _) => Self::OpenList,
            (b']', _) => Self::CloseList,
            (b'{', _) => Self::OpenBrace,
            (b'}', _) => Self::CloseBrace,
            (b',', _) => Self::Comma,
            (b':', _) => Self::Colon,
            (b'.', _) => Self::Dot,
            _ => return None,
        })
    }

    /// Whether an operand can end with it, so that `-` behind it takes away and begins no number.
    pub(super) fn ends_operand(self) -> bool {
        matches!(self, Self::Close | Self::CloseList | Self::CloseBrace)
    }
}
