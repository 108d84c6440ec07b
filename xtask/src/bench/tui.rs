//! What a key costs in the terminal UI: the model, the lines and the painting, on a puppet of a terminal.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use cursive::Vec2;
use cursive::backends::puppet;
use cursive::event::{Event, Key};
use heph_client::{Client, Options};
use heph_protocol::request::Span;
use heph_tui::call::Problem;
use heph_tui::keymap::Keymap;
use heph_tui::model::{Action, Effect, Model, ViewId};
use heph_tui::paint::{App, Shared, lock, screen};
use heph_tui::theme::{Theme, ThemeName};

use super::measure::Samples;
use super::table::{Row, Table, shown};
use crate::daemon::Daemon;

/// Keys for each figure.
const KEYS: usize = 500;

/// Columns and lines of the terminal.
const SIZE: (usize, usize) = (200, 60);

/// A key may take no longer.
const AT_MOST: Duration = Duration::from_millis(16);

/// Measures keys in a list of all tasks.
pub(crate) fn measure(name: &str, daemon: &Daemon, table: &mut Table) -> anyhow::Result<()> {
    let options = Options {
        socket: daemon.place.socket.clone(),
        client: "xtask bench".into(),
        version: String::new(),
        zone: None,
    };
    let mut client = Client::new(options);
    let hello = client.hello().context("the daemon does not answer")?.clone();
    let model = Model::new(Keymap::default(), ViewId::Tasks, Span::Day, String::new());
    let theme = Theme::new(ThemeName::Terminal, &Default::default(), true);
    let shared = Shared::new(App { model, wanted: Vec::new(), theme }.into());
    let backend = puppet::Backend::init(Some(Vec2::from(SIZE)));
    let seen = backend.stream();
    let mut runner = screen(&shared).into_runner(backend);
    runner.refresh();
    lock(&shared).update(Action::Connected { db: hello.db, store: hello.store_id });
    answer(&shared, &mut client);

    let mut keys = |what: &str, events: &[Event]| {
        let mut samples = Samples::default();
        for event in events.iter().cycle().take(KEYS) {
            let began = Instant::now();
            runner.on_event(event.clone());
            runner.refresh();
            samples.push(began.elapsed());
            // The puppet keeps what it showed until somebody looks.
            while seen.try_recv().is_ok() {}
            answer(&shared, &mut client);
        }
        let row = Row::plain(format!("{name}: {what}"), &samples);
        table.push(row.budget(format!("p99 ≤ {}", shown(AT_MOST)), samples.p99() <= AT_MOST));
    };
    keys("one down, painted", &[Event::Char('j')]);
    keys("half a screen down, painted", &[Event::CtrlChar('d')]);
    keys("a mark, painted", &[Event::Char('v')]);
    keys("another view, painted", &[Event::Char('1'), Event::Char('2'), Event::Char('3')]);
    keys(
        "a letter of the fuzzy filter, painted",
        &[Event::Char('/'), Event::Char('e'), Event::Key(Key::Esc)],
    );
    Ok(())
}

/// Makes the calls that are wanted, until none is.
fn answer(shared: &Shared, client: &mut Client) {
    loop {
        let wanted = std::mem::take(&mut lock(shared).wanted);
        if wanted.is_empty() {
            return;
        }
        for effect in wanted {
            if let Effect::Call(purpose, call) = effect {
                let answer = call.send(client).map_err(|error| Problem::from(&error));
                lock(shared).update(Action::Answered(purpose, answer));
            }
        }
    }
}
