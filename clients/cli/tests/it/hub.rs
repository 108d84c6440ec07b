//! `heph hub`: the administration of a hub.

use heph_protocol::request::{HubDevices as AskedDevices, HubQuota, HubRevoke};
use heph_protocol::response::{HubAccounts, HubDevices};
use heph_protocol::types::{HubAccount, HubDevice};
use heph_protocol::{ErrorCode, Request};

use crate::fake::{Fake, refuse, reply};

fn hub() -> Fake {
    let account = |id: &str, subject: &str, bytes| HubAccount {
        id: id.into(),
        issuer: "https://idp.example/".into(),
        subject: subject.into(),
        bytes,
        quota: 1 << 30,
        files: 2,
        devices: 3,
        ..HubAccount::default()
    };
    let accounts =
        HubAccounts { accounts: vec![account("1", "alice", 5 << 20), account("2", "", 0)], total: 2 };
    let device = |id: &str, name: &str, behind, is_revoked| HubDevice {
        id: id.into(),
        name: name.into(),
        behind,
        is_revoked,
        ..HubDevice::default()
    };
    let devices = HubDevices {
        account: "1".into(),
        devices: vec![
            device("a1b2c3d4", "Desk", 0, false),
            device("e5f6a7b8", "Old\u{1b}[31m laptop", 7, true),
        ],
    };
    Fake::new(move |request| match request {
        Request::HubAccounts(_) | Request::HubQuota(_) => reply(&accounts),
        Request::HubDevices(_) | Request::HubRevoke(_) => reply(&devices),
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

#[test]
fn accounts_and_devices_are_listed() {
    let fake = hub();
    let accounts = fake.run(&["hub", "accounts"]).clean();
    let lines: Vec<&str> = accounts.lines().collect();
    assert!(lines[0].contains("alice") && lines[1].contains("this machine"), "{accounts}");
    let devices = fake.run(&["hub", "devices", "alice"]).clean();
    assert_eq!(fake.last(), Request::HubDevices(AskedDevices { account: "alice".into() }));
    assert!(devices.contains("locked out") && !devices.contains('\u{1b}'), "{devices}");
    let json = fake.run(&["hub", "accounts", "--json"]).json();
    assert_eq!((&json["schema"], &json["accounts"][0]["files"]), (&1.into(), &2.into()));
}

#[test]
fn a_quota_is_set_and_a_device_locked_out_after_a_yes() {
    let fake = hub();
    assert!(fake.run(&["hub", "quota", "alice", "5G"]).clean().starts_with("alice may have 5"));
    assert_eq!(fake.last(), Request::HubQuota(HubQuota { account: "alice".into(), bytes: 5 << 30 }));
    let refused = fake.run(&["hub", "quota", "alice", "much"]).to_string();
    assert!(refused.contains("exit 2"), "{refused}");
    let unasked = fake.run(&["hub", "devices", "alice", "--revoke", "Desk"]).to_string();
    assert!(unasked.contains("--yes") && unasked.contains("exit 5"), "{unasked}");
    assert!(!fake.heard().iter().any(|request| matches!(request, Request::HubRevoke(_))));
    assert!(
        fake.run(&["hub", "devices", "alice", "--revoke", "Desk", "--yes"]).to_string().contains("exit 0")
    );
    let revoke = HubRevoke { account: "alice".into(), device: "Desk".into() };
    assert_eq!(fake.last(), Request::HubRevoke(revoke));
}

#[test]
fn a_daemon_that_is_no_hub_is_named() {
    let fake = Fake::new(|_| refuse(ErrorCode::Unsupported, "this daemon is no hub"));
    let refused = fake.run(&["hub", "accounts"]).to_string();
    assert!(refused.contains("this daemon is no hub") && refused.contains("exit 78"), "{refused}");
}
