//! What an issuer gave at a login: the tokens, when to renew them, which of them the hub is sent.

use std::fmt;

use super::jwt::Jwt;

/// Part of a token's life after which it is renewed, in percent.
const RENEWED_AFTER: i64 = 80;

/// Least time between two renewals because of age, unless tokens are made to live shorter: an issuer that gives tokens
/// already old, or whose clock is behind ours, is not asked in a loop.
const LEAST_LIFE_MS: i64 = 30 * 1_000;

/// A token that is made to live shorter is of no use.
const SHORTEST_LIFE_MS: i64 = 2 * 1_000;

/// The tokens of a login.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// The access token; a JWT or not, as the issuer likes.
    pub access_token: String,
    /// The ID token, always a JWT. Not every renewal gives a new one; the last is kept.
    pub id_token: Option<String>,
    /// What the next tokens are had with. Not every renewal gives a new one; the last is kept.
    pub refresh_token: Option<String>,
    /// When they were received.
    pub received_ms: i64,
    /// When the access token ends, if the issuer said.
    pub expires_ms: Option<i64>,
}

/// Shows which tokens there are, never what is in them.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("id_token", &self.id_token.is_some())
            .field("refresh_token", &self.refresh_token.is_some())
            .field("received_ms", &self.received_ms)
            .field("expires_ms", &self.expires_ms)
            .finish_non_exhaustive()
    }
}

impl Tokens {
    /// The token for a hub of an audience: the access token if it is a JWT for it, else the ID token.
    ///
    /// With neither, the access token: the hub then says what is wrong with it.
    pub fn bearer(&self, audience: &str) -> &str {
        match &self.id_token {
            Some(id_token) if !is_for(&self.access_token, audience) => id_token,
            _ => &self.access_token,
        }
    }

    /// When the token for a hub of an audience ends, if that is known.
    pub fn bearer_expires_ms(&self, audience: &str) -> Option<i64> {
        let bearer = self.bearer(audience);
        let stated = if bearer == self.access_token { self.expires_ms } else { None };
        stated.or_else(|| Jwt::read(bearer).ok()?.claims.expires_ms())
    }

    /// How long the token for a hub of an audience is made to live, by the issuer's own clock.
    fn bearer_life_ms(&self, audience: &str) -> Option<i64> {
        let bearer = self.bearer(audience);
        if bearer == self.access_token
            && let Some(end) = self.expires_ms
        {
            return Some(end.saturating_sub(self.received_ms));
        }
        let claims = Jwt::read(bearer).ok()?.claims;
        Some(claims.expires_ms()?.saturating_sub(claims.issued_ms()?))
    }

    /// When to renew what a hub of an audience is sent: at 80 % of its life. `None` if it is not known when it ends.
    pub fn refresh_at_ms(&self, audience: &str) -> Option<i64> {
        let left = self.bearer_expires_ms(audience)?.saturating_sub(self.received_ms);
        let whole = self.bearer_life_ms(audience).filter(|life| *life >= SHORTEST_LIFE_MS);
        let least = whole.map_or(LEAST_LIFE_MS, |life| used(life).min(LEAST_LIFE_MS));
        Some(self.received_ms.saturating_add(used(left).max(least)))
    }

    /// Whether it is time to renew.
    pub fn refresh_due(&self, audience: &str, now_ms: i64) -> bool {
        self.refresh_at_ms(audience).is_some_and(|at| now_ms >= at)
    }
}

/// The part of a life after which a token is renewed.
fn used(life_ms: i64) -> i64 {
    let life_ms = life_ms.max(0);
    (life_ms / 100).saturating_mul(RENEWED_AFTER).saturating_add(life_ms % 100 * RENEWED_AFTER / 100)
}

fn is_for(token: &str, audience: &str) -> bool {
    Jwt::read(token).is_ok_and(|jwt| jwt.claims.is_for(audience))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn jwt(claims: &str) -> String {
        let [header, claims] = [r#"{"alg":"ES256"}"#, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{header}.{claims}.c2lnbmF0dXJl")
    }

    fn tokens(access_token: &str, id_token: Option<String>) -> Tokens {
        Tokens {
            access_token: access_token.to_owned(),
            id_token,
            refresh_token: Some("refresh-secret".into()),
            received_ms: 1_000_000,
            expires_ms: Some(1_600_000),
        }
    }

    #[test]
    fn the_access_token_is_sent_if_the_hub_can_read_it() {
        let access = jwt(r#"{"aud":["heph"]}"#);
        let id = jwt(r#"{"aud":"client","exp":1300}"#);
        let both = tokens(&access, Some(id.clone()));
        assert_eq!(both.bearer("heph"), access);
        assert_eq!(both.bearer("client"), id);
        assert_eq!(tokens("opaque", Some(id.clone())).bearer("client"), id);
        assert_eq!(tokens("opaque", None).bearer("client"), "opaque");
    }

    #[test]
    fn renewed_at_four_fifths_of_the_life_of_what_is_sent() {
        let id = jwt(r#"{"aud":"client","exp":1300}"#);
        let tokens = tokens("opaque", Some(id));
        assert_eq!(tokens.refresh_at_ms("client"), Some(1_000_000 + 240_000));
        assert!(!tokens.refresh_due("client", 1_239_999));
        assert!(tokens.refresh_due("client", 1_240_000));
        let access_only = Tokens { id_token: None, ..tokens.clone() };
        assert_eq!(access_only.refresh_at_ms("client"), Some(1_000_000 + 480_000));
        let unknown = Tokens { expires_ms: None, ..access_only };
        assert!(!unknown.refresh_due("client", i64::MAX));
    }

    #[test]
    fn old_tokens_are_not_renewed_in_a_loop() {
        let tokens = Tokens { expires_ms: Some(1), id_token: None, ..tokens("opaque", None) };
        assert_eq!(tokens.refresh_at_ms("heph"), Some(1_030_000));
        let endless = Tokens { expires_ms: Some(i64::MAX), received_ms: i64::MIN, ..tokens };
        assert!(endless.refresh_at_ms("heph").is_some());
    }

    #[test]
    fn short_lives_are_counted_with_and_a_clock_that_is_wrong_makes_no_loop() {
        let short = Tokens { expires_ms: Some(1_008_000), id_token: None, ..tokens("opaque", None) };
        assert_eq!(short.refresh_at_ms("heph"), Some(1_006_400));
        // Made at 100 s and received at 1,000 s by our clock.
        let id = |life: i64| jwt(&format!(r#"{{"aud":"client","iat":100,"exp":{}}}"#, 100 + life));
        let long = tokens("opaque", Some(id(600)));
        assert_eq!(long.refresh_at_ms("client"), Some(1_030_000));
        let short = tokens("opaque", Some(id(8)));
        assert_eq!(short.refresh_at_ms("client"), Some(1_006_400));
    }

    #[test]
    fn nothing_secret_is_shown() {
        let shown = format!("{:?}", tokens("access-secret", Some("id-secret".into())));
        assert!(!shown.contains("secret"), "{shown}");
    }
}
