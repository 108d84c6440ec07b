//! Filters, agendas, changes of many tasks, and completions, as processes.

use std::process::Command;

use heph_protocol::envelope::from_map;
use heph_protocol::request::{TaskList, TaskModify};
use heph_protocol::response;

use super::measure::{self, Samples};
use super::ours::Subject;
use super::table::{Row, Table, shown};
use super::wire::Wire;
use crate::daemon::Daemon;

/// Tasks that one change is about.
const MANY: usize = 1_000;

/// Times many tasks are changed.
const CHANGES: usize = 5;

/// What a person at a prompt does not notice.
const COMPLETION: std::time::Duration = std::time::Duration::from_millis(100);

impl Subject<'_> {
    /// Measures them; returns the times of what peers have as well.
    pub(crate) fn lists(
        &self,
        daemon: &Daemon,
        table: &mut Table,
    ) -> anyhow::Result<Vec<(&'static str, Samples)>> {
        let heph = |arguments: &[&str]| -> Command {
            let mut command = daemon.place.command(&self.binaries.heph);
            command.args(arguments);
            command
        };
        let printing = || self.floors.connect_and_print();
        let mut text = Samples::default();
        for (arguments, at_most) in [
            (&["list", "milk", "--limit", "50"][..], None),
            (&["list", "is:today", "--group", "project", "--limit", "50"], None),
            (&["agenda"], None),
            (&["agenda", "week"], None),
            (&["__complete", "done", "7k3"], Some(COMPLETION)),
            (&["__complete", "--", "list", "is:"], Some(COMPLETION)),
        ] {
            let (floor, samples) = measure::paired(self.runs, printing, |_| heph(arguments))?;
            let what = self.named(&format!("`heph {}`", arguments.join(" ")));
            let row = Row::against(what, &samples, ("connect and print", &floor), None);
            table.push(match at_most {
                Some(at_most) => row.budget(format!("p99 ≤ {}", shown(at_most)), samples.p99() <= at_most),
                None => row,
            });
            if arguments.contains(&"milk") {
                text = samples;
            }
        }
        let many = self.tag_many(daemon)?;
        let (mut change, mut undo) = (Samples::default(), Samples::default());
        for turn in 0..CHANGES {
            let priority = format!("p{}", 1 + turn % 2);
            change.push(measure::process(&mut heph(&["mod", "--where", "+bulk", &priority, "--yes"]))?);
            undo.push(measure::process(&mut heph(&["undo"]))?);
        }
        table.push(Row::plain(self.named(&format!("`heph mod --where` of {many} tasks")), &change));
        table.push(Row::plain(self.named("… its `heph undo`"), &undo));
        Ok(vec![("list milk", text), ("mod --where +bulk", change)])
    }

    /// Tags the first tasks, so that a filter finds just them.
    fn tag_many(&self, daemon: &Daemon) -> anyhow::Result<usize> {
        let mut wire = Wire::open(&daemon.place.socket)?;
        let list = TaskList { sort: Some("created".into()), limit: Some(MANY as u32), ..TaskList::default() };
        let list: response::TaskList = from_map(&wire.call(&list)?)?;
        let references: Vec<String> = list.tasks.into_iter().map(|task| task.id).collect();
        let many = references.len();
        wire.patient()?;
        wire.call(&TaskModify { references, changes: vec!["+bulk".into()], ..TaskModify::default() })?;
        Ok(many)
    }
}
