//! Other programs on the same tasks, where they are installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::measure::{self, Samples};
use super::ours::{Subject, size_shown};
use super::table::{Row, Table};
use crate::{components, output, process};

/// Taskwarrior, with a store of its own.
#[derive(Debug)]
pub(crate) struct Taskwarrior {
    version: String,
    folder: PathBuf,
}

impl Taskwarrior {
    /// The one that is installed, if any, with an empty store.
    pub(crate) fn installed(disk: &Path, size: usize) -> anyhow::Result<Option<Self>> {
        if let Some(reason) = components::missing(&components::TASKWARRIOR, false) {
            output::note(format_args!("{reason}"));
            return Ok(None);
        }
        let version = process::read(Command::new("task").arg("--version"))?;
        let folder = disk.join(format!("taskwarrior-{size}"));
        std::fs::create_dir_all(&folder)?;
        let settings =
            format!("data.location={}\nconfirmation=no\nhooks=0\nverbose=nothing\n", folder.display());
        std::fs::write(folder.join("taskrc"), settings)?;
        Ok(Some(Self { version: version.trim().to_owned(), folder }))
    }

    fn task(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("task");
        command
            .env("HOME", &self.folder)
            .env("TASKRC", self.folder.join("taskrc"))
            .env("TASKDATA", &self.folder);
        command.args(["rc.detection=0", "rc.defaultwidth=100", "rc.defaultheight=50"]).args(arguments);
        command
    }

    /// Measures what heph was measured at, beside heph's times.
    pub(crate) fn measure(
        &self,
        subject: &Subject<'_>,
        export: &Path,
        ours: &[(&'static str, Samples)],
        table: &mut Table,
    ) -> anyhow::Result<()> {
        // Big stores take seconds a command: fewer runs say enough.
        let runs = if subject.size > 10_000 { 3 } else { subject.runs.min(10) };
        let mut import = Samples::default();
        import.push(measure::process(self.task(&["import"]).arg(export))?);
        let row = |what: &str, samples: &Samples| {
            let name = format!("Taskwarrior {}, {what} · {}", self.version, size_shown(subject.size));
            let ours = ours.iter().find(|(of, _)| *of == what).map(|(_, samples)| samples);
            match ours {
                Some(ours) => Row::against(name, samples, (&format!("`heph {what}`"), ours), None),
                None => Row::plain(name, samples),
            }
        };
        let heph =
            ours.iter().find(|(of, _)| *of == "import").map(|(_, samples)| samples.p50()).unwrap_or_default();
        table.push(row("import", &import).budget("heph is faster", heph < import.p50()));
        let mut turn = 0;
        for (what, arguments) in [
            ("next", &["next", "limit:20"][..]),
            ("add", &["add", "Buy oat milk", "due:friday", "priority:M", "+errand", "project:Home"]),
            ("list", &["+errand", "project:Home", "limit:50", "list"]),
            ("list milk", &["milk", "limit:50", "list"]),
        ] {
            measure::process(&mut self.task(arguments))?;
            let samples = measure::repeat(runs, || measure::process(&mut self.task(arguments)).map(drop))?;
            table.push(row(what, &samples));
        }
        let done = measure::repeat(runs, || {
            turn += 1;
            measure::process(&mut self.task(&[&turn.to_string(), "done"])).map(drop)
        })?;
        table.push(row("done", &done));
        // Its undo takes back one task at a time, so that it has no counterpart.
        let many = format!("1-{}", subject.size.min(1_000));
        measure::process(&mut self.task(&["rc.bulk=0", &many, "modify", "+bulk"]))?;
        let change = measure::repeat(runs.min(3), || {
            turn += 1;
            let priority = if turn % 2 == 0 { "priority:H" } else { "priority:M" };
            measure::process(&mut self.task(&["rc.bulk=0", "+bulk", "modify", priority])).map(drop)
        })?;
        table.push(row("mod --where +bulk", &change));
        Ok(())
    }
}
