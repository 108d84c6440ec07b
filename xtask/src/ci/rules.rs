//! The rules, each a pure check of a path and a text.

use super::code;
use super::names::{Name, names};
use super::tree::File;

/// A place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The file.
    pub(crate) path: String,
    /// Its line, from 1.
    pub(crate) line: usize,
    /// The rule.
    pub(crate) rule: &'static str,
    /// What is wrong, and what to do.
    pub(crate) what: String,
}

fn finding(path: &str, line: usize, rule: &'static str, what: impl Into<String>) -> Finding {
    Finding { path: path.to_owned(), line, rule, what: what.into() }
}

/// Most lines a file may have, its test module aside.
const MAX_LINES: usize = 600;

/// What the root shows; dot-files are free.
const TOP_LEVEL: &[&str] =
    &["Cargo.lock", "Cargo.toml", "README.md", "clients", "daemon", "docs", "plugin", "protocol", "xtask"];

/// Names that do IO, wait, or read a clock.
const IMPURE: &[&str] = &[
    "actix",
    "actix_rt",
    "actix_web",
    "async",
    "await",
    "rustix",
    "sqlx",
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "tokio",
    "tokio_util",
];

/// Where a set of names may not be written.
struct Layer {
    rule: &'static str,
    within: &'static [&'static str],
    except: &'static [&'static str],
    forbidden: &'static [&'static str],
    instead: &'static str,
}

const LAYERS: &[Layer] = &[
    Layer {
        rule: "the domain does no IO",
        within: &["daemon/src/domain/"],
        except: &[],
        forbidden: IMPURE,
        instead: "take the value as an argument; the actor or the store does the IO",
    },
    Layer {
        rule: "rpc translates and does no IO",
        within: &["daemon/src/rpc/"],
        except: &[],
        forbidden: IMPURE,
        instead: "the session does the IO",
    },
    Layer {
        rule: "domain types are not wire types",
        within: &["daemon/src/domain/"],
        except: &[],
        forbidden: &["serde::Serialize", "serde::Deserialize", "heph_protocol"],
        instead: "convert at the edge, in rpc/ or store/",
    },
    Layer {
        rule: "only the store speaks SQL",
        within: &["daemon/src/", "clients/", "protocol/"],
        except: &["daemon/src/store/"],
        forbidden: &["sqlx", "rusqlite", "libsqlite3_sys"],
        instead: "ask the store for it",
    },
    Layer {
        rule: "only actors/ and system.rs name actix",
        within: &["daemon/src/", "clients/", "protocol/"],
        except: &["daemon/src/actors/", "daemon/src/system.rs", "daemon/src/system/"],
        forbidden: &["actix", "actix_rt"],
        instead: "use the async handle of the actor",
    },
    Layer {
        rule: "a client is no daemon",
        within: &["clients/client/src/", "clients/terminal/src/", "clients/cli/src/", "clients/tui/src/"],
        except: &[],
        forbidden: &["hephd", "tokio"],
        instead: "ask the daemon over the socket",
    },
];

/// Whether a file holds tests only.
fn is_tests(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.ends_with("_tests.rs")
}

/// Names that a layer may not use.
pub(crate) fn layers(path: &str, code: &str) -> Vec<Finding> {
    if is_tests(path) {
        return Vec::new();
    }
    let applying: Vec<&Layer> = LAYERS.iter().filter(|layer| applies(layer, path)).collect();
    if applying.is_empty() {
        return Vec::new();
    }
    let named = names(code);
    let mut findings = Vec::new();
    for layer in applying {
        for name in named.iter().filter(|name| layer.forbidden.iter().any(|path| name.is_within(path))) {
            let Name { line, path: used } = name;
            findings.push(finding(path, *line, layer.rule, format!("names `{used}`: {}", layer.instead)));
        }
    }
    findings
}

fn applies(layer: &Layer, path: &str) -> bool {
    layer.within.iter().any(|folder| path.starts_with(folder))
        && !layer.except.iter().any(|folder| path.starts_with(folder))
}

/// Where standard output and standard error may be written to.
const OUTPUT: &[&str] = &[
    "clients/cli/src/main.rs",
    "clients/cli/src/output/",
    "clients/cli/src/output.rs",
    "clients/tui/src/output.rs",
    "daemon/src/logging.rs",
    "daemon/src/main.rs",
    "daemon/src/output.rs",
    "xtask/src/bin/",
    "xtask/src/output.rs",
];

/// Printing outside the output modules.
pub(crate) fn printing(path: &str, code: &str) -> Vec<Finding> {
    let allowed = OUTPUT.iter().any(|place| path.starts_with(place));
    if allowed || is_tests(path) || path.ends_with("/build.rs") {
        return Vec::new();
    }
    const PRINTERS: &[&str] = &["print", "println", "eprint", "eprintln", "stdout", "stderr"];
    names(code)
        .iter()
        .filter(|name| {
            let (module, function) = name.path.rsplit_once("::").unwrap_or(("", &name.path));
            match function {
                "stdout" | "stderr" => module == "io" || module == "std::io",
                _ => PRINTERS.contains(&function) && is_macro(code, name),
            }
        })
        .map(|name| {
            let what = format!("prints by `{}`: go through the output module", name.path);
            finding(path, name.line, "only the output module prints", what)
        })
        .collect()
}

/// Whether a name is followed by `!` on its line.
fn is_macro(code: &str, name: &Name) -> bool {
    let line = code.lines().nth(name.line - 1).unwrap_or_default();
    line.contains(&format!("{}!", name.path))
}

/// Crates a manifest may not depend on.
pub(crate) fn dependencies(file: &File) -> Vec<Finding> {
    let forbidden: (&'static str, &[&str]) = match file.path.as_str() {
        "protocol/Cargo.toml" => (
            "protocol/ depends on no other crate of ours",
            &["heph", "hephd", "heph-client", "heph-tui", "tokio"],
        ),
        path if path.starts_with("clients/") => {
            ("a client never opens the database", &["sqlx", "rusqlite", "libsqlite3-sys", "hephd", "tokio"])
        }
        _ => return Vec::new(),
    };
    let Ok(manifest) = file.text.parse::<toml::Table>() else {
        return vec![finding(&file.path, 1, forbidden.0, "is no TOML")];
    };
    let Some(dependencies) = manifest.get("dependencies").and_then(toml::Value::as_table) else {
        return Vec::new();
    };
    dependencies
        .keys()
        .filter(|name| forbidden.1.contains(&name.as_str()))
        .map(|name| {
            let line = 1 + file.text.lines().position(|line| line.starts_with(name.as_str())).unwrap_or(0);
            finding(&file.path, line, forbidden.0, format!("depends on `{name}`"))
        })
        .collect()
}

/// Files too long to be guessed from their name; test modules are not counted.
pub(crate) fn length(file: &File) -> Vec<Finding> {
    if is_tests(&file.path) {
        return Vec::new();
    }
    let tests = code::without_comments(&file.text)
        .lines()
        .zip(code::without_tests(&code::without_comments(&file.text)).lines())
        .filter(|(with, without)| with.trim() != without.trim())
        .count();
    let lines = file.text.lines().count() - tests;
    if lines <= MAX_LINES {
        return Vec::new();
    }
    let what = format!("has {lines} lines beside its tests, {MAX_LINES} at most: split it by noun or verb");
    vec![finding(&file.path, 1, "files stay short", what)]
}

/// Tests that are switched off.
pub(crate) fn ignored_tests(file: &File) -> Vec<Finding> {
    let code = code::without_comments(&file.text);
    let lines = code.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("#[ignore"));
    lines
        .map(|(at, _)| {
            finding(
                &file.path,
                at + 1,
                "no test is switched off",
                "run it in the long tier (HEPH_LONG), or delete it",
            )
        })
        .collect()
}

/// Paths of somebody's machine.
pub(crate) fn machine_paths(file: &File) -> Vec<Finding> {
    // Put together here, so that this file does not hold them.
    let forbidden =
        [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/tmp/", "wt/"), concat!("/Us", "ers/")];
    let mut findings = Vec::new();
    for (at, line) in file.text.lines().enumerate() {
        for path in forbidden.iter().filter(|path| stands_in(line, path)) {
            let what = format!("names `{path}`, a path of one machine: use a relative or a made-up one");
            findings.push(finding(&file.path, at + 1, "no machine's paths", what));
        }
    }
    findings
}

/// Whether a path begins in a line, and does not go on from another folder.
fn stands_in(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-/{}$~*".contains(c))
    })
}

/// Links of Markdown files that lead to no file of the tree.
pub(crate) fn links(file: &File, exists: impl Fn(&str) -> bool) -> Vec<Finding> {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut findings = Vec::new();
    for (at, line) in file.text.lines().enumerate() {
        for target in
            line.match_indices("](").filter_map(|(start, _)| line[start + 2..].split([')', '#']).next())
        {
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let path = joined(folder, target);
            if !exists(&path) {
                let what = format!("leads to `{path}`, which is not there");
                findings.push(finding(&file.path, at + 1, "links lead somewhere", what));
            }
        }
    }
    findings
}

/// A path from a folder, without `.` and `..`.
fn joined(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What stands in the root and should not.
pub(crate) fn top_level<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<Finding> {
    let mut entries: Vec<&str> = paths.filter_map(|path| path.split('/').next()).collect();
    entries.sort_unstable();
    entries.dedup();
    entries
        .into_iter()
        .filter(|entry| !entry.starts_with('.') && !TOP_LEVEL.contains(entry))
        .map(|entry| finding(entry, 1, "the top level is fixed", "move it into one of the folders"))
        .collect()
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
