//! The score of a task: a sum of named terms, in whole thousandths of a point so that two machines agree.

use std::collections::BTreeMap;

use super::today::Today;
use super::{Deadline, Status, Task};

/// Thousandths in a point.
pub const MILLI: i64 = 1_000;

/// Days in which what is left of the overdue term halves.
const HALVING_DAYS: u32 = 7;

/// 2^(62 - r/7) for r = 0..7, rounded: the powers of two of a seventh, without floating point.
const SEVENTHS: [i64; HALVING_DAYS as usize] = [
    4_611_686_018_427_387_904,
    4_176_913_159_044_679_998,
    3_783_129_091_722_077_557,
    3_426_469_543_337_905_161,
    3_103_434_550_280_682_425,
    2_810_854_112_683_428_997,
    2_545_857_086_650_907_337,
];

/// What the terms weigh. Points are in thousandths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    /// Pinned on today.
    pub pin: i64,
    /// Begun.
    pub doing: i64,
    /// Its planned date has come.
    pub planned: i64,
    /// Priorities 1 to 4; unset counts as 4.
    pub priority: [i64; 4],
    /// Each open task that depends on it.
    pub unblocks_each: i64,
    /// Most that those count for together.
    pub unblocks_most: i64,
    /// Due today.
    pub due: i64,
    /// What being overdue adds in the long run.
    pub overdue: i64,
    /// Days ahead from which a due date counts.
    pub due_horizon_days: i32,
    /// Age at its most.
    pub age: i64,
    /// Days after which age counts no more.
    pub age_days: i32,
    /// Tags that weigh something, in thousandths.
    pub tags: BTreeMap<Box<str>, i64>,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            pin: 15 * MILLI,
            doing: 4 * MILLI,
            planned: 5 * MILLI,
            priority: [6 * MILLI, 4 * MILLI, 2 * MILLI, 0],
            unblocks_each: 2 * MILLI,
            unblocks_most: 6 * MILLI,
            due: 9 * MILLI,
            overdue: 3 * MILLI,
            due_horizon_days: 14,
            age: 2 * MILLI,
            age_days: 365,
            tags: BTreeMap::new(),
        }
    }
}

impl Weights {
    /// Points of a deadline so many local days away: nothing beyond the horizon, rising in a line until today, then
    /// by `overdue * (1 - 2^(days/7))`.
    pub fn due_points(&self, days: i32) -> i64 {
        let horizon = self.due_horizon_days.max(0);
        match days {
            _ if days > horizon => 0,
            1.. => divide_rounded(self.due * i64::from(horizon - days), i64::from(horizon)),
            _ => self.due + self.overdue - halved(self.overdue, days.unsigned_abs()),
        }
    }

    /// Points of a task so many days old.
    pub fn age_points(&self, days: i32) -> i64 {
        let most = self.age_days.max(1);
        divide_rounded(self.age * i64::from(days.clamp(0, most)), i64::from(most))
    }

    /// Points of a priority, of an unset one as 4.
    pub fn priority_points(&self, priority: Option<u8>) -> i64 {
        let place = usize::from(effective_priority(priority)) - 1;
        self.priority[place]
    }

    /// Points of so many open tasks that depend on one.
    pub fn unblocks_points(&self, dependents: u32) -> i64 {
        (self.unblocks_each * i64::from(dependents)).min(self.unblocks_most)
    }

    /// Points of a tag.
    pub fn tag_points(&self, tag: &str) -> i64 {
        self.tags.get(tag).copied().unwrap_or(0)
    }
}

/// What a task's place depends on besides its own fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Around {
    /// Open tasks it depends on.
    pub blockers: u32,
    /// Open tasks that depend on it.
    pub dependents: u32,
    /// Open tasks that are part of it.
    pub children: u32,
    /// Whether its project is at rest.
    pub on_hold: bool,
    /// Whether it stands behind another task of a sequential project.
    pub is_behind: bool,
    /// Weight of its project, in whole points.
    pub project_weight: i32,
    /// The earliest of its own due date and those of the open tasks it transitively blocks.
    pub deadline: Deadline,
}

impl Default for Around {
    fn default() -> Self {
        Self {
            blockers: 0,
            dependents: 0,
            children: 0,
            on_hold: false,
            is_behind: false,
            project_weight: 0,
            deadline: Deadline::NONE,
        }
    }
}

/// The terms of a score, in thousandths of a point.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Pinned on today.
    pub pin: i64,
    /// Begun.
    pub doing: i64,
    /// Planned for today or earlier.
    pub planned: i64,
    /// Its priority.
    pub priority: i64,
    /// What it unblocks.
    pub unblocks: i64,
    /// Its effective due date.
    pub due: i64,
    /// Its age.
    pub age: i64,
    /// Its project's weight.
    pub project: i64,
    /// Its tags' weights.
    pub tags: i64,
}

impl Score {
    /// Works out the terms of an open task.
    pub fn of(task: &Task, around: &Around, weights: &Weights, today: &Today<'_>) -> Self {
        let is_planned = task.planned.as_ref().is_some_and(|planned| today.days_to(planned) <= 0);
        Self {
            pin: if task.pinned_on == Some(today.date) { weights.pin } else { 0 },
            doing: if task.status == Status::Doing { weights.doing } else { 0 },
            planned: if is_planned { weights.planned } else { 0 },
            priority: weights.priority_points(task.priority),
            unblocks: weights.unblocks_points(around.dependents),
            due: around.deadline.days_from(today.date).map_or(0, |days| weights.due_points(days)),
            age: weights.age_points(today.days_since(task.created)),
            project: i64::from(around.project_weight) * MILLI,
            tags: if weights.tags.is_empty() {
                0
            } else {
                task.tags.iter().map(|tag| weights.tag_points(tag)).sum()
            },
        }
    }

    /// The sum.
    pub fn total(&self) -> i64 {
        let Self { pin, doing, planned, priority, unblocks, due, age, project, tags } = self;
        pin + doing + planned + priority + unblocks + due + age + project + tags
    }
}

/// The priority a task ranks as.
pub(super) fn effective_priority(priority: Option<u8>) -> u8 {
    priority.unwrap_or(4).clamp(1, 4)
}

/// `amount * 2^(-days/7)`, rounded.
fn halved(amount: i64, days: u32) -> i64 {
    let shift = 62 + days / HALVING_DAYS;
    // Beyond this the product, under 2^126, is less than half.
    if shift > 126 {
        return 0;
    }
    let scaled = i128::from(amount) * i128::from(SEVENTHS[(days % HALVING_DAYS) as usize]);
    let rounded = (scaled + (1_i128 << (shift - 1))) >> shift;
    i64::try_from(rounded).unwrap_or(0)
}

/// Integer division to the nearest, halves away from zero.
fn divide_rounded(dividend: i64, divisor: i64) -> i64 {
    let half = divisor / 2;
    if dividend < 0 { (dividend - half) / divisor } else { (dividend + half) / divisor }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::date::Now;
    use crate::domain::id::NodeId;

    /// The formula as the design has it, in floating point.
    fn due_reference(days: f64) -> f64 {
        if days > 14.0 {
            0.0
        } else if days > 0.0 {
            9.0 * (1.0 - days / 14.0)
        } else {
            9.0 + 3.0 * (1.0 - (days / 7.0).exp2())
        }
    }

    fn now() -> Now {
        Now::new("2026-11-23T09:00:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap())
    }

    fn task() -> Task {
        let mut task = Task::new(NodeId::from_bytes([1; 16]), "Paint the fence");
        task.created = now().ms();
        task
    }

    fn score(task: &Task, around: &Around) -> Score {
        let now = now();
        Score::of(task, around, &Weights::default(), &Today::of(&now))
    }

    fn around(due: &str) -> Around {
        let deadline = Deadline::of(Some(&due.parse().unwrap()), &now());
        Around { deadline, ..Around::default() }
    }

    proptest! {
        #[test]
        fn due_follows_the_formula(days in -4_000_000..4_000_000_i32) {
            let points = Weights::default().due_points(days) as f64 / 1e3;
            prop_assert!((points - due_reference(days.into())).abs() <= 0.000_501, "{days}: {points}");
        }

        #[test]
        fn near_due_dates_follow_the_formula(days in -60..20_i32) {
            let points = Weights::default().due_points(days) as f64 / 1e3;
            prop_assert!((points - due_reference(days.into())).abs() <= 0.000_501, "{days}: {points}");
        }

        #[test]
        fn age_follows_the_formula(days in -10..4_000_i32) {
            let points = Weights::default().age_points(days) as f64 / 1e3;
            let reference = 2.0 * f64::from(days.clamp(0, 365)) / 365.0;
            prop_assert!((points - reference).abs() <= 0.000_501, "{days}: {points}");
        }

        #[test]
        fn later_is_never_more_pressing(days in -10_000..10_000_i32) {
            let weights = Weights::default();
            prop_assert!(weights.due_points(days) >= weights.due_points(days + 1));
        }
    }

    #[test]
    fn due_terms_by_hand() {
        let weights = Weights::default();
        // 14 days: 0; 7: half of 9; today: 9; a week over: 9 + 3 * (1 - 1/2); two weeks: 9 + 3 * (1 - 1/4).
        for (days, points) in
            [(15, 0), (14, 0), (7, 4_500), (1, 8_357), (0, 9_000), (-7, 10_500), (-14, 11_250)]
        {
            assert_eq!(weights.due_points(days), points, "{days} days");
        }
        assert_eq!(weights.due_points(i32::MIN), 12_000);
    }

    #[test]
    fn each_term_by_hand() {
        let mut pinned = task();
        pinned.pinned_on = Some(now().today());
        assert_eq!(score(&pinned, &Around::default()).total(), 15_000);
        pinned.pinned_on = Some(now().today().yesterday().unwrap());
        assert_eq!(score(&pinned, &Around::default()).total(), 0);

        let mut doing = task();
        doing.status = Status::Doing;
        doing.priority = Some(2);
        assert_eq!(score(&doing, &Around::default()).total(), 4_000 + 4_000);

        let mut planned = task();
        planned.planned = Some("2026-11-24".parse().unwrap());
        assert_eq!(score(&planned, &Around::default()).total(), 0);
        planned.planned = Some("2026-11-23T23:00:00[Europe/Berlin]".parse().unwrap());
        assert_eq!(score(&planned, &Around::default()).total(), 5_000);

        let many = |dependents| Around { dependents, ..Around::default() };
        assert_eq!(score(&task(), &many(2)).unblocks, 4_000);
        assert_eq!(score(&task(), &many(9)).unblocks, 6_000);

        let weighty = Around { project_weight: -3, ..Around::default() };
        assert_eq!(score(&task(), &weighty).total(), -3_000);
        assert_eq!(score(&task(), &around("2026-11-30")).due, 4_500);
    }

    #[test]
    fn tags_weigh_what_the_settings_say() {
        let now = now();
        let mut weights = Weights::default();
        weights.tags.insert("home".into(), 2_500);
        weights.tags.insert("later".into(), -1_000);
        let mut tagged = task();
        tagged.tags = vec!["home".into(), "later".into(), "other".into()];
        let score = Score::of(&tagged, &Around::default(), &weights, &Today::of(&now));
        assert_eq!(score.total(), 1_500);
    }

    #[test]
    fn age_counts_local_days() {
        let mut old = task();
        // 23:30 UTC on the 21st is the 22nd in Berlin.
        old.created = "2026-11-21T23:30:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
        assert_eq!(score(&old, &Around::default()).age, 5);
        old.created = 0;
        assert_eq!(score(&old, &Around::default()).age, 2_000);
        old.created = i64::MAX;
        assert_eq!(score(&old, &Around::default()).age, 0);
    }
}
