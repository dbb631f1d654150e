//! Which keys a request cannot hold together, or only together (S-TRI-06, S-TRI-09, U-58).

use std::sync::LazyLock;

use super::principal;
use crate::region::condition::key::{KeyValue, Known};
use crate::region::condition::value::date;

/// The key that lists the tags of a call.
pub(super) const TAG_KEYS: &str = "aws:tagkeys";

/// What couplings look at in the value of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Facts {
    present: bool,
    /// Whether the value is `true`; of a key of the caller, that it is of temporary credentials.
    is_true: bool,
}

/// Whether a value is one of which more follows than of any other: `true`, or that of a session's key (S-KEY-01).
fn is_true(name: &str, text: &str) -> bool {
    match name {
        "aws:principaltype" => matches!(text, "AssumedRole" | "FederatedUser"),
        "aws:principalarn" => principal::is_of_session(text),
        "aws:userid" => text.starts_with("AROA") && text.contains(':'),
        _ => text.eq_ignore_ascii_case("true"),
    }
}

impl Facts {
    /// All of them, by number.
    const ALL: [Self; 4] = [
        Self { present: false, is_true: false },
        Self { present: false, is_true: true },
        Self { present: true, is_true: false },
        Self { present: true, is_true: true },
    ];

    fn number(self) -> usize {
        2 * usize::from(self.present) + usize::from(self.is_true)
    }

    /// Those of what is known of a key, by its lower-case name.
    pub(super) fn known(name: &str, known: &Known<'_>) -> Self {
        let present = match known {
            Known::Absent | Known::Unknown | Known::As(_) => false,
            Known::Many(values) => !values.is_empty(),
            Known::One(_) | Known::Held | Known::Named(..) => true,
        };
        Self { present, is_true: matches!(known, Known::One(text) if is_true(name, text)) }
    }

    /// Those of the value of a key, by its lower-case name.
    pub(super) fn of(name: &str, value: &KeyValue) -> Self {
        Self {
            present: *value != KeyValue::Absent,
            is_true: matches!(value, KeyValue::One(text) if is_true(name, text)),
        }
    }
}

/// A fact about one of the coupled keys.
#[derive(Clone, Copy)]
enum Fact {
    Present,
    Absent,
    True,
    NotTrue,
}

use Fact::{Absent, NotTrue, Present, True};

/// Implications between facts; their contrapositives and consequences are added.
const RULES: [(&str, Fact, &str, Fact); 43] = [
    ("aws:sourcevpce", Present, "aws:sourceip", Absent),
    ("aws:sourcevpce", Present, "aws:sourcevpc", Present),
    ("aws:sourcevpc", Present, "aws:vpcsourceip", Present),
    ("aws:vpcsourceip", Present, "aws:sourcevpce", Present),
    ("aws:sourcevpcarn", Present, "aws:sourcevpce", Present),
    ("aws:vpceaccount", Present, "aws:sourcevpce", Present),
    ("aws:vpceorgid", Present, "aws:sourcevpce", Present),
    ("aws:vpceorgid", Present, "aws:vpceorgpaths", Present),
    ("aws:vpceorgpaths", Present, "aws:vpceorgid", Present),
    ("aws:calledvia", Present, "aws:calledviafirst", Present),
    ("aws:calledviafirst", Present, "aws:calledvialast", Present),
    ("aws:calledvialast", Present, "aws:calledvia", Present),
    ("aws:calledvia", Present, "aws:viaawsservice", True),
    ("aws:viaawsservice", True, "aws:principalisawsservice", NotTrue),
    // Absent from direct calls (S-KMS-13).
    ("kms:viaservice", Present, "aws:viaawsservice", True),
    // What a service does with a caller's credentials does not travel through the caller's endpoint (S-KEY-09).
    ("aws:viaawsservice", True, "aws:sourcevpce", Absent),
    ("aws:principalservicename", Present, "aws:principalisawsservice", True),
    ("aws:principalservicenameslist", Present, "aws:principalisawsservice", True),
    // A call by a service principal names it, belongs to no organization and to no user (S-KEY-35).
    ("aws:principalisawsservice", True, "aws:principalservicename", Present),
    ("aws:principalisawsservice", True, "aws:principalservicenameslist", Present),
    ("aws:principalisawsservice", True, "aws:principalorgid", Absent),
    ("aws:principalisawsservice", True, "aws:username", Absent),
    ("aws:sourcearn", Present, "aws:principalisawsservice", True),
    ("aws:sourceaccount", Present, "aws:principalisawsservice", True),
    ("aws:sourceorgid", Present, "aws:principalisawsservice", True),
    ("aws:sourceorgid", Present, "aws:sourceorgpaths", Present),
    ("aws:sourceorgpaths", Present, "aws:sourceorgid", Present),
    ("aws:principalorgid", Present, "aws:principalorgpaths", Present),
    ("aws:principalorgpaths", Present, "aws:principalorgid", Present),
    ("aws:resourceorgid", Present, "aws:resourceorgpaths", Present),
    ("aws:resourceorgpaths", Present, "aws:resourceorgid", Present),
    ("aws:multifactorauthage", Present, "aws:multifactorauthpresent", True),
    // Multi-factor authentication shows in temporary credentials only (S-KEY-22).
    ("aws:multifactorauthpresent", True, "aws:tokenissuetime", Present),
    // Sessions of OpenID Connect hold it, and never say anything of MFA (S-KEY-22).
    ("aws:federatedprovider", Present, "aws:multifactorauthpresent", Absent),
    ("aws:username", Present, "aws:principalarn", Present),
    ("aws:principalarn", Present, "aws:principalaccount", Present),
    ("aws:principalarn", Present, "aws:principaltype", Present),
    ("aws:principalarn", Present, "aws:userid", Present),
    // Sessions have temporary credentials.
    ("aws:principaltype", True, "aws:tokenissuetime", Present),
    ("aws:principalarn", True, "aws:tokenissuetime", Present),
    ("aws:userid", True, "aws:tokenissuetime", Present),
    ("aws:assumedroot", True, "aws:username", Absent),
    ("aws:assumedroot", True, "aws:tokenissuetime", Present),
];

/// A set of facts, by their bits.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Bits([u128; 2]);

impl Bits {
    fn of(bit: usize) -> Self {
        let mut bits = Self::default();
        if let Some(part) = bits.0.get_mut(bit / 128) {
            *part = 1 << (bit % 128);
        }
        bits
    }

    /// The four facts of a key.
    fn of_key(index: usize) -> Self {
        (0..4).map(|fact| Self::of(4 * index + fact)).fold(Self::default(), Self::or)
    }

    fn or(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.0, other.0);
        Self([a | c, b | d])
    }

    fn meets(self, other: Self) -> bool {
        let ([a, b], [c, d]) = (self.0, other.0);
        a & c != 0 || b & d != 0
    }

    fn has(self, bit: usize) -> bool {
        self.meets(Self::of(bit))
    }
}

/// Facts of all keys as bits, and what follows from them.
struct Implications {
    keys: Vec<&'static str>,
    /// Of what is known of each key, by [`Facts::number`].
    follows_of: Vec<[Bits; 4]>,
    /// The class of each key.
    classes: Vec<u8>,
}

impl Implications {
    /// What follows from what is known of a key.
    fn of(&self, index: usize, facts: Facts) -> Bits {
        self.follows_of.get(index).map_or(Bits::default(), |follows| follows[facts.number()])
    }

    /// The class of a key: one for all that are coupled, directly or not.
    fn class(follows: &[Bits], index: usize) -> u8 {
        let mut members = Bits::of_key(index);
        loop {
            let coupled = follows
                .iter()
                .enumerate()
                .filter(|(bit, follows)| members.has(*bit) || follows.meets(members));
            let grown =
                coupled.fold(members, |grown, (bit, follows)| grown.or(*follows).or(Bits::of_key(bit / 4)));
            if grown == members {
                let first = (0..follows.len() / 4).find(|&key| members.meets(Bits::of_key(key)));
                return 3 + first.unwrap_or(index) as u8;
            }
            members = grown;
        }
    }
}

static IMPLICATIONS: LazyLock<Implications> = LazyLock::new(|| {
    let mut keys: Vec<&str> = RULES.iter().flat_map(|(a, _, b, _)| [*a, *b]).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut follows: Vec<Bits> = (0..4 * keys.len()).map(Bits::of).collect();
    let mut imply = |from: usize, to: usize| {
        for (from, to) in [(from, to), (negation(to), negation(from))] {
            if let Some(facts) = follows.get_mut(from) {
                *facts = facts.or(Bits::of(to));
            }
        }
    };
    let bit = |key: &str, fact: Fact| 4 * keys.binary_search(&key).unwrap_or(0) + fact as usize;
    for key in &keys {
        imply(bit(key, True), bit(key, Present));
    }
    for (a, fact_a, b, fact_b) in RULES {
        imply(bit(a, fact_a), bit(b, fact_b));
    }
    for through in 0..follows.len() {
        let further = follows.get(through).copied().unwrap_or_default();
        for facts in follows.iter_mut().filter(|facts| facts.has(through)) {
            *facts = facts.or(further);
        }
    }
    let of_facts = |index| {
        Facts::ALL.map(|facts| {
            let holds = bits(index, facts);
            let follows = follows.iter().enumerate().filter(|(bit, _)| holds.has(*bit));
            follows.fold(Bits::default(), |all, (_, follows)| all.or(*follows))
        })
    };
    let follows_of = (0..keys.len()).map(of_facts).collect();
    let classes = (0..keys.len()).map(|index| Implications::class(&follows, index)).collect();
    Implications { keys, follows_of, classes }
});

/// The bit of the opposite fact of the same key: present and absent, true and not true stand side by side.
fn negation(bit: usize) -> usize {
    bit ^ 1
}

/// The place of a key among those with rules.
pub(super) fn index(name: &str) -> Option<usize> {
    IMPLICATIONS.keys.binary_search(&name).ok()
}

/// The bits of what holds.
fn bits(index: usize, facts: Facts) -> Bits {
    let present = if facts.present { Present } else { Absent };
    let truth = if facts.is_true { True } else { NotTrue };
    Bits::of(4 * index + present as usize).or(Bits::of(4 * index + truth as usize))
}

/// Whether a request can hold the two keys, given by their [`index`], with these facts. Facts that agree in pairs agree
/// altogether: what two of them would contradict together, one of them already excludes of the other.
pub(super) fn agree((a, facts_a): (usize, Facts), (b, facts_b): (usize, Facts)) -> bool {
    let false_of_b = bits(b, Facts { present: !facts_b.present, is_true: !facts_b.is_true });
    !IMPLICATIONS.of(a, facts_a).meets(false_of_b)
}

/// Whether what is said of the first key says something of the second.
pub(super) fn says_of((name, facts): (&str, Facts), other: &str) -> bool {
    let group = |name| bundle(name).map(|(bundle, _)| bundle);
    if name == other {
        return false;
    }
    if (group(name).is_some() && group(name) == group(other)) || (is_of_tags(name) && is_of_tags(other)) {
        return true;
    }
    let (Some(this), Some(other)) = (index(name), index(other)) else { return false };
    IMPLICATIONS.of(this, facts).meets(Bits::of_key(other))
}

/// Whether something that could be known of the first key would say something of the second.
pub(super) fn may_say_of(name: &str, other: &str) -> bool {
    Facts::ALL.into_iter().any(|facts| says_of((name, facts), other))
}

/// Whether a request that holds some texts under other keys can hold this key too (S-TRI-06, S-TRI-09). Names are in
/// lower case.
pub fn goes_with<'t>(name: &str, held: impl Iterator<Item = (&'t str, &'t str)>) -> bool {
    let Some(this) = index(name) else { return true };
    let present = Facts { present: true, is_true: false };
    let mut others = held.filter_map(|(name, text)| {
        Some((index(name)?, Facts { present: true, is_true: is_true(name, text) }))
    });
    others.all(|other| {
        agree((this, present), other) || agree((this, Facts { is_true: true, ..present }), other)
    })
}

/// Whether what a key holds says something of other keys.
pub fn is_coupled(name: &str) -> bool {
    index(name).is_some() || bundle(name).is_some() || is_of_tags(name)
}

/// Each two of the keys that no request holds together with these values, or of which one determines another value of the other
/// (S-TRI-06, S-TRI-09). Names are in lower case.
pub fn contradictions<'n>(held: &[(&'n str, KeyValue)]) -> Vec<(&'n str, &'n str)> {
    let pairs =
        held.iter().enumerate().flat_map(|(at, one)| held.iter().skip(at + 1).map(move |other| (one, other)));
    let against = |((a, of_a), (b, of_b)): (&(&str, KeyValue), &(&str, KeyValue))| {
        let agree = match (index(a), index(b)) {
            (Some(at_a), Some(at_b)) => agree((at_a, Facts::of(a, of_a)), (at_b, Facts::of(b, of_b))),
            _ => true,
        };
        let listed = is_listed((a, of_a), (b, of_b)) && is_listed((b, of_b), (a, of_a));
        !agree || !listed || !holds(&[(a, of_a), (b, of_b)])
    };
    pairs.filter(|&(one, other)| against((one, other))).map(|(one, other)| (one.0, other.0)).collect()
}

/// Whether a tag that is passed is among the keys of tags, if the two keys are of these.
fn is_listed((tag, value): (&str, &KeyValue), (list, keys): (&str, &KeyValue)) -> bool {
    let Some(tag) = tag_of(tag, list).filter(|_| *value != KeyValue::Absent) else { return true };
    match keys {
        KeyValue::Absent => false,
        KeyValue::One(key) => key.eq_ignore_ascii_case(tag),
        KeyValue::Many(keys) => keys.iter().any(|key| key.eq_ignore_ascii_case(tag)),
    }
}

/// The class of the keys of tags.
const TAGS: u8 = 2;

/// Keys of one class may be coupled; those of class 0 are coupled with none.
pub(super) fn class(name: &str) -> u8 {
    match bundle(name) {
        Some((Bundle::Time, _)) => 1,
        _ if is_of_tags(name) => TAGS,
        _ => index(name).and_then(|index| IMPLICATIONS.classes.get(index).copied()).unwrap_or(0),
    }
}

/// Whether a key is of the tags of a call.
fn is_of_tags(name: &str) -> bool {
    name == TAG_KEYS || name.starts_with("aws:requesttag/")
}

/// The tag key `k` if the two are `aws:RequestTag/k` and `aws:TagKeys`: what is passed is listed.
pub(super) fn tag_of<'a>(request_tag: &'a str, tag_keys: &str) -> Option<&'a str> {
    request_tag.strip_prefix("aws:requesttag/").filter(|_| tag_keys == TAG_KEYS)
}

/// Keys whose values determine each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Bundle {
    /// Current time and epoch time: one instant.
    Time,
    /// The list of calling services, its first and its last member.
    CalledVia,
    /// ARN, account, type, user name and unique id of the caller (S-KEY-01).
    Principal,
    /// An organization's id and paths within it (S-KEY-05).
    Organization(u8),
}

/// The bundle that a key belongs to, and its place in it.
pub(super) fn bundle(name: &str) -> Option<(Bundle, usize)> {
    Some(match name {
        "aws:currenttime" => (Bundle::Time, 0),
        "aws:epochtime" => (Bundle::Time, 1),
        "aws:calledvia" => (Bundle::CalledVia, 0),
        "aws:calledviafirst" => (Bundle::CalledVia, 1),
        "aws:calledvialast" => (Bundle::CalledVia, 2),
        "aws:principalarn" => (Bundle::Principal, 0),
        "aws:principalaccount" => (Bundle::Principal, 1),
        "aws:principaltype" => (Bundle::Principal, 2),
        "aws:username" => (Bundle::Principal, 3),
        "aws:userid" => (Bundle::Principal, 4),
        "aws:principalorgid" => (Bundle::Organization(0), 0),
        "aws:principalorgpaths" => (Bundle::Organization(0), 1),
        "aws:resourceorgid" => (Bundle::Organization(1), 0),
        "aws:resourceorgpaths" => (Bundle::Organization(1), 1),
        "aws:sourceorgid" => (Bundle::Organization(2), 0),
        "aws:sourceorgpaths" => (Bundle::Organization(2), 1),
        "aws:vpceorgid" => (Bundle::Organization(3), 0),
        "aws:vpceorgpaths" => (Bundle::Organization(3), 1),
        _ => return None,
    })
}

/// Whether values of coupled keys, given with their names, can be those of one request, as far as one determines the other.
pub(super) fn holds(values: &[(&str, &KeyValue)]) -> bool {
    let value = |wanted: Bundle, place: usize| {
        values.iter().find(|(name, _)| bundle(name) == Some((wanted, place))).map(|(_, value)| *value)
    };
    let text = |wanted: Bundle, place: usize| match value(wanted, place) {
        Some(KeyValue::One(text)) => Some(text.as_str()),
        _ => None,
    };
    let list = |wanted: Bundle, place: usize| match value(wanted, place) {
        Some(KeyValue::Many(texts)) => Some(texts.as_slice()),
        _ => None,
    };
    let same_instant = match (text(Bundle::Time, 0), text(Bundle::Time, 1)) {
        (Some(current), Some(epoch)) => date::parse(current) == date::parse(epoch),
        _ => true,
    };
    let ends = match list(Bundle::CalledVia, 0) {
        Some(list) => {
            let is = |end: Option<&String>, place| {
                text(Bundle::CalledVia, place).is_none_or(|text| end.is_some_and(|end| end == text))
            };
            is(list.first(), 1) && is(list.last(), 2)
        }
        None => true,
    };
    let caller = [0, 1, 2, 3, 4].map(|place| value(Bundle::Principal, place));
    let caller = principal::is_row(caller);
    let within = (0..4).map(Bundle::Organization).all(|organization| {
        match (text(organization, 0), list(organization, 1)) {
            (Some(id), Some(paths)) => paths.iter().all(|path| path.split('/').next() == Some(id)),
            _ => true,
        }
    });
    same_instant && ends && caller && within
}
