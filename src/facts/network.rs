//! What is known of requests that travel through a VPC endpoint of the estate.
//!
//! source   S-VPCE-07, S-TRI-09, section 3.6 of the semantics: an endpoint is in one VPC, and of one account

use super::Facts;
use super::binding::OrganizationOf;
use crate::catalog::endpoints::region_of_endpoint;
use crate::estate::{AccountId, VpcEndpoint};
use crate::region::condition::ConditionId;

impl Facts {
    /// The VPC of an endpoint of the estate, and the account that owns the endpoint.
    pub fn place_of_endpoint(&self, id: &str) -> Option<(Option<&str>, AccountId)> {
        let (account, endpoint) = self.known_endpoint(id)?;
        Some((endpoint.vpc.as_deref(), endpoint.owner.unwrap_or(account)))
    }

    fn known_endpoint(&self, id: &str) -> Option<(AccountId, &VpcEndpoint)> {
        let account = self.endpoint(id)?.account;
        let list = self.estate.account(account)?.vpc_endpoints.as_ref()?;
        Some((account, list.iter().find(|endpoint| *endpoint.id == *id)?))
    }

    /// Whether the estate has any VPC endpoints.
    pub fn has_endpoints(&self) -> bool {
        !self.endpoints.is_empty()
    }

    /// What holds of every request through an endpoint of the estate, one condition for each key. Its VPC is always there; who owns it
    /// is told by some services only.
    pub fn through_endpoint(&self, id: &str) -> Vec<ConditionId> {
        let Some((account, endpoint)) = self.known_endpoint(id) else { return Vec::new() };
        let owner = endpoint.owner.unwrap_or(account);
        let mut held = Vec::new();
        if let Some(vpc) = &endpoint.vpc {
            let region = endpoint.service.as_deref().and_then(region_of_endpoint).unwrap_or("*");
            held.push(self.holds("StringEquals", "aws:SourceVpc", &[vpc.to_string()]));
            let arn = format!("arn:*:ec2:{region}:*:vpc/{vpc}");
            held.push(self.holds("ArnLikeIfExists", "aws:SourceVpcArn", &[arn]));
        }
        held.push(self.holds("StringEqualsIfExists", "aws:VpceAccount", &[owner.to_string()]));
        match self.organization_of(Some(owner)) {
            OrganizationOf::Member { id, path, .. } => {
                held.push(self.holds("StringEqualsIfExists", "aws:VpceOrgID", &[id.to_string()]));
                let paths = path.map(|path| path.to_string());
                held.extend(
                    paths.map(|path| self.holds("ForAllValues:StringEquals", "aws:VpceOrgPaths", &[path])),
                );
            }
            OrganizationOf::StandAlone => {
                let absent = |key| self.holds("Null", key, &["true".to_owned()]);
                held.extend([absent("aws:VpceOrgID"), absent("aws:VpceOrgPaths")]);
            }
            OrganizationOf::Unnamed { .. } | OrganizationOf::Elsewhere | OrganizationOf::Unknown => {}
        }
        held
    }
}
