//! `can`: one request of one principal.

use std::sync::Arc;

use thiserror::Error;

use super::context::Context;
use super::depends::{Depends, named, same_apart};
use super::engine::Engine;
use super::stated::{needed_besides, odd_keys};
use crate::catalog::Catalog;
use crate::document::PolicyKind;
use crate::estate::{Arn, Tags};
use crate::facts::compile::DENIES;
use crate::facts::keys::{self, Origin};
use crate::facts::{ParsedPolicy, PrincipalFact, PrincipalId, ResourceOwner, Target, with_canonical_id};
use crate::region::condition::{Bindings, ConditionId, Conditions, KeyId, Known};
use crate::rules::decision::{Decided, Decision};
use crate::rules::request::{Caller, Examined, Prepared, SessionPolicies, unstated};

/// A request that someone asks about: one action, named as the Service Authorization Reference does (S-ACT-05 to S-ACT-07), on
/// one resource (S-DEC-01).
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// An ARN, a session ARN, `anonymous`, a service, an account id, a canonical user id, or a name that only one principal has.
    pub principal: String,
    /// `service:Name`.
    pub action: String,
    /// An ARN, or `*` for actions without resource.
    pub resource: Option<String>,
    /// The account that owns the resource, where the estate does not know.
    pub resource_account: Option<ResourceOwner>,
    /// What is known of the context.
    pub context: Context,
    /// The session policy that was passed for the caller's session; none: see S-SESS-01.
    pub session_policy: Option<Arc<ParsedPolicy>>,
}

impl Question {
    /// A question without context.
    pub fn new(principal: &str, action: &str, resource: &str) -> Self {
        Self {
            principal: principal.to_owned(),
            action: action.to_owned(),
            resource: Some(resource.to_owned()),
            ..Self::default()
        }
    }
}

/// The answer to a [`Question`].
pub struct Answer<'a> {
    /// The engine whose ids the answer holds.
    pub engine: &'a Engine,
    /// The caller.
    pub caller: PrincipalFact,
    /// The session policy of the question.
    pub session_policy: Option<Arc<ParsedPolicy>>,
    /// What was asked about.
    pub target: Target,
    /// The decision.
    pub decided: Decided,
    /// The layers behind it.
    pub examined: Examined,
    /// What was not collected and could change the answer.
    pub missing: Vec<String>,
    /// Odd things about the question: an action that no one knows, a resource of the wrong type.
    pub warnings: Vec<String>,
    /// The readings of what AWS leaves open without which it would come out otherwise.
    pub depends: Vec<Depends>,
    /// Whether it rests on what is assumed of VPC endpoints that were not collected (S-VPCE-07).
    pub other_endpoints: bool,
    /// What was assumed of the context, by name.
    pub assumed: Vec<(&'static str, String)>,
}

/// A question that has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum QuestionError {
    /// No principal has this name.
    #[error("no principal is called `{name}`")]
    UnknownPrincipal {
        /// The name.
        name: String,
        /// The nearest names.
        nearest: Vec<Arc<str>>,
    },
    /// Several principals have this name.
    #[error("`{name}` is the name of {} principals", candidates.len())]
    AmbiguousPrincipal {
        /// The name.
        name: String,
        /// Their ARNs.
        candidates: Vec<Arc<str>>,
    },
    /// The text is not `service:Name`.
    #[error("`{0}` is not an action; expected `service:Name`")]
    MalformedAction(String),
    /// No action matches the pattern, or none of those that do acts on the resource.
    #[error("`{0}` matches no action that acts on this, as far as the catalog knows")]
    NoSuchAction(String),
    /// The text is neither an ARN nor `*`.
    #[error("`{0}` is neither an ARN nor `*`")]
    MalformedResource(String),
    /// The account part of an ARN is none.
    #[error("`{account}` in `{arn}` is no account id")]
    MalformedAccount {
        /// The ARN.
        arn: String,
        /// Its account part.
        account: String,
    },
    /// No resource of a type that the action takes matches the pattern.
    #[error("`{action}` acts on no resource that matches `{pattern}`")]
    NoSuchResource {
        /// The action.
        action: String,
        /// The pattern.
        pattern: String,
    },
    /// The principal has no policies of its own.
    #[error("`{0}` has no identity policies, so no document says what it can do")]
    NoOwnPolicies(String),
    /// A session policy is given, and the principal has no sessions that it could limit.
    #[error("`{0}` is no session and no role, so there is nothing that a session policy could limit")]
    NoSession(String),
    /// A resource with wildcards falls into too many parts.
    #[error("the resource falls into too many parts: {0}")]
    TooManyParts(String),
    /// The text looks like parts of resources as answers name them, and can't be read back.
    #[error("`{0}` is neither an ARN nor a pattern, nor does it name parts of resources as answers do")]
    UnreadableParts(String),
    /// No action is named, and no action takes the resource.
    #[error("no action takes the resource `{0}`, so there is nothing to ask about")]
    NothingToDo(String),
    /// The action needs a resource and the question names none.
    #[error("`{action}` acts on a resource; name one, such as `{example}`")]
    ResourceNeeded {
        /// The action.
        action: String,
        /// An ARN format of a resource type that it takes.
        example: String,
    },
}

impl QuestionError {
    /// The stable name of the kind of error, in kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownPrincipal { .. } => "unknown-principal",
            Self::AmbiguousPrincipal { .. } => "ambiguous-principal",
            Self::MalformedAction(_) => "malformed-action",
            Self::NoSuchAction(_) => "no-such-action",
            Self::MalformedResource(_) => "malformed-resource",
            Self::MalformedAccount { .. } => "malformed-account",
            Self::NoSuchResource { .. } => "no-such-resource",
            Self::UnreadableParts(_) => "unreadable-parts",
            Self::NoOwnPolicies(_) => "no-own-policies",
            Self::NoSession(_) => "no-session",
            Self::TooManyParts(_) => "too-many-parts",
            Self::NothingToDo(_) => "nothing-to-do",
            Self::ResourceNeeded { .. } => "resource-needed",
        }
    }

    /// One remedy.
    pub fn help(&self) -> Option<String> {
        let quoted =
            |names: &[Arc<str>]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        match self {
            Self::UnknownPrincipal { nearest, .. } if nearest.is_empty() => {
                Some("`entail facts ESTATE --relation principal` lists the principals".to_owned())
            }
            Self::NoSuchAction(_) => Some("`entail catalog PATTERN` lists the actions that match".to_owned()),
            Self::UnknownPrincipal { nearest, .. } => Some(format!("the nearest are {}", quoted(nearest))),
            Self::AmbiguousPrincipal { candidates, .. } => {
                Some(format!("use an ARN: {}", quoted(candidates)))
            }
            Self::NothingToDo(resource) if resource == "*" => {
                Some("name an action, such as `s3:ListAllMyBuckets`, or the ARN of a resource".to_owned())
            }
            Self::NothingToDo(_) => {
                Some("name an action, or the ARN of a resource of a type that the catalog knows".to_owned())
            }
            Self::MalformedAccount { .. } => Some("an account id has 12 digits".to_owned()),
            Self::NoSession(_) => {
                Some("name a role, or the ARN of a session or of a federated user".to_owned())
            }
            _ => None,
        }
    }
}

/// What a context says of the caller. Policies are read with that alone: which of the other keys a request can hold
/// depends on its action (S-COND-14).
#[derive(Clone, Copy)]
pub(super) struct OfCaller<'a> {
    pub(super) conditions: &'a Conditions,
    pub(super) context: &'a (dyn Bindings + Sync),
}

impl Bindings for OfCaller<'_> {
    fn lookup(&self, key: KeyId) -> Known<'_> {
        match keys::origin(&self.conditions.key_of(key).name) {
            Origin::Principal => self.context.lookup(key),
            _ => Known::Unknown,
        }
    }
}

impl Engine {
    /// Decides one request.
    ///
    /// # Errors
    /// The question names no principal, or no action or resource that could exist.
    pub fn can(&self, question: &Question) -> Result<Answer<'_>, QuestionError> {
        if let Some((engine, context)) = self.for_context(&question.context) {
            let assumed = self.assumed_in(&question.context);
            let answer = engine.can(&Question { context, ..question.clone() })?;
            return Ok(Answer { assumed, ..answer });
        }
        let mut answer = self.decide(question)?;
        let readings = &self.facts.compiler.assumptions.readings;
        for compiled in self.compiled_by(question, &answer).iter() {
            let engine = self.otherwise(compiled);
            let other = engine.decide(question)?;
            let one = (&self.facts.arena().conditions, &answer.decided);
            if !same_apart(one, (&engine.facts.arena().conditions, &other.decided)) {
                answer.depends.push(named(readings, compiled));
            }
        }
        answer.depends.sort_unstable();
        Ok(answer)
    }

    /// Decides a request in whose context nothing is said that is assumed otherwise.
    fn decide(&self, question: &Question) -> Result<Answer<'_>, QuestionError> {
        let (caller, id) = self.caller(&question.principal)?;
        if question.session_policy.is_some() && !caller.caller.has_session_policies() {
            return Err(QuestionError::NoSession(caller.name.to_string()));
        }
        let mut warnings = Vec::new();
        let mut target = self.target_of(
            &question.action,
            question.resource.as_deref(),
            question.resource_account,
            &mut warnings,
        )?;
        if question.resource_account.is_none() && target.is_of_callers_organization() {
            let manager = ResourceOwner::Manager(caller.standing.organization.manager());
            target = self.facts.target(target.action.clone(), &target.asked, Some(manager));
        }
        let conditions = &self.facts.arena().conditions;
        let context = question.context.bindings(conditions);
        // A context that speaks of the caller reads its policies anew; any other reads the side that all questions share.
        let own;
        let of_caller = OfCaller { conditions, context: &context };
        let shared = id.filter(|&id| {
            !question.context.speaks_of_callers() && self.facts.principal(id).name == caller.name
        });
        let side = match shared {
            Some(id) => self.sides.of(&self.facts, id),
            _ => {
                own = self.sides.with(&self.facts, &caller, id, Some(&of_caller as &dyn Bindings));
                &own
            }
        };
        let prepared = Prepared::new(&self.facts, &self.sides, &target, &context);
        let given = question.session_policy.as_ref().map(|document| {
            let compiled = self.facts.compiler.compile(document.clone(), PolicyKind::Session);
            [self.sides.read_given(&self.facts, &caller, &compiled, Some(&of_caller as &dyn Bindings))]
        });
        let session = match &given {
            Some(policies) => SessionPolicies::Given(policies),
            None => unstated(&caller),
        };
        let asking = Caller { fact: &caller, side, session };
        let (decided, examined) = prepared.decide(&self.routes, &asking, None);
        let mut missing = self.missing(&decided, &prepared);
        missing.extend(self.unreadable(&decided, &examined));
        missing.sort();
        missing.dedup();
        warnings.extend(question.context.contradictions());
        warnings.extend(self.stated_otherwise_of_caller(&question.context, &caller));
        warnings.extend(self.stated_otherwise_of_resource(&question.context, &target));
        warnings.extend(self.stated_otherwise_of_request(&question.context));
        warnings.extend(odd_keys(&question.context));
        warnings.extend(unknown_keys(conditions, decided.condition));
        warnings.extend(needed_besides(&target).filter(|_| decided.decision.may_be_allowed()));
        let depends = self.depends_on(prepared.concerned(&asking, &examined), &decided, |readings| {
            let other = Prepared::by_readings(&self.facts, &self.sides, &target, &context, readings);
            other.decide(&self.routes, &asking, None).0
        });
        let other_endpoints =
            prepared.other_endpoints().is_some_and(|endpoints| endpoints.bear(&caller, &decided));
        let target = target.clone();
        Ok(Answer {
            engine: self,
            target,
            caller,
            session_policy: question.session_policy.clone(),
            decided,
            examined,
            missing,
            warnings,
            depends,
            other_endpoints,
            assumed: self.assumed_in(&question.context),
        })
    }

    /// The caller of a name, and its id if it is a principal of the facts.
    ///
    /// # Errors
    /// There is no such caller, or more than one.
    pub fn caller(&self, name: &str) -> Result<(PrincipalFact, Option<PrincipalId>), QuestionError> {
        if let Some(id) = self.facts.principal_id(name) {
            return Ok((self.facts.principal(id).clone(), Some(id)));
        }
        let candidates: Vec<Arc<str>> = self
            .facts
            .estate
            .principals_named(name)
            .iter()
            .map(|principal| principal.arn().clone())
            .collect();
        match candidates.as_slice() {
            [one] => {
                let id = self.facts.principal_id(one);
                if let Some(id) = id {
                    return Ok((self.facts.principal(id).clone(), Some(id)));
                }
            }
            [] => {}
            _ => return Err(QuestionError::AmbiguousPrincipal { name: name.to_owned(), candidates }),
        }
        if let Some(error) = malformed_account(name) {
            return Err(error);
        }
        // S-PRN-10
        if let Some(account) = self.facts.estate.account_of_canonical_id(name) {
            return self.caller(&account.id.to_string());
        }
        if let Some(fact) = with_canonical_id(name).into_iter().next() {
            let id = self.facts.principal_id(&fact.name);
            return Ok((fact, id));
        }
        match PrincipalFact::named(&self.facts.estate, name) {
            Some(fact) => {
                let fact = self.facts.placed(fact);
                let id = self.facts.principal_id(&fact.name).or_else(|| {
                    // A session that no policy names has the policies of its role.
                    fact.identity().and_then(|identity| self.facts.principal_id(&identity.arn))
                });
                Ok((fact, id))
            }
            None => Err(QuestionError::UnknownPrincipal {
                name: name.to_owned(),
                nearest: self.facts.estate.nearest_principals(name, 3),
            }),
        }
    }

    /// The target of a question.
    ///
    /// # Errors
    /// Action or resource could not exist, or the action needs a resource and there is none.
    pub fn target_of(
        &self,
        action: &str,
        resource: Option<&str>,
        owner: Option<ResourceOwner>,
        warnings: &mut Vec<String>,
    ) -> Result<Target, QuestionError> {
        let (service, name) = action.split_once(':').unwrap_or_default();
        if service.is_empty() || name.is_empty() || action.contains([' ', '*', '?']) {
            return Err(QuestionError::MalformedAction(action.to_owned()));
        }
        let catalog = Catalog::embedded();
        let asked = self.facts.asked_action(action);
        if asked.catalog.is_none() {
            let nearest = catalog.nearest_actions(action, 3);
            let help = match nearest.is_empty() {
                true => String::new(),
                false => format!("; did you mean `{}`?", nearest.join("`, `")),
            };
            warnings.push(format!("no action `{action}` is known, so it is decided by patterns alone{help}"));
        }
        let resource = match (resource, asked.catalog) {
            (Some(resource), _) if resource != "*" => resource,
            (_, Some(id)) if !catalog.is_wildcard_only(id) && !catalog.needs_no_resource(id) => {
                let types = catalog.resource_types_of(id).iter();
                let formats =
                    types.filter_map(|line| catalog.resource_type(line.id)?.formats.first().copied());
                let format = formats.min_by_key(|format| format.len());
                let example = format.unwrap_or("*").to_owned();
                return Err(QuestionError::ResourceNeeded { action: asked.name.to_string(), example });
            }
            _ => "*",
        };
        if resource != "*" && !crate::region::resource::is_arn(resource) {
            return Err(QuestionError::MalformedResource(resource.to_owned()));
        }
        if let Some(error) = malformed_account(resource) {
            return Err(error);
        }
        if resource != "*" && asked.catalog.is_some_and(|id| catalog.is_wildcard_only(id)) {
            warnings.push(format!("`{}` has no resource type, so it is decided on `*`", asked.name));
        }
        let target = self.facts.target(asked, resource, owner);
        warnings.extend(owner.and_then(|owner| self.stated_otherwise_of_owner(owner, &target)));
        if owner.is_some() && target.no_resource {
            let action = &target.action.name;
            warnings
                .push(format!("`{action}` is asked on no resource, so a stated owner counts for nothing"));
        }
        for tag in target.tagged.iter().filter_map(|record| record.tags.as_ref()).flat_map(Tags::ambiguous) {
            warnings.push(format!(
                "`{}` has several tags `{tag}` whose keys differ by case only",
                target.resource
            ));
        }
        if resource != "*" && resource.contains(['*', '?']) {
            let text = format!(
                "`{resource}` is taken as the name of one resource, in which `*` and `?` are ordinary characters; `entail who-can` reads patterns"
            );
            warnings.push(text);
        }
        if !target.right_type {
            warnings.push(format!("`{}` does not act on resources such as `{resource}`", target.action.name));
        }
        Ok(target)
    }

    /// The documents that can't be read and leave an answer unknown (S-EVAL-10, S-TRI-07).
    pub(super) fn unreadable(&self, decided: &Decided, examined: &Examined) -> Vec<String> {
        if !matches!(decided.decision, Decision::Unknown | Decision::Conditional) {
            return Vec::new();
        }
        let statements = examined.matched.iter().map(|matched| matched.statement);
        let of_estate = statements.filter(|statement| !statement.policy.is_none_of_estate());
        let unread = of_estate.filter(|statement| {
            let compiled = self.facts.compiled(statement.policy);
            compiled.document.document().stands_unread(statement.index)
        });
        unread
            .map(|statement| format!("{}, which can't be read", self.facts.policy(statement.policy).label))
            .collect()
    }

    /// What was not collected and could change an answer.
    pub(super) fn missing(&self, decided: &Decided, prepared: &Prepared) -> Vec<String> {
        let mut missing = missing_in(&self.facts.arena().conditions, decided.condition);
        // A resource policy that was not collected is answered as if there were none, and named.
        missing.extend(prepared.not_collected().into_iter().map(str::to_owned));
        // So is an object that is taken as the bucket owner's (S-S3-04).
        missing.extend(prepared.assumed_ownership().filter(|_| decided.decision.may_be_allowed()));
        missing.sort();
        missing.dedup();
        missing
    }
}

/// An ARN whose account part is meant to be an account's and is none: it would be taken for that of an account elsewhere.
pub(super) fn malformed_account(text: &str) -> Option<QuestionError> {
    let arn = Arn::parse(text)?;
    let account = arn.account;
    // AWS's own policies, and origin access identities (S-XACC-16).
    let is_aws = matches!(account, "" | "aws" | "cloudfront") && arn.service == "iam";
    let is_open = account.contains(['*', '?', '$']);
    let is_meant = matches!(arn.service, "iam" | "sts") || account.bytes().any(|byte| byte.is_ascii_digit());
    let is_none = arn.account_id().is_none() && is_meant && !is_open && !is_aws && !account.is_empty();
    is_none.then(|| QuestionError::MalformedAccount { arn: text.to_owned(), account: account.to_owned() })
}

/// Keys in a condition that the catalog does not know: their presence and value stay unknown (S-TRI-11).
pub(super) fn unknown_keys(conditions: &Conditions, condition: ConditionId) -> Vec<String> {
    let names = conditions.keys(condition).iter().map(|&key| conditions.key_of(key).name.to_string());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names.dedup();
    let catalog = Catalog::embedded();
    let names = names.into_iter().filter(|name| !name.starts_with(keys::PSEUDO));
    let unknown = names.filter_map(|name| match catalog.key_id(&name) {
        None => Some(format!("no key `{name}` is known, so whether a request holds it is not known either")),
        Some(key) if catalog.is_listed_for_none(key) => Some(format!(
            "AWS says of no action that its requests hold `{name}`, so whether a request holds it is not known"
        )),
        Some(_) => None,
    });
    unknown.collect()
}

/// What a condition says is missing, sorted, each once; a policy and its Denies are one.
pub(super) fn missing_in(conditions: &Conditions, condition: ConditionId) -> Vec<String> {
    let texts = conditions.missing_in(condition).iter().map(|&id| {
        let text = conditions.missing_of(id);
        text.strip_suffix(DENIES).unwrap_or(text).to_owned()
    });
    let mut missing: Vec<String> = texts.collect();
    missing.sort();
    missing.dedup();
    missing
}
