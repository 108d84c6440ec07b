//! The flags a service may carry, and how those that are baked are merged with those that are asked for.

use std::fmt;

use crate::error::ServiceError;

/// A flag of hephd that `heph daemon start` and `restart` take and bake.
#[derive(Debug, PartialEq, Eq)]
pub struct Flag {
    /// With its dashes.
    pub name: &'static str,
    /// What its value is called; `None` for a switch.
    pub value: Option<&'static str>,
    /// What it does, in a line.
    pub help: &'static str,
    /// Whether the value is a path, which a service has to have in full.
    pub is_path: bool,
}

const fn flag(name: &'static str, value: &'static str, help: &'static str) -> Flag {
    Flag { name, value: Some(value), help, is_path: false }
}

const fn path(name: &'static str, value: &'static str, help: &'static str) -> Flag {
    Flag { name, value: Some(value), help, is_path: true }
}

/// Every flag that can be baked, in the order of the help.
pub const BAKEABLE: &[Flag] = &[
    flag("--mode", "MODE", "What the daemon is: local or server"),
    flag("--hub-url", "URL", "The hub to sync with"),
    path("--hub-ca", "FILE", "Certificates to trust for the hub"),
    path("--hub-token-file", "FILE", "The token of a hub without an issuer"),
    flag("--http-addr", "ADDRESS", "Where a hub listens"),
    flag("--metrics-addr", "ADDRESS", "Where a hub tells its figures"),
    flag("--oidc-issuer", "URL", "Who logs people in"),
    flag("--oidc-audience", "NAME", "For whom tokens have to be made"),
    flag("--oidc-client-id", "NAME", "As whom to log in"),
    path("--tls-cert", "FILE", "The hub's certificate"),
    path("--tls-key", "FILE", "Its key"),
    path("--vault", "FOLDER", "Mirror the pages as Markdown files"),
    flag("--owner", "SUBJECT", "Whose store a hub serves as well"),
    Flag { name: "--self-update", value: None, help: "Keep heph up to date", is_path: false },
    flag("--self-update-interval-secs", "SECONDS", "How often to look for a release"),
];

/// Flags of hephd that take a value and are not baked; a hand-edited service may have them.
const OTHERS: &[&str] = &["--db", "--socket", "--log", "--log-format"];

impl Flag {
    /// The flag of a name, with its dashes or without.
    pub fn named(name: &str) -> Option<&'static Self> {
        let bare = name.trim_start_matches('-');
        BAKEABLE.iter().find(|flag| flag.name.trim_start_matches('-') == bare)
    }
}

/// A word of a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// As the process gets it.
    Plain(String),
    /// As the service's file has it: it names a variable or something else that only the service manager knows.
    Raw(String),
}

impl Word {
    fn plain(&self) -> Option<&str> {
        match self {
            Self::Plain(text) => Some(text),
            Self::Raw(_) => None,
        }
    }
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Plain(text) | Self::Raw(text)) = self;
        f.write_str(text)
    }
}

/// What is to become of the flags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    set: Vec<(&'static str, Option<String>)>,
    unset: Vec<&'static str>,
}

impl Changes {
    /// Sets a flag.
    ///
    /// # Errors
    /// [`ServiceError::Value`] for a value that no service can carry.
    pub fn set(&mut self, flag: &'static Flag, value: Option<&str>) -> Result<(), ServiceError> {
        if let Some(value) = value {
            check(flag.name, value)?;
        }
        self.set.push((flag.name, value.map(str::to_owned)));
        Ok(())
    }

    /// Takes a flag out, with its dashes or without; also one that a person wrote into the service's file.
    ///
    /// # Errors
    /// [`ServiceError::NoFlag`] when there is none of that name, and [`ServiceError::SetAndUnset`].
    pub fn unset(&mut self, name: &str) -> Result<(), ServiceError> {
        let bare = name.trim_start_matches('-');
        let others = OTHERS.iter().copied().find(|other| other.trim_start_matches('-') == bare);
        let Some(known) = Flag::named(name).map(|flag| flag.name).or(others) else {
            return Err(ServiceError::NoFlag { name: name.to_owned() });
        };
        if self.set.iter().any(|(set, _)| *set == known) {
            return Err(ServiceError::SetAndUnset { name: known.to_owned() });
        }
        self.unset.push(known);
        Ok(())
    }
}

/// Refuses text that no service file can carry.
pub(crate) fn check(what: &str, value: &str) -> Result<(), ServiceError> {
    match value.chars().find(|c| matches!(c, '\n' | '\r' | '\0')) {
        Some(_) => Err(ServiceError::Value { what: what.to_owned() }),
        None => Ok(()),
    }
}

/// The arguments of a service, taken apart.
enum Item {
    Flag { name: &'static str, value: Option<Word> },
    Other(Word),
}

/// The arguments a service gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// All of them.
    pub words: Vec<Word>,
    /// Those that were baked, are not understood, and are kept.
    pub kept: Vec<String>,
}

/// Carries over what is baked, sets and takes out what is asked for. A flag that stands twice counts as it stands last.
pub fn merge(baked: &[Word], changes: &Changes) -> Merged {
    let mut items = items(baked);
    let is_known = |name: &str| Flag::named(name).is_some() || OTHERS.contains(&name);
    let kept = items
        .iter()
        .filter_map(|item| match item {
            Item::Other(word) => Some(word.to_string()),
            Item::Flag { name, value: Some(Word::Raw(raw)) } if is_known(name) => {
                Some(format!("{name} {raw}"))
            }
            Item::Flag { .. } => None,
        })
        .collect();
    items.retain(|item| !matches!(item, Item::Flag { name, .. } if changes.unset.contains(name)));
    for (name, value) in &changes.set {
        put(&mut items, name, value.clone().map(Word::Plain));
    }
    if !items.iter().any(|item| matches!(item, Item::Flag { name: "--mode", .. })) {
        items.insert(0, Item::Flag { name: "--mode", value: Some("local".into()) });
    }
    let words = items.into_iter().flat_map(|item| match item {
        Item::Flag { name, value } => [Some(Word::from(name)), value],
        Item::Other(word) => [Some(word), None],
    });
    Merged { words: words.flatten().collect(), kept }
}

/// Sets a flag where it stands, or at the end.
fn put(items: &mut Vec<Item>, wanted: &'static str, value: Option<Word>) {
    let new = Item::Flag { name: wanted, value };
    let at = items.iter().position(|item| matches!(item, Item::Flag { name, .. } if *name == wanted));
    match at {
        Some(at) => items[at] = new,
        None => items.push(new),
    }
}

fn items(words: &[Word]) -> Vec<Item> {
    let mut items = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let (name, joined) = match word.plain().and_then(|text| text.split_once('=')) {
            Some((name, value)) => (name, Some(Word::from(value))),
            None => (word.plain().unwrap_or_default(), None),
        };
        let takes_value = OTHERS.iter().find(|other| **other == name).map(|other| (*other, true));
        let known = Flag::named(name).filter(|flag| flag.name == name);
        let known = known.map(|flag| (flag.name, flag.value.is_some())).or(takes_value);
        let flag = match (known, joined) {
            (Some((name, true)), Some(value)) => Some((name, Some(value))),
            (Some((name, true)), None) => words.next().map(|value| (name, Some(value.clone()))),
            (Some((name, false)), None) => Some((name, None)),
            _ => None,
        };
        match flag {
            Some((name, value)) => put(&mut items, name, value),
            None => items.push(Item::Other(word.clone())),
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Word> {
        text.split_whitespace().map(Word::from).collect()
    }

    fn merged(baked: &str, set: &[(&str, Option<&str>)], unset: &[&str]) -> (String, Vec<String>) {
        let mut changes = Changes::default();
        for (name, value) in set {
            changes.set(Flag::named(name).unwrap(), *value).unwrap();
        }
        for name in unset {
            changes.unset(name).unwrap();
        }
        let merged = merge(&words(baked), &changes);
        (merged.words.iter().map(Word::to_string).collect::<Vec<_>>().join(" "), merged.kept)
    }

    #[test]
    fn what_is_baked_stays_unless_it_is_set_or_taken_out() {
        let hub = ("--hub-url", Some("https://b"));
        for (baked, set, unset, expected) in [
            ("", &[][..], &[][..], "--mode local"),
            ("--mode local --hub-url https://a", &[], &[], "--mode local --hub-url https://a"),
            ("--hub-url=https://a --mode local", &[hub], &[], "--hub-url https://b --mode local"),
            ("--mode local", &[hub], &[], "--mode local --hub-url https://b"),
            ("--mode local --hub-url https://a", &[], &["hub-url"], "--mode local"),
            ("--mode local --self-update", &[], &["--self-update"], "--mode local"),
            ("--mode local", &[("self-update", None)], &[], "--mode local --self-update"),
            ("--mode server --mode local", &[], &[], "--mode local"),
            ("--db /x --mode local", &[], &[], "--db /x --mode local"),
            ("--db /x --mode local", &[], &["db"], "--mode local"),
        ] {
            let (words, kept) = merged(baked, set, unset);
            assert_eq!((words.as_str(), kept.len()), (expected, 0), "{baked}");
        }
    }

    #[test]
    fn what_is_not_understood_is_kept_and_told() {
        let (words, kept) =
            merged("--mode local --shiny new --self-update=yes --owner", &[("--owner", Some("me"))], &[]);
        assert_eq!(words, "--mode local --shiny new --self-update=yes --owner --owner me");
        assert_eq!(kept, ["--shiny", "new", "--self-update=yes", "--owner"]);
        let baked = [Word::from("--hub-url"), Word::Raw("${HUB}".into()), Word::Raw("$X".into())];
        let merged = merge(&baked, &Changes::default());
        assert_eq!(merged.kept, ["--hub-url ${HUB}", "$X"]);
        assert_eq!(merged.words[2..], baked);
    }

    #[test]
    fn a_value_of_several_lines_is_refused() {
        let mut changes = Changes::default();
        let hub = Flag::named("hub-url").unwrap();
        assert!(changes.set(hub, Some("a\nb")).is_err());
        assert!(changes.set(hub, Some("a b\t\"%$")).is_ok());
        assert!(matches!(changes.unset("--hub-url"), Err(ServiceError::SetAndUnset { .. })));
        assert!(matches!(changes.unset("nothing"), Err(ServiceError::NoFlag { .. })));
    }
}
