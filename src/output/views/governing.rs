//! Rows of the governing table, in the words of a security engineer.

use crate::catalog::governing::{
    AlsoNeeded, CrossAccount, GateKind, Governing, Grant, Holder, Owner, Regime, governing,
};
use crate::output::GovernedView;

/// What governs an action on a resource: an ARN, an ARN format with variables, or `*`.
pub fn governed(action: &str, resource: &str) -> GovernedView {
    let Governing {
        owner: of,
        policies,
        regime,
        cross_account: foreign,
        other_grants,
        also_needed,
        gates,
        ..
    } = governing(action, resource);
    let refused = gates.iter().map(|gate| format!("{}: {}", refuses(gate.kind), gate.reason));
    GovernedView {
        owner: owner(&of, resource),
        resource_policies: policies.iter().map(holder).collect(),
        same_account: same_account(regime, &of),
        cross_account: cross_account(foreign),
        other_grants: other_grants.iter().copied().map(grant).collect(),
        also_needed: also_needed.iter().copied().map(also).collect(),
        refused: refused.collect(),
    }
}

fn owner(of: &Owner<'_>, resource: &str) -> String {
    match of {
        Owner::Account(account) => format!("account {account}"),
        // The formats of the reference hold a variable where an ARN has the account.
        Owner::Estate(arn) if names_account(arn) => "the account in the ARN".to_owned(),
        Owner::Estate(arn) if arn == resource => "the account that has it; the ARN does not say".to_owned(),
        Owner::Estate(arn) => format!("the account that has {arn}; the ARN does not say"),
        Owner::ManagementAccount => "the management account of the organisation".to_owned(),
        Owner::Caller => "the caller's account".to_owned(),
        Owner::NoOne => "no customer's account".to_owned(),
    }
}

fn names_account(arn: &str) -> bool {
    arn.split(':').nth(4).is_some_and(|account| !account.is_empty())
}

fn holder(of: &Holder<'_>) -> String {
    match of {
        Holder::Policy(arn) => format!("policy of {arn}"),
        Holder::BucketOf(arn) => format!("policy of the bucket behind {arn}"),
        Holder::RegistryPolicy(_) => "policy of the registry, of this account and Region".to_owned(),
        Holder::DelegationPolicy => "delegation policy of the organisation".to_owned(),
        Holder::ServiceNetworksOf(arn) => format!("auth policies of the service networks of {arn}"),
    }
}

const fn same_account(regime: Regime, owner: &Owner<'_>) -> &'static str {
    match regime {
        Regime::Standard => "an identity policy or the resource policy grants it",
        Regime::IdentityOnly if matches!(owner, Owner::NoOne) => "an identity policy grants it",
        Regime::IdentityOnly => "an identity policy grants it; there is no resource policy to do so",
        Regime::Key => {
            "the key policy or a grant gives it; identity policies count where the key policy trusts the account"
        }
        Regime::KeyAlias => {
            "an identity policy grants it on the alias, and the key behind it is granted as keys are"
        }
        Regime::Trust => {
            "the trust policy of the role gives it; identity policies count where it trusts the account"
        }
        Regime::AccessPoint => "both the policy of the access point and that of the bucket let it pass",
        Regime::BothSides => "an identity policy grants it, and every auth policy that there is",
        Regime::Invoke => {
            "as the API's kind and authorisation type say: identity policy, resource policy or both"
        }
        Regime::FileSystemClient => {
            "an identity policy or the file system policy grants it; without a file system policy every client may"
        }
        Regime::NoPermissionNeeded => "no permission is needed, and no policy stops it",
    }
}

const fn cross_account(of: CrossAccount) -> &'static str {
    match of {
        CrossAccount::Both => "their own identity policy and the resource's side must both grant it",
        CrossAccount::IdentityOnly => "their own identity policy decides; no owner has a say",
        CrossAccount::Gate => "refused, whatever policies say",
        CrossAccount::Share(_) => "their own identity policy, and a share that names them",
        CrossAccount::PolicyOrDelegatedAdministrator => {
            "the delegation policy names them, or they are a delegated administrator"
        }
        CrossAccount::Unlisted => {
            "not listed for this type: as its resource policy says, where one was collected; unknown otherwise"
        }
    }
}

const fn grant(of: Grant) -> &'static str {
    match of {
        Grant::S3Acl => "ACL of the bucket or object",
        Grant::KmsGrant => "grant on the key",
        Grant::RamShare => "share of Resource Access Manager",
        Grant::LaunchPermission => "launch permission of the image",
        Grant::VolumePermission => "volume permission of the snapshot",
        Grant::RestoreAttribute => "restore attribute of the snapshot",
        Grant::DocumentShare => "account list of the document",
        Grant::EndpointServicePrincipals => "allowed principals of the endpoint service",
        Grant::VpcAssociationAuthorization => "VPC association authorisation of the hosted zone",
    }
}

const fn also(of: AlsoNeeded) -> &'static str {
    match of {
        AlsoNeeded::LakeFormation => "Lake Formation permissions, where the data is under Lake Formation",
        AlsoNeeded::KeyOfAlias => "the same on the key behind the alias",
        AlsoNeeded::InvokeFunction => {
            "lambda:InvokeFunction on the same function, with lambda:InvokedViaFunctionUrl true"
        }
    }
}

const fn refuses(kind: GateKind) -> &'static str {
    match kind {
        GateKind::Everyone => "everybody",
        GateKind::ForeignCallers => "callers of other accounts",
        GateKind::RootUsers => "root users",
        GateKind::Unsigned => "callers without credentials",
        GateKind::NotManagementAccount => "callers outside the management account",
        GateKind::NotManagementNorIamAdministrator => {
            "callers neither of the management account nor of a delegated administrator for IAM"
        }
        GateKind::WithoutRootSessions => "callers whose organisation does not manage root access centrally",
        GateKind::ManagementAccount => "callers of the management account",
        GateKind::NotOrganization => "callers outside the organisation",
        GateKind::NotMember => "everybody, on accounts that are no members of the caller's organisation",
    }
}
