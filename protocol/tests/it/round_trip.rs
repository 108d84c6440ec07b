//! Any value of any wire type comes back as it went.

use heph_protocol::envelope::{from_map, from_reply, to_map, to_params};
use heph_protocol::request::{METHODS, Method, MethodVisitor, each_method};
use heph_protocol::{Event, Message, Meta, Request, WireError};
use proptest::prelude::*;

use crate::examples::meta;
use crate::make::{Choices, make};

/// Chooses by a string of bytes, and the least when they are used up: fewer bytes, smaller values.
pub(crate) struct Entropy<'a>(pub(crate) &'a [u8]);

impl Entropy<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn word(&mut self) -> u64 {
        u64::from_be_bytes(std::array::from_fn(|_| self.byte()))
    }
}

impl Choices for Entropy<'_> {
    fn yes(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    fn length(&mut self) -> usize {
        usize::from(self.byte() % 4)
    }

    fn variant(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count
    }

    fn unsigned(&mut self, most: u64) -> u64 {
        // Numbers of every width, the widest among them.
        let width = self.byte() % 65;
        let number = self.word().checked_shr(64 - u32::from(width)).unwrap_or(0);
        number.min(most)
    }

    fn signed(&mut self) -> i32 {
        self.word() as i32 >> (self.byte() % 32)
    }

    fn float(&mut self) -> f64 {
        let float = f64::from_bits(self.word());
        if float.is_finite() { float } else { 0.5 }
    }

    fn text(&mut self, _: &str) -> String {
        let length = self.byte() % 40;
        (0..length)
            .map(|_| char::from_u32(u32::from(self.byte()) << (self.byte() % 13)).unwrap_or('ü'))
            .collect()
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = self.byte();
        (0..length).map(|_| self.byte()).collect()
    }
}

struct RoundTrip<'a>(Entropy<'a>);

impl MethodVisitor for RoundTrip<'_> {
    fn visit<M: Method>(&mut self) {
        let (request, meta): (M, Meta) = (make(&mut self.0), meta::<M>(&mut self.0));
        let params = to_params(&request, &meta);
        let id = self.0.unsigned(u32::MAX.into()) as u32;
        let sent = Message::Request { id, method: M::NAME.to_owned(), params: params.clone() };
        assert_eq!(Message::decode(&sent.encode()).unwrap(), sent);
        assert_eq!(from_map::<M>(&params).unwrap(), request);
        if M::NAME != "hello" {
            assert_eq!(from_map::<Meta>(&params).unwrap(), meta);
        }
        let read = Request::decode(M::NAME, &params).unwrap();
        assert_eq!((read.name(), read.kind()), (M::NAME, M::KIND));

        let reply: M::Reply = make(&mut self.0);
        let sent = Message::Reply { id, result: Ok(to_map(&reply)) };
        assert_eq!(Message::decode(&sent.encode()).unwrap(), sent);
        assert_eq!(from_reply::<M::Reply>(&to_map(&reply)).unwrap(), reply);
    }
}

fn entropy() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..20_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn requests_and_replies(entropy in entropy()) {
        each_method(&mut RoundTrip(Entropy(&entropy)));
    }

    #[test]
    fn errors(entropy in entropy(), id: u32) {
        let error: WireError = make(&mut Entropy(&entropy));
        let sent = Message::Reply { id, result: Err(error) };
        prop_assert_eq!(Message::decode(&sent.encode()).unwrap(), sent);
    }

    #[test]
    fn events(entropy in entropy()) {
        let mut choices = Entropy(&entropy);
        let events = [
            Event::Changed(make(&mut choices)),
            Event::Sync(make(&mut choices)),
            Event::Progress(make(&mut choices)),
            Event::ShuttingDown(make(&mut choices)),
        ];
        for event in events {
            let sent = event.to_message();
            let read = Message::decode(&sent.encode()).unwrap();
            prop_assert_eq!(&read, &sent);
            let Message::Event { method, params } = read else { panic!("{read:?}") };
            prop_assert_eq!(Event::from_message(&method, &params).unwrap(), Some(event));
        }
    }
}

/// A trip that carries nothing would prove nothing: enough bytes reach the last method with something left to choose.
#[test]
fn a_long_string_of_bytes_fills_every_message() {
    struct Sizes(Vec<(usize, usize)>);
    impl MethodVisitor for Sizes {
        fn visit<M: Method>(&mut self) {
            let ones = [0xff; 20_000];
            let request: M = make(&mut Entropy(&ones));
            let reply: M::Reply = make(&mut Entropy(&ones));
            self.0.push((to_map(&request).len(), to_map(&reply).len()));
        }
    }
    let mut sizes = Sizes(Vec::new());
    each_method(&mut sizes);
    assert_eq!(sizes.0.len(), METHODS.len());
    let fieldless = sizes.0.iter().filter(|(request, _)| *request == 1).count();
    assert_eq!(
        fieldless, 27,
        "daemon.status, home.open, redo, project.list, store.backup and .check, conflict.list, 8 of sync, 4 of auth, 4 of settings, 3 of update, hub.accounts: {:?}",
        sizes.0
    );
    assert!(sizes.0.iter().filter(|(_, reply)| *reply > 20).count() > 30, "{:?}", sizes.0);
}
