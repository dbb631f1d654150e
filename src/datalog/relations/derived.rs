//! Rows that the rules derived.

use std::ops::Range;

use rayon::prelude::*;

use super::content::{self, Content};
use super::ground::control;
use super::{Row, Rows, RowsOf, optional, row, word};
use crate::datalog::text::Value;
use crate::facts::{Caller, Layers, PrincipalId, PrincipalKind, Regime, Relation, StatementId};
use crate::region::action_set::ActionSetId;

impl Rows<'_> {
    /// The rows of a derived relation; none if there is no such relation.
    pub(super) fn derived(&self, relation: &str) -> Option<RowsOf> {
        Some(match relation {
            "holds" => Ok(self.pairs(&self.membership().holds)),
            "bounded" => Ok(self.pairs(&self.membership().bounded)),
            "limits" => Ok(self.limits()),
            "ceiling" => self.ceilings(),
            "permitted" => self.permitted(),
            "administrator" => Ok(self.names_of(self.engine.administrators(&self.principals))),
            "effective_administrator" => {
                Ok(self.names_of(self.engine.effective_administrators(&self.principals)))
            }
            "reaches" => Ok(self.reaches()),
            "route" => Ok(self.routes()),
            "filter" => Ok(self.filters()),
            _ => return None,
        })
    }

    fn limits(&self) -> Vec<Row> {
        let limits = self.engine.sides().ceilings().limits.iter();
        limits
            .map(|&(kind, account, level, policy)| {
                row([control(kind), self.node(account), self.node(level), self.policy(policy)])
            })
            .collect()
    }

    fn ceilings(&self) -> RowsOf {
        let arena = self.engine.facts().arena();
        let ceilings = &self.engine.sides().ceilings().ceiling;
        let regions = || ceilings.iter().map(|&(.., region)| arena.get(region));
        let content = Content::new(self.engine, regions)?;
        let rows = ceilings.iter().zip(regions()).filter_map(|(&(kind, account, _), region)| {
            let [actions, resources, owner, condition] = content.of(&region)?;
            Some(row([control(kind), self.node(account), actions, resources, owner, condition]))
        });
        Ok(rows.collect())
    }

    fn permitted(&self) -> RowsOf {
        let own = self.own();
        let content = Content::new(self.engine, || own.rows.iter().map(|row| row.region))?;
        let mut rows = Vec::with_capacity(own.rows.len());
        for (&principal, range) in self.principals.iter().zip(&own.ranges) {
            for permission in own.rows.get(range.clone()).unwrap_or_default() {
                let Some([actions, resources, owner, condition]) = content.of(&permission.region) else {
                    continue;
                };
                let statement = permission.statement;
                let policy = self.policy(statement.policy);
                let index = Value::Number(statement.index.into());
                rows.push(row([self.name(principal), actions, resources, owner, condition, policy, index]));
            }
        }
        self.add_root_users(&mut rows)?;
        Ok(rows)
    }

    /// The rows of `permitted` with nothing but principals, actions and statements, each once.
    pub(super) fn permitted_actions(&self) -> RowsOf {
        let own = self.own();
        let actions = content::actions(self.engine, own.rows.iter().map(|row| row.region.actions))?;
        let (nothing, none) = (Value::List([].into()), optional(None::<&str>));
        let of_one = |(&principal, range): (&PrincipalId, &Range<usize>)| {
            let permissions = own.rows.get(range.clone()).unwrap_or_default();
            let mut of_one: Vec<(ActionSetId, StatementId)> =
                permissions.iter().map(|row| (row.region.actions, row.statement)).collect();
            of_one.sort_unstable();
            of_one.dedup();
            let rows = of_one.into_iter().filter_map(|(set, statement)| {
                let actions = actions.get(&set).filter(|actions| **actions != nothing)?.clone();
                let (resources, owner, condition) = (nothing.clone(), none.clone(), none.clone());
                let (policy, index) = (self.policy(statement.policy), Value::Number(statement.index.into()));
                Some(row([self.name(principal), actions, resources, owner, condition, policy, index]))
            });
            rows.collect::<Vec<Row>>()
        };
        let rows: Vec<Vec<Row>> =
            self.principals.par_iter().zip(&own.ranges).with_min_len(64).map(of_one).collect();
        let mut rows: Vec<Row> = rows.into_iter().flatten().collect();
        self.add_root_users(&mut rows)?;
        Ok(rows)
    }

    /// Root users are permitted what SCPs leave of everything, by no statement (S-ROOT-01).
    fn add_root_users(&self, rows: &mut Vec<Row>) -> Result<(), crate::region::resource::LimitExceeded> {
        let facts = self.engine.facts();
        let is_root = |id: &&PrincipalId| facts.principal(**id).kind == PrincipalKind::Root;
        let roots: Vec<_> = self.principals.iter().filter(is_root).copied().collect();
        if roots.is_empty() {
            return Ok(());
        }
        let permissions = self.engine.permissions();
        let own: Vec<_> = roots.iter().map(|&id| self.engine.permissions_of_root(&permissions, id)).collect();
        let content = Content::new(self.engine, || own.iter().flatten().copied())?;
        for (&root, region) in
            roots.iter().zip(&own).flat_map(|(root, own)| own.iter().map(move |own| (root, own)))
        {
            let Some([actions, resources, owner, condition]) = content.of(region) else { continue };
            let (policy, index) = (optional(None::<&str>), Value::Number(-1));
            rows.push(row([self.name(root), actions, resources, owner, condition, policy, index]));
        }
        Ok(())
    }

    /// The principals of which something holds, as rows.
    pub(super) fn names_of(&self, holds: impl IntoIterator<Item = bool>) -> Vec<Row> {
        let of = self.principals.iter().zip(holds);
        of.filter(|(_, holds)| *holds).map(|(&id, _)| row([self.name(id)])).collect()
    }

    fn reaches(&self) -> Vec<Row> {
        let report = self.engine.report(&self.principals);
        let rows = report.summaries.iter().flat_map(|summary| {
            let account = |account| row([self.name(summary.principal), optional(Some(account))]);
            summary.reaches.iter().map(account)
        });
        rows.collect()
    }

    fn routes(&self) -> Vec<Row> {
        let routes = self.engine.routes();
        let mut rows = Vec::new();
        for caller in Caller::ALL {
            for relation in Relation::ALL {
                for regime in Regime::ALL {
                    rows.extend(routes.of(caller, relation, regime).iter().map(|route| {
                        let kind = [word(caller), word(relation), word(regime), word(route.grant)];
                        let [caller, relation, regime, grant] = kind;
                        row([caller, relation, regime, grant, layers(route.needs)])
                    }));
                }
            }
        }
        rows
    }

    fn filters(&self) -> Vec<Row> {
        let layers = |caller| self.engine.routes().filters(caller).iter().map(move |layer| (caller, layer));
        let rows = Caller::ALL.into_iter().flat_map(layers);
        rows.map(|(caller, layer)| row([word(caller), Value::symbol(layer.name())])).collect()
    }
}

fn layers(layers: Layers) -> Value {
    Value::List(layers.iter().map(|layer| Value::symbol(layer.name())).collect())
}
