//! The commands of the how-to, taken from its page and pasted, with the names of hosts and of the issuer replaced.
//!
//! Three machines, each with a user manager of its own, share the network of the test: the hub, and two of a person. The
//! hub has a certificate of a private authority, and the issuer is a real one, which xtask runs (`HEPH_GLEWLWYD_ISSUER`).

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use serde_json::json;

use crate::home::tool;
use crate::shell::Shell;

const PAGE: &str = include_str!("../../../../docs/how-to/run-the-daemon.md");

/// The section of the page.
const SECTION: &str = "\n## A hub and your machines\n";

/// Who logs in at the issuer, by the own name as password.
const PERSON: &str = "ann";

/// The blocks of commands of the section: for the hub, and for a machine.
fn blocks() -> [String; 2] {
    let (_, section) = PAGE.split_once(SECTION).expect("the section is there");
    let section = section.split("\n## ").next().unwrap_or_default();
    let blocks = section.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap().to_owned());
    let blocks: Vec<String> = blocks.collect();
    blocks.try_into().expect("two blocks of commands")
}

/// A text with names replaced, each of which has to be there.
fn replaced(text: &str, names: &[(&str, &str)]) -> String {
    names.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "`{from}` is not in\n{text}");
        text.replace(from, to)
    })
}

/// Makes a private authority and a certificate by it for 127.0.0.1, as the files the page names.
fn certify(hub: &Path) {
    let file = |name: &str| hub.join(name).to_str().unwrap().to_owned();
    let (authority, authority_key) = (file("home-ca.pem"), file("home-ca-key.pem"));
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "30"];
    let ca = ["req", "-x509", "-subj", "/CN=home", "-keyout", &authority_key, "-out", &authority];
    tool("openssl", &[&ca[..], &key[..]].concat());
    let (cert, cert_key) = (file("hub-cert.pem"), file("hub-key.pem"));
    let by = ["-CA", &authority, "-CAkey", &authority_key];
    let names = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"];
    let hub = ["req", "-x509", "-subj", "/CN=hub", "-keyout", &cert_key, "-out", &cert];
    tool("openssl", &[&hub[..], &key[..], &by[..], &names[..]].concat());
}

/// What the person does in a browser at the address of a code: log in, grant what is asked for, approve.
fn approve(address: &str, folder: &Path) {
    let cookies = folder.join("cookies").to_str().unwrap().to_owned();
    let server = &address[..address.find("/api/").unwrap()];
    let curl = |more: &[&str]| {
        let always = ["--silent", "--show-error", "--fail-with-body", "--noproxy", "*", "--cookie", &cookies];
        let kept = ["--cookie-jar", &cookies, "--header", "content-type: application/json"];
        tool("curl", &[&always[..], &kept[..], more].concat())
    };
    let credentials = json!({"username": PERSON, "password": PERSON}).to_string();
    curl(&["--data", &credentials, &format!("{server}/api/auth/")]);
    let scopes = json!({"scope": "openid profile offline_access"}).to_string();
    curl(&["--request", "PUT", "--data", &scopes, &format!("{server}/api/auth/grant/heph/")]);
    let next = curl(&["--write-out", "%{redirect_url}", &format!("{address}&g_continue")]);
    assert!(next.contains("prompt=deviceComplete"), "{next}");
}

/// Pastes the block of a machine; the person approves as soon as the address is shown.
fn join(machine: &mut Shell, block: &str) -> String {
    let folder = machine.home().to_owned();
    let said = machine.paste_and(block, |line| {
        if let Some(address) = line.strip_prefix("or").map(str::trim).filter(|text| text.starts_with("http"))
        {
            approve(address, &folder);
        }
    });
    assert!(said.contains("installed and started hephd"), "{said}");
    said
}

#[test]
fn the_two_blocks_of_the_how_to_make_a_hub_and_machines_that_sync() {
    let issuer = std::env::var("HEPH_GLEWLWYD_ISSUER");
    let issuer = issuer.expect("HEPH_GLEWLWYD_ISSUER: see `cargo xtask test --only service`");
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let provider = ("https://idp.example/application/o/heph/", issuer.as_str());
    let [for_hub, for_machine] = blocks();
    let for_hub = replaced(&for_hub, &[("0.0.0.0:8787", &address), provider]);
    let for_machine = replaced(&for_machine, &[("hub.example:8787", &address), provider]);

    let mut hub = Shell::start("hub");
    certify(hub.home());
    // There is no logind here to let a service run without a login.
    let loginctl = hub.home().join("bin/loginctl");
    std::fs::write(&loginctl, "#!/bin/sh\necho \"$1\" >>~/asked-of-logind\n").unwrap();
    tool("chmod", &["755", loginctl.to_str().unwrap()]);
    let said = hub.paste(&for_hub);
    assert!(said.contains("installed and started hephd"), "{said}");
    let asked = std::fs::read_to_string(hub.home().join("asked-of-logind")).unwrap();
    assert_eq!(asked.lines().last(), Some("enable-linger"));
    assert!(hub.paste("heph daemon status").contains("running"));
    let authority = hub.home().join("home-ca.pem");
    let ready = ["--silent", "--noproxy", "*", "--cacert", authority.to_str().unwrap()];
    let ready = tool("curl", &[&ready[..], &[&format!("https://{address}/readyz")]].concat());
    assert_eq!(ready.trim(), "ok");

    let (mut one, mut two) = (Shell::start("one"), Shell::start("two"));
    for machine in [&one, &two] {
        std::fs::copy(&authority, machine.home().join("home-ca.pem")).unwrap();
    }
    join(&mut one, &for_machine);
    one.paste("heph add 'Water the plants'");
    assert!(one.paste("heph sync now").contains("in sync with"));
    join(&mut two, &for_machine);
    assert!(two.paste("heph sync now").contains("in sync with"));
    assert!(two.paste("heph next").contains("Water the plants"));
    assert!(two.paste("heph doctor").contains("have the same"));

    // What was pasted stays: after a restart of all three they find each other again.
    for machine in [&mut hub, &mut one, &mut two] {
        machine.paste("heph daemon restart");
    }
    two.paste("heph add 'Call the bank'\nheph sync now");
    assert!(one.paste("heph sync now").contains("in sync with"));
    assert!(one.paste("heph next").contains("Call the bank"));
}
