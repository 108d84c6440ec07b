//! What a line that is typed may change: only what its prompt is for. Anything else is refused before it is sent.

/// Keys that a line of dates may set.
const DATES: [&str; 9] =
    ["due", "plan", "planned", "defer", "expires", "follow-up", "follow_up", "remind", "lead"];

/// The most characters of a tag.
const LONGEST_TAG: usize = 100;

/// Tags to add and to take away. Words without a sign are added.
pub(super) fn tags(text: &str) -> Result<Vec<String>, String> {
    text.split_whitespace().map(tag).collect()
}

fn tag(word: &str) -> Result<String, String> {
    let (sign, name) = match word.strip_prefix('-') {
        Some(name) => ('-', name),
        None => ('+', word.strip_prefix(['+', '#']).unwrap_or(word)),
    };
    let may_stand = |c: char| {
        if c.is_ascii() { c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/') } else { !c.is_control() }
    };
    let reason = if name.is_empty() || name.chars().all(|c| c.is_ascii_digit() || matches!(c, '/' | '-')) {
        "it has to have a letter, as in home or -home"
    } else if !name.chars().all(may_stand) {
        "it has letters, digits, _ - and / between levels; only tags are changed here"
    } else if name.split('/').any(str::is_empty) {
        "one of its levels has no name"
    } else if name.chars().count() > LONGEST_TAG {
        "it is too long"
    } else {
        return Ok(format!("{sign}{name}"));
    };
    Err(format!("`{word}` is no tag: {reason}"))
}

/// A date word defers, `none` takes the deferral away; words with a key (`due:fri plan:tomorrow`) say themselves what
/// they set.
pub(super) fn dates(text: &str) -> Result<Vec<String>, String> {
    let has_key =
        text.split_whitespace().next().and_then(|word| word.split_once(':')).is_some_and(|(key, _)| {
            !key.is_empty() && key.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '-'))
        });
    if !has_key {
        return Ok(vec![date("defer", text)?]);
    }
    let words = shlex::split(text).ok_or("a quote is not closed")?;
    let mut pairs: Vec<(String, String)> = Vec::new();
    for word in words {
        let key = word.split_once(':').map(|(key, value)| (key.to_lowercase(), value.to_owned()));
        match (key, pairs.last_mut()) {
            (Some((key, value)), _) if DATES.contains(&key.as_str()) => pairs.push((key, value)),
            // A time of day: `10:00`.
            (Some((hours, _)), Some((_, value))) if hours.chars().all(|c| c.is_ascii_digit()) => {
                value.push(' ');
                value.push_str(&word);
            }
            (Some((key, _)), _) => {
                return Err(format!("`{key}:` sets no date: here stand {}:", DATES.join(": ")));
            }
            (None, Some((_, value))) => {
                value.push(' ');
                value.push_str(&word);
            }
            (None, None) => return Err(format!("`{word}` stands before any key")),
        }
    }
    pairs.iter().map(|(key, value)| date(key, value)).collect()
}

/// In quotes, so that nothing of the value is read as something else.
fn date(key: &str, value: &str) -> Result<String, String> {
    let value = value.trim();
    match value {
        "" | "none" => Ok(format!("{key}:")),
        _ if value.contains('"') => Err(format!("`{value}` is no date")),
        _ if value.contains(char::is_whitespace) => Ok(format!("{key}:\"{value}\"")),
        _ => Ok(format!("{key}:{value}")),
    }
}

/// A project by its path, in quotes or not; nothing takes it away.
pub(super) fn project(text: &str) -> Result<Vec<String>, String> {
    let text = text.trim();
    let path = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    match path.contains('"') {
        true => Err(format!("`{path}` is no project: a quote cannot stand in it")),
        false => Ok(vec![format!("proj:{path}")]),
    }
}

/// What the daemon says of a line of dates, in the words that were typed: it was sent with a key before it.
pub(super) fn as_typed(said: &str, text: &str) -> String {
    let text = text.trim();
    let plain = said.replace(&format!("defer:\"{text}\""), text).replace(&format!("defer:{text}"), text);
    match text.chars().next() {
        Some('+' | '-') => plain.replace(&format!("defer{text}"), text),
        _ => plain,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_date_defers_and_a_key_says_what_it_sets() {
        let dates = |text| dates(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(dates("next fri 10:00"), ["defer:\"next fri 10:00\""]);
        assert_eq!(dates("10:00"), ["defer:10:00"]);
        assert_eq!((dates(""), dates("none")), (vec!["defer:".to_owned()], vec!["defer:".to_owned()]));
        assert_eq!(dates("due:fri plan:\"next mon\""), ["due:fri", "plan:\"next mon\""]);
        assert_eq!(dates("due:next fri 10:00 plan:none"), ["due:\"next fri 10:00\"", "plan:"]);
    }

    #[test]
    fn a_line_of_dates_changes_nothing_else() {
        assert_eq!(
            dates("fri +home p1").unwrap_or_default(),
            ["defer:\"fri +home p1\""],
            "all of it is a date"
        );
        for text in ["title:Other", "due:fri proj:Home", "due:fri status:done", "due:\"fri", "fri \"x\""] {
            assert!(dates(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_word_is_a_tag_or_refused() {
        let read = |text| tags(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            read("home -work +phone #x 2026q4 дом/🏠"),
            ["+home", "-work", "+phone", "+x", "+2026q4", "+дом/🏠"]
        );
        for text in ["2026", "-", "+2026", "due:fri", "!!", "home -", "a//b", "\"x", "--", "p1,p2"] {
            let error = tags(text).unwrap_err();
            assert!(error.contains("is no tag: "), "{text}: {error}");
        }
    }

    #[test]
    fn a_project_is_one_argument() {
        assert_eq!(project("Big House +x"), Ok(vec!["proj:Big House +x".to_owned()]));
        assert_eq!(project("\"Big House\""), Ok(vec!["proj:Big House".to_owned()]));
        assert!(project("\"Big House\" +x").is_err());
    }

    #[test]
    fn a_refusal_speaks_of_what_was_typed() {
        assert_eq!(as_typed("cannot add to `defer+a`", "+a"), "cannot add to `+a`");
        assert_eq!(as_typed("`defer:\"next foo\"`: no date", "next foo"), "`next foo`: no date");
    }

    proptest! {
        /// Each change that is sent is of the kind that the prompt is for.
        #[test]
        fn nothing_else_is_ever_sent(text in "\\PC{0,40}") {
            for change in tags(&text).unwrap_or_default() {
                prop_assert!(change.starts_with(['+', '-']) && change.chars().count() > 1, "{change}");
            }
            for change in dates(&text).unwrap_or_default() {
                let (key, value) = change.split_once(':').unwrap_or_default();
                prop_assert!(DATES.contains(&key), "{change}");
                prop_assert!(!value.contains(' ') || value.starts_with('"') && value.ends_with('"'), "{change}");
            }
            for change in project(&text).unwrap_or_default() {
                prop_assert!(change.starts_with("proj:") && !change.contains('"'), "{change}");
            }
        }
    }
}
