//! `authorization-details.json`: users, groups, roles and policies of one account (D-IAM-01 to D-IAM-10).
//!
//! The lists are cut into their elements, which are then read in parallel: one account may hold most principals.

use std::borrow::Cow;
use std::sync::Arc;

use rayon::prelude::*;

use super::parts::{Export, Found};
use super::{FileText, Loading, fields};
use crate::document::PolicyKind;
use crate::estate::principal::is_aws_managed;
use crate::estate::read::{Fault, Read, Reader, Value, fault};
use crate::estate::{
    AccountId, Arn, Collected, ExportList, Group, Identity, InstanceProfile, ManagedPolicy, Name,
    OtherVersion, Problem, ProblemKind, Role, Tags, User,
};

/// Reads an export. `account` is whose it must be; if none is given the ARNs in it say so.
pub(super) fn read(
    loading: &Loading<'_>,
    file: &FileText<'_>,
    account: Option<AccountId>,
    problems: &mut Vec<Problem>,
) -> Option<(AccountId, Export)> {
    let pages = file.keep(pages(file.text), problems)?;
    let Some(account) = account.or_else(|| pages.elements.iter().find_map(account_of)) else {
        problems.push(file.problem(Fault { offset: 0, kind: ProblemKind::UnknownAccount }));
        return None;
    };
    let entry = Entry { loading, file, account };
    let read = |(list, element): &(ExportList, Value<'_>)| entry.read(*list, element);
    let records: Vec<Read<Record>> = pages.elements.par_iter().with_min_len(16).map(read).collect();
    let mut export = Export {
        truncated: pages.truncated,
        absent: pages.absent,
        files: vec![file.id],
        ..Export::default()
    };
    for ((_, element), record) in pages.elements.iter().zip(records) {
        let place = file.place(element.start());
        match file.keep(record, problems) {
            Some(Record::User(value)) => export.users.push(Found { value, place }),
            Some(Record::Group(value)) => export.groups.push(Found { value, place }),
            Some(Record::Role(value, profiles)) => {
                export.roles.push(Found { value, place });
                export.instance_profiles.extend(profiles);
            }
            Some(Record::Policy(value)) => export.policies.push(Found { value, place }),
            None => {}
        }
    }
    let arns = export.users.iter().map(|user| &user.value.identity.arn);
    let mut arns = arns.chain(export.roles.iter().map(|role| &role.value.identity.arn));
    let partition =
        arns.next().and_then(|arn| Arn::parse(arn)).map(|arn| loading.strings.share(arn.partition));
    export.partition = partition;
    Some((account, export))
}

/// The elements of all lists of all pages of an export.
#[derive(Default)]
struct Pages<'a> {
    elements: Vec<(ExportList, Value<'a>)>,
    absent: Vec<ExportList>,
    truncated: bool,
}

const LISTS: [ExportList; 4] =
    [ExportList::Users, ExportList::Groups, ExportList::Roles, ExportList::Policies];

/// Cuts an export into elements: one page, several one after the other, or an array of pages (D-IAM-01).
fn pages(text: &str) -> Read<Pages<'_>> {
    let mut pages = Pages::default();
    let mut seen = [false; 4];
    let mut reader = Reader::new(text);
    if reader.peek() == b'[' {
        reader.items(|reader| page(reader, &mut pages, &mut seen))?;
    } else {
        page(&mut reader, &mut pages, &mut seen)?;
        while reader.peek() == b'{' {
            page(&mut reader, &mut pages, &mut seen)?;
        }
    }
    if !reader.is_at_end() {
        let message = "this is not JSON: something follows the export".to_owned();
        return fault(reader.offset(), ProblemKind::NotJson(message));
    }
    if seen == [false; 4] {
        return fault(Reader::new(text).offset(), ProblemKind::MissingMember(ExportList::Users.as_str()));
    }
    pages.absent = LISTS.into_iter().zip(seen).filter(|(_, seen)| !seen).map(|(list, _)| list).collect();
    Ok(pages)
}

fn page<'a>(reader: &mut Reader<'a>, pages: &mut Pages<'a>, seen: &mut [bool; 4]) -> Read<()> {
    let names = [LISTS.map(ExportList::as_str).as_slice(), &["IsTruncated", fields::NEXT]].concat();
    pages.truncated = false;
    reader.fields(&names, |key, reader| {
        if let Some(index) = LISTS.iter().position(|list| list.as_str() == key) {
            seen[index] = true;
            return reader.items(|reader| {
                pages.elements.push((LISTS[index], reader.value()?));
                Ok(())
            });
        }
        match key {
            "IsTruncated" => pages.truncated |= reader.boolean()?,
            fields::NEXT => pages.truncated |= fields::goes_on(reader)?,
            _ => drop(reader.value()?),
        }
        Ok(())
    })
}

/// The account that an element's ARN names; none for AWS's own policies and for what can't be read.
fn account_of((_, element): &(ExportList, Value<'_>)) -> Option<AccountId> {
    let mut account = None;
    let _ = element.reader().fields(&["Arn"], |key, reader| {
        match key {
            "Arn" => account = Arn::parse(&reader.string()?).and_then(|arn| arn.account_id()),
            _ => drop(reader.value()?),
        }
        Ok(())
    });
    account
}

enum Record {
    User(Arc<User>),
    Group(Arc<Group>),
    Role(Arc<Role>, Vec<InstanceProfile>),
    Policy(Arc<ManagedPolicy>),
}

/// What reading an element takes besides the element.
struct Entry<'a> {
    loading: &'a Loading<'a>,
    file: &'a FileText<'a>,
    account: AccountId,
}

/// Members that several sorts of elements share.
#[derive(Default)]
struct Common<'a> {
    arn: Option<(usize, Cow<'a, str>)>,
    name: Option<Cow<'a, str>>,
    id: Option<Cow<'a, str>>,
    created: Option<Cow<'a, str>>,
    attached: Box<[Arc<str>]>,
    inline: Box<[crate::estate::InlinePolicy]>,
    boundary: Option<Arc<str>>,
    tags: Tags,
}

/// How the members of a sort of element are called.
struct Words {
    name: &'static str,
    id: &'static str,
    inline: &'static str,
    kind: &'static str,
    expected: &'static str,
    own: &'static [&'static str],
}

const USER: Words = Words {
    name: "UserName",
    id: "UserId",
    inline: "UserPolicyList",
    kind: "user",
    expected: "a user",
    own: &["GroupList"],
};
const GROUP: Words = Words {
    name: "GroupName",
    id: "GroupId",
    inline: "GroupPolicyList",
    kind: "group",
    expected: "a group",
    own: &[],
};
const ROLE: Words = Words {
    name: "RoleName",
    id: "RoleId",
    inline: "RolePolicyList",
    kind: "role",
    expected: "a role",
    own: &["AssumeRolePolicyDocument", "RoleLastUsed", "InstanceProfileList"],
};

const SHARED: &[&str] = &["Arn", "CreateDate", "AttachedManagedPolicies", "PermissionsBoundary", "Tags"];

impl Words {
    /// The members that are read of such an element.
    fn members(&self) -> Vec<&'static str> {
        [SHARED, &[self.name, self.id, self.inline], self.own].concat()
    }
}

impl Entry<'_> {
    fn read(&self, list: ExportList, element: &Value<'_>) -> Read<Record> {
        match list {
            ExportList::Users => self.user(element).map(|user| Record::User(Arc::new(user))),
            ExportList::Groups => self.group(element).map(|group| Record::Group(Arc::new(group))),
            ExportList::Roles => {
                self.role(element).map(|(role, profiles)| Record::Role(Arc::new(role), profiles))
            }
            ExportList::Policies => self.policy(element).map(|policy| Record::Policy(Arc::new(policy))),
        }
    }

    fn user(&self, element: &Value<'_>) -> Read<User> {
        let mut common = Common::default();
        let mut groups = Vec::new();
        element.reader().fields(&USER.members(), |key, reader| match key {
            "GroupList" if reader.peek() != b'n' => reader.items(|reader| {
                groups.push(Name::from(self.loading.strings.share(&reader.string()?)));
                Ok(())
            }),
            _ => self.common(&USER, &mut common, key, reader),
        })?;
        groups.sort();
        groups.dedup();
        Ok(User { identity: self.identity(&USER, element, common)?, groups: groups.into() })
    }

    fn role(&self, element: &Value<'_>) -> Read<(Role, Vec<InstanceProfile>)> {
        let mut common = Common::default();
        let (mut trust, mut last_used, mut profiles) = (None, Collected::NotCollected, Vec::new());
        element.reader().fields(&ROLE.members(), |key, reader| match key {
            "AssumeRolePolicyDocument" => {
                trust = Some(reader.value()?);
                Ok(())
            }
            "RoleLastUsed" if reader.peek() == b'{' => {
                last_used = Collected::None;
                reader.fields(&["LastUsedDate"], |key, reader| {
                    match key {
                        "LastUsedDate" => {
                            let date = reader.text_or_number()?;
                            last_used = date.map_or(Collected::None, |date| Collected::Some((&*date).into()));
                        }
                        _ => drop(reader.value()?),
                    }
                    Ok(())
                })
            }
            "InstanceProfileList" => reader.items(|reader| {
                reader.fields(&["Arn"], |key, reader| {
                    match key {
                        "Arn" => profiles.push(fields::any_arn(reader, "an instance profile")?),
                        _ => drop(reader.value()?),
                    }
                    Ok(())
                })
            }),
            _ => self.common(&ROLE, &mut common, key, reader),
        })?;
        let identity = self.identity(&ROLE, element, common)?;
        let with_role = |arn| InstanceProfile { arn, roles: [identity.arn.clone()].into() };
        let profiles = profiles.into_iter().map(with_role).collect();
        let trust =
            trust.map(|value| self.loading.policy(self.file, PolicyKind::Trust, value)).transpose()?;
        Ok((Role { identity, trust, last_used }, profiles))
    }

    fn group(&self, element: &Value<'_>) -> Read<Group> {
        let mut common = Common::default();
        let members = GROUP.members();
        element.reader().fields(&members, |key, reader| self.common(&GROUP, &mut common, key, reader))?;
        let Identity { arn, name, account, unique_id, created, attached, inline, .. } =
            self.identity(&GROUP, element, common)?;
        Ok(Group { arn, name, account, unique_id, created, attached, inline })
    }

    fn common<'a>(
        &self,
        words: &Words,
        common: &mut Common<'a>,
        key: &str,
        reader: &mut Reader<'a>,
    ) -> Read<()> {
        let start = reader.offset();
        match key {
            "Arn" => common.arn = Some((start, reader.string()?)),
            "CreateDate" => common.created = reader.text_or_number()?,
            "AttachedManagedPolicies" if reader.peek() != b'n' => {
                common.attached = fields::attached(self.loading, reader)?;
            }
            "PermissionsBoundary" => common.boundary = self.boundary(reader)?,
            "Tags" if reader.peek() != b'n' => common.tags = fields::tags(self.loading, reader)?,
            _ if key == words.name => common.name = Some(reader.string()?),
            _ if key == words.id => common.id = reader.optional_string()?,
            _ if key == words.inline && reader.peek() != b'n' => {
                common.inline = fields::inline(self.loading, self.file, reader)?;
            }
            _ => drop(reader.value()?),
        }
        Ok(())
    }

    /// Reads `{"PermissionsBoundaryType", "PermissionsBoundaryArn"}`. D-IAM-05: where there is no boundary there is no such object,
    /// so one that names none was cut.
    fn boundary(&self, reader: &mut Reader<'_>) -> Read<Option<Arc<str>>> {
        if reader.null()? {
            return Ok(None);
        }
        let start = reader.offset();
        let mut boundary = None;
        reader.fields(&["PermissionsBoundaryArn"], |key, reader| {
            match key {
                "PermissionsBoundaryArn" => boundary = Some(fields::policy_arn(self.loading, reader)?),
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        match boundary {
            Some(arn) => Ok(Some(arn)),
            None => fault(start, ProblemKind::MissingMember("PermissionsBoundaryArn")),
        }
    }

    fn identity(&self, words: &Words, element: &Value<'_>, common: Common<'_>) -> Read<Identity> {
        let Some((offset, arn)) = common.arn else {
            return fault(element.start(), ProblemKind::MissingMember("Arn"));
        };
        let name = fields::principal_name(&arn, offset, words.kind, words.expected, self.account)?;
        if let Some(stated) = common.name.filter(|stated| stated != name) {
            let kind = ProblemKind::NameMismatch { name: stated.into_owned(), arn: arn.into_owned() };
            return fault(offset, kind);
        }
        Ok(Identity {
            name: Name::from(name),
            arn: (&*arn).into(),
            account: self.account,
            unique_id: common.id.map(|id| (&*id).into()),
            created: common.created.map(|date| (&*date).into()),
            tags: common.tags,
            attached: common.attached,
            inline: common.inline,
            boundary: common.boundary,
        })
    }

    /// Reads a managed policy, of which only the default version counts (D-IAM-06).
    fn policy(&self, element: &Value<'_>) -> Read<ManagedPolicy> {
        let (mut arn, mut id, mut default, mut versions) = (None, None, None, None);
        let names = ["Arn", "PolicyId", "DefaultVersionId", "PolicyVersionList"];
        element.reader().fields(&names, |key, reader| {
            match key {
                "Arn" => {
                    let start = reader.offset();
                    let text = fields::policy_arn(self.loading, reader)?;
                    fields::of_account(&text, start, self.account)?;
                    arn = Some(text);
                }
                "PolicyId" => id = reader.optional_string()?,
                "DefaultVersionId" => default = reader.optional_string()?,
                "PolicyVersionList" => versions = Some(self.versions(reader)?),
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        let Some(arn) = arn else { return fault(element.start(), ProblemKind::MissingMember("Arn")) };
        let collected = versions.is_some();
        let versions = versions.unwrap_or_default();
        let flagged = versions.iter().any(|version| version.is_default == Some(true));
        let mut chosen = versions.iter().filter(|version| match flagged {
            true => version.is_default == Some(true),
            false => default.is_some() && version.id == default,
        });
        let first = chosen.next();
        if chosen.next().is_some() {
            return fault(element.start(), ProblemKind::SeveralDefaults(arn.to_string()));
        }
        let others = match (collected, first) {
            // Nobody but AWS makes another version of its own policies count.
            (true, Some(first)) if !is_aws_managed(&arn) => Some(self.others(&versions, first)?),
            _ => None,
        };
        let version = first.and_then(|version| version.id.clone()).or(default);
        let document = first.and_then(|version| version.document);
        let policy = document.map(|value| self.loading.policy(self.file, PolicyKind::Identity, value));
        Ok(ManagedPolicy {
            arn,
            unique_id: id.map(|id| (&*id).into()),
            version: version.map(|version| (&*version).into()),
            policy: policy.transpose()?,
            others,
        })
    }

    /// The versions besides the default one.
    fn others(&self, versions: &[Version<'_>], default: &Version<'_>) -> Read<Box<[OtherVersion]>> {
        let others = versions.iter().filter(|version| !std::ptr::eq(*version, default));
        others
            .map(|version| {
                let read = |value| self.loading.policy(self.file, PolicyKind::Identity, value);
                let policy = version.document.map(read).transpose()?;
                Ok(OtherVersion {
                    version: version.id.as_deref().map(Into::into),
                    document: policy.map(|policy| policy.document),
                })
            })
            .collect()
    }

    fn versions<'a>(&self, reader: &mut Reader<'a>) -> Read<Vec<Version<'a>>> {
        let mut versions = Vec::new();
        reader.items(|reader| {
            let (mut id, mut is_default, mut document) = (None, None, None);
            reader.fields(&["VersionId", "IsDefaultVersion", "Document"], |key, reader| {
                match key {
                    "VersionId" => id = Some(reader.string()?),
                    "IsDefaultVersion" => is_default = Some(reader.boolean()?),
                    "Document" => document = Some(reader.value()?),
                    _ => drop(reader.value()?),
                }
                Ok(())
            })?;
            versions.push(Version { id, is_default, document });
            Ok(())
        })?;
        Ok(versions)
    }
}

struct Version<'a> {
    id: Option<Cow<'a, str>>,
    is_default: Option<bool>,
    document: Option<Value<'a>>,
}
