//! What others did to the files since they were last known.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Content, QUIET_MS, Seen, Tracked, place_key};
use crate::domain::change::TextHash;
use crate::domain::id::NodeId;

/// More files than these that vanish at once need a person's word.
const MOST_VANISHED: usize = 20;

/// And more than one in so many.
const ONE_IN: usize = 10;

/// Of so few files that vanish, nobody is asked unless they are all there are.
const FEW: usize = 2;

/// What is new of the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// Files of pages that stand elsewhere now, with where that is.
    pub moved: Vec<(NodeId, String)>,
    /// Files of pages with another text, with where they stand; also those of pages that were gone.
    pub edited: Vec<(NodeId, String)>,
    /// Files of no page.
    pub came: Vec<String>,
    /// Pages whose files are not there.
    pub missing: Vec<NodeId>,
    /// Files that cannot be pages as they are, and why.
    pub unfit: Vec<(String, String)>,
    /// When there may be more to say, Unix milliseconds: a file was emptied just now, perhaps to be written.
    pub look_at: Option<i64>,
}

/// Files that are not there, with when that was first found, Unix milliseconds.
pub type Missing = BTreeMap<NodeId, i64>;

/// What becomes of pages whose files are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vanished {
    /// None is missing.
    None,
    /// They may be back in a moment; look again at this instant, Unix milliseconds.
    Wait(i64),
    /// Their pages go into the trash.
    Trash,
    /// So many that a person is asked.
    Ask,
}

/// Decides about files that are not there, of so many in all. Nothing is decided until none has vanished for a while:
/// editors take a file away before they put it back, and a folder that is being removed is not done yet.
pub fn vanished(missing: &Missing, all: usize, now_ms: i64) -> Vanished {
    let Some(newest) = missing.values().max() else { return Vanished::None };
    let settled = newest + QUIET_MS;
    let count = missing.len();
    if now_ms < settled {
        return Vanished::Wait(settled);
    }
    let is_share = count * ONE_IN > all && (count > FEW || (count == all && all > 1));
    if count > MOST_VANISHED || is_share { Vanished::Ask } else { Vanished::Trash }
}

/// Compares the files as they are with what was known of them. `is_blind`: the file system does not tell case apart.
pub fn news(
    tracked: &BTreeMap<NodeId, Tracked>,
    seen: &BTreeMap<String, Seen>,
    now_ms: i64,
    is_blind: bool,
) -> News {
    let mut news = News::default();
    let mut known: HashSet<&str> = HashSet::new();
    let mut missing = Vec::new();
    let by_key = is_blind.then(|| seen.keys().map(|path| (place_key(path), path.as_str())).collect());
    let by_key: HashMap<String, &str> = by_key.unwrap_or_default();
    for (id, file) in tracked.iter().filter(|(_, file)| file.is_there()) {
        let found = seen.get_key_value(file.path.as_str()).map(|(path, _)| path.as_str());
        match found.or_else(|| by_key.get(&place_key(&file.path)).copied()) {
            Some(path) if known.insert(path) => {
                let is_respelled = path.rsplit('/').next() != file.path.rsplit('/').next();
                if is_respelled {
                    news.moved.push((*id, path.to_owned()));
                }
                news.look_into(*id, file, path, &seen[path], now_ms);
            }
            _ => missing.push((*id, file)),
        }
    }
    let mut came: Vec<&str> = seen.keys().map(String::as_str).filter(|path| !known.contains(path)).collect();
    let gone: HashMap<(&str, TextHash), NodeId> = tracked
        .iter()
        .filter(|(_, file)| !file.is_there())
        .map(|(id, file)| ((file.path.as_str(), file.disk), *id))
        .collect();
    // Another text at the place of a page that is gone is another page.
    let back = |path: &str| seen[path].content.hash().and_then(|hash| gone.get(&(path, hash)).copied());
    let elsewhere = Elsewhere::among(&came, seen);
    let mut taken: HashSet<&str> = HashSet::new();
    for (id, file) in missing {
        match elsewhere.of(file).filter(|path| back(path).is_none()).filter(|path| taken.insert(path)) {
            Some(path) => {
                news.moved.push((id, path.to_owned()));
                news.look_into(id, file, path, &seen[path], now_ms);
            }
            None => news.missing.push(id),
        }
    }
    came.retain(|path| !taken.contains(path));
    for path in came {
        match &seen[path].content {
            Content::Unfit(why) => news.unfit.push((path.to_owned(), why.clone())),
            Content::Text { .. } => match back(path) {
                Some(id) => news.edited.push((id, path.to_owned())),
                None => news.came.push(path.to_owned()),
            },
        }
    }
    news
}

impl News {
    /// Whether others did nothing that the store has to know.
    pub fn is_empty(&self) -> bool {
        self.moved.is_empty() && self.edited.is_empty() && self.came.is_empty() && self.missing.is_empty()
    }

    /// Compares what is in a file with what was.
    fn look_into(&mut self, id: NodeId, file: &Tracked, path: &str, seen: &Seen, now_ms: i64) {
        match &seen.content {
            Content::Unfit(why) => self.unfit.push((path.to_owned(), why.clone())),
            Content::Text { hash, .. } if *hash == file.disk => {}
            // Who writes in place empties the file first.
            Content::Text { is_empty: true, .. } if now_ms < seen.changed_ms + QUIET_MS => {
                let at = seen.changed_ms + QUIET_MS;
                self.look_at = Some(self.look_at.map_or(at, |other| other.min(at)));
            }
            Content::Text { .. } => self.edited.push((id, path.to_owned())),
        }
    }
}

/// Files of no page, by what may tell that they are files of pages that were moved.
struct Elsewhere<'a> {
    by_file: HashMap<super::FileId, &'a str>,
    by_text: HashMap<TextHash, Vec<&'a str>>,
}

impl<'a> Elsewhere<'a> {
    fn among(came: &[&'a str], seen: &BTreeMap<String, Seen>) -> Self {
        let mut elsewhere = Self { by_file: HashMap::new(), by_text: HashMap::new() };
        for path in came {
            let Some(found) = seen.get(*path) else { continue };
            if let Some(file) = found.file {
                elsewhere.by_file.insert(file, path);
            }
            if let Content::Text { hash, is_empty: false } = found.content {
                elsewhere.by_text.entry(hash).or_default().push(path);
            }
        }
        elsewhere
    }

    /// Where a file that is missing stands: the same file, or the only other one with its text.
    fn of(&self, file: &Tracked) -> Option<&'a str> {
        if let Some(path) = file.file.and_then(|file| self.by_file.get(&file)) {
            return Some(path);
        }
        let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
        match self.by_text.get(&file.disk).map(Vec::as_slice) {
            Some([path]) => Some(path),
            Some(paths) => {
                let mut named = paths.iter().filter(|path| name(path) == name(&file.path));
                named.next().copied().filter(|_| named.next().is_none())
            }
            None => None,
        }
    }
}
