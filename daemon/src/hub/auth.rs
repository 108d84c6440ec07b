//! Who asks: what a token has to prove, and the token of a hub that serves this machine alone.

use std::fs::OpenOptions;
use std::future::Future;
use std::io::{self, Read as _, Write as _};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use crate::environment::Environment;
use crate::oidc::verifier::TokenVerifier;
pub use crate::oidc::verifier::{Login, TokenError};

/// What is found out about a token.
pub type Verified<'a> = Pin<Box<dyn Future<Output = Result<Login, TokenError>> + Send + 'a>>;

/// Tells who a token proves somebody to be.
pub trait VerifyToken: Send + Sync {
    /// Verifies a token.
    fn verify<'a>(&'a self, token: &'a str) -> Verified<'a>;
}

impl VerifyToken for TokenVerifier {
    fn verify<'a>(&'a self, token: &'a str) -> Verified<'a> {
        Box::pin(Self::verify(self, token))
    }
}

/// Bytes of a loopback token.
const TOKEN_BYTES: usize = 32;

/// The one token of a hub without an issuer.
pub struct LoopbackToken {
    /// Compared in constant time, and as long whatever is offered.
    hash: blake3::Hash,
}

impl LoopbackToken {
    /// Reads the token in a file, or makes one there, 0600.
    ///
    /// # Errors
    /// [`io::Error`] when the file cannot be read or made, or holds no token.
    pub fn in_file(path: &Path, environment: &Environment) -> io::Result<Self> {
        let token = match read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(path, environment)?,
            read => read?,
        };
        Ok(Self { hash: blake3::hash(token.as_bytes()) })
    }

    /// The file of the token of a hub with its database at `db` that listens on a port.
    pub fn file_beside(db: &Path, port: u16) -> PathBuf {
        db.with_file_name(format!("hub-{port}.token"))
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(1024).read_to_string(&mut text)?;
    let token = text.trim();
    let is_token = token.len() == 2 * TOKEN_BYTES && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    match is_token {
        true => Ok(token.to_owned()),
        false => Err(io::Error::new(io::ErrorKind::InvalidData, "it holds no token; remove it")),
    }
}

/// Writes a new token, whole or not at all.
fn make(path: &Path, environment: &Environment) -> io::Result<String> {
    let mut bytes = [0; TOKEN_BYTES];
    environment.entropy.fill(&mut bytes);
    let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    match std::fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial)?;
    writeln!(file, "{token}")?;
    file.sync_all()?;
    std::fs::rename(&partial, path)?;
    Ok(token)
}

impl VerifyToken for LoopbackToken {
    fn verify<'a>(&'a self, token: &'a str) -> Verified<'a> {
        // Hashes compare in constant time.
        let is_ours = blake3::hash(token.as_bytes()) == self.hash;
        Box::pin(std::future::ready(if is_ours {
            let (issuer, subject) = (String::new(), String::new());
            Ok(Login { issuer, subject, authenticated_ms: None, issued_ms: None, expires_ms: None })
        } else {
            Err(TokenError::Invalid("the token is not this hub's".to_owned()))
        }))
    }
}

/// The token of an `Authorization` header.
pub(super) fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Whether a `Host` header names this machine: a page of the web that leads its visitors here by a name of its own does
/// not.
pub(super) fn is_loopback_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(name, _)| name),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let port = host.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.ends_with(']'));
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok());
    let is_ours = |ip: IpAddr| ip == IpAddr::from([127, 0, 0, 1]) || ip.is_loopback() && ip.is_ipv6();
    is_port && (name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(is_ours))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn a_token_is_made_once_and_kept_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = LoopbackToken::file_beside(&folder.path().join("hub.db"), 8787);
        assert!(path.ends_with("hub-8787.token"));
        let environment = Environment::system();
        LoopbackToken::in_file(&path, &environment).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.trim().len(), 64);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let token = LoopbackToken::in_file(&path, &environment).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        assert!(token.verify(text.trim()).await.is_ok());
        for other in ["", "x", &text, &text.trim()[1..]] {
            assert!(matches!(token.verify(other).await, Err(TokenError::Invalid(_))), "{other}");
        }
        std::fs::write(&path, "nothing").unwrap();
        assert!(LoopbackToken::in_file(&path, &environment).is_err());
    }

    #[test]
    fn a_header_carries_a_token() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        for none in ["", "Bearer", "Bearer ", "Basic abc", "abc"] {
            assert_eq!(bearer(none), None, "{none}");
        }
    }

    #[test]
    fn only_names_of_this_machine_are_hosts_of_it() {
        for ours in ["127.0.0.1", "127.0.0.1:8787", "localhost", "LOCALHOST:1", "[::1]", "[::1]:8787"] {
            assert!(is_loopback_host(ours), "{ours}");
        }
        let others = [
            "",
            "evil.example",
            "evil.example:8787",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "127.0.0.1:x",
            "[::2]:8787",
            "10.0.0.1",
            "::1",
        ];
        for other in others {
            assert!(!is_loopback_host(other), "{other}");
        }
    }
}
