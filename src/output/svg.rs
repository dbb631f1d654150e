//! Pictures of who can become whom, laid out by `layout-rs`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use layout::backends::svg::SVGWriter;
use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::geometry::{Point, get_size_for_str};
use layout::core::style::{LineStyleKind, StyleAttr};
use layout::std_shapes::shapes::{Arrow, Element, LineEndKind, ShapeKind};
use layout::topo::layout::VisualGraph;

use super::graph::Picture;

/// What lies behind the lines and letters, as RGBA.
const INSIDE: u32 = 0xffff_ffff;
const OUTSIDE: u32 = 0xfff1_d6ff;
/// One size for all: the library writes several in no particular order.
const FONT: usize = 13;

/// Both directions between two nodes: whether there is a hop, and whether all depend on something.
#[derive(Default)]
struct Between {
    forth: Option<bool>,
    back: Option<bool>,
    label: String,
}

pub(super) fn write_svg(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    let orientation = Orientation::LeftToRight;
    let mut graph = VisualGraph::new(orientation);
    let mut handles = BTreeMap::new();
    for (id, node) in &picture.nodes {
        let fill = Color::new(if node.outside { OUTSIDE } else { INSIDE });
        let look = StyleAttr::new(Color::fast("black"), 1, Some(fill), 6, FONT);
        // Letters are about 0.6 as wide as they are high.
        let size = get_size_for_str(&node.label, FONT);
        let size = Point::new(size.x * 0.6 + 20.0, size.y + 16.0);
        let shape = ShapeKind::new_box(&node.label);
        handles.insert(id, graph.add_node(Element::create(shape, look, orientation, size)));
    }
    // One line for both directions, where they are alike: the layout takes no more between two nodes.
    let mut lines: BTreeMap<(&String, &String), Between> = BTreeMap::new();
    // Hops back that are not alike have a line of their own, by way of a dot.
    let mut apart = Vec::new();
    for ((from, to), edge) in &picture.edges {
        let forth = picture.edges.get(&(to.clone(), from.clone())).filter(|_| from > to);
        if forth.is_some_and(|forth| (forth.open, &forth.label) != (edge.open, &edge.label)) {
            apart.push((from, to, edge));
        } else if from < to {
            let line = lines.entry((from, to)).or_default();
            (line.forth, line.label) = (Some(edge.open), edge.label.clone());
        } else {
            let line = lines.entry((to, from)).or_default();
            line.back = Some(edge.open);
            if line.forth.is_none() {
                line.label.clone_from(&edge.label);
            }
        }
    }
    for ((from, to), line) in lines {
        let (Some(&from), Some(&to)) = (handles.get(from), handles.get(to)) else { continue };
        let end = |hops: Option<bool>| match hops {
            Some(_) => LineEndKind::Arrow,
            None => LineEndKind::None,
        };
        let open = line.forth.unwrap_or(true) && line.back.unwrap_or(true);
        let style = if open { LineStyleKind::Dashed } else { LineStyleKind::Normal };
        let look = StyleAttr::new(Color::fast("black"), 1, None, 0, FONT);
        let label = shortened(&line.label);
        let arrow = |start, end| Arrow::new(start, end, style, &label, &look, &None, &None);
        match line.forth {
            Some(_) => graph.add_edge(arrow(end(line.back), LineEndKind::Arrow), from, to),
            None => graph.add_edge(arrow(LineEndKind::None, end(line.back)), to, from),
        }
    }
    for (from, to, edge) in apart {
        let (Some(&from), Some(&to)) = (handles.get(from), handles.get(to)) else { continue };
        let look = StyleAttr::new(Color::fast("black"), 1, None, 0, FONT);
        let dot = Element::create(ShapeKind::new_circle(""), look.clone(), orientation, Point::new(8.0, 8.0));
        let between = graph.add_node(dot);
        let style = if edge.open { LineStyleKind::Dashed } else { LineStyleKind::Normal };
        let label = shortened(&edge.label);
        let arrow = |end, label: &str| Arrow::new(LineEndKind::None, end, style, label, &look, &None, &None);
        graph.add_edge(arrow(LineEndKind::None, ""), from, between);
        graph.add_edge(arrow(LineEndKind::Arrow, &label), between, to);
    }
    let mut svg = SVGWriter::new();
    if !picture.nodes.is_empty() {
        graph.do_it(false, false, false, &mut svg);
    }
    writeln!(out, "{}", svg.finalize())
}

/// As much of a condition as keeps a picture small; other formats have all of it.
fn shortened(label: &str) -> String {
    const MOST: usize = 24;
    match label.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", label.get(..at).unwrap_or_default()),
        None => label.to_owned(),
    }
}
