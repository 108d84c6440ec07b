//! A list that is printed while it is still being fetched.

use serde::Serialize;

use super::document::{SCHEMA, json};
use super::style::{DIM, HEADING};
use super::table::{Cell, Column, Layout};
use super::{Format, Line, Outcome, Output};

/// Makes a line of the table.
type Row<'a, T> = Box<dyn Fn(&T) -> Vec<Cell> + 'a>;

/// How a list is shown to people.
enum Shown<'a, T> {
    /// As a table: its columns, and what makes a line of it.
    Table { columns: Vec<Column>, row: Row<'a, T>, layout: Option<Layout> },
    /// As lines that each item prints for itself.
    Lines(fn(&mut Output, &T) -> Outcome),
}

/// A list on its way to standard output: a table or lines, bare ids, a JSON document or JSON lines.
pub(crate) struct Stream<'a, T> {
    name: &'static str,
    shown: Shown<'a, T>,
    id: fn(&T) -> &str,
    count: u64,
}

impl<'a, T: Serialize> Stream<'a, T> {
    /// A list that stands under `name` in JSON; `row` makes a line of the table, `id` is what `--quiet` prints.
    pub(crate) fn new(
        name: &'static str,
        columns: Vec<Column>,
        row: impl Fn(&T) -> Vec<Cell> + 'a,
        id: fn(&T) -> &str,
    ) -> Self {
        let shown = Shown::Table { columns, row: Box::new(row), layout: None };
        Self { name, shown, id, count: 0 }
    }

    /// The same for a list of which `print` prints each item in lines of its own.
    pub(crate) fn lines(
        name: &'static str,
        print: fn(&mut Output, &T) -> Outcome,
        id: fn(&T) -> &str,
    ) -> Self {
        Self { name, shown: Shown::Lines(print), id, count: 0 }
    }

    /// How many were printed.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Prints some more.
    pub(crate) fn push(&mut self, out: &mut Output, items: &[T]) -> Outcome {
        match out.look.format {
            Format::Json => {
                for item in items {
                    let before = if self.count == 0 { self.opening() } else { ",\n".to_owned() };
                    out.verbatim((before + &json(item)).as_bytes())?;
                    self.count += 1;
                }
                return Ok(());
            }
            Format::Ndjson => items.iter().try_for_each(|item| out.object(item))?,
            Format::Text if out.look.quiet => items.iter().try_for_each(|item| out.line((self.id)(item)))?,
            Format::Text => self.shown.print(out, items)?,
        }
        self.count += items.len() as u64;
        Ok(())
    }

    /// Prints the heading of a part of the list, where people read it.
    pub(crate) fn heading(&mut self, out: &mut Output, name: &str, remark: &str) -> Outcome {
        if out.look.format != Format::Text || out.look.quiet {
            return Ok(());
        }
        if self.count > 0 {
            out.line("")?;
        }
        out.line(Line::new().styled(HEADING, name).plain("  ").styled(DIM, remark))
    }

    /// Fits the columns to items that are printed in parts.
    pub(crate) fn lay_out(&mut self, out: &mut Output, items: &[T]) -> Outcome {
        if out.look.format != Format::Text || out.look.quiet || items.is_empty() {
            return Ok(());
        }
        self.shown.lay_out(out, items)
    }

    /// Ends the list; `more` stands beside it in the JSON document.
    pub(crate) fn end(self, out: &mut Output, more: &[(&str, serde_json::Value)]) -> Outcome {
        if out.look.format != Format::Json {
            return Ok(());
        }
        let mut end = if self.count == 0 { self.opening() } else { String::new() };
        end.push(']');
        for (name, value) in more {
            end.push_str(&format!(",{}:{}", json(name), json(value)));
        }
        end.push_str("}\n");
        out.verbatim(end.as_bytes())
    }

    fn opening(&self) -> String {
        format!("{{\"schema\":{SCHEMA},{}:[", json(&self.name))
    }
}

impl<T> Shown<'_, T> {
    fn print(&mut self, out: &mut Output, items: &[T]) -> Outcome {
        let (columns, row, layout) = match self {
            Self::Lines(print) => return items.iter().try_for_each(|item| print(out, item)),
            Self::Table { .. } if items.is_empty() => return Ok(()),
            Self::Table { columns, row, layout } => (columns, row, layout),
        };
        let rows: Vec<Vec<Cell>> = items.iter().map(row).collect();
        let layout = laid_out(out, columns, layout, &rows)?;
        out.rows(layout, &rows)
    }

    fn lay_out(&mut self, out: &mut Output, items: &[T]) -> Outcome {
        if let Self::Table { columns, row, layout } = self {
            let rows: Vec<Vec<Cell>> = items.iter().map(row).collect();
            laid_out(out, columns, layout, &rows)?;
        }
        Ok(())
    }
}

/// The layout of a table: that of its first rows, which is made with the headings.
fn laid_out<'l>(
    out: &mut Output,
    columns: &[Column],
    layout: &'l mut Option<Layout>,
    rows: &[Vec<Cell>],
) -> Outcome<&'l Layout> {
    Ok(match layout {
        Some(layout) => layout,
        None => {
            let first = out.layout(columns, rows);
            out.headings(&first)?;
            layout.insert(first)
        }
    })
}
