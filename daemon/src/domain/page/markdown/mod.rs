//! What is said in a Markdown text: links, tags, headings, block anchors, boxes, and the aliases of its frontmatter.
//!
//! One pass of pulldown-cmark; all places are bytes of the text. Code, HTML and comments of the frontmatter say nothing.

mod anchor;
mod frontmatter;
mod link;
mod tag;

use std::ops::Range;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd};

pub(in crate::domain) use self::anchor::anchor_of;
pub use self::anchor::{Anchor, heading_key};
pub use self::frontmatter::Frontmatter;
pub use self::link::{Link, LinkKind};
use self::tag::TagScanner;
use super::boxes::{ListBox, box_at};

/// A heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its text without markup.
    pub text: String,
    /// First byte of its line.
    pub start: usize,
}

/// A text, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// Its links, in order.
    pub links: Vec<Link>,
    /// Its tags, folded, in order, with repeats; those of the frontmatter first.
    pub tags: Vec<String>,
    /// Its headings, in order.
    pub headings: Vec<Heading>,
    /// Names that `[[Page#^name]]` finds, in order.
    pub anchors: Vec<Anchor>,
    /// List items with a box, in order.
    pub boxes: Vec<ListBox>,
    /// Other titles its frontmatter gives the page, as written.
    pub aliases: Vec<String>,
    /// Code blocks, HTML blocks and the frontmatter, in order: nothing is said there.
    pub code: Vec<Range<usize>>,
}

fn options() -> Options {
    Options::ENABLE_WIKILINKS
        | Options::ENABLE_TABLES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
}

/// Reads a text.
pub fn parse(text: &str) -> Document {
    let mut reader = Reader::new(text);
    for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
        reader.event(event, range);
    }
    reader.document.tags.extend(reader.tags.finish());
    reader.document.anchors = anchor::anchors(text, &reader.document.code);
    reader.document
}

/// Whether a line is, as a whole, part of something that would fall apart without it: a table, a heading, a rule, the
/// definition of a footnote or of a link.
pub fn is_structure(text: &str, line: &Range<usize>) -> bool {
    let start = line.start + text[line.clone()].len() - text[line.clone()].trim_start().len();
    let holds = |range: &Range<usize>| range.contains(&start);
    let parser = Parser::new_ext(text, options());
    let is_definition = parser.reference_definitions().iter().any(|(_, definition)| holds(&definition.span));
    is_definition
        || parser.into_offset_iter().any(|(event, range)| match event {
            Event::Start(Tag::Table(_) | Tag::Heading { .. } | Tag::FootnoteDefinition(_)) | Event::Rule => {
                holds(&range)
            }
            _ => false,
        })
}

/// The reading of one text.
struct Reader<'a> {
    text: &'a str,
    document: Document,
    tags: TagScanner<'a>,
    /// How many links and images are open: their text holds no tags.
    inside_links: usize,
    heading: Option<Heading>,
    in_frontmatter: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            document: Document::default(),
            tags: TagScanner::new(text),
            inside_links: 0,
            heading: None,
            in_frontmatter: false,
        }
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(&tag, range),
            Event::End(TagEnd::Heading(_)) => self.document.headings.extend(self.heading.take()),
            Event::End(TagEnd::Link | TagEnd::Image) => {
                self.inside_links = self.inside_links.saturating_sub(1)
            }
            Event::End(TagEnd::MetadataBlock(_)) => self.in_frontmatter = false,
            Event::Text(text) if self.in_frontmatter => self.frontmatter(&text),
            Event::Text(text) => {
                self.heading_text(&text);
                if self.inside_links == 0 && !self.is_code(&range) {
                    self.tags.text(range);
                }
            }
            Event::Code(text) => self.heading_text(&text),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.heading = Some(Heading { level: *level as u8, text: String::new(), start: range.start });
            }
            Tag::CodeBlock(_) | Tag::HtmlBlock => self.document.code.push(range),
            Tag::MetadataBlock(_) => {
                self.document.code.push(range);
                self.in_frontmatter = true;
            }
            Tag::Item => self.document.boxes.extend(box_at(self.text, range.start)),
            Tag::Link { link_type, dest_url, .. } => {
                self.inside_links += 1;
                self.document.links.extend(link::read(self.text, range, *link_type, dest_url, false));
            }
            Tag::Image { link_type, dest_url, .. } => {
                self.inside_links += 1;
                self.document.links.extend(link::read(self.text, range, *link_type, dest_url, true));
            }
            _ => {}
        }
    }

    fn frontmatter(&mut self, yaml: &CowStr<'_>) {
        let Frontmatter { aliases, tags } = Frontmatter::read(yaml);
        self.document.aliases.extend(aliases);
        self.document.tags.extend(tags);
    }

    fn heading_text(&mut self, text: &str) {
        if let Some(heading) = &mut self.heading {
            heading.text.push_str(text);
        }
    }

    /// Whether a place is in the code block that was opened last.
    fn is_code(&self, range: &Range<usize>) -> bool {
        self.document.code.last().is_some_and(|code| range.start < code.end)
    }
}

#[cfg(test)]
mod tests;
