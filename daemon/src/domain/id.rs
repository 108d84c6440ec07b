//! Ids: 16 bytes, UUIDv7 for what is made, UUIDv5 for what two machines must make alike.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The one namespace of derived ids. Frozen: another value would make every derived id another.
const NAMESPACE: Uuid = Uuid::from_u128(0x8f0d_6f0e_7c1b_4d0a_9a53_6865_7068_0001);

/// A text is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[doc = $doc:literal])+ $name:ident)*) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Takes the bytes as they are.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Reads stored bytes.
            ///
            /// # Errors
            /// [`NotAnId`] when there are not 16.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, NotAnId> {
                bytes.try_into().map(Self).map_err(|_| NotAnId)
            }

            /// Makes a UUIDv7 of a time in Unix milliseconds and ten random bytes.
            pub fn v7(ms: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid().into_bytes())
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// Unix milliseconds in the first 48 bits, which a UUIDv7 has there.
            pub fn v7_ms(&self) -> u64 {
                self.0[..6].iter().fold(0, |ms, &byte| ms << 8 | u64::from(byte))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Uuid::from_bytes(self.0).hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Uuid::try_parse(text).map(|uuid| Self(uuid.into_bytes())).map_err(|_| NotAnId)
            }
        }
    )*};
}

ids! {
    /// A node: page, journal, task, project or area.
    NodeId
    /// One operation in the log.
    OpId
    /// One installation of heph with a store of its own.
    DeviceId
    /// What one verb did; `undo` takes it back as one.
    GroupId
    /// One mutation a client asked for; a repeat is answered with the first outcome.
    MutationId
    /// A store; a restored copy keeps it.
    StoreId
}

impl NodeId {
    /// Derives the id of a node that two machines may make independently.
    ///
    /// `key` is `journal:2026-11-23`, `page:<folder>/<title key>`, `page:home`, `import:<source>:<key>`,
    /// `item:<page id>:<text>:<n>` or `settings`.
    pub fn derived(key: &str) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, key.as_bytes()).into_bytes())
    }

    /// Well-known id of the settings: `derived("settings")`.
    pub const SETTINGS: Self = Self(0x8e1f_1f6d_82be_549f_ad67_4352_2eaf_ddf4_u128.to_be_bytes());

    /// Well-known id of the home page.
    pub fn home() -> Self {
        Self::derived("page:home")
    }
}

impl MutationId {
    /// Reads the 32 hex digits a client sends.
    ///
    /// # Errors
    /// [`NotAnId`] for anything else.
    pub fn from_hex(text: &str) -> Result<Self, NotAnId> {
        let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex { text.parse() } else { Err(NotAnId) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_are_frozen() {
        assert_eq!(NodeId::derived("journal:2026-09-20").to_string(), GOLDEN_JOURNAL);
        assert_eq!(NodeId::home().to_string(), GOLDEN_HOME);
        assert_eq!(NodeId::derived("settings"), NodeId::SETTINGS);
    }

    const GOLDEN_JOURNAL: &str = "aec55623-24ff-5b6c-bd3e-9feefbe535b4";
    const GOLDEN_HOME: &str = "85685db6-f23f-5c24-88ca-bfc71629153b";

    #[test]
    fn v7_carries_its_time() {
        let id = OpId::v7(1_795_000_000_123, [7; 10]);
        assert_eq!(id.v7_ms(), 1_795_000_000_123);
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn mutation_ids_are_plain_hex() {
        assert!(MutationId::from_hex("00112233445566778899aabbccddeeff").is_ok());
        assert_eq!(MutationId::from_hex("00112233-4455-6677-8899-aabbccddeeff"), Err(NotAnId));
        assert_eq!(MutationId::from_hex(""), Err(NotAnId));
    }
}
