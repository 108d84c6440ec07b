//! The screen, made of the model. Pure: lines of pieces come out, and only those that are seen.

mod empty;
mod help;
mod prompt;
mod reader;
mod rows;
mod sync;

use heph_protocol::request::Span;
use heph_protocol::types::SyncState;
use heph_terminal::when;

use crate::frame::{Frame, Line, Role};
use crate::keymap::{Command, Keymap};
use crate::model::{Body, Layer, Link, List, Model, SMALLEST, Silence, Verb, ViewId};

pub(crate) use self::sync::notes as sync_notes;

/// The keys that are named below a view.
const VIEW_HINTS: &[(Command, &str)] = &[
    (Command::Add, "add"),
    (Command::Done, "done"),
    (Command::Open, "open"),
    (Command::Schedule, "defer"),
    (Command::Fuzzy, "filter"),
    (Command::Undo, "undo"),
    (Command::Help, "keys"),
    (Command::Quit, "quit"),
];

/// The keys that are named below a layer.
const LAYER_HINTS: &[(Command, &str)] = &[
    (Command::Back, "back"),
    (Command::Edit, "edit"),
    (Command::Follow, "follow a link"),
    (Command::Backlinks, "backlinks"),
    (Command::Fuzzy, "find"),
    (Command::Help, "keys"),
];

/// The keys that are named below the agenda.
const AGENDA_HINTS: &[(Command, &str)] = &[
    (Command::Earlier, "earlier"),
    (Command::Later, "later"),
    (Command::Today, "today"),
    (Command::Span, "day or week"),
    (Command::Done, "done"),
    (Command::Open, "open"),
    (Command::Help, "keys"),
];

/// The keys that are named below the journal and pages.
const PAGE_HINTS: &[(Command, &str)] = &[
    (Command::Open, "read"),
    (Command::Edit, "edit"),
    (Command::NewPage, "new page"),
    (Command::Backlinks, "backlinks"),
    (Command::Fuzzy, "filter"),
    (Command::Help, "keys"),
];

/// The keys that are named below a search.
const SEARCH_HINTS: &[(Command, &str)] = &[
    (Command::Filter, "search"),
    (Command::Open, "open"),
    (Command::Edit, "edit"),
    (Command::Backlinks, "backlinks"),
    (Command::Fuzzy, "filter"),
    (Command::Help, "keys"),
    (Command::Quit, "quit"),
];

/// The keys that are named below how sync stands.
const SYNC_HINTS: &[(Command, &str)] = &[
    (Command::Refresh, "sync now"),
    (Command::Open, "open"),
    (Command::CommandLine, "verbs of heph"),
    (Command::Help, "keys"),
    (Command::Quit, "quit"),
];

/// Makes the screen.
pub fn frame(model: &Model) -> Frame {
    let (columns, lines) = (usize::from(model.size.0), usize::from(model.size.1));
    if model.size.0 < SMALLEST.0 || model.size.1 < SMALLEST.1 {
        return too_small(columns, lines);
    }
    let mut screen = vec![tabs(model, columns)];
    if let Link::Away(problem) = &model.link {
        // What to do stands first: a narrow screen cuts the rest.
        let what = problem.hint.as_ref().map(|hint| format!("{hint} · ")).unwrap_or_default();
        let said = Line::new().with(Role::Bar, format!(" no daemon · {what}{} ", problem.message));
        screen.push(Line { whole: Some(Role::Bar), ..said });
    }
    if model.has_bar() && !matches!(model.link, Link::Away(_)) {
        let said = Line::new().with(
            Role::Bar,
            " hephd does not answer · what is shown may be old; it is asked again by itself ",
        );
        screen.push(Line { whole: Some(Role::Bar), ..said });
    }
    screen.push(title(model, columns));
    let height = model.height();
    let body = body(model, columns, height);
    let missing = height.saturating_sub(body.len());
    screen.extend(body.into_iter().take(height));
    screen.extend(std::iter::repeat_n(Line::new(), missing));
    let mut frame = Frame::default();
    match &model.prompt {
        Some(typing) => {
            let (line, column) = prompt::line(typing, columns);
            if !typing.is_key() && !typing.pending {
                frame.cursor = Some((column, screen.len()));
            }
            screen.push(line);
            screen.push(prompt::echo(typing));
        }
        None => {
            screen.push(notice(model));
            screen.push(hints(model, columns));
        }
    }
    for line in &mut screen {
        line.cut(columns);
    }
    screen.truncate(lines);
    frame.lines = screen;
    frame
}

/// The lines of a layer's body that is text; rows are made when they are seen.
pub(crate) fn lines(body: &Body, keymap: &Keymap, columns: usize) -> Vec<Line> {
    match body {
        Body::Waiting => vec![Line::new().with(Role::Dim, "reading …")],
        Body::Node(shown) => reader::node(shown, columns),
        Body::Why(why) => reader::why(why, columns),
        Body::Text(text) => reader::text(text, columns),
        Body::Help => help::lines(keymap, columns),
        Body::Rows(_) => Vec::new(),
    }
}

/// The view whose name stands at a column of the uppermost line.
pub(crate) fn tab_at(column: usize, columns: usize) -> Option<ViewId> {
    let mut end = 0;
    ViewId::ALL.into_iter().find(|view| {
        let begin = end;
        end += tab(*view, columns).len();
        (begin..end).contains(&column)
    })
}

/// Columns below which the names of views stand closer.
const NARROW: usize = 66;

fn tab(view: ViewId, columns: usize) -> String {
    let room = if columns < NARROW { "" } else { " " };
    format!("{room}{} {} ", view.place() + 1, view.title())
}

fn too_small(columns: usize, lines: usize) -> Frame {
    let (wide, high) = SMALLEST;
    let said =
        format!("heph needs {wide} columns and {high} lines here; this terminal has {columns} and {lines}");
    let lines = crate::text::wrap(&said, columns).into_iter().take(lines).map(|line| Line::new().plain(line));
    Frame { lines: lines.collect(), cursor: None }
}

fn tabs(model: &Model, columns: usize) -> Line {
    let mut line = Line::new();
    for view in ViewId::ALL {
        let role = if view == model.view { Role::ActiveTab } else { Role::Tab };
        line.push(role, &tab(view, columns));
    }
    let state = match (&model.link, model.sync.as_ref().map(|sync| sync.state)) {
        (Link::Unknown, _) => Line::new().with(Role::Dim, "connecting … "),
        (Link::Away(_), _) => Line::new().with(Role::Warning, "away "),
        (Link::Up, _) if model.silence > Silence::None => Line::new().with(Role::Warning, "waiting … "),
        (Link::Up, Some(SyncState::Pulling | SyncState::Pushing)) => Line::new().with(Role::Dim, "syncing "),
        (Link::Up, Some(SyncState::Backoff)) => Line::new().with(Role::Warning, "sync waits "),
        (Link::Up, Some(SyncState::AuthRequired)) => Line::new().with(Role::Warning, "!log in "),
        (Link::Up, Some(SyncState::Paused | SyncState::UpgradeRequired)) => {
            Line::new().with(Role::Warning, "!sync stands ")
        }
        (Link::Up, _) => Line::new(),
    };
    line.end_with(state, columns);
    line
}

/// What is shown, and how much of it.
fn title(model: &Model, columns: usize) -> Line {
    let mut end = Line::new();
    let (mut line, list) = match model.layer() {
        Some(layer) => {
            let mut line = Line::new().plain(" ").with(Role::Heading, layer.title());
            if let Some((text, found)) = &layer.found {
                line.push(Role::Understood, &format!("  /{text}: {}", lines_found(found.len())));
            }
            end = position(layer, model.height());
            let list = if let Body::Rows(list) = &layer.body { Some(&**list) } else { None };
            (line, list)
        }
        None => (view_title(model), Some(model.list(model.view))),
    };
    if let Some(list) = list {
        end = count(list);
        if let Some(fuzzy) = &list.fuzzy {
            line.push(
                Role::Understood,
                &format!("  /{}: {}", fuzzy.text, looked_through(list, fuzzy.matches.len())),
            );
        }
        if !list.marks.is_empty() {
            line.push(Role::Marked, &format!("  {} marked", list.marks.len()));
            match list.hidden_marks() {
                0 => {}
                hidden => line.push(Role::Warning, &format!(", {hidden} not shown")),
            }
        }
    }
    if let Some(Verb { line: running, .. }) = &model.running {
        line.push(Role::Warning, &format!("  heph {running} runs; esc stops it"));
    }
    line.end_with(end, columns);
    line
}

/// How many match, of how many that were looked through.
fn looked_through(list: &List, matches: usize) -> String {
    let of = list.rows().iter().filter(|row| !row.key.is_empty()).count();
    let first = if list.is_from_the_first() { "the first " } else { "" };
    match (list.is_whole(), list.is_gathering()) {
        (true, _) => format!("{matches} of {of}"),
        (false, true) => format!("{matches} of {first}{of} …"),
        (false, false) => format!("{matches} of {first}{of}"),
    }
}

fn lines_found(count: usize) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{count} lines") }
}

fn view_title(model: &Model) -> Line {
    let filter = model.filter(model.view);
    let line = Line::new().plain(" ");
    let line = titled(model, line, filter);
    let is_within = matches!(model.view, ViewId::Next | ViewId::Agenda | ViewId::Tasks);
    match &model.applied {
        Some(context) if is_within => {
            let name = if context.name.is_empty() { &context.filter } else { &context.name };
            line.plain("  context ").with(Role::Warning, name)
        }
        _ => line,
    }
}

fn titled(model: &Model, line: Line, filter: &str) -> Line {
    match model.view {
        ViewId::Agenda => {
            let first = model.agenda.first.as_deref().map(when::day).unwrap_or_default();
            match model.agenda.span {
                Span::Day => line.with(Role::Heading, format!("Day {first}")),
                Span::Week => line.with(Role::Heading, format!("Week of {first}")),
            }
        }
        ViewId::Search if filter.is_empty() => line.with(Role::Heading, "Search"),
        ViewId::Search => line.with(Role::Heading, "Search").plain("  ").with(Role::Understood, filter),
        view if filter.is_empty() => line.with(Role::Heading, view.title()),
        view => line.with(Role::Heading, view.title()).plain("  filter ").with(Role::Understood, filter),
    }
}

/// How many rows there are, as far as that is known.
fn count(list: &List) -> Line {
    if !list.is_loaded() {
        return Line::new();
    }
    if list.is_seeking() {
        return Line::new()
            .with(Role::Dim, format!("looking for the end: {} … ", list.rows_before() + list.len()));
    }
    if let Some(fuzzy) = &list.fuzzy {
        let (count, here) = (fuzzy.matches.len(), list.cursor() + 1);
        return if count == 0 {
            Line::new()
        } else {
            Line::new().with(Role::Dim, format!("{here}/{count} "))
        };
    }
    let (here, loaded) = list.numbers();
    let of = match list.total {
        Some(total) if total > loaded as u64 => format!("{loaded} of {total}"),
        _ if list.has_more() => format!("{loaded}+"),
        _ => loaded.to_string(),
    };
    if loaded == 0 { Line::new() } else { Line::new().with(Role::Dim, format!("{here}/{of} ")) }
}

fn position(layer: &Layer, height: usize) -> Line {
    let count = layer.lines.len();
    if count <= height {
        return Line::new();
    }
    Line::new().with(Role::Dim, format!("{}-{} of {count} ", layer.top + 1, (layer.top + height).min(count)))
}

fn body(model: &Model, columns: usize, height: usize) -> Vec<Line> {
    match model.layer() {
        Some(Layer { body: Body::Rows(list), .. }) => list_body(model, list, columns, height),
        Some(layer) => text_body(layer, height),
        None => list_body(model, model.list(model.view), columns, height),
    }
}

fn text_body(layer: &Layer, height: usize) -> Vec<Line> {
    let found = layer.found.as_ref().map(|(_, lines)| lines.as_slice()).unwrap_or_default();
    let shown = layer.lines.iter().enumerate().skip(layer.top).take(height);
    shown
        .map(|(at, line)| {
            let mut spans = Line::new().plain(" ").spans;
            spans.extend(line.spans.iter().cloned());
            let whole = found.binary_search(&at).is_ok().then_some(Role::Marked).or(line.whole);
            Line { spans, whole }
        })
        .collect()
}

fn list_body(model: &Model, list: &List, columns: usize, height: usize) -> Vec<Line> {
    let waits_for_words = model.view == ViewId::Search && model.filter(ViewId::Search).is_empty();
    if list.is_empty() && (list.is_loaded() || list.problem.is_some() || waits_for_words) {
        return empty::lines(model, list, columns);
    }
    if !list.is_loaded() && list.is_empty() {
        let said = if model.link == Link::Up { "reading …" } else { "" };
        return vec![Line::new().with(Role::Dim, format!(" {said}"))];
    }
    rows::lines(list, columns, height)
}

fn notice(model: &Model) -> Line {
    let list = match model.layer() {
        Some(Layer { body: Body::Rows(list), .. }) => Some(&**list),
        Some(_) => None,
        None => Some(model.list(model.view)),
    };
    if let Some(list) = list.filter(|list| list.is_marking()) {
        let key = model.keymap.key_of(Command::Back).unwrap_or_default();
        let count = list.rows().len();
        return Line::new().plain(format!(" reading on to mark all: {count} … {key} stops it"));
    }
    match &model.notice {
        Some(notice) if notice.is_problem => Line::new().with(Role::Error, " error: ").plain(&notice.text),
        Some(notice) => Line::new().plain(format!(" {}", notice.text)),
        None if model.silence > Silence::None => Line::new().plain(" waiting …"),
        None => Line::new(),
    }
}

/// The keys that are of use here, as many as fit.
fn hints(model: &Model, columns: usize) -> Line {
    let hints = match (model.layer(), model.view) {
        (Some(_), _) => LAYER_HINTS,
        (None, ViewId::Agenda) => AGENDA_HINTS,
        (None, ViewId::Journal | ViewId::Pages) => PAGE_HINTS,
        (None, ViewId::Search) => SEARCH_HINTS,
        (None, ViewId::Sync) => SYNC_HINTS,
        (None, _) => VIEW_HINTS,
    };
    let hint = |(command, does): &(Command, &str)| {
        let key = model.keymap.key_of(*command)?;
        Some(Line::new().plain(" ").with(Role::Key, key).with(Role::Dim, format!(" {does} ")))
    };
    let help = hints.iter().position(|(command, _)| *command == Command::Help).unwrap_or(hints.len());
    // The key that tells the others is there however narrow the screen is.
    let mut kept = hints.get(help).and_then(hint).map_or(0, |help| help.width());
    let mut line = Line::new();
    for (at, of) in hints.iter().enumerate() {
        let Some(hint) = hint(of) else { continue };
        if at == help {
            kept = 0;
        } else if line.width() + hint.width() + kept > columns {
            continue;
        }
        line.spans.extend(hint.spans);
    }
    line
}
