//! The loop: it waits for keys, news and signals at once, and does nothing until one of them comes.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cursive::Cursive;
use cursive::CursiveRunner;
use heph_client::Options;
use heph_terminal::editor::Draft;
use heph_terminal::environment::zone;
use heph_terminal::text::system_words;
use jiff::civil::Date;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGWINCH};

use crate::call::Problem;
use crate::config::Config;
use crate::model::{Action, Edit, Edited, Effect, Model, Silence};
use crate::paint::{App, Shared, lock, screen};
use crate::terminal::{self, Terminal};
use crate::worker::{self, Outlet, Worker};
use crate::{output, panic};

/// How long is waited at most: the clock may have been set, or the machine have slept into another day.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// Runs until the user has enough.
///
/// # Errors
/// When there is no terminal, or the system refuses threads or sockets.
pub(crate) fn run(config: Config, fault: bool) -> Result<(), Problem> {
    let keys = keyboard().map_err(|error| no_terminal(&error))?;
    let (inbox, outlet) = worker::inbox().map_err(|error| refused(&error))?;
    let options = Options {
        socket: config.socket,
        client: "heph-tui".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        zone: zone(),
    };
    let worker = Worker::start(options, inbox).map_err(|error| refused(&error))?;
    let signals = Signals::catch().map_err(|error| refused(&error))?;
    let mut model = Model::new(config.keymap, config.start, config.span, config.filter);
    model.context = config.context;
    let shared = Shared::new(App { model, wanted: Vec::new(), theme: config.theme }.into());
    let mut around = Around {
        keys,
        outlet,
        worker,
        signals,
        shared,
        today: today(),
        fault,
        redraws: false,
        silent_since: None,
    };
    let mut cursive = screen(&around.shared);
    loop {
        let taken = Terminal::take(config.mouse).map_err(|error| no_terminal(&error))?;
        let mut runner = cursive.runner(Box::new(taken));
        runner.clear();
        let leave = around.attend(&mut runner);
        // Gives the terminal back.
        drop(runner);
        match leave {
            Leave::Quit => break,
            Leave::Edit(edit) => {
                let edited = edit_text(&config.editor, &edit);
                // A Ctrl-C meant the editor.
                around.signals.forget_interrupt();
                lock(&around.shared).update(Action::Edited(edit, edited));
            }
            Leave::Suspend => {
                // Only a shell with job control stops us; without one we go on.
                let _ =
                    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP);
            }
        }
    }
    let typed = lock(&around.shared).model.typed().map(str::to_owned);
    if let Some(typed) = typed {
        output::note(&format!("not sent: {typed}"));
    }
    Ok(())
}

fn no_terminal(error: &io::Error) -> Problem {
    Problem {
        hint: Some("run heph-tui in a terminal; heph is for scripts".to_owned()),
        ..Problem::new(format!("there is no terminal: {}", system_words(error)))
    }
}

fn refused(error: &io::Error) -> Problem {
    Problem::new(format!("the system refuses what heph-tui needs: {}", system_words(error)))
}

/// Why the terminal is given back.
enum Leave {
    /// For good.
    Quit,
    /// For the editor.
    Edit(Edit),
    /// For the shell.
    Suspend,
}

/// What the loop waits for, and what it works with.
struct Around {
    keys: Keyboard,
    outlet: Outlet,
    worker: Worker,
    signals: Signals,
    shared: Shared,
    today: Date,
    fault: bool,
    /// Whether the screen is to be painted anew.
    redraws: bool,
    /// When a call began to wait, or the last one was answered while others wait.
    silent_since: Option<Instant>,
}

impl Around {
    /// Shows the screen and does what comes, until the terminal is to be given back.
    fn attend(&mut self, runner: &mut CursiveRunner<&mut Cursive>) -> Leave {
        let mut is_new = true;
        loop {
            is_new |= runner.process_events();
            for action in self.outlet.take() {
                if matches!(action, Action::Answered(..)) {
                    self.silent_since = None;
                }
                lock(&self.shared).update(action);
                is_new = true;
            }
            if is_new {
                // The size counts before what it makes the model ask for.
                runner.refresh();
            }
            let (leave, again) = self.work();
            let again = again | self.redraws;
            if std::mem::take(&mut self.redraws) {
                // What another program wrote over it is not known: all is painted.
                runner.clear();
            }
            if let Some(leave) = leave {
                return leave;
            }
            is_new = again;
            if is_new {
                continue;
            }
            if self.signals.is_end() || !self.wait() {
                return Leave::Quit;
            }
            if self.fault {
                panic!("a fault for the test of what it leaves behind");
            }
            is_new |= self.note_silence();
            let today = today();
            if self.today != today {
                self.today = today;
                lock(&self.shared).update(Action::NewDay);
                is_new = true;
            }
            is_new |= self.signals.take();
        }
    }

    /// Does what the model wants. Tells why the terminal is to be left, if it is, and whether the model changed.
    fn work(&mut self) -> (Option<Leave>, bool) {
        let mut is_new = false;
        let mut app = lock(&self.shared);
        panic::note_typed(app.model.typed());
        let columns = app.model.size.0;
        let mut wanted = std::mem::take(&mut app.wanted).into_iter();
        while let Some(effect) = wanted.next() {
            let leave = match effect {
                Effect::Call(purpose, call) => {
                    if let Some(action) = self.worker.call(purpose, *call) {
                        app.update(action);
                        is_new = true;
                    }
                    continue;
                }
                Effect::Run(words) => {
                    self.worker.verb(words, columns);
                    continue;
                }
                Effect::Redraw => {
                    self.redraws = true;
                    continue;
                }
                Effect::StopRun => {
                    self.worker.stop_verb();
                    continue;
                }
                Effect::Copy(text) => {
                    // A terminal that cannot be written is noticed where it is read.
                    let _ = terminal::copy(&text);
                    continue;
                }
                Effect::Forget(file) => {
                    // It is in the store; a file too many does no harm.
                    let _ = std::fs::remove_file(file);
                    continue;
                }
                Effect::Edit(edit) => Leave::Edit(edit),
                Effect::Suspend => Leave::Suspend,
                Effect::Quit => Leave::Quit,
            };
            // What else is wanted is done afterwards.
            let mut rest: Vec<Effect> = wanted.collect();
            rest.append(&mut app.wanted);
            app.wanted = rest;
            return (Some(leave), is_new);
        }
        match app.model.waiting() {
            0 => self.silent_since = None,
            _ if self.silent_since.is_none() => self.silent_since = Some(Instant::now()),
            _ => {}
        }
        (None, is_new)
    }

    /// Tells the model for how long nothing was answered; tells whether that is news.
    fn note_silence(&self) -> bool {
        let Some(since) = self.silent_since else { return false };
        let silence = Silence::after(since.elapsed());
        let mut app = lock(&self.shared);
        let is_news = silence > app.model.silence;
        if is_news {
            app.update(Action::Silence(silence));
        }
        is_news
    }

    /// Waits until something comes; `false` when the terminal is gone.
    fn wait(&self) -> bool {
        let mut sources = [self.keys.as_fd(), self.outlet.wake.as_fd(), self.signals.wake.as_fd()]
            .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN));
        let mut longest = until_tomorrow().min(LONGEST_WAIT);
        if let Some(worse) = self.silent_since.and_then(|since| Silence::until_worse(since.elapsed())) {
            longest = longest.min(worse);
        }
        let until = Timespec::try_from(longest).ok();
        match poll(&mut sources, until.as_ref()) {
            Ok(_) => !sources[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL),
            // A signal came.
            Err(rustix::io::Errno::INTR) => true,
            Err(_) => false,
        }
    }
}

/// Where keys come from: standard input if it is the terminal, else the terminal itself.
enum Keyboard {
    Input(io::Stdin),
    Tty(File),
}

fn keyboard() -> io::Result<Keyboard> {
    let input = io::stdin();
    if input.is_terminal() { Ok(Keyboard::Input(input)) } else { File::open("/dev/tty").map(Keyboard::Tty) }
}

impl Keyboard {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Input(input) => input.as_fd(),
            Self::Tty(tty) => tty.as_fd(),
        }
    }
}

/// Signals, as something to wait for.
struct Signals {
    wake: UnixStream,
    end: Arc<AtomicBool>,
    interrupt: Arc<AtomicBool>,
}

impl Signals {
    fn catch() -> io::Result<Self> {
        let (wake, writer) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let [end, interrupt] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        for (signal, flag) in [(SIGTERM, &end), (SIGHUP, &end), (SIGINT, &interrupt)] {
            signal_hook::flag::register(signal, Arc::clone(flag))?;
            signal_hook::low_level::pipe::register(signal, writer.try_clone()?)?;
        }
        signal_hook::low_level::pipe::register(SIGWINCH, writer)?;
        Ok(Self { wake, end, interrupt })
    }

    fn is_end(&self) -> bool {
        self.end.load(Ordering::Relaxed) || self.interrupt.load(Ordering::Relaxed)
    }

    fn forget_interrupt(&self) {
        self.interrupt.store(false, Ordering::Relaxed);
    }

    /// Whether one came.
    fn take(&mut self) -> bool {
        let mut bytes = [0; 64];
        matches!(self.wake.read(&mut bytes), Ok(read) if read > 0)
    }
}

fn today() -> Date {
    jiff::ZonedDateTime::now().date()
}

fn until_tomorrow() -> Duration {
    let now = jiff::ZonedDateTime::now();
    let midnight = now.tomorrow().and_then(|tomorrow| tomorrow.start_of_day());
    midnight
        .ok()
        .and_then(|midnight| Duration::try_from(now.duration_until(&midnight)).ok())
        .unwrap_or(LONGEST_WAIT)
}

/// Lets the user edit a text. What was changed stands in a file until it is saved; one that was kept is edited on.
fn edit_text(editor: &str, edit: &Edit) -> Edited {
    let draft = match &edit.kept {
        Some(file) => Draft::of_file(file, &edit.text),
        None => Draft::new(&edit.text, &edit.text),
    };
    let (draft, text) = match draft.and_then(|draft| draft.edit(editor)) {
        Ok(edited) => edited,
        Err(error) => {
            let problem = Problem { hint: error.hint(), ..Problem::new(error.to_string()) };
            return Edited::Failed(problem, error.file);
        }
    };
    if text == edit.text {
        return Edited::Unchanged;
    }
    match draft.into_file() {
        Ok(file) => Edited::Changed(text, file),
        Err(error) => {
            let problem = Problem::new(format!("your text could not be kept: {}", system_words(&error)));
            Edited::Failed(problem, None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_editor_leaves_is_edited_on_in_one_file_until_it_is_saved() {
        let edit = Edit { text: "one\n".into(), ..Edit::default() };
        assert_eq!(edit_text("true", &edit), Edited::Unchanged);
        assert!(matches!(edit_text("exit 3;", &edit), Edited::Failed(_, None)), "nothing was typed");
        let typed = "f() { echo typed >> \"$1\"; exit 3; }; f";
        let Edited::Failed(problem, Some(file)) = edit_text(typed, &edit) else { panic!("it failed") };
        assert!(problem.sentence().contains(&file.display().to_string()), "{problem:?}");
        let edit = Edit { kept: Some(file.clone()), ..edit };
        assert!(matches!(edit_text("kill -9 $$;", &edit), Edited::Failed(_, Some(again)) if again == file));
        assert_eq!(edit_text("true", &edit), Edited::Changed("one\ntyped\n".into(), file.clone()));
        assert_eq!(edit_text("echo one >", &edit), Edited::Unchanged);
        assert!(!file.exists(), "what the store has needs no file");
        assert!(matches!(edit_text("true", &edit), Edited::Failed(_, None)));
    }
}
