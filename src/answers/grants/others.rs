//! What no policy of a resource holds, and policies that were not collected (S-EVAL-11, S-EVAL-12).

use super::{GOVERNING_ROW, Made, ResourceDeny, ResourceGrant, Rows, service_networks};
use crate::answers::governed::{Governed, KnownResource};
use crate::answers::named::{GrantForm, Meaning};
use crate::catalog::governing::{CrossAccount, Grant as OtherGrant, PolicyAt, Regime as RowRegime};
use crate::catalog::s3_acl::BY_BUCKET_ACL;
use crate::estate::Collected;
use crate::facts::compile::DENIES;
use crate::facts::{Held, Layer, Regime};
use crate::region::action_set::ActionSetId;
use crate::region::arena::Region;
use crate::region::condition::ConditionId;
use crate::region::owner::OwnerId;

impl Rows<'_> {
    /// What no policy holds, and policies that were not collected (S-EVAL-11, S-EVAL-12).
    pub(super) fn of_others(
        &self,
        index: u32,
        resource: &KnownResource,
        meanings: &[Meaning],
        made: &mut Made,
    ) {
        let arena = self.engine.facts.arena();
        let conditions = &arena.conditions;
        let arn = &resource.arn;
        let missing = |what: &str| conditions.missing(what);
        let missing_denies = |what: &str| conditions.missing(&format!("{what}{DENIES}"));
        let grant = |governed: &Governed, form, actions, condition, principals| ResourceGrant {
            resource: index,
            principals,
            form,
            actions: arena.actions.meet(governed.actions, actions),
            resources: governed.resources,
            condition,
            statement: None,
        };
        let mut grants = Vec::new();
        for governed in &resource.governed {
            let row = governed.row;
            let record = resource.record.as_ref();
            let mut acl = self.other(row, OtherGrant::S3Acl);
            let mut of_what = format!("ACL of {arn}");
            if resource.acl.is_some() {
                acl = arena.actions.difference(acl, self.governing.actions(BY_BUCKET_ACL));
                of_what = format!("ACLs of the objects in {arn}");
            }
            let enforced = record.and_then(|record| record.settings.object_ownership.as_deref())
                == Some("BucketOwnerEnforced");
            if acl != ActionSetId::EMPTY && !enforced {
                let may = missing(&of_what);
                grants.push(grant(governed, GrantForm::Direct, acl, may, self.everybody));
            }
            let keys = self.other(row, OtherGrant::KmsGrant);
            if keys != ActionSetId::EMPTY && resource.key_grants.is_none() {
                let may = missing(&format!("grants of {arn}"));
                grants.extend(self.of_key_grants(
                    grant(governed, GrantForm::KeyGrant, keys, may, self.with_policies),
                    resource.account,
                ));
            }
            // S-SVC-13: a file system without policy is open to every client.
            if row.regime == RowRegime::FileSystemClient && resource.policy == Collected::None {
                let (all, always) = (ActionSetId::ALL, ConditionId::ALWAYS);
                grants.push(grant(governed, GrantForm::Direct, all, always, self.everybody));
            }
            let unlisted = self.across(row, |cross| cross == CrossAccount::Unlisted);
            if unlisted != ActionSetId::EMPTY && !row.policies.is_empty() {
                // Where the policy says nothing about a request, not even that it speaks for others, nothing is known.
                let said: Vec<Region> = meanings
                    .iter()
                    .map(|meaning| Region {
                        owner: OwnerId::ANY,
                        condition: ConditionId::ALWAYS,
                        ..meaning.region
                    })
                    .collect();
                let whole = Region {
                    actions: arena.actions.meet(governed.actions, unlisted),
                    resources: governed.resources,
                    owner: OwnerId::ANY,
                    condition: ConditionId::ALWAYS,
                };
                let may = missing(&format!("{GOVERNING_ROW} of {arn}"));
                grants.extend(arena.difference_all([whole], &said).into_iter().map(|region| {
                    let governed = Governed { resources: region.resources, ..*governed };
                    grant(&governed, GrantForm::Foreign, region.actions, may, self.everybody)
                }));
            }
            let mut absent: Vec<String> = Vec::new();
            if resource.policy == Collected::NotCollected {
                absent.push(format!("resource policy of {arn}"));
            }
            if let Some(Held::NotCollected(what)) = &resource.lock {
                absent.push(what.to_string());
            }
            // S-SVC-08, S-SVC-09: how an API finds out who calls, no export says.
            if matches!(row.name, "api-invocation" | "rest-api") {
                absent.push(format!("authorization of {arn}"));
            }
            let deny = |foreign_only, condition| {
                let Governed { actions, resources, .. } = *governed;
                let region = Region { actions, resources, owner: OwnerId::ANY, condition };
                let (resource, principals) = (Some(index), self.everybody);
                let layer = Layer::Resource;
                ResourceDeny { resource, layer, principals, foreign_only, region, statement: None }
            };
            for place in row.policies {
                match place {
                    // Of an access point, and not of the bucket whose policy counts there too.
                    PolicyAt::BucketOf(_)
                        if resource.rows.iter().any(|(own, _)| own.name == row.name)
                            && record.is_some_and(|record| record.settings.bucket.is_none()) =>
                    {
                        absent.push(format!("bucket behind {arn}"));
                    }
                    PolicyAt::Registry if !arn.ends_with(":registry") => {
                        let registry = arn.splitn(6, ':').take(5).collect::<Vec<_>>().join(":") + ":registry";
                        if self.engine.facts.estate.resource(&registry).is_none() {
                            absent.push(format!("registry policy of {registry}"));
                        }
                    }
                    PolicyAt::ServiceNetworksOf(_) => {
                        made.1.push(deny(false, missing_denies(&service_networks(arn))));
                    }
                    _ => {}
                }
            }
            let others = self.other_policies(row, arn);
            let alone = matches!(Regime::of(row.regime), Regime::Key | Regime::Trust | Regime::BothSides);
            for what in absent {
                let denies = missing_denies(&what);
                let may = conditions.and(missing(&what), others);
                // S-SVC-13: where there is no policy a file system is open at home too.
                let at_home = alone || row.regime == RowRegime::FileSystemClient;
                let form = if at_home { GrantForm::Direct } else { GrantForm::Foreign };
                let all = grant(governed, form, ActionSetId::ALL, may, self.everybody);
                self.push(all, resource.account, row, ConditionId::ALWAYS, &mut grants);
                made.1.push(deny(!alone, denies));
            }
        }
        for &(row, actions) in &*resource.rows {
            // S-EVAL-12: only that there is no authorization can be known.
            let settings = resource.record.as_ref().map(|record| &record.settings);
            let by_list = CrossAccount::Share(OtherGrant::VpcAssociationAuthorization);
            let shared = match settings.is_some_and(|settings| settings.shared_with.is_some()) {
                true => ActionSetId::EMPTY,
                false => arena.actions.meet(self.across(row, |cross| cross == by_list), actions),
            };
            let unlisted = match row.policies {
                [] => arena.actions.meet(self.across(row, |cross| cross == CrossAccount::Unlisted), actions),
                _ => ActionSetId::EMPTY,
            };
            for (what, actions) in [("shares", shared), (GOVERNING_ROW, unlisted)] {
                if actions != ActionSetId::EMPTY {
                    let may = missing(&format!("{what} of {arn}"));
                    let governed = Governed { actions, resources: arena.resources.arn(arn), row };
                    grants.push(grant(&governed, GrantForm::Foreign, actions, may, self.everybody));
                }
            }
        }
        grants.retain(|grant| grant.actions != ActionSetId::EMPTY && !grant.condition.is_never());
        made.0.append(&mut grants);
    }
}
