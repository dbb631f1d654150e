//! The engine: an estate's facts, and what the rules derive from them.

use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::estate::{AccountId, Estate, IdentityCenter};
use crate::facts::{Assumptions, Edited, Facts, Reach, Scope};
use crate::region::condition::ConditionId;
use crate::rules::further;
use crate::rules::route::Routes;
use crate::rules::side::Sides;
use crate::rules::without::Without;

use super::access::{Acting, EstateResources};
use super::administrators::Takeable;
use super::context::Context;
use super::external::{Scope as Reaches, Who};
use super::grants::ResourceSide;
use super::index::Index;
use super::levels::LevelsOf;

/// What an engine is made for.
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// What is taken as given about every request.
    pub assumptions: Assumptions,
    /// If given, the engine answers questions about these only, and reads no more documents than they need. Otherwise it
    /// answers any question.
    pub only: Option<Only>,
    /// Whether there are callers that stand for everybody of whom no export speaks, as external access needs them.
    pub outsiders: bool,
    /// Whether there are callers that stand for the principals of all accounts that were not collected, whom policies let in that
    /// name everybody.
    pub strangers: bool,
    /// Callers that a question names and no policy may: each is a principal then.
    pub callers: Vec<String>,
    /// Whose users and groups are principals, so that they can become roles.
    pub identity_center: Option<Arc<IdentityCenter>>,
    /// The rules that are off, to see what they are for.
    pub without: Without,
}

impl EngineOptions {
    /// Whether there are callers, or documents are left out, as only the making of an engine can do.
    fn adds_callers(&self) -> bool {
        self.only.is_some() || self.strangers || !self.callers.is_empty() || self.identity_center.is_some()
    }
}

/// What an engine is asked about.
#[derive(Clone, Debug, Default)]
pub struct Only {
    /// The actions.
    pub actions: Vec<String>,
    /// Whether it is asked who can do them: callers whom policies of resources name are principals too then.
    pub who_can: bool,
}

/// The kinds of callers that nobody named, with what holds of the requests of each.
pub(super) type Strangers = Arc<[(Reaches, Who, ConditionId)]>;

/// Answers questions about one estate.
///
/// # Example
/// ```no_run
/// use entail::answers::{Engine, EngineOptions, Question};
/// use entail::estate::{Estate, LoadOptions};
///
/// let estate = Estate::load("examples/acme".as_ref(), &LoadOptions::default())?;
/// let engine = Engine::new(&estate, EngineOptions::default());
/// let question = Question::new("bob", "s3:GetObject", "arn:aws:s3:::acme-artifacts/shop.zip");
/// println!("{}", engine.can(&question)?.decided.decision.name());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Engine {
    pub(super) facts: Facts,
    pub(super) routes: Arc<Routes>,
    pub(super) sides: Sides,
    pub(super) index: OnceLock<Index>,
    /// Roles that principals of their accounts may take; made when first asked for.
    pub(super) takeable: OnceLock<Takeable>,
    /// What policies say, by action; made when first asked for.
    pub(super) acting: OnceLock<Acting>,
    /// What the estate names that can be acted on; made when first asked for.
    pub(super) resources: OnceLock<EstateResources>,
    /// What resources say of everybody; made when first asked for.
    pub(super) said: OnceLock<ResourceSide>,
    /// The actions on each type of resource; made when first asked for.
    pub(super) levels: OnceLock<LevelsOf>,
    /// Whom nobody named, by the account that owns what they call on; found when first asked for.
    pub(super) strangers: Mutex<FxHashMap<AccountId, Strangers>>,
    pub(super) options: EngineOptions,
    /// The same estate without assumed context keys, for questions that say otherwise.
    unassuming: OnceLock<Box<Engine>>,
}

impl Engine {
    /// Compiles the facts of an estate and derives what all questions share.
    pub fn new(estate: &Estate, options: EngineOptions) -> Self {
        let asked = options.only.iter().flat_map(|only| &only.actions);
        let mut actions: Vec<&str> = asked.map(String::as_str).collect();
        let further: Vec<&str> =
            actions.iter().flat_map(|action| further::actions(action)).copied().collect();
        actions.extend(further);
        let scope = match &options.only {
            Some(only) => Scope::Asked { actions: &actions, everybody: only.who_can },
            None => Scope::Everything,
        };
        let mut facts = Facts::of(estate, options.assumptions.clone(), scope);
        options.callers.iter().for_each(|name| facts.add_asked(name));
        if options.outsiders {
            facts.add_outsiders();
        }
        if options.strangers {
            facts.add_strangers();
        }
        if let Some(center) = &options.identity_center {
            facts.add_directory(center);
        }
        let sides = Sides::without(options.without, &facts);
        let routes = Arc::new(Routes::without(&options.without));
        Self::with(facts, routes, sides, options)
    }

    /// An engine that has derived nothing of what is made when first asked for.
    fn with(facts: Facts, routes: Arc<Routes>, sides: Sides, options: EngineOptions) -> Self {
        let (index, takeable, acting, resources, said, levels, strangers, unassuming) = Default::default();
        Self {
            facts,
            routes,
            sides,
            index,
            takeable,
            acting,
            resources,
            said,
            levels,
            strangers,
            options,
            unassuming,
        }
    }

    /// An engine for an estate that was edited from this engine's: the answers of a new one, at the cost of what the edit
    /// reaches. This engine stays as it is.
    ///
    /// # Example
    /// ```no_run
    /// # use entail::answers::{Engine, EngineOptions};
    /// # use entail::estate::{Estate, LoadOptions};
    /// let estate = Estate::load("examples/acme".as_ref(), &LoadOptions::default())?;
    /// let before = Engine::new(&estate, EngineOptions::default());
    /// let edited = estate.without_attached(
    ///     "arn:aws:iam::444444444444:role/auditor",
    ///     "arn:aws:iam::aws:policy/SecurityAudit",
    /// )?;
    /// let after = before.edited(&edited);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn edited(&self, estate: &Estate) -> Self {
        let edited = match self.options.adds_callers() || self.options.outsiders {
            true => None,
            false => self.facts.edited(estate),
        };
        let Some(Edited { facts, reach }) = edited else { return Self::new(estate, self.options.clone()) };
        let sides = self.sides.edited(&facts, reach.as_ref());
        let index = self.index.get().zip(reach.as_ref());
        let index = index.and_then(|(index, reach)| index.edited(&facts, reach));
        let index = index.map(OnceLock::from).unwrap_or_default();
        let (routes, options) = (self.routes.clone(), self.options.clone());
        Self { index, ..Self::with(facts, routes, sides, options) }
    }

    /// This engine with callers that stand for everybody of whom no export speaks: what [`EngineOptions::outsiders`] gives, without
    /// reading the estate again.
    pub fn with_outsiders(&self) -> Self {
        let options = EngineOptions { outsiders: true, ..self.options.clone() };
        if self.options.adds_callers() || self.options.outsiders {
            return Self::new(self.estate(), options);
        }
        let facts = self.facts.with_outsiders();
        let sides = self.sides.edited(&facts, Some(&Reach::default()));
        Self::with(facts, self.routes.clone(), sides, options)
    }

    /// What it was made for.
    pub fn options(&self) -> &EngineOptions {
        &self.options
    }

    /// The estate.
    pub fn estate(&self) -> &Estate {
        &self.facts.estate
    }

    /// An engine in which the context of a question can stand, and the context to ask it in: a question may say
    /// otherwise than what is assumed.
    pub(super) fn for_context(&self, context: &Context) -> Option<(&Engine, Context)> {
        let assumptions = &self.options.assumptions;
        if !context.names().any(|name| !assumptions.known(name).is_unknown()) {
            return None;
        }
        let engine = self.unassuming.get_or_init(|| {
            let options =
                EngineOptions { assumptions: assumptions.without_context(), ..self.options.clone() };
            Box::new(Engine::new(&self.facts.estate, options))
        });
        let mut full = context.clone();
        for (key, value) in context.beside(assumptions).context() {
            full.or(key, value.as_deref());
        }
        Some((engine, full))
    }

    /// What is assumed of requests in a context, by name, for answers that list it: nothing that the context states.
    pub(super) fn assumed_in(&self, context: &Context) -> Vec<(&'static str, String)> {
        let mut named = context.beside(&self.options.assumptions).named();
        named.retain(|(name, _)| context.get(&name.to_lowercase()).is_none());
        named
    }

    /// The facts.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The routes that the rules derived.
    pub fn routes(&self) -> &Routes {
        &self.routes
    }

    /// The sides of principals.
    pub fn sides(&self) -> &Sides {
        &self.sides
    }
}
