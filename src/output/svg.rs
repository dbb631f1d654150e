//! Pictures of who can become whom, laid out by `layout-rs`.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};

use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::format::{ClipHandle, RenderBackend};
use layout::core::geometry::Point;
use layout::core::style::{LineStyleKind, StyleAttr};
use layout::std_shapes::shapes::{Arrow, Element, LineEndKind, ShapeKind};
use layout::topo::layout::VisualGraph;

use super::graph::{Edge, Node, Picture};

/// How high letters are, and how far lines of text are apart.
const FONT: usize = 13;
const LINE: f64 = 15.0;
/// Around the picture.
const MARGIN: f64 = 12.0;
/// The layout takes letters to be as wide as they are high; those of a label on a line are about 0.6 as wide.
const FONT_OF_LABELS: usize = 8;

/// What follows the number of a line on a part of it that has no label.
const PART: &str = " without label";

/// A line of the picture: both directions between two nodes, where they are alike.
struct Line<'a> {
    label: String,
    hops: Vec<&'a Edge>,
}

pub(super) fn write_svg(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    let nodes: Vec<&Node> = picture.nodes.values().collect();
    let (mut graph, lines) = laid_out(picture);
    let mut canvas = Canvas::new(&nodes, &lines);
    if !nodes.is_empty() {
        graph.do_it(false, false, false, &mut canvas);
    }
    canvas.write(out)
}

fn laid_out(picture: &Picture) -> (VisualGraph, Vec<Line<'_>>) {
    let orientation = Orientation::LeftToRight;
    let mut graph = VisualGraph::new(orientation);
    let mut handles = BTreeMap::new();
    let look = |font| StyleAttr::new(Color::fast("black"), 1, None, 0, font);
    for (number, (id, node)) in picture.nodes.iter().enumerate() {
        let widest = lines_of(node).map(|line| width(&line)).fold(0.0, f64::max);
        let size = Point::new(widest + 20.0, lines_of(node).count() as f64 * LINE + 14.0);
        let shape = ShapeKind::new_box(&node.label);
        let number = number.to_string();
        let element = Element::create_with_properties(shape, look(FONT), orientation, size, number);
        handles.insert(id, graph.add_node(element));
    }
    let mut lines: Vec<Line> = Vec::new();
    let both = |from: &String, to: &String| picture.edges.get(&(to.clone(), from.clone()));
    let alike = |one: &Edge, other: &Edge| (one.open, &one.label) == (other.open, &other.label);
    for ((from, to), edge) in &picture.edges {
        let (Some(&start), Some(&end)) = (handles.get(from), handles.get(to)) else { continue };
        let back = both(from, to).filter(|_| from != to);
        // One line for both directions, where they are alike: the layout takes no more between two nodes.
        let shared = back.filter(|back| alike(edge, back));
        if shared.is_some() && from > to {
            continue;
        }
        let number = lines.len().to_string();
        let style = if edge.open { LineStyleKind::Dashed } else { LineStyleKind::Normal };
        let label = shortened(&edge.label, 32);
        let arrow = |start, end, label: &str, number: &str| {
            let look = look(FONT_OF_LABELS);
            Arrow::with_properties(start, end, style, label, &look, number, &None, &None)
        };
        if back.is_some() && shared.is_none() && from > to {
            // Hops back that are not alike have a line of their own, by way of a dot.
            let (shape, size) = (ShapeKind::new_circle(""), Point::new(6.0, 6.0));
            let dot = graph.add_node(Element::create(shape, look(FONT), orientation, size));
            graph.add_edge(
                arrow(LineEndKind::None, LineEndKind::None, "", &format!("{number}{PART}")),
                start,
                dot,
            );
            graph.add_edge(arrow(LineEndKind::None, LineEndKind::Arrow, &label, &number), dot, end);
        } else {
            let first = if shared.is_some() { LineEndKind::Arrow } else { LineEndKind::None };
            graph.add_edge(arrow(first, LineEndKind::Arrow, &label, &number), start, end);
        }
        lines.push(Line { label, hops: std::iter::once(edge).chain(shared).collect() });
    }
    (graph, lines)
}

/// What the layout comes to.
struct Canvas<'a> {
    nodes: &'a [&'a Node],
    lines: &'a [Line<'a>],
    /// Whether the next text is that of a node, which stands there already.
    in_node: bool,
    /// Where labels of lines have their place, in the order of the lines.
    places: VecDeque<Point>,
    /// Lines, nodes and labels, which cover one another in that order.
    layers: [String; 3],
    /// The corners of all that was drawn.
    corners: Option<(Point, Point)>,
}

impl<'a> Canvas<'a> {
    const fn new(nodes: &'a [&'a Node], lines: &'a [Line<'a>]) -> Self {
        let layers = [String::new(), String::new(), String::new()];
        Self { nodes, lines, in_node: false, places: VecDeque::new(), layers, corners: None }
    }

    fn draw(&mut self, layer: usize, text: &str) {
        if let Some(layer) = self.layers.get_mut(layer) {
            layer.push_str(text);
            layer.push('\n');
        }
    }

    fn reach(&mut self, point: Point) {
        let (low, high) = self.corners.unwrap_or((point, point));
        let low = Point::new(low.x.min(point.x), low.y.min(point.y));
        self.corners = Some((low, Point::new(high.x.max(point.x), high.y.max(point.y))));
    }

    /// Reaches all of a rectangle around a point.
    fn reach_around(&mut self, center: Point, size: Point) {
        for sign in [-0.5, 0.5] {
            self.reach(Point::new(center.x + sign * size.x, center.y + sign * size.y));
        }
    }

    fn write(self, out: &mut dyn Write) -> io::Result<()> {
        let (low, high) = self.corners.unwrap_or((Point::zero(), Point::zero()));
        let (width, height) = (high.x - low.x + 2.0 * MARGIN, high.y - low.y + 2.0 * MARGIN);
        writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
        writeln!(
            out,
            r#"<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="Who can become whom" width="{width:.0}" height="{height:.0}" viewBox="{:.1} {:.1} {width:.1} {height:.1}">"#,
            low.x - MARGIN,
            low.y - MARGIN
        )?;
        out.write_all(HEAD.as_bytes())?;
        self.layers.iter().try_for_each(|layer| out.write_all(layer.as_bytes()))?;
        writeln!(out, "</svg>")
    }
}

const HEAD: &str = r#"<style>
text { font: 13px sans-serif; text-anchor: middle; }
rect { fill: #fff; stroke: #000; }
.outside { fill: #fff1d6; }
path { fill: none; stroke: #000; }
.open { stroke-dasharray: 5 5; }
.under { stroke: none; }
</style>
<defs>
<marker id="end" markerWidth="10" markerHeight="7" refX="10" refY="3.5" orient="auto"><polygon points="0 0, 10 3.5, 0 7"/></marker>
<marker id="start" markerWidth="10" markerHeight="7" refX="0" refY="3.5" orient="auto"><polygon points="10 0, 10 7, 0 3.5"/></marker>
</defs>
"#;

impl RenderBackend for Canvas<'_> {
    fn draw_rect(
        &mut self,
        corner: Point,
        size: Point,
        _: &StyleAttr,
        number: Option<String>,
        _: Option<ClipHandle>,
    ) {
        let number: Option<usize> = number.and_then(|number| number.parse().ok());
        self.in_node = true;
        let Some(&node) = number.and_then(|number| self.nodes.get(number)) else { return };
        let center = Point::new(corner.x + size.x / 2.0, corner.y + size.y / 2.0);
        self.reach_around(center, size);
        let class = if node.outside { r#" class="outside""# } else { "" };
        let mut text = format!(
            r#"<g><title>{}</title><rect x="{:.1}" y="{:.1}" width="{:.1}" height="{:.1}" rx="6"{class}/><text>"#,
            escaped(&node.title),
            corner.x,
            corner.y,
            size.x,
            size.y
        );
        let first = center.y - (lines_of(node).count() as f64 - 1.0) / 2.0 * LINE + BASELINE;
        for (number, line) in lines_of(node).enumerate() {
            let y = first + number as f64 * LINE;
            text += &format!(r#"<tspan x="{:.1}" y="{y:.1}">{}</tspan>"#, center.x, escaped(&line));
        }
        self.draw(1, &(text + "</text></g>"));
    }

    fn draw_line(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn draw_circle(&mut self, center: Point, size: Point, _: &StyleAttr, _: Option<String>) {
        self.in_node = true;
        self.reach_around(center, size);
        self.draw(1, &format!(r#"<circle cx="{:.1}" cy="{:.1}" r="2"/>"#, center.x, center.y));
    }

    fn draw_text(&mut self, place: Point, _: &str, _: &StyleAttr) {
        if !std::mem::take(&mut self.in_node) {
            self.places.push_back(place);
        }
    }

    fn draw_arrow(
        &mut self,
        path: &[(Point, Point)],
        open: bool,
        (start, end): (bool, bool),
        _: &StyleAttr,
        number: Option<String>,
        _: &str,
    ) {
        let lines = self.lines;
        let number = number.unwrap_or_default();
        let (number, is_labelled) = number.strip_suffix(PART).map_or((&*number, true), |it| (it, false));
        let Some(line) = number.parse().ok().and_then(|number: usize| lines.get(number)) else { return };
        let [(from, out), (into, to), rest @ ..] = path else { return };
        let shown = |point: &Point| format!("{:.1} {:.1}", point.x, point.y);
        let mut curve = format!("M {} C {}, {}, {}", shown(from), shown(out), shown(into), shown(to));
        for (control, to) in rest {
            curve += &format!(" S {}, {}", shown(control), shown(to));
        }
        for (one, other) in path {
            self.reach(*one);
            self.reach(*other);
        }
        let told: Vec<&str> = line.hops.iter().map(|edge| &*edge.title).collect();
        let title = escaped(&told.join("\n"));
        let class = if open { r#" class="open""# } else { "" };
        let [start, end] = [(start, "start"), (end, "end")].map(|(has, name)| {
            if has { format!(r##" marker-{name}="url(#{name})""##) } else { String::new() }
        });
        self.draw(0, &format!(r#"<g><title>{title}</title><path d="{curve}"{class}{start}{end}/></g>"#));
        let label = (!line.label.is_empty() && is_labelled).then(|| self.places.pop_front()).flatten();
        let Some(center) = label else { return };
        let size = Point::new(width(&line.label), LINE);
        self.reach_around(center, size);
        let (left, top, baseline) = (center.x - size.x / 2.0, center.y - size.y / 2.0, center.y + BASELINE);
        self.draw(
            2,
            &format!(
                r#"<g><title>{title}</title><rect class="under" x="{left:.1}" y="{top:.1}" width="{:.1}" height="{:.1}"/><text x="{:.1}" y="{baseline:.1}">{}</text></g>"#,
                size.x,
                size.y,
                center.x,
                escaped(&line.label)
            ),
        );
    }

    fn create_clip(&mut self, _: Point, _: Point, _: usize) -> ClipHandle {
        0
    }
}

/// How far below the middle of letters their line is.
const BASELINE: f64 = 4.5;

/// About how wide a line of text is, rather more than less.
fn width(text: &str) -> f64 {
    let of = |letter: char| match letter {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | '.' | ',' | ':' | ';' | '/' | '|' | '\'' | ' ' | '-' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 1.0,
        'A'..='Z' | '_' | '…' => 0.76,
        _ if letter.is_ascii() => 0.64,
        _ => 1.0,
    };
    text.chars().map(of).sum::<f64>() * FONT as f64
}

/// The lines of a node; of a long name that has a path its kind and its end.
fn lines_of(node: &Node) -> impl Iterator<Item = String> {
    const MOST: usize = 56;
    node.label.lines().map(|line| match (line.split_once('/'), line.rsplit_once('/')) {
        (Some((kind, rest)), Some((_, name))) if line.chars().count() > MOST && rest.contains('/') => {
            shortened(&format!("{kind}/…/{name}"), MOST)
        }
        _ => shortened(line, MOST),
    })
}

/// As much of a text as keeps a picture small; titles have all of it.
fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
