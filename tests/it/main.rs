//! One test binary: integration tests by stage.

#[path = "../oracle/mod.rs"]
mod oracle;

#[path = "../naive/mod.rs"]
mod naive;

mod access;
mod acme;
mod both;
mod bulk;
mod catalog;
mod chains;
mod cli;
mod collecting;
mod conditions;
mod datalog_engine;
mod documents;
mod endpoints;
mod engine_oracle;
mod estates;
mod everybody;
mod external;
mod fact_files;
mod missing;
mod mutations;
mod oracle_self;
mod output;
mod partial;
mod paths;
mod perimeter;
mod random_estates;
mod random_scenarios;
mod readings;
mod relations;
mod resource_algebra;
mod rules;
mod rules_language;
mod sample_derived;
mod samples;
mod scenarios;
mod semantics;
mod small_estates;
mod tables;
mod tour;
mod towards;
mod validate;
mod ways_in;
mod what_can;
mod what_can_forms;
mod what_can_split;
mod wildcards;
mod with_other_policies;
