//! Access points of S3: whom they let in reaches the bucket behind only as far as its side permits the same (S-S3-10).

use rustc_hash::{FxHashMap, FxHashSet};

use super::Ways;
use super::resource::By;
use crate::answers::governed::{Governed, KnownResource};
use crate::answers::grants::{ResourceGrant, ResourceSide};
use crate::catalog::arn::ArnParts;
use crate::catalog::governing::Regime;
use crate::estate::AccountId;
use crate::facts::binding::PrincipalBindings;
use crate::facts::compile::DENIES;
use crate::facts::{
    Behind, Caller, Facts, Ownership, PrincipalFact, PrincipalId, StatementId, keys, outsiders,
};
use crate::region::action_set::ActionSetId;
use crate::region::arena::Region;
use crate::region::condition::{ConditionId, Sat};
use crate::region::owner::OwnerId;
use crate::region::resource::{Padding, Piece, ResourceSetId, ResourceSets};
use crate::rules::gate;
use crate::rules::public_access::PublicAccess;

/// The buckets behind access points, and the objects in them, with what is granted on them.
pub(super) type OfBuckets<'a> = FxHashMap<u32, Vec<&'a ResourceGrant>>;

/// What stands behind an access point.
pub(super) struct Half {
    /// The bucket's ARN, and its owner if that is known.
    bucket: String,
    owner: Option<AccountId>,
    /// The bucket, and objects in it that were collected, among the resources.
    resources: Vec<u32>,
    /// The access point itself as the bucket, and what is named through it.
    named: [Named; 2],
    /// When Block Public Access lets in callers of other accounts.
    public: ConditionId,
    /// When the access point takes calls at all: where it takes them from a VPC only, of requests from one (S-S3-09).
    taken: ConditionId,
}

/// What an access point calls something of its bucket.
struct Named {
    /// How ARNs of the bucket begin, and those of the access point.
    from: String,
    to: String,
    /// Whether these are the ARNs, and no more follows.
    whole: bool,
    /// The ARNs of the access point.
    resources: ResourceSetId,
    /// What is done to the access point alone, and not to its bucket.
    managing: ActionSetId,
}

/// Whether the policy of a resource is that of an access point.
fn is_point(known: &KnownResource) -> bool {
    known.rows.iter().any(|(row, _)| row.regime == Regime::AccessPoint)
}

/// What is granted on buckets behind access points, and on objects in them: what was not collected too.
pub(super) fn of_buckets<'a>(facts: &Facts, side: &'a ResourceSide) -> OfBuckets<'a> {
    let points = side.resources.iter().filter(|known| is_point(known));
    let behind: FxHashSet<u32> = points
        .filter_map(|point| bucket_behind(facts, point))
        .flat_map(|(bucket, ..)| in_bucket(side, &bucket))
        .collect();
    let mut found = OfBuckets::default();
    for grant in side.grants.iter().filter(|grant| behind.contains(&grant.resource)) {
        found.entry(grant.resource).or_default().push(grant);
    }
    found
}

/// The bucket behind an access point, its owner, and what Block Public Access says of callers of other accounts; none if nobody knows
/// which bucket it is.
fn bucket_behind(facts: &Facts, point: &KnownResource) -> Option<(String, Option<AccountId>, ConditionId)> {
    let action = match ArnParts::split(&point.arn).map_or("", |parts| parts.service) {
        "s3express" => "s3express:CreateSession",
        "s3-outposts" => "s3-outposts:ListBucket",
        _ => "s3:ListBucket",
    };
    let target = facts.target(facts.asked_action(action), &point.arn, point.account.map(Into::into));
    let Some(Behind::Half(half)) = target.behind else { return None };
    let owner = match half.owner {
        Ownership::Account(owner) => Some(owner),
        _ => None,
    };
    let readings = &facts.compiler.assumptions.readings;
    let public = PublicAccess::of(facts, &half, readings).lets_in(
        &facts.arena().conditions,
        &PrincipalFact::anonymous(),
        &half,
    );
    Some((half.resource.to_string(), owner, public))
}

/// The places of a bucket and of the objects in it that were collected.
fn in_bucket(side: &ResourceSide, bucket: &str) -> Vec<u32> {
    let objects = format!("{bucket}/");
    let from = side.resources.partition_point(|known| *known.arn < *bucket);
    let near = (from as u32..).zip(side.resources.get(from..).unwrap_or_default());
    let near = near.take_while(|(_, known)| known.arn.starts_with(bucket));
    near.filter(|(_, known)| *known.arn == *bucket || known.arn.starts_with(&objects))
        .map(|(at, _)| at)
        .collect()
}

impl Ways<'_> {
    /// What stands behind a resource, if it is an access point and its bucket is known.
    pub(super) fn behind(&self, point: &KnownResource) -> Option<Half> {
        if !is_point(point) {
            return None;
        }
        let facts = &self.engine.facts;
        let sets = &facts.arena().resources;
        let (bucket, owner, public) = bucket_behind(facts, point)?;
        let below = |arn: &str| {
            sets.pattern(&[Piece::Text(&format!("{arn}*"))], Padding::Never).unwrap_or(ResourceSets::EMPTY)
        };
        let named = |from: String, to: String, whole: bool| {
            let set = |arn: &str| if whole { sets.arn(arn) } else { below(arn) };
            let (of_bucket, resources) = (set(&from), set(&to));
            let touching = |resources| self.levels.touching(facts, resources);
            let managing = facts.arena().actions.difference(touching(resources), touching(of_bucket));
            Named { from, to, whole, resources, managing }
        };
        let objects = if bucket.contains(":s3:::") { "/object/" } else { "/" };
        let (point, record) = (&point.arn, point.record.as_ref());
        let named = [
            named(bucket.clone(), point.to_string(), true),
            named(format!("{bucket}/"), format!("{point}{objects}"), false),
        ];
        let vpc_only = record.is_some_and(|record| record.settings.vpc_only == Some(true));
        let taken = match vpc_only {
            true => gate::from_vpc(&facts.arena().conditions),
            false => ConditionId::ALWAYS,
        };
        Some(Half { resources: in_bucket(self.side, &bucket), bucket, owner, named, public, taken })
    }

    /// Of a bucket with access points what it is itself: of these its policy does not speak.
    pub(super) fn apart_from_points(&self, known: &KnownResource) -> Option<ResourceSetId> {
        let sets = &self.engine.facts.arena().resources;
        let (of_points, own): (Vec<&Governed>, Vec<&Governed>) =
            known.governed.iter().partition(|governed| governed.row.regime == Regime::AccessPoint);
        let apart = || sets.union_all(&own.iter().map(|governed| governed.resources).collect::<Vec<_>>());
        (!of_points.is_empty() && !is_point(known)).then(apart)
    }

    /// What is left open to requests by access points of other accounts, which are not collected: what of a bucket no other requests
    /// reach.
    pub(super) fn by_points_elsewhere(&self, known: &KnownResource, left: Region) -> Region {
        let facts = &self.engine.facts;
        let conditions = &facts.arena().conditions;
        let never = Region { condition: ConditionId::NEVER, ..left };
        let by_point = |key: &&str| conditions.contains_key(left.condition, conditions.key(keys::key(key)));
        let Some(owner) = known.account.filter(|_| keys::OF_ACCESS_POINT.iter().any(by_point)) else {
            return never;
        };
        let condition = self.of_resource(known, By::Whatever, left.resources, left.condition);
        let test = |operator, key, value: String| self.strangers.test(operator, key, &[&value]);
        let elsewhere = conditions.and(
            test("StringNotEquals", "s3:DataAccessPointAccount", owner.to_string()),
            test("ArnNotLike", "s3:DataAccessPointArn", format!("arn:*:s3:*:{owner}:*")),
        );
        match *conditions.satisfiable(conditions.and(condition, elsewhere)) {
            Sat::No => never,
            _ => Region { condition, ..left },
        }
    }

    /// Whom the side of a bucket behind an access point means: a grant of the access point to more than these reaches them too.
    pub(super) fn meant_behind(&self, half: &Half, owner: Option<AccountId>) -> Vec<PrincipalId> {
        let grants = half.resources.iter().filter_map(|at| self.of_buckets.get(at)).flatten();
        let mut meant: Vec<PrincipalId> = grants.flat_map(|grant| self.meant(grant, owner)).collect();
        meant.extend(half.resources.iter().filter_map(|at| self.exempt.get(&Some(*at))).flatten());
        // Those of the bucket's own account need nobody's word there.
        let own = half.owner.filter(|own| Some(*own) != owner).map(|own| outsiders(Some(own)));
        meant.extend(own.iter().flatten().filter_map(|name| self.engine.facts.principal_id(name)));
        meant.sort_unstable();
        meant.dedup();
        meant
    }

    /// Of what an access point lets a caller do what the side of its bucket permits too, with the statement there that does.
    pub(super) fn permitted_behind(
        &self,
        (point, half): (&KnownResource, &Half),
        id: PrincipalId,
        left: Region,
    ) -> Vec<(Region, Option<StatementId>)> {
        let facts = &self.engine.facts;
        let arena = facts.arena();
        let of_bucket = self.of_bucket((point, half), id);
        let denies = self.denies_of_bucket((point, half), id);
        let taken = PrincipalBindings::new(facts, facts.principal(id)).bind(half.taken);
        let mut found = Vec::new();
        for named in &half.named {
            let resources = arena.resources.meet(left.resources, named.resources);
            if resources == ResourceSets::EMPTY {
                continue;
            }
            let managing = arena.actions.meet(left.actions, named.managing);
            if managing != ActionSetId::EMPTY {
                found.push((Region { actions: managing, resources, ..left }, None));
            }
            let actions = arena.actions.difference(left.actions, managing);
            if actions == ActionSetId::EMPTY {
                continue;
            }
            let condition = arena.conditions.and(left.condition, taken);
            let through = Region { actions, resources, condition, ..left };
            for (region, statement) in of_bucket
                .iter()
                .filter_map(|&(region, statement)| Some((arena.meet_regions(region, through)?, statement)))
            {
                let permitted = arena.difference_all([region], &denies);
                found.extend(permitted.into_iter().map(|region| (region, statement)));
            }
        }
        found
    }

    /// What the side of a bucket permits a caller, as the access point names it.
    fn of_bucket(
        &self,
        (point, half): (&KnownResource, &Half),
        id: PrincipalId,
    ) -> Vec<(Region, Option<StatementId>)> {
        let facts = &self.engine.facts;
        let conditions = &facts.arena().conditions;
        let fact = facts.principal(id);
        let all = |condition| {
            let region = |named: &Named| Region { resources: named.resources, condition, ..Region::ALL };
            half.named.iter().map(|named| (region(named), None)).collect::<Vec<_>>()
        };
        // Of its own callers the bucket asks nothing.
        if fact.account.is_some() && fact.account == half.owner {
            return all(ConditionId::ALWAYS);
        }
        let is_known = half
            .resources
            .iter()
            .any(|at| self.side.resources.get(*at as usize).is_some_and(|known| *known.arn == *half.bucket));
        let public = match fact.caller {
            Caller::Service => ConditionId::ALWAYS,
            _ => half.public,
        };
        if !is_known {
            let what = format!("resource policy of {}", half.bucket);
            let denies = conditions.missing(&format!("{what}{DENIES}"));
            return all(conditions.and_all([conditions.missing(&what), conditions.not(denies), public]));
        }
        let place = self.side.by_name.place(id);
        let grants = half.resources.iter().filter_map(|at| self.of_buckets.get(at)).flatten();
        let to_caller = grants.filter(|grant| self.side.principals.get(grant.principals).contains(place));
        let mut found = Vec::new();
        for grant in to_caller {
            let whole = Region {
                actions: self.refusals.left(grant.actions, fact),
                resources: grant.resources,
                owner: OwnerId::ANY,
                condition: conditions.and(grant.condition, public),
            };
            let Some(known) = self.side.resources.get(grant.resource as usize) else { continue };
            let named = self.named_by_point((point, half), known, whole);
            found.extend(named.into_iter().map(|region| (region, grant.statement)));
        }
        found
    }

    /// What the side of a bucket denies a caller, and RCPs of its owner do, as the access point names it.
    fn denies_of_bucket(&self, (point, half): (&KnownResource, &Half), id: PrincipalId) -> Vec<Region> {
        let arena = self.engine.facts.arena();
        let place = self.side.by_name.place(id);
        let at = |at: &u32| self.side.resources.get(*at as usize);
        // What RCPs say is read with what the bucket fixes.
        let bucket = half.resources.first().and_then(at).unwrap_or(point);
        let lists = half.resources.iter().map(|of| (Some(*of), at(of).unwrap_or(bucket)));
        let denies = lists
            .chain([(None, bucket)])
            .filter_map(|(of, known)| Some(self.denies.get(&of)?.iter().map(move |deny| (known, *deny))));
        let denies = denies
            .flatten()
            .filter(|(_, deny)| self.side.principals.get(deny.principals).contains(place))
            .filter(|(_, deny)| arena.owners.contains(deny.region.owner, half.owner.map(AccountId::number)))
            .flat_map(|(known, deny)| self.named_by_point((point, half), known, deny.region));
        denies.collect()
    }

    /// Requests for a bucket and what is in it as an access point names them, with what is known of such requests.
    fn named_by_point(
        &self,
        (point, half): (&KnownResource, &Half),
        known: &KnownResource,
        region: Region,
    ) -> Vec<Region> {
        let sets = &self.engine.facts.arena().resources;
        let parts = half.named.iter().filter_map(|named| {
            let resources = match named.whole {
                true if sets.contains(region.resources, &named.from) => named.resources,
                true => ResourceSets::EMPTY,
                false => sets.moved(region.resources, &named.from, &named.to),
            };
            if resources == ResourceSets::EMPTY {
                return None;
            }
            let condition = self.of_resource(known, By::Point(point), region.resources, region.condition);
            (!condition.is_never()).then_some(Region { resources, condition, owner: OwnerId::ANY, ..region })
        });
        parts.collect()
    }
}
