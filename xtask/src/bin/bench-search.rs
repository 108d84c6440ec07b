//! What a bare FTS5 search costs as a process: `bench-search <database> <query>` prints the titles of the best 20 of
//! bm25 with their snippets.

use std::io::Write as _;

use rusqlite::Connection;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (database, query) = (arguments.next().unwrap_or_default(), arguments.next().unwrap_or_default());
    let connection = Connection::open(database)?;
    let mut statement = connection.prepare(
        "SELECT title, snippet(page, 1, '[', ']', '…', 16) FROM page WHERE page MATCH ?1 ORDER BY bm25(page) LIMIT 20",
    )?;
    let mut rows = statement.query([query])?;
    let mut out = std::io::stdout().lock();
    while let Some(row) = rows.next()? {
        writeln!(out, "{}\t{}", row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?)?;
    }
    Ok(())
}
