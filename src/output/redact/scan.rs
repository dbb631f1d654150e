//! A text -> its pieces: what stays, and what could be a name.

use std::net::IpAddr;

use crate::catalog::Catalog;

use super::arn::scan_arn;
use super::words::{is_fixed, is_plain_number};

/// A piece of a text. All pieces of a text in their order are the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// AWS's words, signs, spaces.
    Kept(&'t str),
    /// Twelve digits.
    Account(&'t str),
    /// An address, or with a prefix length a network. `text` is the address as written.
    Address {
        /// The address.
        address: IpAddr,
        /// As written.
        text: &'t str,
        /// The prefix length.
        prefix: Option<u8>,
    },
    /// A word that may be part of a name; `certain`: that is part of one.
    Name {
        /// The word.
        word: &'t str,
        /// Whether its place shows that it is a name.
        certain: bool,
    },
}

/// Hosts of identity providers that everybody uses.
const HOSTS: &[&str] = &[
    "token.actions.githubusercontent.com",
    "accounts.google.com",
    "www.amazon.com",
    "graph.facebook.com",
    "cognito-identity.amazonaws.com",
    "signin.aws.amazon.com",
    "signin.amazonaws-us-gov.com",
    "signin.amazonaws.cn",
];

/// Hands over the pieces of a text.
pub fn scan<'t>(text: &'t str, sink: &mut dyn FnMut(Piece<'t>)) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("arn:") {
            scan_arn(rest, sink)
        } else if let Some((piece, length)) = address(rest) {
            sink(piece);
            length
        } else if let Some(length) = issuer_of_key(rest) {
            scan_name(&rest[..length], sink);
            length
        } else if let Some(length) = composite(rest) {
            sink(Piece::Kept(&rest[..length]));
            length
        } else if first.is_alphanumeric() {
            word(rest, false, sink)
        } else {
            signs(rest, sink)
        };
        rest = &rest[length..];
    }
}

/// Hands over the words of a name.
pub fn scan_name<'t>(text: &'t str, sink: &mut dyn FnMut(Piece<'t>)) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if let Some(variable) = variable(rest) {
            scan(variable, sink);
            variable.len()
        } else if let Some(length) = host(rest) {
            sink(Piece::Kept(&rest[..length]));
            length
        } else if first.is_alphanumeric() {
            word(rest, true, sink)
        } else {
            signs(rest, sink)
        };
        rest = &rest[length..];
    }
}

/// `${aws:username}`.
fn variable(text: &str) -> Option<&str> {
    let end = text.strip_prefix("${")?.find('}')?;
    text.get(..end + 3)
}

/// A word of letters and digits.
fn word<'t>(text: &'t str, certain: bool, sink: &mut dyn FnMut(Piece<'t>)) -> usize {
    let length = text.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(text.len());
    let word = &text[..length];
    sink(if length == 12 && word.bytes().all(|byte| byte.is_ascii_digit()) {
        Piece::Account(word)
    } else if (!certain && (is_fixed(word) || word.chars().count() == 1))
        || super::words::is_own_name(word)
        || is_plain_number(word)
    {
        Piece::Kept(word)
    } else {
        Piece::Name { word, certain }
    });
    length
}

/// What stands between words. The letter of an escape (`\n`) belongs to it and not to the word behind.
fn signs<'t>(text: &'t str, sink: &mut dyn FnMut(Piece<'t>)) -> usize {
    let mut length = 0;
    let mut letters = text.chars().peekable();
    while let Some(sign) = letters.next_if(|letter| !letter.is_alphanumeric()) {
        length += sign.len_utf8();
        if sign == '\\'
            && let Some(letter) = letters.next_if(|letter| matches!(letter, 'n' | 'r' | 't' | 'b' | 'f'))
        {
            length += letter.len_utf8();
        }
        if text[length..].starts_with("${") {
            break;
        }
    }
    sink(Piece::Kept(&text[..length]));
    length
}

fn address(text: &str) -> Option<(Piece<'_>, usize)> {
    let of_address = |letter: char| letter.is_ascii_hexdigit() || matches!(letter, '.' | ':');
    let length = text.find(|letter: char| !of_address(letter)).unwrap_or(text.len());
    let found = text[..length].trim_end_matches(['.', ':']);
    // What follows a name, as in a file's `name:12:3`, is none.
    if !found.contains('.') && !found.contains("::") && found.matches(':').count() < 7 {
        return None;
    }
    let address: IpAddr = found.parse().ok()?;
    let prefix = text[found.len()..].strip_prefix('/').and_then(|rest| {
        let end = rest.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest.get(..end)?;
        Some((number.parse().ok()?, number.len() + 1))
    });
    let length = found.len() + prefix.map_or(0, |(_, length)| length);
    Some((Piece::Address { address, text: found, prefix: prefix.map(|(prefix, _)| prefix) }, length))
}

/// `https://signin.aws.amazon.com/saml`, the audience of SAML assertions, with or without a Region.
fn audience(text: &str) -> Option<usize> {
    const BEFORE: &str = "https://";
    const AFTER: &str = "/saml";
    let rest = text.strip_prefix(BEFORE)?;
    let region =
        rest.split_once('.').filter(|(first, _)| is_region(first)).map_or(0, |(first, _)| first.len() + 1);
    let length = region + host(&rest[region..])?;
    let is_sign_in = rest[region..length].starts_with("signin.");
    let after = if rest[length..].starts_with(AFTER) { AFTER.len() } else { 0 };
    is_sign_in.then_some(BEFORE.len() + length + after)
}

/// AWS's names of several words: actions and condition keys, service principals, Regions, well-known hosts.
fn composite(text: &str) -> Option<usize> {
    if !text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return None;
    }
    if let Some(length) = audience(text) {
        return Some(length);
    }
    if let Some(length) = host(text) {
        // A key of a well-known provider. What follows a Region is the id of a pool of identities.
        let claim = text[length..].strip_prefix(':').filter(|_| !is_region(&text[..length]));
        let key = claim.map_or(0, |claim| 1 + letters(claim));
        return Some(length + key);
    }
    let prefix = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'))?;
    let name = text[prefix..].strip_prefix(':')?;
    let (prefix, catalog) = (&text[..prefix], Catalog::embedded());
    let of_name = |letter: char| letter.is_ascii_alphanumeric() || "*?-_./{}$:".contains(letter);
    let length = name.find(|letter: char| !of_name(letter)).unwrap_or(name.len());
    let name = name[..length].trim_end_matches(['.', ':', '}', '{']);
    let whole = &text[..prefix.len() + 1 + name.len()];
    let is_action = catalog.service(prefix).is_some()
        && !name.contains(['/', ':', '.', '$'])
        && name.starts_with(|first: char| first.is_ascii_uppercase() || first == '*');
    (is_action || catalog.key_id(whole).is_some()).then_some(whole.len())
}

/// The issuer of a condition key such as `id.example.com/path:sub`, as providers of one's own have them.
pub fn issuer_of_key(text: &str) -> Option<usize> {
    let of_host = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
    let host = text.find(|letter| !of_host(letter)).unwrap_or(text.len());
    let (_, top) = text[..host].rsplit_once('.')?;
    let is_host = text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && top.len() > 1
        && top.bytes().all(|byte| byte.is_ascii_alphabetic());
    let digit = |letter: char| letter.is_ascii_digit();
    let port =
        text[host..].strip_prefix(':').map_or(0, |rest| rest.len() - rest.trim_start_matches(digit).len());
    let mut end = if port > 0 { host + 1 + port } else { host };
    if text[end..].starts_with('/') {
        let of_path = |letter: char| letter.is_ascii_alphanumeric() || "-_./~%".contains(letter);
        end += text[end..].find(|letter| !of_path(letter)).unwrap_or(text.len() - end);
    }
    let claims =
        text[end..].strip_prefix(':').is_some_and(|claim| letters(claim) > 0 && !claim.starts_with(digit));
    (is_host && claims && !HOSTS.contains(&&text[..end])).then_some(end)
}

fn letters(text: &str) -> usize {
    text.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).unwrap_or(text.len())
}

/// A well-known host, a service principal or a Region at the start of a text.
fn host(text: &str) -> Option<usize> {
    let of_host = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
    let length = text.find(|letter: char| !of_host(letter)).unwrap_or(text.len());
    let found = text[..length].trim_end_matches(['.', '-']);
    let service = found.strip_suffix(".cn").unwrap_or(found).strip_suffix(".amazonaws.com");
    let is_service = service.is_some_and(|service| match service.split_once('.') {
        None => true,
        // The issuers of clusters of EKS.
        Some((_, region)) => is_region(region.strip_prefix("eks.").unwrap_or(region)),
    });
    (HOSTS.contains(&found) || is_service || is_region(found)).then_some(found.len())
}

/// `eu-west-1`, `us-gov-east-1`.
pub fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_number = |part: &str| part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_digit());
    let country = parts.next().is_some_and(|part| is_word(part) && part.len() == 2);
    country && parts.next_back().is_some_and(is_number) && parts.clone().count() > 0 && parts.all(is_word)
}
