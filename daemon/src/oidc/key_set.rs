//! The public keys of an issuer (RFC 7517) and which of them verify a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::JsonWebKey as _;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm as Algorithm};
use serde::Deserialize;
use serde_json::Value;

use super::jwt::Jwt;

/// Most keys that are kept: no issuer needs so many, and a token that names none is tried with each that fits.
const MAX_KEYS: usize = 64;

/// Bytes of an RSA modulus: 2048 bits at least (RFC 7518, 3.3), and no more than what is quick to verify with.
const RSA_MODULUS: std::ops::RangeInclusive<usize> = 256..=512;

/// The keys of an issuer that can verify a signature.
#[derive(Debug)]
pub(super) struct KeySet(Vec<Key>);

#[derive(Debug)]
struct Key {
    id: Option<String>,
    key: CoreJsonWebKey,
}

/// What a set of keys says of a signature.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Signature {
    /// One of them made it.
    Good,
    /// The key that is named did not make it.
    Bad,
    /// The key that made it is not among them.
    UnknownKey,
}

/// The members of a key that are looked at before the library does.
#[derive(Deserialize)]
struct Members {
    kty: String,
    kid: Option<String>,
    n: Option<String>,
    key_ops: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a document of keys. Those that cannot be used are left out, an empty set is an error.
    pub(super) fn read(document: &[u8]) -> Result<Self, &'static str> {
        let document: Document =
            serde_json::from_slice(document).map_err(|_| "its keys are no JSON object with `keys`")?;
        let keys: Vec<Key> = document.keys.into_iter().filter_map(key).take(MAX_KEYS).collect();
        if keys.is_empty() {
            return Err("none of its keys can verify a signature");
        }
        Ok(Self(keys))
    }

    /// Looks whether one of the keys made a token's signature.
    ///
    /// A key is used only for what its `use` and `alg` allow. A `kid` names a key by nothing but equality.
    pub(super) fn verify(&self, token: &Jwt<'_>, algorithm: &Algorithm) -> Signature {
        let named = token.header.kid.as_deref();
        let mut candidates =
            self.0.iter().filter(|key| named.is_none() || key.id.as_deref() == named).peekable();
        let none = if candidates.peek().is_some() && named.is_some() {
            Signature::Bad
        } else {
            Signature::UnknownKey
        };
        let made = |key: &Key| {
            key.key.verify_signature(algorithm, token.signed.as_bytes(), &token.signature).is_ok()
        };
        if candidates.any(made) { Signature::Good } else { none }
    }
}

fn key(value: Value) -> Option<Key> {
    let members = Members::deserialize(&value).ok()?;
    if members.key_ops.is_some_and(|operations| !operations.iter().any(|operation| operation == "verify")) {
        return None;
    }
    match members.kty.as_str() {
        "RSA" if !RSA_MODULUS.contains(&modulus_length(&members.n?)?) => return None,
        "RSA" | "EC" | "OKP" => {}
        _ => return None,
    }
    Some(Key { id: members.kid, key: CoreJsonWebKey::deserialize(value).ok()? })
}

/// Bytes of a modulus without the zeros before it.
fn modulus_length(n: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(n).ok()?;
    Some(bytes.iter().skip_while(|byte| **byte == 0).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(keys: &str) -> Result<usize, &'static str> {
        KeySet::read(format!(r#"{{"keys":[{keys}]}}"#).as_bytes()).map(|set| set.0.len())
    }

    #[test]
    fn keys_that_cannot_be_used_are_left_out() {
        let short = URL_SAFE_NO_PAD.encode([255; 128]);
        let zeros = URL_SAFE_NO_PAD.encode([0; 256]);
        let good = URL_SAFE_NO_PAD.encode([255; 256]);
        assert_eq!(read(&format!(r#"{{"kty":"RSA","e":"AQAB","n":"{good}"}}"#)), Ok(1));
        let none = Err("none of its keys can verify a signature");
        for key in [
            format!(r#"{{"kty":"RSA","e":"AQAB","n":"{short}"}}"#),
            format!(r#"{{"kty":"RSA","e":"AQAB","n":"{zeros}"}}"#),
            format!(r#"{{"kty":"RSA","e":"AQAB","n":"{good}","key_ops":["encrypt"]}}"#),
            r#"{"kty":"RSA","e":"AQAB"}"#.into(),
            r#"{"kty":"oct","k":"AAAA"}"#.into(),
            r#"{"kid":"a"}"#.into(),
            "7".into(),
        ] {
            assert_eq!(read(&key), none, "{key}");
        }
        assert_eq!(read(""), none);
        assert!(KeySet::read(b"<html>").is_err());
    }

    #[test]
    fn there_is_a_limit() {
        let key = format!(r#"{{"kty":"RSA","e":"AQAB","n":"{}"}}"#, URL_SAFE_NO_PAD.encode([255; 256]));
        assert_eq!(read(&vec![key; MAX_KEYS + 9].join(",")), Ok(MAX_KEYS));
    }
}
