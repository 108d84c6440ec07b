//! Protocol version and the sentence that refuses another one.

use crate::error::{ErrorCode, WireError};

/// Major version of the protocol. Raised by anything but an added field or method.
pub const PROTOCOL: u32 = 1;

/// Checks a peer's major version against ours.
///
/// # Errors
/// `unsupported`, with a sentence that says which side to upgrade.
pub fn check(client: u32) -> Result<(), WireError> {
    match client.cmp(&PROTOCOL) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Less => Err(WireError::new(
            ErrorCode::Unsupported,
            format!("this client speaks protocol {client}, the daemon speaks {PROTOCOL}"),
        )
        .hint("upgrade the client")),
        std::cmp::Ordering::Greater => Err(WireError::new(
            ErrorCode::Unsupported,
            format!("this client speaks protocol {client}, the daemon only {PROTOCOL}"),
        )
        .hint("upgrade hephd and start it again")),
    }
}
