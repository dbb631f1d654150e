//! The keys that any service's requests can hold: global condition keys (semantics 3.6) and session keys (S-KEY-30).
//!
//! As of September 2026. The Service Authorization Reference lists tag keys only; everything else is AWS's page on global
//! condition keys, and the page on STS keys for the session keys.

use super::types::{KeyScope, KeyType, Presence};

/// Which actions can hold a key of this table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Every action.
    All,
    /// Every action but those of S-KEY-31.
    AllButResourceless,
    /// Actions that list a request-tag key, and every action that may write: not all pages list tags on creation. A read
    /// or list action that lists none passes no tags, nor does one that is known to have no parameter for them (S-KEY-34).
    RequestTags,
    /// Every action but read and list actions without resource type that do not list the key: nothing there has tags.
    ResourceTags,
    /// The actions of this service.
    Service(&'static str),
}

/// A row of the table.
pub(super) struct GlobalKey {
    pub name: &'static str,
    pub key_type: KeyType,
    pub multivalued: bool,
    pub scope: KeyScope,
    pub presence: Presence,
    pub reach: Reach,
}

const fn global(name: &'static str, key_type: KeyType, presence: Presence) -> GlobalKey {
    GlobalKey { name, key_type, multivalued: false, scope: KeyScope::Global, presence, reach: Reach::All }
}

const fn multivalued(key: GlobalKey) -> GlobalKey {
    GlobalKey { multivalued: true, ..key }
}

const fn reaching(key: GlobalKey, reach: Reach) -> GlobalKey {
    GlobalKey { reach, ..key }
}

const fn session(name: &'static str, key_type: KeyType) -> GlobalKey {
    GlobalKey { scope: KeyScope::Session, ..global(name, key_type, Presence::Conditional) }
}

use KeyType::{Arn, Bool, Date, Ip, Numeric, String};
use Presence::{Always, Conditional, WhenSigned};

pub(super) const GLOBAL_KEYS: &[GlobalKey] = &[
    global("aws:PrincipalArn", Arn, WhenSigned),
    global("aws:PrincipalAccount", String, Always),
    global("aws:PrincipalOrgID", String, Conditional),
    multivalued(global("aws:PrincipalOrgPaths", String, Conditional)),
    global("aws:PrincipalTag/${TagKey}", String, Conditional),
    global("aws:PrincipalIsAWSService", Bool, WhenSigned),
    global("aws:PrincipalServiceName", String, Conditional),
    multivalued(global("aws:PrincipalServiceNamesList", String, Conditional)),
    global("aws:PrincipalType", String, Always),
    global("aws:userid", String, Always),
    global("aws:username", String, Conditional),
    global("aws:AssumedRoot", Bool, Conditional),
    global("aws:FederatedProvider", String, Conditional),
    global("aws:TokenIssueTime", Date, Conditional),
    global("aws:MultiFactorAuthPresent", Bool, Conditional),
    global("aws:MultiFactorAuthAge", Numeric, Conditional),
    global("aws:SourceIdentity", String, Conditional),
    global("aws:SignInSessionArn", Arn, Conditional),
    global("aws:ChatbotSourceArn", Arn, Conditional),
    global("aws:Ec2InstanceSourceVpc", String, Conditional),
    global("aws:Ec2InstanceSourcePrivateIPv4", Ip, Conditional),
    global("aws:SourceIp", Ip, Conditional),
    global("aws:SourceVpc", String, Conditional),
    global("aws:SourceVpce", String, Conditional),
    global("aws:SourceVpcArn", Arn, Conditional),
    global("aws:VpceAccount", String, Conditional),
    global("aws:VpceOrgID", String, Conditional),
    multivalued(global("aws:VpceOrgPaths", String, Conditional)),
    global("aws:VpcSourceIp", Ip, Conditional),
    reaching(global("aws:ResourceAccount", String, Always), Reach::AllButResourceless),
    reaching(global("aws:ResourceOrgID", String, Conditional), Reach::AllButResourceless),
    reaching(multivalued(global("aws:ResourceOrgPaths", String, Conditional)), Reach::AllButResourceless),
    reaching(global("aws:ResourceTag/${TagKey}", String, Conditional), Reach::ResourceTags),
    reaching(global("aws:RequestTag/${TagKey}", String, Conditional), Reach::RequestTags),
    reaching(multivalued(global("aws:TagKeys", String, Conditional)), Reach::RequestTags),
    global("aws:RequestedRegion", String, Always),
    global("aws:SecureTransport", Bool, Always),
    global("aws:CurrentTime", Date, Always),
    global("aws:EpochTime", Date, Always),
    global("aws:UserAgent", String, Always),
    global("aws:referer", String, Conditional),
    global("aws:ViaAWSService", Bool, Always),
    multivalued(global("aws:CalledVia", String, Conditional)),
    global("aws:CalledViaFirst", String, Conditional),
    global("aws:CalledViaLast", String, Conditional),
    global("aws:ViaAWSMCPService", Bool, Conditional),
    global("aws:IsMcpServiceAction", Bool, Conditional),
    global("aws:CalledViaAWSMCP", String, Conditional),
    global("aws:SourceArn", Arn, Conditional),
    global("aws:SourceAccount", String, Conditional),
    global("aws:SourceOrgID", String, Conditional),
    multivalued(global("aws:SourceOrgPaths", String, Conditional)),
    // Not on the page: the owner-account key of SNS default topic policies (S-SVC-03, U-36).
    reaching(global("aws:SourceOwner", String, WhenSigned), Reach::Service("sns")),
    session("ec2:SourceInstanceArn", Arn),
    session("ec2:RoleDelivery", Numeric),
    session("lambda:SourceFunctionArn", Arn),
    session("ssm:SourceInstanceArn", Arn),
    session("glue:RoleAssumedBy", String),
    session("glue:CredentialIssuingService", String),
    session("codebuild:BuildArn", Arn),
    session("codebuild:ProjectArn", Arn),
    session("identitystore:UserId", String),
    session("saml:sub", String),
    session("saml:sub_type", String),
    session("saml:namequalifier", String),
    multivalued(session("${Issuer}:amr", String)),
    session("${Issuer}:aud", String),
    session("${Issuer}:id", String),
    session("${Issuer}:sub", String),
];

/// Actions that supply none of `aws:ResourceAccount`, `aws:ResourceOrgID`, `aws:ResourceOrgPaths` (S-KEY-31). For
/// `events:PutEvents` to another account's bus the presence is unknown, so it is not here.
pub(super) const WITHOUT_RESOURCE_KEYS: &[&str] = &[
    "ebs:*",
    "ec2:AcceptTransitGatewayPeeringAttachment",
    "ec2:AcceptVpcEndpointConnections",
    "ec2:AcceptVpcPeeringConnection",
    "ec2:CreateTransitGatewayPeeringAttachment",
    "ec2:CreateVpcEndpoint",
    "ec2:CreateVpcPeeringConnection",
    "route53:AssociateVPCWithHostedZone",
    "route53:CreateVPCAssociationAuthorization",
    "auditmanager:UpdateAssessmentFrameworkShare",
    "detective:AcceptInvitation",
    "ds:AcceptSharedDirectory",
    "guardduty:AcceptAdministratorInvitation",
    "macie2:AcceptInvitation",
    "es:AcceptInboundConnection",
    "securityhub:AcceptAdministratorInvitation",
];
