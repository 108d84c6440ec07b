//! `heph import`: tasks of another program, streamed to the daemon in batches.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use clap::{ArgMatches, Command};
use heph_protocol::request::ImportBatch;
use heph_protocol::response::Imported;
use heph_protocol::types::KeptField;
use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::args::{self, DryRun};
use crate::error::{Exit, Failure};
use crate::output::progress::{Progress, Unit};
use crate::output::{Document, Outcome, Output};
use crate::session::Session;
use crate::verbs::described;

/// Most items of a batch, as the protocol sets it.
const BATCH_ITEMS: usize = 1_000;

/// A batch is sent when it has so many bytes.
const BATCH_BYTES: usize = 1 << 20;

const EXAMPLES: &str = "  heph import taskwarrior export.json
  heph import taskwarrior export.json --dry-run
  task export | heph import taskwarrior -";

#[derive(Debug, clap::Args)]
struct Arguments {
    /// What `task export` wrote: an array, or an object a line; - for standard input
    #[arg(value_name = "PATH")]
    path: PathBuf,
    #[command(flatten)]
    dry: DryRun,
}

/// Its command line.
pub(crate) fn command() -> Command {
    described(Command::new("import"), "Take in another program's tasks; a repeat changes nothing", EXAMPLES)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(args::command::<Arguments>("taskwarrior", "Take in Taskwarrior's tasks", EXAMPLES))
}

/// Imports a file.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    let Some(("taskwarrior", matches)) = matches.subcommand() else {
        return Err(Failure::usage("a source is expected").hint("heph import taskwarrior export.json"));
    };
    let arguments: Arguments = args::read(matches)?;
    let (reader, bytes) = open(&arguments.path)?;
    let progress = Progress::new(&session.out, "importing", Unit::Bytes, bytes);
    let mut import = Import { dry_run: arguments.dry.dry_run, ..Import::default() };
    let split = read_items(reader, &mut |item| {
        import.add(session, item)?;
        progress.at(import.read);
        Ok(())
    });
    let imported = split.and_then(|()| import.send(session));
    drop(progress);
    imported.map_err(|failure| match import.items {
        0 => failure,
        _ if import.dry_run => failure,
        // The daemon knows every item by its source's id, so a second run does no harm.
        items => {
            let taken = format!("{} taken in", counted(items));
            match failure.exit() {
                Some(Exit::Usage | Exit::Refused) => {
                    failure.hint_first(format!("{taken}; correct the file and run it again"))
                }
                _ => failure.hint_instead(format!(
                    "{taken} for certain; run it again: what is there already is left alone"
                )),
            }
        }
    })?;
    print(&mut session.out, &import)
}

fn open(path: &Path) -> Outcome<(Box<dyn BufRead>, u64)> {
    if path == Path::new("-") {
        return Ok((Box::new(BufReader::new(std::io::stdin())), 0));
    }
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) =
        opened.map_err(|error| Failure::io(format_args!("cannot open {}", path.display()), &error))?;
    if metadata.is_dir() {
        return Err(Failure::usage(format!("{} is a folder", path.display()))
            .hint("name the file that `task export` wrote"));
    }
    Ok((Box::new(BufReader::with_capacity(1 << 16, file)), metadata.len()))
}

/// An import under way: the batch being filled and the reports so far.
#[derive(Default)]
struct Import {
    dry_run: bool,
    batch: Vec<String>,
    batch_bytes: usize,
    /// Bytes of items read.
    read: u64,
    /// Items the daemon answered for.
    items: u64,
    sum: Imported,
    kept: BTreeMap<String, u64>,
}

impl Import {
    fn add(&mut self, session: &mut Session, item: String) -> Outcome {
        self.read += item.len() as u64;
        if !self.batch.is_empty() && self.batch_bytes + item.len() > BATCH_BYTES {
            self.send(session)?;
        }
        self.batch_bytes += item.len();
        self.batch.push(item);
        if self.batch.len() == BATCH_ITEMS { self.send(session) } else { Ok(()) }
    }

    fn send(&mut self, session: &mut Session) -> Outcome {
        if self.batch.is_empty() {
            return Ok(());
        }
        let items = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        let count = items.len() as u64;
        let request = ImportBatch { source: "taskwarrior".to_owned(), items, dry_run: self.dry_run };
        let report = session.call_long(&request, &mut |_| {})?;
        self.items += count;
        self.take(report);
        Ok(())
    }

    fn take(&mut self, report: Imported) {
        self.sum.created += report.created;
        self.sum.updated += report.updated;
        self.sum.unchanged += report.unchanged;
        self.sum.problems.extend(report.problems);
        for field in report.kept {
            *self.kept.entry(field.name).or_default() += field.count;
        }
    }

    fn kept(&self) -> Vec<KeptField> {
        self.kept.iter().map(|(name, count)| KeptField { name: name.clone(), count: *count }).collect()
    }
}

fn counted(items: u64) -> String {
    if items == 1 { "1 item".to_owned() } else { format!("{items} items") }
}

fn print(out: &mut Output, import: &Import) -> Outcome {
    let Imported { created, updated, unchanged, problems, .. } = &import.sum;
    if out.is_json() {
        let report = Imported { kept: import.kept(), ..import.sum.clone() };
        let document =
            Document::new("import", &report).with("items", &import.items).with("dry_run", &import.dry_run);
        return out.document(&document);
    }
    let would = if import.dry_run { "would import" } else { "imported" };
    // What was not understood is named below; with it the counts add up.
    let skipped = import.items.saturating_sub(created + updated + unchanged);
    let skipped = if skipped > 0 { format!(", {skipped} left out") } else { String::new() };
    out.line(format!(
        "{would} {}: {created} created, {updated} updated, {unchanged} unchanged{skipped}",
        counted(import.items)
    ))?;
    if !import.kept.is_empty() {
        let fields: Vec<String> =
            import.kept.iter().map(|(name, count)| format!("{name} ({count})")).collect();
        out.line(format!("kept as they are: {}", fields.join(", ")))?;
    }
    for problem in problems {
        out.warn(&format!("{}: {}", problem.item, problem.message));
    }
    Ok(())
}

/// Reads items one by one: of one array, or one after another, whatever stands between them but white space.
fn read_items(mut reader: Box<dyn BufRead>, take: &mut dyn FnMut(String) -> Outcome) -> Outcome {
    let first = skip_to_value(&mut reader).map_err(|error| Failure::io("cannot read the file", &error))?;
    let mut refused = None;
    let read = if first == Some(b'[') {
        let mut json = serde_json::Deserializer::from_reader(reader);
        Items { take, refused: &mut refused }.deserialize(&mut json).and_then(|()| json.end())
    } else {
        read_lines(reader, take, &mut refused)
    };
    match (refused, read) {
        (Some(failure), _) => Err(failure),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) if error.is_io() => {
            Err(Failure::new(Exit::Runtime, format!("cannot read the file: {error}")))
        }
        (None, Err(error)) => Err(Failure::usage(format!("the file is not JSON: {error}"))
            .hint("`task export` writes what is expected")),
    }
}

fn read_lines(
    reader: Box<dyn BufRead>,
    take: &mut dyn FnMut(String) -> Outcome,
    refused: &mut Option<Failure>,
) -> serde_json::Result<()> {
    for item in serde_json::Deserializer::from_reader(reader).into_iter::<Box<RawValue>>() {
        if let Err(failure) = take(item?.get().to_owned()) {
            *refused = Some(failure);
            break;
        }
    }
    Ok(())
}

/// Skips a byte order mark and white space; the first byte of the value, if there is one.
fn skip_to_value(reader: &mut dyn BufRead) -> std::io::Result<Option<u8>> {
    if reader.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    loop {
        match reader.fill_buf()?.first() {
            Some(byte) if byte.is_ascii_whitespace() => {}
            other => return Ok(other.copied()),
        }
        reader.consume(1);
    }
}

/// The items of an array, handed on as they are read.
struct Items<'a> {
    take: &'a mut dyn FnMut(String) -> Outcome,
    refused: &'a mut Option<Failure>,
}

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an array of tasks")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Box<RawValue>>()? {
            if let Err(failure) = (self.take)(item.get().to_owned()) {
                *self.refused = Some(failure);
                return Err(serde::de::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn items(text: &str) -> Outcome<Vec<String>> {
        let mut items = Vec::new();
        read_items(Box::new(Cursor::new(text.to_owned())), &mut |item| {
            items.push(item);
            Ok(())
        })?;
        Ok(items)
    }

    #[test]
    fn arrays_objects_and_lines_give_the_same_items() {
        let expected = [r#"{"a":1}"#, r#"{"b":[2, {}]}"#];
        for text in [
            "[{\"a\":1},\n{\"b\":[2, {}]}\n]\n",
            "\u{feff} [ {\"a\":1} , {\"b\":[2, {}]} ]",
            "{\"a\":1}\n{\"b\":[2, {}]}\n",
            "{\"a\":1}{\"b\":[2, {}]}",
        ] {
            assert_eq!(items(text).unwrap(), expected, "{text:?}");
        }
        assert_eq!(items("\u{feff}{\"a\":1}").unwrap(), expected[..1]);
        assert!(items("[]").unwrap().is_empty());
        assert!(items(" \n").unwrap().is_empty());
    }

    #[test]
    fn what_is_not_json_is_a_usage_error() {
        for text in ["[{\"a\":1},", "[{\"a\":1}] x", "{\"a\":", "uuid,description"] {
            assert_eq!(items(text).unwrap_err().exit(), Some(Exit::Usage), "{text:?}");
        }
    }

    #[test]
    fn a_refusal_ends_the_reading_and_comes_out_as_it_is() {
        for text in ["[1,2,3]", "1 2 3"] {
            let mut seen = 0;
            let failure = read_items(Box::new(Cursor::new(text)), &mut |_| {
                seen += 1;
                if seen == 2 { Err(Failure::new(Exit::Busy, "later")) } else { Ok(()) }
            });
            assert_eq!(failure.unwrap_err().exit(), Some(Exit::Busy));
            assert_eq!(seen, 2);
        }
    }

    #[test]
    fn reports_add_up() {
        let mut import = Import::default();
        for _ in 0..2 {
            let kept = vec![KeptField { name: "estimate".into(), count: 2 }];
            import.take(Imported { created: 1, unchanged: 3, kept, ..Imported::default() });
        }
        assert_eq!((import.sum.created, import.sum.unchanged), (2, 6));
        assert_eq!(import.kept(), [KeptField { name: "estimate".into(), count: 4 }]);
    }
}
