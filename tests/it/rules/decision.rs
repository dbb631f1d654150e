//! Decisions from layers that speak always, never, or under a condition `k`.

use entail::facts::{Caller, Grant, Layer, Regime, Relation};
use entail::region::condition::{ConditionId, Conditions, DoubtClass, Key, KeyType};
use entail::rules::decision::{Evaluated, Situation, decide};
use entail::rules::route::Routes;

struct Row {
    name: &'static str,
    situation: Situation,
    layers: Evaluated,
}

fn situation(caller: Caller, relation: Relation, regime: Regime) -> Situation {
    Situation { caller, relation, regime, stated: false }
}

/// Silent layers, with some of them set.
fn layers(set: impl FnOnce(&mut Evaluated)) -> Evaluated {
    let mut layers = Evaluated::silent();
    set(&mut layers);
    layers
}

fn rows(conditions: &Conditions) -> Vec<Row> {
    let (always, never) = (ConditionId::ALWAYS, ConditionId::NEVER);
    let if_k = conditions.equals(conditions.key(Key::new("k", KeyType::String)), ["v"]);
    let [missing, malformed] =
        [conditions.missing("a policy"), conditions.doubt(DoubtClass::Malformed, "an element")];
    let same = situation(Caller::User, Relation::Same, Regime::Standard);
    let cross = situation(Caller::User, Relation::Cross, Regime::Standard);
    let key = situation(Caller::User, Relation::Same, Regime::Key);
    let identity = |condition| layers(|all| all.allows[Layer::Identity as usize] = condition);
    let denied = |layer: Layer, condition| {
        layers(|all| {
            all.allows[Layer::Identity as usize] = always;
            all.denies[layer as usize] = condition;
        })
    };
    let closed = |layer: Layer| {
        layers(|all| {
            all.allows[Layer::Identity as usize] = always;
            all.allows[layer as usize] = never;
        })
    };
    let granted = |grant, own| {
        layers(|all| {
            all.allows[Layer::Identity as usize] = own;
            all.grants.push((grant, always));
        })
    };
    let row = |name, situation, layers| Row { name, situation, layers };
    vec![
        row("silence", same, layers(|_| {})),
        row("identity allows", same, identity(always)),
        row("identity allows if k", same, identity(if_k)),
        row("identity was not collected", same, identity(missing)),
        row("identity denies too", same, denied(Layer::Identity, always)),
        row("identity denies if k", same, denied(Layer::Identity, if_k)),
        row("a malformed deny", same, denied(Layer::Identity, malformed)),
        row("silence, and a deny if k", same, layers(|all| all.denies[Layer::Scp as usize] = if_k)),
        row("silence, and a policy that may deny", same, layers(|all| all.may_deny = missing)),
        row(
            "a policy that may deny",
            same,
            layers(|all| {
                all.allows[Layer::Identity as usize] = always;
                all.may_deny = missing;
            }),
        ),
        row("the boundary is silent", same, closed(Layer::Boundary)),
        row("an SCP level is silent", same, closed(Layer::Scp)),
        row("the endpoint is silent", same, closed(Layer::Endpoint)),
        row("public access is blocked", same, closed(Layer::S3Bpa)),
        row(
            "a gate is closed",
            same,
            layers(|all| {
                all.allows[Layer::Identity as usize] = always;
                all.gate = always;
            }),
        ),
        row(
            "a gate is closed if k",
            same,
            layers(|all| {
                all.allows[Layer::Identity as usize] = always;
                all.gate = if_k;
            }),
        ),
        row("the user is granted", same, granted(Grant::User, never)),
        row("the account is granted", same, granted(Grant::Account, never)),
        row("across accounts, identity alone", cross, identity(always)),
        row("across accounts, grant alone", cross, granted(Grant::User, never)),
        row("across accounts, both", cross, granted(Grant::User, always)),
        row("across accounts, silence", cross, layers(|_| {})),
        row("a key, identity alone", key, identity(always)),
        row("a key delegates, identity allows", key, granted(Grant::Account, always)),
        row("a key delegates, identity is silent", key, granted(Grant::Account, never)),
        row(
            "a foreign user of an IAM entity",
            situation(Caller::User, Relation::Cross, Regime::IdentityOnly),
            layers(|all| all.gate = always),
        ),
        row(
            "a service on an IAM entity",
            situation(Caller::Service, Relation::Cross, Regime::IdentityOnly),
            layers(|_| {}),
        ),
        row(
            "a free call despite a deny",
            situation(Caller::User, Relation::Same, Regime::Free),
            denied(Layer::Scp, always),
        ),
    ]
}

#[test]
fn decision() {
    let (conditions, routes) = (Conditions::new(), Routes::derive());
    let mut table = String::new();
    for row in rows(&conditions) {
        let decided = decide(&routes, &conditions, row.situation, &row.layers);
        table += &format!("{}: {}", row.name, decided.decision.name());
        if !decided.condition.is_always() && !decided.condition.is_never() {
            table += &format!(" when {}", conditions.text(decided.condition));
        }
        if let Some(layer) = decided.layer {
            table += &format!(", decided by {layer}");
        }
        let blocked: Vec<String> = decided.blocked_by.iter().map(|layer| layer.to_string()).collect();
        if !blocked.is_empty() {
            table += &format!(", blocked by {}", blocked.join(" "));
        }
        table += if decided.gated { ", gated\n" } else { "\n" };
    }
    super::expect("decision", "layers", &table);
}
