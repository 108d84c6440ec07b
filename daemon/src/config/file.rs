//! The configuration file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::ConfigError;

/// What the file says; a key that is not here is an error.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSettings {
    pub(super) mode: Option<String>,
    pub(super) db: Option<PathBuf>,
    pub(super) socket: Option<PathBuf>,
    pub(super) log: Option<PathBuf>,
    pub(super) log_format: Option<String>,
    pub(super) log_filter: Option<String>,
    pub(super) notifications: Option<String>,
    pub(super) attachment_limit: Option<String>,
    pub(super) http_addr: Option<String>,
    pub(super) metrics_addr: Option<String>,
    pub(super) oidc_issuer: Option<String>,
    pub(super) oidc_audience: Option<String>,
    pub(super) oidc_client_id: Option<String>,
    pub(super) tls_cert: Option<PathBuf>,
    pub(super) tls_key: Option<PathBuf>,
    pub(super) hub_url: Option<String>,
    pub(super) hub_ca: Option<PathBuf>,
    pub(super) hub_token_file: Option<PathBuf>,
    pub(super) owner: Option<String>,
    pub(super) self_update: Option<String>,
    pub(super) self_update_interval_secs: Option<Seconds>,
    pub(super) update: Option<UpdateSettings>,
    /// What the command line reads; its own business.
    #[serde(rename = "cli")]
    _cli: Option<serde::de::IgnoredAny>,
    /// What the terminal UI reads.
    #[serde(rename = "tui")]
    _tui: Option<serde::de::IgnoredAny>,
}

/// What it says of updates.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateSettings {
    pub(super) repo: Option<String>,
    pub(super) forge: Option<String>,
    pub(super) pre_releases: Option<String>,
    pub(super) assets: Option<String>,
    pub(super) key: Option<String>,
}

/// A number of seconds, written as a number or as a text.
#[derive(Debug, PartialEq)]
pub(super) struct Seconds(pub(super) String);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl serde::de::Visitor<'_> for Either {
            type Value = Seconds;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number of seconds")
            }

            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Seconds, E> {
                Ok(Seconds(value.to_string()))
            }

            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Seconds, E> {
                Ok(Seconds(value.to_owned()))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// A file that was read.
#[derive(Debug)]
pub(super) struct ReadFile {
    pub(super) path: PathBuf,
    pub(super) settings: FileSettings,
}

/// Reads the file `HEPH_CONFIG` names, which must be there, or the one at the usual place, which need not.
pub(super) fn read(variable: &impl Fn(&str) -> Option<OsString>) -> Result<Option<ReadFile>, ConfigError> {
    let named = variable("HEPH_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
    let is_named = named.is_some();
    let usual = || variable("HOME").filter(|home| !home.is_empty()).map(usual_place);
    let Some(path) = named.or_else(usual) else { return Ok(None) };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_named => return Ok(None),
        Err(source) => return Err(ConfigError::Unreadable { path, source }),
    };
    let settings = parse(&text, &path)?;
    Ok(Some(ReadFile { path, settings }))
}

fn usual_place(home: OsString) -> PathBuf {
    PathBuf::from(home).join(".config/heph/config.toml")
}

/// Reads the text of a file.
pub(super) fn parse(text: &str, path: &Path) -> Result<FileSettings, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = 1 + text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count();
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        ConfigError::File { path: path.to_owned(), line, message }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(text: &str) -> String {
        parse(text, Path::new("config.toml")).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error = error_of("# mine\ndb = \"/x/heph.db\"\n\nsokcet = \"/x/s\"\n");
        assert!(error.starts_with("config.toml, line 4: unknown field `sokcet`"), "{error}");
    }

    #[test]
    fn a_wrong_type_and_broken_syntax_are_named_with_their_line() {
        assert!(error_of("\nmode = 3\n").starts_with("config.toml, line 2: invalid type"));
        assert!(error_of("mode = \"local\"\n[\n").starts_with("config.toml, line 2: "));
    }

    #[test]
    fn a_file_that_was_named_must_be_there_and_the_usual_one_need_not() {
        let home = tempfile::tempdir().unwrap();
        let at_home = |name: &str| (name == "HOME").then(|| home.path().as_os_str().to_owned());
        assert!(read(&at_home).unwrap().is_none());
        let missing = home.path().join("missing.toml");
        let named = |name: &str| (name == "HEPH_CONFIG").then(|| missing.as_os_str().to_owned());
        assert!(matches!(read(&named), Err(ConfigError::Unreadable { .. })));
        std::fs::create_dir_all(home.path().join(".config/heph")).unwrap();
        std::fs::write(home.path().join(".config/heph/config.toml"), "log = \"-\"").unwrap();
        assert_eq!(read(&at_home).unwrap().unwrap().settings.log, Some("-".into()));
    }
}
