//! What each rule set derives from a few facts, as snapshots: without any one rule a snapshot differs.

mod decision;
mod facts;
mod source;

use entail::facts::{
    Attachments, BoundPolicyId, Caller, ControlKind, EnvelopeId, GroupId, NodeId, PolicyId, PrincipalId,
    Regime, Relation,
};
use entail::rules::ceiling::{self, Tree};
use entail::rules::membership;
use entail::rules::permitted::{self, Sides};
use entail::rules::route::Routes;

use facts::Facts;

/// Compares with the snapshot beside the facts.
fn expect(set: &str, name: &str, derived: &str) {
    let folder = format!("../../rules/{set}");
    insta::with_settings!({snapshot_path => folder, prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name, derived);
    });
}

/// A relation and its rows, sorted by their text.
fn relation(name: &str, rows: impl IntoIterator<Item = String>) -> String {
    let mut rows: Vec<String> = rows.into_iter().collect();
    rows.sort();
    format!("{name}\n{}", rows.iter().map(|row| format!("  ({row})\n")).collect::<String>())
}

fn kind(name: &str) -> ControlKind {
    if name == "scp" { ControlKind::Scp } else { ControlKind::Rcp }
}

fn kind_name(kind: ControlKind) -> &'static str {
    match kind {
        ControlKind::Scp => "scp",
        ControlKind::Rcp => "rcp",
    }
}

#[test]
fn membership() {
    let facts = Facts::read("membership/users-and-sessions.facts");
    let principal = |name: &str| PrincipalId(facts.id(name));
    let policy = |name: &str| PolicyId(facts.id(name));
    let group = |name: &str| GroupId(facts.id(name));
    let attachments = Attachments {
        attached: facts.all("attached", |_, row| (principal(&row[0]), policy(&row[1]))),
        group_attached: facts.all("group_attached", |_, row| (group(&row[0]), policy(&row[1]))),
        member: facts.all("member", |_, row| (principal(&row[0]), group(&row[1]))),
        session_of: facts.all("session_of", |_, row| (principal(&row[0]), principal(&row[1]))),
        boundary_of: facts.all("boundary_of", |_, row| (principal(&row[0]), policy(&row[1]))),
    };
    let derived = membership::derive(&attachments, None);
    for rule in membership::Rule::ALL {
        assert_ne!(membership::derive(&attachments, Some(rule)), derived, "{rule:?}");
    }
    let pair = |&(principal, policy): &(PrincipalId, PolicyId)| {
        format!("{}, {}", facts.name(principal.0), facts.name(policy.0))
    };
    let holds = relation("Holds", derived.holds.iter().map(pair));
    let bounded = relation("Bounded", derived.bounded.iter().map(pair));
    expect("membership", "users-and-sessions", &(holds + &bounded));
}

#[test]
fn ceiling() {
    let facts = Facts::read("ceiling/three-levels.facts");
    let node = |name: &str| NodeId(facts.id(name));
    let policy = |name: &str| PolicyId(facts.id(name));
    let tree = Tree {
        top: facts.all("top", |_, row| (kind(&row[0]), node(&row[1]))),
        parent: facts.all("parent", |_, row| (node(&row[0]), node(&row[1]))),
        is_account: facts.all("is_account", |_, row| node(&row[0])),
        exempt: facts.all("exempt", |_, row| node(&row[0])),
        attached: facts.all("attached", |_, row| (kind(&row[0]), node(&row[1]), policy(&row[2]))),
        allows: facts.all("allows", |facts, row| (policy(&row[0]), facts.region(&row[1]))),
    };
    let derived = facts.arena.enter(|| ceiling::derive(&tree, None));
    for rule in ceiling::Rule::ALL {
        assert_ne!(facts.arena.enter(|| ceiling::derive(&tree, Some(rule))), derived, "{rule:?}");
    }
    let ceiling = derived.ceiling.iter().map(|&(kind, account, region)| {
        format!("{}, {}, {}", kind_name(kind), facts.name(account.0), facts.letters(region))
    });
    let limits = derived.limits.iter().map(|&(kind, account, level, policy)| {
        let names = [account.0, level.0, policy.0].map(|id| facts.name(id));
        format!("{}, {}", kind_name(kind), names.join(", "))
    });
    expect("ceiling", "three-levels", &(relation("Ceiling", ceiling) + &relation("Limits", limits)));
}

#[test]
fn permitted() {
    let facts = Facts::read("permitted/two-envelopes.facts");
    let policy = |name: &str| BoundPolicyId(facts.id(name));
    let envelope = |name: &str| EnvelopeId(facts.id(name));
    let sides = Sides {
        within: facts.all("within", |_, row| (policy(&row[0]), envelope(&row[1]))),
        grants: facts.all("grants", |facts, row| {
            (policy(&row[0]), facts.region(&row[1]), row[2].parse().expect("a statement is a number"))
        }),
        bounds: facts.all("bounds", |facts, row| (envelope(&row[0]), facts.region(&row[1]))),
        ceilings: facts.all("capped", |facts, row| (envelope(&row[0]), facts.region(&row[1]))),
    };
    let derived = facts.arena.enter(|| permitted::derive(&sides, None));
    for rule in permitted::Rule::ALL {
        assert_ne!(facts.arena.enter(|| permitted::derive(&sides, Some(rule))), derived, "{rule:?}");
    }
    let rows = derived.iter().map(|&(policy, envelope, region, statement)| {
        let [policy, envelope] = [policy.0, envelope.0].map(|id| facts.name(id));
        format!("{policy}, {envelope}, {}, {statement}", facts.letters(region))
    });
    expect("permitted", "two-envelopes", &relation("Permitted", rows));
}

/// The whole table: for each caller its filters, and for each relation and regime its routes with what they need.
#[test]
fn route() {
    let routes = Routes::derive();
    let mut table = String::new();
    for caller in Caller::ALL {
        let filters: Vec<String> = routes.filters(caller).iter().map(|layer| layer.to_string()).collect();
        table += &format!("{caller:?}, filtered by {}\n", filters.join(" "));
        for relation in Relation::ALL {
            for regime in Regime::ALL {
                let list: Vec<String> = routes
                    .of(caller, relation, regime)
                    .iter()
                    .map(|route| {
                        let needs: Vec<String> = route.needs.iter().map(|layer| layer.to_string()).collect();
                        match needs.is_empty() {
                            true => format!("{:?}", route.grant),
                            false => format!("{:?}({})", route.grant, needs.join(" ")),
                        }
                    })
                    .collect();
                if !list.is_empty() {
                    table += &format!("  {relation:?} {regime:?}: {}\n", list.join(", "));
                }
            }
        }
    }
    expect("route", "all", &table);
}
