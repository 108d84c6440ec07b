//! What heph takes from a text's frontmatter: aliases and tags. The rest is the user's.

use saphyr_parser::{Event, Parser};

use crate::domain::task::tag::parse_tag;

/// Most values taken from one frontmatter.
const MOST: usize = 256;

/// Aliases and tags of a frontmatter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontmatter {
    /// `aliases` or `alias`, as written.
    pub aliases: Vec<String>,
    /// `tags` or `tag`, folded.
    pub tags: Vec<String>,
}

/// Where a value belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Aliases,
    Tags,
    Other,
}

impl Frontmatter {
    /// Reads YAML as far as it is some; a text with mistakes has what stands before the first.
    ///
    /// Events are read one by one and references are not followed, so that a few bytes cannot become many.
    pub fn read(yaml: &str) -> Self {
        let mut found = Self::default();
        let (mut depth, mut key) = (0_usize, None);
        for event in Parser::new_from_str(yaml) {
            let Ok((event, _)) = event else { break };
            match event {
                Event::SequenceStart(..) if depth == 0 => break,
                Event::MappingStart(..) | Event::SequenceStart(..) => depth += 1,
                Event::MappingEnd | Event::SequenceEnd => {
                    depth = depth.saturating_sub(1);
                    if depth == 1 {
                        key = None;
                    }
                }
                Event::Scalar(value, ..) => match (depth, key) {
                    (1, None) => key = Some(Key::of(&value)),
                    (1, Some(of)) => {
                        found.take(of, &value, true);
                        key = None;
                    }
                    (2, Some(of)) => found.take(of, &value, false),
                    _ => {}
                },
                Event::Alias(_) if depth == 1 => key = None,
                _ => {}
            }
        }
        found
    }

    /// Takes a value; one that stands alone may name several, with commas between, and tags with spaces.
    fn take(&mut self, key: Key, value: &str, alone: bool) {
        let is_break = |c: char| alone && (c == ',' || (key == Key::Tags && c.is_whitespace()));
        let values = value.split(is_break).map(str::trim).filter(|value| !value.is_empty() && *value != "~");
        match key {
            Key::Aliases if self.aliases.len() < MOST => self.aliases.extend(values.map(str::to_owned)),
            Key::Tags if self.tags.len() < MOST => {
                self.tags.extend(values.filter_map(|tag| parse_tag(tag.trim_start_matches('#'))));
            }
            _ => {}
        }
    }
}

impl Key {
    fn of(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "aliases" | "alias" => Self::Aliases,
            "tags" | "tag" => Self::Tags,
            _ => Self::Other,
        }
    }
}
