//! What collected ACLs of buckets and objects give.
//!
//! source   S-S3-03, S-S3-04, S-S3-05, S-EVAL-12

use super::{Made, Meanings, ResourceGrant, Rows};
use crate::answers::governed::{Governed, KnownResource};
use crate::catalog::governing::Grant as OtherGrant;
use crate::catalog::s3_acl::BY_BUCKET_ACL;
use crate::facts::StatementId;
use crate::region::action_set::ActionSetId;
use crate::region::condition::ConditionId;

impl Rows<'_> {
    /// What the ACL of a resource gives to accounts, and to everybody as far as Block Public Access does not pass over it.
    pub(super) fn of_acl(&self, index: u32, resource: &KnownResource, meanings: &Meanings, made: &mut Made) {
        let Some([accounts, public]) = resource.acl else { return };
        let facts = &self.engine.facts;
        let arena = facts.arena();
        let conditions = &arena.conditions;
        let arn = &resource.arn;
        let bucket = arn.split('/').next().unwrap_or_default();
        let owner = facts.estate.resource(bucket).map(|bucket| &bucket.settings);
        let on = match owner.and_then(|settings| settings.object_ownership.as_deref()) {
            Some("BucketOwnerEnforced") => return,
            Some(_) => ConditionId::ALWAYS,
            None => conditions.missing(&format!("object ownership of {bucket}")),
        };
        let target =
            facts.target(facts.asked_action("s3:ListBucket"), bucket, resource.account.map(Into::into));
        let blocks = &target.public_access;
        let to_public = match blocks.iter().all(Option::is_some) {
            _ if blocks.iter().flatten().any(|block| block.ignore_public_acls) => ConditionId::NEVER,
            true => on,
            false => conditions.and(on, conditions.missing(&format!("Block Public Access of {arn}"))),
        };
        let pieces = self.pieces(resource);
        for (policy, counts) in [(accounts, on), (public, to_public)] {
            let document = facts.policy(policy).document;
            for meaning in meanings.get(&document).into_iter().flatten().filter(|one| !one.denies) {
                let statement = Some(StatementId { policy, index: meaning.statement });
                for piece in &pieces {
                    let actions = arena.actions.meet(meaning.region.actions, piece.actions);
                    for &(form, condition, principals) in &*meaning.whom {
                        let condition = conditions.and(condition, counts);
                        if actions == ActionSetId::EMPTY || condition.is_never() {
                            continue;
                        }
                        let resources = piece.resources;
                        let grant = ResourceGrant {
                            resource: index,
                            principals,
                            form,
                            actions,
                            resources,
                            condition,
                            statement,
                        };
                        // S-S3-06: a public policy that is restricted leaves alone what ACLs give.
                        self.push(grant, resource.account, piece.row, ConditionId::ALWAYS, &mut made.0);
                    }
                }
            }
        }
    }

    /// What the ACL of a resource decides: that of a bucket what is done to the bucket, and about new objects; that of an object
    /// what is done to it.
    fn pieces(&self, resource: &KnownResource) -> Vec<Governed> {
        let arena = self.engine.facts.arena();
        let is_object = resource.arn.contains('/');
        let itself = arena.resources.arn(&resource.arn);
        let rows = resource.rows.iter().filter(|_| is_object);
        let of_object = rows.map(|&(row, actions)| Governed { actions, resources: itself, row });
        let of_bucket = resource.governed.iter().filter(|_| !is_object).map(|governed| Governed {
            actions: arena.actions.meet(governed.actions, self.governing.actions(BY_BUCKET_ACL)),
            ..*governed
        });
        let acls = |piece: Governed| Governed {
            actions: arena.actions.meet(piece.actions, self.other(piece.row, OtherGrant::S3Acl)),
            ..piece
        };
        of_object.chain(of_bucket).map(acls).collect()
    }
}
