//! `organization.json` of entail's own layout, with the fields of the Organizations API (D-ORG-01 to D-ORG-10).

use std::sync::Arc;

use super::parts::{Found, Member, OrganizationPart};
use super::targets::{self, Aim, Tree};
use super::{FileText, Loading, delegation, fields};
use crate::document::PolicyKind;
use crate::estate::read::{Read, Reader, fault};
use crate::estate::{
    AccountId, AccountStatus, Collected, Node, NodeId, Organization, OrganizationId, OrganizationPolicy,
    OrganizationPolicyId, OrganizationPolicyType, PolicyTypeStatus, Problem, ProblemKind, S3Policy, Target,
};

const MEMBERS: &[&str] = &[
    "Organization",
    "Roots",
    "OrganizationalUnits",
    "Accounts",
    "Policies",
    "DelegatedAdministrators",
    "EnabledFeatures",
    "ResourcePolicy",
    "PoliciesNotListed",
    fields::NEXT,
];

const ABOUT: &[&str] =
    &["Id", "MasterAccountId", "ManagementAccountId", "MasterAccountArn", "ManagementAccountArn"];

/// Reads an organisation. An entry that can't be read is a problem and is left out.
pub(super) fn read(
    loading: &Loading<'_>,
    file: &FileText<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Found<OrganizationPart>> {
    let mut reader = Reader::new(file.text);
    let start = reader.offset();
    let mut id = None;
    let (mut management_account, mut by_arn) = (None, None);
    let mut nodes = im::OrdMap::new();
    let mut members: Vec<Member> = Vec::new();
    let mut policies = im::OrdMap::new();
    let (mut s3_policies, mut s3_listed) = (Vec::<S3Policy>::new(), true);
    let (mut administrators, mut resource_policy) = (None, Collected::NotCollected);
    let mut root_sessions = None;
    let mut unlisted: Vec<OrganizationPolicyType> = Vec::new();
    let mut goes_on = false;
    let (mut aims, mut lists) = (Vec::new(), Vec::new());
    let whole = reader.fields(MEMBERS, |key, reader| match key {
        "Organization" => reader.fields(ABOUT, |key, reader| {
            match key {
                "Id" => id = fields::text(reader)?.map(OrganizationId::from),
                "MasterAccountId" | "ManagementAccountId" => {
                    management_account = Some(fields::account_id(reader)?);
                }
                "MasterAccountArn" | "ManagementAccountArn" => by_arn = fields::account_in_arn(reader)?,
                _ => drop(reader.value()?),
            }
            Ok(())
        }),
        "Roots" | "OrganizationalUnits" => {
            lists.push(key.to_owned());
            each(file, reader, problems, |reader| {
                let node = node(loading, reader, key == "Roots")?;
                let (start, id) = (reader.offset(), node.id.clone());
                match nodes.insert(node.id.clone(), Arc::new(node)) {
                    Some(_) => fault(start, ProblemKind::Duplicate(id.to_string())),
                    None => Ok(()),
                }
            })
        }
        "Accounts" => {
            lists.push(key.to_owned());
            each(file, reader, problems, |reader| {
                members.push(member(loading, file, reader)?);
                Ok(())
            })
        }
        "Policies" => each(file, reader, problems, |reader| {
            let start = reader.offset();
            let policy = match policy(loading, file, reader, &mut aims)? {
                AnyPolicy::Control(policy) => policy,
                AnyPolicy::S3(policy) => {
                    s3_policies.push(policy);
                    return Ok(());
                }
                AnyPolicy::Other => return Ok(()),
            };
            let id = policy.id.clone();
            match policies.insert(id.clone(), Arc::new(policy)) {
                Some(_) => fault(start, ProblemKind::Duplicate(id.to_string())),
                None => Ok(()),
            }
        }),
        "DelegatedAdministrators" => {
            administrators = Some(delegation::administrators(reader)?.into());
            Ok(())
        }
        "EnabledFeatures" => {
            let mut enabled = false;
            reader.items(|reader| {
                enabled |= reader.string()? == "RootSessions";
                Ok(())
            })?;
            root_sessions = Some(enabled);
            Ok(())
        }
        "ResourcePolicy" => {
            resource_policy = delegation::resource_policy(loading, file, reader)?;
            Ok(())
        }
        "PoliciesNotListed" => reader.items(|reader| {
            match policy_type(reader)? {
                Kind::Control(kind) => unlisted.push(kind),
                Kind::S3 => s3_listed = false,
                Kind::Other => {}
            }
            Ok(())
        }),
        fields::NEXT => {
            goes_on = fields::goes_on(reader)?;
            Ok(())
        }
        _ => reader.value().map(drop),
    });
    file.keep(whole.and_then(|()| file.end(&mut reader)), problems)?;
    let id = file.keep(
        match id {
            Some(id) => Ok(id),
            None => fault(start, ProblemKind::MissingMember("Organization.Id")),
        },
        problems,
    )?;
    if goes_on {
        unlisted = vec![OrganizationPolicyType::Scp, OrganizationPolicyType::Rcp];
        s3_listed = false;
    }
    let management_account = management_account.or(by_arn);
    if !goes_on {
        let has = |list: &str| lists.iter().any(|of| of == list);
        let of = |roots: bool| {
            let nodes = nodes.values().filter(move |node: &&Arc<Node>| node.parent.is_none() == roots);
            nodes.map(|node| &node.id).collect()
        };
        let accounts = members.iter().map(|member| member.account).chain(management_account);
        let tree = Tree {
            roots: has("Roots").then(|| of(true)),
            units: has("OrganizationalUnits").then(|| of(false)),
            accounts: has("Accounts").then(|| accounts.collect()),
        };
        targets::check(file, &aims, &tree, problems);
    }
    let s3_policies = (s3_listed && !s3_policies.is_empty()).then(|| s3_policies.into());
    let organization = Organization {
        id,
        management_account,
        nodes,
        policies,
        s3_policies,
        delegated_administrators: administrators,
        root_sessions,
        resource_policy,
        unlisted: unlisted.into(),
        goes_on,
    };
    Some(Found { value: OrganizationPart { organization, members }, place: file.place(start) })
}

/// Reads the elements of an array one by one, so that one that is wrong does not hide what is wrong with the next.
pub(super) fn each<'a>(
    file: &FileText<'_>,
    reader: &mut Reader<'a>,
    problems: &mut Vec<Problem>,
    mut element: impl FnMut(&mut Reader<'a>) -> Read<()>,
) -> Read<()> {
    reader.items(|reader| {
        let read = element(&mut reader.value()?.reader());
        file.keep(read, problems);
        Ok(())
    })
}

fn node(loading: &Loading<'_>, reader: &mut Reader<'_>, is_root: bool) -> Read<Node> {
    let start = reader.offset();
    let (mut id, mut name, mut parent, mut tags) = (None, None, None, None);
    let mut types = None;
    reader.fields(&["Id", "Name", "ParentId", "PolicyTypes", "Tags"], |key, reader| {
        match key {
            "Id" => id = fields::text(reader)?,
            "Name" => name = fields::text(reader)?,
            "ParentId" => parent = fields::text(reader)?,
            "PolicyTypes" => types = Some(policy_types(reader)?),
            "Tags" => tags = Some(fields::tags(loading, reader)?),
            _ => drop(reader.value()?),
        }
        Ok(())
    })?;
    let Some(id) = id else { return fault(start, ProblemKind::MissingMember("Id")) };
    if !is_root && parent.is_none() {
        return fault(start, ProblemKind::MissingMember("ParentId"));
    }
    let [scp, rcp, s3] = types.unwrap_or_default();
    let parent = parent.map(NodeId::from).filter(|_| !is_root);
    Ok(Node { id: id.into(), name, parent, scp, rcp, s3, tags })
}

/// Reads `[{"Type", "Status"}]`. A list without a type says that the type is off (D-ORG-02).
fn policy_types(reader: &mut Reader<'_>) -> Read<[PolicyTypeStatus; 3]> {
    let [mut scp, mut rcp, mut s3] = [PolicyTypeStatus::Disabled; 3];
    reader.items(|reader| {
        let start = reader.offset();
        let (mut kind, mut status) = (None, PolicyTypeStatus::Unknown);
        reader.fields(&["Type", "Status"], |key, reader| {
            match key {
                "Type" => kind = Some(policy_type(reader)?),
                "Status" => {
                    status = match &*reader.string()? {
                        "ENABLED" => PolicyTypeStatus::Enabled,
                        "PENDING_ENABLE" | "PENDING_DISABLE" => PolicyTypeStatus::Switching,
                        _ => PolicyTypeStatus::Unknown,
                    }
                }
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        match kind {
            Some(Kind::Control(OrganizationPolicyType::Scp)) => scp = status,
            Some(Kind::Control(OrganizationPolicyType::Rcp)) => rcp = status,
            Some(Kind::S3) => s3 = status,
            Some(Kind::Other) => {}
            None => return fault(start, ProblemKind::MissingMember("Type")),
        }
        Ok(())
    })?;
    Ok([scp, rcp, s3])
}

/// The types of policies of an organisation.
#[derive(Clone, Copy)]
enum Kind {
    Control(OrganizationPolicyType),
    S3,
    Other,
}

/// Reads the type of a policy. A word that is like none of AWS's could be meant for a type that denies.
fn policy_type(reader: &mut Reader<'_>) -> Read<Kind> {
    let start = reader.offset();
    match &*reader.string()? {
        "SERVICE_CONTROL_POLICY" => Ok(Kind::Control(OrganizationPolicyType::Scp)),
        "RESOURCE_CONTROL_POLICY" => Ok(Kind::Control(OrganizationPolicyType::Rcp)),
        "S3_POLICY" => Ok(Kind::S3),
        other if is_other_type(other) => Ok(Kind::Other),
        other => {
            let expected = "the type of a policy of an organisation, such as `SERVICE_CONTROL_POLICY`";
            fault(start, ProblemKind::WrongShape { expected, found: format!("`{other}`") })
        }
    }
}

/// Whether a word looks like a type of AWS's that denies nothing: `TAG_POLICY`, `DECLARATIVE_POLICY_EC2`, and whatever comes.
fn is_other_type(word: &str) -> bool {
    let is_like_a_control = word.starts_with("SERVICE_") || word.starts_with("RESOURCE_");
    (word.ends_with("_POLICY") || word.starts_with("DECLARATIVE_POLICY_")) && !is_like_a_control
}

fn member(loading: &Loading<'_>, file: &FileText<'_>, reader: &mut Reader<'_>) -> Read<Member> {
    let start = reader.offset();
    let (mut account, mut name, mut parent, mut tags) = (None, None, None, None);
    let (mut status, mut state) = (None, None);
    reader.fields(&["Id", "Name", "ParentId", "Status", "State", "Tags"], |key, reader| {
        match key {
            "Id" => account = Some(fields::account_id(reader)?),
            "Name" => name = fields::text(reader)?,
            "ParentId" => parent = fields::text(reader)?.map(NodeId::from),
            "Status" => status = account_status(reader)?,
            "State" => state = account_status(reader)?,
            "Tags" => tags = Some(fields::tags(loading, reader)?),
            _ => drop(reader.value()?),
        }
        Ok(())
    })?;
    let Some(account) = account else { return fault(start, ProblemKind::MissingMember("Id")) };
    let status = state.or(status).unwrap_or_default();
    Ok(Member { account, place: file.place(start), name, parent, status, tags })
}

/// Reads `Status` or the newer `State` of an account (D-ORG-04); none for `null`, which stands where AWS does not say.
fn account_status(reader: &mut Reader<'_>) -> Read<Option<AccountStatus>> {
    let start = reader.offset();
    let Some(word) = reader.optional_string()? else { return Ok(None) };
    match &*word {
        "ACTIVE" | "PENDING_ACTIVATION" => Ok(Some(AccountStatus::Active)),
        "SUSPENDED" => Ok(Some(AccountStatus::Suspended)),
        "PENDING_CLOSURE" => Ok(Some(AccountStatus::PendingClosure)),
        "CLOSED" => Ok(Some(AccountStatus::Closed)),
        other => fault(
            start,
            ProblemKind::WrongShape { expected: "the status of an account", found: format!("`{other}`") },
        ),
    }
}

/// A policy of an organisation.
enum AnyPolicy {
    Control(OrganizationPolicy),
    S3(S3Policy),
    /// It grants and limits nothing here.
    Other,
}

/// Reads a policy.
fn policy(
    loading: &Loading<'_>,
    file: &FileText<'_>,
    reader: &mut Reader<'_>,
    aims: &mut Vec<Aim>,
) -> Read<AnyPolicy> {
    let start = reader.offset();
    let (mut id, mut name, mut kind, mut content) = (None, None, None, None);
    let mut aws_managed = false;
    let (mut targets, mut offsets) = (None, Vec::new());
    reader.fields(&["Id", "Name", "Type", "AwsManaged", "Content", "Targets"], |key, reader| {
        match key {
            "Id" => id = fields::text(reader)?,
            "Name" => name = fields::text(reader)?,
            "Type" => kind = Some(policy_type(reader)?),
            "AwsManaged" => aws_managed = reader.boolean()?,
            "Content" => content = Some(reader.value()?),
            "Targets" if !reader.null()? => {
                let targets = targets.get_or_insert_with(im::OrdSet::new);
                reader.items(|reader| {
                    let offset = reader.offset();
                    let target = target(reader)?;
                    offsets.push((offset, target.clone()));
                    targets.insert(target);
                    Ok(())
                })?;
            }
            "Targets" => {}
            _ => drop(reader.value()?),
        }
        Ok(())
    })?;
    let targets_known = targets.is_some();
    let targets = targets.unwrap_or_default();
    let Some(id) = id else { return fault(start, ProblemKind::MissingMember("Id")) };
    let Some(kind) = kind else { return fault(start, ProblemKind::MissingMember("Type")) };
    let content = content.filter(|content| content.raw() != "null");
    let id = OrganizationPolicyId::from(id);
    if !matches!(kind, Kind::Other) {
        let aim = |(offset, target)| Aim { policy: id.clone(), target, offset };
        aims.extend(offsets.into_iter().map(aim));
    }
    let kind = match kind {
        Kind::Control(kind) => kind,
        Kind::S3 => {
            let says = content.map(fields::s3_policy).transpose()?.flatten();
            return Ok(AnyPolicy::S3(S3Policy { id, says, targets, targets_known }));
        }
        Kind::Other => return Ok(AnyPolicy::Other),
    };
    let grammar = match kind {
        OrganizationPolicyType::Scp => PolicyKind::Scp,
        OrganizationPolicyType::Rcp => PolicyKind::Rcp,
    };
    let policy = content.map(|content| loading.policy(file, grammar, content)).transpose()?;
    Ok(AnyPolicy::Control(OrganizationPolicy { id, name, kind, aws_managed, policy, targets, targets_known }))
}

/// Reads a target: its id, or the entry of `list-targets-for-policy` (D-ORG-07).
fn target(reader: &mut Reader<'_>) -> Read<Target> {
    let start = reader.offset();
    let mut id = None;
    if reader.peek() == b'{' {
        reader.fields(&["TargetId"], |key, reader| {
            match key {
                "TargetId" => id = fields::text(reader)?,
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
    } else {
        id = fields::text(reader)?;
    }
    match id {
        Some(id) if id.starts_with("r-") || id.starts_with("ou-") => Ok(Target::Node(id.into())),
        Some(id) => match id.parse::<AccountId>() {
            Ok(account) => Ok(Target::Account(account)),
            Err(_) => fault(start, ProblemKind::MalformedAccountId(id.to_string())),
        },
        None => fault(start, ProblemKind::MissingMember("TargetId")),
    }
}
