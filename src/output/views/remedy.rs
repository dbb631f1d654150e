//! What would have to change for a denied request to be allowed.

use serde_json::{Value, json};

use super::{Places, layer};
use crate::answers::Answer;
use crate::facts::{Caller, Held, Layer, Ownership, PrincipalFact, Regime};
use crate::output::{Remedy, StatementReference};
use crate::rules::request::Matched;

/// One change for each layer that stops the request; all of them are needed. None where nothing can change it: the
/// service itself refuses (S-SCP-16 for accounts that are suspended). A denial of which only the kind is open is one (S-EVAL-10).
pub fn remedies(answer: &Answer, places: &mut Places) -> Vec<Remedy> {
    let decided = &answer.decided;
    let may_be_allowed = decided.decision.may_be_allowed() && !decided.condition.is_never();
    if decided.gated || !answer.caller.may_act || may_be_allowed {
        return Vec::new();
    }
    answer.decided.blocked_by.iter().filter_map(|of| remedy(answer, of, places)).collect()
}

fn remedy(answer: &Answer, of: Layer, places: &mut Places) -> Option<Remedy> {
    let denies =
        |matched: &&Matched| matched.layer == of && matched.denies && places.is_written(matched.statement);
    let denies: Vec<Matched> = answer.examined.matched.iter().filter(denies).copied().collect();
    let mut remove: Vec<StatementReference> =
        denies.iter().map(|matched| places.reference(matched.statement, of)).collect();
    remove.sort();
    remove.dedup();
    let place = place(answer, of, !remove.is_empty());
    let actions = actions(answer, of);
    // A layer that denies may lack an Allow besides; the resource side need not allow in the account of the caller.
    let lacks = remove.is_empty()
        || (answer.examined.evaluated.allow(of).is_never() && !matches!(of, Layer::Resource | Layer::Rcp));
    let add = lacks.then(|| statement(answer, of, &actions));
    let add = add.filter(|_| !matches!(of, Layer::Rcp | Layer::S3Bpa));
    if remove.is_empty() && of == Layer::Rcp {
        return None;
    }
    Some(Remedy { layer: layer(of), place, add, remove })
}

/// Where the change belongs.
fn place(answer: &Answer, of: Layer, removes: bool) -> String {
    let caller = &answer.caller;
    let account = || caller.account.map_or(String::new(), |account| account.to_string());
    match of {
        Layer::Identity => {
            format!("an identity policy of {}", caller.principal_arn().unwrap_or(&caller.name))
        }
        Layer::Boundary => {
            format!("the permissions boundary of {}", caller.principal_arn().unwrap_or(&caller.name))
        }
        Layer::Session => format!("the session policies of {}", caller.name),
        Layer::Scp if removes => format!("the SCPs on the way to account {}", account()),
        Layer::Scp => format!("the SCPs on the way to account {}, at each level that lacks it", account()),
        Layer::Rcp => "the RCPs on the way to the account of the resource".to_owned(),
        Layer::Endpoint => "the policy of the VPC endpoint".to_owned(),
        Layer::S3Bpa => {
            let owner = match answer.target.owner {
                Ownership::Account(owner) => format!(" and of account {owner}"),
                _ => String::new(),
            };
            let of = holder(answer);
            format!(
                "S3 Block Public Access of {of}{owner}: RestrictPublicBuckets would have to be off, or the policy not public"
            )
        }
        Layer::Resource => {
            let facts = answer.engine.facts();
            let held = answer.target.held.first().map(|held| match held {
                Held::Policy(policy) => facts.policy(*policy).label.to_string(),
                Held::NotCollected(what) => what.to_string(),
            });
            held.unwrap_or_else(|| format!("a policy of {}", holder(answer)))
        }
    }
}

/// What holds the policy of the resource: of an object its bucket.
fn holder<'a>(answer: &'a Answer<'_>) -> &'a str {
    let target = &answer.target;
    target.record.as_ref().map_or(&*target.resource, |record| &*record.arn)
}

/// A name as a `Resource` element that means it alone (S-VAR-01, S-VAR-03).
fn literal(name: &str) -> String {
    let mut written = String::new();
    let mut rest = name.chars().peekable();
    while let Some(symbol) = rest.next() {
        match symbol {
            '*' | '?' => written.extend(["${", symbol.encode_utf8(&mut [0; 4]), "}"]),
            '$' if rest.peek() == Some(&'{') => written.push_str("${$}"),
            other => written.push(other),
        }
    }
    written
}

/// The actions that a layer stops: that of the call, unless only what it needs besides is lacking, and this.
fn actions<'a>(answer: &'a Answer<'_>, of: Layer) -> Vec<&'a str> {
    let examined = &answer.examined;
    let lacking: Vec<&str> =
        examined.lacking.iter().filter(|it| it.blocked_by.contains(of)).map(|it| it.action).collect();
    let own = lacking.is_empty() || examined.own_blocked_by.contains(of);
    own.then_some(&*answer.target.action.name).into_iter().chain(lacking).collect()
}

/// The smallest statement that allows some actions of the request.
fn statement(answer: &Answer, of: Layer, actions: &[&str]) -> Value {
    let action = match actions {
        [one] => json!(one),
        several => json!(several),
    };
    let resource = match answer.target.no_resource {
        true => "*".to_owned(),
        false if &*answer.target.resource == "*" => "*".to_owned(),
        false => literal(&answer.target.resource),
    };
    let mut statement = json!({"Effect": "Allow", "Action": action, "Resource": resource});
    if of == Layer::Resource {
        let caller = &answer.caller;
        let name = caller.principal_arn().unwrap_or(&caller.name);
        statement["Principal"] = match caller.caller {
            Caller::Anonymous => json!("*"),
            Caller::Service => json!({"Service": name}),
            Caller::Provider => json!({"Federated": name}),
            _ => json!({"AWS": name}),
        };
        if let Some(condition) = claims(caller) {
            statement["Condition"] = condition;
        }
        if answer.target.regime == Regime::Trust {
            statement.as_object_mut().map(|statement| statement.remove("Resource"));
        }
    }
    statement
}

/// What a statement has to ask of those for whom an identity provider vouches, so that it does not trust all of them
/// (S-TRUST-08). What nobody but the account knows is to be filled in.
fn claims(caller: &PrincipalFact) -> Option<Value> {
    if caller.caller != Caller::Provider {
        return None;
    }
    if caller.name.contains(":saml-provider/") {
        return Some(json!({"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}));
    }
    let issuer = caller.name.split_once(":oidc-provider/").map_or(&*caller.name, |(_, issuer)| issuer);
    let claim = |name: &str| format!("{issuer}:{name}");
    Some(match issuer {
        "cognito-identity.amazonaws.com" => json!({
            "StringEquals": {claim("aud"): "FILL IN: the identity pool"},
            "ForAnyValue:StringLike": {claim("amr"): "authenticated"},
        }),
        _ => json!({"StringEquals": {
            claim("aud"): "FILL IN: the audience",
            claim("sub"): "FILL IN: the subject",
        }}),
    })
}
