//! The ACL of a bucket or object in S3, as `aws s3api get-bucket-acl` and `get-object-acl` print it, read as statements
//! (S-EVAL-12, S-S3-03).

use serde_json::{Value as Json, json};

use crate::estate::ProblemKind;
use crate::estate::read::{Read, Reader, fault};

const GROUPS: &str = "http://acs.amazonaws.com/groups/";

/// The statements for accounts, and those for everybody or everybody with credentials.
pub(super) fn acl(reader: &mut Reader<'_>) -> Read<(Vec<Json>, Vec<Json>)> {
    let value = reader.value()?;
    let read = serde_json::from_str(value.raw()).ok().and_then(|acl: Json| statements(&acl));
    read.map_or_else(
        || {
            let expected = "an ACL: `{\"Owner\", \"Grants\": [{\"Grantee\", \"Permission\"}]}`";
            fault(value.start(), ProblemKind::WrongShape { expected, found: "something else".to_owned() })
        },
        Ok,
    )
}

fn statements(acl: &Json) -> Option<(Vec<Json>, Vec<Json>)> {
    let (mut accounts, mut public) = (Vec::new(), Vec::new());
    for grant in acl.get("Grants")?.as_array()? {
        let actions = actions(grant.get("Permission")?.as_str()?)?;
        let grantee = grant.get("Grantee")?;
        let text = |field: &str| grantee.get(field).and_then(Json::as_str);
        let allow = |principal: Json| json!({"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"});
        match text("Type")? {
            "CanonicalUser" => accounts.push(allow(json!({"CanonicalUser": text("ID")?}))),
            "Group" => match text("URI")?.strip_prefix(GROUPS)? {
                "global/AllUsers" => public.push(allow(json!("*"))),
                "global/AuthenticatedUsers" => {
                    let mut signed = allow(json!("*"));
                    signed["Condition"] = json!({"Bool": {"aws:PrincipalIsAWSService": "false"}});
                    public.push(signed);
                }
                // S-S3-03: as whom S3 writes access logs.
                "s3/LogDelivery" => accounts.push(allow(json!({"Service": "logging.s3.amazonaws.com"}))),
                _ => return None,
            },
            _ => return None,
        }
    }
    Some((accounts, public))
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
