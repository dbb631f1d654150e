//! The tables of a report: its exact result in factored form, never multiplied out over principals × resources.
//!
//! `docs/tables.md` says what the tables mean and how they combine. Ids count from 0 without gaps and follow the order
//! of what they stand for, so that equal results are equal files; rows are sorted by their columns from left to right.

use super::table::{Column, OptionWords, Table, TableError, Texts, Words};

macro_rules! tables {
    ($($(#[$doc:meta])* $table:ident = $name:literal {
        $($(#[$column_doc:meta])* $column:ident: $type:ty,)*
    })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, Default)]
            pub struct $table { $($(#[$column_doc])* pub $column: $type,)* }

            impl $table {
                /// The name of the table and of its file.
                pub const NAME: &'static str = $name;

                /// The table.
                ///
                /// # Errors
                /// Columns of different lengths.
                pub fn into_table(self) -> Result<Table, TableError> {
                    Table::new(Self::NAME, vec![$(Column::new(stringify!($column), self.$column)),*])
                }
            }
        )*
    };
}

tables! {
    /// Everybody who can do something, and everybody in the estate who cannot. Sorted by ARN.
    Principals = "principals" {
        /// The id.
        principal: Vec<u32>,
        /// The ARN, or for a class outside of the estate its name: an account id, a service, `*`.
        arn: Texts,
        /// [`super::KindWord`].
        kind: Words,
        /// The account, for those that have one.
        account: OptionWords,
        /// The way from the organisation to the account: `o-1/r-1/ou-2`.
        organization_path: OptionWords,
        /// False for principals of suspended accounts, who can do nothing.
        active: Vec<bool>,
        /// Whether it is a service-linked role.
        service_linked: Vec<bool>,
        /// Whether identity policies met with the boundary allow everything in the account, unconditionally.
        administrator: Vec<bool>,
        /// Whether it can give itself any policy, after all layers, unconditionally.
        effective_administrator: Vec<bool>,
        /// The ARN of the permissions boundary.
        boundary: OptionWords,
        /// What a resource policy can grant it where neither boundary nor session policy limit that (S-EVAL-04).
        ceiling: Vec<u32>,
        /// What a resource policy can grant it where they do.
        bounded_ceiling: Vec<u32>,
    }

    /// What principals may do as far as their own side goes: after the identity, boundary, session and SCP layers, with
    /// the denies of these layers subtracted.
    Permissions = "permissions" {
        /// Who.
        principal: Vec<u32>,
        /// Which actions.
        action_set: Vec<u32>,
        /// On which resources.
        resource_set: Vec<u32>,
        /// Owned by which accounts.
        owner_set: Vec<u32>,
        /// When.
        condition: Vec<u32>,
        /// By which statements.
        statement_set: Vec<u32>,
    }

    /// The most that grants of resource policies can give: what SCPs leave, with the denies of the principal's side
    /// subtracted. A ceiling is the union of its rows; one without rows lets nothing pass.
    Ceilings = "ceilings" {
        /// The id.
        ceiling: Vec<u32>,
        /// Which actions.
        action_set: Vec<u32>,
        /// On which resources.
        resource_set: Vec<u32>,
        /// Owned by which accounts.
        owner_set: Vec<u32>,
        /// When.
        condition: Vec<u32>,
    }

    /// The resources that are known one by one. Sorted by ARN.
    Resources = "resources" {
        /// The id.
        resource: Vec<u32>,
        /// The ARN.
        arn: Texts,
        /// The owner, if known.
        account: OptionWords,
        /// The resource type of the catalog: `s3:bucket`.
        resource_type: OptionWords,
        /// How its policy combines with identity policies, for the requests of `governed`: [`Combination`].
        combination: Words,
        /// What is known of its policy: [`PolicyState`].
        policy: Words,
    }

    /// In which requests the policy of a resource takes part.
    Governed = "governed" {
        /// The resource.
        resource: Vec<u32>,
        /// Which actions.
        action_set: Vec<u32>,
        /// On which resources: the resource itself and what is inside.
        resource_set: Vec<u32>,
    }

    /// What resource policies, shares and the like allow.
    ResourceGrants = "resource_grants" {
        /// The resource whose policy it is.
        resource: Vec<u32>,
        /// To whom.
        principal_set: Vec<u32>,
        /// As what they are named: [`Form`].
        form: Words,
        /// Which actions.
        action_set: Vec<u32>,
        /// On which resources: the resource itself and what its policy governs.
        resource_set: Vec<u32>,
        /// When.
        condition: Vec<u32>,
        /// By which statements.
        statement_set: Vec<u32>,
    }

    /// What resource policies and RCPs deny.
    ResourceDenies = "resource_denies" {
        /// The resource whose policy it is; absent for RCPs, which hold for all resources of their accounts.
        resource: Vec<Option<u32>>,
        /// To whom.
        principal_set: Vec<u32>,
        /// Whether it counts for principals of other accounts than the owner's only.
        foreign_only: Vec<bool>,
        /// Which actions.
        action_set: Vec<u32>,
        /// On which resources.
        resource_set: Vec<u32>,
        /// Owned by which accounts.
        owner_set: Vec<u32>,
        /// When.
        condition: Vec<u32>,
        /// By which statements.
        statement_set: Vec<u32>,
    }

    /// The members of sets of principals.
    PrincipalSets = "principal_sets" {
        /// The id.
        principal_set: Vec<u32>,
        /// A block of members.
        principal_block: Vec<u32>,
    }

    /// The members of blocks of principals, from which sets are made.
    PrincipalBlocks = "principal_blocks" {
        /// The id.
        principal_block: Vec<u32>,
        /// A member.
        principal: Vec<u32>,
    }

    /// The members of sets of actions, as patterns that do not overlap.
    ActionSets = "action_sets" {
        /// The id.
        action_set: Vec<u32>,
        /// An action (`s3:GetObject`), or all whose names begin alike (`s3:Get*`, `s3:*`, `*`).
        pattern: Words,
    }

    /// Which actions a pattern stands for: every action is there under its name and under the patterns of sets.
    Actions = "actions" {
        /// The pattern.
        pattern: Words,
        /// An action that it stands for.
        action: Words,
        /// The action's service.
        service: Words,
        /// The action's access level; absent for actions that the catalog does not know.
        level: OptionWords,
    }

    /// Sets of resources. A resource is in the set if for one of its pieces it matches every `include` and no `exclude`.
    ResourceSets = "resource_sets" {
        /// The id.
        resource_set: Vec<u32>,
        /// The piece, from 0 in each set.
        piece: Vec<u32>,
        /// An ARN pattern with `*` and `?`, or [`NO_RESOURCE`]; absent where `exclude` is not.
        include: OptionWords,
        /// An ARN pattern with `*` and `?`, or [`NO_RESOURCE`]; absent where `include` is not.
        exclude: OptionWords,
    }

    /// Sets of accounts that own resources. An account is in the set if it is an `include`, or `*` is, and no `exclude` is.
    OwnerSets = "owner_sets" {
        /// The id.
        owner_set: Vec<u32>,
        /// An account, or `*`; absent where `exclude` is not.
        include: OptionWords,
        /// An account; absent where `include` is not.
        exclude: OptionWords,
    }

    /// Conditions. The id 0 is the condition that always holds.
    Conditions = "conditions" {
        /// The id.
        condition: Vec<u32>,
        /// The short text: [`super::ConditionView::text`].
        text: Texts,
        /// The exact form, as JSON: [`super::ConditionTree`].
        tree: Texts,
        /// Whether some request was proved to satisfy it.
        satisfiable: Vec<bool>,
        /// What was not collected and decides it: then the answer is Unknown rather than Conditional.
        missing: OptionWords,
    }

    /// The members of sets of statements.
    StatementSets = "statement_sets" {
        /// The id.
        statement_set: Vec<u32>,
        /// A member.
        statement: Vec<u32>,
    }

    /// Statements of policies, once for each layer as which they take part: [`super::StatementReference`].
    Statements = "statements" {
        /// The id.
        statement: Vec<u32>,
        /// The policy.
        policy: Words,
        /// The Sid, if there is one.
        sid: OptionWords,
        /// The place in the policy, from 0.
        index: Vec<u32>,
        /// Allow or Deny.
        effect: Words,
        /// [`super::LayerWord`].
        layer: Words,
        /// The file, beginning with the path by which the estate was named.
        file: Words,
        /// The line, from 1.
        line: Vec<u32>,
        /// The column in characters, from 1.
        column: Vec<u32>,
        /// The JSON path in the file.
        path: Texts,
    }

    /// What the report rests on.
    Coverage = "coverage" {
        /// [`Topic`].
        topic: Words,
        /// The account that it is about, if it is about one.
        account: OptionWords,
        /// What it is about: the file of an export, the name of an assumption, what is missing.
        subject: Texts,
        /// Its value: the edition of the catalog, what was assumed.
        value: OptionWords,
        /// When the export was made.
        date: OptionWords,
    }
}

/// How the tables write the resource of actions that have no resource type. No ARN pattern matches it but `*`.
pub const NO_RESOURCE: &str = "(none)";

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            pub enum $name { $($(#[$word_doc])* $variant,)* }

            impl $name {
                /// The word in the table.
                pub const fn as_str(self) -> &'static str {
                    match self { $(Self::$variant => $word,)* }
                }
            }
        )*
    };
}

words! {
    /// How a resource's policy combines with identity policies of its account.
    Combination {
        /// Either suffices (S-EVAL-02).
        Either = "either",
        /// Identity policies count only where the policy delegates to the account: KMS keys, role trust (S-EVAL-03).
        Delegated = "delegated",
        /// Both are needed (S-SVC-17).
        Both = "both",
        /// There is no policy on such resources.
        Identity = "identity",
    }

    /// What is known of a resource's policy.
    PolicyState {
        /// It was collected.
        Present = "present",
        /// It was collected that there is none.
        Absent = "absent",
        /// It was not collected.
        Missing = "missing",
    }

    /// As what a grant names its principals, which decides what it needs besides (S-EVAL-04).
    Form {
        /// By a user, session or federated-user ARN, as a service, or by `*`: bypasses identity, boundary and session.
        Direct = "direct",
        /// By the ARN of the session's role or user: bypasses identity policies only.
        Bounded = "bounded",
        /// By the account: delegates to its identity policies (S-EVAL-20).
        Delegated = "delegated",
        /// By a share, or by a policy that was not collected: counts across accounts only (S-XACC-06).
        Foreign = "foreign",
        /// By a grant on a KMS key, in any account and without policies of its own (S-KMS-06, S-KMS-12).
        KeyGrant = "key-grant",
    }

    /// What a row of `coverage` tells.
    Topic {
        /// The edition of the catalog.
        Catalog = "catalog",
        /// A file that was read.
        Export = "export",
        /// Something that was not collected.
        Missing = "missing",
        /// A VPC endpoint that was collected.
        Endpoint = "endpoint",
        /// Something that was assumed.
        Assumption = "assumption",
    }
}

/// Every table of a report.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each field is the table of its name")]
pub struct FactoredReport {
    pub principals: Principals,
    pub permissions: Permissions,
    pub ceilings: Ceilings,
    pub resources: Resources,
    pub governed: Governed,
    pub resource_grants: ResourceGrants,
    pub resource_denies: ResourceDenies,
    pub principal_sets: PrincipalSets,
    pub principal_blocks: PrincipalBlocks,
    pub action_sets: ActionSets,
    pub actions: Actions,
    pub resource_sets: ResourceSets,
    pub owner_sets: OwnerSets,
    pub conditions: Conditions,
    pub statement_sets: StatementSets,
    pub statements: Statements,
    pub coverage: Coverage,
}

impl FactoredReport {
    /// The tables, largest first, so that they are written in little time on several cores.
    ///
    /// # Errors
    /// Columns of different lengths.
    pub fn into_tables(self) -> Result<Vec<Table>, TableError> {
        let mut tables = vec![
            self.principals.into_table()?,
            self.permissions.into_table()?,
            self.ceilings.into_table()?,
            self.resources.into_table()?,
            self.governed.into_table()?,
            self.resource_grants.into_table()?,
            self.resource_denies.into_table()?,
            self.principal_sets.into_table()?,
            self.principal_blocks.into_table()?,
            self.action_sets.into_table()?,
            self.actions.into_table()?,
            self.resource_sets.into_table()?,
            self.owner_sets.into_table()?,
            self.conditions.into_table()?,
            self.statement_sets.into_table()?,
            self.statements.into_table()?,
            self.coverage.into_table()?,
        ];
        tables.sort_by_key(|table| std::cmp::Reverse(table.rows() * table.columns().len()));
        Ok(tables)
    }
}

/// How the tables join: every value in the column on the left stands in the column on the right.
///
/// What may be empty is not listed: a `ceiling` that lets nothing pass has no rows, and the `statement_set` of what rests
/// on no statement neither: what a root user may, and what was not collected.
pub const KEYS: &[[(&str, &str); 2]] = &[
    [("permissions", "principal"), ("principals", "principal")],
    [("permissions", "condition"), ("conditions", "condition")],
    [("ceilings", "condition"), ("conditions", "condition")],
    [("resource_grants", "condition"), ("conditions", "condition")],
    [("resource_denies", "condition"), ("conditions", "condition")],
    [("permissions", "action_set"), ("action_sets", "action_set")],
    [("ceilings", "action_set"), ("action_sets", "action_set")],
    [("resource_grants", "action_set"), ("action_sets", "action_set")],
    [("resource_denies", "action_set"), ("action_sets", "action_set")],
    [("permissions", "resource_set"), ("resource_sets", "resource_set")],
    [("ceilings", "resource_set"), ("resource_sets", "resource_set")],
    [("resource_grants", "resource_set"), ("resource_sets", "resource_set")],
    [("resource_denies", "resource_set"), ("resource_sets", "resource_set")],
    [("permissions", "owner_set"), ("owner_sets", "owner_set")],
    [("ceilings", "owner_set"), ("owner_sets", "owner_set")],
    [("resource_denies", "owner_set"), ("owner_sets", "owner_set")],
    [("governed", "action_set"), ("action_sets", "action_set")],
    [("governed", "resource_set"), ("resource_sets", "resource_set")],
    [("governed", "resource"), ("resources", "resource")],
    [("resource_grants", "resource"), ("resources", "resource")],
    [("resource_denies", "resource"), ("resources", "resource")],
    [("resource_grants", "principal_set"), ("principal_sets", "principal_set")],
    [("resource_denies", "principal_set"), ("principal_sets", "principal_set")],
    [("principal_sets", "principal_block"), ("principal_blocks", "principal_block")],
    [("principal_blocks", "principal"), ("principals", "principal")],
    [("action_sets", "pattern"), ("actions", "pattern")],
    [("statement_sets", "statement"), ("statements", "statement")],
];
