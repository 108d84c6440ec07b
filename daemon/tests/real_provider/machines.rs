//! A hub that trusts the provider, and machines whose daemons sync with it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use heph_client::{Client, ClientError, Options};
use heph_protocol::WireError;
use heph_protocol::request::{
    AuthLogin, AuthLogout, AuthStatus, AuthWait, Method, SyncNow, SyncStatus, TaskAdd, TaskList,
};
use heph_protocol::response;
use heph_protocol::types::SyncState;
use hephd::config::{Config, SpokeConfig};
use hephd::environment::Environment;
use hephd::system::Daemon;
use tempfile::TempDir;

use super::browser::{Browser, Choice};
use crate::support::eventually_within;
use crate::support::hub::TestHub;

/// How long anything may take: a device may ask every 5 s only, and short tokens live 8 s.
const PATIENCE: Duration = Duration::from_secs(60);

/// A hub that takes the provider's tokens.
pub(super) fn hub(folder: &Path) -> TestHub {
    hub_at(folder, SocketAddr::from(([127, 0, 0, 1], 0)))
}

/// The same at an address that is known already.
pub(super) fn hub_at(folder: &Path, address: SocketAddr) -> TestHub {
    TestHub::start_with(folder, |options| {
        options.config.issuer = Some(super::issuer());
        options.config.http_addr = address;
        options.verifier = Some(Arc::new(super::verifier("heph")));
    })
}

/// Posts to the provider's own addresses for tests, and reads what it answers.
pub(super) fn provider(method: reqwest::Method, path: &str) -> String {
    let url = reqwest::Url::parse(&super::issuer()).unwrap().join(path).unwrap();
    block_on(async {
        let response = super::client().request(method, url).send().await.unwrap();
        assert!(response.status().is_success(), "{}", response.status());
        response.text().await.unwrap()
    })
}

pub(super) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Waits until something is so.
pub(super) fn until(what: &str, is_so: impl FnMut() -> bool) {
    eventually_within(PATIENCE, what, is_so);
}

/// A machine with a store and a daemon.
pub(super) struct Machine {
    folder: TempDir,
    pub(super) config: Config,
    daemon: Option<Daemon>,
    client: Client,
}

impl Machine {
    pub(super) fn new(hub: &TestHub, client_id: &str) -> Self {
        Self::with(hub, client_id, None)
    }

    /// With an issuer in its settings.
    pub(super) fn with(hub: &TestHub, client_id: &str, issuer: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::in_folder(folder.path());
        config.spoke = Some(SpokeConfig {
            url: format!("http://{}", hub.address),
            ca: None,
            issuer,
            client_id: client_id.to_owned(),
            token_file: None,
        });
        let (daemon, client) = start(&config);
        Self { folder, config, daemon: Some(daemon), client }
    }

    pub(super) fn restart(&mut self) {
        self.daemon.take().unwrap().stop().unwrap();
        let (daemon, client) = start(&self.config);
        (self.daemon, self.client) = (Some(daemon), client);
    }

    pub(super) fn call<M: Method>(&mut self, request: &M) -> M::Reply {
        self.client.call(request).unwrap()
    }

    /// What the daemon refuses a request with.
    pub(super) fn refusal<M: Method>(&mut self, request: &M) -> WireError
    where
        M::Reply: std::fmt::Debug,
    {
        match self.client.call(request) {
            Err(ClientError::Daemon(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn add(&mut self, line: &str) {
        self.call(&TaskAdd { line: line.to_owned(), ..TaskAdd::default() });
    }

    pub(super) fn titles(&mut self) -> Vec<String> {
        let list = self.call(&TaskList::default());
        let mut titles: Vec<String> = list.tasks.into_iter().map(|task| task.title).collect();
        titles.sort();
        titles
    }

    pub(super) fn sync(&mut self) -> response::SyncStatus {
        self.call(&SyncNow {})
    }

    pub(super) fn status(&mut self) -> response::SyncStatus {
        self.call(&SyncStatus {})
    }

    pub(super) fn who(&mut self) -> response::AuthStatus {
        self.call(&AuthStatus {})
    }

    pub(super) fn log_out(&mut self) -> response::AuthStatus {
        self.call(&AuthLogout {})
    }

    /// Begins a login, and has a person answer in the browser.
    pub(super) fn answer(&mut self, person: &str, choice: Choice) {
        let begun = self.call(&AuthLogin {});
        let address = begun.verification_uri_complete.unwrap();
        assert!(address.contains(&begun.user_code), "{address}");
        block_on(Browser::new(super::client()).answer(&address, person, choice));
    }

    pub(super) fn log_in(&mut self, person: &str) {
        self.answer(person, Choice::Approve);
        let who = self.call(&AuthWait {});
        assert!(who.logged_in, "{who:?}");
    }

    /// Waits until both have the same, without asking for it.
    pub(super) fn until_idle(&mut self) {
        let mut last = self.status();
        until("sync goes on by itself", || {
            last = self.status();
            last.state == SyncState::Idle && last.unsent == 0
        });
    }

    pub(super) fn until_state(&mut self, state: SyncState) -> response::SyncStatus {
        let mut last = self.status();
        until(&format!("{state:?}"), || {
            last = self.status();
            last.state == state
        });
        last
    }

    /// Waits until the tasks are these.
    pub(super) fn until_titles(&mut self, expected: &[&str]) {
        until("the tasks arrive", || self.titles() == expected);
    }

    /// The files with tokens.
    pub(super) fn token_files(&self) -> Vec<PathBuf> {
        let files = self.folder.path().read_dir().unwrap().map(|entry| entry.unwrap().path());
        let is_login = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with("login-");
        files.filter(is_login).collect()
    }

    /// One of the tokens on disk; none while the file is replaced.
    pub(super) fn kept(&self, name: &str) -> Option<String> {
        let text = std::fs::read(self.token_files().first()?).ok()?;
        let kept: serde_json::Value = serde_json::from_slice(&text).ok()?;
        Some(kept[name].as_str()?.to_owned())
    }

    /// Waits until one of the tokens on disk is another.
    pub(super) fn until_another(&self, name: &str, before: &str) -> String {
        let mut last = None;
        until(&format!("another {name}"), || {
            last = self.kept(name);
            last.as_deref().is_some_and(|now| now != before)
        });
        last.unwrap()
    }
}

/// Logs a person in on several machines at once, as each has to wait for some seconds.
pub(super) fn log_in_all(person: &str, machines: &mut [&mut Machine]) {
    for machine in machines.iter_mut() {
        machine.answer(person, Choice::Approve);
    }
    for machine in machines {
        assert!(machine.call(&AuthWait {}).logged_in);
        machine.until_idle();
    }
}

fn start(config: &Config) -> (Daemon, Client) {
    // Without a keyring: tokens lie in files.
    let daemon = Daemon::start(config.clone(), Environment::system()).unwrap();
    let options = Options {
        socket: daemon.socket().to_owned(),
        client: "test".to_owned(),
        version: "0".to_owned(),
        zone: Some("UTC".to_owned()),
    };
    (daemon, Client::new(options))
}
