//! `context.*`: what lists stay within. The contexts are synced, which one is active is a matter of this machine.

use heph_protocol::envelope::to_map;
use heph_protocol::response::ContextList;
use heph_protocol::types::{AppliedContext, Context as WireContext};
use heph_protocol::{ErrorCode, WireError};
use tokio::sync::oneshot;

use super::answer::{Answering, closed};
use super::writer::Job;
use crate::actors::store_handle::SyncJob;
use crate::domain::date::Now;
use crate::domain::settings::{SavedContext, parse_name};
use crate::domain::task::filter::BoundFilter;
use crate::domain::verbs::{ContextDefaults, NO_CONTEXT, check_context, no_such};
use crate::rpc::refusal_error;
use crate::store::ACTIVE_CONTEXT;

/// The context a request is answered in.
#[derive(Debug, Clone)]
pub(super) struct Within {
    /// Its name; a filter that was given instead has none.
    pub(super) name: Option<String>,
    saved: SavedContext,
    /// Its filter.
    pub(super) filter: BoundFilter,
}

impl Within {
    /// As the reply tells it.
    pub(super) fn applied(&self) -> AppliedContext {
        AppliedContext { name: self.name.clone().unwrap_or_default(), filter: self.saved.filter.to_string() }
    }

    /// What it is called in a sentence.
    pub(super) fn called(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.saved.filter)
    }

    /// What a new task gets in it.
    pub(super) fn defaults(&self) -> Option<ContextDefaults> {
        let name = self.name.clone()?;
        Some(ContextDefaults { name, tokens: self.saved.defaults() }).filter(|given| !given.tokens.is_empty())
    }
}

impl Answering {
    /// The context a request names, or the active one if it names none.
    pub(super) async fn within(&self, asked: Option<&str>, now: &Now) -> Result<Option<Within>, WireError> {
        let Some((name, saved)) = self.meant(asked.map(str::trim))? else { return Ok(None) };
        let filter = self.usable(&saved.filter, now).await.map_err(|mut error| {
            if let Some(name) = &name {
                error.message = format!("context “{name}” cannot be used: {}", error.message);
                error.hint =
                    Some(format!("heph context set {name} … mends it; --no-context leaves it aside"));
            }
            error
        })?;
        Ok(Some(Within { name, saved, filter }))
    }

    /// A context by name, or a filter in its place.
    fn meant(&self, asked: Option<&str>) -> Result<Option<(Option<String>, SavedContext)>, WireError> {
        let model = self.model.borrow();
        let contexts = &model.open.settings().contexts;
        let named = |name: String| {
            let saved = contexts.get(name.as_str())?.clone();
            Some((Some(name), saved))
        };
        match asked {
            // One that was deleted, here or elsewhere, narrows nothing.
            None => Ok(model.active_context.clone().and_then(named)),
            Some("" | NO_CONTEXT) => Ok(None),
            Some(text) => match parse_name("context", text) {
                Ok(name) if contexts.contains_key(name.as_str()) => Ok(named(name)),
                Ok(name) => Err(refusal_error(
                    no_such("context", &name, contexts.keys().map(|name| &**name)),
                    Vec::new(),
                )),
                Err(_) => Ok(Some((None, SavedContext { filter: text.into(), new_task: None }))),
            },
        }
    }

    /// A filter within a context; none when there is neither.
    pub(super) fn narrowed(
        &self,
        filter: &str,
        within: Option<&Within>,
        now: &Now,
    ) -> Result<Option<BoundFilter>, WireError> {
        let filter = Some(filter).filter(|text| !text.trim().is_empty());
        let filter = filter.map(|text| self.filter(text, now)).transpose()?;
        Ok(match (within, filter) {
            (Some(within), Some(filter)) => Some(within.filter.clone().and(filter)),
            (Some(within), None) => Some(within.filter.clone()),
            (None, filter) => filter,
        })
    }

    /// Every context, and which one is active.
    pub(super) async fn contexts(&self, now: &Now) -> Vec<u8> {
        let (saved, vocabulary, active) = {
            let model = self.model.borrow();
            let settings = model.open.settings();
            (settings.contexts.clone(), settings.vocabulary.clone(), model.active_context.clone())
        };
        let mut contexts = Vec::new();
        for (name, context) in &saved {
            let problem = match check_context(context, &vocabulary, now) {
                Err(refusal) => Some(refusal.message),
                Ok(()) => self.usable(&context.filter, now).await.err().map(|error| error.message),
            };
            contexts.push(WireContext {
                name: name.to_string(),
                filter: context.filter.to_string(),
                new_task: context.defaults(),
                is_guessed: context.new_task.is_none(),
                active: active.as_deref() == Some(name),
                problem,
            });
        }
        let is_gone = active.as_ref().is_some_and(|active| !saved.contains_key(active.as_str()));
        to_map(&ContextList { contexts, active, is_gone })
    }

    /// Goes into a context, or out of all of them.
    pub(super) async fn use_context(&self, name: &str, now: &Now) -> Result<Vec<u8>, WireError> {
        let active = match name.trim() {
            "" | NO_CONTEXT => None,
            name => match self.meant(Some(name))? {
                Some((Some(name), _)) => Some(name),
                _ => {
                    let message = format!("`{name}` is no name of a context");
                    return Err(WireError::new(ErrorCode::Invalid, message)
                        .hint("heph context set work … makes one, heph context use work goes into it"));
                }
            },
        };
        let (reply, answer) = oneshot::channel();
        let job = Job::Sync(Box::new(SyncJob::KeepHere(ACTIVE_CONTEXT, active.clone(), reply)));
        self.jobs.upgrade().ok_or_else(closed)?.send(job).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())??;
        self.model.borrow_mut().active_context = active;
        Ok(self.contexts(now).await)
    }
}
