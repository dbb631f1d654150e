//! Everything that `validate` can find: codes, what they mean and what to do.

use crate::document::{ProblemCode, Severity};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// The meaning can't be determined.
    Error,
    /// The meaning is clear, and hardly what the author wanted.
    Warning,
    /// Worth knowing.
    Note,
}

impl Level {
    /// `error`, `warning` or `note`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
        }
    }
}

/// A kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stable name, in kebab-case.
    pub code: &'static str,
    /// What findings of this kind mean.
    pub meaning: &'static str,
    /// What to do about them.
    pub remedy: &'static str,
}

macro_rules! codes {
    ($($name:ident = $code:literal, $level:ident, $meaning:literal, $remedy:literal;)*) => {
        /// What is found beyond the grammar of documents. The names never change their meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $(
            #[doc = $meaning]
            $name,
        )* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The severity that findings of this code have unless the case is milder.
            pub const fn level(self) -> Level {
                match self { $(Self::$name => Level::$level,)* }
            }

            /// Name, meaning and remedy.
            pub const fn rule(self) -> Rule {
                match self {
                    $(Self::$name => Rule { code: $code, meaning: $meaning, remedy: $remedy },)*
                }
            }
        }
    };
}

codes! {
    UnknownService = "unknown-service", Warning,
        "No service of the catalog has this action prefix, so the action matches no known request.",
        "Correct the prefix, or update the catalog if the service is new.";
    UnknownAction = "unknown-action", Warning,
        "The service has no action of this name, so the entry matches no known request.",
        "Correct the name, or remove the entry.";
    EmptyActionPattern = "empty-action-pattern", Warning,
        "The pattern matches no action of the catalog.",
        "Correct the pattern, or remove the entry.";
    ForeignAction = "foreign-action", Warning,
        "The policy of a KMS key is evaluated for actions on keys alone, and a trust policy for calls that take the role, so the entry matches nothing.",
        "Remove the entry.";
    RcpSkips = "rcp-skips-service", Warning,
        "Resource control policies are not evaluated for the actions of this service, so the entry denies nothing.",
        "Use a service control policy, or a service that resource control policies support.";
    ActionResourceMismatch = "action-resource-mismatch", Warning,
        "The action acts on other types of resources than the statement names, so the statement never matches it.",
        "Name resources of a type that the action acts on, or remove the action.";
    ActionNeedsStar = "action-needs-star", Warning,
        "The action acts on no particular resource, and nothing that the statement names can match it.",
        "Put the action into a statement with `\"Resource\": \"*\"`.";
    ActionResourceOpen = "action-resource-open", Note,
        "The action acts on no particular resource, and AWS does not document which string is compared with the statement's resources.",
        "Put the action into a statement with `\"Resource\": \"*\"`.";
    ResourceUnused = "resource-unused", Warning,
        "No action of the statement acts on resources of this form.",
        "Correct the ARN, or remove it from the statement.";
    IncompleteArn = "incomplete-arn", Warning,
        "The ARN leaves its Region or account empty, and resources of the type that is meant have one.",
        "Write the Region and the account, or `*`.";
    UnknownPartition = "unknown-partition", Warning,
        "AWS has no partition of this name, so the ARN is that of nothing.",
        "Write `aws`, `aws-cn`, `aws-us-gov`, or `*`.";
    UnknownRegion = "unknown-region", Warning,
        "The Region is not in the catalog, or belongs to another partition than the ARN.",
        "Correct the name, or update the catalog if the Region is new.";
    OddAccount = "odd-account", Warning,
        "Accounts have 12 digits, so the ARN is that of nothing.",
        "Write the 12 digits, or `*`.";
    UnknownArn = "unknown-arn", Warning,
        "No resource of any type in the catalog has such an ARN, so the entry is about nothing that is known.",
        "Correct the ARN, or update the catalog if the type is new.";
    ActionWithoutKey = "action-without-key", Warning,
        "No request of this action holds a key that the condition asks for, so the statement never matches the action.",
        "Put the action into a statement without the test.";
    UnknownConditionKey = "unknown-condition-key", Warning,
        "The catalog knows no condition key of this name; whether a request holds it is taken as unknown.",
        "Correct the name, or update the catalog if the key is new.";
    KeyNotSupplied = "condition-key-not-supplied", Warning,
        "No request of the statement's actions holds this key, so the test sees it absent always.",
        "Remove the test, or use a key that the actions supply.";
    ImpossibleValue = "impossible-value", Warning,
        "No request has this value in the key, so that it is in the list for nothing.",
        "Correct the value, or test the key that holds such values.";
    OperatorType = "operator-type", Warning,
        "The operator doesn't fit the type of the key's values.",
        "Use an operator for the type of the key.";
    LiteralWildcard = "literal-wildcard", Warning,
        "The operator has no wildcards, so `*` is an ordinary character of the value.",
        "Use `StringLike` or `ArnLike`.";
    ForAllValuesAllow = "for-all-values-allow", Warning,
        "`ForAllValues` is true where the key is absent, so the Allow also serves requests without it.",
        "Test that the key is there too: `\"Null\": {\"the key\": \"false\"}`.";
    SetOperatorOnSingleValue = "set-operator-on-single-value", Note,
        "The key holds one value, so the set operator only changes what happens if it is absent.",
        "Remove `ForAnyValue:` or `ForAllValues:`.";
    MultivaluedKey = "multivalued-key", Warning,
        "The key holds several values, and AWS gives no result for it without a set operator.",
        "Write `ForAnyValue:` or `ForAllValues:` before the operator.";
    KeySpelledTwice = "key-spelled-twice", Note,
        "One statement spells the same condition key in two ways; keys, and the tag keys in them, ignore case.",
        "Spell the key in one way.";
    NeverMatches = "never-matches", Warning,
        "No request satisfies the statement.",
        "Correct the condition, or remove the statement.";
    AlwaysTrue = "always-true", Warning,
        "The test holds for every request, or there is none, so that nothing is limited.",
        "Correct the values, or remove the test.";
    MfaNotRequired = "mfa-not-required", Warning,
        "The statement asks for MFA and is got around without: requests with long-term access keys do not hold the key that it tests.",
        "Write `BoolIfExists` with `false` in a Deny, and `Bool` with `true` in an Allow.";
    MfaInverted = "mfa-inverted", Note,
        "The statement is harder on requests with MFA than on those without.",
        "Turn the value round, if that was not meant.";
    HostBits = "host-bits", Note,
        "An address with a prefix stands for its whole block, whatever the bits after the prefix are.",
        "Write the first address of the block, or the address alone.";
    EveryAddress = "every-address", Note,
        "The block is every address of IPv4, or of IPv6, so the test tells nobody apart who has one.",
        "Name the addresses that are meant, or remove the test.";
    CoveredStatement = "covered-statement", Note,
        "Another statement of the same effect, or several together, cover all that this one says.",
        "Remove the statement, unless another is too wide.";
    CoveredEntry = "covered-entry", Note,
        "Another entry of the list means all that this one means.",
        "Remove the entry, unless the other is too wide.";
    AllowDenied = "allow-denied", Warning,
        "An unconditional Deny of the same document covers all that this Allow says.",
        "Remove the Allow, or narrow the Deny.";
    CoverageSkipped = "coverage-skipped", Note,
        "The document has too many statements for them to be compared with each other.",
        "Split the document.";
    OverQuota = "over-quota", Warning,
        "The document is longer than AWS stores such policies; white space is not counted.",
        "Shorten or split it.";
    VersionMissing = "old-policy-language", Note,
        "The document has no `Version`, or that of 2008, so `${…}` would be literal text.",
        "Write `\"Version\": \"2012-10-17\"`.";
    PolicyId = "undocumented-id", Note,
        "AWS documents `Id` for policies on resources alone; it has no effect on access.",
        "Leave it out.";
    NotPrincipalAccount = "not-principal-without-account", Warning,
        "A Deny with `NotPrincipal` lists a user, role or session but not its account, or an account alone, and AWS may then deny them too.",
        "Use `\"Principal\": \"*\"` with `ArnNotEquals` on `aws:PrincipalArn`, or list the account, and the role of a session, too.";
    AllowNotAction = "allow-not-action", Note,
        "An Allow with `NotAction` grants every other action of every service, those to come included.",
        "List the actions in `Action`.";
    AllowNotResource = "allow-not-resource", Note,
        "An Allow with `NotResource` grants on every other resource.",
        "List the resources in `Resource`.";
    AllowAll = "allow-all", Note,
        "The statement allows every action on every resource.",
        "Grant what is needed.";
    PassRoleAny = "pass-role-any", Warning,
        "`iam:PassRole` on every role lets the caller hand any role, administrators' included, to a service.",
        "Name the roles, or let `iam:PassedToService` be some services only.";
    PublicPrincipal = "public-principal", Warning,
        "The statement allows everybody, in any account or none, or everybody who has an account: no condition keeps strangers out.",
        "Name the principals, or add a condition such as `aws:PrincipalOrgID`.";
    UnknownServicePrincipal = "unknown-service-principal", Warning,
        "No service of AWS is called so, so the statement concerns nobody.",
        "Write the service principal in full: `lambda.amazonaws.com`.";
    ServiceWithoutSource = "service-without-source", Warning,
        "A service may act here on behalf of anybody's resources.",
        "Test `aws:SourceArn` or `aws:SourceAccount`.";
    OidcWithoutSubject = "oidc-without-subject", Warning,
        "Every identity of the OpenID Connect provider can take the role, other tenants' included.",
        "Test the `:sub` claim of the provider.";
    ProviderWithoutAudience = "provider-without-audience", Warning,
        "The provider vouches for people of everybody's applications, and nothing says for whose the role is.",
        "Test the `:aud` or `:app_id` claim of the provider.";
    MissingTrustAction = "missing-trust-action", Warning,
        "Calls that pass tags or a source identity need a permission of their own, which the trust policy does not give, so they fail.",
        "Allow `sts:TagSession`, or `sts:SetSourceIdentity`, to the same principals.";
    IdlePrincipal = "idle-principal", Warning,
        "The principal never makes a call that the statement is about, so it is listed in vain.",
        "Name it in a statement of its own, with the calls that it makes.";
    OidcWholeOwner = "oidc-whole-owner", Note,
        "Every repository, project or workspace of the owner can take the role, from any branch.",
        "Name the repository, and the branch or environment.";
    NotCollected = "not-collected", Note,
        "The estate shows that something exists that was not collected; answers that it could change are unknown.",
        "Collect it.";
}

/// Warnings about the files of an estate.
const OF_FILES: &[Rule] = &[
    Rule {
        code: "unknown-file",
        meaning: "The layout of the estate has no such file; it was ignored.",
        remedy: "Rename or remove the file.",
    },
    Rule {
        code: "foreign-resource",
        meaning: "A resource is listed with another account than its ARN names; the ARN counts.",
        remedy: "List the resource with its own account.",
    },
    Rule {
        code: "policy-of-none",
        meaning: "AWS lists no policy of its own for the type of the resource; what this one denies counts, what it allows does not.",
        remedy: "State shares as shares, or leave the policy out.",
    },
    Rule {
        code: "unknown-word",
        meaning: "The API has no such word here; what it says is taken as not collected.",
        remedy: "Write the word as AWS prints it.",
    },
    Rule {
        code: "guessed-arn",
        meaning: "No file spells the name of the resource, and its folder has it in lower case; names are case-sensitive.",
        remedy: "Write the ARN into `metadata.json`.",
    },
    Rule {
        code: "unknown-target",
        meaning: "A policy is attached to a root, unit or account that the organisation does not list, so that it limits nothing there.",
        remedy: "Correct the id, or collect the organisation again.",
    },
    Rule {
        code: "aws-policy-differs",
        meaning: "Exports disagree on one of AWS's own policies; the newest version counts.",
        remedy: "Export the accounts anew.",
    },
];

/// Every kind of finding: of documents, of what they say, of the files of an estate.
pub fn rules() -> Vec<Rule> {
    let documents = ProblemCode::ALL.iter().map(|code| of_document(*code));
    let own = Code::ALL.iter().map(|code| code.rule());
    documents.chain(own).chain(OF_FILES.iter().copied()).collect()
}

/// The rule of a problem that the reader of documents finds.
pub fn of_document(code: ProblemCode) -> Rule {
    use ProblemCode::*;
    let (meaning, remedy) = match code {
        NotJson => ("The text is not JSON.", "Correct the text."),
        TruncatedJson => ("The JSON text ends too early.", "Complete the text."),
        NestedTooDeep => ("The JSON nests too deeply to be a policy.", "Correct the text."),
        NotUtf8 => ("The text is not UTF-8.", "Save the file as UTF-8."),
        TooLong => ("The text is too long to be a policy.", "Correct the file."),
        WrongType => {
            ("A value has another JSON type than the element takes.", "Write a value of the right type.")
        }
        MissingElement => ("An element is missing that must be there.", "Add the element."),
        ForbiddenElement => (
            "Policies of this kind don't have this element.",
            "Remove it, or say with `--kind` what policy it is.",
        ),
        UnknownElement => ("No policy has an element of this name.", "Correct the name."),
        DuplicateKey => {
            ("A key stands twice in one object, and which one counts is not known.", "Merge the two.")
        }
        DuplicateConditionKey => {
            ("Two condition keys of one operator differ only by case.", "Put the values into one list.")
        }
        ConflictingElements => ("An element stands together with its `Not…` form.", "Keep one of them."),
        EmptyList => {
            ("A list or map is empty where something has to stand.", "Fill it, or remove the element.")
        }
        UnknownVersion => ("There is no such version of the policy language.", "Write `2012-10-17`."),
        OldVersion => ("This kind of policy can't be written in this version.", "Write `2012-10-17`."),
        UnknownEffect => ("The effect is neither `Allow` nor `Deny`.", "Write one of the two."),
        OddEffect => ("Policies of this kind don't have this effect.", "Write a Deny."),
        OddSid => (
            "IAM would not store this `Sid` or `Id`; it has no effect on access.",
            "Use letters and digits, each `Sid` once.",
        ),
        MalformedAction => ("The action is neither `*` nor `service:Name`.", "Write `service:Name`."),
        OddAction => ("As written, the action matches no real action.", "Correct the text."),
        MalformedResource => ("The resource is neither `*` nor an ARN.", "Write an ARN of six parts."),
        WildcardService => (
            "A wildcard stands in the service part of an ARN, and what it reaches is not documented.",
            "Name the service.",
        ),
        MalformedPrincipal => ("The principal can't be read.", "Write an ARN, an account or a service."),
        WildcardPrincipal => (
            "Principals take no wildcards within an ARN.",
            "Write `*` and a condition on `aws:PrincipalArn`.",
        ),
        GroupPrincipal => ("A group is no principal.", "Name its users, or a role."),
        DeletedPrincipal => (
            "AWS shows a unique id where a user or role was deleted.",
            "Take it out, or name who should take its place.",
        ),
        OddCanonicalId => ("Canonical user ids have another form.", "Correct the id, or name the account."),
        OddSessionName => ("No session can have this name.", "Correct the name."),
        NotPrincipalAllow => {
            ("`NotPrincipal` with `Allow` is not supported.", "Use `Principal` and a condition.")
        }
        UnknownOperator => ("There is no such condition operator.", "Correct the name."),
        OperatorCase => ("The operator is written in another case.", "Use AWS's spelling."),
        OddTest => (
            "The outcome of the test doesn't depend on the request, or is not documented.",
            "Rewrite the test.",
        ),
        MalformedValue => ("The operator can't read the value.", "Write a value of the operator's type."),
        MalformedVariable => ("The policy variable can't be read.", "Correct the variable."),
        MisplacedVariable => ("Policy variables don't work here.", "Write the value itself."),
        LiteralVariable => (
            "In this version `${…}` is literal text and no variable.",
            "Write `\"Version\": \"2012-10-17\"`.",
        ),
    };
    Rule { code: code.as_str(), meaning, remedy }
}
