//! HTTP to others: the client every part of the daemon that speaks to a server begins with.

use std::io::Read as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use oauth2::url::{Host, Url};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response};

/// How long a connection may take to stand, the handshake of TLS included.
const CONNECTING: Duration = Duration::from_secs(10);

/// How long a request may take, its whole reply included.
const REQUEST: Duration = Duration::from_secs(60);

/// Most bytes a file of certificates may have.
const MAX_CERTIFICATES: u64 = 1 << 20;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The file of a private certificate authority cannot be used.
    #[error("the certificates of {} cannot be read: {reason}; it must hold one or more in PEM", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}; are the certificates of the system installed (ca-certificates)?")]
    Tls(String),
}

/// Makes a client: TLS by rustls with ring, the system's roots and those of `ca`, a PEM file, beside them.
///
/// It follows no redirects, so that a token is sent only where it was meant to go. A stream that lasts sets its own
/// timeout on the request.
///
/// # Errors
/// [`ClientError`] when the file or the system's certificates cannot be used.
pub fn client(ca: Option<&Path>) -> Result<Client, ClientError> {
    // An error means that one is installed already, which this process does only here and for its own server.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("heph/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECTING)
        .timeout(REQUEST)
        .redirect(Policy::none());
    if let Some(path) = ca {
        builder = builder.tls_certs_merge(certificates(path)?);
    }
    builder.build().map_err(|error| ClientError::Tls(causes(&error)))
}

/// Whether an address is of this machine, a private network, or a tailnet.
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => {
            // 100.64.0.0/10 is what tailnets use.
            let is_shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || is_shared
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// Whether what is sent to a URL can be read by whoever stands on the way: plain HTTP to what may be a public address.
pub fn is_open(url: &Url) -> bool {
    /// Names that are given out in a home, an office or a tailnet.
    const PRIVATE: [&str; 6] = ["localhost", "local", "internal", "lan", "arpa", "ts.net"];
    let is_near = |name: &str| {
        !name.contains('.')
            || PRIVATE.iter().any(|end| name.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')))
    };
    url.scheme() == "http"
        && match url.host() {
            Some(Host::Domain(name)) => !is_near(name),
            Some(Host::Ipv4(ip)) => !is_private(ip.into()),
            Some(Host::Ipv6(ip)) => !is_private(ip.into()),
            None => false,
        }
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, ClientError> {
    let refused = |reason: String| ClientError::Certificates { path: path.to_owned(), reason };
    let file = std::fs::File::open(path).map_err(|error| refused(error.to_string()))?;
    let mut pem = Vec::new();
    file.take(MAX_CERTIFICATES).read_to_end(&mut pem).map_err(|error| refused(error.to_string()))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| refused(causes(&error)))?;
    if certificates.is_empty() {
        return Err(refused("it holds no certificate".into()));
    }
    Ok(certificates)
}

/// Why a body could not be had.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It has more bytes than asked for.
    #[error("the reply has more than {0} bytes")]
    TooLong(usize),
    /// The connection broke or was too slow.
    #[error("the reply broke off: {0}")]
    Broken(String),
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// [`BodyError`]; no more than `limit` bytes were kept.
pub async fn body(mut response: Response, limit: usize) -> Result<Vec<u8>, BodyError> {
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(BodyError::TooLong(limit));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| BodyError::Broken(causes(&error)))? {
        if body.len() + chunk.len() > limit {
            return Err(BodyError::TooLong(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// An error with what is behind it, without the address, which may hold a secret.
pub fn causes(error: &reqwest::Error) -> String {
    let mut text = match error {
        error if error.is_timeout() => "it took too long".to_owned(),
        error if error.is_connect() => "no connection".to_owned(),
        error if error.is_builder() => "it cannot be made".to_owned(),
        _ => "the request failed".to_owned(),
    };
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_made_more_than_once() {
        client(None).unwrap();
        client(None).unwrap();
    }

    #[test]
    fn private_addresses_are_known() {
        for private in ["127.0.0.1", "10.1.2.3", "192.168.0.1", "100.100.1.1", "::1", "fd00::1"] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["0.0.0.0", "8.8.8.8", "100.128.0.1", "::", "2001:db8::1"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn what_others_can_read_is_known() {
        for near in [
            "http://127.0.0.1:1/",
            "http://100.101.102.103/",
            "http://[fd00::1]/",
            "http://hub/",
            "http://hub.tail1.ts.net/",
            "https://hub.example/",
        ] {
            assert!(!is_open(&Url::parse(near).unwrap()), "{near}");
        }
        for open in
            ["http://hub.example:8787/", "http://8.8.8.8/", "http://[2001:db8::1]/", "http://nets.net/"]
        {
            assert!(is_open(&Url::parse(open).unwrap()), "{open}");
        }
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let refusal = |path: &Path| client(Some(path)).unwrap_err().to_string();
        assert!(refusal(&path).contains("ca.pem cannot be read"), "{}", refusal(&path));
        std::fs::write(&path, "no certificate").unwrap();
        assert!(refusal(&path).contains("it holds no certificate"), "{}", refusal(&path));
    }
}
