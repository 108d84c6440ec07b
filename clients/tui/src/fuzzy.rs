//! The fuzzy filter of lists.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::model::Row;

/// Places of the rows that match, in the order of the rows. Headings never do.
pub(crate) fn matches(text: &str, rows: &[Row]) -> Vec<usize> {
    let pattern = Pattern::parse(text, CaseMatching::Smart, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut characters = Vec::new();
    let is_match = |row: &Row| {
        row.haystack()
            .is_some_and(|text| pattern.score(Utf32Str::new(&text, &mut characters), &mut matcher).is_some())
    };
    let mut is_match = is_match;
    (0..rows.len()).filter(|place| is_match(&rows[*place])).collect()
}

#[cfg(test)]
mod tests {
    use heph_protocol::types::Task;

    use super::*;

    #[test]
    fn letters_in_order_match_and_headings_do_not() {
        let task = |title: &str| Row::task(Task { title: title.into(), ..Task::default() });
        let rows = [
            Row::heading("call"),
            task("Call the bank"),
            task("Clean all"),
            task("Écrire"),
            task("Buy milk"),
        ];
        assert_eq!(matches("call", &rows), [1, 2]);
        assert_eq!(matches("ecr", &rows), [3]);
        assert_eq!(matches("", &rows), [1, 2, 3, 4]);
        assert_eq!(matches("bank !clean", &rows), [1]);
    }
}
