//! A daemon inside another process, on a thread of its own: for tests, benches and demos.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread::JoinHandle;

use super::{OpenStore, StartError, run_again};
use crate::actors::lifecycle::{StopHandle, StopReason};
use crate::config::Config;
use crate::environment::Environment;

/// A daemon on a thread of its own; dropping it stops it in order.
#[derive(Debug)]
pub struct Daemon {
    socket: PathBuf,
    stop: StopHandle,
    thread: Option<JoinHandle<Result<StopReason, StartError>>>,
}

impl Daemon {
    /// Starts a daemon on the store its configuration names, and waits until it is ready.
    ///
    /// # Errors
    /// [`StartError`] when it cannot start.
    pub fn start(config: Config, environment: Environment) -> Result<Self, StartError> {
        Self::start_with(config, environment, super::open_store)
    }

    /// Starts a daemon on the store that `open_store` opens, and waits until it is ready.
    ///
    /// # Errors
    /// [`StartError`] when it cannot start.
    pub fn start_with<F>(config: Config, environment: Environment, open_store: F) -> Result<Self, StartError>
    where
        F: OpenStore + Send + 'static,
    {
        let (socket, stop) = (config.socket.clone(), StopHandle::new());
        let (ready, is_ready) = mpsc::channel();
        let stopping = stop.clone();
        let thread = std::thread::Builder::new().name("hephd".to_owned()).spawn(move || {
            let ready = Rc::new(move || {
                // Nobody waits any more after the first time.
                let _ = ready.send(());
            });
            let running = run_again(&config, &environment, &stopping, &open_store, ready);
            actix_rt::System::new().block_on(running)
        });
        let mut daemon = Self { socket, stop, thread: Some(thread.map_err(StartError::Runtime)?) };
        match is_ready.recv() {
            Ok(()) => Ok(daemon),
            // The thread has ended without being ready.
            Err(mpsc::RecvError) => match daemon.join() {
                Err(error) => Err(error),
                Ok(reason) => Err(StartError::store(format!("the daemon stopped at once ({reason:?})"), 70)),
            },
        }
    }

    /// The socket it serves.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The way to stop it from elsewhere.
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// Stops it in order, and tells why it stopped if that was for another reason.
    ///
    /// # Errors
    /// [`StartError`] when it had tried to start again and could not.
    pub fn stop(mut self) -> Result<StopReason, StartError> {
        self.stop.stop(StopReason::Signal);
        self.join()
    }

    fn join(&mut self) -> Result<StopReason, StartError> {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(served)) => served,
            Some(Err(_)) => Ok(StopReason::Fatal),
            None => Ok(StopReason::Signal),
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop.stop(StopReason::Signal);
        // What went wrong is in the log; a destructor has nobody to tell.
        let _ = self.join();
    }
}
