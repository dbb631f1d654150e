//! What is wrong, odd or risky in policy documents, beyond what their grammar shows.
//!
//! A document is looked at by itself, whoever holds it: its actions and condition keys by the catalog, its resources and
//! statements as regions. Where a question outgrows the limits of the algebra nothing is found.

mod actions;
mod addresses;
mod arns;
mod code;
mod conditions;
mod coverage;
mod estate;
mod forms;
mod mfa;
mod principals;
mod reached;
mod redundant;
mod resources;
mod size;
mod strangers;
mod trust;
mod values;

use std::cell::OnceCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

pub use code::{Code, Level, Rule, of_document, rules};
pub use estate::{Held, gap_concerns, held_documents, remedy_of_gap};
pub use size::over_quota;

use crate::catalog::{ActionId, TypeId};
use crate::document::{
    ActionEntry, Condition, ConditionValue, Document, Effect, JsonPath, Place, PolicyKind, PrincipalElement,
    Problem, ResourceEntry, Span, Statement, Test,
};
use crate::estate::{path_to, paths_to};
use crate::facts::compile::{Compiler, Places};
use crate::facts::types::arns_of;
use crate::facts::{Assumptions, ParsedPolicy, Universe};
use crate::region::arena::Region;
use crate::region::condition::Sat;
use crate::region::interner::Memo;
use crate::region::resource::ResourceSetId;

/// One thing found in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// Its kind.
    pub rule: Rule,
    /// One line: lower case, no full stop, text of the user in backticks.
    pub message: String,
    /// What to do in this case; none: the remedy of the rule.
    pub help: Option<String>,
    /// What it is about, in the policy text.
    pub place: Place,
    /// The other place that takes part.
    pub also: Option<Place>,
}

impl Finding {
    /// A finding with the severity of its code.
    pub fn new(code: Code, message: impl Into<String>, place: Place) -> Self {
        let (level, rule) = (code.level(), code.rule());
        Self { level, rule, message: message.into(), help: None, place, also: None }
    }

    fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn with_also(mut self, also: Place) -> Self {
        self.also = Some(also);
        self
    }

    fn milder(mut self) -> Self {
        self.level = Level::Note;
        self
    }
}

impl From<&Problem> for Finding {
    fn from(problem: &Problem) -> Self {
        Self {
            level: problem.severity.into(),
            rule: of_document(problem.code),
            message: problem.message.clone(),
            help: problem.help.clone(),
            place: problem.place.clone(),
            also: problem.also.clone(),
        }
    }
}

/// Looks at documents. What it learns of resources and conditions serves all of them.
pub struct Checker {
    compiler: Compiler,
    acted_on: Memo<ActionId, ResourceSetId>,
    overlaps: Memo<(ResourceSetId, ResourceSetId), bool>,
    of_type: Memo<TypeId, (ResourceSetId, ResourceSetId)>,
}

impl Checker {
    /// A checker for these documents, of accounts in these partitions.
    pub fn new<'a>(documents: impl IntoIterator<Item = &'a Document<'a>>, partitions: Vec<Arc<str>>) -> Self {
        let universe = Universe::new(documents, &[]);
        let places = Places { partitions, ..Places::default() };
        let compiler = Compiler::new(universe, Assumptions::nothing(), places);
        Self { compiler, acted_on: Memo::new(), overlaps: Memo::new(), of_type: Memo::new() }
    }

    /// Everything found in a document, in the order of places. `text` is what the document was read from.
    pub fn check(&self, parsed: &Arc<ParsedPolicy>, kind: PolicyKind, text: &str) -> Vec<Finding> {
        self.check_for(parsed, kind, false, text)
    }

    /// [`Checker::check`] of the policy of a KMS key.
    pub fn check_key_policy(&self, parsed: &Arc<ParsedPolicy>, text: &str) -> Vec<Finding> {
        self.check_for(parsed, PolicyKind::Resource, true, text)
    }

    fn check_for(
        &self,
        parsed: &Arc<ParsedPolicy>,
        kind: PolicyKind,
        of_key: bool,
        text: &str,
    ) -> Vec<Finding> {
        let document = parsed.document();
        let (regions, findings, paths, suggested) = Default::default();
        let mut check =
            Check { checker: self, document, kind, of_key, text, regions, findings, paths, suggested };
        check.findings.extend(document.problems.iter().map(Finding::from));
        check.read_regions(parsed);
        check.document_forms();
        for statement in &document.statements {
            check.actions(statement);
            check.forms(statement);
            check.arn_parts(statement);
            check.covered_entries(statement);
            check.resource_variables(statement);
            check.calls_that_fail(statement);
            let foreign = check.calls_of_others(statement)
                || check.claims_of_others(statement)
                || check.asks_too_much_of_callers(statement);
            if !foreign {
                check.principals(statement);
            }
            let caused = foreign | check.resources(statement) | check.conditions(statement);
            if !caused {
                check.never_matches(statement);
            }
            check.actions_without_key(statement);
            check.mfa(statement);
        }
        check.coverage();
        let mut findings = check.findings;
        findings.sort_by(|a, b| {
            let key = |finding: &Finding| (finding.place.span, finding.rule.code);
            key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
        });
        findings.dedup();
        findings
    }

    /// The ARNs that an action can act on.
    fn acted_on(&self, action: ActionId) -> ResourceSetId {
        self.acted_on.get_or(action, || arns_of(&self.compiler.arena.resources, action))
    }

    /// Whether two sets may share a resource; so they do if that is too much to decide.
    fn overlap(&self, a: ResourceSetId, b: ResourceSetId) -> bool {
        let sets = &self.compiler.arena.resources;
        self.overlaps.get_or((a.min(b), a.max(b)), || sets.overlaps(a, b).unwrap_or(true))
    }

    /// Whether a region surely holds no request.
    fn is_empty(&self, region: Region) -> bool {
        let arena = &self.compiler.arena;
        region.condition.is_never()
            || arena.resources.is_empty(region.resources).unwrap_or(false)
            || matches!(arena.conditions.satisfiable(region.condition), Sat::No)
    }
}

/// One document being looked at.
struct Check<'c, 'd> {
    checker: &'c Checker,
    document: &'d Document<'d>,
    kind: PolicyKind,
    /// Whether it is the policy of a KMS key.
    of_key: bool,
    text: &'d str,
    /// The regions of each statement; none for one that can't be read in full.
    regions: Vec<Option<Vec<Region>>>,
    findings: Vec<Finding>,
    /// Where values stand, by their first byte.
    paths: OnceCell<FxHashMap<u32, JsonPath>>,
    /// How many unknown names were met.
    suggested: usize,
}

/// For how many unknown names of a document the nearest ones are looked up.
const MOST_SUGGESTIONS: usize = 100;

impl<'d> Check<'_, 'd> {
    fn read_regions(&mut self, parsed: &Arc<ParsedPolicy>) {
        let compiler = &self.checker.compiler;
        let compiled = compiler.compile(parsed.clone(), self.kind);
        let mut regions: Vec<Option<Vec<Region>>> =
            self.document.statements.iter().map(|statement| is_readable(statement).then(Vec::new)).collect();
        for found in compiler.read_for_anybody(&compiled) {
            if let Some(Some(of)) = regions.get_mut(found.statement as usize) {
                of.push(compiler.arena.get(found.region));
            }
        }
        self.regions = regions;
    }

    fn regions_of(&self, statement: &Statement) -> Option<&[Region]> {
        self.regions.get(statement.index as usize)?.as_deref()
    }

    fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// The place of a value by its span.
    fn place(&self, span: Span) -> Place {
        if let Some(path) = self.paths.get_or_init(|| self.paths_of_values()).get(&span.start) {
            return Place { path: path.clone(), span };
        }
        let statements = &self.document.statements;
        let before = statements.partition_point(|statement| statement.span.start <= span.start);
        let path = match before.checked_sub(1).and_then(|last| statements.get(last)) {
            Some(statement) => {
                let within = (span.start - statement.span.start) as usize;
                statement.path().join(&path_to(statement.span.of(self.text), within))
            }
            None => path_to(self.text, span.start as usize),
        };
        Place { path, span }
    }

    /// Where the values of the statements' elements stand, found in one pass: a document may have very many.
    fn paths_of_values(&self) -> FxHashMap<u32, JsonPath> {
        let mut starts: Vec<(u32, Option<usize>)> = Vec::new();
        let mut add = |span: Span| starts.push((span.start, None));
        for statement in &self.document.statements {
            for entry in &statement.actions.entries {
                if let ActionEntry::Pattern(text) = entry {
                    add(text.span);
                }
            }
            for entry in statement.resources.iter().flat_map(|element| &element.entries) {
                if let ResourceEntry::Pattern(text) = entry {
                    add(text.span);
                }
            }
            if let PrincipalElement::Entries { entries, .. } = &statement.principal {
                entries.iter().for_each(|entry| add(entry.span));
            }
            for condition in &statement.conditions {
                let Test::Readable { values, .. } = &condition.test else { continue };
                for value in values {
                    if let ConditionValue::Text(text) = value {
                        add(text.span);
                    }
                }
            }
        }
        starts.sort_unstable();
        starts.dedup();
        let paths = paths_to(self.text, &starts);
        starts.into_iter().zip(paths).filter_map(|((start, _), path)| Some((start, path?))).collect()
    }

    /// Whether the names that were meant are still looked up: that takes time where many are unknown.
    fn may_suggest(&mut self) -> bool {
        self.suggested += 1;
        self.suggested <= MOST_SUGGESTIONS
    }

    /// The place of an element of a statement: its key, or the statement's first byte if the key has escapes.
    fn element(&self, statement: &Statement, name: &str) -> Place {
        let key = format!("\"{name}\"");
        let start = statement.span.of(self.text).find(&key).map(|at| statement.span.start + at as u32);
        let span = match start {
            Some(start) => Span::new(start, start + key.len() as u32),
            None => self.whole(statement).span,
        };
        Place { path: statement.path().key(name), span }
    }

    /// The place of a statement, at its first byte: what is said of all of it needs no underlined page.
    fn whole(&self, statement: &Statement) -> Place {
        let span = Span::new(statement.span.start, statement.span.start + 1);
        Place { path: statement.path(), span }
    }

    fn never_matches(&mut self, statement: &Statement) {
        let Some(regions) = self.regions_of(statement) else { return };
        if statement.actions.entries.is_empty()
            || !regions.iter().all(|region| self.checker.is_empty(*region))
        {
            return;
        }
        // What names nothing that exists is reported where it stands.
        let named =
            statement.actions.negated
                || statement.actions.entries.iter().any(
                    |entry| matches!(entry, ActionEntry::Pattern(text) if actions::is_known(&text.value)),
                );
        if named && !has_empty_element(statement) {
            let finding = Finding::new(
                Code::NeverMatches,
                "no request satisfies this statement",
                self.whole(statement),
            );
            let tests = |keys: &[&str]| {
                let known = |condition: &Condition| {
                    keys.iter().any(|key| condition.key.value.eq_ignore_ascii_case(key))
                };
                statement.conditions.iter().any(known)
            };
            let by_endpoint = ["aws:SourceVpc", "aws:SourceVpce", "aws:SourceVpcArn", "aws:VpcSourceIp"];
            // S-KEY-09, S-KEY-32
            self.report(match (tests(&["aws:SourceIp"]), tests(&by_endpoint)) {
                (true, true) => finding.with_help(
                    "a request through a VPC endpoint has no `aws:SourceIp`; its address is `aws:VpcSourceIp`",
                ),
                (true, false) => finding.with_help(
                    "correct the condition; `aws:SourceIp` never holds a private address, which `aws:VpcSourceIp` may",
                ),
                (false, _) => finding,
            });
        }
    }
}

/// Whether nothing in a statement is open to interpretation.
fn is_readable(statement: &Statement) -> bool {
    let actions = statement.actions.entries.iter().all(|entry| matches!(entry, ActionEntry::Pattern(_)));
    let resources = statement.resources.as_ref().is_none_or(|element| {
        element.entries.iter().all(|entry| !matches!(entry, ResourceEntry::Malformed(_)))
    });
    let conditions = statement.conditions.iter().all(|condition| {
        !condition.has_twin
            && matches!(&condition.test, Test::Readable { values, .. }
                if values.iter().all(|value| matches!(value, ConditionValue::Text(_))))
    });
    let principal = !matches!(statement.principal, PrincipalElement::Missing | PrincipalElement::Unreadable);
    let effect = statement.effect != Effect::Unreadable;
    statement.malformed.is_none() && actions && resources && conditions && principal && effect
}

/// Whether an element is empty, so that the statement has no effect and the reader has said so.
fn has_empty_element(statement: &Statement) -> bool {
    statement.actions.entries.is_empty()
        || statement.resources.as_ref().is_some_and(|element| element.entries.is_empty())
}

/// `"Statement"` is where a document without statements would have them.
fn root() -> Place {
    Place { path: JsonPath::root(), span: Span::new(0, 1) }
}
