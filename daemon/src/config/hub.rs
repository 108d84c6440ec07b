//! The settings of a hub and of a store that syncs with one.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::file::FileSettings;
use super::settings::{Chosen, Origin, Sources, Spec, note, wrong};
use super::{Config, ConfigError, Flags, Mode};

/// What a hub needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubConfig {
    /// Where it listens.
    pub http_addr: SocketAddr,
    /// Where it tells its figures, in the clear and without a token; nowhere without one.
    pub metrics_addr: Option<SocketAddr>,
    /// Who logs people in; without one it listens on this machine alone.
    pub issuer: Option<String>,
    /// For whom tokens have to be made.
    pub audience: String,
    /// As whom spokes log in.
    pub client_id: String,
    /// Its certificate; without one it speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// The subject whose personal store this daemon has as well.
    pub owner: Option<String>,
}

impl HubConfig {
    /// What spokes ask the issuer for a token for (RFC 8707): the audience, where it is an address and no mere name.
    pub fn resource(&self) -> Option<&str> {
        let is_address = |url: &reqwest::Url| {
            matches!(url.scheme(), "https" | "http") && url.has_host() && url.fragment().is_none()
        };
        self.issuer.as_ref()?;
        reqwest::Url::parse(&self.audience).ok().filter(is_address).map(|_| self.audience.as_str())
    }
}

/// A certificate and its key, PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those it builds on.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// The hub a store syncs with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpokeConfig {
    /// Its address.
    pub url: String,
    /// Certificates to trust for it, beside the system's.
    pub ca: Option<PathBuf>,
    /// Who logs people in; without one the hub tells.
    pub issuer: Option<String>,
    /// As whom to log in.
    pub client_id: String,
    /// The token of a hub without an issuer.
    pub token_file: Option<PathBuf>,
}

pub(super) const HTTP_ADDR: Spec = Spec {
    key: "http_addr",
    flag: Some("--http-addr"),
    variables: &[],
    default: "127.0.0.1:8787",
    doc: "Where a hub listens: an address and a port. Without an issuer it has to be this machine's own, 127.0.0.1 or ::1.",
};
pub(super) const METRICS_ADDR: Spec = Spec {
    key: "metrics_addr",
    flag: Some("--metrics-addr"),
    variables: &[],
    default: "",
    doc: "Where a hub tells its figures as Prometheus reads them, at `/metrics`: an address and a port of its own, such as \
        127.0.0.1:9187. Plain HTTP without a token, so one that only your monitoring reaches. Nowhere by default.",
};
pub(super) const OIDC_ISSUER: Spec = Spec {
    key: "oidc_issuer",
    flag: Some("--oidc-issuer"),
    variables: &[],
    default: "",
    doc: "Who logs people in: the URL of an OpenID provider, exactly as it calls itself. A hub without one serves this \
        machine alone; a store without one asks its hub.",
};
pub(super) const OIDC_AUDIENCE: Spec = Spec {
    key: "oidc_audience",
    flag: Some("--oidc-audience"),
    variables: &[],
    default: "heph",
    doc: "For whom the tokens that a hub takes have to be made. Where it is an address (https://…), the issuer is asked \
        for a token for it (RFC 8707).",
};
pub(super) const OIDC_CLIENT_ID: Spec = Spec {
    key: "oidc_client_id",
    flag: Some("--oidc-client-id"),
    variables: &[],
    default: "heph",
    doc: "As whom to log in at the issuer.",
};
pub(super) const TLS_CERT: Spec = Spec {
    key: "tls_cert",
    flag: Some("--tls-cert"),
    variables: &[],
    default: "",
    doc: "The hub's certificate and those it builds on, PEM; read again when it changes. With `tls_key` the hub serves HTTPS.",
};
pub(super) const TLS_KEY: Spec = Spec {
    key: "tls_key",
    flag: Some("--tls-key"),
    variables: &[],
    default: "",
    doc: "The key of the hub's certificate, PEM.",
};
pub(super) const HUB_URL: Spec = Spec {
    key: "hub_url",
    flag: Some("--hub-url"),
    variables: &[],
    default: "",
    doc: "The hub to sync with, such as `https://hub.example:8787`.",
};
pub(super) const HUB_CA: Spec = Spec {
    key: "hub_ca",
    flag: Some("--hub-ca"),
    variables: &[],
    default: "",
    doc: "Certificates to trust for the hub beside the system's, PEM.",
};
pub(super) const HUB_TOKEN_FILE: Spec = Spec {
    key: "hub_token_file",
    flag: Some("--hub-token-file"),
    variables: &[],
    default: "",
    doc: "The token of a hub without an issuer, when its file is not where this user's own hub has it.",
};
pub(super) const OWNER: Spec = Spec {
    key: "owner",
    flag: Some("--owner"),
    variables: &[],
    default: "",
    doc: "Whose personal store a hub's machine has as well: the `sub` of that person's login (heph auth status shows it). \
        The store is `db`, and syncs with the hub beside it without a network. Any word on a hub without an issuer.",
};

/// What was given, not yet checked.
pub(super) struct Given {
    http_addr: Chosen,
    metrics_addr: Chosen,
    issuer: Chosen,
    audience: Chosen,
    client_id: Chosen,
    tls_cert: Chosen,
    tls_key: Chosen,
    hub_url: Chosen,
    hub_ca: Chosen,
    token_file: Chosen,
    owner: Chosen,
}

impl Given {
    /// Chooses among flags, file and defaults.
    pub(super) fn choose<V: Fn(&str) -> Option<OsString>>(
        from: &Sources<'_, V>,
        flags: &Flags,
        file: &FileSettings,
    ) -> Self {
        let text = |spec, flag: &Option<String>, file: &Option<String>| {
            from.choose(spec, flag.clone().map(OsString::from), file.clone().map(OsString::from))
        };
        let path = |spec, flag: &Option<PathBuf>, file: &Option<PathBuf>| {
            let os = |path: &Option<PathBuf>| path.clone().map(PathBuf::into_os_string);
            from.choose(spec, os(flag), os(file))
        };
        Self {
            http_addr: text(&HTTP_ADDR, &flags.http_addr, &file.http_addr),
            metrics_addr: text(&METRICS_ADDR, &flags.metrics_addr, &file.metrics_addr),
            issuer: text(&OIDC_ISSUER, &flags.oidc_issuer, &file.oidc_issuer),
            audience: text(&OIDC_AUDIENCE, &flags.oidc_audience, &file.oidc_audience),
            client_id: text(&OIDC_CLIENT_ID, &flags.oidc_client_id, &file.oidc_client_id),
            tls_cert: path(&TLS_CERT, &flags.tls_cert, &file.tls_cert),
            tls_key: path(&TLS_KEY, &flags.tls_key, &file.tls_key),
            hub_url: text(&HUB_URL, &flags.hub_url, &file.hub_url),
            hub_ca: path(&HUB_CA, &flags.hub_ca, &file.hub_ca),
            token_file: path(&HUB_TOKEN_FILE, &flags.hub_token_file, &file.hub_token_file),
            owner: text(&OWNER, &flags.owner, &file.owner),
        }
    }

    /// Checks what the mode needs, and puts it into the configuration.
    pub(super) fn settle<V: Fn(&str) -> Option<OsString>>(
        &self,
        from: &Sources<'_, V>,
        config: &mut Config,
    ) -> Result<(), ConfigError> {
        match config.mode {
            Mode::Local => config.spoke = self.spoke(from)?,
            Mode::Server => config.hub = Some(self.hub(from)?),
        }
        note(config, self.all());
        Ok(())
    }

    fn all(&self) -> [(&'static Spec, &Chosen); 11] {
        [
            (&HTTP_ADDR, &self.http_addr),
            (&METRICS_ADDR, &self.metrics_addr),
            (&OIDC_ISSUER, &self.issuer),
            (&OIDC_AUDIENCE, &self.audience),
            (&OIDC_CLIENT_ID, &self.client_id),
            (&TLS_CERT, &self.tls_cert),
            (&TLS_KEY, &self.tls_key),
            (&HUB_URL, &self.hub_url),
            (&HUB_CA, &self.hub_ca),
            (&HUB_TOKEN_FILE, &self.token_file),
            (&OWNER, &self.owner),
        ]
    }

    fn spoke<V: Fn(&str) -> Option<OsString>>(
        &self,
        from: &Sources<'_, V>,
    ) -> Result<Option<SpokeConfig>, ConfigError> {
        let hubs_own = [
            (&HTTP_ADDR, &self.http_addr),
            (&METRICS_ADDR, &self.metrics_addr),
            (&OIDC_AUDIENCE, &self.audience),
            (&TLS_CERT, &self.tls_cert),
            (&TLS_KEY, &self.tls_key),
            (&OWNER, &self.owner),
        ];
        refuse_flags(&hubs_own, "is for a hub; take it out, or add --mode server")?;
        if self.hub_url.value.is_empty() {
            let spokes_own = [(&HUB_CA, &self.hub_ca), (&HUB_TOKEN_FILE, &self.token_file)];
            refuse_flags(&spokes_own, "is for a store that syncs; take it out, or add --hub-url")?;
            return Ok(None);
        }
        let url = text_of(&HUB_URL, &self.hub_url)?;
        if has_login(&url) {
            // Not shown: what stands in it is a secret.
            return Err(together(
                "hub_url carries no login; take it out, and use heph auth login".to_owned(),
            ));
        }
        if !is_url(&url, &["http", "https"]) {
            return Err(wrong(&HUB_URL, &self.hub_url, "it is a URL such as https://hub.example:8787"));
        }
        Ok(Some(SpokeConfig {
            url,
            ca: optional_path(from, &HUB_CA, &self.hub_ca)?,
            issuer: self.issuer()?,
            client_id: name_of(&OIDC_CLIENT_ID, &self.client_id)?,
            token_file: optional_path(from, &HUB_TOKEN_FILE, &self.token_file)?,
        }))
    }

    fn hub<V: Fn(&str) -> Option<OsString>>(&self, from: &Sources<'_, V>) -> Result<HubConfig, ConfigError> {
        if !self.hub_url.value.is_empty() {
            let origin = self.hub_url.origin.named();
            return Err(together(format!(
                "{origin}: a hub syncs with no other hub; take hub_url out, or use --mode local"
            )));
        }
        let spokes_own = [(&HUB_CA, &self.hub_ca), (&HUB_TOKEN_FILE, &self.token_file)];
        refuse_flags(&spokes_own, "is for a store that syncs; take it out, or use --mode local")?;
        let cert = optional_path(from, &TLS_CERT, &self.tls_cert)?;
        let tls = match (cert, optional_path(from, &TLS_KEY, &self.tls_key)?) {
            (Some(cert), Some(key)) => Some(TlsFiles { cert, key }),
            (None, None) => None,
            (Some(_), None) => return Err(together("tls_cert needs its key; add --tls-key".to_owned())),
            (None, Some(_)) => {
                return Err(together("tls_key needs its certificate; add --tls-cert".to_owned()));
            }
        };
        let (http_addr, issuer) = (address(&HTTP_ADDR, &self.http_addr)?, self.issuer()?);
        let has_metrics = !self.metrics_addr.value.is_empty();
        let metrics_addr = has_metrics.then(|| address(&METRICS_ADDR, &self.metrics_addr)).transpose()?;
        if metrics_addr.is_some_and(|metrics| metrics == http_addr && metrics.port() != 0) {
            return Err(together(
                "metrics_addr is an address of its own; take another port than http_addr has".to_owned(),
            ));
        }
        if issuer.is_none() && !http_addr.ip().is_loopback() {
            return Err(together(format!(
                "a hub on {http_addr} needs to know who logs people in; add --oidc-issuer, or listen on 127.0.0.1"
            )));
        }
        Ok(HubConfig {
            http_addr,
            metrics_addr,
            issuer,
            audience: name_of(&OIDC_AUDIENCE, &self.audience)?,
            client_id: name_of(&OIDC_CLIENT_ID, &self.client_id)?,
            tls,
            owner: Some(text_of(&OWNER, &self.owner)?).filter(|owner| !owner.is_empty()),
        })
    }

    fn issuer(&self) -> Result<Option<String>, ConfigError> {
        let text = text_of(&OIDC_ISSUER, &self.issuer)?;
        let is_safe = is_url(&text, &["https"]) || (is_url(&text, &["http"]) && is_loopback(&text));
        match text.is_empty() {
            true => Ok(None),
            false if is_safe => Ok(Some(text)),
            false => {
                Err(wrong(&OIDC_ISSUER, &self.issuer, "it is an https URL such as https://idp.example/"))
            }
        }
    }
}

fn address(spec: &'static Spec, chosen: &Chosen) -> Result<SocketAddr, ConfigError> {
    let text = text_of(spec, chosen)?;
    let local = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
    let local = local.map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    local
        .or_else(|| text.parse().ok())
        .ok_or_else(|| wrong(spec, chosen, "it is an address and a port such as 0.0.0.0:8787 or [::1]:8787"))
}

fn together(what: String) -> ConfigError {
    ConfigError::Together { what }
}

/// Refuses settings that are given as flags; in the file they may wait for another mode.
fn refuse_flags(given: &[(&'static Spec, &Chosen)], why: &str) -> Result<(), ConfigError> {
    let flag = given.iter().find_map(|(_, chosen)| match chosen.origin {
        Origin::Flag(flag) if !chosen.value.is_empty() => Some(flag),
        _ => None,
    });
    match flag {
        Some(flag) => Err(together(format!("{flag} {why}"))),
        None => Ok(()),
    }
}

fn text_of(spec: &'static Spec, chosen: &Chosen) -> Result<String, ConfigError> {
    let text = chosen.value.to_str().ok_or_else(|| wrong(spec, chosen, "it is not UTF-8"))?;
    Ok(text.to_owned())
}

fn name_of(spec: &'static Spec, chosen: &Chosen) -> Result<String, ConfigError> {
    match text_of(spec, chosen)? {
        text if text.is_empty() => Err(wrong(spec, chosen, "it is a name such as heph")),
        text => Ok(text),
    }
}

fn optional_path<V: Fn(&str) -> Option<OsString>>(
    from: &Sources<'_, V>,
    spec: &'static Spec,
    chosen: &Chosen,
) -> Result<Option<PathBuf>, ConfigError> {
    if chosen.value.is_empty() { Ok(None) } else { from.path(spec, chosen).map(Some) }
}

/// Whether a text is an absolute URL of one of these schemes.
fn is_url(text: &str, schemes: &[&str]) -> bool {
    let url = reqwest::Url::parse(text).ok();
    url.is_some_and(|url| schemes.contains(&url.scheme()) && url.has_host())
}

fn has_login(text: &str) -> bool {
    let url = reqwest::Url::parse(text).ok();
    url.is_some_and(|url| !url.username().is_empty() || url.password().is_some())
}

fn is_loopback(text: &str) -> bool {
    let url = reqwest::Url::parse(text).ok();
    let host = url.as_ref().and_then(reqwest::Url::host_str).map(|host| host.trim_matches(['[', ']']));
    host.is_some_and(|host| host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::{Arguments, settings};
    use super::*;

    fn resolve(arguments: &str) -> Result<Config, ConfigError> {
        let arguments = std::iter::once("hephd").chain(arguments.split_whitespace());
        let flags = Arguments::try_parse_from(arguments).unwrap().flags;
        let home = |name: &str| (name == "HOME").then(|| OsString::from("/home/ada"));
        settings::resolve(&flags, &home, None)
    }

    #[test]
    fn a_hub_has_its_own_settings() {
        let config = resolve("--mode server").unwrap();
        assert_eq!((config.mode, config.spoke.is_none()), (Mode::Server, true));
        let hub = config.hub.clone().unwrap();
        assert_eq!(hub.http_addr, "127.0.0.1:8787".parse().unwrap());
        assert_eq!((hub.issuer, hub.tls), (None, None));
        assert_eq!((hub.audience.as_str(), hub.client_id.as_str()), ("heph", "heph"));
        assert_eq!(config.main_db(), PathBuf::from("/home/ada/.local/share/heph/hub.db"));
        let config = resolve(
            "--mode server --http-addr 0.0.0.0:1 --oidc-issuer https://idp.example/o/heph/ --oidc-audience us \
             --tls-cert /c.pem --tls-key /k.pem",
        );
        let hub = config.unwrap().hub.unwrap();
        assert_eq!(hub.issuer.as_deref(), Some("https://idp.example/o/heph/"));
        assert_eq!(hub.tls, Some(TlsFiles { cert: "/c.pem".into(), key: "/k.pem".into() }));
        assert_eq!(hub.resource(), None);
        let local = resolve("--mode server --http-addr localhost:0").unwrap().hub.unwrap();
        assert_eq!(local.http_addr, "127.0.0.1:0".parse().unwrap());
    }

    #[test]
    fn an_audience_that_is_an_address_is_asked_for() {
        let resource = |audience: &str, issuer: &str| {
            let hub =
                resolve(&format!("--mode server {issuer} --oidc-audience {audience}")).unwrap().hub.unwrap();
            hub.resource().map(str::to_owned)
        };
        let issuer = "--oidc-issuer https://idp.example/";
        for audience in
            ["https://hub.example", "https://hub.example:8787/heph/", "http://100.101.102.103:8787"]
        {
            assert_eq!(resource(audience, issuer).as_deref(), Some(audience));
        }
        for audience in ["heph", "urn:heph", "api://heph", "https://hub.example/#a", "hub.example:8787"] {
            assert_eq!(resource(audience, issuer), None, "{audience}");
        }
        assert_eq!(resource("https://hub.example", ""), None, "nobody logs in");
    }

    #[test]
    fn a_store_has_its_hub() {
        let config = resolve("").unwrap();
        assert!(config.hub.is_none() && config.spoke.is_none());
        let config = resolve(
            "--hub-url http://127.0.0.1:8787 --hub-token-file ~/token --hub-ca /ca.pem \
             --oidc-issuer http://localhost:9/",
        );
        let spoke = SpokeConfig {
            url: "http://127.0.0.1:8787".to_owned(),
            ca: Some("/ca.pem".into()),
            issuer: Some("http://localhost:9/".to_owned()),
            client_id: "heph".to_owned(),
            token_file: Some("/home/ada/token".into()),
        };
        assert_eq!(config.unwrap().spoke, Some(spoke));
    }

    #[test]
    fn what_does_not_go_together_is_refused_with_what_to_do() {
        for (arguments, sentence) in [
            ("--metrics-addr 127.0.0.1:1", "--metrics-addr is for a hub; take it out, or add --mode server"),
            (
                "--mode server --metrics-addr 127.0.0.1:8787",
                "metrics_addr is an address of its own; take another port than http_addr has",
            ),
            ("--http-addr 127.0.0.1:1", "--http-addr is for a hub; take it out, or add --mode server"),
            ("--hub-ca /x", "--hub-ca is for a store that syncs; take it out, or add --hub-url"),
            (
                "--hub-url hub.example",
                "--hub-url: `hub.example` is no hub_url; it is a URL such as https://hub.example:8787",
            ),
            (
                "--hub-url https://me:secret@hub.example",
                "hub_url carries no login; take it out, and use heph auth login",
            ),
            (
                "--mode server --hub-url https://hub.example",
                "--hub-url: a hub syncs with no other hub; take hub_url out, or use --mode local",
            ),
            ("--mode server --tls-cert /x", "tls_cert needs its key; add --tls-key"),
            ("--mode server --tls-key /x", "tls_key needs its certificate; add --tls-cert"),
            (
                "--mode server --http-addr 8787",
                "--http-addr: `8787` is no http_addr; it is an address and a port such as 0.0.0.0:8787 or [::1]:8787",
            ),
            (
                "--mode server --http-addr 0.0.0.0:8787",
                "a hub on 0.0.0.0:8787 needs to know who logs people in; add --oidc-issuer, or listen on 127.0.0.1",
            ),
            (
                "--mode server --oidc-issuer http://idp.example/",
                "--oidc-issuer: `http://idp.example/` is no oidc_issuer; it is an https URL such as https://idp.example/",
            ),
        ] {
            assert_eq!(resolve(arguments).unwrap_err().to_string(), sentence);
        }
    }
}
