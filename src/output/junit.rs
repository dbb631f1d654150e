//! Findings as JUnit XML, the format in which pipelines show tests.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::check::{CheckAnswer, FindingRule, PackFinding};
use super::json::StatementReference;
use super::words::{SeverityWord, StatusWord};

/// Writes findings as JUnit XML: a suite for each pack, a case for each finding and for each rule that found nothing. Findings that
/// count fail, those that are known, suppressed or less bad than `least` are skipped.
///
/// # Errors
/// `out` can't be written.
pub fn write_junit(answer: &CheckAnswer, least: SeverityWord, out: &mut dyn Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(io::BufWriter::with_capacity(1 << 16, out), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let suites: Vec<Suite<'_>> =
        answer.rules.chunk_by(|a, b| a.pack == b.pack).map(|rules| suite(rules, answer)).collect();
    let all: Vec<&PackFinding> = suites.iter().flat_map(|suite| suite.findings()).collect();
    let [tests, failures, skipped] = counts(&all, suites.iter().map(Suite::clean).sum(), least);
    xml.create_element("testsuites")
        .with_attributes([
            ("name", "entail check"),
            ("tests", &*tests),
            ("failures", &*failures),
            ("skipped", &*skipped),
            ("errors", "0"),
        ])
        .write_inner_content(|xml| suites.iter().try_for_each(|suite| suite.write(least, xml)))?;
    let mut out = xml.into_inner();
    out.write_all(b"\n")?;
    out.flush()
}

/// The rules of a pack, each with what it found.
struct Suite<'a> {
    pack: &'a str,
    rules: Vec<(&'a FindingRule, Vec<&'a PackFinding>)>,
}

fn suite<'a>(rules: &'a [FindingRule], answer: &'a CheckAnswer) -> Suite<'a> {
    let of = |rule: &'a FindingRule| {
        let is_of = |finding: &&PackFinding| finding.rule == rule.name && finding.pack == rule.pack;
        (rule, answer.findings.iter().filter(is_of).collect())
    };
    Suite {
        pack: rules.first().map(|rule| &*rule.pack).unwrap_or_default(),
        rules: rules.iter().map(of).collect(),
    }
}

/// How many cases there are, how many of them fail, how many are skipped.
fn counts(findings: &[&PackFinding], clean: usize, least: SeverityWord) -> [String; 3] {
    let failures = findings.iter().filter(|finding| finding.counts(least)).count();
    [findings.len() + clean, failures, findings.len() - failures].map(|number| number.to_string())
}

impl<'a> Suite<'a> {
    fn findings(&self) -> impl Iterator<Item = &'a PackFinding> {
        self.rules.iter().flat_map(|(_, findings)| findings.iter().copied())
    }

    /// How many rules found nothing.
    fn clean(&self) -> usize {
        self.rules.iter().filter(|(_, findings)| findings.is_empty()).count()
    }

    fn write<W: Write>(&self, least: SeverityWord, xml: &mut Writer<W>) -> io::Result<()> {
        let findings: Vec<&PackFinding> = self.findings().collect();
        let [tests, failures, skipped] = counts(&findings, self.clean(), least);
        xml.create_element("testsuite")
            .with_attributes([
                ("name", self.pack),
                ("tests", &*tests),
                ("failures", &*failures),
                ("skipped", &*skipped),
                ("errors", "0"),
            ])
            .write_inner_content(|xml| {
                for (rule, findings) in &self.rules {
                    match findings.as_slice() {
                        [] => drop(
                            xml.create_element("testcase")
                                .with_attributes([("classname", self.pack), ("name", &*rule.name)])
                                .write_empty()?,
                        ),
                        findings => findings.iter().try_for_each(|finding| case(finding, least, xml))?,
                    }
                }
                Ok(())
            })?;
        Ok(())
    }
}

fn case<W: Write>(finding: &PackFinding, least: SeverityWord, xml: &mut Writer<W>) -> io::Result<()> {
    let class = format!("{}.{}", finding.pack, finding.rule);
    let first = finding.statements.iter().find(|statement| !statement.file.is_empty());
    let line = first.map(|statement| statement.line.to_string()).unwrap_or_default();
    let place = first.map(|statement| [("file", &*statement.file), ("line", &*line)]);
    xml.create_element("testcase")
        .with_attributes([("classname", &*class), ("name", &*finding.message)])
        .with_attributes(place.into_iter().flatten())
        .write_inner_content(|xml| {
            let (element, message) = match finding.status {
                StatusWord::Suppressed => {
                    let reason = finding.suppression.as_ref().map(|suppression| &*suppression.reason);
                    ("skipped", format!("suppressed: {}", reason.unwrap_or_default()))
                }
                StatusWord::Known => ("skipped", "known before".to_owned()),
                StatusWord::New if finding.severity >= least => ("failure", finding.message.clone()),
                StatusWord::New => ("skipped", format!("of severity {} only", finding.severity)),
            };
            let mut written = xml.create_element(element).with_attribute(("message", &*message));
            if element == "failure" {
                written = written.with_attribute(("type", finding.severity.as_str()));
            }
            written.write_text_content(BytesText::new(&detail(finding))).map(drop)
        })
        .map(drop)
}

/// What there is to say beside the message.
fn detail(finding: &PackFinding) -> String {
    let PackFinding { explanation, help, statements, .. } = finding;
    let help = (!help.is_empty()).then(|| format!("help: {help}"));
    let explanation = (!explanation.is_empty()).then(|| explanation.clone());
    let places = statements.iter().map(StatementReference::short);
    explanation.into_iter().chain(help).chain(places).collect::<Vec<_>>().join("\n")
}
