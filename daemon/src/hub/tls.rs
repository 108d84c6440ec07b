//! The hub's certificate: read from files, and again when they change.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::TlsFiles;

/// How often the files are looked at, at most.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds no PEM of its kind.
    #[error("{path} cannot be used: {reason}; see tls_cert and tls_key")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The two do not go together.
    #[error("the certificate and the key do not go together: {0}")]
    Pair(rustls::Error),
}

/// What tells that the files are others.
type Stamp = [Option<(SystemTime, u64)>; 2];

#[derive(Debug)]
struct Current {
    key: Arc<CertifiedKey>,
    stamp: Stamp,
    looked: Instant,
}

/// Answers with the certificate as its files have it now.
#[derive(Debug)]
pub struct Certificate {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    look_every: Duration,
    current: Mutex<Current>,
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// [`TlsError`]
    pub fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        Self::read_with(files, LOOK_EVERY)
    }

    fn read_with(files: &TlsFiles, look_every: Duration) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let stamp = stamp(files);
        let key = Arc::new(read_files(files, &provider)?);
        let current = Mutex::new(Current { key, stamp, looked: Instant::now() });
        Ok(Self { files: files.clone(), provider, look_every, current })
    }

    /// The configuration of a server that has it.
    ///
    /// # Errors
    /// [`TlsError::Pair`] when TLS cannot be had at all.
    pub fn into_config(self) -> Result<ServerConfig, TlsError> {
        let builder = ServerConfig::builder_with_provider(Arc::clone(&self.provider));
        let builder = builder.with_safe_default_protocol_versions().map_err(TlsError::Pair)?;
        Ok(builder.with_no_client_auth().with_cert_resolver(Arc::new(self)))
    }

    /// The certificate now. A new one that cannot be read leaves the old one in force.
    fn now(&self) -> Arc<CertifiedKey> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.looked.elapsed() >= self.look_every {
            current.looked = Instant::now();
            let stamp = stamp(&self.files);
            if stamp != current.stamp {
                current.stamp = stamp;
                match read_files(&self.files, &self.provider) {
                    Ok(key) => {
                        tracing::info!("the certificate was read again");
                        current.key = Arc::new(key);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the new certificate is not used; the old one stays")
                    }
                }
            }
        }
        Arc::clone(&current.key)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now())
    }
}

fn stamp(files: &TlsFiles) -> Stamp {
    let of = |path: &Path| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    [of(&files.cert), of(&files.key)]
}

fn read_files(files: &TlsFiles, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let failed = |path: &Path, reason: String| TlsError::File { path: path.display().to_string(), reason };
    let of_cert = |error: rustls::pki_types::pem::Error| failed(&files.cert, error.to_string());
    let certificates = CertificateDer::pem_file_iter(&files.cert).map_err(of_cert)?;
    let certificates: Vec<_> = certificates.collect::<Result<_, _>>().map_err(of_cert)?;
    if certificates.is_empty() {
        return Err(failed(&files.cert, "there is no certificate in it".to_owned()));
    }
    let key =
        PrivateKeyDer::from_pem_file(&files.key).map_err(|error| failed(&files.key, error.to_string()))?;
    CertifiedKey::from_der(certificates, key, provider).map_err(TlsError::Pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(files: &TlsFiles, name: &str) -> CertificateDer<'static> {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        std::fs::write(&files.cert, made.cert.pem()).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        made.cert.der().clone()
    }

    #[test]
    fn a_new_certificate_is_used_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles { cert: folder.path().join("c.pem"), key: folder.path().join("k.pem") };
        assert!(matches!(Certificate::read(&files), Err(TlsError::File { .. })));
        let first = write(&files, "a.example");
        let certificate = Certificate::read_with(&files, Duration::ZERO).unwrap();
        assert_eq!(certificate.now().cert[0], first);
        std::fs::write(&files.cert, "no certificate").unwrap();
        assert_eq!(certificate.now().cert[0], first);
        let second = write(&files, "another-name.example");
        assert_eq!(certificate.now().cert[0], second);
        let key = std::fs::read(&files.key).unwrap();
        write(&files, "third.example.org");
        std::fs::write(&files.key, key).unwrap();
        let pair = Certificate::read(&files);
        assert!(matches!(pair, Err(TlsError::Pair(_))), "{pair:?}");
    }
}
