//! `agenda`: what days bring, from memory.

use std::collections::HashMap;

use heph_protocol::WireError;
use heph_protocol::envelope::to_map;
use heph_protocol::request;
use heph_protocol::response::Agenda as Reply;
use heph_protocol::types::{AgendaDay, AgendaEntry, Occasion as WireOccasion, Task as WireTask};

use super::answer::Answering;
use super::contexts::Within;
use crate::domain::date::{DateWord, Now, parse_date};
use crate::domain::id::NodeId;
use crate::domain::task::Task;
use crate::domain::task::agenda::{Agenda, Days, Entry, Occasion};
use crate::domain::verbs::Refusal;
use crate::rpc::refusal_error;

/// The most entries of one reply.
const MAX_ENTRIES: usize = 1_000;

impl Answering {
    /// What a day or week brings.
    pub(super) async fn agenda(&self, asked: &request::Agenda, now: &Now) -> Result<Vec<u8>, WireError> {
        let days = days(asked, now)?;
        let within = self.within(asked.context.as_deref(), now).await?;
        let filter = self.narrowed(&asked.filter, within.as_ref(), now)?;
        let found = self.looked_up(filter.as_ref(), now).await?;
        let mut agenda = {
            let model = self.model.borrow();
            let view = model.open.view(now, &found);
            let is_meant = |task: &&Task| filter.as_ref().is_none_or(|filter| filter.matches(task, &view));
            Agenda::of(model.open.iter().filter(is_meant), days, now)
        };
        let left_out = cut(&mut agenda);
        let lists = [&agenda.overdue, &agenda.slipped, &agenda.entries, &agenda.upcoming];
        let mut ids: Vec<NodeId> = lists.into_iter().flatten().map(|entry| entry.task).collect();
        ids.sort_unstable();
        ids.dedup();
        let tasks = self.shown_open(&ids, now).await?;
        let tasks: HashMap<&str, &WireTask> = tasks.iter().map(|task| (task.id.as_str(), task)).collect();
        let shown = |entry: &Entry| shown(entry, &tasks);
        let on = |date, is_timed: bool| {
            let entries = agenda.entries.iter();
            let entries = entries.filter(|entry| entry.date == date && entry.time.is_some() == is_timed);
            entries.filter_map(shown).collect()
        };
        Ok(to_map(&Reply {
            today: now.today().to_string(),
            overdue: agenda.overdue.iter().filter_map(shown).collect(),
            slipped: agenda.slipped.iter().filter_map(shown).collect(),
            days: days
                .each()
                .map(|date| AgendaDay {
                    date: date.to_string(),
                    timed: on(date, true),
                    all_day: on(date, false),
                })
                .collect(),
            upcoming: agenda.upcoming.iter().filter_map(shown).collect(),
            left_out,
            context: within.as_ref().map(Within::applied),
        }))
    }
}

fn days(asked: &request::Agenda, now: &Now) -> Result<Days, WireError> {
    let date = match asked.date.trim() {
        "" => now.today(),
        word => match parse_date(word, now, &|_| None) {
            Ok(DateWord::When(when)) => when.local_date(now),
            Ok(DateWord::None | DateWord::Someday) => {
                let refusal = Refusal::invalid(word, format!("`{word}` is no day"));
                return Err(refusal_error(refusal.hint("heph agenda day fri"), Vec::new()));
            }
            Err(error) => {
                let refusal = Refusal { hint: error.hint, ..Refusal::invalid(word, error.message) };
                return Err(refusal_error(refusal, Vec::new()));
            }
        },
    };
    Ok(match asked.span {
        request::Span::Day => Days::day(date),
        request::Span::Week => Days::week(date, now),
    })
}

/// Cuts the lists to what a reply may have; what is furthest away goes first. Tells how much was left out.
fn cut(agenda: &mut Agenda) -> u64 {
    let (mut room, mut left_out) = (MAX_ENTRIES, 0);
    for list in [&mut agenda.entries, &mut agenda.overdue, &mut agenda.slipped, &mut agenda.upcoming] {
        left_out += list.len().saturating_sub(room);
        list.truncate(room);
        room -= list.len();
    }
    left_out as u64
}

fn shown(entry: &Entry, tasks: &HashMap<&str, &WireTask>) -> Option<AgendaEntry> {
    let task = tasks.get(entry.task.to_string().as_str())?;
    Some(AgendaEntry {
        occasion: match entry.occasion {
            Occasion::Due => WireOccasion::Due,
            Occasion::Planned => WireOccasion::Planned,
            Occasion::FollowUp => WireOccasion::FollowUp,
            Occasion::Begins => WireOccasion::Begins,
            Occasion::Expires => WireOccasion::Expires,
        },
        date: entry.date.to_string(),
        time: entry.time.map(|time| time.strftime("%H:%M").to_string()),
        task: (*task).clone(),
    })
}
