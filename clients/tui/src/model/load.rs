//! What is to be asked so that what is shown is there and up to date.

use heph_protocol::request::{
    Agenda, ConflictList, JournalOpen, NodeShow, PageBacklinks, PageLinks, PageList, Search, SyncStatus,
    TaskList, TaskNext, TaskWhy,
};

use super::list::{Asked, CHUNK};
use super::{Body, Effect, Link, Model, Place, Purpose, Source, ViewId, Want};
use crate::call::Call;

/// The most tasks that `task.next` gives.
const MOST_NEXT: u32 = 1_000;

impl Model {
    /// What to ask now. Asked for once: an answer, or a change of the store, has to come before it is asked again.
    pub(super) fn ask(&mut self) -> Vec<Effect> {
        // The subscription tells when a daemon is there; until then every call would fail.
        if self.link != Link::Up {
            return Vec::new();
        }
        let mut effects = Vec::new();
        if self.layers.is_empty() {
            effects.extend(self.ask_view(self.view));
        } else {
            effects.extend(self.ask_layer());
        }
        effects.extend(self.ask_echo());
        effects
    }

    fn ask_view(&mut self, view: ViewId) -> Vec<Effect> {
        let height = self.height();
        if view == ViewId::Search && self.filter(view).is_empty() {
            return Vec::new();
        }
        if view == ViewId::Next {
            self.raise_limit(height);
        }
        let list = self.list_mut(view);
        let generation = list.generation;
        let Some(Asked { want, token, limit }) = list.ask(height) else { return Vec::new() };
        let purpose = Purpose::Rows { place: Place::View(view), generation, want };
        let filter = self.filter(view).to_owned();
        let limit = Some(limit);
        let context = self.context.clone();
        let call: Call = match view {
            ViewId::Next => TaskNext { limit: Some(self.next_limit), filter, context }.into(),
            ViewId::Agenda => Agenda {
                span: self.agenda.span,
                date: self.agenda.date.clone(),
                filter: String::new(),
                context,
            }
            .into(),
            ViewId::Tasks => {
                TaskList { filter, context, limit, page: token.clone(), ..TaskList::default() }.into()
            }
            ViewId::Journal => {
                PageList { folder: None, text: None, journals: true, limit, page: token.clone() }.into()
            }
            ViewId::Pages => {
                let text = Some(filter).filter(|text| !text.is_empty());
                PageList { folder: None, text, journals: false, limit, page: token.clone() }.into()
            }
            ViewId::Search => Search { query: filter, limit: Some(CHUNK), page: token.clone() }.into(),
            ViewId::Sync => ConflictList {}.into(),
        };
        let mut effects = Vec::new();
        match view {
            ViewId::Sync => effects.push(Effect::Call(Purpose::SyncStatus, Box::new(SyncStatus {}.into()))),
            ViewId::Journal if token.is_none() => {
                effects
                    .push(Effect::Call(Purpose::Today, Box::new(JournalOpen { date: String::new() }.into())));
            }
            _ => {}
        }
        effects.push(Effect::Call(purpose, Box::new(call)));
        effects
    }

    /// Next is no list with pages: who comes near its end asks for more of it.
    fn raise_limit(&mut self, height: usize) {
        let list = &mut self.lists[ViewId::Next.place()];
        let loaded = list.rows().len();
        let is_cut = list.total.is_some_and(|total| total > loaded as u64);
        if is_cut
            && self.next_limit < MOST_NEXT
            && (list.cursor() + 2 * height >= loaded || list.is_gathering())
        {
            self.next_limit = MOST_NEXT;
            list.expire();
        }
    }

    fn ask_layer(&mut self) -> Option<Effect> {
        let height = self.height();
        let context = self.context.clone();
        let layer = self.layers.last_mut()?;
        let number = layer.number;
        if let Body::Rows(list) = &mut layer.body {
            let generation = list.generation;
            let Asked { want, token: page, limit } = list.ask(height)?;
            let purpose = Purpose::Rows { place: Place::Layer(number), generation, want };
            let call: Call = match &layer.source {
                Source::Backlinks(target) => {
                    PageBacklinks { reference: target.id.clone(), limit: Some(limit), page }.into()
                }
                Source::Links(target) => PageLinks { reference: target.id.clone(), text: None }.into(),
                _ => return None,
            };
            return Some(Effect::Call(purpose, Box::new(call)));
        }
        if layer.asking || !layer.stale {
            return None;
        }
        let call: Call = match &layer.source {
            Source::Node(target) => NodeShow { reference: target.id.clone() }.into(),
            Source::Journal(date) => JournalOpen { date: date.clone() }.into(),
            Source::Why(target) => TaskWhy { reference: target.id.clone(), context: context.clone() }.into(),
            Source::Backlinks(_)
            | Source::Links(_)
            | Source::Output(_)
            | Source::Unsaved(_)
            | Source::Help => return None,
        };
        (layer.asking, layer.stale) = (true, false);
        Some(Effect::Call(Purpose::Layer(number), Box::new(call)))
    }

    /// Shows other rows in a view.
    pub(super) fn begin_anew(&mut self, view: ViewId) {
        self.next_limit = CHUNK;
        self.list_mut(view).reset();
    }

    /// The rows of a layer or view that an answer is for, if it is still wanted.
    pub(super) fn list_at(&mut self, place: Place, generation: u64) -> Option<&mut super::List> {
        let list = match place {
            Place::View(view) => Some(self.list_mut(view)),
            Place::Layer(number) => {
                self.layers.iter_mut().find(|layer| layer.number == number).and_then(super::Layer::list)
            }
        };
        list.filter(|list| list.generation == generation)
    }

    /// Whether rows of the beginning are meant, above which something else may stand.
    pub(super) fn is_beginning(&self, view: ViewId, want: Want) -> bool {
        match want {
            Want::First => true,
            Want::Again => self.list(view).rows_before() == 0 && !self.list(view).is_renewing_further(),
            Want::After | Want::Before => false,
        }
    }
}
