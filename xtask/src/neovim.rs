//! heph.nvim in a real Neovim: its own tests, its help, and what reads its Lua without running it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace::{self, Binaries};
use crate::{components, process};

/// Where the plugin is in the working tree.
pub(crate) fn plugin() -> PathBuf {
    workspace::root().join("plugin")
}

/// A Neovim without a configuration, a terminal, or anything of the user's.
pub(crate) fn command(neovim: &Path) -> Command {
    let mut command = Command::new(neovim);
    command.current_dir(workspace::root());
    for variable in ["HEPH_SOCKET", "HEPH_DB", "HEPH_CONFIG", "HEPH_CONTEXT", "NVIM_APPNAME", "NVIM"] {
        command.env_remove(variable);
    }
    command
}

/// Runs the plugin's tests.
pub(crate) fn run_tests(neovim: &Path, binaries: &Binaries) -> anyhow::Result<()> {
    let mut tests = command(neovim);
    tests.arg("-l").arg(plugin().join("tests/run.lua"));
    process::run(tests.env("NVIM_TEST", neovim).env("HEPHD", &binaries.hephd).env("HEPH", &binaries.heph))
}

/// The programs that read Lua, each or why it is not there.
pub(crate) struct Readers {
    stylua: Result<PathBuf, String>,
    luacheck: Result<(), String>,
    emmylua_check: Result<PathBuf, String>,
}

impl Readers {
    /// Fetches those that are missing, if it may.
    pub(crate) fn fetch(offline: bool) -> Self {
        Self {
            stylua: components::stylua(offline),
            luacheck: components::missing(&components::LUACHECK, offline).map_or(Ok(()), Err),
            emmylua_check: components::emmylua_check(offline),
        }
    }

    /// Lets those that are there read the plugin; tells which are not.
    pub(crate) fn check(self, neovim: &Path) -> anyhow::Result<Option<String>> {
        let Self { stylua, luacheck, emmylua_check } = self;
        let mut missing = Vec::new();
        help(neovim)?;
        match stylua {
            Ok(stylua) => {
                let mut format = Command::new(stylua);
                // Settings are found from the folder it runs in.
                process::run(format.current_dir(plugin()).args(["--check", "."]))?;
            }
            Err(reason) => missing.push(reason),
        }
        match luacheck {
            Ok(()) => {
                let mut lint = Command::new("luacheck");
                process::run(lint.current_dir(plugin()).args(["--quiet", "--no-cache", "."]))?;
            }
            Err(reason) => missing.push(reason),
        }
        match emmylua_check {
            Ok(check) => {
                let mut check = Command::new(check);
                check.current_dir(plugin()).args(["--warnings-as-errors", "."]);
                process::run(check.env("VIMRUNTIME", runtime(neovim)?))?;
            }
            Err(reason) => missing.push(reason),
        }
        Ok((!missing.is_empty()).then(|| missing.join("; ")))
    }
}

/// Makes an index of the help in a copy of it: a tag that stands twice is an error.
fn help(neovim: &Path) -> anyhow::Result<()> {
    let copy = tempfile::tempdir()?;
    for entry in plugin().join("doc").read_dir()? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            std::fs::copy(&path, copy.path().join(path.file_name().unwrap_or_default()))?;
        }
    }
    let mut helptags = command(neovim);
    helptags.args(["--clean", "--headless", "-c"]);
    helptags.arg(format!(
        "try | helptags {} | qall | catch | echo v:exception | cquit | endtry",
        copy.path().display()
    ));
    process::read(&mut helptags)?;
    anyhow::ensure!(copy.path().join("tags").is_file(), "the help of the plugin has no tags");
    Ok(())
}

/// The folder of Neovim's own Lua, whose types the plugin uses.
fn runtime(neovim: &Path) -> anyhow::Result<String> {
    let mut ask = command(neovim);
    ask.args(["--clean", "--headless", "-c", "lua io.stdout:write(vim.env.VIMRUNTIME)", "-c", "qall"]);
    Ok(process::read(&mut ask)?.trim().to_owned())
}
