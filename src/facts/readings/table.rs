//! The questions that AWS leaves open and of which a reading can be chosen, the default first.

use super::Holds;

/// A question of the semantics' index of which a reading can be chosen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Question {
    /// U-12.
    AnyServiceOrProvider,
    /// U-13.
    NotPrincipal,
    /// U-14.
    FederatingUserDenied,
    /// U-15.
    TwinTags,
    /// U-17.
    AnyValueIfExists,
    /// U-18.
    SeveralValues,
    /// U-24.
    KeysOfServices,
    /// U-30.
    ControlsWithoutResource,
    /// U-31.
    BoundaryInTrust,
    /// U-33.
    EndpointOfFreeCall,
    /// U-34.
    NewerPublicKeys,
    /// U-36.
    SourceOwner,
    /// U-39.
    StarAndServices,
    /// U-40.
    ResourceString,
    /// U-41.
    NullOfEmpty,
    /// U-43.
    AnyValueOfEmpty,
    /// U-44.
    NullOfTagKeys,
    /// U-47.
    NoValues,
    /// U-53.
    AllowNotPrincipal,
    /// U-56.
    ServiceWildcard,
    /// U-59.
    TwinKeys,
    /// U-61.
    DenyWithoutPrincipal,
    /// U-62.
    InheritedTag,
    /// U-63.
    RegionalService,
    /// U-70.
    ForeignKeyGrant,
    /// U-71.
    GrantAndLimits,
    /// U-72.
    S3PolicyNone,
    /// U-73.
    QueueLockout,
    /// U-74.
    RootFederation,
    /// U-75.
    CallerIdentity,
    /// U-76.
    BareStarOfFederated,
    /// U-77.
    BareStarOfSessions,
    /// U-78.
    ControlsOfDomains,
    /// U-79.
    PublicOperators,
    /// U-80.
    BucketBehindPoint,
    /// U-82.
    InheritedTagsNeed,
    /// U-84.
    FunctionUrlDate,
}

/// A question.
#[derive(Debug)]
pub struct Row {
    /// The question.
    pub question: Question,
    /// Its identifier in the semantics: `U-77`.
    pub id: &'static str,
    /// The proposition, after "whether" or the like.
    pub asks: &'static str,
    /// The readings, the default first.
    pub choices: &'static [Choice],
}

/// One reading of a question.
#[derive(Debug)]
pub struct Choice {
    /// What it is called on the command line.
    pub name: &'static str,
    /// How the proposition is read.
    pub holds: Holds,
    /// What it does.
    pub does: &'static str,
}

const fn choice(name: &'static str, holds: Holds, does: &'static str) -> Choice {
    Choice { name, holds, does }
}

/// Answers depend on it.
const OPEN: Choice = choice("open", Holds::Open, "it is not known, and answers depend on it");
/// What may be a match.
const MATCH: Choice = choice("match", Holds::Yes, "it matches");
/// What may be a match.
const NO_MATCH: Choice = choice("no-match", Holds::No, "it does not match");
/// What an Allow never means and a Deny may.
const OPEN_IN_DENIES: Choice =
    choice("open", Holds::OpenInDenies, "an Allow does not match; a Deny may, and answers depend on it");

/// All questions, in the order of [`Question`].
pub const TABLE: &[Row] = &[
    Row {
        question: Question::AnyServiceOrProvider,
        id: "U-12",
        asks: "whether `*` under `Service` or `Federated` means every caller of that kind",
        choices: &[
            choice(
                "denies",
                Holds::InDenies,
                "in a Deny it means every caller of that kind, in an Allow nobody",
            ),
            MATCH,
            NO_MATCH,
            OPEN,
        ],
    },
    Row {
        question: Question::NotPrincipal,
        id: "U-13",
        asks: "whether `NotPrincipal` spares a caller whose account or role is not listed beside it",
        choices: &[
            choice("itself", Holds::Yes, "whoever is listed itself is spared"),
            choice("parents", Holds::No, "only if its account, and for a session its role, are listed too"),
            OPEN,
        ],
    },
    Row {
        question: Question::FederatingUserDenied,
        id: "U-14",
        asks: "whether a Deny on a user hits the federated sessions that it made",
        choices: &[MATCH, NO_MATCH, OPEN],
    },
    Row {
        question: Question::TwinTags,
        id: "U-15",
        asks: "which of two tags counts whose keys differ by case",
        choices: &[
            OPEN,
            choice("first", Holds::No, "the first of them counts"),
            choice("last", Holds::Yes, "the last of them counts"),
        ],
    },
    Row {
        question: Question::AnyValueIfExists,
        id: "U-17",
        asks: "whether `ForAnyValue` with `IfExists` holds where the key is absent",
        choices: &[OPEN_IN_DENIES, MATCH, NO_MATCH],
    },
    Row {
        question: Question::SeveralValues,
        id: "U-18",
        asks: "whether a test without set operator holds of several values",
        choices: &[OPEN_IN_DENIES, MATCH, NO_MATCH],
    },
    Row {
        question: Question::KeysOfServices,
        id: "U-24",
        asks: "which principal keys calls by AWS services carry",
        choices: &[
            OPEN,
            choice("present", Holds::Yes, "they hold a value of AWS's own"),
            choice("absent", Holds::No, "they are absent"),
        ],
    },
    Row {
        question: Question::ControlsWithoutResource,
        id: "U-30",
        asks: "whether RCPs of the caller's account apply to actions without resource",
        choices: &[
            choice("caller", Holds::Yes, "those of the caller's account apply"),
            choice("none", Holds::No, "none apply"),
            OPEN,
        ],
    },
    Row {
        question: Question::BoundaryInTrust,
        id: "U-31",
        asks: "whether a user's boundary must allow what a trust policy grants that names the user",
        choices: &[
            choice("needed", Holds::Yes, "the boundary must allow it"),
            choice("bypassed", Holds::No, "a silent boundary does not stop it"),
            OPEN,
        ],
    },
    Row {
        question: Question::EndpointOfFreeCall,
        id: "U-33",
        asks: "whether the policy of an endpoint stops calls that need no permission",
        choices: &[
            OPEN,
            choice("stops", Holds::Yes, "a policy that does not allow the call stops it"),
            choice("passes", Holds::No, "the call passes whatever the policy says"),
        ],
    },
    Row {
        question: Question::NewerPublicKeys,
        id: "U-34",
        asks: "whether condition keys that the page of Block Public Access does not list limit a public policy",
        choices: &[
            choice("limit", Holds::Yes, "they limit it if their values are fixed"),
            choice("public", Holds::No, "a policy that only they limit is public"),
            OPEN,
        ],
    },
    Row {
        question: Question::SourceOwner,
        id: "U-36",
        asks: "whether `aws:SourceOwner` holds the caller's account",
        choices: &[
            choice("caller", Holds::Yes, "it is the caller's account"),
            choice("open", Holds::Open, "nothing is known of the key but what the request says"),
        ],
    },
    Row {
        question: Question::StarAndServices,
        id: "U-39",
        asks: "whether `{\"AWS\": \"*\"}` means AWS services too",
        choices: &[OPEN, MATCH, NO_MATCH],
    },
    Row {
        question: Question::ResourceString,
        id: "U-40",
        asks: "whether an action without resource is checked on an ARN where no table says on which",
        choices: &[
            OPEN,
            choice("star", Holds::No, "it is checked on `*`, so that only `*` matches"),
            choice("match", Holds::Yes, "a pattern that could match does"),
        ],
    },
    Row {
        question: Question::NullOfEmpty,
        id: "U-41",
        asks: "whether a key that holds the empty string is null",
        choices: &[
            choice("null", Holds::Yes, "it is null"),
            choice("value", Holds::No, "it has a value"),
            OPEN,
        ],
    },
    Row {
        question: Question::AnyValueOfEmpty,
        id: "U-43",
        asks: "whether `ForAnyValue` compares a single empty value as it does others",
        choices: &[
            choice("false", Holds::No, "it is false of a single empty value"),
            choice("value", Holds::Yes, "the empty string is a value like others"),
            OPEN,
        ],
    },
    Row {
        question: Question::NullOfTagKeys,
        id: "U-44",
        asks: "whether `aws:TagKeys` is null in a call that sets no tags",
        choices: &[
            choice("null", Holds::Yes, "it is null"),
            choice("present", Holds::No, "it is present, without values"),
            OPEN,
        ],
    },
    Row {
        question: Question::NoValues,
        id: "U-47",
        asks: "whether a test without values holds",
        choices: &[OPEN_IN_DENIES, MATCH, NO_MATCH],
    },
    Row {
        question: Question::AllowNotPrincipal,
        id: "U-53",
        asks: "whether an Allow with `NotPrincipal` means those that it does not list",
        choices: &[OPEN, MATCH, NO_MATCH],
    },
    Row {
        question: Question::ServiceWildcard,
        id: "U-56",
        asks: "whether a wildcard in the service part of a resource reaches other services",
        choices: &[OPEN, MATCH, NO_MATCH],
    },
    Row {
        question: Question::TwinKeys,
        id: "U-59",
        asks: "whether one of several tests is enough whose keys differ by case",
        choices: &[
            choice("open", Holds::OpenInDenies, "in an Allow all must hold; in a Deny answers depend on it"),
            choice("match", Holds::Yes, "one of them is enough"),
            choice("no-match", Holds::No, "all of them must hold"),
        ],
    },
    Row {
        question: Question::DenyWithoutPrincipal,
        id: "U-61",
        asks: "whether a Deny without `Principal` means everybody",
        choices: &[OPEN, MATCH, NO_MATCH],
    },
    Row {
        question: Question::InheritedTag,
        id: "U-62",
        asks: "whether an inherited tag stands in for that of a role where its trust policy is read",
        choices: &[
            OPEN,
            choice("own", Holds::No, "the role's own tag counts"),
            choice("inherited", Holds::Yes, "the inherited tag counts"),
        ],
    },
    Row {
        question: Question::RegionalService,
        id: "U-63",
        asks: "whether the plain name of a service in a trust policy means its regional names",
        choices: &[MATCH, NO_MATCH, OPEN],
    },
    Row {
        question: Question::ForeignKeyGrant,
        id: "U-70",
        asks: "whether a grant on a key is enough for a caller of another account",
        choices: &[
            choice("suffices", Holds::Yes, "it is enough"),
            choice("needs-own", Holds::No, "the caller's own side must allow too"),
            OPEN,
        ],
    },
    Row {
        question: Question::GrantAndLimits,
        id: "U-71",
        asks: "whether a grant on a key makes up for a boundary or session policy that is silent",
        choices: &[
            OPEN,
            choice("suffices", Holds::Yes, "it makes up for them"),
            choice("limited", Holds::No, "they must allow too"),
        ],
    },
    Row {
        question: Question::S3PolicyNone,
        id: "U-72",
        asks: "whether the value `none` of an organisation's S3 policy switches Block Public Access of its accounts off",
        choices: &[
            OPEN,
            choice("off", Holds::Yes, "it does"),
            choice("account", Holds::No, "the account's own setting counts"),
        ],
    },
    Row {
        question: Question::QueueLockout,
        id: "U-73",
        asks: "whether root's way back into a queue includes `sqs:AddPermission`, `sqs:GetQueueUrl` and `sqs:RemovePermission`",
        choices: &[
            choice("attributes", Holds::No, "it is reading and setting the attributes of the queue alone"),
            choice("permissions", Holds::Yes, "it includes these"),
            OPEN,
        ],
    },
    Row {
        question: Question::RootFederation,
        id: "U-74",
        asks: "whether session policies alone give a federated session of the root user what it may do",
        choices: &[
            choice("session-policies", Holds::Yes, "they do"),
            choice("nothing", Holds::No, "without identity policies they give nothing"),
            OPEN,
        ],
    },
    Row {
        question: Question::CallerIdentity,
        id: "U-75",
        asks: "whether an SCP or RCP can deny `sts:GetCallerIdentity`",
        choices: &[
            choice("allowed", Holds::No, "it is allowed whatever they say"),
            choice("denied", Holds::Yes, "their Denies count"),
            OPEN,
        ],
    },
    Row {
        question: Question::BareStarOfFederated,
        id: "U-76",
        asks: "whether `*` in a resource policy makes up for silent boundaries and session policies of federated sessions",
        choices: &[
            choice("bypassed", Holds::Yes, "it makes up for them"),
            choice("limited", Holds::No, "it replaces identity policies only"),
            OPEN,
        ],
    },
    Row {
        question: Question::BareStarOfSessions,
        id: "U-77",
        asks: "whether `*` in a resource policy makes up for silent boundaries and session policies of role sessions",
        choices: &[
            choice("bypassed", Holds::Yes, "it makes up for them"),
            choice("limited", Holds::No, "it replaces identity policies only"),
            OPEN,
        ],
    },
    Row {
        question: Question::ControlsOfDomains,
        id: "U-78",
        asks: "whether RCPs reach the data plane of OpenSearch domains",
        choices: &[
            OPEN,
            choice("reached", Holds::Yes, "they do"),
            choice("spared", Holds::No, "they do not"),
        ],
    },
    Row {
        question: Question::PublicOperators,
        id: "U-79",
        asks: "whether `…IfExists` and `ForAllValues` with fixed values limit a public policy",
        choices: &[
            choice("positive", Holds::No, "only a positive operator limits that needs the key"),
            choice("fixed", Holds::Yes, "every operator does that compares with fixed values"),
            OPEN,
        ],
    },
    Row {
        question: Question::BucketBehindPoint,
        id: "U-80",
        asks: "whether policies on the bucket's ARN count for requests through an access point",
        choices: &[
            OPEN,
            choice("counts", Holds::Yes, "they do"),
            choice("point", Holds::No, "only those on the access point's ARN do"),
        ],
    },
    Row {
        question: Question::InheritedTagsNeed,
        id: "U-82",
        asks: "whether taking a role needs `sts:TagSession` for tags that the session inherits",
        choices: &[
            choice("needed", Holds::Yes, "both sides must allow it"),
            choice("not-needed", Holds::No, "it is needed for tags only that the call passes"),
        ],
    },
    Row {
        question: Question::FunctionUrlDate,
        id: "U-84",
        asks: "whether a function URL is from the time when `lambda:InvokeFunction` was not needed",
        choices: &[
            OPEN,
            choice("older", Holds::Yes, "it is, and works without"),
            choice("newer", Holds::No, "it is not"),
        ],
    },
];
