//! The engine behind the commands.

use std::path::Path;

use parking_lot::Mutex;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::answers::{Answered, Answers, FactSink, GivenWork, OfRequest, Outcome};
use super::diagnostics::Diagnostic;
use super::engines::{
    context, engine, engine_options, engine_with_people, load, owner, question, refused, wanted,
};
use super::evidence::OfEngine;
use super::facts::facts_of;
use super::narrowing::Narrowed;
use super::options::{
    BecomeQuery, CanQuery, FactsQuery, Listed, Options, ReportQuery, WhatCanQuery, WhoCanQuery,
};
use super::problems;
use super::progress::Progress;
use crate::answers::chains::{Direction, Hops};
use crate::answers::external::External;
use crate::answers::{Asked, Engine, EngineOptions, Only, Question, Reverse, Unknown, actions_of};
use crate::datalog::relations;
use crate::estate::Estate;
use crate::facts::{PrincipalId, keys};
use crate::output::views::{
    BecomeViews, CanViews, external_view, report_view, stranger_kind, what_can_view, who_can_view,
};
use crate::output::{
    BecomeAnswer, CanAnswer, ExternalAnswer, KindWord, ReportAnswer, Table, WhatCanAnswer, WhoCanAnswer,
};
use crate::region::action_set::glob;

/// So many requests are decided before their answers are put into words.
const TOGETHER: usize = 4096;

/// Loads the estate that a command names and asks an engine on it.
pub struct Loaded;

impl Answers for Loaded {
    fn can(&self, options: &Options, query: &CanQuery, progress: &Progress) -> Outcome<Vec<OfRequest>> {
        let estate = load(&options.estate, progress)?;
        let actions = query.requests.iter().map(|request| request.action.clone()).collect();
        // Who can become whom needs the whole estate.
        let mut diagnostics = Vec::new();
        let engine = match query.through_roles {
            true => {
                let callers = query.requests.iter().map(|request| request.principal.clone()).collect();
                let kind = EngineOptions { callers, ..EngineOptions::default() };
                engine_with_people(&estate, options, kind, &mut diagnostics)?
            }
            false => engine(&estate, options, Some(Only { actions, who_can: false }))?,
        };
        let hops = query.through_roles.then(|| engine.hops());
        let session = match &query.session_policy {
            Some(file) => Some(problems::session_policy(file, &mut diagnostics)?),
            None => None,
        };
        let mut answers = Vec::with_capacity(query.requests.len());
        let mut views = CanViews::new(session.clone());
        for requests in query.requests.chunks(TOGETHER) {
            let decided: Vec<_> = requests
                .par_iter()
                .map(|request| {
                    let question = question(request, session.clone());
                    let answer = engine.can(&question).map(|answer| {
                        let towards = engine.towards_allowed(&question, &answer);
                        (answer, towards)
                    });
                    (question, answer)
                })
                .collect();
            let found: Vec<_> =
                decided.iter().filter_map(|(_, answer)| Some(&answer.as_ref().ok()?.0)).collect();
            views.prepare(&found, query.why);
            for (request, (question, answer)) in requests.iter().zip(decided) {
                let (answer, towards) = match answer {
                    Ok(answer) => answer,
                    Err(error) => {
                        answers.push(OfRequest { answer: Err(refused(&error)), warnings: Vec::new() });
                        continue;
                    }
                };
                let mut view = views.view(&answer, towards, query.why);
                view.request.id.clone_from(&request.id);
                let mut warnings = answer.warnings.clone();
                if let Some(hops) = &hops {
                    let more = through_roles(&engine, hops, &question, &mut view);
                    warnings.extend(more.into_iter().filter(|text| !answer.warnings.contains(text)));
                }
                let warnings = warnings.iter().map(|text| Diagnostic::warning("question", text));
                answers.push(OfRequest { answer: Ok(view), warnings: warnings.collect() });
            }
        }
        diagnostics.extend(problems::of_estate(&estate));
        diagnostics.extend(problems::of_documents(&engine));
        drop((views, hops));
        leave(engine, estate);
        Ok(Answered { answer: answers, diagnostics })
    }

    fn who_can(&self, options: &Options, query: &WhoCanQuery, progress: &Progress) -> Outcome<WhoCanAnswer> {
        let estate = load(&options.estate, progress)?;
        let resource = query.resource.as_deref();
        let mut actions = actions_of(&query.actions, resource).map_err(|error| vec![refused(&error)])?;
        let services = &query.narrowing.services;
        if !services.is_empty() {
            let of_service = |action: &String| {
                let prefix = action.split(':').next().unwrap_or_default();
                services.iter().any(|service| service.eq_ignore_ascii_case(prefix))
            };
            actions.retain(of_service);
            if actions.is_empty() {
                let message = format!("none of the actions is of the service `{}`", services.join("` or `"));
                return Err(Diagnostic::error("usage", message).into());
            }
        }
        let only = match resource {
            // Which resources a pattern reaches, and whom their policies name, needs the whole estate.
            Some(pattern) if pattern.contains(['*', '?']) && pattern != "*" => None,
            // So does who can become whom.
            _ if query.through_roles => None,
            _ => Some(Only { actions: actions.clone(), who_can: true }),
        };
        let mut diagnostics = Vec::new();
        let of_everybody = EngineOptions { strangers: true, ..EngineOptions::default() };
        let engine = match query.through_roles {
            true => engine_with_people(&estate, options, of_everybody, &mut diagnostics)?,
            false => engine(&estate, options, only)?,
        };
        let mut found = Vec::new();
        for action in actions {
            let question = Reverse {
                action,
                resource: query.resource.clone(),
                resource_account: owner(query.resource_account.as_deref()),
                context: context(&query.context),
                unknown: if query.unknown { Unknown::Listed } else { Unknown::Counted },
            };
            match engine.who_can(&question) {
                Ok(answer) => {
                    diagnostics
                        .extend(answer.warnings.iter().map(|text| Diagnostic::warning("question", text)));
                    found.push(answer);
                }
                Err(error) => diagnostics.push(refused(&error)),
            }
        }
        if found.is_empty() {
            return Err(diagnostics);
        }
        let narrowed = Narrowed::new(&engine, &query.narrowing)?;
        let mut through = WhoCanAnswer::default();
        if query.through_roles {
            let hops = engine.hops();
            let wants = |id| narrowed.wants(&engine, id);
            through = BecomeViews::new(&engine, &hops, query.statements).through(&found, &wants);
        }
        for answer in &mut found {
            answer.rows.retain(|row| narrowed.wants(&engine, row.principal));
            answer.strangers.retain(|stranger| narrowed.wants_class(stranger_kind(&stranger.who)));
            answer.unknown.retain(|&id| narrowed.wants(&engine, id));
            answer.strangers_unknown &= narrowed.wants_class(KindWord::Account);
        }
        diagnostics.extend(problems::of_estate(&estate));
        diagnostics.extend(match query.through_roles {
            // Any trust policy may lead there.
            true => problems::of_documents(&engine),
            false => problems::of_answers(&engine, &found),
        });
        let mut answer = who_can_view(&found, query.statements);
        if query.through_roles {
            answer.rows.append(&mut through.rows);
            answer.rows.sort_by(|a, b| {
                (&a.action, &a.principal, &a.resource, a.through.len()).cmp(&(
                    &b.action,
                    &b.principal,
                    &b.resource,
                    b.through.len(),
                ))
            });
            answer.assumed.append(&mut through.assumed);
            answer.missing.append(&mut through.missing);
            answer.missing.sort();
            answer.missing.dedup();
        }
        drop(found);
        leave(engine, estate);
        Ok(Answered { answer, diagnostics })
    }

    fn what_can(
        &self,
        options: &Options,
        query: &WhatCanQuery,
        progress: &Progress,
    ) -> Outcome<WhatCanAnswer> {
        let estate = load(&options.estate, progress)?;
        let engine = engine(&estate, options, None)?;
        let asked = Asked {
            principal: query.principal.clone(),
            context: context(&query.context),
            expand: query.expand,
        };
        let found = engine.what_can(&asked).map_err(|error| vec![refused(&error)])?;
        let mut diagnostics: Vec<Diagnostic> =
            found.warnings.iter().map(|text| Diagnostic::warning("question", text)).collect();
        diagnostics.extend(problems::of_estate(&estate));
        diagnostics.extend(problems::of_documents(&engine));
        let answer = what_can_view(&found, query.split);
        drop(found);
        leave(engine, estate);
        Ok(Answered { answer, diagnostics })
    }

    fn become_(&self, options: &Options, query: &BecomeQuery, progress: &Progress) -> Outcome<BecomeAnswer> {
        let estate = load(&options.estate, progress)?;
        let mut diagnostics = Vec::new();
        // Whoever calls may be of an account that was not collected; whom one becomes is of the estate.
        let is_session = |name: &&String| name.contains(":assumed-role/");
        let callers = query.from.iter().chain(query.to.iter().filter(is_session)).cloned().collect();
        let kind = EngineOptions { strangers: true, callers, ..EngineOptions::default() };
        let engine = engine_with_people(&estate, options, kind, &mut diagnostics)?;
        let found = |name: &Option<String>| -> Result<Option<PrincipalId>, Vec<Diagnostic>> {
            let Some(name) = name else { return Ok(None) };
            let people = ["user", "group"].map(|kind| format!("identity-center:{kind}/{name}"));
            if let Some(id) = people.iter().find_map(|name| engine.facts().principal_id(name)) {
                return Ok(Some(id));
            }
            let (fact, id) = engine.caller(name).map_err(|error| vec![refused(&error)])?;
            let nobody = || {
                let text = format!("`{}` is nobody whom a policy of the estate names", fact.name);
                vec![Diagnostic::error("principal", text)]
            };
            id.map(Some).ok_or_else(nobody)
        };
        let (from, to) = (found(&query.from)?, found(&query.to)?);
        let hops = engine.hops();
        let narrowed = Narrowed::new(&engine, &query.narrowing)?;
        let wants =
            |id: PrincipalId| (!query.external_only || engine.is_outside(id)) && narrowed.wants(&engine, id);
        let mut views = BecomeViews::new(&engine, &hops, query.statements);
        let answer = match (from, to) {
            (None, None) => {
                let mut overview = engine.overview(&hops);
                overview.keep_roles(&|id| narrowed.wants(&engine, id));
                let most = match query.listed {
                    Listed::None => Some(0),
                    Listed::Some => hops.most_listed(),
                    Listed::All => None,
                };
                views.overview(&overview, most, &wants)
            }
            (Some(from), None) => views.ways(&hops.ways(from, Direction::From, query.max_depth), &wants),
            (None, Some(to)) => views.ways(&hops.ways(to, Direction::To, query.max_depth), &wants),
            (Some(from), Some(to)) => {
                let conditions = &engine.facts().arena().conditions;
                let paths = hops.paths(from, to, query.max_depth, conditions);
                views.paths((from, to), paths.as_ref())
            }
        };
        let name = |id: PrincipalId| engine.facts().principal(id).name.to_string();
        let answer = BecomeAnswer { from: from.map(name), to: to.map(name), ..answer };
        diagnostics.extend(problems::of_estate(&estate));
        diagnostics.extend(problems::of_documents(&engine));
        drop(views);
        drop(hops);
        leave(engine, estate);
        Ok(Answered { answer, diagnostics })
    }

    fn report(&self, options: &Options, query: &ReportQuery, progress: &Progress) -> Outcome<ReportAnswer> {
        let estate = load(&options.estate, progress)?;
        let mut diagnostics = Vec::new();
        let engine = match query.through_roles {
            true => engine_with_people(&estate, options, EngineOptions::default(), &mut diagnostics)?,
            false => engine(&estate, options, None)?,
        };
        let wanted = wanted(&engine, query, &mut diagnostics)?;
        let mut answer = match query.through_roles {
            false => report_view(&engine, &engine.report(&wanted), None),
            true => {
                // Whom the wanted ones become may be anybody.
                let all: Vec<PrincipalId> =
                    (0..engine.facts().principals.len() as u32).map(PrincipalId).collect();
                let (mut report, hops) = (engine.report(&all), engine.hops());
                let gains = engine.gains(&report, &hops);
                let wanted: FxHashSet<PrincipalId> = wanted.into_iter().collect();
                report.summaries.retain(|summary| wanted.contains(&summary.principal));
                report_view(&engine, &report, Some(&gains))
            }
        };
        if !query.narrowing.services.is_empty() {
            let services: FxHashSet<String> =
                query.narrowing.services.iter().map(|service| service.to_ascii_lowercase()).collect();
            for principal in &mut answer.principals {
                principal
                    .levels_mut()
                    .for_each(|levels| levels.retain(|service, _| services.contains(service)));
            }
            answer.principals.retain_mut(|principal| principal.levels_mut().any(|levels| !levels.is_empty()));
        }
        diagnostics.extend(problems::of_estate(&estate));
        diagnostics.extend(problems::of_documents(&engine));
        leave(engine, estate);
        Ok(Answered { answer, diagnostics })
    }

    fn external(
        &self,
        options: &Options,
        query: &ReportQuery,
        progress: &Progress,
    ) -> Outcome<ExternalAnswer> {
        let estate = load(&options.estate, progress)?;
        let engine =
            Engine::new(&estate, EngineOptions { outsiders: true, ..engine_options(options, None)? });
        let narrowed = Narrowed::new(&engine, &query.narrowing)?;
        let pattern = query.principal.as_deref();
        let wants = |row: &External| {
            let matches = |pattern: &str| glob(pattern.as_bytes(), row.resource.as_bytes());
            pattern.is_none_or(matches) && narrowed.wants_resource(&row.resource, row.owner)
        };
        let answer = external_view(&engine, &engine.external_access(), &wants);
        let mut diagnostics = problems::of_estate(&estate);
        diagnostics.extend(problems::of_documents(&engine));
        leave(engine, estate);
        Ok(Answered { answer, diagnostics })
    }

    fn report_tables(
        &self,
        options: &Options,
        query: &ReportQuery,
        progress: &Progress,
    ) -> Outcome<Vec<Table>> {
        let estate = load(&options.estate, progress)?;
        let engine = engine(&estate, options, None)?;
        let mut diagnostics = Vec::new();
        let wanted = wanted(&engine, query, &mut diagnostics)?;
        diagnostics.extend(problems::of_estate(&estate));
        diagnostics.extend(problems::of_documents(&engine));
        let tables = crate::output::views::report_tables(&engine, &wanted);
        leave(engine, estate);
        match tables {
            Ok(answer) => Ok(Answered { answer, diagnostics }),
            Err(error) => Err(vec![Diagnostic::error("output", error)]),
        }
    }

    fn facts(
        &self,
        options: &Options,
        query: &FactsQuery,
        progress: &Progress,
        sink: FactSink<'_>,
    ) -> Outcome<()> {
        let estate = load(&options.estate, progress)?;
        let engine = engine(&estate, options, None)?;
        let mut diagnostics = Vec::new();
        let principals = match query.of == ReportQuery::default() {
            true => None,
            false => Some(wanted(&engine, &query.of, &mut diagnostics)?),
        };
        diagnostics.extend(problems::of_estate(&estate));
        diagnostics.extend(problems::of_documents(&engine));
        let rows = relations::Rows::new(&engine, principals);
        for declaration in relations::all() {
            let name = &*declaration.name.value;
            if !query.relations.contains(&name) {
                continue;
            }
            match rows.of(name) {
                Some(Ok(rows)) if sink(declaration, &rows).is_break() => break,
                Some(Err(limit)) => {
                    let error = format!("`{name}` can't be written out: {limit}");
                    diagnostics.push(Diagnostic::error("output", error));
                }
                Some(Ok(_)) | None => {}
            }
        }
        drop(rows);
        leave(engine, estate);
        Ok(Answered { answer: (), diagnostics })
    }

    fn given(&self, options: &Options, progress: &Progress, work: GivenWork<'_>) -> Outcome<()> {
        if is_fact_file(&options.estate) {
            let (facts, mut evidence) = facts_of(&options.estate)?;
            work(&facts, &mut evidence);
            return Ok(Answered::new(()));
        }
        let estate = load(&options.estate, progress)?;
        let engine = engine(&estate, options, None)?;
        work(&relations::OfEstate::new(&engine), &mut OfEngine::new(&engine));
        let mut diagnostics = problems::of_estate(&estate);
        diagnostics.extend(problems::of_documents(&engine));
        leave(engine, estate);
        Ok(Answered { answer: (), diagnostics })
    }
}

/// Nobody waits for the memory of an engine: it goes when another is left, or with the process.
fn leave(engine: Engine, estate: Estate) {
    static LEFT: Mutex<Option<(Engine, Estate)>> = Mutex::new(None);
    let before = LEFT.lock().replace((engine, estate));
    rayon::spawn(move || drop(before));
}

/// Whether a path is that of a fact file, and not of an estate.
pub(super) fn is_fact_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "facts")
}

/// Adds to an answer what the principal gets by becoming others.
fn through_roles(engine: &Engine, hops: &Hops, question: &Question, view: &mut CanAnswer) -> Vec<String> {
    let mut context = question.context.clone();
    let own = context.take_back(keys::is_callers_own);
    let reverse = Reverse {
        action: question.action.clone(),
        resource: question.resource.clone(),
        resource_account: question.resource_account,
        context,
        // S-EVAL-11: who may get it by something that was not collected is no denial.
        unknown: Unknown::Listed,
    };
    // The question has an answer, so it names a principal, an action and a resource.
    let (Ok((_, Some(id))), Ok(found)) = (engine.caller(&question.principal), engine.who_can_one(&reverse))
    else {
        return Vec::new();
    };
    let (through, mut assumed) = BecomeViews::new(engine, hops, true).through_roles(&found, id);
    view.through = through;
    view.assumed.append(&mut assumed);
    view.missing.extend(hops.missing.iter().cloned());
    view.missing.sort();
    view.missing.dedup();
    let of_roles = |name: String| {
        format!(
            "`{name}` is taken as it stands for the principal itself; of the roles that it becomes it is each one's own"
        )
    };
    found.warnings.into_iter().chain(own.into_iter().map(of_roles)).collect()
}
