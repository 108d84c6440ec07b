//! A storm: somebody edits pages while an editor edits their files. In the end nothing typed is lost, both sides are the
//! same, and nothing moves any more.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use heph_protocol::request::{DaemonStatus, PageRename};

use crate::support::Dice;
use crate::vault::Mirror;

/// Pages to begin with.
const PAGES: usize = 12;

/// An editor that holds what it opened, and saves that whatever stands in the file by then.
struct Editor {
    buffers: BTreeMap<String, String>,
    dice: Dice,
    tokens: usize,
}

impl Editor {
    fn token(&mut self) -> String {
        self.tokens += 1;
        format!("editor{}", self.tokens)
    }

    fn works(&mut self, mirror: &Mirror) {
        let files: Vec<String> = mirror.files().into_keys().collect();
        if files.is_empty() {
            return;
        }
        let path = files[self.dice.below(files.len())].clone();
        match self.dice.below(20) {
            0 => {
                let token = self.token();
                let path = format!("Drawer {}/Note {token}.md", self.dice.below(3));
                self.save(&mirror.folder(), &path, format!("{token}\n"));
            }
            1 => {
                let to = format!("Drawer {}/Moved {}.md", self.dice.below(3), self.dice.below(1_000_000));
                let at = mirror.folder();
                std::fs::create_dir_all(at.join(&to).parent().unwrap()).unwrap();
                if std::fs::rename(at.join(&path), at.join(&to)).is_ok() {
                    let buffer = self.buffers.remove(&path);
                    self.buffers.extend(buffer.map(|buffer| (to, buffer)));
                }
            }
            2..8 => drop(self.open(mirror, &path)),
            _ => {
                // Half of the time it saves what it opened some time ago.
                let is_stale = self.dice.below(2) == 0;
                let held = self.buffers.get(&path).cloned().filter(|_| is_stale);
                let Some(buffer) = held.or_else(|| self.open(mirror, &path)) else { return };
                let mut lines: Vec<&str> = buffer.lines().collect();
                let token = self.token();
                lines.insert(self.dice.below(lines.len() + 1), &token);
                let text = lines.join("\n") + "\n";
                if mirror.folder().join(&path).exists() {
                    self.save(&mirror.folder(), &path, text);
                }
            }
        }
    }

    fn open(&mut self, mirror: &Mirror, path: &str) -> Option<String> {
        let text = mirror.read(path)?;
        self.buffers.insert(path.to_owned(), text.clone());
        Some(text)
    }

    /// Saves as editors do: beside the file and renamed over it, or into the file as it is.
    fn save(&mut self, folder: &Path, path: &str, text: String) {
        let target = folder.join(path);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        if self.dice.below(2) == 0 {
            let beside = target.with_file_name(".editor.tmp");
            std::fs::write(&beside, &text).unwrap();
            std::fs::rename(beside, target).unwrap();
        } else {
            std::fs::write(target, &text).unwrap();
        }
        self.buffers.insert(path.to_owned(), text);
    }
}

#[test]
fn nothing_is_lost_in_a_storm_of_edits_from_both_sides() {
    let is_long = std::env::var_os("HEPH_LONG").is_some();
    let length = if is_long { Duration::from_secs(600) } else { Duration::from_secs(4) };
    let mut mirror = Mirror::new(77);
    let mut editor = Editor { buffers: BTreeMap::new(), dice: Dice::new(78), tokens: 0 };
    let ids: Vec<String> =
        (0..PAGES).map(|n| mirror.new_page(&format!("Drawer {}/Page {n}", n % 3), "begin\n")).collect();
    let (mut typed, began) = (0, Instant::now());
    while began.elapsed() < length {
        editor.works(&mirror);
        let id = ids[mirror.dice.below(PAGES)].clone();
        match mirror.dice.below(30) {
            0 => {
                let to = format!("Drawer {}/Renamed {}", mirror.dice.below(3), mirror.dice.below(1_000_000));
                let mutation = mirror.dice.mutation_id();
                mirror
                    .peer
                    .change(&PageRename { reference: id, to, ..PageRename::default() }, &mutation)
                    .unwrap();
            }
            1..20 => {
                typed += 1;
                mirror.save(&id, |text| format!("{text}heph{typed}\n"));
            }
            _ => {}
        }
        // As quick as people and their programs are.
        std::thread::sleep(Duration::from_millis(mirror.dice.below(30) as u64));
    }
    mirror.wait("both sides are the same", |mirror| {
        mirror.status().waiting == 0 && mirror.pages() == mirror.files()
    });
    let pages = mirror.pages();
    let all: Vec<&str> = pages.values().flat_map(|text| text.lines()).collect();
    let typed =
        (1..=typed).map(|n| format!("heph{n}")).chain((1..=editor.tokens).map(|n| format!("editor{n}")));
    let lost: Vec<String> = typed.filter(|token| !all.contains(&token.as_str())).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");

    // Nothing moves any more: what the mirror wrote is not news to it.
    let revision = |mirror: &mut Mirror| mirror.peer.call(&DaemonStatus {}).unwrap().revision;
    let before = revision(&mut mirror);
    let quiet = Instant::now();
    while quiet.elapsed() < Duration::from_secs(3) {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(revision(&mut mirror), before, "an echo");
    assert_eq!(mirror.pages(), mirror.files());
    mirror.stop();
}
