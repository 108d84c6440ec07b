//! `cargo xtask ci layers`: runs every rule over the tree.

use anyhow::bail;

use super::rules::{self, Finding};
use super::tree;
use crate::output;

/// Checks the tree and prints what breaks a rule.
///
/// # Errors
/// When a rule is broken, or the tree cannot be read.
pub(crate) fn run() -> anyhow::Result<()> {
    let findings = check(&tree::files()?);
    for Finding { path, line, rule, what } in &findings {
        output::note(format_args!("{path}:{line}: {what} [{rule}]"));
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("1 place breaks a rule of docs/explanation/architecture.md"),
        count => bail!("{count} places break a rule of docs/explanation/architecture.md"),
    }
}

/// Everything in the tree that breaks a rule.
pub(crate) fn check(files: &[tree::File]) -> Vec<Finding> {
    let mut findings = rules::top_level(files.iter().map(|file| file.path.as_str()));
    let exists = |path: &str| files.iter().any(|file| file.path == path || is_within(&file.path, path));
    for file in files {
        if file.path.ends_with(".md") {
            findings.extend(rules::links(file, exists));
        }
        findings.extend(rules::machine_paths(file));
        if file.path.ends_with("Cargo.toml") {
            findings.extend(rules::dependencies(file));
        }
        if file.is_rust() {
            let code = file.code();
            findings.extend(rules::layers(&file.path, &code));
            findings.extend(rules::printing(&file.path, &code));
            findings.extend(rules::length(file));
            findings.extend(rules::ignored_tests(file));
        }
    }
    findings
}

fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
