//! Replies about projects, plans and time.

use serde::{Deserialize, Serialize};

use crate::types::{
    AgendaDay, AgendaEntry, AppliedContext, ProjectSummary, ReviewStep, TimeInterval, TimeRow,
};

replies! {
    /// Projects and areas, by path.
    ProjectList {
        /// The projects.
        projects: Vec<ProjectSummary>,
    }

    /// What was worked between two instants.
    TimeList {
        /// The first.
        from: String,
        /// The last.
        to: String,
        /// The sums; at most 1,000.
        rows: Vec<TimeRow>,
        /// All of it.
        total_seconds: u64,
        /// The intervals, oldest first, where a task was asked for; the newest 1,000.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        intervals: Vec<TimeInterval>,
    }

    /// What is to be looked at in a review.
    ReviewList {
        /// The steps, in order.
        steps: Vec<ReviewStep>,
        /// How many there are in all.
        total: u64,
        /// The context they are of.
        #[serde(skip_serializing_if = "Option::is_none")]
        context: Option<AppliedContext>,
    }

    /// What some days bring.
    Agenda {
        /// The user's day, `YYYY-MM-DD`.
        today: String,
        /// Deadlines that are past, oldest first.
        overdue: Vec<AgendaEntry>,
        /// Plans of earlier days that came to nothing, when today is among the days.
        slipped: Vec<AgendaEntry>,
        /// The days, each with what it brings; what is overdue stands only there.
        days: Vec<AgendaDay>,
        /// Deadlines of the two weeks behind, when today is among the days.
        upcoming: Vec<AgendaEntry>,
        /// How many entries did not fit; a reply has 1,000 at most.
        left_out: u64,
        /// The context they are of.
        #[serde(skip_serializing_if = "Option::is_none")]
        context: Option<AppliedContext>,
    }
}
