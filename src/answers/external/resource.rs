//! What a resource fixes of requests for it: who owns it, its tags, and which access point they go through.

use super::Ways;
use crate::answers::governed::KnownResource;
use crate::estate::AccountId;
use crate::facts::binding::ResourceBindings;
use crate::facts::{Entity, Facts, keys};
use crate::region::condition::{ConditionId, KeyId, Known};
use crate::region::resource::ResourceSetId;

/// How a request comes to a resource.
#[derive(Clone, Copy)]
pub(super) enum By<'a> {
    /// It names the resource.
    Itself,
    /// It names an access point, of the bucket that the resource is (S-S3-10).
    Point(&'a KnownResource),
    /// It names an access point that was not collected, or the resource: what tells them apart stays open.
    Whatever,
}

/// What whoever owns a resource fixes of requests for it.
pub(in crate::answers) fn of_owner<'a>(
    facts: &'a Facts,
    arn: &'a str,
    owner: Option<AccountId>,
) -> ResourceBindings<'a> {
    ResourceBindings {
        conditions: &facts.arena().conditions,
        estate: &facts.estate,
        action: "",
        resource: arn,
        asked: arn,
        owner,
        owner_known: owner.is_some(),
        organization: facts.organization_of(owner),
        tags: None,
        tags_count: Some(true),
        region: None,
        vpc_only: None,
        stands_for_others: true,
        derives: true,
        stated: false,
    }
}

impl Ways<'_> {
    /// A condition on requests for a part of a resource, with the keys bound that the resource fixes (3.6). Of what lies in it
    /// only buckets lend their tags (S-S3-11).
    pub(super) fn of_resource(
        &self,
        known: &KnownResource,
        by: By<'_>,
        part: ResourceSetId,
        condition: ConditionId,
    ) -> ConditionId {
        let facts = &self.engine.facts;
        let conditions = &facts.arena().conditions;
        if condition.is_always() || condition.is_never() {
            return condition;
        }
        let s3 = known.arn.contains(":s3:::");
        let is_whole = s3 || part == facts.arena().resources.arn(&known.arn);
        let record = known.record.as_deref();
        let role = facts.principal_id(&known.arn).map(|id| &facts.principal(id).entity);
        let (action, tags) = match (record, role) {
            (None, Some(Entity::Role(role))) => ("sts:AssumeRole", Some(&role.identity.tags)),
            (record, _) => ("", record.and_then(|record| record.tags.as_ref())),
        };
        let asked = match by {
            By::Point(point) => point,
            By::Itself | By::Whatever => known,
        };
        let bindings = ResourceBindings {
            action,
            asked: &asked.arn,
            vpc_only: asked.record.as_ref().and_then(|record| record.settings.vpc_only),
            region: record.and_then(|record| record.settings.region.as_deref()),
            stands_for_others: false,
            tags: tags.filter(|_| is_whole),
            tags_count: match s3 {
                true => record.and_then(|record| record.settings.abac_enabled),
                false => Some(true),
            },
            ..of_owner(facts, &known.arn, known.account)
        };
        let fixed = |key: KeyId| {
            let name = &*conditions.key_of(key).name;
            let of_point = keys::OF_ACCESS_POINT.contains(&name);
            let counts = match by {
                By::Whatever => !of_point,
                By::Itself | By::Point(_) => true,
            };
            let of_owner = keys::OF_OWNER.contains(&name) || name == "aws:requestedregion";
            match of_owner || of_point && counts || is_whole && keys::resource_tag(name).is_some() {
                true => bindings.known(name),
                false => Known::Unknown,
            }
        };
        let bound = conditions.bind(condition, &fixed);
        if is_whole { bindings.settle(bound) } else { bound }
    }
}
