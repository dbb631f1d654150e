//! A program -> the part of it on which some relations depend, as a program of its own.
//!
//! What a run costs at least goes by the size of its program. Whoever asks many small questions of a large one, as tests do, asks each
//! of a part.

use rustc_hash::FxHashMap;

use super::program::{
    Aggregate, Atom, Fact, Literal, LiteralKind, Program, RelationId, Rule, RuleId, Stratum,
};

/// A program, of which parts can be cut.
pub struct Whole<'p> {
    program: &'p Program,
    /// The rules of each relation, and the stratum of each rule.
    rules: Vec<Vec<RuleId>>,
    strata: Vec<usize>,
    /// The facts of each relation.
    facts: Vec<Vec<&'p Fact>>,
}

/// A part of a program, whose relations and rules have numbers of their own.
pub struct Part {
    /// The rules on which the wanted relations depend, and the facts of all relations that these read.
    pub program: Program,
    relations: FxHashMap<RelationId, RelationId>,
}

impl Part {
    /// The relation of the part that is this one of the whole; none: nothing that was wanted depends on it.
    pub fn relation(&self, of_whole: RelationId) -> Option<RelationId> {
        self.relations.get(&of_whole).copied()
    }
}

impl<'p> Whole<'p> {
    /// Gets ready to cut a program.
    pub fn new(program: &'p Program) -> Self {
        let count = program.relations.len();
        let (mut rules, mut facts) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        for (index, rule) in program.rules.iter().enumerate() {
            if let Some(rules) = rules.get_mut(rule.head.0 as usize) {
                rules.push(RuleId(index as u32));
            }
        }
        for fact in &program.facts {
            if let Some(facts) = facts.get_mut(fact.relation.0 as usize) {
                facts.push(fact);
            }
        }
        let mut strata = vec![0; program.rules.len()];
        for (index, stratum) in program.strata.iter().enumerate() {
            for rule in &stratum.rules {
                if let Some(of) = strata.get_mut(rule.0 as usize) {
                    *of = index;
                }
            }
        }
        Self { program, rules, strata, facts }
    }

    /// The part on which these relations depend, with further facts. Facts of relations that nothing reads are left out.
    pub fn part(&self, wanted: impl IntoIterator<Item = RelationId>, facts: &[Fact]) -> Part {
        let mut cut = Cut {
            whole: self,
            relations: FxHashMap::default(),
            pending: Vec::new(),
            program: Program::default(),
        };
        for relation in wanted {
            cut.relation(relation);
        }
        let mut rules: Vec<RuleId> = Vec::new();
        while let Some(relation) = cut.pending.pop() {
            for &id in self.rules.get(relation.0 as usize).into_iter().flatten() {
                rules.push(id);
                let Some(rule) = self.program.rule(id) else { continue };
                read(&rule.body, &mut |relation| {
                    cut.relation(relation);
                });
            }
        }
        cut.rules(rules);
        cut.facts(facts);
        cut.program.files.clone_from(&self.program.files);
        Part { program: cut.program, relations: cut.relations }
    }
}

/// A part under way.
struct Cut<'w, 'p> {
    whole: &'w Whole<'p>,
    relations: FxHashMap<RelationId, RelationId>,
    /// Relations whose rules were not looked at.
    pending: Vec<RelationId>,
    program: Program,
}

impl Cut<'_, '_> {
    /// The relation of the part.
    fn relation(&mut self, of_whole: RelationId) -> RelationId {
        if let Some(&known) = self.relations.get(&of_whole) {
            return known;
        }
        let id = RelationId(self.program.relations.len() as u32);
        self.program.relations.extend(self.whole.program.relation(of_whole).cloned());
        self.relations.insert(of_whole, id);
        self.pending.push(of_whole);
        id
    }

    /// Takes over rules, in the order of the whole.
    fn rules(&mut self, mut rules: Vec<RuleId>) {
        rules.sort_unstable();
        let mut strata: FxHashMap<usize, Stratum> = FxHashMap::default();
        for id in rules {
            let (Some(rule), Some(&of)) = (self.whole.program.rule(id), self.whole.strata.get(id.0 as usize))
            else {
                continue;
            };
            let stratum = strata.entry(of).or_default();
            stratum.recursive = self.whole.program.strata.get(of).is_some_and(|stratum| stratum.recursive);
            stratum.rules.push(RuleId(self.program.rules.len() as u32));
            let rule = self.rule(rule);
            self.program.rules.push(rule);
        }
        let mut strata: Vec<(usize, Stratum)> = strata.into_iter().collect();
        strata.sort_unstable_by_key(|(of, _)| *of);
        self.program.strata = strata.into_iter().map(|(_, stratum)| stratum).collect();
    }

    /// Takes over the facts of the relations that are there.
    fn facts(&mut self, further: &[Fact]) {
        let known = self.relations.keys().filter_map(|relation| self.whole.facts.get(relation.0 as usize));
        let facts = known.flatten().copied().chain(further);
        let of_part =
            |fact: &Fact| Some(Fact { relation: *self.relations.get(&fact.relation)?, ..fact.clone() });
        let mut facts: Vec<Fact> = facts.filter_map(of_part).collect();
        facts.sort_by_key(|fact| fact.place);
        self.program.facts = facts;
    }

    fn rule(&mut self, rule: &Rule) -> Rule {
        Rule {
            label: rule.label.clone(),
            head: self.relation(rule.head),
            terms: rule.terms.clone(),
            body: self.body(&rule.body),
            variables: rule.variables.clone(),
            place: rule.place,
        }
    }

    fn body(&mut self, body: &[Literal]) -> Vec<Literal> {
        body.iter().map(|literal| Literal { kind: self.kind(&literal.kind), span: literal.span }).collect()
    }

    fn kind(&mut self, kind: &LiteralKind) -> LiteralKind {
        match kind {
            LiteralKind::Atom(atom) => LiteralKind::Atom(self.atom(atom)),
            LiteralKind::Absent(atom) => LiteralKind::Absent(self.atom(atom)),
            LiteralKind::Aggregate(aggregate) => LiteralKind::Aggregate(Aggregate {
                fold: aggregate.fold,
                result: aggregate.result.clone(),
                of: aggregate.of.clone(),
                groups: aggregate.groups.clone(),
                body: self.body(&aggregate.body),
            }),
            LiteralKind::Test { .. } | LiteralKind::Bind(..) | LiteralKind::Each(..) => kind.clone(),
        }
    }

    fn atom(&mut self, atom: &Atom) -> Atom {
        Atom { relation: self.relation(atom.relation), terms: atom.terms.clone() }
    }
}

/// Calls `visit` with each relation that a body reads.
fn read(body: &[Literal], visit: &mut dyn FnMut(RelationId)) {
    for literal in body {
        match &literal.kind {
            LiteralKind::Atom(atom) | LiteralKind::Absent(atom) => visit(atom.relation),
            LiteralKind::Aggregate(aggregate) => read(&aggregate.body, visit),
            LiteralKind::Test { .. } | LiteralKind::Bind(..) | LiteralKind::Each(..) => {}
        }
    }
}
