//! The answer to `can`, for people.

use std::io::{self, Write};

use super::super::json::{CanAnswer, ContextView, LineAnswer, RequestView, Step, ThroughView, Why};
use super::super::words::DecisionWord;
use super::chains::show_hop;
use super::{Heading, Screen, count, describe, labelled, or_dash, write_remarks};

/// Writes the answers to the lines of a file: one in full, several as a table.
///
/// # Errors
/// `out` cannot be written.
pub fn show_requests(
    answers: &[LineAnswer],
    screen: Screen,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    match answers {
        [LineAnswer::Answered(answer)] => show_can(answer, out),
        answers => show_many(answers, screen, out),
    }
}

/// Writes an answer in full.
///
/// # Errors
/// `out` cannot be written.
pub fn show_can(answer: &CanAnswer, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let RequestView { principal, action, resource, .. } = &answer.request;
    writeln!(out, "{}: {principal} {action} {resource}", phrase(answer))?;
    if !answer.is_denied() {
        labelled(out, "depends on", answer.condition.iter().map(|condition| condition.remarked()))?;
    }
    if let Some(context) = &answer.allowed_with {
        let options: Vec<String> = context.iter().map(ContextView::options).collect();
        labelled(out, "allowed by", [options.join(" ")])?;
    }
    labelled(out, "open", answer.open.iter().cloned())?;
    if !answer.blocked_by.is_empty() {
        let layers: Vec<_> = answer.blocked_by.iter().map(|layer| layer.as_str()).collect();
        labelled(out, "blocked by", [layers.join(", ")])?;
    } else {
        labelled(out, "decided by", answer.layer.iter().map(|layer| layer.as_str().to_owned()))?;
    }
    labelled(out, "refused", answer.refused.iter().cloned())?;
    let lacking = |action: &String| format!("{action}, which the call needs besides");
    labelled(out, "lacking", answer.lacking.iter().map(lacking))?;
    labelled(out, "statements", answer.statements.iter().map(describe))?;
    if let Some(through) = &answer.through {
        show_through(through, out)?;
    }
    write_remarks(out, &answer.missing, &answer.assumed)?;
    answer.why.iter().try_for_each(|why| show_why(why, out))
}

/// The hops by which the principal becomes another, and what the other may do.
fn show_through(through: &ThroughView, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let hops = count(through.hops.len(), "hop");
    writeln!(out, "\n{} as {}, {hops} away", through.decision.phrase(), through.principal)?;
    through.hops.iter().try_for_each(|hop| show_hop(hop, true, out))?;
    writeln!(out, "  {} makes the request", through.principal)?;
    if let Some(condition) = &through.condition {
        writeln!(out, "      if {}", condition.text)?;
    }
    through.statements.iter().try_for_each(|statement| writeln!(out, "      {}", describe(statement)))?;
    writeln!(out)
}

/// The decision in words. A denial is one even where only its kind depends on something (S-TRI-04).
fn phrase(answer: &CanAnswer) -> &'static str {
    match (answer.decision, answer.is_denied()) {
        (DecisionWord::Conditional | DecisionWord::Unknown, true) => "denied, explicitly or not",
        (decision, _) => decision.phrase(),
    }
}

/// The proof, conclusions above what they rest on.
fn show_why(why: &Why, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    writeln!(out, "\nwhy")?;
    for (number, Step { rule, fact, premises, statements }) in why.steps.iter().enumerate() {
        let mut reason = rule.clone().unwrap_or_else(|| "fact".to_owned());
        if !premises.is_empty() {
            let premises: Vec<_> = premises.iter().map(|&premise| (premise + 1).to_string()).collect();
            reason = format!("{reason} from {}", premises.join(", "));
        }
        writeln!(out, "  {:>2}. {fact}  [{reason}]", number + 1)?;
        for statement in statements {
            writeln!(out, "      {}", describe(statement))?;
        }
    }
    if !why.remedies.is_empty() {
        writeln!(out, "\nwhat would change it")?;
    }
    for remedy in &why.remedies {
        writeln!(out, "  {}: in {}", remedy.layer, remedy.place)?;
        if let Some(statement) = &remedy.add {
            writeln!(out, "    add     {statement}")?;
        }
        for statement in &remedy.remove {
            writeln!(out, "    remove  {}", describe(statement))?;
        }
    }
    Ok(())
}

fn show_many(answers: &[LineAnswer], screen: Screen, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    const HEADINGS: [Heading; 6] = [
        Heading::new("ID", 2),
        Heading::new("DECISION", 11),
        Heading::new("PRINCIPAL", 20),
        Heading::new("ACTION", 16),
        Heading::new("RESOURCE", 16),
        Heading::new("BECAUSE", 8),
    ];
    let rows = answers.iter().map(|line| match line {
        LineAnswer::Answered(answer) => vec![
            or_dash(answer.request.id.as_deref().unwrap_or_default()),
            phrase(answer).to_owned(),
            short(&answer.request.principal).to_owned(),
            answer.request.action.clone(),
            answer.request.resource.clone(),
            because(answer),
        ],
        LineAnswer::Refused(refused) => {
            let dash = || or_dash("");
            let because = refused.error.message.clone();
            vec![refused.id.clone(), "refused".to_owned(), dash(), dash(), dash(), because]
        }
    });
    screen.list(&HEADINGS, rows, out)?;
    let is_allowed = |line: &&LineAnswer| matches!(line, LineAnswer::Answered(answer) if answer.decision == DecisionWord::Allowed);
    let refused = answers.iter().filter(|line| matches!(line, LineAnswer::Refused(_))).count();
    write!(out, "\n{} of {} allowed", answers.iter().filter(is_allowed).count(), answers.len())?;
    match refused {
        0 => writeln!(out),
        _ => writeln!(out, ", {refused} refused"),
    }
}

/// The ARN of a principal from its account on: `111122223333:user/alice`. Other names stay whole.
fn short(principal: &str) -> &str {
    principal.splitn(5, ':').nth(4).unwrap_or(principal)
}

fn because(answer: &CanAnswer) -> String {
    if let Some(condition) = &answer.condition {
        return condition.text.clone();
    }
    let layers = answer.blocked_by.iter().chain(&answer.layer).map(|layer| layer.as_str());
    or_dash(layers.chain(answer.refused.as_deref()).next().unwrap_or_default())
}
