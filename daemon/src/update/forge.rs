//! Which releases a forge offers.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Url;
use self_update::backends::{gitea, github};
use self_update::errors::Error;
use semver::Version;

use super::transport::{Transport, client};
use crate::domain::update::{Offered, OfferedFile};

/// How much of an answer is taken, and how long it is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a page of releases.
    pub page: u64,
    /// How long nothing may come.
    pub silence: Duration,
    /// How long all of it may take.
    pub whole: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { page: 8 << 20, silence: Duration::from_secs(30), whole: Duration::from_secs(120) }
    }
}

/// The forge cannot be asked, or says nothing of use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForgeError {
    /// The address is none of a repository.
    #[error(
        "{url} is not the address of a repository: {reason}; set update.repo to one such as https://forge.example/owner/heph"
    )]
    Address {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It is not reached, or its answer is none.
    #[error("the forge cannot be asked: {reason}; it is asked again later")]
    Unreachable {
        /// Why.
        reason: String,
    },
    /// It knows no such repository.
    #[error("the forge knows no repository at {url}; check update.repo")]
    NoRepository {
        /// The address.
        url: String,
    },
    /// It wants to be asked less often.
    #[error("the forge wants to be asked less often; it is asked again later")]
    TooOften,
}

/// What a forge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Gitea or Forgejo.
    Gitea,
    /// GitHub.
    Github,
}

impl Kind {
    /// The kind of a name; `None` for one there is not.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "gitea" | "forgejo" => Some(Self::Gitea),
            "github" => Some(Self::Github),
            _ => None,
        }
    }
}

/// A repository at a forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forge {
    repo: Url,
    kind: Kind,
    /// What stands before `/api/…`.
    host: String,
    owner: String,
    name: String,
}

impl Forge {
    /// The one of a repository's address; without a kind github.com is GitHub and any other Gitea.
    ///
    /// # Errors
    /// [`ForgeError::Address`]
    pub fn of(address: &str, kind: Option<Kind>) -> Result<Self, ForgeError> {
        let wrong = |reason| ForgeError::Address { url: address.to_owned(), reason };
        let url = Url::parse(address).map_err(|_| wrong("it is no URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            // The address is not repeated: what stands in it is a secret.
            return Err(ForgeError::Address {
                url: "what is given".to_owned(),
                reason: "it has a login in it",
            });
        }
        if !is_safe(&url) {
            return Err(wrong("it is neither https nor on this machine"));
        }
        let path = url.path().trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let mut parts: Vec<&str> = path.split('/').collect();
        let (name, owner) = (parts.pop().unwrap_or_default(), parts.pop().unwrap_or_default());
        if name.is_empty() || owner.is_empty() {
            return Err(wrong("it has no owner and name"));
        }
        let kind = kind.unwrap_or(match url.host_str() {
            Some("github.com") => Kind::Github,
            _ => Kind::Gitea,
        });
        let mut host = url.origin().ascii_serialization();
        for part in &parts {
            host.push('/');
            host.push_str(part);
        }
        let (owner, name) = (owner.to_owned(), name.to_owned());
        Ok(Self { kind, host, owner, name, repo: url })
    }

    /// The address of its repository.
    pub fn repo(&self) -> &Url {
        &self.repo
    }

    /// Asks for its releases. Blocks.
    ///
    /// # Errors
    /// [`ForgeError`]
    pub fn releases(&self, limits: Limits) -> Result<Vec<Offered>, ForgeError> {
        let until = Instant::now() + limits.whole;
        let transport = Arc::new(Transport::new(client(limits.silence)?, limits.page, until));
        let listed = match self.kind {
            Kind::Gitea => gitea::ReleaseList::configure()
                .host(&self.host)
                .repo_owner(&self.owner)
                .repo_name(&self.name)
                .http_client(transport)
                .build()
                .and_then(|list| list.fetch()),
            Kind::Github => {
                let mut list = github::ReleaseList::configure();
                list.repo_owner(&self.owner).repo_name(&self.name).http_client(transport);
                if self.repo.host_str() != Some("github.com") {
                    list.api_base_url(format!("{}/api/v3", self.host));
                }
                list.build().and_then(|list| list.fetch())
            }
        };
        let listed = listed.map_err(|error| self.error_of(&error))?;
        Ok(listed.into_vec().iter().filter_map(offered).collect())
    }

    fn error_of(&self, error: &Error) -> ForgeError {
        match error {
            Error::NotFound { .. } => ForgeError::NoRepository { url: self.repo.to_string() },
            Error::RateLimited { .. } => ForgeError::TooOften,
            error => ForgeError::Unreachable { reason: causes(error) },
        }
    }
}

/// A release of which we know what it is; one with another kind of tag is none of ours.
fn offered(release: &self_update::update::Release) -> Option<Offered> {
    let version = Version::parse(release.version()).ok()?;
    let files = release
        .assets()
        .iter()
        .map(|file| OfferedFile { name: file.name().to_owned(), url: file.download_url().to_owned() });
    Some(Offered { version, files: files.collect() })
}

/// Whether nobody on the way can change what comes from there: HTTPS, or plain HTTP that does not leave the machine.
pub(super) fn is_safe(url: &Url) -> bool {
    let host = url.host_str().map(|host| host.trim_matches(['[', ']']));
    match url.scheme() {
        "https" => host.is_some(),
        "http" => host.is_some_and(|host| {
            host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }),
        _ => false,
    }
}

/// An error with what is behind it, in one line, without control characters, and not endless.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_taken_apart() {
        for (address, kind, expected) in [
            ("https://forge.example/o/heph", None, (Kind::Gitea, "https://forge.example", "o", "heph")),
            ("https://forge.example/o/heph.git", None, (Kind::Gitea, "https://forge.example", "o", "heph")),
            (
                "https://forge.example:3000/git/o/heph/",
                None,
                (Kind::Gitea, "https://forge.example:3000/git", "o", "heph"),
            ),
            ("https://github.com/o/heph", None, (Kind::Github, "https://github.com", "o", "heph")),
            (
                "https://git.example/o/heph",
                Some(Kind::Github),
                (Kind::Github, "https://git.example", "o", "heph"),
            ),
            ("http://127.0.0.1:3000/o/heph", None, (Kind::Gitea, "http://127.0.0.1:3000", "o", "heph")),
            ("http://[::1]:3000/o/heph", None, (Kind::Gitea, "http://[::1]:3000", "o", "heph")),
        ] {
            let forge = Forge::of(address, kind).unwrap();
            let found = (forge.kind, forge.host.as_str(), forge.owner.as_str(), forge.name.as_str());
            assert_eq!(found, expected, "{address}");
        }
    }

    #[test]
    fn what_others_could_change_on_the_way_is_refused() {
        for (address, reason) in [
            ("http://forge.example/o/heph", "it is neither https nor on this machine"),
            ("http://127.0.0.1.example/o/heph", "it is neither https nor on this machine"),
            ("file:///srv/heph", "it is neither https nor on this machine"),
            ("ssh://git@forge.example/o/heph", "it has a login in it"),
            ("https://me:secret@forge.example/o/heph", "it has a login in it"),
            ("https://forge.example/heph", "it has no owner and name"),
            ("heph", "it is no URL"),
        ] {
            let error = Forge::of(address, None).unwrap_err();
            assert!(matches!(&error, ForgeError::Address { reason: why, .. } if *why == reason), "{error}");
            assert!(!error.to_string().contains("secret"));
        }
    }
}
