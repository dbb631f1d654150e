//! Seeded facts.

/// Relations of numbers, by name.
pub struct Input {
    pub relations: Vec<(&'static str, usize, Vec<Vec<u32>>)>,
}

impl Input {
    pub fn pairs(&self, name: &str) -> impl Iterator<Item = (u32, u32)> {
        self.rows(name).map(|row| (row[0], row[1]))
    }

    pub fn triples(&self, name: &str) -> impl Iterator<Item = (u32, u32, u32)> {
        self.rows(name).map(|row| (row[0], row[1], row[2]))
    }

    fn rows(&self, name: &str) -> impl Iterator<Item = &Vec<u32>> {
        let found =
            self.relations.iter().find(|(known, ..)| *known == name).expect("a relation of the input");
        found.2.iter()
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        // Marsaglia's xorshift.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 33) % u64::from(limit)) as u32
    }
}

fn random() -> Random {
    Random(0x9E37_79B9_7F4A_7C15)
}

/// A random graph: `edge(from, to)`.
pub fn graph(nodes: u32, edges: usize) -> Input {
    let mut random = random();
    let edges = (0..edges).map(|_| vec![random.below(nodes), random.below(nodes)]).collect();
    Input { relations: vec![("edge", 2, edges)] }
}

/// Layers of nodes, each with some random parents in the layer before: `parent(child, parent)`.
pub fn layers(layers: u32, width: u32, parents: u32) -> Input {
    let mut random = random();
    let mut rows = Vec::new();
    for node in width..layers * width {
        let before = (node / width - 1) * width;
        rows.extend((0..parents).map(|_| vec![node, before + random.below(width)]));
    }
    Input { relations: vec![("parent", 2, rows)] }
}

/// Statements of a program: `new(v, object)`, `assign(to, from)`, `load(to, base, field)`, `store(base, field, from)`.
pub fn code(variables: u32, objects: u32) -> Input {
    let mut random = random();
    let fields = 8;
    // Later variables are assigned from earlier ones, mostly: few cycles, as in code.
    let mut assign = Vec::new();
    for to in 1..variables {
        assign.push(vec![to, to - 1 - random.below(to.min(50))]);
        if to % 16 == 0 {
            assign.push(vec![to, random.below(variables)]);
        }
    }
    let new = (0..objects).map(|object| vec![random.below(variables), variables + object]).collect();
    let load = (0..variables / 8)
        .map(|_| vec![random.below(variables), random.below(variables), random.below(fields)])
        .collect();
    let store = (0..variables / 16)
        .map(|_| vec![random.below(variables), random.below(fields), random.below(variables)])
        .collect();
    Input { relations: vec![("new", 2, new), ("assign", 2, assign), ("load", 3, load), ("store", 3, store)] }
}
