//! The reference of the settings and the commented default file, both made from the table of settings.

use std::fmt::Write as _;

use super::settings::{SETTINGS, Spec};

/// The default configuration file: every setting with its default, commented out.
pub fn default_file() -> String {
    let mut text = String::from(
        "# Settings of hephd. Flags win over the environment, the environment over this file.\n\
         # Every line shows the default; take the # away to change it, then start hephd again\n",
    );
    for spec in SETTINGS {
        write!(text, "\n# {}\n# {} = \"{}\"\n", spec.doc, spec.key, spec.default)
            .expect("a String takes all");
    }
    text
}

/// The reference page of the settings, in Markdown.
pub fn reference_markdown() -> String {
    let mut text = String::from(
        "# Configuration of hephd\n\n\
         Flags win over environment variables, those over the file `~/.config/heph/config.toml` (another one with \
         `HEPH_CONFIG`), the file over the defaults. An unknown key or a wrong value ends hephd with exit code 78 and \
         a sentence. `heph config show` tells what is in force and where it came from.\n\n\
         | key | flag | environment | default | what it does |\n|---|---|---|---|---|\n",
    );
    for spec in SETTINGS {
        writeln!(text, "{}", row(spec)).expect("a String takes all");
    }
    write!(text, "\nThe file with all defaults:\n\n```toml\n{}```\n", default_file())
        .expect("a String takes all");
    text
}

fn row(spec: &Spec) -> String {
    let code = |text: &str| format!("`{text}`");
    let flag = spec.flag.map_or_else(|| "–".to_owned(), code);
    let variables: Vec<_> = spec.variables.iter().copied().map(code).collect();
    let variables = if variables.is_empty() { "–".to_owned() } else { variables.join(", ") };
    let default = if spec.default.is_empty() { "–".to_owned() } else { code(spec.default) };
    format!("| `{}` | {flag} | {variables} | {default} | {} |", spec.key, spec.doc)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::{Path, PathBuf};

    use super::super::file::{self, ReadFile};
    use super::super::{Flags, settings};
    use super::*;

    #[test]
    fn the_default_file_says_the_defaults() {
        let home = |name: &str| (name == "HOME").then(|| OsString::from("/home/ada"));
        let defaults = settings::resolve(&Flags::default(), &home, None).unwrap();
        assert_eq!(file::parse(&default_file(), Path::new("f")).unwrap(), file::FileSettings::default());
        let all: String = default_file()
            .lines()
            .filter_map(|line| line.strip_prefix("# ").filter(|setting| setting.contains(" = \"")))
            .map(|setting| format!("{setting}\n"))
            .collect();
        assert_eq!(all.lines().count(), SETTINGS.len());
        let path = PathBuf::from("f");
        let settings = file::parse(&all, &path).unwrap();
        let mut read =
            settings::resolve(&Flags::default(), &home, Some(ReadFile { path, settings })).unwrap();
        for setting in &mut read.settings {
            assert_eq!(setting.origin, "file");
            setting.origin = "default".to_owned();
        }
        assert_eq!(read, defaults);
    }

    #[test]
    fn the_reference_names_every_setting() {
        let reference = reference_markdown();
        for spec in SETTINGS {
            assert!(reference.contains(&format!("| `{}` |", spec.key)));
        }
        assert!(reference.contains("`HEPH_LOG`, `RUST_LOG`"));
    }
}
