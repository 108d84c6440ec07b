//! The files of heph.nvim, as the build packed them.

/// All of them, deflated; see `build.rs`.
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/plugin.bin"));

/// More than the plugin will ever have.
const MOST: usize = 16 << 20;

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Its path below the plugin's folder, `/` between levels.
    pub(crate) path: String,
    /// What is in it.
    pub(crate) bytes: Vec<u8>,
}

/// Unpacks the files.
pub(crate) fn files() -> Vec<File> {
    let whole = miniz_oxide::inflate::decompress_to_vec_with_limit(PACKED, MOST);
    let whole = whole.expect("the build packed them");
    let mut rest = whole.as_slice();
    let mut files = Vec::new();
    while !rest.is_empty() {
        let (path, bytes) = (length(&mut rest), length(&mut rest));
        let path = String::from_utf8_lossy(take(&mut rest, path)).into_owned();
        files.push(File { path, bytes: take(&mut rest, bytes).to_vec() });
    }
    files
}

fn length(rest: &mut &[u8]) -> usize {
    let bytes = take(rest, 4).try_into().expect("four bytes were taken");
    u32::from_be_bytes(bytes) as usize
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(length);
    *rest = left;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_neovim_needs_is_there_and_nothing_else() {
        let files = files();
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        for expected in ["plugin/heph.lua", "lua/heph/init.lua", "doc/tags"] {
            assert!(paths.contains(&expected), "{expected} is not among {paths:?}");
        }
        let allowed = |path: &&str| ["plugin/", "lua/", "doc/"].iter().any(|folder| path.starts_with(folder));
        assert!(paths.iter().all(allowed), "{paths:?}");
    }

    /// What a plugin says of itself when it connects is the version of the program that carries it.
    #[test]
    fn the_plugin_is_of_this_version() {
        let version = format!("'{}'", env!("CARGO_PKG_VERSION"));
        let connection = files().into_iter().find(|file| file.path == "lua/heph/rpc/connection.lua");
        let text = String::from_utf8(connection.expect("the plugin connects").bytes).unwrap();
        let line = text.lines().find(|line| line.starts_with("M.VERSION = ")).expect("it says its version");
        assert!(line.contains(&version), "{line} is not {version}");
    }
}
