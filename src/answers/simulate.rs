//! Scenarios: self-contained requests, decided by the same rules as those about an estate.

mod odd;

use rustc_hash::FxHashMap;

use super::can::{missing_in, unknown_keys};
use super::depends::{Depends, about_empty_values, named, same, same_apart};
use super::stated::stated_otherwise;
use crate::facts::binding::PrincipalBindings;
use crate::facts::readings::{Question, Questions, Readings};
use crate::facts::{
    Assumptions, Attachments, Case, Facts, PolicyId, PrincipalFact, PrincipalId, StatedBindings,
    StatedRequest,
};
use crate::region::condition::Bindings;
use crate::rules::decision::{Decided, Situation, blocked_together, decide_all};
use crate::rules::membership::{self, Membership};
use crate::rules::request::{Caller, Matched, Prepared, SessionPolicies};
use crate::rules::route::Routes;
use crate::rules::side::{Bound, Sides};
use crate::rules::without::Without;
use crate::scenario::{Scenario, ScenarioError, StatedContext, StatedSession};

/// Decides scenarios, many at once.
///
/// # Example
/// ```
/// use entail::answers::Simulator;
/// use entail::scenario::Scenario;
///
/// let line = r#"{"request": {"principal": "arn:aws:iam::111111111111:user/ann", "action": "sqs:SendMessage",
///     "resource": "arn:aws:sqs:eu-west-1:111111111111:jobs", "context": {}}}"#;
/// let scenarios = [Scenario::read(line, 1)?];
/// let simulator = Simulator::new(&scenarios);
/// assert_eq!(simulator.decide(0)?.decided.decision.name(), "ImplicitlyDenied");
/// # Ok::<(), entail::scenario::ScenarioError>(())
/// ```
pub struct Simulator<'a> {
    groups: Vec<Group<'a>>,
    /// The group of each scenario, and its position there.
    places: Vec<(usize, usize)>,
    others: Vec<Other<'a>>,
    routes: Routes,
}

/// The scenarios that could depend on a question by which documents are compiled, by another reading of it.
struct Other<'a> {
    question: Question,
    groups: Vec<Group<'a>>,
    /// By the position of a scenario its group and its position there.
    places: FxHashMap<usize, (usize, usize)>,
}

/// The scenarios of one partition: which ARNs a service may check for an action without resource depends on it.
struct Group<'a> {
    scenarios: Vec<&'a Scenario<'a>>,
    facts: Facts,
    sides: Sides,
    membership: Membership,
    cases: Vec<Result<Case, ScenarioError>>,
}

/// The answer to a scenario.
pub struct Simulated<'s> {
    /// The facts whose ids it holds.
    pub facts: &'s Facts,
    /// The decision.
    pub decided: Decided,
    /// What kinds of requests it was, one for each resource.
    pub situations: Vec<Situation>,
    /// The statements that took part.
    pub matched: Vec<Matched>,
    /// What is missing and could change the answer.
    pub missing: Vec<String>,
    /// All its policies.
    pub policies: Vec<PolicyId>,
    /// Why the service refuses the request, if it does.
    pub refusal: Option<&'static str>,
    /// Permissions that the call needs besides that of its own action, and that are denied.
    pub lacking: Vec<&'static str>,
    /// What is odd about the context and the condition (S-TRI-06, S-TRI-11).
    pub warnings: Vec<String>,
    /// The readings of what AWS leaves open that were chosen, and those without which it would come out otherwise.
    pub assumed: Vec<Depends>,
}

/// What a scenario comes to by some readings.
struct Run {
    decided: Decided,
    matched: Vec<Matched>,
    refusal: Option<&'static str>,
    lacking: Vec<&'static str>,
    concerned: Questions,
    situations: Vec<Situation>,
}

impl<'a> Group<'a> {
    fn new(scenarios: Vec<&'a Scenario<'a>>, readings: Readings, without: Without) -> Self {
        let assumptions = Assumptions { readings, ..Assumptions::nothing() };
        let (facts, cases) = Facts::of_scenarios(&scenarios, assumptions);
        let sides = Sides::without(without, &facts);
        let mut attachments = Attachments::default();
        for id in 0..facts.principals.len() as u32 {
            facts.attachments(PrincipalId(id), &mut attachments);
        }
        let membership = membership::derive(&attachments, without.membership);
        Self { scenarios, facts, sides, membership, cases }
    }
}

impl<'a> Simulator<'a> {
    /// Compiles the policies of scenarios and derives what belongs to each of their callers, for all in one go.
    pub fn new(scenarios: &'a [Scenario<'a>]) -> Self {
        Self::by_readings(scenarios, Readings::default())
    }

    /// The same by chosen readings of what AWS leaves open.
    pub fn by_readings(scenarios: &'a [Scenario<'a>], readings: Readings) -> Self {
        let (groups, places) = grouped(scenarios.iter(), readings, Without::default());
        let concerned: Vec<Questions> = scenarios.iter().map(compiled).collect();
        let all = concerned.iter().fold(Questions::default(), |all, one| all.union(*one));
        let others = all.iter().filter(|&question| readings.is_default(question)).map(|question| {
            let members: Vec<usize> = (0..scenarios.len())
                .filter(|&at| concerned.get(at).is_some_and(|of| of.has(question)))
                .collect();
            let of_members = members.iter().filter_map(|&at| scenarios.get(at));
            let (groups, places) = grouped(of_members, readings.otherwise(question), Without::default());
            Other { question, groups, places: members.into_iter().zip(places).collect() }
        });
        Self { groups, places, others: others.collect(), routes: Routes::derive() }
    }

    /// The same without the rules that are off.
    pub fn without(scenarios: &'a [Scenario<'a>], off: Without) -> Self {
        let (groups, places) = grouped(scenarios.iter(), Readings::default(), off);
        Self { groups, places, others: Vec::new(), routes: Routes::without(&off) }
    }

    /// Decides the scenario at a position.
    ///
    /// # Errors
    /// What the scenario says can't be understood, or there is none.
    pub fn decide(&self, index: usize) -> Result<Simulated<'_>, ScenarioError> {
        self.decide_by(&self.routes, index)
    }

    /// Decides the scenario at a position by other routes than those that the rules derive, to see what a rule is for.
    ///
    /// # Errors
    /// As [`Simulator::decide`].
    pub fn decide_by(&self, routes: &Routes, index: usize) -> Result<Simulated<'_>, ScenarioError> {
        let group = self.places.get(index).and_then(|&(group, at)| {
            let group = self.groups.get(group)?;
            Some((group, group.scenarios.get(at)?, group.cases.get(at)?))
        });
        match group {
            Some((group, scenario, Ok(case))) => {
                let mut simulated = group.decide(scenario, case, routes)?;
                self.name_compiled(routes, index, &mut simulated);
                Ok(simulated)
            }
            Some((_, _, Err(error))) => Err(error.clone()),
            None => Err(ScenarioError {
                message: format!("there is no scenario {index}"),
                column: 1,
                path: crate::document::JsonPath::root(),
            }),
        }
    }

    /// Names the questions by another reading of which the documents of a scenario, compiled anew, come to something else.
    fn name_compiled(&self, routes: &Routes, index: usize, simulated: &mut Simulated<'_>) {
        for other in &self.others {
            let Some(&(group, at)) = other.places.get(&index) else { continue };
            let Some(group) = other.groups.get(group) else { continue };
            let (Some(scenario), Some(Ok(case))) = (group.scenarios.get(at), group.cases.get(at)) else {
                continue;
            };
            let Ok(targets) = group.facts.targets_of(scenario, case) else { continue };
            let readings = group.facts.compiler.assumptions.readings;
            let run = group.run(scenario, case, &targets, routes, readings);
            let one = (&simulated.facts.arena().conditions, &simulated.decided);
            if !same_apart(one, (&group.facts.arena().conditions, &run.decided)) {
                let readings = &simulated.facts.compiler.assumptions.readings;
                simulated.assumed.push(named(readings, other.question));
            }
        }
        simulated.assumed.sort_unstable();
    }
}

/// Scenarios by their partitions, and for each its group and its position there.
fn grouped<'a>(
    scenarios: impl Iterator<Item = &'a Scenario<'a>>,
    readings: Readings,
    without: Without,
) -> (Vec<Group<'a>>, Vec<(usize, usize)>) {
    let mut by_partition: Vec<(&str, Vec<&'a Scenario<'a>>)> = Vec::new();
    let mut places = Vec::new();
    for scenario in scenarios {
        let partition = scenario.partition();
        let group = match by_partition.iter().position(|(known, _)| *known == partition) {
            Some(group) => group,
            None => {
                by_partition.push((partition, Vec::new()));
                by_partition.len() - 1
            }
        };
        by_partition[group].1.push(scenario);
        places.push((group, by_partition[group].1.len() - 1));
    }
    let groups = by_partition.into_iter().map(|(_, scenarios)| Group::new(scenarios, readings, without));
    (groups.collect(), places)
}

impl Group<'_> {
    fn decide(
        &self,
        scenario: &Scenario,
        case: &Case,
        routes: &Routes,
    ) -> Result<Simulated<'_>, ScenarioError> {
        let conditions = &self.facts.arena().conditions;
        let readings = self.facts.compiler.assumptions.readings;
        let targets = self.facts.targets_of(scenario, case)?;
        let run = self.run(scenario, case, &targets, routes, readings);
        let mut assumed: Vec<Depends> = readings.chosen().collect();
        for question in run.concerned.iter().filter(|&question| readings.is_default(question)) {
            let other = self.run(scenario, case, &targets, routes, readings.otherwise(question));
            if !same(conditions, &run.decided, &other.decided) {
                assumed.push(named(&readings, question));
            }
        }
        let Run { decided, matched, refusal, lacking, situations, .. } = run;
        let missing = missing_in(conditions, decided.condition);
        let mut warnings = unknown_keys(conditions, decided.condition);
        warnings.extend(odd::warnings(scenario, self.facts.principal(case.caller), &targets));
        warnings.extend(self.stated_otherwise_of_caller(scenario, case));
        let policies = case.policies.clone().map(PolicyId).collect();
        Ok(Simulated {
            facts: &self.facts,
            decided,
            situations,
            matched,
            missing,
            policies,
            refusal,
            lacking,
            warnings,
            assumed,
        })
    }

    /// The keys that say who calls of which a scenario states something else than its principal does.
    fn stated_otherwise_of_caller(&self, scenario: &Scenario, case: &Case) -> Vec<String> {
        const KEYS: [&str; 5] =
            ["aws:principalaccount", "aws:principalarn", "aws:principaltype", "aws:userid", "aws:username"];
        let given = scenario.context.given().filter(|(name, _)| KEYS.contains(name));
        let stated: Vec<(&str, Vec<String>)> = given
            .map(|(name, given)| (name, given.values.iter().map(ToString::to_string).collect()))
            .collect();
        if stated.is_empty() {
            return Vec::new();
        }
        let fact = PrincipalFact { derives: true, ..self.facts.principal(case.caller).clone() };
        let bindings = PrincipalBindings::new(&self.facts, &fact);
        let stated = stated.iter().map(|(name, values)| (*name, values.as_slice()));
        stated_otherwise(stated, &fact.name, &|name| bindings.known(name))
    }

    fn run(
        &self,
        scenario: &Scenario,
        case: &Case,
        targets: &[StatedRequest],
        routes: &Routes,
        readings: Readings,
    ) -> Run {
        let conditions = &self.facts.arena().conditions;
        let fact = self.facts.principal(case.caller);
        let (mut all, mut matched, mut refusal) = (Vec::new(), Vec::new(), None);
        let (mut situations, mut heard, mut lacking) = (Vec::new(), Vec::new(), Vec::new());
        let mut concerned = Questions::default();
        for StatedRequest { target, context, number } in targets {
            let context = StatedBindings {
                conditions,
                context,
                action: target.action.catalog,
                derive: scenario.derive,
                open: &scenario.open,
                no_organization: fact.states_no_organization(),
                number: *number,
            };
            let overlay = Some(&context as &dyn Bindings);
            let side = self.sides.of_case(&self.facts, case.caller, &self.membership, overlay);
            let session: Vec<Bound> = case
                .session
                .iter()
                .map(|&policy| self.sides.read_for(&self.facts, fact, policy, overlay))
                .collect();
            let session = match scenario.session_policies {
                _ if !session.is_empty() => SessionPolicies::Given(&session),
                StatedSession::Unknown if case.in_session => SessionPolicies::NotStated,
                StatedSession::LeftOut if scenario.caller.limited_by_service() => SessionPolicies::NotStated,
                StatedSession::LeftOut | StatedSession::All | StatedSession::Unknown => SessionPolicies::None,
            };
            let prepared = Prepared::by_readings(&self.facts, &self.sides, target, &context, readings);
            let caller = Caller { fact, side: &side, session };
            let (decided, examined) = prepared.decide(routes, &caller, None);
            concerned = concerned.union(prepared.concerned(&caller, &examined));
            refusal = refusal.or(examined.gate.as_ref().map(|gate| gate.reason));
            lacking.extend(examined.lacking.iter().map(|lacking| lacking.action));
            all.push(decided);
            situations.push(examined.situation);
            matched.extend(examined.matched);
            heard.push((examined.situation, examined.evaluated));
        }
        let mut decided = decide_all(conditions, &all, true);
        if heard.len() > 1 && decided.condition.is_never() {
            let together = blocked_together(routes, conditions, &heard);
            decided.blocked_by = decided.blocked_by.iter().chain(together.iter()).collect();
        }
        lacking.sort_unstable();
        lacking.dedup();
        Run { decided, matched, refusal, lacking, concerned, situations }
    }
}

/// The questions that a scenario could depend on and by which documents are compiled or keys derived.
fn compiled(scenario: &Scenario) -> Questions {
    let mut found = Questions::default();
    let texts = || scenario.policies().map(|policy| policy.value);
    let contexts = scenario.resources.iter().map(|resource| &resource.context);
    let tags = scenario.resources.iter().map(|resource| &resource.tags).chain([&scenario.caller.tags]);
    let empty_tags = scenario.derive && tags.flatten().any(|(_, value)| value.is_empty());
    if empty_tags || contexts.chain([&scenario.context]).any(StatedContext::has_empty_values) {
        found = about_empty_values(texts());
    }
    let names_owner = || texts().any(|text| text.to_ascii_lowercase().contains("aws:sourceowner"));
    let derived = scenario.derive && scenario.action.starts_with("sns:");
    found.with_if(derived && names_owner(), Question::SourceOwner)
}
