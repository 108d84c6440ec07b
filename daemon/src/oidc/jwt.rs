//! A signed token taken apart (RFC 7515, RFC 7519): its header, its claims, what was signed. Nothing here is verified.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::CoreJwsSigningAlgorithm as Algorithm;
use serde::Deserialize;
use serde_json::Value;

/// Most bytes of a token that is read at all.
pub(super) const MAX_TOKEN: usize = 16 << 10;

/// A token, taken apart.
#[derive(Debug)]
pub(super) struct Jwt<'a> {
    /// Its header.
    pub(super) header: Header,
    /// Its claims.
    pub(super) claims: Claims,
    /// What was signed.
    pub(super) signed: &'a str,
    /// The signature's bytes.
    pub(super) signature: Vec<u8>,
}

/// Members of the header (RFC 7515, 4.1). Addresses of keys (`jku`, `x5u`) and keys (`jwk`, `x5c`) are not read.
#[derive(Debug, Deserialize)]
pub(super) struct Header {
    pub(super) alg: String,
    pub(super) kid: Option<String>,
    pub(super) typ: Option<String>,
    pub(super) crit: Option<Value>,
}

/// Claims that decide (RFC 7519, 4.1; OpenID Connect Core 1.0, 2).
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: Option<String>,
    pub(super) sub: Option<String>,
    aud: Option<Value>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    auth_time: Option<f64>,
}

/// Seconds with a fraction (RFC 7519, 2, NumericDate) as milliseconds; beyond all time is the end of it.
fn ms(seconds: Option<f64>) -> Option<i64> {
    seconds.map(|seconds| (seconds * 1_000.0) as i64)
}

impl Claims {
    /// Whether it is meant for an audience, perhaps among others.
    pub(super) fn is_for(&self, audience: &str) -> bool {
        match &self.aud {
            Some(Value::String(only)) => only == audience,
            Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(audience)),
            _ => false,
        }
    }

    /// When it ends.
    pub(super) fn expires_ms(&self) -> Option<i64> {
        ms(self.exp)
    }

    /// When it begins.
    pub(super) fn begins_ms(&self) -> Option<i64> {
        ms(self.nbf)
    }

    /// When it was made.
    pub(super) fn issued_ms(&self) -> Option<i64> {
        ms(self.iat)
    }

    /// When the person logged in, or else when the token was made.
    pub(super) fn authenticated_ms(&self) -> Option<i64> {
        ms(self.auth_time.or(self.iat))
    }
}

impl Header {
    /// The algorithm of the signature, if it is one that is accepted: never `none`, never one with a shared secret.
    pub(super) fn algorithm(&self) -> Option<Algorithm> {
        match self.alg.as_str() {
            "RS256" => Some(Algorithm::RsaSsaPkcs1V15Sha256),
            "RS384" => Some(Algorithm::RsaSsaPkcs1V15Sha384),
            "RS512" => Some(Algorithm::RsaSsaPkcs1V15Sha512),
            "PS256" => Some(Algorithm::RsaSsaPssSha256),
            "ES256" => Some(Algorithm::EcdsaP256Sha256),
            "ES384" => Some(Algorithm::EcdsaP384Sha384),
            "EdDSA" => Some(Algorithm::EdDsa),
            _ => None,
        }
    }

    /// Whether it is an access token or an ID token, and no token of another kind by the same issuer, such as one for
    /// logout (RFC 8725, 3.11; RFC 9068, 2.1).
    pub(super) fn is_login(&self) -> bool {
        self.typ.as_deref().is_none_or(|typ| {
            let typ = typ.to_ascii_lowercase();
            matches!(typ.strip_prefix("application/").unwrap_or(&typ), "jwt" | "at+jwt")
        })
    }
}

impl<'a> Jwt<'a> {
    /// Takes a token apart; what is wrong with it otherwise.
    pub(super) fn read(token: &'a str) -> Result<Self, &'static str> {
        if token.len() > MAX_TOKEN {
            return Err("the token is too long");
        }
        let (signed, signature) = token.rsplit_once('.').ok_or("the token is no JWT")?;
        let (header, claims) = signed.split_once('.').ok_or("the token is no JWT")?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| "the token is not base64url");
        let header =
            serde_json::from_slice(&decode(header)?).map_err(|_| "the token's header cannot be read")?;
        let claims =
            serde_json::from_slice(&decode(claims)?).map_err(|_| "the token's claims cannot be read")?;
        Ok(Self { header, claims, signed, signature: decode(signature)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> String {
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    }

    fn claims(claims: &str) -> Claims {
        let token = token(r#"{"alg":"ES256"}"#, claims);
        Jwt::read(&token).unwrap().claims
    }

    #[test]
    fn an_audience_is_one_or_several() {
        assert!(claims(r#"{"aud":"heph"}"#).is_for("heph"));
        assert!(claims(r#"{"aud":["mail","heph"]}"#).is_for("heph"));
        for other in [
            r#"{}"#,
            r#"{"aud":"hephaestus"}"#,
            r#"{"aud":[]}"#,
            r#"{"aud":{"heph":1}}"#,
            r#"{"aud":[["heph"]]}"#,
        ] {
            assert!(!claims(other).is_for("heph"), "{other}");
        }
    }

    #[test]
    fn times_have_fractions_and_ends() {
        let read = claims(r#"{"exp":1.5,"nbf":-1e300,"iat":2,"auth_time":1}"#);
        assert_eq!(read.expires_ms(), Some(1_500));
        assert_eq!(read.begins_ms(), Some(i64::MIN));
        assert_eq!(read.authenticated_ms(), Some(1_000));
        assert_eq!(claims(r#"{"iat":2}"#).authenticated_ms(), Some(2_000));
    }

    #[test]
    fn what_is_no_token_is_named() {
        for (token, what) in [
            ("", "the token is no JWT"),
            ("opaque", "the token is no JWT"),
            ("a.b", "the token is no JWT"),
            ("a=.b.c", "the token is not base64url"),
            ("e30.e30.", "the token's header cannot be read"),
            (&token(r#"{"alg":"ES256"}"#, r#"{"exp":"soon"}"#), "the token's claims cannot be read"),
            (&token(r#"{"alg":"ES256"}"#, r#"{"iss":"a","iss":"b"}"#), "the token's claims cannot be read"),
            (&token(r#"{"alg":"ES256"}"#, &"[".repeat(9_000)), "the token's claims cannot be read"),
            (&"a".repeat(MAX_TOKEN + 1), "the token is too long"),
        ] {
            assert_eq!(Jwt::read(token).unwrap_err(), what);
        }
    }

    #[test]
    fn kinds_of_tokens() {
        let header = |typ: &str| Header { alg: "ES256".into(), kid: None, typ: Some(typ.into()), crit: None };
        for typ in ["JWT", "at+jwt", "application/at+JWT"] {
            assert!(header(typ).is_login(), "{typ}");
        }
        for typ in ["logout+jwt", "dpop+jwt", ""] {
            assert!(!header(typ).is_login(), "{typ}");
        }
    }
}
