//! A policy document as facts and rules, for people who learn to read either.
//!
//! The rules say what each statement means in words of Datalog: upper-case names are variables, `,` is *and*, `!` is *not*,
//! and `:-` is *if*. They are an explanation and no input: nothing reads rules, and malformed parts are shown as written.

use std::io::{self, Write};

use super::relations::{action, effect, resource, test_values};
use super::text::{Value, print};
use crate::document::{Condition, Document, Effect, PrincipalElement, Source, Statement, Test, Version};

const HEAD: &str = "\
// An explanation for readers, not input: `entail` decides by the document, and reads no rules.
// P is the principal that calls, A the action, R the resource. A test of the condition is a relation between a context key
// and values; `holds(P)` says that the policy is one of the principal's.
";

const FOOT: &str = "
// A request is allowed if some statement allows it and no statement denies it.
allowed(P, A, R) :- allow(P, A, R), !deny(P, A, R).
";

/// Writes the document of a file.
///
/// # Errors
/// `out` cannot be written.
pub fn explain(
    document: &Document,
    source: &Source,
    place: impl Fn(&Statement) -> (u32, u32),
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(HEAD.as_bytes())?;
    let version = match document.version {
        Version::V2008 => "2008-10-17",
        Version::V2012 => "2012-10-17",
        Version::Unreadable => "unreadable",
    };
    writeln!(out, "// The policy {}, version {version}.", one_line(source.name()))?;
    for statement in &document.statements {
        let sid =
            statement.sid.as_ref().map(|sid| format!(" `{}`", one_line(&sid.value))).unwrap_or_default();
        let (line, column) = place(statement);
        writeln!(
            out,
            "\n// Statement {}{sid}, at {line}:{column}: {}.",
            statement.index,
            summary(statement)
        )?;
        facts(statement, out)?;
        rule(statement, out)?;
    }
    out.write_all(FOOT.as_bytes())
}

/// Text that can't end a comment.
fn one_line(text: &str) -> String {
    text.chars().map(|next| if next.is_control() { ' ' } else { next }).collect()
}

/// What a statement does, in words.
fn summary(statement: &Statement) -> String {
    if statement.malformed.is_some() {
        return "it is malformed; it never allows, and unless it is an Allow it may deny anything (S-TRI-08)"
            .to_owned();
    }
    let verb = match statement.effect {
        Effect::Allow => "it allows",
        Effect::Deny => "it denies",
        Effect::Unreadable => "it may deny",
    };
    let actions = if statement.actions.negated { "all actions but these" } else { "these actions" };
    let resources = match &statement.resources {
        None => "what the policy is attached to",
        Some(resources) if resources.negated => "all resources but these",
        Some(_) => "these resources",
    };
    let tests = match statement.conditions.len() {
        0 => "",
        1 => ", if the test of its condition holds",
        _ => ", if all tests of its condition hold",
    };
    format!("{verb} {actions} on {resources}{tests}")
}

/// The entries of the elements, as facts.
fn facts(statement: &Statement, out: &mut dyn Write) -> io::Result<()> {
    let index = Value::Number(statement.index.into());
    let mut fact =
        |relation: &str, text: &str| print::write_fact(relation, [&index, &Value::text(text)], &mut *out);
    if let PrincipalElement::Entries { entries, .. } = &statement.principal {
        entries.iter().try_for_each(|entry| fact("principal", &entry.text))?;
    }
    statement.actions.entries.iter().try_for_each(|entry| fact("action", action(entry)))?;
    let mut resources = statement.resources.iter().flat_map(|resources| &resources.entries);
    resources.try_for_each(|entry| fact("resource", resource(entry)))
}

/// The statement as a rule.
fn rule(statement: &Statement, out: &mut dyn Write) -> io::Result<()> {
    let index = statement.index;
    let mut body: Vec<String> = Vec::new();
    let named = match &statement.principal {
        PrincipalElement::Implicit => Some("holds(P)".to_owned()),
        PrincipalElement::Everyone => None,
        PrincipalElement::Entries { negated: false, .. } => {
            Some(format!("principal({index}, Who), is(P, Who)"))
        }
        PrincipalElement::Entries { negated: true, .. } => Some(format!("!named(P, {index})")),
        PrincipalElement::Missing | PrincipalElement::Unreadable => {
            Some("unreadable_principal(P)".to_owned())
        }
    };
    body.extend(named);
    body.push(match statement.actions.negated {
        false => format!("action({index}, Actions), matches(A, Actions)"),
        true => format!("!listed_action(A, {index})"),
    });
    match &statement.resources {
        Some(resources) if resources.negated => body.push(format!("!listed_resource(R, {index})")),
        Some(_) => body.push(format!("resource({index}, Resources), matches(R, Resources)")),
        None => body.push("attached_to(R)".to_owned()),
    }
    body.extend(statement.conditions.iter().map(test));
    if statement.malformed.is_some() {
        body.push("malformed()".to_owned());
    }
    let auxiliary = [
        (
            matches!(statement.principal, PrincipalElement::Entries { negated: true, .. }),
            "named(P",
            "principal",
            "Who), is(P, Who)",
        ),
        (statement.actions.negated, "listed_action(A", "action", "Actions), matches(A, Actions)"),
        (
            statement.resources.as_ref().is_some_and(|resources| resources.negated),
            "listed_resource(R",
            "resource",
            "Resources), matches(R, Resources)",
        ),
    ];
    for (_, head, relation, rest) in auxiliary.iter().filter(|(negated, ..)| *negated) {
        writeln!(out, "{head}, {index}) :- {relation}({index}, {rest}.")?;
    }
    let head = if effect(statement.effect) == "allow" { "allow" } else { "deny" };
    writeln!(out, "{head}(P, A, R) :-\n    {}.", body.join(",\n    "))
}

/// A test of the condition.
fn test(condition: &Condition) -> String {
    let mut text = Vec::new();
    let key = Value::text(&condition.key.value);
    let written = match &condition.test {
        Test::Readable { .. } => {
            let values = Value::texts(test_values(condition));
            print::write_value(&key, &mut text)
                .and_then(|()| text.write_all(b", "))
                .and_then(|()| print::write_value(&values, &mut text))
        }
        Test::Malformed => print::write_value(&key, &mut text),
    };
    // A vector takes all that is written.
    debug_assert!(written.is_ok());
    let arguments = String::from_utf8_lossy(&text);
    match &condition.test {
        Test::Readable { .. } => format!("{}({arguments})", snake(&condition.operator.value)),
        Test::Malformed => format!("unreadable_test({arguments})"),
    }
}

/// An operator as the name of a relation: `ForAnyValue:StringLikeIfExists` is `for_any_value_string_like_if_exists`.
fn snake(operator: &str) -> String {
    let mut name = String::new();
    for letter in operator.chars().filter(|letter| letter.is_ascii_alphanumeric()) {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}
