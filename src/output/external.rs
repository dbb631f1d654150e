//! Who from outside reaches which resource, as plain data.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::condition::ConditionView;
use super::json::{Assumed, StatementReference};
use super::rows::{Answer, Row};
use super::words::{DecisionWord, KindWord, ScopeWord};

/// The answer to `entail report --external`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalAnswer {
    /// A row for each way in, by resource.
    pub rows: Vec<ExternalRow>,
    /// What was not collected and could let others in, or keep some out.
    pub missing: Vec<String>,
    /// What was assumed.
    pub assumed: Assumed,
}

/// A resource, or role, that somebody of another account reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalRow {
    /// The resource whose policy it is.
    pub resource: String,
    /// The account that owns it.
    pub resource_account: Option<String>,
    /// From how far away.
    pub scope: ScopeWord,
    /// Who: `*` for anybody at all, `any account`, an account, an organisation, or a principal.
    pub who: String,
    /// What that is.
    pub kind: KindWord,
    /// The account from which it comes, where it is one.
    pub account: Option<String>,
    /// Allowed, Conditional or Unknown.
    pub decision: DecisionWord,
    /// Actions: patterns of policies, where all of it is meant, and names.
    pub actions: Vec<String>,
    /// What of the resource is reached: itself, or what is inside.
    pub part: String,
    /// What it depends on; absent when it holds always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<ConditionView>,
    /// The statement that lets it in.
    pub statements: Vec<StatementReference>,
}

impl Answer for ExternalAnswer {
    type Row = ExternalRow;

    fn rows(&self) -> &[ExternalRow] {
        &self.rows
    }
}

impl Row for ExternalRow {
    const COLUMNS: &'static [&'static str] = &[
        "resource",
        "resource_account",
        "scope",
        "who",
        "kind",
        "account",
        "decision",
        "actions",
        "part",
        "condition",
        "statements",
    ];

    fn fields(&self) -> Vec<Cow<'_, str>> {
        let statements: Vec<String> = self.statements.iter().map(StatementReference::short).collect();
        vec![
            self.resource.as_str().into(),
            self.resource_account.as_deref().unwrap_or_default().into(),
            self.scope.as_str().into(),
            self.who.as_str().into(),
            self.kind.as_str().into(),
            self.account.as_deref().unwrap_or_default().into(),
            self.decision.as_str().into(),
            self.actions.join(";").into(),
            self.part.as_str().into(),
            self.condition.as_ref().map_or("", |condition| &condition.text).into(),
            statements.join(";").into(),
        ]
    }
}
