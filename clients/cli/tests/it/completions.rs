//! Live candidates: quick, and silent when something is wrong.

use std::process::Command;
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
                    Completion::Tags => vec![candidate("home", "12 tasks")],
                    Completion::Projects => vec![candidate("Home", "3 tasks")],
                    Completion::Pages => vec![candidate("Trip to Rome", "Travel")],
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
    assert_eq!(fake.run(&["__complete", "list", "+ho"]).clean(), "+home\t12 tasks\n");
    assert_eq!(fake.run(&["__complete", "mod", "-ho"]).clean(), "-home\t12 tasks\n");
    assert_eq!(fake.run(&["__complete", "add", "proj:"]).clean(), "proj:Home\t3 tasks\n");
    assert_eq!(fake.run(&["__complete", "show", "[[Tr"]).clean(), "[[Trip to Rome]]\tTravel\n");
    assert_eq!(fake.run(&["__complete", "add", "Ca"]).clean(), "");
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

#[test]
fn bash_offers_live_candidates_behind_the_verbs_own_flags() {
    let fake = completing();
    let script = fake.run(&["completions", "bash"]).clean();
    fake.home.file("heph.bash", &script);
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_heph")).parent().unwrap().to_owned();
    let complete = |words: &str| {
        let line = format!(
            "source heph.bash; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _heph_live heph \"${{COMP_WORDS[COMP_CWORD]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
        let output = Command::new("bash")
            .args(["--norc", "-c", &line])
            .env_clear()
            .env("HOME", fake.home.path())
            .env("PATH", path)
            .current_dir(fake.home.path())
            .output()
            .unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let done = complete("heph done 7k");
    assert!(done.lines().any(|line| line == "7k3") && done.lines().any(|line| line == "7kq"), "{done}");
    assert!(complete("heph list +ho").lines().any(|line| line == "+home"));
    // Bash has split `proj:Ho` at the colon; only what stands behind it is replaced.
    assert!(complete("heph add proj : Ho").lines().any(|line| line == "Home"));
    assert!(complete("heph do").lines().any(|line| line == "done"));
}
