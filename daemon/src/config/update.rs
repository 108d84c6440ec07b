//! The settings of self-update.

use std::ffi::OsString;
use std::time::Duration;

use super::file::FileSettings;
use super::settings::{Chosen, Sources, Spec, note, wrong};
use super::{Config, ConfigError, Flags};
use crate::domain::update::MIN_INTERVAL;
use crate::update::asset::ReleaseKey;
use crate::update::forge::{Forge, Kind};

/// How the daemon is kept up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateConfig {
    /// Whether it looks for releases by itself.
    pub is_on: bool,
    /// How often.
    pub interval: Duration,
    /// Where releases are; without one there are none.
    pub forge: Option<Forge>,
    /// Whether releases before a release are taken.
    pub pre_releases: bool,
    /// Whether programs that were built elsewhere are taken.
    pub assets: bool,
    /// Whose signature they need.
    pub key: Option<ReleaseKey>,
}

pub(super) const SELF_UPDATE: Spec = Spec {
    key: "self_update",
    flag: Some("--self-update"),
    variables: &[],
    default: "off",
    doc: "Whether hephd looks for releases by itself and updates heph, hephd and heph-tui: `on` or `off`. `heph daemon update` \
        does it once, by hand.",
};
pub(super) const INTERVAL: Spec = Spec {
    key: "self_update_interval_secs",
    flag: Some("--self-update-interval-secs"),
    variables: &[],
    default: "21600",
    doc: "How often it looks, in seconds: 60 or more.",
};
pub(super) const REPO: Spec = Spec {
    key: "update.repo",
    flag: None,
    variables: &[],
    default: env!("CARGO_PKG_REPOSITORY"),
    doc: "The repository whose releases are taken, such as `https://forge.example/owner/heph`. HTTPS without a login; plain \
        HTTP on this machine only.",
};
pub(super) const FORGE: Spec = Spec {
    key: "update.forge",
    flag: None,
    variables: &[],
    default: "auto",
    doc: "What kind of forge it is at: `gitea` (Forgejo too), `github`, or `auto`: github.com is GitHub, any other Gitea.",
};
pub(super) const PRE_RELEASES: Spec = Spec {
    key: "update.pre_releases",
    flag: None,
    variables: &[],
    default: "off",
    doc: "Whether releases before a release (`1.2.0-rc.1`) are taken: `on` or `off`.",
};
pub(super) const ASSETS: Spec = Spec {
    key: "update.assets",
    flag: None,
    variables: &[],
    default: "off",
    doc: "Whether programs that a release brings along are taken instead of building them: `on` or `off`. They need \
        `update.key`.",
};
pub(super) const KEY: Spec = Spec {
    key: "update.key",
    flag: None,
    variables: &[],
    default: "",
    doc: "The key that signs them: 64 hex digits.",
};

/// What was given, not yet checked.
pub(super) struct Given {
    is_on: Chosen,
    interval: Chosen,
    repo: Chosen,
    forge: Chosen,
    pre_releases: Chosen,
    assets: Chosen,
    key: Chosen,
}

impl Given {
    /// Chooses among flags, file and defaults.
    pub(super) fn choose<V: Fn(&str) -> Option<OsString>>(
        from: &Sources<'_, V>,
        flags: &Flags,
        file: &FileSettings,
    ) -> Self {
        let os = |text: &Option<String>| text.clone().map(OsString::from);
        let update = file.update.as_ref();
        let in_file = |spec, value: Option<&Option<String>>| from.choose(spec, None, value.and_then(os));
        Self {
            is_on: from.choose(&SELF_UPDATE, flags.self_update.then(|| "on".into()), os(&file.self_update)),
            interval: from.choose(
                &INTERVAL,
                os(&flags.self_update_interval_secs),
                file.self_update_interval_secs.as_ref().map(|value| value.0.clone().into()),
            ),
            repo: in_file(&REPO, update.map(|update| &update.repo)),
            forge: in_file(&FORGE, update.map(|update| &update.forge)),
            pre_releases: in_file(&PRE_RELEASES, update.map(|update| &update.pre_releases)),
            assets: in_file(&ASSETS, update.map(|update| &update.assets)),
            key: in_file(&KEY, update.map(|update| &update.key)),
        }
    }

    /// Checks it, and notes the settings.
    pub(super) fn settle(&self, config: &mut Config) -> Result<(), ConfigError> {
        config.update = self.checked()?;
        note(config, self.all());
        Ok(())
    }

    fn all(&self) -> [(&'static Spec, &Chosen); 7] {
        [
            (&SELF_UPDATE, &self.is_on),
            (&INTERVAL, &self.interval),
            (&REPO, &self.repo),
            (&FORGE, &self.forge),
            (&PRE_RELEASES, &self.pre_releases),
            (&ASSETS, &self.assets),
            (&KEY, &self.key),
        ]
    }

    fn checked(&self) -> Result<UpdateConfig, ConfigError> {
        let seconds = self.interval.value.to_str().and_then(|text| text.parse::<u32>().ok());
        let interval = seconds.map(|seconds| Duration::from_secs(seconds.into()));
        let interval = interval.filter(|interval| *interval >= MIN_INTERVAL);
        let kind = match self.forge.value.to_str() {
            Some("auto") => None,
            Some(name) if Kind::named(name).is_some() => Kind::named(name),
            _ => return Err(wrong(&FORGE, &self.forge, "it can be auto, gitea or github")),
        };
        let forge = match self.repo.value.to_str() {
            Some("") => None,
            Some(repo) => Some(Forge::of(repo, kind).map_err(|error| ConfigError::Together {
                what: format!("{}: {error}", self.repo.origin.named()),
            })?),
            None => return Err(wrong(&REPO, &self.repo, "it is not UTF-8")),
        };
        let key = match self.key.value.to_str() {
            Some("") => None,
            text => Some(text.and_then(ReleaseKey::from_hex).ok_or_else(|| {
                wrong(&KEY, &self.key, "it is 64 hex digits, as cargo xtask dist shows them")
            })?),
        };
        let assets = is_on(&ASSETS, &self.assets)?;
        if assets && key.is_none() {
            let origin = self.assets.origin.named();
            return Err(ConfigError::Together {
                what: format!("{origin}: update.assets needs update.key, the key that signs them"),
            });
        }
        Ok(UpdateConfig {
            is_on: is_on(&SELF_UPDATE, &self.is_on)?,
            interval: interval
                .ok_or_else(|| wrong(&INTERVAL, &self.interval, "it is a number of seconds, 60 or more"))?,
            forge,
            pre_releases: is_on(&PRE_RELEASES, &self.pre_releases)?,
            assets,
            key,
        })
    }
}

/// Reads a setting that is on or off.
pub(super) fn is_on(spec: &'static Spec, chosen: &Chosen) -> Result<bool, ConfigError> {
    match chosen.value.to_str() {
        Some("on") => Ok(true),
        Some("off") => Ok(false),
        _ => Err(wrong(spec, chosen, "it can be on or off")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use clap::Parser as _;

    use super::super::file::{self, ReadFile};
    use super::super::{Arguments, settings};
    use super::*;

    fn resolve(arguments: &[&str], text: &str) -> Result<UpdateConfig, ConfigError> {
        let flags = Arguments::try_parse_from([&["hephd"], arguments].concat()).unwrap().flags;
        let home = |name: &str| (name == "HOME").then(|| OsString::from("/home/ada"));
        let path = PathBuf::from("config.toml");
        let settings = file::parse(text, &path).unwrap();
        settings::resolve(&flags, &home, Some(ReadFile { path, settings })).map(|config| config.update)
    }

    #[test]
    fn it_is_off_and_every_six_hours_unless_somebody_says_otherwise() {
        let update = resolve(&[], "").unwrap();
        assert_eq!((update.is_on, update.interval.as_secs()), (false, 6 * 3600));
        assert!(!update.assets && !update.pre_releases);
        let update = resolve(&["--self-update", "--self-update-interval-secs", "3600"], "").unwrap();
        assert_eq!((update.is_on, update.interval.as_secs()), (true, 3600));
        let text = "self_update = \"on\"\nself_update_interval_secs = 7200\n[update]\nrepo = \"https://forge.example/o/heph\"\n";
        let update = resolve(&[], text).unwrap();
        assert_eq!((update.is_on, update.interval.as_secs()), (true, 7200));
        assert_eq!(update.forge.unwrap().repo().as_str(), "https://forge.example/o/heph");
        let update = resolve(&["--self-update-interval-secs", "60"], text).unwrap();
        assert_eq!(update.interval.as_secs(), 60);
    }

    #[test]
    fn what_cannot_be_is_said() {
        for (arguments, text, expected) in [
            (&["--self-update-interval-secs", "5"][..], "", "it is a number of seconds, 60 or more"),
            (&["--self-update-interval-secs", "soon"], "", "it is a number of seconds, 60 or more"),
            (&[], "update.repo = \"http://forge.example/o/heph\"", "it is neither https nor on this machine"),
            (&[], "update.forge = \"sourceforge\"", "it can be auto, gitea or github"),
            (&[], "update.assets = \"on\"", "update.assets needs update.key, the key that signs them"),
            (&[], "update.key = \"0a\"", "it is 64 hex digits, as cargo xtask dist shows them"),
            (&[], "update.pre_releases = \"yes\"", "it can be on or off"),
        ] {
            let error = resolve(arguments, text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
