//! Tables that fit the terminal: columns aligned by display width, long cells cut rather than wrapped.

use anstyle::Style;

use super::style::{HEADING, PLAIN, paint};
use super::text::{clean, truncate, width};

/// A cut column narrower than this tells nothing.
const READABLE: usize = 4;

/// Spaces between two columns.
const GAP: usize = 2;

/// How a column behaves when room is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Always as wide as its widest cell.
    Fixed,
    /// May be cut, first to the soft width, then to the hard one; it vanishes at 0.
    Shrinks {
        /// Columns it keeps while others can still give way.
        soft: usize,
        /// Columns it keeps in any case.
        hard: usize,
    },
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// What stands above it on a terminal.
    pub(crate) heading: &'static str,
    /// How it gives way.
    pub(crate) fit: Fit,
    /// Whether its cells stand at the right edge.
    pub(crate) right: bool,
}

/// A cell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// A cell in a style. Control characters are taken out of the text.
    pub(crate) fn styled(style: Style, text: &str) -> Self {
        Self { text: clean(text).into_owned(), style }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::styled(PLAIN, text.as_ref())
    }
}

/// Where a table's columns stand. Made from the first rows, so that later ones can be streamed.
#[derive(Debug)]
pub(crate) struct Layout {
    columns: Vec<Column>,
    widths: Vec<usize>,
    room: Option<usize>,
    colour: bool,
}

impl Layout {
    /// Fits the columns to these rows and to `room` columns of the terminal; no limit without one.
    /// Columns that are empty in all rows are left out.
    pub(crate) fn new(
        columns: &[Column],
        rows: &[Vec<Cell>],
        room: Option<usize>,
        headings: bool,
        colour: bool,
    ) -> Self {
        let mut widths: Vec<usize> = (0..columns.len())
            .map(|index| {
                rows.iter().filter_map(|row| row.get(index)).map(|cell| width(&cell.text)).max().unwrap_or(0)
            })
            .collect();
        if headings {
            for (wide, column) in widths.iter_mut().zip(columns).filter(|(wide, _)| **wide > 0) {
                *wide = (*wide).max(width(column.heading));
            }
        }
        if let Some(room) = room {
            shrink(&mut widths, columns, room);
        }
        Self { columns: columns.to_vec(), widths, room, colour }
    }

    /// The line of headings.
    pub(crate) fn headings(&self) -> String {
        let cells: Vec<Cell> =
            self.columns.iter().map(|column| Cell::styled(HEADING, column.heading)).collect();
        self.row(&cells)
    }

    /// One row as a line.
    pub(crate) fn row(&self, cells: &[Cell]) -> String {
        let shown: Vec<usize> = (0..self.columns.len()).filter(|index| self.widths[*index] > 0).collect();
        let mut line = String::new();
        let mut used = 0;
        let mut owed = 0;
        for (position, index) in shown.iter().copied().enumerate() {
            let column = &self.columns[index];
            let before = if position == 0 { 0 } else { GAP };
            let mut wide = self.widths[index];
            if let Some(room) = self.room {
                wide = wide.min(room.saturating_sub(used + before));
            }
            if wide == 0 {
                break;
            }
            let empty = Cell::default();
            let cell = cells.get(index).unwrap_or(&empty);
            // Without a limit a later, wider row sticks out rather than being cut.
            let text =
                if self.room.is_some() { truncate(&cell.text, wide) } else { cell.text.as_str().into() };
            let free = wide.saturating_sub(width(&text));
            owed += before + if column.right { free } else { 0 };
            // Padding is written only when something follows, so that no line ends in spaces.
            if !text.is_empty() {
                line.extend(std::iter::repeat_n(' ', owed));
                line.push_str(&paint(self.colour, cell.style, &text));
                owed = 0;
            }
            owed += if column.right { 0 } else { free };
            used += before + wide;
        }
        line
    }
}

/// Takes columns of width from those that give way until the table fits: the widest above its soft width first,
/// then those that never vanish, then all down to the hard ones. What is too narrow then to be read vanishes, and its room goes to the others.
fn shrink(widths: &mut [usize], columns: &[Column], room: usize) {
    let natural = widths.to_vec();
    for pass in [Pass::Soft, Pass::Tight, Pass::Hard] {
        while total(widths) > room {
            let widest = (0..widths.len())
                .filter_map(|index| {
                    let spare = widths[index].saturating_sub(pass.floor(columns[index].fit, widths[index]));
                    (spare > 0).then_some((spare, index))
                })
                .max();
            match widest {
                Some((_, index)) => widths[index] -= 1,
                None => break,
            }
        }
    }
    for index in 0..widths.len() {
        let may_vanish = matches!(columns[index].fit, Fit::Shrinks { hard: 0, .. });
        if may_vanish && widths[index] < natural[index].min(READABLE) {
            widths[index] = 0;
        }
    }
    for index in 0..widths.len() {
        if widths[index] > 0 {
            let free = room.saturating_sub(total(widths));
            widths[index] = natural[index].min(widths[index] + free);
        }
    }
}

#[derive(Clone, Copy)]
enum Pass {
    Soft,
    Tight,
    Hard,
}

impl Pass {
    fn floor(self, fit: Fit, now: usize) -> usize {
        match (self, fit) {
            (_, Fit::Fixed) => now,
            (Self::Soft, Fit::Shrinks { soft, .. }) | (Self::Tight, Fit::Shrinks { soft, hard: 0 }) => soft,
            (Self::Tight | Self::Hard, Fit::Shrinks { hard, .. }) => hard,
        }
    }
}

fn total(widths: &[usize]) -> usize {
    let shown = widths.iter().filter(|wide| **wide > 0).count();
    widths.iter().sum::<usize>() + GAP * shown.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COLUMNS: &[Column] = &[
        Column { heading: "ID", fit: Fit::Fixed, right: false },
        Column { heading: "N", fit: Fit::Fixed, right: true },
        Column { heading: "TITLE", fit: Fit::Shrinks { soft: 12, hard: 6 }, right: false },
        Column { heading: "TAGS", fit: Fit::Shrinks { soft: 6, hard: 0 }, right: false },
    ];

    fn table(rows: &[[&str; 4]], room: Option<usize>) -> String {
        let rows: Vec<Vec<Cell>> = rows.iter().map(|row| row.iter().map(Cell::from).collect()).collect();
        let layout = Layout::new(COLUMNS, &rows, room, false, false);
        rows.iter().map(|row| layout.row(row) + "\n").collect()
    }

    #[test]
    fn wide_characters_stay_aligned() {
        let rows = [["7k3", "1", "買い物に行く", "+home"], ["9ab", "12", "Call", "+phone"]];
        assert_eq!(table(&rows, None), "7k3   1  買い物に行く  +home\n9ab  12  Call          +phone\n");
    }

    #[test]
    fn an_empty_column_is_left_out_and_no_line_ends_in_spaces() {
        let rows = [["7k3", "", "Call", "+phone"], ["9ab", "", "Water the plants", ""]];
        assert_eq!(table(&rows, None), "7k3  Call              +phone\n9ab  Water the plants\n");
    }

    #[test]
    fn titles_are_cut_before_tags_vanish() {
        let rows = [["7k3", "1", "Call the bank about the card", "+phone"]];
        assert_eq!(table(&rows, Some(30)), "7k3  1  Call the bank…  +phone\n");
        assert_eq!(table(&rows, Some(19)), "7k3  1  Call the b…\n", "no column of one character");
        assert_eq!(table(&rows, Some(14)), "7k3  1  Call…\n");
        assert_eq!(table(&rows, Some(4)), "7k3\n");
    }

    #[test]
    fn headings_widen_their_columns() {
        let rows = vec![vec![Cell::from("7k3"), Cell::from("1"), Cell::from("a"), Cell::from("")]];
        let layout = Layout::new(COLUMNS, &rows, None, true, false);
        assert_eq!(layout.headings(), "ID   N  TITLE");
        assert_eq!(layout.row(&rows[0]), "7k3  1  a");
    }

    #[test]
    fn a_cell_cannot_carry_an_escape() {
        assert_eq!(table(&[["7k3", "", "\u{1b}[2Jgone", ""]], None), "7k3  [2Jgone\n");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal(title in "\\PC{0,60}", tags in "\\PC{0,30}", room in 1usize..80) {
            let rendered = table(&[["7k3", "10", &title, &tags], ["a", "9", "x", "y"]], Some(room));
            for line in rendered.lines() {
                prop_assert!(width(line) <= room, "{line:?}");
            }
        }
    }
}
