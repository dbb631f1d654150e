//! What an organisation delegates: administrators, and its resource policy (S-SVC-16).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{FileText, Loading, fields};
use crate::document::PolicyKind;
use crate::estate::read::{Read, Reader, fault};
use crate::estate::{AccountId, Collected, DelegatedAdministrator, PolicyRef, ProblemKind};

/// Reads what `list-delegated-administrators` prints, each perhaps with what `list-delegated-services-for-account` prints.
pub(super) fn administrators(reader: &mut Reader<'_>) -> Read<Vec<DelegatedAdministrator>> {
    let mut administrators = Vec::new();
    reader.items(|reader| {
        let start = reader.offset();
        let (mut account, mut services) = (None, None);
        reader.fields(&["Id", "DelegatedServices"], |key, reader| {
            match key {
                "Id" => account = Some(fields::account_id(reader)?),
                "DelegatedServices" => services = Some(self::services(reader)?.into()),
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        let Some(account) = account else { return fault(start, ProblemKind::MissingMember("Id")) };
        administrators.push(DelegatedAdministrator { account, services });
        Ok(())
    })?;
    Ok(administrators)
}

fn services(reader: &mut Reader<'_>) -> Read<Vec<Arc<str>>> {
    let mut services = Vec::new();
    reader.items(|reader| {
        let start = reader.offset();
        let mut service = None;
        reader.fields(&["ServicePrincipal"], |key, reader| {
            match key {
                "ServicePrincipal" => service = fields::text(reader)?,
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        match service {
            Some(service) => services.push(service),
            None => return fault(start, ProblemKind::MissingMember("ServicePrincipal")),
        }
        Ok(())
    })?;
    Ok(services)
}

/// Reads what `describe-resource-policy` prints; `null`: there is none.
pub(super) fn resource_policy(
    loading: &Loading<'_>,
    file: &FileText<'_>,
    reader: &mut Reader<'_>,
) -> Read<Collected<PolicyRef>> {
    let start = reader.offset();
    if reader.peek() == b'n' {
        reader.null()?;
        return Ok(Collected::None);
    }
    let mut content = None;
    reader.fields(&["Content"], |key, reader| {
        match key {
            "Content" => content = Some(reader.value()?),
            _ => drop(reader.value()?),
        }
        Ok(())
    })?;
    let Some(content) = content else { return fault(start, ProblemKind::MissingMember("Content")) };
    loading.policy(file, PolicyKind::Resource, content).map(Collected::Some)
}

/// Reads `{"<service>": [account]}`.
pub(super) fn by_service(file: &FileText<'_>) -> Read<Vec<DelegatedAdministrator>> {
    let mut services: BTreeMap<AccountId, Vec<Arc<str>>> = BTreeMap::new();
    let mut reader = Reader::new(file.text);
    reader.members(|service, reader| {
        reader.items(|reader| {
            services.entry(fields::account_id(reader)?).or_default().push(service.into());
            Ok(())
        })
    })?;
    file.end(&mut reader)?;
    let administrator = |(account, services): (AccountId, Vec<Arc<str>>)| DelegatedAdministrator {
        account,
        services: Some(services.into()),
    };
    Ok(services.into_iter().map(administrator).collect())
}
