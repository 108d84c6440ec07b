//! Places in a text a person typed.

use std::ops::Range;

/// A byte range of a text as a range of Unicode scalars, as errors and echoes count.
pub(super) fn scalars(text: &str, bytes: &Range<usize>) -> Range<usize> {
    let start = text[..bytes.start].chars().count();
    start..start + text[bytes.clone()].chars().count()
}
