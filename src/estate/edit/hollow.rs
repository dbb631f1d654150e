//! Estates with nobody in them.

use std::sync::Arc;

use super::EditError;

use crate::estate::{
    Account, AccountId, AccountSettings, AccountStatus, Estate, PublicAccessBlock, Resource, Tags,
    Unfinished, VpcEndpoint,
};

impl Estate {
    /// The organisations and accounts of the estate, with nobody and nothing in them, of which that is known.
    pub fn hollow(&self) -> Self {
        let mut hollow = self.clone();
        hollow.resources = im::OrdMap::new();
        hollow.accounts =
            self.accounts.iter().map(|(id, account)| (*id, Arc::new(account.hollow()))).collect();
        hollow.changed()
    }

    /// The estate with an account that is in no organisation, holds nothing and is named by no policy of an organisation, and its id.
    pub fn with_stranger(&self) -> Option<(Self, AccountId)> {
        let policies = self.organizations.values().flat_map(|organization| organization.policies.values());
        let documents = policies.filter_map(|policy| self.policies.get(policy.policy?.document));
        let texts: Vec<&str> = documents.map(|document| &*document.text).collect();
        let free = |id: &AccountId| {
            let named = id.to_string();
            !self.accounts.contains_key(id) && !texts.iter().any(|text| text.contains(&named))
        };
        // A number like any other: partners and examples like round ones.
        let numbers = 731_904_586_217..1_000_000_000_000;
        let id = numbers.filter_map(AccountId::from_number).find(free)?;
        let (_, known) = self.accounts.iter().next()?;
        let account = Account {
            id,
            name: None,
            status: AccountStatus::Active,
            membership: None,
            tags: Some(Tags::default()),
            ..known.hollow()
        };
        let mut edited = self.clone();
        edited.accounts.insert(id, Arc::new(account));
        Some((edited.changed(), id))
    }

    /// The estate with these VPC endpoints in an account, and no others.
    ///
    /// # Errors
    /// [`EditError::NoAccount`].
    pub fn with_vpc_endpoints(
        &self,
        account: AccountId,
        endpoints: Arc<[VpcEndpoint]>,
    ) -> Result<Self, EditError> {
        self.with_account(account, |account| {
            account.vpc_endpoints = Some(endpoints);
            Ok(())
        })
    }

    /// The estate with a resource, in place of the one of its ARN.
    pub fn with_resource(&self, resource: Resource) -> Self {
        let mut edited = self.clone();
        edited.resources.insert(resource.arn.clone(), Arc::new(resource));
        edited.changed()
    }
}

impl Account {
    /// The account with nobody and nothing in it.
    fn hollow(&self) -> Self {
        Self {
            has_files: true,
            collected: true,
            users: im::OrdMap::new(),
            groups: im::OrdMap::new(),
            roles: im::OrdMap::new(),
            managed_policies: im::OrdMap::new(),
            settings: AccountSettings {
                public_access_block: Some(PublicAccessBlock::default()),
                ..AccountSettings::default()
            },
            identity_providers: Some(Arc::default()),
            instance_profiles: Arc::default(),
            vpc_endpoints: Some(Arc::default()),
            ram_shares: Some(Arc::default()),
            unfinished: Unfinished::default(),
            credential_report: None,
            service_last_accessed: None,
            exports: Arc::default(),
            ..self.clone()
        }
    }
}
