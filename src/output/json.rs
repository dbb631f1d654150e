//! The JSON types of answers: one documented type for each command.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::chains::{HopView, is_zero};
use super::condition::ConditionView;
use super::redact::Redactor;
use super::words::{AccessLevel, DecisionWord, EffectWord, KindWord, LayerWord};

/// Where a statement that an answer rests on stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StatementReference {
    /// The policy: its ARN, or for an inline policy `ARN of the principal or resource/policy name`.
    pub policy: String,
    /// The statement's Sid, if it has one.
    pub sid: Option<String>,
    /// The statement's place in the policy, counted from 0.
    pub index: u32,
    /// Allow or Deny.
    pub effect: EffectWord,
    /// The layer as which the policy took part.
    pub layer: LayerWord,
    /// The file, relative to the estate.
    pub file: String,
    /// The line in the file, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
    /// The JSON path in the file: `$.Policies[3].Content.Statement[0]`.
    pub path: String,
}

impl StatementReference {
    /// Puts pseudonyms in place of names.
    pub fn redact(&mut self, redactor: &Redactor) {
        let texts = [&mut self.policy, &mut self.file, &mut self.path];
        texts.into_iter().chain(&mut self.sid).for_each(|text| *text = redactor.text(text));
    }

    /// The statement in few words: its policy with the Sid or the place in it, and where it stands.
    pub fn short(&self) -> String {
        let Self { policy, index, file, line, column, .. } = self;
        match &self.sid {
            Some(sid) => format!("{policy}#{sid} ({file}:{line}:{column})"),
            None => format!("{policy}#{index} ({file}:{line}:{column})"),
        }
    }
}

/// What an answer took for granted, by name: context keys (`aws:SecureTransport`: `true`) and readings of what AWS leaves
/// open (`U-77`: `bypassed`).
pub type Assumed = BTreeMap<String, String>;

/// A request as an answer repeats it, with names resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestView {
    /// The line's id, in answers to a file of requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The principal.
    pub principal: String,
    /// The action.
    pub action: String,
    /// The resource, `*` for an action without resource types.
    pub resource: String,
}

/// The answer to `entail can`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanAnswer {
    /// What was asked.
    pub request: RequestView,
    /// The decision.
    pub decision: DecisionWord,
    /// The layer that decided: that of the Deny or of the first missing Allow; for an allowed request the layer that
    /// granted it. Absent where no policy decided.
    pub layer: Option<LayerWord>,
    /// Each layer that would stop the request if every other layer allowed everything and denied nothing.
    pub blocked_by: Vec<LayerWord>,
    /// Why the service itself refuses the request, where that stops it whatever policies say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Permissions that the call needs besides that of its own action, and that are denied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<String>,
    /// What the decision depends on; absent when it holds always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<ConditionView>,
    /// The context that makes a conditional answer a yes, beside the one that was given; nothing of it can be left out.
    /// Absent where no context does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_with: Option<Vec<ContextView>>,
    /// The open readings on which a conditional answer depends that no context makes a yes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<String>,
    /// The statements that the decision rests on.
    pub statements: Vec<StatementReference>,
    /// What was not collected and could change the decision.
    pub missing: Vec<String>,
    /// What was assumed.
    pub assumed: Assumed,
    /// How the principal gets it by becoming others, where `--through-roles` asked for it and that is surer than by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<ThroughView>,
    /// The proof, where `--why` asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
}

/// The answer to a line of a file of requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LineAnswer {
    /// The request was decided.
    Answered(Box<CanAnswer>),
    /// The line is no request, or asks for something that does not exist.
    Refused(ScenarioErrorView),
}

/// What somebody gets by becoming others: the shortest of the surest ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThroughView {
    /// Who makes the request in the end.
    pub principal: String,
    /// Of the whole way: Allowed if every hop is and the request, Unknown if one is, else Conditional.
    pub decision: DecisionWord,
    /// What the request depends on, when made by that principal; absent when it holds always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<ConditionView>,
    /// The statements that grant the request.
    pub statements: Vec<StatementReference>,
    /// The hops, first to last, each a call of its own with condition and statements of its own.
    pub hops: Vec<HopView>,
}

/// What a context says of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextView {
    /// The context key.
    pub key: String,
    /// Its values, where the request holds it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Whether the request lacks it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
}

impl ContextView {
    /// The options of the command line that say the same, as a shell takes them.
    pub fn options(&self) -> String {
        let quoted = |text: String| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@,+%".contains(&byte);
            match text.bytes().all(plain) {
                true => text,
                false => format!("'{}'", text.replace('\'', r"'\''")),
            }
        };
        let Self { key, values, absent } = self;
        if *absent {
            return format!("--absent {}", quoted(key.clone()));
        }
        let options = values.iter().map(|value| format!("--context {}", quoted(format!("{key}={value}"))));
        options.collect::<Vec<_>>().join(" ")
    }
}

impl CanAnswer {
    /// Whether the request is denied for sure: also where it is open whether explicitly or implicitly, and the decision is
    /// therefore conditional on *never* (S-TRI-04).
    pub fn is_denied(&self) -> bool {
        match self.decision {
            DecisionWord::ExplicitlyDenied | DecisionWord::ImplicitlyDenied => true,
            DecisionWord::Allowed => false,
            DecisionWord::Conditional | DecisionWord::Unknown => {
                self.condition.as_ref().is_some_and(|condition| *condition == ConditionView::never())
            }
        }
    }
}

/// The answer to a line of `entail simulate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioAnswer {
    /// The scenario's id, or the number of its line.
    pub id: String,
    /// The decision.
    pub decision: DecisionWord,
    /// Each layer that would stop the request if every other layer allowed everything and denied nothing.
    pub blocked_by: Vec<LayerWord>,
    /// Permissions that the call needs besides that of its own action, and that are denied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<String>,
    /// What the decision depends on; absent when it holds always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<ConditionView>,
    /// The statements that the decision rests on.
    pub statements: Vec<StatementReference>,
    /// What the scenario does not state and could change the decision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Readings of what AWS leaves open: those that were chosen, and those without which it would come out otherwise.
    #[serde(default, skip_serializing_if = "Assumed::is_empty")]
    pub assumed: Assumed,
    /// Why the service itself refuses the request, where that is what stops it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What is odd about the context: keys that no request holds together, keys that nobody knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What can't be understood in the policies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ScenarioProblem>,
    /// What the scenario expects, if it came out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Whether the scenario says what it expects.
    #[serde(skip)]
    pub compared: bool,
}

/// The answer to a line that is no scenario, or no request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioErrorView {
    /// Its id where it can be read, else the number of its line.
    pub id: String,
    /// What is wrong.
    pub error: ScenarioProblem,
}

/// Something in a line that can't be understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioProblem {
    /// What is wrong.
    pub message: String,
    /// The line in the file, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
    /// The JSON path in the line.
    pub path: String,
}

/// Why a decision is what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The derivation, premises before conclusions; the last step is the decision.
    pub steps: Vec<Step>,
    /// For a denial: what would have to change, in each layer that stops the request; all of it is needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<Remedy>,
}

/// One step of a derivation: a rule, what it concluded, and from what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The rule's label, as in its source; absent for a fact of the estate.
    pub rule: Option<String>,
    /// What was concluded, in words.
    pub fact: String,
    /// The steps that it rests on, counted from 0.
    pub premises: Vec<u32>,
    /// The statements that it rests on directly.
    pub statements: Vec<StatementReference>,
}

/// The smallest change by which a layer would let a denied request pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// The layer in which something has to change.
    pub layer: LayerWord,
    /// Where: the policy, principal or resource that needs the statement, or that has the Deny.
    pub place: String,
    /// The statement to add; absent where it is enough that others go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add: Option<serde_json::Value>,
    /// The Deny statements that have to go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<StatementReference>,
}

/// The answer to `entail who-can`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoCanAnswer {
    /// A row for each principal, action and part of the resource.
    pub rows: Vec<WhoCanRow>,
    /// Those without row of whom nobody knows, as something was not collected that could let them in; an element for each
    /// action that has such. Empty where they have rows (`--unknown`), and for a resource with wildcards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<UnknownView>,
    /// What was not collected and could add or remove rows.
    pub missing: Vec<String>,
    /// What was assumed.
    pub assumed: Assumed,
}

/// How many principals may be able to do something or not, as something that could let them in was not collected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownView {
    /// The action.
    pub action: String,
    /// How many users, roles and root users of accounts that were collected, by kind.
    pub principals: BTreeMap<KindWord, usize>,
    /// Whether it could let in others too: of other accounts, or of none.
    pub outside: bool,
}

/// Somebody who can do something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoCanRow {
    /// The principal; `*` for anybody at all, `any account` for accounts that nobody named, an organisation for those of its
    /// accounts that were not collected, `canonical user …` for the account with an id that no account is known to have.
    pub principal: String,
    /// What it is.
    pub kind: KindWord,
    /// Its account; absent for services, identity providers, organisations, everyone and `any account`.
    pub account: Option<String>,
    /// The action.
    pub action: String,
    /// The part of the resource that was asked about that the principal reaches.
    pub resource: String,
    /// Allowed, Conditional or Unknown.
    pub decision: DecisionWord,
    /// What it depends on; absent when it holds always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<ConditionView>,
    /// The statements that grant it.
    pub statements: Vec<StatementReference>,
    /// The hops by which the principal becomes the one that may do it; none if it may itself. Condition and statements are then
    /// those of the request after the last hop. Of more than 16 hops the first and the last 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub through: Vec<HopView>,
    /// How many hops between those are not listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub through_left_out: usize,
}

impl WhoCanRow {
    /// What the principal becomes on its way, each called by `name`, with a word on those that are left out.
    pub(super) fn way<'a>(&'a self, name: impl Fn(&'a str) -> Cow<'a, str>) -> Vec<Cow<'a, str>> {
        let mut way: Vec<Cow<'a, str>> = self.through.iter().map(|hop| name(&hop.to)).collect();
        if self.through_left_out > 0 {
            way.insert(way.len() / 2, format!("… {} more", self.through_left_out).into());
        }
        way
    }
}

/// The answer to `entail report` where it is one value: a summary of every principal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportAnswer {
    /// The principals, by ARN.
    pub principals: Vec<PrincipalReport>,
    /// The edition of the catalog that gave the universe of actions.
    pub catalog: String,
    /// The exports that were read.
    pub exports: Vec<Export>,
    /// What was not collected.
    pub missing: Vec<String>,
    /// What was assumed.
    pub assumed: Assumed,
}

/// One principal in a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrincipalReport {
    /// The ARN, or the name of a class outside of the estate.
    pub arn: String,
    /// What it is.
    pub kind: KindWord,
    /// Its account; absent for services, identity providers, organisations and everyone.
    pub account: Option<String>,
    /// Whether identity policies met with the boundary allow everything in the account, unconditionally.
    pub administrator: bool,
    /// Whether it can give itself any policy, after all layers, unconditionally.
    pub effective_administrator: bool,
    /// The access levels that it has unconditionally on some resource, by service.
    pub services: BTreeMap<String, Vec<AccessLevel>>,
    /// The access levels that it has only under a condition, by service.
    pub conditional: BTreeMap<String, Vec<AccessLevel>>,
    /// The access levels that depend on what was not collected, by service.
    pub unknown: BTreeMap<String, Vec<AccessLevel>>,
    /// The layers that take away something which its identity policies grant.
    pub limited_by: Vec<LayerWord>,
    /// Other accounts where a resource grants it something that its own policies permit, under a condition or not.
    pub reaches: Vec<String>,
    /// What it has beyond that by becoming others, where `--through-roles` asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through_roles: Option<GainsView>,
    /// Why it can do nothing or needs a second look: `account suspended`, `credentials unused since 2024-01-03`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What a principal has by becoming others, beyond what it has as itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GainsView {
    /// How many roles it can become, in any number of hops and under conditions or not.
    pub roles: usize,
    /// The nearest administrator, effective or not, that it can become; absent for administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub administrator: Option<String>,
    /// Allowed if every hop to that administrator is, Unknown if one is, else Conditional.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub administrator_decision: Option<DecisionWord>,
    /// The access levels that it has unconditionally after hops that are allowed, by service.
    pub services: BTreeMap<String, Vec<AccessLevel>>,
    /// The access levels that depend on a condition, of a hop or of the request, by service.
    pub conditional: BTreeMap<String, Vec<AccessLevel>>,
    /// The access levels that depend on what was not collected, by service.
    pub unknown: BTreeMap<String, Vec<AccessLevel>>,
}

impl PrincipalReport {
    /// All its levels by service.
    pub fn levels_mut(&mut self) -> impl Iterator<Item = &mut BTreeMap<String, Vec<AccessLevel>>> {
        let gains = self.through_roles.as_mut();
        let gained = gains.map(|gains| [&mut gains.services, &mut gains.conditional, &mut gains.unknown]);
        let own = [&mut self.services, &mut self.conditional, &mut self.unknown];
        own.into_iter().chain(gained.into_iter().flatten())
    }
}

/// One export that a report was computed from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Export {
    /// The account; absent for what describes the organisation.
    pub account: Option<String>,
    /// The file, relative to the estate.
    pub file: String,
    /// When it was made, as an instant in UTC; absent where the file does not say.
    pub date: Option<String>,
}
