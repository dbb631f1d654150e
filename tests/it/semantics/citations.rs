//! Identifiers of rules in text: `S-RES-10`, `U-40`, and ranges such as `S-EVAL-02 to S-EVAL-07`.

/// One identifier, or a range of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Citation {
    /// The identifier, or the first of a range.
    pub first: String,
    /// The last of a range.
    pub last: Option<String>,
}

/// The citations of a Rust source, comments and strings alike. A range may go over the end of a comment's line.
pub fn citations(source: &str) -> Vec<Citation> {
    let text: Vec<&str> = source.lines().map(uncommented).collect();
    let text = text.join(" ");
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find(['S', 'U'])).map(|offset| at + offset) {
        at = start + 1;
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        if before.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_') {
            continue;
        }
        let Some(first) = identifier(&text[start..]) else { continue };
        at = start + first.len();
        let last =
            text[at..].strip_prefix(" to ").and_then(identifier).filter(|last| area(last) == area(first));
        at += last.map_or(0, |last| " to ".len() + last.len());
        found.push(Citation { first: first.to_owned(), last: last.map(str::to_owned) });
    }
    found
}

/// The identifiers of a citation, in a range those that exist.
pub fn expand(citation: &Citation, identifiers: &[String]) -> Vec<String> {
    let Some(last) = &citation.last else { return vec![citation.first.clone()] };
    let range = number(&citation.first)..=number(last);
    let within = |id: &&String| area(id) == area(last) && range.contains(&number(id));
    identifiers.iter().filter(within).cloned().collect()
}

/// A line without the marks of a comment.
fn uncommented(line: &str) -> &str {
    let line = line.trim();
    ["///", "//!", "//"].iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line).trim()
}

/// The identifier with which a text begins.
fn identifier(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut at = match bytes {
        [b'U', b'-', ..] => 2,
        [b'S', b'-', rest @ ..] => {
            let word =
                rest.iter().take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()).count();
            if word == 0 || rest.get(word) != Some(&b'-') {
                return None;
            }
            2 + word + 1
        }
        _ => return None,
    };
    let digits = bytes.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    at += digits;
    (digits == 2).then(|| &text[..at])
}

/// What stands before the number: `S-RES-`, `U-`.
fn area(id: &str) -> &str {
    id.trim_end_matches(|c: char| c.is_ascii_digit())
}

fn number(id: &str) -> u32 {
    id.rsplit('-').next().and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

#[test]
fn citations_are_single_or_ranges() {
    let text = "//! Reads it (S-GRAM-08 to\n//! S-GRAM-10, U-02). Not AROAS-X-01, S-RES-* or US-East.\nrule: \"S-S3-13\"";
    let found: Vec<String> = citations(text)
        .into_iter()
        .map(|Citation { first, last }| last.map_or(first.clone(), |last| format!("{first} to {last}")))
        .collect();
    assert_eq!(found, ["S-GRAM-08 to S-GRAM-10", "U-02", "S-S3-13"]);
    let known = ["S-GRAM-08", "S-GRAM-10", "S-GRAM-11", "S-RES-09"].map(str::to_owned);
    assert_eq!(expand(&citations(text)[0], &known), ["S-GRAM-08", "S-GRAM-10"]);
}
