//! Keys that cannot come out in just any combination (S-TRI-06, S-TRI-09, U-58). Only what is given or completed takes
//! part; of a key that is neither nothing is said.

use super::caller::Kind;
use super::request::Request;
use super::values::instant;

/// What is said of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    NotStated,
    Absent,
    Values(Vec<String>),
}

impl Known {
    fn is_present(&self) -> bool {
        matches!(self, Self::Values(_))
    }

    /// Stated, and not this one value.
    fn is_not(&self, value: &str) -> bool {
        match self {
            Self::NotStated => false,
            Self::Absent => true,
            Self::Values(values) => values.len() != 1 || !values[0].eq_ignore_ascii_case(value),
        }
    }
}

const PATH: [&str; 3] = ["aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip"];
const PATH_DETAILS: [&str; 4] = ["aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"];
const BY_SERVICES: [&str; 6] = [
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
];
const TOGETHER: [(&str, &str); 4] = [
    ("aws:principalorgid", "aws:principalorgpaths"),
    ("aws:resourceorgid", "aws:resourceorgpaths"),
    ("aws:sourceorgid", "aws:sourceorgpaths"),
    ("aws:vpceorgid", "aws:vpceorgpaths"),
];

/// Whether the keys can come out like this together, for each group of keys that have nothing to do with the others. `keys`: all
/// that are not known, in lower case.
pub fn together(request: &Request, keys: &[&str], known: &dyn Fn(&str) -> Known) -> [bool; 3] {
    let caller = path(known) && session(request, keys, known) && services(request, known) && rows(known);
    [caller && organizations(known), tags(request, keys, known), time(known)]
}

/// A public address or an endpoint, with all of its keys.
fn path(known: &dyn Fn(&str) -> Known) -> bool {
    let present = |key: &&str| known(key).is_present();
    let absent = |key: &&str| known(key) == Known::Absent;
    let through = PATH.iter().chain(&PATH_DETAILS).any(present);
    let public = known("aws:sourceip").is_present();
    let half = PATH.iter().any(absent);
    // S-KEY-09: a forward access session leaves the endpoint behind.
    let forwarded = known("aws:viaawsservice").is_present() && !known("aws:viaawsservice").is_not("true");
    !through || !(public || half || forwarded)
}

fn session(request: &Request, keys: &[&str], known: &dyn Fn(&str) -> Known) -> bool {
    let issued = known("aws:tokenissuetime");
    // A user or root may work with long-term keys or in the console.
    let either = matches!(request.caller.kind, Kind::User | Kind::Root) && !request.caller.session_token;
    let temporary = request.caller.is_iam() && !either;
    let long_term = either && issued == Known::Absent;
    let mfa = known("aws:multifactorauthpresent");
    let forwarded = known("aws:viaawsservice") == Known::Values(vec!["true".to_owned()]);
    let for_user = forwarded && request.caller.kind == Kind::User;
    // Where keys are stated to be long-term ones a service says that no MFA was used, whatever is stated beside it.
    let open = |key: &str| known(key) == Known::NotStated && keys.contains(&key);
    let stated = for_user && !issued.is_present() && !keys.contains(&"aws:tokenissuetime");
    let without_mfa = known("aws:multifactorauthage").is_present() && mfa.is_not("true") && !stated;
    // S-KEY-22: long-term keys carry it in a forward access session only.
    // An age that is stated beside long-term keys stands.
    let age_is_stated = stated && !keys.contains(&"aws:multifactorauthage");
    let aged = long_term && known("aws:multifactorauthage").is_present() && !age_is_stated;
    let may_forward = forwarded || open("aws:viaawsservice");
    let is_used = mfa.is_present() && !mfa.is_not("true") && !stated;
    let out_of_place = (long_term && (is_used || mfa.is_present() && !may_forward)) || aged;
    let wrong_time = temporary && issued == Known::Absent;
    // S-KEY-22: what a service does for a user says whether it used MFA, and so do credentials of GetSessionToken.
    let silent = (for_user || request.caller.session_token) && mfa == Known::Absent;
    let with_keys = for_user
        && !issued.is_present()
        && !open("aws:tokenissuetime")
        && mfa == Known::Values(vec!["true".to_owned()]);
    // Sessions of OpenID Connect say nothing of MFA.
    let by_web = known("aws:federatedprovider").is_present() && mfa.is_present();
    let impossible = by_web || without_mfa || out_of_place || wrong_time || silent || with_keys;
    !impossible
}

/// The keys that say who calls are those of one kind of caller (S-KEY-01).
fn rows(known: &dyn Fn(&str) -> Known) -> bool {
    const TYPES: [&str; 5] = ["User", "AssumedRole", "FederatedUser", "Account", "Anonymous"];
    let keys =
        ["aws:principaltype", "aws:principalarn", "aws:principalaccount", "aws:userid", "aws:username"];
    let [ty, arn, account, id, name] = keys.map(known);
    let issued = known("aws:tokenissuetime");
    let text = |known: &Known| match known {
        Known::Values(values) => values.first().cloned(),
        _ => None,
    };
    let is = |known: &Known, fits: &dyn Fn(&str) -> bool| match known {
        Known::NotStated => true,
        Known::Absent => false,
        Known::Values(values) => values.iter().all(|value| fits(value)),
    };
    let number = match text(&arn) {
        Some(arn) => arn.split(':').nth(4).map(str::to_owned),
        None => text(&account),
    };
    let of_account = |text: &str| number.as_deref().is_none_or(|number| number == text);
    let digits = |text: &str| text.len() == 12 && text.chars().all(|c| c.is_ascii_digit());
    let last = text(&arn).and_then(|arn| arn.rsplit('/').next().map(str::to_owned));
    let of_name = |name: &str| last.as_deref().is_none_or(|last| last == name);
    let kind_of = |arn: &str| {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        match (parts.get(2).copied(), parts.get(5).copied().unwrap_or_default()) {
            (Some("iam"), "root") => "Account",
            (Some("iam"), resource) if resource.starts_with("user/") => "User",
            (Some("iam"), resource) if resource.starts_with("role/") => "AssumedRole",
            (Some("sts"), resource) if resource.starts_with("federated-user/") => "FederatedUser",
            _ => "",
        }
    };
    let of_form = |kind: &str, id: &str| match kind {
        "User" => id.starts_with("AIDA") && !id.contains(':'),
        "AssumedRole" => id.starts_with("AROA") && id.contains(':'),
        "FederatedUser" => id.split_once(':').is_some_and(|(account, name)| {
            !account.starts_with("AROA") && of_account(account) && of_name(name)
        }),
        "Account" => of_account(id),
        "Anonymous" => id == "anonymous",
        _ => false,
    };
    let signed = ["User", "AssumedRole", "FederatedUser", "Account"].iter().any(|kind| {
        let temporary = matches!(*kind, "AssumedRole" | "FederatedUser");
        let named = match *kind {
            "User" => is(&name, &|name| of_name(name)),
            _ => !name.is_present(),
        };
        named
            && !(temporary && issued == Known::Absent)
            && is(&ty, &|ty| ty == *kind)
            && is(&arn, &|arn| kind_of(arn) == *kind)
            && is(&account, &|account| of_account(account))
            && is(&id, &|id| of_form(kind, id))
    });
    let unsigned = !name.is_present()
        && !arn.is_present()
        && is(&ty, &|ty| ty == "Anonymous")
        && is(&account, &|account| account == "anonymous")
        && is(&id, &|id| id == "anonymous");
    // A service, or somebody without credentials of AWS.
    let plain = |known: &Known, taken: &dyn Fn(&str) -> bool| text(known).is_none_or(|text| !taken(&text));
    let taken_id = |id: &str| {
        of_form("User", id)
            || of_form("AssumedRole", id)
            || id == "anonymous"
            || digits(id.split(':').next().unwrap_or_default())
    };
    let other = !name.is_present()
        && plain(&ty, &|ty| TYPES.contains(&ty))
        && plain(&arn, &|arn| !kind_of(arn).is_empty())
        && plain(&account, &|account| account == "anonymous")
        && plain(&id, &taken_id);
    signed || unsigned || other
}

fn services(request: &Request, known: &dyn Fn(&str) -> Known) -> bool {
    let is_service = request.caller.kind == Kind::Service;
    let called = ["aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "kms:viaservice"]
        .iter()
        .any(|k| known(k).is_present());
    let via = known("aws:viaawsservice");
    let itself = known("aws:principalisawsservice");
    let by_service = BY_SERVICES.iter().any(|key| known(key).is_present());
    // Where nothing follows from the caller, the key says what the caller is.
    let follows = request.derives;
    if follows && itself.is_present() && itself.is_not(if is_service { "true" } else { "false" }) {
        return false;
    }
    let is_service = match follows {
        true => is_service,
        false => itself.is_present() && !itself.is_not("true"),
    };
    let (first, last) = (known("aws:calledviafirst"), known("aws:calledvialast"));
    let chain = match known("aws:calledvia") {
        // Its two ends are there together.
        Known::NotStated => {
            let stated = first != Known::NotStated && last != Known::NotStated;
            !stated || first.is_present() == last.is_present()
        }
        Known::Absent => !first.is_present() && !last.is_present(),
        Known::Values(values) => {
            let is = |known: &Known, value: Option<&String>| value.is_some_and(|value| !known.is_not(value));
            is(&first, values.first()) && is(&last, values.last())
        }
    };
    if !chain {
        return false;
    }
    let forwarded = via.is_present() && !via.is_not("true");
    let impossible = (called && via.is_not("true"))
        || (forwarded && is_service)
        || (by_service && (follows && !is_service || itself.is_not("true")));
    !impossible
}

fn organizations(known: &dyn Fn(&str) -> Known) -> bool {
    TOGETHER.iter().all(|(one, other)| {
        let (one, other) = (known(one), known(other));
        // S-KEY-05
        let within = match (&one, &other) {
            (Known::Values(ids), Known::Values(paths)) => {
                paths.iter().all(|path| ids.iter().any(|id| path.split('/').next() == Some(id)))
            }
            _ => true,
        };
        let stated = one != Known::NotStated && other != Known::NotStated;
        !stated || (one.is_present() == other.is_present() && within)
    })
}

/// A tag that is passed is among the keys that are passed, and for calls that set tags the reverse.
fn tags(request: &Request, keys: &[&str], known: &dyn Fn(&str) -> Known) -> bool {
    const TAG: &str = "aws:requesttag/";
    let listed = match known("aws:tagkeys") {
        Known::NotStated => return true,
        Known::Absent => Vec::new(),
        Known::Values(listed) => listed,
    };
    let given: Vec<String> =
        request.targets.iter().flat_map(|target| target.context.stated()).map(str::to_owned).collect();
    let all = keys.iter().copied().chain(given.iter().map(String::as_str));
    let sets = request.untags().is_none();
    all.filter_map(|key| key.strip_prefix(TAG).map(|tag| (key, tag))).all(|(key, tag)| {
        let is_listed = listed.iter().any(|key| key.eq_ignore_ascii_case(tag));
        let value = known(key);
        if is_listed { value != Known::Absent || !sets } else { !value.is_present() }
    })
}

/// Both keys of the time are one instant.
fn time(known: &dyn Fn(&str) -> Known) -> bool {
    let first = |key: &str| match known(key) {
        Known::Values(values) => values.first().and_then(|value| instant(value)),
        _ => None,
    };
    match (first("aws:currenttime"), first("aws:epochtime")) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}
