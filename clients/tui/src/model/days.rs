//! From day to day: in the agenda and in the journal.

use heph_protocol::request::Span;
use heph_terminal::when;

use super::{Effect, Layer, Model, Source, ViewId};

impl Model {
    /// Goes from a day of the journal to the next that was written about, earlier or later.
    fn move_journal(&mut self, earlier: bool) -> Vec<Effect> {
        let id = match self.layers.as_slice() {
            [Layer { source: Source::Node(target), .. }] => Some(target.id.clone()),
            [Layer { source: Source::Journal(_), .. }] => self.today.as_ref().map(|today| today.id.clone()),
            _ => return Vec::new(),
        };
        let list = self.list_mut(ViewId::Journal);
        let found = id.is_some_and(|id| list.select_key(&id));
        let before = list.cursor();
        list.step(if earlier { 1 } else { -1 });
        if !found || list.cursor() == before {
            let which = if earlier { "earlier" } else { "later" };
            self.tell(format!("no {which} day is in the list"));
            return Vec::new();
        }
        self.layers.clear();
        self.open()
    }

    /// Goes some days on, in the agenda and in a day of the journal.
    pub(super) fn move_days(&mut self, by: i64) -> Vec<Effect> {
        if self.view == ViewId::Journal {
            return self.move_journal(by < 0);
        }
        if self.view != ViewId::Agenda || !self.layers.is_empty() {
            return Vec::new();
        }
        let days = match self.agenda.span {
            Span::Day => by,
            Span::Week => by * 7,
        };
        if let Some(date) = self.agenda.first.as_deref().and_then(|first| when::days_from(first, days)) {
            self.show_days(date);
        }
        Vec::new()
    }

    /// Shows today, in the agenda or as a journal.
    pub(super) fn go_to_today(&mut self) {
        match self.view {
            ViewId::Agenda if self.layers.is_empty() => self.show_days(String::new()),
            _ => self.push(Source::Journal(String::new())),
        }
    }

    /// Shows the days from a date on.
    pub(super) fn show_days(&mut self, date: String) {
        self.agenda.date = date;
        self.begin_anew(ViewId::Agenda);
    }

    /// Shows a day, or its week.
    pub(super) fn toggle_span(&mut self) {
        if self.view != ViewId::Agenda {
            self.show(ViewId::Agenda);
        }
        self.agenda.span = match self.agenda.span {
            Span::Day => Span::Week,
            Span::Week => Span::Day,
        };
        self.begin_anew(ViewId::Agenda);
    }
}
