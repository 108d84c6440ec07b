//! Programs of others that a suite needs, and where they come from: the package registry of the system.

use std::path::Path;
use std::process::Command;

use crate::{output, process};

/// A program, and Debian's package that has it.
pub(crate) struct Component {
    program: &'static str,
    package: &'static str,
}

const fn of(program: &'static str, package: &'static str) -> Component {
    Component { program, package }
}

/// What the suite `service` needs: a real systemd, and two readers of property lists.
pub(crate) const SERVICE: [Component; 6] = [
    of("/lib/systemd/systemd", "systemd"),
    of("systemctl", "systemd"),
    of("systemd-analyze", "systemd"),
    of("unshare", "util-linux"),
    of("python3", "python3"),
    of("plistutil", "libplist-utils"),
];

impl Component {
    fn is_there(&self) -> bool {
        if self.program.starts_with('/') {
            return Path::new(self.program).exists();
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(self.program).is_file())
    }
}

/// Why not all of them can be had; installs those that are missing first, if it may.
pub(crate) fn missing(components: &[Component], offline: bool) -> Option<String> {
    let mut packages: Vec<&str> = not_there(components).map(|component| component.package).collect();
    packages.dedup();
    if packages.is_empty() {
        return None;
    }
    if cfg!(not(target_os = "linux")) {
        return Some("systemd is Linux's".to_owned());
    }
    if !offline && process::is_there(Command::new("apt-get").arg("--version")) {
        output::note(format_args!("installing {}", packages.join(", ")));
        // A list of packages that is old, or not there, knows no present version.
        let _ = process::read(Command::new("apt-get").args(["update", "--quiet"]));
        let mut install = Command::new("apt-get");
        install.args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(&packages);
        if let Err(error) = process::read(install.env("DEBIAN_FRONTEND", "noninteractive")) {
            output::note(format_args!("{error:#}"));
        }
    }
    let names: Vec<&str> = not_there(components).map(|component| component.program).collect();
    let packages = packages.join(" ");
    (!names.is_empty()).then(|| format!("{} cannot be found; Debian has it in {packages}", names.join(", ")))
}

fn not_there(components: &[Component]) -> impl Iterator<Item = &Component> {
    components.iter().filter(|component| !component.is_there())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(missing(&[of("sh", "dash"), of("/bin/sh", "dash")], true), None);
        let reason = missing(&[of("sh", "dash"), of("no-such-program", "nothing")], true);
        assert_eq!(reason.unwrap(), "no-such-program cannot be found; Debian has it in nothing");
    }
}
