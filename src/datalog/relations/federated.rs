//! Whether RCPs keep out strangers who sign in by an OpenID Connect provider that many share: asked of a role of each account whose trust
//! policy lets everybody of the provider in.

use rayon::prelude::*;

use super::Row;
use super::asked::refused;
use super::probes::{Answer, Probed, Probes, impossible};
use crate::answers::{Context, Engine, Question};
use crate::datalog::engine::GivenError;
use crate::datalog::text::Value;
use crate::document::PolicyKind;
use crate::estate::{Estate, IdentityProvider, Role};

/// Providers that many share, each with the subject of somebody of whom no policy is likely to speak.
const SHARED: [(&str, &str); 3] = [
    ("app.terraform.io", "organization:entail-no-special-name:project:none:workspace:none:run_phase:apply"),
    ("gitlab.com", "project_path:entail-no-special-name/none:ref_type:branch:ref:main"),
    ("token.actions.githubusercontent.com", "repo:entail-no-special-name/none:ref:refs/heads/main"),
];

const CALL: &str = "sts:AssumeRoleWithWebIdentity";

impl Probes {
    /// For each account and provider whether a stranger is let in.
    pub(super) fn by_provider(&self) -> Result<Vec<Row>, GivenError> {
        let mut estate = self.engine.estate().clone();
        for probed in &self.accounts {
            let known = SHARED.map(|(issuer, _)| IdentityProvider {
                arn: provider(probed, issuer).into(),
                tags: Some(Default::default()),
            });
            estate = estate.with_identity_providers(probed.account, known.into()).map_err(impossible)?;
            estate = estate.with_role(federated(probed, &estate)).map_err(impossible)?;
        }
        let engine = Engine::new(&estate, self.engine.options().clone());
        let rows = self.accounts.par_iter().map(|probed| {
            let mut rows = Vec::new();
            for (issuer, subject) in SHARED {
                let mut context = Context::new();
                context.add(&format!("{issuer}:sub"), subject);
                let asked = Question::new(&provider(probed, issuer), CALL, &role(probed));
                let answer = engine.can(&Question { context, ..asked }).map_err(refused)?;
                let decision = answer.decided.decision;
                if decision.may_be_allowed() {
                    let conditions = &answer.engine.facts().arena().conditions;
                    let condition = conditions.text(answer.decided.condition).to_string();
                    rows.push(Answer { decision, condition }.row([probed.name(), Value::text(issuer)]));
                }
            }
            Ok(rows)
        });
        let rows: Result<Vec<Vec<Row>>, GivenError> = rows.collect();
        Ok(rows?.into_iter().flatten().collect())
    }
}

/// The ARN of a provider in an account.
fn provider(probed: &Probed, issuer: &str) -> String {
    format!("arn:{}:iam::{}:oidc-provider/{issuer}", probed.partition, probed.account)
}

/// The ARN of the role.
fn role(probed: &Probed) -> String {
    format!("{}-federated", probed.role)
}

/// A role that everybody of the providers may take.
fn federated(probed: &Probed, estate: &Estate) -> Role {
    let providers: Vec<String> =
        SHARED.iter().map(|(issuer, _)| format!("\"{}\"", provider(probed, issuer))).collect();
    let trust = format!(
        r#"{{"Statement": {{"Effect": "Allow", "Principal": {{"Federated": [{}]}}, "Action": "{CALL}"}}}}"#,
        providers.join(", ")
    );
    let mut made = probed.role(estate);
    let name = format!("{}-federated", made.identity.name);
    made.identity.arn = role(probed).into();
    made.identity.unique_id = None;
    made.identity.name = name.as_str().into();
    made.trust = Some(estate.policy(PolicyKind::Trust, &trust));
    made
}
