//! What a run takes as given about every request (design: estate questions).

use std::borrow::Cow;

use super::keys;
use super::readings::{Readings, UnknownReading};
use crate::region::condition::{ConditionId, Conditions, KeyId, Known};

/// What is assumed of requests that a question leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumptions {
    /// `aws:SecureTransport` is true.
    pub secure_transport: bool,
    /// `aws:ViaAWSService` is false: the principal calls directly, and no service for it (S-KEY-09).
    pub direct_call: bool,
    /// The moment of the request, in seconds since 1970, for `aws:CurrentTime` and `aws:EpochTime`.
    pub now: Option<i64>,
    /// VPC endpoints that were not collected let every request pass (S-VPCE-07).
    pub other_endpoints_pass: bool,
    /// How what AWS leaves open is read.
    pub readings: Readings,
}

/// What is assumed of VPC endpoints that were not collected, as answers name it.
pub const OTHER_ENDPOINTS: (&str, &str) = ("S-VPCE-07", "VPC endpoints that were not collected let it pass");

impl Default for Assumptions {
    fn default() -> Self {
        let readings = Readings::default();
        Self { secure_transport: true, direct_call: true, now: None, other_endpoints_pass: true, readings }
    }
}

impl Assumptions {
    /// Nothing is assumed.
    pub fn nothing() -> Self {
        Self {
            secure_transport: false,
            direct_call: false,
            now: None,
            other_endpoints_pass: false,
            readings: Readings::default(),
        }
    }

    /// Chooses a reading of a question that AWS leaves open.
    ///
    /// # Errors
    /// The question has no such reading, or none to choose.
    pub fn read(&mut self, question: &str, reading: &str) -> Result<(), UnknownReading> {
        self.readings.choose(question, reading)
    }

    /// The condition with the assumed keys bound.
    pub fn bind(&self, conditions: &Conditions, condition: ConditionId) -> ConditionId {
        if conditions.keys(condition).is_empty() {
            return condition;
        }
        let known = |key: KeyId| self.known(&conditions.key_of(key).name);
        conditions.bind(condition, &known)
    }

    /// What is assumed of a key, by its lower-case name.
    pub fn known(&self, name: &str) -> Known<'static> {
        let one = |text: &'static str| Known::One(Cow::Borrowed(text));
        match (name, self.now) {
            ("aws:securetransport", _) if self.secure_transport => one("true"),
            ("aws:viaawsservice", _) if self.direct_call => one("false"),
            // S-TRI-09, U-55: these come only with `aws:ViaAWSService`.
            ("aws:calledvia" | "aws:calledviafirst" | "aws:calledvialast", _) if self.direct_call => {
                Known::Absent
            }
            // S-KMS-13: absent from direct calls.
            ("kms:viaservice", _) if self.direct_call => Known::Absent,
            ("aws:currenttime" | "aws:epochtime", Some(now)) => Known::One(Cow::Owned(now.to_string())),
            _ => Known::Unknown,
        }
    }

    /// The same readings, without assumed context keys.
    pub fn without_context(&self) -> Self {
        Self { secure_transport: false, direct_call: false, now: None, ..self.clone() }
    }

    /// What is still assumed where a question states keys, given by lower-case name with their values, none for a key that the
    /// request lacks: what is stated stands in for everything that is coupled with it (S-TRI-09).
    pub fn beside<'s>(&self, stated: impl Fn(&str) -> Option<&'s [String]>) -> Self {
        let lacks = |name: &str| stated(name).is_none_or(<[String]>::is_empty);
        let is_direct = match stated("aws:viaawsservice") {
            None | Some([]) => true,
            Some([via]) => via.eq_ignore_ascii_case("false"),
            Some(_) => false,
        };
        let timeless = ["aws:currenttime", "aws:epochtime"].iter().all(|name| stated(name).is_none());
        Self {
            secure_transport: self.secure_transport && stated("aws:securetransport").is_none(),
            direct_call: self.direct_call && is_direct && keys::BY_SERVICE.iter().all(|name| lacks(name)),
            now: self.now.filter(|_| timeless),
            ..self.clone()
        }
    }

    /// The assumed context keys by lower-case name: their value, or that they are absent.
    pub fn context(&self) -> Vec<(&'static str, Option<String>)> {
        const KEYS: [&str; 8] = [
            "aws:securetransport",
            "aws:viaawsservice",
            "aws:calledvia",
            "aws:calledviafirst",
            "aws:calledvialast",
            "kms:viaservice",
            "aws:currenttime",
            "aws:epochtime",
        ];
        let known = |key: &'static str| match self.known(key) {
            Known::One(value) => Some((key, Some(value.into_owned()))),
            Known::Absent => Some((key, None)),
            Known::Unknown | Known::Many(_) | Known::Held | Known::As(_) | Known::Named(..) => None,
        };
        KEYS.into_iter().filter_map(known).collect()
    }

    /// The assumed keys and values, for answers that name them.
    pub fn named(&self) -> Vec<(&'static str, String)> {
        let mut named = Vec::new();
        if self.secure_transport {
            named.push(("aws:SecureTransport", "true".to_owned()));
        }
        if self.direct_call {
            named.push(("aws:ViaAWSService", "false".to_owned()));
        }
        named.extend(self.readings.chosen().map(|(question, reading)| (question, reading.to_owned())));
        if let Some(now) = self.now.and_then(|now| jiff::Timestamp::from_second(now).ok()) {
            named.push(("aws:CurrentTime", now.to_string()));
        }
        named
    }
}
