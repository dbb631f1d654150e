//! Answers of the engine -> the plain types of this module's parent.

mod can;
mod catalog;
mod chains;
mod external;
mod governing;
mod listed;
mod places;
mod remedy;
mod report;
mod simulate;
mod statements;
mod tables;
mod validate;

mod what_can;
mod who_can;

pub use can::{CanViews, can_view};
pub use catalog::{actions_view, service_view, services_view};
pub use chains::{BecomeViews, MOST_HOPS};
pub use external::external_view;
pub use listed::listed;
pub use places::Places;
pub use report::report_view;
pub use simulate::{LineOf, scenario_error_view, scenario_view};
pub use statements::Statements;
pub(crate) use tables::ActionTree;
pub use tables::report_tables;
pub use validate::{Checked, finding_of_file, finding_of_gap, finding_rows};

pub use what_can::what_can_view;
pub use who_can::{stranger_kind, who_can_view};

use super::{Assumed, ConditionTree, ConditionView, DecisionWord, KindWord, LayerWord};
use crate::answers::{Depends, Engine};
use crate::facts::{Layer, OTHER_ENDPOINTS, PrincipalKind};
use crate::region::condition::{ConditionId, ConditionTree as RegionTree, Conditions};
use crate::rules::decision::Decision;

fn decision(of: Decision) -> DecisionWord {
    match of {
        Decision::Allowed => DecisionWord::Allowed,
        Decision::Conditional => DecisionWord::Conditional,
        Decision::ExplicitlyDenied => DecisionWord::ExplicitlyDenied,
        Decision::ImplicitlyDenied => DecisionWord::ImplicitlyDenied,
        Decision::Unknown => DecisionWord::Unknown,
    }
}

fn layer(of: Layer) -> LayerWord {
    match of {
        Layer::Identity => LayerWord::Identity,
        Layer::Resource => LayerWord::Resource,
        Layer::Boundary => LayerWord::Boundary,
        Layer::Session => LayerWord::Session,
        Layer::Scp => LayerWord::Scp,
        Layer::Rcp => LayerWord::Rcp,
        Layer::Endpoint => LayerWord::Endpoint,
        Layer::S3Bpa => LayerWord::S3BlockPublicAccess,
    }
}

/// The word for a kind of principal.
pub fn kind(of: PrincipalKind) -> KindWord {
    match of {
        PrincipalKind::User => KindWord::User,
        PrincipalKind::Role => KindWord::Role,
        PrincipalKind::Root => KindWord::Root,
        PrincipalKind::Session => KindWord::Session,
        PrincipalKind::FederatedUser => KindWord::FederatedUser,
        PrincipalKind::Account => KindWord::Account,
        PrincipalKind::IdentityCenterUser => KindWord::IdentityCenterUser,
        PrincipalKind::IdentityCenterGroup => KindWord::IdentityCenterGroup,
        PrincipalKind::AwsAccount => KindWord::AwsAccount,
        PrincipalKind::Service => KindWord::Service,
        PrincipalKind::IdentityProvider => KindWord::IdentityProvider,
        PrincipalKind::Everyone => KindWord::Everyone,
    }
}

/// A condition, absent when it is *always*.
fn condition(engine: &Engine, of: ConditionId) -> Option<ConditionView> {
    condition_of(&engine.facts().arena().conditions, of)
}

fn condition_of(conditions: &Conditions, of: ConditionId) -> Option<ConditionView> {
    if of.is_always() || of.is_never() {
        return None;
    }
    Some(ConditionView::new(tree(conditions.tree(of))))
}

fn tree(of: RegionTree) -> ConditionTree {
    let trees = |parts: Vec<RegionTree>| parts.into_iter().map(tree).collect();
    match of {
        RegionTree::Test { operator, key, values } => ConditionTree::Test { operator, key, values },
        RegionTree::Unknown { unknown } => ConditionTree::Unknown { unknown },
        RegionTree::Not { not } => ConditionTree::Not { not: Box::new(tree(*not)) },
        RegionTree::All { all } => ConditionTree::All { all: trees(all) },
        RegionTree::Any { any } => ConditionTree::Any { any: trees(any) },
    }
}

/// What was assumed, by name.
fn assumed(named: &[(&'static str, String)]) -> impl Iterator<Item = (String, String)> {
    named.iter().map(|(name, value)| ((*name).to_owned(), value.clone()))
}

/// What an engine assumes of requests of which nothing is stated.
fn assumed_by(engine: &Engine) -> Assumed {
    assumed(&engine.facts().compiler.assumptions.named()).collect()
}

/// What is assumed of VPC endpoints that were not collected, where an answer rests on it.
fn other_endpoints(rests_on_it: bool) -> Option<(String, String)> {
    let (name, value) = OTHER_ENDPOINTS;
    rests_on_it.then(|| (name.to_owned(), value.to_owned()))
}

/// The same for an answer about all that principals can do.
pub fn assumed_of_all(engine: &Engine) -> Assumed {
    let facts = engine.facts();
    let rests_on_it = facts.lacks_endpoints() && facts.compiler.assumptions.other_endpoints_pass;
    assumed_by(engine).into_iter().chain(other_endpoints(rests_on_it)).collect()
}

/// Readings that an answer names.
fn depends(readings: &[Depends]) -> impl Iterator<Item = (String, String)> {
    readings.iter().map(|(question, reading)| ((*question).to_owned(), (*reading).to_owned()))
}
