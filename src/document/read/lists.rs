//! Reads the lists of a statement: actions and resources (S-GRAM-05, S-GRAM-15).

use super::Reader;
use super::statement::{Element, Elements, Pair};
use crate::document::json::{Items, Value};
use crate::document::model::{
    ActionElement, ActionEntry, Malformed, PolicyKind, ResourceElement, ResourceEntry,
};
use crate::document::problem::{Fault, ProblemCode};
use crate::document::resource::ResourceReading;
use crate::document::span::Spanned;
use crate::document::{action, resource};

impl Malformed {
    /// A value that cannot be interpreted and may cover anything.
    pub(super) fn of(value: Value) -> Self {
        let text = value.text().unwrap_or_else(|| value.source().into());
        Self { text: text.into(), span: value.span(), glob: None }
    }

    /// An element of a statement that is not there, or not readable as a whole.
    fn element_of(statement: Value) -> Self {
        Self { text: Box::default(), span: statement.span(), glob: None }
    }
}

/// A value that stands alone or in a list (S-GRAM-05).
pub(super) enum OneOrMany<'t, 'a> {
    One(Option<Value<'t, 'a>>),
    Many(Items<'t, 'a>),
}

impl<'t, 'a> OneOrMany<'t, 'a> {
    pub(super) fn of(value: Value<'t, 'a>) -> Self {
        match value.items() {
            Some(items) => Self::Many(items),
            None => Self::One(Some(value)),
        }
    }
}

impl<'t, 'a> Iterator for OneOrMany<'t, 'a> {
    type Item = Value<'t, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::One(value) => value.take(),
            Self::Many(items) => items.next(),
        }
    }
}

impl Reader {
    pub(super) fn actions(&mut self, elements: &mut Elements) -> ActionElement {
        if self.kind == PolicyKind::Rcp {
            self.forbid(elements, &[Element::NotAction], "a resource control policy");
        }
        match self.pair(elements, Element::Action, Element::NotAction) {
            Pair::One { negated, member } => {
                let mut entries: Vec<_> =
                    OneOrMany::of(member.value).map(|value| self.action(value)).collect();
                if entries.is_empty() && self.empty(member.value, negated) {
                    entries.push(ActionEntry::Malformed(Malformed::of(member.value)));
                }
                ActionElement { negated, entries }
            }
            pair => {
                if let Pair::None = pair {
                    self.missing(elements.value(), "the statement has neither `Action` nor `NotAction`");
                    elements.mark(ProblemCode::MissingElement);
                }
                let entry = ActionEntry::Malformed(Malformed::element_of(elements.value()));
                ActionElement { negated: false, entries: vec![entry] }
            }
        }
    }

    fn action(&mut self, value: Value) -> ActionEntry {
        let Some(text) = value.text() else {
            self.wrong_type(value, "an action", "a string");
            return ActionEntry::Malformed(Malformed::of(value));
        };
        let (reading, fault) = action::read(&text, self.version);
        if let Some(fault) = fault {
            self.report(value, fault);
        }
        match reading {
            action::ActionReading::Pattern => ActionEntry::Pattern(Spanned::new(text.into(), value.span())),
            action::ActionReading::Malformed(glob) => {
                ActionEntry::Malformed(Malformed { text: text.into(), span: value.span(), glob })
            }
        }
    }

    pub(super) fn resources(&mut self, elements: &mut Elements) -> Option<ResourceElement> {
        if self.kind == PolicyKind::Trust {
            self.forbid(
                elements,
                &[Element::Resource, Element::NotResource],
                "a trust policy, whose resource is the role",
            );
            return None;
        }
        match self.pair(elements, Element::Resource, Element::NotResource) {
            Pair::One { negated, member } => {
                let mut entries: Vec<_> =
                    OneOrMany::of(member.value).map(|value| self.resource(value)).collect();
                if entries.is_empty() && self.empty(member.value, negated) {
                    entries.push(ResourceEntry::Malformed(Malformed::of(member.value)));
                }
                Some(ResourceElement { negated, entries })
            }
            Pair::None if self.kind == PolicyKind::Resource => None,
            pair => {
                if let Pair::None = pair {
                    self.missing(elements.value(), "the statement has neither `Resource` nor `NotResource`");
                    elements.mark(ProblemCode::MissingElement);
                }
                let entry = ResourceEntry::Malformed(Malformed::element_of(elements.value()));
                Some(ResourceElement { negated: false, entries: vec![entry] })
            }
        }
    }

    fn resource(&mut self, value: Value) -> ResourceEntry {
        let Some(text) = value.text() else {
            self.wrong_type(value, "a resource", "a string");
            return ResourceEntry::Malformed(Malformed::of(value));
        };
        let span = value.span();
        let (reading, fault) = resource::read(&text, self.kind, self.version);
        if let Some(fault) = fault {
            self.report(value, fault);
        }
        match reading {
            ResourceReading::Pattern(pattern) => ResourceEntry::Pattern(Spanned::new(pattern.into(), span)),
            ResourceReading::WildcardService => {
                ResourceEntry::WildcardService(Spanned::new(text.into(), span))
            }
            ResourceReading::ExecuteApi => ResourceEntry::ExecuteApi(Spanned::new(text.into(), span)),
            ResourceReading::Malformed(glob) => {
                ResourceEntry::Malformed(Malformed { text: text.clone().into(), span, glob })
            }
        }
    }

    /// Notes an empty list; returns whether that makes the element malformed, which it does in a `Not…` form (U-02).
    pub(super) fn empty(&mut self, value: Value, negated: bool) -> bool {
        let fault = if negated {
            Fault::error(ProblemCode::EmptyList, "the list is empty, so what it leaves out is not known")
        } else {
            Fault::warning(ProblemCode::EmptyList, "the list is empty, so the statement has no effect")
        };
        self.report(value, fault);
        negated
    }
}
