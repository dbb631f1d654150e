//! Reads `Principal` and `NotPrincipal` (S-GRAM-08 to S-GRAM-10).

use super::Reader;
use super::lists::OneOrMany;
use super::statement::{Element, Elements, Pair};
use crate::document::json::Value;
use crate::document::model::Version;
use crate::document::model::{Effect, PolicyKind, PrincipalElement};
use crate::document::nearest::nearest;
use crate::document::principal::{PrincipalClass, PrincipalEntry, PrincipalKind, is_account, read};
use crate::document::problem::{Fault, ProblemCode, Quoted};
use crate::document::variable::{has_variable, misplaced};

impl Reader {
    pub(super) fn principal<'a>(
        &mut self,
        elements: &mut Elements<'_, 'a>,
        effect: Effect,
    ) -> PrincipalElement<'a> {
        let (forbidden, why): (&[Element], _) = match self.kind {
            PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session => {
                (&[Element::Principal, Element::NotPrincipal], "a policy of a principal")
            }
            PolicyKind::Scp => (&[Element::Principal, Element::NotPrincipal], "a service control policy"),
            PolicyKind::Rcp => (&[Element::NotPrincipal], "a resource control policy"),
            // Whom an Allow with it reaches is open there as elsewhere (U-53).
            PolicyKind::Trust if effect == Effect::Deny => (&[Element::NotPrincipal], "a trust policy"),
            PolicyKind::Trust | PolicyKind::Resource | PolicyKind::Endpoint => (&[], ""),
        };
        let is_forbidden = self.forbid(elements, forbidden, why);
        if !self.kind.has_principal() {
            return PrincipalElement::Implicit;
        }
        if is_forbidden {
            return PrincipalElement::Unreadable;
        }
        match self.pair(elements, Element::Principal, Element::NotPrincipal) {
            Pair::Unreadable => PrincipalElement::Unreadable,
            Pair::None => self.no_principal(elements),
            Pair::One { negated, member } => {
                if negated && effect == Effect::Allow {
                    let message =
                        "`NotPrincipal` with `Allow` is not supported, and whom it reaches is not known";
                    let fault = Fault::error(ProblemCode::NotPrincipalAllow, message)
                        .with_help("use `Principal`, and a condition for the exceptions");
                    self.report(member.key, fault);
                }
                let element = self.principals(elements, member.value, negated);
                if self.kind == PolicyKind::Rcp && element != PrincipalElement::Everyone {
                    let message = "the principal of a resource control policy can only be `*`";
                    self.report(member.value, Fault::error(ProblemCode::MalformedPrincipal, message));
                    elements.mark(ProblemCode::MalformedPrincipal);
                    return PrincipalElement::Unreadable;
                }
                element
            }
        }
    }

    fn no_principal(&mut self, elements: &Elements) -> PrincipalElement<'static> {
        if matches!(self.kind, PolicyKind::Rcp | PolicyKind::Endpoint) {
            let fault =
                Fault::warning(ProblemCode::MissingElement, "the statement has no `Principal`, read as `*`");
            self.report_at(super::first_byte(elements.value()), fault);
            return PrincipalElement::Everyone;
        }
        self.missing(elements.value(), "the statement has no `Principal`");
        PrincipalElement::Missing
    }

    fn principals<'a>(
        &mut self,
        elements: &mut Elements,
        value: Value<'_, 'a>,
        negated: bool,
    ) -> PrincipalElement<'a> {
        if value.text().as_deref() == Some("*") {
            // Where a Deny spares everybody it still means whoever has a boundary (S-PRN-20).
            return match negated {
                true => PrincipalElement::Entries {
                    negated,
                    entries: vec![self.principal_entry(value, PrincipalClass::Aws)],
                },
                false => PrincipalElement::Everyone,
            };
        }
        let mut entries = Vec::new();
        if let Some(members) = value.members() {
            let mut keys: Vec<Value> = Vec::new();
            let mut is_doubled = false;
            for member in members {
                let name = member.key.text().unwrap_or_default();
                if let Some(&first) = keys.iter().find(|key| key.text().as_deref() == Some(&*name)) {
                    self.repeated(member.key, first);
                    elements.mark(ProblemCode::DuplicateKey);
                    is_doubled = true;
                }
                let Some(class) = PrincipalClass::named(&name) else {
                    self.unknown_class(member.key, &name);
                    entries.push(PrincipalEntry::malformed(member.value));
                    continue;
                };
                keys.push(member.key);
                let before = entries.len();
                entries.extend(OneOrMany::of(member.value).map(|value| self.principal_entry(value, class)));
                if entries.len() == before && self.empty(member.value, negated) {
                    entries.push(PrincipalEntry::malformed(member.value));
                }
            }
            if is_doubled {
                return PrincipalElement::Unreadable;
            }
            if keys.is_empty() && entries.is_empty() && self.empty(value, negated) {
                entries.push(PrincipalEntry::malformed(value));
            }
        } else if value.items().is_some_and(|mut items| items.next().is_none()) {
            if self.empty(value, negated) {
                entries.push(PrincipalEntry::malformed(value));
            }
        } else {
            self.bare_principal(value);
            entries.push(PrincipalEntry::malformed(value));
        }
        PrincipalElement::Entries { negated, entries }
    }

    /// `"Principal": "arn:…"` and other values that are neither `*` nor a map (S-GRAM-10).
    fn bare_principal(&mut self, value: Value) {
        let Some(text) = value.text() else {
            self.wrong_type(value, "a principal", "`*` or an object");
            return;
        };
        let class = PrincipalClass::ALL.into_iter().find(|&class| read(&text, class).1.is_none());
        let name = class.unwrap_or(PrincipalClass::Aws).name();
        let message = format!("the principal {} stands without its type", Quoted(&text));
        let fault = Fault::error(ProblemCode::MalformedPrincipal, message)
            .with_help(format!("write `{{\"{name}\": \"…\"}}`"));
        self.report(value, fault);
    }

    fn unknown_class(&mut self, key: Value, name: &str) {
        let names = PrincipalClass::ALL.map(PrincipalClass::name);
        let message = format!("{} is not a type of principal", Quoted(name));
        let fault = Fault::error(ProblemCode::MalformedPrincipal, message);
        let fault = match nearest(name, names) {
            Some(meant) => fault.with_help(format!("did you mean `{meant}`?")),
            None => fault.with_help("the types are `AWS`, `Service`, `Federated` and `CanonicalUser`"),
        };
        self.report(key, fault);
    }

    fn principal_entry<'a>(&mut self, value: Value<'_, 'a>, class: PrincipalClass) -> PrincipalEntry<'a> {
        let text = match value.text() {
            Some(text) => text,
            // An account number without quotes keeps its digits (S-GRAM-06).
            None if class == PrincipalClass::Aws && is_account(value.source()) => value.source().into(),
            None => {
                self.wrong_type(value, "a principal", "a string");
                return PrincipalEntry {
                    kind: PrincipalKind::Malformed(class),
                    ..PrincipalEntry::malformed(value)
                };
            }
        };
        let (kind, fault) = if self.version != Version::V2008 && has_variable(&text) {
            (
                PrincipalKind::Malformed(class),
                Some(misplaced(&text, "in a principal, where variables do not work")),
            )
        } else {
            read(&text, class)
        };
        if let Some(fault) = fault {
            self.report(value, fault);
        }
        PrincipalEntry { text, span: value.span(), kind }
    }
}

impl<'a> PrincipalEntry<'a> {
    /// A value that may name anybody.
    fn malformed(value: Value<'_, 'a>) -> Self {
        let text = value.text().unwrap_or_else(|| value.source().into());
        Self { text, span: value.span(), kind: PrincipalKind::Malformed(PrincipalClass::Aws) }
    }
}
