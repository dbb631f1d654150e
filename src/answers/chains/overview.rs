//! All hops at a glance: ways in from outside, who reaches most, cycles, roles that nobody or anybody can take.

use rustc_hash::FxHashSet;

use super::components::Components;
use super::hops::{Call, Hops};
use super::reach::level;
use super::steps::SessionId;
use crate::answers::engine::Engine;
use crate::facts::{ANY_ACCOUNT, Entity, PrincipalId, PrincipalKind};
use crate::region::condition::{KeyId, Known, Sat};
use crate::rules::decision::Decision;

/// The provider of Amazon Cognito, and the claim that says whether an identity has signed in.
pub(super) const COGNITO: &str = "cognito-identity.amazonaws.com";
const COGNITO_AMR: &str = "cognito-identity.amazonaws.com:amr";

/// How many roles a principal can become.
#[derive(Clone, Copy, Debug)]
pub struct Reached {
    /// Who.
    pub from: PrincipalId,
    /// By one hop.
    pub direct: usize,
    /// In any number of hops.
    pub roles: usize,
}

/// All hops at a glance. Who reaches most roles comes first; other lists are by name.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// How many roles there are.
    pub roles: usize,
    /// How many hops there are.
    pub hops: usize,
    /// Ways in from outside, AWS's services apart.
    pub entry_points: Vec<Reached>,
    /// AWS's services, with the roles that they can take.
    pub services: Vec<Reached>,
    /// Principals of the estate that can become some role.
    pub reach: Vec<Reached>,
    /// Roles that can become each other.
    pub cycles: Vec<Vec<PrincipalId>>,
    /// Web identity providers and the roles that every identity of theirs can take.
    pub unclaimed: Vec<(PrincipalId, PrincipalId)>,
    /// Roles that identities of Amazon Cognito can take without having signed in.
    pub unauthenticated: Vec<PrincipalId>,
    /// Roles that nobody can take, or only roles that nobody can take.
    pub nobody: Vec<PrincipalId>,
    /// Roles that everybody can take, under a condition perhaps.
    pub anybody: Vec<PrincipalId>,
}

impl Overview {
    /// Keeps in the lists of roles those that are wanted, and cycles through one.
    pub fn keep_roles(&mut self, wants: &dyn Fn(PrincipalId) -> bool) {
        for roles in [&mut self.nobody, &mut self.anybody, &mut self.unauthenticated] {
            roles.retain(|&role| wants(role));
        }
        self.unclaimed.retain(|&(_, role)| wants(role));
        self.cycles.retain(|members| members.iter().any(|&role| wants(role)));
    }
}

impl Engine {
    /// Whether a principal is no user, role or root user of the estate, nor a session of one of its roles, nor one of the people
    /// of its IAM Identity Center.
    pub fn is_outside(&self, id: PrincipalId) -> bool {
        let fact = self.facts.principal(id);
        let own_root = fact.kind == PrincipalKind::Root
            && fact
                .account
                .and_then(|id| self.facts.estate.account(id))
                .is_some_and(|account| account.collected);
        let people =
            matches!(fact.kind, PrincipalKind::IdentityCenterUser | PrincipalKind::IdentityCenterGroup);
        matches!(fact.entity, Entity::Unknown) && !own_root && !people
    }

    /// The hops of the estate at a glance.
    pub fn overview(&self, hops: &Hops) -> Overview {
        let index = self.index();
        let is_role =
            |id: PrincipalId| self.facts.principal(id).kind == PrincipalKind::Role && !self.is_outside(id);
        let components = Components::new(hops, level(Decision::Unknown));
        let reach = components.reached(&is_role);
        let begun = self.begun(hops);
        let mut overview = Overview { hops: hops.made().len(), ..Overview::default() };
        for &id in index.by_name() {
            let mut direct: Vec<PrincipalId> =
                hops.steps.from(id.0).map(|step| hops.hop_of(step).to).filter(|&to| is_role(to)).collect();
            direct.sort_unstable();
            direct.dedup();
            let (direct, roles) = (direct.len(), reach.get(id.index()).copied().unwrap_or_default() as usize);
            if is_role(id) {
                overview.roles += 1;
                let mut takers = hops.steps.of(id).flat_map(|session| hops.steps.to(session));
                if !begun.contains(&id) && !hops.untold.contains(&id) {
                    overview.nobody.push(id);
                }
                let from_everyone = |step: u32| {
                    let step = hops.step(step);
                    let from = self.facts.principal(hops.get(step.hop).from);
                    from.kind == PrincipalKind::Everyone
                        || *from.name == *ANY_ACCOUNT && self.lets_any_account_in(step.condition)
                };
                if takers.any(from_everyone) {
                    overview.anybody.push(id);
                }
            }
            if direct == 0 && roles == 0 {
                continue;
            }
            match self.facts.principal(id).kind {
                PrincipalKind::Service => overview.services.push(Reached { from: id, direct, roles }),
                _ if self.is_outside(id) => overview.entry_points.push(Reached { from: id, direct, roles }),
                _ => overview.reach.push(Reached { from: id, direct, roles }),
            }
        }
        self.trust_in_providers(hops, &mut overview);
        overview.reach.sort_by_key(|reached| std::cmp::Reverse(reached.roles));
        overview.entry_points.sort_by_key(|entry| std::cmp::Reverse(entry.roles));
        overview.services.sort_by_key(|entry| std::cmp::Reverse(entry.roles));
        let mut cycles: Vec<Vec<PrincipalId>> = Vec::new();
        for mut members in components.members {
            members.retain(|&id| is_role(id));
            members.sort_unstable_by_key(|&id| index.rank(id));
            members.dedup();
            if members.len() > 1 {
                cycles.push(members);
            }
        }
        // Sessions of several kinds may go round the same roles: the largest cycle of a role counts.
        cycles.sort_by_key(|members| {
            (std::cmp::Reverse(members.len()), members.first().map(|&id| index.rank(id)))
        });
        let mut seen: FxHashSet<PrincipalId> = FxHashSet::default();
        cycles.retain(|members| {
            let new = members.iter().any(|id| !seen.contains(id));
            seen.extend(members.iter().copied());
            new
        });
        cycles.sort_by_key(|members| members.first().map(|&id| index.rank(id)));
        overview.cycles = cycles;
        overview
    }

    /// Whom paths reach that begin with somebody who need not be taken: no role, and no session of one; or with a role of which nobody
    /// knows who takes it (S-EVAL-11).
    fn begun(&self, hops: &Hops) -> FxHashSet<PrincipalId> {
        let is_taken = |id: PrincipalId| {
            matches!(self.facts.principal(id).kind, PrincipalKind::Role | PrincipalKind::Session)
                && !self.is_outside(id)
        };
        let all = (0..hops.principals() as u32).map(PrincipalId);
        let mut seen = vec![false; hops.steps.sessions()];
        let begins = |id: &PrincipalId| !is_taken(*id) || hops.untold.contains(id);
        let mut left: Vec<SessionId> = all.filter(begins).map(|id| id.0).collect();
        let mut begun = FxHashSet::default();
        while let Some(at) = left.pop() {
            if !std::mem::replace(&mut seen[at as usize], true) {
                begun.insert(hops.steps.principal(at));
                left.extend(hops.steps.from(at).map(|step| hops.steps.get(step).to));
            }
        }
        begun
    }

    /// Which claims roles ask of web identities, read from what decides and not from the policy's text (S-TRUST-08).
    fn trust_in_providers(&self, hops: &Hops, overview: &mut Overview) {
        let conditions = &self.facts.arena().conditions;
        let made = hops.made();
        for hop in made.into_iter().filter(|hop| hop.by == Call::AssumeRoleWithWebIdentity) {
            let issuer = self.facts.principal(hop.from).name.to_ascii_lowercase();
            let issuer = issuer.split_once(":oidc-provider/").map_or(&*issuer, |(_, issuer)| issuer);
            let cognito = issuer == COGNITO;
            let of_claims = |key: &KeyId| {
                let claim = conditions.key_of(*key).name.strip_prefix(issuer)?.strip_prefix(':')?;
                // The audience of Cognito is the identity pool; elsewhere all tenants share it.
                (if cognito { claim == "aud" } else { claim != "aud" }).then_some(*key)
            };
            let claims: Vec<KeyId> = conditions.keys(hop.condition).iter().filter_map(of_claims).collect();
            // `*` asks for nothing: every identity has the claim.
            let made = conditions.and_all(claims.iter().map(|&key| conditions.not(conditions.null(key))));
            let asked = conditions.given(hop.condition, made);
            if !claims.iter().any(|&key| conditions.contains_key(asked, key)) {
                overview.unclaimed.push((hop.from, hop.to));
            }
            let unauthenticated = |key: KeyId| match &*conditions.key_of(key).name == COGNITO_AMR {
                true => Known::Many(vec!["unauthenticated".into()]),
                false => Known::Unknown,
            };
            let left = conditions.bind(hop.condition, &unauthenticated);
            if cognito && *conditions.satisfiable(left) != Sat::No {
                overview.unauthenticated.push(hop.to);
            }
        }
    }
}
