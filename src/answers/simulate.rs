//! Scenarios: self-contained requests, decided by the same rules as those about an estate.

use crate::facts::{Assumptions, Attachments, Case, Facts, OpenKeys, PrincipalId, StatedBindings};
use crate::region::condition::{Bindings, ConditionId};
use crate::rules::decision::{Decided, decide_all};
use crate::rules::membership::{self, Membership};
use crate::rules::request::{Caller, Matched, Prepared, SessionPolicies};
use crate::rules::route::Routes;
use crate::rules::side::{Bound, Sides};
use crate::scenario::{Scenario, ScenarioError};

/// Decides scenarios, many at once.
///
/// # Example
/// ```
/// use entail::answers::Simulator;
/// use entail::facts::OpenKeys;
/// use entail::scenario::Scenario;
///
/// let line = r#"{"request": {"principal": "arn:aws:iam::111111111111:user/ann", "action": "sqs:SendMessage",
///     "resource": "arn:aws:sqs:eu-west-1:111111111111:jobs", "context": {}}}"#;
/// let scenarios = [Scenario::read(line, 1)?];
/// let simulator = Simulator::new(&scenarios, &OpenKeys::None);
/// assert_eq!(simulator.decide(0)?.decided.decision.name(), "ImplicitlyDenied");
/// # Ok::<(), entail::scenario::ScenarioError>(())
/// ```
pub struct Simulator<'a> {
    groups: Vec<Group>,
    /// The group of each scenario, and its position there.
    places: Vec<(usize, usize)>,
    routes: Routes,
    open: &'a OpenKeys,
}

/// The scenarios of one partition: which ARNs a service may check for an action without resource depends on it.
struct Group {
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
    /// The statements that took part.
    pub matched: Vec<Matched>,
    /// What is missing and could change the answer.
    pub missing: Vec<String>,
    /// Why the service refuses the request, if it does.
    pub refusal: Option<&'static str>,
}

impl Group {
    fn new(scenarios: &[&Scenario]) -> Self {
        let (facts, cases) = Facts::of_scenarios(scenarios, Assumptions::nothing());
        let sides = Sides::new(&facts);
        let mut attachments = Attachments::default();
        for id in 0..facts.principals.len() as u32 {
            facts.attachments(PrincipalId(id), &mut attachments);
        }
        let membership = membership::derive(&attachments);
        Self { facts, sides, membership, cases }
    }
}

impl<'a> Simulator<'a> {
    /// Compiles the policies of scenarios and derives what belongs to each of their callers, for all in one go.
    pub fn new(scenarios: &[Scenario], open: &'a OpenKeys) -> Self {
        let mut by_partition: Vec<(&str, Vec<&Scenario>)> = Vec::new();
        let places = scenarios.iter().map(|scenario| {
            let partition = scenario.partition();
            let group = match by_partition.iter().position(|(known, _)| *known == partition) {
                Some(group) => group,
                None => {
                    by_partition.push((partition, Vec::new()));
                    by_partition.len() - 1
                }
            };
            by_partition[group].1.push(scenario);
            (group, by_partition[group].1.len() - 1)
        });
        let places = places.collect();
        let groups = by_partition.iter().map(|(_, scenarios)| Group::new(scenarios)).collect();
        Self { groups, places, routes: Routes::derive(), open }
    }

    /// Decides the scenario at a position.
    ///
    /// # Errors
    /// What the scenario says can't be understood, or there is none.
    pub fn decide(&self, index: usize) -> Result<Simulated<'_>, ScenarioError> {
        let group = self.places.get(index).and_then(|&(group, at)| {
            let group = self.groups.get(group)?;
            Some((group, group.cases.get(at)?))
        });
        match group {
            Some((group, Ok(case))) => Ok(group.decide(case, &self.routes, self.open)),
            Some((_, Err(error))) => Err(error.clone()),
            None => Err(ScenarioError {
                message: format!("there is no scenario {index}"),
                column: 1,
                path: crate::document::JsonPath::root(),
            }),
        }
    }
}

impl Group {
    fn decide(&self, case: &Case, routes: &Routes, open: &OpenKeys) -> Simulated<'_> {
        let conditions = &self.facts.arena().conditions;
        let fact = self.facts.principal(case.caller);
        let (mut all, mut matched, mut refusal) = (Vec::new(), Vec::new(), None);
        for (target, context) in &case.targets {
            let context = StatedBindings {
                conditions,
                context,
                action: target.action.catalog,
                derive: case.derive,
                open,
            };
            let overlay = Some(&context as &dyn Bindings);
            let side = self.sides.of_case(&self.facts, case.caller, &self.membership, overlay);
            let session: Vec<Bound> = case
                .session
                .iter()
                .map(|&policy| self.sides.read_for(&self.facts, fact, policy, overlay))
                .collect();
            let session = match session.is_empty() {
                true => SessionPolicies::None,
                false => SessionPolicies::Given(&session),
            };
            let prepared = Prepared::new(&self.facts, &self.sides, target, &context);
            let (decided, examined) = prepared.decide(routes, &Caller { fact, side: &side, session }, None);
            refusal = refusal.or(examined.gate.as_ref().map(|gate| gate.reason));
            all.push(decided);
            matched.extend(examined.matched);
        }
        let decided = decide_all(conditions, &all, true);
        let missing = self.missing(decided.condition);
        Simulated { facts: &self.facts, decided, matched, missing, refusal }
    }

    fn missing(&self, condition: ConditionId) -> Vec<String> {
        let conditions = &self.facts.arena().conditions;
        let texts = conditions.missing_in(condition).iter().map(|&id| {
            let text = conditions.missing_of(id);
            text.strip_suffix(crate::facts::compile::DENIES).unwrap_or(text).to_owned()
        });
        let mut missing: Vec<String> = texts.collect();
        missing.sort();
        missing.dedup();
        missing
    }
}
