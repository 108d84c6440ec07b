//! Stores that sync through a real hub over HTTP: what is typed on one machine arrives on the others.

use std::path::Path;
use std::time::Duration;

use heph_client::{Client, Options};
use heph_protocol::event::Topic;
use heph_protocol::request::{
    AuthStatus, ConflictList, JournalCapture, PageNew, PageOpen, PageSave, SyncCheck, SyncDevices, SyncJoin,
    SyncNow, SyncPreview, SyncStatus, TaskAdd, TaskList, TaskModify,
};
use heph_protocol::types::SyncState;
use hephd::config::{Config, HubConfig, Mode, SpokeConfig};
use hephd::environment::Environment;
use hephd::system::Daemon;
use tempfile::TempDir;

use crate::support::eventually;
use crate::support::hub::TestHub;

/// A machine with a store and a daemon.
struct Machine {
    folder: TempDir,
    config: Config,
    daemon: Option<Daemon>,
    client: Client,
}

impl Machine {
    fn new(hub: &TestHub, token: &Path) -> Self {
        Self::at(hub.address.port(), token)
    }

    fn at(port: u16, token: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::in_folder(folder.path());
        config.spoke = Some(SpokeConfig {
            url: format!("http://127.0.0.1:{port}"),
            ca: None,
            issuer: None,
            client_id: "heph".to_owned(),
            token_file: Some(token.to_owned()),
        });
        let daemon = Daemon::start(config.clone(), Environment::system()).unwrap();
        let client = client(daemon.socket());
        Self { folder, config, daemon: Some(daemon), client }
    }

    fn restart(&mut self) {
        self.daemon.take().unwrap().stop().unwrap();
        let daemon = Daemon::start(self.config.clone(), Environment::system()).unwrap();
        self.client = client(daemon.socket());
        self.daemon = Some(daemon);
    }

    fn stop(&mut self) {
        self.daemon.take().unwrap().stop().unwrap();
    }

    fn add(&mut self, line: &str) -> String {
        let added = self.client.call(&TaskAdd { line: line.to_owned(), ..TaskAdd::default() }).unwrap();
        added.task.id
    }

    fn titles(&mut self) -> Vec<String> {
        let list = self.client.call(&TaskList::default()).unwrap();
        let mut titles: Vec<String> = list.tasks.into_iter().map(|task| task.title).collect();
        titles.sort();
        titles
    }

    /// Syncs, and tells how things stand.
    fn sync(&mut self) -> heph_protocol::response::SyncStatus {
        self.client.call(&SyncNow {}).unwrap()
    }

    fn text(&mut self, reference: &str) -> String {
        self.client.call(&PageOpen { reference: reference.to_owned() }).unwrap().open.text
    }
}

fn client(socket: &Path) -> Client {
    Client::new(Options {
        socket: socket.to_owned(),
        client: "test".to_owned(),
        version: "0".to_owned(),
        zone: Some("UTC".to_owned()),
    })
}

/// A hub that lets in whoever can read its token.
fn hub(folder: &Path) -> TestHub {
    TestHub::start_with(folder, |options| {
        options.config.issuer = None;
        options.verifier = None;
    })
}

fn token(folder: &Path, hub: &TestHub) -> std::path::PathBuf {
    folder.join(format!("hub-{}.token", hub.address.port()))
}

#[test]
fn what_is_typed_on_one_machine_arrives_on_the_other_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let token = token(folder.path(), &hub);
    let (mut one, mut two) = (Machine::new(&hub, &token), Machine::new(&hub, &token));
    assert_eq!((one.sync().state, two.sync().state), (SyncState::Idle, SyncState::Idle));
    two.client.subscribe(vec![Topic::Changed]).unwrap();
    one.add("Call the bank +phone p1");
    two.client.next_event(Some(Duration::from_secs(10))).unwrap().expect("the change is told");
    eventually("the task arrives", || two.titles() == ["Call the bank"]);
    let text = "# Garden\n- tomatoes\n".to_owned();
    one.client.call(&PageNew { title: "Garden".into(), text, ..PageNew::default() }).unwrap();
    eventually("the page arrives", || {
        two.client
            .call(&PageOpen { reference: "Garden".into() })
            .is_ok_and(|page| page.open.text.contains("tomatoes"))
    });
    let status = two.client.call(&SyncStatus {}).unwrap();
    assert_eq!((status.unsent, status.conflicts, status.unfit), (0, 0, 0));
    let devices = one.client.call(&SyncDevices {}).unwrap().devices;
    assert_eq!((devices.len(), devices.iter().filter(|device| device.is_this).count()), (2, 1));
    let steps = one.client.call(&SyncCheck {}).unwrap().steps;
    assert!(steps.iter().all(|step| step.ok), "{steps:?}");
    let login = one.client.call(&AuthStatus {}).unwrap();
    assert_eq!(
        (login.logged_in, login.issuer, login.problem),
        (true, None, None),
        "nobody has to log in here"
    );
}

#[test]
fn offline_edits_of_both_meet_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let hub_folder = folder.path().join("hub");
    std::fs::create_dir(&hub_folder).unwrap();
    let hub_running = hub(&hub_folder);
    let token = token(&hub_folder, &hub_running);
    let (mut one, mut two) = (Machine::new(&hub_running, &token), Machine::new(&hub_running, &token));
    let page = PageNew { title: "P".into(), text: "one\ntwo\nthree\n".into(), ..PageNew::default() };
    one.client.call(&page).unwrap();
    let id = one.add("Call");
    one.sync();
    two.sync();
    eventually("both have the page", || two.client.call(&PageOpen { reference: "P".into() }).is_ok());
    let address = hub_running.address;
    drop(hub_running);
    for (machine, text, priority) in
        [(&mut one, "zero\none\ntwo\nthree\n", "p1"), (&mut two, "one\ntwo\nthree\nfour\n", "p3")]
    {
        let open = machine.client.call(&PageOpen { reference: "P".into() }).unwrap();
        let save = PageSave {
            id: open.open.page.id,
            base_rev: open.open.rev,
            text: text.to_owned(),
            ..PageSave::default()
        };
        machine.client.call(&save).unwrap();
        let change = TaskModify {
            references: vec![id.clone()],
            changes: vec![priority.into()],
            ..TaskModify::default()
        };
        machine.client.call(&change).unwrap();
        let line = JournalCapture { line: format!("offline with {priority}"), ..JournalCapture::default() };
        machine.client.call(&line).unwrap();
        assert_eq!(machine.sync().state, SyncState::Backoff);
    }
    // The first is even started anew before the hub comes back.
    one.restart();
    let hub_again = TestHub::start_with(&hub_folder, |options| {
        options.config.issuer = None;
        options.verifier = None;
        options.config.http_addr = address;
    });
    one.sync();
    two.sync();
    one.sync();
    for machine in [&mut one, &mut two] {
        eventually("both merged", || machine.text("P") == "zero\none\ntwo\nthree\nfour\n");
        let today = machine.client.call(&heph_protocol::request::JournalOpen::default()).unwrap();
        assert!(
            today.open.text.contains("offline with p1") && today.open.text.contains("offline with p3"),
            "{}",
            today.open.text
        );
        let conflicts = machine.client.call(&ConflictList {}).unwrap().conflicts;
        assert_eq!(conflicts.iter().map(|conflict| &*conflict.field).collect::<Vec<_>>(), ["priority"]);
    }
    one.stop();
    two.stop();
    drop(hub_again);
    for machine in [&one, &two] {
        crate::support::assert_sound(machine.folder.path());
    }
}

#[test]
fn a_store_with_content_joins_an_account_with_content_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let token = token(folder.path(), &hub);
    let mut one = Machine::new(&hub, &token);
    one.add("from the first");
    one.client.call(&JournalCapture { line: "first".into(), ..JournalCapture::default() }).unwrap();
    one.sync();
    // The second was used before it had a hub.
    let mut two = Machine::new(&hub, folder.path());
    two.add("from the second");
    two.client.call(&JournalCapture { line: "second".into(), ..JournalCapture::default() }).unwrap();
    two.config.spoke.as_mut().unwrap().token_file = Some(token.clone());
    two.restart();
    let status = two.sync();
    assert_eq!(status.state, SyncState::Paused, "{status:?}");
    let preview = two.client.call(&SyncPreview {}).unwrap();
    assert_eq!((preview.here, preview.there, preview.both_count), (2, 2, 1), "{preview:?}");
    assert_eq!(two.titles(), ["from the second"]);
    assert_eq!(two.client.call(&SyncJoin {}).unwrap().state, SyncState::Idle);
    eventually("both are there", || two.titles() == ["from the first", "from the second"]);
    one.sync();
    eventually("there too", || one.titles() == ["from the first", "from the second"]);
    let today = one.client.call(&heph_protocol::request::JournalOpen::default()).unwrap().open.text;
    assert!(today.contains("first") && today.contains("second"), "{today}");
}

#[test]
fn the_machine_of_a_hub_has_its_owners_store_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::in_folder(folder.path());
    config.mode = Mode::Server;
    config.hub = Some(HubConfig {
        http_addr: "127.0.0.1:0".parse().unwrap(),
        issuer: None,
        audience: "heph".to_owned(),
        client_id: "heph".to_owned(),
        tls: None,
        owner: Some("me".to_owned()),
    });
    let hub = Daemon::start(config, Environment::system()).unwrap();
    let mut owner = client(hub.socket());
    let file = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let token = file.into_iter().find(|path| path.extension().is_some_and(|end| end == "token")).unwrap();
    let port = token.file_stem().unwrap().to_string_lossy().trim_start_matches("hub-").parse().unwrap();
    let mut other = Machine::at(port, &token);
    owner.call(&TaskAdd { line: "from the hub's machine".into(), ..TaskAdd::default() }).unwrap();
    eventually("it arrives", || other.titles() == ["from the hub's machine"]);
    other.add("from another");
    let titles = |client: &mut Client| -> usize { client.call(&TaskList::default()).unwrap().tasks.len() };
    eventually("and back", || titles(&mut owner) == 2);
    let status = owner.call(&SyncNow {}).unwrap();
    assert_eq!((status.state, status.unsent), (SyncState::Idle, 0), "{status:?}");
    let steps = owner.call(&SyncCheck {}).unwrap().steps;
    assert!(steps.iter().all(|step| step.ok), "{steps:?}");
    assert_eq!(owner.call(&SyncDevices {}).unwrap().devices.len(), 2);
}

#[test]
fn a_full_account_is_still_read() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TestHub::start_with(folder.path(), |options| {
        options.config.issuer = None;
        options.verifier = None;
        options.quota = 4_000;
    });
    let token = token(folder.path(), &hub);
    let (mut one, mut two) = (Machine::new(&hub, &token), Machine::new(&hub, &token));
    one.sync();
    let text = format!("# Long\n{}\n", "no two words alike ".repeat(400));
    one.client.call(&PageNew { title: "Long".into(), text, ..PageNew::default() }).unwrap();
    let status = one.sync();
    assert_eq!(status.state, SyncState::Paused);
    assert!(status.hint.unwrap().contains("more room"), "{:?}", status.problem);
    two.add("Call the bank");
    assert_eq!(two.sync().state, SyncState::Idle);
    eventually("what others send arrives", || one.titles() == ["Call the bank"]);
    eventually("sending waits for room", || {
        one.client.call(&SyncStatus {}).unwrap().state == SyncState::Paused
    });
}
