//! Requests to an issuer: small replies, no redirects, and a difference between "not now" and an answer.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use oauth2::url::{Host, Url};
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse, http};

use crate::http::{BodyError, body, causes};

/// How long a request may take, its whole reply included: what waits for an issuer holds up a person.
const REQUEST: Duration = Duration::from_secs(20);

/// Most bytes of a reply of an issuer.
const MAX_REPLY: usize = 1 << 20;

/// Why a request has no answer. None of them holds what was sent or received.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The issuer could not be reached.
    #[error("{0}")]
    Unreachable(String),
    /// The issuer has no time, or something in front of it broke.
    #[error("it answered {0}; try again later")]
    NotNow(u16),
    /// The reply is too long or broke off.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The request cannot be made.
    #[error("the address cannot be asked: {0}")]
    Request(String),
}

/// The client of an issuer: what `oauth2` sends its requests with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Transport(reqwest::Client);

impl Transport {
    /// Sends by a client that follows no redirects ([`crate::http::client`]).
    pub fn new(client: reqwest::Client) -> Self {
        Self(client)
    }

    /// Fetches a JSON document.
    ///
    /// # Errors
    /// [`TransportError`], and `Unreachable` for every status but 200.
    pub(super) async fn document(&self, url: &str) -> Result<Vec<u8>, TransportError> {
        let request =
            http::Request::get(url).header(http::header::ACCEPT, "application/json").body(Vec::new());
        let reply = self.send(request.map_err(|error| TransportError::Request(error.to_string()))?).await?;
        match reply.status().as_u16() {
            200 => Ok(reply.into_body()),
            300..400 => Err(TransportError::Unreachable("it redirects, which is not followed".into())),
            status => Err(TransportError::Unreachable(format!("it answered {status}"))),
        }
    }

    /// Sends a request and reads the whole reply.
    ///
    /// # Errors
    /// [`TransportError`]; `NotNow` for 429 and every status from 500 on.
    pub(super) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let mut request: reqwest::Request =
            request.try_into().map_err(|error| TransportError::Request(causes(&error)))?;
        *request.timeout_mut() = Some(REQUEST);
        let reply = self.0.execute(request).await;
        let reply = reply.map_err(|error| TransportError::Unreachable(causes(&error)))?;
        let (status, headers) = (reply.status(), reply.headers().clone());
        if status.as_u16() == 429 || status.is_server_error() {
            return Err(TransportError::NotNow(status.as_u16()));
        }
        let mut response = http::Response::new(body(reply, MAX_REPLY).await?);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for Transport {
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, TransportError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// Whether tokens may be sent there: over TLS, or to this machine.
pub(super) fn is_private(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine() {
        for url in ["https://idp.example/", "http://localhost:9/", "http://127.0.0.2/", "http://[::1]:9/"] {
            assert!(is_private(&Url::parse(url).unwrap()), "{url}");
        }
        for url in
            ["http://idp.example/", "http://localhost.idp.example/", "http://10.0.0.1/", "file:///etc/"]
        {
            assert!(!is_private(&Url::parse(url).unwrap()), "{url}");
        }
    }
}
