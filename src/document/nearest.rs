//! The word that was probably meant.

/// The candidate that `word` is most likely a misspelling of, if one is close: equal but for case, else within one edit
/// for every three characters. Of equally close ones the first.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|&(distance, candidate)| distance * 3 <= candidate.len().max(3))
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_is_one_edit_in_three_characters() {
        let elements = ["Action", "NotAction", "Effect", "Sid"];
        assert_eq!(nearest("action", elements), Some("Action"));
        assert_eq!(nearest("Actions", elements), Some("Action"));
        assert_eq!(nearest("Effcet", elements), Some("Effect"));
        assert_eq!(nearest("Comment", elements), None);
    }
}
