//! Reads one statement (S-GRAM-07, S-GRAM-08, S-GRAM-20).

use super::condition::condition_of_unknown_outcome;
use super::{Reader, unknown_element};
use std::borrow::Cow;

use crate::document::json::{Member, Value};
use crate::document::model::{
    ActionElement, ActionEntry, Effect, Malformed, PolicyKind, PrincipalElement, ResourceElement,
    ResourceEntry, Statement,
};
use crate::document::nearest::nearest;
use crate::document::problem::{Fault, Problem, ProblemCode, Quoted};
use crate::document::span::Spanned;

/// The elements of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Sid,
    Effect,
    Principal,
    NotPrincipal,
    Action,
    NotAction,
    Resource,
    NotResource,
    Condition,
}

impl Element {
    const ALL: [Self; 9] = [
        Self::Sid,
        Self::Effect,
        Self::Principal,
        Self::NotPrincipal,
        Self::Action,
        Self::NotAction,
        Self::Resource,
        Self::NotResource,
        Self::Condition,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Sid => "Sid",
            Self::Effect => "Effect",
            Self::Principal => "Principal",
            Self::NotPrincipal => "NotPrincipal",
            Self::Action => "Action",
            Self::NotAction => "NotAction",
            Self::Resource => "Resource",
            Self::NotResource => "NotResource",
            Self::Condition => "Condition",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "Sid" => Self::Sid,
            "Effect" => Self::Effect,
            "Principal" => Self::Principal,
            "NotPrincipal" => Self::NotPrincipal,
            "Action" => Self::Action,
            "NotAction" => Self::NotAction,
            "Resource" => Self::Resource,
            "NotResource" => Self::NotResource,
            "Condition" => Self::Condition,
            _ => return None,
        })
    }
}

/// What a statement holds under the name of an element.
#[derive(Clone, Copy)]
enum Slot<'t, 'a> {
    Empty,
    Once(Member<'t, 'a>),
    /// Which of the values counts is not known; this is the first.
    Doubled(Member<'t, 'a>),
}

/// The elements of one statement by name, and why it is malformed as a whole, if it is.
pub(super) struct Elements<'t, 'a> {
    statement: Value<'t, 'a>,
    slots: [Slot<'t, 'a>; Element::ALL.len()],
    malformed: Option<ProblemCode>,
}

/// What a statement holds of an element and its `Not…` form.
pub(super) enum Pair<'t, 'a> {
    None,
    One {
        negated: bool,
        member: Member<'t, 'a>,
    },
    /// Doubled, or both forms.
    Unreadable,
}

impl<'t, 'a> Elements<'t, 'a> {
    pub(super) fn value(&self) -> Value<'t, 'a> {
        self.statement
    }

    pub(super) fn mark(&mut self, code: ProblemCode) {
        self.malformed.get_or_insert(code);
    }

    fn slot(&self, element: Element) -> Slot<'t, 'a> {
        self.slots.get(element as usize).copied().unwrap_or(Slot::Empty)
    }
}

impl Reader {
    pub(super) fn statement<'a>(
        &mut self,
        value: Value<'_, 'a>,
        index: u32,
        in_list: Option<u32>,
    ) -> Statement<'a> {
        let Some(members) = value.members() else {
            self.wrong_type(value, "a statement", "an object");
            return self.no_statement(value, index, in_list);
        };
        let empty = [Slot::Empty; Element::ALL.len()];
        let mut elements = Elements { statement: value, slots: empty, malformed: None };
        for member in members {
            self.place_element(&mut elements, member);
        }
        let sid = self.sid(&elements);
        let effect = self.effect(&mut elements);
        let principal = self.principal(&mut elements, effect);
        let actions = self.actions(&mut elements);
        let resources = self.resources(&mut elements);
        let conditions = match elements.slot(Element::Condition) {
            Slot::Empty => Vec::new(),
            Slot::Once(member) => self.conditions(&mut elements, member.value),
            Slot::Doubled(member) => vec![condition_of_unknown_outcome(member.value)],
        };
        let malformed = elements.malformed;
        let statement = Statement {
            index,
            in_list,
            span: value.span(),
            sid,
            effect,
            principal,
            actions,
            resources,
            conditions,
            malformed,
        };
        if self.kind == PolicyKind::Rcp
            && effect == Effect::Allow
            && !is_full_access(&statement)
            && let Slot::Once(member) = elements.slot(Element::Effect)
        {
            let fault = Fault::warning(ProblemCode::OddEffect, "a resource control policy only denies");
            self.report(member.value, fault);
        }
        statement
    }

    /// A value that is no statement, but stands in a statement's place: it may be a Deny of anything.
    fn no_statement<'a>(&self, value: Value<'_, 'a>, index: u32, in_list: Option<u32>) -> Statement<'a> {
        let entry = Box::new(Malformed::of(value));
        Statement {
            index,
            in_list,
            span: value.span(),
            sid: None,
            effect: Effect::Unreadable,
            principal: if self.kind.has_principal() {
                PrincipalElement::Unreadable
            } else {
                PrincipalElement::Implicit
            },
            actions: ActionElement { negated: false, entries: vec![ActionEntry::Malformed(entry.clone())] },
            resources: (self.kind != PolicyKind::Trust)
                .then(|| ResourceElement { negated: false, entries: vec![ResourceEntry::Malformed(entry)] }),
            conditions: Vec::new(),
            malformed: Some(ProblemCode::WrongType),
        }
    }

    fn place_element<'t, 'a>(&mut self, elements: &mut Elements<'t, 'a>, member: Member<'t, 'a>) {
        let name = member.key.text().unwrap_or_default();
        let Some(element) = Element::named(&name) else {
            let meant = nearest(&name, Element::ALL.map(Element::name));
            self.report(member.key, unknown_element(&name, meant, "a statement"));
            elements.mark(ProblemCode::UnknownElement);
            return;
        };
        let Some(slot) = elements.slots.get_mut(element as usize) else { return };
        match *slot {
            Slot::Empty => *slot = Slot::Once(member),
            Slot::Once(first) | Slot::Doubled(first) => {
                *slot = Slot::Doubled(first);
                self.repeated(member.key, first.key);
                elements.mark(ProblemCode::DuplicateKey);
            }
        }
    }

    /// Finds an element and its `Not…` form, of which a statement holds one at most.
    pub(super) fn pair<'t, 'a>(
        &mut self,
        elements: &mut Elements<'t, 'a>,
        plain: Element,
        negated: Element,
    ) -> Pair<'t, 'a> {
        match (elements.slot(plain), elements.slot(negated)) {
            (Slot::Empty, Slot::Empty) => Pair::None,
            (Slot::Once(member), Slot::Empty) => Pair::One { negated: false, member },
            (Slot::Empty, Slot::Once(member)) => Pair::One { negated: true, member },
            (Slot::Doubled(_), Slot::Empty) | (Slot::Empty, Slot::Doubled(_)) => Pair::Unreadable,
            (Slot::Once(left) | Slot::Doubled(left), Slot::Once(right) | Slot::Doubled(right)) => {
                let in_order = left.key.span() < right.key.span();
                let (first, second) = if in_order { (left, right) } else { (right, left) };
                let message = format!("a statement has `{}` or `{}`, not both", plain.name(), negated.name());
                let problem = Problem::error(ProblemCode::ConflictingElements, message, second.key.place())
                    .with_also(first.key.place());
                self.problems.push(problem);
                elements.mark(ProblemCode::ConflictingElements);
                Pair::Unreadable
            }
        }
    }

    /// Notes every form of an element that policies of this kind do not have.
    pub(super) fn forbid(&mut self, elements: &mut Elements, forbidden: &[Element], why: &str) -> bool {
        let mut found = false;
        for &element in forbidden {
            if let Slot::Once(member) | Slot::Doubled(member) = elements.slot(element) {
                let message = format!("`{}` cannot stand in {why}", element.name());
                self.report(member.key, Fault::error(ProblemCode::ForbiddenElement, message));
                elements.mark(ProblemCode::ForbiddenElement);
                found = true;
            }
        }
        found
    }

    /// A `Sid` never affects evaluation; IAM keeps to letters and digits (S-GRAM-11).
    fn sid<'a>(&mut self, elements: &Elements<'_, 'a>) -> Option<Spanned<Cow<'a, str>>> {
        let (Slot::Once(member) | Slot::Doubled(member)) = elements.slot(Element::Sid) else { return None };
        let Some(text) = member.value.text() else {
            let message = format!("`Sid` is a string, found {}", member.value.type_name());
            self.report(member.value, Fault::warning(ProblemCode::OddSid, message));
            return None;
        };
        if self.is_iam() && !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let message =
                format!("the `Sid` {} holds other characters than letters and digits", Quoted(&text));
            self.report(member.value, Fault::warning(ProblemCode::OddSid, message));
        }
        Some(Spanned::new(text, member.value.span()))
    }

    fn effect(&mut self, elements: &mut Elements) -> Effect {
        match elements.slot(Element::Effect) {
            Slot::Empty => {
                self.missing(elements.statement, "the statement has no `Effect`");
                elements.mark(ProblemCode::MissingElement);
                Effect::Unreadable
            }
            Slot::Doubled(_) => Effect::Unreadable,
            Slot::Once(member) => match member.value.text().as_deref() {
                Some("Allow") => Effect::Allow,
                Some("Deny") => Effect::Deny,
                Some(text) => {
                    let message = format!("{} is not an effect", Quoted(text));
                    let fault = Fault::error(ProblemCode::UnknownEffect, message);
                    let fault = match nearest(text, ["Allow", "Deny"]) {
                        Some(meant) => fault.with_help(format!("did you mean `{meant}`?")),
                        None => fault.with_help("the effects are `Allow` and `Deny`"),
                    };
                    self.report(member.value, fault);
                    elements.mark(ProblemCode::UnknownEffect);
                    Effect::Unreadable
                }
                None => {
                    self.wrong_type(member.value, "`Effect`", "a string");
                    elements.mark(ProblemCode::WrongType);
                    Effect::Unreadable
                }
            },
        }
    }
}

/// The one Allow that belongs in an RCP: that of `RCPFullAWSAccess` (S-RCP-04).
fn is_full_access(statement: &Statement) -> bool {
    let every_action = matches!(&statement.actions, ActionElement { negated: false, entries }
        if matches!(&entries[..], [ActionEntry::Pattern(pattern)] if &*pattern.value == "*"));
    let every_resource = matches!(&statement.resources, Some(ResourceElement { negated: false, entries })
        if matches!(&entries[..], [ResourceEntry::Pattern(pattern)] if &*pattern.value == "*"));
    every_action
        && every_resource
        && statement.principal == PrincipalElement::Everyone
        && statement.conditions.is_empty()
}
