//! The way that a request takes through the network: which VPC endpoint stands on it, and what its policy says.
//!
//! source   S-VPCE-01 to S-VPCE-07, S-TRI-06

use std::sync::Arc;

use super::found::Found;
use super::{Caller, Open, OpenPath, Prepared, Stands, Through};
use crate::catalog::region_of::partition_of;
use crate::estate::{Arn, Collected};
use crate::facts::binding::PrincipalBindings;
use crate::facts::{
    Caller as CallerKind, Endpoint, Layer, Path, PolicyId, PrincipalFact, Regime, StatementId, keys,
};
use crate::region::condition::{ConditionId, Conditions, DoubtClass, KeyId, Known};
use crate::rules::decision::Decided;

/// What is open of VPC endpoints that were not collected, where nothing is assumed of them.
pub const OTHER_ENDPOINTS_PASS: &str =
    "S-VPCE-07: whether the policy of a VPC endpoint that was not collected lets the request pass";

/// The partition of the service to which an endpoint leads.
fn partition_to(path: &Path) -> Option<&'static str> {
    path.region.as_deref().and_then(partition_of)
}

/// What is assumed of VPC endpoints that were not collected: that they let the request pass.
pub struct OtherEndpoints<'a> {
    conditions: &'a Conditions,
    /// Whether the context says something of the path.
    stated: bool,
}

impl OtherEndpoints<'_> {
    /// Whether an answer rests on it: the request comes through some endpoint of which nothing says which, or may have to.
    pub fn bear(&self, caller: &PrincipalFact, decided: &Decided) -> bool {
        let conditions = self.conditions;
        let tests = |key: &KeyId| keys::OF_PATH.contains(&&*conditions.key_of(*key).name);
        caller.caller != CallerKind::Service
            && decided.decision.may_be_allowed()
            && (self.stated || conditions.keys(decided.condition).iter().any(tests))
    }
}

impl Through {
    /// The statements that may take part.
    pub(super) fn statements(&self) -> impl Iterator<Item = &Open> {
        let (one, any) = match self {
            Through::Policy { statements, .. } => (statements.as_slice(), &[][..]),
            Through::Any(paths) => (&[][..], paths.as_slice()),
            Through::None | Through::NotCollected(_) => (&[][..], &[][..]),
        };
        one.iter().chain(any.iter().flat_map(|path| &path.statements))
    }
}

impl Prepared<'_> {
    /// The VPC endpoint that the context names, by itself or by its VPC (S-VPCE-01, S-VPCE-02). Where it says nothing of the
    /// path, the request may come through any endpoint of the service, or through none (S-VPCE-07).
    pub(super) fn read_endpoint(&mut self) -> Through {
        if let Some(stated) = &self.target.endpoint {
            let service = self.target.action.name.split(':').next().unwrap_or_default();
            return match stated.is_empty() {
                true => Through::None,
                // S-VPCE-03: endpoints of S3 and DynamoDB are gateways.
                false => self.read_path(stated, matches!(service, "s3" | "dynamodb")),
            };
        }
        let conditions = &self.facts.arena().conditions;
        let key = conditions.key(keys::key("aws:SourceVpce"));
        let id = match self.context.lookup(key) {
            Known::One(id) => id,
            named => return self.read_endpoint_of_vpc(named.is_unknown()),
        };
        match self.facts.endpoint(&id) {
            Some(endpoint) => self.read_through(endpoint, || format!("policy of endpoint {id}")),
            None => Through::NotCollected(format!("policy of endpoint {id}").into()),
        }
    }

    /// The endpoint of the VPC that the context names, for the service of the action: whoever comes from a VPC comes through
    /// one of its endpoints.
    fn read_endpoint_of_vpc(&mut self, open: bool) -> Through {
        let key = self.facts.arena().conditions.key(keys::key("aws:SourceVpc"));
        let vpc = match self.context.lookup(key) {
            Known::One(vpc) => vpc,
            Known::Unknown if open => return self.read_any_path(),
            _ => return Through::None,
        };
        let service = self.target.action.name.split(':').next().unwrap_or_default();
        let of_service: Vec<_> = self.facts.endpoints_of(&vpc, service).collect();
        match of_service.as_slice() {
            [(one, true)] => {
                self.read_through(*one, || format!("policy of the endpoint of {vpc} for {service}"))
            }
            // One that nobody can place may be for another service.
            [] | [(_, false)] => {
                Through::NotCollected(format!("policy of the endpoint of {vpc} for {service}").into())
            }
            _ => Through::NotCollected(format!("which endpoint of {vpc} for {service} it is").into()),
        }
    }

    /// The endpoints of the service that may stop the request. Those that were not collected are assumed to let it pass, or what
    /// they say is open.
    fn read_any_path(&mut self) -> Through {
        let facts = self.facts;
        let service = self.target.action.name.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let mut groups: Vec<Vec<&Path>> = Vec::new();
        // S-VPCE-07: an endpoint leads to the service in its own Region.
        let region =
            self.target.resource.split(':').nth(3).filter(|region| !region.is_empty()).map(str::to_owned);
        let leads_there = |path: &&Path| match (&path.region, &region) {
            (Some(own), Some(asked)) => **own == **asked,
            _ => true,
        };
        for path in facts.paths(&service).filter(leads_there) {
            let same = |group: &&mut Vec<&Path>| {
                group.first().is_some_and(|first| {
                    first.gateway == path.gateway
                        && partition_to(first) == partition_to(path)
                        && Arc::ptr_eq(&facts.compiled(first.policy), &facts.compiled(path.policy))
                })
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.push(path),
                None => groups.push(vec![path]),
            }
        }
        let mut open = Vec::new();
        for group in groups {
            self.add_paths(&group, &mut open);
        }
        let assumptions = &facts.compiler.assumptions;
        if facts.lacks_endpoints() && !assumptions.other_endpoints_pass {
            let conditions = &facts.arena().conditions;
            let key = conditions.key(keys::key("aws:SourceVpce"));
            // Endpoints of other services, or of other Regions, are no paths to this one.
            let leads = |id: &&str| {
                facts.endpoint(id).is_some_and(|endpoint| endpoint.policy == Collected::None)
                    || facts.paths(&service).filter(leads_there).any(|path| *path.id == **id)
            };
            let ids = facts.endpoint_ids().into_iter().filter(leads);
            let known = conditions.or(conditions.null(key), conditions.equals(key, ids));
            let passes = conditions.doubt(DoubtClass::Reading, OTHER_ENDPOINTS_PASS);
            let on = conditions.not(known);
            open.push(OpenPath { on, statements: Vec::new(), gateway: false, partition: None, passes });
        }
        match open.is_empty() {
            true => Through::None,
            false => Through::Any(open),
        }
    }

    /// Adds the paths through endpoints with one policy: one for all, unless the policy tells VPCs apart.
    fn add_paths(&mut self, group: &[&Path], open: &mut Vec<OpenPath>) {
        let Some(&first) = group.first() else { return };
        let Through::Policy { statements, gateway } = self.read_path(&[first.policy], first.gateway) else {
            return;
        };
        let conditions = &self.facts.arena().conditions;
        let [endpoint, vpc] = ["aws:SourceVpce", "aws:SourceVpc"].map(|name| conditions.key(keys::key(name)));
        let apart = statements.iter().any(|statement| conditions.keys(statement.condition).contains(&vpc));
        for of_one in group.chunks(if apart { 1 } else { group.len() }) {
            let on = conditions.equals(endpoint, of_one.iter().map(|path| &*path.id));
            let of_path = |key: KeyId| match of_one {
                [Path { vpc: Some(id), .. }] if key == vpc => Known::One(id.to_string().into()),
                _ => Known::Unknown,
            };
            let read = |statement: &Open| {
                let condition = conditions.bind(statement.condition, &of_path);
                Open { condition, ..statement.clone() }
            };
            let statements = statements.iter().map(read).collect();
            let partition = partition_to(first);
            open.push(OpenPath { on, statements, gateway, partition, passes: ConditionId::NEVER });
        }
    }

    /// How answers rest on what is assumed of VPC endpoints that were not collected; none: nothing is, or the path is known.
    pub fn other_endpoints(&self) -> Option<OtherEndpoints<'_>> {
        let facts = self.facts;
        let conditions = &facts.arena().conditions;
        let stated = |name: &str| match self.context.lookup(facts.compiler.key(name)) {
            Known::Unknown | Known::Absent | Known::As(_) => false,
            Known::One(_) | Known::Many(_) | Known::Held | Known::Named(..) => true,
        };
        let open = facts.lacks_endpoints()
            && facts.compiler.assumptions.other_endpoints_pass
            && matches!(&self.endpoint, Through::None | Through::Any(_))
            && self.target.endpoint.is_none()
            && !stated("aws:SourceVpce");
        open.then(|| OtherEndpoints { conditions, stated: keys::OF_PATH.iter().any(|name| stated(name)) })
    }

    fn read_through(&mut self, endpoint: Endpoint, called: impl FnOnce() -> String) -> Through {
        match endpoint.policy {
            Collected::Some(policy) => self.read_path(&[policy], endpoint.gateway),
            Collected::None => Through::None,
            Collected::NotCollected => Through::NotCollected(called().into()),
        }
    }

    pub(super) fn read_path(&mut self, policies: &[PolicyId], gateway: bool) -> Through {
        let before = self.open.len();
        policies.iter().for_each(|&policy| self.read_policy(policy, Stands::WithCaller));
        Through::Policy { statements: self.open.split_off(before), gateway }
    }

    /// What the endpoint on the path says (S-VPCE-01, S-VPCE-04, S-VPCE-06, U-37).
    pub(super) fn endpoint_side(&self, caller: &Caller, found: &mut Found) {
        // U-33 is about GetCallerIdentity alone.
        if self.target.regime == Regime::Free && &*self.target.action.name != "sts:GetCallerIdentity" {
            return;
        }
        let allowed = match &self.endpoint {
            Through::None => ConditionId::ALWAYS,
            Through::NotCollected(what) => {
                found.may_deny(what);
                found.conditions.missing(what)
            }
            Through::Policy { statements, gateway } => {
                self.path_side(statements, *gateway, ConditionId::ALWAYS, caller, found)
            }
            Through::Any(paths) => {
                // S-RES-15: an endpoint leads to the service of its own partition.
                let of = |arn| Arn::parse(arn).map(|arn| arn.partition);
                let partition = of(&self.target.resource).or_else(|| of(&caller.fact.name));
                let leads_there = |path: &&OpenPath| {
                    path.partition.is_none() || partition.is_none() || path.partition == partition
                };
                paths.iter().filter(leads_there).fold(ConditionId::ALWAYS, |all, path| {
                    let allowed = self.path_side(&path.statements, path.gateway, path.on, caller, found);
                    found.conditions.and(all, found.conditions.or(allowed, path.passes))
                })
            }
        };
        found.evaluated.allows[Layer::Endpoint as usize] = allowed;
    }

    /// When the policy of an endpoint lets the request pass, which travels through it under a condition.
    fn path_side(
        &self,
        statements: &[Open],
        gateway: bool,
        on: ConditionId,
        caller: &Caller,
        found: &mut Found,
    ) -> ConditionId {
        let bindings = PrincipalBindings::new(self.facts, caller.fact);
        // Endpoints are read before it is known who calls, whose account owns what such a request is about.
        let of_caller =
            (self.target.no_resource || self.target.is_new).then(|| self.resource.owned_by(caller.fact));
        // S-VPCE-05: what a service does on behalf of a caller does not travel through the endpoint.
        let through = found.conditions.and(on, found.conditions.not(self.is_downstream()));
        let mut allowed = found.conditions.not(through);
        for open in statements {
            for (_, named) in self.forms(open, caller, gateway) {
                let condition = match &of_caller {
                    Some(resource) => self.bound(open.condition, resource),
                    None => open.condition,
                };
                let condition = found.conditions.and(bindings.bind(condition), named);
                let condition = found.conditions.and(condition, through);
                let statement = StatementId { policy: open.policy, index: open.statement };
                found.add(Layer::Endpoint, statement, open.denies, condition);
                if !open.denies {
                    allowed = found.conditions.or(allowed, condition);
                }
            }
        }
        allowed
    }
}
