//! Values that an unknown key may have: at least one for every way in which the tests on it can come out, as far as
//! single values and pairs of them go.

use super::caller::{Kind, SessionName};
use super::catalog::Catalog;
use super::glob::{glob, like, witness};
use super::open::{Question, rides_along};
use super::operator::{Base, Operator};
use super::request::Request;
use super::values::{Range, instant};

/// Keys that every signed request holds (S-KEY-20), after the exceptions of `may_be_absent`.
const ALWAYS: &str = "aws:principalarn aws:principalaccount aws:principalisawsservice aws:principaltype aws:userid \
    aws:requestedregion aws:securetransport aws:currenttime aws:epochtime aws:useragent aws:viaawsservice";
const BOOLEANS: &str = "aws:securetransport aws:multifactorauthpresent aws:viaawsservice aws:principalisawsservice \
    aws:assumedroot";
/// Keys of an AWS service as the caller: if they are there they hold something of AWS (S-KEY-35, U-24).
const OF_SERVICES: [&str; 4] =
    ["aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:userid"];
/// Text that no policy holds.
const OTHER: &str = "\u{2}other\u{3}";

/// What the key may hold; `None`: it is absent.
pub fn samples(
    question: &Question,
    questions: &[Question],
    request: &Request,
    catalog: &Catalog,
) -> Vec<Option<Vec<String>>> {
    let key = question.key.as_str();
    let absent = vec![None];
    if key.starts_with("aws:requesttag/") && request.untags() == Some(true) {
        return absent; // S-TRI-09
    }
    if request.derives && never_held(key, request) {
        return absent;
    }
    let mut single = singles(question, request);
    // A variable in a test compares two keys: each may have a value of the other.
    let compares = |q: &Question| q.tests.iter().flat_map(|(_, v)| v).any(|v| v.contains("${"));
    if question.is_variable || compares(question) {
        let all = request.targets.iter().flat_map(|target| target.context.texts());
        single.extend(all);
        single.push(format!("{OTHER}2"));
    }
    if question.is_variable {
        let pieces = request.targets.iter().flat_map(|target| target.arn.split(['/', ':']));
        single.extend(pieces.filter(|piece| !piece.is_empty()).map(str::to_owned));
        for other in questions.iter().filter(|q| compares(q) && q.key != key) {
            single.extend(singles(other, request));
        }
    }
    if key == "aws:tagkeys" {
        let tags = questions.iter().filter_map(|q| q.key.strip_prefix("aws:requesttag/"));
        let given = request.targets.iter().flat_map(|target| target.context.keys());
        let given = given.filter_map(|key| key.strip_prefix("aws:requesttag/"));
        // S-COND-35, S-COND-38: names of keys say nothing of how a tag is spelled, values do.
        single.extend(tags.chain(given).flat_map(|tag| [tag.to_owned(), tag.to_uppercase()]));
    }
    single.extend(beside(key, questions, request));
    if BOOLEANS.split(' ').any(|k| k == key) {
        single = vec!["true".to_owned(), "false".to_owned()];
    }
    if request.caller.kind == Kind::Service && OF_SERVICES.contains(&key) {
        single = vec![format!("arn:aws:iam::{OTHER}:{OTHER}")];
    }
    if key == "aws:principalarn" {
        // S-KEY-01: what names a caller is an ARN.
        single.retain(|text| glob("arn:?*:?*:*:?*:?*", text));
        single.push(format!("arn:aws:iam::999999999999:user/{OTHER}"));
    }
    if key == "aws:sourceip" {
        single.retain(|text| !is_private(text)); // S-KEY-32
    }
    let caller_id = request.caller.unique_id.is_some();
    if let Some(forms) = forms(key, request) {
        let values = question.tests.iter().flat_map(|(_, values)| values);
        let both = values.flat_map(|value| {
            forms.iter().filter_map(|form| witness(&[like(&filled(value, request)), like(form)], 'z', false))
        });
        single.extend(both);
        single.extend(forms.iter().map(|form| form.replace("??*", "some-other").replace('*', "other")));
        match key {
            "aws:principalarn" => single.retain(|text| forms.iter().any(|form| glob(form, text))),
            _ if request.derives || caller_id => single.retain(|text| is_of_caller(text, request)),
            _ => {}
        }
    }
    if key.starts_with("aws:principalorg") {
        let of = |text: &str| text.split('/').next().map(str::to_owned);
        single.retain(|text| of(text).is_none_or(|id| !request.caller.no_member_of.contains(&id)));
    }
    if key.starts_with("aws:resourceorg") {
        let of = |text: &str| text.split('/').next().map(str::to_owned);
        let is_none = |id: &String| request.targets.iter().any(|target| target.no_member_of.contains(id));
        single.retain(|text| of(text).is_none_or(|id| !is_none(&id)));
    }
    single.sort_unstable();
    single.dedup();
    let mut all: Vec<Option<Vec<String>>> = single.iter().map(|value| Some(vec![value.clone()])).collect();
    if catalog.is_multivalued(key) == Some(true) {
        if key == "aws:tagkeys" {
            all.push(Some(Vec::new())); // S-KEY-34
        }
        for (at, first) in single.iter().enumerate() {
            all.extend(single[..at].iter().map(|second| Some(vec![first.clone(), second.clone()])));
            // Which service came first matters.
            let later = single[..at].iter().filter(|_| key == "aws:calledvia");
            all.extend(later.flat_map(|second| {
                let back = vec![second.clone(), first.clone()];
                let between =
                    [vec![first.clone(), second.clone(), first.clone()], [&back[..], &back[..1]].concat()];
                between.into_iter().chain([back]).map(Some)
            }));
        }
    }
    if key == "aws:principalservicenameslist" && request.caller.kind == Kind::Service && request.derives {
        // S-KEY-35: its own name is one of them.
        let own = &request.caller.text;
        let lacking = all.iter_mut().flatten().filter(|names| !names.contains(own));
        lacking.for_each(|names| names.push(own.clone()));
    }
    if may_be_absent(key, request.caller.kind) {
        all.push(None);
    }
    all
}

/// Keys that the credentials of the caller never hold (S-KEY-22, S-KEY-30, S-SESS-12).
fn never_held(key: &str, request: &Request) -> bool {
    let caller = &request.caller;
    let of_sso = caller.is_of_unknown_sso_role()
        || caller.role_arn.as_ref().is_some_and(|arn| arn.contains(":role/aws-reserved/sso.amazonaws.com/"));
    let of_instance = key.starts_with("aws:ec2instancesource");
    let of_credentials = || {
        let others = "aws:chatbotsourcearn aws:signinsessionarn aws:sourceidentity aws:tokenissuetime";
        rides_along(key)
            || of_instance
            || key.starts_with("aws:principaltag/")
            || key.starts_with("aws:multifactorauth")
            || others.split(' ').any(|other| other == key)
    };
    let of_services = "aws:sourceaccount aws:sourcearn aws:sourceorgid aws:sourceorgpaths";
    match caller.kind {
        Kind::Anonymous => of_credentials() || of_services.split(' ').any(|other| other == key),
        Kind::Service => of_credentials(),
        Kind::User | Kind::SessionToken | Kind::Root => {
            rides_along(key)
                || of_instance
                || ["aws:sourceidentity", "aws:federatedprovider"].contains(&key)
                || caller.kind == Kind::Root && key.starts_with("aws:principaltag/")
        }
        Kind::FederatedUser => of_instance || ["aws:sourceidentity", "aws:federatedprovider"].contains(&key),
        _ if key == "aws:federatedprovider" => {
            caller.never_taken_by.contains(&"sts:assumerolewithwebidentity")
        }
        _ => {
            let never_assumed = caller.never_taken_by.contains(&"sts:assumerole");
            (of_sso || never_assumed) && key.starts_with("aws:multifactorauth")
        }
    }
}

/// What the key holds at least, where caller and request say a part of it (S-KEY-01, S-TRI-10).
fn forms(key: &str, request: &Request) -> Option<Vec<String>> {
    let caller = &request.caller;
    let id = |prefix: &str| caller.unique_id.clone().unwrap_or_else(|| format!("{prefix}*"));
    match (key, caller.kind) {
        ("aws:principalarn", Kind::Session) if request.derives && caller.is_of_unknown_sso_role() => {
            let (account, role) = (caller.account.as_deref()?, caller.role_name.as_deref()?);
            let path = format!("arn:{}:iam::{account}:role/aws-reserved/sso.amazonaws.com", caller.partition);
            Some(vec![format!("{path}/{role}"), format!("{path}/*/{role}")])
        }
        ("aws:userid", Kind::User | Kind::SessionToken) => Some(vec![id("AIDA")]),
        ("aws:userid", Kind::Root | Kind::AssumedRoot) => Some(vec![caller.account.clone()?]),
        ("aws:userid", Kind::FederatedUser) => {
            let name = caller.text.rsplit('/').next()?;
            Some(vec![format!("{}:{name}", caller.account.as_deref()?)])
        }
        ("aws:userid", Kind::Role | Kind::Session) => match &caller.session_name {
            SessionName::Known(name) => Some(vec![format!("{}:{name}", id("AROA"))]),
            _ => Some(vec![format!("{}:??*", id("AROA"))]),
        },
        _ => None,
    }
}

/// Whether a text can be the unique id.
fn is_of_caller(text: &str, request: &Request) -> bool {
    let caller = &request.caller;
    let is_id = |id: &str, prefix: &str| match &caller.unique_id {
        Some(known) => known == id,
        None => {
            id.starts_with(prefix)
                && !id.contains(':')
                && !caller.ids_of_others.iter().any(|other| other == id)
        }
    };
    match caller.kind {
        Kind::User | Kind::SessionToken => is_id(text, "AIDA"),
        Kind::Root | Kind::AssumedRoot | Kind::FederatedUser => true,
        _ => text.split_once(':').is_some_and(|(id, name)| {
            let is_own = match &caller.session_name {
                SessionName::Known(known) => known == name,
                _ => is_name(name),
            };
            is_id(id, "AROA") && is_own
        }),
    }
}

/// Whether a session may have the name.
fn is_name(text: &str) -> bool {
    let is_of_names = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    (2..=64).contains(&text.len()) && text.chars().all(is_of_names)
}

/// Values that a key may hold beside the keys that are given (S-TRI-09).
fn beside(key: &str, questions: &[Question], request: &Request) -> Vec<String> {
    let given = |key: &str| {
        let all = request.targets.iter().filter_map(|target| target.context.all(key));
        all.flatten().collect::<Vec<String>>()
    };
    let of = |key: String| {
        let asked = questions.iter().filter(|q| q.key == key).flat_map(|q| singles(q, request));
        asked.chain(given(&key)).collect::<Vec<String>>()
    };
    match key {
        "aws:currenttime" => of("aws:epochtime".to_owned()),
        "aws:epochtime" => {
            of("aws:currenttime".to_owned()).iter().filter_map(|text| epoch_text(text)).collect()
        }
        "aws:calledvia" | "aws:calledviafirst" | "aws:calledvialast" => {
            let all = ["aws:calledvia", "aws:calledviafirst", "aws:calledvialast"];
            all.iter().flat_map(|key| of((*key).to_owned())).collect()
        }
        _ => match (key.strip_suffix("orgpaths"), key.strip_suffix("orgid")) {
            (Some(front), _) => {
                of(format!("{front}orgid")).iter().map(|id| format!("{id}/r-{OTHER}/")).collect()
            }
            (_, Some(front)) => {
                let paths = of(format!("{front}orgpaths"));
                paths.iter().filter_map(|path| path.split('/').next().map(str::to_owned)).collect()
            }
            _ => Vec::new(),
        },
    }
}

/// An instant in whole seconds since 1970.
fn epoch_text(text: &str) -> Option<String> {
    instant(text).map(|at| at.div_euclid(1_000_000_000).to_string())
}

fn may_be_absent(key: &str, caller: Kind) -> bool {
    let principal = key.starts_with("aws:principal") || key == "aws:userid";
    if key == "aws:principalservicenameslist" && caller == Kind::Service {
        return false; // S-KEY-35
    }
    let signed = !matches!(caller, Kind::Anonymous | Kind::Saml | Kind::Oidc | Kind::Service);
    !ALWAYS.split_whitespace().any(|k| k == key) || (principal && !signed)
}

fn singles(question: &Question, request: &Request) -> Vec<String> {
    let mut found = Vec::new();
    let mut text_only = true;
    for (operator, values) in &question.tests {
        text_only &= matches!(
            operator.base,
            Base::StringEquals | Base::StringEqualsIgnoreCase | Base::StringLike | Base::Null
        );
        for value in values {
            found.extend(of_value(*operator, &filled(value, request)));
        }
    }
    let patterns = question.tests.iter().filter(|(operator, _)| operator.base == Base::StringLike);
    let patterns: Vec<&String> = patterns.flat_map(|(_, values)| values).collect();
    for (at, first) in patterns.iter().enumerate() {
        let both =
            patterns[..at].iter().filter_map(|second| witness(&[like(first), like(second)], 'z', false));
        found.extend(both);
    }
    if text_only {
        found.push(OTHER.to_owned());
        if !question.key.starts_with("aws:") || question.key.contains("tag/") {
            found.push(String::new());
        }
    }
    found
}

/// Variables replaced by what the context gives, else by the other text.
fn filled(value: &str, request: &Request) -> String {
    let Some((before, rest)) = value.split_once("${") else { return value.to_owned() };
    let Some((name, after)) = rest.split_once('}') else { return value.to_owned() };
    let name = name.split(',').next().unwrap_or(name);
    let given = request.targets.iter().find_map(|target| target.context.first(name)).unwrap_or(OTHER);
    format!("{before}{given}{}", filled(after, request))
}

fn of_value(operator: Operator, value: &str) -> Vec<String> {
    let with = |star: &str| value.replace('*', star).replace('?', "z");
    match operator.base {
        Base::StringEquals | Base::Binary => vec![value.to_owned()],
        Base::StringEqualsIgnoreCase => vec![value.to_owned(), value.to_uppercase()],
        Base::StringLike => vec![with(""), with("zz")],
        Base::Arn => vec![with("zz"), "arn:aws:other:other:000000000000:other".to_owned()],
        Base::Bool => vec!["true".to_owned(), "false".to_owned()],
        Base::Null => Vec::new(),
        Base::Numeric(_) => {
            let near = value.parse::<i64>().map(|n| [(n - 1).to_string(), (n + 1).to_string()]);
            let mut all = vec![value.to_owned(), "-999999999999".to_owned(), "999999999999".to_owned()];
            all.extend(near.into_iter().flatten());
            all
        }
        Base::Date(_) => {
            let Some(at) = instant(value) else { return Vec::new() };
            let second = at.div_euclid(1_000_000_000);
            [second - 1, second, second + 1].iter().map(ToString::to_string).collect()
        }
        Base::Ip => {
            let mut all = vec!["192.0.2.77".to_owned(), "2001:db8:ffff::77".to_owned()];
            all.extend(Range::read(value).map(|range| range.ends()).into_iter().flatten());
            all
        }
    }
}

/// The ranges that `aws:SourceIp` never holds (U-52).
fn is_private(text: &str) -> bool {
    const PRIVATE: [&str; 9] = [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    ];
    let Ok(address) = text.parse() else { return false };
    PRIVATE.iter().filter_map(|range| Range::read(range)).any(|range| range.holds(address))
}
