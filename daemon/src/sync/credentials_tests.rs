use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Mutex;

use super::*;

const ISSUER: &str = "https://idp.example/application/o/heph/";

fn tokens(refresh: &str) -> Tokens {
    Tokens {
        access_token: "access".into(),
        id_token: Some("id".into()),
        refresh_token: Some(refresh.into()),
        received_ms: 1,
        expires_ms: Some(2),
    }
}

fn place(folder: &Path) -> Credentials {
    Credentials::new(&folder.join("heph.db"), ISSUER, "heph", None).unwrap()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn tokens_are_kept_for_their_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(folder.path());
    assert_eq!(place.load().unwrap(), None);
    for refresh in ["first", "second"] {
        place.save(&tokens(refresh)).unwrap();
        assert_eq!(place.load().unwrap(), Some(tokens(refresh)));
        assert_eq!(mode(place.path()), 0o600);
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    place.forget().unwrap();
    place.forget().unwrap();
    assert_eq!(place.load().unwrap(), None);
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn stores_issuers_and_clients_have_places_of_their_own() {
    let store = Path::new("heph.db");
    let all = [
        name(store, ISSUER, "heph"),
        name(Path::new("work/heph.db"), ISSUER, "heph"),
        name(store, ISSUER.trim_end_matches('/'), "heph"),
        name(store, ISSUER, "heph2"),
        name(store, &format!("{ISSUER}h"), "eph"),
    ];
    for (at, name) in all.iter().enumerate() {
        assert!(name.starts_with("login-") && name.len() == 22, "{name}");
        assert!(!all[..at].contains(name));
    }
}

#[test]
fn what_a_crash_left_behind_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(folder.path());
    let left = place.path().with_extension("json.new");
    std::fs::write(&left, "half").unwrap();
    std::fs::set_permissions(&left, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(place.load().unwrap(), None);
    place.save(&tokens("first")).unwrap();
    assert_eq!(mode(place.path()), 0o600);
    assert_eq!(place.load().unwrap(), Some(tokens("first")));
}

#[test]
fn a_failed_write_leaves_the_old_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(folder.path());
    place.save(&tokens("first")).unwrap();
    // A folder where the temporary file would be.
    std::fs::create_dir(place.path().with_extension("json.new")).unwrap();
    let error = place.save(&tokens("second")).unwrap_err();
    assert!(error.to_string().contains("cannot be written"), "{error}");
    assert_eq!(place.load().unwrap(), Some(tokens("first")));
}

#[test]
fn a_file_of_others_or_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(folder.path());
    place.save(&tokens("first")).unwrap();
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(place.load(), Err(CredentialsError::Exposed(_))));
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
    let other =
        Credentials::new(&folder.path().join("heph.db"), "https://other.example", "heph", None).unwrap();
    std::fs::rename(place.path(), other.path()).unwrap();
    assert!(matches!(other.load(), Err(CredentialsError::Unreadable(_))));
    std::fs::write(other.path(), "{}").unwrap();
    assert!(matches!(other.load(), Err(CredentialsError::Unreadable(_))));
    std::fs::remove_file(other.path()).unwrap();
    std::os::unix::fs::symlink("/dev/null", other.path()).unwrap();
    assert!(matches!(other.load(), Err(CredentialsError::File { .. })));
}

#[test]
fn errors_hold_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(&folder.path().join("missing"));
    let error = format!("{:?}", place.save(&tokens("secret")).unwrap_err());
    assert!(!error.contains("secret"), "{error}");
}

/// A keyring that does what a test wants.
#[derive(Default)]
struct FakeKeyring {
    kept: Mutex<HashMap<String, Vec<u8>>>,
    fails: Mutex<Option<KeyringError>>,
}

impl FakeKeyring {
    fn fail(&self, error: Option<KeyringError>) {
        *self.fails.lock().unwrap() = error;
    }

    fn works(&self) -> Result<(), KeyringError> {
        self.fails.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

impl Keyring for FakeKeyring {
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, KeyringError> {
        self.works()?;
        Ok(self.kept.lock().unwrap().get(name).cloned())
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), KeyringError> {
        self.works()?;
        self.kept.lock().unwrap().insert(name.to_owned(), secret.to_owned());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), KeyringError> {
        self.works()?;
        self.kept.lock().unwrap().remove(name);
        Ok(())
    }
}

fn at(refresh: &str, received_ms: i64) -> Tokens {
    Tokens { received_ms, ..tokens(refresh) }
}

#[test]
fn a_keyring_is_used_where_there_is_one() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(FakeKeyring::default()));
    let store = folder.path().join("heph.db");
    let shared = Arc::clone(&keyring) as Arc<dyn Keyring>;
    let place = Credentials::new(&store, ISSUER, "heph", Some(shared)).unwrap();
    place.save(&at("first", 1)).unwrap();
    assert!(!place.path().exists());
    assert_eq!(place.load().unwrap(), Some(at("first", 1)));
    // Locked: what is new goes to the file, and is what counts.
    let locked = KeyringError::Failed("locked".into());
    keyring.fail(Some(locked.clone()));
    assert!(matches!(place.load(), Err(CredentialsError::Keyring(_))));
    place.save(&at("second", 2)).unwrap();
    assert_eq!(place.load().unwrap(), Some(at("second", 2)));
    keyring.fail(None);
    assert_eq!(place.load().unwrap(), Some(at("second", 2)));
    // And back to the keyring when it can again.
    place.save(&at("third", 3)).unwrap();
    assert!(!place.path().exists());
    assert_eq!(place.load().unwrap(), Some(at("third", 3)));
    keyring.fail(Some(locked));
    assert!(matches!(place.forget(), Err(CredentialsError::Keyring(_))));
    keyring.fail(None);
    place.forget().unwrap();
    assert_eq!(place.load().unwrap(), None);
}

#[test]
fn a_system_without_a_keyring_has_the_file() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(FakeKeyring::default()));
    keyring.fail(Some(KeyringError::NotThere));
    let place = Credentials::new(&folder.path().join("heph.db"), ISSUER, "heph", Some(keyring)).unwrap();
    assert_eq!(place.load().unwrap(), None);
    place.save(&tokens("first")).unwrap();
    assert!(place.path().exists());
    assert_eq!(place.load().unwrap(), Some(tokens("first")));
    place.forget().unwrap();
    assert_eq!(place.load().unwrap(), None);
}
