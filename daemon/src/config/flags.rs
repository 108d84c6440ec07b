//! The command line of `hephd`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::ConfigError;

/// heph's daemon: owns the store and serves it on a unix socket.
///
/// It runs in the foreground until it is stopped (Ctrl-C, SIGTERM).
#[derive(Debug, Parser)]
#[command(name = "hephd", version, after_help = EXAMPLES)]
pub struct Arguments {
    /// The settings.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXAMPLES: &str = "Examples:
  hephd --mode local                             serve the store of this machine
  hephd --db /tmp/try.db --socket /tmp/try.sock --log -   serve another store, log to the terminal
  hephd --mode server --http-addr 127.0.0.1:8787 serve as the hub of this machine's stores
  hephd check                                    verify the store while no daemon runs
  hephd settings                                 what is in force: mode, store, socket, log";

/// What to do instead of serving.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Verify the store, or a hub's database (--mode server): integrity, and that its rows are what its log says
    Check {
        /// Make the rows anew from the log where they differ
        #[arg(long)]
        rebuild: bool,
    },
    /// Show the settings in force as JSON, or what is wrong with them
    Settings,
}

/// Settings given as flags.
#[derive(Debug, Clone, Default, Args)]
pub struct Flags {
    /// What the daemon is: local or server
    #[arg(long, global = true, value_name = "MODE")]
    pub mode: Option<String>,
    /// The database file [default: ~/.local/share/heph/heph.db]
    #[arg(long, global = true, value_name = "FILE")]
    pub db: Option<PathBuf>,
    /// The socket [default: ~/.local/share/heph/hephd.sock]
    #[arg(long, global = true, value_name = "FILE")]
    pub socket: Option<PathBuf>,
    /// The log file, - for standard error [default: ~/.local/share/heph/hephd.log]
    #[arg(long, global = true, value_name = "FILE|-")]
    pub log: Option<PathBuf>,
    /// How log lines look: human or json
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// Where a hub listens [default: 127.0.0.1:8787]
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub http_addr: Option<String>,
    /// Where a hub tells its figures (Prometheus), in the clear and without a token; nowhere by default
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub metrics_addr: Option<String>,
    /// Who logs people in; without one a hub serves this machine alone
    #[arg(long, global = true, value_name = "URL")]
    pub oidc_issuer: Option<String>,
    /// For whom a hub's tokens have to be made [default: heph]
    #[arg(long, global = true, value_name = "NAME")]
    pub oidc_audience: Option<String>,
    /// As whom to log in [default: heph]
    #[arg(long, global = true, value_name = "NAME")]
    pub oidc_client_id: Option<String>,
    /// The hub's certificates, PEM; with --tls-key it serves HTTPS
    #[arg(long, global = true, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The key of the hub's certificate, PEM
    #[arg(long, global = true, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// The hub to sync with
    #[arg(long, global = true, value_name = "URL")]
    pub hub_url: Option<String>,
    /// Certificates to trust for the hub, PEM
    #[arg(long, global = true, value_name = "FILE")]
    pub hub_ca: Option<PathBuf>,
    /// The token of a hub without an issuer
    #[arg(long, global = true, value_name = "FILE")]
    pub hub_token_file: Option<PathBuf>,
    /// Whose personal store a hub's machine has as well: the `sub` of that person's login
    #[arg(long, global = true, value_name = "SUBJECT")]
    pub owner: Option<String>,
    /// Look for releases and update heph
    #[arg(long, global = true)]
    pub self_update: bool,
    /// How often to look for a release [default: 21600]
    #[arg(long, global = true, value_name = "SECONDS")]
    pub self_update_interval_secs: Option<String>,
    /// Flags of versions to come
    #[command(flatten)]
    pub not_built: NotBuilt,
}

/// Flags that a service may carry, understood so that they can be refused with a sentence.
#[derive(Debug, Clone, Default, Args)]
pub struct NotBuilt {
    #[arg(long, hide = true, global = true)]
    vault: Option<String>,
}

impl Flags {
    /// Refuses flags of versions to come.
    ///
    /// # Errors
    /// [`ConfigError::NotBuilt`] names the first.
    pub(super) fn refuse_what_is_not_built(&self) -> Result<(), ConfigError> {
        let flags = &self.not_built;
        let given = [("--vault", flags.vault.is_some())];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((flag, _)) => Err(ConfigError::NotBuilt { what: flag.to_owned() }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn check_takes_the_settings_too() {
        let arguments =
            Arguments::try_parse_from(["hephd", "check", "--rebuild", "--db", "/x/heph.db"]).unwrap();
        assert_eq!(arguments.command, Some(Command::Check { rebuild: true }));
        assert_eq!(arguments.flags.db, Some("/x/heph.db".into()));
    }

    #[test]
    fn what_a_service_may_carry_is_understood_and_refused() {
        let arguments = Arguments::try_parse_from(["hephd", "--vault", "notes"]).unwrap();
        let error = arguments.flags.refuse_what_is_not_built().unwrap_err();
        let sentence = "--vault is not in this version of hephd; take it out, or upgrade hephd";
        assert_eq!(error.to_string(), sentence);
        assert!(Flags::default().refuse_what_is_not_built().is_ok());
    }
}
