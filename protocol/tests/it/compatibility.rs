//! Readers and writers of different ages, and writers in other languages.

use heph_protocol::envelope::{from_map, from_reply, to_map, to_params};
use heph_protocol::event::Changed;
use heph_protocol::request::{METHODS, Method, MethodVisitor, each_method};
use heph_protocol::response::{MutationOutcome, TaskAdded};
use heph_protocol::{ErrorCode, Event, Message, Meta, Request, WireError, version};
use serde::Deserialize as _;
use serde::de::IgnoredAny;

use crate::examples::{Measure, meta};
use crate::make::make;

/// The fields of an encoded map, each still encoded.
pub(crate) fn fields(map: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut rest = map;
    let count = rmp::decode::read_map_len(&mut rest).unwrap();
    let read = |bytes: &[u8]| {
        let mut reader = rmp_serde::Deserializer::new(std::io::Cursor::new(bytes));
        let name = String::deserialize(&mut reader).unwrap();
        let begin = reader.position() as usize;
        IgnoredAny::deserialize(&mut reader).unwrap();
        ((name, bytes[begin..reader.position() as usize].to_vec()), reader.position() as usize)
    };
    let mut fields = Vec::new();
    for _ in 0..count {
        let (field, length) = read(rest);
        fields.push(field);
        rest = &rest[length..];
    }
    assert!(rest.is_empty());
    fields
}

/// A map of fields.
pub(crate) fn map(fields: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut map = Vec::new();
    rmp::encode::write_map_len(&mut map, fields.len().try_into().unwrap()).unwrap();
    for (name, value) in fields {
        rmp::encode::write_str(&mut map, name).unwrap();
        map.extend_from_slice(value);
    }
    map
}

/// What a newer writer may add: values of every shape.
fn newer_fields() -> Vec<(String, Vec<u8>)> {
    let values: [&[u8]; 6] = [
        b"\xc0",
        b"\xa3new",
        b"\x92\x01\x81\xa1k\x90",
        b"\xc4\x02\xff\xfe",
        b"\xd6\x05\0\0\0\0",
        b"\xcb\x7f\xf8\0\0\0\0\0\0",
    ];
    values.iter().enumerate().map(|(nth, value)| (format!("newer_{nth}"), value.to_vec())).collect()
}

/// The field among the old ones, the new ones around them.
pub(crate) fn with_newer_fields(old: &[u8]) -> Vec<u8> {
    let (mut all, old) = (newer_fields(), fields(old));
    all.splice(3..3, old);
    map(&all)
}

#[test]
fn an_older_reader_ignores_what_a_newer_writer_added() {
    struct Newer;
    impl MethodVisitor for Newer {
        fn visit<M: Method>(&mut self) {
            let request: M = make(&mut Measure::Full);
            let meta = meta::<M>(&mut Measure::Full);
            let params = with_newer_fields(&to_params(&request, &meta));
            assert_eq!(from_map::<M>(&params).unwrap(), request, "{}", M::NAME);
            let reply: M::Reply = make(&mut Measure::Full);
            assert_eq!(from_reply::<M::Reply>(&with_newer_fields(&to_map(&reply))).unwrap(), reply);
        }
    }
    each_method(&mut Newer);

    let changed: Changed = make(&mut Measure::Full);
    let params = with_newer_fields(&to_map(&changed));
    assert_eq!(Event::from_message("changed", &params).unwrap(), Some(Event::Changed(changed)));
    assert_eq!(Event::from_message("newer_event", &params).unwrap(), None);

    let error: WireError = make(&mut Measure::Full);
    let mut reply = vec![0x94, 0x01, 0x07];
    reply.extend_from_slice(&with_newer_fields(&to_map(&error)));
    reply.push(0xc0);
    assert_eq!(Message::decode(&reply).unwrap(), Message::Reply { id: 7, result: Err(error) });
}

#[test]
fn a_newer_reader_fills_in_what_an_older_writer_did_not_know() {
    struct Older;
    impl MethodVisitor for Older {
        fn visit<M: Method>(&mut self) {
            assert_eq!(from_reply::<M::Reply>(b"\x80").unwrap(), M::Reply::default(), "{}", M::NAME);
            // Taking away one field at a time leaves the others as they are.
            let reply: M::Reply = make(&mut Measure::Full);
            let all = fields(&to_map(&reply));
            for nth in 0..all.len() {
                let mut fewer = all.clone();
                fewer.remove(nth);
                let read: M::Reply = from_reply(&map(&fewer)).unwrap();
                let kept: Vec<_> =
                    fields(&to_map(&read)).into_iter().filter(|(name, _)| *name != all[nth].0).collect();
                assert_eq!(kept, fewer, "{}", M::NAME);
            }
        }
    }
    each_method(&mut Older);
    assert_eq!(Event::from_message("changed", b"\x80").unwrap(), Some(Event::Changed(Changed::default())));
}

#[test]
fn a_request_without_a_field_is_read_or_the_field_is_named() {
    struct Without {
        required: Vec<String>,
    }
    impl MethodVisitor for Without {
        fn visit<M: Method>(&mut self) {
            let request: M = make(&mut Measure::Full);
            let all = fields(&to_map(&request));
            for nth in 0..all.len() {
                let mut fewer = all.clone();
                let (name, _) = fewer.remove(nth);
                if let Err(error) = Request::decode(M::NAME, &map(&fewer)) {
                    assert_eq!(error.code, ErrorCode::Invalid);
                    assert_eq!(error.message, format!("parameters cannot be read: missing field `{name}`"));
                    self.required.push(format!("{} {name}", M::NAME));
                }
            }
        }
    }
    let mut without = Without { required: Vec::new() };
    each_method(&mut without);
    // A field that joins this list breaks older clients: it raises the protocol's version. A new method may bring its own.
    let required = [
        "hello protocol",
        "subscribe topics",
        "sync.revoke device",
        "conflict.restore id",
        "conflict.dismiss id",
        "hub.devices account",
        "hub.revoke account",
        "hub.revoke device",
        "hub.quota account",
        "hub.quota bytes",
        "mutation.outcome id",
        "task.add line",
        "task.why reference",
        "task.transition references",
        "task.transition to",
        "task.modify changes",
        "task.bulk filter",
        "task.bulk action",
        "task.defer references",
        "task.defer until",
        "task.pin references",
        "task.pin pinned",
        "task.log reference",
        "task.log text",
        "task.form reference",
        "task.form_save id",
        "task.form_save base",
        "task.form_save text",
        "node.show reference",
        "node.history reference",
        "node.delete references",
        "node.restore references",
        "complete what",
        "page.new title",
        "page.open reference",
        "page.save id",
        "page.save base_rev",
        "page.save text",
        "journal.capture line",
        "page.links reference",
        "page.backlinks reference",
        "page.rename reference",
        "page.rename to",
        "page.history reference",
        "page.revision reference",
        "page.revision rev",
        "page.diff reference",
        "page.revert reference",
        "page.revert rev",
        "item.promote reference",
        "item.promote base_rev",
        "item.promote line",
        "item.promote text",
        "search query",
        "filter.explain filter",
        "import.batch source",
        "import.batch items",
        "store.backup_read id",
        "store.backup_read offset",
        "store.restore_begin bytes",
        "store.restore_write id",
        "store.restore_write offset",
        "store.restore_write bytes",
        "store.restore_commit id",
        "task.sub reference",
        "task.sub lines",
        "task.move reference",
        "task.duplicate reference",
        "task.wait references",
        "time.add reference",
        "time.add length",
        "time.edit reference",
        "time.edit interval",
        "time.delete reference",
        "time.delete interval",
        "review.mark references",
        "settings.set key",
        "settings.set value",
        "settings.unset key",
        "context.set name",
        "context.set filter",
        "context.delete name",
        "view.save name",
        "view.delete name",
        "field.add name",
        "field.add kind",
        "field.delete name",
        "link.resolve links",
        "page.outline reference",
        "attachment.begin reference",
        "attachment.begin name",
        "attachment.begin bytes",
        "attachment.write id",
        "attachment.write offset",
        "attachment.write bytes",
        "attachment.commit id",
        "attachment.list reference",
        "attachment.read reference",
        "attachment.read name",
        "attachment.delete reference",
        "attachment.delete name",
    ];
    assert_eq!(without.required, required);
}

#[test]
fn the_order_of_fields_says_nothing() {
    struct Backwards;
    impl MethodVisitor for Backwards {
        fn visit<M: Method>(&mut self) {
            let request: M = make(&mut Measure::Full);
            let mut all = fields(&to_params(&request, &Meta::default()));
            all.reverse();
            assert_eq!(from_map::<M>(&map(&all)).unwrap(), request);
        }
    }
    each_method(&mut Backwards);
}

#[test]
fn an_empty_lua_table_is_an_empty_map() {
    let from_lua = Message::decode(b"\x94\x00\x01\xa4undo\x90").unwrap();
    let Message::Request { method, params, .. } = from_lua else { panic!("{from_lua:?}") };
    assert!(
        matches!(Request::decode(&method, &params).unwrap(), Request::Undo(undo) if undo.group.is_none())
    );
    assert_eq!(from_map::<Meta>(&params).unwrap(), Meta::default());
    // And it is not the empty list it looks like where fields are needed.
    let error = Request::decode("task.add", b"\x90").unwrap_err();
    assert_eq!(error.message, "parameters cannot be read: missing field `line`");
}

#[test]
fn positional_fields_are_refused_whatever_the_method() {
    for method in METHODS {
        for list in [&b"\x91\x01"[..], b"\x92\xa1a\xa1b", b"\xdc\0\x01\xc0", b"\xdd\0\0\0\x01\xc0"] {
            let error = Request::decode(method.name, list).unwrap_err();
            assert_eq!(error.code, ErrorCode::Invalid, "{}", method.name);
            assert_eq!(error.message, "parameters are not a map with named fields", "{}", method.name);
        }
    }
    assert!(from_reply::<TaskAdded>(b"\x91\x01").is_err());
    assert!(Event::from_message("changed", b"\x91\xa11").is_err());
    assert!(Message::decode(b"\x94\x01\x01\x92\xa4busy\xa1m\xc0").is_err(), "an error is a map too");
}

#[test]
fn what_is_no_map_at_all_is_invalid() {
    for params in [&b"\xc0"[..], b"\x07", b"\xa1a", b"\xc4\x01a"] {
        let error = Request::decode("undo", params).unwrap_err();
        assert_eq!(error.message, "parameters are not a map with named fields");
    }
    assert_eq!(Request::decode("undo", b"").unwrap_err().message, "parameters are cut short");
    assert_eq!(
        Request::decode("undo", b"\x80\xc0\xc0").unwrap_err().message,
        "parameters are followed by 2 stray bytes"
    );
    assert!(from_reply::<MutationOutcome>(b"").is_err(), "no reply is not an empty one");
}

#[test]
fn text_that_is_not_utf8_is_invalid_and_the_message_can_be_answered() {
    let message = Message::decode(b"\x94\x00\x05\xa8task.add\x81\xa4line\xa3a\xffb").unwrap();
    let Message::Request { id: 5, method, params } = message else { panic!("{message:?}") };
    let error = Request::decode(&method, &params).unwrap_err();
    assert_eq!(error.code, ErrorCode::Invalid);
    assert!(error.message.starts_with("parameters cannot be read: "), "{error}");

    let message = Message::decode(b"\x94\x00\x05\xa3a\xffb\x80").unwrap();
    let Message::Request { id: 5, method, params } = message else { panic!("{message:?}") };
    let error = Request::decode(&method, &params).unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (ErrorCode::Unsupported, "there is no method `a\u{fffd}b`")
    );

    // A name of a field that is not UTF-8 is a field nobody knows.
    assert!(Request::decode("undo", b"\x81\xa2\xff\xfe\x01").is_ok());
}

#[test]
fn an_unknown_method_is_unsupported_and_shown_short() {
    let error = Request::decode(&format!("\u{1b}[31m{}", "x".repeat(400)), b"\x80").unwrap_err();
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert_eq!(error.message, format!("there is no method `[31m{}`", "x".repeat(36)));
}

#[test]
fn shapes_that_are_no_message_are_refused() {
    for bytes in [
        &b"\x93\x00\x01\xa1m"[..],
        b"\x95\x00\x01\xa1m\x80\x80",
        b"\x94\x03\x01\xa1m\x80",
        b"\x94\x02\xa1m\x80\x80",
        b"\x94\x00\xff\xa1m\x80",
        b"\x94\x00\xcf\0\0\0\x01\0\0\0\0\xa1m\x80",
        b"\x94\x00\x01\xa1m",
        b"\x94\x01\x01\xc0",
        b"\x93\x02\xa1m",
        b"\x80",
        b"",
    ] {
        assert!(Message::decode(bytes).is_err(), "{bytes:x?}");
    }
}

#[test]
fn another_major_version_is_refused_by_the_side_to_upgrade() {
    assert_eq!(version::check(version::PROTOCOL), Ok(()));
    let older = version::check(version::PROTOCOL - 1).unwrap_err();
    assert_eq!((older.code, older.hint.as_deref()), (ErrorCode::Unsupported, Some("upgrade the client")));
    let newer = version::check(version::PROTOCOL + 1).unwrap_err();
    assert_eq!(newer.code, ErrorCode::Unsupported);
    assert!(newer.hint.unwrap().starts_with("upgrade hephd"));
}

/// Lua has one kind of string: what an editor sends as bytes comes as a text that need not be one.
#[test]
fn bytes_may_come_as_a_string() {
    let mut params = Vec::new();
    rmp::encode::write_map_len(&mut params, 3).unwrap();
    rmp::encode::write_str(&mut params, "id").unwrap();
    rmp::encode::write_str(&mut params, "7").unwrap();
    rmp::encode::write_str(&mut params, "offset").unwrap();
    rmp::encode::write_uint(&mut params, 0).unwrap();
    rmp::encode::write_str(&mut params, "bytes").unwrap();
    params.extend_from_slice(b"\xa3\xff\0\xfe");
    let write: heph_protocol::request::AttachmentWrite = from_map(&params).unwrap();
    assert_eq!(write.bytes, [0xff, 0, 0xfe]);
}
