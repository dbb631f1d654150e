//! Answers that are the same whoever asks and in whichever account, by what policies say of the resource.
//!
//! Where nothing on the resource's side speaks, a request of somebody in its own account is settled by what identity policies, boundary
//! and SCPs say of it. Two requests of which they say the same have one answer, as long as no condition asks for who calls or whose the
//! resource is.

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use super::groups::{Group, Says};
use super::on_known::{RowSays, holds_all};
use super::{Asked, Outcome};
use crate::catalog::Catalog;
use crate::catalog::arn::ArnParts;
use crate::catalog::governing::{GateKind, Holder, MAKES, Owner, governing, row};
use crate::catalog::rcp::RcpReach;
use crate::estate::AccountId;
use crate::facts::keys::{self, Origin};
use crate::region::condition::ConditionId;
use crate::rules::further;

/// What divides the layers of a [`Request`].
const NEXT_LAYER: u32 = u32::MAX;
/// What stands for a boundary that is not there.
const NO_BOUNDARY: u32 = u32::MAX - 1;

/// Whose kind it is, what kind of resource it is on, and of each layer what it says: whether it denies, and when.
type Request = Box<[u32]>;

/// How it is known that nothing on the side of resources speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    /// It was found out before.
    Known,
    /// They are not there yet.
    OfWhatIsMade,
}

/// The answers that are known.
pub(super) struct Alike<'a> {
    asked: &'a Asked<'a>,
    /// Whether nothing counts but identity policies, boundaries and SCPs, if the resource has nothing on its side.
    possible: bool,
    /// The kinds of resources, by their ARNs without the account; none: something on their side may count.
    kinds: Mutex<FxHashMap<Box<str>, Option<u32>>>,
    /// Their numbers: by partition, service, Region and row of the governing table.
    numbers: Mutex<FxHashMap<Box<str>, u32>>,
    /// Whether conditions ask for nothing but what requests state.
    conditions: Mutex<FxHashMap<ConditionId, bool>>,
    answers: Mutex<FxHashMap<Request, Option<Outcome>>>,
}

impl<'a> Alike<'a> {
    pub(super) fn new(asked: &'a Asked<'a>) -> Self {
        let action = &*asked.action.name;
        let possible = Catalog::embedded().rcp_governs_action(action) == RcpReach::No
            && further::actions(action).is_empty()
            && asked.action.catalog.is_some()
            && !asked.comes_through_an_endpoint();
        let (kinds, numbers, conditions, answers) = Default::default();
        Self { asked, possible, kinds, numbers, conditions, answers }
    }

    /// The answer of a group on a resource of its account, which is asked for where no other request was like it.
    pub(super) fn answer(
        &self,
        group: &Group,
        account: AccountId,
        arn: &str,
        silence: Silence,
        ask: impl FnOnce() -> Option<Outcome>,
    ) -> Option<Outcome> {
        let Some(request) = self.request(group, account, arn, silence) else { return ask() };
        if let Some(&known) = self.answers.lock().get(&request) {
            return known;
        }
        let answer = ask();
        let conditions = &self.asked.engine.facts.arena().conditions;
        // What is missing may be that of the account.
        if answer.is_none_or(|(_, condition)| conditions.missing_in(condition).is_empty()) {
            self.answers.lock().insert(request, answer);
        }
        answer
    }

    /// What counts of a request; none: more may.
    fn request(&self, group: &Group, account: AccountId, arn: &str, silence: Silence) -> Option<Request> {
        let facts = &self.asked.engine.facts;
        let is_there = || facts.estate.resource(arn).is_some() || facts.policy_of(arn).is_some();
        if !self.possible || silence == Silence::OfWhatIsMade && is_there() {
            return None;
        }
        let mut request = Vec::with_capacity(32);
        request.push(group.alike?);
        request.push(self.kind(account, arn, silence)?);
        self.add(&mut request, &group.identity, arn)?;
        match group.limits.boundary() {
            Some(boundary) => self.add(&mut request, boundary, arn)?,
            None => request.push(NO_BOUNDARY),
        }
        for level in group.limits.levels() {
            self.add(&mut request, level, arn)?;
        }
        Some(request.into())
    }

    /// Adds what a layer says of the resource.
    fn add(&self, request: &mut Vec<u32>, says: &[Says], arn: &str) -> Option<()> {
        request.push(NEXT_LAYER);
        let from = request.len();
        let arena = self.asked.engine.facts.arena();
        for says in says {
            if holds_all(says.resources) || arena.resources.contains(says.resources, arn) {
                if !self.is_plain(says.condition) {
                    return None;
                }
                request.push((says.condition.index() as u32) << 1 | u32::from(says.denies));
            }
        }
        if let Some(layer) = request.get_mut(from..) {
            layer.sort_unstable();
        }
        Some(())
    }

    /// Whether a condition asks for nothing but what the request states, or the Region in the ARN.
    fn is_plain(&self, condition: ConditionId) -> bool {
        if condition.is_always() {
            return true;
        }
        if let Some(&known) = self.conditions.lock().get(&condition) {
            return known;
        }
        let conditions = &self.asked.engine.facts.arena().conditions;
        // How somebody signed in depends on its kind alone.
        const OPEN: [&str; 4] = [
            "aws:requestedregion",
            "aws:multifactorauthage",
            "aws:multifactorauthpresent",
            "aws:tokenissuetime",
        ];
        let is_plain = |name: &str| {
            let of_path = name.starts_with("aws:sourcevpc") || name.starts_with("aws:vpce");
            OPEN.contains(&name) || keys::origin(name) == Origin::Request && !of_path
        };
        let plain = conditions.keys(condition).iter().all(|&key| is_plain(&conditions.key_of(key).name));
        self.conditions.lock().insert(condition, plain);
        plain
    }

    /// The number of what counts of a resource besides the sets that hold it.
    fn kind(&self, account: AccountId, arn: &str, silence: Silence) -> Option<u32> {
        let parts = ArnParts::split(arn)?;
        if parts.account.parse() != Ok(account) {
            return None;
        }
        let of = |last: &str| [parts.partition, parts.service, parts.region, last].join(":").into_boxed_str();
        let blind = of(parts.resource);
        if let Some(&known) = self.kinds.lock().get(&blind) {
            return known;
        }
        let action = &*self.asked.action.name;
        let says = RowSays::of(row(action, arn), action);
        let governing = governing(action, arn);
        // Nobody of another account is asked about.
        let open = governing.gates.iter().all(|gate| gate.kind == GateKind::ForeignCallers);
        let own = matches!(governing.owner, Owner::Account(_));
        let of_itself = |holder: &Holder| matches!(holder, Holder::Policy(holder) if **holder == *arn);
        let silent = match silence {
            Silence::Known => true,
            // S-EVAL-25
            Silence::OfWhatIsMade => {
                let lacks = governing.row.starts_with("unlisted") || MAKES.contains(&action);
                says.settled || lacks && governing.policies.iter().all(of_itself)
            }
        };
        let kind = (silent && !says.speaks && open && own).then(|| {
            let mut numbers = self.numbers.lock();
            let next = numbers.len() as u32;
            *numbers.entry(of(governing.row)).or_insert(next)
        });
        self.kinds.lock().insert(blind, kind);
        kind
    }
}
