//! How a forge is asked: with limits on time, size, redirects and what counts as an answer.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, Response};
use reqwest::redirect::Policy;
use self_update::errors::Error;
use self_update::http_client::{HeaderMap, HttpClient, HttpResponse};

use super::forge::{ForgeError, is_safe};
use crate::http::causes;

/// How long a connection may take to stand.
const CONNECTING: Duration = Duration::from_secs(15);

/// Most redirects.
const REDIRECTS: usize = 5;

/// Most pages of releases.
const PAGES: u32 = 10;

/// Makes a client that waits so long while nothing comes. It goes to no place that plain eyes can read, by no redirect either.
pub(super) fn client(silence: Duration) -> Result<Client, ForgeError> {
    // An error means that one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let policy = Policy::custom(|attempt| {
        if attempt.previous().len() > REDIRECTS {
            return attempt.error("it redirects too often");
        }
        match is_safe(attempt.url()) {
            true => attempt.follow(),
            false => attempt.error("it redirects to plain HTTP"),
        }
    });
    Client::builder()
        .user_agent(concat!("heph/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECTING)
        .timeout(silence)
        .redirect(policy)
        .build()
        .map_err(|error| ForgeError::Unreachable { reason: causes(&error) })
}

/// Reads at most so many bytes until a deadline.
pub(super) struct Bounded<R> {
    from: R,
    left: u64,
    until: Instant,
}

impl<R: Read> Bounded<R> {
    pub(super) fn new(from: R, most: u64, until: Instant) -> Self {
        Self { from, left: most, until }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if Instant::now() >= self.until {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the answer does not come to an end in time",
            ));
        }
        let count = self.from.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            io::Error::new(io::ErrorKind::FileTooLarge, "the answer is larger than any list of releases")
        })?;
        Ok(count)
    }
}

/// Asks for lists of releases.
pub(super) struct Transport {
    client: Client,
    most: u64,
    until: Instant,
    pages: AtomicU32,
}

impl Transport {
    /// One that takes at most so many bytes a page until a deadline.
    pub(super) fn new(client: Client, most: u64, until: Instant) -> Self {
        Self { client, most, until, pages: AtomicU32::new(0) }
    }
}

impl HttpClient for Transport {
    fn get(
        &self,
        url: &str,
        headers: &HeaderMap,
        _: Option<Duration>,
    ) -> self_update::Result<Box<dyn HttpResponse>> {
        if self.pages.fetch_add(1, Ordering::Relaxed) >= PAGES {
            return Err(refused("there are more pages of releases than any project has"));
        }
        // The next page is where the answer says it is.
        if !reqwest::Url::parse(url).is_ok_and(|url| is_safe(&url)) {
            return Err(refused("the next page of releases is at no safe address"));
        }
        let sent = self.client.get(url).headers(headers.clone()).send();
        let response = sent.map_err(|error| refused(&causes(&error)))?;
        let status = response.status().as_u16();
        if !response.status().is_success() {
            return Err(Error::http_status_error_with_headers(status, url, response.headers()));
        }
        if response.content_length().is_some_and(|length| length > self.most) {
            return Err(refused("the answer is larger than any list of releases"));
        }
        let kind = response.headers().get(reqwest::header::CONTENT_TYPE);
        if kind.and_then(|kind| kind.to_str().ok()).is_some_and(|kind| kind.starts_with("text/html")) {
            return Err(refused("the answer is a web page and no list of releases"));
        }
        let headers = response.headers().clone();
        Ok(Box::new(Answer { headers, body: Bounded::new(response, self.most, self.until) }))
    }
}

struct Answer {
    headers: HeaderMap,
    body: Bounded<Response>,
}

impl HttpResponse for Answer {
    fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    fn body(self: Box<Self>) -> Box<dyn Read> {
        Box::new(self.body)
    }
}

/// An answer that is none, as the library has errors.
fn refused(what: &str) -> Error {
    io::Error::other(what.to_owned()).into()
}
