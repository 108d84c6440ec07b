//! The messages of the golden file: each once with everything in it, once with as little as can be.

use heph_protocol::envelope::{to_map, to_params};
use heph_protocol::event::{Changed, Progress, ShuttingDown, Sync};
use heph_protocol::request::{Hello, Method, MethodVisitor, each_method};
use heph_protocol::{ErrorCode, Event, Message, Meta, WireError, frame};
use serde_json::{Value, json};

use crate::make::{Choices, make};

/// A message, its frame and what it says.
pub(crate) struct Example {
    /// `task.add.request.full`
    pub(crate) name: String,
    pub(crate) frame: Vec<u8>,
    pub(crate) json: Value,
}

/// Everything an optional part can be: there, or not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    Full,
    Least,
}

impl Measure {
    pub(crate) const BOTH: [Self; 2] = [Self::Full, Self::Least];

    /// How the golden files call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Least => "least",
        }
    }
}

/// Numbers of every width that MessagePack has, none over 2^53: Lua reads these files.
impl Choices for Measure {
    fn yes(&mut self) -> bool {
        *self == Self::Full
    }

    fn length(&mut self) -> usize {
        if self.yes() { 2 } else { 0 }
    }

    fn variant(&mut self, count: usize) -> usize {
        if self.yes() { count - 1 } else { 0 }
    }

    fn unsigned(&mut self, most: u64) -> u64 {
        if self.yes() { 5_000_000_000.min(most / 2) } else { 0 }
    }

    fn signed(&mut self) -> i32 {
        if self.yes() { -300 } else { 0 }
    }

    fn float(&mut self) -> f64 {
        if self.yes() { 0.625 } else { 0.0 }
    }

    fn text(&mut self, field: &str) -> String {
        if self.yes() { format!("{field} – ü") } else { String::new() }
    }

    fn bytes(&mut self) -> Vec<u8> {
        if self.yes() { vec![0x00, 0xc1, 0xff] } else { Vec::new() }
    }
}

/// Id of requests and replies in the examples; takes two bytes more than a small one.
const ID: u32 = 4_711;

/// All examples, in the order of the reference.
pub(crate) fn examples() -> Vec<Example> {
    let mut examples = Examples(Vec::new());
    each_method(&mut examples);
    for measure in Measure::BOTH {
        examples.errors(measure);
        examples.events(measure);
    }
    examples.0
}

struct Examples(Vec<Example>);

impl Examples {
    fn add(&mut self, name: String, message: &Message, json: Value) {
        self.0.push(Example { name, frame: frame::encode(&message.encode()).unwrap(), json });
    }

    fn errors(&mut self, measure: Measure) {
        let words = ["not_found", "ambiguous", "invalid", "conflict", "refused", "busy"];
        let more = ["unauthenticated", "unsupported", "internal"];
        for word in words.into_iter().chain(more) {
            let code: ErrorCode = serde_json::from_value(json!(word)).unwrap();
            let error = WireError { code, ..make(&mut { measure }) };
            let json = json!([1, ID, error, null]);
            let name = format!("error.{word}.{}", measure.word());
            self.add(name, &Message::Reply { id: ID, result: Err(error) }, json);
        }
    }

    fn events(&mut self, mut measure: Measure) {
        let (changed, progress): (Changed, Progress) = (make(&mut measure), make(&mut measure));
        let (shutting_down, sync): (ShuttingDown, Sync) = (make(&mut measure), make(&mut measure));
        let json = [json!(changed), json!(progress), json!(shutting_down), json!(sync)];
        let events = [
            Event::Changed(changed),
            Event::Progress(progress),
            Event::ShuttingDown(shutting_down),
            Event::Sync(sync),
        ];
        for (event, json) in events.iter().zip(json) {
            let message = event.to_message();
            let Message::Event { method, .. } = &message else { panic!("{message:?}") };
            let json = json!([2, method, json]);
            self.add(format!("{method}.event.{}", measure.word()), &message, json);
        }
    }
}

impl MethodVisitor for Examples {
    fn visit<M: Method>(&mut self) {
        for mut measure in Measure::BOTH {
            let request: M = make(&mut measure);
            let meta = meta::<M>(&mut measure);
            let params = to_params(&request, &meta);
            let mut json = json!(request);
            json.as_object_mut().unwrap().extend(json!(meta).as_object().unwrap().clone());
            let json = json!([0, ID, M::NAME, json]);
            let name = format!("{}.request.{}", M::NAME, measure.word());
            self.add(name, &Message::Request { id: ID, method: M::NAME.to_owned(), params }, json);

            let reply: M::Reply = make(&mut measure);
            let json = json!([1, ID, null, reply]);
            let name = format!("{}.reply.{}", M::NAME, measure.word());
            self.add(name, &Message::Reply { id: ID, result: Ok(to_map(&reply)) }, json);
        }
    }
}

/// What a request of this method may carry besides; `hello` names the zone itself.
pub(crate) fn meta<M: Method>(choices: &mut dyn Choices) -> Meta {
    let meta: Meta = make(choices);
    if M::NAME == Hello::NAME { Meta { zone: None, ..meta } } else { meta }
}
