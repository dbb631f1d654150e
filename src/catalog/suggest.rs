//! The names that were probably meant.

use super::Catalog;

impl Catalog {
    /// Up to `count` full action names near a text, the nearest first. Within the service if its prefix is known.
    pub fn nearest_actions(&self, text: &str, count: usize) -> Vec<String> {
        let (prefix, _) = text.split_once(':').unwrap_or((text, ""));
        let names: Vec<String> = match self.service(prefix) {
            Some(service) => service.action_ids().map(|id| self.action_name(id)).collect(),
            None => self.action_ids().map(|id| self.action_name(id)).collect(),
        };
        nearest(text, names.iter().map(String::as_str), count).into_iter().map(str::to_owned).collect()
    }

    /// Up to `count` service prefixes near a text, the nearest first.
    pub fn nearest_services(&self, text: &str, count: usize) -> Vec<&'static str> {
        nearest(text, self.services.iter().map(|service| service.prefix), count)
    }

    /// Up to `count` condition keys and key templates near a text, the nearest first.
    pub fn nearest_keys(&self, text: &str, count: usize) -> Vec<&'static str> {
        nearest(text, self.keys().iter().map(|key| key.name), count)
    }
}

/// The names within a third of the text's length in edits, by distance, then alphabetically.
fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>, count: usize) -> Vec<&'a str> {
    let text = text.to_lowercase();
    let limit = (text.chars().count() / 3).max(1);
    let mut found: Vec<(usize, &str)> = names
        .filter(|name| name.len().abs_diff(text.len()) <= limit)
        .map(|name| (strsim::damerau_levenshtein(&text, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    found.sort_unstable();
    found.into_iter().take(count).map(|(_, name)| name).collect()
}
