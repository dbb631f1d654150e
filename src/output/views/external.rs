//! The answer to `report --external`.

use super::{Places, assumed_by, condition, decision, kind};
use crate::answers::Engine;
use crate::answers::external::{External, ExternalAccess, Scope, Who};
use crate::facts::{ANY_SERVICE, Layer, PrincipalKind};
use crate::output::{ExternalAnswer, ExternalRow, KindWord, ScopeWord};

/// The ways in from outside as plain data, as far as they are wanted.
pub fn external_view(
    engine: &Engine,
    access: &ExternalAccess,
    wants: &dyn Fn(&External) -> bool,
) -> ExternalAnswer {
    let mut places = Places::new(engine);
    let wanted: Vec<&External> = access.rows.iter().filter(|row| wants(row)).collect();
    let statements = |row: &External| [row.statement, row.behind].into_iter().flatten();
    places.find_all(wanted.iter().flat_map(|row| statements(row)).map(|statement| statement.policy));
    let row = |external: &External| {
        let (who, kind, account) = who(engine, &external.who);
        let statements = statements(external).filter(|statement| places.is_written(*statement));
        let statements: Vec<_> = statements.collect();
        ExternalRow {
            resource: external.resource.to_string(),
            resource_account: external.owner.map(|owner| owner.to_string()),
            scope: match external.scope {
                Scope::Public => ScopeWord::Public,
                Scope::Outside => ScopeWord::Outside,
                Scope::Provider => ScopeWord::Provider,
                Scope::Organization => ScopeWord::Organization,
            },
            who,
            kind,
            account,
            decision: decision(external.decision),
            actions: external.actions.clone(),
            part: external.part.clone(),
            condition: condition(engine, external.condition),
            statements: statements
                .into_iter()
                .map(|statement| places.reference(statement, Layer::Resource))
                .collect(),
        }
    };
    ExternalAnswer {
        rows: wanted.into_iter().map(row).collect(),
        missing: access.missing.clone(),
        assumed: assumed_by(engine),
    }
}

fn who(engine: &Engine, who: &Who) -> (String, KindWord, Option<String>) {
    match who {
        Who::Everyone => ("*".to_owned(), KindWord::Everyone, None),
        Who::AnyAccount => ("any account".to_owned(), KindWord::Account, None),
        Who::AnyService => (ANY_SERVICE.to_owned(), KindWord::Service, None),
        Who::Organization(id) => (id.to_string(), KindWord::Organization, None),
        Who::Account(account) => (account.to_string(), KindWord::Account, Some(account.to_string())),
        Who::Canonical(id) => (format!("canonical user {id}"), KindWord::Account, None),
        Who::Principal(id) => {
            let fact = engine.facts().principal(*id);
            let account = match fact.kind {
                PrincipalKind::IdentityProvider => None,
                _ => fact.account.map(|account| account.to_string()),
            };
            (fact.name.to_string(), kind(fact.kind), account)
        }
    }
}
