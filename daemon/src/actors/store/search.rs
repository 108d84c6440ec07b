//! `search`: the index is brought up to date, then asked.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use heph_protocol::envelope::to_map;
use heph_protocol::request;
use heph_protocol::response::SearchFound;
use heph_protocol::types::{Mark, SearchHit};
use heph_protocol::{ErrorCode, WireError};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::answer::{Answering, closed};
use super::list::bad_page;
use super::writer::Job;
use crate::domain::change::text_hash;
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::search::{Query, marks_of, snippet};
use crate::rpc::{query_error, store_error};

/// Hits of one reply if nobody says how many, and the most.
const ROWS: (u32, u32) = (20, 200);

/// How long a search waits for the index; less than clients wait for their answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// How far a list of hits goes: what comes after so many is no longer found by reading on, but by a better query.
const MOST_HITS: usize = 2_000;

impl Answering {
    /// Nodes that answer to a query, best first.
    pub(super) async fn search(&self, asked: &request::Search, now: &Now) -> Result<Vec<u8>, WireError> {
        let query = Query::parse(&asked.query).map_err(|error| query_error(&asked.query, error))?;
        let limit = asked.limit.unwrap_or(ROWS.0).clamp(1, ROWS.1) as usize;
        let skip = asked.page.as_deref().map_or(Ok(0), |page| place(page, &asked.query))?;
        // After a large import it takes longer than anybody waits; what is indexed by now is better than nothing.
        let behind = match timeout(PATIENCE, self.catch_up()).await {
            Ok(caught_up) => caught_up.map(|()| false)?,
            Err(_) => true,
        };
        let wanted = (skip + limit + 1).min(MOST_HITS);
        let (whole, titles) = (query.to_match(), query.to_title_match());
        let found = self.db.search(&whole, &titles, &query.as_title_key(), wanted).await;
        let mut ids: Vec<NodeId> =
            found.map_err(|error| store_error(&error))?.into_iter().skip(skip).collect();
        let next_page = (ids.len() > limit).then(|| token(skip + limit, &asked.query));
        ids.truncate(limit);
        let texts = self.db.texts(&ids).await.map_err(|error| store_error(&error))?;
        let mut others = HashMap::new();
        self.know(&mut others, ids.clone(), now).await?;
        let hits = self.rendered(now, &others, |renderer| {
            let hit = |id: &NodeId| {
                let node = renderer.node_ref(*id);
                let piece = snippet(&query, texts.get(id).map_or("", String::as_str));
                SearchHit {
                    title_marks: marks(marks_of(&query, &node.title)),
                    node,
                    line: piece.line,
                    snippet: piece.text,
                    marks: marks(piece.marks),
                }
            };
            ids.iter().map(hit).collect()
        });
        Ok(to_map(&SearchFound { hits, next_page, behind }))
    }

    /// Waits until the index has all that is written by now.
    async fn catch_up(&self) -> Result<(), WireError> {
        let (reply, answer) = oneshot::channel();
        let jobs = self.jobs.upgrade().ok_or_else(closed)?;
        jobs.send(Job::Index(reply)).await.map_err(|_| closed())?;
        drop(jobs);
        answer.await.map_err(|_| closed())?
    }
}

fn marks(places: Vec<Range<usize>>) -> Vec<Mark> {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    places.into_iter().map(|mark| Mark { start: place(mark.start), end: place(mark.end) }).collect()
}

/// The token of the hits after so many, good for its query alone.
fn token(skip: usize, query: &str) -> String {
    let hash = text_hash(query);
    format!("{skip}-{:08x}", u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]))
}

fn place(page: &str, query: &str) -> Result<usize, WireError> {
    let skip = page.split_once('-').and_then(|(skip, _)| skip.parse().ok()).ok_or_else(bad_page)?;
    if token(skip, query) != page {
        return Err(
            WireError::new(ErrorCode::Invalid, "`page` is of another query").hint("search without it")
        );
    }
    Ok(skip)
}
