//! Rows that programs read -> the statements of policies behind them.

use rustc_hash::FxHashMap;

use crate::answers::{Context, Engine, Question};
use crate::datalog::relations::Row;
use crate::datalog::text::{Declaration, Value};
use crate::output::views::{Statements, assumed_of_all, can_view, listed};
use crate::output::{Assumed, EffectWord, LayerWord, PlaceView, StatementReference};

/// Finds the statements behind what a program reads.
pub trait Evidence {
    /// The statements of these policies and positions; none where there is no such statement.
    fn statements(&mut self, wanted: &[(&str, u32)]) -> Vec<Option<StatementReference>>;

    /// The statements by which a request of these is allowed.
    fn decision(&mut self, request: &Asked<'_>) -> Vec<StatementReference>;

    /// Where files list accounts, by their ids; none for what they do not list.
    fn places(&mut self, accounts: &[&str]) -> Vec<Option<PlaceView>> {
        vec![None; accounts.len()]
    }

    /// What decisions about requests rest on that nothing states; nothing where none are made.
    fn assumed(&self) -> Assumed {
        Assumed::new()
    }
}

/// A request that a row says something of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked<'r> {
    /// Who.
    pub principal: &'r str,
    /// Does what.
    pub action: &'r str,
    /// To what.
    pub resource: &'r str,
    /// A context key with its value.
    pub key: Option<(&'r str, &'r str)>,
}

/// The statements behind a row of a relation: those that it names by `policy` and `index`, or those by which what it says is decided.
pub fn behind(relation: &Declaration, row: &[Value], evidence: &mut dyn Evidence) -> Vec<StatementReference> {
    let text = |name: &str| {
        let at = relation.columns.iter().position(|column| *name == *column.name.value)?;
        match row.get(at)? {
            Value::Text(text) | Value::Symbol(text) => Some(&**text),
            _ => None,
        }
    };
    let number = |name: &str| {
        let at = relation.columns.iter().position(|column| *name == *column.name.value)?;
        match row.get(at)? {
            Value::Number(number) => u32::try_from(*number).ok(),
            _ => None,
        }
    };
    if let (Some(policy), Some(index)) = (text("policy"), number("index")) {
        return evidence.statements(&[(policy, index)]).into_iter().flatten().collect();
    }
    let name = &*relation.name.value;
    let asked = if name.starts_with("can_pass") {
        let (principal, role, service) = (text("principal"), text("role"), text("service"));
        principal.zip(role).zip(service).map(|((principal, resource), service)| Asked {
            principal,
            action: "iam:PassRole",
            resource,
            key: Some(("iam:PassedToService", service)),
        })
    } else if name.starts_with("assumes") || name == "may_assume" {
        text("principal").zip(text("role")).map(|(principal, resource)| Asked {
            principal,
            action: "sts:AssumeRole",
            resource,
            key: None,
        })
    } else if name.starts_with("can") {
        let request = text("principal").zip(text("action")).zip(text("resource"));
        request.map(|((principal, action), resource)| Asked {
            principal,
            action,
            resource,
            key: text("key").zip(text("value")),
        })
    } else {
        None
    };
    asked.map(|asked| evidence.decision(&asked)).unwrap_or_default()
}

/// What an engine's estate shows.
pub(super) struct OfEngine<'a> {
    engine: &'a Engine,
    statements: Statements<'a>,
}

impl<'a> OfEngine<'a> {
    pub(super) fn new(engine: &'a Engine) -> Self {
        Self { engine, statements: Statements::new(engine) }
    }
}

impl Evidence for OfEngine<'_> {
    fn statements(&mut self, wanted: &[(&str, u32)]) -> Vec<Option<StatementReference>> {
        self.statements.find(wanted)
    }

    fn decision(&mut self, asked: &Asked<'_>) -> Vec<StatementReference> {
        let mut context = Context::new();
        if let Some((key, value)) = asked.key {
            context.add(key, value);
        }
        let question = Question {
            principal: asked.principal.to_owned(),
            action: asked.action.to_owned(),
            resource: Some(asked.resource.to_owned()),
            resource_account: None,
            context,
            session_policy: None,
        };
        // A role that is taken by a provider is no question of sts:AssumeRole, and has no statements here.
        self.engine.can(&question).map(|answer| can_view(&answer, None, false).statements).unwrap_or_default()
    }

    fn places(&mut self, accounts: &[&str]) -> Vec<Option<PlaceView>> {
        listed(self.engine.estate(), accounts)
    }

    fn assumed(&self) -> Assumed {
        assumed_of_all(self.engine)
    }
}

/// What a fact file shows: the statements that it states.
#[derive(Default)]
pub(super) struct OfFile {
    statements: FxHashMap<(String, u32), StatementReference>,
}

impl OfFile {
    /// The evidence of a file, from its rows of `statement`.
    pub(super) fn new(statement: &Declaration, rows: &[Row]) -> Self {
        let column = |name: &str| statement.columns.iter().position(|column| *name == *column.name.value);
        let names = ["policy", "index", "effect", "layer", "sid", "file", "line"].map(column);
        let read = |row: &Row| {
            let [policy, index, effect, layer, sid, file, line] = names.map(|at| row.get(at?));
            let word = |value: Option<&Value>| match value {
                Some(Value::Text(text) | Value::Symbol(text)) => text.to_string(),
                _ => String::new(),
            };
            let number = |value: Option<&Value>| match value {
                Some(Value::Number(number)) => u32::try_from(*number).ok(),
                _ => None,
            };
            let layer = match &*word(layer) {
                "trust" => "resource".to_owned(),
                layer => layer.to_owned(),
            };
            let reference = StatementReference {
                policy: word(policy),
                sid: Some(word(sid)).filter(|sid| !sid.is_empty()),
                index: number(index)?,
                effect: if word(effect) == "allow" { EffectWord::Allow } else { EffectWord::Deny },
                layer: LayerWord::parse(&layer).unwrap_or(LayerWord::Identity),
                file: word(file),
                line: number(line).unwrap_or_default(),
                column: 1,
                path: String::new(),
            };
            Some(((reference.policy.clone(), reference.index), reference))
        };
        Self { statements: rows.iter().filter_map(read).collect() }
    }
}

impl Evidence for OfFile {
    fn statements(&mut self, wanted: &[(&str, u32)]) -> Vec<Option<StatementReference>> {
        wanted
            .iter()
            .map(|&(policy, index)| self.statements.get(&(policy.to_owned(), index)).cloned())
            .collect()
    }

    fn decision(&mut self, _: &Asked<'_>) -> Vec<StatementReference> {
        Vec::new()
    }
}
