//! The formula of `docs/tables.md`, over rows as they are written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entail::answers::{Context, Engine};
use entail::facts::binding::ResourceBindings;
use entail::facts::{Ownership, Target, keys};
use entail::output::Table;
use entail::region::condition::{
    Bindings, ConditionId, Conditions, DoubtClass, Effect, KeyId, Known, Operator, OperatorName, RawResource,
    RawTest, Sat, Verdict, Version,
};
use entail::region::resource::{Padding, Piece, ResourceSets};
use serde_json::{Map, Value};

use crate::output::tables::expected;

type Row = Map<String, Value>;

/// A request.
pub struct Asked<'a> {
    /// The number of the principal.
    pub principal: u64,
    /// `service:Name`.
    pub action: &'a str,
    /// What it acts on.
    pub target: &'a Target,
    /// What is known of the context.
    pub context: &'a Context,
}

/// Tables, and conditions read from them.
pub struct Formula {
    tables: HashMap<&'static str, Vec<Row>>,
    of_principal: HashMap<u64, Vec<Row>>,
    conditions: Conditions,
    read: Vec<ConditionId>,
    members: BTreeSet<(u64, u64)>,
    patterns: ResourceSets,
    actions: BTreeMap<String, BTreeSet<u64>>,
    resources: BTreeMap<String, BTreeSet<u64>>,
}

fn number(row: &Row, column: &str) -> u64 {
    row[column].as_u64().expect("a number")
}

fn text<'r>(row: &'r Row, column: &str) -> Option<&'r str> {
    row[column].as_str()
}

impl Formula {
    pub fn new(tables: &[Table]) -> Self {
        let tables: HashMap<&'static str, Vec<Row>> =
            tables.iter().map(|table| (table.name(), expected(table))).collect();
        let conditions = Conditions::new();
        let read = tables["conditions"]
            .iter()
            .map(|row| {
                let tree: Value = serde_json::from_str(text(row, "tree").expect("a tree")).expect("JSON");
                read_tree(&conditions, &tree, text(row, "missing"))
            })
            .collect();
        let mut blocks: HashMap<u64, Vec<u64>> = HashMap::new();
        for row in &tables["principal_blocks"] {
            blocks.entry(number(row, "principal_block")).or_default().push(number(row, "principal"));
        }
        let mut members = BTreeSet::new();
        for row in &tables["principal_sets"] {
            let block = &blocks[&number(row, "principal_block")];
            members.extend(block.iter().map(|&principal| (number(row, "principal_set"), principal)));
        }
        let mut of_principal: HashMap<u64, Vec<Row>> = HashMap::new();
        for row in &tables["permissions"] {
            of_principal.entry(number(row, "principal")).or_default().push(row.clone());
        }
        let (actions, resources) = Default::default();
        let patterns = ResourceSets::new();
        Self { tables, of_principal, conditions, read, members, patterns, actions, resources }
    }

    /// The number of a principal.
    pub fn principal(&self, arn: &str) -> Option<u64> {
        let row = self.tables["principals"].iter().find(|row| text(row, "arn") == Some(arn))?;
        Some(number(row, "principal"))
    }

    /// Whether some resource's policy takes part in a request.
    pub fn knows(&self, action: &str, resource: &str) -> bool {
        let (actions, resources) = (self.action_sets(action), self.resource_sets(Some(resource)));
        self.governing(&actions, &resources).is_some()
            || self.tables["resources"].iter().any(|row| text(row, "arn") == Some(resource))
    }

    fn governing(&self, actions: &BTreeSet<u64>, resources: &BTreeSet<u64>) -> Option<&Row> {
        let governs = |row: &&Row| {
            actions.contains(&number(row, "action_set")) && resources.contains(&number(row, "resource_set"))
        };
        let row = self.tables["governed"].iter().find(governs)?;
        self.tables["resources"].get(number(row, "resource") as usize)
    }

    fn action_sets(&self, action: &str) -> BTreeSet<u64> {
        if let Some(known) = self.actions.get(action) {
            return known.clone();
        }
        let patterns: BTreeSet<&str> = self.tables["actions"]
            .iter()
            .filter(|row| text(row, "action").is_some_and(|name| name.eq_ignore_ascii_case(action)))
            .filter_map(|row| text(row, "pattern"))
            .collect();
        let sets = self.tables["action_sets"].iter();
        sets.filter(|row| text(row, "pattern").is_some_and(|pattern| patterns.contains(pattern)))
            .map(|row| number(row, "action_set"))
            .collect()
    }

    fn matches(&self, pattern: &str, resource: Option<&str>) -> bool {
        match (pattern, resource) {
            ("*", _) => true,
            ("(none)", resource) => resource.is_none(),
            (_, None) => false,
            (pattern, Some(resource)) => {
                let set = self.patterns.pattern(&[Piece::Text(pattern)], Padding::Never).expect("a pattern");
                self.patterns.contains(set, resource)
            }
        }
    }

    fn resource_sets(&self, resource: Option<&str>) -> BTreeSet<u64> {
        if let Some(known) = self.resources.get(resource.unwrap_or("*")) {
            return known.clone();
        }
        let mut pieces: BTreeMap<(u64, u64), bool> = BTreeMap::new();
        for row in &self.tables["resource_sets"] {
            let piece = pieces.entry((number(row, "resource_set"), number(row, "piece"))).or_insert(true);
            *piece &= text(row, "include").is_none_or(|pattern| self.matches(pattern, resource))
                && !text(row, "exclude").is_some_and(|pattern| self.matches(pattern, resource));
        }
        pieces.into_iter().filter(|(_, holds)| *holds).map(|((set, _), _)| set).collect()
    }

    fn owner_sets(&self, owner: Option<&str>) -> BTreeSet<u64> {
        let mut sets: BTreeMap<u64, (bool, bool)> = BTreeMap::new();
        for row in &self.tables["owner_sets"] {
            let (included, excluded) = sets.entry(number(row, "owner_set")).or_default();
            *included |= text(row, "include").is_some_and(|include| include == "*" || Some(include) == owner);
            *excluded |= text(row, "exclude").is_some_and(|exclude| Some(exclude) == owner);
        }
        sets.into_iter()
            .filter(|(_, (included, excluded))| *included && !*excluded)
            .map(|(set, _)| set)
            .collect()
    }

    /// The answer of the formula, and the condition as text.
    pub fn decide(&mut self, engine: &Engine, asked: &Asked) -> (&'static str, String) {
        let target = asked.target;
        let resource = (!target.no_resource).then_some(&*target.resource);
        let owner = match target.owner {
            Ownership::Account(account) => Some(account.to_string()),
            _ => None,
        };
        let actions = self.action_sets(asked.action);
        let resources = self.resource_sets(resource);
        self.actions.insert(asked.action.to_owned(), actions.clone());
        self.resources.insert(resource.unwrap_or("*").to_owned(), resources.clone());
        let principal = &self.tables["principals"][asked.principal as usize];
        let owners = self.owner_sets(match target.no_resource {
            true => text(principal, "account"),
            false => owner.as_deref(),
        });
        let of_target = target.bindings(&self.conditions, engine.estate());
        let caller = text(principal, "arn").and_then(|arn| engine.facts().principal_id(arn));
        let bindings = InRequest {
            conditions: &self.conditions,
            context: &asked.context.bindings(&self.conditions),
            resource: match caller.filter(|_| target.no_resource) {
                Some(caller) => of_target.owned_by(engine.facts().principal(caller)),
                None => of_target,
            },
        };
        let conditions = &self.conditions;
        let when = |row: &Row| {
            let condition = conditions.bind(self.read[number(row, "condition") as usize], &bindings);
            bindings.resource.settle(condition)
        };
        let in_sets = |row: &Row| {
            actions.contains(&number(row, "action_set"))
                && resources.contains(&number(row, "resource_set"))
                && row.get("owner_set").is_none_or(|set| owners.contains(&set.as_u64().expect("a number")))
        };
        let meant = |row: &Row| self.members.contains(&(number(row, "principal_set"), asked.principal));
        let any = |rows: &mut dyn Iterator<Item = &Row>| {
            rows.filter(|row| in_sets(row)).fold(ConditionId::NEVER, |any, row| conditions.or(any, when(row)))
        };
        let own = any(&mut self.of_principal.get(&asked.principal).into_iter().flatten());
        let grant = |forms: &[&str]| {
            let of_form = |row: &&Row| forms.contains(&text(row, "form").expect("a form")) && meant(row);
            any(&mut self.tables["resource_grants"].iter().filter(of_form))
        };
        let ceiling = |column: &str| {
            let id = number(principal, column);
            any(&mut self.tables["ceilings"].iter().filter(|row| number(row, "ceiling") == id))
        };
        let account = text(principal, "account");
        let foreign = owner.is_some() && account != owner.as_deref();
        let denied = any(&mut self.tables["resource_denies"]
            .iter()
            .filter(|row| meant(row) && (foreign || row["foreign_only"] == false)));
        let direct = conditions.or(
            conditions.and(grant(&["direct"]), ceiling("ceiling")),
            conditions.and(grant(&["bounded"]), ceiling("bounded_ceiling")),
        );
        let of_key = conditions.and(grant(&["key-grant"]), ceiling("ceiling"));
        let combination = self.governing(&actions, &resources).and_then(|row| text(row, "combination"));
        let policies = !matches!(
            text(principal, "kind").expect("a kind"),
            "service" | "everyone" | "identity-provider" | "aws-account"
        );
        let forms = ["direct", "bounded", "delegated", "foreign"];
        let granted = if !policies {
            grant(&forms)
        } else if owner.is_none() {
            own
        } else if foreign {
            conditions.or(conditions.and(own, grant(&forms)), of_key)
        } else {
            match combination {
                None | Some("identity") => own,
                Some("either") => conditions.or(own, direct),
                Some("delegated") => {
                    let delegated = conditions.and(own, grant(&["delegated"]));
                    conditions.or(conditions.or(delegated, direct), of_key)
                }
                Some("both") => conditions.and(own, grant(&["direct", "bounded", "delegated"])),
                Some(other) => unreachable!("no combination is called {other}"),
            }
        };
        let allowed = match principal["active"] == true {
            true => conditions.and(granted, conditions.not(denied)),
            false => ConditionId::NEVER,
        };
        // Whoever comes through an endpoint that was not collected: nobody knows what its policy says.
        let key = conditions.key(keys::key("aws:SourceVpce"));
        let through_other = match asked.context.bindings(conditions).lookup(key) {
            Known::One(id) => !self.tables["coverage"]
                .iter()
                .any(|row| text(row, "topic") == Some("endpoint") && text(row, "subject") == Some(&*id)),
            _ => false,
        };
        let through_other = through_other && text(principal, "kind") != Some("service");
        let answer = match (conditions.valid(allowed), conditions.satisfiable(allowed)) {
            (_, Sat::No) => "Denied",
            _ if through_other => "Unknown",
            (Verdict::Yes, _) => "Allowed",
            _ if unknown(conditions, conditions.simplify(allowed)) => "Unknown",
            _ => "Conditional",
        };
        (answer, conditions.text(allowed))
    }
}

fn unknown(conditions: &Conditions, condition: ConditionId) -> bool {
    conditions.contains_missing(condition)
}

struct InRequest<'a> {
    conditions: &'a Conditions,
    context: &'a dyn Bindings,
    resource: ResourceBindings<'a>,
}

impl Bindings for InRequest<'_> {
    fn lookup(&self, key: KeyId) -> Known<'_> {
        match self.context.lookup(key) {
            Known::Unknown => self.resource.known(&self.conditions.key_of(key).name),
            known => known,
        }
    }
}

/// Reads a tree; what `missing` names decides, other open questions are readings.
fn read_tree(conditions: &Conditions, tree: &Value, missing: Option<&str>) -> ConditionId {
    let parts = |value: &Value| -> Vec<ConditionId> {
        value.as_array().expect("a list").iter().map(|part| read_tree(conditions, part, missing)).collect()
    };
    if let Some(all) = tree.get("all") {
        return conditions.and_all(parts(all));
    }
    if let Some(any) = tree.get("any") {
        return conditions.or_all(parts(any));
    }
    if let Some(not) = tree.get("not") {
        return conditions.not(read_tree(conditions, not, missing));
    }
    if let Some(what) = tree.get("unknown") {
        let what = what.as_str().expect("a text");
        let name = what.strip_prefix("missing: ").unwrap_or(what);
        return match missing.is_some_and(|missing| missing.split("; ").any(|one| one == name)) {
            true => conditions.missing(name),
            false => conditions.doubt(DoubtClass::Reading, name),
        };
    }
    let operator = tree["operator"].as_str().expect("an operator");
    let key = tree["key"].as_str().expect("a key");
    let values: Vec<&str> = tree["values"]
        .as_array()
        .expect("values")
        .iter()
        .map(|value| value.as_str().expect("a text"))
        .collect();
    let key = conditions.key(keys::key(key));
    if conditions.key_of(key).name.as_ref() == keys::RESOURCE {
        let negated = operator.contains("Not");
        return conditions.resource(&RawResource {
            key,
            patterns: &values,
            negated,
            effect: Effect::Allow,
            version: Version::V2012,
            place: "a resource pattern",
            keys: &keys::key,
        });
    }
    if values.is_empty() && operator == "StringEqualsIfExists" {
        return conditions.null(key);
    }
    let operator: OperatorName = Operator::parse(operator).expect("an operator of AWS's");
    conditions.test(&RawTest {
        operator,
        key,
        values: &values,
        not_text: &[],
        effect: Effect::Allow,
        version: Version::V2012,
        place: "a condition value",
        keys: &keys::key,
    })
}
