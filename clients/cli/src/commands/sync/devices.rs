//! `heph sync devices`

use heph_protocol::request::{SyncDevices, SyncRevoke};
use heph_protocol::types::SyncDevice;

use crate::output::stream::Stream;
use crate::output::style::{DIM, ID};
use crate::output::table::{Cell, Column, Fit};
use crate::output::{Document, Outcome, when};
use crate::session::Session;

/// Digits of an id that are shown, where they tell it from the others.
const SHORT: usize = 8;

const COLUMNS: &[Column] = &[
    Column { heading: "ID", fit: Fit::Fixed, right: false },
    Column { heading: "NAME", fit: Fit::Shrinks { soft: 16, hard: 8 }, right: false },
    Column { heading: "SEEN", fit: Fit::Shrinks { soft: 16, hard: 0 }, right: false },
    Column { heading: "STATE", fit: Fit::Fixed, right: false },
];

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Lock this machine out: its name, its id, or the beginning of it
    #[arg(long, value_name = "DEVICE")]
    revoke: Option<String>,
}

/// Lists the devices, or locks one out.
pub(super) fn run(arguments: Arguments, session: &mut Session) -> Outcome {
    let devices = session.call_long(&SyncDevices {}, &mut |_| {})?.devices;
    match arguments.revoke {
        Some(device) => revoke(session, device, &devices),
        None => list(session, &devices),
    }
}

fn list(session: &mut Session, devices: &[SyncDevice]) -> Outcome {
    session.out.page();
    let length = short_length(devices);
    let row = |device: &SyncDevice| {
        vec![
            Cell::styled(ID, &short(&device.id, length)),
            Cell::from(&device.name),
            Cell::styled(DIM, &when::instant(&device.seen_at)),
            Cell::from(state(device)),
        ]
    };
    let mut stream = Stream::new("devices", COLUMNS.to_vec(), row, |device: &SyncDevice| &device.id);
    stream.push(&mut session.out, devices)?;
    if devices.is_empty() && !session.out.is_json() {
        session.out.note("no machines yet: heph sync join makes this one known");
    }
    stream.end(&mut session.out, &[])
}

fn revoke(session: &mut Session, device: String, devices: &[SyncDevice]) -> Outcome {
    // Which one is meant is the daemon's to decide; the question only names what can be told from here.
    let question = match named(&device, devices) {
        Some(found) if found.is_this => format!("lock this machine, {}, out of the account", found.name),
        Some(found) => format!("lock {} out of the account", found.name),
        None => format!("lock {device} out of the account"),
    };
    session.confirm(&question)?;
    let after = session.call_long(&SyncRevoke { device: device.clone() }, &mut |_| {})?.devices;
    if session.out.is_json() {
        return session.out.document(&Document::new("devices", &after));
    }
    let name = named(&device, devices).map_or(device.as_str(), |found| found.name.as_str());
    session.out.line(format!("{name} is locked out"))?;
    session.out.note("was it lost or stolen? end its login at the identity provider too");
    Ok(())
}

/// The one device that is meant, if it is only one.
fn named<'a>(word: &str, devices: &'a [SyncDevice]) -> Option<&'a SyncDevice> {
    let meant = |device: &&SyncDevice| device.name == word || device.id.starts_with(word);
    let mut found = devices.iter().filter(meant);
    found.next().filter(|_| found.next().is_none())
}

/// What is to be said of a device beside its name.
fn state(device: &SyncDevice) -> String {
    match (device.is_revoked, device.is_this, device.behind) {
        (true, ..) => "locked out".to_owned(),
        (_, true, _) => "this machine".to_owned(),
        (.., 0) => String::new(),
        (.., behind) => format!("{behind} behind"),
    }
}

/// How many digits tell every id from the others; 8 at least.
fn short_length(devices: &[SyncDevice]) -> usize {
    let longest = devices.iter().map(|device| device.id.chars().count()).max().unwrap_or(SHORT);
    (SHORT..longest)
        .find(|length| {
            let mut shorts: Vec<String> = devices.iter().map(|device| short(&device.id, *length)).collect();
            shorts.sort_unstable();
            shorts.windows(2).all(|pair| pair[0] != pair[1])
        })
        .unwrap_or(longest)
}

fn short(id: &str, length: usize) -> String {
    id.chars().take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devices(all: &[(&str, &str)]) -> Vec<SyncDevice> {
        let device = |&(id, name): &(&str, &str)| SyncDevice {
            id: id.into(),
            name: name.into(),
            ..SyncDevice::default()
        };
        all.iter().map(device).collect()
    }

    #[test]
    fn an_id_is_as_short_as_it_can_be() {
        assert_eq!(short_length(&devices(&[("0123456789", ""), ("0123456a89", "")])), 8);
        assert_eq!(short_length(&devices(&[("0123456789", ""), ("0123456779", "")])), 9);
        assert_eq!(short_length(&devices(&[("0123456789", ""), ("0123456789", "")])), 10);
        assert_eq!(short_length(&[]), 8);
    }

    #[test]
    fn a_device_is_meant_by_its_name_or_the_beginning_of_its_id() {
        let devices = devices(&[("01aa", "Desk"), ("01bb", "Laptop"), ("02", "Laptop")]);
        let found = |word| named(word, &devices).map(|device| device.id.as_str());
        assert_eq!(found("Desk"), Some("01aa"));
        assert_eq!(found("01b"), Some("01bb"));
        assert_eq!((found("01"), found("Laptop"), found("x")), (None, None, None));
    }
}
