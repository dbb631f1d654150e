//! Actions that do not exist (S-ACT-01, S-ACT-02), or that the kind of policy does not reach (S-RCP-06, S-TRUST-01).

use super::trust::takes_roles;
use super::{Check, Code, Finding};
use crate::catalog::Catalog;
use crate::catalog::rcp::RcpReach;
use crate::document::{ActionEntry, PolicyKind, Statement};

/// Whether a pattern reaches some action of the catalog.
pub(super) fn is_known(pattern: &str) -> bool {
    !Catalog::embedded().matching(pattern).is_empty()
}

/// Whether a pattern reaches some action of KMS.
fn acts_on_keys(pattern: &str) -> bool {
    let catalog = Catalog::embedded();
    catalog.matching(pattern).iter().any(|action| catalog.action_name(action).starts_with("kms:"))
}

/// Whether the reader of documents has already said that a text names no action.
fn is_odd(prefix: &str, name: &str) -> bool {
    let odd = |text: &str| text.contains(|c: char| c.is_whitespace() || c == ',' || c == ':');
    prefix.is_empty() || name.is_empty() || odd(prefix) || odd(name)
}

impl Check<'_, '_> {
    pub(super) fn actions(&mut self, statement: &Statement) {
        for entry in &statement.actions.entries {
            let ActionEntry::Pattern(text) = entry else { continue };
            let Some((prefix, name)) = text.value.split_once(':') else { continue };
            if self.kind == PolicyKind::Rcp
                && is_known(&text.value)
                && !prefix.contains(['*', '?'])
                && Catalog::embedded().rcp_governs(prefix) == RcpReach::No
            {
                let message = format!("resource control policies do not reach `{prefix}`");
                self.report(Finding::new(Code::RcpSkips, message, self.place(text.span)));
                continue;
            }
            if self.of_key && is_known(&text.value) && !acts_on_keys(&text.value) {
                let message =
                    format!("`{}` is no action of KMS, and this is the policy of a key", text.value);
                self.report(Finding::new(Code::ForeignAction, message, self.place(text.span)));
                continue;
            }
            if self.kind == PolicyKind::Trust && is_known(&text.value) && !takes_roles(&text.value) {
                let message =
                    format!("`{}` is no call that takes a role, and this is a trust policy", text.value);
                self.report(Finding::new(Code::ForeignAction, message, self.place(text.span)));
                continue;
            }
            if is_odd(prefix, name) || is_known(&text.value) {
                continue;
            }
            let place = self.place(text.span);
            let catalog = Catalog::embedded();
            let count = if self.may_suggest() { 3 } else { 0 };
            let finding = if catalog.service(prefix).is_none() {
                let message = format!("no service has the prefix `{prefix}`");
                let nearest = catalog.nearest_services(prefix, count);
                meant(Finding::new(Code::UnknownService, message, place), &nearest)
            } else if name.contains(['*', '?']) {
                let message = format!("no action matches `{}`", text.value);
                Finding::new(Code::EmptyActionPattern, message, place)
            } else {
                let message = format!("there is no action `{}`", text.value);
                let nearest = catalog.nearest_actions(&text.value, count);
                meant(Finding::new(Code::UnknownAction, message, place), &nearest)
            };
            self.report(finding);
        }
    }
}

/// The finding with the names that were probably meant.
pub(super) fn meant(finding: Finding, names: &[impl AsRef<str>]) -> Finding {
    let names: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match names.as_slice() {
        [] => finding,
        [name] => finding.with_help(format!("did you mean {name}?")),
        [first @ .., last] => finding.with_help(format!("did you mean {} or {last}?", first.join(", "))),
    }
}
