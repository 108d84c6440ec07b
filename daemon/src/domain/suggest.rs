//! "Did you mean": the nearest known word.

/// The candidate nearest to a word, if it is near enough for a slip of the fingers.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // One slip in short words, two in longer ones; a swap of neighbours counts as one.
    let allowed = if word.chars().count() <= 4 { 1 } else { 2 };
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|&(distance, candidate)| distance <= allowed && distance < candidate.chars().count())
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn only_slips_are_near() {
        assert_eq!(nearest("deu", ["due", "dep"]), Some("due"));
        assert_eq!(nearest("tomorow", ["today", "tomorrow"]), Some("tomorrow"));
        assert_eq!(nearest("kitchen", ["today", "tomorrow"]), None);
        assert_eq!(nearest("", ["p"]), None);
    }
}
