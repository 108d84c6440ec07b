//! Ctrl-C and `SIGTERM`: ends our children, then lets the command unwind and clean up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::signal::unix::{SignalKind, signal};

/// What a process that was interrupted exits with.
pub(crate) const EXIT_CODE: u8 = 130;

/// How long children have to end by themselves.
const GRACE: Duration = Duration::from_millis(500);

static HAPPENED: AtomicBool = AtomicBool::new(false);
static CHILDREN: Mutex<Vec<Pid>> = Mutex::new(Vec::new());
static WAITING: Mutex<Vec<mpsc::Sender<()>>> = Mutex::new(Vec::new());
static LISTENING: Once = Once::new();

/// Whether somebody asked us to stop.
pub(crate) fn happened() -> bool {
    HAPPENED.load(Ordering::SeqCst)
}

/// Receives one message when somebody asks us to stop.
pub(crate) fn receiver() -> Receiver<()> {
    listen();
    let (sender, receiver) = mpsc::channel();
    lock(&WAITING).push(sender);
    receiver
}

/// A child to end when we are interrupted, until this is dropped.
#[derive(Debug)]
pub(crate) struct Watched(Pid);

/// Watches a child from now on.
pub(crate) fn watch(child: &std::process::Child) -> Watched {
    listen();
    let pid = Pid::from_child(child);
    lock(&CHILDREN).push(pid);
    Watched(pid)
}

impl Drop for Watched {
    fn drop(&mut self) {
        lock(&CHILDREN).retain(|pid| *pid != self.0);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the thread that waits for signals, once.
fn listen() {
    LISTENING.call_once(|| {
        let (ready, listening) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                let (Ok(mut interrupts), Ok(mut terminations)) =
                    (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
                else {
                    return;
                };
                let _ = ready.send(());
                loop {
                    tokio::select! {
                        _ = interrupts.recv() => {}
                        _ = terminations.recv() => {}
                    }
                    HAPPENED.store(true, Ordering::SeqCst);
                    for waiting in lock(&WAITING).drain(..) {
                        let _ = waiting.send(());
                    }
                    // Ctrl-C reaches the children too; a second signal would be taken for impatience.
                    tokio::time::sleep(GRACE).await;
                    for child in lock(&CHILDREN).iter() {
                        // One that is gone already is as good.
                        let _ = kill_process(*child, Signal::TERM);
                    }
                }
            });
        });
        // An error means no handler was installed: then the signal ends us at once, which is all right.
        let _ = listening.recv();
    });
}
