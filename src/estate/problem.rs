//! What is wrong with the files of an estate, and where.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::AccountId;
use crate::document::{JsonPath, Severity};

/// One thing that is wrong with a file or folder of an estate.
///
/// An [error](Severity::Error) keeps the estate from being loaded. A [warning](Severity::Warning) does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// Where.
    pub at: Position,
    /// The other place that takes part: where a repeated thing stood first.
    pub also: Option<Position>,
}

/// A file or folder, and where it is one, the place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The file or folder, under the path by which the estate was named.
    pub file: Arc<Path>,
    /// The place in the file.
    pub spot: Option<Spot>,
}

/// A place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// In bytes from the start of the (decompressed) text.
    pub offset: usize,
    /// Counted from 1.
    pub line: u32,
    /// In characters, counted from 1.
    pub column: u32,
    /// The JSON value that the place belongs to; `$` in text that is not JSON.
    pub path: JsonPath,
}

/// What can be wrong with the files of an estate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemKind {
    /// There is no such file or folder.
    #[error("there is no such file or folder")]
    NotFound,
    /// The operating system refused to read it.
    #[error("can't be read: {0}")]
    Unreadable(String),
    /// A link to something that is not there, or to itself.
    #[error("the link leads nowhere")]
    BrokenLink,
    /// A link to a folder that holds it.
    #[error("the link leads back to a folder that holds it")]
    LinkBack,
    /// A folder without files of any known layout.
    #[error("the folder holds no files of a known layout")]
    EmptyFolder,
    /// A folder with files of two layouts.
    #[error("the folder mixes {0} with {1}")]
    MixedLayouts(&'static str, &'static str),
    /// A file both as it is and compressed.
    #[error("the file is there twice, compressed and not")]
    DuplicateFile,
    /// A file that no layout has. A warning.
    #[error("this file is not part of the layout and was ignored")]
    UnknownFile,
    /// Text of four gigabytes or more.
    #[error("the text is longer than four gigabytes")]
    TooLong,
    /// Compressed data that is damaged.
    #[error("can't be decompressed: {0}")]
    NotGzip(String),
    /// Bytes that are not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// Text that is not JSON.
    #[error("{0}")]
    NotJson(String),
    /// JSON that ends too early.
    #[error("{0}")]
    TruncatedJson(String),
    /// JSON that nests too deeply.
    #[error("{0}")]
    NestedTooDeep(String),
    /// A value of another type or form than expected.
    #[error("expected {expected}, found {found}")]
    WrongShape {
        /// What may stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// An object without a member that it must have.
    #[error("`{0}` is missing")]
    MissingMember(&'static str),
    /// A member that stands twice in one object.
    #[error("`{0}` stands here twice")]
    DuplicateMember(&'static str),
    /// An `Arn` that is not the ARN of such a thing.
    #[error("`{arn}` is not the ARN of {expected}")]
    MalformedArn {
        /// As written.
        arn: String,
        /// The kind of thing that it should name.
        expected: &'static str,
    },
    /// Not twelve digits where an account id belongs.
    #[error("`{0}` is not an account id, which is twelve digits")]
    MalformedAccountId(String),
    /// An ARN or id of another account than the one whose file this is.
    #[error("`{found}` belongs to account {account}, but the file is one of account {expected}")]
    OtherAccount {
        /// The ARN or id.
        found: String,
        /// Its account.
        account: AccountId,
        /// The account of the file.
        expected: AccountId,
    },
    /// A resource in the file of an account that its ARN does not name. A warning: its ARN wins.
    #[error("`{arn}` is listed with account {account}, but its ARN names another")]
    ForeignResource {
        /// The resource.
        arn: String,
        /// The account of the file or of the entry.
        account: AccountId,
    },
    /// A policy on a resource of a type that has none. A warning: what it denies counts, what it allows does not.
    #[error("AWS lists no policy of its own for `{0}`: what this one denies counts, what it allows does not")]
    PolicyOfNone(String),
    /// A name that differs from the one in the ARN.
    #[error("the name `{name}` does not agree with `{arn}`")]
    NameMismatch {
        /// As written.
        name: String,
        /// The ARN beside it.
        arn: String,
    },
    /// An export without any ARN that would tell its account.
    #[error("nothing here tells which account this is: it names no user, group, role or policy of one")]
    UnknownAccount,
    /// Two things of one account with one name or ARN.
    #[error("`{0}` is there twice")]
    Duplicate(String),
    /// A managed policy without exactly one default version.
    #[error("`{0}` has more than one default version")]
    SeveralDefaults(String),
    /// A word that the API has none of. A warning: the member counts as not collected.
    #[error("`{member}` knows no `{word}`, only {}; it is taken as not collected", listed(.known))]
    UnknownWord {
        /// The member.
        member: &'static str,
        /// As written.
        word: String,
        /// What may stand there.
        known: &'static [&'static str],
    },
    /// A resource that no file names in full. A warning: its ARN has the letters of its folder, which are all small.
    #[error(
        "nothing here spells the name of `{0}`, which was read from its folder in lower case: a resource of another spelling is \
         not found"
    )]
    GuessedArn(String),
    /// A policy of an organisation on something that the organisation does not list. A warning.
    #[error(
        "the organisation has no `{target}`, which `{policy}` is attached to: it limits nothing there{}",
        nearest_is(.meant.as_deref())
    )]
    UnknownTarget {
        /// The policy.
        policy: String,
        /// The id of a root, unit or account.
        target: String,
        /// The id that was probably meant.
        meant: Option<String>,
    },
    /// Exports that disagree on one of AWS's own policies. A warning: the newest version counts everywhere.
    #[error("`{arn}` differs between exports; {used} is used everywhere")]
    AwsPolicyDiffers {
        /// The policy.
        arn: String,
        /// The version that is used.
        used: String,
    },
    /// An organisational unit that is its own ancestor.
    #[error("`{0}` lies below itself")]
    CyclicTree(String),
    /// More errors than are reported one by one.
    #[error("there are {0} more errors like these")]
    More(usize),
    /// The file is no longer what was loaded.
    #[error("the file has changed since it was loaded")]
    Changed,
}

impl ProblemKind {
    /// What to do about it, where that is not said by what it is.
    pub fn remedy(&self) -> Option<&'static str> {
        Some(match self {
            Self::BrokenLink => "remove the link, or make it lead to a file or folder of the estate",
            Self::LinkBack => "remove the link, or make it lead to a folder with the account's own files",
            Self::EmptyFolder => "docs/collecting.md shows the files of an estate and how they are collected",
            Self::NotJson(_) | Self::TruncatedJson(_) | Self::NotGzip(_) => "collect the file again",
            Self::NotUtf8 => "collect the file again: exports of the AWS CLI are UTF-8",
            Self::UnknownAccount => "name the folder after the account: accounts/111122223333/",
            _ => return None,
        })
    }

    /// The stable name of the kind, in kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Unreadable(_) => "unreadable",
            Self::BrokenLink => "broken-link",
            Self::LinkBack => "link-back",
            Self::EmptyFolder => "empty-folder",
            Self::MixedLayouts(..) => "mixed-layouts",
            Self::DuplicateFile => "duplicate-file",
            Self::UnknownFile => "unknown-file",
            Self::TooLong => "too-long",
            Self::NotGzip(_) => "not-gzip",
            Self::NotUtf8 => "not-utf-8",
            Self::NotJson(_) => "not-json",
            Self::TruncatedJson(_) => "truncated-json",
            Self::NestedTooDeep(_) => "nested-too-deep",
            Self::WrongShape { .. } => "wrong-shape",
            Self::MissingMember(_) => "missing-member",
            Self::DuplicateMember(_) => "duplicate-member",
            Self::MalformedArn { .. } => "malformed-arn",
            Self::MalformedAccountId(_) => "malformed-account-id",
            Self::OtherAccount { .. } => "other-account",
            Self::ForeignResource { .. } => "foreign-resource",
            Self::PolicyOfNone(_) => "policy-of-none",
            Self::NameMismatch { .. } => "name-mismatch",
            Self::UnknownAccount => "unknown-account",
            Self::Duplicate(_) => "duplicate",
            Self::SeveralDefaults(_) => "several-defaults",
            Self::UnknownWord { .. } => "unknown-word",
            Self::GuessedArn(_) => "guessed-arn",
            Self::UnknownTarget { .. } => "unknown-target",
            Self::AwsPolicyDiffers { .. } => "aws-policy-differs",
            Self::CyclicTree(_) => "cyclic-tree",
            Self::More(_) => "more",
            Self::Changed => "changed",
        }
    }

    /// Whether the estate can be loaded in spite of it.
    pub fn severity(&self) -> Severity {
        match self {
            Self::UnknownFile
            | Self::ForeignResource { .. }
            | Self::PolicyOfNone(_)
            | Self::UnknownWord { .. }
            | Self::GuessedArn(_)
            | Self::UnknownTarget { .. }
            | Self::AwsPolicyDiffers { .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

/// The end of a sentence that names what was probably meant.
fn nearest_is(meant: Option<&str>) -> String {
    meant.map(|meant| format!("; the nearest is `{meant}`")).unwrap_or_default()
}

/// Words as text.
fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

impl Problem {
    /// A problem of a file or folder as a whole.
    pub(super) fn of_file(kind: ProblemKind, file: impl Into<Arc<Path>>) -> Self {
        Self { kind, at: Position { file: file.into(), spot: None }, also: None }
    }

    /// Whether it keeps the estate from being loaded.
    pub fn is_error(&self) -> bool {
        self.kind.severity() == Severity::Error
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.at, self.kind)?;
        match &self.also {
            Some(also) => write!(out, " (first at {also})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

impl fmt::Display for Position {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file.display())?;
        match &self.spot {
            Some(spot) => write!(out, ":{}:{}, at {}", spot.line, spot.column, spot.path),
            None => Ok(()),
        }
    }
}

/// An estate could not be loaded. Holds every problem of every file, warnings included, in the order of files and
/// places; at least one is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// The problems.
    pub problems: Vec<Problem>,
}

impl fmt::Display for LoadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut errors = self.problems.iter().filter(|problem| problem.is_error());
        match errors.next() {
            Some(first) => write!(out, "{first}")?,
            None => write!(out, "the estate could not be loaded")?,
        }
        match errors.count() {
            0 => Ok(()),
            more => write!(out, ", and {more} more"),
        }
    }
}

impl std::error::Error for LoadError {}

impl From<Problem> for LoadError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl From<Box<Problem>> for LoadError {
    fn from(problem: Box<Problem>) -> Self {
        Self::from(*problem)
    }
}
