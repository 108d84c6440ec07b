//! `heph daemon`: hephd as a service of the user's systemd or launchd. The only verbs that start a daemon.

mod status;
mod update;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};
use heph_service::flags::BAKEABLE;
use heph_service::{Follow, Report, Service, ServiceError, Step, Wish, last_lines};
use serde_json::json;

use crate::environment::variable;
use crate::error::{Exit, Failure};
use crate::output::style::{DIM, GOOD};
use crate::output::{Document, Line, Outcome};
use crate::session::Session;
use crate::verbs::described;

/// Lines that `heph daemon logs` shows unless it is told how many.
const LOG_LINES: usize = 40;

/// How often a log that is followed is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Its command line.
pub(crate) fn command() -> Command {
    let examples = "  heph daemon start\n  heph daemon status\n  heph daemon logs -f";
    let verb = |name, about, examples| described(Command::new(name), about, examples);
    described(Command::new("daemon"), "Run hephd as a service that starts with your session", examples)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(with_flags(verb(
            "start",
            "Install the service and start it; flags are kept for every later start",
            "  heph daemon start\n  heph daemon start --unset hub-url\n  heph daemon start --hephd /opt/heph/bin/hephd",
        )))
        .subcommand(verb(
            "stop",
            "Stop it now; it comes back at the next login",
            "  heph daemon stop",
        ))
        .subcommand(with_flags(verb(
            "restart",
            "Write the service's file anew and start hephd anew, as after an upgrade",
            "  heph daemon restart",
        )))
        .subcommand(verb(
            "status",
            "Whether it is installed and runs, its versions and where its files are",
            "  heph daemon status\n  heph daemon status --json",
        ))
        .subcommand(
            verb(
                "update",
                "Update heph to the newest release, or tell whether there is one",
                "  heph daemon update --check\n  heph daemon update",
            )
            .arg(
                Arg::new("check")
                    .long("check")
                    .action(ArgAction::SetTrue)
                    .help("Only tell whether there is a newer release"),
            ),
        )
        .subcommand(verb(
            "uninstall",
            "Stop it for good; the store and the logs stay",
            "  heph daemon uninstall",
        ))
        .subcommand(
            verb(
                "logs",
                "The last lines of its log",
                "  heph daemon logs\n  heph daemon logs -n 200\n  heph daemon logs -f",
            )
            .arg(
                Arg::new("follow")
                    .long("follow")
                    .short('f')
                    .action(ArgAction::SetTrue)
                    .help("Go on with what is added"),
            ),
        )
}

/// The flags that are baked into the service.
fn with_flags(mut command: Command) -> Command {
    command = command.arg(
        Arg::new("hephd")
            .long("hephd")
            .value_name("PATH")
            .value_parser(clap::value_parser!(PathBuf))
            .help("The hephd to run, instead of the one beside heph"),
    );
    for flag in BAKEABLE {
        let name = flag.name.trim_start_matches('-');
        let argument = Arg::new(name).long(name).help(flag.help);
        command = command.arg(match flag.value {
            Some(value) => argument.value_name(value),
            None => argument.action(ArgAction::SetTrue),
        });
    }
    command
        .arg(
            Arg::new("no-self-update")
                .long("no-self-update")
                .action(ArgAction::SetTrue)
                .conflicts_with("self-update")
                .help("Take --self-update out"),
        )
        .arg(
            Arg::new("unset")
                .long("unset")
                .value_name("FLAG")
                .allow_hyphen_values(true)
                .action(ArgAction::Append)
                .help("Take a flag out that was given before"),
        )
}

/// Runs one of its verbs.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let service = Service::of_process().map_err(failure)?;
    match matches.subcommand() {
        Some(("start", matches)) => start(&service, matches, session, Service::start),
        Some(("restart", matches)) => start(&service, matches, session, Service::restart),
        Some(("stop", _)) => stop(&service, session),
        Some(("uninstall", _)) => uninstall(&service, session),
        Some(("status", _)) => status::run(&service, session),
        Some(("update", matches)) => update::run(matches.get_flag("check"), session),
        Some(("logs", matches)) => logs(&service, matches.get_flag("follow"), session),
        _ => Err(Failure::usage("a verb of `daemon` is expected").hint("heph daemon --help lists them")),
    }
}

type Verb = fn(&Service, &Wish, &mut dyn FnMut(&str)) -> Result<Report, ServiceError>;

fn start(service: &Service, matches: &ArgMatches, session: &mut Session, verb: Verb) -> Outcome {
    let wish = wish(matches)?;
    for name in ["HEPH_CONFIG", "HEPH_DB", "HEPH_SOCKET"] {
        if variable(name).is_some() {
            session.out.note(&format!("{name} is not used: the service has its own paths"));
        }
    }
    let report = verb(service, &wish, &mut |what| session.out.note(what));
    let report = report.map_err(|error| {
        for line in error.log() {
            session.out.note(&format!("  {line}"));
        }
        failure(error)
    })?;
    for kept in &report.kept {
        session.out.note(&format!("kept in the service's file: {kept}"));
    }
    for replaced in &report.replaced {
        session.out.note(&format!("replaced in the service's file: {replaced}"));
    }
    show(&report, session)?;
    if report.step == Step::Unchanged && report.restart_due {
        session.out.note("another hephd is installed than the one that runs: heph daemon restart");
    }
    if report.mode == "server" && report.is_lingering == Some(false) {
        session.out.warn("the hub stops when you log out");
        session.out.hint("let it go on: loginctl enable-linger");
    }
    Ok(())
}

/// What is wished, as the command line has it.
fn wish(matches: &ArgMatches) -> Result<Wish, Failure> {
    let mut wish = Wish { program: matches.get_one::<PathBuf>("hephd").cloned(), ..Wish::default() };
    for flag in BAKEABLE {
        let name = flag.name.trim_start_matches('-');
        match flag.value {
            Some(_) => {
                let Some(value) = matches.get_one::<String>(name) else { continue };
                let value = if flag.is_path { in_full(value)? } else { value.clone() };
                wish.changes.set(flag, Some(&value)).map_err(failure)?;
            }
            None if matches.get_flag(name) => wish.changes.set(flag, None).map_err(failure)?,
            None => {}
        }
    }
    let switched_off = matches.get_flag("no-self-update").then_some("self-update");
    let unset = matches.get_many::<String>("unset").into_iter().flatten().map(String::as_str);
    for name in unset.chain(switched_off) {
        if name.trim_start_matches('-') != "hephd" {
            wish.changes.unset(name).map_err(failure)?;
        } else if wish.program.is_some() {
            return Err(failure(ServiceError::SetAndUnset { name: "--hephd".to_owned() }));
        } else {
            wish.forget_program = true;
        }
    }
    Ok(wish)
}

/// A path that holds wherever the service begins.
fn in_full(path: &str) -> Result<String, Failure> {
    let full =
        std::path::absolute(path).map_err(|error| Failure::usage(format!("`{path}` is no path: {error}")))?;
    Ok(full.to_string_lossy().into_owned())
}

fn show(report: &Report, session: &mut Session) -> Outcome {
    let out = &mut session.out;
    let step = match report.step {
        Step::Installed => "installed",
        Step::Updated => "updated",
        Step::Started => "started",
        Step::Restarted => "restarted",
        Step::Unchanged => "unchanged",
    };
    if out.is_json() {
        return out.document(&Document::new(
            "service",
            &json!({
                "step": step, "version": report.version, "pid": report.pid, "mode": report.mode,
                "file": report.file, "command": report.command, "socket": report.socket,
                "lingering": report.is_lingering, "kept": report.kept, "replaced": report.replaced,
                "restart_due": report.restart_due,
            }),
        ));
    }
    let said = match report.step {
        Step::Installed => "installed and started",
        Step::Updated => "updated and started anew",
        Step::Started => "started",
        Step::Restarted => "restarted",
        Step::Unchanged => "runs already",
    };
    let daemon = format!(" hephd {}, process {}", report.version, report.pid);
    out.line(Line::new().styled(GOOD, said).plain(daemon))?;
    for (name, value) in [
        ("file", report.file.display().to_string()),
        ("runs", report.command.join(" ")),
        ("socket", report.socket.display().to_string()),
    ] {
        out.line(Line::new().styled(DIM, format!("  {name:<8}")).plain(value))?;
    }
    Ok(())
}

fn stop(service: &Service, session: &mut Session) -> Outcome {
    let ran = match service.stop() {
        Ok(ran) => ran,
        Err(ServiceError::NotInstalled) => {
            return said(session, "stopped", false, "the service is not installed: there is nothing to stop");
        }
        Err(error) => return Err(failure(error)),
    };
    let text = if ran { "stopped" } else { "it did not run" };
    said(session, "stopped", ran, text)?;
    session.out.note("it comes back at the next login; heph daemon uninstall stops it for good");
    Ok(())
}

fn uninstall(service: &Service, session: &mut Session) -> Outcome {
    let data = service.data();
    let found = service.uninstall().map_err(failure)?;
    if !found.was_there {
        return said(session, "uninstalled", false, "the service is not installed");
    }
    said(session, "uninstalled", true, "uninstalled")?;
    if found.may_run {
        session.out.warn("the service manager does not answer here: hephd may still run");
    }
    for file in &found.beside {
        session.out.note(&format!("{} stays, and holds for the next installation", file.display()));
    }
    session.out.note(&format!("your store and the logs stay in {}", data.display()));
    session.out.note(&format!("to remove them, with everything in them: rm -r {}", data.display()));
    Ok(())
}

/// Says what was done, in words or as JSON.
fn said(session: &mut Session, name: &str, value: bool, text: &str) -> Outcome {
    if session.out.is_json() {
        return session.out.document(&Document::new("service", &json!({ name: value })));
    }
    session.out.line(text)
}

fn logs(service: &Service, follow: bool, session: &mut Session) -> Outcome {
    let log = service.status().log.map(|log| log.path);
    let Some(log) = log else {
        return Err(Failure::new(
            Exit::NotFound,
            "hephd logs to its standard error, which its manager keeps",
        )
        .hint("journalctl --user-unit heph.service"));
    };
    let count = session.global.limit.map_or(LOG_LINES, |limit| limit as usize);
    let mut added = Follow::new(&log);
    match last_lines(&log, count) {
        Ok(lines) => {
            for line in lines {
                match session.out.is_json() {
                    true => session.out.object(&json!({ "line": line }))?,
                    false => session.out.line(line)?,
                }
            }
        }
        Err(error) if follow && error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(cannot_read(&log, &error)),
    }
    if !follow {
        return Ok(());
    }
    loop {
        session.out.flush()?;
        std::thread::sleep(LOOK_EVERY);
        let more = added.more().map_err(|error| cannot_read(&log, &error))?;
        session.out.body_part(&String::from_utf8_lossy(&more))?;
    }
}

fn cannot_read(log: &Path, error: &std::io::Error) -> Failure {
    Failure::io(format_args!("cannot read {}", log.display()), error)
        .hint("heph daemon status tells where the log is and whether hephd runs")
}

/// What went wrong with the service, in the words of the command line.
fn failure(error: ServiceError) -> Failure {
    let exit = match &error {
        ServiceError::NoManager { .. } | ServiceError::Settings { .. } => Exit::Unsupported,
        ServiceError::NotInstalled | ServiceError::NoHephd { .. } => Exit::NotFound,
        ServiceError::NoFlag { .. } | ServiceError::SetAndUnset { .. } => Exit::Usage,
        ServiceError::Locked => Exit::Busy,
        ServiceError::Masked { .. } | ServiceError::InTarget { .. } => Exit::Refused,
        ServiceError::Value { .. } | ServiceError::NotText { .. } => Exit::Usage,
        ServiceError::NotReady { .. } => Exit::Unreachable,
        _ => Exit::Runtime,
    };
    let problem = Failure::new(exit, error.to_string());
    match error.hint() {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}
