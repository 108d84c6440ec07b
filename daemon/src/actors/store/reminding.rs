//! Reminders: the writer says which fire, and notes that they did before anybody is told.

use heph_protocol::event::Reminder as Event;

use super::writer::WriterTask;
use crate::actors::store_handle::TakenReminders;
use crate::domain::date::Now;
use crate::domain::task::reminder::{Coming, MISSED_FOR_MS, Plan, Reminder, plan};
use crate::rpc::Renderer;
use crate::store::{Batch, StoreError};

impl WriterTask {
    /// Takes the reminders that fire now: nobody gets them again on this device.
    pub(super) async fn take_reminders(&mut self, now: &Now) -> Result<TakenReminders, StoreError> {
        let coming = self.model.borrow().open.reminders(now);
        let Plan { fire, next } = plan(coming, |one| self.fired.contains(one), now.ms());
        if !fire.is_empty() {
            let batch = Batch { fired: fire.clone(), clock: self.identity.clock, ..Batch::default() };
            self.writer.commit(&batch).await?;
            self.fired.extend(fire.iter().cloned());
        }
        let model = self.model.borrow();
        let none = Default::default();
        let renderer = Renderer::new(now, &model.open, &model.short_ids, &none);
        let shown = fire.iter().map(|one| shown(one, &renderer)).collect();
        Ok(TakenReminders { fired: shown, next })
    }

    /// Forgets what fired so long ago that it would not fire again anyway.
    pub(super) async fn forget_reminders(&mut self, now_ms: i64) -> Result<(), StoreError> {
        let before = now_ms - MISSED_FOR_MS - 86_400_000;
        self.writer.forget_reminders(before).await?;
        self.fired.retain(|one| one.at >= before);
        Ok(())
    }
}

fn shown(fired: &Coming, renderer: &Renderer<'_>) -> Event {
    let reminder = fired.reminder.parse::<Reminder>().ok();
    let due = renderer.open.get(fired.task).and_then(|task| task.due.as_ref());
    let due = due.map(|due| format!("due {}", crate::domain::date::describe(due, renderer.now)));
    let said = reminder.map(|reminder| reminder.describe(renderer.now));
    Event {
        task: renderer.node_ref(fired.task),
        at: crate::rpc::time(fired.at),
        detail: due.or(said).unwrap_or_default(),
    }
}
