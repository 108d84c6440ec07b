//! The token of a hub without an issuer: in a file that the hub made, or that a person named.

use std::path::{Path, PathBuf};

use oauth2::url::{Host, Url};

use super::credentials::CredentialsError;
use super::login::NoLogin;
use super::token_file::TokenFile;
use crate::config::SpokeConfig;

/// The longest token a hub looks at.
const MAX_TOKEN: usize = 16 << 10;

/// The token, and the file it is in. The token of this person's own hub goes to a hub of this machine only; one elsewhere
/// gets what is in the file that was named for it.
pub(super) fn read(db: &Path, config: &SpokeConfig) -> Result<(String, PathBuf), NoLogin> {
    if let Some(path) = &config.token_file {
        let found = TokenFile::new(path.clone()).read_named().map_err(not_read)?;
        let found = found.ok_or_else(|| NoLogin::Settings(nowhere(std::slice::from_ref(path))))?;
        return Ok((token(found, path)?, path.clone()));
    }
    let url = Url::parse(&config.url).ok();
    if !url.as_ref().is_some_and(is_here) {
        return Err(NoLogin::Settings(
            "the hub has no issuer and is not on this machine; name the file with its token: --hub-token-file"
                .to_owned(),
        ));
    }
    let port = url.and_then(|url| url.port_or_known_default()).unwrap_or_default();
    let places = places(db, port);
    for path in &places {
        if let Some(found) = TokenFile::new(path.clone()).read().map_err(not_read)? {
            return Ok((token(found, path)?, path.clone()));
        }
    }
    Err(NoLogin::Settings(nowhere(&places)))
}

/// Whether a URL leads to this machine.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Where a hub of the same person keeps its token.
fn places(db: &Path, port: u16) -> Vec<PathBuf> {
    let name = format!("hub-{port}.token");
    let own = db.with_file_name(&name);
    let default = std::env::home_dir().map(|home| home.join(".local/share/heph").join(&name));
    let default = default.filter(|default| *default != own);
    std::iter::once(own).chain(default).collect()
}

fn token(bytes: Vec<u8>, path: &Path) -> Result<String, NoLogin> {
    let text = String::from_utf8(bytes).unwrap_or_default();
    let token = text.trim();
    match !token.is_empty() && token.len() <= MAX_TOKEN && token.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(token.to_owned()),
        false => Err(NoLogin::Settings(format!("{} holds no token of a hub", path.display()))),
    }
}

fn nowhere(places: &[PathBuf]) -> String {
    let places: Vec<String> = places.iter().map(|path| path.display().to_string()).collect();
    format!(
        "the hub has no issuer, and its token is in none of {}; name the file with --hub-token-file",
        places.join(", ")
    )
}

fn not_read(error: CredentialsError) -> NoLogin {
    NoLogin::Settings(match error {
        CredentialsError::Exposed(path) => {
            format!("{0} can be read by others or is another's; change that: chmod 600 {0}", path.display())
        }
        error => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn config(url: &str, token_file: Option<PathBuf>) -> SpokeConfig {
        SpokeConfig { url: url.to_owned(), ca: None, issuer: None, client_id: "heph".to_owned(), token_file }
    }

    fn write(path: &Path, text: &str, mode: u32) {
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn refusal(db: &Path, config: &SpokeConfig) -> String {
        read(db, config).unwrap_err().to_string()
    }

    #[test]
    fn the_token_of_this_machines_hub_is_read_for_this_machine_only() {
        let folder = tempfile::tempdir().unwrap();
        let (db, path) = (folder.path().join("heph.db"), folder.path().join("hub-8787.token"));
        write(&path, "secret\n", 0o600);
        for here in
            ["http://127.0.0.1:8787", "http://127.9.9.9:8787/x", "http://[::1]:8787", "http://LOCALHOST:8787"]
        {
            assert_eq!(read(&db, &config(here, None)), Ok(("secret".to_owned(), path.clone())), "{here}");
        }
        for elsewhere in [
            "http://hub.example:8787",
            "http://localhost.example:8787",
            "http://10.0.0.1:8787",
            "http://127.0.0.1@hub.example:8787",
            "http://[::2]:8787",
        ] {
            assert!(refusal(&db, &config(elsewhere, None)).contains("--hub-token-file"), "{elsewhere}");
            let named = config(elsewhere, Some(path.clone()));
            assert_eq!(read(&db, &named), Ok(("secret".to_owned(), path.clone())));
        }
        let none = refusal(&db, &config("http://127.0.0.1:1", None));
        assert!(none.contains("hub-1.token") && none.contains("--hub-token-file"), "{none}");
    }

    #[test]
    fn a_file_that_others_can_read_or_that_holds_no_token_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (db, path) = (folder.path().join("heph.db"), folder.path().join("hub-8787.token"));
        let own = config("http://127.0.0.1:8787", None);
        let named = config("http://127.0.0.1:8787", Some(path.clone()));
        write(&path, "secret", 0o640);
        for config in [&own, &named] {
            assert!(refusal(&db, config).contains("chmod 600"), "{}", refusal(&db, config));
        }
        for nothing in ["", " \n", "two words", "two\nlines", "ü", &"x".repeat(MAX_TOKEN + 1)] {
            write(&path, nothing, 0o600);
            assert!(refusal(&db, &own).contains("holds no token"), "{nothing:?}");
        }
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let folder_named = config("http://127.0.0.1:8787", Some(folder.path().to_owned()));
        assert!(refusal(&db, &folder_named).contains("cannot be read"));
        // A link that a person named is followed, and no other.
        let elsewhere = folder.path().join("secret");
        write(&elsewhere, "secret", 0o600);
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert!(read(&db, &own).is_err());
        assert_eq!(read(&db, &named), Ok(("secret".to_owned(), path)));
    }
}
