//! What SCPs and RCPs leave open, whoever asks: decided for a role of each account that has every permission, for resources that let
//! everybody in, and for an account that is in no organisation, in an estate that holds nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::asked::{refused, text};
use super::{Row, optional};
use crate::answers::{Context, Engine, EngineOptions, Question};
use crate::catalog::endpoints::{Leads, leads_to};
use crate::datalog::engine::{Bound, GivenError, Rows};
use crate::datalog::text::Value;
use crate::document::PolicyKind;
use crate::estate::{
    AccountId, Collected, EditError, Estate, Identity, InlinePolicy, Name, PublicAccessBlock, Resource,
    ResourceSettings, Role, Tags, VpcEndpoint,
};
use crate::rules::decision::Decision;

/// A name that no policy is likely to speak of.
const NAME: &str = "entail-no-special-name";
const EVERYTHING: &str = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
const OPEN: &str = r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#;
const TRUST: &str =
    r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}"#;

/// What is asked of resources: the action, and the resource with `{partition}`, `{region}` and `{account}`.
const ON_RESOURCES: [(&str, &str); 8] = [
    ("s3:GetObject", "arn:{partition}:s3:::entail-no-special-name-{account}/object"),
    ("s3:PutObject", "arn:{partition}:s3:::entail-no-special-name-{account}/object"),
    ("sqs:SendMessage", "arn:{partition}:sqs:{region}:{account}:entail-no-special-name"),
    ("sqs:ReceiveMessage", "arn:{partition}:sqs:{region}:{account}:entail-no-special-name"),
    ("kms:Decrypt", "arn:{partition}:kms:{region}:{account}:key/00000000-0000-0000-0000-000000000000"),
    ("kms:Encrypt", "arn:{partition}:kms:{region}:{account}:key/00000000-0000-0000-0000-000000000000"),
    (
        "secretsmanager:GetSecretValue",
        "arn:{partition}:secretsmanager:{region}:{account}:secret:entail-no-special-name-AAAAAA",
    ),
    ("sts:AssumeRole", "arn:{partition}:iam::{account}:role/entail-no-special-name"),
];

/// Regions in which resources are asked about; the most open one counts.
const REGIONS: [(&str, &[&str]); 3] = [
    ("aws-cn", &["cn-north-1", "cn-northwest-1"]),
    ("aws-us-gov", &["us-gov-west-1", "us-gov-east-1"]),
    ("aws", &["us-east-1", "eu-west-1", "eu-central-1", "ap-northeast-1"]),
];

/// An engine for the questions.
pub(super) struct Probes {
    engine: Engine,
    accounts: Vec<Probed>,
    stranger: Probed,
    /// The VPC endpoints of the accounts that have some.
    endpoints: BTreeMap<AccountId, Arc<[VpcEndpoint]>>,
}

/// An account with a role that has every permission.
struct Probed {
    account: AccountId,
    partition: Arc<str>,
    role: Arc<str>,
}

impl Probes {
    /// The questions about the accounts of an engine's estate that are in an organisation.
    ///
    /// # Errors
    /// The estate can't hold what is asked about.
    pub(super) fn new(engine: &Engine) -> Result<Self, GivenError> {
        let Some((mut estate, stranger)) = engine.estate().hollow().with_stranger() else {
            return Err(GivenError::new("there is no account"));
        };
        let members = engine.estate().accounts.values().filter(|account| account.membership.is_some());
        let accounts: Vec<Probed> =
            members.map(|account| Probed::new(account.id, &account.partition)).collect();
        let partition = accounts.first().map_or_else(|| "aws".into(), |probed| probed.partition.clone());
        let stranger = Probed::new(stranger, &partition);
        for probed in accounts.iter().chain([&stranger]) {
            estate = estate.with_role(probed.role(&estate)).map_err(impossible)?;
            for (_, arn) in probed.resources() {
                estate = estate.with_resource(open_resource(&estate, &arn, probed.account));
            }
        }
        let options =
            EngineOptions { only: None, outsiders: false, identity_center: None, ..engine.options().clone() };
        let of_accounts = engine.estate().accounts.values();
        let endpoints = of_accounts.filter_map(|account| Some((account.id, account.vpc_endpoints.clone()?)));
        let endpoints = endpoints.filter(|(_, endpoints)| !endpoints.is_empty()).collect();
        Ok(Self { engine: Engine::new(&estate, options), accounts, stranger, endpoints })
    }

    /// Who lets in whom: for each account and action the answer that lets most.
    pub(super) fn perimeter(&self, relation: &str) -> Result<Vec<Row>, GivenError> {
        if relation == "lets_through" {
            return self.through_endpoints();
        }
        let rows = self.accounts.par_iter().map(|probed| {
            let (caller, owner) = match relation {
                "lets_in" => (&self.stranger, probed),
                _ => (probed, &self.stranger),
            };
            let best = most_open(&self.engine, caller, owner.resources(), &Context::new())?;
            Ok(best
                .into_iter()
                .map(|(action, answer)| answer.row([probed.name(), Value::text(action)]))
                .collect())
        });
        let rows: Result<Vec<Vec<Row>>, GivenError> = rows.collect();
        Ok(rows?.into_iter().flatten().collect())
    }

    /// What the VPC endpoints of each account let a stranger do on its own resources.
    fn through_endpoints(&self) -> Result<Vec<Row>, GivenError> {
        let mut estate = self.engine.estate().clone();
        let endpoints =
            |account| self.endpoints.get(&account).into_iter().flat_map(|endpoints| endpoints.iter());
        for (account, endpoints) in &self.endpoints {
            estate = estate.with_vpc_endpoints(*account, endpoints.clone()).map_err(impossible)?;
        }
        let engine = Engine::new(&estate, self.engine.options().clone());
        let mut rows = Vec::new();
        for probed in &self.accounts {
            for endpoint in endpoints(probed.account) {
                let leads = leads_to(endpoint.kind.as_deref(), endpoint.service.as_deref());
                let of_service = |(action, _): &(&str, String)| match &leads {
                    Leads::To(services) => services.iter().any(|one| action.split(':').next() == Some(one)),
                    Leads::Anywhere => true,
                };
                let mut context = Context::new();
                context.add("aws:SourceVpce", &endpoint.id);
                let asked = self.stranger.resources().filter(of_service);
                for (action, answer) in most_open(&engine, &self.stranger, asked, &context)? {
                    rows.push(answer.row([
                        probed.name(),
                        Value::Text(endpoint.id.clone()),
                        Value::text(action),
                    ]));
                }
            }
        }
        Ok(rows)
    }

    /// For which accounts an action is left open, or closed.
    pub(super) fn left_open(&self, relation: &str, bound: &Bound) -> Result<Rows, GivenError> {
        let conditional = relation.ends_with("_if");
        let mut rows = Rows::new(bound.columns().len() + 1 + usize::from(conditional));
        for tuple in bound.tuples() {
            let texts: Vec<Arc<str>> = tuple.iter().map(text).collect();
            let mut context = Context::new();
            let action = match texts.as_slice() {
                [action] => action,
                [action, key, value] => {
                    context.add(key, value);
                    action
                }
                _ => continue,
            };
            let (engine, found) = self.engine.access_somewhere(action, &context).map_err(refused)?;
            let conditions = &engine.facts().arena().conditions;
            let mut answers: FxHashMap<&str, Vec<(Decision, String)>> = FxHashMap::default();
            for somewhere in &found {
                for &id in somewhere.principals.iter() {
                    let answer = (somewhere.decision, conditions.text(somewhere.condition).to_string());
                    answers.entry(&engine.facts().principal(id).name).or_default().push(answer);
                }
            }
            for probed in &self.accounts {
                let answers = answers.get(&*probed.role).map(Vec::as_slice).unwrap_or_default();
                let mut add = |condition: Option<&str>| {
                    let account = probed.name();
                    rows.push(
                        [account].into_iter().chain(tuple.iter().cloned()).chain(condition.map(Value::text)),
                    );
                };
                let any = |wanted: Decision| answers.iter().any(|(decision, _)| *decision == wanted);
                if conditional {
                    let open = answers.iter().filter(|(decision, _)| *decision == Decision::Conditional);
                    open.for_each(|(_, condition)| add(Some(condition)));
                } else if match relation.split('_').next_back() {
                    _ if relation.starts_with("closed") => answers.is_empty(),
                    Some("unknown") => any(Decision::Unknown),
                    _ => any(Decision::Allowed),
                } {
                    add(None);
                }
            }
        }
        Ok(rows)
    }
}

/// An answer that is no denial.
struct Answer {
    decision: Decision,
    condition: String,
}

impl Answer {
    /// A row that ends in it.
    fn row<const N: usize>(self, about: [Value; N]) -> Row {
        let word = match self.decision {
            Decision::Allowed => "allowed",
            Decision::Conditional => "conditional",
            _ => "unknown",
        };
        about.into_iter().chain([Value::symbol(word), Value::text(&self.condition)]).collect()
    }
}

/// Of each action the answer on the resource that is most open.
fn most_open(
    engine: &Engine,
    caller: &Probed,
    resources: impl Iterator<Item = (&'static str, String)>,
    context: &Context,
) -> Result<FxHashMap<&'static str, Answer>, GivenError> {
    let mut best: FxHashMap<&str, Answer> = FxHashMap::default();
    for (action, arn) in resources {
        let question = Question { context: context.clone(), ..Question::new(&caller.role, action, &arn) };
        let answer = engine.can(&question).map_err(refused)?;
        let decision = answer.decided.decision;
        let known = best.get(action).map(|known| openness(known.decision));
        if decision.may_be_allowed() && known.is_none_or(|known| openness(decision) > known) {
            let condition = answer.engine.facts().arena().conditions.text(answer.decided.condition);
            best.insert(action, Answer { decision, condition: condition.to_string() });
        }
    }
    Ok(best)
}

fn impossible(error: EditError) -> GivenError {
    GivenError::new(error.to_string())
}

/// The more open, the greater.
fn openness(decision: Decision) -> u8 {
    match decision {
        Decision::Allowed => 2,
        Decision::Conditional => 1,
        _ => 0,
    }
}

impl Probed {
    fn new(account: AccountId, partition: &Arc<str>) -> Self {
        let role = format!("arn:{partition}:iam::{account}:role/{NAME}").into();
        Self { account, partition: partition.clone(), role }
    }

    fn name(&self) -> Value {
        optional(Some(self.account))
    }

    fn role(&self, estate: &Estate) -> Role {
        let policy = estate.policy(PolicyKind::Identity, EVERYTHING);
        Role {
            identity: Identity {
                arn: self.role.clone(),
                name: Name::from(NAME),
                account: self.account,
                unique_id: None,
                created: None,
                tags: Tags::default(),
                attached: Box::default(),
                inline: [InlinePolicy { name: "everything".into(), policy }].into(),
                boundary: None,
            },
            trust: Some(estate.policy(PolicyKind::Trust, TRUST)),
            last_used: Collected::NotCollected,
        }
    }

    /// The actions that are asked about, each with resources of the account.
    fn resources(&self) -> impl Iterator<Item = (&'static str, String)> {
        let regions = REGIONS.iter().find(|(partition, _)| *partition == &*self.partition);
        let regions = regions.map_or(&["us-east-1"][..], |(_, regions)| regions);
        ON_RESOURCES.iter().flat_map(move |(action, arn)| {
            let regions = if arn.contains("{region}") { regions } else { &regions[..1] };
            regions.iter().map(move |region| {
                let arn = arn.replace("{partition}", &self.partition).replace("{region}", region);
                (*action, arn.replace("{account}", &self.account.to_string()))
            })
        })
    }
}

/// A resource whose policy allows everybody everything.
fn open_resource(estate: &Estate, arn: &str, account: AccountId) -> Resource {
    let arn = arn.strip_suffix("/object").unwrap_or(arn);
    Resource {
        arn: arn.into(),
        account: Some(account),
        policy: Collected::Some(estate.policy(PolicyKind::Resource, OPEN)),
        tags: Some(Tags::default()),
        settings: ResourceSettings {
            public_access_block: Some(PublicAccessBlock::default()),
            object_ownership: Some("BucketOwnerEnforced".into()),
            abac_enabled: Some(false),
            managed_by_aws: Some(false),
            ..ResourceSettings::default()
        },
        roles: Box::default(),
    }
}
