//! Client and server on a core each.
//!
//! Left alone, the scheduler puts a pair that takes turns on one core in one run (4 µs a message) and on two in the next
//! (50 µs): no ratio to that would mean anything. Two cores are what a daemon at work beside its user has.

use anyhow::Context as _;
use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The calling thread on the first core and a process on the second, until this is dropped.
#[derive(Debug)]
pub(crate) struct Apart {
    /// What to set back.
    before: Vec<(Option<Pid>, CpuSet)>,
}

impl Apart {
    /// Sets the cores of the calling thread and of every thread of a process.
    ///
    /// # Errors
    /// When the process is gone, or there is one core only.
    pub(crate) fn from(process: u32) -> anyhow::Result<Self> {
        let mut apart = Self { before: Vec::new() };
        apart.set(None, 0)?;
        for thread in std::fs::read_dir(format!("/proc/{process}/task")).context("the process is gone")? {
            let thread = thread?.file_name().to_string_lossy().parse().ok().and_then(Pid::from_raw);
            // One that ended meanwhile needs no core.
            if let Err(error) = apart.set(thread, 1)
                && sched_getaffinity(thread).is_ok()
            {
                return Err(error);
            }
        }
        Ok(apart)
    }

    fn set(&mut self, thread: Option<Pid>, core: usize) -> anyhow::Result<()> {
        let before = sched_getaffinity(thread).context("cannot tell the cores of a thread")?;
        let mut only = CpuSet::new();
        only.set(core);
        sched_setaffinity(thread, &only).with_context(|| format!("cannot have core {core}"))?;
        self.before.push((thread, before));
        Ok(())
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        for (thread, cores) in &self.before {
            // A thread that ended needs none.
            let _ = sched_setaffinity(*thread, cores);
        }
    }
}
