//! Whom a caller can become, role after role, found by asking each of those whom it can become for every role.

use std::collections::BTreeSet;

use super::{Catalog, Decision, Outcome, Question, decide_on_estate, estate::Estate};

/// The roles that a caller reaches by hops that are allowed; with `open` also by those that may be.
pub fn reached(
    estate: &Estate,
    from: &str,
    roles: &[&str],
    ask: &dyn Fn(&str, &str) -> Question,
    open: bool,
    catalog: &Catalog,
) -> Result<BTreeSet<String>, String> {
    let mut found: BTreeSet<String> = [from.to_owned()].into();
    loop {
        let mut next = BTreeSet::new();
        for role in roles.iter().filter(|role| !found.contains(**role)) {
            for caller in &found {
                let answer = decide_on_estate(estate, &ask(caller, role), catalog)?;
                let may = open && answer.outcomes.contains(&Outcome::Allowed);
                if answer.decision == Decision::Allowed || may {
                    next.insert((*role).to_owned());
                }
            }
        }
        if next.is_empty() {
            found.remove(from);
            return Ok(found);
        }
        found.extend(next);
    }
}
