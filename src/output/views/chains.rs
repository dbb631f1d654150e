//! The answer to `become`.

use std::collections::BTreeMap;

use super::can::deciding;
use super::{Places, assumed_by, condition, decision, depends, kind};
use crate::answers::chains::{Holders, Hop, Hops, Overview, Paths, Reached, Step, Ways};
use crate::answers::{Engine, ReverseRow, WhoCan};
use crate::estate::Arn;
use crate::facts::{PrincipalFact, PrincipalId, PrincipalKind};
use crate::output::{
    Assumed, BecomeAnswer, BecomeRow, HopView, OverviewView, ReachView, ThroughView, TrustView, WhoCanAnswer,
    WhoCanRow,
};
use crate::rules::carried::LONGEST_CHAINED_SESSION;
use crate::rules::decision::Decision;

/// Of ways of more hops than this a list of ways tells as many, half of them from each end.
pub const MOST_HOPS: usize = 16;

/// Turns hops into plain data.
pub struct BecomeViews<'a> {
    engine: &'a Engine,
    hops: &'a Hops,
    places: Places<'a>,
    holders: Holders,
    statements: bool,
}

impl<'a> BecomeViews<'a> {
    /// Views of the hops of an engine; without `statements` they do not say why.
    pub fn new(engine: &'a Engine, hops: &'a Hops, statements: bool) -> Self {
        Self { engine, hops, places: Places::new(engine), holders: Holders::new(engine.estate()), statements }
    }

    fn answer(&self) -> BecomeAnswer {
        BecomeAnswer {
            missing: self.hops.missing.clone(),
            assumed: assumed_by(self.engine),
            ..BecomeAnswer::default()
        }
    }

    /// What all hops add up to, and a row for each: for the surest ones of each principal, `most` of them if that is given.
    pub fn overview(
        &mut self,
        overview: &Overview,
        most: Option<usize>,
        wants: &dyn Fn(PrincipalId) -> bool,
    ) -> BecomeAnswer {
        // All hops with all their statements would be more than anybody reads.
        self.statements = false;
        let (engine, hops) = (self.engine, self.hops);
        let wanted: Vec<&Hop> = hops.made().into_iter().filter(|hop| wants(hop.from)).collect();
        let listed: Vec<&Hop> = match most {
            None => wanted.clone(),
            Some(most) => wanted.chunk_by(|a, b| a.from == b.from).flat_map(|of| surest(of, most)).collect(),
        };
        let left_out = if most == Some(0) { 0 } else { wanted.len() - listed.len() };
        let rows = listed.into_iter().map(|hop| self.row(hop.to, 1, hop, None)).collect();
        let names = |ids: &[PrincipalId]| ids.iter().map(|&id| name(engine, id)).collect::<Vec<_>>();
        let reached = |all: &[Reached]| -> Vec<ReachView> {
            let wanted = all.iter().filter(|reached| wants(reached.from));
            wanted
                .map(|reached| ReachView {
                    principal: name(engine, reached.from),
                    kind: kind(engine.facts().principal(reached.from).kind),
                    direct: reached.direct,
                    roles: reached.roles,
                    resources: self.resources_of(reached.from),
                })
                .collect()
        };
        let view = OverviewView {
            roles: overview.roles,
            hops: overview.hops,
            left_out,
            entry_points: reached(&overview.entry_points),
            services: reached(&overview.services),
            reach: reached(&overview.reach),
            cycles: overview.cycles.iter().map(|members| names(members)).collect(),
            unclaimed: overview
                .unclaimed
                .iter()
                .map(|&(provider, role)| TrustView {
                    provider: name(engine, provider),
                    role: name(engine, role),
                })
                .collect(),
            unauthenticated: names(&overview.unauthenticated),
            nobody: names(&overview.nobody),
            anybody: names(&overview.anybody),
        };
        let mut answer = BecomeAnswer { rows, overview: Some(view), ..self.answer() };
        answer.assumed.extend(depends(&engine.depends_of_all(hops)));
        answer
    }

    /// The ways from or to one principal.
    pub fn ways(&mut self, ways: &Ways, wants: &dyn Fn(PrincipalId) -> bool) -> BecomeAnswer {
        let (hops, conditions) = (self.hops, &self.engine.facts().arena().conditions);
        let wanted = ways.ways.iter().filter(|way| wants(way.principal));
        let rows = wanted
            .map(|way| {
                let step = ways.shown(hops, way, conditions);
                let row = self.row(way.principal, way.hops, hops.get(step.hop), Some(&step));
                BecomeRow { decision: decision(way.decision), ..row }
            })
            .collect();
        let missing = hops.missing_for(self.engine, &|session| ways.reaches(session));
        let mut answer = BecomeAnswer { rows, more: ways.cut, missing, ..self.answer() };
        answer.assumed.extend(depends(&self.engine.depends_of_ways(hops, ways, wants)));
        answer
    }

    /// The paths between two principals, with a row for each hop; none: that there is no path.
    pub fn paths(&mut self, ends: (PrincipalId, PrincipalId), paths: Option<&Paths>) -> BecomeAnswer {
        let hops = self.hops;
        let taken = || paths.into_iter().flat_map(|paths| &paths.paths).flatten().map(|&id| hops.step(id));
        let missing = match paths {
            Some(_) => hops.missing_for(self.engine, &|session| taken().any(|step| step.to == session)),
            None => hops.missing.clone(),
        };
        let more = paths.is_some_and(|paths| paths.more);
        let mut answer = BecomeAnswer { more, missing, ..self.answer() };
        answer.assumed.extend(depends(&self.engine.depends_of_paths(hops, ends, paths)));
        for (number, path) in (1..).zip(paths.into_iter().flat_map(|paths| &paths.paths)) {
            let mut rows = Vec::with_capacity(path.len());
            let mut worst = Decision::Allowed;
            for (so_far, step) in (1..).zip(&hops.shown(&self.engine.facts().arena().conditions, path)) {
                worst = worst.max(step.decision);
                let hop = hops.get(step.hop);
                let row = self.row(hop.to, so_far, hop, Some(step));
                rows.push(BecomeRow { path: Some(number), decision: decision(worst), ..row });
            }
            answer.paths.push(rows.iter().map(|row| row.hop.clone()).collect());
            answer.rows.append(&mut rows);
        }
        answer
    }

    /// Those who can do something by becoming others, by whom who can do it themselves, and what was not collected.
    /// Of long ways only both ends are told: whole ones would be a page for each principal of a long chain.
    pub fn through(&mut self, found: &[WhoCan], wants: &dyn Fn(PrincipalId) -> bool) -> WhoCanAnswer {
        self.through_hops(found, wants, MOST_HOPS)
    }

    /// The same, of ways of more hops than `most` both ends only.
    fn through_hops(
        &mut self,
        found: &[WhoCan],
        wants: &dyn Fn(PrincipalId) -> bool,
        most: usize,
    ) -> WhoCanAnswer {
        let hops = self.hops;
        let mut answer = WhoCanAnswer { missing: hops.missing.clone(), ..WhoCanAnswer::default() };
        let mut otherwise: Option<Hops> = None;
        for of_action in found {
            if !std::ptr::eq(of_action.engine, self.engine) {
                // The question says otherwise than what is assumed.
                let hops = otherwise.get_or_insert_with(|| of_action.engine.hops());
                let mut views = BecomeViews::new(of_action.engine, hops, self.statements);
                let mut more = views.through_hops(std::slice::from_ref(of_action), wants, most);
                answer.rows.append(&mut more.rows);
                answer.assumed.append(&mut more.assumed);
                continue;
            }
            let mut resources: BTreeMap<&str, Vec<&ReverseRow>> = BTreeMap::new();
            for row in &of_action.rows {
                resources.entry(&row.resource).or_default().push(row);
            }
            for (resource, rows) in resources {
                let through = self.engine.through(hops, &rows, of_action.stated);
                let hops = through.own.as_ref().unwrap_or(hops);
                let ends: Vec<PrincipalId> = rows.iter().map(|row| row.principal).collect();
                let rests_on = self.engine.depends_of_through(hops, &through, &ends, wants);
                answer.assumed.extend(depends(&rests_on));
                for gained in through.gained.iter().filter(|gained| wants(gained.principal)) {
                    let last = rows.iter().find(|row| row.principal == gained.end);
                    let fact = self.engine.facts().principal(gained.principal);
                    let statements = match (self.statements, last) {
                        (true, Some(row)) => deciding(row.decided.decision, &row.examined, &mut self.places),
                        _ => Vec::new(),
                    };
                    let (beginning, end) = both_ends(&gained.path, most);
                    let when = gained.condition.or(last.map(|row| row.decided.condition));
                    answer.rows.push(WhoCanRow {
                        principal: name(self.engine, gained.principal),
                        kind: kind(fact.kind),
                        account: account(fact),
                        action: of_action.action.clone(),
                        resource: resource.to_owned(),
                        decision: decision(gained.decision),
                        condition: when.and_then(|when| condition(self.engine, when)),
                        statements,
                        through: beginning
                            .iter()
                            .chain(end)
                            .map(|step| self.hop(hops.get(step.hop), Some(step)))
                            .collect(),
                        through_left_out: gained.path.len() - beginning.len() - end.len(),
                    });
                }
            }
        }
        answer
    }

    /// How a principal gets what was asked about by becoming others, if that is surer than by itself, and the readings on which that
    /// depends, or that it does not.
    pub fn through_roles(
        &mut self,
        found: &WhoCan,
        principal: PrincipalId,
    ) -> (Option<ThroughView>, Assumed) {
        let wants = |id| id == principal;
        let mut answer = self.through_hops(std::slice::from_ref(found), &wants, usize::MAX);
        let view = answer.rows.pop().and_then(|row| {
            Some(ThroughView {
                principal: row.through.last().map(|hop| hop.to.clone())?,
                decision: row.decision,
                condition: row.condition,
                statements: row.statements,
                hops: row.through,
            })
        });
        (view, answer.assumed)
    }

    /// How many resources hold the roles that a service can take.
    fn resources_of(&self, id: PrincipalId) -> Option<usize> {
        let facts = self.engine.facts();
        let held = |hop: &Hop| self.holders.of(facts, hop).count();
        let of_service = facts.principal(id).kind == PrincipalKind::Service;
        of_service.then(|| self.hops.from(id).map(|hop| held(self.hops.get(hop))).sum())
    }

    fn row(&mut self, principal: PrincipalId, hops: u32, hop: &Hop, step: Option<&Step>) -> BecomeRow {
        let fact = self.engine.facts().principal(principal);
        BecomeRow {
            principal: name(self.engine, principal),
            kind: kind(fact.kind),
            account: account(fact),
            hops,
            decision: decision(hop.decision),
            path: None,
            hop: self.hop(hop, step),
        }
    }

    /// A hop, by itself or as a step of a path.
    fn hop(&mut self, hop: &Hop, step: Option<&Step>) -> HopView {
        let (decided, when) =
            step.map_or((hop.decision, hop.condition), |step| (step.decision, step.condition));
        let facts = self.engine.facts();
        let account = |id| account(facts.principal(id));
        let asked = if self.statements { self.engine.hop(hop) } else { None };
        HopView {
            from: name(self.engine, hop.from),
            from_kind: kind(facts.principal(hop.from).kind),
            from_account: account(hop.from),
            to: name(self.engine, hop.to),
            to_account: account(hop.to),
            by: hop.by.name().to_owned(),
            decision: decision(decided),
            condition: condition(self.engine, when),
            longest_session: self.engine.is_chained(hop).then_some(LONGEST_CHAINED_SESSION),
            resources: match facts.principal(hop.from).kind {
                PrincipalKind::Service => {
                    self.holders.of(facts, hop).map(|resource| resource.to_string()).collect()
                }
                _ => Vec::new(),
            },
            statements: asked
                .map(|row| deciding(row.decided.decision, &row.examined, &mut self.places))
                .unwrap_or_default(),
        }
    }
}

fn name(engine: &Engine, id: PrincipalId) -> String {
    let fact = engine.facts().principal(id);
    if fact.kind == PrincipalKind::Everyone { "*".to_owned() } else { fact.name.to_string() }
}

/// The account of a principal, that of an identity provider too, which nobody's requests come from.
fn account(fact: &PrincipalFact) -> Option<String> {
    let of_provider = || {
        let arn = Arn::parse(&fact.name).filter(|_| fact.kind == PrincipalKind::IdentityProvider)?;
        arn.account_id()
    };
    fact.account.or_else(of_provider).map(|account| account.to_string())
}

/// So many of some hops, the surest, in their order.
fn surest<'h>(hops: &[&'h Hop], most: usize) -> Vec<&'h Hop> {
    let sure = |hop: &Hop| match hop.decision {
        Decision::Allowed => 0,
        Decision::Conditional => 1,
        _ => 2,
    };
    let mut places: Vec<(u8, usize)> = hops.iter().map(|hop| sure(hop)).zip(0..).collect();
    places.sort_unstable();
    places.truncate(most);
    places.sort_unstable_by_key(|&(_, place)| place);
    places.into_iter().filter_map(|(_, place)| hops.get(place).copied()).collect()
}

/// A list, or if it is longer than `most` its beginning and its end.
fn both_ends<T>(list: &[T], most: usize) -> (&[T], &[T]) {
    if list.len() <= most {
        return (list, &[]);
    }
    let (first, rest) = list.split_at(most / 2);
    let (_, last) = rest.split_at(rest.len() - most / 2);
    (first, last)
}
