//! The Markdown mirror: a real daemon, a real folder, and somebody who works in both.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use heph_protocol::request::{
    DaemonStatus, ItemPromote, Missing, NodeDelete, NodeRestore, PageExport, PageNew, PageOpen, PageRename,
    PageSave, TaskTransition, Transition, VaultAdopt, VaultPause, VaultResume, VaultStatus,
};
use heph_protocol::types::VaultState;
use heph_protocol::{ErrorCode, response};

use crate::support::{Dice, Hephd, PROGRAM, Peer, SmallDisk, assert_sound, eventually_within};

/// How long the mirror may take, on a machine that is busy with other tests.
const SOON: Duration = Duration::from_secs(60);

/// A daemon that mirrors a folder beside its store.
pub(crate) struct Mirror {
    home: tempfile::TempDir,
    daemon: Option<Hephd>,
    pub(crate) peer: Peer,
    pub(crate) dice: Dice,
}

fn start(home: &Path) -> Hephd {
    let mut command = Command::new(PROGRAM);
    command.arg("--vault").arg(home.join("notes"));
    Hephd::start_by(command, home, &home.join("heph.db"))
}

impl Mirror {
    pub(crate) fn new(seed: u64) -> Self {
        let mut mirror = Self::over(tempfile::tempdir().unwrap(), seed);
        mirror.wait("the folder is made", |mirror| mirror.folder().join(".heph-vault").exists());
        mirror
    }

    /// One whose folder may be there already.
    fn over(home: tempfile::TempDir, seed: u64) -> Self {
        let daemon = start(home.path());
        let peer = Peer::greeted(&daemon.socket());
        Self { home, daemon: Some(daemon), peer, dice: Dice::new(seed) }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.home.path().join("notes")
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.folder().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.folder().join(path)).ok()
    }

    pub(crate) fn wait(&mut self, what: &str, mut is_so: impl FnMut(&mut Self) -> bool) {
        eventually_within(SOON, what, || {
            let is_so = is_so(self);
            if !is_so {
                std::thread::sleep(Duration::from_millis(20));
            }
            is_so
        });
    }

    pub(crate) fn new_page(&mut self, title: &str, text: &str) -> String {
        let id = self.dice.mutation_id();
        let new = PageNew { title: title.to_owned(), text: text.to_owned(), ..PageNew::default() };
        self.peer.change(&new, &id).unwrap().page.id
    }

    pub(crate) fn open(&mut self, reference: &str) -> Option<heph_protocol::types::OpenPage> {
        self.peer.call(&PageOpen { reference: reference.to_owned() }).ok().map(|opened| opened.open)
    }

    pub(crate) fn text(&mut self, reference: &str) -> Option<String> {
        self.open(reference).filter(|open| open.exists && !open.page.trashed).map(|open| open.text)
    }

    pub(crate) fn save(&mut self, reference: &str, change: impl FnOnce(&str) -> String) {
        let open = self.open(reference).unwrap();
        let save = PageSave {
            id: open.page.id,
            base_rev: open.rev,
            text: change(&open.text),
            ..PageSave::default()
        };
        let id = self.dice.mutation_id();
        self.peer.change(&save, &id).unwrap();
    }

    fn delete(&mut self, reference: &str) {
        let id = self.dice.mutation_id();
        self.peer.change(&NodeDelete { references: vec![reference.to_owned()] }, &id).unwrap();
    }

    pub(crate) fn status(&mut self) -> response::VaultStatus {
        self.peer.call(&VaultStatus {}).unwrap()
    }

    fn is_paused_with(&mut self, what: &str) -> bool {
        let status = self.status();
        status.state == VaultState::Paused && status.problem.is_some_and(|problem| problem.contains(what))
    }

    fn kill(&mut self) {
        self.daemon.take().unwrap().kill();
    }

    fn start_again(&mut self) {
        self.daemon = Some(start(self.home.path()));
        self.peer = Peer::greeted(&self.daemon.as_ref().unwrap().socket());
    }

    /// All pages as they were to be exported, by folder and title.
    pub(crate) fn pages(&mut self) -> BTreeMap<String, String> {
        let (mut pages, mut page) = (BTreeMap::new(), None);
        loop {
            let part = self.peer.call(&PageExport { page }).unwrap();
            for exported in part.pages {
                let folder = exported.page.folder.map(|folder| folder + "/").unwrap_or_default();
                pages.insert(format!("{folder}{}.md", exported.page.title), exported.text);
            }
            page = part.next_page;
            if page.is_none() {
                return pages;
            }
        }
    }

    /// All files of pages.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        fn walk(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
            for entry in folder.read_dir().into_iter().flatten().flatten() {
                let path = entry.path();
                let name = entry.file_name().into_string().unwrap();
                if path.is_dir() {
                    walk(root, &path, files);
                } else if name.ends_with(".md") && !name.starts_with('.') {
                    let below = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                    files.insert(below, std::fs::read_to_string(&path).unwrap_or_default());
                }
            }
        }
        let mut files = BTreeMap::new();
        walk(&self.folder(), &self.folder(), &mut files);
        files
    }

    pub(crate) fn stop(mut self) {
        self.daemon.take().unwrap().stop();
        assert_sound(self.home.path());
    }
}

#[test]
fn pages_are_files_and_edits_of_files_are_edits_of_pages() {
    let mut mirror = Mirror::new(1);
    mirror.new_page("Work/Plan", "# Plan\n- one\n");
    mirror
        .wait("a page is a file", |mirror| mirror.read("Work/Plan.md").as_deref() == Some("# Plan\n- one\n"));
    mirror.write("Work/Plan.md", "# Plan\n- one\n- two\n");
    mirror
        .wait("an edit comes in", |mirror| mirror.text("Plan").as_deref() == Some("# Plan\n- one\n- two\n"));
    mirror.save("Plan", |text| text.replace("- one", "- one, from heph"));
    let both = "# Plan\n- one, from heph\n- two\n";
    mirror.wait("a save goes out", |mirror| mirror.read("Work/Plan.md").as_deref() == Some(both));

    // An editor that had not seen that saves what it holds: both edits stand.
    mirror.write("Work/Plan.md", "# Plan\n- one\n- two\n- three\n");
    let all = "# Plan\n- one, from heph\n- two\n- three\n";
    mirror.wait("a stale edit is merged", |mirror| mirror.text("Plan").as_deref() == Some(all));
    mirror.wait("and goes out", |mirror| mirror.read("Work/Plan.md").as_deref() == Some(all));
    // A line that was just added can be taken out.
    mirror.write("Work/Plan.md", both);
    mirror.wait("a line is taken out", |mirror| mirror.text("Plan").as_deref() == Some(both));

    mirror.write("Idea.md", "an idea\r\n");
    mirror.wait("a new file is a page", |mirror| mirror.text("Idea").as_deref() == Some("an idea\r\n"));
    mirror.write("Journal/2026-11-23.md", "# 2026-11-23\nwent home\n");
    let journal = Some("# 2026-11-23\nwent home\n".to_owned());
    mirror.wait("a journal too", |mirror| mirror.text("2026-11-23") == journal);
    assert_eq!(mirror.files().len(), 3);
    assert_eq!(mirror.status().state, VaultState::Mirroring);
    mirror.stop();
}

#[test]
fn boxes_of_a_file_tick_tasks() {
    let mut mirror = Mirror::new(2);
    mirror.new_page("Plan", "- [ ] Call Bob\n");
    let open = mirror.open("Plan").unwrap();
    let promote = ItemPromote {
        reference: open.page.id,
        base_rev: open.rev,
        line: 1,
        text: "- [ ] Call Bob".to_owned(),
    };
    let id = mirror.dice.mutation_id();
    mirror.peer.change(&promote, &id).unwrap();
    mirror.wait("the anchor is in the file", |mirror| {
        mirror.read("Plan.md").is_some_and(|text| text.contains("^t-"))
    });
    let open_tasks = |mirror: &mut Mirror| mirror.peer.call(&DaemonStatus {}).unwrap().open_tasks;
    assert_eq!(open_tasks(&mut mirror), 1);
    mirror.write("Plan.md", mirror.read("Plan.md").unwrap().replace("[ ]", "[x]"));
    mirror.wait("a ticked box closes the task", |mirror| open_tasks(mirror) == 0);
    let id = mirror.dice.mutation_id();
    let reopen = TaskTransition {
        references: vec!["@last".to_owned()],
        to: Transition::Reopen,
        ..TaskTransition::default()
    };
    mirror.peer.change(&reopen, &id).unwrap();
    mirror.wait("a task that is opened again empties the box", |mirror| {
        mirror.read("Plan.md").is_some_and(|text| text.contains("[ ] Call Bob"))
    });
    mirror.stop();
}

#[test]
fn renames_go_both_ways_with_their_links() {
    let mut mirror = Mirror::new(3);
    mirror.new_page("Work/Plan", "# Plan\n");
    mirror.new_page("Index", "see [[Plan]]\n");
    mirror.wait("both are files", |mirror| mirror.files().len() == 2);
    std::fs::create_dir_all(mirror.folder().join("Home")).unwrap();
    std::fs::rename(mirror.folder().join("Work/Plan.md"), mirror.folder().join("Home/Scheme.md")).unwrap();
    mirror
        .wait("a moved file is a rename", |mirror| mirror.text("Home/Scheme").as_deref() == Some("# Plan\n"));
    mirror
        .wait("links are rewritten", |mirror| mirror.read("Index.md").as_deref() == Some("see [[Scheme]]\n"));
    assert_eq!(mirror.pages().len(), 2);

    let rename = PageRename { reference: "Scheme".into(), to: "Work/Other".into(), ..PageRename::default() };
    let id = mirror.dice.mutation_id();
    mirror.peer.change(&rename, &id).unwrap();
    mirror.wait("a rename moves the file", |mirror| {
        let files: Vec<String> = mirror.files().into_keys().collect();
        files == ["Index.md", "Work/Other.md"]
    });
    mirror.wait("with its links", |mirror| mirror.read("Index.md").as_deref() == Some("see [[Other]]\n"));
    assert!(!mirror.folder().join("Home").exists(), "a folder that was emptied is gone");

    // A name that no page can have, and a journal's: they are put back.
    mirror.new_page("C", "c\n");
    mirror.wait("it is a file", |mirror| mirror.read("C.md").is_some());
    std::fs::rename(mirror.folder().join("C.md"), mirror.folder().join("C#.md")).unwrap();
    mirror.wait("what no page can be called is put back", |mirror| {
        mirror.read("C.md").is_some() && mirror.read("C#.md").is_none()
    });
    mirror.stop();
}

#[test]
fn what_is_deleted_is_in_the_trash_and_comes_back() {
    let mut mirror = Mirror::new(4);
    for n in 0..4 {
        mirror.new_page(&format!("Page {n}"), &format!("text {n}\n"));
    }
    mirror.wait("all are files", |mirror| mirror.files().len() == 4);
    std::fs::remove_file(mirror.folder().join("Page 1.md")).unwrap();
    mirror.wait("a deleted file is a page in the trash", |mirror| mirror.text("Page 1").is_none());
    mirror.write("Page 1.md", "text 1\nand more\n");
    mirror.wait("a file that comes back is that page again", |mirror| {
        mirror.text("Page 1").as_deref() == Some("text 1\nand more\n")
    });
    let id = mirror.open("Page 2").unwrap().page.id;
    mirror.delete(&id);
    mirror.wait("a page in the trash has no file", |mirror| mirror.read("Page 2.md").is_none());
    let mutation = mirror.dice.mutation_id();
    mirror.peer.change(&NodeRestore { references: vec![id] }, &mutation).unwrap();
    mirror.wait("one that is restored has", |mirror| mirror.read("Page 2.md").is_some());
    mirror.stop();
}

#[test]
fn many_files_that_vanish_pause_it() {
    let mut mirror = Mirror::new(5);
    for n in 0..30 {
        mirror.new_page(&format!("Page {n}"), "text\n");
    }
    mirror.wait("all are files", |mirror| mirror.files().len() == 30);
    let remove = |mirror: &Mirror| {
        for n in 0..25 {
            std::fs::remove_file(mirror.folder().join(format!("Page {n}.md"))).unwrap();
        }
    };
    remove(&mirror);
    mirror.wait("it asks", |mirror| mirror.is_paused_with("25 files vanished"));
    assert_eq!(mirror.pages().len(), 30, "nothing is in the trash");
    let error = mirror.peer.call(&VaultResume::default()).unwrap_err();
    assert_eq!(error.code, ErrorCode::Refused);
    assert!(error.hint.unwrap().contains("--restore"));
    let status = mirror.peer.call(&VaultResume { missing: Missing::Restore }).unwrap();
    assert_eq!((status.state, mirror.files().len()), (VaultState::Mirroring, 30));
    remove(&mirror);
    mirror.wait("it asks again", |mirror| mirror.is_paused_with("25 files vanished"));
    let status = mirror.peer.call(&VaultResume { missing: Missing::Trash }).unwrap();
    assert_eq!((status.state, mirror.pages().len()), (VaultState::Mirroring, 5));
    mirror.stop();
}

#[test]
fn a_folder_that_is_not_known_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(home.path().join("notes/Work")).unwrap();
    std::fs::write(home.path().join("notes/Work/Plan.md"), "# Plan\nfrom the folder\n").unwrap();
    std::fs::write(home.path().join("notes/New.md"), "new\n").unwrap();
    let mut mirror = Mirror::over(home, 6);
    mirror.new_page("Work/Plan", "# Plan\nfrom heph\n");
    mirror.wait("it waits to be adopted", |mirror| mirror.is_paused_with("was not empty"));
    assert_eq!(mirror.read("Work/Plan.md").as_deref(), Some("# Plan\nfrom the folder\n"));
    mirror.peer.call(&VaultAdopt {}).unwrap();
    mirror.wait("what has one name is merged", |mirror| {
        let text = mirror.text("Work/Plan").unwrap();
        let has_both = text.contains("from heph") && text.contains("from the folder");
        has_both && text.matches("# Plan").count() == 1 && mirror.read("Work/Plan.md") == Some(text)
    });
    assert_eq!(mirror.text("New").as_deref(), Some("new\n"));

    // The disk is gone: the folder is there, and is not it.
    let away = mirror.folder().with_file_name("away");
    std::fs::rename(mirror.folder(), &away).unwrap();
    mirror.wait("it is missed", |mirror| mirror.is_paused_with("is not there"));
    std::fs::create_dir(mirror.folder()).unwrap();
    mirror.wait("an empty folder is none", |mirror| mirror.is_paused_with("no .heph-vault"));
    assert_eq!(mirror.pages().len(), 2);
    std::fs::remove_dir(mirror.folder()).unwrap();
    std::fs::rename(&away, mirror.folder()).unwrap();
    mirror.wait("it is back", |mirror| mirror.status().state == VaultState::Mirroring);
    let sentinel = mirror.read(".heph-vault").unwrap();
    mirror.write(".heph-vault", sentinel.replace("store ", "store 0"));
    mirror.wait("another store's is left alone", |mirror| mirror.is_paused_with("another store"));
    mirror.write(".heph-vault", sentinel);
    mirror.wait("its own is not", |mirror| mirror.status().state == VaultState::Mirroring);
    mirror.stop();
}

#[test]
fn links_lead_nowhere_and_odd_files_are_left_alone() {
    let mut mirror = Mirror::new(7);
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.md"), "secret\n").unwrap();
    symlink(outside.path().join("secret.md"), mirror.folder().join("link.md")).unwrap();
    symlink(outside.path(), mirror.folder().join("Linked")).unwrap();
    mirror.write("latin.md", b"caf\xe9");
    mirror.write("huge.md", vec![b'x'; (4 << 20) + 1]);
    for name in
        [".good.md.swp", "good.md~", "4913", ".#good.md", "#good.md#", ".git/config.md", ".obsidian/x.md"]
    {
        mirror.write(name, "not a page");
    }
    mirror.write("good.md", "good\n");
    mirror.wait("a good file is a page", |mirror| mirror.text("good").is_some());
    mirror.wait("the others are told of", |mirror| mirror.status().left_alone_count == 4);
    assert_eq!(mirror.pages().keys().collect::<Vec<_>>(), ["good.md"]);

    // A page's file that cannot be read is not written over, whatever becomes of the page.
    mirror.write("good.md", b"good caf\xe9");
    mirror.wait("it is told of", |mirror| mirror.status().left_alone_count == 5);
    mirror.save("good", |text| format!("{text}from heph\n"));
    mirror.new_page("Linked/x", "would lead out\n");
    mirror.new_page("Last", "last\n");
    mirror.wait("others go out", |mirror| mirror.read("Last.md").is_some());
    assert_eq!(std::fs::read(mirror.folder().join("good.md")).unwrap(), b"good caf\xe9");
    assert_eq!(outside.path().read_dir().unwrap().count(), 1, "nothing was written outside");
    mirror.stop();
}

#[test]
fn what_was_done_while_it_was_killed_is_taken_in() {
    let mut mirror = Mirror::new(8);
    for n in 0..40 {
        mirror.new_page(&format!("Page {n}"), &format!("text {n}\n"));
    }
    mirror.wait("all are files", |mirror| mirror.files().len() == 40);
    for round in 0..5 {
        let kept: Vec<String> = (0..10).map(|n| format!("Page {}", round * 8 + n % 8)).collect();
        for title in &kept {
            mirror.save(title, |text| format!("{text}heph {round}\n"));
        }
        mirror.kill();
        mirror.write(&format!("Page {}.md", round * 8), format!("text {}\nan editor {round}\n", round * 8));
        let from = mirror.folder().join(format!("Page {}.md", round * 8 + 1));
        std::fs::rename(from, mirror.folder().join(format!("Moved {round}.md"))).unwrap();
        mirror.write(&format!("New {round}.md"), "new\n");
        mirror.start_again();
        let edited = format!("Page {}", round * 8);
        mirror.wait("both edits stand", |mirror| {
            let text = mirror.text(&edited).unwrap_or_default();
            let has_both =
                text.contains(&format!("heph {round}")) && text.contains(&format!("an editor {round}"));
            has_both && mirror.read(&format!("{edited}.md")) == Some(text)
        });
        mirror.wait("the move is a rename", |mirror| {
            let text = mirror.text(&format!("Moved {round}")).unwrap_or_default();
            text.starts_with(&format!("text {}\n", round * 8 + 1))
        });
        mirror.wait("the new file is a page", |mirror| mirror.text(&format!("New {round}")).is_some());
    }
    mirror.wait("both sides are the same", |mirror| mirror.pages() == mirror.files());
    mirror.stop();
}

#[test]
fn a_thousand_files_that_change_at_once_come_in_together() {
    let mut mirror = Mirror::new(9);
    for n in 0..1_000 {
        mirror.write(&format!("Folder {}/Page {n}.md", n % 10), format!("# Page {n}\nfirst branch\n"));
    }
    mirror.wait("all are pages", |mirror| mirror.status().files == 1_000 && mirror.pages().len() == 1_000);
    for n in 0..1_000 {
        mirror.write(&format!("Folder {}/Page {n}.md", n % 10), format!("# Page {n}\nsecond branch\n"));
    }
    mirror.wait("all edits come in", |mirror| {
        mirror.pages().values().all(|text| text.ends_with("second branch\n"))
    });
    for n in 0..1_000 {
        mirror.write(&format!("Folder {}/Page {n}.md", n % 10), format!("# Page {n}\nfirst branch\n"));
    }
    mirror.wait("and so does the way back", |mirror| {
        mirror.pages().values().all(|text| text.ends_with("first branch\n"))
    });
    assert_eq!(mirror.pages(), mirror.files());
    mirror.stop();
}

#[test]
fn it_pauses_by_hand_and_over_a_restart() {
    let mut mirror = Mirror::new(10);
    mirror.peer.call(&VaultPause {}).unwrap();
    assert_eq!(mirror.status().state, VaultState::Paused);
    mirror.new_page("Plan", "text\n");
    mirror.kill();
    mirror.start_again();
    mirror.wait("it is still paused", |mirror| mirror.is_paused_with("by hand"));
    assert_eq!(mirror.read("Plan.md"), None);
    mirror.peer.call(&VaultResume::default()).unwrap();
    mirror.wait("it goes on", |mirror| mirror.read("Plan.md").is_some());
    assert_eq!(mirror.peer.call(&VaultAdopt {}).unwrap_err().code, ErrorCode::Refused);
    mirror.stop();
}

#[test]
fn a_full_disk_is_told_of_and_loses_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mount_point = home.path().join("disk");
    std::fs::create_dir(&mount_point).unwrap();
    let disk = match SmallDisk::mount(&mount_point, 4 << 20) {
        Ok(disk) => disk,
        Err(reason) => {
            let skipped = "skipped: a_full_disk_is_told_of_and_loses_nothing: no disk can be mounted here";
            writeln!(std::io::stderr(), "{skipped}: {reason}").unwrap();
            return;
        }
    };
    let mut command = disk.command(PROGRAM);
    command.arg("--vault").arg(mount_point.join("notes"));
    let daemon = Hephd::start_by(command, home.path(), &home.path().join("heph.db"));
    let peer = Peer::greeted(&daemon.socket());
    let mut mirror = Mirror { home, daemon: Some(daemon), peer, dice: Dice::new(11) };
    mirror.new_page("Small", "small\n");
    mirror.wait("there is room", |mirror| mirror.status().files == 1);
    disk.fill(16 << 10);
    mirror.save("Small", |_| "x".repeat(1 << 20));
    mirror.wait("the disk is full", |mirror| {
        let status = mirror.status();
        let is_full = status.problem.is_some_and(|problem| problem.contains("the disk is full"));
        status.state == VaultState::Failing && is_full
    });
    assert_eq!(mirror.text("Small").map(|text| text.len()), Some(1 << 20), "the store has it");
    disk.free();
    mirror.wait("there is room again", |mirror| mirror.status().state == VaultState::Mirroring);
    let outside = disk.outside().join("notes/Small.md");
    mirror.wait("it is written", |_| std::fs::metadata(&outside).is_ok_and(|file| file.len() == 1 << 20));
    mirror.stop();
}
