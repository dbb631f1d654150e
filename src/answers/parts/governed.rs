//! A pattern -> the parts of it that differ by more than what statements say: in who owns them, which policies govern them,
//! what the estate knows of them, and what a service refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Part, QuestionError, told_apart};
use crate::answers::can::malformed_account;
use crate::answers::engine::Engine;
use crate::catalog::arn::matches;
use crate::catalog::governing::{self, PolicyAt, Row};
use crate::estate::{Account, AccountId, Arn, Identity};
use crate::facts::{AskedAction, keys};
use crate::region::resource::{FormatPiece, LimitExceeded, Padding, Piece, ResourceSetId, ResourceSets};

/// What is cut into parts.
struct Cutting<'a> {
    engine: &'a Engine,
    sets: &'a ResourceSets,
    action: &'a AskedAction,
    /// The pattern as it was asked.
    text: &'a str,
    /// The rows that may speak of the resources.
    rows: Vec<&'static Row>,
    /// What the rows, and the refusals among them, tell apart.
    globs: Vec<ResourceSetId>,
    /// What no part holds yet.
    rest: ResourceSetId,
    parts: Vec<Part>,
}

impl Engine {
    /// The parts of some resources that differ by more than what statements say of them: the resources that the estate names, what
    /// the policies of these govern, and of the rest what each account owns.
    ///
    /// Roles of accounts of which all roles were collected are known: names that no such role has are in no part of a call that the
    /// trust policy decides.
    ///
    /// # Errors
    /// The text is no pattern, no ARN of the action matches it, or telling the parts apart outgrows a limit.
    pub(in crate::answers) fn governed_parts(
        &self,
        action: &AskedAction,
        text: &str,
    ) -> Result<Vec<Part>, QuestionError> {
        let sets = &self.facts.arena().resources;
        let asked = self.resources_named(action, text)?;
        let too_many = |limit: LimitExceeded| QuestionError::TooManyParts(limit.to_string());
        if sets.is_empty(asked).map_err(too_many)? {
            return Err(QuestionError::NoSuchResource {
                action: action.name.to_string(),
                pattern: text.to_owned(),
            });
        }
        let rows: Vec<&Row> = governing::rows_for(&action.name, sets.services(asked).as_deref()).collect();
        let (globs, parts) = (Vec::new(), Vec::new());
        let mut cutting = Cutting { engine: self, sets, action, text, rows, globs, rest: asked, parts };
        cutting.resources();
        cutting.globs().map_err(too_many)?;
        cutting.identities().map_err(too_many)?;
        cutting.governed().map_err(too_many)?;
        cutting.others().map_err(too_many)?;
        Ok(cutting.parts)
    }
}

impl Cutting<'_> {
    /// Finds what the rows and their refusals tell apart among the resources.
    fn globs(&mut self) -> Result<(), LimitExceeded> {
        let mut globs: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
        for row in &self.rows {
            for glob in row.arn_globs().chain(row.refused_globs(&self.action.name)) {
                globs.entry(glob).or_default().push(row);
            }
        }
        for (glob, rows) in globs {
            let set = arns(self.sets, &glob);
            // The account of an ARN may be one that a row does not speak of.
            let here = self.sets.meet(self.rest, set);
            let named = self.sets.witness(self.sets.difference(here, arns(self.sets, "arn:*:*:*::*")))?;
            let example = match named {
                Some(example) => Some(example),
                None => self.sets.witness(here)?,
            };
            let speaks =
                |example: String| is_real(&example) && rows.iter().any(|row| row.speaks_of(&example));
            if example.is_some_and(speaks) {
                self.globs.push(set);
            }
        }
        Ok(())
    }

    /// Takes the resources of the estate, each by itself.
    fn resources(&mut self) {
        let facts = &self.engine.facts;
        let shared = facts.shared_resources();
        let mut arns: BTreeSet<&str> =
            facts.estate.resources.keys().chain(shared).map(|arn| &**arn).collect();
        // Accounts are resources of the organisation.
        let accounts: Vec<String> = match self.action.name.starts_with("organizations:") {
            true => facts.estate.accounts.values().filter_map(|account| self.account(account)).collect(),
            false => Vec::new(),
        };
        arns.extend(accounts.iter().map(String::as_str));
        let found: Vec<&str> = arns.into_iter().filter(|arn| self.sets.contains(self.rest, arn)).collect();
        self.take_each(&found);
    }

    /// The ARN of an account as a resource of its organisation.
    fn account(&self, account: &Account) -> Option<String> {
        let organization = &account.membership.as_ref()?.organization;
        let manager = self.engine.facts.estate.organizations.get(organization)?.management_account?;
        let partition = &account.partition;
        Some(format!("arn:{partition}:organizations::{manager}:account/{organization}/{}", account.id))
    }

    /// Takes users and roles of the estate: a role by itself where its trust policy decides, others with those whose tags are the
    /// same, as far as conditions ask for these.
    fn identities(&mut self) -> Result<(), LimitExceeded> {
        let facts = &self.engine.facts;
        let all = facts.estate.principals().map(|principal| principal.identity());
        let found: Vec<&Identity> =
            all.filter(|identity| self.sets.contains(self.rest, &identity.arn)).collect();
        if found.iter().any(|identity| self.trust_decides(&identity.arn)) {
            let arns: Vec<&str> = found.iter().map(|identity| &*identity.arn).collect();
            self.take_each(&arns);
            return Ok(());
        }
        let tested = facts.arena().conditions.keys_so_far();
        let tested: BTreeSet<&str> = tested.filter_map(|key| keys::resource_tag(&key.name)).collect();
        if tested.is_empty() {
            return Ok(());
        }
        let mut alike: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        for identity in found {
            let tags: Vec<_> = tested.iter().map(|tag| identity.tags.all(tag).collect::<Vec<_>>()).collect();
            alike.entry((identity.account, tags)).or_default().push(&identity.arn);
        }
        for arns in alike.into_values() {
            let sets: Vec<ResourceSetId> = arns.iter().map(|arn| self.sets.arn(arn)).collect();
            let resources = self.sets.union_all(&sets);
            match *arns {
                [arn] => self.parts.push(Part::one(self.sets, arn)),
                [arn, ..] => {
                    let (example, called) = (arn.to_owned(), self.text.into());
                    let told_apart =
                        self.told_apart(&Part { resources, example, called, examples: ResourceSets::ALL })?;
                    self.parts.extend(told_apart);
                }
                [] => {}
            }
            self.rest = self.sets.difference(self.rest, resources);
        }
        Ok(())
    }

    /// The parts of a part of which the table of governing rows speaks differently.
    fn told_apart(&self, part: &Part) -> Result<Vec<Part>, LimitExceeded> {
        told_apart(self.sets, part, self.globs.iter().copied())
    }

    fn trust_decides(&self, arn: &str) -> bool {
        governing::row(&self.action.name, arn).regime == governing::Regime::Trust
    }

    fn take_each(&mut self, arns: &[&str]) {
        self.parts.extend(arns.iter().map(|arn| Part::one(self.sets, arn)));
        let taken: Vec<ResourceSetId> = arns.iter().map(|arn| self.sets.arn(arn)).collect();
        self.rest = self.sets.difference(self.rest, self.sets.union_all(&taken));
    }

    /// Takes what policies of the estate's resources govern besides these.
    fn governed(&mut self) -> Result<(), LimitExceeded> {
        let places: Vec<_> = self
            .rows
            .iter()
            .flat_map(|row| row.policies)
            .filter_map(|place| match place {
                PolicyAt::Of(at) | PolicyAt::BucketOf(at) => Some(*at),
                PolicyAt::Registry => Some(governing::At::Replaced("registry")),
                PolicyAt::Delegation | PolicyAt::ServiceNetworksOf(_) => None,
            })
            .filter(|at| *at != governing::At::Itself)
            .collect();
        // What is below a holder is below no other; the policy of a whole catalog or registry governs what is left.
        let is_wide = |at: &governing::At| matches!(at, governing::At::Replaced(_));
        let (wide, narrow): (Vec<_>, Vec<_>) = places.into_iter().partition(is_wide);
        self.governed_from(&narrow)?;
        self.governed_from(&wide)
    }

    fn governed_from(&mut self, places: &[governing::At]) -> Result<(), LimitExceeded> {
        if places.is_empty() {
            return Ok(());
        }
        let mut taken = Vec::new();
        for holder in self.engine.facts.estate.resources.keys() {
            let mut within: BTreeSet<String> = BTreeSet::new();
            let mut without: BTreeSet<String> = BTreeSet::new();
            for at in places {
                let (leading, elsewhere) = at.leading_to(holder);
                within.extend(leading.into_iter().filter(|text| **text != **holder));
                without.extend(elsewhere);
            }
            let union = |texts: &BTreeSet<String>| {
                let all: Vec<ResourceSetId> = texts.iter().map(|text| pattern(self.sets, text)).collect();
                self.sets.union_all(&all)
            };
            let governed = self.sets.difference(union(&within), union(&without));
            let resources = self.sets.meet(self.rest, governed);
            let Some(example) = self.sets.witness(resources)? else { continue };
            let called = match within.iter().next() {
                Some(one) if within.len() == 1 => one.as_str().into(),
                _ => self.text.into(),
            };
            // Less what is governed, whatever else the pattern says: the term stays small.
            taken.push(governed);
            for part in self.told_apart(&Part { resources, example, called, examples: ResourceSets::ALL })? {
                self.by_account(part)?;
            }
        }
        self.rest = self.sets.difference(self.rest, self.sets.union_all(&taken));
        Ok(())
    }

    /// Takes what the estate does not name, by its account.
    fn others(&mut self) -> Result<(), LimitExceeded> {
        let Some(example) = self.sets.witness(self.rest)? else { return Ok(()) };
        let examples = ResourceSets::ALL;
        let whole = Part { resources: self.rest, example, called: self.text.into(), examples };
        for part in self.told_apart(&whole)? {
            self.by_account(part)?;
        }
        Ok(())
    }

    fn by_account(&mut self, part: Part) -> Result<(), LimitExceeded> {
        let mut rest = part.resources;
        for account in self.accounts_of(rest) {
            let (owned, called) = self.owned_by(account, &part.called);
            let resources = self.sets.meet(rest, owned);
            let examples = with_account(self.sets, &account.to_string());
            let of_account = self.sets.meet(resources, examples);
            let Some(example) = self.sets.witness(of_account)? else { continue };
            rest = self.sets.difference(rest, owned);
            let is_known = self.trust_decides(&example) && !self.engine.facts.estate.lacks_roles(account);
            if !is_known {
                self.parts.push(Part { resources, example, called, examples });
            }
        }
        if let Some(example) = self.example_elsewhere(rest)? {
            let examples = match Arn::parse(&example).and_then(|arn| arn.account_id()) {
                Some(account) => with_account(self.sets, &account.to_string()),
                None => ResourceSets::ALL,
            };
            self.parts.push(Part { resources: rest, example, called: part.called, examples });
        }
        Ok(())
    }

    /// The known accounts that some of these resources may be of.
    fn accounts_of(&self, resources: ResourceSetId) -> Vec<AccountId> {
        let known = || self.engine.facts.estate.accounts.keys().chain(self.engine.index().accounts.keys());
        let all: BTreeSet<AccountId> = match self.sets.accounts(resources) {
            Some(fields) => fields.into_iter().filter_map(|field| field.parse().ok()).collect(),
            None => known().copied().collect(),
        };
        all.into_iter().collect()
    }

    /// The resources of an account, as the pattern says it of them, and what these are called.
    fn owned_by(&self, account: AccountId, called: &Arc<str>) -> (ResourceSetId, Arc<str>) {
        let id = account.to_string();
        let mut parts: Vec<&str> = called.splitn(6, ':').collect();
        match *parts {
            [.., part, _] if parts.len() == 6 && !called.contains([' ', '$']) && matches(part, &id) => {
                parts[4] = &id;
                let narrowed = parts.join(":");
                (pattern(self.sets, &narrowed), narrowed.into())
            }
            _ => (with_account(self.sets, &id), called.clone()),
        }
    }

    /// One of some resources of accounts that nobody knows; none if they could not exist.
    fn example_elsewhere(&self, resources: ResourceSetId) -> Result<Option<String>, LimitExceeded> {
        let Some(example) = self.sets.witness(resources)? else { return Ok(None) };
        let possible = |example: String| Some(example).filter(|arn| malformed_account(arn).is_none());
        if self.sets.accounts(resources).is_some() {
            return Ok(possible(example));
        }
        let with = |start: &str| {
            let open = "?".repeat(12usize.saturating_sub(start.len()));
            let owned = with_account(self.sets, &format!("{start}{open}"));
            self.sets.witness(self.sets.meet(resources, owned))
        };
        let (mut start, mut found) = (String::new(), None);
        while start.len() < 12 {
            let mut next = None;
            for digit in ('0'..='9').rev() {
                let longer = format!("{start}{digit}");
                if let Some(example) = with(&longer)? {
                    next = Some((longer, example));
                    break;
                }
            }
            match next {
                Some((longer, example)) => (start, found) = (longer, Some(example)),
                None => return Ok(possible(example)),
            }
        }
        Ok(found)
    }
}

/// Whether there can be such an ARN, although its format has it: in S3, what is of a Region is of an account, and of both are access
/// points; of AWS's own in IAM there are policies only.
fn is_real(text: &str) -> bool {
    let Some(arn) = Arn::parse(text) else { return false };
    match (arn.service, arn.account) {
        ("s3", "") => arn.region.is_empty() && !arn.resource.starts_with("accesspoint/"),
        ("s3", _) => !arn.region.is_empty(),
        ("iam", "aws") => arn.resource.starts_with("policy/"),
        _ => true,
    }
}

/// The ARNs of a glob of six parts, of which the `*` of the first five stay within theirs.
fn arns(sets: &ResourceSets, glob: &str) -> ResourceSetId {
    let mut pieces = Vec::new();
    let mut colons = 0;
    for (index, text) in glob.split('*').enumerate() {
        if index > 0 {
            pieces.push(if colons < 5 { FormatPiece::Part } else { FormatPiece::Rest });
        }
        if !text.is_empty() {
            pieces.push(FormatPiece::Text(text));
        }
        colons += text.matches(':').count();
    }
    sets.format(&pieces).unwrap_or(ResourceSets::EMPTY)
}

/// The ARNs with an account part. A `*` that ends its part would run over colons (S-RES-04).
fn with_account(sets: &ResourceSets, account: &str) -> ResourceSetId {
    let regions = ["", "*?"].map(|region| pattern(sets, &format!("arn:*?:*?:{region}:{account}:*")));
    sets.union_all(&regions)
}

/// The ARNs of a pattern; none if it is none.
fn pattern(sets: &ResourceSets, text: &str) -> ResourceSetId {
    sets.pattern(&[Piece::Text(text)], Padding::Never).unwrap_or(ResourceSets::EMPTY)
}
