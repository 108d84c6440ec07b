//! The order of `next` on one local day, kept current rather than worked out anew.
//!
//! Nothing here runs on a timer: what the clock changes within the day is found when the order is next asked for.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::place::{Place, Standing};
use super::tables::{Slot, Tables};
use crate::domain::date::When;
use crate::domain::task::gate::Gate;
use crate::domain::task::rank::Score;
use crate::domain::task::today::Today;
use crate::domain::task::{Deadline, Task};

/// So many tasks, and one in so many, may be stale before sorting all of them anew is cheaper.
const STALE_FEW: usize = 32;
const STALE_SHARE: usize = 64;

/// The tasks in the order of `next`, available ones first, for one zone and local date.
#[derive(Debug)]
pub(super) struct Order {
    zone: TimeZone,
    date: Date,
    /// The instant the order is right for.
    as_of: Timestamp,
    /// By slot.
    standings: Vec<Standing>,
    /// What is known of a slot, by slot.
    states: Vec<State>,
    /// Slots in order; those that are not up to date have stale standings, but are where these say.
    sorted: Vec<Slot>,
    /// Slots to work out anew.
    stale: Vec<Slot>,
    /// Whether everything has to be worked out anew.
    is_stale: bool,
    /// Instants of this day at which a task passes the gate, one way or the other. May name tasks that no longer do.
    turns: BTreeSet<(Timestamp, Slot)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// Stands in `sorted`.
    is_placed: bool,
    /// Stands in `stale`.
    is_stale: bool,
}

impl Order {
    pub(super) fn new(today: &Today<'_>) -> Self {
        Self {
            zone: today.now.zone.clone(),
            date: today.date,
            as_of: today.now.instant,
            standings: Vec::new(),
            states: Vec::new(),
            sorted: Vec::new(),
            stale: Vec::new(),
            is_stale: true,
            turns: BTreeSet::new(),
        }
    }

    /// Whether it is the order of that day in that zone.
    pub(super) fn is_for(&self, today: &Today<'_>) -> bool {
        self.date == today.date && self.zone == today.now.zone
    }

    /// Whether its standings are right at an instant of its day.
    pub(super) fn is_right_at(&self, now: Timestamp) -> bool {
        self.as_of == now && !self.is_stale && self.stale.is_empty()
    }

    /// Slots in order.
    pub(super) fn sorted(&self) -> &[Slot] {
        &self.sorted
    }

    /// How many tasks are available: they stand first.
    pub(super) fn available(&self) -> usize {
        self.sorted.partition_point(|slot| !self.standing(*slot).gated)
    }

    /// What was worked out for a slot.
    pub(super) fn standing(&self, slot: Slot) -> Standing {
        self.standings.get(slot as usize).copied().unwrap_or_default()
    }

    /// The sort key of a slot.
    pub(super) fn place<'a>(&self, slot: Slot, tables: &'a Tables) -> Option<Place<'a>> {
        Some(Place::of(tables.task(slot)?, self.standing(slot)))
    }

    /// How many tasks stand before a sort key.
    pub(super) fn position(&self, place: &Place<'_>, tables: &Tables) -> usize {
        self.sorted.partition_point(|slot| self.place(*slot, tables).is_some_and(|other| other < *place))
    }

    /// How many tasks stand up to a sort key, itself included.
    pub(super) fn position_after(&self, place: &Place<'_>, tables: &Tables) -> usize {
        self.sorted.partition_point(|slot| self.place(*slot, tables).is_some_and(|other| other <= *place))
    }

    /// Notes that a slot has to be worked out anew.
    pub(super) fn mark(&mut self, slot: Slot, tables: &Tables) {
        if self.is_stale {
            return;
        }
        if self.stale.len() >= STALE_FEW.max(tables.len() / STALE_SHARE) {
            self.is_stale = true;
            return;
        }
        let state = self.state_mut(slot);
        if !state.is_stale {
            state.is_stale = true;
            self.stale.push(slot);
        }
    }

    /// Takes a slot out of the order. To be called before its task is replaced or removed, since it is found by it.
    pub(super) fn unplace(&mut self, slot: Slot, tables: &Tables) {
        if self.is_stale || !self.state_mut(slot).is_placed {
            return;
        }
        let position = self.place(slot, tables).map(|place| self.position(&place, tables));
        match position {
            Some(position) if self.sorted.get(position) == Some(&slot) => {
                self.sorted.remove(position);
                self.state_mut(slot).is_placed = false;
            }
            // Not where its key says: start over rather than show it twice.
            _ => self.is_stale = true,
        }
    }

    /// Makes the order right for a now of its day.
    pub(super) fn refresh(&mut self, tables: &Tables, today: &Today<'_>) {
        self.pass_turns(tables, today.now.instant);
        if self.is_stale {
            self.rebuild(tables, today);
        } else {
            self.renew_stale(tables, today);
        }
    }

    /// Marks what the gate treats otherwise now; the clock may have gone back.
    fn pass_turns(&mut self, tables: &Tables, now: Timestamp) {
        let (from, to) = (self.as_of.min(now), self.as_of.max(now));
        self.as_of = now;
        if from == to {
            return;
        }
        let passed: Vec<Slot> =
            self.turns.range((from, Slot::MIN)..=(to, Slot::MAX)).map(|(_, slot)| *slot).collect();
        for slot in passed {
            self.mark(slot, tables);
        }
    }

    fn rebuild(&mut self, tables: &Tables, today: &Today<'_>) {
        self.is_stale = false;
        self.turns.clear();
        self.standings = vec![Standing::default(); tables.slots_in_use()];
        self.states = vec![State::default(); tables.slots_in_use()];
        self.stale.clear();
        for (slot, _) in tables.tasks() {
            self.states[slot as usize].is_stale = true;
            self.stale.push(slot);
        }
        let slots = self.work_out(tables, today);

        let mut sorted: Vec<(Place<'_>, Slot)> =
            slots.iter().filter_map(|slot| Some((self.place(*slot, tables)?, *slot))).collect();
        sorted.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        self.sorted.clear();
        self.sorted.extend(sorted.into_iter().map(|(_, slot)| slot));
        for slot in slots {
            self.state_mut(slot).is_placed = true;
        }
    }

    fn renew_stale(&mut self, tables: &Tables, today: &Today<'_>) {
        for position in 0..self.stale.len() {
            self.unplace(self.stale[position], tables);
        }
        if self.is_stale {
            return self.rebuild(tables, today);
        }
        for slot in self.work_out(tables, today) {
            let Some(place) = self.place(slot, tables) else { continue };
            let position = self.position(&place, tables);
            self.sorted.insert(position, slot);
            self.state_mut(slot).is_placed = true;
        }
    }

    /// Works out the standings of the stale slots, which are none from then on, and answers with them.
    fn work_out(&mut self, tables: &Tables, today: &Today<'_>) -> Vec<Slot> {
        let slots = std::mem::take(&mut self.stale);
        self.settle_deadlines(&slots, tables, today);
        for &slot in &slots {
            self.state_mut(slot).is_stale = false;
            let Some(task) = tables.task(slot) else { continue };
            let deadline = self.standing(slot).deadline;
            let around = tables.around(task, deadline);
            let score = Score::of(task, &around, &tables.weights, today);
            let gated = Gate::any_of(task, &around, today);
            *self.standing_mut(slot) = Standing::new(deadline, &score, gated);
            self.note_turns(slot, task, today);
        }
        slots
    }

    /// Works out the effective due dates of stale slots from their own, those of stale and those of other dependents.
    ///
    /// Whatever a change reaches through dependencies is stale together, so nothing else needs a new deadline. Going
    /// through the dates from the earliest, each task gets its deadline from the first that reaches it, whence every
    /// edge is followed once, and cycles end.
    fn settle_deadlines(&mut self, slots: &[Slot], tables: &Tables, today: &Today<'_>) {
        let mut sources = Vec::new();
        for &slot in slots {
            let Some(task) = tables.task(slot) else { continue };
            let own = Deadline::of(task.due.as_ref(), today.now);
            let settled = tables.dependents(task.id).filter(|slot| !self.state(*slot).is_stale);
            let deadline = settled.map(|slot| self.standing(slot).deadline).fold(own, Deadline::min);
            self.standing_mut(slot).deadline = deadline;
            if !deadline.is_none() && !task.depends_on.is_empty() {
                sources.push((deadline, slot));
            }
        }
        sources.sort_unstable();
        let mut reached = Vec::new();
        for (deadline, source) in sources {
            reached.push(source);
            while let Some(task) = reached.pop().and_then(|slot| tables.task(slot)) {
                for blocker in tables.blockers(task) {
                    if self.state(blocker).is_stale && deadline < self.standing(blocker).deadline {
                        self.standing_mut(blocker).deadline = deadline;
                        reached.push(blocker);
                    }
                }
            }
        }
    }

    fn note_turns(&mut self, slot: Slot, task: &Task, today: &Today<'_>) {
        for when in [&task.defer, &task.expires].into_iter().flatten() {
            if matches!(when, When::Time { .. }) && today.days_to(when) == 0 {
                self.turns.insert((when.instant(), slot));
            }
        }
    }

    fn state(&self, slot: Slot) -> State {
        self.states.get(slot as usize).copied().unwrap_or_default()
    }

    fn state_mut(&mut self, slot: Slot) -> &mut State {
        let place = slot as usize;
        if place >= self.states.len() {
            self.states.resize(place + 1, State::default());
        }
        &mut self.states[place]
    }

    fn standing_mut(&mut self, slot: Slot) -> &mut Standing {
        let place = slot as usize;
        if place >= self.standings.len() {
            self.standings.resize(place + 1, Standing::default());
        }
        &mut self.standings[place]
    }
}
