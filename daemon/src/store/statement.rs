//! Multi-row statements: rows go in pieces of fixed sizes, so that few texts are ever prepared.
//!
//! Why so: docs/decisions/0001-write-path.md. Every `?` is plain, since numbered ones bind NULL in a string of several
//! statements, and each row binds exactly its columns, since too few are no error either.

use sqlx::AssertSqlSafe;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};

use super::error::StoreError;

/// Rows a statement may have.
const PIECES: [usize; 4] = [64, 16, 4, 1];

/// How often a statement of less than 64 rows may stand in one string, so that few rows are one await.
const REPEATS: usize = 3;

/// A statement over rows: `head VALUES (?,…),(?,…)… tail`.
#[derive(Debug)]
pub(super) struct Table {
    /// Up to `VALUES`.
    pub(super) head: &'static str,
    /// Parameters a row has.
    pub(super) columns: usize,
    /// After the rows.
    pub(super) tail: &'static str,
}

/// Binds the parameters of one row.
type Bind<'a> = Box<dyn Fn(usize, &mut SqliteArguments) -> Result<(), BoxDynError> + Send + Sync + 'a>;

/// Rows for a statement.
pub(super) struct Load<'a> {
    table: &'static Table,
    rows: usize,
    next: usize,
    bind: Bind<'a>,
}

impl<'a> Load<'a> {
    /// Takes rows and how one is bound.
    pub(super) fn new<T: Sync>(
        table: &'static Table,
        rows: &'a [T],
        bind: impl Fn(&T, &mut SqliteArguments) -> Result<(), BoxDynError> + Send + Sync + 'a,
    ) -> Self {
        let bind: Bind<'a> = Box::new(move |row, arguments| bind(&rows[row], arguments));
        Self { table, rows: rows.len(), next: 0, bind }
    }

    fn left(&self) -> usize {
        self.rows - self.next
    }

    /// Appends statements of `size` rows, as many as one string may have.
    fn append(
        &mut self,
        size: usize,
        sql: &mut String,
        arguments: &mut SqliteArguments,
    ) -> Result<(), BoxDynError> {
        let repeats = if size == PIECES[0] { 1 } else { REPEATS };
        for _ in 0..(self.left() / size).min(repeats) {
            write_statement(self.table, size, sql);
            for row in self.next..self.next + size {
                (self.bind)(row, arguments)?;
            }
            self.next += size;
        }
        Ok(())
    }
}

/// The statement of a table with so many rows.
#[cfg(test)]
pub(super) fn statement(table: &Table, rows: usize) -> String {
    let mut sql = String::new();
    write_statement(table, rows, &mut sql);
    sql
}

fn write_statement(table: &Table, rows: usize, sql: &mut String) {
    sql.push_str(table.head);
    sql.push_str(" VALUES ");
    for row in 0..rows {
        sql.push_str(if row == 0 { "(?" } else { ",(?" });
        for _ in 1..table.columns {
            sql.push_str(",?");
        }
        sql.push(')');
    }
    sql.push_str(table.tail);
    sql.push(';');
}

/// Writes the rows of all phases, one phase after the other, between two statements that may be empty.
///
/// Within a phase the order between tables is open. Every string is one await; few rows are one string.
///
/// # Errors
/// [`StoreError`]; a transaction that was begun may then still be open and the connection has to be closed.
pub(super) async fn write_rows(
    connection: &mut SqliteConnection,
    phases: Vec<Vec<Load<'_>>>,
    first: &'static str,
    last: &'static str,
) -> Result<(), StoreError> {
    let mut strings = Strings::new(phases, first, last);
    let mut next = strings.next().transpose()?;
    while let Some(now) = next {
        // SQLite has its own thread: while it is at one string, the next one is bound.
        let (done, prepared) = tokio::join!(biased; execute(connection, now), async { strings.next() });
        done?;
        next = prepared.transpose()?;
    }
    Ok(())
}

/// Statements, and what they bind.
type Bound = (String, SqliteArguments);

/// The strings of statements that rows make, one after the other.
struct Strings<'a> {
    phases: Vec<Vec<Load<'a>>>,
    /// The phase under way, and the size of its pieces.
    phase: usize,
    size: usize,
    rows_left: usize,
    first: &'static str,
    last: Option<&'static str>,
}

impl<'a> Strings<'a> {
    fn new(phases: Vec<Vec<Load<'a>>>, first: &'static str, last: &'static str) -> Self {
        let rows_left = phases.iter().flatten().map(Load::left).sum();
        Self { phases, phase: 0, size: 0, rows_left, first, last: Some(last) }
    }

    /// The next string; the last one ends with the last statement.
    fn next(&mut self) -> Option<Result<Bound, StoreError>> {
        let last = self.last?;
        let mut sql = String::from(std::mem::take(&mut self.first));
        let mut arguments = SqliteArguments::default();
        while let Some(loads) = self.phases.get_mut(self.phase) {
            let Some(&size) = PIECES.get(self.size) else {
                (self.phase, self.size) = (self.phase + 1, 0);
                continue;
            };
            if !loads.iter().any(|load| load.left() >= size) {
                self.size += 1;
                continue;
            }
            for load in loads {
                let before = load.left();
                if let Err(error) = load.append(size, &mut sql, &mut arguments) {
                    return Some(Err(sqlx::Error::Encode(error).into()));
                }
                self.rows_left -= before - load.left();
            }
            if self.rows_left > 0 {
                return Some(Ok((sql, arguments)));
            }
        }
        self.last = None;
        sql.push_str(last);
        Some(Ok((sql, arguments)))
    }
}

async fn execute(connection: &mut SqliteConnection, (sql, arguments): Bound) -> Result<(), StoreError> {
    if !sql.is_empty() {
        sqlx::query_with(AssertSqlSafe(sql), arguments).execute(connection).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::TestStore;
    use crate::store::{node_row, search};

    #[tokio::test]
    async fn no_statement_goes_through_a_whole_table() {
        let mut store = TestStore::new().await;
        let tables = [
            &node_row::NODE,
            &node_row::TEXT,
            &node_row::ALIAS_GONE,
            &node_row::FACT_GONE,
            &search::LEAVE,
            &search::FORGET,
            &search::ENTER,
        ];
        for table in tables {
            for rows in PIECES {
                let sql = statement(table, rows);
                assert_eq!(store.scans(&sql).await, Vec::<String>::new(), "{rows} rows: {}", table.head);
            }
        }
    }
}
