//! Actions without resource type: which string the service checks in place of an ARN (S-RES-10, S-RES-11, S-RES-22).
//!
//! A statement reaches their requests in regions of their own, on the resource NONE. The owner of NONE is the caller's
//! account, so that a pattern that names an account reaches its callers only.

use std::sync::Arc;

use parking_lot::RwLock;
use rustc_hash::FxHashMap;

use super::Compiler;
use crate::catalog::no_resource::{Candidate, Candidates};
use crate::catalog::{ActionId, Catalog};
use crate::estate::AccountId;
use crate::facts::keys;
use crate::facts::readings::{Holds, Question};
use crate::facts::types::arns_with;
use crate::region::action_set::ActionSetId;
use crate::region::arena::Arena;
use crate::region::condition::ConditionId;
use crate::region::owner::{AccountNumber, OwnerId};
use crate::region::resource::{FormatPiece, ResourceSetId, ResourceSets};

/// For whose requests, and when, a set of resources holds NONE.
type Held = (OwnerId, ConditionId);

/// Where callers are.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The partitions of their accounts.
    pub partitions: Vec<Arc<str>>,
    /// The accounts, as far as they are known.
    pub accounts: Vec<AccountNumber>,
}

/// The actions without resource type, by what the service may check for them.
pub(super) struct NoResource {
    /// All of them.
    pub actions: ActionSetId,
    groups: Vec<Group>,
    by_service: FxHashMap<&'static str, Vec<usize>>,
    partitions: Vec<Arc<str>>,
    /// The accounts that are known to exist.
    accounts: Vec<AccountNumber>,
    known: RwLock<Known>,
    /// The ARNs that are compared with sets, by what they are of: the same for many sets.
    arns: RwLock<FxHashMap<Box<str>, ResourceSetId>>,
}

/// What a set of resources holds of a group's requests.
type Known = FxHashMap<(usize, ResourceSetId), Arc<[Held]>>;

struct Group {
    candidates: &'static Candidates,
    actions: ActionSetId,
}

/// How much of some ARNs a set holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Share {
    All,
    Some,
    None,
}

impl NoResource {
    pub fn new(arena: &Arena, places: Places) -> Self {
        let Places { partitions, accounts } = places;
        let of = Catalog::embedded().by_candidates();
        let members = |actions: &'static [ActionId]| actions.iter().map(|action| action.0 as usize);
        let all = arena.actions.of_members(of.iter().flat_map(|(_, actions)| members(actions)));
        let mut by_service: FxHashMap<&'static str, Vec<usize>> = FxHashMap::default();
        for (index, (candidates, _)) in of.iter().enumerate() {
            match candidates {
                Candidates::Listed(listed) => {
                    let templates = listed.iter().filter_map(|candidate| match candidate {
                        Candidate::Arn(template) => template.split(':').nth(2),
                        Candidate::Star => None,
                    });
                    templates.for_each(|service| by_service.entry(service).or_default().push(index));
                }
                Candidates::Open { services } => {
                    services.iter().for_each(|service| by_service.entry(service).or_default().push(index));
                }
            }
        }
        let groups = of
            .iter()
            .map(|(candidates, actions)| Group {
                candidates,
                actions: arena.actions.of_members(members(actions)),
            })
            .collect();
        let (known, arns) = Default::default();
        Self { actions: all, groups, by_service, partitions, accounts, known, arns }
    }
}

impl Compiler {
    /// The requests of actions without resource type that a statement on `resources` reaches: the actions, for whose
    /// callers, and when.
    ///
    /// The string that the service checks is one unknown of the request, shared by all its statements. Where every
    /// candidate gives the same answer, that is the answer.
    pub(super) fn without_resource(
        &self,
        actions: ActionSetId,
        resources: ResourceSetId,
    ) -> Vec<(ActionSetId, OwnerId, ConditionId)> {
        let none = &self.no_resource;
        let asked = self.arena.actions.meet(actions, none.actions);
        if asked == ActionSetId::EMPTY {
            return Vec::new();
        }
        // A set that does not hold `*` reaches only services that it names.
        let named = match self.arena.resources.contains_none(resources) {
            true => None,
            false => self.arena.resources.services(resources),
        };
        let groups: Vec<usize> = match named {
            Some(services) => {
                let of = services.iter().filter_map(|service| none.by_service.get(service));
                let mut groups: Vec<usize> = of.flatten().copied().collect();
                groups.sort_unstable();
                groups.dedup();
                groups
            }
            None => (0..none.groups.len()).collect(),
        };
        let mut reached: Vec<(ActionSetId, OwnerId, ConditionId)> = Vec::new();
        for index in groups {
            let Some(group) = none.groups.get(index) else { continue };
            let here = self.arena.actions.meet(asked, group.actions);
            if here == ActionSetId::EMPTY {
                continue;
            }
            for &(owner, condition) in self.held(index, group, resources).iter() {
                match reached.iter_mut().find(|(_, o, c)| (*o, *c) == (owner, condition)) {
                    Some((actions, _, _)) => *actions = self.arena.actions.union(*actions, here),
                    None => reached.push((here, owner, condition)),
                }
            }
        }
        reached
    }

    fn held(&self, index: usize, group: &Group, resources: ResourceSetId) -> Arc<[Held]> {
        if let Some(known) = self.no_resource.known.read().get(&(index, resources)) {
            return known.clone();
        }
        let held: Arc<[Held]> = match group.candidates {
            Candidates::Listed(listed) => self.one_of(listed, resources).into(),
            Candidates::Open { services } => self.open(services, resources).into(),
        };
        self.no_resource.known.write().insert((index, resources), held.clone());
        held
    }

    /// For whose requests, and when, a set of resources holds the string that a service checks for an action that no catalog
    /// knows, asked without a resource: there is no entry for it.
    pub fn without_entry(&self, service: &str, resources: ResourceSetId) -> Vec<(OwnerId, ConditionId)> {
        self.open(&[service], resources)
    }

    /// Candidates that the catalog lists: the last is what the string is if it is none of the others.
    fn one_of(&self, listed: &[Candidate], set: ResourceSetId) -> Vec<Held> {
        let conditions = &self.arena.conditions;
        let key = conditions.key(keys::key(keys::RESOURCE_STRING));
        let token = |candidate: &Candidate| match candidate {
            Candidate::Star => "*",
            Candidate::Arn(template) => template,
        };
        let holds: Vec<Vec<Held>> = listed.iter().map(|candidate| self.candidate(candidate, set)).collect();
        if holds.iter().all(|held| *held == [(OwnerId::ANY, ConditionId::ALWAYS)]) {
            return vec![(OwnerId::ANY, ConditionId::ALWAYS)];
        }
        let (first, last) = listed.split_at(listed.len().saturating_sub(1));
        let is_last = conditions.not(conditions.equals(key, first.iter().map(token)));
        let is_last = if first.is_empty() { ConditionId::ALWAYS } else { is_last };
        let is = first.iter().map(|candidate| conditions.equals(key, [token(candidate)]));
        let is = is.chain(last.iter().map(|_| is_last));
        is.zip(holds)
            .flat_map(|(is, held)| {
                held.into_iter().map(move |(owner, condition)| (owner, conditions.and(condition, is)))
            })
            .collect()
    }

    fn candidate(&self, candidate: &Candidate, set: ResourceSetId) -> Vec<Held> {
        let Candidate::Arn(template) = candidate else {
            let star = self.arena.resources.contains_none(set);
            return if star { vec![(OwnerId::ANY, ConditionId::ALWAYS)] } else { Vec::new() };
        };
        let at = |partition: &str, account: Option<&str>| {
            self.arns(&[template], partition, account, || self.template(template, partition, account))
        };
        let shares = self.shares(set, &at);
        shares
            .into_iter()
            .filter_map(|(owner, share)| match share {
                Share::None => None,
                Share::All => Some((owner, ConditionId::ALWAYS)),
                Share::Some => {
                    let what = format!("S-RES-22: which of {template} is checked, here one in");
                    Some((owner, self.in_set(&what, set)))
                }
            })
            .collect()
    }

    /// That the string is in a set. The set and its complement are one doubt (S-TRI-05), on that of them that lists patterns.
    fn in_set(&self, what: &str, set: ResourceSetId) -> ConditionId {
        let (resources, conditions) = (&self.arena.resources, &self.arena.conditions);
        let excludes = resources.contains_none(set);
        let listed = if excludes { resources.complement(set) } else { set };
        let patterns = resources.as_patterns(listed).map(|text| text.to_string()).unwrap_or_default();
        let doubt = conditions.string_in(&format!("{what}: {patterns}"), listed);
        if excludes { conditions.not(doubt) } else { doubt }
    }

    /// The ARNs that a template means for callers of an account (none: of whichever), in any region. A `*` of the template is
    /// itself; which path prefix the call names, if any, is not known (S-RES-23).
    fn template(&self, template: &str, partition: &str, account: Option<&str>) -> ResourceSetId {
        let of_path = |path| self.template_on(&template.replace("{path}", path), partition, account);
        match template.contains("{path}") {
            true => self.arena.resources.union(of_path("/"), of_path("/{any}/")),
            false => of_path(""),
        }
    }

    fn template_on(&self, template: &str, partition: &str, account: Option<&str>) -> ResourceSetId {
        let text = template.replace("{partition}", partition);
        let mut pieces = Vec::new();
        let mut left = text.as_str();
        while let Some((literal, (field, after))) =
            left.split_once('{').and_then(|(literal, rest)| Some((literal, rest.split_once('}')?)))
        {
            pieces.push(FormatPiece::Text(literal));
            pieces.push(match (field, account) {
                ("account", Some(account)) => FormatPiece::Text(account),
                ("any", _) => FormatPiece::Rest,
                _ => FormatPiece::Part,
            });
            left = after;
        }
        pieces.push(FormatPiece::Text(left));
        self.arena.resources.format(&pieces).unwrap_or(ResourceSets::EMPTY)
    }

    /// No entry: `*` or some ARN of the services, whose account part is the caller's, empty or `aws` (U-40: UNCERTAIN;
    /// as recommended, another pattern than `*` may or may not match).
    fn open(&self, services: &[&str], set: ResourceSetId) -> Vec<Held> {
        let resources = &self.arena.resources;
        let star = resources.contains_none(set);
        if self.assumptions.readings.holds(Question::ResourceString) == Holds::No {
            return if star { vec![(OwnerId::ANY, ConditionId::ALWAYS)] } else { Vec::new() };
        }
        let at = |partition: &str, account: Option<&str>| {
            use FormatPiece::{Part, Text};
            let arns = services.iter().flat_map(|service| {
                [account.map_or(Part, Text), Text(""), Text("aws")].map(|account| {
                    arns_with(resources, [Text(partition), Text(service), Part, account])
                        .unwrap_or(ResourceSets::EMPTY)
                })
            });
            resources.union_all(&arns.collect::<Vec<_>>())
        };
        let at = |partition: &str, account: Option<&str>| {
            self.arns(services, partition, account, || at(partition, account))
        };
        let held = self.shares(set, &at).into_iter().filter_map(|(owner, share)| match (star, share) {
            (false, Share::None) => None,
            (true, Share::All) => Some((owner, ConditionId::ALWAYS)),
            _ => {
                let what = "U-40: whether an action without resource is checked on an ARN, here one in";
                Some((owner, self.in_set(what, set)))
            }
        });
        held.collect()
    }

    /// What `make` gives for these, made once.
    fn arns(
        &self,
        of: &[&str],
        partition: &str,
        account: Option<&str>,
        make: impl FnOnce() -> ResourceSetId,
    ) -> ResourceSetId {
        let words = [partition, account.unwrap_or("*")].into_iter().chain(of.iter().copied());
        let name = words.fold(String::with_capacity(64), |name, word| name + word + " ");
        if let Some(&known) = self.no_resource.arns.read().get(&*name) {
            return known;
        }
        let made = make();
        self.no_resource.arns.write().insert(name.into(), made);
        made
    }

    /// How much a set holds of the ARNs that `at` gives for callers of an account, for all accounts.
    fn shares(
        &self,
        set: ResourceSetId,
        at: &dyn Fn(&str, Option<&str>) -> ResourceSetId,
    ) -> Vec<(OwnerId, Share)> {
        let (resources, owners) = (&self.arena.resources, &self.arena.owners);
        // A comparison that outgrows a limit leaves it open.
        let of = |arns: ResourceSetId| match (resources.overlaps(set, arns), resources.includes(set, arns)) {
            (Ok(false), _) => Share::None,
            (_, Ok(true)) => Share::All,
            _ => Share::Some,
        };
        let share = |account: Option<&str>| {
            let mut shares = self.no_resource.partitions.iter().map(|partition| of(at(partition, account)));
            let first = shares.next().unwrap_or(Share::None);
            if shares.all(|share| share == first) { first } else { Share::Some }
        };
        let whole = share(None);
        if whole != Share::Some {
            return vec![(OwnerId::ANY, whole)];
        }
        let Some((listed, others_alike)) = self.told_apart(set) else {
            return vec![(OwnerId::ANY, Share::Some)];
        };
        let other = (0..).find(|number| !listed.contains(number)).unwrap_or_default();
        let text = |account: AccountNumber| format!("{account:012}");
        let of_others = if others_alike { share(Some(&text(other))) } else { Share::Some };
        let mut shares: Vec<(OwnerId, Share)> = Vec::new();
        for wanted in [Share::All, Share::Some] {
            let named = listed.iter().copied().filter(|&account| share(Some(&text(account))) == wanted);
            let named = owners.only(named);
            let owner = match of_others == wanted {
                // Those that are named otherwise are left out.
                true => {
                    let otherwise =
                        listed.iter().copied().filter(|&account| !owners.contains(named, Some(account)));
                    owners.complement(owners.only(otherwise))
                }
                false => named,
            };
            if owner != OwnerId::NOBODY {
                shares.push((owner, wanted));
            }
        }
        shares
    }

    /// The accounts that the patterns of a set can tell apart from others, and whether all others are alike. Where a pattern
    /// fixes a part of the account's digits, those accounts are looked at that are known. None if the set is too large.
    fn told_apart(&self, set: ResourceSetId) -> Option<(Vec<AccountNumber>, bool)> {
        let text = self.arena.resources.as_patterns(set).ok()?;
        let patterns = text.pieces.iter().flat_map(|piece| piece.include.iter().chain(&piece.exclude));
        // Whatever a `*` before runs past, the account stands between two colons.
        let mut parts: Vec<&str> = patterns.flat_map(|pattern| pattern.split(':').skip(3)).collect();
        parts.sort_unstable();
        parts.dedup();
        let fits = |part: &&str| part.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '?'));
        let says_something = |part: &&str| part.chars().any(|c| c != '*');
        let mut listed = Vec::new();
        let mut others_alike = true;
        for part in parts.into_iter().filter(|part| fits(part) && says_something(part)) {
            match part.parse::<AccountId>() {
                Ok(account) => listed.push(account.number()),
                Err(_) => others_alike = false,
            }
        }
        if !others_alike {
            listed.extend(&self.no_resource.accounts);
            listed.sort_unstable();
            listed.dedup();
        }
        Some((listed, others_alike))
    }
}
