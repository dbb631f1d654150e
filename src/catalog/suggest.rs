//! The names that were probably meant.

use super::Catalog;

impl Catalog {
    /// Up to `count` full action names near a text, the nearest first. Within the service if its prefix is known;
    /// else over all, which takes tens of milliseconds and is meant for diagnostics.
    pub fn nearest_actions(&self, text: &str, count: usize) -> Vec<String> {
        if count == 0 {
            return Vec::new();
        }
        let (prefix, _) = text.split_once(':').unwrap_or((text, ""));
        let names: Vec<String> = match self.service(prefix) {
            Some(service) => service.action_ids().map(|id| self.action_name(id)).collect(),
            None => self.action_ids().map(|id| self.action_name(id)).collect(),
        };
        nearest(text, names.iter().map(String::as_str), count).into_iter().map(str::to_owned).collect()
    }

    /// Up to `count` service prefixes near a text, or whose services are called nearly so (`cloudwatchlogs` is `logs`), the nearest first.
    pub fn nearest_services(&self, text: &str, count: usize) -> Vec<&'static str> {
        if count == 0 {
            return Vec::new();
        }
        let words = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        let called = |name: &str| {
            let name = name.strip_prefix("AWS ").or_else(|| name.strip_prefix("Amazon ")).unwrap_or(name);
            words(name).to_lowercase()
        };
        let wanted = words(text);
        let names: Vec<(String, &str)> =
            self.services.iter().map(|service| (called(service.name), service.prefix)).collect();
        let by_prefix = near(text, self.services.iter().map(|service| (service.prefix, service.prefix)));
        let by_name = near(&wanted, names.iter().map(|(name, prefix)| (name.as_str(), *prefix)));
        let mut found: Vec<(usize, &str)> = by_prefix.into_iter().chain(by_name).collect();
        found.sort_unstable();
        let mut met = Vec::new();
        found.retain(|(_, prefix)| {
            let first = !met.contains(prefix);
            met.push(*prefix);
            first
        });
        found.into_iter().take(count).map(|(_, prefix)| prefix).collect()
    }

    /// Up to `count` condition keys and key templates near a text, the nearest first.
    pub fn nearest_keys(&self, text: &str, count: usize) -> Vec<&'static str> {
        if count == 0 {
            return Vec::new();
        }
        nearest(text, self.keys().iter().map(|key| key.name), count)
    }
}

/// The names within a third of the text's length in edits, by distance, then alphabetically.
fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>, count: usize) -> Vec<&'a str> {
    let mut found = near(text, names.map(|name| (name, name)));
    found.sort_unstable();
    found.into_iter().take(count).map(|(_, name)| name).collect()
}

/// What stands for the names within a third of the text's length in edits, with how many.
fn near<'a, 'n>(text: &str, names: impl Iterator<Item = (&'n str, &'a str)>) -> Vec<(usize, &'a str)> {
    let text = text.to_lowercase();
    let limit = (text.chars().count() / 3).max(1);
    names
        .filter(|(name, _)| name.len().abs_diff(text.len()) <= limit)
        .map(|(name, of)| (strsim::damerau_levenshtein(&text, &name.to_lowercase()), of))
        .filter(|(distance, _)| *distance <= limit)
        .collect()
}
