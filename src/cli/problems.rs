//! Problems of files and documents -> diagnostics.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::diagnostics::Diagnostic;
use super::options::PolicyFile;
use crate::answers::{Engine, WhoCan};
use crate::document::{self, PolicyKind, PolicyText, Severity, Source};
use crate::estate::{DocumentId, Estate, Problem};
use crate::facts::{InFile, ParsedPolicy, PolicyId, PolicyLabel, PolicySource};
use crate::output::views::Places;

/// How many problems of documents are shown one by one.
const MOST_SHOWN: usize = 50;

/// How many warnings of a kind are shown.
const MOST_ALIKE: usize = 3;

/// A problem of a file of an estate.
pub fn of_file(problem: &Problem) -> Diagnostic {
    let diagnostic = match problem.is_error() {
        true => Diagnostic::error(problem.kind.code(), &problem.kind),
        false => Diagnostic::warning(problem.kind.code(), &problem.kind),
    };
    let diagnostic = diagnostic.at(&problem.at);
    match problem.kind.remedy().filter(|_| problem.is_error()) {
        Some(remedy) => diagnostic.with_help(remedy),
        None => diagnostic,
    }
}

/// What is odd about an estate that could be loaded.
pub fn of_estate(estate: &Estate) -> Vec<Diagnostic> {
    estate.problems.iter().map(of_file).collect()
}

/// What is wrong with the documents that were read, each once, with the place where it was found first.
pub fn of_documents(engine: &Engine) -> Vec<Diagnostic> {
    of_policies(engine, |_| true)
}

/// The same for answers about resources: what is wrong with policies on the side of other resources changes none of them.
pub fn of_answers(engine: &Engine, answers: &[WhoCan<'_>]) -> Vec<Diagnostic> {
    let facts = engine.facts();
    let of_a_resource = |policy: PolicyId| match &facts.policy(policy).label {
        // Endpoints have ids and no ARNs.
        PolicyLabel::OfResource(arn) => arn.starts_with("arn:"),
        PolicyLabel::Share(..) | PolicyLabel::Listed(..) | PolicyLabel::Trust(_) => true,
        _ => false,
    };
    let took_part = |policy| answers.iter().any(|answer| answer.consulted.binary_search(&policy).is_ok());
    of_policies(engine, |policy| !of_a_resource(policy) || took_part(policy))
}

fn of_policies(engine: &Engine, wanted: impl Fn(PolicyId) -> bool) -> Vec<Diagnostic> {
    let facts = engine.facts();
    let mut holders: FxHashMap<DocumentId, PolicyId> = FxHashMap::default();
    for (index, policy) in facts.policies.iter().enumerate() {
        let id = PolicyId(index as u32);
        if let Some(document) = policy.document.filter(|document| facts.is_read(*document) && wanted(id)) {
            // A list of grants may well be empty.
            let is_list = matches!(policy.label, PolicyLabel::Listed(..));
            let parsed = facts.document(document);
            let is_empty = parsed.document().statements.is_empty() && !parsed.document().unreadable;
            if !(is_list && is_empty) {
                holders.entry(document).or_insert(id);
            }
        }
    }
    let mut found: Vec<(PolicyId, Arc<ParsedPolicy>)> = holders
        .into_iter()
        .map(|(document, policy)| (policy, facts.document(document)))
        .filter(|(_, parsed)| !parsed.document().problems.is_empty())
        .collect();
    found.sort_by_key(|(policy, _)| *policy);
    found.sort_by_key(|(_, parsed)| !parsed.document().has_errors());
    let all = || {
        found
            .iter()
            .flat_map(|(policy, parsed)| parsed.document().problems.iter().map(|found| (*policy, found)))
    };
    // What goes wrong in one policy easily goes wrong in hundreds.
    let mut of_code: BTreeMap<&str, usize> = BTreeMap::new();
    let mut number = 0;
    let is_shown = |(_, problem): &(PolicyId, &document::Problem)| {
        let count = of_code.entry(problem.code.as_str()).or_default();
        *count += 1;
        let is_shown = number < MOST_SHOWN && (problem.severity == Severity::Error || *count <= MOST_ALIKE);
        number += usize::from(is_shown);
        is_shown
    };
    let found: Vec<(PolicyId, &document::Problem)> = all().filter(is_shown).collect();
    let mut places = Places::new(engine);
    places.find_all(found.iter().map(|(policy, _)| *policy));
    let render = |(policy, problem): &(PolicyId, &document::Problem)| {
        *of_code.entry(problem.code.as_str()).or_default() -= 1;
        Diagnostic::rendered(problem.severity, places.render(*policy, problem))
    };
    let mut shown: Vec<Diagnostic> = found.iter().map(render).collect();
    of_code.retain(|_, left| *left > 0);
    let left: usize = of_code.values().sum();
    if left > 0 {
        let counts: Vec<String> = of_code.iter().map(|(code, count)| format!("{count} {code}")).collect();
        let message = format!("{left} more problems in policies are not shown: {}", counts.join(", "));
        let more = Diagnostic::warning("more-problems", message);
        shown.push(more.with_help("`entail validate ESTATE` lists all"));
    }
    shown
}

/// The session policy of a question.
///
/// # Errors
/// The file is no policy at all. What is wrong inside it goes to `diagnostics`.
pub fn session_policy(
    file: &PolicyFile,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Arc<ParsedPolicy>, Vec<Diagnostic>> {
    let GivenPolicy { parsed, source, origin } = policy(file, |_| PolicyKind::Session)?;
    diagnostics.extend(
        parsed
            .document()
            .problems
            .iter()
            .map(|problem| Diagnostic::problem(&origin.problem(&source, problem), &source)),
    );
    Ok(parsed)
}

/// A policy in a file of its own.
pub struct GivenPolicy {
    /// The document.
    pub parsed: Arc<ParsedPolicy>,
    /// The file.
    pub source: Arc<Source>,
    /// Where in the file the document stands.
    pub origin: document::Origin,
}

/// Reads the policy of a file; `kind` tells from its text what kind it is.
///
/// # Errors
/// The file is no policy at all.
pub fn policy(file: &PolicyFile, kind: impl Fn(&str) -> PolicyKind) -> Result<GivenPolicy, Vec<Diagnostic>> {
    let name = file.path.display().to_string();
    let source = Source::from_bytes(name, file.text.clone())
        .map_err(|problem| vec![Diagnostic::problem(&problem.problem, &problem.source)])?;
    let mut origin = document::Origin::file(&source);
    let text = PolicyText::decode(origin.value(&source))
        .map_err(|problem| vec![Diagnostic::problem(&problem, &source)])?;
    origin.form = text.form;
    let (text, kind) = (text.text.as_ref().into(), kind(&text.text));
    let source = Arc::new(source);
    let file = InFile { source: source.clone(), origin: origin.clone() };
    let parsed = ParsedPolicy::read(PolicySource::InFile(text, kind, file));
    Ok(GivenPolicy { parsed: Arc::new(parsed), source, origin })
}
