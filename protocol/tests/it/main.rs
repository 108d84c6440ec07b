//! The wire, and the hub's API: every type there and back, golden bytes, hostile bytes, readers and writers of different ages.
#![expect(clippy::unwrap_used, reason = "the helpers of tests fail tests")]

use std::alloc::System;

use cap::Cap;

mod compatibility;
mod examples;
mod frames;
mod golden;
mod hostile_bytes;
mod hub;
mod make;
mod round_trip;

/// More than any test here needs for frames of 16 MiB, and far less than the lengths that hostile bytes announce: to
/// take memory for one of those ends the process.
const MEMORY: usize = 256 << 20;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, MEMORY);

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
