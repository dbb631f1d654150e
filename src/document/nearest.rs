//! The word that was probably meant.

#[cfg(test)]
mod tests;

/// The candidate that `word` is most likely a misspelling of, if one is close: equal but for case, else within one edit
/// for every three characters. Of equally close ones the first.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let lower = word.to_lowercase();
    let length = lower.chars().count();
    candidates
        .into_iter()
        // As many edits as the lengths differ by are needed in any case.
        .filter(|candidate| length.abs_diff(candidate.chars().count()) * 3 <= candidate.len().max(3))
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|&(distance, candidate)| distance * 3 <= candidate.len().max(3))
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}
