//! Actions without resource type: which string the service checks in place of an ARN (S-RES-10, S-RES-11, S-RES-22).

use super::principals::PrincipalFact;
use super::target::AskedAction;
use super::{Facts, keys};
use crate::catalog::Catalog;
use crate::catalog::no_resource::{Candidate, Candidates};
use crate::region::condition::{ConditionId, DoubtClass};
use crate::region::resource::{Padding, Piece, ResourceSetId};

impl Facts {
    /// When a set of resources holds the request of an action without resource type.
    ///
    /// The string that the service checks is one unknown of the request, shared by all its statements. Where every
    /// candidate gives the same answer, that is the answer.
    pub(crate) fn matches_no_resource(
        &self,
        action: &AskedAction,
        set: ResourceSetId,
        caller: Option<&PrincipalFact>,
    ) -> ConditionId {
        let resources = &self.arena().resources;
        let star = resources.contains_none(set);
        if set == crate::region::resource::ResourceSets::ALL {
            return ConditionId::ALWAYS;
        }
        let Some(candidates) = action.catalog.and_then(|id| Catalog::embedded().none_candidates(id)) else {
            // An action that AWS's reference does not list, asked without a resource.
            return star.into();
        };
        let partition = caller.map_or("aws", |caller| caller.partition());
        let account = caller.and_then(|caller| caller.account).map(|account| account.to_string());
        match candidates {
            Candidates::Listed(listed) => self.one_of(listed, set, star, partition, account.as_deref()),
            Candidates::Open { services } => {
                if self.compiler.assumptions.no_entry_is_star_only {
                    return star.into(); // the switch of U-40
                }
                let accounts = [account.as_deref().unwrap_or("*"), "", "aws"];
                let own = services.iter().flat_map(|service| {
                    accounts.iter().map(move |account| format!("arn:{partition}:{service}:*:{account}:*"))
                });
                // A `*` that ends part four would run on, but the account is fixed after it; a set of the ARNs is exact.
                let own: Vec<_> = own
                    .filter_map(|text| resources.pattern(&[Piece::Text(&text)], Padding::Never).ok())
                    .collect();
                let own = resources.union_all(&own);
                let open = || {
                    let text = resources.as_patterns(set).map(|text| text.to_string()).unwrap_or_default();
                    let text =
                        format!("U-40: whether {} is checked on `*` or on an ARN in: {text}", action.name);
                    self.arena().conditions.doubt(DoubtClass::Reading, &text)
                };
                match (star, resources.overlaps(set, own), resources.includes(set, own)) {
                    (false, Ok(false), _) => ConditionId::NEVER,
                    (true, _, Ok(true)) => ConditionId::ALWAYS,
                    _ => open(),
                }
            }
        }
    }

    fn one_of(
        &self,
        listed: &[Candidate],
        set: ResourceSetId,
        star: bool,
        partition: &str,
        account: Option<&str>,
    ) -> ConditionId {
        let conditions = &self.arena().conditions;
        let mut holds: Vec<(String, ConditionId)> = Vec::new();
        for candidate in listed {
            match candidate {
                Candidate::Star => holds.push(("*".to_owned(), star.into())),
                Candidate::Arn(template) => {
                    let text = template
                        .replace("{partition}", partition)
                        .replace("{account}", account.unwrap_or("*"))
                        .replace("{region}", "*");
                    // A path prefix that the call does not name is `/`.
                    let text = text.replace("{path}", "/");
                    let inside = match account.is_none() || template.contains("{region}") {
                        false => self.arena().resources.contains(set, &text).into(),
                        true => self.covers_all(set, &text),
                    };
                    holds.push((text, inside));
                }
            }
        }
        let key = conditions.key(keys::key(keys::RESOURCE_STRING));
        let Some((last, rest)) = holds.split_last() else { return star.into() };
        // The last candidate is what the string is if it is none of the others, so all of them together are certain.
        let is_rest = conditions.equals(key, rest.iter().map(|(text, _)| text.as_str()));
        let mut any = conditions.and(last.1, conditions.not(is_rest));
        for (text, inside) in rest {
            any = conditions.or(any, conditions.and(*inside, conditions.equals(key, [text.as_str()])));
        }
        if holds.iter().all(|(_, inside)| inside.is_always()) {
            return ConditionId::ALWAYS;
        }
        any
    }

    /// Whether a set holds every ARN of a template with open parts, none of them, or only some.
    fn covers_all(&self, set: ResourceSetId, template: &str) -> ConditionId {
        let resources = &self.arena().resources;
        let Ok(all) = resources.pattern(&[Piece::Text(template)], Padding::Never) else {
            return ConditionId::NEVER;
        };
        match (resources.includes(set, all), resources.overlaps(set, all)) {
            (Ok(true), _) => ConditionId::ALWAYS,
            (_, Ok(false)) => ConditionId::NEVER,
            _ => self
                .arena()
                .conditions
                .doubt(DoubtClass::Reading, &format!("S-RES-22: which of {template} is checked")),
        }
    }
}
