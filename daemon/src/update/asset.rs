//! Fetches a release that was built elsewhere, and believes it only with the right checksum and signature.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use reqwest::Url;
use reqwest::blocking::Client;
use sha2::{Digest as _, Sha256};

use super::forge::{ForgeError, Limits, is_safe};
use super::staging::Staging;
use super::transport::{Bounded, client};
use crate::domain::update::{Offered, OfferedFile, Program};

/// Name of the file of checksums: as `sha256sum` writes and checks it.
pub const CHECKSUMS: &str = "SHA256SUMS";

/// Most bytes of the file of checksums.
const MAX_CHECKSUMS: u64 = 64 << 10;

/// Most bytes of an archive.
const MAX_ARCHIVE: u64 = 256 << 20;

/// Most bytes of a program.
const MAX_PROGRAM: u64 = 512 << 20;

/// Entries of an archive that are looked at.
const MAX_ENTRIES: usize = 256;

/// How long a file may take.
const DEADLINE: Duration = Duration::from_secs(1800);

/// Bytes of a key.
const KEY: usize = 32;

/// A key that a person trusts to sign releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseKey([u8; KEY]);

impl ReleaseKey {
    /// Reads 64 hex digits; `None` for anything else.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 2 * KEY || !text.is_ascii() {
            return None;
        }
        let mut key = [0; KEY];
        for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(key))
    }
}

/// A release file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AssetError {
    /// It cannot be fetched.
    #[error("{file} cannot be fetched: {reason}")]
    Fetch {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// It is not what the checksums say.
    #[error("{file} is not the file that {CHECKSUMS} describes; it is not used")]
    Checksum {
        /// The file.
        file: String,
    },
    /// Its signature is not by the key in the settings.
    #[error("{file} is not signed by update.key ({reason}); it is not used")]
    Signature {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// It is no archive of programs.
    #[error("{file} cannot be unpacked: {reason}")]
    Unpack {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// Nobody can be asked.
    #[error(transparent)]
    Forge(#[from] ForgeError),
}

/// The archive of a release for this machine, and its checksums, where it has both.
pub fn files_of(release: &Offered) -> Option<(OfferedFile, OfferedFile)> {
    let name = archive_name(&release.version.to_string(), self_update::get_target());
    let named = |name: &str| release.files.iter().find(|file| file.name == name).cloned();
    Some((named(&name)?, named(CHECKSUMS)?))
}

/// The name of a release's archive for a target.
pub fn archive_name(version: &str, target: &str) -> String {
    format!("heph-{version}-{target}.tar.gz")
}

/// Fetches an archive, checks it, and unpacks the programs into a staging folder. Blocks.
///
/// # Errors
/// [`AssetError`]; nothing was unpacked that was not checked.
pub fn fetch(
    (archive, checksums): &(OfferedFile, OfferedFile),
    key: ReleaseKey,
    staging: &Staging,
) -> Result<(), AssetError> {
    let http = client(Limits::default().silence)?;
    let failed =
        |error: io::Error| AssetError::Fetch { file: archive.name.clone(), reason: error.to_string() };
    let folder = staging.download();
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let path = folder.join(&archive.name);
    let mut sums = Vec::new();
    download(&http, checksums, MAX_CHECKSUMS, &mut sums)?;
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
    let mut hashing = Hashing { hash: Sha256::new(), file: &mut file };
    download(&http, archive, MAX_ARCHIVE, &mut hashing)?;
    let found = hex(&hashing.hash.finalize());
    let sums = String::from_utf8_lossy(&sums);
    if expected(&sums, &archive.name) != Some(found.as_str()) {
        return Err(AssetError::Checksum { file: archive.name.clone() });
    }
    self_update::verify_signature(&path, &[key.0])
        .map_err(|error| AssetError::Signature { file: archive.name.clone(), reason: error.to_string() })?;
    unpack(&path, staging)
        .map_err(|error| AssetError::Unpack { file: archive.name.clone(), reason: error.to_string() })
}

struct Hashing<'a> {
    hash: Sha256,
    file: &'a mut File,
}

impl io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn download(http: &Client, file: &OfferedFile, most: u64, to: &mut dyn io::Write) -> Result<(), AssetError> {
    let failed = |reason: String| AssetError::Fetch { file: file.name.clone(), reason };
    let url = Url::parse(&file.url).ok().filter(is_safe);
    let url = url.ok_or_else(|| failed("it is at no https address".to_owned()))?;
    let response = http.get(url).send().map_err(|error| failed(crate::http::causes(&error)))?;
    if !response.status().is_success() {
        return Err(failed(format!("the server answers {}", response.status())));
    }
    if response.content_length().is_some_and(|length| length > most) {
        return Err(failed("it is larger than any release".to_owned()));
    }
    let mut body = Bounded::new(response, most, Instant::now() + DEADLINE);
    io::copy(&mut body, to).map_err(|error| failed(error.to_string()))?;
    Ok(())
}

/// The checksum of a file, as a line of `sha256sum` has it.
fn expected<'a>(sums: &'a str, name: &str) -> Option<&'a str> {
    sums.lines().find_map(|line| {
        let (sum, file) = line.split_once(' ')?;
        let file = file.strip_prefix([' ', '*'])?;
        (file == name && sum.len() == 64).then_some(sum)
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Unpacks the three programs and nothing else, wherever in the archive they are.
fn unpack(archive: &Path, staging: &Staging) -> io::Result<()> {
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(archive)?));
    let mut unpacked = Vec::new();
    for entry in archive.entries()?.take(MAX_ENTRIES) {
        let mut entry = entry?;
        let name = entry.path()?.file_name().map(|name| name.to_string_lossy().into_owned());
        let Some(program) = name.as_deref().and_then(Program::named) else { continue };
        if !entry.header().entry_type().is_file() || unpacked.contains(&program) {
            continue;
        }
        if entry.size() > MAX_PROGRAM {
            return Err(io::Error::other(format!("{} is too large", program.file_name())));
        }
        let path = staging.program(program);
        let mut file = File::options().write(true).create_new(true).mode(0o755).open(&path)?;
        io::copy(&mut (&mut entry).take(MAX_PROGRAM), &mut file)?;
        unpacked.push(program);
    }
    match Program::ALL.into_iter().find(|program| !unpacked.contains(program)) {
        Some(missing) => Err(io::Error::other(format!("{} is not in it", missing.file_name()))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_64_hex_digits() {
        assert!(ReleaseKey::from_hex(&"0a".repeat(32)).is_some());
        for wrong in ["", "0a", &"0g".repeat(32), &"0a".repeat(33), &"é".repeat(32)] {
            assert_eq!(ReleaseKey::from_hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_line_of_a_checksum_is_the_one_of_the_name() {
        let sum = "a".repeat(64);
        let sums = format!("{sum}  heph-0.2.0-x.tar.gz\n{}  other\n", "b".repeat(64));
        assert_eq!(expected(&sums, "heph-0.2.0-x.tar.gz"), Some(sum.as_str()));
        assert_eq!(expected(&sums, "heph-0.2.0-x"), None);
        assert_eq!(expected("short  heph", "heph"), None);
    }
}
