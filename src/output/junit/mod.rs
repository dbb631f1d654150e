//! JUnit XML, the format in which pipelines show tests.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

mod check;
mod tests;

pub use check::write_junit;
pub use tests::write_tests_junit;

/// Cases that are shown together.
struct Suite<'a> {
    name: &'a str,
    /// What all cases rest on, by name.
    properties: &'a [(String, String)],
    cases: Vec<Case<'a>>,
}

/// One case.
struct Case<'a> {
    class: String,
    name: &'a str,
    /// The file that it is about, and the line.
    place: Option<(&'a str, String)>,
    outcome: Outcome<'a>,
}

/// How a case came out.
enum Outcome<'a> {
    Passed,
    Skipped { message: String, text: String },
    Failed { message: String, kind: &'a str, text: String },
}

/// Writes suites below a root of this name.
fn write(name: &str, suites: &[Suite<'_>], out: &mut dyn Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(io::BufWriter::with_capacity(1 << 16, out), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let counted = counts(suites.iter().flat_map(|suite| &suite.cases));
    xml.create_element("testsuites")
        .with_attribute(("name", name))
        .with_attributes(counted.iter().map(|(name, count)| (*name, &**count)))
        .write_inner_content(|xml| suites.iter().try_for_each(|suite| suite.write(xml)))?;
    let mut out = xml.into_inner();
    out.write_all(b"\n")?;
    out.flush()
}

/// How many cases there are, how many of them fail, how many are skipped, and how many could not run.
fn counts<'a>(cases: impl Iterator<Item = &'a Case<'a>>) -> [(&'static str, String); 4] {
    let (mut all, mut failures, mut skipped) = (0, 0, 0);
    for case in cases {
        all += 1;
        match case.outcome {
            Outcome::Passed => {}
            Outcome::Skipped { .. } => skipped += 1,
            Outcome::Failed { .. } => failures += 1,
        }
    }
    [("tests", all), ("failures", failures), ("skipped", skipped), ("errors", 0)]
        .map(|(name, count)| (name, count.to_string()))
}

impl Suite<'_> {
    fn write<W: Write>(&self, xml: &mut Writer<W>) -> io::Result<()> {
        let counted = counts(self.cases.iter());
        xml.create_element("testsuite")
            .with_attribute(("name", &*sayable(self.name)))
            .with_attributes(counted.iter().map(|(name, count)| (*name, &**count)))
            .write_inner_content(|xml| {
                self.write_properties(xml)?;
                self.cases.iter().try_for_each(|case| case.write(xml))
            })
            .map(drop)
    }

    fn write_properties<W: Write>(&self, xml: &mut Writer<W>) -> io::Result<()> {
        if self.properties.is_empty() {
            return Ok(());
        }
        let write = |xml: &mut Writer<W>| {
            self.properties.iter().try_for_each(|(name, value)| {
                let property = xml.create_element("property");
                let attributes = [("name", &*sayable(name)), ("value", &*sayable(value))];
                property.with_attributes(attributes).write_empty().map(drop)
            })
        };
        xml.create_element("properties").write_inner_content(write).map(drop)
    }
}

impl Case<'_> {
    fn write<W: Write>(&self, xml: &mut Writer<W>) -> io::Result<()> {
        let place = self.place.as_ref().map(|(file, line)| [("file", *file), ("line", &**line)]);
        let case = xml
            .create_element("testcase")
            .with_attributes([("classname", &*sayable(&self.class)), ("name", &*sayable(self.name))])
            .with_attributes(place.into_iter().flatten());
        let (element, message, kind, text) = match &self.outcome {
            Outcome::Passed => return case.write_empty().map(drop),
            Outcome::Skipped { message, text } => ("skipped", message, None, text),
            Outcome::Failed { message, kind, text } => ("failure", message, Some(*kind), text),
        };
        let write = |xml: &mut Writer<W>| {
            xml.create_element(element)
                .with_attribute(("message", &*sayable(message)))
                .with_attributes(kind.map(|kind| ("type", kind)))
                .write_text_content(BytesText::new(&sayable(text)))
                .map(drop)
        };
        case.write_inner_content(write).map(drop)
    }
}

/// A text without the characters that XML has no way to write.
fn sayable(text: &str) -> String {
    let unsayable = |letter: &char| {
        letter.is_control() && !"\t\n\r".contains(*letter) || matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    text.chars().map(|letter| if unsayable(&letter) { '\u{fffd}' } else { letter }).collect()
}
