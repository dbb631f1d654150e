//! The relations of an estate as programs read them.

use std::sync::{Arc, LazyLock, OnceLock};

use rustc_hash::FxHashMap;

use super::asked::{self, Asked};
use super::probes::Probes;
use super::{Row, Rows as Whole, all, asked as on_demand, misread_negation, more};
use crate::answers::Engine;
use crate::datalog::engine::{Bound, Given, GivenError, Offer, Rows};
use crate::datalog::text::Declaration;
use crate::region::resource::LimitExceeded;

/// About how many rows a relation has that is read whole.
const SOME_ROWS: u64 = 10_000;

/// All relations that programs can read from an estate: those that are read whole, and then those that are asked.
pub fn offers() -> &'static [Offer] {
    static OFFERS: LazyLock<Vec<Offer>> = LazyLock::new(|| {
        let whole = all().chain(more()).map(|relation| {
            let columns = relation.columns.iter().enumerate();
            let dear = columns.filter(|(_, column)| is_dear(&relation.name.value, &column.name.value));
            let dear = dear.map(|(column, _)| column).collect();
            let instead_of_not = misread_negation(&relation.name.value);
            Offer { dear, instead_of_not, ..Offer::whole(relation.clone(), SOME_ROWS) }
        });
        let asked = on_demand().iter().map(|relation| Offer {
            declaration: relation.clone(),
            accepts: asked::accepts(&relation.name.value).unwrap_or_default(),
            instead_of_not: misread_negation(&relation.name.value),
            dear: Vec::new(),
        });
        whole.chain(asked).collect()
    });
    &OFFERS
}

/// Columns for which files are read again, or much is written out.
fn is_dear(relation: &str, column: &str) -> bool {
    match relation {
        "statement" => matches!(column, "file" | "line"),
        "permitted" => matches!(column, "resources" | "owner" | "condition"),
        _ => false,
    }
}

/// What programs read from an estate.
pub struct OfEstate<'a> {
    whole: Whole<'a>,
    asked: Asked<'a>,
    engine: &'a Engine,
    probes: OnceLock<Result<Probes, GivenError>>,
}

impl<'a> OfEstate<'a> {
    /// The relations of an engine's estate.
    pub fn new(engine: &'a Engine) -> Self {
        Self { whole: Whole::new(engine, None), asked: Asked::new(engine), engine, probes: OnceLock::new() }
    }

    fn probes(&self) -> Result<&Probes, GivenError> {
        self.probes.get_or_init(|| Probes::new(self.engine)).as_ref().map_err(Clone::clone)
    }

    fn whole(&self, relation: &str) -> Result<Vec<Row>, GivenError> {
        if matches!(relation, "lets_in" | "lets_in_by_provider" | "lets_out" | "lets_through") {
            return self.probes()?.perimeter(relation);
        }
        if let Some(rows) = self.whole.more(relation, || self.asked.hops()) {
            return rows;
        }
        match self.whole.of(relation) {
            Some(rows) => rows.map_err(|limit| untold(relation, &limit)),
            None => Err(GivenError::new(format!("there is no relation `{relation}`"))),
        }
    }
}

fn untold(relation: &str, limit: &LimitExceeded) -> GivenError {
    GivenError::new(format!("`{relation}` can't be told: {limit}"))
}

impl Given for OfEstate<'_> {
    fn offers(&self) -> &[Offer] {
        offers()
    }

    fn rows(&self, offer: usize, bound: &Bound) -> Result<Rows, GivenError> {
        let Some(offer) = offers().get(offer) else {
            return Err(GivenError::new(format!("there is no relation {offer}")));
        };
        let name = &*offer.declaration.name.value;
        if matches!(name, "granted_by" | "granted_on") {
            return Ok(self.whole.granted(bound, || self.asked.hops()));
        }
        if name == "denied_by" {
            return Ok(self.whole.denied(bound));
        }
        if name.starts_with("left_open") || name.starts_with("closed") {
            return self.probes()?.left_open(name, bound);
        }
        if let Some(rows) = self.asked.rows(name, bound) {
            return rows;
        }
        let mut rows = Rows::new(offer.declaration.columns.len());
        let plain = match name {
            _ if offer.dear.is_empty() || bound.spared() != offer.dear => None,
            "statement" => Some(self.whole.statements(false)),
            "permitted" => Some(self.whole.permitted_actions().map_err(|limit| untold(name, &limit))?),
            _ => None,
        };
        if let Some(plain) = plain {
            rows.extend(plain);
            return Ok(rows);
        }
        rows.extend(self.whole(name)?);
        Ok(rows)
    }
}

/// Facts of a file, and nothing else: what a test states, or what `entail facts` wrote.
pub struct OfFacts {
    offers: Vec<Offer>,
    rows: Vec<Vec<Row>>,
    /// Whether what the facts do not say of relations that are asked is not known.
    open: bool,
}

impl OfFacts {
    /// Facts by relation. Of a relation of [`offers`] that has none it is known that it has none.
    pub fn new(facts: impl IntoIterator<Item = (Declaration, Vec<Row>)>) -> Self {
        let mut places: FxHashMap<Arc<str>, usize> = FxHashMap::default();
        let (mut declared, mut rows): (Vec<Declaration>, Vec<Vec<Row>>) = (Vec::new(), Vec::new());
        let known = offers().iter().map(|offer| (offer.declaration.clone(), Vec::new()));
        for (declaration, facts) in known.chain(facts) {
            let name: Arc<str> = (&*declaration.name.value).into();
            let place = *places.entry(name).or_insert_with(|| {
                declared.push(declaration);
                rows.push(Vec::new());
                rows.len() - 1
            });
            if let Some(rows) = rows.get_mut(place) {
                rows.extend(facts);
            }
        }
        let counts = rows.iter().map(|rows| rows.len() as u64);
        let offers = declared
            .into_iter()
            .zip(counts)
            .map(|(declaration, rows)| Offer::whole(declaration, rows))
            .collect();
        Self { offers, rows, open: false }
    }

    /// Facts that somebody wrote out of an estate. Relations that are evaluated when asked can't be read unless the facts hold some.
    pub fn of_file(facts: impl IntoIterator<Item = (Declaration, Vec<Row>)>) -> Self {
        Self { open: true, ..Self::new(facts) }
    }
}

impl Given for OfFacts {
    fn offers(&self) -> &[Offer] {
        &self.offers
    }

    fn rows(&self, offer: usize, _: &Bound) -> Result<Rows, GivenError> {
        let name = self.offers.get(offer).map(|offer| &offer.declaration.name.value);
        let asked = name.filter(|name| self.open && on_demand().iter().any(|of| of.name.value == **name));
        if let Some(name) = asked.filter(|_| self.rows.get(offer).is_none_or(Vec::is_empty)) {
            let error = GivenError::new(format!("the facts say nothing of `{name}`"));
            let help = "ask the estate that they came from, or state facts of it";
            return Err(GivenError { help: Some(help.into()), ..error });
        }
        let width = self.offers.get(offer).map_or(0, |offer| offer.declaration.columns.len());
        let mut rows = Rows::new(width);
        let facts = self.rows.get(offer).map(Vec::as_slice).unwrap_or_default();
        rows.extend(facts.iter().cloned());
        Ok(rows)
    }
}
