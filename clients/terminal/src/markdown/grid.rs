//! Tables of a text: columns that share the width, cells that wrap.

use super::flow::{Flow, Pieces};
use crate::style::{DIM, PLAIN};
use crate::text::width;

/// Between two columns.
const BETWEEN: &str = " │ ";

/// A column is not made narrower while another can give way.
const NARROW: usize = 6;

/// The least that all columns need on the average; of a wider table each row stands by itself.
const NARROWEST: usize = 3;

/// A table.
#[derive(Debug, Default)]
pub(super) struct Grid {
    rows: Vec<Vec<Flow>>,
    row: Vec<Flow>,
}

impl Grid {
    /// Adds a cell.
    pub(super) fn push(&mut self, cell: Flow) {
        self.row.push(cell);
    }

    /// Ends a row.
    pub(super) fn end_row(&mut self) {
        self.rows.push(std::mem::take(&mut self.row));
    }

    /// The table in at most so many columns, a line under its heading.
    pub(super) fn lines(self, room: usize) -> Vec<Pieces> {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        if room < count * NARROWEST + width(BETWEEN) * count.saturating_sub(1) {
            return self.records(room);
        }
        let natural: Vec<usize> = (0..count)
            .map(|column| {
                self.rows.iter().filter_map(|row| row.get(column)).map(Flow::width).max().unwrap_or(0).max(1)
            })
            .collect();
        let widths = shrunk(natural, room.saturating_sub(width(BETWEEN) * count.saturating_sub(1)));
        let mut lines = Vec::new();
        for (place, row) in self.rows.into_iter().enumerate() {
            let cells: Vec<Vec<Pieces>> =
                row.into_iter().zip(&widths).map(|(cell, wide)| cell.wrap(*wide)).collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
            lines.extend((0..height).map(|height| line(&cells, &widths, height)));
            if place == 0 {
                let rules: Vec<String> = widths.iter().map(|wide| "─".repeat(*wide)).collect();
                lines.push(vec![(DIM, rules.join("─┼─"))]);
            }
        }
        lines
    }
}

impl Grid {
    /// A table with more columns than fit: each row by itself, its cells under their headings.
    fn records(self, room: usize) -> Vec<Pieces> {
        let mut rows = self.rows.into_iter();
        let headings: Vec<Vec<Pieces>> =
            rows.next().unwrap_or_default().into_iter().map(|heading| heading.wrap(room)).collect();
        let mut lines = Vec::new();
        for row in rows {
            if !lines.is_empty() {
                lines.push(Pieces::new());
            }
            for (place, cell) in row.into_iter().enumerate() {
                lines.extend(headings.get(place).into_iter().flatten().cloned());
                let indented = |line: Pieces| std::iter::once((PLAIN, "  ".to_owned())).chain(line).collect();
                lines.extend(cell.wrap(room.saturating_sub(2).max(1)).into_iter().map(indented));
            }
        }
        if lines.is_empty() { headings.into_iter().flatten().collect() } else { lines }
    }
}

fn line(cells: &[Vec<Pieces>], widths: &[usize], height: usize) -> Pieces {
    let mut line: Pieces = Vec::new();
    let empty = Pieces::new();
    for (column, wide) in widths.iter().enumerate() {
        if column > 0 {
            line.push((DIM, BETWEEN.to_owned()));
        }
        let pieces = cells.get(column).and_then(|cell| cell.get(height)).unwrap_or(&empty);
        let used: usize = pieces.iter().map(|(_, text)| width(text)).sum();
        line.extend(pieces.iter().cloned());
        if column + 1 < widths.len() {
            line.push((PLAIN, " ".repeat(wide.saturating_sub(used))));
        }
    }
    line
}

/// Takes from the widest columns until all fit; none becomes less than one column wide.
fn shrunk(mut widths: Vec<usize>, room: usize) -> Vec<usize> {
    for least in [NARROW, 1] {
        while widths.iter().sum::<usize>() > room {
            let over = widths.iter().sum::<usize>() - room;
            let Some(widest) = widths.iter().copied().max().filter(|widest| *widest > least) else { break };
            // All of the widest give way together, down to the next one, so that a wide table takes few rounds.
            let count = widths.iter().filter(|wide| **wide == widest).count();
            let next = widths.iter().copied().filter(|wide| *wide < widest).max().unwrap_or(0).max(least);
            let step = (widest - next).min(over.div_ceil(count)).max(1);
            for wide in widths.iter_mut().filter(|wide| **wide == widest) {
                *wide -= step;
            }
        }
    }
    widths
}
