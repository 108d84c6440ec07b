//! What stands behind a link: the id of the node it leads to, or that it leads nowhere, or its URL.

use heph_protocol::types::{Link, LinkState};

/// A link whose text is being rendered.
pub(super) struct Open<'a> {
    link: Option<&'a Link>,
    url: String,
    is_image: bool,
    /// Its text so far.
    pub(super) shown: String,
}

impl<'a> Open<'a> {
    pub(super) fn link(link: Option<&'a Link>, url: &str) -> Self {
        Self { link, url: url.to_owned(), is_image: false, shown: String::new() }
    }

    pub(super) fn image(link: Option<&'a Link>, url: &str) -> Self {
        Self { is_image: true, ..Self::link(link, url) }
    }

    /// What stands behind its text.
    pub(super) fn suffix(&self) -> String {
        match self.link {
            Some(Link { state: LinkState::Ambiguous, candidates, .. }) => format!(" ‹{}?›", candidates.len()),
            Some(Link { attachment: true, .. }) => " ‹file›".to_owned(),
            Some(Link { state: LinkState::Unresolved, .. }) => " ‹?›".to_owned(),
            // A link to the page itself needs no id.
            Some(Link { target, .. }) if target.is_empty() => String::new(),
            Some(Link { to: Some(to), .. }) => format!(" ‹{}›", to.short),
            Some(_) => String::new(),
            None if self.url.is_empty() || self.url == self.shown || self.is_wiki() => String::new(),
            None => format!(" <{}>", self.url),
        }
    }

    /// Whether a text is the size of an image (`![[pic.png|300]]`), which is shown by its name instead.
    pub(super) fn is_size(&self, text: &str) -> bool {
        self.is_image && !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == 'x')
    }

    /// What it leads to, as written.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Whether it is a wiki link nobody told anything of.
    fn is_wiki(&self) -> bool {
        self.is_image || !self.url.contains([':', '/', '.', '#'])
    }
}
