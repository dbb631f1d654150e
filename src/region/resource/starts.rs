//! Which of many sets may hold an ARN that starts so?

use super::sets::{ResourceSetId, ResourceSets};

/// Values by how the ARNs of their sets start.
pub struct Starts<T> {
    /// Sorted.
    starts: Vec<(Box<str>, T)>,
    /// Those of sets whose ARNs start anyhow.
    open: Vec<T>,
}

impl<T: Copy + Ord> Starts<T> {
    /// Lists the values of some sets.
    pub fn new(sets: &ResourceSets, of: impl IntoIterator<Item = (ResourceSetId, T)>) -> Self {
        let (mut starts, mut open) = (Vec::new(), Vec::new());
        for (set, value) in of {
            match sets.starts(set) {
                Some(of_set) => starts.extend(of_set.into_iter().map(|start| (start.into(), value))),
                None => open.push(value),
            }
        }
        starts.sort_unstable();
        Self { starts, open }
    }

    /// The values of sets that may hold something of these resources: a superset, sorted.
    pub fn near(&self, sets: &ResourceSets, resources: ResourceSetId) -> Vec<T> {
        let mut near = self.open.clone();
        match sets.starts(resources) {
            Some(starts) => starts.into_iter().for_each(|start| near.extend(self.with_start(start))),
            None => near.extend(self.starts.iter().map(|(_, value)| *value)),
        }
        near.sort_unstable();
        near.dedup();
        near
    }

    /// The values of ARNs that start with the text, or with the beginning of it.
    fn with_start<'s>(&'s self, text: &'s str) -> impl Iterator<Item = T> + 's {
        let from = |start: &str| {
            let first = self.starts.partition_point(|(known, _)| **known < *start);
            self.starts.get(first..).unwrap_or_default()
        };
        let longer = from(text).iter().take_while(move |(known, _)| known.starts_with(text));
        let shorter = (0..text.len())
            .filter_map(move |end| text.get(..end))
            .flat_map(move |start| from(start).iter().take_while(move |(known, _)| **known == *start));
        longer.chain(shorter).map(|(_, value)| *value)
    }
}
