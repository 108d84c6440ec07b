//! `heph hub`: the administration of a hub, on its machine, through its socket.

use clap::{ArgMatches, Command};
use heph_protocol::request::{HubAccounts, HubDevices, HubQuota, HubRevoke};
use heph_protocol::types::{HubAccount, HubDevice};

use crate::args;
use crate::error::Failure;
use crate::output::stream::Stream;
use crate::output::style::{DIM, ID, PLAIN};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Document, Outcome, when};
use crate::session::Session;
use crate::verbs::described;

const ACCOUNTS: &[Column] = &[
    Column { heading: "ID", fit: Fit::Fixed, right: false },
    Column { heading: "ACCOUNT", fit: Fit::Shrinks { soft: 16, hard: 8 }, right: false },
    Column { heading: "HAS", fit: Fit::Fixed, right: true },
    Column { heading: "QUOTA", fit: Fit::Fixed, right: true },
    Column { heading: "FILES", fit: Fit::Fixed, right: true },
    Column { heading: "DEVICES", fit: Fit::Fixed, right: true },
    Column { heading: "SEEN", fit: Fit::Shrinks { soft: 16, hard: 0 }, right: false },
];

const DEVICES: &[Column] = &[
    Column { heading: "ID", fit: Fit::Shrinks { soft: 32, hard: 8 }, right: false },
    Column { heading: "NAME", fit: Fit::Shrinks { soft: 16, hard: 8 }, right: false },
    Column { heading: "SEEN", fit: Fit::Shrinks { soft: 16, hard: 0 }, right: false },
    Column { heading: "STATE", fit: Fit::Fixed, right: false },
];

#[derive(Debug, clap::Args)]
struct Devices {
    /// The account: its number, or the subject of its login
    account: String,
    /// Lock this machine out: its name, its id, or the beginning of it
    #[arg(long, value_name = "DEVICE")]
    revoke: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Quota {
    /// The account: its number, or the subject of its login
    account: String,
    /// How much it may have, such as 500M or 2G
    #[arg(value_parser = size)]
    size: u64,
}

/// Its command line.
pub(crate) fn command() -> Command {
    let examples = "  heph hub accounts\n  heph hub devices alice\n  heph hub quota alice 5G";
    described(Command::new("hub"), "Look after a hub: its accounts, their devices and quotas", examples)
        .disable_help_subcommand(true)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(described(
            Command::new("accounts"),
            "List the accounts: what they have and may have, their machines, when they asked last",
            "  heph hub accounts\n  heph hub accounts --json",
        ))
        .subcommand(args::command::<Devices>(
            "devices",
            "List the machines of an account, or lock one out",
            "  heph hub devices alice\n  heph hub devices alice --revoke \"Old laptop\"",
        ))
        .subcommand(args::command::<Quota>(
            "quota",
            "Set how much an account may have; what it has stays",
            "  heph hub quota alice 5G\n  heph hub quota 3 500M",
        ))
}

/// Runs one of its verbs.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    match matches.subcommand() {
        Some(("accounts", _)) => {
            let listed = session.call(&HubAccounts {})?;
            accounts(session, &listed.accounts, listed.total)
        }
        Some(("devices", matches)) => devices(args::read(matches)?, session),
        Some(("quota", matches)) => {
            let Quota { account, size } = args::read(matches)?;
            let listed = session.call(&HubQuota { account: account.clone(), bytes: size })?;
            if session.out.is_json() {
                return session.out.document(&Document::new("accounts", &listed.accounts));
            }
            session.out.line(format!("{account} may have {}", when::bytes(size)))
        }
        _ => Err(Failure::usage("a verb of `hub` is expected").hint("heph hub --help lists them")),
    }
}

fn accounts(session: &mut Session, accounts: &[HubAccount], total: u64) -> Outcome {
    session.out.page();
    let row = |account: &HubAccount| {
        vec![
            Cell::styled(ID, &account.id),
            Cell::styled(PLAIN, name(account)),
            Cell::styled(PLAIN, &when::bytes(account.bytes)),
            Cell::styled(PLAIN, &when::bytes(account.quota)),
            Cell::styled(PLAIN, &account.files.to_string()),
            Cell::styled(PLAIN, &account.devices.to_string()),
            Cell::styled(DIM, &account.seen_at.as_deref().map(when::instant).unwrap_or_default()),
        ]
    };
    let mut stream = Stream::new("accounts", ACCOUNTS.to_vec(), row, |account: &HubAccount| &account.id);
    stream.push(&mut session.out, accounts)?;
    stream.end(&mut session.out, &[])?;
    let unlisted = total.saturating_sub(accounts.len() as u64);
    if accounts.is_empty() && !session.out.is_json() {
        session.out.note("no accounts yet: each is made when somebody logs in");
    } else if unlisted > 0 {
        session.out.note(&format!("{unlisted} more are not listed"));
    }
    Ok(())
}

/// Whose an account is.
fn name(account: &HubAccount) -> &str {
    if account.subject.is_empty() { "this machine" } else { &account.subject }
}

fn devices(arguments: Devices, session: &mut Session) -> Outcome {
    let Devices { account, revoke } = arguments;
    let Some(device) = revoke else {
        let devices = session.call(&HubDevices { account })?.devices;
        return list(session, &devices);
    };
    session.confirm(&format!("lock {device} out of the account {account}"))?;
    let after = session.call(&HubRevoke { account, device: device.clone() })?.devices;
    if session.out.is_json() {
        return session.out.document(&Document::new("devices", &after));
    }
    session.out.line(format!("{device} is locked out"))?;
    session.out.note("was it lost or stolen? end its login at the identity provider too");
    Ok(())
}

fn list(session: &mut Session, devices: &[HubDevice]) -> Outcome {
    session.out.page();
    let row = |device: &HubDevice| {
        vec![
            Cell::styled(ID, &device.id),
            Cell::from(&device.name),
            Cell::styled(DIM, &when::instant(&device.seen_at)),
            Cell::from(state(device)),
        ]
    };
    let mut stream = Stream::new("devices", DEVICES.to_vec(), row, |device: &HubDevice| &device.id);
    stream.push(&mut session.out, devices)?;
    stream.end(&mut session.out, &[])
}

/// What is to be said of a device beside its name.
fn state(device: &HubDevice) -> String {
    match (device.is_revoked, device.behind) {
        (true, _) => "locked out".to_owned(),
        (false, 0) => String::new(),
        (false, behind) => format!("{behind} behind"),
    }
}

/// Reads a size: bytes, or a number of K, M, G or T of 1024.
fn size(text: &str) -> Result<u64, String> {
    let text = text.trim().trim_end_matches(['B', 'b']).trim_end_matches(['i', 'I']);
    let (number, unit) = match text.char_indices().next_back() {
        Some((at, unit)) if unit.is_ascii_alphabetic() => (&text[..at], unit.to_ascii_uppercase()),
        _ => (text, ' '),
    };
    let shift = match unit {
        ' ' => 0,
        'K' => 10,
        'M' => 20,
        'G' => 30,
        'T' => 40,
        _ => return Err("a size is a number with K, M, G or T behind it, such as 500M".to_owned()),
    };
    let number: u64 =
        number.trim().parse().map_err(|_| "a size begins with a whole number, such as 500M".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "no disk is that large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in
            [("0", 0), ("500", 500), ("2K", 2_048), ("5m", 5 << 20), ("1 GiB", 1 << 30), ("3GB", 3 << 30)]
        {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "G", "-1", "1.5G", "1X", "99999999999T"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
