//! Waits for an instant of the wall clock, through sleep and changes of the clock.

use std::pin::Pin;

use jiff::Timestamp;

/// Waits for instants.
pub trait Alarm {
    /// Ends once the instant has come, or earlier when it may have: whoever waits looks at the clock again.
    fn until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + '_>>;
}

/// The machine's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemAlarm;

impl Alarm for SystemAlarm {
    fn until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(async move {
            #[cfg(target_os = "linux")]
            match timer(at) {
                Ok(timer) => {
                    // Readable when the instant has come, and also when somebody has set the clock.
                    if let Err(error) = timer.readable().await {
                        tracing::warn!(%error, "a timer failed");
                        slices(at).await;
                    }
                    return;
                }
                Err(error) => tracing::warn!(%error, "the machine gives no timer"),
            }
            slices(at).await;
        })
    }
}

/// A timer of the wall clock: after the machine slept it is on time.
#[cfg(target_os = "linux")]
#[expect(
    deprecated,
    reason = "an `OwnedFd` keeps its descriptor open; the way that is not deprecated is unsafe"
)]
fn timer(at: Timestamp) -> std::io::Result<tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>> {
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    let timer = timerfd_create(TimerfdClockId::Realtime, TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK)?;
    let value = Timespec { tv_sec: at.as_second().max(1), tv_nsec: at.subsec_nanosecond().max(0).into() };
    let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
    let flags = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
    timerfd_settime(&timer, flags, &once)?;
    tokio::io::unix::AsyncFd::with_interest(timer, tokio::io::Interest::READABLE)
}

/// Sleeps a few minutes at most: the runtime's clock stands still while the machine sleeps.
async fn slices(at: Timestamp) {
    const SLICE: std::time::Duration = std::time::Duration::from_secs(300);
    let left = Timestamp::now().duration_until(at);
    let left = std::time::Duration::try_from(left).unwrap_or_default();
    tokio::time::sleep(left.min(SLICE)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_rings_when_the_instant_has_come() {
        let soon = Timestamp::now() + jiff::SignedDuration::from_millis(30);
        SystemAlarm.until(soon).await;
        assert!(Timestamp::now() >= soon);
        // What is past rings at once.
        SystemAlarm.until(Timestamp::UNIX_EPOCH).await;
    }
}
