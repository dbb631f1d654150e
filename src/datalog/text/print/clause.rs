//! Whole clauses, a line each.

use std::io::{self, Write};

use super::expression::{write_arguments, write_atom, write_body};
use super::{write_fact, write_text};
use crate::datalog::text::ast::{Clause, Fact, File, Finding, Test};

impl File {
    /// Writes the clauses in their order, without the comments of the text that they came from.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.clauses.iter().try_for_each(|clause| clause.write(out))
    }
}

impl Clause {
    /// Writes the clause.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Import(import) => {
                out.write_all(b".import ")?;
                write_text(&import.path.value, out)?;
                out.write_all(b"\n")
            }
            Self::Declaration(declaration) => declaration.write(out),
            Self::Fact(fact) => fact.write(out),
            Self::Rule(rule) => {
                write_atom(&rule.head, out)?;
                out.write_all(b" :- ")?;
                write_body(&rule.body, out)?;
                out.write_all(b".\n")
            }
            Self::Finding(finding) => finding.write(out),
            Self::Query(query) => {
                out.write_all(b"?- ")?;
                write_body(&query.body, out)?;
                out.write_all(b".\n")
            }
            Self::Test(test) => test.write(out),
        }
    }
}

impl Fact {
    /// Writes the fact.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        write_fact(&self.relation.value, self.arguments.iter().map(|argument| &argument.value), out)
    }
}

impl Finding {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for line in &self.docs {
            writeln!(out, "/// {line}")?;
        }
        write!(out, ".finding {}", self.name.value)?;
        write_arguments(&self.keys, out)?;
        write!(out, " {} ", self.severity.value)?;
        write_text(&self.message.value, out)?;
        if let Some(help) = &self.help {
            out.write_all(b" help ")?;
            write_text(&help.value, out)?;
        }
        if let Some(place) = &self.place {
            out.write_all(b" at ")?;
            write_arguments([&place.policy, &place.index], out)?;
        }
        out.write_all(b" :- ")?;
        write_body(&self.body, out)?;
        out.write_all(b".\n")
    }
}

impl Test {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b".test ")?;
        write_text(&self.name.value, out)?;
        if let Some(estate) = &self.estate {
            out.write_all(b" estate ")?;
            write_text(&estate.value, out)?;
        }
        out.write_all(b" {\n")?;
        for fact in &self.facts {
            out.write_all(b"    ")?;
            fact.write(out)?;
        }
        for expectation in &self.expectations {
            out.write_all(b"    expect ")?;
            write_body(&expectation.body, out)?;
            out.write_all(b".\n")?;
        }
        out.write_all(b"}\n")
    }
}
