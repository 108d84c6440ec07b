//! The bytes of every message, as they are agreed on: `tests/golden/messages.txt`, which the plugin's tests read too.
//!
//! One message a line: its name, a space, its frame in hexadecimal, a space, what it says as JSON (bytes as a list of
//! numbers). Lines that begin with `#` and empty lines say nothing. `HEPH_BLESS=1` writes the file anew; a difference
//! that is not an added field or message raises the protocol's version.

use std::fmt::Write as _;

use heph_protocol::envelope::from_map;
use heph_protocol::frame::FrameDecoder;
use heph_protocol::{Event, Message, Request};

use crate::examples::examples;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/messages.txt");

const HEAD: &str = "\
# The bytes of every message of the protocol. One a line: name, frame in hexadecimal, what it says as JSON.
# Written by the tests of this crate with HEPH_BLESS=1.
";

fn written_now() -> String {
    examples().iter().fold(HEAD.to_owned(), |mut file, example| {
        let hex = hex(&example.frame);
        writeln!(file, "{} {hex} {}", example.name, example.json).unwrap();
        file
    })
}

/// Bytes as they stand in the file.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

/// Bytes as they were.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    assert_eq!(hex.len() % 2, 0, "{hex}");
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// Name and frame of every line.
pub(crate) fn golden() -> Vec<(String, Vec<u8>)> {
    let file = std::fs::read_to_string(FILE).unwrap();
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let parts = lines.map(|line| line.splitn(3, ' ').collect::<Vec<_>>());
    parts.map(|parts| (parts[0].to_owned(), bytes(parts[1]))).collect()
}

#[test]
fn messages_are_written_as_agreed() {
    let now = written_now();
    if std::env::var_os("HEPH_BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(FILE, &now).unwrap();
    }
    let agreed = std::fs::read_to_string(FILE).unwrap();
    for (now, agreed) in now.lines().zip(agreed.lines()) {
        assert_eq!(now, agreed, "see the head of tests/it/golden.rs");
    }
    assert_eq!(now.lines().count(), agreed.lines().count(), "see the head of tests/it/golden.rs");
}

#[test]
fn agreed_messages_are_read() {
    for (name, frame) in golden() {
        let mut decoder = FrameDecoder::default();
        decoder.push(&frame);
        let payload = decoder.next_payload().unwrap().unwrap();
        let message = Message::decode(&payload).unwrap();
        assert_eq!(message.encode(), payload, "{name}");
        let family = name.rsplit_once('.').unwrap().0;
        match message {
            Message::Request { method, params, .. } => {
                assert_eq!(family, format!("{method}.request"));
                assert_eq!(Request::decode(&method, &params).unwrap().name(), method);
                from_map::<heph_protocol::Meta>(&params).unwrap();
            }
            Message::Reply { result: Ok(_), .. } => assert!(family.ends_with(".reply"), "{name}"),
            Message::Reply { result: Err(error), .. } => {
                assert_eq!(
                    family,
                    format!("error.{}", serde_json::to_value(error.code).unwrap().as_str().unwrap())
                );
            }
            Message::Event { method, params } => {
                assert_eq!(family, format!("{method}.event"));
                assert!(Event::from_message(&method, &params).unwrap().is_some());
            }
        }
    }
}
