//! Who can become whom, as plain data.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::condition::ConditionView;
use super::json::{Assumed, StatementReference};
use super::rows::{Answer, Row};
use super::words::{DecisionWord, KindWord};

/// The answer to `entail become`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BecomeAnswer {
    /// Who becomes others, if that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Whom others become, if that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// With one end given, a row for each principal at the other; with both, one for each hop of each path; with none, one for
    /// each hop.
    pub rows: Vec<BecomeRow>,
    /// With both ends given, the shortest of the surest paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<Vec<HopView>>,
    /// With no end given, all hops at a glance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overview: Option<OverviewView>,
    /// Whether there is more than is listed: longer ways than `--max-depth`, or more paths than are shown.
    pub more: bool,
    /// What was not collected and could add hops.
    pub missing: Vec<String>,
    /// What was assumed.
    pub assumed: Assumed,
}

/// A principal, and the surest way to it or from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BecomeRow {
    /// The principal.
    pub principal: String,
    /// What it is.
    pub kind: KindWord,
    /// Its account, if it has one.
    pub account: Option<String>,
    /// How many hops the way has.
    pub hops: u32,
    /// Allowed if every hop is, Unknown if one is, else Conditional.
    pub decision: DecisionWord,
    /// Between two principals the number of the path that leads to the principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<u32>,
    /// The hop at this principal's end of the way. The row of its other principal tells the hop before, or after.
    pub hop: HopView,
}

/// One identity becomes another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HopView {
    /// Who.
    pub from: String,
    /// What it is.
    pub from_kind: KindWord,
    /// Its account, if it has one.
    pub from_account: Option<String>,
    /// The role, or named session.
    pub to: String,
    /// Its account.
    pub to_account: Option<String>,
    /// `sts:AssumeRole` and its kin, or `RoleSessionName` where a session of a role is given a name.
    pub by: String,
    /// Allowed, Conditional or Unknown.
    pub decision: DecisionWord,
    /// What it depends on; absent when it holds always. Each hop is a call of its own, with a context of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<ConditionView>,
    /// Where a session of a role takes another role: how long the new session lasts at most, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_session: Option<u32>,
    /// For a service: the resources of the estate that hold the role, so that it takes the role for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// The statements that grant it, where they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<StatementReference>,
}

/// All hops at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewView {
    /// How many roles there are.
    pub roles: usize,
    /// How many hops there are.
    pub hops: usize,
    /// How many of them are not among the rows, because there would be too many.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
    /// Callers outside of the estate, AWS's services apart.
    pub entry_points: Vec<ReachView>,
    /// AWS's services.
    pub services: Vec<ReachView>,
    /// Principals of the estate that can become a role, those with most roles first.
    pub reach: Vec<ReachView>,
    /// Roles that can become each other.
    pub cycles: Vec<Vec<String>>,
    /// Roles that every identity of a web identity provider can take: no claim but the audience is tested.
    #[serde(default)]
    pub unclaimed: Vec<TrustView>,
    /// Roles that identities of Amazon Cognito can take without having signed in.
    #[serde(default)]
    pub unauthenticated: Vec<String>,
    /// Roles that nobody can take.
    pub nobody: Vec<String>,
    /// Roles that everybody can take, under a condition perhaps.
    pub anybody: Vec<String>,
}

/// A provider that a role trusts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustView {
    /// The provider.
    pub provider: String,
    /// The role.
    pub role: String,
}

/// How many roles somebody can become.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachView {
    /// Who.
    pub principal: String,
    /// What it is.
    pub kind: KindWord,
    /// By one hop.
    pub direct: usize,
    /// In any number of hops.
    pub roles: usize,
    /// For a service: how many resources of the estate hold the roles that it can take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<usize>,
}

/// Whether a number is none.
pub(super) fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Answer for BecomeAnswer {
    type Row = BecomeRow;

    fn rows(&self) -> &[BecomeRow] {
        &self.rows
    }
}

impl Row for BecomeRow {
    const COLUMNS: &'static [&'static str] = &[
        "principal",
        "kind",
        "account",
        "hops",
        "decision",
        "from",
        "to",
        "by",
        "condition",
        "statements",
        "resources",
        "path",
    ];

    fn fields(&self) -> Vec<Cow<'_, str>> {
        let statements: Vec<String> = self.hop.statements.iter().map(StatementReference::short).collect();
        vec![
            self.principal.as_str().into(),
            self.kind.as_str().into(),
            self.account.as_deref().unwrap_or_default().into(),
            self.hops.to_string().into(),
            self.decision.as_str().into(),
            self.hop.from.as_str().into(),
            self.hop.to.as_str().into(),
            self.hop.by.as_str().into(),
            self.hop.condition.as_ref().map_or("", |condition| &condition.text).into(),
            statements.join(";").into(),
            self.hop.resources.join(";").into(),
            self.path.map_or_else(Cow::default, |path| path.to_string().into()),
        ]
    }
}

impl BecomeAnswer {
    /// The hops that the answer shows, each once.
    pub fn hops(&self) -> Vec<&HopView> {
        let mut hops: Vec<&HopView> =
            self.rows.iter().map(|row| &row.hop).chain(self.paths.iter().flatten()).collect();
        hops.sort_by(|a, b| (&a.from, &a.to, &a.by).cmp(&(&b.from, &b.to, &b.by)));
        hops.dedup_by(|a, b| (&a.from, &a.to, &a.by) == (&b.from, &b.to, &b.by));
        hops
    }
}
