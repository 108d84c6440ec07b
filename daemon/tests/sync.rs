//! Stores that sync through a real hub over HTTP: what is typed on one machine arrives on the others.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use heph_client::{Client, Options};
use heph_protocol::event::Topic;
use heph_protocol::request::{
    AuthStatus, ConflictList, ConflictRestore, ContextList, ContextSet, ContextUse, DaemonStatus, FieldAdd,
    JournalCapture, NodeShow, PageNew, PageOpen, PageSave, SettingsList, SettingsSet, SyncCheck, SyncDevices,
    SyncJoin, SyncNow, SyncPreview, SyncRevoke, SyncStatus, TaskAdd, TaskList, TaskModify, ViewSave,
};
use heph_protocol::types::SyncState;
use hephd::config::{Config, HubConfig, Mode, SpokeConfig};
use hephd::environment::Environment;
use hephd::system::Daemon;
use tempfile::TempDir;

use crate::support::eventually;
use crate::support::hub::TestHub;

/// A machine with a store and a daemon.
pub(crate) struct Machine {
    pub(crate) folder: TempDir,
    config: Config,
    daemon: Option<Daemon>,
    pub(crate) client: Client,
}

impl Machine {
    pub(crate) fn new(hub: &TestHub, token: &Path) -> Self {
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

    pub(crate) fn restart(&mut self) {
        self.daemon.take().unwrap().stop().unwrap();
        let daemon = Daemon::start(self.config.clone(), Environment::system()).unwrap();
        self.client = client(daemon.socket());
        self.daemon = Some(daemon);
    }

    pub(crate) fn stop(&mut self) {
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
    pub(crate) fn sync(&mut self) -> heph_protocol::response::SyncStatus {
        self.client.call(&SyncNow {}).unwrap()
    }

    fn set(&mut self, key: &str, value: &str) {
        self.client.call(&SettingsSet { key: key.to_owned(), value: value.to_owned() }).unwrap();
    }

    /// What is set for all machines; empty for what is not there.
    fn setting(&mut self, key: &str) -> String {
        let settings = self.client.call(&SettingsList {}).unwrap().settings;
        settings
            .into_iter()
            .find(|setting| setting.key == key)
            .map(|setting| setting.value)
            .unwrap_or_default()
    }

    /// The score of a task.
    fn score(&mut self, reference: &str) -> Option<f64> {
        let show = NodeShow { reference: reference.to_owned() };
        self.client.call(&show).unwrap().task?.score
    }

    /// How many tasks a filter matches, whatever the context.
    fn listed(&mut self, filter: &str) -> usize {
        let context = Some(String::new());
        let list = TaskList { filter: filter.to_owned(), context, ..TaskList::default() };
        self.client.call(&list).map_or(0, |list| list.tasks.len())
    }

    pub(crate) fn text(&mut self, reference: &str) -> String {
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
pub(crate) fn hub(folder: &Path) -> TestHub {
    TestHub::start_with(folder, |options| {
        options.config.issuer = None;
        options.verifier = None;
    })
}

pub(crate) fn token(folder: &Path, hub: &TestHub) -> std::path::PathBuf {
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
    for machine in [&mut one, &mut two] {
        eventually("the hub learns what both have read", || {
            let devices = machine.client.call(&SyncDevices {}).unwrap().devices;
            devices.iter().all(|device| device.behind == 0)
        });
    }
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
    eventually("both have the task", || two.titles() == ["Call"]);
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
    let hub_again = again(&hub_folder, address);
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
fn what_is_set_offline_on_both_meets_and_what_was_overwritten_can_be_had_back() {
    let folder = tempfile::tempdir().unwrap();
    let hub_folder = folder.path().join("hub");
    std::fs::create_dir(&hub_folder).unwrap();
    let hub_running = hub(&hub_folder);
    let token = token(&hub_folder, &hub_running);
    let (mut one, mut two) = (Machine::new(&hub_running, &token), Machine::new(&hub_running, &token));
    one.set("weight:due", "20");
    let field = FieldAdd { name: "effort".into(), kind: "number".into(), ..FieldAdd::default() };
    one.client.call(&field).unwrap();
    let status = one.client.call(&DaemonStatus {}).unwrap();
    assert_eq!((status.nodes, status.open_tasks), (0, 0), "the settings are counted nowhere");
    let id = one.add("Paint effort:1 due:today");
    one.sync();
    two.sync();
    eventually("both have it", || two.setting("weight:due") == "20" && two.listed("effort:1") == 1);
    assert_eq!(two.score(&id), Some(20.0), "what was pulled is ranked by at once");
    let address = hub_running.address;
    drop(hub_running);
    for (machine, own, due, work, effort) in
        [(&mut one, "1", "5", "+work", "effort:3"), (&mut two, "2", "7", "+office", "effort:8")]
    {
        // Each sets something alone, and both the same otherwise.
        machine.set(&format!("weight:tag:own{own}"), own);
        machine.set("weight:due", due);
        let context = ContextSet { name: "work".into(), filter: work.into(), new_task: None };
        machine.client.call(&context).unwrap();
        let view = ViewSave { name: format!("mine{own}"), filter: "effort>2".into(), ..ViewSave::default() };
        machine.client.call(&view).unwrap();
        let changes = vec![effort.to_owned()];
        let change = TaskModify { references: vec![id.clone()], changes, ..TaskModify::default() };
        machine.client.call(&change).unwrap();
        // Which context a machine is in is its own matter.
        machine.client.call(&ContextUse { name: "work".into() }).unwrap();
        assert_eq!(machine.sync().state, SyncState::Backoff);
    }
    two.client.call(&ContextUse::default()).unwrap();
    one.restart();
    let hub_again = again(&hub_folder, address);
    one.sync();
    two.sync();
    one.sync();
    for machine in [&mut one, &mut two] {
        eventually("both have all", || {
            machine.setting("weight:tag:own1") == "1"
                && machine.setting("weight:tag:own2") == "2"
                && machine.setting("weight:due") == "7"
        });
        assert_eq!((machine.setting("context:work"), machine.listed("effort:8")), ("+office".into(), 1));
        assert_eq!((machine.listed("view:mine1 view:mine2"), machine.score(&id)), (1, Some(7.0)));
        let mut lost: Vec<_> = machine
            .client
            .call(&ConflictList {})
            .unwrap()
            .conflicts
            .into_iter()
            .map(|conflict| (conflict.node.title, conflict.field, conflict.lost, conflict.kept, conflict.id))
            .collect();
        lost.sort();
        let told: Vec<_> = lost
            .iter()
            .map(|(node, field, lost, kept, _)| {
                format!("{node} {field}: {} → {}", lost.as_deref().unwrap(), kept.as_deref().unwrap())
            })
            .collect();
        assert_eq!(
            told,
            ["Paint effort: 3 → 8", "settings context:work: +work → +office", "settings weight:due: 5 → 7"]
        );
    }
    let active = |machine: &mut Machine| machine.client.call(&ContextList {}).unwrap().active;
    assert_eq!(
        (active(&mut one).as_deref(), active(&mut two)),
        (Some("work"), None),
        "it outlives a restart"
    );
    // What was overwritten comes back as a change of one's own, and both have it.
    let conflicts = one.client.call(&ConflictList {}).unwrap().conflicts;
    let restored = conflicts.into_iter().filter(|conflict| conflict.field != "weight:due");
    for conflict in restored.collect::<Vec<_>>() {
        one.client.call(&ConflictRestore { id: conflict.id }).unwrap();
    }
    one.sync();
    two.sync();
    for machine in [&mut one, &mut two] {
        eventually("it is back", || machine.setting("context:work") == "+work");
        assert_eq!(machine.listed("effort:3"), 1);
        let conflicts = machine.client.call(&ConflictList {}).unwrap().conflicts;
        assert_eq!(conflicts.len(), 1, "{conflicts:?}");
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
    assert!(status.retry_at.is_some(), "it is tried again by itself");
    let preview = two.client.call(&SyncPreview {}).unwrap();
    let devices = one.client.call(&SyncDevices {}).unwrap().devices;
    assert_eq!(devices.len(), 1, "to look makes nothing known");
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
        metrics_addr: None,
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
    let last = one.client.call(&SyncCheck {}).unwrap().steps.pop().unwrap();
    assert_eq!((last.name.as_str(), last.ok), ("have all sent", false), "{last:?}");
    two.add("Call the bank");
    assert_eq!(two.sync().state, SyncState::Idle);
    eventually("what others send arrives", || one.titles() == ["Call the bank"]);
    eventually("sending waits for room", || {
        one.client.call(&SyncStatus {}).unwrap().state == SyncState::Paused
    });
}

#[test]
fn a_token_that_is_not_the_hubs_is_named_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let wrong = folder.path().join("wrong.token");
    std::fs::write(&wrong, "0123").unwrap();
    std::fs::set_permissions(&wrong, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut machine = Machine::new(&hub, &wrong);
    let status = machine.sync();
    let (problem, hint) = (status.problem.unwrap(), status.hint.unwrap());
    assert_eq!(status.state, SyncState::Paused, "{problem}");
    assert!(problem.contains("wrong.token") && hint.contains("--hub-token-file"), "{problem}: {hint}");
    let steps = machine.client.call(&SyncCheck {}).unwrap().steps;
    let last = steps.last().unwrap();
    assert_eq!((last.name.as_str(), last.ok), ("be let in", false), "{steps:?}");
    assert!(last.message.contains("wrong.token"), "{last:?}");
    assert!(last.hint.as_ref().unwrap().contains("--hub-token-file"), "{last:?}");
    // The file is read anew.
    std::fs::copy(token(folder.path(), &hub), &wrong).unwrap();
    assert_eq!(machine.sync().state, SyncState::Idle);
}

#[test]
fn a_device_that_was_locked_out_is_told_the_way_back() {
    let folder = tempfile::tempdir().unwrap();
    let hub = hub(folder.path());
    let token = token(folder.path(), &hub);
    let (mut one, mut two) = (Machine::new(&hub, &token), Machine::new(&hub, &token));
    one.sync();
    two.sync();
    let devices = one.client.call(&SyncDevices {}).unwrap().devices;
    let other = devices.into_iter().find(|device| !device.is_this).unwrap().id;
    one.client.call(&SyncRevoke { device: other }).unwrap();
    eventually("it is told", || two.client.call(&SyncStatus {}).unwrap().state == SyncState::Paused);
    let last = two.client.call(&SyncCheck {}).unwrap().steps.pop().unwrap();
    assert_eq!((last.name.as_str(), last.ok), ("be a device of the account", false), "{last:?}");
    let hint = last.hint.unwrap();
    assert!(hint.contains("heph store backup") && hint.contains("heph store restore"), "{hint}");
}

/// Takes connections and answers each with the same bytes, or never with none.
fn impostor(address: SocketAddr, answer: &'static str) -> Arc<AtomicBool> {
    let ends = Arc::new(AtomicBool::new(false));
    let listener = TcpListener::bind(address).unwrap();
    listener.set_nonblocking(true).unwrap();
    let is_over = Arc::clone(&ends);
    std::thread::spawn(move || {
        let mut held = Vec::new();
        while !is_over.load(Ordering::SeqCst) {
            let Ok((mut stream, _)) = listener.accept() else {
                std::thread::sleep(Duration::from_millis(10));
                continue;
            };
            if answer.is_empty() {
                held.push(stream);
                continue;
            }
            stream.set_nonblocking(false).unwrap();
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    ends
}

pub(crate) fn again(folder: &Path, address: SocketAddr) -> TestHub {
    eventually("the address is free", || TcpListener::bind(address).is_ok());
    TestHub::start_with(folder, |options| {
        options.config.issuer = None;
        options.verifier = None;
        options.config.http_addr = address;
    })
}

#[test]
fn a_portal_on_the_way_is_waited_out_by_a_store_that_has_joined() {
    const PORTAL: [&str; 3] = [
        "HTTP/1.1 302 Found\r\nlocation: http://portal.example/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>",
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut running = hub(folder.path());
    let (address, token) = (running.address, token(folder.path(), &running));
    let mut joined = Machine::new(&running, &token);
    assert_eq!(joined.sync().state, SyncState::Idle);
    for answer in PORTAL {
        drop(running);
        let ends = impostor(address, answer);
        let mut new = Machine::at(address.port(), &token);
        eventually("the portal is met", || {
            let status = joined.sync();
            let told = status.problem.unwrap_or_default().contains("is no hub of heph");
            told && status.state == SyncState::Backoff && status.retry_at.is_some()
        });
        let status = new.sync();
        assert_eq!(status.state, SyncState::Paused, "{status:?}");
        assert!(status.hint.unwrap().contains("--hub-url"), "{:?}", status.problem);
        ends.store(true, Ordering::SeqCst);
        running = again(folder.path(), address);
        eventually("it goes on", || joined.sync().state == SyncState::Idle);
    }
}

#[test]
fn a_hub_that_never_answers_is_not_waited_for_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let running = hub(folder.path());
    let (address, token) = (running.address, token(folder.path(), &running));
    let mut machine = Machine::new(&running, &token);
    machine.sync();
    drop(running);
    let status = machine.sync();
    assert_eq!(status.state, SyncState::Backoff);
    let problem = status.problem.unwrap();
    let ends = impostor(address, "");
    let began = Instant::now();
    let status = machine.sync();
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
    assert_eq!(
        (status.state, status.problem),
        (SyncState::Backoff, Some(problem)),
        "what was known stays told"
    );
    let mut new = Machine::at(address.port(), &token);
    let status = new.sync();
    assert_eq!(status.state, SyncState::Backoff);
    assert!(status.problem.unwrap().contains("has not answered"), "{:?}", status.hint);
    ends.store(true, Ordering::SeqCst);
}
