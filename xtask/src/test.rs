//! `cargo xtask test`: every check and test of the repository, with its own set-up.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::glewlwyd::Glewlwyd;
use crate::workspace::{self, Profile, cargo};
use crate::{ci, components, docs, interrupt, neovim, output, process};

/// Arguments of `cargo xtask test`.
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask test --long")]
pub(crate) struct Test {
    /// Also the tests that take minutes.
    #[arg(long)]
    long: bool,
    /// Fetch nothing; what is not there is skipped.
    #[arg(long)]
    offline: bool,
    /// Leave a suite out.
    #[arg(long, value_name = "SUITE")]
    without: Vec<String>,
    /// Run only this suite.
    #[arg(long, value_name = "SUITE")]
    only: Vec<String>,
}

/// A group of checks with one verdict.
struct Suite {
    name: &'static str,
    run: fn(&Test) -> anyhow::Result<Verdict>,
}

/// What became of a suite that did not fail.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Passed,
    /// It could not run, and why.
    Skipped(String),
}

const SUITES: &[Suite] = &[
    Suite { name: "format", run: format },
    Suite { name: "layers", run: layers },
    Suite { name: "clippy", run: clippy },
    Suite { name: "tests", run: tests },
    Suite { name: "service", run: service },
    Suite { name: "oidc", run: oidc },
    Suite { name: "rrule", run: rrule },
    Suite { name: "tui", run: tui },
    Suite { name: "shells", run: shells },
    Suite { name: "nvim", run: nvim },
    Suite { name: "doc-tests", run: doc_tests },
    Suite { name: "rustdoc", run: rustdoc },
    Suite { name: "docs", run: reference },
    Suite { name: "demo", run: demo },
    Suite { name: "dependencies", run: dependencies },
    Suite { name: "advisories", run: advisories },
];

impl Test {
    /// Runs the suites and prints what became of each.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        for name in self.without.iter().chain(&self.only) {
            if !SUITES.iter().any(|suite| suite.name == name) {
                let names: Vec<_> = SUITES.iter().map(|suite| suite.name).collect();
                bail!("there is no suite `{name}`; there are {}", names.join(", "));
            }
        }
        let mut report = Report::default();
        for suite in SUITES {
            let asked = self.only.is_empty() || self.only.iter().any(|name| name == suite.name);
            if !asked || self.without.iter().any(|name| name == suite.name) {
                report.add(
                    suite.name,
                    Duration::ZERO,
                    Line::Skipped { reason: "not asked for".into(), fails: false },
                );
                continue;
            }
            output::note(format_args!("== {}", suite.name));
            let began = Instant::now();
            let line = match (suite.run)(&self) {
                Ok(Verdict::Passed) => Line::Passed,
                Ok(Verdict::Skipped(reason)) => Line::Skipped { reason, fails: !self.offline },
                Err(_) if interrupt::happened() => bail!("interrupted"),
                Err(error) => Line::Failed(format!("{error:#}")),
            };
            report.add(suite.name, began.elapsed(), line);
        }
        output::text(report.table());
        if report.is_failure() {
            bail!("not everything passed");
        }
        Ok(())
    }
}

/// How a suite stands in the report.
#[derive(Debug)]
enum Line {
    Passed,
    Failed(String),
    Skipped { reason: String, fails: bool },
}

#[derive(Debug, Default)]
struct Report {
    lines: Vec<(&'static str, Duration, Line)>,
}

impl Report {
    fn add(&mut self, name: &'static str, took: Duration, line: Line) {
        self.lines.push((name, took, line));
    }

    fn is_failure(&self) -> bool {
        self.lines
            .iter()
            .any(|(_, _, line)| matches!(line, Line::Failed(_) | Line::Skipped { fails: true, .. }))
    }

    /// A line a suite, then the counts.
    fn table(&self) -> String {
        let mut table = String::from("\n");
        let [mut passed, mut failed, mut skipped] = [0; 3];
        for (name, took, line) in &self.lines {
            let (count, verdict, detail) = match line {
                Line::Passed => (&mut passed, "passed", ""),
                Line::Failed(error) => (&mut failed, "FAILED", error.as_str()),
                Line::Skipped { reason, .. } => (&mut skipped, "skipped", reason.as_str()),
            };
            *count += 1;
            let row = format!("{name:<14}{verdict:<9}{:>7.1} s  {detail}", took.as_secs_f64());
            table.push_str(row.trim_end());
            table.push('\n');
        }
        table.push_str(&format!("{passed} passed, {failed} failed, {skipped} skipped\n"));
        table
    }
}

fn format(_: &Test) -> anyhow::Result<Verdict> {
    passed(cargo().args(["fmt", "--all", "--check"]))
}

fn layers(_: &Test) -> anyhow::Result<Verdict> {
    ci::layers::run()?;
    Ok(Verdict::Passed)
}

fn clippy(_: &Test) -> anyhow::Result<Verdict> {
    passed(cargo().args([
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "--deny",
        "warnings",
    ]))
}

/// Unit, property, snapshot and end-to-end tests.
fn tests(test: &Test) -> anyhow::Result<Verdict> {
    let nextest = process::is_there(cargo().args(["nextest", "--version"]));
    let mut command = cargo();
    command.args(if nextest { &["nextest", "run"][..] } else { &["test", "--lib", "--bins", "--tests"][..] });
    command.args(["--locked", "--workspace", "--all-features"]);
    // Those under a real systemd, at a real OpenID Provider, against python-dateutil or in tmux are suites of their own.
    command.args(if nextest {
        &["-E", "not (binary(service) or test(/^(real_provider|dateutil|tmux)::/))"][..]
    } else {
        &["--exclude", "heph-service"][..]
    });
    if test.long {
        command.env("HEPH_LONG", "1");
        if nextest {
            command.args(["--profile", "long"]);
        }
    }
    if !nextest {
        command.args(["--", "--skip", "real_provider::", "--skip", "dateutil::", "--skip", "tmux::"]);
    }
    passed(&mut command)?;
    if nextest {
        return Ok(Verdict::Passed);
    }
    passed(cargo().args(["test", "--locked", "--package", "heph-service", "--lib"]))
}

/// hephd as a service, under a real systemd in namespaces of its own.
fn service(test: &Test) -> anyhow::Result<Verdict> {
    if let Some(reason) = components::missing(&components::SERVICE, test.offline) {
        return Ok(Verdict::Skipped(reason));
    }
    if !process::is_there(Command::new("unshare").args([
        "--mount",
        "--pid",
        "--fork",
        "--mount-proc",
        "true",
    ])) {
        return Ok(Verdict::Skipped(
            "namespaces of its own need root: `unshare --mount --pid` is refused".into(),
        ));
    }
    // Without it the tests that log in are left out, and the suite is not whole.
    let glewlwyd = components::glewlwyd(test.offline);
    let binaries = workspace::build(Profile::Dev)?;
    let programs = binaries.heph.parent().context("the binaries stand in no folder")?;
    let mut command = cargo();
    let nextest = process::is_there(cargo().args(["nextest", "--version"]));
    command.args(if nextest { &["nextest", "run"][..] } else { &["test"][..] });
    command.args(["--locked", "--package", "heph-service", "--test", "service"]);
    command.env("HEPH_PROGRAMS", programs);
    // The one just built: it may have taken the place of the one that runs.
    command.env("HEPH_XTASK", programs.join("xtask"));
    let provider = glewlwyd.as_deref().ok().map(Glewlwyd::start).transpose()?;
    match &provider {
        Some(provider) => command.env("HEPH_GLEWLWYD_ISSUER", provider.issuer()),
        None if nextest => command.args(["-E", "not test(/^pasted::/)"]),
        None => command.args(["--", "--skip", "pasted::"]),
    };
    process::run(&mut command)?;
    Ok(whole(glewlwyd))
}

/// Logins at two real OpenID Providers, which run as long as the suite.
fn oidc(test: &Test) -> anyhow::Result<Verdict> {
    let provider = match components::oidc_provider(test.offline) {
        Ok(provider) => provider,
        Err(reason) => return Ok(Verdict::Skipped(reason)),
    };
    // Without it the tests at the other run, and the suite is not whole.
    let glewlwyd = components::glewlwyd(test.offline);
    // Built before the providers are started: they wait for nobody.
    let nextest = process::is_there(cargo().args(["nextest", "--version"]));
    let tests = |last: &[&str]| {
        let mut command = cargo();
        command.args(if nextest { &["nextest", "run"][..] } else { &["test"][..] });
        command.args(["--locked", "--workspace", "--all-features", "--test", "integration"]).args(last);
        command
    };
    process::run(&mut tests(&["--no-run"]))?;
    let scratch = tempfile::tempdir().context("no folder for the provider's address")?;
    let ready = scratch.path().join("issuer");
    let mut server = Command::new(provider.node);
    server.arg(workspace::root().join("daemon/tests/real_provider/provider.mjs"));
    let mut server = process::Background::start(server.arg(provider.folder).arg(&ready))?;
    let issuer = written(&ready, &mut server, Duration::from_secs(30))?;
    let second = glewlwyd.as_deref().ok().map(Glewlwyd::start).transpose()?;
    // One test at a time: they share the provider's keys, and one changes them.
    let mut command = match (nextest, &second) {
        (true, Some(_)) => tests(&["--test-threads", "1", "-E", "test(/^real_provider::/)"]),
        (true, None) => tests(&[
            "--test-threads",
            "1",
            "-E",
            "test(/^real_provider::/) - test(/^real_provider::glewlwyd::/)",
        ]),
        (false, Some(_)) => tests(&["--", "--test-threads", "1", "real_provider::"]),
        (false, None) => {
            tests(&["--", "--test-threads", "1", "--skip", "real_provider::glewlwyd::", "real_provider::"])
        }
    };
    command.env("HEPH_OIDC_ISSUER", issuer);
    command.envs(second.as_ref().map(|second| ("HEPH_GLEWLWYD_ISSUER", second.issuer())));
    process::run(&mut command)?;
    Ok(whole(glewlwyd))
}

/// Passed, unless a component that a part of the suite needs is not there.
fn whole<T>(component: Result<T, String>) -> Verdict {
    match component {
        Ok(_) => Verdict::Passed,
        Err(reason) => Verdict::Skipped(format!("in part: {reason}")),
    }
}

/// Our dates of random rules against those of python-dateutil.
fn rrule(test: &Test) -> anyhow::Result<Verdict> {
    let python = match components::dateutil(test.offline) {
        Ok(python) => python,
        Err(reason) => return Ok(Verdict::Skipped(reason)),
    };
    let mut command = cargo();
    command.args(["test", "--locked", "--workspace", "--all-features", "--test", "integration"]);
    command.args(["--", "--nocapture", "dateutil::"]);
    passed(command.env("HEPH_DATEUTIL", python))
}

/// The terminal UI itself, driven by keys in tmux.
fn tui(test: &Test) -> anyhow::Result<Verdict> {
    if let Some(reason) = components::missing(&components::TMUX, test.offline) {
        return Ok(Verdict::Skipped(reason));
    }
    // It runs the `heph` beside it.
    workspace::build(Profile::Dev)?;
    let mut command = cargo();
    command.args(["test", "--locked", "--workspace", "--all-features", "--test", "it", "--", "tmux::"]);
    passed(&mut command)
}

/// Completions in real bash, zsh and fish.
fn shells(test: &Test) -> anyhow::Result<Verdict> {
    if let Some(reason) = components::missing(&components::SHELLS, test.offline) {
        return Ok(Verdict::Skipped(reason));
    }
    let mut command = cargo();
    // All of the workspace: so nothing is built anew.
    command.args(["test", "--locked", "--workspace", "--all-features", "--test", "it", "--", "shells::"]);
    passed(command.env("HEPH_SHELLS", "1"))
}

/// heph.nvim in a real Neovim against the daemon, and what reads its Lua.
fn nvim(test: &Test) -> anyhow::Result<Verdict> {
    let neovim = match components::neovim(test.offline) {
        Ok(neovim) => neovim,
        Err(reason) => return Ok(Verdict::Skipped(reason)),
    };
    let missing = neovim::Readers::fetch(test.offline).check(&neovim)?;
    neovim::run_tests(&neovim, &workspace::build(Profile::Dev)?)?;
    Ok(missing.map_or(Verdict::Passed, |reasons| Verdict::Skipped(format!("in part: {reasons}"))))
}

/// What a program writes to a file when it is ready.
fn written(ready: &Path, program: &mut process::Background, deadline: Duration) -> anyhow::Result<String> {
    let began = Instant::now();
    loop {
        if let Ok(text) = std::fs::read_to_string(ready) {
            return Ok(text);
        }
        if let Some(status) = program.ended() {
            bail!("the provider did not start ({status})");
        }
        if began.elapsed() > deadline {
            bail!("the provider is not ready after {} s", deadline.as_secs());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn doc_tests(_: &Test) -> anyhow::Result<Verdict> {
    passed(cargo().args(["test", "--locked", "--workspace", "--all-features", "--doc"]))
}

/// Links of the code's own documentation.
fn rustdoc(_: &Test) -> anyhow::Result<Verdict> {
    let mut command = cargo();
    command.args([
        "doc",
        "--locked",
        "--workspace",
        "--all-features",
        "--no-deps",
        "--document-private-items",
    ]);
    passed(command.env("RUSTDOCFLAGS", "--deny warnings --allow rustdoc::private_intra_doc_links"))
}

fn reference(_: &Test) -> anyhow::Result<Verdict> {
    docs::check()?;
    Ok(Verdict::Passed)
}

/// The first command of the README still does what it says.
fn demo(_: &Test) -> anyhow::Result<Verdict> {
    passed(cargo().args(["xtask", "demo", "--once"]))
}

/// Licences, sources and doubles of what we depend on.
fn dependencies(test: &Test) -> anyhow::Result<Verdict> {
    if let Some(reason) = missing_deny(test) {
        return Ok(Verdict::Skipped(reason));
    }
    passed(deny().args(["bans", "licenses", "sources"]))
}

/// Known holes in what we depend on; the list of them comes from the network.
fn advisories(test: &Test) -> anyhow::Result<Verdict> {
    if let Some(reason) = missing_deny(test) {
        return Ok(Verdict::Skipped(reason));
    }
    if !process::is_there(cargo().args(["deny", "--config", ".deny.toml", "fetch", "db"])) {
        return Ok(Verdict::Skipped("the advisory database cannot be fetched; is there a network?".into()));
    }
    passed(deny().args(["advisories"]))
}

fn deny() -> Command {
    let mut command = cargo();
    command.args(["deny", "--all-features", "--config", ".deny.toml", "check", "--hide-inclusion-graph"]);
    command
}

/// Why `cargo deny` cannot be had; installs it first if it may.
fn missing_deny(test: &Test) -> Option<String> {
    let is_there = || process::is_there(cargo().args(["deny", "--version"]));
    if is_there() {
        return None;
    }
    if test.offline {
        return Some("cargo-deny is not installed".into());
    }
    output::note("cargo-deny is not installed: installing it takes some minutes, once");
    match process::run(cargo().args(["install", "--locked", "cargo-deny"])) {
        Ok(()) if is_there() => None,
        Ok(()) => Some("cargo-deny was installed outside PATH".into()),
        Err(error) => Some(format!("cargo-deny cannot be installed: {error:#}")),
    }
}

fn passed(command: &mut Command) -> anyhow::Result<Verdict> {
    process::run(command)?;
    Ok(Verdict::Passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(lines: Vec<Line>) -> Report {
        let mut report = Report::default();
        for line in lines {
            report.add("suite", Duration::from_millis(1_500), line);
        }
        report
    }

    #[test]
    fn the_last_line_counts() {
        let skipped = Line::Skipped { reason: "no network".into(), fails: false };
        let report = report(vec![Line::Passed, Line::Failed("broken".into()), skipped, Line::Passed]);
        let table = report.table();
        assert_eq!(table.lines().last(), Some("2 passed, 1 failed, 1 skipped"));
        assert!(table.contains("suite         FAILED       1.5 s  broken\n"), "{table}");
        assert!(report.is_failure());
    }

    #[test]
    fn a_skip_fails_unless_it_was_asked_for() {
        let skip = |fails| report(vec![Line::Passed, Line::Skipped { reason: "no network".into(), fails }]);
        assert!(skip(true).is_failure());
        assert!(!skip(false).is_failure());
    }
}
