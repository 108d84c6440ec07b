//! Reads, set-wise: one call is one snapshot.

mod candidates;
mod files;
mod fired;
mod groups;
mod history;
mod links;
mod lists;
mod load;
mod marks;
mod nodes;
mod times;
mod titles;

pub use candidates::TitleCandidate;
pub use groups::{GroupRecord, Recorded};
pub use links::LinkQuery;
pub use lists::{ClosedQuery, ClosedTask, PagePlace, PageQuery};
pub use nodes::Counts;

/// Ids as a JSON list of hex, for `id IN (SELECT unhex(value) FROM json_each(?))`.
pub(super) fn id_list<'a>(ids: impl IntoIterator<Item = &'a [u8; 16]>) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut list = String::from("[");
    for id in ids {
        list.push_str(if list.len() == 1 { "\"" } else { ",\"" });
        for byte in id {
            list.push(DIGITS[usize::from(byte >> 4)].into());
            list.push(DIGITS[usize::from(byte & 15)].into());
        }
        list.push('"');
    }
    list.push(']');
    list
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_listed_in_hex() {
        assert_eq!(super::id_list([]), "[]");
        assert_eq!(
            super::id_list([&[0xa1; 16], &[0x0f; 16]]),
            format!("[\"{}\",\"{}\"]", "a1".repeat(16), "0f".repeat(16))
        );
    }
}
