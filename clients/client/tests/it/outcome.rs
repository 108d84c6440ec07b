//! Mutations whose reply was lost: the outcome is asked for, and nothing is applied twice.

use heph_client::{Client, ClientError, Patience};
use heph_protocol::envelope::to_map;
use heph_protocol::request::Request;
use heph_protocol::response::{MutationOutcome, TaskAdded};
use heph_protocol::{ErrorCode, WireError};

use crate::fake_daemon::{
    Asked, FakeDaemon, SHORT, STORE, Script, add, added, busy, client_of, names, patience, script,
};

/// Reads the mutation and drops the socket.
fn drops_after_reading() -> Script {
    script(|peer| {
        peer.greet_and_read();
    })
}

fn applied(note: &str) -> MutationOutcome {
    MutationOutcome { applied: true, reply: to_map(&added(note)) }
}

fn not_applied() -> MutationOutcome {
    MutationOutcome::default()
}

/// Adds a task through a daemon with these scripts; tells what came of it and what was asked.
fn add_through(scripts: Vec<Script>) -> (Result<TaskAdded, ClientError>, Vec<Asked>) {
    let daemon = FakeDaemon::start(scripts);
    let mut client = daemon.client();
    let result = client.call(&add());
    (result, daemon.finish(client))
}

/// The ids under which the mutation itself arrived.
fn ids(asked: &[Asked]) -> Vec<&str> {
    let mutations = asked.iter().filter(|asked| matches!(asked.request, Request::TaskAdd(_)));
    mutations.map(|asked| asked.mutation_id.as_deref().unwrap()).collect()
}

/// The ids whose outcome was asked for.
fn questions(asked: &[Asked]) -> Vec<&str> {
    let questions = asked.iter().filter_map(|asked| match &asked.request {
        Request::MutationOutcome(question) => Some(question.id.as_str()),
        _ => None,
    });
    questions.collect()
}

#[test]
fn an_applied_mutation_gives_its_first_reply() {
    let knows = script(|peer| {
        peer.greet(STORE);
        peer.tell_outcome(&applied("from before"));
        peer.stay();
    });
    let (result, asked) = add_through(vec![drops_after_reading(), knows]);
    assert_eq!(result.unwrap(), added("from before"));
    assert_eq!(names(&asked), ["task.add", "mutation.outcome"]);
    assert_eq!(questions(&asked), ids(&asked));
}

#[test]
fn a_mutation_lost_in_mid_reply_is_asked_for_too() {
    let drops = script(|peer| {
        let asked = peer.greet_and_read();
        peer.half_a_reply(asked.id, &added("half"));
    });
    let knows = script(|peer| {
        peer.greet(STORE);
        peer.tell_outcome(&applied("whole"));
        peer.stay();
    });
    let (result, asked) = add_through(vec![drops, knows]);
    assert_eq!(result.unwrap(), added("whole"));
    assert_eq!(names(&asked), ["task.add", "mutation.outcome"]);
}

#[test]
fn garbage_instead_of_a_reply_is_a_lost_reply() {
    let babbles = script(|peer| {
        peer.greet_and_read();
        peer.raw(&[0, 0, 0, 2, 0xc1, 0xc1]);
        peer.stay();
    });
    let knows = script(|peer| {
        peer.greet(STORE);
        peer.tell_outcome(&applied("true"));
        peer.stay();
    });
    let (result, asked) = add_through(vec![babbles, knows]);
    assert_eq!(result.unwrap(), added("true"));
    assert_eq!(questions(&asked), ids(&asked));
}

#[test]
fn a_mutation_that_was_not_applied_is_sent_once_more_under_a_new_id() {
    let burns_and_takes = script(|peer| {
        peer.greet(STORE);
        peer.tell_outcome(&not_applied());
        let again = peer.request();
        peer.reply(again.id, &added("second"));
        peer.stay();
    });
    let (result, asked) = add_through(vec![drops_after_reading(), burns_and_takes]);
    assert_eq!(result.unwrap(), added("second"));
    assert_eq!(names(&asked), ["task.add", "mutation.outcome", "task.add"]);
    let ids = ids(&asked);
    assert_ne!(ids[0], ids[1]);
    assert_eq!(questions(&asked), [ids[0]]);
}

#[test]
fn a_mutation_is_sent_twice_at_most() {
    let burns_and_drops = script(|peer| {
        peer.greet(STORE);
        peer.tell_outcome(&not_applied());
        peer.request();
    });
    let burns = script(|peer| {
        peer.greet(STORE);
        peer.tell_outcome(&not_applied());
        peer.stay();
    });
    let (result, asked) = add_through(vec![drops_after_reading(), burns_and_drops, burns]);
    assert!(matches!(result, Err(ClientError::Closed)), "{result:?}");
    assert_eq!(names(&asked), ["task.add", "mutation.outcome", "task.add", "mutation.outcome"]);
    assert_eq!(questions(&asked), ids(&asked));
}

#[test]
fn another_store_is_not_asked() {
    let another = script(|peer| {
        peer.greet("store-2");
        peer.stay();
    });
    let (result, asked) = add_through(vec![drops_after_reading(), another]);
    let error = result.unwrap_err();
    assert!(matches!(error, ClientError::OutcomeUnknown), "{error:?}");
    assert_eq!(error.message(), "reconnected — re-run the action if it didn't take effect");
    assert_eq!(names(&asked), ["task.add"]);
}

#[test]
fn before_the_first_hello_no_store_is_known_and_the_one_that_answers_is_asked() {
    let drops_before_reading = script(|peer| peer.see_bytes_arrive());
    let takes = script(|peer| {
        peer.greet(STORE);
        peer.tell_outcome(&not_applied());
        let again = peer.request();
        peer.reply(again.id, &added("first"));
        peer.stay();
    });
    let (result, asked) = add_through(vec![drops_before_reading, takes]);
    assert_eq!(result.unwrap(), added("first"));
    assert_eq!(names(&asked), ["mutation.outcome", "task.add"]);
}

#[test]
fn a_lost_question_and_a_busy_daemon_are_asked_again() {
    let loses_question = script(|peer| {
        peer.greet_and_read();
    });
    let busy_then_knows = script(|peer| {
        let question = peer.greet_and_read();
        peer.refuse(question.id, busy());
        peer.tell_outcome(&applied("at last"));
        peer.stay();
    });
    let (result, asked) = add_through(vec![drops_after_reading(), loses_question, busy_then_knows]);
    assert_eq!(result.unwrap(), added("at last"));
    assert_eq!(names(&asked)[1..], ["mutation.outcome"; 3]);
    assert_eq!(ids(&asked).len(), 1);
}

#[test]
fn a_daemon_that_cannot_say_leaves_it_to_the_user() {
    let cannot = script(|peer| {
        let question = peer.greet_and_read();
        peer.refuse(question.id, WireError::new(ErrorCode::Internal, "the store is broken"));
        peer.stay();
    });
    let (result, asked) = add_through(vec![drops_after_reading(), cannot]);
    assert!(matches!(result, Err(ClientError::OutcomeUnknown)), "{result:?}");
    assert_eq!(names(&asked), ["task.add", "mutation.outcome"]);
}

/// A client that asks for outcomes for a short while only.
fn hasty(daemon: &FakeDaemon) -> Client {
    client_of(daemon.socket(), Patience { outcome: SHORT, ..patience() })
}

#[test]
fn an_outcome_that_cannot_be_learnt_in_time_is_left_to_the_user() {
    let silent = script(|peer| {
        peer.greet_and_read();
        peer.stay();
    });
    let daemon = FakeDaemon::start(vec![drops_after_reading(), silent]);
    let mut client = hasty(&daemon);
    let result = client.call(&add());
    assert!(matches!(result, Err(ClientError::OutcomeUnknown)), "{result:?}");
    assert_eq!(names(&daemon.finish(client)), ["task.add", "mutation.outcome"]);
}

#[test]
fn a_daemon_that_does_not_come_back_leaves_it_to_the_user() {
    let daemon = FakeDaemon::start(vec![drops_after_reading()]);
    let mut client = hasty(&daemon);
    let result = client.call(&add());
    assert!(matches!(result, Err(ClientError::OutcomeUnknown)), "{result:?}");
    assert_eq!(names(&daemon.finish(client)), ["task.add"]);
}

#[test]
fn an_error_of_the_daemon_passes_untouched_and_is_final() {
    let error = WireError::new(ErrorCode::Invalid, "no such day: `fru`").hint("did you mean `fri`");
    let refuses = script({
        let error = error.clone();
        move |peer| {
            let asked = peer.greet_and_read();
            peer.refuse(asked.id, error);
            peer.stay();
        }
    });
    let (result, asked) = add_through(vec![refuses]);
    assert!(matches!(&result, Err(ClientError::Daemon(got)) if *got == error), "{result:?}");
    assert_eq!(names(&asked), ["task.add"]);
}
