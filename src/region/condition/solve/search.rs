//! A context in which a formula holds, by trying the cells of one key after the other.

use rustc_hash::FxHashMap;

use super::cells::{Cells, Outcome};
use super::coupling::{self, Facts};
use super::{Sat, Witness};
use crate::region::condition::formula::{ConditionId, Conditions, Node};
use crate::region::condition::key::{KeyId, KeyType, KeyValue};
use crate::region::condition::test::{DoubtId, MissingId, Trool};

/// How many partial contexts are tried before the answer is left open.
const MAX_STEPS: usize = 200_000;

/// Keys that are chosen together, with all the ways their tests can come out.
pub(super) struct KeyGroup<'a> {
    pub(super) keys: Vec<KeyId>,
    pub(super) cells: &'a Cells,
    /// The place of each key among those with couplings.
    coupled: Vec<Option<Coupled>>,
    /// The cells that are not excluded by what the formula says of these keys alone.
    open: Vec<usize>,
}

/// A key among those with couplings.
#[derive(Debug, Clone, Copy)]
struct Coupled {
    at: usize,
    /// Whose key it is, of several resources.
    resource: Option<u32>,
}

/// What a leaf of the formula depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Leaf {
    /// A test, by group and place among its tests.
    Test(usize, usize),
    /// A proposition that is true or false of itself: a doubt, missing data, or a test that compares two keys.
    Free(usize),
}

/// What a free proposition stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Proposition {
    Doubt(DoubtId),
    Missing(MissingId),
    Comparison(u32),
}

pub(super) struct Search<'a> {
    conditions: &'a Conditions,
    formula: ConditionId,
    groups: Vec<KeyGroup<'a>>,
    propositions: Vec<Proposition>,
    leaves: FxHashMap<u32, Leaf>,
    doubts: FxHashMap<DoubtId, usize>,
    /// Groups of a request tag, the groups and places of the tests that its key is listed, and whether what is listed is there.
    listed: Vec<(usize, usize, usize, bool)>,
    chosen: Vec<Option<usize>>,
    truths: Vec<Option<bool>>,
    steps: usize,
    /// The context that was found.
    found: Option<Witness>,
    /// Whether a choice of cells was passed over because their values could not be shown to go together.
    unsure: bool,
}

/// Something whose choice would tell more about the formula.
#[derive(Debug, Clone, Copy)]
enum Choice {
    Group(usize),
    Proposition(usize),
}

struct TooManySteps;

impl<'a> Search<'a> {
    pub(super) fn new(conditions: &'a Conditions, formula: ConditionId) -> Self {
        Self {
            conditions,
            formula,
            groups: Vec::new(),
            propositions: Vec::new(),
            leaves: FxHashMap::default(),
            doubts: FxHashMap::default(),
            listed: Vec::new(),
            chosen: Vec::new(),
            truths: Vec::new(),
            steps: 0,
            found: None,
            unsure: false,
        }
    }

    /// Adds keys whose `tests`, nodes of the formula or not, come out as `cells` say.
    pub(super) fn add_group(
        &mut self,
        keys: Vec<KeyId>,
        tests: impl IntoIterator<Item = u32>,
        cells: &'a Cells,
    ) {
        let group = self.groups.len();
        for (place, node) in tests.into_iter().enumerate() {
            self.leaves.insert(node, Leaf::Test(group, place));
        }
        for cell in &cells.cells {
            for outcome in &cell.outcomes {
                if let Outcome::Doubt(doubt) = outcome {
                    self.doubt(*doubt);
                }
            }
        }
        let of_key = |key: &KeyId| {
            let key = self.conditions.key_of(*key);
            coupling::index(&key.name).map(|at| Coupled { at, resource: key.resource })
        };
        let coupled = keys.iter().map(of_key).collect();
        self.groups.push(KeyGroup { keys, cells, coupled, open: (0..cells.cells.len()).collect() });
        self.chosen.push(None);
    }

    /// Makes the test `listed` a consequence of the presence of `request_tag`, and the reverse where `with_values` says so.
    pub(super) fn require_listed(&mut self, request_tag: KeyId, listed: u32, with_values: bool) {
        let tag = self.groups.iter().position(|group| group.keys.contains(&request_tag));
        if let (Some(tag), Some(&Leaf::Test(group, place))) = (tag, self.leaves.get(&listed)) {
            self.listed.push((tag, group, place, with_values));
        }
    }

    /// Adds a leaf of the formula that is no test of one key.
    pub(super) fn add_leaf(&mut self, node: u32) {
        let proposition = match self.conditions.node_at(node) {
            Node::Doubt(doubt) => {
                let at = self.doubt(*doubt);
                self.leaves.insert(node, Leaf::Free(at));
                return;
            }
            Node::Missing(missing) => Proposition::Missing(*missing),
            _ => Proposition::Comparison(node),
        };
        let at = self.proposition(proposition);
        self.leaves.insert(node, Leaf::Free(at));
    }

    fn doubt(&mut self, doubt: DoubtId) -> usize {
        if let Some(&at) = self.doubts.get(&doubt) {
            return at;
        }
        let at = self.proposition(Proposition::Doubt(doubt));
        self.doubts.insert(doubt, at);
        at
    }

    fn proposition(&mut self, proposition: Proposition) -> usize {
        self.propositions.push(proposition);
        self.truths.push(None);
        self.propositions.len() - 1
    }

    /// The answer for the formula with all groups and leaves added.
    pub(super) fn run(mut self) -> Sat {
        self.exclude_cells();
        let unrealised = self.hold_back_unrealised();
        match self.search() {
            Ok(true) => return self.found.take().map_or(Sat::Unproved, Sat::Yes),
            Ok(false) => {}
            Err(TooManySteps) => return Sat::Unproved,
        }
        let mut complete = self.groups.iter().all(|group| group.cells.complete);
        if complete && !unrealised.is_empty() {
            for (group, cells) in unrealised {
                if let Some(group) = self.groups.get_mut(group) {
                    group.open.extend(cells);
                }
            }
            complete = matches!(self.search(), Ok(false));
        }
        if complete && !self.unsure { Sat::No } else { Sat::Unproved }
    }

    /// Takes the cells out that no value is known to bring about, by group.
    fn hold_back_unrealised(&mut self) -> Vec<(usize, Vec<usize>)> {
        let mut unrealised = Vec::new();
        for (at, group) in self.groups.iter_mut().enumerate() {
            let is_realised = |cell: &usize| group.cells.cells.get(*cell).is_some_and(|cell| cell.realised);
            let (open, held): (Vec<_>, Vec<_>) = group.open.iter().copied().partition(is_realised);
            group.open = open;
            if !held.is_empty() {
                unrealised.push((at, held));
            }
        }
        unrealised
    }

    /// Leaves out the cells that make the formula false whatever else is chosen.
    fn exclude_cells(&mut self) {
        if self.groups.len() < 2 {
            return;
        }
        for group in 0..self.groups.len() {
            let Some(open) = self.groups.get(group).map(|group| group.open.clone()) else { continue };
            let mut left = Vec::with_capacity(open.len());
            for cell in open {
                self.choose(group, Some(cell));
                if self.evaluate(self.formula, &mut None) != Trool::False {
                    left.push(cell);
                }
            }
            self.choose(group, None);
            if let Some(group) = self.groups.get_mut(group) {
                group.open = left;
            }
        }
    }

    fn choose(&mut self, group: usize, cell: Option<usize>) {
        if let Some(chosen) = self.chosen.get_mut(group) {
            *chosen = cell;
        }
    }

    fn search(&mut self) -> Result<bool, TooManySteps> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(TooManySteps);
        }
        let mut choice = None;
        match self.evaluate(self.formula, &mut choice) {
            Trool::False => return Ok(false),
            Trool::True => choice = self.coupled_choice(),
            Trool::Unknown => {}
        }
        match choice {
            None => {
                self.found = self.verified();
                self.unsure |= self.found.is_none();
                Ok(self.found.is_some())
            }
            Some(Choice::Proposition(at)) => {
                for truth in [true, false] {
                    if !self.goes_with_others(at, truth) {
                        continue;
                    }
                    self.set_truth(at, Some(truth));
                    if self.search()? {
                        return Ok(true);
                    }
                }
                self.set_truth(at, None);
                Ok(false)
            }
            Some(Choice::Group(group)) => {
                let open = self.groups.get(group).map(|group| group.open.clone()).unwrap_or_default();
                for cell in open {
                    self.choose(group, None);
                    if !self.agrees(group, cell) {
                        continue;
                    }
                    self.choose(group, Some(cell));
                    if self.search()? {
                        return Ok(true);
                    }
                }
                self.choose(group, None);
                Ok(false)
            }
        }
    }

    fn set_truth(&mut self, at: usize, truth: Option<bool>) {
        if let Some(slot) = self.truths.get_mut(at) {
            *slot = truth;
        }
    }

    /// Whether a doubt can come out like this beside those that were chosen.
    fn goes_with_others(&self, at: usize, truth: bool) -> bool {
        let Some(Proposition::Doubt(doubt)) = self.propositions.get(at) else { return true };
        let chosen = self.propositions.iter().zip(&self.truths).enumerate();
        chosen.filter(|(other, _)| *other != at).all(|(_, (other, chosen))| match (other, chosen) {
            (Proposition::Doubt(other), Some(chosen)) => {
                self.conditions.go_together((*doubt, truth), (*other, *chosen))
            }
            _ => true,
        })
    }

    /// A group that is still open and is coupled with a chosen one.
    fn coupled_choice(&self) -> Option<Choice> {
        let chosen = |at: usize| self.chosen.get(at).copied().flatten().is_some();
        let has_couplings = |group: &KeyGroup<'_>| group.coupled.iter().any(Option::is_some);
        let any_chosen = self.groups.iter().enumerate().any(|(at, group)| chosen(at) && has_couplings(group));
        let open = self.groups.iter().enumerate().find(|(at, group)| !chosen(*at) && has_couplings(group));
        open.filter(|_| any_chosen).map(|(at, _)| Choice::Group(at))
    }

    /// Whether a cell goes with the cells chosen for other keys.
    fn agrees(&self, group: usize, cell: usize) -> bool {
        let choice =
            |at: usize| if at == group { Some(cell) } else { self.chosen.get(at).copied().flatten() };
        let chosen_cell = |at: usize| self.groups.get(at)?.cells.cells.get(choice(at)?);
        for &(tag, listing, place, with_values) in &self.listed {
            if let (Some(tag), Some(listing)) = (chosen_cell(tag), chosen_cell(listing)) {
                let present = tag.values.iter().any(|value| *value != KeyValue::Absent);
                let listed = listing.outcomes.get(place) == Some(&Outcome::True);
                if (present && !listed) || (listed && !present && with_values) {
                    return false;
                }
            }
        }
        let Some(this) = self.groups.get(group) else { return true };
        let others = self
            .groups
            .iter()
            .zip(&self.chosen)
            .filter_map(|(other, chosen)| chosen.map(|cell| (other, cell)));
        for (other, chosen) in others {
            for fact in self.coupled_facts(this, cell) {
                let apart = |one: Option<u32>, two: Option<u32>| one.is_some() && two.is_some() && one != two;
                let (this, fact) = fact;
                let agrees = |(other, of_other): (Coupled, Facts)| {
                    apart(this.resource, other.resource)
                        || coupling::agree((this.at, fact), (other.at, of_other))
                };
                if !self.coupled_facts(other, chosen).all(agrees) {
                    return false;
                }
            }
        }
        true
    }

    fn coupled_facts<'b>(
        &'b self,
        group: &'b KeyGroup<'_>,
        cell: usize,
    ) -> impl Iterator<Item = (Coupled, Facts)> + use<'a, 'b> {
        let values = group.cells.cells.get(cell).map(|cell| &*cell.values).unwrap_or_default();
        let of_keys = group.keys.iter().zip(&group.coupled).zip(values);
        of_keys.filter_map(|((key, at), value)| {
            at.map(|at| (at, Facts::of(&self.conditions.key_of(*key).name, value)))
        })
    }

    /// What the formula comes to under what was chosen, and what to choose next.
    fn evaluate(&self, condition: ConditionId, choice: &mut Option<Choice>) -> Trool {
        let truth = match self.conditions.node(condition) {
            Node::Always => Trool::True,
            Node::All(members) => {
                let mut truth = Trool::True;
                let mut first = None;
                for &member in members {
                    let mut next = None;
                    match self.evaluate(member, &mut next) {
                        Trool::False => {
                            truth = Trool::False;
                            break;
                        }
                        Trool::Unknown => {
                            truth = Trool::Unknown;
                            first = first.or(next);
                        }
                        Trool::True => {}
                    }
                }
                if truth == Trool::Unknown {
                    *choice = first;
                }
                truth
            }
            _ => self.leaf(condition.node(), choice),
        };
        if condition.is_complement() { !truth } else { truth }
    }

    fn leaf(&self, node: u32, choice: &mut Option<Choice>) -> Trool {
        match self.leaves.get(&node) {
            Some(&Leaf::Test(group, place)) => {
                let Some(cell) = self.chosen.get(group).copied().flatten() else {
                    *choice = Some(Choice::Group(group));
                    return Trool::Unknown;
                };
                let cell = self.groups.get(group).and_then(|group| group.cells.cells.get(cell));
                match cell.and_then(|cell| cell.outcomes.get(place)) {
                    Some(Outcome::True) => Trool::True,
                    Some(Outcome::Doubt(doubt)) => self
                        .doubts
                        .get(doubt)
                        .map_or(Trool::Unknown, |&at| self.proposition_truth(at, choice)),
                    Some(Outcome::False) | None => Trool::False,
                }
            }
            Some(&Leaf::Free(at)) => self.proposition_truth(at, choice),
            None => Trool::Unknown,
        }
    }

    fn proposition_truth(&self, at: usize, choice: &mut Option<Choice>) -> Trool {
        match self.truths.get(at).copied().flatten() {
            Some(truth) => truth.into(),
            None => {
                *choice = Some(Choice::Proposition(at));
                Trool::Unknown
            }
        }
    }

    /// The context that was chosen, if it really is one.
    fn verified(&self) -> Option<Witness> {
        let mut witness = Witness::default();
        for (group, chosen) in self.groups.iter().zip(&self.chosen) {
            let cell = chosen.and_then(|cell| group.cells.cells.get(cell));
            let Some(cell) = cell else { continue };
            witness.keys.extend(group.keys.iter().copied().zip(cell.values.iter().cloned()));
        }
        let mut comparisons = Vec::new();
        for (&proposition, truth) in self.propositions.iter().zip(&self.truths) {
            let Some(truth) = *truth else { continue };
            match proposition {
                Proposition::Doubt(doubt) => witness.doubts.push((doubt, truth)),
                Proposition::Missing(missing) => witness.missing.push((missing, truth)),
                Proposition::Comparison(node) => comparisons.push((node, truth)),
            }
        }
        for &(node, truth) in &comparisons {
            let test = ConditionId::of_node(node);
            self.complete(&mut witness, if truth { test } else { test.complement() });
        }
        witness.keys.sort_unstable();
        witness.doubts.sort_unstable();
        witness.missing.sort_unstable();
        let holds = comparisons.is_empty() || self.conditions.holds_at(self.formula, &witness) == Trool::True;
        (holds && self.is_possible(&witness)).then_some(witness)
    }

    /// Whether one request can hold the values of a witness: each of its resources those of its own keys.
    fn is_possible(&self, witness: &Witness) -> bool {
        let of = |number: Option<u32>| {
            let keys = witness.keys.iter().map(|(key, value)| (self.conditions.key_of(*key), value));
            keys.filter(move |(key, _)| key.resource.is_none() || key.resource == number)
                .map(|(key, value)| (&*key.name, value))
                .collect::<Vec<_>>()
        };
        let numbers = witness.keys.iter().filter_map(|(key, _)| self.conditions.key_of(*key).resource);
        std::iter::once(None).chain(numbers.map(Some)).all(|number| coupling::holds(&of(number)))
    }

    /// Adds values of keys that are still open, so that a test of two keys comes out as wanted, if that is easily done.
    fn complete(&self, witness: &mut Witness, wanted: ConditionId) {
        let conditions = self.conditions;
        let open = conditions.bind(wanted, witness);
        for &key in conditions.keys(open) {
            if Self::is_plain(conditions, conditions.bind(open, witness)) {
                break;
            }
            let is_variable = conditions.tested_key(open) != Some(key);
            if is_variable && witness.lookup(key).is_unknown() {
                witness.keys.push((key, KeyValue::One(sample(conditions.key_of(key).ty).into())));
            }
        }
        let rest = conditions.bind(open, witness);
        if Self::is_plain(conditions, rest)
            && let Sat::Yes(more) = conditions.satisfiable(rest)
        {
            witness.keys.extend_from_slice(&more.keys);
        }
    }

    /// Whether a formula compares no two keys.
    fn is_plain(conditions: &Conditions, formula: ConditionId) -> bool {
        match conditions.node(formula) {
            Node::Test(test) => !test.has_variables(),
            Node::All(members) => members.iter().all(|&member| Self::is_plain(conditions, member)),
            _ => true,
        }
    }
}

/// Some value of a type.
fn sample(ty: KeyType) -> &'static str {
    match ty {
        KeyType::String => "x",
        KeyType::Arn => "arn:aws:x:x:x:x",
        KeyType::Numeric => "1",
        KeyType::Date => "2024-01-01T00:00:00Z",
        KeyType::Bool => "true",
        KeyType::Ip => "203.0.113.1",
        KeyType::Binary => "AAAA",
    }
}
