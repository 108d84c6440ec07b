//! The terminal UI as a whole: keys in, a screen out, a real daemon behind it.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod stage;

mod changes;
mod editing;
mod keys;
mod lists;
mod screens;
mod tmux;
mod trouble;

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
