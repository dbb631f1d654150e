//! Reads the lists of a statement: actions and resources (S-GRAM-05, S-GRAM-15).

use super::Reader;
use super::statement::{Element, Elements, Pair};
use std::borrow::Cow;

use crate::document::action::ActionReading;
use crate::document::json::{Items, Value};
use crate::document::model::{
    ActionElement, ActionEntry, Malformed, PolicyKind, ResourceElement, ResourceEntry,
};
use crate::document::problem::{Fault, ProblemCode};
use crate::document::resource::ResourceReading;
use crate::document::span::Spanned;
use crate::document::{action, resource};

impl<'a> Malformed<'a> {
    /// A value that cannot be interpreted and may cover anything.
    pub(super) fn of(value: Value<'_, 'a>) -> Self {
        let text = value.text().unwrap_or_else(|| value.source().into());
        Self { text, span: value.span(), glob: None }
    }

    /// An element of a statement that is not there, or not readable as a whole.
    fn element_of(statement: Value<'_, 'a>) -> Self {
        Self { text: Cow::Borrowed(""), span: statement.span(), glob: None }
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

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::One(value) => value.iter().size_hint(),
            Self::Many(items) => items.size_hint(),
        }
    }
}

impl Reader {
    pub(super) fn actions<'a>(&mut self, elements: &mut Elements<'_, 'a>) -> ActionElement<'a> {
        if self.kind == PolicyKind::Rcp {
            self.forbid(elements, &[Element::NotAction], "a resource control policy");
        }
        match self.pair(elements, Element::Action, Element::NotAction) {
            Pair::One { negated, member } => {
                let mut entries: Vec<_> =
                    OneOrMany::of(member.value).map(|value| self.action(value)).collect();
                if entries.is_empty() && self.empty(member.value, negated) {
                    entries.push(ActionEntry::Malformed(Box::new(Malformed::of(member.value))));
                }
                ActionElement { negated, entries }
            }
            pair => {
                if let Pair::None = pair {
                    self.missing(elements.value(), "the statement has neither `Action` nor `NotAction`");
                    elements.mark(ProblemCode::MissingElement);
                }
                let entry = ActionEntry::Malformed(Box::new(Malformed::element_of(elements.value())));
                ActionElement { negated: false, entries: vec![entry] }
            }
        }
    }

    fn action<'a>(&mut self, value: Value<'_, 'a>) -> ActionEntry<'a> {
        let Some(text) = value.text() else {
            self.wrong_type(value, "an action", "a string");
            return ActionEntry::Malformed(Box::new(Malformed::of(value)));
        };
        let (reading, fault) = action::read(&text, self.version);
        if let Some(fault) = fault {
            self.report(value, fault);
        }
        let span = value.span();
        match reading {
            ActionReading::Pattern => ActionEntry::Pattern(Spanned::new(text, span)),
            ActionReading::Malformed(glob) => {
                ActionEntry::Malformed(Box::new(Malformed { text, span, glob: glob.map(Cow::Owned) }))
            }
        }
    }

    pub(super) fn resources<'a>(&mut self, elements: &mut Elements<'_, 'a>) -> Option<ResourceElement<'a>> {
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
                    entries.push(ResourceEntry::Malformed(Box::new(Malformed::of(member.value))));
                }
                Some(ResourceElement { negated, entries })
            }
            Pair::None if self.kind == PolicyKind::Resource => None,
            pair => {
                if let Pair::None = pair {
                    self.missing(elements.value(), "the statement has neither `Resource` nor `NotResource`");
                    elements.mark(ProblemCode::MissingElement);
                }
                let entry = ResourceEntry::Malformed(Box::new(Malformed::element_of(elements.value())));
                Some(ResourceElement { negated: false, entries: vec![entry] })
            }
        }
    }

    fn resource<'a>(&mut self, value: Value<'_, 'a>) -> ResourceEntry<'a> {
        let Some(text) = value.text() else {
            self.wrong_type(value, "a resource", "a string");
            return ResourceEntry::Malformed(Box::new(Malformed::of(value)));
        };
        let span = value.span();
        let (reading, fault) = resource::read(&text, self.kind, self.version);
        if let Some(fault) = fault {
            self.report(value, fault);
        }
        match reading {
            ResourceReading::Pattern => ResourceEntry::Pattern(Spanned::new(text, span)),
            ResourceReading::Padded(pattern) => ResourceEntry::Pattern(Spanned::new(pattern.into(), span)),
            ResourceReading::WildcardService => ResourceEntry::WildcardService(Spanned::new(text, span)),
            ResourceReading::ExecuteApi => ResourceEntry::ExecuteApi(Spanned::new(text, span)),
            ResourceReading::Malformed(glob) => {
                ResourceEntry::Malformed(Box::new(Malformed { text, span, glob: glob.map(Cow::Owned) }))
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
