//! `next` and `list`: the tasks a filter matches, in order, a page at a time.

use std::collections::{BinaryHeap, HashSet};

use super::OpenTasks;
use super::cursor::Cursor;
use super::order::Order;
use super::place::Place;
use super::tables::{Slot, Tables};
use super::view::View;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::task::filter::{BoundFilter, Sort};
use crate::domain::task::today::Today;

/// So many indexed tasks are always looked at one by one rather than found by a walk through all.
const FEW: usize = 4_096;

/// A filter, and for each of its text terms the nodes whose body has it.
#[derive(Debug, Clone, Copy)]
pub struct Matching<'a> {
    /// The filter.
    pub filter: &'a BoundFilter,
    /// By the index of [`BoundFilter::text_terms`]; may name other nodes too, and be empty where there are no terms.
    pub bodies: &'a [HashSet<NodeId>],
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
}

impl OpenTasks {
    /// What is available, best first: at most `limit` of it.
    pub fn next(&mut self, now: &Now, matching: Option<Matching<'_>>, limit: usize) -> Next {
        let today = Today::of(now);
        let (order, tables) = self.order(&today);
        let available = &order.sorted()[..order.available()];
        let Some(matching) = matching else {
            let ids = available.iter().take(limit).filter_map(|slot| id(*slot, tables)).collect();
            return Next { ids, available: available.len() };
        };
        let view = View::new(tables, Some(order), today, matching.bodies);
        let is_match = |slot: &Slot| is_match(*slot, matching.filter, tables, &view);
        match few_candidates(matching.filter, tables, limit) {
            Some(few) => {
                let matches = few.into_iter().filter(|slot| !order.standing(*slot).gated).filter(is_match);
                let mut places: Vec<Place<'_>> =
                    matches.filter_map(|slot| order.place(slot, tables)).collect();
                places.sort_unstable();
                let ids = places.iter().take(limit).map(Place::id).collect();
                Next { ids, available: places.len() }
            }
            None => {
                let matches: Vec<Slot> = available.iter().copied().filter(is_match).collect();
                let ids = matches.iter().take(limit).filter_map(|slot| id(*slot, tables)).collect();
                Next { ids, available: matches.len() }
            }
        }
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
        let view = || View::new(tables, Some(order), today, matching.bodies);
        let asked = view();
        let is_match = |slot: &Slot| is_match(*slot, matching.filter, tables, &asked);
        let few = few_candidates(matching.filter, tables, limit);
        let wanted = limit.saturating_add(1);

        let found: Vec<Slot> = if let Some(sort) = sort {
            let after = after.map(|cursor| {
                let view = view().with_given(&cursor.task, cursor.standing);
                sort.place(&cursor.task, &view)
            });
            let places = few.as_deref().unwrap_or(order.sorted()).iter().filter(|slot| is_match(slot));
            let places = places.filter_map(|slot| Some((sort.place(tables.task(*slot)?, &asked), *slot)));
            first(places.filter(|(place, _)| after.as_ref().is_none_or(|after| place > after)), wanted)
        } else {
            let after = after.map(|cursor| Place::of(&cursor.task, cursor.standing));
            match few {
                Some(few) => {
                    let places = few.into_iter().filter(is_match);
                    let places = places.filter_map(|slot| Some((order.place(slot, tables)?, slot)));
                    first(places.filter(|(place, _)| after.is_none_or(|after| *place > after)), wanted)
                }
                None => {
                    let rest = after.map_or(0, |after| order.position_after(&after, tables));
                    order.sorted()[rest..].iter().copied().filter(is_match).take(wanted).collect()
                }
            }
        };
        page(&found, limit, order, tables, sort)
    }
}

fn id(slot: Slot, tables: &Tables) -> Option<NodeId> {
    tables.task(slot).map(|task| task.id)
}

fn is_match(slot: Slot, filter: &BoundFilter, tables: &Tables, view: &View<'_>) -> bool {
    tables.task(slot).is_some_and(|task| filter.matches(task, view))
}

/// The slots a filter can match, when an index tells and they are so few that looking at each beats a walk in order.
fn few_candidates(filter: &BoundFilter, tables: &Tables, limit: usize) -> Option<Vec<Slot>> {
    if !filter.scope().open {
        return Some(Vec::new());
    }
    let by_tag = filter.required_tag().map(|tag| {
        let sets = tables.with_tag(tag);
        let mut slots: Vec<Slot> = sets.iter().copied().flatten().copied().collect();
        if sets.len() > 1 {
            slots.sort_unstable();
            slots.dedup();
        }
        slots
    });
    let by_project = filter.required_project().map(|test| {
        let projects = tables.projects().filter(|project| test.is_met_by(&project.path));
        projects.flat_map(|project| tables.in_project(project.id)).collect::<Vec<Slot>>()
    });
    let slots = by_tag.into_iter().chain(by_project).min_by_key(Vec::len)?;
    // A walk ends after about `limit * all / hits` tasks, when nothing else narrows the filter.
    let is_few =
        slots.len() <= FEW || slots.len().saturating_mul(slots.len()) <= limit.saturating_mul(tables.len());
    is_few.then_some(slots)
}

/// The first of some slots by their place, in order, without sorting the rest.
fn first<P: Ord>(places: impl Iterator<Item = (P, Slot)>, wanted: usize) -> Vec<Slot> {
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
    best.into_sorted_vec().into_iter().map(|(_, slot)| slot).collect()
}

fn page(found: &[Slot], limit: usize, order: &Order, tables: &Tables, sort: Option<&Sort>) -> Selection {
    let shown = &found[..limit.min(found.len())];
    let last = shown.last().filter(|_| found.len() > limit).copied();
    let next = last.and_then(|slot| {
        let task = tables.task(slot)?;
        Some(Cursor::after(task, order.standing(slot), sort))
    });
    Selection { ids: shown.iter().filter_map(|slot| id(*slot, tables)).collect(), next }
}
