//! The answer to `report` as one value.

use rustc_hash::FxHashMap;

use super::{assumed_of_all, decision, kind, layer};
use crate::answers::chains::Gains;
use crate::answers::{Engine, Report, named_levels};
use crate::catalog::{AccessLevel as Level, Catalog};
use crate::facts::PrincipalId;
use crate::output::{AccessLevel, Export, GainsView, PrincipalReport, ReportAnswer};

/// The summaries of a report, with what it was computed from; and with what the principals have by becoming others, if that
/// is given.
pub fn report_view(
    engine: &Engine,
    report: &Report,
    gains: Option<&FxHashMap<PrincipalId, Gains>>,
) -> ReportAnswer {
    let facts = engine.facts();
    let source = Catalog::embedded().source();
    let principals = report.summaries.iter().map(|summary| {
        let fact = facts.principal(summary.principal);
        PrincipalReport {
            arn: fact.name.to_string(),
            kind: kind(fact.kind),
            account: fact.account.map(|account| account.to_string()),
            administrator: summary.administrator,
            effective_administrator: summary.effective_administrator,
            services: words(&summary.levels),
            conditional: words(&summary.conditional),
            unknown: words(&summary.unknown),
            limited_by: summary.limited_by.iter().map(layer).collect(),
            reaches: summary.reaches.iter().map(|account| account.to_string()).collect(),
            through_roles: gains
                .and_then(|gains| gains.get(&summary.principal))
                .map(|gains| gains_view(engine, gains)),
            notes: if fact.may_act { Vec::new() } else { vec!["account suspended".to_owned()] },
        }
    });
    let mut exports: Vec<Export> = facts
        .estate
        .sources
        .iter()
        .map(|(_, file)| Export {
            account: None,
            file: file.path.display().to_string(),
            date: file.modified.and_then(|at| jiff::Timestamp::try_from(at).ok()).map(|at| at.to_string()),
        })
        .collect();
    exports.sort();
    let mut principals: Vec<_> = principals.collect();
    principals.sort_by(|a, b| a.arn.cmp(&b.arn));
    ReportAnswer {
        principals,
        catalog: source.to_string(),
        exports,
        missing: facts.estate.gaps().iter().map(|gap| gap.to_string()).collect(),
        assumed: assumed_of_all(engine),
    }
}

fn gains_view(engine: &Engine, gains: &Gains) -> GainsView {
    GainsView {
        roles: gains.roles,
        administrator: gains.administrator.map(|(id, _)| engine.facts().principal(id).name.to_string()),
        administrator_decision: gains.administrator.map(|(_, of)| decision(of)),
        services: words(&gains.levels),
        conditional: words(&gains.conditional),
        unknown: words(&gains.unknown),
    }
}

fn words(
    levels: &std::collections::BTreeMap<crate::catalog::ServiceId, u8>,
) -> std::collections::BTreeMap<String, Vec<AccessLevel>> {
    let word = |level| match level {
        Level::List => AccessLevel::List,
        Level::Read => AccessLevel::Read,
        Level::Write => AccessLevel::Write,
        Level::Tagging => AccessLevel::Tagging,
        Level::PermissionsManagement => AccessLevel::PermissionsManagement,
    };
    named_levels(levels)
        .into_iter()
        .map(|(service, levels)| (service, levels.into_iter().map(word).collect()))
        .collect()
}
