//! What a resource fixes of a request's context.

use super::elsewhere::Elsewhere;
use super::{OrganizationOf, either_of, one, one_or_unknown};
use crate::catalog::region_of;
use crate::estate::{AccountId, Arn, Estate, Tags};
use crate::facts::keys;
use crate::facts::principals::PrincipalFact;
use crate::region::condition::{Bindings, ConditionId, Conditions, DoubtClass, KeyId, Known};

/// The resource's part of a context: its owner, its tags, its region.
#[derive(Clone)]
pub struct ResourceBindings<'a> {
    /// Where conditions live.
    pub conditions: &'a Conditions,
    /// The organisations that are loaded.
    pub estate: &'a Estate,
    /// The full name of the action, `s3:GetObject`.
    pub action: &'a str,
    /// The ARN, or `*`.
    pub resource: &'a str,
    /// What the request names: the access point, in the bucket half of a request (S-S3-10).
    pub asked: &'a str,
    /// Who owns it; none if nobody does or nobody knows.
    pub owner: Option<AccountId>,
    /// Whether it is known who owns it, or that no account does.
    pub owner_known: bool,
    /// The owner's organisation.
    pub organization: OrganizationOf,
    /// Its tags; none if they were not collected.
    pub tags: Option<&'a Tags>,
    /// Whether `aws:ResourceTag` holds the tags (S-S3-11); none if that is not known.
    pub tags_count: Option<bool>,
    /// Of a bucket: its Region, if that is known.
    pub region: Option<&'a str>,
    /// Of an access point: whether it takes calls from a VPC only; none if that is not known.
    pub vpc_only: Option<bool>,
    /// Whether the resource stands for others that no policy tells apart from it, so that its own text says nothing.
    pub stands_for_others: bool,
    /// Whether context keys follow from it; not so where a scenario states the whole context.
    pub derives: bool,
    /// Whether a scenario states it, so that of it follows no more than [`keys::follows`] says.
    pub stated: bool,
}

impl ResourceBindings<'_> {
    /// The same for a resource of the caller's own account: that of an action without resource type (S-RES-10).
    pub fn owned_by(&self, caller: &PrincipalFact) -> Self {
        let organization = caller.standing.organization.clone();
        Self { owner: caller.account, owner_known: caller.account.is_some(), organization, ..self.clone() }
    }

    /// What the resource fixes of a key, by its lower-case name.
    pub fn known(&self, name: &str) -> Known<'static> {
        if name != keys::RESOURCE && (!self.derives || (self.stated && !keys::follows(name))) {
            return Known::Unknown;
        }
        if let Some(tag) = self.tag_of(name) {
            return match (self.tags_count, self.tags) {
                (Some(false), _) => Known::Absent,
                (_, Some(tags)) if tags.get(tag).is_none() => Known::Absent,
                (Some(true), Some(tags)) if !is_ambiguous(tags, tag) => one_or_unknown(tags.get(tag)),
                _ => Known::Unknown,
            };
        }
        if self.may_lack(name) {
            return Known::Unknown;
        }
        self.fixed(name)
    }

    fn fixed(&self, name: &str) -> Known<'static> {
        match name {
            keys::RESOURCE if self.resource != "*" && !self.stands_for_others => one(self.resource),
            "aws:resourceaccount" | "s3:resourceaccount" => match (self.owner, self.owner_known) {
                (Some(owner), _) => one(&owner.to_string()),
                _ => Known::Unknown,
            },
            "aws:resourceorgid" if self.owner.is_some() => self.organization.id(),
            "aws:resourceorgpaths" if self.owner.is_some() => self.organization.paths(),
            "aws:requestedregion" => self.region(),
            "s3:dataaccesspointaccount" | "s3:dataaccesspointarn" => self.access_point(name),
            "s3:accesspointnetworkorigin" => match self.access_point("s3:dataaccesspointaccount") {
                Known::One(_) if self.stands_for_others => Known::Unknown,
                Known::One(_) => self
                    .vpc_only
                    .map_or(Known::Unknown, |vpc_only| one(if vpc_only { "VPC" } else { "Internet" })),
                other => other,
            },
            _ => Known::Unknown,
        }
    }

    /// Whether what it holds depends on whether the call comes from the owner's account.
    pub fn depends_on_account(&self) -> bool {
        self.action == "events:PutEvents"
    }

    /// Whether a call from another account may lack a key of the owner (S-KEY-31).
    fn may_lack(&self, name: &str) -> bool {
        self.depends_on_account() && self.owner.is_some() && keys::OF_OWNER.contains(&name)
    }

    /// The condition with the keys of the owner that only calls from its own account are sure to hold.
    fn by_account(&self, condition: ConditionId) -> ConditionId {
        let conditions = self.conditions;
        let name = |key: KeyId| &*conditions.key_of(key).name;
        let is_open = |key: KeyId| self.derives && self.may_lack(name(key));
        let depends = self.depends_on_account();
        let Some(owner) =
            self.owner.filter(|_| depends && conditions.keys(condition).iter().any(|&key| is_open(key)))
        else {
            return condition;
        };
        let with = |value: &dyn Fn(KeyId) -> Known<'static>| {
            let known = |key: KeyId| if is_open(key) { value(key) } else { Known::Unknown };
            conditions.bind(condition, &known)
        };
        let (held, lacking) = (with(&|key| self.fixed(name(key))), with(&|_| Known::Absent));
        let account = conditions.key(keys::key("aws:PrincipalAccount"));
        let at_home = conditions.equals(account, [owner.to_string().as_str()]);
        let doubt = || {
            let text = "S-KEY-31: whether events for a bus of another account hold `aws:ResourceAccount` and its like";
            conditions.doubt(DoubtClass::Reading, text)
        };
        let abroad = either_of(conditions, held, lacking, doubt);
        conditions.or(conditions.and(at_home, held), conditions.and(conditions.not(at_home), abroad))
    }

    /// The condition with the organisation of an owner whom no loaded organisation lists.
    fn elsewhere(&self, condition: ConditionId) -> ConditionId {
        let is_open = self.derives && !self.depends_on_account();
        let (OrganizationOf::Elsewhere, Some(_), true) = (&self.organization, self.owner, is_open) else {
            return condition;
        };
        let of_owner = Elsewhere {
            conditions: self.conditions,
            estate: self.estate,
            account: self.owner,
            id: "aws:resourceorgid",
            paths: "aws:resourceorgpaths",
        };
        of_owner.bind(condition)
    }

    /// The tag of the resource that a key holds.
    fn tag_of<'n>(&self, name: &'n str) -> Option<&'n str> {
        let of_type = |kind: &str| {
            let part = self.resource.splitn(6, ':').nth(5);
            part.and_then(|part| part.split(':').next()) == Some(kind)
        };
        keys::resource_tag(name).filter(|_| keys::database_tag(name).is_none_or(of_type))
    }

    /// Which access point a request goes through: a key that no other request holds (S-S3-10).
    fn access_point(&self, name: &str) -> Known<'static> {
        let arn = Arn::parse(self.asked).filter(|arn| arn.service == "s3" && !arn.account.is_empty());
        match arn {
            Some(arn) if arn.resource.starts_with("accesspoint/") && name.ends_with("account") => {
                one(arn.account)
            }
            Some(arn) if arn.resource.starts_with("accesspoint/") && !self.stands_for_others => {
                one(self.asked.split_once("/object/").map_or(self.asked, |(point, _)| point))
            }
            Some(_) => Known::Unknown,
            None => Known::Absent,
        }
    }

    /// The condition with everything settled that tests a tag of which only a few readings are open: which of several
    /// tags with one key counts (S-COND-03, U-15), or of a role's own and an inherited one (S-TRUST-12, U-62), and whether tags of a bucket count at all (S-S3-11, S-EVAL-11). The
    /// other keys are bound before, but for those that depend on whose call it is (S-KEY-31).
    pub fn settle(&self, condition: ConditionId) -> ConditionId {
        let condition = self.elsewhere(self.by_account(condition));
        let Some(tags) =
            self.tags.filter(|_| (self.derives || self.stated) && self.tags_count != Some(false))
        else {
            return condition;
        };
        if self.tags_count.is_some() && tags.ambiguous().next().is_none() {
            return condition;
        }
        let keys = self.conditions.keys(condition);
        keys.iter().fold(condition, |condition, &key| match self.tag_of(&self.conditions.key_of(key).name) {
            Some(tag) => self.by_readings(condition, key, tag, tags),
            None => condition,
        })
    }

    fn by_readings(&self, condition: ConditionId, key: KeyId, tag: &str, tags: &Tags) -> ConditionId {
        let with = |value: Known<'static>| {
            let known = |other: KeyId| if other == key { value.clone() } else { Known::Unknown };
            self.conditions.bind(condition, &known)
        };
        let readings = (1..).zip(tags.all(tag)).map(|(index, value)| (index, with(one(value))));
        let read = readings.reduce(|(_, so_far), (index, reading)| {
            // No role has two tags whose keys differ by case only: the second is what the session to be inherits.
            let text = match self.action.starts_with("sts:") {
                true => {
                    format!("U-62: whether an inherited tag `{tag}` stands in for that of {}", self.resource)
                }
                false => format!(
                    "U-15: which of the tags `{tag}` of {} counts, here number {index}",
                    self.resource
                ),
            };
            let doubt = || self.conditions.doubt(DoubtClass::Reading, &text);
            (index, either_of(self.conditions, reading, so_far, doubt))
        });
        let Some((_, read)) = read else { return condition };
        match self.tags_count {
            Some(_) => read,
            None => {
                let setting = || {
                    let bucket = self.resource.split('/').next().unwrap_or_default();
                    self.conditions.missing(&format!("ABAC setting of {bucket}"))
                };
                either_of(self.conditions, read, with(Known::Absent), setting)
            }
        }
    }

    fn region(&self) -> Known<'static> {
        let arn = Arn::parse(self.asked);
        let partition = arn.map_or("aws", |arn| arn.partition);
        let service = self.action.split(':').next().unwrap_or_default();
        if let Some(region) = region_of::requested_region(partition, service) {
            return one(region);
        }
        match arn {
            Some(arn) if !arn.region.is_empty() => one(arn.region), // U-57
            // The endpoint of another Region does not serve a bucket.
            _ => self.region.map_or(Known::Unknown, one),
        }
    }
}

impl Bindings for ResourceBindings<'_> {
    fn lookup(&self, key: KeyId) -> Known<'_> {
        self.known(&self.conditions.key_of(key).name)
    }
}

/// Whether tags hold different values for keys that differ by case only.
fn is_ambiguous(tags: &Tags, tag: &str) -> bool {
    tags.all(tag).any(|value| Some(value) != tags.get(tag))
}
