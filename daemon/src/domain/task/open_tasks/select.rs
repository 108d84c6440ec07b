//! `next` and `list`: the tasks a filter matches, in order, a page at a time.

use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use super::OpenTasks;
use super::cursor::Cursor;
use super::order::Order;
use super::place::Place;
use super::tables::{Slot, Tables};
use super::view::View;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::task::filter::{BoundFilter, Facts as _, Group, Sort, SortPlace};
use crate::domain::task::today::Today;

/// So many indexed tasks are always looked at one by one rather than found by a walk through all.
const FEW: usize = 4_096;

/// A filter, and what was looked up for it.
#[derive(Debug, Clone, Copy)]
pub struct Matching<'a> {
    /// The filter.
    pub filter: &'a BoundFilter,
    /// The nodes whose body has each of [`BoundFilter::text_terms`], then those that link to each of
    /// [`BoundFilter::link_targets`]; may name other nodes too, and be empty where there are neither.
    pub found: &'a [HashSet<NodeId>],
}

/// The first of what is available.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// The best first.
    pub ids: Vec<NodeId>,
    /// How many are available in all.
    pub available: usize,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// In the order asked for.
    pub ids: Vec<NodeId>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
    /// The groups the tasks stand in, one after the other; none without grouping.
    pub groups: Vec<Grouped>,
}

/// Some tasks of a page that stand in one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouped {
    /// The group.
    pub group: Group,
    /// How many of the page's tasks.
    pub shown: usize,
    /// How many match in all.
    pub count: usize,
}

/// The groups of a page's places, in which `counts` match in all.
pub fn grouped<'p>(
    places: impl IntoIterator<Item = &'p SortPlace>,
    counts: &HashMap<Group, usize>,
) -> Vec<Grouped> {
    let mut groups: Vec<Grouped> = Vec::new();
    for group in places.into_iter().filter_map(SortPlace::group) {
        match groups.last_mut().filter(|last| last.group == *group) {
            Some(last) => last.shown += 1,
            None => {
                let count = counts.get(group).copied().unwrap_or(1);
                groups.push(Grouped { group: group.clone(), shown: 1, count });
            }
        }
    }
    groups
}

impl OpenTasks {
    /// What is available, best first: at most `limit` of it.
    pub fn next(&mut self, now: &Now, matching: Option<Matching<'_>>, limit: usize) -> Next {
        let today = Today::of(now);
        let (order, tables) = self.order(&today);
        let available = &order.sorted()[..order.available()];
        let matches = matching.map(|matching| Matches::new(order, tables, today, matching, limit));
        let found = matches.map(|matches| matches.among(available));
        let all = found.as_deref().unwrap_or(available);
        let ids = all.iter().take(limit).filter_map(|slot| id(*slot, tables)).collect();
        Next { ids, available: all.len() }
    }

    /// A page of the open tasks that match: available ones first, each kind by score, unless a sort is given.
    pub fn select(
        &mut self,
        now: &Now,
        matching: Matching<'_>,
        sort: Option<&Sort>,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Selection {
        let today = Today::of(now);
        let (order, tables) = self.order(&today);
        let matches = Matches::new(order, tables, today, matching, limit);
        // One more than asked for tells whether there is another page.
        let wanted = limit.saturating_add(1);
        match sort {
            Some(sort) => matches.by_sort(sort, after, wanted).page(limit, tables),
            None => page(&matches.by_rank(after, wanted), limit, order, tables),
        }
    }
}

/// The open tasks that match a filter.
struct Matches<'a> {
    order: &'a Order,
    tables: &'a Tables,
    matching: Matching<'a>,
    view: View<'a>,
    /// The only slots that can match, when they are known and few.
    few: Option<Vec<Slot>>,
}

impl<'a> Matches<'a> {
    fn new(
        order: &'a Order,
        tables: &'a Tables,
        today: Today<'a>,
        matching: Matching<'a>,
        limit: usize,
    ) -> Self {
        let view = View::new(tables, Some(order), today, matching.found);
        let few = few_candidates(matching.filter, tables, limit);
        Self { order, tables, matching, view, few }
    }

    fn has(&self, slot: Slot) -> bool {
        self.tables.task(slot).is_some_and(|task| self.matching.filter.matches(task, &self.view))
    }

    /// All that match among the available slots, in their order.
    fn among(&self, available: &[Slot]) -> Vec<Slot> {
        let Some(few) = &self.few else {
            return available.iter().copied().filter(|slot| self.has(*slot)).collect();
        };
        let is_wanted = |slot: &Slot| !self.order.standing(*slot).gated && self.has(*slot);
        self.first_by_rank(few.iter().copied().filter(is_wanted), None, usize::MAX)
    }

    /// The first in the order of `next`, gated ones behind.
    fn by_rank(&self, after: Option<&Cursor>, wanted: usize) -> Vec<Slot> {
        let after = after.and_then(Cursor::rank);
        let Some(few) = &self.few else {
            let rest = after.map_or(0, |after| self.order.position_after(&after, self.tables));
            let sorted = self.order.sorted()[rest..].iter().copied();
            return sorted.filter(|slot| self.has(*slot)).take(wanted).collect();
        };
        self.first_by_rank(few.iter().copied().filter(|slot| self.has(*slot)), after, wanted)
    }

    fn first_by_rank(
        &self,
        slots: impl Iterator<Item = Slot>,
        after: Option<Place<'_>>,
        wanted: usize,
    ) -> Vec<Slot> {
        let places = slots.filter_map(|slot| Some((self.order.place(slot, self.tables)?, slot)));
        first(places.filter(|(place, _)| after.is_none_or(|after| *place > after)), wanted)
    }

    /// The first in the order of a sort.
    fn by_sort(&self, sort: &Sort, after: Option<&Cursor>, wanted: usize) -> BySort {
        let after = after.and_then(Cursor::place);
        let placing = sort.placing(self.view.now());
        let mut counts = HashMap::new();
        let slots = self.few.as_deref().unwrap_or(self.order.sorted()).iter().copied();
        let tasks =
            slots.filter(|slot| self.has(*slot)).filter_map(|slot| Some((self.tables.task(slot)?, slot)));
        let places = tasks.map(|(task, slot)| {
            let place = placing.place(task, &self.view);
            if let Some(group) = place.group() {
                match counts.get_mut(group) {
                    Some(count) => *count += 1,
                    None => _ = counts.insert(group.clone(), 1),
                }
            }
            (place, slot)
        });
        let places =
            first_placed(places.filter(|(place, _)| after.is_none_or(|after| place > after)), wanted);
        BySort { places, counts }
    }
}

/// The first in the order of a sort, and how many match of each group.
struct BySort {
    places: Vec<(SortPlace, Slot)>,
    counts: HashMap<Group, usize>,
}

impl BySort {
    fn page(mut self, limit: usize, tables: &Tables) -> Selection {
        let more = self.places.len() > limit;
        self.places.truncate(limit);
        let groups = grouped(self.places.iter().map(|(place, _)| place), &self.counts);
        let ids = self.places.iter().filter_map(|(_, slot)| id(*slot, tables)).collect();
        let last = self.places.pop().filter(|_| more);
        Selection { ids, next: last.map(|(place, _)| Cursor::after_sort(place)), groups }
    }
}

fn id(slot: Slot, tables: &Tables) -> Option<NodeId> {
    tables.task(slot).map(|task| task.id)
}

/// The slots a filter can match, when an index tells and they are so few that looking at each beats a walk in order.
fn few_candidates(filter: &BoundFilter, tables: &Tables, limit: usize) -> Option<Vec<Slot>> {
    if !filter.scope().open {
        return Some(Vec::new());
    }
    let by_tag = filter.required_tag().map(|tag| tables.with_tag(tag));
    let by_project = filter.required_project().map(|test| {
        let projects = tables.projects().filter(|project| test.is_met_by(&project.path));
        projects.filter_map(|project| tables.slots_in_project(project.id)).collect::<Vec<_>>()
    });
    let count = |sets: &Vec<&BTreeSet<Slot>>| sets.iter().map(|set| set.len()).sum::<usize>();
    let sets = by_tag.into_iter().chain(by_project).min_by_key(count)?;
    // A walk ends after about `limit * all / hits` tasks, when nothing else narrows the filter.
    let hits = count(&sets);
    if hits > FEW && hits.saturating_mul(hits) > limit.saturating_mul(tables.len()) {
        return None;
    }
    let mut slots: Vec<Slot> = sets.iter().copied().flatten().copied().collect();
    if sets.len() > 1 {
        slots.sort_unstable();
        slots.dedup();
    }
    Some(slots)
}

/// The first of some slots by their place, in order, without sorting the rest.
fn first<P: Ord>(places: impl Iterator<Item = (P, Slot)>, wanted: usize) -> Vec<Slot> {
    first_placed(places, wanted).into_iter().map(|(_, slot)| slot).collect()
}

fn first_placed<P: Ord>(places: impl Iterator<Item = (P, Slot)>, wanted: usize) -> Vec<(P, Slot)> {
    let mut best = BinaryHeap::new();
    for place in places {
        if best.len() < wanted {
            best.push(place);
        } else if let Some(mut worst) = best.peek_mut()
            && place < *worst
        {
            *worst = place;
        }
    }
    best.into_sorted_vec()
}

fn page(found: &[Slot], limit: usize, order: &Order, tables: &Tables) -> Selection {
    let shown = &found[..limit.min(found.len())];
    let last = shown.last().filter(|_| found.len() > limit).copied();
    let next = last.and_then(|slot| Some(Cursor::after_rank(tables.task(slot)?, order.standing(slot))));
    let ids = shown.iter().filter_map(|slot| id(*slot, tables)).collect();
    Selection { ids, next, groups: Vec::new() }
}
