//! When a node is in the trash: only if whoever threw it away had seen every edit of it.

use crate::domain::id::DeviceId;

/// An edit of a node by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserEdit {
    /// Whose.
    pub device: DeviceId,
    /// Its place at the hub, if it has one.
    pub seq: Option<u64>,
}

/// Whether a node that a device threw away, which had read the log up to `cursor`, was edited by another one that it
/// had not seen.
pub fn is_rescued(by: DeviceId, cursor: u64, edits: &[UserEdit]) -> bool {
    edits.iter().any(|edit| edit.device != by && edit.seq.is_none_or(|seq| seq > cursor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_edit_of_another_that_was_not_seen_rescues() {
        let (mine, other) = (DeviceId::from_bytes([1; 16]), DeviceId::from_bytes([2; 16]));
        let edit = |device, seq| [UserEdit { device, seq }];
        assert!(!is_rescued(mine, 5, &[]));
        assert!(!is_rescued(mine, 5, &edit(mine, None)));
        assert!(!is_rescued(mine, 5, &edit(other, Some(5))));
        assert!(is_rescued(mine, 5, &edit(other, Some(6))));
        assert!(is_rescued(mine, 5, &edit(other, None)));
    }
}
