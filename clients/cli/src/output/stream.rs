//! A list that is printed while it is still being fetched.

use serde::Serialize;

use super::document::{SCHEMA, json};
use super::table::{Cell, Column, Layout};
use super::{Format, Outcome, Output};

/// Makes a line of the table.
type Row<'a, T> = Box<dyn Fn(&T) -> Vec<Cell> + 'a>;

/// A list on its way to standard output: a table, bare ids, a JSON document or JSON lines.
pub(crate) struct Stream<'a, T> {
    name: &'static str,
    columns: Vec<Column>,
    row: Row<'a, T>,
    id: fn(&T) -> &str,
    layout: Option<Layout>,
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
        Self { name, columns, row: Box::new(row), id, layout: None, count: 0 }
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
            Format::Text => self.rows(out, items)?,
        }
        self.count += items.len() as u64;
        Ok(())
    }

    fn rows(&mut self, out: &mut Output, items: &[T]) -> Outcome {
        if items.is_empty() {
            return Ok(());
        }
        let rows: Vec<Vec<Cell>> = items.iter().map(|item| (self.row)(item)).collect();
        if self.layout.is_none() {
            let layout = out.layout(&self.columns, &rows);
            out.headings(&layout)?;
            self.layout = Some(layout);
        }
        self.layout.as_ref().map_or(Ok(()), |layout| out.rows(layout, &rows))
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
