//! What the call that takes a role fixes for the calls of the session that it gives.
//!
//! source   S-KEY-07, S-KEY-22, S-KEY-30, S-SESS-08, S-TRUST-10, S-TRUST-12; UNCERTAIN U-26, as recommended, U-82

use super::further::{Further, Rule, accompanied, for_inherited_tags};
use crate::facts::keys;
use crate::region::condition::{
    ConditionId, Conditions, Effect, KeyId, Operator, OperatorName, Quantifier, RawTest, Version,
};

/// How long a session lasts at most that a session of another role made, in seconds (S-SESS-08).
pub const LONGEST_CHAINED_SESSION: u32 = 3600;

/// The parameter of a call that lists the tags which sessions of further roles inherit.
const LISTED: &str = "sts:TransitiveTagKeys";

/// The key that names the provider of OpenID Connect that vouched for a session.
const PROVIDER: &str = "aws:federatedprovider";

/// A call that takes a role.
#[derive(Clone, Copy, Debug)]
pub struct Taking {
    /// When policies allow it.
    pub asked: ConditionId,
    /// Who makes it.
    pub taker: Taker,
    /// What is so of the caller's own session.
    pub held: Held,
    /// The number of the outcome that the role, or the provider, itself has.
    pub own: u8,
    /// Whether the caller makes the claim.
    pub claims: bool,
    /// Whether sessions that inherit tags need a permission for them (U-82).
    pub tags_need: bool,
}

/// Who takes a role, as far as the new session goes by it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Taker {
    /// An IAM user.
    User,
    /// A session of a role.
    RoleSession,
    /// Somebody for whom an identity provider vouches.
    Federated,
    /// A service that always passes a source identity (S-TRUST-09).
    IdentifyingService,
    /// Another service, or somebody of whom nothing is known.
    Other,
}

/// What about a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Whether somebody signed in with MFA.
    Mfa,
    /// The source identity.
    SourceIdentity,
    /// A session tag, by its key.
    Tag,
    /// Whether sessions of further roles inherit any tag.
    InheritedTags,
    /// What the session is called.
    SessionName,
    /// A claim of an identity provider, which lasts for one session.
    Claim {
        /// Whether later requests are known to hold it: of most claims nobody says.
        stays: bool,
    },
    /// Which provider of OpenID Connect vouched for the session.
    Provider,
    /// What a service adds to the credentials that it delivers.
    Delivered,
}

/// Something that the call which makes a session decides for all requests of the session.
#[derive(Clone, Debug)]
pub struct Carried {
    /// What it is.
    pub kind: Kind,
    /// The key in the requests of the session.
    pub key: KeyId,
    /// The parameter of the call that sets it; for MFA the same key, as it stands in the call.
    parameter: KeyId,
    /// What requests can tell apart, each a condition on the key. The first: it is absent.
    pub outcomes: Vec<ConditionId>,
    /// The last outcome, where it is that the key is set, to whatever: requests of such sessions do not ask.
    any: Option<u8>,
    /// Whether the call lists the tag among those that sessions hand on.
    listed: ConditionId,
}

/// What is so of one session.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Held {
    /// Nobody knows.
    Open,
    /// It was not looked at: a session in which it is one thing or another, whose requests do not ask.
    Unasked,
    /// The outcome of that number.
    Outcome {
        /// Which.
        number: u8,
        /// Whether sessions of further roles inherit it.
        handed_on: bool,
    },
}

/// One way in which a call can set what is carried.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// What the call must hold.
    pub call: ConditionId,
    /// What is so of the new session.
    pub held: Held,
    /// What of that the caller has to pass on purpose.
    pub chosen: ConditionId,
    /// The permission that the call needs for it.
    pub needs: Option<Further>,
}

impl Held {
    const ABSENT: Self = Self::Outcome { number: 0, handed_on: false };
}

impl Way {
    /// Whatever the call holds.
    pub const fn of(held: Held) -> Self {
        Self { call: ConditionId::ALWAYS, held, chosen: ConditionId::ALWAYS, needs: None }
    }
}

impl Carried {
    /// MFA: absent, used or not used.
    pub fn mfa(conditions: &Conditions) -> Self {
        let key = conditions.key(keys::key("aws:MultiFactorAuthPresent"));
        let (absent, with) = (conditions.absent(key), is_true(conditions, key));
        let without = conditions.and(conditions.not(absent), conditions.not(with));
        let outcomes = vec![absent, with, without];
        Self { kind: Kind::Mfa, key, parameter: key, outcomes, any: None, listed: ConditionId::NEVER }
    }

    /// The source identity, as far as some tests tell it apart; none if they do so in more than `most` ways.
    pub fn source_identity(conditions: &Conditions, tests: &[ConditionId], most: usize) -> Option<Self> {
        let key = conditions.key(keys::key("aws:SourceIdentity"));
        let parameter = conditions.key(keys::key("sts:SourceIdentity"));
        // A source identity is never the empty text.
        let set = conditions.not(conditions.null(key));
        let mut outcomes = outcomes(conditions, key, set, tests, most)?;
        let any = (outcomes.len() > 2).then_some(outcomes.len() as u8);
        outcomes.extend(any.map(|_| set));
        Some(Self { kind: Kind::SourceIdentity, key, parameter, outcomes, any, listed: ConditionId::NEVER })
    }

    /// A session tag, likewise.
    pub fn tag(conditions: &Conditions, tag: &str, tests: &[ConditionId], most: usize) -> Option<Self> {
        let key = conditions.key(keys::key(&format!("aws:PrincipalTag/{tag}")));
        let parameter = conditions.key(keys::key(&format!("aws:RequestTag/{tag}")));
        let present = conditions.not(conditions.absent(key));
        let outcomes = outcomes(conditions, key, present, tests, most)?;
        Some(Self { kind: Kind::Tag, key, parameter, outcomes, any: None, listed: hands_on(conditions, tag) })
    }

    /// Whether there are tags that sessions of further roles inherit, whichever. No request asks for it.
    pub fn inherited_tags(conditions: &Conditions) -> Self {
        let key = conditions.key(keys::key(LISTED));
        let (outcomes, listed) = (vec![ConditionId::ALWAYS; 2], conditions.not(conditions.absent(key)));
        Self { kind: Kind::InheritedTags, key, parameter: key, outcomes, any: None, listed }
    }

    /// The name of the session, as far as some tests tell it apart (S-TRI-10, S-TRUST-12).
    pub fn session_name(conditions: &Conditions, tests: &[ConditionId], most: usize) -> Option<Self> {
        let key = conditions.key(keys::session_name());
        let parameter = conditions.key(keys::key("sts:RoleSessionName"));
        let outcomes = outcomes(conditions, key, conditions.not(conditions.absent(key)), tests, most)?;
        Some(Self {
            kind: Kind::SessionName,
            key,
            parameter,
            outcomes,
            any: None,
            listed: ConditionId::NEVER,
        })
    }

    /// Whether a key, by its lower-case name, tells where the credentials of a session come from: it rides along in the requests of
    /// that session and of no other (S-KEY-30). Who uses a session by trusted identity propagation, any call can say.
    pub fn is_of_credentials(name: &str) -> bool {
        name == PROVIDER
            || keys::issuer(name).is_some()
            || keys::is_of_instance(name)
            || keys::is_of_session(name) && name != "identitystore:userid"
    }

    /// Such a key, likewise.
    pub fn of_credentials(
        conditions: &Conditions,
        key: KeyId,
        tests: &[ConditionId],
        most: usize,
    ) -> Option<Self> {
        let name = &*conditions.key_of(key).name;
        let kind = match keys::issuer(name) {
            Some(_) => Kind::Claim { stays: keys::is_of_session(name) },
            None if name == PROVIDER => Kind::Provider,
            None => Kind::Delivered,
        };
        let outcomes = outcomes(conditions, key, conditions.not(conditions.absent(key)), tests, most)?;
        Some(Self { kind, key, parameter: key, outcomes, any: None, listed: ConditionId::NEVER })
    }

    /// The ways in which a call can set it.
    pub fn ways(&self, conditions: &Conditions, taking: Taking) -> Vec<Way> {
        match self.kind {
            Kind::Mfa => self.ways_of_mfa(conditions, taking.taker),
            Kind::SourceIdentity => self.ways_of_source_identity(conditions, taking),
            Kind::Tag => self.ways_of_tag(conditions, taking),
            Kind::InheritedTags => self.ways_of_inherited_tags(conditions, taking),
            Kind::SessionName => self.ways_of_session_name(conditions),
            Kind::Claim { .. } if taking.claims => self.ways_of_claim(),
            Kind::Claim { .. } => vec![Way::of(Held::ABSENT)],
            Kind::Provider => vec![Way::of(Held::Outcome { number: taking.own, handed_on: false })],
            Kind::Delivered => match taking.taker {
                Taker::IdentifyingService | Taker::Other => vec![Way::of(Held::Open)],
                Taker::User | Taker::RoleSession | Taker::Federated => vec![Way::of(Held::ABSENT)],
            },
        }
    }

    /// S-KEY-22: present in sessions that users make, true if they used MFA; absent in those that a provider vouches for.
    /// UNCERTAIN U-26: open in those of chained roles and of services, as recommended.
    fn ways_of_mfa(&self, conditions: &Conditions, taker: Taker) -> Vec<Way> {
        let used = is_true(conditions, self.key);
        let outcome = |number, call| Way {
            call,
            held: Held::Outcome { number, handed_on: false },
            chosen: call,
            needs: None,
        };
        match taker {
            Taker::User => {
                vec![Way::of(Held::Unasked), outcome(1, used), outcome(2, conditions.not(used))]
            }
            Taker::Federated => vec![Way::of(Held::ABSENT)],
            Taker::RoleSession | Taker::IdentifyingService | Taker::Other => vec![Way::of(Held::Open)],
        }
    }

    /// S-KEY-30: what the provider said to STS, requests of the session hold.
    fn ways_of_claim(&self) -> Vec<Way> {
        let claimed = |number| {
            let call = self.outcome(number);
            Way { call, held: Held::Outcome { number, handed_on: false }, chosen: call, needs: None }
        };
        let numbers = std::iter::once(0).chain(self.numbers());
        std::iter::once(Way::of(Held::Unasked)).chain(numbers.map(claimed)).collect()
    }

    /// S-TRUST-12: every call that takes a role says what the session is called.
    fn ways_of_session_name(&self, conditions: &Conditions) -> Vec<Way> {
        let named = |number| {
            let call = self.passes(conditions, number);
            Way { call, held: Held::Outcome { number, handed_on: false }, chosen: call, needs: None }
        };
        std::iter::once(Way::of(Held::Unasked)).chain(self.numbers().map(named)).collect()
    }

    /// S-TRUST-10, S-SESS-08: set once, it stays; and whoever sets or inherits it needs a permission for it.
    fn ways_of_source_identity(&self, conditions: &Conditions, taking: Taking) -> Vec<Way> {
        let Taking { asked, taker, held, .. } = taking;
        let chained = taker == Taker::RoleSession;
        let needs = Some(accompanied(Rule::X2, "sts:SetSourceIdentity", chained));
        let not_passed = conditions.absent(self.parameter);
        let set = |number| {
            let call = self.passes(conditions, number);
            Way { call, held: Held::Outcome { number, handed_on: true }, chosen: call, needs }
        };
        let inherited = match (taker, held) {
            (Taker::Other, _) | (Taker::RoleSession, Held::Open | Held::Unasked) => {
                if !conditions.contains_key(asked, self.parameter) {
                    return vec![Way::of(Held::Open)];
                }
                // Whatever the session had, what the call passes is so of the new one.
                let none = Way { call: not_passed, ..Way::of(Held::Open) };
                return std::iter::once(none).chain(self.numbers().map(set)).collect();
            }
            (Taker::RoleSession, Held::Outcome { number, .. }) => Some(number).filter(|number| *number > 0),
            (Taker::IdentifyingService, _) => return self.always_set(conditions),
            (Taker::User | Taker::Federated, _) => None,
        };
        match inherited {
            // It may be passed again, but no other.
            Some(number) => {
                let call = conditions.or(not_passed, self.passes(conditions, number));
                let held = Held::Outcome { number, handed_on: true };
                vec![Way { call, needs, ..Way::of(held) }]
            }
            None => {
                let none = Way { call: not_passed, ..Way::of(Held::ABSENT) };
                std::iter::once(none).chain(self.numbers().map(set)).collect()
            }
        }
    }

    /// S-TRUST-09: that the trust policy allows it, the call needs anyway.
    fn always_set(&self, conditions: &Conditions) -> Vec<Way> {
        let set = |number, chosen: bool| {
            let call = self.passes(conditions, number);
            let chosen = if chosen { call } else { ConditionId::ALWAYS };
            Way { call, held: Held::Outcome { number, handed_on: true }, chosen, needs: None }
        };
        match self.any {
            Some(any) => std::iter::once(set(any, false))
                .chain(self.numbers().map(|number| set(number, true)))
                .collect(),
            None => self.numbers().map(|number| set(number, false)).collect(),
        }
    }

    /// Whether it was not looked at what it is in a session.
    pub fn is_unasked(&self, held: Held) -> bool {
        match held {
            Held::Unasked => true,
            Held::Outcome { number, .. } => self.any == Some(number),
            Held::Open => false,
        }
    }

    /// S-KEY-07, S-SESS-08: a tag of the call overrides the role's, and stays if the call says so; one that the session
    /// inherits cannot be passed again.
    fn ways_of_tag(&self, conditions: &Conditions, taking: Taking) -> Vec<Way> {
        let Taking { asked, taker, held, own, .. } = taking;
        let not_passed = conditions.absent(self.parameter);
        match (taker, held) {
            (Taker::IdentifyingService | Taker::Other, _)
            | (Taker::RoleSession, Held::Open | Held::Unasked) => {
                if !conditions.contains_key(asked, conditions.key(keys::key(LISTED))) {
                    return vec![Way::of(Held::Open)];
                }
                let needs = Some(accompanied(Rule::X3, "sts:TagSession", false));
                let handing_on = |number| {
                    let call = conditions.and(self.passes(conditions, number), self.listed);
                    Way { call, held: Held::Outcome { number, handed_on: true }, chosen: call, needs }
                };
                let none = Way { call: conditions.not(self.listed), ..Way::of(Held::Open) };
                return std::iter::once(none).chain(self.numbers().map(handing_on)).collect();
            }
            (Taker::RoleSession, Held::Outcome { handed_on: true, .. }) => {
                let needs = taking.tags_need.then(for_inherited_tags);
                return vec![Way { call: not_passed, needs, ..Way::of(held) }];
            }
            _ => {}
        }
        let needs = Some(accompanied(Rule::X3, "sts:TagSession", false));
        let set = |number| {
            let passed = self.passes(conditions, number);
            let (listed, not_listed) = (self.listed, conditions.not(self.listed));
            let handing_on = conditions.and(passed, listed);
            [(conditions.and(passed, not_listed), passed, false), (handing_on, handing_on, true)].map(
                |(call, chosen, handed_on)| Way {
                    call,
                    held: Held::Outcome { number, handed_on },
                    chosen,
                    needs,
                },
            )
        };
        // STS refuses to hand on what the call does not pass.
        let not_passed = conditions.and(not_passed, conditions.not(self.listed));
        let own = Way { call: not_passed, ..Way::of(Held::Outcome { number: own, handed_on: false }) };
        std::iter::once(own).chain(self.numbers().flat_map(set)).collect()
    }

    /// UNCERTAIN U-82: by the recommended reading whoever inherits tags needs the permission.
    fn ways_of_inherited_tags(&self, conditions: &Conditions, taking: Taking) -> Vec<Way> {
        let Taking { asked, taker, held, .. } = taking;
        let inherits = Held::Outcome { number: 1, handed_on: true };
        if taker == Taker::RoleSession && held == inherits {
            let needs = taking.tags_need.then(for_inherited_tags);
            return vec![Way { needs, ..Way::of(inherits) }];
        }
        if !conditions.contains_key(asked, self.parameter) {
            return vec![Way::of(Held::Open)];
        }
        let none = Way { call: conditions.not(self.listed), ..Way::of(Held::Open) };
        vec![none, Way { call: self.listed, ..Way::of(inherits) }]
    }

    /// The outcomes that a call can set.
    pub fn numbers(&self) -> impl Iterator<Item = u8> {
        1..self.any.unwrap_or(self.outcomes.len() as u8)
    }

    /// That the call passes what comes to an outcome.
    pub fn passes(&self, conditions: &Conditions, number: u8) -> ConditionId {
        conditions.renamed(self.outcome(number), self.key, self.parameter)
    }

    /// An outcome, as a condition on the key.
    pub fn outcome(&self, number: u8) -> ConditionId {
        self.outcomes.get(usize::from(number)).copied().unwrap_or(ConditionId::ALWAYS)
    }

    /// What every request of such a session holds.
    pub fn condition(&self, conditions: &Conditions, held: Held) -> ConditionId {
        match held {
            Held::Open | Held::Unasked => ConditionId::ALWAYS,
            Held::Outcome { number, .. } if self.kind == (Kind::Claim { stays: false }) => {
                conditions.or(conditions.absent(self.key), self.outcome(number))
            }
            Held::Outcome { number, .. } => self.outcome(number),
        }
    }
}

/// That the key is absent, and in which ways tests of it can come out where it is set.
fn outcomes(
    conditions: &Conditions,
    key: KeyId,
    set: ConditionId,
    tests: &[ConditionId],
    most: usize,
) -> Option<Vec<ConditionId>> {
    let ways = conditions.outcomes(set, tests, most)?;
    Some(std::iter::once(conditions.absent(key)).chain(ways).collect())
}

fn is_true(conditions: &Conditions, key: KeyId) -> ConditionId {
    test(conditions, key, Operator::Bool, Quantifier::None, "true")
}

/// That a call lists a tag among those that sessions of further roles inherit.
fn hands_on(conditions: &Conditions, tag: &str) -> ConditionId {
    let key = conditions.key(keys::key(LISTED));
    test(conditions, key, Operator::StringEqualsIgnoreCase, Quantifier::ForAnyValue, tag)
}

fn test(
    conditions: &Conditions,
    key: KeyId,
    operator: Operator,
    quantifier: Quantifier,
    value: &str,
) -> ConditionId {
    conditions.test(&RawTest {
        operator: OperatorName { operator, negated: false, quantifier, if_exists: false, odd_case: false },
        key,
        values: &[value],
        not_text: &[],
        effect: Effect::Allow,
        version: Version::V2008,
        place: "",
        keys: &keys::key,
    })
}
