//! The property list of the agent: written, and read back as whoever edited it left it.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use plist::{Dictionary, Value};

use super::LABEL;
use crate::error::ServiceError;
use crate::flags::{Word, check};
use crate::manager::{Command, Installed, Plan, Rendered};

/// The keys heph writes.
const OURS: [&str; 8] = [
    "Label",
    "ProgramArguments",
    "RunAtLoad",
    "KeepAlive",
    "ProcessType",
    "Umask",
    "StandardErrorPath",
    "StandardOutPath",
];

/// The mark that a person named the program; launchd looks at no key it does not know.
const GIVEN: &str = "HephProgramGiven";

const VARIABLES: &str = "EnvironmentVariables";

/// Only the owner may read what hephd makes.
const UMASK: u64 = 0o077;

/// Reads a property list.
pub(super) fn read(path: &Path, text: &[u8]) -> Result<Installed, ServiceError> {
    let dictionary = parse(path, text)?;
    let mut strange = Vec::new();
    let arguments = dictionary.get("ProgramArguments").and_then(Value::as_array).map(Vec::as_slice);
    let mut words: Vec<String> = Vec::new();
    for argument in arguments.unwrap_or_default() {
        match argument.as_string() {
            Some(word) => words.push(word.to_owned()),
            None => strange.push("an argument that is no text".to_owned()),
        }
    }
    let named = dictionary.get("Program").and_then(Value::as_string).map(PathBuf::from);
    let mut words = words.into_iter();
    let first = words.next().map(PathBuf::from);
    let command =
        named.or(first).map(|program| Command { program, arguments: words.map(Word::Plain).collect() });
    let variables = dictionary.get(VARIABLES).and_then(Value::as_dictionary);
    let environment = variables
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_string()?.to_owned())))
        .collect();
    let is_given = dictionary.get(GIVEN).and_then(Value::as_boolean).unwrap_or_default();
    let unreadable = (command.is_none() || !strange.is_empty()).then(|| "ProgramArguments".to_owned());
    let command = command.filter(|_| unreadable.is_none());
    Ok(Installed { command, unreadable, environment, is_given, strange, text: text.to_vec() })
}

fn parse(path: &Path, text: &[u8]) -> Result<Dictionary, ServiceError> {
    let malformed = |message: String| ServiceError::Malformed { path: path.to_owned(), message };
    let value = Value::from_reader(Cursor::new(text)).map_err(|error| malformed(error.to_string()))?;
    value.into_dictionary().ok_or_else(|| malformed("it is no dictionary".to_owned()))
}

/// Writes a property list. What a person added to the present one stays.
pub(super) fn render(path: &Path, plan: &Plan, present: Option<&[u8]>) -> Result<Rendered, ServiceError> {
    let mut arguments = vec![text_of(&plan.command.program)?];
    arguments.extend(plan.command.arguments.iter().map(Word::to_string));
    for argument in &arguments {
        check("an argument of the service", argument)?;
        check_xml(argument)?;
    }
    let errors = text_of(&plan.errors)?;
    let mut agent = Dictionary::new();
    let mut put = |key: &str, value: Value| drop(agent.insert(key.to_owned(), value));
    put("Label", LABEL.into());
    put("ProgramArguments", Value::Array(arguments.into_iter().map(Value::from).collect()));
    put("RunAtLoad", true.into());
    put("KeepAlive", true.into());
    put("ProcessType", "Adaptive".into());
    put("Umask", UMASK.into());
    put("StandardErrorPath", errors.clone().into());
    put("StandardOutPath", errors.into());
    let present = present.map(|text| parse(path, text)).transpose()?.unwrap_or_default();
    let (mut kept, mut replaced) = (Vec::new(), Vec::new());
    let mut variables = Dictionary::new();
    if plan.needs_path {
        check_xml(&plan.path)?;
        variables.insert("PATH".to_owned(), plan.path.clone().into());
    }
    for (key, value) in present {
        if key == VARIABLES {
            for (name, value) in value.into_dictionary().into_iter().flatten() {
                let is_path_of_ours = name == "PATH" && value.as_string() == Some(&plan.path);
                if !is_path_of_ours {
                    kept.push(format!("{VARIABLES} {name}"));
                    variables.insert(name, value);
                }
            }
        } else if OURS.contains(&key.as_str()) && key != "ProgramArguments" {
            if agent.get(&key) != Some(&value) {
                replaced.push(key);
            }
        } else if !OURS.contains(&key.as_str()) && key != GIVEN && key != "Program" {
            kept.push(key.clone());
            agent.insert(key, value);
        }
    }
    if !variables.is_empty() {
        agent.insert(VARIABLES.to_owned(), Value::Dictionary(variables));
    }
    if plan.is_given {
        agent.insert(GIVEN.to_owned(), true.into());
    }
    let mut written = Vec::new();
    Value::Dictionary(agent)
        .to_writer_xml(&mut written)
        .map_err(|error| ServiceError::Malformed { path: path.to_owned(), message: error.to_string() })?;
    let mut text = String::from_utf8_lossy(&written).into_owned();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(Rendered { text, kept, replaced })
}

fn text_of(path: &Path) -> Result<String, ServiceError> {
    let text = path.to_str().ok_or_else(|| ServiceError::NotText { path: path.to_owned() })?;
    check("a path of the service", text)?;
    check_xml(text)?;
    Ok(text.to_owned())
}

/// Refuses characters that XML cannot have, however they are written (XML 1.0, section 2.2).
fn check_xml(text: &str) -> Result<(), ServiceError> {
    let cannot_be =
        |c: char| (c.is_ascii_control() && !matches!(c, '\t')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    match text.chars().any(cannot_be) {
        true => Err(ServiceError::Value { what: format!("`{}`", text.escape_debug()) }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(plan: &Plan, present: Option<&[u8]>) -> Rendered {
        render(Path::new("/x.plist"), plan, present).unwrap()
    }

    #[test]
    fn an_agent_is_written_whole() {
        let mut plan = Plan::sample("/opt/a & b/hephd", &["--mode", "local", "--owner", "<\"x'>"]);
        plan.needs_path = true;
        plan.is_given = true;
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>org.hephaestus.hephd</string>
	<key>ProgramArguments</key>
	<array>
		<string>/opt/a &amp; b/hephd</string>
		<string>--mode</string>
		<string>local</string>
		<string>--owner</string>
		<string>&lt;&quot;x&apos;&gt;</string>
	</array>
	<key>RunAtLoad</key>
	<true/>
	<key>KeepAlive</key>
	<true/>
	<key>ProcessType</key>
	<string>Adaptive</string>
	<key>Umask</key>
	<integer>63</integer>
	<key>StandardErrorPath</key>
	<string>/home/x/.local/share/heph/hephd.stderr.log</string>
	<key>StandardOutPath</key>
	<string>/home/x/.local/share/heph/hephd.stderr.log</string>
	<key>EnvironmentVariables</key>
	<dict>
		<key>PATH</key>
		<string>/home/x/.cargo/bin:/usr/bin</string>
	</dict>
	<key>HephProgramGiven</key>
	<true/>
</dict>
</plist>
"#;
        assert_eq!(
            written(&plan, None),
            Rendered { text: expected.to_owned(), kept: Vec::new(), replaced: Vec::new() }
        );
        assert!(read(Path::new("/x"), expected.as_bytes()).unwrap().is_given);
    }

    #[test]
    fn what_a_person_added_stays() {
        let mut dictionary = Dictionary::new();
        dictionary.insert("Nice".to_owned(), 5.into());
        dictionary.insert("KeepAlive".to_owned(), false.into());
        let mut variables = Dictionary::new();
        variables.insert("RUST_LOG".to_owned(), "debug".into());
        dictionary.insert(VARIABLES.to_owned(), variables.into());
        let mut present = Vec::new();
        Value::Dictionary(dictionary).to_writer_xml(&mut present).unwrap();
        let Rendered { text, kept, replaced } = written(&Plan::sample("/bin/hephd", &[]), Some(&present));
        assert_eq!(replaced, ["KeepAlive"]);
        assert_eq!(kept, ["Nice", "EnvironmentVariables RUST_LOG"]);
        let read_back = parse(Path::new("/x"), text.as_bytes()).unwrap();
        assert_eq!(read_back.get("Nice"), Some(&5.into()));
        assert_eq!(read_back.get("KeepAlive"), Some(&true.into()));
        assert_eq!(
            read(Path::new("/x"), text.as_bytes()).unwrap().environment,
            [("RUST_LOG".to_owned(), "debug".to_owned())]
        );
    }

    #[test]
    fn what_is_no_property_list_is_named() {
        for text in ["", "hello", "<plist><string>x</string></plist>", "<plist><dict><key>a</key></dict>"] {
            let error = read(Path::new("/x.plist"), text.as_bytes()).unwrap_err();
            assert!(
                matches!(&error, ServiceError::Malformed { path, .. } if path.ends_with("x.plist")),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_as_it_was(
            program in "/[^\\x00-\\x1f\\x7f\u{fffe}\u{ffff}]{1,40}",
            arguments in proptest::collection::vec("[^\\x00-\\x1f\\x7f\u{fffe}\u{ffff}]{0,40}", 0..6),
        ) {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let plan = Plan::sample(&program, &arguments);
            let text = written(&plan, None).text;
            prop_assert_eq!(read(Path::new("/x"), text.as_bytes()).unwrap().command, Some(plan.command.clone()));
            prop_assert_eq!(written(&plan, Some(text.as_bytes())), Rendered { text, kept: Vec::new(), replaced: Vec::new() });
        }

        #[test]
        fn control_characters_are_refused(bad in "[\\x00-\\x08\\x0b-\\x1f\\x7f]") {
            prop_assert!(render(Path::new("/x"), &Plan::sample("/x", &[&bad]), None).is_err());
        }
    }
}
