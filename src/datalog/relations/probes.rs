//! What SCPs and RCPs leave open, whoever asks: decided for a role of each account that has every permission, for resources that let
//! everybody in, and for strangers, in an estate that holds nothing else: an account in no organisation, and one in another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::Mutex;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::asked::{refused, text};
use super::regions::told_apart;
use super::{Row, optional};
use crate::answers::{Context, Engine, EngineOptions, Question, QuestionError};
use crate::catalog::endpoints::{Leads, leads_to, region_of_endpoint};
use crate::catalog::region_of;
use crate::datalog::engine::{Bound, GivenError, Rows};
use crate::datalog::text::Value;
use crate::document::PolicyKind;
use crate::estate::{
    AccountId, Collected, EditError, Estate, Identity, InlinePolicy, Name, PublicAccessBlock, Resource,
    ResourceSettings, Role, Tags, VpcEndpoint,
};
use crate::region::condition::ConditionId;
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

/// The id of the role, for policies that speak of `aws:userid`.
const ID: &str = "AROAENTAILNOSPECIALID";

/// The actions that are asked of resources.
pub(super) fn actions() -> impl Iterator<Item = &'static str> {
    ON_RESOURCES.iter().map(|(action, _)| *action)
}

/// What is asked of all accounts at once: the action, and perhaps a key and its value.
type Topic = Box<[Arc<str>]>;

/// The answers of the roles of accounts, with their conditions, by ARN; a role without any is denied.
type OfRoles = FxHashMap<Arc<str>, Vec<(Decision, Arc<str>)>>;

/// An engine for the questions.
pub(super) struct Probes {
    pub(super) engine: Engine,
    /// The same without the resources that let everybody in, for questions about roles: there are resources in every Region.
    roles: Engine,
    pub(super) accounts: Vec<Probed>,
    strangers: Vec<Probed>,
    /// What was asked before: the relations of one question share it.
    known: Mutex<FxHashMap<Topic, Arc<OfRoles>>>,
    /// For each Region the one that answers for it.
    regions: FxHashMap<&'static str, &'static str>,
    /// The VPC endpoints of the accounts that have some.
    endpoints: BTreeMap<AccountId, Arc<[VpcEndpoint]>>,
}

/// An account with a role that has every permission.
pub(super) struct Probed {
    pub(super) account: AccountId,
    pub(super) partition: Arc<str>,
    pub(super) role: Arc<str>,
}

impl Probes {
    /// The questions about the accounts of an engine's estate that are in an organisation.
    ///
    /// # Errors
    /// The estate can't hold what is asked about.
    pub(super) fn new(engine: &Engine) -> Result<Self, GivenError> {
        let Some((mut estate, strangers)) = engine.estate().hollow().with_strangers() else {
            return Err(GivenError::new("there is no account"));
        };
        let members = engine.estate().accounts.values().filter(|account| account.membership.is_some());
        let accounts: Vec<Probed> =
            members.map(|account| Probed::new(account.id, &account.partition)).collect();
        let partition = accounts.first().map_or_else(|| "aws".into(), |probed| probed.partition.clone());
        let strangers: Vec<Probed> = strangers.iter().map(|id| Probed::new(*id, &partition)).collect();
        for probed in accounts.iter().chain(&strangers) {
            estate = estate.with_role(probed.role(&estate)).map_err(impossible)?;
        }
        let of_accounts = engine.estate().accounts.values();
        let endpoints = of_accounts.filter_map(|account| Some((account.id, account.vpc_endpoints.as_ref()?)));
        let endpoints = endpoints.filter(|(_, endpoints)| !endpoints.is_empty());
        let endpoints: BTreeMap<AccountId, Arc<[VpcEndpoint]>> = endpoints
            .map(|(account, endpoints)| {
                let here = |endpoint: &VpcEndpoint| moved(endpoint, engine.estate(), &estate);
                (account, endpoints.iter().map(here).collect())
            })
            .collect();
        let regions = told_regions(&estate, &endpoints, &accounts);
        let with_roles = estate.clone();
        for probed in accounts.iter().chain(&strangers) {
            for (_, arn) in probed.resources(&regions) {
                estate = estate.with_resource(open_resource(&estate, &arn, probed.account));
            }
        }
        let options =
            EngineOptions { only: None, outsiders: false, identity_center: None, ..engine.options().clone() };
        let roles = Engine::new(&with_roles, options.clone());
        let engine = Engine::new(&estate, options);
        Ok(Self { engine, roles, accounts, strangers, known: Mutex::default(), regions, endpoints })
    }

    /// Who lets in whom: for each account and action the answer that lets most.
    pub(super) fn perimeter(&self, relation: &str) -> Result<Vec<Row>, GivenError> {
        match relation {
            "lets_through" => return self.through_endpoints(),
            "lets_in_by_provider" => return self.by_provider(),
            _ => {}
        }
        let rows = self.accounts.par_iter().map(|probed| {
            let mut best = Best::default();
            for stranger in &self.strangers {
                let (caller, owner) = match relation {
                    "lets_in" => (stranger, probed),
                    _ => (probed, stranger),
                };
                most_open(&self.engine, caller, owner.resources(&self.regions), &Context::new(), &mut best)?;
            }
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
                let mut best = Best::default();
                for stranger in &self.strangers {
                    let asked = stranger.resources(&self.regions).filter(of_service);
                    most_open(&engine, stranger, asked, &context, &mut best)?;
                }
                for (action, answer) in best {
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
        if relation == "closed_on" {
            return self.closed_on(bound);
        }
        let conditional = relation.ends_with("_if");
        let mut rows = Rows::new(bound.columns().len() + 1 + usize::from(conditional));
        let tuples: Vec<(&[Value], Topic)> =
            bound.tuples().map(|tuple| (tuple, tuple.iter().map(text).collect())).collect();
        // What keeps all from being asked side by side comes up when one is asked.
        let contexts: Vec<Context> = tuples.iter().map(|(_, topic)| context(topic)).collect();
        self.roles.prepare_access(&contexts);
        tuples.par_iter().with_max_len(1).for_each(|(_, topic)| drop(self.of_roles(topic)));
        for (tuple, topic) in &tuples {
            let answers = self.of_roles(topic)?;
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

    /// What the roles of all accounts may do somewhere.
    fn of_roles(&self, topic: &Topic) -> Result<Arc<OfRoles>, GivenError> {
        let topic = &self.standing(topic);
        if let Some(known) = self.known.lock().get(topic) {
            return Ok(known.clone());
        }
        let action = topic.first().map(|action| &**action).unwrap_or_default();
        let (engine, found) = self.roles.access_somewhere(action, &context(topic)).map_err(refused)?;
        let conditions = &engine.facts().arena().conditions;
        let mut answers = OfRoles::default();
        for somewhere in &found {
            let condition: Arc<str> = conditions.text(somewhere.condition).into();
            for &id in somewhere.principals.iter() {
                let of = answers.entry(engine.facts().principal(id).name.clone()).or_default();
                of.push((somewhere.decision, condition.clone()));
            }
        }
        let answers = Arc::new(answers);
        Ok(self.known.lock().entry(topic.clone()).or_insert(answers).clone())
    }

    /// The topic that answers for this one: of Regions that no policy tells apart the first.
    fn standing(&self, topic: &Topic) -> Topic {
        let mut topic = topic.clone();
        if let [_, key, value] = &mut *topic
            && key.eq_ignore_ascii_case("aws:RequestedRegion")
            && let Some(stands) = self.regions.get(&**value)
        {
            *value = (*stands).into();
        }
        topic
    }

    /// On which resources of each account an action is closed that is not closed on all of them.
    fn closed_on(&self, bound: &Bound) -> Result<Rows, GivenError> {
        let mut rows = Rows::new(4);
        for action in bound.tuples().filter_map(<[Value]>::first) {
            let of = |probed| self.closed_to(probed, &text(action));
            let found: Result<Vec<_>, GivenError> = self.accounts.par_iter().map(of).collect();
            for (probed, parts) in self.accounts.iter().zip(found?) {
                for (resources, condition) in parts {
                    let (resources, condition) = (Value::text(&resources), Value::text(&condition));
                    rows.push([probed.name(), action.clone(), resources, condition]);
                }
            }
        }
        Ok(rows)
    }

    /// The resources on which an action is closed to the role of an account, and unless what.
    fn closed_to(&self, probed: &Probed, action: &str) -> Result<Vec<(String, String)>, GivenError> {
        let Some(id) = self.roles.facts().principal_id(&probed.role) else { return Ok(Vec::new()) };
        let pattern = format!("arn:{}:*:*:{}:*", probed.partition, probed.account);
        let (engine, parts) = match self.roles.decide_on_each(id, action, &pattern, &Context::new()) {
            Ok(found) => found,
            // What has no such resources, and what falls into more parts than can be told apart.
            Err(
                QuestionError::NoSuchResource { .. }
                | QuestionError::MalformedResource(_)
                | QuestionError::TooManyParts(_),
            ) => return Ok(Vec::new()),
            Err(error) => return Err(refused(error)),
        };
        if parts.iter().all(|part| part.outcome.is_none()) {
            return Ok(Vec::new());
        }
        let conditions = &engine.facts().arena().conditions;
        let closed = parts.into_iter().filter_map(|part| match part.outcome {
            None => Some((part.resources, conditions.text(ConditionId::NEVER))),
            Some((Decision::Conditional, condition)) => Some((part.resources, conditions.text(condition))),
            Some(_) => None,
        });
        Ok(closed.map(|(resources, condition)| (resources, condition.to_string())).collect())
    }
}

/// An endpoint with its policy in the store of another estate.
fn moved(endpoint: &VpcEndpoint, from: &Estate, to: &Estate) -> VpcEndpoint {
    let policy = match endpoint.policy {
        Collected::Some(policy) => match from.policies.get(policy.document) {
            Some(stored) => Collected::Some(to.policy(stored.kind, &stored.text)),
            None => Collected::NotCollected,
        },
        Collected::None => Collected::None,
        Collected::NotCollected => Collected::NotCollected,
    };
    VpcEndpoint { policy, ..endpoint.clone() }
}

/// The Regions in which the accounts are asked about: for each the first of those that no policy tells from it.
fn told_regions(
    estate: &Estate,
    endpoints: &BTreeMap<AccountId, Arc<[VpcEndpoint]>>,
    accounts: &[Probed],
) -> FxHashMap<&'static str, &'static str> {
    let policies = estate.organizations.values().flat_map(|organization| organization.policies.values());
    let of_organizations = policies.filter_map(|policy| policy.policy);
    let endpoints = || endpoints.values().flat_map(|endpoints| endpoints.iter());
    let of_endpoints = endpoints().filter_map(|endpoint| match endpoint.policy {
        Collected::Some(policy) => Some(policy),
        _ => None,
    });
    let delegations =
        estate.organizations.values().filter_map(|organization| match organization.resource_policy {
            Collected::Some(policy) => Some(policy),
            _ => None,
        });
    let documents = of_organizations.chain(delegations).chain(of_endpoints);
    let texts: Vec<&str> =
        documents.filter_map(|policy| Some(&*estate.policies.get(policy.document)?.text)).collect();
    // What serves one Region tells it apart.
    let serving: Vec<&str> =
        endpoints().filter_map(|endpoint| region_of_endpoint(endpoint.service.as_deref()?)).collect();
    let partitions: BTreeSet<&str> = accounts.iter().map(|probed| &*probed.partition).collect();
    let of_partition = |partition: &str| told_apart(&texts, &serving, region_of::regions(partition));
    partitions.into_iter().flat_map(of_partition).collect()
}

/// What a topic says of the request.
fn context(topic: &Topic) -> Context {
    let mut context = Context::new();
    if let [_, key, value] = &**topic {
        context.add(key, value);
    }
    context
}

/// An answer that is no denial.
pub(super) struct Answer {
    pub(super) decision: Decision,
    pub(super) condition: String,
}

impl Answer {
    /// A row that ends in it.
    pub(super) fn row<const N: usize>(self, about: [Value; N]) -> Row {
        let word = match self.decision {
            Decision::Allowed => "allowed",
            Decision::Conditional => "conditional",
            _ => "unknown",
        };
        about.into_iter().chain([Value::symbol(word), Value::text(&self.condition)]).collect()
    }
}

/// Of each action the answer that is most open.
type Best = FxHashMap<&'static str, Answer>;

/// Takes in the answers to a caller on some resources.
fn most_open(
    engine: &Engine,
    caller: &Probed,
    resources: impl Iterator<Item = (&'static str, String)>,
    context: &Context,
    best: &mut Best,
) -> Result<(), GivenError> {
    for (action, arn) in resources {
        if best.get(action).is_some_and(|known| known.decision == Decision::Allowed) {
            continue;
        }
        let question = Question { context: context.clone(), ..Question::new(&caller.role, action, &arn) };
        let answer = engine.can(&question).map_err(refused)?;
        let decision = answer.decided.decision;
        let known = best.get(action).map(|known| openness(known.decision));
        if decision.may_be_allowed() && known.is_none_or(|known| openness(decision) > known) {
            let condition = answer.engine.facts().arena().conditions.text(answer.decided.condition);
            best.insert(action, Answer { decision, condition: condition.to_string() });
        }
    }
    Ok(())
}

pub(super) fn impossible(error: EditError) -> GivenError {
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

    pub(super) fn name(&self) -> Value {
        optional(Some(self.account))
    }

    pub(super) fn role(&self, estate: &Estate) -> Role {
        let policy = estate.policy(PolicyKind::Identity, EVERYTHING);
        Role {
            identity: Identity {
                arn: self.role.clone(),
                name: Name::from(NAME),
                account: self.account,
                unique_id: Some(ID.into()),
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

    /// The actions that are asked about, each with resources of the account, in Regions that policies tell apart.
    fn resources(
        &self,
        told: &FxHashMap<&'static str, &'static str>,
    ) -> impl Iterator<Item = (&'static str, String)> {
        let regions = match region_of::regions(&self.partition) {
            [] => &["us-east-1"],
            regions => regions,
        };
        let stand = |region: &&&str| told.get(**region).is_none_or(|stands| stands == *region);
        let regions: Vec<&str> = regions.iter().filter(stand).copied().collect();
        ON_RESOURCES.iter().flat_map(move |(action, arn)| {
            let asked = if arn.contains("{region}") { regions.len() } else { 1 };
            regions.clone().into_iter().take(asked).map(move |region| {
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
