//! The smaller files of an account in entail's own layout.

use super::parts::Listed;
use super::{FileText, Loading, fields};
use crate::document::PolicyKind;
use crate::estate::read::{Read, Reader, fault};
use crate::estate::{AccountSettings, Collected, IdentityProvider, ProblemKind, VpcEndpoint};

/// Reads `account.json`.
pub(super) fn account(file: &FileText<'_>) -> Read<AccountSettings> {
    let mut settings = AccountSettings::default();
    let mut reader = Reader::new(file.text);
    reader.fields(&["PublicAccessBlock", "CanonicalUserId", "Alias"], |key, reader| {
        match key {
            "PublicAccessBlock" => settings.public_access_block = fields::public_access_block(reader)?,
            "CanonicalUserId" => settings.canonical_user_id = fields::text(reader)?,
            "Alias" => settings.alias = fields::text(reader)?,
            _ => drop(reader.value()?),
        }
        Ok(())
    })?;
    file.end(&mut reader)?;
    Ok(settings)
}

/// Reads `identity-providers.json`.
pub(super) fn identity_providers(loading: &Loading<'_>, file: &FileText<'_>) -> Read<Vec<IdentityProvider>> {
    let (mut providers, mut listed) = (Vec::new(), false);
    let mut reader = Reader::new(file.text);
    let start = reader.offset();
    let names = ["SAMLProviderList", "OpenIDConnectProviderList"];
    reader.fields(&names, |key, reader| {
        if !names.contains(&key) {
            return reader.value().map(drop);
        }
        listed = true;
        reader.items(|reader| {
            let start = reader.offset();
            let (mut arn, mut tags) = (None, None);
            reader.fields(&["Arn", "Tags"], |key, reader| {
                match key {
                    "Arn" => arn = Some(fields::any_arn(reader, "an identity provider")?),
                    "Tags" => tags = Some(fields::tags(loading, reader)?),
                    _ => drop(reader.value()?),
                }
                Ok(())
            })?;
            let Some(arn) = arn else { return fault(start, ProblemKind::MissingMember("Arn")) };
            providers.push(IdentityProvider { arn, tags });
            Ok(())
        })
    })?;
    file.end(&mut reader)?;
    match listed {
        true => Ok(providers),
        false => fault(start, ProblemKind::MissingMember(names[0])),
    }
}

/// States of a VPC endpoint that carries no requests.
const GONE: [&str; 5] = ["deleting", "deleted", "rejected", "failed", "expired"];

const ENDPOINT: &[&str] =
    &["VpcEndpointId", "VpcId", "OwnerId", "ServiceName", "State", "VpcEndpointType", "PolicyDocument"];

/// Reads `vpc-endpoints.json`.
pub(super) fn vpc_endpoints(loading: &Loading<'_>, file: &FileText<'_>) -> Read<Listed<VpcEndpoint>> {
    let (mut endpoints, mut listed, mut goes_on) = (Vec::new(), false, false);
    let mut reader = Reader::new(file.text);
    let start = reader.offset();
    reader.fields(&["VpcEndpoints", fields::NEXT], |key, reader| match key {
        fields::NEXT => {
            goes_on = fields::goes_on(reader)?;
            Ok(())
        }
        "VpcEndpoints" => {
            listed = true;
            reader.items(|reader| {
                let start = reader.offset();
                let (mut id, mut vpc, mut service, mut kind) = (None, None, None, None);
                let (mut policy, mut state, mut owner) = (None, None, None);
                reader.fields(ENDPOINT, |key, reader| {
                    match key {
                        "VpcEndpointId" => id = fields::text(reader)?,
                        "VpcId" => vpc = fields::text(reader)?,
                        "OwnerId" => owner = fields::text(reader)?,
                        "ServiceName" => service = fields::text(reader)?,
                        "State" => state = fields::text(reader)?,
                        "VpcEndpointType" => kind = fields::text(reader)?,
                        "PolicyDocument" => policy = Some(reader.value()?),
                        _ => drop(reader.value()?),
                    }
                    Ok(())
                })?;
                let Some(id) = id else { return fault(start, ProblemKind::MissingMember("VpcEndpointId")) };
                let policy = match policy {
                    Some(value) if value.raw() == "null" => Collected::None,
                    Some(value) => Collected::Some(loading.policy(file, PolicyKind::Endpoint, value)?),
                    None => VpcEndpoint::without_policy(kind.as_deref()),
                };
                // One that is gone, or never came to be, is nobody's way.
                let is_gone = |state: &str| GONE.iter().any(|gone| gone.eq_ignore_ascii_case(state));
                if state.as_deref().is_some_and(is_gone) {
                    return Ok(());
                }
                let owner = owner.and_then(|owner| owner.parse().ok());
                endpoints.push(VpcEndpoint { id, vpc, owner, service, kind, policy });
                Ok(())
            })
        }
        _ => reader.value().map(drop),
    })?;
    file.end(&mut reader)?;
    match listed {
        true => Ok(Listed { items: endpoints, goes_on }),
        false => fault(start, ProblemKind::MissingMember("VpcEndpoints")),
    }
}
