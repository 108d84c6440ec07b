//! The unit of the service: written, and read back as whoever edited it left it.

use std::path::PathBuf;

use super::quote::{self, Specifiers};
use crate::error::ServiceError;
use crate::flags::{Word, check};
use crate::manager::{Command, Installed, Plan, Rendered};

/// A setting of the unit as heph writes it.
struct Setting {
    section: &'static str,
    key: &'static str,
    value: &'static str,
    /// Whether the service does not work without it, so that no other value is kept.
    is_ours: bool,
}

const fn ours(section: &'static str, key: &'static str, value: &'static str) -> Setting {
    Setting { section, key, value, is_ours: true }
}

const fn preset(section: &'static str, key: &'static str, value: &'static str) -> Setting {
    Setting { section, key, value, is_ours: false }
}

/// What heph writes beside the command and the variables. A clean exit is followed by a start too, since an update ends
/// the old daemon cleanly; exit code 78 is not, since the same settings or store would be refused again. Nothing here
/// mounts: that fails in a user's unit on stock Ubuntu 24.04.
const SETTINGS: &[Setting] = &[
    preset("Unit", "Description", "heph, the personal context manager"),
    ours("Unit", "StartLimitIntervalSec", "0"),
    ours("Service", "Type", "notify"),
    ours("Service", "NotifyAccess", "main"),
    ours("Service", "Restart", "always"),
    preset("Service", "RestartSec", "2"),
    ours("Service", "RestartPreventExitStatus", "78"),
    preset("Service", "TimeoutStartSec", "90"),
    preset("Service", "TimeoutStopSec", "20"),
    preset("Service", "WatchdogSec", "60"),
    preset("Service", "NoNewPrivileges", "yes"),
    preset("Service", "RestrictSUIDSGID", "yes"),
    preset("Service", "LockPersonality", "yes"),
    preset("Service", "UMask", "0077"),
    ours("Install", "WantedBy", "default.target"),
];

const SECTIONS: [&str; 3] = ["Unit", "Service", "Install"];

/// The mark that a person named the program; systemd reads no section that begins so.
const OWN_SECTION: &str = "X-Heph";
const GIVEN: (&str, &str) = ("Program", "given");

/// Variables that are for daemons in the foreground: the user manager may have them of some shell, the service has its
/// own paths.
const FOREIGN: [&str; 3] = ["HEPH_CONFIG", "HEPH_DB", "HEPH_SOCKET"];

/// What runs a program whose path systemd takes from nobody: one with quotes or backslashes in it
/// (`string_is_safe` in its source). The shell becomes the program, so the process stays the same.
const SHELL: [&str; 3] = ["/bin/sh", "-c", "exec \"$0\" \"$@\""];

const HEAD: &str = "\
# Written by `heph daemon start` and `restart`. Settings you add here stay; a file of your own for them:
# systemctl --user edit heph.service
";

/// A line of a unit that sets something.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    section: String,
    key: String,
    value: String,
}

/// A unit, taken apart.
#[derive(Debug, Default)]
struct Unit {
    entries: Vec<Entry>,
    /// Lines that are nothing.
    strange: Vec<String>,
}

impl Unit {
    fn parse(text: &str) -> Self {
        let mut unit = Self::default();
        let mut section = String::new();
        for line in joined_lines(text) {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name.to_owned();
                continue;
            }
            match line.split_once('=') {
                Some((key, value)) if !section.is_empty() => unit.entries.push(Entry {
                    section: section.clone(),
                    key: key.trim().to_owned(),
                    value: value.trim().to_owned(),
                }),
                _ => unit.strange.push(line.to_owned()),
            }
        }
        unit
    }

    /// Whether a person gave the service another `PATH` than heph would.
    fn sets_path_otherwise(&self, path: &str) -> bool {
        self.values("Service", "Environment").into_iter().any(|value| {
            sets_path_only(value).as_deref() != Some(path)
                && value.split([' ', '"', '\'']).any(|word| word.starts_with("PATH="))
        })
    }

    /// The values of a key in order; an empty one takes back those before it.
    fn values<'a>(&'a self, section: &str, key: &str) -> Vec<&'a str> {
        let of_key = |entry: &&Entry| entry.section == section && entry.key == key;
        let mut values = Vec::new();
        for entry in self.entries.iter().filter(of_key) {
            match entry.value.as_str() {
                "" => values.clear(),
                value => values.push(value),
            }
        }
        values
    }
}

/// The lines, with those that end in a backslash joined to the next; comments between them are left out.
fn joined_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        let is_comment = line.trim_start().starts_with(['#', ';']);
        if is_comment {
            if open.is_none() {
                lines.push(line.to_owned());
            }
            continue;
        }
        let whole =
            open.take().map_or_else(|| line.to_owned(), |begun| format!("{begun} {}", line.trim_start()));
        match whole.strip_suffix('\\') {
            Some(begun) => open = Some(begun.to_owned()),
            None => lines.push(whole),
        }
    }
    lines.extend(open);
    lines
}

/// Reads a unit and the files that change it, in order.
pub(super) fn read(text: &str, drop_ins: &[String], specifiers: Specifiers<'_>) -> Installed {
    let mut unit = Unit::parse(text);
    for drop_in in drop_ins {
        let more = Unit::parse(drop_in);
        unit.entries.extend(more.entries);
        unit.strange.extend(more.strange);
    }
    let mut strange = std::mem::take(&mut unit.strange);
    let mut command = None;
    let mut unreadable = None;
    let starts = unit.values("Service", "ExecStart");
    if let Some((value, others)) = starts.split_last() {
        command = read_command(value, specifiers);
        if command.is_none() || !others.is_empty() {
            command = None;
            unreadable = Some(format!("ExecStart={}", starts.join("; ")));
        }
    }
    strange.extend(unreadable.clone());
    let mut environment = Vec::new();
    for value in unit.values("Service", "Environment") {
        match assignments(value, specifiers) {
            Some(set) => environment.extend(set),
            None => strange.push(format!("Environment={value}")),
        }
    }
    for value in unit.values("Service", "EnvironmentFile") {
        match variables_of(value, specifiers) {
            Some(set) => environment.extend(set),
            None => strange.push(format!("EnvironmentFile={value}")),
        }
    }
    let is_given = unit.values(OWN_SECTION, GIVEN.0).contains(&GIVEN.1);
    Installed { command, unreadable, environment, is_given, strange, text: text.as_bytes().to_vec() }
}

/// The variables of a file that `EnvironmentFile=` names (systemd.exec(5)); `-` before it says that it may be missing.
fn variables_of(value: &str, specifiers: Specifiers<'_>) -> Option<Vec<(String, String)>> {
    let (path, may_be_missing) = match value.strip_prefix('-') {
        Some(path) => (path, true),
        None => (value, false),
    };
    let text = match std::fs::read_to_string(quote::with_specifiers(path, specifiers)?) {
        Ok(text) => text,
        Err(error) if may_be_missing && error.kind() == std::io::ErrorKind::NotFound => {
            return Some(Vec::new());
        }
        Err(_) => return None,
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    lines
        .map(|line| {
            let (name, value) = line.split_once('=')?;
            let value = value.trim();
            let quoted =
                ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
            Some((name.trim().to_owned(), quoted.unwrap_or(value).to_owned()))
        })
        .collect()
}

/// The command of `ExecStart=`; `None` when even its program cannot be told.
fn read_command(value: &str, specifiers: Specifiers<'_>) -> Option<Command> {
    let mut words = quote::split(value)?.into_iter();
    let (_, program) = words.next()?;
    let program = program?;
    let prefixes: String = program.chars().take_while(|c| "@-:+!|".contains(*c)).collect();
    let program = quote::with_specifiers(&program[prefixes.len()..], specifiers)?;
    if prefixes.contains('@') {
        // It is followed by the name the process is to see; hephd does not look at it.
        words.next();
    }
    let has_variables = !prefixes.contains(':');
    let word = |(raw, text): (&str, Option<String>)| {
        let text = text.and_then(|text| quote::with_specifiers(&text, specifiers));
        let text = if has_variables { text.and_then(|text| quote::without_variables(&text)) } else { text };
        text.map_or_else(|| Word::Raw(raw.to_owned()), Word::Plain)
    };
    let mut arguments: Vec<Word> = words.map(word).collect();
    let mut program = PathBuf::from(program);
    if let [Word::Plain(option), Word::Plain(script), Word::Plain(named), ..] = &arguments[..]
        && [program.to_str(), Some(option), Some(script)] == SHELL.map(Some)
    {
        program = PathBuf::from(named);
        arguments.drain(..3);
    }
    // Anything else (`nice`, `env`, a script) does with hephd what only it knows.
    let is_hephd = program.file_name().is_some_and(|name| name.to_string_lossy().contains("hephd"));
    is_hephd.then_some(Command { program, arguments })
}

/// The variables of an `Environment=` value.
fn assignments(value: &str, specifiers: Specifiers<'_>) -> Option<Vec<(String, String)>> {
    let words = quote::split(value)?.into_iter();
    words
        .map(|(_, text)| {
            let text = quote::with_specifiers(&text?, specifiers)?;
            let (name, value) = text.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// Writes a unit. What a person added to the present one stays, and where one changed a preset, that stays too.
pub(super) fn render(plan: &Plan, present: Option<&str>) -> Result<Rendered, ServiceError> {
    let present = present.map(Unit::parse).unwrap_or_default();
    let mut kept: Vec<String> = present.strange.clone();
    let mut replaced = Vec::new();
    let mut text = HEAD.to_owned();
    for section in SECTIONS {
        text.push_str(&format!("\n[{section}]\n"));
        for setting in SETTINGS.iter().filter(|setting| setting.section == section) {
            let values = present.values(section, setting.key);
            let theirs = values.last().copied().filter(|value| !setting.is_ours && *value != setting.value);
            if let Some(value) = theirs {
                kept.push(format!("{}={value}", setting.key));
            }
            if let Some(value) = values.last().filter(|value| setting.is_ours && **value != setting.value) {
                replaced.push(format!("{}={value}", setting.key));
            }
            text.push_str(&format!("{}={}\n", setting.key, theirs.unwrap_or(setting.value)));
        }
        if section == "Service" {
            text.push_str(&exec_start(&plan.command)?);
            if plan.needs_path && !present.sets_path_otherwise(&plan.path) {
                text.push_str(&environment("PATH", &plan.path)?);
            }
            let foreign: Vec<&str> =
                FOREIGN.into_iter().filter(|name| !plan.variables.iter().any(|set| set == name)).collect();
            if !foreign.is_empty() {
                text.push_str(&format!("UnsetEnvironment={}\n", foreign.join(" ")));
            }
        }
        for entry in present.entries.iter().filter(|entry| entry.section == section && is_added(entry, plan))
        {
            kept.push(format!("{}={}", entry.key, entry.value));
            text.push_str(&format!("{}={}\n", entry.key, entry.value));
        }
    }
    let mut section = "";
    for entry in present.entries.iter().filter(|entry| !SECTIONS.contains(&entry.section.as_str())) {
        if entry.section == OWN_SECTION {
            continue;
        }
        if entry.section != section {
            section = &entry.section;
            text.push_str(&format!("\n[{section}]\n"));
        }
        kept.push(format!("{}={}", entry.key, entry.value));
        text.push_str(&format!("{}={}\n", entry.key, entry.value));
    }
    if plan.is_given {
        text.push_str(&format!("\n[{OWN_SECTION}]\n{}={}\n", GIVEN.0, GIVEN.1));
    }
    for line in &present.strange {
        text.push_str(&format!("# not understood: {line}\n"));
    }
    Ok(Rendered { text, kept, replaced })
}

/// Whether an entry of one of heph's sections is none that heph writes.
fn is_added(entry: &Entry, plan: &Plan) -> bool {
    let is_written = SETTINGS.iter().any(|s| s.section == entry.section && s.key == entry.key)
        || (entry.section == "Service" && entry.key == "ExecStart");
    let is_path_of_ours =
        entry.key == "Environment" && sets_path_only(&entry.value).as_ref() == Some(&plan.path);
    let is_unsetting =
        entry.key == "UnsetEnvironment" && entry.value.split_whitespace().all(|name| FOREIGN.contains(&name));
    !is_written && !is_path_of_ours && !is_unsetting
}

/// The `PATH` of an `Environment=` value that sets nothing else.
fn sets_path_only(value: &str) -> Option<String> {
    let plain = Specifiers { home: "%h", user: "%u", uid: 0 };
    match &assignments(value, plain)?[..] {
        [(name, path)] if name == "PATH" => Some(path.clone()),
        _ => None,
    }
}

fn exec_start(command: &Command) -> Result<String, ServiceError> {
    let program =
        command.program.to_str().ok_or_else(|| ServiceError::NotText { path: command.program.clone() })?;
    check("the path of hephd", program)?;
    let is_taken = !program.contains(|c: char| matches!(c, '"' | '\'' | '\\') || c.is_ascii_control());
    let mut words = if is_taken {
        // Variables are put into arguments only: a `$` of the program's path stands once.
        vec![quote::quoted(program, false)]
    } else {
        SHELL.into_iter().chain([program]).map(|word| quote::quoted(word, true)).collect()
    };
    for word in &command.arguments {
        check("an argument of the service", &word.to_string())?;
        words.push(quote::word(word));
    }
    Ok(format!("ExecStart={}\n", words.join(" ")))
}

fn environment(name: &str, value: &str) -> Result<String, ServiceError> {
    check(name, value)?;
    Ok(format!("Environment={}\n", quote::quoted(&format!("{name}={value}"), false)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SPECIFIERS: Specifiers<'_> = Specifiers { home: "/home/x", user: "x", uid: 7 };

    #[test]
    fn a_unit_is_written_whole() {
        let mut plan = Plan::sample("/home/x/.cargo/bin/hephd", &["--mode", "local", "--owner", "a b%c$d"]);
        plan.needs_path = true;
        let expected = "\
# Written by `heph daemon start` and `restart`. Settings you add here stay; a file of your own for them:
# systemctl --user edit heph.service

[Unit]
Description=heph, the personal context manager
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
Restart=always
RestartSec=2
RestartPreventExitStatus=78
TimeoutStartSec=90
TimeoutStopSec=20
WatchdogSec=60
NoNewPrivileges=yes
RestrictSUIDSGID=yes
LockPersonality=yes
UMask=0077
ExecStart=/home/x/.cargo/bin/hephd --mode local --owner \"a b%%c$$d\"
Environment=PATH=/home/x/.cargo/bin:/usr/bin
UnsetEnvironment=HEPH_CONFIG HEPH_DB HEPH_SOCKET

[Install]
WantedBy=default.target
";
        assert_eq!(
            render(&plan, None).unwrap(),
            Rendered { text: expected.to_owned(), kept: Vec::new(), replaced: Vec::new() }
        );
        let again = render(&plan, Some(expected)).unwrap();
        assert_eq!(again, Rendered { text: expected.to_owned(), kept: Vec::new(), replaced: Vec::new() });
    }

    #[test]
    fn an_older_unit_is_replaced_and_what_was_added_stays() {
        let old = "[Unit]\nDescription=heph\nAfter=network.target\n[Service]\nType=simple\n\
            ExecStart=-%h/bin/hephd --mode local \\\n  # a comment\n  --shiny '${X}'\nRestart=on-failure\nRestartSec=9\n\
            Environment=RUST_LOG=debug\nnonsense\n[Install]\nWantedBy=multi-user.target\n[Other]\nA=b\n";
        let installed = read(old, &[], SPECIFIERS);
        let command = installed.command.unwrap();
        assert_eq!(command.program, PathBuf::from("/home/x/bin/hephd"));
        let shown: Vec<String> = command.arguments.iter().map(Word::to_string).collect();
        assert_eq!(shown, ["--mode", "local", "--shiny", "'${X}'"]);
        assert_eq!(installed.environment, [("RUST_LOG".to_owned(), "debug".to_owned())]);
        assert_eq!(installed.strange, ["nonsense"]);

        let mut plan = Plan::sample("/home/x/bin/hephd", &[]);
        plan.command.arguments = command.arguments;
        let Rendered { text, kept, replaced } = render(&plan, Some(old)).unwrap();
        for line in [
            "Type=notify",
            "Restart=always",
            "RestartSec=9",
            "WantedBy=default.target",
            "After=network.target",
            "Environment=RUST_LOG=debug",
            "[Other]",
            "A=b",
            "ExecStart=/home/x/bin/hephd --mode local --shiny '${X}'",
            "# not understood: nonsense",
        ] {
            assert!(text.lines().any(|written| written == line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("on-failure") && !text.contains("multi-user"), "{text}");
        assert_eq!(replaced, ["Type=simple", "Restart=on-failure", "WantedBy=multi-user.target"]);
        let expected = [
            "nonsense",
            "Description=heph",
            "After=network.target",
            "RestartSec=9",
            "Environment=RUST_LOG=debug",
            "A=b",
        ];
        assert_eq!(kept, expected);
    }

    #[test]
    fn files_beside_the_unit_change_it() {
        let unit = render(&Plan::sample("/bin/hephd", &["--mode", "local"]), None).unwrap().text;
        let drop_in = "[Service]\nExecStart=\nExecStart=/opt/hephd --db '/x y' --mode local\nEnvironment=\"HEPH_DB=/z z\"";
        let installed = read(&unit, &[drop_in.to_owned()], SPECIFIERS);
        let command = installed.command.unwrap();
        assert_eq!(command.program, PathBuf::from("/opt/hephd"));
        assert_eq!(command.arguments[1], Word::from("/x y"));
        assert_eq!(installed.environment, [("HEPH_DB".to_owned(), "/z z".to_owned())]);
    }

    #[test]
    fn what_hephd_is_run_through_is_not_understood() {
        for start in
            ["/usr/bin/nice -n 5 /bin/hephd", "\"/bin/hephd --mode local", "/bin/hephd\nExecStart=/bin/hephd"]
        {
            let installed = read(&format!("[Service]\nExecStart={start}\n"), &[], SPECIFIERS);
            assert!(installed.command.is_none() && installed.unreadable.is_some(), "{start}");
            assert_eq!(installed.strange.len(), 1);
        }
        let relative = read("[Service]\nExecStart=hephd --db x", &[], SPECIFIERS).command.unwrap();
        assert_eq!(relative.program, PathBuf::from("hephd"));
    }

    #[test]
    fn a_file_of_variables_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vars");
        std::fs::write(&file, "# of ours\nHEPH_DB=\"/a b\"\nX='y'\n").unwrap();
        let unit = |name: &str| format!("[Service]\nEnvironmentFile={name}\n");
        let installed = read(&unit(file.to_str().unwrap()), &[], SPECIFIERS);
        let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(installed.environment, [set("HEPH_DB", "/a b"), set("X", "y")]);
        assert_eq!(read(&unit("-/nowhere/x"), &[], SPECIFIERS).strange, Vec::<String>::new());
        assert_eq!(read(&unit("/nowhere/x"), &[], SPECIFIERS).strange, ["EnvironmentFile=/nowhere/x"]);
    }

    #[test]
    fn a_program_that_was_named_is_remembered() {
        let mut plan = Plan::sample("/opt/hephd", &[]);
        plan.is_given = true;
        let text = render(&plan, None).unwrap().text;
        assert!(read(&text, &[], SPECIFIERS).is_given);
        plan.is_given = false;
        let text = render(&plan, Some(&text)).unwrap().text;
        assert!(!read(&text, &[], SPECIFIERS).is_given && !text.contains(OWN_SECTION));
    }

    #[test]
    fn a_path_is_taken_out_when_it_is_no_longer_needed() {
        let mut with = Plan::sample("/bin/hephd", &[]);
        with.needs_path = true;
        let text = render(&with, None).unwrap().text;
        let rendered = render(&Plan::sample("/bin/hephd", &[]), Some(&text)).unwrap();
        assert!(!rendered.text.contains("PATH=") && rendered.kept.is_empty());
        for theirs in ["PATH=/mine:/home/x/.cargo/bin:/usr/bin RUST_LOG=debug", "PATH=/opt/bin"] {
            let present = format!("[Service]\nEnvironment={theirs}\n");
            let rendered = render(&with, Some(&present)).unwrap();
            assert!(rendered.text.contains(&format!("Environment={theirs}\n")), "{}", rendered.text);
            assert_eq!(rendered.text.matches("PATH=").count(), 1, "{}", rendered.text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_as_it_was(
            folder in "/[^\\x00\\n\\r]{1,40}",
            arguments in proptest::collection::vec("[^\\x00\\n\\r]{0,40}", 0..6),
        ) {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let plan = Plan::sample(&format!("{folder}/hephd"), &arguments);
            let text = render(&plan, None).unwrap().text;
            let installed = read(&text, &[], SPECIFIERS);
            prop_assert_eq!(installed.command.as_ref(), Some(&plan.command));
            prop_assert_eq!(installed.strange, Vec::<String>::new());
            prop_assert_eq!(render(&plan, Some(&text)).unwrap(), Rendered { text, kept: Vec::new(), replaced: Vec::new() });
        }

        #[test]
        fn a_path_variable_reads_as_it_was(path in "[^\\x00\\n\\r]{0,60}") {
            let mut plan = Plan::sample("/bin/hephd", &[]);
            (plan.needs_path, plan.path) = (true, path.clone());
            let text = render(&plan, None).unwrap().text;
            prop_assert_eq!(read(&text, &[], SPECIFIERS).environment, [("PATH".to_owned(), path)]);
        }

        #[test]
        fn any_text_is_read(text in "(\\[Service\\]\n)?(ExecStart|Environment)=.{0,80}(\n.{0,40})*") {
            let installed = read(&text, std::slice::from_ref(&text), SPECIFIERS);
            let _ = installed.command.map(|command| render(&Plan { command, ..Plan::sample("/x", &[]) }, Some(&text)));
        }
    }
}
