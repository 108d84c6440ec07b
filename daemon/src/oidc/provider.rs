//! What an issuer says of itself (OpenID Connect Discovery 1.0).

use oauth2::url::Url;
use oauth2::{DeviceAuthorizationUrl, TokenUrl};
use serde::Deserialize;

use super::transport::{Transport, is_private};

/// The endpoints of an issuer.
#[derive(Debug, Clone)]
pub struct Provider {
    /// The issuer, as it is configured and as its tokens name it.
    pub issuer: String,
    /// Where its public keys are.
    pub keys: Url,
    /// Where tokens are given out.
    pub(super) token: Option<TokenUrl>,
    /// Where a device grant begins (RFC 8628).
    pub(super) device: Option<DeviceAuthorizationUrl>,
    /// Where tokens are revoked (RFC 7009).
    pub(super) revocation: Option<Url>,
}

/// Why the endpoints of an issuer are not known.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    /// The configured address is no issuer one may use.
    #[error("`{issuer}` cannot be an issuer: {reason}")]
    Address {
        /// The configured issuer.
        issuer: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The document is another issuer's.
    #[error("the issuer calls itself `{found}`, not `{configured}`; {}", advice(configured, found))]
    Mismatch {
        /// The configured issuer.
        configured: String,
        /// The issuer of the document.
        found: String,
    },
    /// The document does not say what is needed.
    #[error("the discovery document of `{issuer}` {reason}")]
    Document {
        /// The configured issuer.
        issuer: String,
        /// What it lacks.
        reason: String,
    },
    /// The issuer cannot be asked now.
    #[error("the issuer `{issuer}` cannot be asked: {reason}")]
    Unavailable {
        /// The configured issuer.
        issuer: String,
        /// Why not.
        reason: String,
    },
}

impl DiscoveryError {
    /// Whether the same may succeed later, with nothing configured anew.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// What to configure when the names differ.
fn advice(configured: &str, found: &str) -> String {
    if configured.trim_end_matches('/') != found.trim_end_matches('/') {
        return "configure the issuer by its own name".to_owned();
    }
    let slash = if found.ends_with('/') { "with" } else { "without" };
    format!("they differ only by the slash at the end: configure `{found}`, {slash} it")
}

/// The members of the document that are used; an issuer may say much more.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    jwks_uri: String,
    token_endpoint: Option<String>,
    device_authorization_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
}

/// Asks an issuer for its endpoints. The issuer may have a path and end with a slash.
///
/// # Errors
/// [`DiscoveryError`]. Addresses must be https, this machine's own aside.
pub async fn discover(transport: &Transport, issuer: &str) -> Result<Provider, DiscoveryError> {
    let address = |reason| DiscoveryError::Address { issuer: issuer.to_owned(), reason };
    let url = Url::parse(issuer).map_err(|_| address("it is no URL"))?;
    if !is_private(&url) {
        return Err(address("it must begin with https:// (http:// only on this machine)"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(address("it may have no query and no fragment"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(address("it may hold no user name"));
    }
    let body = transport.document(&document_url(issuer)).await.map_err(|error| {
        DiscoveryError::Unavailable { issuer: issuer.to_owned(), reason: error.to_string() }
    })?;
    read(issuer, &body)
}

/// OpenID Connect Discovery 1.0, 4: a slash at the end of the issuer goes before the well-known path comes.
fn document_url(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

fn read(issuer: &str, body: &[u8]) -> Result<Provider, DiscoveryError> {
    let refused =
        |reason: &str| DiscoveryError::Document { issuer: issuer.to_owned(), reason: reason.into() };
    let document: Document = serde_json::from_slice(body)
        .map_err(|_| refused("is no JSON object that names `issuer` and `jwks_uri`"))?;
    if document.issuer != issuer {
        return Err(DiscoveryError::Mismatch { configured: issuer.to_owned(), found: document.issuer });
    }
    let endpoint = |name: &str, url: Option<String>| match url.as_deref().map(Url::parse) {
        None => Ok(None),
        Some(Ok(url)) if is_private(&url) => Ok(Some(url)),
        Some(_) => Err(refused(&format!("has a `{name}` that is not https"))),
    };
    Ok(Provider {
        issuer: document.issuer,
        keys: endpoint("jwks_uri", Some(document.jwks_uri))?.ok_or_else(|| refused("names no `jwks_uri`"))?,
        token: endpoint("token_endpoint", document.token_endpoint)?.map(TokenUrl::from_url),
        device: endpoint("device_authorization_endpoint", document.device_authorization_endpoint)?
            .map(DeviceAuthorizationUrl::from_url),
        revocation: endpoint("revocation_endpoint", document.revocation_endpoint)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://idp.example/application/o/heph/";

    fn document(issuer: &str, more: &str) -> String {
        format!(r#"{{"issuer": "{issuer}", "jwks_uri": "{ISSUER}jwks"{more}}}"#)
    }

    #[test]
    fn the_document_stands_below_the_issuer() {
        let expected = "https://idp.example/application/o/heph/.well-known/openid-configuration";
        assert_eq!(document_url(ISSUER), expected);
        assert_eq!(document_url(ISSUER.trim_end_matches('/')), expected);
        assert_eq!(
            document_url("https://idp.example"),
            "https://idp.example/.well-known/openid-configuration"
        );
    }

    #[test]
    fn the_endpoints_are_read() {
        let more = r#", "token_endpoint": "https://idp.example/token", "scopes_supported": ["openid"]"#;
        let provider = read(ISSUER, document(ISSUER, more).as_bytes()).unwrap();
        assert_eq!(provider.issuer, ISSUER);
        assert_eq!(provider.keys.as_str(), "https://idp.example/application/o/heph/jwks");
        assert_eq!(provider.token.unwrap().as_str(), "https://idp.example/token");
        assert!(provider.device.is_none());
    }

    #[test]
    fn a_slash_at_the_end_that_differs_is_named() {
        let without = ISSUER.trim_end_matches('/');
        let error = read(without, document(ISSUER, "").as_bytes()).unwrap_err().to_string();
        assert_eq!(
            error,
            "the issuer calls itself `https://idp.example/application/o/heph/`, not \
             `https://idp.example/application/o/heph`; they differ only by the slash at the end: configure \
             `https://idp.example/application/o/heph/`, with it"
        );
        let error = read(ISSUER, document(without, "").as_bytes()).unwrap_err().to_string();
        assert!(error.ends_with("configure `https://idp.example/application/o/heph`, without it"), "{error}");
        let error = read(ISSUER, document("https://evil.example/", "").as_bytes()).unwrap_err().to_string();
        assert!(error.ends_with("configure the issuer by its own name"), "{error}");
    }

    #[test]
    fn what_is_not_private_is_refused() {
        let more = r#", "token_endpoint": "http://idp.example/token""#;
        let error = read(ISSUER, document(ISSUER, more).as_bytes()).unwrap_err().to_string();
        assert!(error.ends_with("has a `token_endpoint` that is not https"), "{error}");
        assert!(read(ISSUER, b"[]").is_err());
        assert!(read(ISSUER, format!(r#"{{"issuer": "{ISSUER}"}}"#).as_bytes()).is_err());
    }

    #[tokio::test]
    async fn an_address_that_cannot_be_an_issuer_is_not_asked() {
        let transport = Transport::new(crate::http::client(None).unwrap());
        for issuer in
            ["idp.example", "http://idp.example/", "https://idp.example/?a=b", "https://me@idp.example/"]
        {
            let error = discover(&transport, issuer).await.unwrap_err();
            assert!(matches!(error, DiscoveryError::Address { .. }) && !error.is_retryable(), "{error}");
        }
    }
}
