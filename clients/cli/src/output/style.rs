//! The few colours heph uses, and when it uses them.
//!
//! Colour never carries a meaning alone: whatever it marks is also said by a sign or a word.

pub(crate) use heph_terminal::style::*;

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ColourChoice {
    /// On a terminal that can.
    #[default]
    Auto,
    /// Always, into a pipe too.
    Always,
    /// Never.
    Never,
}

impl ColourChoice {
    /// The name as a flag's value.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }

    /// What the environment asks for, and by which variable: `NO_COLOR`, then `CLICOLOR_FORCE`, then `TERM=dumb`.
    pub(crate) fn from_environment(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Option<(Self, &'static str)> {
        let filled = |name| variable(name).filter(|value| !value.is_empty());
        if filled("NO_COLOR").is_some() {
            return Some((Self::Never, "NO_COLOR"));
        }
        if filled("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
            return Some((Self::Always, "CLICOLOR_FORCE"));
        }
        (variable("TERM").as_deref() == Some("dumb")).then_some((Self::Never, "TERM"))
    }

    /// Whether to colour a stream.
    pub(crate) fn applies(self, is_terminal: bool) -> bool {
        match self {
            Self::Auto => is_terminal,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(variables: &[(&str, &str)]) -> Option<ColourChoice> {
        let variable =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        ColourChoice::from_environment(variable).map(|(choice, _)| choice)
    }

    #[test]
    fn the_environment_decides_about_colour() {
        assert_eq!(asked(&[]), None);
        assert_eq!(asked(&[("NO_COLOR", "")]), None);
        assert_eq!(asked(&[("NO_COLOR", "1")]), Some(ColourChoice::Never));
        assert_eq!(asked(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]), Some(ColourChoice::Never));
        assert_eq!(asked(&[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")]), Some(ColourChoice::Always));
        assert_eq!(asked(&[("CLICOLOR_FORCE", "0")]), None);
        assert_eq!(asked(&[("TERM", "dumb")]), Some(ColourChoice::Never));
    }
}
