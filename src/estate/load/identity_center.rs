//! `identity-center.json`, with the fields of the SSO Admin and Identity Store APIs. It is long, and read only for who can
//! become whom.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::organization::each;
use super::{FileText, fields};
use crate::estate::identity_center::{Assignment, IdentityCenter};
use crate::estate::read::{Read, Reader, fault};
use crate::estate::{Estate, Problem, ProblemKind};

impl Estate {
    /// The data of IAM Identity Center; nothing if it was not collected. An entry that can't be read is a problem and is left
    /// out.
    pub fn read_identity_center(&self) -> (IdentityCenter, Vec<Problem>) {
        let mut problems = Vec::new();
        let Some(id) = self.identity_center else { return (IdentityCenter::default(), problems) };
        let Some(source) = self.sources.get(id) else {
            return (IdentityCenter::default(), vec![Problem::of_file(ProblemKind::NotFound, Path::new(""))]);
        };
        let center = match self.sources.read(id) {
            Ok(text) => read(&FileText { id, source, text: &text }, &mut problems),
            Err(problem) => {
                problems.push(*problem);
                IdentityCenter::default()
            }
        };
        (center, problems)
    }
}

fn read(file: &FileText<'_>, problems: &mut Vec<Problem>) -> IdentityCenter {
    let mut center = IdentityCenter::default();
    let mut reader = Reader::new(file.text);
    let (start, mut listed) = (reader.offset(), false);
    let whole = reader.fields(&["Instances", fields::NEXT], |key, reader| match key {
        fields::NEXT => {
            center.goes_on |= fields::goes_on(reader)?;
            Ok(())
        }
        "Instances" => {
            listed = true;
            reader.items(|reader| instance(file, reader, &mut center, problems))
        }
        _ => reader.value().map(drop),
    });
    let whole = whole.and_then(|()| file.end(&mut reader)).and_then(|()| match listed {
        true => Ok(()),
        false => fault(start, ProblemKind::MissingMember("Instances")),
    });
    file.keep(whole, problems);
    tell_apart(&mut center.users);
    tell_apart(&mut center.groups);
    center
}

fn instance(
    file: &FileText<'_>,
    reader: &mut Reader<'_>,
    center: &mut IdentityCenter,
    problems: &mut Vec<Problem>,
) -> Read<()> {
    let names = ["PermissionSets", "AccountAssignments", "Users", "Groups", "GroupMemberships", fields::NEXT];
    reader.fields(&names, |key, reader| match key {
        fields::NEXT => {
            center.goes_on |= fields::goes_on(reader)?;
            Ok(())
        }
        "PermissionSets" => each(file, reader, problems, |reader| {
            let (arn, name) = pair(reader, "PermissionSetArn", "Name")?;
            center.permission_sets.insert(arn, name);
            Ok(())
        }),
        "AccountAssignments" => each(file, reader, problems, |reader| {
            center.assignments.push(assignment(reader)?);
            Ok(())
        }),
        "Users" => each(file, reader, problems, |reader| {
            let (id, name) = pair(reader, "UserId", "UserName")?;
            center.users.insert(id, name);
            Ok(())
        }),
        "Groups" => each(file, reader, problems, |reader| {
            let (id, name) = pair(reader, "GroupId", "DisplayName")?;
            center.groups.insert(id, name);
            Ok(())
        }),
        "GroupMemberships" => each(file, reader, problems, |reader| {
            center.memberships.push(membership(reader)?);
            Ok(())
        }),
        _ => reader.value().map(drop),
    })
}

/// Two texts of an object: its id and its name. Groups that another directory provisions may lack a name.
fn pair(reader: &mut Reader<'_>, id: &'static str, name: &'static str) -> Read<(Arc<str>, Arc<str>)> {
    let start = reader.offset();
    let (mut of_id, mut of_name) = (None, None);
    reader.fields(&[id, name], |key, reader| {
        match key {
            known if known == id => of_id = fields::text(reader)?,
            known if known == name => of_name = fields::text(reader)?,
            _ => drop(reader.value()?),
        }
        Ok(())
    })?;
    let Some(of_id) = of_id else { return fault(start, ProblemKind::MissingMember(id)) };
    Ok((of_id.clone(), of_name.unwrap_or(of_id)))
}

fn assignment(reader: &mut Reader<'_>) -> Read<Assignment> {
    let start = reader.offset();
    let (mut account, mut set, mut kind, mut principal) = (None, None, None, None);
    reader.fields(&["AccountId", "PermissionSetArn", "PrincipalType", "PrincipalId"], |key, reader| {
        match key {
            "AccountId" => account = Some(fields::account_id(reader)?),
            "PermissionSetArn" => set = fields::text(reader)?,
            "PrincipalType" => kind = fields::text(reader)?,
            "PrincipalId" => principal = fields::text(reader)?,
            _ => drop(reader.value()?),
        }
        Ok(())
    })?;
    let Some(account) = account else { return fault(start, ProblemKind::MissingMember("AccountId")) };
    let Some(permission_set) = set else {
        return fault(start, ProblemKind::MissingMember("PermissionSetArn"));
    };
    let Some(principal) = principal else { return fault(start, ProblemKind::MissingMember("PrincipalId")) };
    let to_group = match kind.as_deref() {
        Some("GROUP") => true,
        Some("USER") => false,
        other => {
            let found = format!("`PrincipalType` {}", other.unwrap_or("missing"));
            return fault(start, ProblemKind::WrongShape { expected: "`USER` or `GROUP`", found });
        }
    };
    Ok(Assignment { account, permission_set, to_group, principal })
}

/// The ids of a group and of a user in it.
fn membership(reader: &mut Reader<'_>) -> Read<(Arc<str>, Arc<str>)> {
    let start = reader.offset();
    let (mut group, mut user) = (None, None);
    reader.fields(&["GroupId", "MemberId"], |key, reader| {
        match key {
            "GroupId" => group = fields::text(reader)?,
            "MemberId" => reader.fields(&["UserId"], |key, reader| {
                match key {
                    "UserId" => user = fields::text(reader)?,
                    _ => drop(reader.value()?),
                }
                Ok(())
            })?,
            _ => drop(reader.value()?),
        }
        Ok(())
    })?;
    match (group, user) {
        (Some(group), Some(user)) => Ok((group, user)),
        (None, _) => fault(start, ProblemKind::MissingMember("GroupId")),
        (_, None) => fault(start, ProblemKind::MissingMember("MemberId.UserId")),
    }
}

/// Adds its id to a name that several have.
fn tell_apart(names: &mut BTreeMap<Arc<str>, Arc<str>>) {
    let (mut seen, mut twice) = (BTreeSet::new(), BTreeSet::new());
    for name in names.values() {
        if !seen.insert(name.clone()) {
            twice.insert(name.clone());
        }
    }
    for (id, name) in names.iter_mut().filter(|(_, name)| twice.contains(*name)) {
        *name = format!("{name} ({id})").into();
    }
}
