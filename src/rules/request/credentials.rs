//! What caller and call say of keys whose values nobody knows: of those that tell how the caller signed in, and of tag keys.
//!
//! source   S-KEY-22, S-SESS-09, S-TRI-09

use super::{Caller, Examined, Prepared};
use crate::catalog::tagging::{PassedTags, passed_tags};
use crate::facts::{Caller as CallerKind, PrincipalFact, keys};
use crate::region::condition::{Bindings, Conditions, KeyId, Known};
use crate::rules::gate;

/// Temporary credentials hold the time of their issue. Those that a user got by `GetSessionToken` say whether it used MFA, and
/// so does what a service does for a user: without MFA where its keys are long-term ones.
struct Credentials<'a> {
    conditions: &'a Conditions,
    caller: &'a PrincipalFact,
    /// Whether a service calls with them, and whether they are known to be long-term keys.
    forwarded: Option<LongTerm>,
    tags: Option<TagKeys>,
    /// Whether the call lists keys of tags without values.
    keys_only: bool,
}

/// The key `aws:TagKeys`, and as what to ask of it in a call that sets tags: each key that it lists has a value then.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct TagKeys {
    pub(super) key: KeyId,
    pub(super) with_values: KeyId,
}

/// Whether credentials are known to be long-term keys.
#[derive(Clone, Copy, PartialEq, Eq)]
struct LongTerm(bool);

impl Bindings for Credentials<'_> {
    fn lookup(&self, key: KeyId) -> Known<'_> {
        if let Some(tags) = self.tags.filter(|tags| tags.key == key) {
            return Known::As(tags.with_values);
        }
        match (&*self.conditions.key_of(key).name, self.forwarded) {
            (name, _) if self.keys_only && name.starts_with("aws:requesttag/") => Known::Absent,
            _ if !(self.caller.stated || self.forwarded.is_some()) => Known::Unknown,
            ("aws:tokenissuetime", _) if self.is_temporary() => Known::Held,
            ("aws:multifactorauthpresent", _) if self.caller.session_token => Known::Held,
            ("aws:multifactorauthpresent", Some(keys)) if self.caller.caller == CallerKind::User => {
                if keys == LongTerm(true) { Known::One("false".into()) } else { Known::Held }
            }
            _ => Known::Unknown,
        }
    }
}

impl Credentials<'_> {
    fn is_temporary(&self) -> bool {
        self.caller.caller.is_temporary() || self.caller.session_token
    }
}

impl Prepared<'_> {
    /// Binds in what was examined what follows from the caller's credentials and from what the call does.
    pub(super) fn bind_credentials(&self, caller: &Caller, examined: &mut Examined) {
        let conditions = &self.facts.arena().conditions;
        if !examined.evaluated.has_keys(conditions) {
            return;
        }
        if let Some(known) = gate::without_root(conditions, self.target, caller.fact) {
            examined.evaluated.given(conditions, known);
            if let Some(otherwise) = &mut examined.otherwise {
                otherwise.evaluated.given(conditions, known);
            }
        }
        let (caller, forwarded) = (caller.fact, self.forwarded());
        let tags = self.tag_keys().filter(|tags| examined.evaluated.mentions(conditions, tags.key));
        let keys_only = passed_tags(&self.target.action.name) == PassedTags::KeysOnly;
        if !(caller.stated || forwarded.is_some() || tags.is_some() || keys_only) {
            return;
        }
        let credentials = Credentials { conditions, caller, forwarded, tags, keys_only };
        examined.evaluated.bind(conditions, &credentials);
        if let Some(otherwise) = &mut examined.otherwise {
            otherwise.evaluated.bind(conditions, &credentials);
        }
        if let Some(gate) = &mut examined.gate {
            gate.when = conditions.bind(gate.when, &credentials);
        }
        for matched in &mut examined.matched {
            matched.condition = conditions.bind(matched.condition, &credentials);
        }
    }

    /// Whether the context says that a service calls with the caller's credentials (S-KEY-09), and what it says of these.
    fn forwarded(&self) -> Option<LongTerm> {
        let conditions = &self.facts.arena().conditions;
        let held = |name: &str| self.context.lookup(conditions.key(keys::key(name)));
        match held("aws:ViaAWSService") {
            Known::One(via) if via.eq_ignore_ascii_case("true") => {
                Some(LongTerm(held("aws:TokenIssueTime") == Known::Absent))
            }
            _ => None,
        }
    }

    /// The tag keys of a call that sets tags, of which nothing is known: one that removes tags lists keys without values.
    pub(super) fn tag_keys(&self) -> Option<TagKeys> {
        let conditions = &self.facts.arena().conditions;
        let key = conditions.key(keys::key("aws:TagKeys"));
        let key = match self.context.lookup(key) {
            Known::As(of_resource) => of_resource,
            _ => key,
        };
        let with_values = conditions.key(conditions.key_of(key).clone().with_values());
        let sets = passed_tags(&self.target.action.name) == PassedTags::WithValues;
        sets.then_some(TagKeys { key, with_values })
    }
}
