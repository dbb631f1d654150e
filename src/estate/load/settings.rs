//! The smaller files of an account in entail's own layout.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{FileText, Loading, fields};
use crate::document::PolicyKind;
use crate::estate::read::{Read, Reader, fault};
use crate::estate::{AccountSettings, IdentityProvider, PolicyRef, ProblemKind, RamShare, VpcEndpoint};

/// Reads `account.json`.
pub(super) fn account(file: &FileText<'_>) -> Read<AccountSettings> {
    let mut settings = AccountSettings::default();
    let mut reader = Reader::new(file.text);
    reader.members(|key, reader| {
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
    let mut providers = Vec::new();
    let mut reader = Reader::new(file.text);
    reader.members(|key, reader| match key {
        "SAMLProviderList" | "OpenIDConnectProviderList" => reader.items(|reader| {
            let start = reader.offset();
            let (mut arn, mut tags) = (None, None);
            reader.members(|key, reader| {
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
        }),
        _ => reader.value().map(drop),
    })?;
    file.end(&mut reader)?;
    Ok(providers)
}

/// Reads `vpc-endpoints.json`.
pub(super) fn vpc_endpoints(loading: &Loading<'_>, file: &FileText<'_>) -> Read<Vec<VpcEndpoint>> {
    let mut endpoints = Vec::new();
    let mut reader = Reader::new(file.text);
    reader.members(|key, reader| match key {
        "VpcEndpoints" => reader.items(|reader| {
            let start = reader.offset();
            let (mut id, mut vpc, mut service, mut kind, mut policy) = (None, None, None, None, None);
            reader.members(|key, reader| {
                match key {
                    "VpcEndpointId" => id = fields::text(reader)?,
                    "VpcId" => vpc = fields::text(reader)?,
                    "ServiceName" => service = fields::text(reader)?,
                    "VpcEndpointType" => kind = fields::text(reader)?,
                    "PolicyDocument" => policy = Some(reader.value()?).filter(|value| value.raw() != "null"),
                    _ => drop(reader.value()?),
                }
                Ok(())
            })?;
            let Some(id) = id else { return fault(start, ProblemKind::MissingMember("VpcEndpointId")) };
            let policy = policy.map(|value| loading.policy(file, PolicyKind::Endpoint, value)).transpose()?;
            endpoints.push(VpcEndpoint { id, vpc, service, kind, policy });
            Ok(())
        }),
        _ => reader.value().map(drop),
    })?;
    file.end(&mut reader)?;
    Ok(endpoints)
}

/// Shares under way, by ARN.
#[derive(Default)]
pub(super) struct Shares(BTreeMap<Arc<str>, Share>);

#[derive(Default)]
struct Share {
    resources: Vec<Arc<str>>,
    principals: Vec<Arc<str>>,
    permissions: Vec<Arc<str>>,
    policies: Vec<(Arc<str>, PolicyRef)>,
}

impl Shares {
    /// A resource in shares, with the policy that RAM attaches to it.
    pub(super) fn resource(&mut self, arn: Arc<str>, shares: &[Arc<str>], policy: Option<PolicyRef>) {
        for share in shares {
            let share = self.0.entry(share.clone()).or_default();
            share.resources.push(arn.clone());
            share.policies.extend(policy.map(|policy| (arn.clone(), policy)));
        }
    }

    /// The shares, by ARN.
    pub(super) fn finish(self) -> Vec<RamShare> {
        let sorted = |mut texts: Vec<Arc<str>>| -> Box<[Arc<str>]> {
            texts.sort();
            texts.dedup();
            texts.into()
        };
        let share = |(arn, share): (Arc<str>, Share)| RamShare {
            arn,
            resources: sorted(share.resources),
            principals: sorted(share.principals),
            permissions: sorted(share.permissions),
            policies: share.policies.into(),
        };
        self.0.into_iter().map(share).collect()
    }
}

/// Reads `ram-shares.json`: what `list-resources`, `list-principals` and `list-permissions` print.
pub(super) fn ram_shares(loading: &Loading<'_>, file: &FileText<'_>) -> Read<Vec<RamShare>> {
    let mut shares = Shares::default();
    let mut reader = Reader::new(file.text);
    reader.members(|list, reader| match list {
        "resources" | "principals" | "permissions" => reader.items(|reader| {
            let start = reader.offset();
            let (mut share, mut named, mut policy) = (None, None, None);
            reader.members(|key, reader| {
                match key {
                    "resourceShareArn" => share = Some(fields::any_arn(reader, "a resource share")?),
                    "arn" | "id" => named = fields::text(reader)?,
                    "policy" => policy = Some(reader.value()?).filter(|value| value.raw() != "null"),
                    _ => drop(reader.value()?),
                }
                Ok(())
            })?;
            let Some(named) = named else { return fault(start, ProblemKind::MissingMember("arn")) };
            // `list-permissions` prints permissions that no share is named with.
            let Some(share) = share else {
                return match list {
                    "permissions" => Ok(()),
                    _ => fault(start, ProblemKind::MissingMember("resourceShareArn")),
                };
            };
            match list {
                "resources" => {
                    let policy =
                        policy.map(|value| loading.policy(file, PolicyKind::Resource, value)).transpose()?;
                    shares.resource(named, &[share], policy);
                }
                "principals" => shares.0.entry(share).or_default().principals.push(named),
                _ => shares.0.entry(share).or_default().permissions.push(named),
            }
            Ok(())
        }),
        _ => reader.value().map(drop),
    })?;
    file.end(&mut reader)?;
    Ok(shares.finish())
}
