//! The daemon's integration tests, one binary. The edges are tested with a probe in the store's place, what
//! must never be lost with the whole daemon.

#[cfg(test)]
mod attachments;
#[cfg(test)]
mod binary;
#[cfg(test)]
mod bulk_kill;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod dateutil;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod group_commit;
#[cfg(test)]
mod hub_bad_inputs;
#[cfg(test)]
mod hub_events;
#[cfg(test)]
mod hub_log;
#[cfg(test)]
mod hub_process;
#[cfg(test)]
mod hub_snapshots;
#[cfg(test)]
mod hub_tls;
#[cfg(test)]
mod hub_unread;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod many_clients;
#[cfg(test)]
mod memory_and_log;
#[cfg(test)]
mod private_ca;
#[cfg(test)]
mod real_provider;
#[cfg(test)]
mod searching;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod support;
#[cfg(test)]
mod sync;
#[cfg(test)]
mod time_and_place;
#[cfg(test)]
mod updating;
#[cfg(test)]
mod writing;

/// A module that is not listed above would never run.
#[test]
fn every_file_is_listed() {
    let listed = include_str!("main.rs");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for entry in folder.read_dir().unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.trim_end_matches(".rs");
        assert!(module == "main" || listed.contains(&format!("mod {module};")), "tests/{name} is not listed");
    }
}
