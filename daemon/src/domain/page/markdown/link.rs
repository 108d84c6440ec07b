//! Links as they are written: `[[target]]`, `![[target]]`, `[text](heph:target)`, `[text](target.md)`.

use std::ops::Range;

use pulldown_cmark::LinkType;

use crate::domain::page::naming::{EXTENSION, strip_extension};

/// How a link is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkKind {
    /// `[[target]]`
    Wiki,
    /// `![[target]]`
    Embed,
    /// `[text](target.md)`
    Markdown,
    /// `[text](heph:target)`
    Heph,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// How it is written.
    pub kind: LinkKind,
    /// The whole link.
    pub span: Range<usize>,
    /// Where the target stands, without the fragment: what a rename replaces. Empty for a link to the page itself.
    pub target_span: Range<usize>,
    /// The target, decoded.
    pub target: String,
    /// The heading, or `^anchor`, behind the `#`, decoded.
    pub fragment: Option<String>,
    /// The text shown in its place, as written.
    pub text: Option<String>,
}

/// Begins the URL of a link into the store.
const SCHEME: &str = "heph:";

/// Reads a link of the parser; `None` for one that leads elsewhere.
pub(super) fn read(
    text: &str,
    span: Range<usize>,
    link_type: LinkType,
    url: &str,
    is_image: bool,
) -> Option<Link> {
    match link_type {
        LinkType::WikiLink { .. } => wiki(text, span, is_image),
        LinkType::Inline if !is_image => inline(text, span, url),
        _ => None,
    }
}

fn wiki(text: &str, span: Range<usize>, is_embed: bool) -> Option<Link> {
    let open = if is_embed { "![[" } else { "[[" };
    let inner = text.get(span.clone())?.strip_prefix(open)?.strip_suffix("]]")?;
    if inner.contains('\n') {
        return None;
    }
    let (named, shown) = match inner.split_once('|') {
        // In a table the bar is escaped.
        Some((named, shown)) => (named.strip_suffix('\\').unwrap_or(named), Some(shown.to_owned())),
        None => (inner, None),
    };
    let (target, fragment) = match named.split_once('#') {
        Some((target, fragment)) => (target, Some(fragment.trim().to_owned())),
        None => (named, None),
    };
    let start = span.start + open.len() + (target.len() - target.trim_start().len());
    let target = target.trim();
    if target.is_empty() && fragment.is_none() {
        return None;
    }
    Some(Link {
        kind: if is_embed { LinkKind::Embed } else { LinkKind::Wiki },
        span,
        target_span: start..start + target.len(),
        target: target.to_owned(),
        fragment,
        text: shown,
    })
}

fn inline(text: &str, span: Range<usize>, url: &str) -> Option<Link> {
    let whole = text.get(span.clone())?;
    let (path, fragment) = match url.split_once('#') {
        Some((path, fragment)) => (path, Some(fragment)),
        None => (url, None),
    };
    let kind = match path.strip_prefix(SCHEME) {
        Some(_) => LinkKind::Heph,
        None if is_page_file(path) => LinkKind::Markdown,
        None => return None,
    };
    // The URL as it stands in the text: the parser has decoded escapes and entities, which then hide it.
    let (shown, behind) = whole.rsplit_once("](")?;
    let at = span.start + shown.len() + 2;
    let raw = behind.trim_start();
    let at = at + (behind.len() - raw.len());
    let (raw, at) = raw.strip_prefix('<').map_or((raw, at), |raw| (raw, at + 1));
    if !raw.starts_with(path) {
        return None;
    }
    let scheme = if kind == LinkKind::Heph { SCHEME.len() } else { 0 };
    let target = decoded(&path[scheme..])?;
    Some(Link {
        kind,
        target_span: at + scheme..at + path.len(),
        target,
        fragment: fragment.and_then(decoded),
        text: shown.strip_prefix('[').map(str::to_owned),
        span,
    })
}

/// Whether a URL names a Markdown file beside this one: no scheme, and the extension.
fn is_page_file(path: &str) -> bool {
    let has_scheme = path.split_once(':').is_some_and(|(scheme, _)| !scheme.contains('/'));
    let is_page = strip_extension(path).is_some_and(|stem| !stem.is_empty());
    is_page && !has_scheme && !path.starts_with("//")
}

/// Decodes `%20` and the like; `None` for what is no UTF-8 then.
fn decoded(url: &str) -> Option<String> {
    if !url.contains('%') {
        return Some(url.to_owned());
    }
    let hex = |byte: u8| char::from(byte).to_digit(16);
    let mut bytes = Vec::with_capacity(url.len());
    let mut rest = url.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        match (byte, behind) {
            (b'%', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                let digits = [hex(*high), hex(*low)].map(|digit| digit.unwrap_or_default() as u8);
                bytes.push(digits[0] << 4 | digits[1]);
                rest = after;
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

/// Encodes what a URL of a Markdown link cannot have as it is.
fn encoded(target: &str) -> String {
    let mut url = String::with_capacity(target.len());
    for character in target.chars() {
        match character {
            ' ' | '(' | ')' | '[' | ']' | '<' | '>' | '%' | '#' | '?' | '\\' | '"' | '&' | ':' | '`' => {
                url.push_str(&format!("%{:02X}", u32::from(character)));
            }
            other => url.push(other),
        }
    }
    url
}

impl Link {
    /// What to write in place of the target, so that it names another page: `path` is a title, or folder and title, as
    /// [`crate::domain::page::linkable`] makes it.
    pub fn naming(&self, path: &str) -> String {
        let has_extension = |target: &str| strip_extension(target).is_some();
        let extension = if has_extension(&self.target) && !has_extension(path) { EXTENSION } else { "" };
        match self.kind {
            LinkKind::Wiki | LinkKind::Embed => format!("{path}{extension}"),
            LinkKind::Markdown | LinkKind::Heph => format!("{}{extension}", encoded(path)),
        }
    }
}
