//! `cargo xtask dist`: the files of a release, for the target of this machine.
//!
//! An archive of the three programs, signed in itself where there is a key; its checksum; and what changed. hephd takes
//! them as they are (`update.assets`, `update.key`).

use std::fs::File;
use std::io::{Cursor, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use zipsign_api::sign::copy_and_sign_tar;
use zipsign_api::{KEYPAIR_LENGTH, SigningKey};

use crate::output;
use crate::workspace::{self, Profile};

/// Arguments of `cargo xtask dist`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask dist --new-key ~/.config/heph/release.key   make a key, once
  cargo xtask dist --key ~/.config/heph/release.key       make the files of a release")]
pub(crate) struct Dist {
    /// The key that signs the archive.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Make a key in this file, and nothing else.
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    new_key: Option<PathBuf>,
    /// Where the files go [default: dist in cargo's target folder].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

impl Dist {
    /// Makes the files.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        if let Some(path) = self.new_key {
            return new_key(&path);
        }
        let version = env!("CARGO_PKG_VERSION");
        let key = self.key.as_deref().map(read_key).transpose()?;
        let changelog = std::fs::read_to_string(workspace::root().join("docs/changelog.md"))?;
        let notes = notes(&changelog, version)?;
        let target = host()?;
        let binaries = workspace::build(Profile::Release)?;
        let folder = match self.out {
            Some(folder) => folder,
            None => workspace::target(Profile::Release)?.with_file_name("dist"),
        };
        std::fs::create_dir_all(&folder)?;
        let name = archive_name(version, &target);
        let programs = [binaries.heph, binaries.hephd, binaries.heph_tui];
        let mut bytes = archive(&format!("heph-{version}-{target}"), &programs)?;
        match &key {
            Some(key) => bytes = sign(bytes, &name, key)?,
            None => output::note("without --key the archive is not signed, and hephd does not take it"),
        }
        std::fs::write(folder.join(&name), &bytes)?;
        std::fs::write(folder.join("SHA256SUMS"), checksums(&name, &bytes))?;
        std::fs::write(folder.join("RELEASE_NOTES.md"), notes)?;
        for file in [name.as_str(), "SHA256SUMS", "RELEASE_NOTES.md"] {
            output::line(folder.join(file).display());
        }
        if let Some(key) = key {
            output::note(format_args!("update.key = \"{}\"", public(&key)));
        }
        Ok(())
    }
}

/// The name that hephd looks for.
fn archive_name(version: &str, target: &str) -> String {
    format!("heph-{version}-{target}.tar.gz")
}

/// The target of this machine's compiler.
fn host() -> anyhow::Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("rustc does not run")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not tell its host")?.to_owned())
}

/// An archive of the programs and the licence in a folder of this name; the same files make the same bytes.
fn archive(folder: &str, programs: &[PathBuf]) -> anyhow::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
    let licence = workspace::root().join("docs/LICENSE.md");
    for (path, mode) in programs.iter().map(|path| (path, 0o755)).chain([(&licence, 0o644)]) {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_name().context("a program has a name")?;
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(mode);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        tar.append_data(&mut header, Path::new(folder).join(name), bytes.as_slice())?;
    }
    Ok(tar.into_inner()?.finish()?)
}

/// Puts a signature of the archive and its name into the archive.
fn sign(bytes: Vec<u8>, name: &str, key: &SigningKey) -> anyhow::Result<Vec<u8>> {
    let mut signed = Cursor::new(Vec::new());
    copy_and_sign_tar(
        &mut Cursor::new(bytes),
        &mut signed,
        std::slice::from_ref(key),
        Some(name.as_bytes()),
    )?;
    Ok(signed.into_inner())
}

/// What `sha256sum --check` reads.
fn checksums(name: &str, bytes: &[u8]) -> String {
    format!("{}  {name}\n", hex(&Sha256::digest(bytes)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn public(key: &SigningKey) -> String {
    hex(key.verifying_key().as_bytes())
}

fn new_key(path: &Path) -> anyhow::Result<()> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let key = SigningKey::from_bytes(&seed);
    let file = File::options().write(true).create_new(true).mode(0o600).open(path);
    let mut file =
        file.with_context(|| format!("cannot make {}; a key is never overwritten", path.display()))?;
    file.write_all(&key.to_keypair_bytes())?;
    output::note(format_args!("{} signs releases; keep it secret, and a copy of it", path.display()));
    output::line(format_args!("update.key = \"{}\"", public(&key)));
    Ok(())
}

fn read_key(path: &Path) -> anyhow::Result<SigningKey> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the key {}", path.display()))?;
    let bytes: [u8; KEYPAIR_LENGTH] = match bytes.try_into() {
        Ok(bytes) => bytes,
        Err(_) => bail!("{} is no key; make one with --new-key", path.display()),
    };
    SigningKey::from_keypair_bytes(&bytes).with_context(|| format!("{} is no key", path.display()))
}

/// What the changelog says of a version; of what is unreleased while it says nothing of the version.
fn notes(changelog: &str, version: &str) -> anyhow::Result<String> {
    let section = |title: &str| {
        let mut lines = changelog.lines().skip_while(|line| {
            line.strip_prefix("## ").is_none_or(|heading| heading.split_whitespace().next() != Some(title))
        });
        lines.next()?;
        let text: Vec<&str> = lines.take_while(|line| !line.starts_with("## ")).collect();
        Some(text.join("\n").trim().to_owned()).filter(|text| !text.is_empty())
    };
    let text = section(version).or_else(|| section("Unreleased"));
    let text = text.with_context(|| format!("docs/changelog.md says nothing of {version}"))?;
    ensure!(!text.contains("TODO"), "docs/changelog.md is not finished");
    Ok(format!("# heph {version}\n\n{text}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notes_are_those_of_the_version_or_of_what_is_unreleased() {
        let changelog = "# Changelog\n\n## Unreleased\n\n- new\n\n## 0.2.0 (2026-11-01)\n\n- old\n\n## 0.1.0\n\n- first\n";
        assert_eq!(notes(changelog, "0.2.0").unwrap(), "# heph 0.2.0\n\n- old\n");
        assert_eq!(notes(changelog, "0.3.0").unwrap(), "# heph 0.3.0\n\n- new\n");
        assert!(notes("# Changelog\n", "0.3.0").is_err());
    }

    #[test]
    fn an_archive_is_the_same_each_time_and_its_signature_is_of_its_name_too() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("hephd");
        std::fs::write(&program, "a program").unwrap();
        let made = || archive("heph-0.2.0-x", std::slice::from_ref(&program)).unwrap();
        assert_eq!(made(), made());
        let key = SigningKey::from_bytes(&[7; 32]);
        let signed = sign(made(), "heph-0.2.0-x.tar.gz", &key).unwrap();
        assert!(signed.len() > made().len());
        assert_ne!(signed, sign(made(), "heph-0.2.1-x.tar.gz", &key).unwrap());
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(signed.as_slice()));
        let names: Vec<_> =
            tar.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().into_owned()).collect();
        assert_eq!(names, [Path::new("heph-0.2.0-x/hephd"), Path::new("heph-0.2.0-x/LICENSE.md")]);
    }

    #[test]
    fn a_key_is_made_once_and_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("release.key");
        new_key(&path).unwrap();
        let key = read_key(&path).unwrap();
        assert_eq!(public(&key).len(), 64);
        assert!(new_key(&path).is_err());
        std::fs::write(&path, "short").unwrap();
        assert!(read_key(&path).is_err());
    }
}
