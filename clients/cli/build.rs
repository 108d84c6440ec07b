//! Packs heph.nvim into one piece that the program carries: its files one after the other, deflated.
//!
//! A file is the length of its path and of its bytes, as two u32, then both. The index of the help is made here, so that
//! `:help heph` works without `:helptags`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folders that Neovim looks at; tests and dot-files stay where they are.
const FOLDERS: [&str; 3] = ["doc", "lua", "plugin"];

/// Smallest, whatever it takes.
const LEVEL: u8 = 10;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugin");
    println!("cargo::rerun-if-changed={}", root.display());
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = BTreeMap::new();
    for folder in FOLDERS {
        read(&root, &root.join(folder), &mut files);
    }
    assert!(files.contains_key("plugin/heph.lua"), "{} is not heph.nvim", root.display());
    let tags = help_tags(&files);
    files.insert("doc/tags".to_owned(), tags.into_bytes());
    let mut whole = Vec::new();
    for (path, bytes) in &files {
        for length in [path.len(), bytes.len()] {
            let length = u32::try_from(length).expect("a file of the plugin is no gigabytes");
            whole.extend_from_slice(&length.to_be_bytes());
        }
        whole.extend_from_slice(path.as_bytes());
        whole.extend_from_slice(bytes);
    }
    let packed = miniz_oxide::deflate::compress_to_vec(&whole, LEVEL);
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    std::fs::write(out.join("plugin.bin"), packed).expect("cargo's own folder can be written");
}

/// Reads the files of a folder and those below; one that is not there has none.
fn read(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("a folder of the working tree can be read").path();
        let below =
            path.strip_prefix(root).expect("it is below").to_str().expect("names are plain").to_owned();
        let is_hidden = below.split('/').any(|level| level.starts_with('.'));
        if path.is_dir() {
            read(root, &path, files);
        } else if !is_hidden && below != "doc/tags" {
            files.insert(below, std::fs::read(&path).expect("a file of the working tree can be read"));
        }
    }
}

/// What `:helptags` makes of the help files: a line a tag, in order.
fn help_tags(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut tags = BTreeMap::new();
    for (path, bytes) in files {
        let Some(name) = path.strip_prefix("doc/").filter(|name| name.ends_with(".txt")) else { continue };
        let text = String::from_utf8_lossy(bytes);
        for word in text.split_whitespace() {
            let tag = word.strip_prefix('*').and_then(|word| word.strip_suffix('*'));
            if let Some(tag) = tag.filter(|tag| !tag.is_empty() && !tag.contains(['*', '|'])) {
                tags.insert(tag.to_owned(), name.to_owned());
            }
        }
    }
    tags.iter()
        .map(|(tag, file)| format!("{tag}\t{file}\t/*{}*\n", tag.replace('\\', "\\\\").replace('/', "\\/")))
        .collect()
}
