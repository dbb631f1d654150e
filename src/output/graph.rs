//! Who can become whom as a graph: for Graphviz, Mermaid, yEd and Gephi (GraphML), and BloodHound (OpenGraph).

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde_json::json;

use super::chains::{BecomeAnswer, HopView};
use super::printable::Printable;
use super::svg::write_svg;
use super::words::{DecisionWord, KindWord};

/// How a graph is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GraphFormat {
    /// DOT, for Graphviz.
    Dot,
    /// A Mermaid flowchart.
    Mermaid,
    /// GraphML.
    GraphMl,
    /// JSON that BloodHound takes in.
    OpenGraph,
    /// A picture.
    Svg,
}

/// In a picture of more principals than this, those of an account are one node.
pub const MOST_NODES: usize = 50;

/// In a picture of more lines than this, those of an account are one node too. No layout makes more of them readable, or in time.
pub const MOST_LINES: usize = 150;

/// So many names or hops the title of a node or line tells.
const MOST_TOLD: usize = 20;

/// Whether a picture of an answer says something that can be read.
///
/// # Errors
/// How many nodes and lines it would have.
pub fn fits_a_picture(answer: &BecomeAnswer) -> Result<(), (usize, usize)> {
    let hops = answer.hops();
    let picture = Picture::of(&hops);
    let (nodes, lines) = (picture.nodes.len(), picture.edges.len());
    if lines > MOST_LINES {
        return Err((nodes, lines));
    }
    if lines > 0 || hops.is_empty() {
        return Ok(());
    }
    // All are of one account, which would be one node.
    let principals: BTreeSet<&str> = hops.iter().flat_map(|hop| [&*hop.from, &*hop.to]).collect();
    Err((principals.len(), hops.len()))
}

/// A node of a picture.
pub(super) struct Node {
    pub label: String,
    /// The whole name, or those that are folded into it.
    pub title: String,
    pub outside: bool,
}

/// An edge of a picture: how many hops it stands for, and whether all of them depend on something.
pub(super) struct Edge {
    hops: usize,
    pub open: bool,
    pub label: String,
    /// The hops, each with all that it depends on.
    pub title: String,
}

/// Nodes by their ids, and edges between them.
#[derive(Default)]
pub(super) struct Picture {
    pub nodes: BTreeMap<String, Node>,
    pub edges: BTreeMap<(String, String), Edge>,
}

/// Writes the hops of an answer as a graph.
///
/// # Errors
/// `out` cannot be written.
pub fn write_graph(answer: &BecomeAnswer, format: GraphFormat, out: &mut dyn Write) -> io::Result<()> {
    let hops = answer.hops();
    let out = &mut Printable::new(out);
    match format {
        GraphFormat::Dot => write_dot(&Picture::of(&hops), out),
        GraphFormat::Mermaid => write_mermaid(&Picture::of(&hops), out),
        GraphFormat::GraphMl => write_graphml(&hops, out),
        GraphFormat::OpenGraph => write_opengraph(&hops, out),
        GraphFormat::Svg => write_svg(&Picture::of(&hops), out),
    }
}

impl Picture {
    fn of(hops: &[&HopView]) -> Self {
        let mut principals: Vec<&str> = hops.iter().flat_map(|hop| [&*hop.from, &*hop.to]).collect();
        principals.sort_unstable();
        principals.dedup();
        let mut lines: Vec<(&str, &str)> = hops.iter().map(|hop| (&*hop.from, &*hop.to)).collect();
        lines.sort_unstable();
        lines.dedup();
        let fold = principals.len() > MOST_NODES || lines.len() > MOST_LINES;
        let mut members: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for hop in hops {
            let ends = [(&hop.from, folded(hop)), (&hop.to, hop.to_account.as_deref())];
            for (name, account) in ends {
                members.entry(account.unwrap_or_default()).or_default().push(name);
            }
        }
        members.values_mut().for_each(|names| {
            names.sort_unstable();
            names.dedup();
        });
        let mut picture = Self::default();
        for hop in hops {
            let mut end =
                |name: &str, account: Option<&str>, inside: Option<&str>| match inside.filter(|_| fold) {
                    Some(account) => {
                        let count = members.get(account).map_or(0, Vec::len);
                        let label = format!("{account}\n{count} principals");
                        let title = listed(members.get(account).map_or(&[], Vec::as_slice));
                        let node = Node { label, title, outside: false };
                        picture.nodes.entry(account.to_owned()).or_insert(node);
                        account.to_owned()
                    }
                    None => {
                        let label = match account {
                            Some(account) if account != name => format!("{}\n{account}", short(name)),
                            _ => short(name).to_owned(),
                        };
                        let outside = inside.is_none();
                        let node = Node { label, title: name.to_owned(), outside };
                        picture.nodes.entry(name.to_owned()).or_insert(node);
                        name.to_owned()
                    }
                };
            let (from, to) = (hop.from_account.as_deref(), hop.to_account.as_deref());
            let ends = (end(&hop.from, from, folded(hop)), end(&hop.to, to, to));
            if fold && ends.0 == ends.1 {
                continue;
            }
            let open = hop.decision != DecisionWord::Allowed;
            let condition = hop.condition.as_ref().map_or("", |condition| &condition.text);
            let edge = picture.edges.entry(ends).or_insert_with(|| Edge {
                hops: 0,
                open: true,
                label: String::new(),
                title: String::new(),
            });
            edge.hops += 1;
            edge.tell(hop);
            edge.open &= open;
            edge.label = match edge.hops {
                1 => shortened(condition),
                several => format!("{several} hops"),
            };
        }
        picture
    }
}

impl Edge {
    /// Adds a hop to those that are told, of which there are not too many.
    fn tell(&mut self, hop: &HopView) {
        if self.hops > MOST_TOLD + 1 {
            return;
        }
        if self.hops > 1 {
            self.title.push('\n');
        }
        if self.hops > MOST_TOLD {
            self.title.push('…');
            return;
        }
        let condition = hop.condition.as_ref().map_or_else(String::new, |it| format!(" if {}", it.text));
        self.title += &format!("{} → {}: {}, {}{condition}", hop.from, hop.to, hop.by, hop.decision.phrase());
    }
}

/// Some names, one a line.
fn listed(names: &[&str]) -> String {
    let mut lines: Vec<&str> = names.iter().take(MOST_TOLD).copied().collect();
    if names.len() > MOST_TOLD {
        lines.push("…");
    }
    lines.join("\n")
}

/// The account of which the caller of a hop is a part: an identity provider stands in one, and lets others in.
fn folded(hop: &HopView) -> Option<&str> {
    hop.from_account.as_deref().filter(|_| hop.from_kind != KindWord::IdentityProvider)
}

/// `role/path/name` of an ARN; other names stay whole.
fn short(name: &str) -> &str {
    name.splitn(6, ':').nth(5).unwrap_or(name)
}

fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn write_dot(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    let quoted =
        |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"));
    writeln!(out, "digraph become {{\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];")?;
    for (id, node) in &picture.nodes {
        let style = if node.outside { ", style=dashed" } else { "" };
        writeln!(out, "  {} [label={}{style}];", quoted(id), quoted(&node.label))?;
    }
    for ((from, to), edge) in &picture.edges {
        let style = if edge.open { ", style=dashed" } else { "" };
        writeln!(out, "  {} -> {} [label={}{style}];", quoted(from), quoted(to), quoted(&edge.label))?;
    }
    writeln!(out, "}}")
}

fn write_mermaid(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    let quoted = |text: &str| {
        format!("\"{}\"", text.replace('#', "#35;").replace('"', "#quot;").replace('\n', "<br/>"))
    };
    let number: BTreeMap<&str, usize> =
        picture.nodes.keys().enumerate().map(|(number, id)| (&**id, number)).collect();
    let id = |name: &str| number.get(name).copied().unwrap_or_default();
    writeln!(out, "flowchart LR")?;
    for (name, node) in &picture.nodes {
        writeln!(out, "  n{}[{}]", id(name), quoted(&node.label))?;
    }
    for ((from, to), edge) in &picture.edges {
        let arrow = if edge.open { "-.->" } else { "-->" };
        let label = if edge.label.is_empty() { String::new() } else { format!("|{}|", quoted(&edge.label)) };
        writeln!(out, "  n{} {arrow}{label} n{}", id(from), id(to))?;
    }
    Ok(())
}

fn write_graphml(hops: &[&HopView], out: &mut dyn Write) -> io::Result<()> {
    let text = |text: &str| {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
    };
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<graphml xmlns="http://graphml.graphdrawing.org/xmlns">"#)?;
    let of_nodes = ["label", "kind", "account"].map(|key| (key, "node"));
    let of_edges = ["by", "decision", "condition"].map(|key| (key, "edge"));
    for (id, of) in of_nodes.into_iter().chain(of_edges) {
        writeln!(out, r#"  <key id="{id}" for="{of}" attr.name="{id}" attr.type="string"/>"#)?;
    }
    writeln!(out, r#"  <graph edgedefault="directed">"#)?;
    // Ids are of the type NMTOKEN, which has no `/`.
    let nodes = nodes(hops);
    let number: BTreeMap<&str, usize> = nodes.keys().copied().zip(0..).collect();
    let id = |name: &str| number.get(name).copied().unwrap_or_default();
    let kinds = kinds(hops);
    for (name, account) in &nodes {
        writeln!(
            out,
            r#"    <node id="n{}"><data key="label">{}</data><data key="kind">{}</data><data key="account">{}</data></node>"#,
            id(name),
            text(name),
            text(kind_of(name, &kinds)),
            text(account.unwrap_or_default())
        )?;
    }
    for hop in hops {
        writeln!(
            out,
            r#"    <edge source="n{}" target="n{}"><data key="by">{}</data><data key="decision">{}</data><data key="condition">{}</data></edge>"#,
            id(&hop.from),
            id(&hop.to),
            text(&hop.by),
            hop.decision.as_str(),
            text(hop.condition.as_ref().map_or("", |condition| &condition.text))
        )?;
    }
    writeln!(out, "  </graph>\n</graphml>")
}

/// The format that BloodHound's "generic ingest" takes: nodes with kinds, edges that point at nodes by id.
fn write_opengraph(hops: &[&HopView], out: &mut dyn Write) -> io::Result<()> {
    let kinds = kinds(hops);
    let kind = |name: &str| match kind_of(name, &kinds) {
        "user" => "AWSUser",
        "service" => "AWSService",
        "identity-provider" => "AWSIdentityProvider",
        "account" => "AWSAccount",
        "identity-center-user" => "AWSIdentityCenterUser",
        "identity-center-group" => "AWSIdentityCenterGroup",
        "role" => "AWSRole",
        "session" => "AWSSession",
        _ => "AWSPrincipal",
    };
    let nodes: Vec<_> = nodes(hops)
        .into_iter()
        .map(|(name, account)| {
            json!({"id": name, "kinds": [kind(name), "AWSPrincipal"],
                "properties": {"name": name, "account": account.unwrap_or_default()}})
        })
        .collect();
    let edges: Vec<_> = hops
        .iter()
        .map(|hop| {
            json!({"kind": "AWSCanBecome", "start": {"value": hop.from}, "end": {"value": hop.to},
                "properties": {"by": hop.by, "decision": hop.decision.as_str(),
                    "condition": hop.condition.as_ref().map_or("", |condition| &condition.text)}})
        })
        .collect();
    let graph = json!({"metadata": {"source_kind": "AWSEntail"}, "graph": {"nodes": nodes, "edges": edges}});
    serde_json::to_writer_pretty(&mut *out, &graph)?;
    writeln!(out)
}

/// The kinds of those who make hops.
fn kinds<'h>(hops: &[&'h HopView]) -> BTreeMap<&'h str, KindWord> {
    hops.iter().map(|hop| (&*hop.from, hop.from_kind)).collect()
}

/// The kind of a principal; of one that makes no hop its name says it: hops lead to roles, sessions of roles and groups.
fn kind_of(name: &str, kinds: &BTreeMap<&str, KindWord>) -> &'static str {
    match kinds.get(name) {
        Some(kind) => kind.as_str(),
        None if name.starts_with("identity-center:") => KindWord::IdentityCenterGroup.as_str(),
        None if name.contains(":role/") => KindWord::Role.as_str(),
        None => KindWord::Session.as_str(),
    }
}

fn nodes<'h>(hops: &[&'h HopView]) -> BTreeMap<&'h str, Option<&'h str>> {
    hops.iter()
        .flat_map(|hop| [(&*hop.from, hop.from_account.as_deref()), (&*hop.to, hop.to_account.as_deref())])
        .collect()
}
