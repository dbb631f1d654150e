//! The tables of a report.
//!
//! ```text
//! own sides, ceilings, resource side (ids of the arena) ─► Own, Side (rows) ─► Numbers (ids in the order of content) ─► tables
//! ```
//! Ids of the arena are dense and differ between runs. What rows name is marked, the distinct values are sorted by
//! content, and rows are then mapped through vectors; there is no text in a row.

mod actions;
mod conditions;
mod coverage;
mod numbering;
mod own;
mod principal_sets;
mod principals;
mod resources;
mod sets;
mod statements;

use crate::answers::{Ceilings, Engine, OwnSides, ResourceSide};
use crate::facts::PrincipalId;
use crate::output::factored::FactoredReport;
use crate::output::{Table, TableError};

use actions::ActionNumbers;
pub(crate) use actions::Tree as ActionTree;
use conditions::ConditionNumbers;
use numbering::{Marks, NONE};
use own::OwnRows;
use principals::PrincipalNumbers;
use resources::SideRows;
use sets::{OwnerNumbers, ResourceNumbers};
use statements::{StatementNumbers, StatementSets};

/// Everything that tables are made from.
struct Given<'a> {
    engine: &'a Engine,
    own: OwnSides,
    ceilings: Ceilings,
    side: ResourceSide,
    principals: PrincipalNumbers,
}

/// The numbers of what rows name.
struct Numbers {
    actions: ActionNumbers,
    resources: ResourceNumbers,
    owners: OwnerNumbers,
    conditions: ConditionNumbers,
    statements: StatementNumbers,
    sets: StatementSets,
}

/// The report on some principals as the tables of `docs/tables.md`.
///
/// # Errors
/// A set of resources that exceeds a limit; columns that do not fit together, a mistake of the program.
pub fn report_tables(engine: &Engine, principals: &[PrincipalId]) -> Result<Vec<Table>, TableError> {
    engine.make_sides();
    let (own, (ceilings, side)) = rayon::join(
        || engine.own_sides(principals),
        || rayon::join(|| engine.ceilings(principals), || engine.resource_side()),
    );
    let mut side = side;
    engine.add_what_stands_beside(&mut side);
    let principals = PrincipalNumbers::new(&side.by_name, principals);
    let given = Given { engine, own, ceilings, side, principals };
    let marks = Marks::of(&given);
    let ((actions, owners), ((resources, conditions), statements)) = rayon::join(
        || (ActionNumbers::new(engine, &marks.actions), OwnerNumbers::new(engine, &marks.owners)),
        || {
            let sets = || {
                rayon::join(
                    || ResourceNumbers::new(engine, &marks.resources),
                    || ConditionNumbers::new(engine, &marks.conditions),
                )
            };
            rayon::join(sets, || StatementNumbers::new(engine, &marks.statements))
        },
    );
    let sets = StatementSets::new();
    let mut numbers = Numbers { actions, resources: resources?, owners, conditions, statements, sets };
    let (own, rows) = rayon::join(|| OwnRows::new(&given, &numbers), || SideRows::new(&given, &numbers));
    numbers.sets.finish(numbers.statements.len());
    let mut tables = FactoredReport::default();
    let ceilings = own::ceilings(&given, &numbers);
    rayon::scope(|scope| {
        let FactoredReport {
            principals,
            permissions,
            ceilings: ceiling_rows,
            resources,
            governed,
            resource_grants,
            resource_denies,
            principal_sets,
            principal_blocks,
            action_sets,
            actions,
            resource_sets,
            owner_sets,
            conditions,
            statement_sets,
            statements,
            coverage,
        } = &mut tables;
        let (given, numbers, ceilings) = (&given, &numbers, &ceilings);
        scope.spawn(move |_| *statements = numbers.statements.table(given.engine));
        scope.spawn(move |_| *permissions = own.table(numbers));
        scope.spawn(move |_| *principals = principals::table(given, ceilings));
        scope.spawn(move |_| *ceiling_rows = ceilings.table());
        scope.spawn(move |_| {
            *resources = resources::table(given);
            *governed = resources::governed(given, numbers);
        });
        scope.spawn(move |_| {
            *resource_grants = rows.grants(numbers);
            *resource_denies = rows.denies(numbers);
            (*principal_sets, *principal_blocks) = rows.sets.tables();
        });
        scope.spawn(move |_| *action_sets = numbers.actions.sets());
        scope.spawn(move |_| *actions = numbers.actions.table(given.engine));
        scope.spawn(move |_| *resource_sets = numbers.resources.table());
        scope.spawn(move |_| *owner_sets = numbers.owners.table());
        scope.spawn(move |_| *conditions = numbers.conditions.table());
        scope.spawn(move |_| *statement_sets = numbers.sets.table());
        scope.spawn(move |_| *coverage = coverage::table(given));
    });
    // Nobody waits until what the tables were made from is gone.
    rayon::spawn(move || drop(numbers));
    tables.into_tables()
}
