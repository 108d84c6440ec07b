//! The binary as a whole, in an environment of its own: arguments in, streams and exit code out.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod fake;
mod harness;
mod hephd;
mod terminal;

mod attach;
mod auth;
mod completions;
mod conflicts;
mod daemon;
mod day;
mod errors;
mod events;
mod filters;
mod hour;
mod hub;
mod input;
mod knowledge;
mod lists;
mod machines;
mod no_daemon;
mod own_fields;
mod pages;
mod plans;
mod screens;
mod settings;
mod shells;
mod store;
mod sync;
mod tasks;
mod usage;
mod vault;

/// A file that nobody lists is never compiled, and so never fails.
#[test]
fn no_test_file_is_forgotten() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it");
    let listed = include_str!("main.rs");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(module) = name.strip_suffix(".rs").filter(|module| *module != "main") {
            assert!(listed.contains(&format!("mod {module};")), "{name} is not listed in main.rs");
        }
    }
}
