//! Resource elements against the ARN of the request (S-RES-*), and the resource of actions that have none (S-RES-10).

use serde_json::{Map, Value};

use super::doubts::Kind as Doubt;
use super::glob::{self, Sign, wildcard};
use super::json;
use super::statement::{PolicyKind, Side, World};
use super::variables::{Expanded, any_sign, expand};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Yes,
    No,
    Bad,
    /// A variable without value (S-VAR-05, S-VAR-06).
    NoValue,
}

/// Whether `Resource` or `NotResource` matches. A statement with neither is about the resource it is attached to.
pub fn matches(side: &Side, statement: &Map<String, Value>) -> bool {
    let Some(asked) = side.world.resource else { return false };
    if matches_arn(side, statement, asked) {
        return true;
    }
    let also = side.world.also.is_some_and(|also| matches_arn(side, statement, also));
    also && side.world.doubts.choose(Doubt::Missing, "whether the ARN of the bucket counts (U-80)", 2) == 1
}

fn matches_arn(side: &Side, statement: &Map<String, Value>, asked: &str) -> bool {
    let (element, negated) = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(element), _) => (element, false),
        (None, Some(element)) => (element, true),
        (None, None) => return true,
    };
    let name = if negated { "NotResource" } else { "Resource" };
    let entries = json::list(element);
    if entries.is_empty() {
        return negated && side.malformed(name); // S-GRAM-15, U-02
    }
    let entries: Vec<Entry> = entries.into_iter().map(|value| entry(side, value, asked)).collect();
    if negated && !entries.contains(&Entry::Yes) && entries.contains(&Entry::NoValue) && side.is_allow {
        return false; // U-09
    }
    side.two_readings(name, |bad| {
        let hit = entries.iter().any(|e| *e == Entry::Yes || (bad && *e == Entry::Bad));
        hit != negated
    })
}

fn entry(side: &Side, value: &Value, asked: &str) -> Entry {
    let Some(text) = json::scalar(value) else { return Entry::Bad };
    if text == "*" {
        return Entry::Yes;
    }
    let text = expanded_shorthand(&text, asked);
    let signs = match signs(&text, side.variables, side.world) {
        Some(Expanded::Signs(signs)) => signs,
        Some(Expanded::NoValue) => return Entry::NoValue,
        Some(Expanded::Unknown) => {
            let hit =
                asked != "*" && side.world.doubts.maybe(&format!("variable of unknown value in {text}"));
            return if hit { Entry::Yes } else { Entry::No };
        }
        Some(Expanded::Malformed) | None => return Entry::Bad,
    };
    // A resource of which only the type is known.
    let formats = if asked == "*" { side.world.catalog.formats(side.world.action) } else { Vec::new() };
    if !formats.is_empty() {
        let formats: Vec<Vec<Sign>> = formats.iter().map(|format| typed(format, side.world)).collect();
        if formats.iter().all(|format| glob::covers(&signs, format)) {
            return Entry::Yes;
        }
        let of_type =
            formats.iter().any(|format| glob::witness(&[signs.clone(), format.clone()], 'x', true).is_some());
        let hit = of_type && side.world.doubts.maybe(&format!("whether the resource is one of {text}"));
        return if hit { Entry::Yes } else { Entry::No };
    }
    // Of the strings of an action without resource type, the token `*` matches only the pattern `*` (S-RES-22).
    if asked == "*" {
        return Entry::No;
    }
    let parts = text.splitn(6, ':').count();
    let runs_on = text.ends_with('*') || text.contains("*:");
    if parts < 6 && !runs_on && padded(&text, parts, side.kind, Vec::new()).is_none() {
        return Entry::Bad; // S-RES-02, S-RES-07: no ARN
    }
    let hit = glob::matches(&signs, asked)
        || of_log_group(&text, side.world).is_some_and(|group| glob::matches(&group, asked))
        || padded(&text, parts, side.kind, signs).is_some_and(|s| glob::matches(&s, asked));
    let service = text.split(':').nth(2).unwrap_or("");
    let short = parts == 3 && text.ends_with('*');
    if hit && service.contains(['*', '?']) && !short {
        let reading = side.world.doubts.maybe("a wildcard in the service part of an ARN counts (U-56)");
        return if reading { Entry::Yes } else { Entry::No };
    }
    if hit { Entry::Yes } else { Entry::No }
}

/// A pattern for all of a log group in CloudWatch Logs, which means the group too: without its last `:*` (S-RES-12).
fn of_log_group(text: &str, world: &World) -> Option<Vec<Sign>> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [_, _, "logs", _, _, rest] = parts[..] else { return None };
    let words: Vec<&str> = rest.split(':').collect();
    let ["log-group", _, "*"] = words[..] else { return None };
    match signs(text.strip_suffix(":*")?, false, world)? {
        Expanded::Signs(signs) => Some(signs),
        _ => None,
    }
}

/// The signs of an ARN format, with the partition and the account that are known: in its first five parts a `*` stays inside its part.
fn typed(format: &str, world: &World) -> Vec<Sign> {
    let mut parts: Vec<&str> = format.splitn(6, ':').collect();
    if let Some((partition, account)) = world.among {
        // Whose access point it is need not be whose bucket it is.
        let account = account.filter(|_| !world.action.to_lowercase().starts_with("s3"));
        for (index, known) in [(1, Some(partition)), (4, account)] {
            if let (Some(part), Some(known)) = (parts.get_mut(index).filter(|part| **part == "*"), known) {
                *part = known;
            }
        }
    }
    let mut signs = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        signs.extend((index > 0).then_some(Sign::Exactly(':')));
        signs.extend(part.chars().map(|c| wildcard(c, index == 5)));
    }
    signs
}

/// API Gateway's `execute-api:/stage/METHOD/path` (S-SVC-10).
fn expanded_shorthand(text: &str, asked: &str) -> String {
    let rest = text.strip_prefix("execute-api:/").filter(|_| asked.contains(":execute-api:"));
    match (rest, asked.split_once('/')) {
        (Some(rest), Some((api, _))) => format!("{api}/{rest}"),
        _ => text.to_owned(),
    }
}

/// The signs of a resource pattern with the colon rule of S-RES-04. `None`: neither `*` nor shaped like an ARN.
pub fn signs(text: &str, variables: bool, world: &World) -> Option<Expanded> {
    let first = text.split(':').next().unwrap_or("");
    let arn_shaped =
        if first == text { text.ends_with('*') && glob::glob(text, "arn") } else { glob::glob(first, "arn") };
    if !arn_shaped {
        return None;
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let mut signs = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            signs.push(Sign::Exactly(':'));
        }
        if index == 5 {
            if !variables {
                signs.extend(part.chars().map(any_sign));
                continue;
            }
            match expand(part, any_sign, |key| world.held(key)) {
                Expanded::Signs(sixth) => signs.extend(sixth),
                other => return Some(other),
            }
        } else {
            if variables && part.contains("${") {
                return Some(Expanded::Malformed); // S-VAR-10: misplaced
            }
            let last = part.chars().count().saturating_sub(1);
            signs.extend(part.chars().enumerate().map(|(at, c)| wildcard(c, c == '*' && at == last)));
        }
    }
    Some(Expanded::Signs(signs))
}

/// A short ARN with its missing parts as `*` (U-07).
fn padded(text: &str, parts: usize, kind: PolicyKind, mut signs: Vec<Sign>) -> Option<Vec<Sign>> {
    let pads = match kind {
        PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session => true,
        PolicyKind::Rcp | PolicyKind::Trust => false,
        PolicyKind::Scp => text.ends_with('*'),
        _ => text.contains(['*', '?']),
    };
    if parts >= 6 || !pads {
        return None;
    }
    for _ in parts..6 {
        signs.extend([Sign::Exactly(':'), Sign::Run(true)]);
    }
    Some(signs)
}

/// The strings that stand for the resource of an action without resource type, so that every combination of the patterns
/// in play is met by one of them (S-RES-22, S-RES-23).
pub fn candidates(world: &World, patterns: &[(String, bool)]) -> Vec<String> {
    let templates = templates(world);
    let mut signs: Vec<Vec<Sign>> = Vec::new();
    for (text, variables) in patterns.iter().filter(|(text, _)| text != "*") {
        if let Some(Expanded::Signs(found)) = self::signs(text, *variables, world)
            && !signs.contains(&found)
        {
            signs.push(found);
        }
    }
    let mut found: Vec<String> = Vec::new();
    for template in &templates {
        let template = match template {
            Template::Token => {
                found.push("*".to_owned());
                continue;
            }
            Template::Text(text) => text.chars().map(Sign::Exactly).collect(),
            Template::Pattern(pattern) => within_parts(pattern),
            Template::Signs(signs) => signs.clone(),
        };
        let meets = |pattern: &&Vec<Sign>| {
            glob::witness(&[template.clone(), (*pattern).clone()], '\u{1}', false).is_some()
        };
        let meeting: Vec<&Vec<Sign>> = signs.iter().filter(meets).collect();
        for full in [true, false] {
            found.extend(glob::witness(std::slice::from_ref(&template), '\u{1}', full));
            for (index, &first) in meeting.iter().enumerate() {
                found.extend(glob::witness(&[template.clone(), first.clone()], '\u{1}', full));
                for &second in &meeting[..index] {
                    found.extend(glob::witness(
                        &[template.clone(), first.clone(), second.clone()],
                        '\u{1}',
                        full,
                    ));
                }
            }
        }
    }
    let mut kinds: Vec<Vec<bool>> = Vec::new();
    found.retain(|text| {
        let mut kind = vec![text == "*"];
        kind.extend(signs.iter().map(|s| text != "*" && glob::matches(s, text)));
        let new = !kinds.contains(&kind);
        if new {
            kinds.push(kind);
        }
        new
    });
    found
}

/// The signs of an ARN glob whose wildcards stay in their parts; the sixth has no inner boundaries.
fn within_parts(pattern: &str) -> Vec<Sign> {
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let signs = parts
        .iter()
        .enumerate()
        .map(|(index, part)| part.chars().map(|c| wildcard(c, index == 5)).collect::<Vec<_>>());
    signs.collect::<Vec<_>>().join(&Sign::Exactly(':'))
}

enum Template {
    /// `*`, which only a pattern of `*` alone matches.
    Token,
    /// A string as it is.
    Text(String),
    /// A glob for what is not known of it.
    Pattern(String),
    /// The same, where a `*` may be an ordinary character.
    Signs(Vec<Sign>),
}

/// The data table of S-RES-23.
fn templates(world: &World) -> Vec<Template> {
    let action = world.action.to_lowercase();
    let (service, name) = action.split_once(':').unwrap_or((action.as_str(), ""));
    let partition = &world.caller.partition;
    let account = world.caller.account.as_deref().unwrap_or("*");
    let region = world.context.first("aws:RequestedRegion");
    let text = |rest: &str| Template::Text(format!("arn:{partition}:{service}:{rest}"));
    let regional = |rest: &str| match (region, account) {
        (Some(region), account) if account != "*" => text(&format!("{region}:{account}:{rest}")),
        _ => {
            let open = |text: &str| text.chars().map(|c| wildcard(c, false)).collect::<Vec<_>>();
            let exact = |text: &str| text.chars().map(Sign::Exactly).collect::<Vec<_>>();
            let front = format!("arn:{partition}:{service}:{}:{account}:", region.unwrap_or("*"));
            Template::Signs([open(&front), exact(rest)].concat())
        }
    };
    // The path of an IAM list call is not part of a request here: `/`, or any text between slashes.
    let listed = |word: &str| {
        vec![
            text(&format!(":{account}:{word}/")),
            Template::Pattern(format!("arn:{partition}:iam::{account}:{word}/*/")),
        ]
    };
    match (service, name) {
        ("iam", "listusers") => listed("user"),
        ("iam", "listroles") => listed("role"),
        ("iam", "listgroups") => listed("group"),
        ("iam", "listinstanceprofiles") => listed("instance-profile"),
        ("iam", "getaccountsummary" | "listaccountaliases") => vec![Template::Token],
        ("dynamodb", "listtables") => vec![regional("table/*"), Template::Token],
        ("sns", "listtopics") => vec![regional("*"), Template::Token],
        ("s3", "listallmybuckets") => vec![text("::*"), Template::Token],
        ("ec2", _) if name.starts_with("describe") => vec![Template::Token],
        _ => {
            let mut all = vec![Template::Token];
            for field in [account, "", "aws"] {
                all.push(Template::Pattern(format!("arn:{partition}:{service}:*:{field}:*")));
            }
            all
        }
    }
}
