//! Bytes nobody should send: an error each, never a panic, never memory for lengths that are lies.
//!
//! The whole binary runs under the limit of `main.rs`.

use heph_protocol::envelope::{from_map, from_reply};
use heph_protocol::frame::{HEADER, MAX_PAYLOAD};
use heph_protocol::request::{METHODS, Method, MethodVisitor, each_method};
use heph_protocol::{ErrorCode, Event, MAX_VALUES, Message, Meta, Request};
use proptest::prelude::*;

use crate::golden::golden;

/// Has everything that reads bytes from outside read these.
fn read_as_anything(bytes: &[u8]) {
    struct ReadReply<'a>(&'a [u8]);
    impl MethodVisitor for ReadReply<'_> {
        fn visit<M: Method>(&mut self) {
            let _: Result<M::Reply, _> = from_reply(self.0);
        }
    }
    if let Ok(message) = Message::decode(bytes) {
        // What was read is written again in a form that reads the same.
        assert_eq!(Message::decode(&message.encode()).unwrap(), message);
    }
    for method in METHODS {
        let _ = Request::decode(method.name, bytes);
    }
    let _ = from_map::<Meta>(bytes);
    for event in ["changed", "sync", "progress", "shutting_down", "unknown"] {
        let _ = Event::from_message(event, bytes);
    }
    each_method(&mut ReadReply(bytes));
}

proptest! {
    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        read_as_anything(&bytes);
    }

    /// Begins as a map with a field, so that the readers get further.
    #[test]
    fn random_fields(field in "[a-z_]{1,12}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut map = vec![0x81, 0xa0 | field.len() as u8];
        map.extend_from_slice(field.as_bytes());
        map.extend_from_slice(&bytes);
        read_as_anything(&map);
    }

    #[test]
    fn damaged_messages(which: prop::sample::Index, damage in prop::collection::vec(any::<(prop::sample::Index, u8)>(), 1..6)) {
        let messages = golden();
        let mut payload = which.get(&messages).1[HEADER..].to_vec();
        for (at, byte) in damage {
            let at = at.index(payload.len());
            payload[at] = byte;
        }
        match Message::decode(&payload) {
            Ok(Message::Request { params: fields, .. } | Message::Event { params: fields, .. })
            | Ok(Message::Reply { result: Ok(fields), .. }) => read_as_anything(&fields),
            Ok(Message::Reply { result: Err(_), .. }) | Err(_) => {}
        }
    }
}

#[test]
fn a_message_cut_anywhere_is_not_the_whole_one() {
    for (name, frame) in golden() {
        let payload = &frame[HEADER..];
        for cut in 0..payload.len() {
            let read = match Message::decode(&payload[..cut]) {
                Ok(Message::Request { method, params, .. }) => Request::decode(&method, &params).is_ok(),
                Ok(Message::Event { method, params }) => Event::from_message(&method, &params).is_ok(),
                Ok(Message::Reply { result: Ok(result), .. }) => from_reply::<Meta>(&result).is_ok(),
                // The nil behind an error says nothing.
                Ok(Message::Reply { result: Err(_), .. }) => cut + 1 < payload.len(),
                Err(_) => false,
            };
            assert!(!read, "{name} cut to {cut} bytes was read");
        }
    }
}

#[test]
fn announced_lengths_take_no_memory() {
    // text, bytes, list, map and extension of 4 GiB each
    let heads = [0xdb, 0xc6, 0xdd, 0xdf, 0xc9];
    for head in heads {
        let lie = [&[head][..], &[0xff; 4], &[0; 3]].concat();
        read_as_anything(&lie);
        assert!(Message::decode(&[&[0x94, 0x00, 0x01][..], &lie].concat()).is_err());
        assert!(Message::decode(&[&[0x94, 0x01, 0x01][..], &lie].concat()).is_err());
        for field in ["topics", "line", "references", "items", "bytes", "candidates", "tasks", "unknown"] {
            let map = [&[0x81, 0xa0 | field.len() as u8][..], field.as_bytes(), &lie].concat();
            read_as_anything(&map);
            for method in METHODS {
                let error = Request::decode(method.name, &map).unwrap_err();
                assert_eq!(error.code, ErrorCode::Invalid, "{} {error}", method.name);
                assert_eq!(error.message, "parameters are cut short", "{}", method.name);
            }
        }
    }
}

#[test]
fn a_frame_full_of_empty_texts_is_refused_before_a_list_is_made_of_it() {
    let field = b"\x81\xaareferences\xdd";
    let count = MAX_PAYLOAD - 64;
    let mut params = field.to_vec();
    params.extend_from_slice(&u32::try_from(count).unwrap().to_be_bytes());
    params.resize(params.len() + count, 0xa0);
    let error = Request::decode("node.delete", &params).unwrap_err();
    assert_eq!(error.message, format!("parameters hold more than {MAX_VALUES} values"));
    // As a list of texts it would have taken more than this binary may.
    assert!(count * size_of::<String>() > crate::MEMORY);
}

#[test]
fn deep_nesting_ends_in_an_error_not_in_the_stack() {
    let mut params = b"\x81\xa4deep".to_vec();
    params.resize(params.len() + 500_000, 0x91);
    params.push(0xc0);
    let error = Request::decode("redo", &params).unwrap_err();
    assert_eq!(error.code, ErrorCode::Invalid);
    assert!(error.message.contains("depth"), "{error}");
    read_as_anything(&params);
}
