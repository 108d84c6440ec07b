//! `heph import`: another program's data, streamed to the daemon in batches.

mod obsidian;
mod taskwarrior;

use std::collections::{BTreeMap, VecDeque};

use clap::{ArgMatches, Command};
use heph_client::{ClientError, Posted};
use heph_protocol::request::ImportBatch;
use heph_protocol::response::Imported;
use heph_protocol::types::KeptField;

use crate::args;
use crate::error::{Exit, Failure};
use crate::output::{Document, Outcome, Output};
use crate::session::Session;
use crate::verbs::described;

/// Most items of a batch, as the protocol sets it.
const BATCH_ITEMS: usize = 1_000;

/// A batch is sent when it has so many bytes.
const BATCH_BYTES: usize = 1 << 20;

const TASKWARRIOR: &str = "  heph import taskwarrior export.json
  heph import taskwarrior export.json --dry-run
  task export | heph import taskwarrior -";

const OBSIDIAN: &str = "  heph import obsidian ~/Notes
  heph import obsidian ~/Notes --dry-run";

/// Its command line.
pub(crate) fn command() -> Command {
    let examples = "  heph import taskwarrior export.json\n  task export | heph import taskwarrior -\n  heph import obsidian ~/Notes";
    described(Command::new("import"), "Take in another program's data; a repeat changes nothing", examples)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(args::command::<taskwarrior::Arguments>(
            "taskwarrior",
            "Take in Taskwarrior's tasks",
            TASKWARRIOR,
        ))
        .subcommand(args::command::<obsidian::Arguments>(
            "obsidian",
            "Take in the pages of an Obsidian vault, or of any folder of Markdown",
            OBSIDIAN,
        ))
}

/// Imports.
pub(crate) fn run(matches: &ArgMatches, session: &mut Session) -> Outcome {
    match matches.subcommand() {
        Some(("taskwarrior", matches)) => taskwarrior::run(session, &args::read(matches)?),
        Some(("obsidian", matches)) => obsidian::run(session, &args::read(matches)?),
        _ => Err(Failure::usage("a source is expected").hint("heph import taskwarrior export.json")),
    }
}

/// So many batches wait at the daemon behind the one it is at: it reads them while it writes, and what waits is one
/// commit.
const AHEAD: usize = 3;

/// A batch that was sent.
type Sent = (Posted<ImportBatch>, ImportBatch);

/// An import under way: the batch being filled and the reports so far.
#[derive(Default)]
struct Import {
    source: &'static str,
    dry_run: bool,
    batch: Vec<String>,
    batch_bytes: usize,
    /// Bytes of items read.
    read: u64,
    /// Batches that were sent and are not answered, the oldest first.
    sent: VecDeque<Sent>,
    /// Items the daemon answered for.
    items: u64,
    sum: Imported,
    kept: BTreeMap<String, u64>,
}

impl Import {
    fn new(source: &'static str, dry_run: bool) -> Self {
        Self { source, dry_run, ..Self::default() }
    }

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
        let batch = ImportBatch { source: self.source.to_owned(), items, dry_run: self.dry_run };
        if self.items == 0 {
            return self.call(session, &batch);
        }
        let sent = session.client()?.post(&batch)?;
        self.sent.push_back((sent, batch));
        if self.sent.len() > AHEAD { self.receive(session) } else { Ok(()) }
    }

    /// Sends what is left of what was read, and waits for all answers.
    fn finish(&mut self, session: &mut Session, read: Outcome) -> Outcome {
        let mut done = read.and_then(|()| self.send(session));
        while !self.sent.is_empty() {
            let received = self.receive(session);
            done = done.and(received);
        }
        done
    }

    fn call(&mut self, session: &mut Session, batch: &ImportBatch) -> Outcome {
        let report = session.call_long(batch, &mut |_| {})?;
        self.take(batch, report);
        Ok(())
    }

    /// Waits for the answer to the oldest batch. One that the daemon has no time for is sent again, and with it all
    /// behind: of an item that stands in several, the last one has to win.
    fn receive(&mut self, session: &mut Session) -> Outcome {
        let Some((sent, batch)) = self.sent.pop_front() else { return Ok(()) };
        match session.client()?.reply_to(sent) {
            Ok(report) => self.take(&batch, report),
            Err(ClientError::Daemon(error)) if error.is_retryable() => {
                let mut again = vec![batch];
                for (sent, batch) in std::mem::take(&mut self.sent) {
                    let _ = session.client()?.reply_to(sent);
                    again.push(batch);
                }
                for batch in again {
                    self.call(session, &batch)?;
                }
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn take(&mut self, batch: &ImportBatch, report: Imported) {
        self.items += batch.items.len() as u64;
        self.sum.created += report.created;
        self.sum.updated += report.updated;
        self.sum.unchanged += report.unchanged;
        self.sum.problems.extend(report.problems);
        for field in report.kept {
            *self.kept.entry(field.name).or_default() += field.count;
        }
    }

    /// Says of an import that was cut off what is in and what to do.
    fn explain(&self, imported: Outcome) -> Outcome {
        imported.map_err(|failure| match self.items {
            0 => failure,
            _ if self.dry_run => failure,
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
        })
    }

    fn kept(&self) -> Vec<KeptField> {
        self.kept.iter().map(|(name, count)| KeptField { name: name.clone(), count: *count }).collect()
    }
}

fn counted(items: u64) -> String {
    if items == 1 { "1 item".to_owned() } else { format!("{items} items") }
}

impl Import {
    /// Reports what was done.
    fn print(&self, out: &mut Output) -> Outcome {
        if out.is_json() {
            return out.document(&self.document());
        }
        self.print_counts(out)?;
        self.print_problems(out);
        Ok(())
    }

    fn document(&self) -> Document {
        let report = Imported { kept: self.kept(), ..self.sum.clone() };
        Document::new("import", &report).with("items", &self.items).with("dry_run", &self.dry_run)
    }

    fn print_counts(&self, out: &mut Output) -> Outcome {
        let Imported { created, updated, unchanged, .. } = &self.sum;
        let would = if self.dry_run { "would import" } else { "imported" };
        // What was not understood is named below; with it the counts add up.
        let skipped = self.items.saturating_sub(created + updated + unchanged);
        let skipped = if skipped > 0 { format!(", {skipped} left out") } else { String::new() };
        out.line(format!(
            "{would} {}: {created} created, {updated} updated, {unchanged} unchanged{skipped}",
            counted(self.items)
        ))?;
        if !self.kept.is_empty() {
            let fields: Vec<String> =
                self.kept.iter().map(|(name, count)| format!("{name} ({count})")).collect();
            out.line(format!("kept as they are: {}", fields.join(", ")))?;
        }
        Ok(())
    }

    fn print_problems(&self, out: &mut Output) {
        for problem in &self.sum.problems {
            match problem.item.as_str() {
                "" => out.warn(&problem.message),
                item => out.warn(&format!("{item}: {}", problem.message)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_add_up() {
        let mut import = Import::default();
        for _ in 0..2 {
            let kept = vec![KeptField { name: "estimate".into(), count: 2 }];
            let report = Imported { created: 1, unchanged: 3, kept, ..Imported::default() };
            import.take(&ImportBatch::default(), report);
        }
        assert_eq!((import.sum.created, import.sum.unchanged), (2, 6));
        assert_eq!(import.kept(), [KeptField { name: "estimate".into(), count: 4 }]);
    }
}
