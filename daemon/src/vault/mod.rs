//! IO of the Markdown mirror: looks through a folder, writes into it and nowhere else, and hears when others do.
//!
//! Nothing here decides: what is done to which file is planned in `domain::vault`. Everything blocks the thread.

mod folder;
mod scan;
mod sentinel;
mod watch;

pub use folder::{Done, Folder, Replaced};
pub use scan::{LeftOver, Scan, Scanner};
pub use sentinel::{SENTINEL, Sentinel};
pub use watch::Watch;
