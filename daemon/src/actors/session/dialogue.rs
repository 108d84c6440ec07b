//! What a session does with each message it reads. Decides only: no socket, no store, no actix.

use heph_protocol::envelope::{CONNECTION_ID, Message, Meta, from_map};
use heph_protocol::event::Topic;
use heph_protocol::request::Hello;
use heph_protocol::{ErrorCode, Kind, Request, WireError, version};
use jiff::tz::TimeZone;

use crate::domain::id::MutationId;

/// What to do with a message.
#[derive(Debug)]
pub(super) enum Step {
    /// Answer `hello`.
    Greet {
        /// The request's id.
        id: u32,
    },
    /// Answer `subscribe` and send these events from now on.
    Subscribe {
        /// The request's id.
        id: u32,
        /// The topics, none to end the subscription.
        topics: Vec<Topic>,
    },
    /// Answer `daemon.status`.
    Status {
        /// The request's id.
        id: u32,
    },
    /// Let the store answer.
    Ask {
        /// The request's id.
        id: u32,
        /// The request.
        request: Request,
        /// Its own zone or the connection's.
        zone: TimeZone,
        /// Its mutation id.
        mutation_id: Option<MutationId>,
    },
    /// Answer with an error and go on.
    Refuse {
        /// The request's id.
        id: u32,
        /// Why.
        error: WireError,
    },
    /// Say why and close the connection.
    HangUp {
        /// The request's id, or the connection's own.
        id: u32,
        /// Why.
        error: WireError,
    },
    /// Nothing: a notification or a stray reply.
    Ignore,
}

/// The state of a conversation: before or after `hello`.
#[derive(Debug)]
pub(super) struct Dialogue {
    greeted: bool,
    zone: TimeZone,
    client: String,
}

impl Dialogue {
    /// Begins a conversation; the zone counts until the client names its own.
    pub(super) fn new(zone: TimeZone) -> Self {
        Self { greeted: false, zone, client: String::new() }
    }

    /// Whether the client has said a `hello` that was accepted.
    pub(super) fn is_greeted(&self) -> bool {
        self.greeted
    }

    /// Name of the client, empty before its `hello`.
    pub(super) fn client(&self) -> &str {
        &self.client
    }

    /// Takes in the payload of one frame.
    pub(super) fn receive(&mut self, payload: &[u8]) -> Step {
        match Message::decode(payload) {
            Ok(Message::Request { id, method, params }) => {
                self.request(id, &method, &params).unwrap_or_else(|error| Step::Refuse { id, error })
            }
            Ok(Message::Reply { .. } | Message::Event { .. }) => Step::Ignore,
            Err(malformed) => unreadable(payload, &malformed.to_string()),
        }
    }

    fn request(&mut self, id: u32, method: &str, params: &[u8]) -> Result<Step, WireError> {
        let request = Request::decode(method, params);
        if let Ok(Request::Hello(hello)) = request {
            return self.hello(id, hello);
        }
        if !self.greeted {
            return Err(WireError::new(ErrorCode::Invalid, "the first request of a connection is `hello`")
                .hint("say hello with the protocol's version"));
        }
        let meta: Meta = from_map(params)?;
        match request? {
            Request::Subscribe(subscribe) => Ok(Step::Subscribe { id, topics: subscribe.topics }),
            Request::DaemonStatus(_) => Ok(Step::Status { id }),
            request => self.ask(id, request, &meta),
        }
    }

    fn hello(&mut self, id: u32, hello: Hello) -> Result<Step, WireError> {
        if self.greeted {
            return Err(WireError::new(ErrorCode::Invalid, "this connection has said hello already")
                .hint("open another connection"));
        }
        if let Err(error) = version::check(hello.protocol) {
            return Ok(Step::HangUp { id, error });
        }
        if let Some(zone) = &hello.zone {
            self.zone = zone_named(zone)?;
        }
        self.client = hello.client.chars().filter(|c| !c.is_control()).take(64).collect();
        self.greeted = true;
        Ok(Step::Greet { id })
    }

    fn ask(&self, id: u32, request: Request, meta: &Meta) -> Result<Step, WireError> {
        let zone = meta.zone.as_deref().map_or_else(|| Ok(self.zone.clone()), zone_named)?;
        let mutation_id = meta.mutation_id.as_deref().map(mutation_id).transpose()?;
        // What asks for an outcome is a mutation in the writer's eyes, but itself has none to ask for.
        let needs_id = request.kind() == Kind::Mutation && !matches!(request, Request::MutationOutcome(_));
        if needs_id && mutation_id.is_none() {
            return Err(WireError::new(
                ErrorCode::Invalid,
                format!("`{}` needs a `mutation_id`", request.name()),
            )
            .hint("send 16 random bytes as hex, new ones for each change"));
        }
        Ok(Step::Ask { id, request, zone, mutation_id })
    }
}

/// Answers a request that cannot be read if its id can; there is no going on without one.
fn unreadable(payload: &[u8], what: &str) -> Step {
    let error = WireError::new(ErrorCode::Invalid, what).hint("see the protocol reference");
    match request_id(payload) {
        Some(id) => Step::Refuse { id, error },
        None => Step::HangUp { id: CONNECTION_ID, error },
    }
}

/// The id of something that begins as a request does, however it goes on.
fn request_id(mut payload: &[u8]) -> Option<u32> {
    rmp::decode::read_array_len(&mut payload).ok()?;
    let shape: u8 = rmp::decode::read_int(&mut payload).ok()?;
    (shape == 0).then(|| rmp::decode::read_int(&mut payload).ok()).flatten()
}

fn zone_named(name: &str) -> Result<TimeZone, WireError> {
    TimeZone::get(name).map_err(|_| {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
        WireError::new(ErrorCode::Invalid, format!("there is no time zone `{shown}`"))
            .hint("use an IANA name such as Europe/Paris")
    })
}

fn mutation_id(hex: &str) -> Result<MutationId, WireError> {
    MutationId::from_hex(hex).map_err(|_| {
        WireError::new(ErrorCode::Invalid, "`mutation_id` is not 16 bytes as hex").hint("send 32 hex digits")
    })
}

#[cfg(test)]
mod tests {
    use heph_protocol::envelope::to_params;
    use heph_protocol::request::{DaemonStatus, Method, MutationOutcome, Subscribe, TaskAdd, TaskNext};
    use proptest::prelude::*;
    use serde::Serialize;

    use super::*;

    fn request<M: Method + Serialize>(params: &M, meta: &Meta) -> Vec<u8> {
        let params = to_params(params, meta);
        Message::Request { id: 7, method: M::NAME.to_owned(), params }.encode()
    }

    fn hello(zone: Option<&str>) -> Vec<u8> {
        let hello = Hello {
            protocol: version::PROTOCOL,
            client: "probe".to_owned(),
            zone: zone.map(str::to_owned),
            ..Hello::default()
        };
        request(&hello, &Meta::default())
    }

    fn greeted() -> Dialogue {
        let mut dialogue = Dialogue::new(TimeZone::UTC);
        assert!(matches!(dialogue.receive(&hello(Some("Europe/Paris"))), Step::Greet { id: 7 }));
        dialogue
    }

    fn refusal(step: Step) -> WireError {
        match step {
            Step::Refuse { id: 7, error } => error,
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    #[test]
    fn hello_comes_first() {
        let mut dialogue = Dialogue::new(TimeZone::UTC);
        let error = refusal(dialogue.receive(&request(&TaskNext::default(), &Meta::default())));
        assert_eq!(error.message, "the first request of a connection is `hello`");
        assert!(!dialogue.is_greeted());
        assert!(matches!(dialogue.receive(&hello(None)), Step::Greet { .. }));
        assert_eq!(dialogue.client(), "probe");
        let again = refusal(dialogue.receive(&hello(None)));
        assert_eq!(again.message, "this connection has said hello already");
    }

    #[test]
    fn another_major_version_ends_the_conversation() {
        let old = Hello { protocol: version::PROTOCOL + 1, ..Hello::default() };
        let step = Dialogue::new(TimeZone::UTC).receive(&request(&old, &Meta::default()));
        let Step::HangUp { id: 7, error } = step else { panic!("{step:?}") };
        assert_eq!(error.code, ErrorCode::Unsupported);
    }

    #[test]
    fn a_request_has_its_own_zone_or_the_connections() {
        let mut dialogue = greeted();
        let zone_of = |step| match step {
            Step::Ask { zone, .. } => zone.iana_name().map(str::to_owned),
            other => panic!("{other:?}"),
        };
        let plain = dialogue.receive(&request(&TaskNext::default(), &Meta::default()));
        assert_eq!(zone_of(plain).as_deref(), Some("Europe/Paris"));
        let there = Meta { zone: Some("Asia/Tokyo".to_owned()), ..Meta::default() };
        assert_eq!(
            zone_of(dialogue.receive(&request(&TaskNext::default(), &there))).as_deref(),
            Some("Asia/Tokyo")
        );
        let nowhere = Meta { zone: Some("Mars/Olympus\u{7}".to_owned()), ..Meta::default() };
        let error = refusal(dialogue.receive(&request(&TaskNext::default(), &nowhere)));
        assert_eq!(
            (error.code, error.message.as_str()),
            (ErrorCode::Invalid, "there is no time zone `Mars/Olympus`")
        );
    }

    #[test]
    fn an_unknown_zone_in_hello_is_refused_and_hello_can_be_said_again() {
        let mut dialogue = Dialogue::new(TimeZone::UTC);
        assert_eq!(refusal(dialogue.receive(&hello(Some("Nowhere")))).code, ErrorCode::Invalid);
        assert!(!dialogue.is_greeted());
        assert!(matches!(dialogue.receive(&hello(Some("UTC"))), Step::Greet { .. }));
    }

    #[test]
    fn a_mutation_needs_its_id() {
        let mut dialogue = greeted();
        let add = TaskAdd { line: "Call the bank".to_owned(), ..TaskAdd::default() };
        let error = refusal(dialogue.receive(&request(&add, &Meta::default())));
        assert_eq!(error.message, "`task.add` needs a `mutation_id`");
        let wrong = Meta { mutation_id: Some("12".to_owned()), ..Meta::default() };
        assert_eq!(refusal(dialogue.receive(&request(&add, &wrong))).code, ErrorCode::Invalid);
        let id = "00112233445566778899aabbccddeeff";
        let right = Meta { mutation_id: Some(id.to_owned()), ..Meta::default() };
        let step = dialogue.receive(&request(&add, &right));
        let Step::Ask { mutation_id: Some(read), .. } = step else { panic!("{step:?}") };
        assert_eq!(read, MutationId::from_hex(id).unwrap());
        let outcome = MutationOutcome { id: id.to_owned() };
        assert!(matches!(dialogue.receive(&request(&outcome, &Meta::default())), Step::Ask { .. }));
    }

    #[test]
    fn what_the_session_answers_itself_does_not_reach_the_store() {
        let mut dialogue = greeted();
        let subscribe = Subscribe { topics: vec![Topic::Changed] };
        let step = dialogue.receive(&request(&subscribe, &Meta::default()));
        assert!(matches!(step, Step::Subscribe { id: 7, topics } if topics == [Topic::Changed]));
        let step = dialogue.receive(&request(&DaemonStatus {}, &Meta::default()));
        assert!(matches!(step, Step::Status { id: 7 }));
    }

    #[test]
    fn a_text_that_is_not_utf8_is_invalid_and_the_conversation_goes_on() {
        let mut dialogue = greeted();
        let mut params = vec![0x81];
        rmp::encode::write_str(&mut params, "reference").unwrap();
        params.extend_from_slice(&[0xa2, 0xff, 0xfe]);
        let payload = Message::Request { id: 7, method: "task.why".to_owned(), params }.encode();
        assert_eq!(refusal(dialogue.receive(&payload)).code, ErrorCode::Invalid);
        assert!(matches!(
            dialogue.receive(&request(&TaskNext::default(), &Meta::default())),
            Step::Ask { .. }
        ));
    }

    #[test]
    fn notifications_and_replies_are_ignored() {
        let mut dialogue = greeted();
        let event = Message::Event { method: "nvim_error_event".to_owned(), params: vec![0x90] };
        assert!(matches!(dialogue.receive(&event.encode()), Step::Ignore));
        let reply = Message::Reply { id: 3, result: Ok(vec![0x80]) };
        assert!(matches!(dialogue.receive(&reply.encode()), Step::Ignore));
    }

    #[test]
    fn a_malformed_request_is_answered_if_its_id_is_known() {
        let mut dialogue = greeted();
        let short = [0x93, 0x00, 0x07, 0x80];
        assert_eq!(refusal(dialogue.receive(&short)).code, ErrorCode::Invalid);
        let garbage = dialogue.receive(b"GET / HTTP/1.1\r\n");
        assert!(matches!(garbage, Step::HangUp { id: CONNECTION_ID, .. }));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(payload in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut dialogue = Dialogue::new(TimeZone::UTC);
            dialogue.receive(&payload);
            prop_assert!(!dialogue.is_greeted());
        }

        #[test]
        fn a_request_cut_short_is_never_carried_out(cut in 0usize..40) {
            let mut dialogue = greeted();
            let add = TaskAdd { line: "Call the bank about the card".to_owned(), ..TaskAdd::default() };
            let meta = Meta { mutation_id: Some("00112233445566778899aabbccddeeff".to_owned()), ..Meta::default() };
            let payload = request(&add, &meta);
            let cut = payload.len().saturating_sub(cut + 1);
            let step = dialogue.receive(&payload[..cut]);
            let is_answered = matches!(step, Step::Refuse { .. } | Step::HangUp { .. });
            prop_assert!(is_answered);
        }
    }
}
