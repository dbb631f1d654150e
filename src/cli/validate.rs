//! `entail validate`: what is wrong, odd or risky in these policies?

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use rayon::prelude::*;
use serde::de::IgnoredAny;

use crate::answers::validate::{
    Checker, Finding, Held, Level, gap_concerns, held_documents, over_quota, rules,
};
use crate::document::{
    ActionEntry, JsonPath, NotText, Origin, PolicyForm, PolicyKind, PolicyText, PrincipalElement, Problem,
    Source, Span, Statement, parse,
};
use crate::estate::{Estate, Gap};
use crate::facts::{ParsedPolicy, PolicySource};
use crate::output::views::{Checked, finding_of_file, finding_of_gap, finding_rows};
use crate::output::{FindingRow, Findings, RowFormat, SarifRule, show_findings, write_answer, write_sarif};

use super::answers::Answers;
use super::diagnostics::{self, Diagnostic, quiet_if_closed};
use super::engines;
use super::exit::Exit;
use super::given::{self, Given};
use super::narrowing::accounts_of;
use super::options::Narrowing;
use super::out::OutArgs;
use super::parse as parse_argument;
use super::progress::Progress;
use super::redact::Inputs;
use super::run::Environment;

const EXAMPLES: &str = "\
Examples:
  entail validate examples/acme
  entail validate examples/policy.json --severity warning
  entail validate examples/policy.json --kind identity --allow unknown-action
  cat examples/policy.json | entail validate -
  entail validate examples/acme --ou Infrastructure --severity warning
  entail validate examples/acme --out policies.sarif --force

An estate is a directory of exports or one file of `aws iam get-account-authorization-details`; any other \
file is one policy. docs/validate.md lists what can be found.

Exit code: 0 nothing, or notes only; 1 errors or warnings; 2 wrong usage or unreadable input.";

/// Find what is wrong, odd or risky in policies
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "See `--help` for examples and exit codes.")]
pub struct ValidateArgs {
    /// Estates and policy documents; `-` is a policy on standard input
    #[arg(required = true, value_name = "ESTATE|POLICY")]
    inputs: Vec<PathBuf>,
    /// How a policy document that stands alone is read [default: by its principals and actions]
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
    /// Show findings of this severity and above
    #[arg(long, value_name = "SEVERITY", default_value = "note")]
    severity: Threshold,
    /// Pass over findings with this code; repeatable
    #[arg(long, value_name = "CODE")]
    allow: Vec<String>,
    /// Of an estate, what is in this account: its policies, and the SCPs and RCPs above it; repeatable
    #[arg(long, value_name = "ID", value_parser = parse_argument::account, help_heading = "Narrowing (repeat for several values)")]
    account: Vec<String>,
    /// The same for accounts in or below this organisational unit, by id or name
    #[arg(long, value_name = "OU", help_heading = "Narrowing (repeat for several values)")]
    ou: Vec<String>,
    /// How findings are written [default: as the name of the --out file says, else text]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    format: Option<Format>,
    #[command(flatten)]
    out: OutArgs,
    /// How many threads work [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = parse_argument::jobs)]
    jobs: Option<std::num::NonZeroUsize>,
}

/// The values of `--kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Identity,
    Resource,
    Trust,
    Scp,
    Rcp,
    Boundary,
    Session,
    Endpoint,
    Key,
}

impl From<Kind> for PolicyKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Identity => Self::Identity,
            // The policy of a key is a resource policy like any other.
            Kind::Resource | Kind::Key => Self::Resource,
            Kind::Trust => Self::Trust,
            Kind::Scp => Self::Scp,
            Kind::Rcp => Self::Rcp,
            Kind::Boundary => Self::Boundary,
            Kind::Session => Self::Session,
            Kind::Endpoint => Self::Endpoint,
        }
    }
}

/// The values of `--severity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Threshold {
    Error,
    Warning,
    Note,
}

/// The values of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON value
    Json,
    /// A JSON object a line
    Jsonl,
    /// Comma-separated values
    Csv,
    /// SARIF 2.1.0
    Sarif,
}

/// What was found so far.
#[derive(Default)]
struct Found {
    rows: Vec<FindingRow>,
    documents: usize,
    estates: usize,
    policies: usize,
    failures: Vec<Diagnostic>,
    /// What keeps policies from being read at all. It is shown whatever is asked for.
    unreadable: Vec<FindingRow>,
}

impl Found {
    /// Notes what keeps a policy from being read.
    fn unreadable<'p>(
        &mut self,
        source: Source,
        origin: Origin,
        problems: impl IntoIterator<Item = &'p Problem>,
    ) {
        let findings = problems.into_iter().map(Finding::from).collect();
        let origin = Some((Arc::new(source), origin));
        self.unreadable.extend(finding_rows(&Checked { origin, policy: None, holders: 1, findings }));
    }
}

/// How inputs are looked at.
struct By {
    /// The kind of policies that stand alone.
    kind: Option<Kind>,
    /// Which accounts of estates are looked at.
    narrowing: Narrowing,
}

impl By {
    /// What is asked for and can have no effect on the inputs.
    fn without_effect(&self, found: &Found) -> Option<Diagnostic> {
        let narrowed = self.narrowing != Narrowing::default();
        if self.kind.is_some() && found.policies == 0 && found.estates > 0 {
            let error =
                Diagnostic::error("usage", "`--kind` is about policies that stand alone, and there is none");
            return Some(error.with_help("leave it out: an estate says what its policies are"));
        }
        if narrowed && found.estates == 0 && found.policies > 0 {
            let error =
                Diagnostic::error("usage", "`--account` and `--ou` narrow an estate, and there is none");
            return Some(error.with_help("leave them out"));
        }
        None
    }
}

pub(super) fn run<A: Answers>(
    arguments: &ValidateArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    arguments.check_codes()?;
    let place = arguments.out.place()?;
    let by = By {
        kind: arguments.kind,
        narrowing: Narrowing {
            accounts: arguments.account.clone(),
            organizational_units: arguments.ou.clone(),
            ..Narrowing::default()
        },
    };
    let progress = &environment.progress;
    let look = || {
        let mut found = Found::default();
        for input in &arguments.inputs {
            if let Err(failures) = look_at(input, &by, environment.given, progress, &mut found) {
                found.failures.extend(failures);
            }
        }
        found
    };
    let mut found = match arguments.jobs {
        None => look(),
        Some(jobs) => match rayon::ThreadPoolBuilder::new().num_threads(jobs.get()).build() {
            Ok(pool) => pool.install(look),
            Err(error) => {
                return Err(Diagnostic::error("usage", format!("cannot start threads: {error}")).into());
            }
        },
    };
    progress.clear();
    if let Some(without_effect) = by.without_effect(&found) {
        found.failures.push(without_effect);
        return Err(found.failures);
    }
    if found.documents == 0 && !found.failures.is_empty() && found.rows.is_empty() {
        // Nothing was looked at, so there is nothing to sum up.
        return Err(found.failures);
    }
    found.rows.retain(|row| arguments.wants(row));
    let read = if found.unreadable.is_empty() { Exit::Clean } else { Exit::Failed };
    found.rows.append(&mut found.unreadable);
    if let Some(redactor) = environment.answers.redactor() {
        found.rows.iter_mut().for_each(|row| row.redact(redactor));
    }
    let findings = Findings::new(found.rows, found.documents);
    let written = match &place {
        None => quiet_if_closed(arguments.write(&findings, environment.out)),
        Some(place) => place.write(|out| arguments.write(&findings, out)),
    };
    let reported = diagnostics::report(&found.failures, environment.err);
    written.map_err(|failure| vec![failure])?;
    let clean = findings.summary.errors + findings.summary.warnings == 0;
    Ok(reported.and(read).and(if clean { Exit::Clean } else { Exit::Findings }))
}

impl ValidateArgs {
    /// What the command reads.
    pub(super) fn inputs(&self) -> Inputs<'_> {
        Inputs { about: self.inputs.iter().map(PathBuf::as_path).collect(), beside: Vec::new() }
    }

    fn check_codes(&self) -> Result<(), Diagnostic> {
        let known = rules();
        match self.allow.iter().find(|code| !known.iter().any(|rule| rule.code == **code)) {
            None => Ok(()),
            Some(code) => {
                let nearest = crate::document::nearest::nearest(code, known.iter().map(|rule| rule.code));
                let error = Diagnostic::error("usage", format!("there is no code `{code}` to allow"));
                Err(match nearest {
                    Some(meant) => error.with_help(format!("did you mean `{meant}`?")),
                    None => error.with_help("docs/validate.md lists the codes"),
                })
            }
        }
    }

    fn wants(&self, row: &FindingRow) -> bool {
        let least = match self.severity {
            Threshold::Error => Level::Error,
            Threshold::Warning => Level::Warning,
            Threshold::Note => Level::Note,
        };
        let level = [Level::Error, Level::Warning, Level::Note]
            .into_iter()
            .find(|level| level.as_str() == row.severity);
        level.is_some_and(|level| level <= least) && !self.allow.iter().any(|code| code == row.code)
    }

    fn write(&self, findings: &Findings, out: &mut (dyn Write + Send)) -> io::Result<()> {
        let by_name = || Format::from_str(self.out.ending()?, true).ok();
        match self.format.or_else(by_name).unwrap_or(Format::Text) {
            Format::Text => {
                let mut out = io::BufWriter::new(out);
                show_findings(findings, &mut out)?;
                out.flush()
            }
            Format::Json => write_answer(findings, RowFormat::Json, out),
            Format::Jsonl => write_answer(findings, RowFormat::JsonLines, out),
            Format::Csv => write_answer(findings, RowFormat::Csv, out),
            Format::Sarif => {
                let rules: Vec<SarifRule> = rules()
                    .iter()
                    .map(|rule| SarifRule {
                        id: rule.code.to_owned(),
                        meaning: rule.meaning.to_owned(),
                        remedy: rule.remedy.to_owned(),
                        security_severity: None,
                    })
                    .collect();
                write_sarif(
                    findings.findings.iter().map(FindingRow::sarif),
                    &rules,
                    serde_json::Map::new(),
                    out,
                )
            }
        }
    }
}

/// Looks at one input, an estate or a policy.
fn look_at(
    input: &Path,
    by: &By,
    given: &Given,
    progress: &Progress,
    found: &mut Found,
) -> Result<(), Vec<Diagnostic>> {
    let is_stdin = input == Path::new("-");
    if !is_stdin && input.is_dir() {
        return look_at_estate(input, &by.narrowing, progress, found);
    }
    let name = given::name(input);
    let is_compressed =
        !is_stdin && input.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    let bytes = match is_compressed {
        true => given.read_compressed(input),
        false => given.read(input),
    };
    let bytes = bytes
        .map_err(|error| Diagnostic::error("unreadable", format!("can't be read: {error}")).at(&name))?;
    if is_export(&bytes) {
        return look_at_estate(input, &by.narrowing, progress, found);
    }
    found.policies += 1;
    look_at_policy(name, bytes, by.kind, found);
    Ok(())
}

/// Whether a file is an export of an account.
fn is_export(bytes: &[u8]) -> bool {
    const LISTS: [&str; 4] = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"];
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let members = serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(bytes).unwrap_or_default();
    let holds = |list: &str| members.keys().any(|member| member.eq_ignore_ascii_case(list));
    LISTS.iter().any(|list| holds(list)) && !members.contains_key("Statement")
}

fn look_at_policy(name: String, bytes: Vec<u8>, kind: Option<Kind>, found: &mut Found) {
    found.documents += 1;
    let source = match Source::from_bytes(name, bytes) {
        Ok(source) => source,
        Err(not_text) => {
            let NotText { source, problem } = *not_text;
            let span = Span::new(0, source.text().len() as u32);
            let origin = Origin { span, form: PolicyForm::Object, path: JsonPath::root() };
            return found.unreadable(source, origin, [&problem]);
        }
    };
    let mut origin = Origin::file(&source);
    let text = match PolicyText::decode(origin.value(&source)) {
        Ok(text) => text,
        Err(problem) => return found.unreadable(source, origin, [&*problem]),
    };
    origin.form = text.form;
    let of_key = kind == Some(Kind::Key);
    let kind = kind.map_or_else(|| kind_of(&text.text), PolicyKind::from);
    let parsed = Arc::new(ParsedPolicy::read(PolicySource::Given(text.text.as_ref().into(), kind)));
    if serde_json::from_str::<IgnoredAny>(&text.text).is_err() {
        drop(text);
        return found.unreadable(source, origin, &parsed.document().problems);
    }
    let checker = Checker::new([parsed.document()], vec!["aws".into()]);
    let mut findings = match of_key {
        true => checker.check_key_policy(&parsed, &text.text),
        false => checker.check(&parsed, kind, &text.text),
    };
    // What an estate holds AWS has stored.
    findings.extend(over_quota(parsed.document(), kind, of_key, &text.text));
    drop(text);
    let checked = Checked { origin: Some((Arc::new(source), origin)), policy: None, holders: 1, findings };
    found.rows.extend(finding_rows(&checked));
}

/// What kind of policy a document seems to be: a resource's if it names principals, a role's if all that it speaks of is
/// taking roles.
pub(super) fn kind_of(text: &str) -> PolicyKind {
    let document = parse(text, PolicyKind::Resource);
    let names = |statement: &Statement| statement.principal != PrincipalElement::Missing;
    if !document.statements.iter().any(names) {
        return PolicyKind::Identity;
    }
    let assumes = |entry: &ActionEntry| match entry {
        ActionEntry::Pattern(text) => {
            let action = text.value.to_ascii_lowercase();
            action.starts_with("sts:assumerole")
                || matches!(&*action, "sts:*" | "sts:setcontext" | "sts:setsourceidentity" | "sts:tagsession")
        }
        ActionEntry::Malformed(_) => false,
    };
    let all = document.statements.iter().all(|statement| {
        let without_resource = statement.resources.is_none();
        without_resource
            && !statement.actions.entries.is_empty()
            && statement.actions.entries.iter().all(assumes)
    });
    if all { PolicyKind::Trust } else { PolicyKind::Resource }
}

fn look_at_estate(
    path: &Path,
    narrowing: &Narrowing,
    progress: &Progress,
    found: &mut Found,
) -> Result<(), Vec<Diagnostic>> {
    let estate = engines::load(path, progress)?;
    found.estates += 1;
    let only = accounts_of(&estate, narrowing)?;
    found.failures.extend(engines::beside(&estate, only.as_ref()));
    let held = held_documents(&estate, only.as_ref());
    let parsed: Vec<Arc<ParsedPolicy>> = held
        .par_iter()
        .map(|held| {
            Arc::new(ParsedPolicy::read(PolicySource::Stored(estate.policies.clone(), held.document)))
        })
        .collect();
    let checker = Checker::new(parsed.iter().map(|parsed| parsed.document()), estate.partitions());
    progress.stage("validating", held.len() as u64);
    let findings: Vec<_> = held
        .par_iter()
        .zip(&parsed)
        .map(|(held, parsed)| {
            let stored = estate.policies.get(held.document);
            let findings = stored.map(|stored| match held.of_key {
                true => checker.check_key_policy(parsed, &stored.text),
                false => checker.check(parsed, stored.kind, &stored.text),
            });
            progress.advance(1);
            findings.unwrap_or_default()
        })
        .collect();
    let with_findings: Vec<_> =
        held.iter().zip(findings).filter(|(_, findings)| !findings.is_empty()).collect();
    // Each file is read once, for all of its policies.
    let files: Vec<_> = with_findings
        .chunk_by(|(a, _), (b, _)| a.place.map(|place| place.file) == b.place.map(|place| place.file))
        .collect();
    let rows: Vec<FindingRow> = files
        .into_par_iter()
        .flat_map_iter(|of_file| {
            let origins = origins(&estate, of_file.iter().map(|(held, _)| *held));
            of_file
                .iter()
                .zip(origins)
                .flat_map(|((held, findings), origin)| {
                    finding_rows(&Checked {
                        origin,
                        policy: Some(held.holder.clone()),
                        holders: held.holders,
                        findings: findings.clone(),
                    })
                })
                .collect::<Vec<_>>()
        })
        .collect();
    found.rows.extend(rows);
    found.rows.extend(estate.problems.iter().filter_map(finding_of_file));
    let concerns = |gap: &&Gap| only.as_ref().is_none_or(|only| gap_concerns(&estate, gap, only));
    found.rows.extend(estate.gaps().iter().filter(concerns).map(|gap| finding_of_gap(path, gap)));
    found.documents += held.len();
    Ok(())
}

/// Where the documents of one file stand in it.
fn origins<'h>(
    estate: &Estate,
    held: impl ExactSizeIterator<Item = &'h Held> + Clone,
) -> Vec<Option<(Arc<Source>, Origin)>> {
    let file = held.clone().next().and_then(|held| Some(held.place?.file));
    let wanted: Vec<(u32, &str)> = held
        .clone()
        .filter_map(|held| Some((held.place?.offset, &*estate.policies.get(held.document)?.text)))
        .collect();
    let found = file.and_then(|file| estate.sources.policies_in(file, &wanted).ok());
    match found {
        Some((source, origins)) => {
            let source = Arc::new(source);
            origins.into_iter().map(|origin| Some((source.clone(), origin?))).collect()
        }
        None => held.map(|_| None).collect(),
    }
}
