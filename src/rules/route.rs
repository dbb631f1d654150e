//! Rule set `route`: on which grants a request can rest, and which layers each of them still needs.
//!
//! in       the finite domain of callers, relations, regimes and grants      out  `Route`, `Needs`, `Filters`
//! negates  `Bypasses`; it depends on no derived relation, so the program is stratified
//! source   S-EVAL-02 to S-EVAL-07, S-XACC-01 to S-XACC-17, S-KMS-02 to S-KMS-04, S-TRUST-02 to S-TRUST-06, S-ROOT-01, S-ROOT-03
//!
//! The rules range over kinds, not over the principals of an estate, so they run once and every decision reads their
//! result. A request is allowed if the policies of one route allow it, all filters let it pass and nothing denies it.

use crate::facts::{Caller, Grant, Layer, Layers, Regime, Relation};
use crate::region::condition::ConditionId;
use crate::rules::further;
use crate::rules::without::Without;

/// What the rules derived: for a kind of request, its routes.
#[derive(Clone, Debug)]
pub struct Routes {
    routes: Vec<Vec<Route>>,
    filters: Vec<Layers>,
    /// Whether refusals by services are passed over.
    ungated: bool,
    /// The rule about further permissions that is off.
    spared: Option<further::Rule>,
}

/// A rule of the set, by the name that it has there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "each stands with its rule below")]
pub enum Rule {
    P1,
    P2,
    P3,
    N1,
    N2,
    N3,
    N4,
    N5,
    N6,
    H1,
    R1,
    R2,
    R3,
    R4,
    R5,
    R9,
    R6,
    R7,
    R8,
    B1,
    B2,
    L1,
    L2,
    L3,
    F1,
    F2,
    F3,
}

impl Rule {
    /// All rules, in the order of the set.
    pub const ALL: [Self; 27] = [
        Self::P1,
        Self::P2,
        Self::P3,
        Self::N1,
        Self::N2,
        Self::N3,
        Self::N4,
        Self::N5,
        Self::N6,
        Self::H1,
        Self::R1,
        Self::R2,
        Self::R3,
        Self::R4,
        Self::R5,
        Self::R9,
        Self::R6,
        Self::R7,
        Self::R8,
        Self::B1,
        Self::B2,
        Self::L1,
        Self::L2,
        Self::L3,
        Self::F1,
        Self::F2,
        Self::F3,
    ];
}

/// One way to be allowed: a grant, and the layers that must allow beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Route {
    /// What the route rests on.
    pub grant: Grant,
    /// The layers of the caller's side that it does not bypass.
    pub needs: Layers,
}

impl Routes {
    /// Runs the rules.
    pub fn derive() -> Self {
        program::run(None)
    }

    /// Runs all rules but those that are off.
    pub fn without(off: &Without) -> Self {
        Self { spared: off.further, ..program::run(off.route) }
    }

    /// All rules, but nothing that a service refuses by itself is refused (S-EVAL-09): what a gate is for shows in what
    /// changes.
    pub fn without_gates() -> Self {
        Self { ungated: true, ..Self::derive() }
    }

    /// The routes of a kind of request, in the order of [`Grant::ALL`].
    pub fn of(&self, caller: Caller, relation: Relation, regime: Regime) -> &[Route] {
        self.routes.get(cell(caller, relation, regime)).map_or(&[], Vec::as_slice)
    }

    /// Whether these and other routes are the same for all requests of a caller that stands so to the owner.
    pub fn alike(&self, other: &Self, caller: Caller, relation: Relation) -> bool {
        let same = |regime| self.of(caller, relation, regime) == other.of(caller, relation, regime);
        self.filters(caller) == other.filters(caller) && Regime::ALL.into_iter().all(same)
    }

    /// Whether calls need the further permissions that a rule is about.
    pub fn need_further(&self, rule: further::Rule) -> bool {
        self.spared != Some(rule)
    }

    /// When a refusal by a service counts.
    pub fn gate(&self, refused: ConditionId) -> ConditionId {
        if self.ungated { ConditionId::NEVER } else { refused }
    }

    /// The layers that every request of this caller must pass, whatever grants it.
    pub fn filters(&self, caller: Caller) -> Layers {
        self.filters.get(caller as usize).copied().unwrap_or_default()
    }
}

fn cell(caller: Caller, relation: Relation, regime: Regime) -> usize {
    (caller as usize * Relation::ALL.len() + relation as usize) * Regime::ALL.len() + regime as usize
}

mod program {
    use crepe::crepe;

    use super::{Caller, Grant, Layer, Layers, Regime, Relation, Route as RouteOf, Routes, Rule, cell};

    crepe! {
        @input
        /// `Calls(caller)`: there is such a kind of caller.
        struct Calls(Caller);
        @input
        /// `On(rule)`: the rule is in force; all are, but where someone asks what one of them is for.
        struct On(Rule);
        @input
        /// `Combines(regime)`: there is such a regime.
        struct Combines(Regime);

        // `OwnPolicies(caller, layer)`: `layer` of the caller's own side limits what its identity policies give.
        struct OwnPolicies(Caller, Layer);
        // `Named(caller, grant)`: a resource-side Allow can name `caller` in this form.
        struct Named(Caller, Grant);
        // `HasPolicy(regime)`: the policy of the resource can grant.
        struct HasPolicy(Regime);
        // `Bypasses(caller, grant, regime, layer)`: within an account, `grant` makes up for a silent `layer`.
        struct Bypasses(Caller, Grant, Regime, Layer);

        @output
        /// `Route(caller, relation, regime, grant)`: such a request can rest on `grant`.
        struct Route(Caller, Relation, Regime, Grant);
        @output
        /// `Needs(caller, relation, regime, grant, layer)`: on that route `layer` must allow too.
        struct Needs(Caller, Relation, Regime, Grant, Layer);
        @output
        /// `Filters(caller, layer)`: whatever grants, `layer` must let the request pass.
        struct Filters(Caller, Layer);

        // P1. Identity policies are the source of what a user or a session can do (S-EVAL-21, S-EVAL-22).
        OwnPolicies(caller, Layer::Identity) <-
            On(Rule::P1),
            Calls(caller),
            (matches!(caller, Caller::User | Caller::RoleSession | Caller::ServiceLinkedSession | Caller::FederatedUser));
        // P2. A boundary belongs to a user or a role and limits each of its sessions (S-PB-01, S-PB-05).
        OwnPolicies(caller, Layer::Boundary) <-
            On(Rule::P2),
            Calls(caller),
            (matches!(caller, Caller::User | Caller::RoleSession | Caller::FederatedUser));
        // P3. Session policies limit the session that they were passed for (S-SESS-01, S-SESS-04); AWS's task policy an
        // AssumeRoot session (S-SESS-10). A user has none; where a scenario states some, they are of the session that the user
        // made of itself.
        OwnPolicies(caller, Layer::Session) <-
            On(Rule::P3),
            Calls(caller),
            (matches!(caller, Caller::User | Caller::RoleSession | Caller::ServiceLinkedSession | Caller::FederatedUser | Caller::AssumedRoot));

        // N1. A user is named by its ARN (S-PRN-03).
        Named(Caller::User, Grant::User) <- On(Rule::N1), Calls(Caller::User);
        // N2. A session is named by its role or by itself (S-PRN-04, S-PRN-05).
        Named(caller, Grant::Role) <-
            On(Rule::N2),
            Calls(caller),
            (matches!(caller, Caller::RoleSession | Caller::ServiceLinkedSession));
        Named(caller, Grant::Session) <-
            On(Rule::N2),
            Calls(caller),
            (matches!(caller, Caller::RoleSession | Caller::ServiceLinkedSession));
        // N3. A federated user is named by itself or by the user who made it (S-PRN-07, S-EVAL-04).
        Named(Caller::FederatedUser, Grant::FederatedUser) <- On(Rule::N3), Calls(Caller::FederatedUser);
        Named(Caller::FederatedUser, Grant::FederatingUser) <- On(Rule::N3), Calls(Caller::FederatedUser);
        // N4. Whoever belongs to an account is named by the account (S-PRN-02).
        Named(caller, Grant::Account) <-
            On(Rule::N4),
            Calls(caller),
            (caller.has_own_side());
        // N5. Everybody is named by `*` (S-PRN-01).
        Named(caller, Grant::Everyone) <- On(Rule::N5), Calls(caller);
        // N6. The others are named by what they are (S-PRN-08, S-PRN-09, S-XACC-16).
        Named(Caller::Service, Grant::Service) <- On(Rule::N6), Calls(Caller::Service);
        Named(Caller::Provider, Grant::Provider) <- On(Rule::N6), Calls(Caller::Provider);
        Named(Caller::AwsOwned, Grant::AwsOwned) <- On(Rule::N6), Calls(Caller::AwsOwned);

        // H1. The policy of the resource can grant in every regime that has one (S-EVAL-02, S-EVAL-03, S-SVC-17).
        HasPolicy(regime) <-
            On(Rule::H1),
            Combines(regime),
            (matches!(regime, Regime::Standard | Regime::Key | Regime::Trust | Regime::BothSides));

        // R1. Within an account identity policies are enough (S-EVAL-02, S-EVAL-24), but not for keys, trust, a role's in
        // itself too (S-TRUST-07), and VPC Lattice (S-EVAL-03).
        Route(caller, Relation::Same, regime, Grant::OwnSide) <-
            On(Rule::R1),
            OwnPolicies(caller, Layer::Identity),
            Combines(regime),
            (matches!(regime, Regime::Standard | Regime::IdentityOnly | Regime::CallerSide));
        // R2. Root needs nothing in its own account (S-ROOT-01), keys and trust excepted (S-KMS-10, S-SESS-09).
        Route(caller, Relation::Same, regime, Grant::OwnSide) <-
            On(Rule::R2),
            Calls(caller),
            (matches!(caller, Caller::Root | Caller::AssumedRoot)),
            Combines(regime),
            (matches!(regime, Regime::Standard | Regime::IdentityOnly | Regime::CallerSide));
        // R3. What no customer account owns is decided by the caller's own side (S-XACC-14).
        Route(caller, Relation::Unowned, regime, Grant::OwnSide) <-
            On(Rule::R3),
            Calls(caller),
            (caller.has_own_side()),
            Combines(regime);
        // R4. Some calls carry another account's ARN and still ask the caller's side alone (S-XACC-17).
        // Root has no policies of its own and needs none (S-ROOT-01).
        Route(caller, Relation::Cross, Regime::CallerSide, Grant::OwnSide) <- On(Rule::R4), Named(caller, Grant::Account);
        // R5. A resource policy that names the caller opens a route, in its own account (S-EVAL-04) and across accounts
        // (S-XACC-01, S-XACC-03).
        Route(caller, Relation::Same, regime, grant) <- On(Rule::R5), Named(caller, grant), HasPolicy(regime);
        Route(caller, Relation::Cross, regime, grant) <- On(Rule::R5), Named(caller, grant), HasPolicy(regime);
        // R9. Where identity policies decide alone within the account, a policy may still let other accounts in: the
        // delegation policy of an organisation (S-SVC-16).
        Route(caller, Relation::Cross, Regime::IdentityOnly, grant) <-
            On(Rule::R9),
            Named(caller, grant),
            (caller.has_own_side());
        // R6. A grant on a key reaches its grantee wherever it is (S-KMS-06, S-KMS-12), identity policies or not (U-70), and
        // a silent boundary or session policy does not stop it (U-71; its doubt is named where it decides).
        Route(caller, Relation::Same, Regime::Key, Grant::KeyGrant) <- On(Rule::R6), Named(caller, Grant::Account);
        Route(caller, Relation::Cross, Regime::Key, Grant::KeyGrant) <- On(Rule::R6), Named(caller, Grant::Account);
        // R7. A share lets a foreign caller in with its own side alone (S-XACC-06, S-SVC-19).
        Route(caller, Relation::Cross, regime, Grant::Share) <-
            On(Rule::R7),
            Named(caller, Grant::Account),
            Combines(regime),
            (matches!(regime, Regime::Standard | Regime::IdentityOnly));
        // R8. Some calls need no permission at all (S-STS-01, S-STS-02).
        Route(caller, Relation::Same, Regime::Free, Grant::OwnSide) <- On(Rule::R8), Calls(caller);
        Route(caller, Relation::Unowned, Regime::Free, Grant::OwnSide) <- On(Rule::R8), Calls(caller);

        // B1. A grant to the very user, session or federated session, or to everybody, stands by itself in the same
        // account (S-PB-04, S-SESS-03, S-EVAL-08): rows 1, 3, 6, 8 to 10 and 13 of S-EVAL-04. For bare `*` to sessions see U-77 and U-76.
        Bypasses(caller, grant, regime, layer) <-
            On(Rule::B1),
            Named(caller, grant),
            (matches!(grant, Grant::User | Grant::Session | Grant::FederatedUser | Grant::Everyone)),
            HasPolicy(regime),
            (regime != Regime::BothSides),
            OwnPolicies(caller, layer),
            (!still_limits_users(grant, regime, layer));
        // B2. A grant to the role, or to the user behind a federated session, replaces identity policies only: rows 4 and
        // 11 of S-EVAL-04.
        Bypasses(caller, grant, regime, Layer::Identity) <-
            On(Rule::B2),
            Named(caller, grant),
            (matches!(grant, Grant::Role | Grant::FederatingUser)),
            HasPolicy(regime),
            (regime != Regime::BothSides);

        // L1. Without a resource-side grant every layer of the own side must allow (S-EVAL-02, S-PB-02, S-SESS-02).
        Needs(caller, relation, regime, Grant::OwnSide, layer) <-
            On(Rule::L1),
            Route(caller, relation, regime, Grant::OwnSide),
            OwnPolicies(caller, layer),
            (regime != Regime::Free);
        // L2. In the same account a resource-side grant needs what it does not bypass (S-EVAL-04, S-EVAL-20, S-KMS-02,
        // S-TRUST-02).
        Needs(caller, Relation::Same, regime, grant, layer) <-
            On(Rule::L2),
            Route(caller, Relation::Same, regime, grant),
            (!matches!(grant, Grant::OwnSide | Grant::KeyGrant)),
            OwnPolicies(caller, layer),
            !Bypasses(caller, grant, regime, layer);
        // L3. Across accounts nothing is bypassed (S-XACC-02); callers without policies of their own have nothing to need
        // (S-XACC-08, S-XACC-12, S-XACC-13, S-XACC-16).
        Needs(caller, Relation::Cross, regime, grant, layer) <-
            On(Rule::L3),
            Route(caller, Relation::Cross, regime, grant),
            (!matches!(grant, Grant::OwnSide | Grant::KeyGrant)),
            OwnPolicies(caller, layer);

        // F1. SCPs filter the principals of an account, root included (S-SCP-01, S-SCP-08), also where a service acts for
        // them (S-SCP-13), but no service-linked role (S-SCP-06), service, provider identity (S-SCP-14, U-27), AWS-owned
        // account or anonymous caller (S-SCP-07). They grant nothing (S-SCP-04).
        Filters(caller, Layer::Scp) <-
            On(Rule::F1),
            Calls(caller),
            (matches!(caller, Caller::User | Caller::RoleSession | Caller::FederatedUser | Caller::Root | Caller::AssumedRoot));
        // F2. An endpoint's policy filters everyone who comes through it (S-VPCE-04); services do not (S-VPCE-05).
        Filters(caller, Layer::Endpoint) <-
            On(Rule::F2),
            Calls(caller),
            (caller != Caller::Service);
        // RCPs need no rule here: full access is attached everywhere and can't be detached (S-RCP-04), so they only deny, whoever
        // calls (S-RCP-01, S-RCP-03): providers that take a role (S-RCP-08), root (S-RCP-09) and the management account
        // (S-RCP-10) too.

        // F3. Block Public Access can refuse anyone (S-S3-06).
        Filters(caller, Layer::S3Bpa) <- On(Rule::F3), Calls(caller);
    }

    /// What a policy that names a user does not make up for: session policies of a session that the user made (row 11 of
    /// S-EVAL-04) and, UNCERTAIN U-31, in a trust policy the user's boundary (S-PB-06).
    fn still_limits_users(grant: Grant, regime: Regime, layer: Layer) -> bool {
        grant == Grant::User
            && (layer == Layer::Session || regime == Regime::Trust && layer == Layer::Boundary)
    }

    pub(super) fn run(off: Option<Rule>) -> Routes {
        let mut runtime = Crepe::new();
        runtime.extend(Caller::ALL.map(Calls));
        runtime.extend(Regime::ALL.map(Combines));
        runtime.extend(Rule::ALL.into_iter().filter(|rule| Some(*rule) != off).map(On));
        let (routes, needs, filters) = runtime.run_with_hasher::<rustc_hash::FxBuildHasher>();
        let cells = Caller::ALL.len() * Relation::ALL.len() * Regime::ALL.len();
        let mut result = Routes {
            routes: vec![Vec::new(); cells],
            filters: vec![Layers::default(); Caller::ALL.len()],
            ungated: false,
            spared: None,
        };
        let mut routes: Vec<_> =
            routes.into_iter().map(|Route(c, rel, reg, grant)| (grant, c, rel, reg)).collect();
        routes.sort_unstable();
        for (grant, caller, relation, regime) in routes {
            let needed = needs
                .iter()
                .filter(|need| (need.0, need.1, need.2, need.3) == (caller, relation, regime, grant))
                .fold(Layers::default(), |layers, need| layers.with(need.4));
            result.routes[cell(caller, relation, regime)].push(RouteOf { grant, needs: needed });
        }
        for Filters(caller, layer) in filters {
            let entry = &mut result.filters[caller as usize];
            *entry = entry.with(layer);
        }
        result
    }
}
