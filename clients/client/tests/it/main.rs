//! The client against a scripted daemon on a real socket.
#![expect(clippy::unwrap_used, reason = "the helpers of tests fail tests")]

mod absent;
mod ahead;
mod busy;
mod deadlines;
mod events;
mod fake_daemon;
mod garbage;
mod healing;
mod outcome;

/// A file nobody names here would never run.
#[test]
fn every_file_is_part_of_this_binary() {
    let main = include_str!("main.rs");
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.trim_end_matches(".rs");
        assert!(module == "main" || main.contains(&format!("mod {module};")), "{name} is not in main.rs");
    }
}
