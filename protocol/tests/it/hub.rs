//! The API between a spoke and its hub: there and back, the bytes as agreed, readers and writers of different ages.
//!
//! The bytes stand in `tests/golden/hub.txt`, one body a line: its name, a space, its MessagePack in hexadecimal, a
//! space, what it says as JSON. `HEPH_BLESS=1` writes the file anew; a difference that is not an added field or body
//! raises [`hub::PROTO`].

use std::fmt::{Debug, Write as _};

use heph_protocol::envelope::{from_map, to_map};
use heph_protocol::hub::{self, Id, PushReply, Verdict};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::compatibility::{fields, map, with_newer_fields};
use crate::examples::Measure;
use crate::golden::{bytes, hex};
use crate::make::make;
use crate::round_trip::Entropy;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/hub.txt");

const HEAD: &str = "\
# The bytes of every body of the hub's API. One a line: name, MessagePack in hexadecimal, what it says as JSON.
# Written by the tests of this crate with HEPH_BLESS=1.
";

/// What every body can.
trait Body: Debug + Default + PartialEq + Serialize + DeserializeOwned {}

impl<T: Debug + Default + PartialEq + Serialize + DeserializeOwned> Body for T {}

/// Something to do with every body.
trait Visitor {
    fn visit<T: Body>(&mut self, name: &str);
}

macro_rules! bodies {
    ($($name:ident)*) => {
        fn each_body(visitor: &mut impl Visitor) {
            $(visitor.visit::<hub::$name>(stringify!($name));)*
        }
    };
}

bodies! { Hello Limits Account RegisterDevice Device Devices Push NewOp PushReply LoggedOp Ops Status StatusReply Blobs Head Problem }

/// Every answer to a push that there can be.
fn verdicts() -> PushReply {
    let id = |number| Id::new([number; 16]);
    PushReply {
        epoch: 1,
        head: 300,
        server_ms: 1_790_000_000_000,
        received_at: 1_789_999_999_990,
        results: vec![
            (id(1), Verdict::Ok(300)),
            (id(2), Verdict::Dup(7)),
            (id(3), Verdict::Stale(299)),
            (id(4), Verdict::Bad("too_large".into())),
        ],
    }
}

struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, body: &impl Body) {
        writeln!(self.0, "{name} {} {}", hex(&to_map(body)), json!(body)).unwrap();
    }
}

impl Visitor for Lines {
    fn visit<T: Body>(&mut self, name: &str) {
        for mut measure in Measure::BOTH {
            let body: T = make(&mut measure);
            self.add(&format!("{name}.{}", measure.word()), &body);
        }
    }
}

fn written_now() -> String {
    let mut lines = Lines(HEAD.to_owned());
    each_body(&mut lines);
    lines.add("PushReply.verdicts", &verdicts());
    lines.0
}

#[test]
fn bodies_are_written_as_agreed() {
    let now = written_now();
    if std::env::var_os("HEPH_BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(FILE, &now).unwrap();
    }
    let agreed = std::fs::read_to_string(FILE).unwrap();
    for (now, agreed) in now.lines().zip(agreed.lines()) {
        assert_eq!(now, agreed, "see the head of tests/it/hub.rs");
    }
    assert_eq!(now.lines().count(), agreed.lines().count(), "see the head of tests/it/hub.rs");
}

#[test]
fn agreed_bodies_are_read_and_written_the_same() {
    struct Agreed<'a> {
        file: &'a str,
        read: usize,
    }
    impl Visitor for Agreed<'_> {
        fn visit<T: Body>(&mut self, name: &str) {
            for line in self.file.lines().filter(|line| line.starts_with(&format!("{name}."))) {
                let body = bytes(line.split(' ').nth(1).unwrap());
                assert_eq!(to_map(&from_map::<T>(&body).unwrap()), body, "{line}");
                self.read += 1;
            }
        }
    }
    let file = std::fs::read_to_string(FILE).unwrap();
    let mut agreed = Agreed { file: &file, read: 0 };
    each_body(&mut agreed);
    assert_eq!(agreed.read, file.lines().filter(|line| !line.starts_with('#')).count());
}

/// A body nobody lists here would not be tested.
#[test]
fn every_body_of_the_api_is_listed() {
    struct Names(Vec<String>);
    impl Visitor for Names {
        fn visit<T: Body>(&mut self, name: &str) {
            self.0.push(name.to_owned());
        }
    }
    let mut names = Names(Vec::new());
    each_body(&mut names);
    let source = include_str!("../../src/hub.rs");
    let there: Vec<&str> = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub struct "))
        .map(|line| line.trim_end_matches(" {"))
        .collect();
    assert_eq!(names.0, there);
}

#[test]
fn a_body_of_another_age_is_read() {
    struct Ages;
    impl Visitor for Ages {
        fn visit<T: Body>(&mut self, name: &str) {
            assert_eq!(from_map::<T>(b"\x80").unwrap(), T::default(), "{name}");
            let body: T = make(&mut Measure::Full);
            let all = to_map(&body);
            assert_eq!(from_map::<T>(&with_newer_fields(&all)).unwrap(), body, "{name}");
            let all = fields(&all);
            for nth in 0..all.len() {
                let mut fewer = all.clone();
                let (without, _) = fewer.remove(nth);
                let read: T = from_map(&map(&fewer)).unwrap();
                let kept: Vec<_> =
                    fields(&to_map(&read)).into_iter().filter(|(field, _)| *field != without).collect();
                assert_eq!(kept, fewer, "{name} without {without}");
            }
        }
    }
    each_body(&mut Ages);
}

/// This one goes as JSON, in an event stream.
#[test]
fn the_news_of_a_head_is_json() {
    let head = hub::Head { epoch: 2, head: 300 };
    let json = r#"{"epoch":2,"head":300}"#;
    assert_eq!(serde_json::to_string(&head).unwrap(), json);
    assert_eq!(serde_json::from_str::<hub::Head>(json).unwrap(), head);
    assert_eq!(serde_json::from_str::<hub::Head>(r#"{"newer":[1]}"#).unwrap(), hub::Head::default());
}

#[test]
fn an_id_has_sixteen_bytes() {
    for length in [0_u8, 15, 17] {
        let mut body = b"\x81\xa6device\xc4".to_vec();
        body.push(length);
        body.extend(std::iter::repeat_n(7, length.into()));
        assert!(from_map::<hub::RegisterDevice>(&body).is_err(), "{length}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_body_comes_back_as_it_went(entropy in prop::collection::vec(any::<u8>(), 0..8_000)) {
        struct RoundTrip<'a>(Entropy<'a>);
        impl Visitor for RoundTrip<'_> {
            fn visit<T: Body>(&mut self, name: &str) {
                let body: T = make(&mut self.0);
                assert_eq!(from_map::<T>(&to_map(&body)).unwrap(), body, "{name}");
            }
        }
        each_body(&mut RoundTrip(Entropy(&entropy)));
    }

    #[test]
    fn hostile_bytes_are_an_error_at_most(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        struct Reads<'a>(&'a [u8]);
        impl Visitor for Reads<'_> {
            fn visit<T: Body>(&mut self, _: &str) {
                let _ = from_map::<T>(self.0);
            }
        }
        each_body(&mut Reads(&bytes));
    }
}
