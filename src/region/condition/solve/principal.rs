//! The caller: its ARN fixes account, type, user name and the form of the unique id (S-KEY-01).

use super::bundles::is_textual;
use super::cells::{Cells, Collector, KeyTests};
use super::texts::Patterns;
use super::values::Domain;
use crate::region::condition::key::KeyValue;
use crate::region::condition::value::glob::{Glob, Token};

pub(super) const ARN: usize = 0;
pub(super) const ACCOUNT: usize = 1;
const TYPE: usize = 2;
const USER_NAME: usize = 3;
pub(super) const USER_ID: usize = 4;

/// What a principal ARN stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Root,
    User,
    Role,
    FederatedUser,
    Other,
}

/// The cells of the caller's keys. A service principal's ARN is of no known form (U-24), and then nothing follows from it
/// but the account.
pub(super) fn principal_cells(places: &[usize], keys: &[KeyTests<'_>]) -> Option<Cells> {
    if !is_textual(keys) {
        return None;
    }
    let tests_at = |wanted: usize| {
        let at = places.iter().position(|&place| place == wanted);
        at.and_then(|at| keys.get(at))
    };
    let mut collector = Collector::new(keys);
    let patterns_at = |place: usize| {
        let programs = tests_at(place).into_iter().flat_map(|tests| tests.programs());
        programs.flat_map(|program| program.patterns()).collect::<Vec<_>>()
    };
    let mut patterns =
        Patterns { domain: Some(any_principal()), globs: patterns_at(ARN), ..Patterns::default() };
    patterns.globs.extend(shapes());
    for glob in patterns_at(ACCOUNT) {
        match glob.simple() {
            Some((account, false)) if !account.contains(':') => patterns.accounts.push(account.into()),
            _ => patterns.globs.extend(around("arn:*:*:*:", &glob, ':', ":*")),
        }
    }
    patterns.accounts.sort_unstable();
    patterns.accounts.dedup();
    for glob in patterns_at(USER_NAME) {
        patterns.globs.extend(around("arn:*:iam:*:*:user/", &glob, '/', ""));
        patterns.globs.extend(around("arn:*:iam:*:*:user/*/", &glob, '/', ""));
    }
    patterns
        .globs
        .extend(patterns_at(USER_ID).iter().filter_map(|glob| around("arn:*:iam:*:", glob, ':', ":root")));
    let arns = patterns.explored_texts(Vec::new());
    if !arns.complete {
        collector.incomplete();
    }
    // Values of the keys that an ARN leaves open.
    let mut open = |place: usize| -> Vec<KeyValue> {
        let Some(tests) = tests_at(place) else { return vec![KeyValue::Absent] };
        let with_colon = Glob::like(&[('*', true), (':', false), ('*', true)]);
        let mut domain = Domain::new(tests.key, tests.programs());
        if place == USER_ID {
            domain.tell_apart(with_colon);
            for (beginning, more) in [("AIDA", false), ("AROA", true)] {
                domain.tell_apart(id_glob(beginning, more));
            }
        }
        let found = domain.texts();
        if !found.complete {
            collector.incomplete();
        }
        let absent = tests.may_lack().then_some(KeyValue::Absent);
        absent.into_iter().chain(found.texts.into_iter().map(KeyValue::One)).collect()
    };
    let (accounts, types, ids) = (open(ACCOUNT), open(TYPE), open(USER_ID));
    let is_here = |place| tests_at(place).is_some();
    let free_types: Vec<KeyValue> =
        types.into_iter().filter(|ty| text_of(ty).is_none_or(|ty| !TYPES.contains(&ty))).collect();
    let of_form = |form: &dyn Fn(&str) -> bool| -> Vec<KeyValue> {
        let fits = |id: &&KeyValue| text_of(id).map_or(!is_here(USER_ID), form);
        ids.iter().filter(fits).cloned().collect()
    };
    let free_ids: Vec<KeyValue> =
        ids.iter().filter(|id| text_of(id).is_none_or(|id| !is_of_a_form(id))).cloned().collect();
    for arn in arns.texts.iter().filter(|arn| !is_assumed_role(arn)) {
        let shape = shape(arn);
        if shape == Shape::User && arn.ends_with('/') {
            continue;
        }
        let account = arn.split(':').nth(4).unwrap_or_default();
        let types = type_of(arn).map_or_else(|| free_types.clone(), |ty| vec![KeyValue::One(ty.into())]);
        let user_name = match shape {
            Shape::User => KeyValue::One(arn.rsplit('/').next().unwrap_or_default().to_owned()),
            _ => KeyValue::Absent,
        };
        let ids: Vec<KeyValue> = match shape {
            Shape::Root => vec![KeyValue::One(account.to_owned())],
            // Its own id first, which stands for all that come out alike; the others keep what is called impossible sure.
            Shape::FederatedUser if is_here(USER_ID) => {
                let name = arn.split_once(":federated-user/").map_or("", |(_, name)| name);
                let own = KeyValue::One(format!("{account}:{name}"));
                let others = of_form(&|id| id.contains(':') && !id.starts_with("AROA"));
                std::iter::once(own).chain(others).collect()
            }
            Shape::User => of_form(&is_id_of_user),
            Shape::Role => of_form(&is_id_of_session),
            Shape::FederatedUser => of_form(&|id| id.contains(':')),
            Shape::Other => free_ids.clone(),
        };
        for ty in &types {
            for id in &ids {
                let value = |&place: &usize| match place {
                    ARN => KeyValue::One(arn.clone()),
                    ACCOUNT => KeyValue::One(account.to_owned()),
                    TYPE => ty.clone(),
                    USER_NAME => user_name.clone(),
                    _ => id.clone(),
                };
                collector.add(places.iter().map(value).collect());
            }
        }
    }
    let without_arn = tests_at(ARN).is_none_or(|tests| tests.may_lack());
    let without_name = tests_at(USER_NAME).is_none_or(|tests| tests.may_lack());
    if without_arn && without_name {
        let unsigned = |&place: &usize| match place {
            ARN | USER_NAME => KeyValue::Absent,
            TYPE => KeyValue::One(ANONYMOUS_TYPE.into()),
            _ => KeyValue::One(ANONYMOUS.into()),
        };
        collector.add(places.iter().map(unsigned).collect());
        for account in accounts.iter().filter(|account| text_of(account) != Some(ANONYMOUS)) {
            for ty in &free_types {
                for id in &free_ids {
                    let value = |&place: &usize| match place {
                        ARN | USER_NAME => KeyValue::Absent,
                        ACCOUNT => account.clone(),
                        TYPE => ty.clone(),
                        _ => id.clone(),
                    };
                    collector.add(places.iter().map(value).collect());
                }
            }
        }
    }
    Some(collector.finish())
}

fn text_of(value: &KeyValue) -> Option<&str> {
    match value {
        KeyValue::One(text) => Some(text),
        KeyValue::Absent | KeyValue::Many(_) => None,
    }
}

fn shape(arn: &str) -> Shape {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, _, _, resource) =
        (parts.next(), parts.next(), parts.next(), parts.next().unwrap_or_default());
    match service {
        Some("iam") if resource == "root" => Shape::Root,
        Some("iam") if resource.starts_with("user/") => Shape::User,
        Some("iam") if resource.starts_with("role/") => Shape::Role,
        Some("sts") if resource.starts_with("federated-user/") => Shape::FederatedUser,
        _ => Shape::Other,
    }
}

/// The `aws:PrincipalType` of a caller with this ARN, where its form is known.
pub(super) fn type_of(arn: &str) -> Option<&'static str> {
    match shape(arn) {
        Shape::Root => Some("Account"),
        Shape::User => Some("User"),
        Shape::Role => Some("AssumedRole"),
        Shape::FederatedUser => Some("FederatedUser"),
        Shape::Other => None,
    }
}

/// The types of callers whose other keys follow (S-KEY-01).
const TYPES: [&str; 5] = ["Account", "User", "AssumedRole", "FederatedUser", ANONYMOUS_TYPE];
const ANONYMOUS_TYPE: &str = "Anonymous";
/// The account and the unique id of an unsigned request.
const ANONYMOUS: &str = "anonymous";

fn is_id_of_user(id: &str) -> bool {
    id.starts_with("AIDA") && !id.contains(':')
}

fn is_id_of_session(id: &str) -> bool {
    id.starts_with("AROA") && id.contains(':')
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a unique id says of what type its caller is.
fn is_of_a_form(id: &str) -> bool {
    let account = id.split(':').next().unwrap_or_default();
    is_id_of_user(id) || is_id_of_session(id) || id == ANONYMOUS || is_account(account)
}

/// Whether an ARN is that of a role or a federated user, who call with temporary credentials.
pub(super) fn is_of_session(arn: &str) -> bool {
    matches!(shape(arn), Shape::Role | Shape::FederatedUser)
}

/// Whether ARN, account, type, user name and unique id, as far as they are given, are those of one caller.
pub(super) fn is_row(caller: [Option<&KeyValue>; 5]) -> bool {
    let [arn, account, ty, name, id] = caller;
    let is = |value: Option<&KeyValue>, fits: &dyn Fn(&str) -> bool| {
        value.is_none_or(|value| text_of(value).is_some_and(fits))
    };
    let is_absent = |value: Option<&KeyValue>| value.is_none_or(|value| *value == KeyValue::Absent);
    let text = |value: Option<&KeyValue>| value.and_then(text_of).map(str::to_owned);
    let of_arn = |wanted: Shape| is(arn, &|arn| shape(arn) == wanted);
    let arn_text = text(arn);
    // The account goes with the ARN.
    let number = arn_text.as_deref().and_then(|arn| arn.split(':').nth(4));
    let together = number.is_none_or(|number| is(account, &|account| account == number));
    let number = number.map(str::to_owned).or_else(|| text(account));
    let last = arn_text.as_deref().and_then(|arn| arn.rsplit('/').next());
    let named = |text: &str| !text.is_empty() && last.is_none_or(|last| last == text);
    let of_account = |id: &str| number.as_deref().is_none_or(|number| number == id);
    let of_federated = |id: &str| {
        let of_name = |name: &str| last.is_none_or(|last| last == name);
        id.split_once(':').is_some_and(|(account, name)| of_account(account) && of_name(name))
            && !id.starts_with("AROA")
    };
    let signed = |shape: Shape, of_type: &str, of_id: &dyn Fn(&str) -> bool| {
        together && of_arn(shape) && is(ty, &|ty| ty == of_type) && is(id, of_id)
    };
    let unnamed = is_absent(name);
    let anonymous = |text: &str| text == ANONYMOUS;
    let unsigned = is_absent(arn) && is(account, &anonymous) && is(ty, &|ty| ty == ANONYMOUS_TYPE);
    let free = |value: Option<&KeyValue>, taken: &dyn Fn(&str) -> bool| {
        value.and_then(text_of).is_none_or(|text| !taken(text))
    };
    let of_other = arn_text.as_deref().is_none_or(|arn| shape(arn) == Shape::Other && together)
        && free(account, &anonymous)
        && free(ty, &|ty| TYPES.contains(&ty))
        && free(id, &is_of_a_form);
    signed(Shape::User, "User", &is_id_of_user) && is(name, &named)
        || unnamed
            && (signed(Shape::Root, "Account", &of_account)
                || signed(Shape::Role, "AssumedRole", &is_id_of_session)
                || signed(Shape::FederatedUser, "FederatedUser", &of_federated)
                || unsigned && is(id, &anonymous)
                || of_other)
}

/// Whether an ARN names an assumed-role session, which `aws:PrincipalArn` never holds (S-KEY-03).
pub(super) fn is_assumed_role(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    parts.next() == Some("sts") && parts.nth(2).is_some_and(|resource| resource.starts_with("assumed-role/"))
}

/// The ARNs of assumed-role sessions.
pub(super) fn assumed_roles() -> Glob {
    arn_glob("arn:*:sts:*:*:assumed-role/*")
}

/// Patterns that tell the shapes apart, and users without a name from others.
fn shapes() -> impl Iterator<Item = Glob> {
    let shapes = [
        "arn:*:iam:*:*:root",
        "arn:*:iam:*:*:user/",
        "arn:*:iam:*:*:user/*",
        "arn:*:iam:*:*:user/*/",
        "arn:*:iam:*:*:role/*",
        "arn:*:sts:*:*:federated-user/*",
    ];
    shapes.into_iter().map(arn_glob).chain([assumed_roles()])
}

fn arn_glob(text: &str) -> Glob {
    Glob::arn(&text.chars().map(|c| (c, true)).collect::<Vec<_>>()).unwrap_or_else(Glob::any_arn)
}

/// The unique ids with a beginning, with a session name after them or not.
fn id_glob(beginning: &str, of_session: bool) -> Glob {
    let beginning = beginning.chars().map(|c| (c, false));
    let more: &[(char, bool)] =
        if of_session { &[('*', true), (':', false), ('*', true)] } else { &[('*', true)] };
    Glob::like(&beginning.chain(more.iter().copied()).collect::<Vec<_>>())
}

/// All ARNs with a partition, service, account and resource.
fn any_principal() -> Glob {
    arn_glob("arn:?*:?*:*:?*:?*")
}

/// The ARNs that hold a text that `glob` matches between `before` and `after`; the text itself has no `end` in it.
fn around(before: &str, glob: &Glob, end: char, after: &str) -> Option<Glob> {
    if glob.tokens.contains(&Token::Char(end)) || glob.tokens.contains(&Token::Fold(end)) {
        return None;
    }
    let outside = arn_glob(&format!("{before}\u{1}{after}"));
    let mut tokens = Vec::new();
    for &token in &outside.tokens {
        match token {
            Token::Char('\u{1}') => tokens.extend(glob.tokens.iter().map(|&token| match token {
                Token::One(_) => Token::One(Some(end)),
                Token::Many(_) => Token::Many(Some(end)),
                other => other,
            })),
            other => tokens.push(other),
        }
    }
    Some(Glob::new(tokens))
}

#[cfg(test)]
mod tests {
    use super::{Glob, Patterns, any_principal, around, shapes};

    #[test]
    fn accounts_are_told_apart_as_patterns_would() {
        let accounts = ["111122223333", "111122224444", "1111", "9", ""];
        let patterns = |globs: Vec<Glob>, accounts: &[&str]| Patterns {
            domain: Some(any_principal()),
            globs: globs.into_iter().chain(shapes()).collect(),
            accounts: accounts.iter().map(|&account| account.into()).collect(),
            ..Patterns::default()
        };
        let framed =
            accounts.iter().filter_map(|account| around("arn:*:*:*:", &Glob::exact(account), ':', ":*"));
        let by_patterns = patterns(framed.collect(), &[]).explored_texts(Vec::new());
        let by_texts = patterns(Vec::new(), &accounts).explored_texts(Vec::new());
        assert!(by_patterns.complete && by_texts.complete);
        assert_eq!(by_texts.texts, by_patterns.texts);
        let told = |account: &str| by_texts.texts.iter().any(|arn| arn.split(':').nth(4) == Some(account));
        assert!(accounts.iter().filter(|account| !account.is_empty()).all(|account| told(account)));
    }
}
