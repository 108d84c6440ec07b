//! What `task export` writes: an array of tasks, or one a line.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Import;
use crate::args::DryRun;
use crate::error::{Exit, Failure};
use crate::output::Outcome;
use crate::output::progress::{Progress, Unit};
use crate::session::Session;

/// Where the tasks are.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What `task export` wrote: an array, or an object a line; - for standard input
    #[arg(value_name = "PATH")]
    path: PathBuf,
    #[command(flatten)]
    dry: DryRun,
}

/// Takes the tasks in.
pub(super) fn run(session: &mut Session, arguments: &Arguments) -> Outcome {
    let (reader, bytes) = open(&arguments.path)?;
    let progress = Progress::new(&session.out, "importing", Unit::Bytes, bytes);
    let mut import = Import::new("taskwarrior", arguments.dry.dry_run);
    let split = read_items(reader, &mut |item| {
        import.add(session, item)?;
        progress.at(import.read);
        Ok(())
    });
    let imported = import.finish(session, split);
    drop(progress);
    import.explain(imported)?;
    import.print(&mut session.out)
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
}
