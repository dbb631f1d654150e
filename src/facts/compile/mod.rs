//! A policy document -> statements over regions.
//!
//! A document is compiled once for all places that hold the same text. What depends on the principal (variables, tests of
//! its keys) is kept open in [`CompiledStatement`] and read for a principal by [`Compiler::read`].

mod actions;
mod conditions;
mod no_resource;
mod resources;

use std::sync::{Arc, OnceLock};

use parking_lot::RwLock;
use rustc_hash::FxHashMap;

use crate::catalog::{Catalog, Suppliers};
use crate::document::{Condition, Effect, PolicyKind, ResourceElement, Statement, Version};
use crate::estate::AccountId;
use crate::facts::assumptions::Assumptions;
use crate::facts::keys::{self, Origin};
use crate::facts::listed::Listed;
use crate::facts::parsed::{ParsedPolicy, PolicySource};
use crate::facts::universe::Universe;
use crate::region::action_set::ActionSetId;
use crate::region::arena::{Arena, Region, RegionId};
use crate::region::condition::{Bindings, ConditionId, DoubtClass, KeyId, Known, Piece};
use crate::region::interner::Memo;
use crate::region::owner::OwnerId;
use crate::region::resource::{ResourceSetId, ResourceSets};

pub use no_resource::Places;

use no_resource::NoResource;
use resources::Resources;

/// What surely matches, and what matches under one reading only (S-TRI-03).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match<T> {
    /// Matched under every reading.
    pub sure: T,
    /// Matched under one reading and not under the other.
    pub doubt: T,
}

/// One region of a statement.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct StatementRegion {
    /// The position of the statement in its document.
    pub statement: u32,
    /// Whether the statement denies.
    pub denies: bool,
    /// The requests.
    pub region: RegionId,
}

/// A statement, compiled as far as its text goes.
#[derive(Clone, Debug)]
pub struct CompiledStatement {
    index: u32,
    effect: Effect,
    actions: Match<ActionSetId>,
    resources: Resources,
    condition: ConditionId,
    /// Whether its regions depend on who calls.
    depends_on_principal: bool,
}

/// What the Denies of a policy that was not collected are called, after its own name.
pub const DENIES: &str = ": its Denies";

/// A document, compiled.
#[derive(Clone, Debug)]
pub struct CompiledPolicy {
    /// The document.
    pub document: Arc<ParsedPolicy>,
    /// Its kind.
    pub kind: PolicyKind,
    statements: Vec<CompiledStatement>,
    /// The regions of the statements that read alike for everybody.
    pub fixed: Vec<StatementRegion>,
    /// Whether some statement reads differently for different principals.
    pub depends_on_principal: bool,
    fixed_id: OnceLock<u32>,
    for_anybody: OnceLock<Box<[StatementRegion]>>,
    listed: OnceLock<Box<[Option<Listed>]>>,
}

impl CompiledPolicy {
    /// A number for [`CompiledPolicy::fixed`], given out once by `intern`.
    pub fn fixed_id(&self, intern: impl FnOnce(&[StatementRegion]) -> u32) -> u32 {
        *self.fixed_id.get_or_init(|| intern(&self.fixed))
    }

    /// Whom the entries of a statement's principal element could mean, if they are many.
    pub fn listed(&self, statement: u32) -> Option<&Listed> {
        let listed = self.listed.get_or_init(|| {
            let statements = self.document.document().statements.iter();
            statements.map(|statement| Listed::of(&statement.principal)).collect()
        });
        listed.get(statement as usize)?.as_ref()
    }
}

/// Compiles the documents of one engine.
pub struct Compiler {
    /// Where regions live.
    pub arena: Arc<Arena>,
    /// The actions that sets range over.
    pub universe: Universe,
    /// What every request is taken to satisfy.
    pub assumptions: Assumptions,
    /// The keys of calls that take roles.
    pub call_keys: keys::CallKeys,
    /// The actions that questions are about, if only some are.
    only: Option<ActionSetId>,
    /// Whether the context says of every key whether a request holds it, so that the catalog is not asked.
    as_given: bool,
    wildcards: RwLock<FxHashMap<Box<str>, Arc<[usize]>>>,
    suppliers: Memo<KeyId, ActionSetId>,
    assumed: Memo<ConditionId, ConditionId>,
    told: Memo<KeyId, bool>,
    no_resource: NoResource,
}

impl Compiler {
    /// A compiler into a new arena, for callers in these places.
    pub fn new(universe: Universe, assumptions: Assumptions, places: Places) -> Self {
        let mut arena = Arena::new(universe.len());
        assumptions.readings.settle(&mut arena.conditions);
        let arena = Arc::new(arena);
        Self {
            no_resource: NoResource::new(&arena, places),
            call_keys: keys::CallKeys::new(&arena.conditions),
            arena,
            universe,
            assumptions,
            only: None,
            as_given: false,
            wildcards: RwLock::default(),
            suppliers: Memo::new(),
            assumed: Memo::new(),
            told: Memo::new(),
        }
    }

    /// A compiler for questions about some actions: what statements say of others is left out.
    pub fn only(mut self, actions: &[&str]) -> Self {
        let members = actions.iter().filter_map(|action| self.universe.find(action));
        self.only = Some(self.arena.actions.of_members(members));
        self
    }

    /// A compiler for requests whose context is complete and taken as given.
    pub fn as_given(mut self) -> Self {
        self.as_given = true;
        self
    }

    /// Compiles a document of a kind.
    pub fn compile(&self, parsed: Arc<ParsedPolicy>, kind: PolicyKind) -> CompiledPolicy {
        self.compile_when(parsed, kind, ConditionId::ALWAYS)
    }

    /// The same of a document that counts under a condition.
    pub fn compile_when(
        &self,
        parsed: Arc<ParsedPolicy>,
        kind: PolicyKind,
        when: ConditionId,
    ) -> CompiledPolicy {
        let document = parsed.document();
        let mut statements: Vec<_> = document
            .statements
            .iter()
            .filter_map(|statement| self.statement(statement, kind, document.version))
            .collect();
        for statement in &mut statements {
            statement.condition = self.arena.conditions.and(statement.condition, when);
        }
        let mut fixed = Vec::new();
        for statement in statements.iter().filter(|statement| !statement.depends_on_principal) {
            self.regions(statement, &|_| Known::Unknown, &mut fixed);
        }
        if document.unreadable {
            // S-TRI-08: what can't be read may deny anything.
            let condition = self.arena.conditions.and(self.malformed("a policy document"), when);
            let region = self.arena.region(Region { condition, ..Region::ALL });
            fixed.push(StatementRegion { statement: document.statements.len() as u32, denies: true, region });
        }
        let depends_on_principal = statements.iter().any(|statement| statement.depends_on_principal);
        CompiledPolicy {
            document: parsed,
            kind,
            statements,
            fixed,
            depends_on_principal,
            fixed_id: OnceLock::new(),
            for_anybody: OnceLock::new(),
            listed: OnceLock::new(),
        }
    }

    /// A policy that exists and was not collected: it may allow anything, and deny anything (S-EVAL-11).
    pub fn missing(&self, what: &str) -> CompiledPolicy {
        let region = |text: &str| {
            let condition = self.arena.conditions.missing(text);
            self.arena.region(Region { condition, ..Region::ALL })
        };
        self.without_text(vec![
            StatementRegion { statement: 0, denies: false, region: region(what) },
            StatementRegion { statement: 0, denies: true, region: region(&format!("{what}{DENIES}")) },
        ])
    }

    /// What lets everything pass under a condition.
    pub fn passing(&self, condition: ConditionId) -> CompiledPolicy {
        let region = self.arena.region(Region { condition, ..Region::ALL });
        self.without_text(vec![StatementRegion { statement: 0, denies: false, region }])
    }

    fn without_text(&self, fixed: Vec<StatementRegion>) -> CompiledPolicy {
        CompiledPolicy {
            document: Arc::new(ParsedPolicy::read(PolicySource::None)),
            kind: PolicyKind::Identity,
            statements: Vec::new(),
            fixed,
            depends_on_principal: false,
            fixed_id: OnceLock::new(),
            for_anybody: OnceLock::new(),
            listed: OnceLock::new(),
        }
    }

    /// The resources that an element without `Not` may mean, whoever calls: what can't be read in an Allow left out.
    pub fn resources_at_most(
        &self,
        element: &ResourceElement,
        kind: PolicyKind,
        version: Version,
        effect: Effect,
    ) -> ResourceSetId {
        let compiled = Resources::compile(self, element, kind, version, effect);
        let parts = compiled.read(self, effect, &|_| Known::Unknown);
        let sets: Vec<ResourceSetId> = parts.into_iter().map(|(set, _)| set).collect();
        self.arena.resources.union_all(&sets)
    }

    /// The resources that the text of an entry means if no wildcard of an ARN's first five parts reaches over a colon, which hardly
    /// anybody wants of it (S-RES-04). `None` if the text is no ARN of six parts, or holds variables.
    pub fn resources_by_part(&self, text: &str) -> Option<ResourceSetId> {
        resources::by_part(&self.arena.resources, text)
    }

    /// The actions that patterns mean.
    pub fn actions_of<'p>(&self, patterns: impl IntoIterator<Item = &'p str>) -> ActionSetId {
        actions::set(self, patterns)
    }

    /// When tests of a statement hold.
    pub fn condition(&self, tests: &[Condition], effect: Effect, version: Version) -> ConditionId {
        conditions::compile(self, tests, effect, version)
    }

    /// The regions of a policy as it reads for the principal behind `bindings`.
    pub fn read(&self, policy: &CompiledPolicy, bindings: &dyn Bindings) -> Vec<StatementRegion> {
        let mut regions = policy.fixed.clone();
        for statement in policy.statements.iter().filter(|statement| statement.depends_on_principal) {
            self.regions(statement, bindings, &mut regions);
        }
        regions
    }

    /// The regions of a policy with everything open that depends on the principal; read once.
    pub fn read_for_anybody<'p>(&self, policy: &'p CompiledPolicy) -> &'p [StatementRegion] {
        match policy.depends_on_principal {
            true => policy.for_anybody.get_or_init(|| self.read(policy, &|_| Known::Unknown).into()),
            false => &policy.fixed,
        }
    }

    /// A statement, compiled; `None` if it speaks of no action that questions are about.
    fn statement(
        &self,
        statement: &Statement,
        kind: PolicyKind,
        version: Version,
    ) -> Option<CompiledStatement> {
        let mut actions = actions::compile(self, &statement.actions);
        if let Some(only) = self.only {
            let met = |set| self.arena.actions.meet(set, only);
            actions = Match { sure: met(actions.sure), doubt: met(actions.doubt) };
            if actions.sure == ActionSetId::EMPTY && actions.doubt == ActionSetId::EMPTY {
                return None;
            }
        }
        let resources = match &statement.resources {
            Some(element) => Resources::compile(self, element, kind, version, statement.effect),
            None => Resources::all(),
        };
        let mut condition = conditions::compile(self, &statement.conditions, statement.effect, version);
        if statement.malformed.is_some() {
            condition = match statement.effect {
                Effect::Allow => ConditionId::NEVER, // S-TRI-08
                Effect::Deny | Effect::Unreadable => {
                    self.arena.conditions.and(condition, self.malformed("a statement"))
                }
            };
        }
        let on_principal =
            |key: &KeyId| keys::origin(&self.arena.conditions.key_of(*key).name) == Origin::Principal;
        let depends_on_principal =
            resources.is_open() || self.arena.conditions.keys(condition).iter().any(on_principal);
        Some(CompiledStatement {
            index: statement.index,
            effect: statement.effect,
            actions,
            resources,
            condition,
            depends_on_principal,
        })
    }

    fn regions(
        &self,
        statement: &CompiledStatement,
        bindings: &dyn Bindings,
        into: &mut Vec<StatementRegion>,
    ) {
        let conditions = &self.arena.conditions;
        let condition = match statement.depends_on_principal {
            true => conditions.bind(statement.condition, bindings),
            false => statement.condition,
        };
        if condition.is_never() {
            return;
        }
        let denies = statement.effect != Effect::Allow;
        let mut push = |actions, resources, owner, condition| {
            self.split_by_keys(actions, condition, &mut |actions, condition| {
                let region = self.arena.region(Region { actions, resources, owner, condition });
                into.push(StatementRegion { statement: statement.index, denies, region });
            });
        };
        let mut add = |actions, resources, condition| {
            if resources == ResourceSets::ALL {
                return push(actions, resources, OwnerId::ANY, condition);
            }
            let typed = match self.arena.resources.contains_none(resources) {
                true => self.arena.actions.difference(actions, self.no_resource.actions),
                false => actions,
            };
            push(typed, resources, self.owner(resources), condition);
            for (actions, owner, held_if) in self.without_resource(actions, resources) {
                push(actions, ResourceSets::NONE_ONLY, owner, conditions.and(condition, held_if));
            }
        };
        for (resources, meant_if) in statement.resources.read(self, statement.effect, bindings) {
            let condition = conditions.and(condition, meant_if);
            add(statement.actions.sure, resources, condition);
            if denies && statement.actions.doubt != ActionSetId::EMPTY {
                let open = self.malformed("an `Action` entry");
                add(statement.actions.doubt, resources, conditions.and(condition, open));
            }
        }
    }

    /// Splits an action set by which of the condition's keys its actions supply; a key that an action does not supply is
    /// absent for it (S-COND-14, S-KEY-25).
    fn split_by_keys(
        &self,
        actions: ActionSetId,
        condition: ConditionId,
        add: &mut dyn FnMut(ActionSetId, ConditionId),
    ) {
        if self.as_given && actions != ActionSetId::EMPTY && !condition.is_never() {
            return add(actions, condition);
        }
        let mut parts = vec![(actions, condition)];
        for &key in self.arena.conditions.keys(condition) {
            let suppliers = self.suppliers(key);
            if suppliers == ActionSetId::ALL {
                continue;
            }
            parts = parts
                .into_iter()
                .flat_map(|(actions, condition)| {
                    let absent = |id| if id == key { Known::Absent } else { Known::Unknown };
                    let without = self.arena.conditions.bind(condition, &absent);
                    [
                        (self.arena.actions.meet(actions, suppliers), condition),
                        (self.arena.actions.difference(actions, suppliers), without),
                    ]
                })
                .collect();
        }
        for (actions, condition) in parts {
            if actions != ActionSetId::EMPTY && !condition.is_never() {
                add(actions, condition);
            }
        }
    }

    /// The actions whose requests can hold a key; actions outside the catalog always can.
    fn suppliers(&self, key: KeyId) -> ActionSetId {
        self.suppliers.get_or(key, || {
            let name = &self.arena.conditions.key_of(key).name;
            let without = |absent: &mut dyn Iterator<Item = usize>| {
                self.arena.actions.complement(self.arena.actions.of_members(absent))
            };
            let catalog = Catalog::embedded();
            match catalog.actions_supplying(name) {
                Suppliers::All | Suppliers::Unknown | Suppliers::AtLeast(_) => ActionSetId::ALL,
                Suppliers::AllBut(ids) => without(&mut ids.iter().map(|id| id.0 as usize)),
                Suppliers::Only(ids) => {
                    let supplies =
                        |action: &usize| ids.binary_search_by_key(action, |id| id.0 as usize).is_ok();
                    without(&mut (0..catalog.actions().len()).filter(|action| !supplies(action)))
                }
            }
        })
    }

    /// Whether what caller, resource and assumptions settle may say something of a key ([`keys::TELLING`]).
    pub fn is_told(&self, key: KeyId) -> bool {
        let conditions = &self.arena.conditions;
        let tells = |name: &&str| conditions.may_say_of(self.key(name), key);
        self.told.get_or(key, || keys::TELLING.iter().any(tells))
    }

    /// The accounts that the patterns fix. A field that is no account id, such as the empty one of S3 ARNs, leaves the
    /// owner open (S-RES-09).
    fn owner(&self, resources: ResourceSetId) -> OwnerId {
        let accounts = self.arena.resources.accounts(resources).filter(|accounts| !accounts.is_empty());
        let numbers = accounts.and_then(|accounts| {
            let number = |account: &str| account.parse::<AccountId>().ok().map(AccountId::number);
            accounts.into_iter().map(number).collect::<Option<Vec<_>>>()
        });
        numbers.map_or(OwnerId::ANY, |numbers| self.arena.owners.only(numbers))
    }

    /// The id of a key by the name that a policy gives it.
    pub fn key(&self, name: &str) -> KeyId {
        self.arena.conditions.key(keys::key(name))
    }

    /// The open question how AWS reads something malformed in a Deny (S-TRI-07).
    fn malformed(&self, what: &str) -> ConditionId {
        self.arena.conditions.doubt(DoubtClass::Malformed, &format!("{what} that can't be read"))
    }

    /// When every variable of a value has one.
    fn variables_present(&self, pieces: &[Piece]) -> ConditionId {
        let conditions = &self.arena.conditions;
        conditions.and_all(pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { key, default: None } => Some(conditions.not(conditions.null(*key))),
            _ => None,
        }))
    }

    fn assume(&self, condition: ConditionId) -> ConditionId {
        self.assumed.get_or(condition, || self.assumptions.bind(&self.arena.conditions, condition))
    }
}
