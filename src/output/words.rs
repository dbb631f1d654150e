//! The fixed words of answers: decisions, layers and kinds of principals, as JSON, tables and arguments write them.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// Every word, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The variant that `word` stands for.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }
    };
}

words! {
    /// The answer to one request (S-EVAL-10).
    DecisionWord {
        /// Every completion of what is unknown allows.
        Allowed = "Allowed",
        /// It depends on context that was not given; the condition says on what.
        Conditional = "Conditional",
        /// A Deny statement matches.
        ExplicitlyDenied = "ExplicitlyDenied",
        /// No Deny matches, and a needed Allow is absent.
        ImplicitlyDenied = "ImplicitlyDenied",
        /// It depends on data of the estate that was not collected or cannot be read.
        Unknown = "Unknown",
    }
}

words! {
    /// How bad a finding of a pack is, the least first.
    SeverityWord {
        /// Worth knowing.
        Info = "info",
        /// To be mended at leisure.
        Low = "low",
        /// To be mended.
        Medium = "medium",
        /// To be mended soon.
        High = "high",
        /// To be mended at once.
        Critical = "critical",
    }
}

words! {
    /// Whether a finding of a pack counts.
    StatusWord {
        /// It counts.
        New = "new",
        /// The baseline has it.
        Known = "known",
        /// It is suppressed.
        Suppressed = "suppressed",
    }
}

words! {
    /// One kind of policy in a decision.
    LayerWord {
        /// Policies of the principal and of its groups.
        Identity = "identity",
        /// The policy of the resource, trust policies and key policies included.
        Resource = "resource",
        /// The permissions boundary.
        Boundary = "boundary",
        /// Session policies.
        Session = "session",
        /// Service control policies.
        Scp = "scp",
        /// Resource control policies.
        Rcp = "rcp",
        /// VPC endpoint policies.
        Endpoint = "endpoint",
        /// S3 Block Public Access.
        S3BlockPublicAccess = "s3-bpa",
    }
}

words! {
    /// What a principal is.
    KindWord {
        /// An IAM user.
        User = "user",
        /// An IAM role: a session of it whose name is free, without session policy.
        Role = "role",
        /// A role session that some policy names.
        Session = "session",
        /// A federated-user session that some policy names.
        FederatedUser = "federated-user",
        /// The root user of an account.
        Root = "root",
        /// The principals of an account outside of the estate.
        Account = "account",
        /// The principals of an organisation outside of the estate.
        Organization = "organization",
        /// An AWS service.
        Service = "service",
        /// Whoever signs in through an identity provider.
        IdentityProvider = "identity-provider",
        /// A user of IAM Identity Center, where it is asked who becomes whom.
        IdentityCenterUser = "identity-center-user",
        /// A group of IAM Identity Center, where it is asked who becomes whom.
        IdentityCenterGroup = "identity-center-group",
        /// An account or user of AWS's own that is no service: an origin access identity, log delivery of load balancers.
        AwsAccount = "aws-account",
        /// Everyone, anonymous callers included.
        Everyone = "everyone",
    }
}

words! {
    /// From how far away a resource is reached, the farthest first.
    ScopeWord {
        /// By anybody, signed in or not.
        Public = "public",
        /// From accounts outside of the organisation that owns it; of any other account, where its own is in none.
        Outside = "outside",
        /// By whom an identity provider vouches for.
        Provider = "provider",
        /// From other accounts of its organisation.
        Organization = "organization",
    }
}

words! {
    /// The access level of an action, as the Service Authorization Reference gives it.
    AccessLevel {
        /// List.
        List = "list",
        /// Read.
        Read = "read",
        /// Tagging.
        Tagging = "tagging",
        /// Write.
        Write = "write",
        /// Permissions management.
        PermissionsManagement = "permissions-management",
    }
}

words! {
    /// What a statement does when it matches.
    EffectWord {
        /// Allow.
        Allow = "Allow",
        /// Deny.
        Deny = "Deny",
    }
}

impl DecisionWord {
    /// The word in running text: `explicitly denied`.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Conditional => "conditional",
            Self::ExplicitlyDenied => "explicitly denied",
            Self::ImplicitlyDenied => "implicitly denied",
            Self::Unknown => "unknown",
        }
    }
}
