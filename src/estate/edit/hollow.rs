//! Estates with nobody in them.

use std::sync::Arc;

use super::EditError;

use crate::estate::{
    Account, AccountId, AccountSettings, AccountStatus, Collected, Estate, IdentityProvider, Membership,
    Node, NodeId, Organization, OrganizationId, OrganizationPolicy, PolicyRef, PolicyStore, PolicyTypeStatus,
    PublicAccessBlock, Resource, Tags, Unfinished, VpcEndpoint,
};

impl Estate {
    /// The organisations and accounts of the estate, with nobody and nothing in them, of which that is known. It has a store of its own,
    /// of the policies of the organisations alone: nobody reads the others again.
    pub fn hollow(&self) -> Self {
        let mut hollow = self.clone();
        let store = PolicyStore::new();
        let kept = |policy: PolicyRef| {
            let stored = self.policies.get(policy.document)?;
            Some(PolicyRef { document: store.intern(stored.kind, &stored.text), ..policy })
        };
        let organizations = self.organizations.iter();
        hollow.organizations =
            organizations.map(|(id, one)| (id.clone(), Arc::new(one.with_policies_of(&kept)))).collect();
        hollow.policies = Arc::new(store);
        hollow.aws_managed = im::OrdMap::new();
        hollow.resources = im::OrdMap::new();
        hollow.accounts =
            self.accounts.iter().map(|(id, account)| (*id, Arc::new(account.hollow()))).collect();
        hollow.changed()
    }

    /// The estate with two accounts that hold nothing and that no policy of an organisation names: one in no organisation, and one in an
    /// organisation that is not named either and has no policies.
    pub fn with_strangers(&self) -> Option<(Self, [AccountId; 2])> {
        let policies = self.organizations.values().flat_map(|organization| organization.policies.values());
        let documents = policies.filter_map(|policy| self.policies.get(policy.policy?.document));
        let texts: Vec<&str> = documents.map(|document| &*document.text).collect();
        let free = |id: &AccountId| {
            let named = id.to_string();
            !self.accounts.contains_key(id) && !texts.iter().any(|text| text.contains(&named))
        };
        // A number like any other: partners and examples like round ones.
        let numbers = 731_904_586_217..1_000_000_000_000;
        let mut numbers = numbers.filter_map(AccountId::from_number).filter(free);
        let (alone, member, management) = (numbers.next()?, numbers.next()?, numbers.next()?);
        let named = |id: &String| texts.iter().any(|text| text.contains(id.as_str()));
        let ids = (0_u32..).map(|number| format!("{number:04x}k3x8w2q7"));
        let other = ids
            .map(|id| format!("o-{id}"))
            .find(|id| !named(id) && !self.organizations.contains_key(&OrganizationId::from(id.as_str())))?;
        let other = strange_organization(OrganizationId::from(other.as_str()), management);
        let parent = other.nodes.keys().next().cloned();
        let membership = Membership { organization: other.id.clone(), parent };
        let (_, known) = self.accounts.iter().next()?;
        let account = |id, membership| Account {
            id,
            name: None,
            status: AccountStatus::Active,
            membership,
            tags: Some(Tags::default()),
            ..known.hollow()
        };
        let mut edited = self.clone();
        edited.organizations.insert(other.id.clone(), Arc::new(other));
        edited.accounts.insert(alone, Arc::new(account(alone, None)));
        edited.accounts.insert(member, Arc::new(account(member, Some(membership))));
        Some((edited.changed(), [alone, member]))
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

    /// The estate with these identity providers in an account, and no others.
    ///
    /// # Errors
    /// [`EditError::NoAccount`].
    pub fn with_identity_providers(
        &self,
        account: AccountId,
        providers: Arc<[IdentityProvider]>,
    ) -> Result<Self, EditError> {
        self.with_account(account, |account| {
            account.identity_providers = Some(providers);
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

/// An organisation without policies, of which everything is known.
fn strange_organization(id: OrganizationId, management: AccountId) -> Organization {
    let root = Node {
        id: NodeId::from("r-k3x8"),
        name: None,
        parent: None,
        scp: PolicyTypeStatus::Disabled,
        rcp: PolicyTypeStatus::Disabled,
        s3: PolicyTypeStatus::Disabled,
        tags: Some(Tags::default()),
    };
    Organization {
        id,
        management_account: Some(management),
        nodes: im::OrdMap::unit(root.id.clone(), Arc::new(root)),
        policies: im::OrdMap::new(),
        s3_policies: Some(Arc::default()),
        delegated_administrators: Some(Arc::default()),
        root_sessions: Some(false),
        resource_policy: Collected::None,
        unlisted: Arc::default(),
        goes_on: false,
    }
}

impl Organization {
    /// The organisation with other references to the texts of its policies; what has none was not collected.
    fn with_policies_of(&self, kept: &dyn Fn(PolicyRef) -> Option<PolicyRef>) -> Self {
        let policies = self.policies.iter().map(|(id, policy)| {
            let policy = OrganizationPolicy { policy: policy.policy.and_then(kept), ..(**policy).clone() };
            (id.clone(), Arc::new(policy))
        });
        let resource_policy = match self.resource_policy {
            Collected::Some(policy) => kept(policy).map_or(Collected::NotCollected, Collected::Some),
            Collected::None => Collected::None,
            Collected::NotCollected => Collected::NotCollected,
        };
        Self { policies: policies.collect(), resource_policy, ..self.clone() }
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
