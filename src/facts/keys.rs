//! Condition keys: what the catalog says of them, and which part of a request fixes them.

pub use crate::catalog::tagging::{database_tag, resource_tag};
use crate::catalog::{ActionId, Catalog, KeyScope, KeyType as CatalogType, Presence, Supply, TypeUse};
use crate::region::condition::{Conditions, Key, KeyId, KeyType, misread};

/// How the names of pseudo-keys begin: unknowns of a request that are no context keys.
pub const PSEUDO: &str = "request:";
/// Pseudo-key: the ARN of the request's resource, for patterns with variables that are still open.
pub const RESOURCE: &str = "request:resource";
/// Pseudo-key: the string that a service checks for an action without resource type (S-RES-10).
pub const RESOURCE_STRING: &str = "request:resourcestring";
/// Pseudo-key: the session name of a caller known only as a session of its role (S-TRI-10). `sts:RoleSessionName` is
/// another: that of the session to be made (S-TRUST-12).
pub const SESSION_NAME: &str = "request:sessionname";

/// The keys of requests that travel through a VPC endpoint.
pub const OF_PATH: [&str; 7] = [
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:vpcsourceip",
];

/// The keys that say for whom a service calls.
pub const OF_SOURCE: [&str; 2] = ["aws:sourceaccount", "aws:sourcearn"];

/// The keys that say which organisation they belong to for whom a service calls.
pub const OF_SOURCE_ORGANIZATION: [&str; 2] = ["aws:sourceorgid", "aws:sourceorgpaths"];

/// The pseudo-key of the caller's own session name. Every session has one.
pub fn session_name() -> Key {
    Key::new(SESSION_NAME, KeyType::String).always_present()
}

/// The keys of what a call that takes a role passes, and of what a session inherits.
pub struct CallKeys {
    /// The source identity that the call passes.
    pub source_identity: KeyId,
    /// The keys of the tags that it passes.
    pub tag_keys: KeyId,
    /// Those of them that sessions hand on.
    pub transitive_tag_keys: KeyId,
    /// The source identity of the caller.
    pub inherited_source_identity: KeyId,
}

impl CallKeys {
    /// The keys in an arena.
    pub fn new(conditions: &Conditions) -> Self {
        let of = |name| conditions.key(key(name));
        Self {
            source_identity: of("sts:SourceIdentity"),
            tag_keys: of("aws:TagKeys"),
            transitive_tag_keys: of("sts:TransitiveTagKeys"),
            inherited_source_identity: of("aws:SourceIdentity"),
        }
    }
}

/// The key of a name as a policy writes it. A name that the catalog does not know is text (S-TRI-11).
pub fn key(name: &str) -> Key {
    let Some(known) = Catalog::embedded().key(name) else {
        return Key::new(name, KeyType::String);
    };
    let mut key = Key::new(name, key_type(known.key_type));
    key.multivalued = known.multivalued;
    key.always_present = known.presence != Presence::Conditional;
    key
}

fn key_type(of: CatalogType) -> KeyType {
    match of {
        CatalogType::String => KeyType::String,
        CatalogType::Arn => KeyType::Arn,
        CatalogType::Numeric => KeyType::Numeric,
        CatalogType::Date => KeyType::Date,
        CatalogType::Bool => KeyType::Bool,
        CatalogType::Ip => KeyType::Ip,
        CatalogType::Binary => KeyType::Binary,
    }
}

/// What is wrong with a value that is stated of a key: it can't be one of the key's type. An empty one is none of any type.
pub fn malformed_value(name: &str, value: &str) -> Option<String> {
    let expected = misread(key(name).ty, value).filter(|_| !value.is_empty())?;
    Some(format!("`{name}` holds {expected}, and `{value}` is none"))
}

/// That a key which is stated is none that the catalog knows (S-TRI-11): easily a slip of the pen. A name that ends in `/`
/// stands for tags.
pub fn unheard_of(name: &str) -> Option<String> {
    let catalog = Catalog::embedded();
    let known = |name: &str| catalog.key_id(name).is_some();
    if known(name) || (name.ends_with('/') && known(&format!("{name}k"))) {
        return None;
    }
    let help = match catalog.nearest_keys(name, 1).first() {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    };
    Some(format!("no key `{name}` is known, so only policies that name it read what is stated of it{help}"))
}

/// That a key is stated to be absent which every request holds (S-KEY-20), or every signed one.
pub fn stated_absent(name: &str, signed: bool) -> Option<String> {
    let held = match Catalog::embedded().key(name)?.presence {
        Presence::Always => true,
        Presence::WhenSigned => signed,
        Presence::Conditional => false,
    };
    held.then(|| format!("no request lacks `{name}`, which is stated to be absent; it is taken as it stands"))
}

/// Which part of a request fixes the value of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Who calls (S-KEY-01).
    Principal,
    /// What is called on, its owner and its tags.
    Resource,
    /// Anything else: the network, the time, parameters of the call.
    Request,
}

/// The origin of a key, by its lower-case name.
pub fn origin(name: &str) -> Origin {
    const PRINCIPAL: &[&str] = &[
        "aws:assumedroot",
        "aws:chatbotsourcearn",
        "aws:ec2instancesourceprivateipv4",
        "aws:ec2instancesourcevpc",
        "aws:federatedprovider",
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:principaltype",
        "aws:signinsessionarn",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceidentity",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:tokenissuetime",
        "aws:userid",
        "aws:username",
        "kms:calleraccount",
    ];
    const RESOURCE_KEYS: &[&str] = &[
        RESOURCE,
        RESOURCE_STRING,
        "aws:requestedregion",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "s3:accesspointnetworkorigin",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:resourceaccount",
    ];
    let of_principal = PRINCIPAL.binary_search(&name).is_ok() || name.starts_with("aws:principaltag/");
    if of_principal || is_of_session(name) || issuer(name).is_some() {
        Origin::Principal
    } else if RESOURCE_KEYS.contains(&name) || resource_tag(name).is_some() {
        Origin::Resource
    } else {
        Origin::Request
    }
}

/// The keys that say whose a resource is, by their lower-case names.
pub const OF_OWNER: [&str; 4] =
    ["aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"];

/// The keys that say through which access point of S3 a request goes, by their lower-case names (S-S3-10).
pub const OF_ACCESS_POINT: [&str; 3] =
    ["s3:accesspointnetworkorigin", "s3:dataaccesspointaccount", "s3:dataaccesspointarn"];

/// Whether a key rides along in every request of a session, by its lower-case name (S-KEY-30).
pub fn is_of_session(name: &str) -> bool {
    const HANDED_OUT: &[&str] =
        &["ec2:", "lambda:", "ssm:", "glue:", "codebuild:", "identitystore:", "saml:"];
    const CLAIMS: &[&str] = &[":amr", ":aud", ":id", ":sub"];
    let may_be = HANDED_OUT.iter().any(|prefix| name.starts_with(prefix))
        || CLAIMS.iter().any(|claim| name.ends_with(claim));
    may_be && Catalog::embedded().key(name).is_some_and(|key| key.scope == KeyScope::Session)
}

/// Whether a key rides along with the credentials of the role of an EC2 instance, and no others, by its lower-case name.
pub fn is_of_instance(name: &str) -> bool {
    matches!(name, "aws:ec2instancesourcevpc" | "aws:ec2instancesourceprivateipv4")
}

/// Whether a key tells of the credentials of somebody of an account and how they came by them, by its lower-case name: no service
/// and nobody without credentials has any.
pub fn is_of_credentials(name: &str) -> bool {
    const OTHERS: &[&str] =
        &["aws:chatbotsourcearn", "aws:signinsessionarn", "aws:sourceidentity", "aws:tokenissuetime"];
    is_of_session(name)
        || is_of_instance(name)
        || name.starts_with("aws:principaltag/")
        || name.starts_with("aws:multifactorauth")
        || OTHERS.contains(&name)
}

/// Who issues the claim that a key holds, by the key's lower-case name (S-KEY-02): `token.actions.githubusercontent.com`, `saml`.
/// Of all prefixes of keys only those of OpenID Connect providers are names of hosts.
pub fn issuer(name: &str) -> Option<&str> {
    let (issuer, _) = name.rsplit_once(':')?;
    let host = issuer.split('/').next().unwrap_or_default();
    (host == "saml" || host.contains('.')).then_some(issuer)
}

/// Whether a key says who the caller is, so that it differs between callers, and not how it signed in or why it calls.
pub fn is_callers_own(name: &str) -> bool {
    const OWN: &[&str] = &["aws:userid", "aws:username", "kms:calleraccount"];
    name.starts_with("aws:principal") || OWN.contains(&name)
}

/// Whether each resource of a request has a key of its own of that name (S-RES-20), by its lower-case name: what it is, who owns
/// it, its tags, and what the reference lists for types of resources alone. So may a service's key that nobody knows.
pub fn is_of_resource(action: Option<ActionId>, name: &str) -> bool {
    // The reference lists these for the action.
    const LISTED: &[&str] = &["dynamodb:attributes", "dynamodb:leadingkeys"];
    if name.starts_with(PSEUDO) || name == "aws:requestedregion" || name.ends_with(":region") {
        return false;
    }
    match origin(name) {
        Origin::Principal => false,
        Origin::Resource => true,
        Origin::Request if is_of_object(name) || LISTED.contains(&name) => true,
        Origin::Request => {
            let catalog = Catalog::embedded();
            let Some(key) = catalog.key_id(name).filter(|&key| !catalog.is_listed_for_none(key)) else {
                return !name.starts_with("aws:");
            };
            let Some(action) = action else {
                return catalog.key_at(key).is_some_and(|key| key.scope == KeyScope::Service);
            };
            let lists = |line: &TypeUse| {
                catalog.type_use_keys(line).contains(&key) || catalog.type_keys(line.id).contains(&key)
            };
            !catalog.action_keys(action).contains(&key) && catalog.resource_types_of(action).iter().any(lists)
        }
    }
}

/// Whether a key holds what is so of an S3 object, by its lower-case name.
pub fn is_of_object(name: &str) -> bool {
    name.starts_with("s3:existingobjecttag/")
}

/// The keys that hold the tags of a resource in calls of an action, each up to the `/`. Calls of another service than the
/// resource's hold that of the resource's service where the reference lists it for them: `iam:ResourceTag/k` of a role to be taken
/// (S-KEY-25).
pub fn of_tags(service: &str, action: Option<ActionId>, resource: &str) -> Vec<String> {
    let catalog = Catalog::embedded();
    let part = resource.splitn(6, ':').nth(5).unwrap_or_default();
    let own = match service {
        "s3" => vec!["s3:BucketTag".to_owned(), "s3:ExistingObjectTag".to_owned()],
        "rds" => vec![format!("rds:{}-tag", part.split(':').next().unwrap_or_default())],
        _ => vec![format!("{service}:ResourceTag")],
    };
    let of_resource = resource.split(':').nth(2).filter(|other| !other.eq_ignore_ascii_case(service));
    let of_resource = of_resource.map(|other| format!("{other}:ResourceTag"));
    let is_listed = |key: &String| {
        action.is_some_and(|action| catalog.supplies(action, &format!("{key}/k")) == Supply::Yes)
    };
    let is_known = |key: &String| catalog.key(&format!("{key}/k")).is_some();
    // Objects, and not buckets, have tags of objects.
    let is_object = part.contains('/') && (resource.contains(":s3:::") || part.contains("/object/"));
    let has_it = |key: &String| key != "s3:ExistingObjectTag" || is_object;
    let own = own.into_iter().filter(|key| has_it(key) && is_known(key));
    let of_resource = of_resource.into_iter().filter(is_listed);
    std::iter::once("aws:ResourceTag".to_owned()).chain(own).chain(of_resource).collect()
}

/// Keys that follow from caller, resource and assumptions, and say something of others that do not (S-TRI-09).
pub const TELLING: [&str; 8] = [
    "aws:currenttime",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
    "aws:username",
    "aws:viaawsservice",
];

/// Keys that only calls which a service makes for the caller hold (S-TRI-09, S-KMS-13).
pub const BY_SERVICE: [&str; 4] =
    ["aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "kms:viaservice"];

/// Whether the value of a key follows from caller, resource and organisation (S-KEY-01), by its lower-case name.
pub fn follows(name: &str) -> bool {
    const KEYS: &[&str] = &[
        "aws:assumedroot",
        "aws:federatedprovider",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:principaltype",
        "aws:requestedregion",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "aws:sourceowner",
        "aws:userid",
        "aws:username",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:resourceaccount",
    ];
    KEYS.binary_search(&name).is_ok()
}
