//! The built-in list of real AWS services and actions (`services.txt`).

use super::random::Random;

/// A service with some of its real actions.
pub struct Service {
    /// The prefix of its actions: `dynamodb`.
    pub prefix: &'static str,
    /// The ARN of one of its resource types, with `{region}`, `{account}` and `{name}` open; `*` if it has none.
    pub arn: &'static str,
    /// Names of actions that list or read.
    pub reads: Vec<&'static str>,
    /// Names of actions that write, tag or manage permissions.
    pub writes: Vec<&'static str>,
}

/// Reads the list. A service begins at the left margin, its actions follow indented, by access level.
pub fn services() -> Vec<Service> {
    let mut services: Vec<Service> = Vec::new();
    for line in include_str!("services.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        match (line.starts_with(' '), words.next(), services.last_mut()) {
            (false, Some(prefix), _) => {
                let arn = words.next().unwrap_or("*");
                services.push(Service { prefix, arn, reads: Vec::new(), writes: Vec::new() });
            }
            (true, Some("write"), Some(service)) => service.writes.extend(words),
            (true, Some(_), Some(service)) => service.reads.extend(words),
            _ => {}
        }
    }
    services
}

impl Service {
    /// `count` full action names, about two thirds of them reading.
    pub fn actions(&self, random: &mut Random, count: usize) -> Vec<String> {
        let reads = random.sample(&self.reads, count - count / 3);
        let writes = random.sample(&self.writes, count / 3);
        reads.into_iter().chain(writes).map(|name| format!("{}:{name}", self.prefix)).collect()
    }

    /// Patterns such as `dynamodb:Describe*`, each made of the first word of a real action.
    pub fn verbs(&self, random: &mut Random, count: usize) -> Vec<String> {
        let mut verbs: Vec<String> = Vec::new();
        for name in random.sample(&self.reads, count) {
            let verb = name.split_at(
                name.char_indices().skip(1).find(|(_, c)| c.is_uppercase()).map_or(name.len(), |(at, _)| at),
            );
            let pattern = format!("{}:{}*", self.prefix, verb.0);
            if !verbs.contains(&pattern) {
                verbs.push(pattern);
            }
        }
        verbs
    }

    /// An ARN of the service with the open parts filled in.
    pub fn arn(&self, region: &str, account: &str, name: &str) -> String {
        self.arn.replace("{region}", region).replace("{account}", account).replace("{name}", name)
    }
}
