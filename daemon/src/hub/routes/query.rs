//! Queries of `GET /v1/ops`.

use std::time::Duration;

use heph_protocol::hub::{MAX_PAGE_OPS, MAX_WAIT_S};

use crate::domain::id::NodeId;
use crate::hub::refusal::Refusal;

/// What of a log is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OpsQuery {
    /// The place before the first.
    pub(super) after: u64,
    /// The most operations, at least one.
    pub(super) limit: u32,
    /// How long to wait for the first.
    pub(super) wait: Duration,
    /// The stream, or all.
    pub(super) stream: Option<NodeId>,
    /// Whether bodies of what the asking device sent itself are left out.
    pub(super) brief: bool,
    /// Whether who asks is no device of the account yet, and only looks.
    pub(super) peek: bool,
}

impl OpsQuery {
    /// Reads a query. What is larger than may be is as large as may be; what is no number, or negative, is an error.
    pub(super) fn read(query: &str) -> Result<Self, Refusal> {
        let mut read = Self {
            after: 0,
            limit: MAX_PAGE_OPS,
            wait: Duration::ZERO,
            stream: None,
            brief: false,
            peek: false,
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            match key {
                "after" => read.after = value.parse().map_err(|_| wrong(key))?,
                "limit" => {
                    let most = f64::from(MAX_PAGE_OPS);
                    read.limit = (at_most(value, most).ok_or_else(|| wrong(key))? as u32).max(1);
                }
                "wait" => {
                    let seconds = at_most(value, f64::from(MAX_WAIT_S)).ok_or_else(|| wrong(key))?;
                    read.wait = Duration::from_secs_f64(seconds);
                }
                "stream" => read.stream = Some(value.parse().map_err(|_| wrong(key))?),
                "brief" => read.brief = value == "1",
                "peek" => read.peek = value == "1",
                // A later spoke may ask for something this hub does not know.
                _ => {}
            }
        }
        Ok(read)
    }
}

fn at_most(value: &str, most: f64) -> Option<f64> {
    let number: f64 = value.parse().ok()?;
    (number >= 0.0).then(|| number.min(most))
}

fn wrong(key: &str) -> Refusal {
    Refusal::malformed(format!("`{key}` is wrong; see the API's reference"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> (u64, u32, f32) {
        let query = OpsQuery::read(query).unwrap();
        (query.after, query.limit, query.wait.as_secs_f32())
    }

    #[test]
    fn what_is_too_large_is_cut_and_the_rest_is_as_it_says() {
        assert_eq!(read(""), (0, 1_000, 0.0));
        assert_eq!(read("after=7&limit=5&wait=3"), (7, 5, 3.0));
        assert_eq!(read("after=18446744073709551615"), (u64::MAX, 1_000, 0.0));
        assert_eq!(read("limit=0&wait=1e9&new=1"), (0, 1, 25.0));
        assert_eq!(read("limit=1001&wait=1000000000"), (0, 1_000, 25.0));
        assert_eq!(read("limit=999999999999999999999&wait=0"), (0, 1_000, 0.0));
        let query = OpsQuery::read("stream=0a000000000000000000000000000000").unwrap();
        assert_eq!(query.stream.unwrap().as_bytes()[0], 10);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for query in [
            "after=-1",
            "after=1e3",
            "after=18446744073709551616",
            "after=",
            "after",
            "limit=-1",
            "limit=x",
            "wait=-0.5",
            "wait=NaN",
            "stream=12",
            "stream=",
        ] {
            assert!(OpsQuery::read(query).is_err(), "{query}");
        }
    }
}
