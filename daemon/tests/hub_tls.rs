//! HTTPS, and a certificate that changes while the hub serves.

use std::path::Path;

use hephd::config::TlsFiles;
use reqwest::Certificate;

use crate::support::eventually;
use crate::support::hub::{TestHub, provide_cryptography};

/// Writes a certificate of this machine, and answers it.
fn write(files: &TlsFiles) -> Certificate {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    put(&files.cert, &made.cert.pem());
    put(&files.key, &made.signing_key.serialize_pem());
    Certificate::from_pem(made.cert.pem().as_bytes()).unwrap()
}

/// Puts a file into its place whole.
fn put(path: &Path, text: &str) {
    let partial = path.with_extension("partial");
    std::fs::write(&partial, text).unwrap();
    std::fs::rename(partial, path).unwrap();
}

#[test]
fn a_new_certificate_is_used_without_a_restart() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    provide_cryptography();
    let folder = tempfile::tempdir().unwrap();
    let files = TlsFiles { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
    let first = write(&files);
    let hub = TestHub::start_tls(folder.path(), files.clone());
    let url = format!("https://localhost:{}/v1/hello", hub.address.port());
    let is_trusted = |certificate: &Certificate| {
        let client = reqwest::Client::builder().tls_certs_only([certificate.clone()]).build().unwrap();
        runtime.block_on(async { client.get(&url).send().await.is_ok_and(|answer| answer.status() == 200) })
    };
    assert!(is_trusted(&first));
    put(&files.cert, "broken");
    let start = std::time::Instant::now();
    while start.elapsed() < std::time::Duration::from_millis(1_200) {
        assert!(is_trusted(&first));
    }
    let second = write(&files);
    eventually("the new certificate is used", || is_trusted(&second));
    assert!(!is_trusted(&first));
    let plain = format!("http://localhost:{}/v1/hello", hub.address.port());
    let plain = runtime.block_on(async { reqwest::Client::new().get(&plain).send().await });
    assert!(plain.is_err() || plain.is_ok_and(|answer| answer.status() != 200));
}
