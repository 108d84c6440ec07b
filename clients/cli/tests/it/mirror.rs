//! `heph vault`: what it says of the folder, and that the folder is what an export writes.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use hephd::config::Flags;

use crate::harness::Ran;
use crate::hephd::Hephd;

/// A daemon that mirrors into a folder in its home.
fn mirroring(folder: &Path) -> Hephd {
    Hephd::with(7, Flags { vault: Some(folder.to_owned()), ..Flags::default() })
}

/// Waits until the status says something.
fn until(hephd: &Hephd, said: &str) -> Ran {
    let start = Instant::now();
    loop {
        let ran = hephd.run(&["vault"]);
        if ran.stdout.contains(said) {
            return ran;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{ran}");
    }
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let walk = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    let pages = walk.filter(|entry| entry.path().extension().is_some_and(|end| end == "md"));
    let read = pages.map(|entry| {
        let below = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        (below, std::fs::read_to_string(entry.path()).unwrap())
    });
    read.collect()
}

#[test]
fn without_a_folder_there_is_nothing_to_tell() {
    let hephd = Hephd::new();
    let told = hephd.run(&["vault"]);
    assert_eq!((told.code, told.stdout.as_str()), (0, "no folder mirrors the pages\n"), "{told}");
    for verb in [&["vault", "pause"][..], &["vault", "resume", "--trash"], &["vault", "adopt"]] {
        let refused = hephd.run(verb);
        let is_told = refused.stderr.contains("no folder mirrors the pages");
        assert_eq!((refused.code, is_told), (5, true), "{refused}");
    }
}

#[test]
fn the_folder_is_what_an_export_writes() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("notes");
    let hephd = mirroring(&folder);
    let _ = until(&hephd, "mirroring");
    for title in ["Plan", "Work/Plan", "Work/PLAN B", "work/Plan b c", ".hidden", "Sun & moon"] {
        let _ = hephd.home.run_with_input(&["page", "new", title, "--stdin"], &format!("# {title}\n"));
    }
    let _ = hephd.run(&["capture", "a line"]).clean();
    let _ = until(&hephd, "7 files");
    let out = place.path().join("out");
    let _ = hephd.run(&["export", "markdown", out.to_str().unwrap()]).clean();
    let mut exported = files(&out);
    // What begins with a dot would be passed over by whoever looks through the folder.
    let hidden = exported.remove(".hidden.md").unwrap();
    exported.insert("․hidden.md".to_owned(), hidden);
    assert_eq!(files(&folder), exported);
    assert_eq!(hephd.run(&["vault", "status", "--json"]).json()["vault"]["state"], "mirroring");

    assert_eq!(hephd.run(&["vault", "pause"]).code, 0);
    let paused = hephd.run(&["vault"]);
    assert_eq!(paused.code, 5, "{paused}");
    assert!(
        paused.stdout.contains("paused by hand") && paused.stderr.contains("heph vault resume"),
        "{paused}"
    );
    assert_eq!(hephd.run(&["vault", "resume"]).code, 0);
    let refused = hephd.run(&["vault", "adopt"]);
    assert_eq!((refused.code, refused.stderr.contains("there is nothing to adopt")), (5, true), "{refused}");
}
