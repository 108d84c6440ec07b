//! The client of the daemon against a server whose certificate comes from a private authority.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use hephd::http::{BodyError, body, client};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Serves over TLS what a path asks for, and writes the authority's certificate to a file; the address.
fn serve(authority: &Path) -> String {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    std::fs::write(authority, issuer.pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let (listener, config) = (TcpListener::bind("127.0.0.1:0").unwrap(), Arc::new(config));
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            // A client that distrusts us breaks off, which is as it should be.
            let _ = answer(StreamOwned::new(connection, socket.unwrap()));
        }
    });
    format!("https://{address}")
}

fn answer(mut stream: StreamOwned<ServerConnection, std::net::TcpStream>) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut buffer = [0; 1024];
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            count => request.extend_from_slice(&buffer[..count]),
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let reply = match request.split(' ').nth(1).unwrap_or_default() {
        "/moved" => "HTTP/1.1 302 -\r\nLocation: /\r\nContent-Length: 0\r\n\r\n".to_owned(),
        "/endless" => {
            "HTTP/1.1 200 -\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned() + &"4\r\nmore\r\n".repeat(99)
        }
        _ => format!("HTTP/1.1 200 -\r\nContent-Length: {}\r\n\r\n{request}", request.len()),
    };
    stream.write_all(reply.as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    let address = serve(&authority);
    let error = client(None).unwrap().get(&address).send().await.unwrap_err();
    assert!(hephd::http::causes(&error).contains("UnknownIssuer"), "{}", hephd::http::causes(&error));
    let client = client(Some(&authority)).unwrap();
    let request = client.get(&address).send().await.unwrap().text().await.unwrap();
    assert!(request.contains(&format!("user-agent: heph/{}", env!("CARGO_PKG_VERSION"))), "{request}");
    // The certificate is for one name.
    let other = address.replace("127.0.0.1", "localhost");
    assert!(client.get(other).send().await.is_err());
}

#[tokio::test]
async fn replies_lead_nowhere_and_have_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    let address = serve(&authority);
    let client = client(Some(&authority)).unwrap();
    assert_eq!(client.get(format!("{address}/moved")).send().await.unwrap().status(), 302);
    for path in ["/endless", "/stated"] {
        let reply = client.get(format!("{address}{path}")).send().await.unwrap();
        assert!(matches!(body(reply, 16).await, Err(BodyError::TooLong(16))), "{path}");
    }
    let reply = client.get(&address).send().await.unwrap();
    assert!(!body(reply, 4096).await.unwrap().is_empty());
}
