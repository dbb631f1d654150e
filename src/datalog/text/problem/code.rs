//! Kinds of mistakes.

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $code:ident = $name:literal,)*) => {
        /// A kind of mistake in a rule file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $meaning])+ $code,)*
        }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$code,)*];

            /// Its name in messages.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)*
                }
            }

            /// What it means, in a sentence.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$code => concat!($($meaning),+).trim_ascii(),)*
                }
            }
        }
    };
}

codes! {
    /// The text is no clause of the language.
    Syntax = "syntax",
    /// Something is nested too deep, too large or too much.
    Limit = "limit",
    /// A fact file holds something else than facts and declarations.
    NoFact = "no-fact",
    /// A file that is imported is not there, can't be read or imports itself.
    Import = "import",
    /// A name is declared twice, or belongs to something else already.
    Duplicate = "duplicate",
    /// There is no relation of this name.
    UnknownRelation = "unknown-relation",
    /// There is no function or predicate of this name.
    UnknownFunction = "unknown-function",
    /// There is no such severity.
    UnknownSeverity = "unknown-severity",
    /// A relation, function or predicate has more or fewer arguments than it takes.
    Arity = "arity",
    /// A value is not of the type that its place has.
    Type = "type",
    /// A variable has no value where one is needed.
    Unbound = "unbound",
    /// A relation that is computed on demand lacks the columns by which it is asked.
    OnDemand = "on-demand",
    /// A relation that leaves out what is not sure, or what is, stands under `not`.
    Negation = "negation",
    /// A relation depends on its own absence, or on an aggregate of itself.
    Unstratified = "unstratified",
    /// A rule, fact or finding can't have this head.
    Head = "head",
    /// A message or help text has braces that can't be read.
    Template = "template",
}
