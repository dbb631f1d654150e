//! One request asked of the engine and of the oracle, with the same complete context, and what differs.

mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use entail::answers::{Answer, Context, Engine, EngineOptions, Question};
use entail::estate::{Estate, LoadOptions};
use entail::rules::decision::Decision;
use serde_json::Value;

use crate::oracle;
pub use values::Values;

/// A request with what is known of its context: the values of a key, or none for a key that is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ask {
    pub principal: String,
    pub action: String,
    pub resource: String,
    pub context: BTreeMap<String, Vec<String>>,
}

impl Ask {
    pub fn new(principal: &str, action: &str, resource: &str) -> Self {
        let [principal, action, resource] = [principal, action, resource].map(str::to_owned);
        Self { principal, action, resource, context: BTreeMap::new() }
    }

    /// As the engine reads it. Keys that are not stated are unknown.
    pub fn question(&self) -> Question {
        let mut context = Context::new();
        for (key, values) in &self.context {
            values.iter().for_each(|value| context.add(key, value));
            if values.is_empty() {
                context.absent(key);
            }
        }
        Question { context, ..Question::new(&self.principal, &self.action, &self.resource) }
    }

    /// As the oracle reads it. Keys that are not stated and do not follow from the estate are absent.
    fn plain(&self) -> oracle::Question {
        let value = |values: &Vec<String>| match values.as_slice() {
            [] => Value::Null,
            [one] => Value::from(one.clone()),
            several => Value::from(several),
        };
        oracle::Question {
            principal: self.principal.clone(),
            action: self.action.clone(),
            resource: self.resource.clone(),
            context: Value::Object(self.context.iter().map(|(key, v)| (key.clone(), value(v))).collect()),
            open_path: ["aws:sourceip", "aws:sourcevpce", "aws:sourcevpc"]
                .iter()
                .all(|key| !self.context.contains_key(*key)),
            ..oracle::Question::default()
        }
    }
}

/// An answer of which only that is kept which both evaluators must agree on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Allowed, or denied with the layers that would stop the request alone.
    Definite(&'static str, BTreeSet<String>),
    /// Denied for sure; whether explicitly is open (S-TRI-04).
    Denied,
    /// `Conditional` or `Unknown`.
    Open,
}

impl Verdict {
    /// The decision of that name, with the layers that stop the request.
    pub fn definite<'a>(word: &str, layers: impl Iterator<Item = &'a str>) -> Self {
        let words = ["Allowed", "ExplicitlyDenied", "ImplicitlyDenied"];
        let word = words.into_iter().find(|known| *known == word).expect("a decision");
        Self::Definite(word, layers.map(str::to_owned).collect())
    }

    fn denies(&self) -> bool {
        match self {
            Self::Definite(word, _) => *word != "Allowed",
            Self::Denied => true,
            Self::Open => false,
        }
    }

    /// Whether two verdicts say the same, as far as both are settled.
    fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Denied, other) | (other, Self::Denied) => other.denies(),
            _ => self == other,
        }
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.principal, self.action, self.resource)?;
        let assumed = |key: &str, values: &[String]| {
            ALWAYS.iter().any(|(name, value)| *name == key && values == [*value])
        };
        let stated = self.context.iter().filter(|(key, values)| !values.is_empty() && !assumed(key, values));
        stated.into_iter().try_for_each(|(key, values)| write!(f, " {key}={}", values.join(",")))
    }
}

/// Two answers that ought to be one.
#[derive(Clone, Debug)]
pub struct Difference {
    answers: String,
    ask: String,
}

impl Difference {
    fn new(
        left: &str,
        ours: &Result<Verdict, String>,
        right: &str,
        theirs: &Result<Verdict, String>,
        ask: &Ask,
    ) -> Self {
        let text = |verdict: &Result<Verdict, String>| match verdict {
            Ok(Verdict::Open) => "Open".to_owned(),
            Ok(Verdict::Denied) => "Denied".to_owned(),
            Ok(Verdict::Definite(word, layers)) => {
                format!("{word} {}", layers.iter().cloned().collect::<Vec<_>>().join("+"))
            }
            Err(problem) => format!("error: {problem}"),
        };
        let answers = format!("{left}: {}, {right}: {}", text(ours), text(theirs));
        Self { answers, ask: ask.to_string() }
    }
}

/// Fails with a few examples of each kind of difference, if there are any.
pub fn expect_none(asked: usize, differences: &[Difference]) {
    assert!(differences.is_empty(), "{}", described(asked, differences));
}

/// A few examples of each kind of difference.
pub fn described(asked: usize, differences: &[Difference]) -> String {
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for difference in differences {
        kinds.entry(&difference.answers).or_default().push(&difference.ask);
    }
    let shown: Vec<String> = kinds
        .iter()
        .map(|(answers, asks)| {
            let some: Vec<&str> = asks.iter().step_by(asks.len().div_ceil(5)).copied().collect();
            format!("{} times {answers}\n    {}", asks.len(), some.join("\n    "))
        })
        .collect();
    format!("{} of {asked} answers differ:\n{}", differences.len(), shown.join("\n"))
}

/// The same estate, loaded by both evaluators.
pub struct Judges {
    pub engine: Engine,
    plain: oracle::estate::Estate,
    /// The context keys that the documents test and that do not follow from principal and resource.
    keys: Vec<String>,
}

impl Judges {
    pub fn load(folder: &Path) -> Self {
        let estate = Estate::load(folder, &LoadOptions::default()).expect("the engine loads the estate");
        let plain = oracle::estate::Estate::load(folder).expect("the oracle loads the estate");
        let engine = Engine::new(&estate, EngineOptions::default());
        let keys = values::open_keys(&engine);
        Self { engine, plain, keys }
    }

    /// What the engine says, or why the question has no answer.
    pub fn of_engine(&self, ask: &Ask) -> Result<Verdict, String> {
        self.engine.can(&ask.question()).map(|answer| verdict(&answer)).map_err(|error| error.to_string())
    }

    /// What a row says that the engine ought to name as missing, or as the decision, and that it does not.
    pub fn not_named(&self, ask: &Ask, row: &Value) -> Option<String> {
        let wanted = row["missing"].as_str()?;
        let answer = match self.engine.can(&ask.question()) {
            Ok(answer) => answer,
            Err(error) => return Some(error.to_string()),
        };
        let named = answer.missing.iter().any(|what| what.contains(wanted));
        let decision = answer.decided.decision;
        (!named || decision != Decision::Unknown)
            .then(|| format!("{decision:?}, missing {:?}, not `{wanted}`", answer.missing))
    }

    /// What the oracle says.
    pub fn of_oracle(&self, ask: &Ask) -> Result<Verdict, String> {
        let answer = oracle::decide_on_estate(&self.plain, &ask.plain(), crate::oracle_self::catalog())?;
        Ok(match answer.decision {
            oracle::Decision::Unknown | oracle::Decision::Doubtful => {
                match answer.outcomes.contains(&oracle::Outcome::Allowed) {
                    true => Verdict::Open,
                    false => Verdict::Denied,
                }
            }
            decision => Verdict::Definite(
                decision.word(),
                answer.blocked_by.iter().map(|layer| layer.word().to_owned()).collect(),
            ),
        })
    }

    /// The roles that the oracle finds a caller to reach, by hops that are allowed or also by those that may be.
    pub fn reached_by_oracle(
        &self,
        from: &str,
        roles: &[&str],
        ask: &dyn Fn(&str, &str) -> Ask,
        open: bool,
    ) -> Result<BTreeSet<String>, String> {
        let plain = |caller: &str, role: &str| self.complete(&ask(caller, role)).plain();
        oracle::closure::reached(&self.plain, from, roles, &plain, open, crate::oracle_self::catalog())
    }

    /// The roles that the oracle finds a session to reach by calls that carry what those before fixed.
    pub fn reached_carrying(
        &self,
        from: &oracle::closure::Session,
        roles: &[(&str, Option<&str>)],
        passed: &oracle::closure::Passed,
        known: &mut BTreeMap<oracle::closure::Session, BTreeSet<oracle::closure::Session>>,
    ) -> Result<BTreeSet<String>, String> {
        let catalog = crate::oracle_self::catalog();
        oracle::closure::reached_carrying(&self.plain, from, roles, passed, known, catalog)
    }

    /// Whether the oracle lets a caller make a request by those whom it was found to become.
    pub fn may_in_the_end(
        &self,
        from: &oracle::closure::Session,
        request: (&str, &str),
        known: &BTreeMap<oracle::closure::Session, BTreeSet<oracle::closure::Session>>,
    ) -> Result<bool, String> {
        oracle::closure::may_in_the_end(&self.plain, from, request, known, crate::oracle_self::catalog())
    }

    /// Asks both in the context as it stands, and in contexts on both sides of each test that the engine's answer
    /// depends on: at most `most` of them. Returns how many requests were compared, and what differs.
    pub fn compare(&self, ask: &Ask, most: usize, differences: &mut Vec<Difference>) -> usize {
        let mut waiting = vec![ask.clone()];
        let mut compared = 0;
        while let Some(ask) = waiting.pop() {
            let open = match self.engine.can(&ask.question()) {
                Ok(answer) => self.branches(&ask, &answer),
                Err(_) => Vec::new(),
            };
            if !open.is_empty() && compared + waiting.len() + open.len() <= most {
                waiting.extend(open);
                continue;
            }
            compared += 1;
            let complete = self.complete(&ask);
            let (ours, plain) = (self.of_engine(&complete), self.of_oracle(&complete));
            if ours.is_err() && plain.is_err() {
                continue;
            }
            let agree = match (&ours, &plain) {
                (Ok(ours), Ok(plain)) => ours.agrees(plain),
                _ => false,
            };
            if !agree {
                differences.push(Difference::new("engine", &ours, "oracle", &plain, &complete));
            }
            let partial = self.of_engine(&ask).unwrap_or(Verdict::Open);
            let contradicts = match (&partial, &ours) {
                (Verdict::Definite(before, _), Ok(Verdict::Definite(after, _))) => before != after,
                (Verdict::Definite(..), _) => true,
                (Verdict::Denied, Ok(after)) => !after.denies(),
                (Verdict::Denied, Err(_)) => true,
                (Verdict::Open, _) => false,
            };
            if contradicts {
                differences.push(Difference::new("open context", &Ok(partial), "complete", &ours, &complete));
            }
        }
        compared
    }

    /// The same request with values on both sides of the tests on one key of the answer's condition. None: the answer
    /// depends on no key that a context can state.
    fn branches(&self, ask: &Ask, answer: &Answer<'_>) -> Vec<Ask> {
        // A context that says otherwise than what is assumed is answered by an engine of its own.
        let conditions = &answer.engine.facts().arena().conditions;
        let tree = conditions.tree(answer.decided.condition);
        let Some((key, values)) = Values::of(&tree, conditions, |key| ask.context.contains_key(key)) else {
            return Vec::new();
        };
        let with = |value: Vec<String>| {
            let mut ask = ask.clone();
            ask.context.insert(key.clone(), value);
            ask
        };
        values.into_iter().map(with).collect()
    }

    /// The request with every key stated that does not follow from the estate: what is not stated is absent, but for
    /// what every request holds.
    pub fn complete(&self, ask: &Ask) -> Ask {
        let mut ask = ask.clone();
        for (key, value) in ALWAYS {
            ask.context.entry((*key).to_owned()).or_insert_with(|| vec![(*value).to_owned()]);
        }
        if ask.resource.split(':').nth(3).is_none_or(str::is_empty) && !ask.action.starts_with("iam:") {
            ask.context
                .entry("aws:requestedregion".to_owned())
                .or_insert_with(|| vec!["eu-central-1".to_owned()]);
        }
        for key in &self.keys {
            ask.context.entry(key.clone()).or_default();
        }
        ask
    }
}

/// Keys that every request holds, with what estate questions assume of them.
const ALWAYS: &[(&str, &str)] = &[
    ("aws:securetransport", "true"),
    ("aws:viaawsservice", "false"),
    ("aws:currenttime", "2026-03-01T00:00:00Z"),
    ("aws:epochtime", "1772323200"),
];

fn verdict(answer: &Answer<'_>) -> Verdict {
    match answer.decided.decision {
        Decision::Conditional | Decision::Unknown if answer.decided.condition.is_never() => Verdict::Denied,
        Decision::Conditional | Decision::Unknown => Verdict::Open,
        decision => Verdict::Definite(
            decision.name(),
            answer.decided.blocked_by.iter().map(|layer| layer.to_string()).collect(),
        ),
    }
}
