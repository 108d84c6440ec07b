//! Hears when something changes in the folder.

use std::path::Path;
use std::sync::Arc;

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::watch;

use super::sentinel::SENTINEL;

/// Hears of changes until it is dropped. What changed is not told: whoever hears looks at the folder.
pub struct Watch {
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Begins to listen to a folder and all that is in it; `news` is raised with each change.
    ///
    /// # Errors
    /// Why the system does not tell of changes; the folder is looked at from time to time then.
    pub fn begin(folder: &Path, news: Arc<watch::Sender<u64>>) -> Result<Self, String> {
        let root = folder.to_owned();
        let told = move |event: notify::Result<Event>| {
            if event.map_or(true, |event| is_news(&event, &root)) {
                news.send_modify(|count| *count += 1);
            }
        };
        let mut watcher = notify::recommended_watcher(told).map_err(|error| error.to_string())?;
        watcher.watch(folder, RecursiveMode::Recursive).map_err(|error| error.to_string())?;
        Ok(Self { _watcher: watcher })
    }
}

/// Whether an event may be of a page. Looking at files is none, or each look would be the cause of the next.
fn is_news(event: &Event, root: &Path) -> bool {
    let is_change = match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    };
    let is_shown = |path: &Path| {
        let below = path.strip_prefix(root).unwrap_or(path);
        let is_hidden = |level: &std::ffi::OsStr| level.as_encoded_bytes().starts_with(b".");
        below == Path::new(SENTINEL) || !below.iter().any(is_hidden)
    };
    is_change && (event.paths.is_empty() || event.paths.iter().any(|path| is_shown(path)))
}
