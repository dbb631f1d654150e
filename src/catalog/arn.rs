//! ARNs split into parts, and globs over text.

/// The six parts of an ARN (S-RES-02). The last keeps its own colons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArnParts<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: &'a str,
    /// The service part, which is not always an action prefix: `catalog` for Service Catalog.
    pub service: &'a str,
    /// The Region, often empty.
    pub region: &'a str,
    /// The account part: 12 digits, empty, or a word such as `aws`.
    pub account: &'a str,
    /// Everything after the fifth colon.
    pub resource: &'a str,
}

impl<'a> ArnParts<'a> {
    /// Splits an ARN at its first five colons. `None` if there are fewer, or if it does not start with `arn:`.
    pub fn split(arn: &'a str) -> Option<Self> {
        match six_parts(arn)? {
            ["arn", partition, service, region, account, resource] => {
                Some(Self { partition, service, region, account, resource })
            }
            _ => None,
        }
    }

    /// The account part if it is a 12-digit account id (S-RES-09).
    pub fn account_id(&self) -> Option<&'a str> {
        let is_id = self.account.len() == 12 && self.account.bytes().all(|byte| byte.is_ascii_digit());
        is_id.then_some(self.account)
    }
}

/// Whether a glob of six parts matches an ARN part by part: `*` is any run and `?` one character of a part, and the
/// sixth part has no inner boundaries. A text with fewer parts matches nothing.
///
/// # Example
/// ```
/// use entail::catalog::arn::matches_by_part;
/// assert!(matches_by_part("arn:*:sqs:*:*:*", "arn:aws:sqs:us-east-1:111122223333:jobs"));
/// assert!(!matches_by_part("arn:*:s3:::*", "arn:aws:s3:us-east-1:111122223333:accesspoint/a"));
/// ```
pub fn matches_by_part(glob: &str, arn: &str) -> bool {
    match (six_parts(glob), six_parts(arn)) {
        (Some(globs), Some(parts)) => globs.iter().zip(parts).all(|(glob, part)| matches(glob, part)),
        _ => false,
    }
}

/// A text split at its first five colons; `None` if there are fewer.
fn six_parts(text: &str) -> Option<[&str; 6]> {
    let mut parts = [text; 6];
    for at in 0..5 {
        let colon = memchr::memchr(b':', parts[at].as_bytes())?;
        (parts[at], parts[at + 1]) = (&parts[at][..colon], &parts[at][colon + 1..]);
    }
    Some(parts)
}

/// Whether a glob (`*` any run, `?` one character) matches a whole text, case-sensitively.
pub fn matches(glob: &str, text: &str) -> bool {
    if glob == "*" || glob == text {
        return true;
    }
    if glob.is_ascii() && text.is_ascii() {
        return run(glob.as_bytes(), text.as_bytes(), |a, b| a == b);
    }
    let (glob, text): (Vec<char>, Vec<char>) = (glob.chars().collect(), text.chars().collect());
    run(&glob, &text, |a, b| a == b)
}

/// As [`matches()`], ignoring the case of ASCII letters, for text of bytes.
pub(crate) fn matches_ignoring_case(glob: &[u8], text: &[u8]) -> bool {
    run(glob, text, |a, b| a.eq_ignore_ascii_case(b))
}

/// The characters that have a meaning in a glob.
trait GlobChar: Copy {
    fn is_star(self) -> bool;
    fn is_question_mark(self) -> bool;
}

impl GlobChar for u8 {
    fn is_star(self) -> bool {
        self == b'*'
    }
    fn is_question_mark(self) -> bool {
        self == b'?'
    }
}

impl GlobChar for char {
    fn is_star(self) -> bool {
        self == '*'
    }
    fn is_question_mark(self) -> bool {
        self == '?'
    }
}

/// Greedy matching that returns to the last star: linear for one star, at worst the product of both lengths.
fn run<C: GlobChar>(glob: &[C], text: &[C], same: impl Fn(&C, &C) -> bool) -> bool {
    let (mut at, mut position) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(character) = text.get(position) {
        match glob.get(at) {
            Some(sign) if sign.is_star() => {
                retry = Some((at + 1, position));
                at += 1;
            }
            Some(sign) if sign.is_question_mark() || same(sign, character) => {
                at += 1;
                position += 1;
            }
            _ => match retry {
                Some((after_star, from)) => {
                    retry = Some((after_star, from + 1));
                    at = after_star;
                    position = from + 1;
                }
                None => return false,
            },
        }
    }
    glob.iter().skip(at).all(|sign| sign.is_star())
}
