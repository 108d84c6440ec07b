//! A disk of a few megabytes, in a mount namespace of its own: nobody else sees it, and it goes with its holder.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Mounts, says so, and holds the namespace until its input ends.
const HOLD: &str = r#"mount -t tmpfs -o size="$1" tmpfs "$2" && echo mounted && exec cat"#;

/// Ways into a mount namespace: as root, or as root of a user namespace.
const WAYS: [(&[&str], &[&str]); 2] =
    [(&["--mount"], &["--mount"]), (&["--user", "--map-root-user", "--mount"], &["--user", "--mount"])];

pub(crate) struct SmallDisk {
    holder: Child,
    enter: &'static [&'static str],
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts a disk of so many bytes on a folder.
    ///
    /// # Errors
    /// Why the system does not allow it.
    pub(crate) fn mount(folder: &Path, bytes: u64) -> Result<Self, String> {
        let mut reasons = String::new();
        for (unshare, enter) in WAYS {
            let spawned = Command::new("unshare")
                .args(unshare)
                .args(["sh", "-c", HOLD, "sh", &bytes.to_string()])
                .arg(folder)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn();
            let mut holder = match spawned {
                Ok(holder) => holder,
                Err(error) => return Err(format!("unshare: {error}")),
            };
            let mut said = String::new();
            BufReader::new(holder.stdout.take().unwrap()).read_line(&mut said).unwrap();
            if said == "mounted\n" {
                return Ok(Self { holder, enter, folder: folder.to_owned() });
            }
            let output = holder.wait_with_output().unwrap();
            reasons.push_str(&String::from_utf8_lossy(&output.stderr));
        }
        Err(reasons)
    }

    /// A command that sees the disk.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.arg("--target").arg(self.holder.id().to_string()).args(self.enter);
        if self.enter.contains(&"--user") {
            command.arg("--preserve-credentials");
        }
        command.args(["--", program]);
        command
    }

    /// The folder of the disk, as seen from outside.
    fn outside(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(self.folder.strip_prefix("/").unwrap())
    }

    /// Takes all the room but so many bytes.
    pub(crate) fn fill(&self, room: u64) {
        let file = std::fs::File::create(self.outside().join("filler")).unwrap();
        let block = [0xa5; 4096];
        for n in 0.. {
            if let Err(error) = file.write_all_at(&block, n * 4096) {
                assert_eq!(error.kind(), std::io::ErrorKind::StorageFull, "{error}");
                return file.set_len((n * 4096).checked_sub(room).unwrap()).unwrap();
            }
        }
    }

    /// Gives the room back.
    pub(crate) fn free(&self) {
        std::fs::remove_file(self.outside().join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
