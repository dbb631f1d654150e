//! The same programs, compiled.

#![allow(clippy::all, unused, reason = "what the macros write")]

/// `tc(x, z) :- tc(x, y), edge(y, z).`
pub mod closure {
    use crate::data::Input;

    mod by_crepe {
        use crepe::crepe;
        crepe! {
            @input
            pub struct Edge(pub u32, pub u32);
            @output
            pub struct Tc(pub u32, pub u32);
            Tc(x, y) <- Edge(x, y);
            Tc(x, z) <- Tc(x, y), Edge(y, z);
        }
    }

    mod by_ascent {
        ascent::ascent! {
            pub struct Program;
            relation edge(u32, u32);
            relation tc(u32, u32);
            tc(x, y) <-- edge(x, y);
            tc(x, z) <-- tc(x, y), edge(y, z);
        }
    }

    pub fn crepe(input: &Input) -> usize {
        let mut program = by_crepe::Crepe::new();
        program.extend(input.pairs("edge").map(|(x, y)| by_crepe::Edge(x, y)));
        program.run_with_hasher::<rustc_hash::FxBuildHasher>().0.len()
    }

    pub fn ascent(input: &Input) -> usize {
        let mut program = by_ascent::Program::default();
        program.edge = input.pairs("edge").collect();
        program.run();
        program.tc.len()
    }
}

/// `sg(x, y) :- parent(x, a), sg(a, b), parent(y, b).`
pub mod generation {
    use crate::data::Input;

    mod by_crepe {
        use crepe::crepe;
        crepe! {
            @input
            pub struct Parent(pub u32, pub u32);
            @output
            pub struct Sg(pub u32, pub u32);
            Sg(x, y) <- Parent(x, p), Parent(y, p);
            Sg(x, y) <- Parent(x, a), Sg(a, b), Parent(y, b);
        }
    }

    mod by_ascent {
        ascent::ascent! {
            pub struct Program;
            relation parent(u32, u32);
            relation sg(u32, u32);
            sg(x, y) <-- parent(x, p), parent(y, p);
            sg(x, y) <-- parent(x, a), sg(a, b), parent(y, b);
        }
    }

    pub fn crepe(input: &Input) -> usize {
        let mut program = by_crepe::Crepe::new();
        program.extend(input.pairs("parent").map(|(x, y)| by_crepe::Parent(x, y)));
        program.run_with_hasher::<rustc_hash::FxBuildHasher>().0.len()
    }

    pub fn ascent(input: &Input) -> usize {
        let mut program = by_ascent::Program::default();
        program.parent = input.pairs("parent").collect();
        program.run();
        program.sg.len()
    }
}

/// Andersen's analysis with fields.
pub mod points_to {
    use crate::data::Input;

    mod by_crepe {
        use crepe::crepe;
        crepe! {
            @input
            pub struct New(pub u32, pub u32);
            @input
            pub struct Assign(pub u32, pub u32);
            @input
            pub struct Load(pub u32, pub u32, pub u32);
            @input
            pub struct Store(pub u32, pub u32, pub u32);
            @output
            pub struct Points(pub u32, pub u32);
            @output
            pub struct Heap(pub u32, pub u32, pub u32);
            Points(v, o) <- New(v, o);
            Points(v, o) <- Assign(v, w), Points(w, o);
            Points(v, o) <- Load(v, p, f), Points(p, q), Heap(q, f, o);
            Heap(q, f, o) <- Store(p, f, w), Points(p, q), Points(w, o);
        }
    }

    mod by_ascent {
        ascent::ascent! {
            pub struct Program;
            relation new(u32, u32);
            relation assign(u32, u32);
            relation load(u32, u32, u32);
            relation store(u32, u32, u32);
            relation points(u32, u32);
            relation heap(u32, u32, u32);
            points(v, o) <-- new(v, o);
            points(v, o) <-- assign(v, w), points(w, o);
            points(v, o) <-- load(v, p, f), points(p, q), heap(q, f, o);
            heap(q, f, o) <-- store(p, f, w), points(p, q), points(w, o);
        }
    }

    pub fn crepe(input: &Input) -> usize {
        let mut program = by_crepe::Crepe::new();
        program.extend(input.pairs("new").map(|(x, y)| by_crepe::New(x, y)));
        program.extend(input.pairs("assign").map(|(x, y)| by_crepe::Assign(x, y)));
        program.extend(input.triples("load").map(|(x, y, z)| by_crepe::Load(x, y, z)));
        program.extend(input.triples("store").map(|(x, y, z)| by_crepe::Store(x, y, z)));
        let (points, heap) = program.run_with_hasher::<rustc_hash::FxBuildHasher>();
        points.len() + heap.len()
    }

    pub fn ascent(input: &Input) -> usize {
        let mut program = by_ascent::Program::default();
        program.new = input.pairs("new").collect();
        program.assign = input.pairs("assign").collect();
        program.load = input.triples("load").collect();
        program.store = input.triples("store").collect();
        program.run();
        program.points.len() + program.heap.len()
    }
}
