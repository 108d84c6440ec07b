//! Live candidates: quick, and silent when something is wrong.

use std::time::{Duration, Instant};

use heph_protocol::request::Completion;
use heph_protocol::response::{Candidate, Candidates};
use heph_protocol::{ErrorCode, Request};

use crate::fake::{Fake, refuse, reply};
use crate::harness::Home;

fn completing() -> Fake {
    Fake::new(|request| match request {
        Request::Complete(complete) => {
            let candidate = |value: &str, label: &str| Candidate { value: value.into(), label: label.into() };
            reply(&Candidates {
                candidates: match complete.what {
                    Completion::Tasks => {
                        vec![candidate("7k3", "Call the bank"), candidate("7kq", "Pay\tthe bill")]
                    }
                    Completion::Pages => vec![candidate("Trip to Rome", "Travel")],
                    what => vec![candidate(&complete.prefix, &format!("{what:?}"))],
                },
            })
        }
        other => refuse(ErrorCode::Internal, other.name()),
    })
}

#[test]
fn candidates_are_lines_of_value_and_label() {
    let fake = completing();
    assert_eq!(fake.run(&["__complete", "done", "7k"]).clean(), "7k3\tCall the bank\n7kq\tPay the bill\n");
    assert_eq!(fake.run(&["__complete", "done", "7k3", "7k"]).clean(), "7kq\tPay the bill\n");
    assert_eq!(fake.run(&["__complete", "show", "[[Tr"]).clean(), "[[Trip to Rome]]\tTravel\n");
    assert_eq!(fake.run(&["__complete", "page", "show", "Tr"]).clean(), "[[Trip to Rome]]\tTravel\n");
}

#[test]
fn each_place_of_the_line_asks_for_what_it_takes() {
    let fake = completing();
    let asks = |line: &str| {
        let mut words = vec!["__complete", "--"];
        words.extend(line.split('|'));
        fake.run(&words).clean()
    };
    for (line, expected) in [
        ("list|+ho", "+ho\tFilter\n"),
        ("list|due:fri|is:ov", "is:ov\tFilter\n"),
        ("list|--sort|due,sc", "due,sc\tSort\n"),
        ("list|--sort=due,sc", "--sort=due,sc\tSort\n"),
        ("list|--group|pr", "pr\tGroup\n"),
        ("list|--columns|id,tit", "id,title\tTitle\nid,tit\tFields\n"),
        ("view|show|er", "er\tViews\n"),
        ("context|use|wo", "wo\tContexts\n"),
        ("mod|--where|+home due:f", "+home due:f\tFilter\n"),
        ("mod|7k3|due:", "due:\tChange\n"),
        ("add|Call|proj:Ho", "proj:Ho\tChange\n"),
        ("defer|7k3|to", "to\tDates\n"),
        ("agenda|we", "week\t\nwe\tDates\n"),
        ("reopen|7", "7\tClosed\n"),
        ("restore|7", "7\tTrashed\n"),
        ("undo|0", "0\tUndo\n"),
        ("tags|ho", "ho\tTags\n"),
        ("dep|7k3|a", "after\t\n"),
        ("completions|fi", "fish\t\n"),
        ("export|markdown|x", "\tfiles\n"),
        ("sub|7k3|x", ""),
        ("done|--with", "--with-children\tClose open children too\n"),
    ] {
        assert_eq!(asks(line), expected, "{line}");
    }
    assert!(asks("do").starts_with("done\tFinish tasks\n"));
    assert!(asks("page|").contains("rename\t"));
    assert!(asks("done|--").contains("--dry-run\tOnly tell what would be done\n"));
}

#[test]
fn without_a_daemon_there_is_silence() {
    assert_eq!(Home::new().run(&["__complete", "done", "7k"]).clean(), "");
    let failing = Fake::silent();
    assert_eq!(failing.run(&["__complete", "done", "7k"]).clean(), "");
}

#[test]
fn a_slow_daemon_is_not_waited_for() {
    let fake = Fake::new(|_| {
        std::thread::sleep(Duration::from_secs(20));
        refuse(ErrorCode::Internal, "too late")
    });
    let begun = Instant::now();
    assert_eq!(fake.run(&["__complete", "done", "7k"]).clean(), "");
    // Far below the 5 s a read may take, and far above 100 ms on a busy machine.
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}
