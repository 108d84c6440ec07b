//! A glewlwyd on this machine for as long as a suite runs: an OpenID Provider that has nothing in common with the other.
//!
//! Its database and its settings lie in a folder of its own, and it listens on 127.0.0.1 only. Tests find there
//!
//! - the issuer `heph`, whose tokens live an hour and are signed with ES256;
//! - the issuer `brief`, whose tokens live eight seconds and are signed with RS256, and whose refresh tokens are good once;
//! - the public client `heph`, which may have the device grant and ask for tokens for `https://hub.example/`;
//! - the persons in [`PEOPLE`], each with the own name as password.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process;

/// Who may log in.
const PEOPLE: [&str; 8] = ["ann", "bob", "carol", "dora", "emil", "fay", "gus", "hal"];

/// The script that makes its database, and in it the administrator with this password.
const DATABASE: &str = "usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";
const ADMINISTRATOR: &str = r#"{"username": "admin", "password": "password"}"#;

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// A glewlwyd that ends with this value.
#[derive(Debug)]
pub(crate) struct Glewlwyd {
    address: SocketAddr,
    // Ends before its folder goes.
    server: process::Background,
    folder: TempDir,
}

/// How an issuer signs, and for how long its tokens are good.
struct Issuer {
    name: &'static str,
    /// Arguments of `openssl` that make its key, and such that take the public one out of it.
    key: [&'static [&'static str]; 2],
    kind: &'static str,
    life_s: u32,
    one_use: &'static str,
}

const ISSUERS: [Issuer; 2] = [
    Issuer {
        name: "heph",
        key: [&["ecparam", "-name", "prime256v1", "-genkey", "-noout"], &["ec", "-pubout"]],
        kind: "ecdsa",
        life_s: 3_600,
        one_use: "never",
    },
    Issuer {
        name: "brief",
        key: [&["genrsa", "2048"], &["rsa", "-pubout"]],
        kind: "rsa",
        life_s: 8,
        one_use: "always",
    },
];

impl Glewlwyd {
    /// Starts the one whose files stand below a folder, and waits until it is set up.
    ///
    /// # Errors
    /// When it does not start, or refuses to be set up.
    pub(crate) fn start(root: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("no folder for glewlwyd")?;
        let script = std::fs::read_to_string(root.join(DATABASE)).context("glewlwyd's database")?;
        let database = folder.path().join("glewlwyd.db");
        process::feed(Command::new("sqlite3").arg("-bail").arg(&database), Some(&script))?;
        let address = free_address()?;
        let settings = folder.path().join("glewlwyd.conf");
        std::fs::write(&settings, settings_text(root, address, &database))?;
        let mut server = Command::new(root.join("usr/bin/glewlwyd"));
        server.arg("--config-file").arg(settings).env("LD_LIBRARY_PATH", libraries(root)?);
        let server = process::Background::start(server.stdin(Stdio::null()))?;
        let mut glewlwyd = Self { address, server, folder };
        glewlwyd.wait()?;
        glewlwyd.set_up().context("glewlwyd cannot be set up")?;
        Ok(glewlwyd)
    }

    /// The issuer `heph`; the other stands beside it.
    pub(crate) fn issuer(&self) -> String {
        self.url("heph")
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/api/{path}", self.address)
    }

    fn wait(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.server.ended() {
                bail!("glewlwyd did not start ({status})");
            }
            if began.elapsed() > PATIENCE {
                bail!("glewlwyd is not ready after {} s", PATIENCE.as_secs());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn set_up(&self) -> anyhow::Result<()> {
        self.post("auth/", ADMINISTRATOR)?;
        for issuer in &ISSUERS {
            self.post("mod/plugin/", &self.plugin(issuer)?.to_string())?;
        }
        let client = json!({
            "client_id": "heph", "name": "heph", "confidential": false, "enabled": true, "scope": [],
            "authorization_type": ["device_authorization", "refresh_token"], "resource": ["https://hub.example/"],
        });
        self.post("client/", &client.to_string())?;
        for name in PEOPLE {
            let person = json!({
                "username": name, "password": name, "enabled": true, "scope": ["openid", "g_profile"],
            });
            self.post("user/", &person.to_string())?;
        }
        Ok(())
    }

    fn plugin(&self, issuer: &Issuer) -> anyhow::Result<Value> {
        let [private, public] = issuer.key;
        let private = process::read(Command::new("openssl").args(private))?;
        let public = process::feed(Command::new("openssl").args(public), Some(&private))?;
        Ok(
            json!({"module": "oidc", "name": issuer.name, "display_name": issuer.name, "enabled": true, "parameters": {
                "iss": self.url(issuer.name),
                "jwt-type": issuer.kind, "jwt-key-size": "256", "key": private, "cert": public,
                "access-token-duration": issuer.life_s, "refresh-token-duration": 86_400, "code-duration": 600,
                "refresh-token-one-use": issuer.one_use,
                "allow-non-oidc": true,
                "auth-type-client-enabled": false, "auth-type-code-enabled": false, "auth-type-implicit-enabled": false,
                "auth-type-password-enabled": false, "auth-type-token-enabled": false,
                "auth-type-device-enabled": true, "auth-type-refresh-enabled": true, "device-authorization-interval": 1,
                "resource-allowed": true, "resource-client-property": "resource",
            }}),
        )
    }

    /// Posts JSON as the administrator, whose login lies in a file of cookies.
    fn post(&self, path: &str, body: &str) -> anyhow::Result<()> {
        let cookies = self.folder.path().join("cookies");
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--fail-with-body", "--noproxy", "*"]);
        curl.arg("--cookie").arg(&cookies).arg("--cookie-jar").arg(&cookies);
        curl.args(["--header", "content-type: application/json", "--data-binary", "@-"]).arg(self.url(path));
        process::feed(&mut curl, Some(body))?;
        Ok(())
    }
}

/// A port that nothing has at this moment.
fn free_address() -> anyhow::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .context("no port is free")
}

/// Where the libraries of its packages are.
fn libraries(root: &Path) -> anyhow::Result<PathBuf> {
    for entry in std::fs::read_dir(root.join("usr/lib"))? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().contains("-linux-gnu")) {
            return Ok(path);
        }
    }
    // All of them are installed.
    Ok(root.join("usr/lib"))
}

fn settings_text(root: &Path, address: SocketAddr, database: &Path) -> String {
    let path = |path: PathBuf| format!("\"{}\"", path.display());
    let modules = |folder: &str| path(root.join("usr/lib/glewlwyd").join(folder));
    let texts = [
        ("bind_address", format!("\"{}\"", address.ip())),
        ("port", address.port().to_string()),
        ("external_url", format!("\"http://{address}\"")),
        ("login_url", "\"login.html\"".into()),
        ("api_prefix", "\"api\"".into()),
        ("static_files_path", path(root.join("usr/share/glewlwyd/webapp"))),
        ("log_mode", "\"console\"".into()),
        ("log_level", "\"ERROR\"".into()),
        ("cookie_domain", format!("\"{}\"", address.ip())),
        ("cookie_secure", "0".into()),
        ("admin_scope", "\"g_admin\"".into()),
        ("profile_scope", "\"g_profile\"".into()),
        ("user_module_path", modules("user")),
        ("client_module_path", modules("client")),
        ("user_auth_scheme_module_path", modules("scheme")),
        ("plugin_module_path", modules("plugin")),
        ("hash_algorithm", "\"SHA512\"".into()),
        ("database", format!("{{ type = \"sqlite3\"; path = {}; }}", path(database.to_owned()))),
    ];
    texts.iter().map(|(name, value)| format!("{name} = {value};\n")).collect()
}
