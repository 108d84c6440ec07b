//! Markdown for a terminal: wrapped at its width, with the ids of the nodes that links lead to.

mod flow;
mod grid;
mod link;

use std::collections::HashMap;

use anstyle::Style;
use heph_protocol::types::Link;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use self::flow::Flow;
use self::grid::Grid;
use self::link::Open;
use super::line::Line;
use super::style::{DIM, HEADING, PLAIN};
use super::text::{clean, clean_body, width};

/// Columns that lists and quotes leave for the text, however deep they are.
const LEAST: usize = 20;

/// Renders a text to lines of at most `columns` columns, but for code, which is not broken.
pub fn render(text: &str, links: &[Link], columns: usize) -> Vec<Line> {
    let links = links.iter().filter(|link| link.line > 0).map(|link| (link.start as usize, link)).collect();
    let mut renderer = Renderer::new(links, columns.max(LEAST));
    let options = Options::ENABLE_WIKILINKS
        | Options::ENABLE_TABLES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH;
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        renderer.event(event, range.start);
    }
    renderer.flush();
    renderer.lines
}

/// A quote or list item around what is rendered.
struct Container {
    /// What stands before its first line, until that was written.
    first: Option<(Style, String)>,
    /// What stands before the others.
    rest: (Style, String),
}

struct Renderer<'a> {
    links: HashMap<usize, &'a Link>,
    columns: usize,
    lines: Vec<Line>,
    containers: Vec<Container>,
    /// The number of the next item of each open list; none for bullets.
    lists: Vec<Option<u64>>,
    flow: Flow,
    styles: Vec<Style>,
    open: Vec<Open<'a>>,
    /// The code block, frontmatter or HTML being collected, and how it is shown.
    verbatim: Option<(Style, String)>,
    grid: Option<Grid>,
}

impl<'a> Renderer<'a> {
    fn new(links: HashMap<usize, &'a Link>, columns: usize) -> Self {
        Self {
            links,
            columns,
            lines: Vec::new(),
            containers: Vec::new(),
            lists: Vec::new(),
            flow: Flow::default(),
            styles: Vec::new(),
            open: Vec::new(),
            verbatim: None,
            grid: None,
        }
    }

    fn event(&mut self, event: Event<'_>, start: usize) {
        match event {
            Event::Start(tag) => self.start(&tag, start),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.verbatim {
                Some((_, code)) => code.push_str(&text),
                None => self.push(&text),
            },
            Event::Code(code) => {
                let style = self.style().dimmed();
                self.flow.push(style, &format!("`{code}`"));
            }
            Event::Html(html) => match &mut self.verbatim {
                Some((_, block)) => block.push_str(&html),
                None => self.push(&html),
            },
            Event::InlineHtml(html) => self.flow.push(DIM, &html),
            // The first line of a callout is its title.
            Event::SoftBreak if self.flow.begins_callout() => self.flow.hard_break(),
            Event::SoftBreak => self.push(" "),
            Event::HardBreak => self.flow.hard_break(),
            Event::Rule => {
                self.gap();
                let room = self.room().min(40);
                self.write(vec![(DIM, "─".repeat(room))]);
            }
            Event::FootnoteReference(name) => self.flow.push(DIM, &format!("[^{name}]")),
            Event::TaskListMarker(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, start: usize) {
        match tag {
            Tag::Paragraph => self.block(),
            Tag::Heading { level, .. } => {
                self.block();
                self.flow.push(DIM, &format!("{} ", "#".repeat(*level as usize)));
                self.styles.push(HEADING);
            }
            Tag::BlockQuote(_) => {
                self.block();
                self.contain((DIM, "│ ".into()), (DIM, "│ ".into()));
            }
            Tag::List(number) => {
                self.flush();
                if self.lists.is_empty() || !self.is_in_item() {
                    self.gap();
                }
                self.lists.push(*number);
            }
            Tag::Item => {
                self.flush();
                let marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let marker = format!("{number}. ");
                        *number = number.saturating_add(1);
                        marker
                    }
                    _ => "- ".to_owned(),
                };
                let indent = " ".repeat(marker.len());
                self.contain((PLAIN, marker), (PLAIN, indent));
            }
            Tag::CodeBlock(kind) => {
                self.block();
                if let CodeBlockKind::Fenced(name) = kind
                    && !name.trim().is_empty()
                {
                    self.write(vec![(DIM, format!("  {name}"))]);
                }
                self.verbatim = Some((PLAIN, String::new()));
            }
            Tag::HtmlBlock | Tag::MetadataBlock(_) => {
                self.block();
                self.verbatim = Some((DIM, String::new()));
            }
            Tag::Table(_) => {
                self.block();
                self.grid = Some(Grid::default());
            }
            Tag::FootnoteDefinition(name) => {
                self.block();
                let marker = format!("[^{name}]: ");
                let indent = " ".repeat(4);
                self.contain((DIM, marker), (PLAIN, indent));
            }
            Tag::Emphasis => self.styles.push(Style::new().italic()),
            Tag::Strong => self.styles.push(Style::new().bold()),
            Tag::Strikethrough => self.styles.push(Style::new().strikethrough()),
            Tag::Link { dest_url, .. } => {
                self.styles.push(Style::new().underline());
                self.open.push(Open::link(self.links.get(&start).copied(), dest_url));
            }
            Tag::Image { dest_url, .. } => {
                self.flow.push(PLAIN, "![");
                self.open.push(Open::image(self.links.get(&start).copied(), dest_url));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.flush(),
            TagEnd::Heading(_) => {
                self.styles.pop();
                self.flush();
            }
            TagEnd::BlockQuote(_) | TagEnd::Item | TagEnd::FootnoteDefinition => {
                self.flush();
                // An item without text still has its marker.
                if self.containers.last().is_some_and(|container| container.first.is_some()) {
                    self.write(Vec::new());
                }
                self.containers.pop();
            }
            TagEnd::List(_) => drop(self.lists.pop()),
            TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::MetadataBlock(_) => self.write_verbatim(),
            TagEnd::TableHead | TagEnd::TableRow => {
                if let Some(grid) = &mut self.grid {
                    grid.end_row();
                }
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.flow);
                if let Some(grid) = &mut self.grid {
                    grid.push(cell);
                }
            }
            TagEnd::Table => {
                if let Some(grid) = self.grid.take() {
                    let room = self.room();
                    grid.lines(room).into_iter().for_each(|line| self.write(line));
                }
            }
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => drop(self.styles.pop()),
            TagEnd::Link => {
                self.styles.pop();
                if let Some(open) = self.open.pop() {
                    self.flow.push(DIM, &open.suffix());
                }
            }
            TagEnd::Image => {
                self.flow.push(PLAIN, "]");
                if let Some(open) = self.open.pop() {
                    self.flow.push(DIM, &open.suffix());
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        let name = self.open.last().filter(|open| open.is_size(text)).map(|open| open.url().to_owned());
        let text = name.as_deref().unwrap_or(text);
        if let Some(open) = self.open.last_mut() {
            open.shown.push_str(text);
        }
        let style = self.style();
        self.flow.push(style, &clean(text));
    }

    fn style(&self) -> Style {
        self.styles
            .iter()
            .fold(Style::new(), |all, style| all.effects(all.get_effects() | style.get_effects()))
    }

    fn is_in_item(&self) -> bool {
        self.containers.last().is_some_and(|container| container.rest.1.trim().is_empty())
    }

    /// Begins a block: what came before is written, and an empty line unless it is the first of its container.
    fn block(&mut self) {
        self.flush();
        self.gap();
    }

    fn gap(&mut self) {
        let is_first = self.containers.last().is_some_and(|container| container.first.is_some());
        if !self.lines.is_empty() && !is_first {
            self.write(Vec::new());
        }
    }

    /// Opens a container, which may not leave the text too little room.
    fn contain(&mut self, first: (Style, String), rest: (Style, String)) {
        let fits = self.room() >= width(&rest.1) + LEAST;
        let rest = if fits { rest } else { (PLAIN, String::new()) };
        let first = if fits { first } else { (first.0, String::new()) };
        self.containers.push(Container { first: Some(first), rest });
    }

    /// Columns left for text.
    fn room(&self) -> usize {
        let used: usize = self.containers.iter().map(|container| width(&container.rest.1)).sum();
        self.columns.saturating_sub(used).max(1)
    }

    /// Writes the text collected, wrapped.
    fn flush(&mut self) {
        if self.flow.is_blank() {
            self.flow = Flow::default();
            return;
        }
        let flow = std::mem::take(&mut self.flow).with_anchor_dimmed();
        // The marker of a footnote may be wider than its indentation.
        let wider = self.containers.iter().filter_map(|container| {
            let first = container.first.as_ref()?;
            Some(width(&first.1).saturating_sub(width(&container.rest.1)))
        });
        let room = self.room().saturating_sub(wider.sum()).max(1);
        flow.wrap(room).into_iter().for_each(|line| self.write(line));
    }

    fn write_verbatim(&mut self) {
        let Some((style, text)) = self.verbatim.take() else { return };
        let indent = if style == PLAIN { "  " } else { "" };
        for line in clean_body(text.trim_end_matches('\n')).split('\n') {
            self.write(vec![(style, format!("{indent}{}", line.replace('\t', "    ")))]);
        }
    }

    /// Writes a line behind the marks of its containers.
    fn write(&mut self, pieces: Vec<(Style, String)>) {
        let is_empty = pieces.iter().all(|(_, text)| text.trim().is_empty());
        let mut line = Line::new();
        let count = self.containers.len();
        for (place, container) in self.containers.iter_mut().enumerate() {
            let (style, mark) = match container.first.take() {
                // An empty line before the text does not use the marker up.
                Some(first) if is_empty && place + 1 < count => {
                    container.first = Some(first);
                    container.rest.clone()
                }
                Some(first) => first,
                None => container.rest.clone(),
            };
            // No line ends in spaces.
            let mark = if is_empty && place + 1 == count { mark.trim_end().to_owned() } else { mark };
            line = line.styled(style, mark);
        }
        for (style, text) in pieces {
            line = line.styled(style, text);
        }
        self.lines.push(line);
    }
}

#[cfg(test)]
mod tests;
