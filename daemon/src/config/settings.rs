//! The settings one by one: where each may come from, what it is by default, what it may be.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use heph_protocol::types::Setting;
use tracing_subscriber::EnvFilter;

use super::file::ReadFile;
use super::hub::{self, Given};
use super::update::{self, UpdateConfig, is_on};
use super::{Config, ConfigError, Deadlines, Flags, LogFormat, LogTarget, Mode};
use crate::domain::update::DEFAULT_INTERVAL;

/// A setting as the reference and the default file describe it.
#[derive(Debug)]
pub(super) struct Spec {
    /// Key in the file, and name in `heph config show`.
    pub(super) key: &'static str,
    /// The flag.
    pub(super) flag: Option<&'static str>,
    /// Environment variables, the first one first.
    pub(super) variables: &'static [&'static str],
    /// The default, `~` for the home folder.
    pub(super) default: &'static str,
    /// What it does.
    pub(super) doc: &'static str,
}

const MODE: Spec = Spec {
    key: "mode",
    flag: Some("--mode"),
    variables: &[],
    default: "local",
    doc: "What the daemon is. `local`: one person's store on this machine. `server`: a hub, where the stores of several \
        machines meet.",
};
const DB: Spec = Spec {
    key: "db",
    flag: Some("--db"),
    variables: &["HEPH_DB"],
    default: "~/.local/share/heph/heph.db",
    doc: "The database file; a hub keeps `hub.db` in its folder instead. Not on a network file system.",
};
const SOCKET: Spec = Spec {
    key: "socket",
    flag: Some("--socket"),
    variables: &["HEPH_SOCKET"],
    default: "~/.local/share/heph/hephd.sock",
    doc: "The socket. Clients look at the default place unless `HEPH_SOCKET` or `--socket` tells them another.",
};
const LOG: Spec = Spec {
    key: "log",
    flag: Some("--log"),
    variables: &[],
    default: "~/.local/share/heph/hephd.log",
    doc: "The log file, put aside over 10 MiB, five kept; `-` for standard error.",
};
const LOG_FORMAT: Spec = Spec {
    key: "log_format",
    flag: Some("--log-format"),
    variables: &[],
    default: "human",
    doc: "How log lines look: `human` or `json`.",
};
const LOG_FILTER: Spec = Spec {
    key: "log_filter",
    flag: None,
    variables: &["HEPH_LOG", "RUST_LOG"],
    default: "info",
    doc: "What is logged: a level, or directives such as `hephd=debug,info`.",
};

const NOTIFICATIONS: Spec = Spec {
    key: "notifications",
    flag: None,
    variables: &[],
    default: "on",
    doc: "Whether reminders are shown on the desktop: `on` or `off`. `heph events` tells of them either way.",
};
const ATTACHMENT_LIMIT: Spec = Spec {
    key: "attachment_limit",
    flag: None,
    variables: &[],
    default: "50MiB",
    doc: "The largest file that can be attached to a page: a number with `KiB`, `MiB` or `GiB`, 4GiB at most.",
};

/// All settings, in the order of the reference.
pub(super) const SETTINGS: [&Spec; 26] = [
    &MODE,
    &DB,
    &SOCKET,
    &LOG,
    &LOG_FORMAT,
    &LOG_FILTER,
    &NOTIFICATIONS,
    &ATTACHMENT_LIMIT,
    &hub::HTTP_ADDR,
    &hub::METRICS_ADDR,
    &hub::OIDC_ISSUER,
    &hub::OIDC_AUDIENCE,
    &hub::OIDC_CLIENT_ID,
    &hub::TLS_CERT,
    &hub::TLS_KEY,
    &hub::HUB_URL,
    &hub::HUB_CA,
    &hub::HUB_TOKEN_FILE,
    &hub::OWNER,
    &update::SELF_UPDATE,
    &update::INTERVAL,
    &update::REPO,
    &update::FORGE,
    &update::PRE_RELEASES,
    &update::ASSETS,
    &update::KEY,
];

/// A value and where it came from.
pub(super) struct Chosen {
    pub(super) value: OsString,
    pub(super) origin: Origin,
}

pub(super) enum Origin {
    Flag(&'static str),
    Variable(&'static str),
    File(PathBuf),
    Default,
}

impl Origin {
    /// The kind of origin, as `heph config show` has it.
    fn kind(&self) -> &'static str {
        match self {
            Self::Flag(_) => "flag",
            Self::Variable(_) => "environment",
            Self::File(_) => "file",
            Self::Default => "default",
        }
    }

    /// The origin as an error names it.
    pub(super) fn named(&self) -> String {
        match self {
            Self::Flag(flag) => (*flag).to_owned(),
            Self::Variable(name) => (*name).to_owned(),
            Self::File(path) => path.display().to_string(),
            Self::Default => "default".to_owned(),
        }
    }
}

/// Where values come from.
pub(super) struct Sources<'a, V> {
    variable: &'a V,
    file: Option<&'a Path>,
    home: Option<PathBuf>,
}

impl<V: Fn(&str) -> Option<OsString>> Sources<'_, V> {
    pub(super) fn choose(&self, spec: &Spec, flag: Option<OsString>, in_file: Option<OsString>) -> Chosen {
        if let (Some(value), Some(name)) = (flag, spec.flag) {
            return Chosen { value, origin: Origin::Flag(name) };
        }
        let variables = spec.variables.iter().copied();
        let set = |name| (self.variable)(name).filter(|value: &OsString| !value.is_empty());
        if let Some((name, value)) = variables.filter_map(|name| Some((name, set(name)?))).next() {
            return Chosen { value, origin: Origin::Variable(name) };
        }
        if let (Some(value), Some(path)) = (in_file, self.file) {
            return Chosen { value, origin: Origin::File(path.to_owned()) };
        }
        Chosen { value: spec.default.into(), origin: Origin::Default }
    }

    /// Makes an absolute path; `~/` is the home folder wherever the shell has not replaced it.
    pub(super) fn path(&self, spec: &'static Spec, chosen: &Chosen) -> Result<PathBuf, ConfigError> {
        let given = Path::new(&chosen.value);
        let path = match given.strip_prefix("~") {
            Ok(below) => {
                let home = self
                    .home
                    .as_ref()
                    .ok_or(ConfigError::NoHome { what: spec.key, flag: spec.flag.unwrap_or(spec.key) })?;
                home.join(below)
            }
            Err(_) => given.to_owned(),
        };
        std::path::absolute(&path).map_err(|error| wrong(spec, chosen, error.to_string()))
    }
}

pub(super) fn wrong(spec: &'static Spec, chosen: &Chosen, expected: impl Into<String>) -> ConfigError {
    ConfigError::Value {
        setting: spec.key,
        value: chosen.value.to_string_lossy().into_owned(),
        origin: chosen.origin.named(),
        expected: expected.into(),
    }
}

/// Chooses and checks every setting.
pub(super) fn resolve(
    flags: &Flags,
    variable: &impl Fn(&str) -> Option<OsString>,
    file: Option<ReadFile>,
) -> Result<Config, ConfigError> {
    let (file_path, mut file) = file.map_or_else(Default::default, |read| (Some(read.path), read.settings));
    let home = variable("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let from = Sources { variable, file: file_path.as_deref(), home };
    let path = |path: &Option<PathBuf>| path.clone().map(PathBuf::into_os_string);
    let text = |text: &Option<String>| text.clone().map(OsString::from);

    let mode = from.choose(&MODE, text(&flags.mode), file.mode.take().map(OsString::from));
    let db = from.choose(&DB, path(&flags.db), path(&file.db));
    let socket = from.choose(&SOCKET, path(&flags.socket), path(&file.socket));
    let log = from.choose(&LOG, path(&flags.log), path(&file.log));
    let log_format = from.choose(&LOG_FORMAT, text(&flags.log_format), text(&file.log_format));
    let log_filter = from.choose(&LOG_FILTER, None, text(&file.log_filter));
    let notifications = from.choose(&NOTIFICATIONS, None, text(&file.notifications));
    let attachment_limit = from.choose(&ATTACHMENT_LIMIT, None, text(&file.attachment_limit));

    let target = if log.value == "-" { LogTarget::Stderr } else { LogTarget::File(from.path(&LOG, &log)?) };
    let mut config = Config {
        mode: mode_of(&mode)?,
        db: from.path(&DB, &db)?,
        socket: from.path(&SOCKET, &socket)?,
        log: target,
        log_format: format_of(&log_format)?,
        log_filter: filter_of(&log_filter)?,
        notifications: is_on(&NOTIFICATIONS, &notifications)?,
        attachment_limit: size(&attachment_limit)?,
        own_folder: None,
        deadlines: Deadlines::default(),
        hub: None,
        spoke: None,
        update: UpdateConfig {
            is_on: false,
            interval: DEFAULT_INTERVAL,
            forge: None,
            pre_releases: false,
            assets: false,
            key: None,
        },
        settings: Vec::new(),
    };
    let own_folder = from.home.as_ref().map(|home| home.join(".local/share/heph"));
    config.own_folder =
        own_folder.filter(|own| [&config.db, &config.socket].iter().any(|file| file.parent() == Some(own)));
    let shown = |path: &Path| path.display().to_string();
    let log_shown = config.log_file().map_or_else(|| "-".to_owned(), shown);
    config.settings = vec![
        setting(&MODE, config.mode.name().to_owned(), &mode),
        setting(&DB, shown(&config.db), &db),
        setting(&SOCKET, shown(&config.socket), &socket),
        setting(&LOG, log_shown, &log),
        setting(&LOG_FORMAT, log_format.value.to_string_lossy().into_owned(), &log_format),
        setting(&LOG_FILTER, config.log_filter.clone(), &log_filter),
        setting(&NOTIFICATIONS, notifications.value.to_string_lossy().into_owned(), &notifications),
        setting(&ATTACHMENT_LIMIT, attachment_limit.value.to_string_lossy().into_owned(), &attachment_limit),
    ];
    Given::choose(&from, flags, &file).settle(&from, &mut config)?;
    update::Given::choose(&from, flags, &file).settle(&mut config)?;
    Ok(config)
}

fn setting(spec: &Spec, value: String, chosen: &Chosen) -> Setting {
    Setting { name: spec.key.to_owned(), value, origin: chosen.origin.kind().to_owned() }
}

/// Notes settings as `heph config show` tells them.
pub(super) fn note<'a>(config: &mut Config, all: impl IntoIterator<Item = (&'static Spec, &'a Chosen)>) {
    let shown =
        |(spec, chosen): (&Spec, &Chosen)| setting(spec, chosen.value.to_string_lossy().into_owned(), chosen);
    config.settings.extend(all.into_iter().map(shown));
}

fn mode_of(chosen: &Chosen) -> Result<Mode, ConfigError> {
    match chosen.value.to_str() {
        Some("local") => Ok(Mode::Local),
        Some("server") => Ok(Mode::Server),
        _ => Err(wrong(&MODE, chosen, "it can be local or server")),
    }
}

fn format_of(chosen: &Chosen) -> Result<LogFormat, ConfigError> {
    match chosen.value.to_str() {
        Some("human") => Ok(LogFormat::Human),
        Some("json") => Ok(LogFormat::Json),
        _ => Err(wrong(&LOG_FORMAT, chosen, "it can be human or json")),
    }
}

/// A number of bytes: `50MiB`, `64 KiB`.
fn size(chosen: &Chosen) -> Result<u64, ConfigError> {
    const MOST: u64 = 4 << 30;
    let text = chosen.value.to_str().unwrap_or_default().trim();
    let bytes = [("KiB", 10), ("MiB", 20), ("GiB", 30)].into_iter().find_map(|(unit, shift)| {
        let number: u64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
        number.checked_mul(1 << shift)
    });
    let expected = "it can be a number with KiB, MiB or GiB, such as 50MiB, up to 4GiB";
    bytes.filter(|bytes| *bytes <= MOST).ok_or_else(|| wrong(&ATTACHMENT_LIMIT, chosen, expected))
}

fn filter_of(chosen: &Chosen) -> Result<String, ConfigError> {
    let text = chosen.value.to_str().ok_or_else(|| wrong(&LOG_FILTER, chosen, "it is not UTF-8"))?;
    EnvFilter::try_new(text).map_err(|error| wrong(&LOG_FILTER, chosen, error.to_string()))?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    fn home(name: &str) -> Option<OsString> {
        (name == "HOME").then(|| "/home/ada".into())
    }

    fn read(text: &str) -> Option<ReadFile> {
        let path = PathBuf::from("/home/ada/.config/heph/config.toml");
        let settings = file::parse(text, &path).unwrap();
        Some(ReadFile { path, settings })
    }

    fn origin(config: &Config, name: &str) -> String {
        config.settings.iter().find(|setting| setting.name == name).unwrap().origin.clone()
    }

    #[test]
    fn defaults_are_those_of_the_service() {
        let config = resolve(&Flags::default(), &home, None).unwrap();
        assert_eq!(config.mode, Mode::Local);
        assert_eq!(config.db, Path::new("/home/ada/.local/share/heph/heph.db"));
        assert_eq!(config.socket, Path::new("/home/ada/.local/share/heph/hephd.sock"));
        assert_eq!(config.log_file(), Some(Path::new("/home/ada/.local/share/heph/hephd.log")));
        assert_eq!((config.log_format, config.log_filter.as_str()), (LogFormat::Human, "info"));
        assert_eq!(config.own_folder.as_deref(), Some(Path::new("/home/ada/.local/share/heph")));
        assert!(config.settings.iter().all(|setting| setting.origin == "default"));
    }

    #[test]
    fn flags_win_over_environment_over_file_over_defaults() {
        let text = "db = \"~/file.db\"\nsocket = \"/file.sock\"\nlog = \"/file.log\"\nlog_filter = \"warn\"";
        let variable = |name: &str| match name {
            "HEPH_DB" => Some("/env.db".into()),
            "HEPH_SOCKET" => Some("/env.sock".into()),
            "HEPH_LOG" => Some(OsString::new()),
            "RUST_LOG" => Some("hephd=debug".into()),
            _ => home(name),
        };
        let flags = Flags { db: Some("/flag.db".into()), ..Flags::default() };
        let config = resolve(&flags, &variable, read(text)).unwrap();
        assert_eq!(config.db, Path::new("/flag.db"));
        assert_eq!(config.socket, Path::new("/env.sock"));
        assert_eq!(config.log_file(), Some(Path::new("/file.log")));
        assert_eq!(config.log_filter, "hephd=debug");
        assert_eq!(config.own_folder, None);
        let origins = ["db", "socket", "log", "log_format", "log_filter"].map(|name| origin(&config, name));
        assert_eq!(origins, ["flag", "environment", "file", "default", "environment"]);
        let config = resolve(&Flags::default(), &home, read(text)).unwrap();
        assert_eq!(config.db, Path::new("/home/ada/file.db"));
    }

    #[test]
    fn a_wrong_value_says_where_it_came_from() {
        let error = resolve(&Flags::default(), &home, read("notifications = \"no\"")).unwrap_err();
        assert!(error.to_string().ends_with("`no` is no notifications; it can be on or off"), "{error}");
        assert!(!resolve(&Flags::default(), &home, read("notifications = \"off\"")).unwrap().notifications);
        for limit in ["50", "x MiB", "5GiB", "99999999999999999999KiB"] {
            let error = resolve(&Flags::default(), &home, read(&format!("attachment_limit = \"{limit}\"")));
            let error = error.unwrap_err().to_string();
            assert!(error.contains(&format!("`{limit}` is no attachment_limit; ")), "{error}");
        }
        let small = resolve(&Flags::default(), &home, read("attachment_limit = \"64 KiB\"")).unwrap();
        assert_eq!(small.attachment_limit, 64 << 10);
        let flags = Flags { mode: Some("sever".to_owned()), ..Flags::default() };
        let error = resolve(&flags, &home, None).unwrap_err();
        assert_eq!(error.to_string(), "--mode: `sever` is no mode; it can be local or server");
        let error = resolve(&Flags::default(), &home, read("log_format = \"xml\"")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/home/ada/.config/heph/config.toml: `xml` is no log_format; it can be human or json"
        );
        let variable = |name: &str| if name == "HEPH_LOG" { Some("hephd=loud".into()) } else { home(name) };
        let error = resolve(&Flags::default(), &variable, None).unwrap_err();
        assert!(error.to_string().starts_with("HEPH_LOG: `hephd=loud` is no log_filter; "), "{error}");
    }

    #[test]
    fn without_a_home_paths_must_be_given() {
        let error = resolve(&Flags::default(), &|_| None, None).unwrap_err();
        assert!(matches!(error, ConfigError::NoHome { what: "log", flag: "--log" }), "{error}");
        let config = Config::in_folder(Path::new("/x"));
        assert_eq!((config.db, config.socket), ("/x/heph.db".into(), "/x/hephd.sock".into()));
        assert_eq!(config.log, LogTarget::Stderr);
    }
}
