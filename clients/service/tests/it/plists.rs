//! Property lists as two other programs read them, and launchctl as a recording stand-in sees it called. There is no
//! launchd here: what it does with them is not shown.

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;

use heph_service::flags::Word;
use heph_service::{Activity, Answer, Command, Launchd, Manager, Place, Plan, Runner};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::home::tool;

/// Property lists that are tried.
const CASES: usize = 25;

const PYTHON: &str = "import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";

/// The beginning of a call, with the exit code and the output it gets.
type Told = (&'static str, i32, &'static str);

/// A stand-in for launchctl: answers as told and writes down how it was called.
#[derive(Debug, Clone, Default)]
struct RecordingLaunchctl {
    calls: Rc<RefCell<Vec<String>>>,
    /// Calls that begin otherwise succeed in silence.
    answers: Rc<RefCell<Vec<Told>>>,
}

impl Runner for RecordingLaunchctl {
    fn run(&self, program: &str, arguments: &[&str]) -> io::Result<Answer> {
        let call = format!("{program} {}", arguments.join(" "));
        // What was unloaded is not loaded.
        let is_gone = self.calls.borrow().last().is_some_and(|call| call.contains(" bootout "));
        if is_gone && call.contains(" print ") {
            self.calls.borrow_mut().push(call);
            return Ok(Answer { code: Some(113), ..Answer::default() });
        }
        let answer = self.answers.borrow().iter().find(|(begin, ..)| call.starts_with(begin)).copied();
        self.calls.borrow_mut().push(call);
        let (_, code, output) = answer.unwrap_or(("", 0, ""));
        Ok(Answer { code: Some(code), output: output.to_owned(), errors: String::new() })
    }
}

fn place() -> Place {
    Place { home: PathBuf::from("/home/x"), uid: 501, user: "x".to_owned() }
}

fn plan(program: &str, arguments: &[String]) -> Plan {
    Plan {
        command: Command {
            program: program.into(),
            arguments: arguments.iter().map(|text| Word::from(text.as_str())).collect(),
        },
        is_given: false,
        needs_path: true,
        path: "/home/x/.cargo/bin:/usr/bin".to_owned(),
        variables: Vec::new(),
        errors: place().errors(),
    }
}

#[test]
fn two_other_programs_read_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("agent.plist");
    let launchd = Launchd::new(&place(), RecordingLaunchctl::default());
    let any = proptest::string::string_regex("[^\\x00-\\x1f\\x7f\u{fffe}\u{ffff}]{0,24}").unwrap();
    let mut runner = TestRunner::deterministic();
    for _ in 0..CASES {
        let mut value = || any.new_tree(&mut runner).unwrap().current();
        let program = format!("/{}", value());
        let arguments: Vec<String> = vec![value(), " \t&<>\"'%$\\]]>é😀".to_owned(), value()];
        let text = launchd.render(&plan(&program, &arguments), None).unwrap().text;
        std::fs::write(&file, &text).unwrap();
        let path = file.to_str().unwrap();
        let mut meant = vec![program];
        meant.extend(arguments);
        let python = tool("python3", &["-c", PYTHON, path]);
        // What plistutil read it writes in the binary form, which shares nothing with the text.
        let binary = folder.path().join("agent.bin");
        tool("plistutil", &["-i", path, "-o", binary.to_str().unwrap()]);
        let plistutil = tool("python3", &["-c", PYTHON, binary.to_str().unwrap()]);
        for read in [python, plistutil] {
            let read: Value = serde_json::from_str(&read).unwrap();
            assert_eq!(read["ProgramArguments"], Value::from(meant.clone()), "{text}");
            assert_eq!(read["Label"], "org.hephaestus.hephd");
            assert_eq!((&read["RunAtLoad"], &read["KeepAlive"]), (&true.into(), &true.into()));
            assert_eq!(read["EnvironmentVariables"]["PATH"], "/home/x/.cargo/bin:/usr/bin");
        }
    }
}

#[test]
fn launchctl_is_called_as_its_manual_says() {
    let launchctl = RecordingLaunchctl::default();
    let launchd = Launchd::new(&place(), launchctl.clone());
    let calls = || std::mem::take(&mut *launchctl.calls.borrow_mut());
    let label = "org.hephaestus.hephd";
    let file = format!("/home/x/Library/LaunchAgents/{label}.plist");
    assert_eq!(launchd.file().to_str(), Some(file.as_str()));

    // Logged in at the screen, not loaded yet.
    let not_loaded = ("launchctl print gui/501/org.hephaestus.hephd", 113, "");
    *launchctl.answers.borrow_mut() = vec![not_loaded];
    launchd.enable().unwrap();
    launchd.start().unwrap();
    let made = calls();
    assert_eq!(
        made[made.len() - 3..],
        [
            "launchctl print gui/501".to_owned(),
            format!("launchctl enable gui/501/{label}"),
            format!("launchctl bootstrap gui/501 {file}"),
        ]
    );

    // Loaded: a start kicks it off, a restart kills it first, a changed file has it unloaded.
    *launchctl.answers.borrow_mut() =
        vec![("launchctl print gui/501/org.hephaestus.hephd", 0, "x = {\n\tstate = running\n\tpid = 7\n}")];
    assert_eq!(launchd.state().unwrap().activity, Activity::Running);
    launchd.start().unwrap();
    assert_eq!(calls().last().unwrap(), &format!("launchctl kickstart gui/501/{label}"));
    launchd.restart().unwrap();
    assert_eq!(calls().last().unwrap(), &format!("launchctl kickstart -k gui/501/{label}"));
    launchd.enable().unwrap();
    let made = calls();
    assert_eq!(made[made.len() - 2], format!("launchctl bootout gui/501/{label}"));
    assert_eq!(
        made[made.len() - 1],
        format!("launchctl print gui/501/{label}"),
        "it waits until that is gone"
    );

    // Over ssh there is no login window's domain.
    *launchctl.answers.borrow_mut() =
        vec![("launchctl print gui/501", 113, ""), ("launchctl bootout", 3, "")];
    launchd.stop().unwrap();
    assert!(calls().contains(&format!("launchctl bootout user/501/{label}")), "3 is: not loaded");
    *launchctl.answers.borrow_mut() =
        vec![("launchctl print gui/501", 113, ""), ("launchctl bootout", 5, "")];
    assert!(launchd.disable().is_err());
}
