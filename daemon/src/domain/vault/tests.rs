//! The plan against a world of pages and files that both sides change: nothing typed is lost, nothing echoes.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use super::*;
use crate::domain::change::text_hash;
use crate::domain::merge::merge3;
use crate::domain::page::{folder_key, title_key};

#[derive(Debug, Clone, Default)]
struct File {
    text: String,
    changed_ms: i64,
    id: u64,
}

#[derive(Debug, Clone)]
struct Held {
    page: Page,
    text: String,
    is_trashed: bool,
}

/// Pages, files and what the mirror knows of them.
#[derive(Debug, Default)]
struct World {
    now: i64,
    pages: BTreeMap<NodeId, Held>,
    files: BTreeMap<String, File>,
    tracked: BTreeMap<NodeId, Tracked>,
    versions: HashMap<NodeId, Vec<String>>,
    missing: Missing,
    /// Texts that editors opened and hold.
    buffers: BTreeMap<String, String>,
    tokens: Vec<String>,
    made: u64,
    was_asked: bool,
}

/// What somebody does.
#[derive(Debug, Clone)]
enum Step {
    PageNew(u8),
    PageEdit(usize),
    PageRename(usize, u8),
    PageTrash(usize),
    FileNew(u8),
    FileEdit(usize),
    FileOpen(usize),
    BufferSave(usize),
    FileMove(usize, u8),
    FileRemove(usize),
    Swap(usize, usize),
    Round,
    Settle,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0u8..12).prop_map(Step::PageNew),
        5 => (0usize..9).prop_map(Step::PageEdit),
        1 => (0usize..9, 0u8..12).prop_map(|(at, name)| Step::PageRename(at, name)),
        1 => (0usize..9).prop_map(Step::PageTrash),
        2 => (0u8..12).prop_map(Step::FileNew),
        5 => (0usize..9).prop_map(Step::FileEdit),
        3 => (0usize..9).prop_map(Step::FileOpen),
        3 => (0usize..9).prop_map(Step::BufferSave),
        2 => (0usize..9, 0u8..12).prop_map(|(at, name)| Step::FileMove(at, name)),
        1 => (0usize..9).prop_map(Step::FileRemove),
        1 => (0usize..9, 0usize..9).prop_map(|(one, other)| Step::Swap(one, other)),
        6 => Just(Step::Round),
        3 => Just(Step::Settle),
    ]
}

fn place(name: u8) -> (String, String) {
    let folder = ["", "Work", "work", "Home/Deep"][usize::from(name) % 4];
    let title = ["Plan", "PLAN", "Rome"][usize::from(name) / 4];
    (folder.to_owned(), title.to_owned())
}

impl World {
    fn token(&mut self) -> String {
        let token = format!("token{}", self.tokens.len());
        self.tokens.push(token.clone());
        token
    }

    fn alive(&self, at: usize) -> Option<NodeId> {
        let ids: Vec<NodeId> =
            self.pages.iter().filter(|(_, held)| !held.is_trashed).map(|(id, _)| *id).collect();
        (!ids.is_empty()).then(|| ids[at % ids.len()])
    }

    fn file(&self, at: usize) -> Option<String> {
        (!self.files.is_empty()).then(|| self.files.keys().nth(at % self.files.len()).cloned()).flatten()
    }

    fn at_place(&self, folder: &str, title: &str) -> Option<NodeId> {
        let is_at = |held: &Held| {
            !held.is_trashed
                && folder_key(&held.page.folder) == folder_key(folder)
                && title_key(&held.page.title) == title_key(title)
        };
        self.pages.iter().find(|(_, held)| is_at(held)).map(|(id, _)| *id)
    }

    fn make(&mut self, folder: String, title: String, text: String) -> NodeId {
        self.made += 1;
        let id = NodeId::derived(&self.made.to_string());
        let short = Code::of(id).prefix(4);
        let page = Page { folder, title, is_journal: false, short, text: text_hash(&text) };
        self.pages.insert(id, Held { page, text, is_trashed: false });
        id
    }

    fn write_file(&mut self, path: &str, text: String) {
        self.made += 1;
        let id = self.files.get(path).map_or(self.made, |file| file.id);
        self.files.insert(path.to_owned(), File { text, changed_ms: self.now, id });
    }

    fn save(&mut self, id: NodeId, base: &str, text: &str) {
        let held = self.pages.get_mut(&id).unwrap();
        held.text = merge3(base, &held.text, text);
        held.page.text = text_hash(&held.text);
        held.is_trashed = false;
    }

    fn does(&mut self, step: &Step) {
        self.now += 100;
        match *step {
            Step::PageNew(name) => {
                let (folder, title) = place(name);
                if self.at_place(&folder, &title).is_none() {
                    let text = format!("# {title}\n{}\n", self.token());
                    self.make(folder, title, text);
                }
            }
            Step::PageEdit(at) => {
                if let Some(id) = self.alive(at) {
                    let token = self.token();
                    let held = self.pages.get_mut(&id).unwrap();
                    held.text.push_str(&format!("{token}\n"));
                    held.page.text = text_hash(&held.text);
                }
            }
            Step::PageRename(at, name) => {
                if let Some(id) = self.alive(at) {
                    let (folder, title) = place(name);
                    self.rename(id, folder, title);
                }
            }
            Step::PageTrash(at) => {
                if let Some(id) = self.alive(at) {
                    self.pages.get_mut(&id).unwrap().is_trashed = true;
                }
            }
            Step::FileNew(name) => {
                let (folder, title) = place(name);
                let path =
                    if folder.is_empty() { format!("{title}.md") } else { format!("{folder}/{title}.md") };
                if !self.files.contains_key(&path) {
                    let text = format!("made by an editor\n{}\n", self.token());
                    self.write_file(&path, text);
                }
            }
            Step::FileEdit(at) => {
                if let Some(path) = self.file(at) {
                    let token = self.token();
                    let text = format!("{token}\n{}", self.files[&path].text);
                    self.write_file(&path, text);
                }
            }
            Step::FileOpen(at) => {
                if let Some(path) = self.file(at) {
                    self.buffers.insert(path.clone(), self.files[&path].text.clone());
                }
            }
            Step::BufferSave(at) => {
                let path = (!self.buffers.is_empty())
                    .then(|| self.buffers.keys().nth(at % self.buffers.len()).cloned())
                    .flatten();
                // One editor a file: what it opened long ago it saves over what another wrote; that it has not seen.
                if let Some(path) = path.filter(|path| self.files.contains_key(path)) {
                    let token = self.token();
                    let text = format!("{}{token}\n", self.buffers[&path]);
                    self.buffers.insert(path.clone(), text.clone());
                    self.overwrite(&path, text);
                }
            }
            Step::FileMove(at, name) => {
                let (folder, title) = place(name);
                let to =
                    if folder.is_empty() { format!("{title}.md") } else { format!("{folder}/{title}.md") };
                if let Some(from) = self.file(at).filter(|_| !self.files.contains_key(&to)) {
                    let file = self.files.remove(&from).unwrap();
                    self.files.insert(to.clone(), file);
                    self.buffers.remove(&from);
                }
            }
            Step::FileRemove(at) => {
                if let Some(path) = self.file(at) {
                    // What nobody had taken in yet is gone by its own editor's hand.
                    let file = self.files.remove(&path).unwrap();
                    self.buffers.remove(&path);
                    self.tokens.retain(|token| !file.text.contains(token.as_str()));
                }
            }
            Step::Swap(one, other) => {
                if let (Some(one), Some(other)) = (self.alive(one), self.alive(other)) {
                    let first = self.pages[&one].page.clone();
                    let second = self.pages[&other].page.clone();
                    let page = &mut self.pages.get_mut(&one).unwrap().page;
                    (page.folder, page.title) = (second.folder, second.title);
                    let page = &mut self.pages.get_mut(&other).unwrap().page;
                    (page.folder, page.title) = (first.folder, first.title);
                }
            }
            Step::Round => drop(self.round()),
            Step::Settle => self.settle(),
        }
    }

    /// An editor saves what it holds. What stood in the file and was not taken in is lost by that, as without a mirror.
    fn overwrite(&mut self, path: &str, text: String) {
        let before = self.files[path].text.clone();
        let is_taken_in = self
            .tracked
            .values()
            .any(|file| file.is_there() && file.path == path && file.disk == text_hash(&before));
        if !is_taken_in {
            self.tokens.retain(|token| !before.contains(token.as_str()) || text.contains(token.as_str()));
        } else if self.buffer_is_older_than_last_read(path, &text) {
            // Two editors at one file: the later one drops what the earlier one saved.
            self.tokens.retain(|token| !before.contains(token.as_str()) || text.contains(token.as_str()));
        }
        self.write_file(path, text);
    }

    /// Whether an editor holds a text from before another editor saved.
    fn buffer_is_older_than_last_read(&self, path: &str, text: &str) -> bool {
        let id =
            self.tracked.iter().find(|(_, file)| file.is_there() && file.path == path).map(|(id, _)| *id);
        let versions = id.and_then(|id| self.versions.get(&id)).map(Vec::as_slice).unwrap_or_default();
        !versions.iter().any(|version| text.starts_with(version.as_str()))
    }

    fn rename(&mut self, id: NodeId, folder: String, title: String) -> bool {
        if self.at_place(&folder, &title).is_some_and(|other| other != id) {
            return false;
        }
        let page = &mut self.pages.get_mut(&id).unwrap().page;
        (page.folder, page.title) = (folder, title);
        true
    }

    fn seen(&self) -> BTreeMap<String, Seen> {
        let seen = |file: &File| Seen {
            content: Content::Text { hash: text_hash(&file.text), is_empty: file.text.is_empty() },
            file: Some((file.id, 0)),
            changed_ms: file.changed_ms,
        };
        self.files.iter().map(|(path, file)| (path.clone(), seen(file))).collect()
    }

    fn living(&self) -> BTreeMap<NodeId, Page> {
        let living = self.pages.iter().filter(|(_, held)| !held.is_trashed);
        living.map(|(id, held)| (*id, held.page.clone())).collect()
    }

    /// One round, as the driver makes it; answers whether anything was done, and when to look again.
    fn round(&mut self) -> (bool, Option<i64>) {
        let seen = self.seen();
        let found = news(&self.tracked, &seen, self.now, false);
        let mut is_done = self.take_in(&found);
        let missing: Vec<NodeId> =
            found.missing.iter().copied().filter(|id| !self.pages[id].is_trashed).collect();
        self.missing.retain(|id, _| missing.contains(id));
        for id in &missing {
            self.missing.entry(*id).or_insert(self.now);
        }
        let all = self.tracked.values().filter(|file| file.is_there()).count();
        let settles_at = match vanished(&self.missing, all, self.now) {
            Vanished::None => None,
            Vanished::Wait(at) => Some(at),
            // A person says that they are to be put into the trash.
            asked @ (Vanished::Trash | Vanished::Ask) => {
                self.was_asked |= asked == Vanished::Ask;
                for id in missing {
                    self.pages.get_mut(&id).unwrap().is_trashed = true;
                    self.tracked.get_mut(&id).unwrap().gone_at = Some(self.now);
                }
                self.missing.clear();
                is_done = true;
                None
            }
        };
        let todo = errands(&self.living(), &self.tracked, &seen, self.now, false);
        is_done |= !todo.now.is_empty();
        todo.now.into_iter().for_each(|errand| self.perform(errand));
        let look_at = [found.look_at, settles_at, todo.look_at].into_iter().flatten().min();
        (is_done, look_at)
    }

    fn take_in(&mut self, found: &News) -> bool {
        for (id, path) in &found.moved {
            let from = self.tracked[id].path.clone();
            if !self.pages[id].is_trashed
                && let Ok(to) = moved_place(&self.pages[id].page, &from, path)
            {
                self.rename(*id, to.folder, to.title);
            }
            self.tracked.get_mut(id).unwrap().path.clone_from(path);
        }
        for (id, path) in &found.edited {
            let text = self.files[path].text.clone();
            let versions = self.versions.remove(id).unwrap_or_default();
            self.save(*id, base_of(&versions, self.tracked[id].disk, &text), &text);
            self.read(*id, path, text);
        }
        let mut is_done = !found.moved.is_empty() || !found.edited.is_empty();
        for path in &found.came {
            let Ok(Place { folder, title }) = page_of(path) else { continue };
            let text = self.files[path].text.clone();
            let id = match self.at_place(&folder, &title) {
                Some(id) if self.tracked.get(&id).is_some_and(Tracked::is_there) => continue,
                Some(id) => {
                    self.save(id, "", &text);
                    id
                }
                None => self.make(folder, title, text.clone()),
            };
            self.read(id, path, text);
            is_done = true;
        }
        is_done
    }

    fn read(&mut self, id: NodeId, path: &str, text: String) {
        let (disk, file) = (text_hash(&text), Some((self.files[path].id, 0)));
        self.tracked.insert(id, Tracked { path: path.to_owned(), disk, file, gone_at: None });
        self.versions.insert(id, vec![text]);
    }

    fn perform(&mut self, errand: Errand) {
        match errand {
            Errand::Make { id, path } => {
                assert!(!self.files.contains_key(&path), "{path} is there");
                self.versions.remove(&id);
                self.put(id, path);
            }
            Errand::Write { id, path } => {
                assert_eq!(
                    text_hash(&self.files[&path].text),
                    self.tracked[&id].disk,
                    "nothing unseen is lost"
                );
                self.put(id, path);
            }
            Errand::Move { id, from, to } => {
                assert!(!self.files.contains_key(&to), "{to} is there");
                let file = self.files.remove(&from).unwrap();
                self.files.insert(to.clone(), file);
                self.buffers.remove(&from);
                self.tracked.get_mut(&id).unwrap().path = to;
            }
            Errand::Remove { id, path } => {
                assert_eq!(
                    text_hash(&self.files[&path].text),
                    self.tracked[&id].disk,
                    "nothing unseen is lost"
                );
                self.files.remove(&path);
                self.buffers.remove(&path);
                self.tracked.get_mut(&id).unwrap().gone_at = Some(self.now);
            }
            Errand::Forget { id } => self.tracked.get_mut(&id).unwrap().gone_at = Some(self.now),
        }
    }

    fn put(&mut self, id: NodeId, path: String) {
        let text = self.pages[&id].text.clone();
        self.made += 1;
        let file = File { text: text.clone(), changed_ms: i64::MIN, id: self.made };
        let versions = self.versions.entry(id).or_default();
        versions.push(text.clone());
        let extra = versions.len().saturating_sub(MOST_VERSIONS);
        versions.drain(..extra);
        let known = Some((file.id, 0));
        self.files.insert(path.clone(), file);
        let disk = text_hash(&text);
        self.tracked.insert(id, Tracked { path, disk, file: known, gone_at: None });
    }

    /// Rounds until there is nothing to do and nothing to wait for.
    fn settle(&mut self) {
        for _ in 0..100 {
            let (is_done, look_at) = self.round();
            match look_at {
                _ if is_done => self.now += 10,
                Some(at) => self.now = self.now.max(at),
                None => return,
            }
        }
        panic!("it never comes to rest: {self:#?}");
    }

    fn check(&self) {
        for (id, page) in self.living() {
            let known = self.tracked.get(&id).filter(|file| file.is_there());
            // A file of another page's name that nobody can take in stands in nobody's way.
            let known = known.unwrap_or_else(|| panic!("{page:?} has no file"));
            assert_eq!(self.files[&known.path].text, self.pages[&id].text, "{}", known.path);
        }
        let texts: String = self.pages.values().map(|held| held.text.as_str()).collect();
        let left: String = self.files.values().map(|file| file.text.as_str()).collect();
        for token in &self.tokens {
            let is_in = |all: &str| all.lines().any(|line| line == token);
            assert!(is_in(&texts) || is_in(&left), "{token} is lost");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 20_000, ..ProptestConfig::with_cases(cases()) })]

    #[test]
    fn nothing_typed_is_lost_and_nothing_echoes(steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::default();
        for step in &steps {
            world.does(step);
        }
        world.settle();
        world.check();
        let files = world.seen();
        prop_assert_eq!(world.round(), (false, None), "an echo");
        prop_assert_eq!(world.seen(), files);
    }
}

fn cases() -> u32 {
    if std::env::var_os("HEPH_LONG").is_some() { 20_000 } else { 1_000 }
}

fn tracked(paths: &[&str]) -> (BTreeMap<NodeId, Tracked>, BTreeMap<String, Seen>) {
    let known = |(n, path): (usize, &&str)| {
        let disk = text_hash(path);
        let file = Some((n as u64, 1));
        (NodeId::derived(path), Tracked { path: (*path).to_owned(), disk, file, gone_at: None })
    };
    let tracked: BTreeMap<NodeId, Tracked> = paths.iter().enumerate().map(known).collect();
    let seen = tracked.values().map(|file| {
        let content = Content::Text { hash: file.disk, is_empty: false };
        (file.path.clone(), Seen { content, file: file.file, changed_ms: 0 })
    });
    let seen = seen.collect();
    (tracked, seen)
}

#[test]
fn a_folder_without_news_has_none() {
    let (tracked, seen) = tracked(&["a.md", "b/c.md"]);
    assert_eq!(news(&tracked, &seen, 10_000, false), News::default());
}

#[test]
fn a_moved_file_is_known_by_inode_and_birth_or_by_its_text() {
    let (tracked, mut seen) = tracked(&["a.md", "b.md", "c.md"]);
    let a = seen.remove("a.md").unwrap();
    let content = Content::Text { hash: text_hash("other"), is_empty: false };
    seen.insert("x/moved and edited.md".into(), Seen { content, ..a });
    let b = seen.remove("b.md").unwrap();
    seen.insert("copied.md".into(), Seen { file: None, ..b });
    let c = seen.remove("c.md").unwrap();
    let content = Content::Text { hash: text_hash("other"), is_empty: false };
    seen.insert("new.md".into(), Seen { content, file: Some((2, 99)), ..c });
    let mut found = news(&tracked, &seen, 10_000, false);
    found.moved.sort_by(|one, other| one.1.cmp(&other.1));
    let id = NodeId::derived;
    let moved = [(id("b.md"), "copied.md".to_owned()), (id("a.md"), "x/moved and edited.md".to_owned())];
    assert_eq!(found.moved, moved);
    assert_eq!(found.edited, [(id("a.md"), "x/moved and edited.md".to_owned())]);
    assert_eq!((found.came, found.missing), (vec!["new.md".to_owned()], vec![id("c.md")]));
}

#[test]
fn an_inode_that_is_used_again_is_another_file() {
    let (tracked, mut seen) = tracked(&["a.md"]);
    let a = seen.remove("a.md").unwrap();
    let content = Content::Text { hash: text_hash("other"), is_empty: false };
    seen.insert("b.md".into(), Seen { content, file: Some((0, 2)), ..a });
    let found = news(&tracked, &seen, 10_000, false);
    assert_eq!((found.moved, found.came.len(), found.missing.len()), (vec![], 1, 1));
}

#[test]
fn a_file_that_was_emptied_is_given_a_moment() {
    let (tracked, mut seen) = tracked(&["a.md"]);
    let file = seen.get_mut("a.md").unwrap();
    file.content = Content::Text { hash: text_hash(""), is_empty: true };
    file.changed_ms = 9_000;
    let found = news(&tracked, &seen, 10_000, false);
    assert_eq!((found.edited.len(), found.look_at), (0, Some(11_000)));
    assert_eq!(news(&tracked, &seen, 11_000, false).edited.len(), 1);
}

#[test]
fn many_files_that_vanish_need_a_persons_word() {
    let missing = |count: usize, at: i64| (0..count).map(|n| (NodeId::derived(&n.to_string()), at)).collect();
    for (count, all, expected) in [
        (0, 5, Vanished::None),
        (1, 1, Vanished::Trash),
        (1, 5, Vanished::Trash),
        (2, 5, Vanished::Trash),
        (2, 2, Vanished::Ask),
        (3, 29, Vanished::Ask),
        (3, 30, Vanished::Trash),
        (20, 1_000, Vanished::Trash),
        (21, 1_000, Vanished::Ask),
    ] {
        assert_eq!(vanished(&missing(count, 0), all, 2_000), expected, "{count} of {all}");
    }
    assert_eq!(vanished(&missing(1, 100), 9, 2_000), Vanished::Wait(2_100));
}

#[test]
fn a_file_that_was_changed_just_now_is_not_written() {
    let (tracked, mut seen) = tracked(&["a.md"]);
    let id = NodeId::derived("a.md");
    let page = Page {
        folder: String::new(),
        title: "a".into(),
        is_journal: false,
        short: "7k3".into(),
        text: text_hash("new"),
    };
    let pages = BTreeMap::from([(id, page)]);
    seen.get_mut("a.md").unwrap().changed_ms = 9_000;
    let todo = errands(&pages, &tracked, &seen, 10_000, false);
    assert_eq!((todo.now.len(), todo.later, todo.look_at), (0, 1, Some(11_000)));
    let todo = errands(&pages, &tracked, &seen, 11_000, false);
    assert_eq!(todo.now, [Errand::Write { id, path: "a.md".into() }]);
    seen.get_mut("a.md").unwrap().changed_ms = 99_000;
    assert_eq!(errands(&pages, &tracked, &seen, 10_000, false).now.len(), 1, "the clock was put back");
    seen.get_mut("a.md").unwrap().content = Content::Unfit("not UTF-8".into());
    assert_eq!(errands(&pages, &tracked, &seen, 11_000, false), Errands::default(), "left alone");
}

#[test]
fn a_file_system_that_does_not_tell_case_apart_renames_nothing() {
    let (tracked, mut seen) = tracked(&["work/a.md", "work/b.md"]);
    let a = seen.remove("work/a.md").unwrap();
    seen.insert("Work/a.md".into(), a);
    let b = seen.remove("work/b.md").unwrap();
    seen.insert("Work/B.md".into(), b);
    let found = news(&tracked, &seen, 10_000, true);
    assert_eq!(
        found.moved,
        [(NodeId::derived("work/b.md"), "Work/B.md".to_owned())],
        "a file's own name counts"
    );
    assert_eq!((found.came.len(), found.missing.len()), (0, 0));
}
