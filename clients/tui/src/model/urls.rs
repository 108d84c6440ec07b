//! Links of a text that lead out of heph: of Markdown or bare.

/// What such a link begins with.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// The links of a text that lead elsewhere, each once, in their order.
pub(super) fn urls(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(start) = SCHEMES.iter().filter_map(|scheme| rest.find(scheme)).min() {
        rest = &rest[start..];
        let url = &rest[..length(rest)];
        rest = &rest[url.len().max(1)..];
        if !SCHEMES.contains(&url) && !found.iter().any(|known| known == url) {
            found.push(url.to_owned());
        }
    }
    found
}

/// How long the link is that a text begins with: to a space or a sign that ends it, without what ends the sentence.
fn length(text: &str) -> usize {
    let mut open = 0_usize;
    let ends = |(_, c): &(usize, char)| match c {
        '(' => {
            open += 1;
            false
        }
        // `[title](https://…)`: the one that nothing in the link opened.
        ')' if open == 0 => true,
        ')' => {
            open -= 1;
            false
        }
        c => c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`' | ']' | '|'),
    };
    let end = text.char_indices().find(ends).map_or(text.len(), |(at, _)| at);
    text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_']).len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn links_of_markdown_and_bare_ones_are_found_once() {
        let text = "see [a](https://a.org/x_(y)), <http://b.org>, https://c.org/?q=1. And https://c.org/?q=1!\n[r]: mailto:ann@d.org\nhttps:// is none";
        assert_eq!(
            urls(text),
            ["https://a.org/x_(y)", "http://b.org", "https://c.org/?q=1", "mailto:ann@d.org"]
        );
        assert!(urls("[[Page]] and x.org").is_empty());
    }

    proptest! {
        #[test]
        fn each_is_a_part_of_the_text(text in "(https://|mailto:|[a-z)(. ö]|\\PC){0,20}") {
            for url in urls(&text) {
                prop_assert!(text.contains(&url) && !url.contains(char::is_whitespace));
            }
        }
    }
}
