//! Symbolic conditions and their solver.

mod couplings;
mod laws;
mod pairs;
mod printing;
mod rules;
mod solver;
mod variables;

use std::borrow::Cow;
use std::collections::BTreeMap;

use entail::region::condition::{
    Bindings, ConditionId, Conditions, Effect, Key, KeyId, KeyType, Known, Operator, RawTest, Sat, Trool,
    Verdict, Version,
};

/// The keys that tests use, by name; all others are single-valued text.
pub fn key(name: &str) -> Key {
    let name = name.to_lowercase();
    let plain = |ty| Key::new(&name, ty);
    match name.as_str() {
        "num" | "aws:multifactorauthage" => plain(KeyType::Numeric),
        "date" | "aws:tokenissuetime" => plain(KeyType::Date),
        "aws:currenttime" | "aws:epochtime" => plain(KeyType::Date).always_present(),
        "flag" | "aws:multifactorauthpresent" | "aws:assumedroot" => plain(KeyType::Bool),
        "aws:securetransport" | "aws:viaawsservice" | "aws:principalisawsservice" => {
            plain(KeyType::Bool).always_present()
        }
        "ip" | "aws:sourceip" | "aws:vpcsourceip" => plain(KeyType::Ip),
        "bytes" => plain(KeyType::Binary),
        "arn" | "aws:principalarn" | "aws:sourcearn" => plain(KeyType::Arn),
        "set" | "aws:tagkeys" | "aws:calledvia" | "aws:principalorgpaths" | "aws:resourceorgpaths" => {
            plain(KeyType::String).multivalued()
        }
        "nums" => plain(KeyType::Numeric).multivalued(),
        "always" | "aws:useragent" => plain(KeyType::String).always_present(),
        _ => plain(KeyType::String),
    }
}

/// An arena with a short way to write tests.
#[derive(Default)]
pub struct Lab {
    pub conditions: Conditions,
}

impl Lab {
    pub fn key(&self, name: &str) -> KeyId {
        self.conditions.key(key(name))
    }

    /// `operator key [values]` in a statement of this effect and version 2012-10-17.
    pub fn test(&self, effect: Effect, operator: &str, name: &str, values: &[&str]) -> ConditionId {
        self.test_in(effect, Version::V2012, operator, name, values)
    }

    pub fn test_in(
        &self,
        effect: Effect,
        version: Version,
        operator: &str,
        name: &str,
        values: &[&str],
    ) -> ConditionId {
        let operator = Operator::parse(operator).expect("an operator");
        let place = format!("{operator} {name} {values:?}");
        let raw = RawTest {
            operator,
            key: self.key(name),
            values,
            not_text: &[],
            effect,
            version,
            place: &place,
            keys: &key,
        };
        self.conditions.test(&raw)
    }

    pub fn allow(&self, operator: &str, name: &str, values: &[&str]) -> ConditionId {
        self.test(Effect::Allow, operator, name, values)
    }

    pub fn deny(&self, operator: &str, name: &str, values: &[&str]) -> ConditionId {
        self.test(Effect::Deny, operator, name, values)
    }

    pub fn all(&self, conditions: &[ConditionId]) -> ConditionId {
        self.conditions.and_all(conditions.iter().copied())
    }

    /// The truth value in a context that holds exactly these values.
    pub fn at(&self, condition: ConditionId, context: &[(&str, &[&str])]) -> Trool {
        self.conditions.evaluate(condition, &self.context(context))
    }

    pub fn context(&self, context: &[(&str, &[&str])]) -> Context {
        let values = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
        Context(context.iter().map(|(name, texts)| (self.key(name), values(texts))).collect())
    }

    /// Whether a context makes the condition hold; a context that is found has to be right.
    pub fn sat(&self, condition: ConditionId) -> Verdict {
        match self.conditions.satisfiable(condition) {
            Sat::No => Verdict::No,
            Sat::Unproved => Verdict::Unproved,
            Sat::Yes(witness) => {
                let truth = self.conditions.holds_at(condition, witness);
                assert_eq!(truth, Trool::True, "{} at {witness:?}", self.conditions.text(condition));
                Verdict::Yes
            }
        }
    }
}

/// A complete context: keys that it does not name are absent, no values mean absent too.
#[derive(Debug, Clone, Default)]
pub struct Context(pub BTreeMap<KeyId, Vec<String>>);

impl Bindings for Context {
    fn lookup(&self, key: KeyId) -> Known<'_> {
        match self.0.get(&key).map(Vec::as_slice) {
            None | Some([]) => Known::Absent,
            Some([one]) => Known::One(Cow::Borrowed(one)),
            Some(many) => Known::Many(many.iter().map(|text| Cow::Borrowed(text.as_str())).collect()),
        }
    }
}

/// The keys of a context; all others are unknown.
#[derive(Debug, Clone, Default)]
pub struct Partial(pub Context);

impl Bindings for Partial {
    fn lookup(&self, key: KeyId) -> Known<'_> {
        if self.0.0.contains_key(&key) { self.0.lookup(key) } else { Known::Unknown }
    }
}
