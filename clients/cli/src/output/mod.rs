//! The only place that prints. Data goes to standard output, everything else to standard error.
//!
//! Text from the store reaches a stream only through [`Line`], [`table::Cell`] or [`Output::body`], which take control
//! characters out. A reader that closed the pipe is no error: it ends the program with success.

pub(crate) mod changes;
pub(crate) mod document;
pub(crate) mod own_column;
mod pager;
pub(crate) mod progress;
pub(crate) mod stream;
pub(crate) mod style;
pub(crate) mod sync;
pub(crate) mod table;
pub(crate) mod tasks;

use std::io::{self, IsTerminal as _, Write};

use heph_protocol::types::Link;
use heph_terminal::markdown;
use serde::Serialize;

pub(crate) use heph_terminal::line::Line;
pub(crate) use heph_terminal::{text, when};

pub(crate) use self::document::Document;
use self::pager::Pager;
use self::style::{DIM, ERROR, WARNING, paint};
use self::table::{Cell, Column, Layout};
use crate::error::{Failure, Problem};

/// Columns of a text where nobody knows how wide the terminal is.
const DEFAULT_COLUMNS: usize = 80;

/// A text is not made wider than is good to read.
const WIDEST_TEXT: usize = 100;

/// What may be done or not.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// In which form data is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Ndjson,
}

/// How text looks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Look {
    /// In which form data is printed.
    pub(crate) format: Format,
    /// Whether only the bare answer is printed.
    pub(crate) quiet: bool,
    /// Whether standard output is coloured.
    pub(crate) colour: bool,
    /// Whether standard error is coloured.
    pub(crate) error_colour: bool,
    /// Whether a person reads standard output.
    pub(crate) terminal: bool,
    /// Columns there are; no limit without.
    pub(crate) width: Option<usize>,
    /// The pager's command, if one is wanted.
    pub(crate) pager: Option<String>,
}

/// The streams of the program.
pub(crate) struct Output {
    /// How text looks.
    pub(crate) look: Look,
    stdout: io::BufWriter<io::Stdout>,
    stderr: io::Stderr,
    pager: Option<Pager>,
}

impl Output {
    /// The streams of this process.
    pub(crate) fn new(look: Look) -> Self {
        Self { look, stdout: io::BufWriter::new(io::stdout()), stderr: io::stderr(), pager: None }
    }

    /// Whether programs read the output.
    pub(crate) fn is_json(&self) -> bool {
        self.look.format != Format::Text
    }

    /// Lets the pager show what follows, when there is one and the text overflows the terminal.
    pub(crate) fn page(&mut self) {
        if self.look.terminal && !self.is_json() {
            self.pager = self.look.pager.as_deref().map(Pager::new);
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Outcome {
        match &mut self.pager {
            Some(pager) => {
                pager.hold(bytes);
                Ok(())
            }
            None => self.stdout.write_all(bytes).map_err(Failure::output),
        }
    }

    /// Prints a line of text.
    pub(crate) fn line(&mut self, line: impl Into<Line>) -> Outcome {
        let line = line.into().render(self.look.colour) + "\n";
        self.write(line.as_bytes())
    }

    /// Prints a text of several lines. Into a pipe it goes as it is, so that it can be kept in a file.
    pub(crate) fn body(&mut self, body: &str) -> Outcome {
        self.body_part(body)?;
        if !body.is_empty() && !body.ends_with('\n') { self.write(b"\n") } else { Ok(()) }
    }

    /// Prints a piece of a text that may begin and end within a line.
    pub(crate) fn body_part(&mut self, part: &str) -> Outcome {
        if self.look.terminal {
            self.write(text::clean_body(part).as_bytes())
        } else {
            self.write(part.as_bytes())
        }
    }

    /// Prints a Markdown text as it reads best, with the ids of what its links lead to.
    pub(crate) fn markdown(&mut self, text: &str, links: &[Link]) -> Outcome {
        let columns = self.look.width.unwrap_or(DEFAULT_COLUMNS).min(WIDEST_TEXT);
        markdown::render(text, links, columns).into_iter().try_for_each(|line| self.line(line))
    }

    /// Prints text of our own making (a script, a manual page) byte for byte.
    pub(crate) fn verbatim(&mut self, bytes: &[u8]) -> Outcome {
        self.write(bytes)
    }

    /// Prints a JSON document, on one line.
    pub(crate) fn document(&mut self, document: &Document) -> Outcome {
        self.write((document.render() + "\n").as_bytes())
    }

    /// Prints one object as a line of newline-delimited JSON.
    pub(crate) fn object(&mut self, object: &impl Serialize) -> Outcome {
        self.write((document::json(object) + "\n").as_bytes())
    }

    /// Prints a table at once, with headings on a terminal.
    pub(crate) fn table(&mut self, columns: &[Column], rows: &[Vec<Cell>]) -> Outcome {
        if rows.is_empty() {
            return Ok(());
        }
        let layout = self.layout(columns, rows);
        if self.look.terminal {
            self.write((layout.headings() + "\n").as_bytes())?;
        }
        self.rows(&layout, rows)
    }

    /// Where the columns of a table stand that begins with these rows.
    pub(crate) fn layout(&self, columns: &[Column], rows: &[Vec<Cell>]) -> Layout {
        Layout::new(columns, rows, self.look.width, self.look.terminal, self.look.colour)
    }

    /// Prints the headings of a table that is streamed, on a terminal.
    pub(crate) fn headings(&mut self, layout: &Layout) -> Outcome {
        if self.look.terminal { self.write((layout.headings() + "\n").as_bytes()) } else { Ok(()) }
    }

    /// Prints rows of a table.
    pub(crate) fn rows(&mut self, layout: &Layout, rows: &[Vec<Cell>]) -> Outcome {
        for row in rows {
            self.write((layout.row(row) + "\n").as_bytes())?;
        }
        Ok(())
    }

    /// Sends what was printed on its way.
    pub(crate) fn flush(&mut self) -> Outcome {
        self.stdout.flush().map_err(Failure::output)
    }

    /// Shows what the pager holds, if any, and sends everything on its way.
    pub(crate) fn finish(&mut self) -> Outcome {
        if let Some(pager) = self.pager.take()
            && let Some(text) = pager.show()
        {
            self.write(&text)?;
        }
        self.flush()
    }

    /// Tells something beside the data; not when quiet.
    pub(crate) fn note(&mut self, message: &str) {
        if !self.look.quiet {
            let message = paint(self.look.error_colour, DIM, &text::clean(message));
            self.tell(&message);
        }
    }

    /// Warns, quiet or not.
    pub(crate) fn warn(&mut self, message: &str) {
        let label = paint(self.look.error_colour, WARNING, "warning:");
        self.tell(&format!("{label} {}", text::clean(message)));
    }

    /// Reports what went wrong: for people in words, for programs as `{"error":{…}}`.
    pub(crate) fn report(&mut self, problem: &Problem) {
        if self.is_json() {
            return self.tell(&document::json(&problem.to_json()));
        }
        let label = paint(self.look.error_colour, ERROR, "error:");
        self.tell(&format!("{label} {}", text::clean(&problem.message)));
        for line in problem.details() {
            self.tell(&line);
        }
        if let Some(hint) = &problem.hint {
            self.hint(hint);
        }
    }

    /// Says what to do next, below an error.
    pub(crate) fn hint(&mut self, hint: &str) {
        let label = paint(self.look.error_colour, WARNING, "hint:");
        self.tell(&format!("{label} {}", text::clean(hint)));
    }

    /// Prints help or a usage error as clap rendered it.
    pub(crate) fn usage(&mut self, rendered: &clap::builder::StyledStr, to_stdout: bool) -> Outcome {
        if to_stdout {
            let help = if self.look.colour { rendered.ansi().to_string() } else { rendered.to_string() };
            // clap ends some texts with a line break and some without.
            self.write((help.trim_end().to_owned() + "\n").as_bytes())?;
            return self.flush();
        }
        let error = if self.look.error_colour { rendered.ansi().to_string() } else { rendered.to_string() };
        self.tell(error.trim_end());
        Ok(())
    }

    /// Asks on standard error, without ending the line.
    pub(crate) fn ask(&mut self, question: &str) {
        // What cannot be asked is answered by nobody: the caller takes silence for a no.
        let _ = write!(self.stderr, "{} ", text::clean(question)).and_then(|()| self.stderr.flush());
    }

    fn tell(&mut self, line: &str) {
        // On a terminal both streams are one screen: what was said first stands first. An error comes up at the end.
        let _ = self.stdout.flush();
        // There is nowhere left to say that standard error cannot be written.
        let _ = writeln!(self.stderr, "{line}");
    }
}

/// Whether a person can be asked: both standard input and standard error are terminals.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether standard output is a terminal.
pub(crate) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether standard error is a terminal.
pub(crate) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Columns and rows of the terminal on standard output.
pub(crate) fn terminal_size() -> Option<(usize, usize)> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0).then(|| (usize::from(size.ws_col), usize::from(size.ws_row)))
}
