//! A real daemon in this process, on a store of its own, with a clock that stands still and repeatable ids.

use std::fmt::Write as _;
use std::sync::Arc;

use hephd::config::{Config, Flags};
use hephd::environment::{Environment, FixedClock, SeededEntropy};
use hephd::system::Daemon;

use crate::harness::{Home, Ran};

/// A home whose daemon runs. It is Monday, 2026-11-23, 18:00 UTC.
pub(crate) struct Hephd {
    pub(crate) home: Home,
    clock: Arc<FixedClock>,
    /// Stops when it is dropped, before the home is removed.
    _daemon: Daemon,
}

impl Hephd {
    /// Starts a daemon on an empty store.
    pub(crate) fn new() -> Self {
        Self::with(7, Flags::default())
    }

    /// Starts a daemon whose ids are drawn from a seed, with more flags.
    pub(crate) fn with(seed: u64, flags: Flags) -> Self {
        let home = Home::new();
        let flags = Flags {
            db: Some(home.path().join(".local/share/heph/heph.db")),
            socket: Some(home.socket()),
            log: Some("-".into()),
            ..flags
        };
        let config = Config::load(&flags, |_| None).unwrap();
        let clock = Arc::new(FixedClock::new("2026-11-23T18:00:00Z".parse().unwrap()));
        let entropy = Arc::new(SeededEntropy::new(seed));
        let environment = Environment { clock: clock.clone(), entropy, keyring: None, notifier: None };
        let daemon = Daemon::start(config, environment).unwrap();
        Self { home, clock, _daemon: daemon }
    }

    /// Moves the clock.
    pub(crate) fn at(&self, now: &str) {
        self.clock.set(now.parse().unwrap());
    }

    /// Runs `heph` against it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.home.run(arguments)
    }

    /// Runs command lines one after another and writes down what a person sees.
    pub(crate) fn session(&self, lines: &[&[&str]]) -> String {
        let mut seen = String::new();
        for line in lines {
            let Ran { stdout, stderr, code } = self.run(line);
            let code = if code == 0 { String::new() } else { format!("[exit {code}]\n") };
            write!(seen, "$ heph {}\n{stdout}{stderr}{code}", line.join(" ")).unwrap();
        }
        without_ids(&seen)
    }

    /// Adds a task and gives its short id.
    pub(crate) fn add(&self, line: &str) -> String {
        self.run(&["add", "--quiet", line]).clean().trim().to_owned()
    }
}

/// Whole ids hang on how much randomness was drawn before; what stands in their place does not.
fn without_ids(seen: &str) -> String {
    const LENGTH: usize = 36;
    let is_id = |text: &str| {
        let dashes = [8, 13, 18, 23];
        text.bytes().enumerate().all(|(place, byte)| {
            if dashes.contains(&place) { byte == b'-' } else { byte.is_ascii_hexdigit() }
        })
    };
    let mut clean = String::new();
    let mut rest = seen;
    while let Some(letter) = rest.chars().next() {
        let (taken, behind) = match rest.get(..LENGTH) {
            Some(text) if is_id(text) => ("[id]", &rest[LENGTH..]),
            _ => rest.split_at(letter.len_utf8()),
        };
        clean.push_str(taken);
        rest = behind;
    }
    clean
}
