//! What options and requests of commands mean to an engine: the estate, the engine and its questions.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::diagnostics::Diagnostic;
use super::narrowing::Narrowed;
use super::options::{Context, Options, ReportQuery, Request};
use super::problems;
use super::progress::Progress;
use crate::answers::{Context as Given, Engine, EngineOptions, Only, Question, QuestionError};
use crate::estate::{Account, AccountId, Estate, LoadError, LoadOptions};
use crate::facts::{Assumptions, PrincipalId, ResourceOwner};
use crate::region::action_set::glob;

/// The estate at a path.
///
/// # Errors
/// Everything that keeps it from being loaded.
pub(super) fn load(path: &Path, progress: &Progress) -> Result<Estate, Vec<Diagnostic>> {
    if path == Path::new("-") {
        let error = Diagnostic::error("usage", "an estate is a folder or a file, and not standard input");
        return Err(vec![error.with_help("save the export in a file")]);
    }
    let last = std::sync::atomic::AtomicU64::new(0);
    let advance = |now: crate::estate::Progress| {
        let before = last.swap(now.bytes, std::sync::atomic::Ordering::Relaxed);
        if before == 0 {
            progress.stage("reading", now.bytes_total);
        }
        progress.advance(now.bytes.saturating_sub(before));
    };
    let options = LoadOptions { progress: Some(&advance) };
    Estate::load(path, &options)
        .map_err(|LoadError { problems }| problems.iter().map(problems::of_file).collect())
}

/// What is wrong with the files that are read only when somebody asks: of IAM Identity Center, of credentials and of use.
pub(super) fn beside(estate: &Estate, only: Option<&FxHashSet<AccountId>>) -> Vec<Diagnostic> {
    let (_, mut wrong) = estate.read_identity_center();
    let wanted = |account: &&Arc<Account>| only.is_none_or(|only| only.contains(&account.id));
    for account in estate.accounts.values().filter(wanted) {
        wrong.extend(estate.credential_report(account).err().map(|problem| *problem));
        wrong.extend(estate.last_accessed(account).err().map(|problem| *problem));
    }
    wrong.iter().map(problems::of_file).collect()
}

pub(super) fn engine(
    estate: &Estate,
    options: &Options,
    only: Option<Only>,
) -> Result<Engine, Vec<Diagnostic>> {
    Ok(Engine::new(estate, engine_options(options, only)?))
}

/// An engine in which users and groups of IAM Identity Center are principals too, and others by its kind.
pub(super) fn engine_with_people(
    estate: &Estate,
    options: &Options,
    kind: EngineOptions,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Engine, Vec<Diagnostic>> {
    let (center, problems) = estate.read_identity_center();
    diagnostics.extend(problems.iter().map(problems::of_file));
    let assumptions = engine_options(options, None)?.assumptions;
    Ok(Engine::new(estate, EngineOptions { assumptions, identity_center: Some(Arc::new(center)), ..kind }))
}

pub(super) fn engine_options(
    options: &Options,
    only: Option<Only>,
) -> Result<EngineOptions, Vec<Diagnostic>> {
    let mut assumptions = match options.assume.nothing {
        true => Assumptions::nothing(),
        false => Assumptions { now: Some(options.now.as_second()), ..Assumptions::default() },
    };
    for (question, reading) in &options.assume.readings {
        assumptions.read(question, reading).map_err(|error| vec![Diagnostic::error("usage", error)])?;
    }
    Ok(EngineOptions { assumptions, only, ..EngineOptions::default() })
}

/// The principals that rows are wanted of. That there are none is said: a glob is easily too narrow.
pub(super) fn wanted(
    engine: &Engine,
    query: &ReportQuery,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<PrincipalId>, Vec<Diagnostic>> {
    let narrowed = Narrowed::new(engine, &query.narrowing)?;
    let pattern = query.principal.as_deref();
    let matches = |id: &PrincipalId| {
        let name = &engine.facts().principal(*id).name;
        pattern.is_none_or(|pattern| glob(pattern.as_bytes(), name.as_bytes()))
    };
    let all = || (0..engine.facts().principals.len() as u32).map(PrincipalId);
    let found: Vec<PrincipalId> = all().filter(|id| narrowed.wants(engine, *id)).filter(matches).collect();
    if let (true, Some(pattern)) = (found.is_empty(), pattern) {
        // A pattern that fits nobody at all is a slip of the pen; narrowing may well leave nobody.
        if !all().any(|id| matches(&id)) {
            let message = match pattern {
                "" => "`--principal` is empty, and no principal has no name".to_owned(),
                pattern => format!("no principal has a name that matches `{pattern}`"),
            };
            let help = match pattern.contains(['*', '?', ':']) {
                true => "`entail facts ESTATE --relation principal` lists the principals".to_owned(),
                false => format!("names are ARNs, and `*` stands for any text: `*/{pattern}`"),
            };
            return Err(vec![Diagnostic::error("nobody", message).with_help(help)]);
        }
        let message = format!("of the principals that match `{pattern}` the narrowing leaves none");
        diagnostics.push(Diagnostic::warning("nobody", message));
    }
    Ok(found)
}

pub(super) fn question(request: &Request, session: Option<Arc<crate::facts::ParsedPolicy>>) -> Question {
    Question {
        principal: request.principal.clone(),
        action: request.action.clone(),
        resource: request.resource.clone(),
        resource_account: owner(request.resource_account.as_deref()),
        context: context(&request.context),
        session_policy: session,
    }
}

pub(super) fn owner(text: Option<&str>) -> Option<ResourceOwner> {
    text.and_then(|text| text.parse().ok())
}

pub(super) fn context(given: &Context) -> Given {
    let mut context = Given::new();
    for (key, values) in &given.present {
        values.iter().for_each(|value| context.add(key, value));
    }
    given.absent.iter().for_each(|key| context.absent(key));
    context
}

pub(super) fn refused(error: &QuestionError) -> Diagnostic {
    let diagnostic = Diagnostic::error(error.code(), error);
    match error.help() {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    }
}
