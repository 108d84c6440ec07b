//! The gate before `next`: what keeps an open task out of it.

use super::rank::Around;
use super::today::Today;
use super::{Status, Task};

/// A reason that keeps an open task out of `next`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gate {
    /// Its defer date is still to come.
    Deferred,
    /// It is further from its due date than its lead.
    Lead,
    /// An open task has to be finished first.
    Blocked,
    /// It waits for somebody.
    Waiting,
    /// It is for some day.
    Someday,
    /// Its project is at rest.
    OnHold,
    /// Its project goes one task after the other, and another one comes first.
    Sequential,
    /// Open tasks are part of it; they stand in its place.
    Parent,
    /// Its time is over.
    Expired,
}

impl Gate {
    /// Every reason, in the order they are told.
    pub const ALL: [Self; 9] = [
        Self::Deferred,
        Self::Lead,
        Self::Blocked,
        Self::Waiting,
        Self::Someday,
        Self::OnHold,
        Self::Sequential,
        Self::Parent,
        Self::Expired,
    ];

    /// Its name, as clients get it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deferred => "deferred",
            Self::Lead => "lead",
            Self::Blocked => "blocked",
            Self::Waiting => "waiting",
            Self::Someday => "someday",
            Self::OnHold => "on_hold",
            Self::Sequential => "sequential",
            Self::Parent => "parent",
            Self::Expired => "expired",
        }
    }

    /// Whether it keeps this open task out.
    pub fn keeps_out(self, task: &Task, around: &Around, today: &Today<'_>) -> bool {
        match self {
            Self::Deferred => task.defer.as_ref().is_some_and(|defer| !today.has_come(defer)),
            Self::Lead => is_before_lead(task, today),
            Self::Blocked => around.blockers > 0,
            Self::Waiting => task.status == Status::Waiting,
            Self::Someday => task.status == Status::Someday,
            Self::OnHold => around.on_hold,
            Self::Sequential => around.is_behind,
            Self::Parent => around.children > 0,
            Self::Expired => task.expires.as_ref().is_some_and(|expires| today.is_past(expires)),
        }
    }

    /// Every reason that keeps this open task out.
    pub fn all_of(task: &Task, around: &Around, today: &Today<'_>) -> Vec<Self> {
        Self::ALL.into_iter().filter(|gate| gate.keeps_out(task, around, today)).collect()
    }

    /// Whether any reason keeps this open task out.
    pub fn any_of(task: &Task, around: &Around, today: &Today<'_>) -> bool {
        Self::ALL.into_iter().any(|gate| gate.keeps_out(task, around, today))
    }
}

/// Whether today lies before due minus lead; without a due date there is nothing to lead to.
fn is_before_lead(task: &Task, today: &Today<'_>) -> bool {
    match (task.lead_days, &task.due) {
        (Some(lead), Some(due)) => i64::from(today.days_to(due)) > i64::from(lead),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::domain::date::Now;
    use crate::domain::id::NodeId;

    fn gates(change: impl FnOnce(&mut Task), around: &Around) -> Vec<Gate> {
        let now = Now::new("2026-11-23T09:00:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap());
        let mut task = Task::new(NodeId::from_bytes([1; 16]), "Paint the fence");
        change(&mut task);
        let gates = Gate::all_of(&task, around, &Today::of(&now));
        assert_eq!(Gate::any_of(&task, around, &Today::of(&now)), !gates.is_empty());
        gates
    }

    fn alone(change: impl FnOnce(&mut Task)) -> Vec<Gate> {
        gates(change, &Around::default())
    }

    #[test]
    fn a_plain_task_is_available() {
        assert_eq!(alone(|_| {}), []);
        assert_eq!(alone(|task| task.status = Status::Doing), []);
    }

    #[test]
    fn a_defer_date_holds_until_it_comes() {
        assert_eq!(alone(|task| task.defer = Some("2026-11-24".parse().unwrap())), [Gate::Deferred]);
        assert_eq!(alone(|task| task.defer = Some("2026-11-23".parse().unwrap())), []);
        let time = |text: &str| Some(text.parse().unwrap());
        assert_eq!(alone(|task| task.defer = time("2026-11-23T10:01:00[Europe/Berlin]")), [Gate::Deferred]);
        assert_eq!(alone(|task| task.defer = time("2026-11-23T10:00:00[Europe/Berlin]")), []);
    }

    #[test]
    fn expiry_holds_once_it_is_over() {
        assert_eq!(alone(|task| task.expires = Some("2026-11-22".parse().unwrap())), [Gate::Expired]);
        assert_eq!(alone(|task| task.expires = Some("2026-11-23".parse().unwrap())), []);
    }

    #[test]
    fn lead_hides_until_due_minus_lead() {
        let lead = |days: u32, due: &str| {
            let due = due.parse().unwrap();
            alone(|task| (task.lead_days, task.due) = (Some(days), Some(due)))
        };
        assert_eq!(lead(3, "2026-11-27"), [Gate::Lead]);
        assert_eq!(lead(3, "2026-11-26"), []);
        assert_eq!(lead(u32::MAX, "9999-12-31"), []);
        assert_eq!(alone(|task| task.lead_days = Some(3)), []);
    }

    #[test]
    fn others_hold_a_task_back() {
        let around = Around { blockers: 1, children: 2, on_hold: true, ..Around::default() };
        assert_eq!(gates(|_| {}, &around), [Gate::Blocked, Gate::OnHold, Gate::Parent]);
    }

    #[test]
    fn statuses_hold_a_task_back() {
        assert_eq!(alone(|task| task.status = Status::Waiting), [Gate::Waiting]);
        assert_eq!(alone(|task| task.status = Status::Someday), [Gate::Someday]);
    }
}
