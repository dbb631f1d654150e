//! Principal elements of resource policies against the caller (S-PRN-*).

use serde_json::{Map, Value};

use super::caller::{Caller, Kind, SessionName, is_account};
use super::doubts;
use super::glob::glob;
use super::json;
use super::statement::{PolicyKind, Side};

/// The form of principal that matched: it decides what a grant bypasses (S-EVAL-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Account,
    User,
    Role,
    Session,
    FederatedUser,
    Everyone,
    /// `*` beside a test of `aws:PrincipalArn` that names the role (S-EVAL-08).
    EveryoneByArn,
    Service,
    Federated,
    AwsOwned,
    /// A grant on a KMS key.
    KeyGrant,
}

enum Entry {
    No,
    Yes(Form),
    /// Malformed, and not certain to miss this caller.
    Bad,
    /// Malformed, and not certain to miss the user who made this federated session.
    BadOfMaker,
}

/// `Principal`: the forms in which it matches the caller.
pub fn principal(side: &Side, element: &Value) -> Vec<Form> {
    let Some(entries) = entries(side, element) else {
        return if side.malformed("Principal") { vec![Form::Everyone] } else { Vec::new() };
    };
    let mut forms: Vec<Form> =
        entries.iter().filter_map(|e| if let Entry::Yes(f) = e { Some(*f) } else { None }).collect();
    let of_maker = || side.is_allow || side.world.doubts.reads("U-14", true, "match");
    let bad = |e: &Entry| match e {
        Entry::Bad => true,
        Entry::BadOfMaker => of_maker(),
        _ => false,
    };
    if forms.is_empty() && entries.iter().any(bad) && side.malformed("Principal") {
        forms.push(Form::Everyone);
    }
    forms
}

/// `NotPrincipal` (S-PRN-18..21): whether the statement applies to the caller.
pub fn not_principal(side: &Side, element: &Value) -> bool {
    let caller = side.world.caller;
    let Some(entries) = entries(side, element).filter(|e| !e.is_empty()) else {
        return side.malformed("NotPrincipal");
    };
    // U-13: who is listed is the caller itself; its account alone is not enough.
    let itself = |e: &Entry| match e {
        Entry::Yes(Form::Account) => matches!(caller.kind, Kind::Root | Kind::AssumedRoot),
        Entry::Yes(Form::User) => caller.kind != Kind::FederatedUser,
        Entry::Yes(_) => true,
        _ => false,
    };
    if side.is_allow {
        // U-53: open for callers that are not listed. An entry that can't be read may list anybody (S-TRI-07).
        let listed = entries.iter().any(|e| itself(e) || matches!(e, Entry::Bad));
        return !listed && side.world.doubts.maybe(&format!("{}: Allow with NotPrincipal (U-53)", side.name));
    }
    let bounded = matches!(caller.kind, Kind::User | Kind::SessionToken | Kind::Role | Kind::Session);
    if bounded && caller.has_boundary {
        return true; // S-PRN-20
    }
    let bound =
        || side.world.doubts.choose(doubts::Kind::Missing, "whether the caller has a boundary", 2) == 1;
    if bounded && caller.may_have_boundary && bound() {
        return true; // S-PRN-20, S-EVAL-11
    }
    let lists = |form: Form| entries.iter().any(|e| matches!(e, Entry::Yes(other) if *other == form));
    let with_parents = |e: &Entry| match e {
        Entry::Yes(Form::User | Form::Role | Form::FederatedUser) => lists(Form::Account),
        Entry::Yes(Form::Session) => lists(Form::Account) && lists(Form::Role),
        _ => true,
    };
    let counts = |e: &Entry| with_parents(e) || side.world.doubts.reads("U-13", true, "itself");
    let exempt = entries.iter().any(|e| itself(e) && counts(e));
    if !exempt && entries.iter().any(|e| matches!(e, Entry::Bad)) {
        return side.malformed("NotPrincipal");
    }
    !exempt
}

/// Every entry compared with the caller. `None`: the element is neither `*` nor a map.
fn entries(side: &Side, element: &Value) -> Option<Vec<Entry>> {
    match element {
        Value::String(text) if text == "*" => Some(vec![Entry::Yes(Form::Everyone)]),
        Value::Array(values) if values.is_empty() => Some(Vec::new()),
        Value::Object(classes) => Some(from_map(side, classes)),
        _ => None,
    }
}

fn from_map(side: &Side, classes: &Map<String, Value>) -> Vec<Entry> {
    let mut found = Vec::new();
    for (class, values) in classes {
        for value in json::list(values) {
            found.push(match (class.as_str(), json::scalar(value)) {
                (_, None) => Entry::Bad,
                ("AWS", Some(text)) => aws(side, &text),
                ("Service", Some(text)) => service(side, &text),
                ("Federated", Some(text)) => federated(side, &text),
                ("CanonicalUser", Some(text)) => canonical(side, &text),
                _ => Entry::Bad,
            });
        }
    }
    found
}

fn yes(matches: bool, form: Form) -> Entry {
    if matches { Entry::Yes(form) } else { Entry::No }
}

fn aws(side: &Side, text: &str) -> Entry {
    let caller = side.world.caller;
    if text == "*" {
        // U-39: one reading for every such entry.
        let everybody = caller.kind != Kind::Service
            || side.world.doubts.maybe("{\"AWS\":\"*\"} means services too (U-39)");
        return yes(everybody, Form::Everyone);
    }
    if is_account(text) {
        return account(side, text);
    }
    if is_unique_id(text) {
        return unique_id(side, text);
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [_, partition, service, _, field, resource] = parts[..] else { return Entry::Bad };
    if parts[0] != "arn" {
        return Entry::Bad;
    }
    if text.contains(['*', '?']) {
        // S-PRN-14, S-PRN-24: open at most for the callers that the glob covers.
        return match () {
            () if may_cover(caller, text) => Entry::Bad,
            () if may_cover_maker(caller, text) => Entry::BadOfMaker,
            () => Entry::No,
        };
    }
    let (word, name) = resource.split_once('/').unwrap_or((resource, ""));
    match (service, word) {
        ("iam", "root") if is_account(field) => {
            if partition == caller.partition {
                account(side, field)
            } else {
                Entry::No
            }
        }
        ("iam", "user") if caller.kind == Kind::AwsOwned => yes(text == caller.text, Form::AwsOwned),
        ("iam", "user") => {
            let of_account = caller.account.as_deref() == Some(field) && partition == caller.partition;
            let named = match &caller.user_arn {
                Some(user) => user == text,
                None if caller.kind == Kind::FederatedUser && of_account => {
                    side.world.doubts.maybe_equals("who made the session", text)
                }
                None => false,
            };
            let made = caller.kind == Kind::FederatedUser && !side.is_allow;
            yes(named && (!made || side.world.doubts.reads("U-14", true, "match")), Form::User)
        }
        ("iam", "role") => yes(is_role(caller, partition, field, name, text), Form::Role),
        ("iam", "group") => group(side, field, text),
        ("sts", "assumed-role") => session(side, text, name),
        ("sts", "federated-user") => {
            yes(caller.kind == Kind::FederatedUser && caller.text == text, Form::FederatedUser)
        }
        ("iam" | "sts", _) => Entry::No,
        _ => Entry::Bad,
    }
}

/// Whether a glob covers the caller: by one of its ARNs, as the account in which it is, or as a session that nobody names.
fn may_cover(caller: &Caller, text: &str) -> bool {
    let mut forms = caller.arns();
    if caller.kind == Kind::FederatedUser {
        forms.retain(|form| Some(form) != caller.user_arn.as_ref());
    }
    if let Some(account) = caller.account.as_ref().filter(|_| caller.is_iam()) {
        forms.push(format!("arn:{}:iam::{account}:root", caller.partition));
        let is_open = !matches!(caller.session_name, SessionName::Known(_));
        if let Some(role) = caller.role_name.as_ref().filter(|_| is_open && caller.is_role_session()) {
            let end = text.rsplit('/').next().unwrap_or(text).replace('*', "xx").replace('?', "x");
            forms.push(format!("arn:{}:sts::{account}:assumed-role/{role}/{end}", caller.partition));
        }
    }
    forms.iter().any(|form| glob(text, form))
}

/// Whether a glob covers the user who made a federated session (S-PRN-22, U-14).
fn may_cover_maker(caller: &Caller, text: &str) -> bool {
    let made = caller.kind == Kind::FederatedUser;
    let maker = match (&caller.user_arn, &caller.account) {
        (Some(user), _) => user.clone(),
        (None, Some(account)) => {
            let name = text.split_once(":user/").map_or("x", |(_, name)| name).replace(['*', '?'], "x");
            format!("arn:{}:iam::{account}:user/{name}", caller.partition)
        }
        (None, None) => return false,
    };
    made && glob(text, &maker)
}

fn account(side: &Side, id: &str) -> Entry {
    let caller = side.world.caller;
    if caller.kind == Kind::AwsOwned {
        return yes(caller.account.as_deref() == Some(id), Form::AwsOwned);
    }
    if !caller.is_iam() || caller.account.as_deref() != Some(id) {
        return Entry::No;
    }
    // S-VPCE-03: in the policy of a gateway endpoint an account is its root user.
    let root = matches!(caller.kind, Kind::Root | Kind::AssumedRoot);
    yes(side.kind != PolicyKind::GatewayEndpoint || root, Form::Account)
}

/// A role ARN stands for all sessions of the role. Without a known path the name decides (S-PRN-06).
fn is_role(caller: &Caller, partition: &str, field: &str, name: &str, text: &str) -> bool {
    if !caller.is_role_session() {
        return false;
    }
    match (&caller.role_arn, &caller.role_name) {
        (Some(arn), _) => arn == text,
        (None, Some(role)) => {
            let last = name.rsplit('/').next().unwrap_or(name);
            partition == caller.partition
                && caller.account.as_deref() == Some(field)
                && last.eq_ignore_ascii_case(role)
        }
        (None, None) => false,
    }
}

/// `name`: `RoleName/SessionName`.
fn session(side: &Side, text: &str, name: &str) -> Entry {
    let caller = side.world.caller;
    let Some((role, session)) = name.split_once('/') else { return Entry::Bad };
    let charset = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !caller.is_role_session() || !(2..=64).contains(&session.len()) || !session.chars().all(charset) {
        return Entry::No;
    }
    match &caller.session_name {
        SessionName::Known(_) => yes(caller.text == text, Form::Session),
        SessionName::Unnamed => Entry::No,
        SessionName::Open => {
            let same_account = caller.account.as_deref() == text.split(':').nth(4);
            let same_role = caller.role_name.as_deref() == Some(role);
            // A stated id says which session it is.
            let stated = side.world.context.first("aws:userid");
            let is_it = |id: &str| id.split_once(':').is_some_and(|(_, name)| name == session);
            let named = || match stated {
                Some(id) if id.contains(':') => is_it(id),
                _ => side.world.doubts.maybe_equals("session name", session),
            };
            let hit = same_account && same_role && named();
            yes(hit, Form::Session)
        }
    }
}

/// S-PRN-15: malformed, and open for users of the group only.
fn group(side: &Side, field: &str, text: &str) -> Entry {
    let caller = side.world.caller;
    let user =
        matches!(caller.kind, Kind::User | Kind::SessionToken) && caller.account.as_deref() == Some(field);
    let member = match &caller.groups {
        Some(groups) => groups.iter().any(|g| g == text),
        None => true,
    };
    let made = caller.kind == Kind::FederatedUser && !caller.is_federated_root();
    match () {
        () if user && member => Entry::Bad,
        () if made && caller.account.as_deref() == Some(field) => Entry::BadOfMaker,
        () => Entry::No,
    }
}

fn is_unique_id(text: &str) -> bool {
    let prefix = ["AIDA", "AROA", "AGPA", "ANPA", "AIPA"].iter().any(|p| text.starts_with(p));
    prefix && text.len() >= 16 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// S-PRN-11.
fn unique_id(side: &Side, text: &str) -> Entry {
    let caller = side.world.caller;
    let form = match caller.kind {
        Kind::User | Kind::SessionToken if text.starts_with("AIDA") => Form::User,
        Kind::Role | Kind::Session if text.starts_with("AROA") => Form::Role,
        // S-PRN-22: the id of the user who made the session.
        Kind::FederatedUser if text.starts_with("AIDA") && !caller.is_federated_root() => {
            if !side.is_allow && !side.world.doubts.reads("U-14", true, "match") {
                return Entry::No;
            }
            Form::User
        }
        _ => return Entry::No,
    };
    match &caller.unique_id {
        Some(id) => yes(id == text, form),
        None if caller.ids_of_others.iter().any(|id| id == text) => Entry::No,
        None => yes(side.world.doubts.maybe_equals("unique id of the caller", text), form),
    }
}

fn service(side: &Side, text: &str) -> Entry {
    let caller = side.world.caller;
    if caller.kind != Kind::Service {
        return Entry::No;
    }
    if text == "*" {
        return yes(side.world.doubts.reads("U-12", !side.is_allow, "match"), Form::Service);
    }
    if text.contains(['*', '?', '$']) || !text.contains('.') {
        return if glob(text, &caller.text) || !text.contains('.') { Entry::Bad } else { Entry::No };
    }
    let regional = || {
        // U-63: `x.REGION.amazonaws.com` against `x.amazonaws.com` in a trust policy.
        let (name, rest) = text.split_once('.').unwrap_or((text, ""));
        let caller_rest = caller.text.strip_prefix(name).and_then(|r| r.strip_prefix('.')).unwrap_or("");
        caller_rest
            .strip_suffix(rest)
            .and_then(|r| r.strip_suffix('.'))
            .is_some_and(|region| !region.contains('.'))
    };
    let by_region =
        || side.kind == PolicyKind::Trust && regional() && side.world.doubts.reads("U-63", true, "match");
    yes(caller.text == text || by_region(), Form::Service)
}

fn federated(side: &Side, text: &str) -> Entry {
    let caller = side.world.caller;
    let Some(provider) = caller.provider.as_deref() else { return Entry::No };
    if text == "*" {
        return yes(side.world.doubts.reads("U-12", !side.is_allow, "match"), Form::Federated);
    }
    if text.contains(['*', '?']) {
        return if glob(text, provider) { Entry::Bad } else { Entry::No };
    }
    yes(provider == text, Form::Federated)
}

/// S-PRN-10: without a mapping it is open which account a canonical id is.
fn canonical(side: &Side, text: &str) -> Entry {
    let caller = side.world.caller;
    let form = match caller.kind {
        Kind::AwsOwned => Form::AwsOwned,
        _ if caller.is_iam() => Form::Account,
        _ => return Entry::No,
    };
    if text.is_empty() || text.contains(|c: char| !c.is_ascii_alphanumeric()) {
        return Entry::Bad;
    }
    let known = side.world.canonical_ids.iter().find(|(id, _)| id == text);
    match known {
        Some((_, account)) => yes(caller.account.as_ref() == Some(account), form),
        None => yes(side.world.doubts.maybe_equals("canonical id of the caller", text), form),
    }
}
