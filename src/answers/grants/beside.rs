//! What decides requests beside the policies of resources and RCPs, as rows of a report's tables: policies of VPC endpoints on
//! the way (S-VPCE-01 to S-VPCE-07), and who owns the objects of a bucket with ACLs (S-S3-04).

use super::{ResourceDeny, ResourceGrant, ResourceSide};
use crate::answers::engine::Engine;
use crate::answers::governed::KnownResource;
use crate::answers::members::{ByName, Members};
use crate::answers::named::{GrantForm, PrincipalSetId, PrincipalSets, Whom};
use crate::facts::{Caller, Layer, MAKING, OF_BUCKET_OWNER, Path, PrincipalId, StatementId, keys};
use crate::region::action_set::{ActionPattern, ActionSetId};
use crate::region::arena::Region;
use crate::region::condition::{ConditionId, DoubtClass, KeyId, Known};
use crate::region::owner::OwnerId;
use crate::region::resource::{Padding, Piece, ResourceSetId, ResourceSets};

impl Engine {
    /// Adds to the resource side what else decides requests. Questions about one request know it of themselves.
    pub fn add_what_stands_beside(&self, side: &mut ResourceSide) {
        let mut beside = Beside { engine: self, by_name: &side.by_name, principals: &side.principals };
        let mut denies = beside.stopped_by_endpoints();
        let (grants, of_objects) = beside.objects_of_others(&side.resources);
        denies.extend(of_objects);
        side.grants.extend(grants);
        side.denies.extend(denies);
    }
}

struct Beside<'a> {
    engine: &'a Engine,
    by_name: &'a ByName,
    principals: &'a PrincipalSets,
}

impl Beside<'_> {
    /// Those who can act and of whom something is so.
    fn acting(&self, wanted: impl Fn(Caller) -> bool) -> Members {
        let facts = &self.engine.facts;
        let is_wanted = |id: &&PrincipalId| {
            let fact = facts.principal(**id);
            fact.may_act && wanted(fact.caller)
        };
        self.by_name.members(self.by_name.order().iter().filter(is_wanted).copied())
    }

    fn actions(&self, patterns: &[&str]) -> ActionSetId {
        let facts = &self.engine.facts;
        let members: Vec<(Vec<usize>, &str)> =
            patterns.iter().map(|text| (facts.compiler.universe.matching(text), *text)).collect();
        facts.arena().actions.of(members.iter().map(|(members, text)| ActionPattern::Wildcard(members, text)))
    }

    /// What does not come through each VPC endpoint that was collected: what its policy denies, and what it does not allow.
    /// Services do not come through endpoints (S-VPCE-05).
    fn stopped_by_endpoints(&mut self) -> Vec<ResourceDeny> {
        let facts = &self.engine.facts;
        let callers = self.acting(|caller| caller != Caller::Service);
        let paths = facts.all_paths();
        let mut denies = Vec::new();
        if !paths.is_empty() {
            let whom = Whom::new(self.engine, self.by_name, self.principals);
            let of_interfaces = paths.iter().filter(|(_, path)| !path.gateway);
            of_interfaces.for_each(|(service, path)| self.stops(&whom, service, path, &callers, &mut denies));
            let whom = whom.of_gateways();
            let of_gateways = paths.iter().filter(|(_, path)| path.gateway);
            of_gateways.for_each(|(service, path)| self.stops(&whom, service, path, &callers, &mut denies));
        }
        denies.extend(self.stopped_by_others(&callers));
        denies
    }

    fn stops(
        &self,
        whom: &Whom,
        service: &str,
        path: &Path,
        callers: &Members,
        denies: &mut Vec<ResourceDeny>,
    ) {
        let facts = &self.engine.facts;
        let arena = facts.arena();
        let conditions = &arena.conditions;
        let vpc = conditions.key(keys::key("aws:SourceVpc"));
        let in_vpc = |key: KeyId| match &path.vpc {
            Some(id) if key == vpc => Known::One(id.to_string().into()),
            _ => Known::Unknown,
        };
        let on = self.travelling(conditions.equals(conditions.key(keys::key("aws:SourceVpce")), [&*path.id]));
        let of_service = format!("{service}:*");
        let actions = self.actions(&[if service == "*" { service } else { &of_service }]);
        let whole = Region { actions, ..Region::ALL };
        let whole = Region { condition: on, ..whole };
        let certain = facts.policy(path.policy).certain(conditions);
        // Callers whom the same statements let through.
        let mut alike: Vec<(Members, Vec<Region>)> = vec![(callers.clone(), Vec::new())];
        for meaning in whom.read(&facts.compiled(path.policy)) {
            for &(_, condition, principals) in &*meaning.whom {
                let condition = conditions.and(conditions.bind(condition, &in_vpc), certain);
                let region = Region { owner: OwnerId::ANY, condition, ..meaning.region };
                let named = self.principals.get(principals).meet(callers);
                if named.is_empty() || condition.is_never() {
                    continue;
                }
                if !meaning.denies {
                    let_through(&mut alike, &named, region);
                    continue;
                }
                if let Some(region) = arena.meet_regions(region, whole) {
                    let statement = Some(StatementId { policy: path.policy, index: meaning.statement });
                    denies.push(deny(self.principals.intern(named), region, statement));
                }
            }
        }
        for (members, allowed) in alike {
            let principals = self.principals.intern(members);
            let left = arena.difference_all([whole], &allowed);
            denies.extend(left.into_iter().map(|region| deny(principals, region, None)));
        }
    }

    /// What comes through some endpoint that was not collected, unless these are assumed to let everything pass (S-VPCE-07).
    fn stopped_by_others(&self, callers: &Members) -> Option<ResourceDeny> {
        let facts = &self.engine.facts;
        if !facts.lacks_endpoints() || facts.compiler.assumptions.other_endpoints_pass {
            return None;
        }
        let conditions = &facts.arena().conditions;
        let key = conditions.key(keys::key("aws:SourceVpce"));
        let known = conditions.or(conditions.null(key), conditions.equals(key, facts.endpoint_ids()));
        let on = self.travelling(conditions.not(known));
        let passes = conditions.doubt(DoubtClass::Reading, crate::rules::request::OTHER_ENDPOINTS_PASS);
        let region = Region { condition: conditions.and(on, conditions.not(passes)), ..Region::ALL };
        Some(deny(self.principals.intern(callers.clone()), region, None))
    }

    /// A condition about the way, for what is not done by a service on behalf of the caller (S-VPCE-05).
    fn travelling(&self, on: ConditionId) -> ConditionId {
        let facts = &self.engine.facts;
        let conditions = &facts.arena().conditions;
        let via = conditions.equals(conditions.key(keys::key("aws:ViaAWSService")), ["true"]);
        let via = facts.compiler.assumptions.bind(conditions, via);
        conditions.and(on, conditions.not(via))
    }

    /// Objects of which nobody knows whose they are, or which are another account's: whether what the bucket's side says counts,
    /// and whether the caller's own side is enough, is unknown.
    fn objects_of_others(&self, resources: &[KnownResource]) -> (Vec<ResourceGrant>, Vec<ResourceDeny>) {
        let arena = self.engine.facts.arena();
        let conditions = &arena.conditions;
        let callers = self.principals.intern(self.acting(Caller::has_own_side));
        let everybody = self.principals.intern(self.acting(|_| true));
        let of_owner: Vec<&str> = OF_BUCKET_OWNER.iter().chain(MAKING).copied().collect();
        let actions = arena.actions.difference(self.actions(&["s3:*"]), self.actions(&of_owner));
        let (mut grants, mut denies) = (Vec::new(), Vec::new());
        for (index, resource) in (0..).zip(resources) {
            let Some(objects) = self.doubtful_objects(resource) else { continue };
            let of_bucket = conditions.missing(&format!("owner of {}", objects.1));
            let of_caller = conditions.missing(&format!("whether its account owns {}", objects.1));
            grants.push(ResourceGrant {
                resource: index,
                principals: callers,
                form: GrantForm::Foreign,
                actions,
                resources: objects.0,
                condition: of_caller,
                statement: None,
            });
            let condition = conditions.not(of_bucket);
            let region = Region { actions, resources: objects.0, owner: OwnerId::ANY, condition };
            let layer = Layer::Resource;
            denies.push(ResourceDeny { resource: Some(index), layer, ..deny(everybody, region, None) });
        }
        (grants, denies)
    }

    /// The objects of a bucket with ACLs; an object of which the estate says that it is another account's than its bucket,
    /// where nobody knows if the bucket has ACLs.
    fn doubtful_objects(&self, resource: &KnownResource) -> Option<(ResourceSetId, String)> {
        let facts = &self.engine.facts;
        let (_, name) = resource.arn.split_once(":s3:::")?;
        let settings =
            |arn: &str| facts.estate.resource(arn).map(|found| found.settings.object_ownership.clone());
        match name.contains('/') {
            false => {
                let on =
                    settings(&resource.arn)?.is_some_and(|ownership| *ownership != *"BucketOwnerEnforced");
                let pattern = format!("{}/*", resource.arn);
                let objects = facts.arena().resources.pattern(&[Piece::Text(&pattern)], Padding::Never);
                on.then(|| (objects.unwrap_or(ResourceSets::ALL), format!("the objects in {}", resource.arn)))
            }
            true => {
                let (bucket, _) = resource.arn.split_once('/')?;
                let owner = facts.estate.resource(bucket).and_then(|bucket| bucket.account);
                let foreign = resource.account.is_some() && resource.account != owner;
                let open = settings(bucket).flatten().is_none();
                (foreign && open)
                    .then(|| (facts.arena().resources.arn(&resource.arn), resource.arn.to_string()))
            }
        }
    }
}

/// Adds what a statement lets through to those whom it names.
fn let_through(alike: &mut Vec<(Members, Vec<Region>)>, named: &Members, region: Region) {
    let before = std::mem::take(alike);
    for (members, allowed) in before {
        let (inside, outside) = (members.meet(named), members.without(named));
        if !inside.is_empty() {
            let allowed = allowed.iter().copied().chain([region]).collect();
            alike.push((inside, allowed));
        }
        if !outside.is_empty() {
            alike.push((outside, allowed));
        }
    }
}

fn deny(principals: PrincipalSetId, region: Region, statement: Option<StatementId>) -> ResourceDeny {
    let layer = Layer::Endpoint;
    ResourceDeny { resource: None, layer, principals, foreign_only: false, region, statement }
}
