//! OpenID Connect on both sides: the spoke logs in with the device grant, the hub verifies what it is sent.
//!
//! [`provider`] finds the endpoints of an issuer, [`device`] drives the grant and renews [`tokens`], [`verifier`] says
//! whose a token is. Where tokens are kept is the business of [`crate::sync::credentials`].

pub mod device;
mod jwt;
mod key_cache;
mod key_set;
pub mod provider;
#[cfg(test)]
pub(crate) mod testing;
pub mod tokens;
pub mod transport;
pub mod verifier;
