//! The answer to `become`.

use std::collections::BTreeMap;

use super::can::deciding;
use super::{Places, assumed_by, condition, decision, kind};
use crate::answers::chains::{Direction, Holders, Hop, Hops, Overview, Paths, Reached, Step, StepId, Ways};
use crate::answers::{Engine, ReverseRow, WhoCan};
use crate::facts::{PrincipalId, PrincipalKind};
use crate::output::{
    BecomeAnswer, BecomeRow, HopView, OverviewView, ReachView, ThroughView, TrustView, WhoCanAnswer,
    WhoCanRow,
};
use crate::rules::carried::LONGEST_CHAINED_SESSION;
use crate::rules::decision::Decision;

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

    /// What all hops add up to; with `listed` also a row for each.
    pub fn overview(
        &mut self,
        overview: &Overview,
        listed: bool,
        wants: &dyn Fn(PrincipalId) -> bool,
    ) -> BecomeAnswer {
        // All hops with all their statements would be more than anybody reads.
        self.statements = false;
        let (engine, hops) = (self.engine, self.hops);
        let wanted = hops.all().iter().filter(|hop| listed && wants(hop.from));
        let rows = wanted.map(|hop| self.row(hop.to, 1, hop, None)).collect();
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
        BecomeAnswer { rows, overview: Some(view), ..self.answer() }
    }

    /// The ways from or to one principal.
    pub fn ways(&mut self, ways: &Ways, wants: &dyn Fn(PrincipalId) -> bool) -> BecomeAnswer {
        let hops = self.hops;
        let wanted = ways.ways.iter().filter(|way| wants(way.principal));
        let rows = wanted
            .map(|way| {
                let row = self.row(way.principal, way.hops, hops.hop_of(way.step), Some(hops.step(way.step)));
                BecomeRow { decision: decision(way.decision), ..row }
            })
            .collect();
        BecomeAnswer { rows, more: ways.cut, ..self.answer() }
    }

    /// The paths between two principals.
    pub fn paths(&mut self, paths: Option<&Paths>) -> BecomeAnswer {
        let listed = paths.map(|paths| paths.paths.as_slice()).unwrap_or_default();
        let shown = listed.iter().map(|path| path.iter().map(|&id| self.step(id)).collect()).collect();
        BecomeAnswer { paths: shown, more: paths.is_some_and(|paths| paths.more), ..self.answer() }
    }

    /// Those who can do something by becoming others, by whom who can do it themselves, and what was not collected.
    pub fn through(&mut self, found: &[WhoCan], wants: &dyn Fn(PrincipalId) -> bool) -> WhoCanAnswer {
        let hops = self.hops;
        let mut answer = WhoCanAnswer { missing: hops.missing.clone(), ..WhoCanAnswer::default() };
        for of_action in found {
            let mut resources: BTreeMap<&str, Vec<&ReverseRow>> = BTreeMap::new();
            for row in &of_action.rows {
                resources.entry(&row.resource).or_default().push(row);
            }
            for (resource, rows) in resources {
                let ends: Vec<(PrincipalId, Decision)> =
                    rows.iter().map(|row| (row.principal, row.decided.decision)).collect();
                let ways = hops.ways_among(&ends, Direction::To, None);
                for way in ways.ways.iter().filter(|way| wants(way.principal)) {
                    let path = ways.path(hops, way);
                    let last = rows.iter().find(|row| row.principal == way.end);
                    let fact = self.engine.facts().principal(way.principal);
                    let statements = match (self.statements, last) {
                        (true, Some(row)) => deciding(row.decided.decision, &row.examined, &mut self.places),
                        _ => Vec::new(),
                    };
                    answer.rows.push(WhoCanRow {
                        principal: name(self.engine, way.principal),
                        kind: kind(fact.kind),
                        account: fact.account.map(|account| account.to_string()),
                        action: of_action.action.clone(),
                        resource: resource.to_owned(),
                        decision: decision(way.decision),
                        condition: last.and_then(|row| condition(of_action.engine, row.decided.condition)),
                        statements,
                        through: path.iter().map(|&id| self.step(id)).collect(),
                    });
                }
            }
        }
        answer
    }

    /// How a principal gets what was asked about by becoming others, if that is surer than by itself.
    pub fn through_roles(&mut self, found: &WhoCan, principal: PrincipalId) -> Option<ThroughView> {
        let row = self.through(std::slice::from_ref(found), &|id| id == principal).rows.pop()?;
        Some(ThroughView {
            principal: row.through.last().map(|hop| hop.to.clone())?,
            decision: row.decision,
            condition: row.condition,
            statements: row.statements,
            hops: row.through,
        })
    }

    /// How many resources hold the roles that a service can take.
    fn resources_of(&self, id: PrincipalId) -> Option<usize> {
        let facts = self.engine.facts();
        let service = &facts.principal(id);
        let held = |hop: &Hop| self.holders.of(&service.name, &facts.principal(hop.to).name).count();
        let of_service = service.kind == PrincipalKind::Service;
        of_service.then(|| self.hops.from(id).map(|hop| held(self.hops.get(hop))).sum())
    }

    fn row(&mut self, principal: PrincipalId, hops: u32, hop: &Hop, step: Option<&Step>) -> BecomeRow {
        let fact = self.engine.facts().principal(principal);
        BecomeRow {
            principal: name(self.engine, principal),
            kind: kind(fact.kind),
            account: fact.account.map(|account| account.to_string()),
            hops,
            decision: decision(hop.decision),
            hop: self.hop(hop, step),
        }
    }

    fn step(&mut self, id: StepId) -> HopView {
        self.hop(self.hops.hop_of(id), Some(self.hops.step(id)))
    }

    /// A hop, by itself or as a step of a path.
    fn hop(&mut self, hop: &Hop, step: Option<&Step>) -> HopView {
        let (decided, when) =
            step.map_or((hop.decision, hop.condition), |step| (step.decision, step.condition));
        let facts = self.engine.facts();
        let account = |id| facts.principal(id).account.map(|account| account.to_string());
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
                    let (service, role) = (&facts.principal(hop.from).name, &facts.principal(hop.to).name);
                    self.holders.of(service, role).map(|resource| resource.to_string()).collect()
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
