//! Users, groups, roles, policies, instance profiles and identity providers (D-COL-04).

use std::sync::Arc;

use super::{Folder, Piece, required};
use crate::document::PolicyKind;
use crate::estate::load::parts::{Export, Found};
use crate::estate::load::{Loading, fields};
use crate::estate::read::{Read, Reader};
use crate::estate::{
    AccountId, Arn, Collected, Group, Identity, IdentityProvider, InstanceProfile, ManagedPolicy, Name,
    Place, Problem, ProblemKind, Role, Tags, User,
};

/// Reads `iam/user/<id>`.
pub(super) fn user(
    folder: &Folder<'_>,
    loading: &Loading<'_>,
    account: AccountId,
    problems: &mut Vec<Problem>,
) -> Option<Piece> {
    let (identity, place) = identity(folder, loading, account, ("user", "a user"), problems)?;
    let groups =
        folder.file(loading, problems, "groups.json", |file| groups(loading, &mut Reader::new(file.text)));
    let user = User { identity, groups: groups.unwrap_or_default() };
    Some(export(place, |export| export.users.push(Found { value: Arc::new(user), place })))
}

/// Reads `iam/group/<id>`.
pub(super) fn group(
    folder: &Folder<'_>,
    loading: &Loading<'_>,
    account: AccountId,
    problems: &mut Vec<Problem>,
) -> Option<Piece> {
    let (identity, place) = identity(folder, loading, account, ("group", "a group"), problems)?;
    let Identity { arn, name, account, unique_id, created, attached, inline, .. } = identity;
    let group = Group { arn, name, account, unique_id, created, attached, inline };
    Some(export(place, |export| export.groups.push(Found { value: Arc::new(group), place })))
}

/// Reads `iam/role/<id>`.
pub(super) fn role(
    folder: &Folder<'_>,
    loading: &Loading<'_>,
    account: AccountId,
    problems: &mut Vec<Problem>,
) -> Option<Piece> {
    let (identity, place) = identity(folder, loading, account, ("role", "a role"), problems)?;
    let trust = folder.policy(loading, problems, "trust-policy.json", PolicyKind::Trust);
    let role = Role { identity, trust, last_used: Collected::NotCollected };
    Some(export(place, |export| export.roles.push(Found { value: Arc::new(role), place })))
}

/// Reads `iam/policy/<id>` and `iam/aws/policy/<id>`.
pub(super) fn policy(
    folder: &Folder<'_>,
    loading: &Loading<'_>,
    account: AccountId,
    problems: &mut Vec<Problem>,
) -> Option<Piece> {
    let (arn, id, version, place) = folder.metadata(loading, problems, |file| {
        let mut reader = Reader::new(file.text);
        let (mut arn, mut id, mut version) = (None, None, None);
        let start = reader.offset();
        reader.fields(&["arn", "id", "defaultVersionId"], |key, reader| {
            match key {
                "arn" => {
                    let start = reader.offset();
                    let text = fields::policy_arn(loading, reader)?;
                    fields::of_account(&text, start, account)?;
                    arn = Some(text);
                }
                "id" => id = fields::text(reader)?,
                "defaultVersionId" => version = fields::text(reader)?,
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        Ok((required(arn, "arn")?, id, version, file.place(start)))
    })?;
    let document = folder.policy(loading, problems, "current-policy.json", PolicyKind::Identity);
    let version = version.map(|version| (&*version).into());
    let policy = ManagedPolicy { arn, unique_id: id, version, policy: document, others: None };
    Some(export(place, |export| export.policies.push(Found { value: Arc::new(policy), place })))
}

/// Reads `iam/instance-profile/<id>`.
pub(super) fn instance_profile(
    folder: &Folder<'_>,
    loading: &Loading<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Piece> {
    let profile = folder.metadata(loading, problems, |file| {
        let (mut arn, mut roles) = (None, None);
        Reader::new(file.text).fields(&["arn", "roles"], |key, reader| {
            match key {
                "arn" => arn = Some(fields::any_arn(reader, "an instance profile")?),
                "roles" => roles = Some(fields::arns(reader, "a role")?),
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        Ok(InstanceProfile { arn: required(arn, "arn")?, roles: roles.unwrap_or_default() })
    })?;
    Some(Piece::Profile(profile))
}

/// Reads `iam/oidc-provider/<id>` and `iam/saml-provider/<id>`.
pub(super) fn identity_provider(
    folder: &Folder<'_>,
    loading: &Loading<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Piece> {
    let arn = folder.metadata(loading, problems, |file| {
        let mut arn = None;
        Reader::new(file.text).fields(&["arn"], |key, reader| {
            match key {
                "arn" => arn = Some(fields::any_arn(reader, "an identity provider")?),
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        required(arn, "arn")
    })?;
    Some(Piece::Provider(IdentityProvider { arn, tags: Some(tags(folder, loading, problems)) }))
}

/// Reads `tags.json`; a missing file means no tags (D-COL-03).
pub(super) fn tags(folder: &Folder<'_>, loading: &Loading<'_>, problems: &mut Vec<Problem>) -> Tags {
    let tags = folder
        .file(loading, problems, "tags.json", |file| fields::tags(loading, &mut Reader::new(file.text)));
    tags.unwrap_or_default()
}

fn export(place: Place, fill: impl FnOnce(&mut Export)) -> Piece {
    let mut export = Export { files: vec![place.file], ..Export::default() };
    fill(&mut export);
    Piece::Iam(Box::new(export))
}

/// Reads what users, groups and roles have in common.
fn identity(
    folder: &Folder<'_>,
    loading: &Loading<'_>,
    account: AccountId,
    (kind, expected): (&str, &'static str),
    problems: &mut Vec<Problem>,
) -> Option<(Identity, Place)> {
    let (mut identity, place) = folder.metadata(loading, problems, |file| {
        let mut reader = Reader::new(file.text);
        let start = reader.offset();
        let (mut named, mut unique_id, mut created, mut boundary) = (None, None, None, None);
        // D-COL-05
        reader.fields(&["arn", "id", "created", "permissionBoundary"], |key, reader| {
            match key {
                "arn" => {
                    let start = reader.offset();
                    let arn = reader.string()?;
                    let name = fields::principal_name(&arn, start, kind, expected, account)?;
                    named = Some((Arc::<str>::from(&*arn), Name::from(name)));
                }
                "id" => unique_id = fields::text(reader)?,
                "created" => created = reader.text_or_number()?,
                "permissionBoundary" if !reader.null()? => {
                    boundary = Some(fields::policy_arn(loading, reader)?)
                }
                "permissionBoundary" => {}
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        let (arn, name) = required(named, "arn")?;
        let identity = Identity {
            arn,
            name,
            account,
            unique_id,
            created: created.map(|date| (&*date).into()),
            tags: Tags::default(),
            attached: Box::default(),
            inline: Box::default(),
            boundary,
        };
        Ok((identity, file.place(start)))
    })?;
    let attached = folder.file(loading, problems, "managed-policies.json", |file| {
        fields::attached(loading, &mut Reader::new(file.text))
    });
    let inline = folder.file(loading, problems, "inline-policies.json", |file| {
        fields::inline(loading, file, &mut Reader::new(file.text))
    });
    identity.attached = attached.unwrap_or_default();
    identity.inline = inline.unwrap_or_default();
    identity.tags = tags(folder, loading, problems);
    Some((identity, place))
}

/// Reads ARNs of groups into their names.
fn groups(loading: &Loading<'_>, reader: &mut Reader<'_>) -> Read<Box<[Name]>> {
    let mut groups = Vec::new();
    reader.items(|reader| {
        let start = reader.offset();
        let arn = reader.string()?;
        match Arn::parse(&arn).and_then(|arn| arn.path_and_name("group")) {
            Some((_, name)) => groups.push(Name::from(loading.strings.share(name))),
            None => {
                let kind = ProblemKind::MalformedArn { arn: arn.into_owned(), expected: "a group" };
                return crate::estate::read::fault(start, kind);
            }
        }
        Ok(())
    })?;
    groups.sort();
    groups.dedup();
    Ok(groups.into())
}
