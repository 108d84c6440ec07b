//! The figures of a hub, as Prometheus reads them. Nobody is named in them: no account, no device, no path that holds an
//! id.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::store::hub::Figures;

/// What is told of the requests of one route that had one status.
#[derive(Debug, Clone, Copy, Default)]
struct Served {
    count: u64,
    time: Duration,
}

/// Requests as they were answered, by method, route and status. There are only so many of each.
#[derive(Debug, Default)]
pub(super) struct Metrics(Mutex<BTreeMap<(String, String, u16), Served>>);

impl Metrics {
    /// Counts a request that was answered; the time is until its answer began.
    pub(super) fn count(&self, method: &str, route: Option<String>, status: u16, time: Duration) {
        let method = match method {
            "GET" | "HEAD" | "PUT" | "POST" | "DELETE" => method,
            _ => "other",
        };
        let key = (method.to_owned(), route.unwrap_or_else(|| "other".to_owned()), status);
        let mut served = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let served = served.entry(key).or_default();
        served.count += 1;
        served.time += time;
    }

    /// Writes all down, with the figures of the store and the streams that are open.
    pub(super) fn text(&self, store: &Figures, streams: usize, is_ready: bool) -> String {
        let mut text = String::new();
        let mut gauge = |name: &str, help: &str, value: u64| {
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");
        };
        gauge("heph_hub_ready", "Whether the hub can do its work.", u64::from(is_ready));
        gauge("heph_hub_accounts", "Accounts.", store.accounts);
        gauge("heph_hub_devices", "Devices that are not locked out.", store.devices);
        gauge("heph_hub_operations", "Operations in all logs.", store.operations);
        gauge("heph_hub_account_bytes", "Bytes that all accounts hold, as quotas count them.", store.bytes);
        gauge("heph_hub_full_accounts", "Accounts that hold nearly as much as they may.", store.full);
        gauge("heph_hub_files", "Files of all accounts.", store.files);
        gauge("heph_hub_file_bytes", "Bytes of all files.", store.file_bytes);
        gauge(
            "heph_hub_database_bytes",
            "Bytes of the database and its write-ahead log.",
            store.database_bytes,
        );
        gauge("heph_hub_queued_writes", "Jobs that wait for the writer.", store.queued);
        gauge("heph_hub_event_streams", "Event streams that are open.", streams as u64);
        let served = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        text.push_str("# HELP heph_hub_requests_total Requests that were answered.\n");
        text.push_str("# TYPE heph_hub_requests_total counter\n");
        for ((method, route, status), served) in &served {
            let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
            let _ = writeln!(text, "heph_hub_requests_total{{{labels}}} {}", served.count);
        }
        text.push_str("# HELP heph_hub_request_seconds_total Time until the answers began.\n");
        text.push_str("# TYPE heph_hub_request_seconds_total counter\n");
        for ((method, route, status), served) in &served {
            let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
            let _ =
                writeln!(text, "heph_hub_request_seconds_total{{{labels}}} {:.6}", served.time.as_secs_f64());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_summed_by_route_and_never_by_path() {
        let metrics = Metrics::default();
        for _ in 0..2 {
            metrics.count("GET", Some("/v1/blobs/{hash}".to_owned()), 200, Duration::from_millis(250));
        }
        metrics.count("BREW", None, 404, Duration::ZERO);
        let text = metrics.text(&Figures { accounts: 3, ..Figures::default() }, 5, true);
        for line in [
            "heph_hub_ready 1",
            "heph_hub_accounts 3",
            "heph_hub_event_streams 5",
            "heph_hub_requests_total{method=\"GET\",route=\"/v1/blobs/{hash}\",status=\"200\"} 2",
            "heph_hub_requests_total{method=\"other\",route=\"other\",status=\"404\"} 1",
            "heph_hub_request_seconds_total{method=\"GET\",route=\"/v1/blobs/{hash}\",status=\"200\"} 0.500000",
        ] {
            assert!(text.lines().any(|told| told == line), "{line}\n{text}");
        }
        assert!(text.ends_with('\n'));
    }
}
