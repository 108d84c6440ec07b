//! Free words joined to the line the daemon reads. Pure.

/// Keys whose value is free text, in quick-add and in filters.
const TEXT_KEYS: &[&str] = &["proj", "project", "area", "title", "body", "waiting"];

/// Words joined by spaces, as plain text.
pub(crate) fn joined(words: &[String]) -> String {
    words.join(" ")
}

/// Words joined by spaces, as a line of quick-add or a filter.
///
/// Among several words, one that the shell took out of its quotes (`proj:"Big House"`) is put back into them. A single
/// word is the whole line already.
pub(crate) fn line(words: &[String]) -> String {
    match words {
        [whole] => whole.clone(),
        _ => words.iter().map(|word| requoted(word)).collect::<Vec<_>>().join(" "),
    }
}

fn requoted(word: &str) -> String {
    if let Some((key, value)) = word.split_once(':')
        && is_text_key(key)
        && value.contains(char::is_whitespace)
        && !value.contains('"')
    {
        return format!("{key}:\"{value}\"");
    }
    word.to_owned()
}

/// Whether it is such a key, alone or with a modifier (`title.is`), negated or not.
fn is_text_key(key: &str) -> bool {
    let key = key.trim_start_matches('-').split('.').next().unwrap_or_default();
    TEXT_KEYS.contains(&key.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(words: &[&str]) -> String {
        line(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn quotes_the_shell_took_are_put_back() {
        assert_eq!(
            made(&["Fix", "gate", "proj:Big House", "+garden"]),
            "Fix gate proj:\"Big House\" +garden"
        );
        assert_eq!(made(&["-title.is:Call Bob", "p1"]), "-title.is:\"Call Bob\" p1");
    }

    #[test]
    fn everything_else_is_as_typed() {
        assert_eq!(made(&["proj:Home budget"]), "proj:Home budget");
        assert_eq!(made(&["Note: buy milk", "+shop"]), "Note: buy milk +shop");
        assert_eq!(made(&["proj:\"Big House\" +a", "p1"]), "proj:\"Big House\" +a p1");
        assert_eq!(made(&["due:fri 17:00", "+a"]), "due:fri 17:00 +a");
        assert_eq!(made(&[]), "");
    }
}
