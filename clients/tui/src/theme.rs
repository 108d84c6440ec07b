//! How each role looks. Colour never carries a meaning alone: a sign or a word stands beside it.

use std::collections::BTreeMap;

use anstyle::Effects as Added;
use cursive::theme::{BaseColor, Color, ColorStyle, ColorType, Effect, Style};

use crate::frame::Role;

/// How a role looks, as it is written: `red bold on black`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Look {
    front: Option<Color>,
    back: Option<Color>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

/// The names of roles in the configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct RoleName(Role);

impl TryFrom<String> for RoleName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let known = Role::ALL.iter().find(|(known, _)| *known == name);
        known.map(|(_, role)| Self(*role)).ok_or_else(|| {
            let names: Vec<&str> = Role::ALL.iter().map(|(name, _)| *name).collect();
            format!("nothing is called `{name}`; there are {}", names.join(", "))
        })
    }
}

/// The themes there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeName {
    /// The terminal's own colours, few of them.
    #[default]
    Terminal,
    /// For a light background.
    Light,
    /// For a dark background.
    Dark,
    /// None: bold, underlined and reversed.
    Mono,
}

const TERMINAL: [(Role, &str); 15] = [
    (Role::Dim, "dim"),
    (Role::Heading, "bold"),
    (Role::Id, "cyan"),
    (Role::Overdue, "red bold"),
    (Role::Today, "yellow"),
    (Role::Good, "green"),
    (Role::Warning, "yellow bold"),
    (Role::Error, "red bold"),
    (Role::Key, "bold"),
    (Role::Tab, "dim"),
    (Role::ActiveTab, "bold reverse"),
    (Role::Bar, "yellow bold reverse"),
    (Role::Understood, "green"),
    (Role::Marked, "magenta bold"),
    (Role::Selected, "reverse"),
];

/// What differs on a light background, where yellow and cyan cannot be read.
const LIGHT: [(Role, &str); 5] = [
    (Role::Id, "blue"),
    (Role::Today, "magenta"),
    (Role::Warning, "magenta bold"),
    (Role::Bar, "magenta bold reverse"),
    (Role::Marked, "blue bold"),
];

/// What differs on a dark background.
const DARK: [(Role, &str); 6] = [
    (Role::Dim, "bright-black"),
    (Role::Id, "bright-cyan"),
    (Role::Overdue, "bright-red bold"),
    (Role::Today, "bright-yellow"),
    (Role::Understood, "bright-green"),
    (Role::Tab, "white"),
];

const MONO: [(Role, &str); 9] = [
    (Role::Id, "default"),
    (Role::Overdue, "bold"),
    (Role::Today, "underline"),
    (Role::Good, "default"),
    (Role::Warning, "bold"),
    (Role::Error, "bold"),
    (Role::Bar, "bold reverse"),
    (Role::Understood, "underline"),
    (Role::Marked, "bold"),
];

/// How each role looks.
#[derive(Debug, Clone)]
pub struct Theme(BTreeMap<Role, Look>);

impl Theme {
    /// A theme, with what the user set. Without colours it is the one that has none.
    pub fn new(name: ThemeName, set: &BTreeMap<RoleName, Look>, has_colour: bool) -> Self {
        let table: &[(Role, &str)] = match name {
            _ if !has_colour => &MONO,
            ThemeName::Terminal => &[],
            ThemeName::Light => &LIGHT,
            ThemeName::Dark => &DARK,
            ThemeName::Mono => &MONO,
        };
        let looks = TERMINAL.iter().chain(table).map(|(role, text)| {
            (*role, Look::try_from((*text).to_owned()).expect("the tables name colours that exist"))
        });
        let mut looks: BTreeMap<Role, Look> = looks.collect();
        if has_colour {
            looks.extend(set.iter().map(|(name, look)| (name.0, *look)));
        }
        Self(looks)
    }

    /// The style of a piece: its role, what Markdown adds, and what holds for its whole line.
    pub fn style(&self, role: Role, added: Added, whole: Option<Role>) -> Style {
        let look = self.0.get(&role).copied().unwrap_or_default();
        let whole = whole.and_then(|role| self.0.get(&role)).copied().unwrap_or_default();
        let front = look.front.or(whole.front).unwrap_or(Color::TerminalDefault);
        let back = whole.back.or(look.back).unwrap_or(Color::TerminalDefault);
        let mut style: Style = ColorStyle::new(ColorType::Color(front), ColorType::Color(back)).into();
        for (is_set, effect) in [
            (look.bold || whole.bold || added.contains(Added::BOLD), Effect::Bold),
            // Dim text on a reversed line can hardly be read.
            ((look.dim || added.contains(Added::DIMMED)) && !whole.reverse, Effect::Dim),
            (look.italic || added.contains(Added::ITALIC), Effect::Italic),
            (look.underline || whole.underline || added.contains(Added::UNDERLINE), Effect::Underline),
            (added.contains(Added::STRIKETHROUGH), Effect::Strikethrough),
            (look.reverse || whole.reverse, Effect::Reverse),
        ] {
            if is_set {
                style = style.combine(effect);
            }
        }
        style
    }
}

impl TryFrom<String> for Look {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut look = Self::default();
        let mut is_back = false;
        for word in text.split_whitespace() {
            match word {
                "bold" => look.bold = true,
                "dim" => look.dim = true,
                "italic" => look.italic = true,
                "underline" => look.underline = true,
                "reverse" => look.reverse = true,
                "on" => is_back = true,
                word => {
                    let colour = colour(word).ok_or_else(|| {
                        format!("`{word}` is no colour: write red, bright-red, #d08770 or default; bold, dim, italic, underline, reverse; `on` before a background")
                    })?;
                    *(if is_back { &mut look.back } else { &mut look.front }) = Some(colour);
                }
            }
        }
        Ok(look)
    }
}

fn colour(word: &str) -> Option<Color> {
    if word == "default" {
        return Some(Color::TerminalDefault);
    }
    if let Some(digits) = word.strip_prefix('#') {
        let number = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 6)?;
        let [_, red, green, blue] = number.to_be_bytes();
        return Some(Color::Rgb(red, green, blue));
    }
    let (is_bright, name) = word.strip_prefix("bright-").map_or((false, word), |name| (true, name));
    let base = match name {
        "black" => BaseColor::Black,
        "red" => BaseColor::Red,
        "green" => BaseColor::Green,
        "yellow" => BaseColor::Yellow,
        "blue" => BaseColor::Blue,
        "magenta" => BaseColor::Magenta,
        "cyan" => BaseColor::Cyan,
        "white" => BaseColor::White,
        _ => return None,
    };
    Some(if is_bright { Color::Light(base) } else { Color::Dark(base) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_read() {
        let look = |text: &str| Look::try_from(text.to_owned());
        let expected = Look {
            front: Some(Color::Light(BaseColor::Red)),
            back: Some(Color::Rgb(1, 2, 255)),
            bold: true,
            ..Look::default()
        };
        assert_eq!(look("bright-red bold on #0102ff"), Ok(expected));
        assert_eq!(look(""), Ok(Look::default()));
        assert!(look("pink").unwrap_err().starts_with("`pink` is no colour"));
        assert!(look("#12345").is_err());
    }

    #[test]
    fn without_colour_nothing_has_one() {
        let set = BTreeMap::from([(RoleName(Role::Id), Look::try_from("red".to_owned()).unwrap())]);
        let theme = Theme::new(ThemeName::Dark, &set, false);
        for (_, role) in Role::ALL {
            let style = theme.style(role, Added::new(), None);
            assert_eq!(style.color, ColorStyle::terminal_default(), "{role:?}");
        }
    }

    #[test]
    fn what_a_user_sets_wins() {
        let set = BTreeMap::from([(RoleName(Role::Id), Look::try_from("red".to_owned()).unwrap())]);
        let style =
            Theme::new(ThemeName::Light, &set, true).style(Role::Id, Added::new(), Some(Role::Selected));
        assert_eq!(style.color.front, ColorType::Color(Color::Dark(BaseColor::Red)));
        assert_eq!(style.effects, Style::from(Effect::Reverse).effects);
    }
}
