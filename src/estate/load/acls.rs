//! The ACL of a bucket or object in S3, as `aws s3api get-bucket-acl` and `get-object-acl` print it, read as statements
//! (S-EVAL-12, S-S3-03).

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::lists::FromEntry;
use crate::estate::ProblemKind;
use crate::estate::read::{Read, Reader, Value, fault};

const GROUPS: &str = "http://acs.amazonaws.com/groups/";

/// An ACL as it is read.
pub(super) struct AclText {
    /// The canonical user id of the owner, if it is there.
    pub owner: Option<Arc<str>>,
    /// The statements for accounts.
    pub accounts: Vec<FromEntry>,
    /// Those for everybody or everybody with credentials.
    pub public: Vec<FromEntry>,
}

/// Reads an ACL.
pub(super) fn acl(reader: &mut Reader<'_>) -> Read<AclText> {
    let value = reader.value()?;
    let read =
        serde_json::from_str(value.raw()).ok().and_then(|acl: Json| statements(&acl, &grants(&value)?));
    read.map_or_else(
        || {
            let expected = "an ACL: `{\"Owner\", \"Grants\": [{\"Grantee\", \"Permission\"}]}`";
            fault(value.start(), ProblemKind::WrongShape { expected, found: "something else".to_owned() })
        },
        Ok,
    )
}

/// Where each of the grants starts.
fn grants(acl: &Value<'_>) -> Option<Vec<usize>> {
    let mut starts = Vec::new();
    let read = acl.reader().members(|key, reader| match key {
        // Of members of one name the last counts.
        "Grants" => {
            starts.clear();
            reader.items(|reader| {
                starts.push(reader.value()?.start());
                Ok(())
            })
        }
        _ => reader.value().map(drop),
    });
    read.ok().map(|()| starts)
}

fn statements(acl: &Json, starts: &[usize]) -> Option<AclText> {
    let (mut accounts, mut public) = (Vec::new(), Vec::new());
    for (grant, &start) in acl.get("Grants")?.as_array()?.iter().zip(starts) {
        let actions = actions(grant.get("Permission")?.as_str()?)?;
        let grantee = grant.get("Grantee")?;
        let text = |field: &str| grantee.get(field).and_then(Json::as_str);
        let allow = |principal: Json| json!({"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"});
        match text("Type")? {
            "CanonicalUser" => accounts.push((allow(json!({"CanonicalUser": text("ID")?})), start)),
            "Group" => match text("URI")?.strip_prefix(GROUPS)? {
                "global/AllUsers" => public.push((allow(json!("*")), start)),
                "global/AuthenticatedUsers" => {
                    let mut signed = allow(json!("*"));
                    signed["Condition"] = json!({"Bool": {"aws:PrincipalIsAWSService": "false"}});
                    public.push((signed, start));
                }
                // S-S3-03: as whom S3 writes access logs.
                "s3/LogDelivery" => {
                    accounts.push((allow(json!({"Service": "logging.s3.amazonaws.com"})), start))
                }
                _ => return None,
            },
            _ => return None,
        }
    }
    let owner = acl.get("Owner").and_then(|owner| owner.get("ID")?.as_str()).map(Arc::from);
    Some(AclText { owner, accounts, public })
}

/// What a permission gives, on whichever of bucket and object carries the ACL.
fn actions(permission: &str) -> Option<Vec<&'static str>> {
    const READ: &[&str] = &[
        "s3:ListBucket",
        "s3:ListBucketVersions",
        "s3:ListBucketMultipartUploads",
        "s3:GetObject",
        "s3:GetObjectVersion",
    ];
    const WRITE: &[&str] = &["s3:PutObject"];
    const READ_ACP: &[&str] = &["s3:GetBucketAcl", "s3:GetObjectAcl", "s3:GetObjectVersionAcl"];
    const WRITE_ACP: &[&str] = &["s3:PutBucketAcl", "s3:PutObjectAcl", "s3:PutObjectVersionAcl"];
    match permission {
        "READ" => Some(READ.to_vec()),
        "WRITE" => Some(WRITE.to_vec()),
        "READ_ACP" => Some(READ_ACP.to_vec()),
        "WRITE_ACP" => Some(WRITE_ACP.to_vec()),
        "FULL_CONTROL" => Some([READ, WRITE, READ_ACP, WRITE_ACP].concat()),
        _ => None,
    }
}
