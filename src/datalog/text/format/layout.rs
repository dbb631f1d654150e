//! Clauses -> lines.

use super::WIDTH;
use super::tree::{Block, Clause, Comment, Group, Item, Part};
use crate::datalog::text::lexer::Sign;

const INDENT: usize = 4;

/// Writes a file.
pub(super) fn write(block: &Block) -> String {
    let mut layout = Layout { out: String::new(), first: true };
    layout.block(block, 0);
    layout.out
}

struct Layout {
    out: String,
    /// Whether nothing stands in the block yet, so that no blank line does.
    first: bool,
}

impl Layout {
    fn block(&mut self, block: &Block, indent: usize) {
        self.first = true;
        for clause in &block.clauses {
            self.comments(&clause.before, indent);
            self.blank(clause.blank_before);
            self.first = false;
            self.clause(clause, indent);
        }
        self.comments(&block.rest, indent);
    }

    fn blank(&mut self, blank: bool) {
        if blank && !self.first {
            self.out.push('\n');
        }
    }

    fn comments(&mut self, comments: &[Comment], indent: usize) {
        for comment in comments {
            self.blank(comment.blank_before);
            self.first = false;
            self.line(indent, comment.text);
        }
    }

    /// Comments within a clause, where no blank lines stand.
    fn inner_comments(&mut self, comments: &[Comment], indent: usize) {
        comments.iter().for_each(|comment| self.line(indent, comment.text));
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.start(indent);
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn start(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    /// Ends a line.
    fn end(&mut self, suffix: &str, after: Option<&str>) {
        self.out.push_str(suffix);
        if let Some(after) = after {
            self.out.push(' ');
            self.out.push_str(after);
        }
        self.out.push('\n');
    }

    fn clause(&mut self, clause: &Clause, indent: usize) {
        for line in &clause.docs {
            self.line(indent, format!("/// {line}").trim_end());
        }
        let lead = match clause.sign {
            Some(sign) => format!("{} ", sign.text()),
            None => String::new(),
        };
        match clause.sign {
            Some(Sign::Finding) => self.finding(clause, &lead, indent),
            Some(Sign::Ask | Sign::Expect) => self.question(clause, &lead, indent),
            Some(Sign::Test) => self.test(clause, &lead, indent),
            _ => self.rule(clause, &lead, indent),
        }
    }

    /// A rule, fact, declaration or import.
    fn rule(&mut self, clause: &Clause, lead: &str, indent: usize) {
        let Some(head) = clause.head.first() else { return };
        self.inner_comments(&head.before, indent);
        let dot = if clause.dot { "." } else { "" };
        if clause.body.is_empty() {
            return self.item(lead, head, dot, clause.after, indent);
        }
        let whole = format!("{lead}{} :- {}{dot}", flat(&head.parts), flat_items(&clause.body));
        if self.fits(&whole, indent) && !head.is_broken() && may_be_flat(&clause.body, false) {
            return self.flat(&whole, clause, indent);
        }
        self.item(lead, head, " :-", None, indent);
        self.body(&clause.body, indent + INDENT, clause.after, indent + INDENT);
    }

    fn fits(&self, text: &str, indent: usize) -> bool {
        indent + text.chars().count() <= WIDTH
    }

    /// A clause on one line; its last literal may have a comment behind it.
    fn flat(&mut self, whole: &str, clause: &Clause, indent: usize) {
        self.start(indent);
        self.out.push_str(whole);
        self.end("", clause.body.last().and_then(|last| last.after).or(clause.after));
    }

    fn question(&mut self, clause: &Clause, lead: &str, indent: usize) {
        if let Some(first) = clause.body.first() {
            self.inner_comments(&first.before, indent);
        }
        let whole = format!("{lead}{}.", flat_items(&clause.body));
        if self.fits(&whole, indent) && may_be_flat(&clause.body, true) {
            return self.flat(&whole, clause, indent);
        }
        self.start(indent);
        self.out.push_str(lead);
        self.body(&clause.body, indent + lead.len(), clause.after, 0);
    }

    fn finding(&mut self, clause: &Clause, lead: &str, indent: usize) {
        for (index, head) in clause.head.iter().enumerate() {
            let (lead, indent) = if index == 0 { (lead, indent) } else { ("", indent + INDENT) };
            self.inner_comments(&head.before, indent);
            self.item(lead, head, "", None, indent);
        }
        let indent = indent + INDENT;
        if let Some(first) = clause.body.first() {
            self.inner_comments(&first.before, indent);
        }
        let whole = format!(":- {}.", flat_items(&clause.body));
        if self.fits(&whole, indent) && may_be_flat(&clause.body, true) {
            return self.flat(&whole, clause, indent);
        }
        self.start(indent);
        self.out.push_str(":- ");
        self.body(&clause.body, indent + 3, clause.after, 0);
    }

    fn test(&mut self, clause: &Clause, lead: &str, indent: usize) {
        let Some(head) = clause.head.first() else { return };
        self.inner_comments(&head.before, indent);
        self.item(lead, head, " {", None, indent);
        if let Some(block) = &clause.block {
            self.block(block, indent + INDENT);
        }
        self.start(indent);
        self.end("}", clause.after);
        self.first = false;
    }

    /// Literals, a line each. The first one begins at column `first`: where its line was begun already that is 0, and the comments
    /// before it are written.
    fn body(&mut self, body: &[Item], indent: usize, after: Option<&str>, first: usize) {
        let count = body.len();
        for (index, item) in body.iter().enumerate() {
            let begun = index == 0 && first == 0;
            if !begun {
                self.inner_comments(&item.before, indent);
                self.start(indent);
            }
            let last = index + 1 == count;
            self.parts(&item.parts, if last { "." } else { "," }, indent);
            let after = item.after.or(if last { after } else { None });
            self.end(if last { "." } else { "," }, after);
        }
    }

    /// An item on lines of its own, behind `lead`.
    fn item(&mut self, lead: &str, item: &Item, suffix: &str, after: Option<&str>, indent: usize) {
        self.start(indent);
        self.out.push_str(lead);
        self.parts(&item.parts, suffix, indent);
        self.end(suffix, item.after.or(after));
    }

    /// Parts in a line that is begun, on further lines if they don't fit.
    fn parts(&mut self, parts: &[Part], suffix: &str, indent: usize) {
        let whole = flat(parts);
        let begun = self.out.rsplit('\n').next().map_or(0, |line| line.chars().count());
        let forced = |part: &Part| matches!(part, Part::Group(group) if group.is_broken());
        let any = parts.iter().any(forced);
        if !any && begun + whole.chars().count() + suffix.len() <= WIDTH {
            self.out.push_str(&whole);
            return;
        }
        let full = |part: &Part| matches!(part, Part::Group(group) if !group.items.is_empty());
        let last = if any { None } else { parts.iter().rposition(full) };
        for (index, part) in parts.iter().enumerate() {
            if is_apart(parts, index) {
                self.out.push(' ');
            }
            match part {
                Part::Group(group) if forced(part) || last == Some(index) => {
                    self.group(group, takes_comma(parts, index, group), indent);
                }
                part => self.out.push_str(&flat(std::slice::from_ref(part))),
            }
        }
    }

    /// A group over several lines, with a comma behind its last item or without.
    fn group(&mut self, group: &Group, takes_comma: bool, indent: usize) {
        self.out.push_str(group.open.text());
        // A list that stands alone in brackets opens on their line.
        if let ([Item { before, parts, after: None }], false, true) =
            (group.items.as_slice(), group.comma, group.rest.is_empty())
            && let ([Part::Group(inner)], true) = (parts.as_slice(), before.is_empty())
            && group.head.is_empty()
        {
            self.group(inner, inner.open == Sign::OpenList, indent);
            self.out.push_str(group.close().text());
            return;
        }
        let aggregate = group.open == Sign::OpenBrace;
        if aggregate {
            self.out.push(' ');
            self.out.push_str(&flat_items(&group.head));
            self.out.push_str(" :");
        }
        self.out.push('\n');
        for item in &group.head {
            self.inner_comments(&item.before, indent + INDENT);
            item.after.iter().for_each(|after| self.line(indent + INDENT, after));
        }
        for (index, item) in group.items.iter().enumerate() {
            self.inner_comments(&item.before, indent + INDENT);
            let comma = if !takes_comma && index + 1 == group.items.len() { "" } else { "," };
            self.start(indent + INDENT);
            self.parts(&item.parts, comma, indent + INDENT);
            self.end(comma, item.after);
        }
        self.inner_comments(&group.rest, indent + INDENT);
        self.start(indent);
        self.out.push_str(group.close().text());
    }
}

/// Whether literals can stand on the line of their head. A comment behind the last one ends the line; those before the first one
/// may be written above.
fn may_be_flat(body: &[Item], above: bool) -> bool {
    let count = body.len();
    body.iter().enumerate().all(|(index, item)| {
        !item.has_broken_part()
            && (item.before.is_empty() || (above && index == 0))
            && (item.after.is_none() || index + 1 == count)
    })
}

fn flat_items(items: &[Item]) -> String {
    items.iter().map(|item| flat(&item.parts)).collect::<Vec<_>>().join(", ")
}

/// Parts on one line.
fn flat(parts: &[Part]) -> String {
    let mut text = String::new();
    for (index, part) in parts.iter().enumerate() {
        if is_apart(parts, index) {
            text.push(' ');
        }
        match part {
            Part::Word(word) => text.push_str(word),
            Part::Sign(sign) => text.push_str(sign.text()),
            Part::Group(group) => {
                let items = flat_items(&group.items);
                match group.open {
                    Sign::OpenBrace => text.push_str(&format!("{{ {} : {items} }}", flat_items(&group.head))),
                    open => text.push_str(&format!("{}{items}{}", open.text(), group.close().text())),
                }
            }
        }
    }
    text
}

/// Whether a comma may stand behind the last item of a group: not in an aggregate, nor in brackets that only hold together.
fn takes_comma(parts: &[Part], index: usize, group: &Group) -> bool {
    let before = index.checked_sub(1).and_then(|before| Some((before, parts.get(before)?)));
    match (group.open, before) {
        (Sign::OpenList, _) => true,
        (Sign::Open, Some((_, Part::Sign(Sign::At)))) => true,
        (Sign::Open, Some((at, part))) => is_name(parts, at, part),
        _ => false,
    }
}

/// Whether a blank stands before a part.
fn is_apart(parts: &[Part], index: usize) -> bool {
    let Some(before) = index.checked_sub(1).and_then(|before| parts.get(before)) else { return false };
    match (before, parts.get(index)) {
        (_, Some(Part::Sign(Sign::Colon))) => false,
        (before, Some(Part::Group(group))) if group.open == Sign::Open => !is_name(parts, index - 1, before),
        _ => true,
    }
}

/// Whether a part is the name of what is applied to the arguments behind it.
fn is_name(parts: &[Part], index: usize, part: &Part) -> bool {
    match part {
        Part::Word(word) => word.starts_with(|first: char| first.is_ascii_lowercase()),
        // Behind an operand these are operators.
        Part::Sign(Sign::In | Sign::Like) => {
            let before = index.checked_sub(1).and_then(|before| parts.get(before));
            !matches!(before, Some(Part::Word(_) | Part::Group(_)))
        }
        _ => false,
    }
}
