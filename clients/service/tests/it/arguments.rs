//! systemd hands the process exactly the arguments that were meant.

use std::path::PathBuf;

use heph_service::flags::Word;
use heph_service::{Command, Manager, Place, Plan, SystemRunner, Systemd};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use crate::home::{inside, until};

/// Commands that are tried.
const CASES: usize = 40;

/// A stand-in for hephd that writes down what it was called with.
const RECORDER: &str =
    "#!/bin/sh\nprintf '%s\\0' \"$@\" >\"$HOME/got.new\" && mv \"$HOME/got.new\" \"$HOME/got\"\n";

#[test]
fn the_process_gets_exactly_what_was_meant() {
    inside("arguments::the_process_gets_exactly_what_was_meant", "home", |home| {
        let place = Place { home: home.path().to_owned(), uid: 0, user: "root".to_owned() };
        let systemd = Systemd::new(&place, SystemRunner);
        home.write(
            ".config/systemd/user/heph.service.d/once.conf",
            "[Service]\nType=oneshot\nRestart=no\nWatchdogSec=0\n",
        );
        let any = proptest::string::string_regex("[^\\x00\\n\\r]{0,24}").unwrap();
        let odd = proptest::string::string_regex("[ \\t\"'%$\\\\&<>{};:@é😀a-c-]{0,12}").unwrap();
        let folder = proptest::string::string_regex("[ \"'%$\\\\&<>{}é😀a-c]{1,8}").unwrap();
        let mut runner = TestRunner::deterministic();
        for _ in 0..CASES {
            let mut value = |strategy: &proptest::string::RegexGeneratorStrategy<String>| {
                strategy.new_tree(&mut runner).unwrap().current()
            };
            let arguments: Vec<String> = vec![value(&any), value(&odd), value(&odd), "end".to_owned()];
            let program = home.write(&format!("{}/hephd", value(&folder)), RECORDER);
            crate::home::tool("chmod", &["755", program.to_str().unwrap()]);
            let plan = Plan {
                command: Command {
                    program: program.clone(),
                    arguments: arguments.iter().map(|text| Word::from(text.as_str())).collect(),
                },
                is_given: false,
                needs_path: false,
                path: String::new(),
                variables: Vec::new(),
                errors: PathBuf::new(),
            };
            let text = systemd.render(&plan, None).unwrap().text;
            std::fs::write(systemd.file(), &text).unwrap();
            home.systemctl(&["daemon-reload"]);
            let got = home.path().join("got");
            let _ = std::fs::remove_file(&got);
            let ran = home.systemctl(&["start", "heph.service"]);
            assert_eq!(ran.code, 0, "{ran}\n{text}");
            until("the stand-in wrote its arguments", || got.exists());
            let got = std::fs::read_to_string(&got).unwrap();
            let got: Vec<&str> = got.split_terminator('\0').collect();
            assert_eq!(got, arguments, "{text}");
        }
    });
}
