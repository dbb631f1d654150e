//! The engine: an estate's facts, and what the rules derive from them.

use crate::estate::Estate;
use crate::facts::{Assumptions, Facts, Scope};
use crate::rules::route::Routes;
use crate::rules::side::Sides;

use super::context::Context;
use super::index::Index;

/// What an engine is made for.
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// What is taken as given about every request.
    pub assumptions: Assumptions,
    /// If given, the engine answers questions about these actions by principals of the estate only, and reads no more
    /// documents than they need. Otherwise it answers any question.
    pub only_actions: Option<Vec<String>>,
}

/// Answers questions about one estate.
///
/// # Example
/// ```no_run
/// use entail::answers::{Engine, EngineOptions, Question};
/// use entail::estate::{Estate, LoadOptions};
///
/// let estate = Estate::load("examples/acme".as_ref(), &LoadOptions::default())?;
/// let engine = Engine::new(&estate, EngineOptions::default());
/// let question = Question::new("alice", "s3:GetObject", "arn:aws:s3:::acme-logs/today");
/// println!("{}", engine.can(&question)?.decided.decision.name());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Engine {
    pub(super) facts: Facts,
    pub(super) routes: Routes,
    pub(super) sides: Sides,
    pub(super) index: std::sync::OnceLock<Index>,
    options: EngineOptions,
    /// The same estate without assumed context keys, for questions that say otherwise.
    unassuming: std::sync::OnceLock<Box<Engine>>,
}

impl Engine {
    /// Compiles the facts of an estate and derives what all questions share.
    pub fn new(estate: &Estate, options: EngineOptions) -> Self {
        let asked: Vec<&str> = options.only_actions.iter().flatten().map(String::as_str).collect();
        let scope = match &options.only_actions {
            Some(_) => Scope::Actions(&asked),
            None => Scope::Everything,
        };
        let facts = Facts::of(estate, options.assumptions.clone(), scope);
        let sides = Sides::new(&facts);
        let (index, unassuming) = Default::default();
        Self { facts, routes: Routes::derive(), sides, index, options, unassuming }
    }

    /// An engine in which the context of a question can stand, and the context to ask it in: a question may say
    /// otherwise than what is assumed.
    pub(super) fn for_context(&self, context: &Context) -> Option<(&Engine, Context)> {
        let assumptions = &self.options.assumptions;
        if !context.names().any(|name| !assumptions.known(name).is_unknown()) {
            return None;
        }
        let engine = self.unassuming.get_or_init(|| {
            let options = EngineOptions {
                assumptions: assumptions.without_context(),
                only_actions: self.options.only_actions.clone(),
            };
            Box::new(Engine::new(&self.facts.estate, options))
        });
        let mut full = context.clone();
        for (key, value) in assumptions.context() {
            full.or(key, value.as_deref());
        }
        Some((engine, full))
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
