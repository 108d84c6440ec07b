//! `cargo xtask plugin`: the working tree's heph.nvim, where your Neovim finds it.
//!
//! Where that is, `heph plugin status` knows; here a link is put there, so that what is edited is what Neovim loads.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde_json::Value;

use crate::workspace::{self, cargo};
use crate::{output, process};

/// The working tree's heph.nvim, where your Neovim finds it.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: cargo xtask plugin link")]
pub(crate) enum Plugin {
    /// Link the working tree's plugin to where Neovim looks for plugins
    Link,
    /// Take that link away
    Unlink,
}

/// What stands where Neovim looks.
#[derive(Debug, PartialEq, Eq)]
enum There {
    Nothing,
    /// What `heph plugin install` put there.
    Installed,
    /// A link, to there.
    Link(PathBuf),
    Foreign,
}

impl Plugin {
    /// Runs it.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let mut heph = cargo();
        heph.args(["run", "--quiet", "--locked", "--package", "heph", "--", "plugin", "status", "--json"]);
        let (place, there) = read(&process::read(&mut heph)?)?;
        let ours = workspace::root().join("plugin");
        match self {
            Self::Link => link(&place, &there, &ours),
            Self::Unlink => unlink(&place, &there, &ours),
        }
    }
}

/// Reads what `heph plugin status --json` says.
fn read(status: &str) -> anyhow::Result<(PathBuf, There)> {
    let status: Value = serde_json::from_str(status).context("`heph plugin status` speaks no JSON")?;
    let plugin = &status["plugin"];
    let text = |name: &str| plugin[name].as_str().map(PathBuf::from);
    let there = match plugin["state"].as_str() {
        Some("absent") => There::Nothing,
        Some("link") => There::Link(text("link").context("a link without a target")?),
        Some("foreign") => There::Foreign,
        _ => There::Installed,
    };
    Ok((text("path").context("`heph plugin status` names no place")?, there))
}

fn link(place: &Path, there: &There, ours: &Path) -> anyhow::Result<()> {
    match there {
        There::Link(to) if to == ours => output::note(format_args!("{} is linked already", place.display())),
        There::Nothing => {
            if let Some(folder) = place.parent() {
                std::fs::create_dir_all(folder)
                    .with_context(|| format!("cannot make {}", folder.display()))?;
            }
            std::os::unix::fs::symlink(ours, place)
                .with_context(|| format!("cannot link {}", place.display()))?;
            output::note(format_args!("{} leads to {}", place.display(), ours.display()));
        }
        There::Installed => bail!("{} is installed; heph plugin uninstall takes it away", place.display()),
        There::Link(_) | There::Foreign => {
            bail!("{} is there and is not this working tree's; move it away", place.display())
        }
    }
    Ok(())
}

fn unlink(place: &Path, there: &There, ours: &Path) -> anyhow::Result<()> {
    match there {
        There::Link(to) if to == ours => {
            std::fs::remove_file(place).with_context(|| format!("cannot remove {}", place.display()))?;
            output::note(format_args!("{} is gone", place.display()));
        }
        There::Nothing => output::note(format_args!("{} is not there", place.display())),
        _ => bail!("{} is no link to this working tree; it is left alone", place.display()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_heph_says_is_read() {
        let status = |plugin: &str| read(&format!("{{\"schema\":1,\"plugin\":{plugin}}}"));
        let (place, there) = status(r#"{"state":"link","path":"/p","link":"/l"}"#).unwrap();
        assert_eq!((place, there), ("/p".into(), There::Link("/l".into())));
        assert_eq!(status(r#"{"state":"absent","path":"/p"}"#).unwrap().1, There::Nothing);
        assert_eq!(status(r#"{"state":"changed","path":"/p"}"#).unwrap().1, There::Installed);
        assert!(status("{}").is_err());
    }

    #[test]
    fn only_our_own_link_is_made_and_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, place) = (folder.path().join("plugin"), folder.path().join("site/heph.nvim"));
        std::fs::create_dir(&ours).unwrap();
        link(&place, &There::Nothing, &ours).unwrap();
        let linked = There::Link(std::fs::read_link(&place).unwrap());
        assert_eq!(linked, There::Link(ours.clone()));
        link(&place, &linked, &ours).unwrap();
        for other in [There::Installed, There::Foreign, There::Link("/elsewhere".into())] {
            assert!(link(&place, &other, &ours).is_err(), "{other:?}");
            assert!(unlink(&place, &other, &ours).is_err(), "{other:?}");
        }
        assert!(place.is_symlink());
        unlink(&place, &linked, &ours).unwrap();
        assert!(!place.is_symlink());
        unlink(&place, &There::Nothing, &ours).unwrap();
    }
}
