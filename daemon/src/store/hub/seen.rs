//! When devices asked last and how far they have read: gathered in memory, written now and then.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::record::AccountId;
use crate::domain::id::DeviceId;

/// A sign of life of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sign {
    pub(super) account: AccountId,
    pub(super) device: DeviceId,
    pub(super) cursor: u64,
    pub(super) seen_ms: i64,
}

/// Signs of life that are not written yet: at most one of each registered device.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<HashMap<(AccountId, DeviceId), (u64, i64)>>);

impl Seen {
    /// Notes one.
    pub(super) fn note(&self, sign: Sign) {
        let mut signs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (cursor, seen_ms) = signs.entry((sign.account, sign.device)).or_default();
        *cursor = sign.cursor.max(*cursor);
        *seen_ms = sign.seen_ms.max(*seen_ms);
    }

    /// What is noted of a device: how far it has read, and when it asked.
    pub(super) fn of(&self, account: AccountId, device: DeviceId) -> (u64, i64) {
        let signs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        signs.get(&(account, device)).copied().unwrap_or_default()
    }

    /// Takes all.
    pub(super) fn take(&self) -> Vec<Sign> {
        let signs = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let sign = |((account, device), (cursor, seen_ms))| Sign { account, device, cursor, seen_ms };
        signs.into_iter().map(sign).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_has_one_sign_of_life_and_it_never_goes_back() {
        let seen = Seen::default();
        let sign = |cursor, seen_ms| Sign {
            account: AccountId(1),
            device: DeviceId::from_bytes([1; 16]),
            cursor,
            seen_ms,
        };
        for (cursor, seen_ms) in [(5, 10), (3, 30), (4, 20)] {
            seen.note(sign(cursor, seen_ms));
        }
        assert_eq!(seen.of(AccountId(1), DeviceId::from_bytes([1; 16])), (5, 30));
        assert_eq!(seen.of(AccountId(2), DeviceId::from_bytes([1; 16])), (0, 0));
        assert_eq!(seen.take(), [sign(5, 30)]);
        assert_eq!(seen.take(), []);
    }
}
