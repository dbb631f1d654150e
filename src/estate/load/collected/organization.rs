//! Organisations (D-COL-09): tree, accounts and direct attachments in four files, and a folder for each policy.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Folder, FoundOrganization, iam, required};
use crate::document::PolicyKind;
use crate::estate::load::parts::{Claim, Found, Member, OrganizationPart};
use crate::estate::load::{FileText, Loading, delegation, fields};
use crate::estate::read::{Read, Reader, fault};
use crate::estate::{
    AccountId, AccountStatus, Arn, Collected, Node, NodeId, Organization, OrganizationId, OrganizationPolicy,
    OrganizationPolicyId, OrganizationPolicyType, PolicyTypeStatus, Problem, ProblemKind, S3Policy, Tags,
    Target,
};

/// Reads all organisations from their folders.
pub(super) fn read(
    loading: &Loading<'_>,
    folders: Vec<Folder<'_>>,
    claims: &mut Vec<Claim>,
    problems: &mut Vec<Problem>,
) -> Vec<FoundOrganization> {
    let mut by_owner: BTreeMap<(Option<&str>, &str), Vec<&Folder<'_>>> = BTreeMap::new();
    for folder in &folders {
        by_owner.entry((folder.partition, folder.owner)).or_default().push(folder);
    }
    let read = |folders: Vec<&Folder<'_>>| organization(loading, &folders, claims, problems);
    by_owner.into_values().filter_map(read).collect()
}

/// Where policies are attached, by id, as `accounts.json` and `ous.json` list it.
type Attached = BTreeMap<(OrganizationPolicyType, OrganizationPolicyId), im::OrdSet<Target>>;

/// The same with S3 policies.
#[derive(Default)]
struct AllAttached {
    controls: Attached,
    s3: BTreeMap<OrganizationPolicyId, im::OrdSet<Target>>,
}

fn organization(
    loading: &Loading<'_>,
    folders: &[&Folder<'_>],
    claims: &mut Vec<Claim>,
    problems: &mut Vec<Problem>,
) -> Option<FoundOrganization> {
    let top = folders.iter().find(|folder| folder.below.is_empty())?;
    let about = top.metadata(loading, problems, about)?;
    let mut attached = AllAttached::default();
    let members = top.file(loading, problems, "accounts.json", |file| accounts(loading, file, &mut attached));
    let units = top.file(loading, problems, "ous.json", |file| units(file, &mut attached));
    let mut nodes: BTreeMap<NodeId, Node> =
        units.unwrap_or_default().into_iter().map(|node| (node.id.clone(), node)).collect();
    for root in nodes.values_mut().filter(|node| node.parent.is_none()) {
        (root.scp, root.rcp, root.s3) = (about.scp, about.rcp, about.s3);
    }
    let mut policies = im::OrdMap::new();
    let (mut s3_policies, mut attached_s3) = (Vec::new(), attached.s3);
    let mut attached = attached.controls;
    for folder in folders {
        match folder.below[..] {
            ["ous", id] => {
                if let Some(node) = nodes.get_mut(&NodeId::from(id)) {
                    let (name, tags) = unit_details(folder, loading, problems);
                    (node.name, node.tags) = (name, Some(tags));
                }
            }
            ["scps", id] => {
                let kind = OrganizationPolicyType::Scp;
                policies.extend(policy(folder, loading, kind, id, &mut attached, problems));
            }
            ["s3-policies", id] => {
                let document = folder.file(loading, problems, "policy.json", |file| {
                    fields::s3_policy(Reader::new(file.text).value()?)
                });
                let id = OrganizationPolicyId::from(id);
                let targets = attached_s3.remove(&id).unwrap_or_default();
                s3_policies.push(S3Policy { id, says: document.flatten(), targets, targets_known: true });
            }
            ["rcps", id] => {
                let kind = OrganizationPolicyType::Rcp;
                policies.extend(policy(folder, loading, kind, id, &mut attached, problems));
            }
            _ => {}
        }
    }
    // Attached, but without a folder: the document was not collected.
    for ((kind, id), targets) in attached {
        let bare = OrganizationPolicy {
            id: id.clone(),
            name: None,
            kind,
            aws_managed: false,
            policy: None,
            targets,
            targets_known: true,
        };
        policies.insert(id, Arc::new(bare));
    }
    s3_policies.extend(attached_s3.into_iter().map(|(id, targets)| S3Policy {
        id,
        says: None,
        targets,
        targets_known: true,
    }));
    // D-COL-03: what is empty has no file.
    let administrators = match top.id("delegated-admins.json") {
        None => Some(Vec::new()),
        Some(_) => top.file(loading, problems, "delegated-admins.json", delegation::by_service),
    };
    let resource_policy = top.policy(loading, problems, "policy.json", PolicyKind::Resource);
    let organization = Organization {
        id: about.id,
        management_account: about.management_account,
        nodes: nodes.into_iter().map(|(id, node)| (id, Arc::new(node))).collect(),
        policies,
        s3_policies: Some(s3_policies.into()),
        delegated_administrators: administrators.map(Arc::from),
        root_sessions: None,
        resource_policy: resource_policy.map_or(Collected::None, Collected::Some),
        unlisted: Arc::default(),
        goes_on: false,
    };
    let named = top.file(loading, problems, "structure.json", |file| {
        let id = &organization.id;
        let accounts = accounts_of_structure(file)?.into_iter();
        Ok(accounts
            .map(|account| Claim { account, organization: id.clone(), place: file.place(0) })
            .collect())
    });
    claims.extend(named.unwrap_or_else(Vec::new));
    let part = OrganizationPart { organization, members: members.unwrap_or_default() };
    Some(Found { value: part, place: about.place })
}

/// What `metadata.json` of an organisation says.
struct About {
    id: OrganizationId,
    management_account: Option<AccountId>,
    scp: PolicyTypeStatus,
    rcp: PolicyTypeStatus,
    s3: PolicyTypeStatus,
    place: crate::estate::Place,
}

fn about(file: &FileText<'_>) -> Read<About> {
    let (mut id, mut management_account, mut by_arn) = (None, None, None);
    let [mut scp, mut rcp, mut s3] = [PolicyTypeStatus::Unknown; 3];
    let mut reader = Reader::new(file.text);
    let start = reader.offset();
    reader.members(|key, reader| {
        match key {
            "id" => id = fields::text(reader)?.map(OrganizationId::from),
            "rootAccountId" if !reader.null()? => management_account = Some(fields::account_id(reader)?),
            "rootAccountArn" => by_arn = fields::account_in_arn(reader)?,
            "features" if reader.peek() == b'{' => {
                [scp, rcp, s3] = [PolicyTypeStatus::Disabled; 3];
                reader.members(|key, reader| {
                    let status = match reader.boolean()? {
                        true => PolicyTypeStatus::Enabled,
                        false => PolicyTypeStatus::Disabled,
                    };
                    match key {
                        "SERVICE_CONTROL_POLICY" => scp = status,
                        "RESOURCE_CONTROL_POLICY" => rcp = status,
                        "S3_POLICY" => s3 = status,
                        _ => {}
                    }
                    Ok(())
                })?;
            }
            _ => drop(reader.value()?),
        }
        Ok(())
    })?;
    let place = file.place(start);
    let management_account = management_account.or(by_arn);
    Ok(About { id: required(id, "id")?, management_account, scp, rcp, s3, place })
}

/// Reads `{"<account>": {ou, scps, rcps, tags}}`.
fn accounts(loading: &Loading<'_>, file: &FileText<'_>, attached: &mut AllAttached) -> Read<Vec<Member>> {
    let mut members = Vec::new();
    Reader::new(file.text).members(|account, reader| {
        let start = reader.offset();
        let Ok(account) = account.parse::<AccountId>() else {
            return fault(start, ProblemKind::MalformedAccountId(account.to_owned()));
        };
        let (mut parent, mut tags) = (None, None);
        let target = Target::Account(account);
        reader.members(|key, reader| {
            match key {
                "ou" => parent = fields::text(reader)?.map(NodeId::from),
                "tags" if reader.peek() != b'n' => tags = Some(fields::tags(loading, reader)?),
                "scps" => attach(reader, OrganizationPolicyType::Scp, &target, &mut attached.controls)?,
                "rcps" => attach(reader, OrganizationPolicyType::Rcp, &target, &mut attached.controls)?,
                "s3Policies" => attach_s3(reader, &target, &mut attached.s3)?,
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        let (place, status) = (file.place(start), AccountStatus::NotStated);
        members.push(Member { account, place, name: None, parent, status, tags });
        Ok(())
    })?;
    Ok(members)
}

/// The accounts that `structure.json` names, wherever they hang.
fn accounts_of_structure(file: &FileText<'_>) -> Read<Vec<AccountId>> {
    let (mut accounts, mut rest) = (Vec::new(), Vec::new());
    let mut reader = Reader::new(file.text);
    let whole = reader.value()?;
    file.end(&mut reader)?;
    // Deeper than `serde_json` goes no organisation does.
    rest.extend(serde_json::from_str::<serde_json::Value>(whole.raw()).ok());
    while let Some(value) = rest.pop() {
        match value {
            serde_json::Value::Object(members) => rest.extend(members.into_iter().map(|(_, value)| value)),
            serde_json::Value::Array(items) => rest.extend(items),
            serde_json::Value::String(arn) => {
                accounts.extend(arn.rsplit('/').next().and_then(|last| last.parse::<AccountId>().ok()));
            }
            _ => {}
        }
    }
    Ok(accounts)
}

/// Reads `{"<root or unit>": {parent, scps, rcps}}`; a root has no parent.
fn units(file: &FileText<'_>, attached: &mut AllAttached) -> Read<Vec<Node>> {
    let mut nodes = Vec::new();
    Reader::new(file.text).members(|id, reader| {
        let id = NodeId::from(id);
        let target = Target::Node(id.clone());
        let mut parent = None;
        reader.members(|key, reader| {
            match key {
                "parent" => parent = fields::text(reader)?.map(NodeId::from),
                "scps" => attach(reader, OrganizationPolicyType::Scp, &target, &mut attached.controls)?,
                "rcps" => attach(reader, OrganizationPolicyType::Rcp, &target, &mut attached.controls)?,
                "s3Policies" => attach_s3(reader, &target, &mut attached.s3)?,
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        let unknown = PolicyTypeStatus::Unknown;
        nodes.push(Node { id, name: None, parent, scp: unknown, rcp: unknown, s3: unknown, tags: None });
        Ok(())
    })?;
    Ok(nodes)
}

/// Reads ARNs of policies that are attached to `target`. The last part of the ARN, in lower case, is the key of the
/// policy's folder; the id itself keeps its case, as far as any ARN shows it.
fn attach(
    reader: &mut Reader<'_>,
    kind: OrganizationPolicyType,
    target: &Target,
    attached: &mut Attached,
) -> Read<()> {
    for arn in fields::arns(reader, "a policy of an organisation")? {
        let id = arn.rsplit('/').next().unwrap_or_default();
        attached.entry((kind, id.into())).or_default().insert(target.clone());
    }
    Ok(())
}

/// The same for S3 policies.
fn attach_s3(
    reader: &mut Reader<'_>,
    target: &Target,
    attached: &mut BTreeMap<OrganizationPolicyId, im::OrdSet<Target>>,
) -> Read<()> {
    for arn in fields::arns(reader, "a policy of an organisation")? {
        let id = arn.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        attached.entry(id.as_str().into()).or_default().insert(target.clone());
    }
    Ok(())
}

fn unit_details(
    folder: &Folder<'_>,
    loading: &Loading<'_>,
    problems: &mut Vec<Problem>,
) -> (Option<Arc<str>>, Tags) {
    let name = folder.file(loading, problems, "metadata.json", |file| {
        let mut name = None;
        Reader::new(file.text).members(|key, reader| {
            match key {
                "name" => name = fields::text(reader)?,
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        Ok(name)
    });
    (name.flatten(), iam::tags(folder, loading, problems))
}

fn policy(
    folder: &Folder<'_>,
    loading: &Loading<'_>,
    kind: OrganizationPolicyType,
    key: &str,
    attached: &mut Attached,
    problems: &mut Vec<Problem>,
) -> Option<(OrganizationPolicyId, Arc<OrganizationPolicy>)> {
    let (arn, name, aws_managed) = folder.metadata(loading, problems, |file| {
        let (mut arn, mut name, mut aws_managed) = (None, None, None);
        Reader::new(file.text).members(|key, reader| {
            match key {
                "arn" => arn = Some(fields::any_arn(reader, "a policy of an organisation")?),
                "name" => name = fields::text(reader)?,
                "awsManaged" => aws_managed = Some(reader.boolean()?),
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        Ok((arn, name, aws_managed))
    })?;
    let by_arn = arn.as_deref().and_then(|arn| arn.rsplit('/').next());
    let id = OrganizationPolicyId::from(by_arn.unwrap_or(key));
    let grammar = match kind {
        OrganizationPolicyType::Scp => PolicyKind::Scp,
        OrganizationPolicyType::Rcp => PolicyKind::Rcp,
    };
    let document = folder.policy(loading, problems, "policy.json", grammar);
    let same = |known: &OrganizationPolicyId| known.as_str().eq_ignore_ascii_case(id.as_str());
    let found = attached.keys().find(|(of, known)| *of == kind && same(known)).cloned();
    let targets = found.and_then(|key| attached.remove(&key)).unwrap_or_default();
    let aws_managed = aws_managed
        .unwrap_or_else(|| arn.as_deref().and_then(Arn::parse).is_some_and(|arn| arn.account == "aws"));
    let policy = OrganizationPolicy {
        id: id.clone(),
        name,
        kind,
        aws_managed,
        policy: document,
        targets,
        targets_known: true,
    };
    Some((id, Arc::new(policy)))
}
