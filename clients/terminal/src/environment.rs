//! What the process is started with: variables, the user's zone.

use std::path::{Path, PathBuf};

/// A variable that is set to something.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A variable that is set, even to nothing.
pub fn variable_if_set(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A variable that holds a path.
pub fn path_variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The user's IANA zone, `None` to leave it to the daemon.
///
/// The name alone is looked for: to load the zone's rules for it would cost more than the call to the daemon.
pub fn zone() -> Option<String> {
    match variable("TZ") {
        Some(zone) => zone_of_variable(&zone),
        None => std::fs::read_link("/etc/localtime").ok().and_then(|target| zone_of_path(&target)),
    }
}

fn zone_of_variable(value: &str) -> Option<String> {
    let value = value.strip_prefix(':').unwrap_or(value);
    if value.starts_with('/') {
        return zone_of_path(Path::new(value));
    }
    // `CET-1CEST,M3.5.0` is a rule, not a name; only Etc/… has names with a sign and a digit.
    let is_name = value.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '_' | '-'))
        || value.starts_with("Etc/");
    is_name.then(|| value.to_owned())
}

fn zone_of_path(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    let (_, name) = text.split_once("zoneinfo/")?;
    Some(name.strip_prefix("posix/").unwrap_or(name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_zones_are_told_from_rules_and_files() {
        for (value, zone) in [
            ("Europe/Rome", Some("Europe/Rome")),
            (":Europe/Rome", Some("Europe/Rome")),
            ("UTC", Some("UTC")),
            ("America/Port-au-Prince", Some("America/Port-au-Prince")),
            ("Etc/GMT+3", Some("Etc/GMT+3")),
            ("CET-1CEST", None),
            ("EST5EDT", None),
            ("/usr/share/zoneinfo/Asia/Tokyo", Some("Asia/Tokyo")),
            ("/usr/share/zoneinfo/posix/Asia/Tokyo", Some("Asia/Tokyo")),
            ("/etc/localtime", None),
        ] {
            assert_eq!(zone_of_variable(value).as_deref(), zone, "{value}");
        }
    }
}
