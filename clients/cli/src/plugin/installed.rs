//! Where Neovim looks for heph.nvim, and what is there.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::embedded::{self, File};

/// Below Neovim's data folder.
const BELOW: &str = "site/pack/heph/start";

/// The plugin's folder.
const NAME: &str = "heph.nvim";

/// Tells that a folder is ours, and of which version. Neovim does not look at it.
const MARKER: &str = ".heph-plugin";

/// Where the plugin stands, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    folder: PathBuf,
}

/// What stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Installed {
    /// Nothing.
    Nothing,
    /// What this program carries.
    Current,
    /// One that this program, or another version of it, put there, and that is not what it carries: of a version.
    Other(String),
    /// A symbolic link, to there.
    Link(PathBuf),
    /// Something that heph did not put there.
    Foreign,
}

impl Place {
    /// The place in the folder for data, as Neovim finds it: `XDG_DATA_HOME` or below the home folder, for the
    /// configuration that `NVIM_APPNAME` names.
    pub(crate) fn find(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let data = set("XDG_DATA_HOME").map(PathBuf::from).filter(|data| data.is_absolute());
        let data = data.or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".local/share")))?;
        // Neovim takes no name that leads out of the folder either.
        let is_name = |name: &String| !name.starts_with('/') && !name.split('/').any(|level| level == "..");
        let name = set("NVIM_APPNAME").filter(is_name).unwrap_or_else(|| "nvim".to_owned());
        Some(Self { folder: data.join(name).join(BELOW).join(NAME) })
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// What stands there.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn installed(&self) -> io::Result<Installed> {
        let there = match fs::symlink_metadata(&self.folder) {
            Ok(there) => there,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Installed::Nothing),
            Err(error) => return Err(error),
        };
        if there.is_symlink() {
            return Ok(Installed::Link(fs::read_link(&self.folder)?));
        }
        let Ok(version) = fs::read_to_string(self.folder.join(MARKER)) else { return Ok(Installed::Foreign) };
        let is_as_carried =
            |file: &File| fs::read(self.folder.join(&file.path)).is_ok_and(|there| there == file.bytes);
        let version = version.trim();
        let is_current = version == env!("CARGO_PKG_VERSION") && embedded::files().iter().all(is_as_carried);
        Ok(if is_current { Installed::Current } else { Installed::Other(version.to_owned()) })
    }

    /// Puts the plugin there, in place of one that stands there.
    ///
    /// The new one is complete beside the old one before they change places; a name that begins with a dot is none that
    /// Neovim loads.
    ///
    /// # Errors
    /// When it cannot be written; what stood there still does.
    pub(crate) fn install(&self) -> io::Result<()> {
        let parent = self.folder.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent)?;
        let new = tempfile::Builder::new().prefix(".heph.nvim-").tempdir_in(parent)?;
        for File { path, bytes } in embedded::files() {
            write(&new.path().join(path), &bytes)?;
        }
        write(&new.path().join(MARKER), format!("{}\n", env!("CARGO_PKG_VERSION")).as_bytes())?;
        fs::set_permissions(new.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        if !self.folder.try_exists()? {
            fs::rename(new.path(), &self.folder)?;
            let _ = new.keep(); // it is no longer there
            return Ok(());
        }
        // What is in the new folder's place afterwards, the old one, goes with it.
        exchange(new.path(), &self.folder)
    }

    /// Takes the plugin away. The folders above it stay where something else is in them.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub(crate) fn uninstall(&self) -> io::Result<()> {
        fs::remove_dir_all(&self.folder)?;
        for folder in self.folder.ancestors().skip(1).take(BELOW.split('/').count()) {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Lets two folders change places: at once where the file system can, else one after the other.
fn exchange(new: &Path, old: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    if renameat_with(CWD, new, CWD, old, RenameFlags::EXCHANGE).is_ok() {
        return Ok(());
    }
    let aside = new.with_extension("old");
    fs::rename(old, &aside)?;
    if let Err(error) = fs::rename(new, old) {
        fs::rename(&aside, old)?;
        return Err(error);
    }
    fs::remove_dir_all(&aside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(folder: &Path) -> Place {
        let data = folder.to_str().unwrap().to_owned();
        Place::find(|name| (name == "XDG_DATA_HOME").then(|| data.clone())).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let names =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn neovims_own_rules_say_where() {
        let at = |set: &[(&str, &str)]| {
            let value = |name: &str| {
                set.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
            };
            Place::find(value).map(|place| place.path().to_str().unwrap().to_owned())
        };
        let below = "site/pack/heph/start/heph.nvim";
        assert_eq!(at(&[("HOME", "/h")]), Some(format!("/h/.local/share/nvim/{below}")));
        assert_eq!(at(&[("HOME", "/h"), ("XDG_DATA_HOME", "/d")]), Some(format!("/d/nvim/{below}")));
        assert_eq!(
            at(&[("HOME", "/h"), ("XDG_DATA_HOME", "d")]),
            Some(format!("/h/.local/share/nvim/{below}"))
        );
        assert_eq!(
            at(&[("HOME", "/h"), ("NVIM_APPNAME", "a/b")]),
            Some(format!("/h/.local/share/a/b/{below}"))
        );
        assert_eq!(
            at(&[("HOME", "/h"), ("NVIM_APPNAME", "../x")]),
            Some(format!("/h/.local/share/nvim/{below}"))
        );
        assert_eq!(at(&[]), None);
    }

    #[test]
    fn it_is_put_there_replaced_and_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(folder.path());
        let start = folder.path().join("nvim/site/pack/heph/start");
        assert_eq!(place.installed().unwrap(), Installed::Nothing);
        for _ in 0..2 {
            place.install().unwrap();
            assert_eq!(place.installed().unwrap(), Installed::Current);
            assert_eq!(names(&start), ["heph.nvim"], "nothing else is left beside it");
        }
        assert!(place.path().join("plugin/heph.lua").is_file());

        fs::write(place.path().join("plugin/heph.lua"), "changed").unwrap();
        fs::write(place.path().join("lua/gone.lua"), "of an older version").unwrap();
        assert_eq!(place.installed().unwrap(), Installed::Other(env!("CARGO_PKG_VERSION").to_owned()));
        place.install().unwrap();
        assert_eq!(place.installed().unwrap(), Installed::Current);
        assert!(!place.path().join("lua/gone.lua").exists());

        fs::write(place.path().join(MARKER), "0.0.1\n").unwrap();
        assert_eq!(place.installed().unwrap(), Installed::Other("0.0.1".to_owned()));
        place.uninstall().unwrap();
        assert_eq!(place.installed().unwrap(), Installed::Nothing);
        assert!(!folder.path().join("nvim/site").exists(), "empty folders go too");
        assert!(folder.path().join("nvim").exists());
    }

    #[test]
    fn what_is_not_ours_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(folder.path());
        fs::create_dir_all(place.path()).unwrap();
        assert_eq!(place.installed().unwrap(), Installed::Foreign);
        fs::remove_dir(place.path()).unwrap();
        std::os::unix::fs::symlink("/elsewhere", place.path()).unwrap();
        assert_eq!(place.installed().unwrap(), Installed::Link("/elsewhere".into()));
    }
}
