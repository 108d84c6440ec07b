//! What each request is answered with. Mutations go to the writer; reads go to the model and the readers.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use heph_protocol::envelope::to_map;
use heph_protocol::response::{Checked, MutationOutcome};
use heph_protocol::types::{ImportProblem, NodeRef};
use heph_protocol::{ErrorCode, Request, WireError, request};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use tracing::Span;

use super::contexts::Within;
use super::model::ReadModel;
use super::reading::read;
use super::transfer::Transfers;
use super::writer::{Change, Job, Written};
use crate::actors::lifecycle::StopHandle;
use crate::actors::store_handle::{Call, CallContext};
use crate::domain::date::Now;
use crate::domain::id::{DeviceId, MutationId, NodeId};
use crate::domain::node::{Node, NodeKind};
use crate::domain::verbs::{Command, Found, Refusal, View, resolve};
use crate::environment::Environment;
use crate::rpc::{Asked, Renderer, command, import_batch, refusal_error, reply, store_error};
use crate::store::{Database, check};

/// All that answering needs.
pub(super) struct Answering {
    pub(super) db: Database,
    pub(super) device: DeviceId,
    pub(super) model: Rc<RefCell<ReadModel>>,
    pub(super) environment: Environment,
    pub(super) loaded: watch::Receiver<bool>,
    pub(super) jobs: mpsc::WeakSender<Job>,
    pub(super) transfers: Transfers,
    /// The most bytes of a file to attach.
    pub(super) attachment_limit: u64,
    pub(super) stop: StopHandle,
}

/// A mutation with what travels with it to the writer.
pub(super) struct Asking {
    method: &'static str,
    mutation: Option<MutationId>,
    pub(super) now: Now,
    permit: OwnedSemaphorePermit,
    span: Span,
}

impl Answering {
    /// Carries out a request.
    pub(super) async fn call(&self, call: Call) -> Result<Vec<u8>, WireError> {
        let Call { request, context, permit, span } = call;
        let mut loaded = self.loaded.clone();
        loaded.wait_for(|loaded| *loaded).await.map_err(|_| closed())?;
        let now = self.now(&context);
        let method = request.name();
        let asking = Asking { method, mutation: context.mutation_id, now: now.clone(), permit, span };
        match request {
            Request::TaskNext(asked) => self.next(&asked, &now).await,
            Request::TaskList(asked) => self.list(&asked, &now).await,
            Request::TaskWhy(asked) => self.why(&asked, &now).await,
            Request::TaskForm(asked) => self.form(&asked.reference, &now).await,
            Request::NodeShow(asked) => self.show(&asked.reference, &now).await,
            Request::NodeHistory(asked) => self.history(&asked, &now).await,
            Request::Complete(asked) => self.complete(&asked, &now).await,
            Request::PageOpen(asked) => self.open_page(&asked.reference, &now).await,
            Request::PageList(asked) => self.pages(&asked, &now).await,
            Request::JournalOpen(asked) => self.open_journal(&asked.date, &now).await,
            Request::PageExport(asked) => self.export(&asked, &now).await,
            Request::Search(asked) => self.search(&asked, &now).await,
            Request::HomeOpen(_) => self.open_home(&now).await,
            Request::PageLinks(asked) => self.links(&asked, &now).await,
            Request::PageOutline(asked) => self.outline(&asked, &now).await,
            Request::LinkComplete(asked) => self.complete_link(&asked, &now).await,
            Request::LinkResolve(asked) => self.resolve_links(&asked, &now).await,
            Request::PageBacklinks(asked) => self.backlinks(&asked, &now).await,
            Request::PageUnresolved(asked) => self.unresolved(&asked, &now).await,
            Request::PageOrphans(asked) => self.orphans(&asked, &now).await,
            Request::PageHistory(asked) => self.text_history(&asked, &now).await,
            Request::PageRevision(asked) => self.revision(&asked, &now).await,
            Request::PageDiff(asked) => self.diff(&asked, &now).await,
            Request::PageLint(asked) => self.lint(&asked, &now).await,
            Request::TagList(asked) => self.tags(&asked).await,
            Request::TimeList(asked) => self.times(&asked, &now).await,
            Request::ReviewList(asked) => self.review(&asked, &now).await,
            Request::Agenda(asked) => self.agenda(&asked, &now).await,
            Request::ProjectList(_) => self.projects(&now).await,
            Request::SettingsList(_) => self.settings().await,
            Request::ViewList(_) => Ok(self.views(&now).await),
            Request::FieldList(_) => self.fields(&now).await,
            Request::ContextList(_) => Ok(self.contexts(&now).await),
            Request::ContextUse(asked) => self.use_context(&asked.name, &now).await,
            Request::FilterExplain(asked) => self.explain(&asked.filter, &now).await,
            Request::MutationOutcome(asked) => self.outcome(&asked.id, &now).await,
            Request::ImportBatch(asked) => self.import(asked, asking).await,
            Request::TaskModify(asked) if asked.filter.is_some() => self.modify_matching(asked, asking).await,
            Request::TaskBulk(asked) => self.bulk(asked, asking).await,
            Request::TaskAdd(asked) => self.add(asked, asking).await,
            Request::ConflictList(_) => self.conflicts(&now).await,
            Request::ConflictRestore(asked) => self.restore_conflict(&asked.id, asking).await,
            Request::ConflictDismiss(asked) => self.dismiss_conflict(&asked.id, asking).await,
            Request::StoreBackup(_) => self.transfers.backup(&self.db).await,
            Request::StoreBackupRead(asked) => self.transfers.read(&asked).await,
            Request::StoreRestoreBegin(asked) => self.transfers.begin_restore(asked.bytes).await,
            Request::StoreRestoreWrite(asked) => {
                self.transfers.write(&asked.id, asked.offset, asked.bytes).await
            }
            Request::AttachmentBegin(asked) => self.begin_attachment(asked, &now).await,
            Request::AttachmentWrite(asked) => {
                self.transfers.write(&asked.id, asked.offset, asked.bytes).await
            }
            Request::AttachmentCommit(asked) => self.commit_attachment(&asked, asking).await,
            Request::AttachmentList(asked) => self.attachments(&asked, &now).await,
            Request::AttachmentRead(asked) => self.read_attachment(&asked, &now).await,
            Request::StoreRestoreCommit(asked) => self.transfers.commit_restore(&asked.id, &self.stop).await,
            Request::StoreCheck(_) => self.check().await,
            other => match command(other)? {
                Some(asked) => self.mutate(asked, asking).await,
                None => Err(WireError::new(
                    ErrorCode::Unsupported,
                    format!("the store does not answer `{method}`"),
                )),
            },
        }
    }

    /// When and where the user is.
    fn now(&self, context: &CallContext) -> Now {
        let week_start = self.model.borrow().open.settings().week_start;
        Now { week_start, ..Now::new(self.environment.clock.now(), context.zone.clone()) }
    }

    /// Hands a change to the writer and waits until it is on disk.
    async fn write(&self, asked: Asked, asking: Asking) -> Result<Written, WireError> {
        let (reply, answer) = oneshot::channel();
        let change = Change {
            method: asking.method,
            command: asked.command,
            dry_run: asked.dry_run,
            mutation: asking.mutation.filter(|_| !asked.dry_run),
            now: asking.now,
            reply,
            span: asking.span,
            permit: asking.permit,
        };
        if self.transfers.is_restored() {
            return Err(closed()); // what is written now would stay behind in the store from before
        }
        let jobs = self.jobs.upgrade().ok_or_else(closed)?;
        jobs.try_send(Job::Change(Box::new(change))).map_err(|_| {
            WireError::new(ErrorCode::Busy, "too many changes wait to be written")
                .hint("try again in a moment")
        })?;
        drop(jobs);
        answer.await.map_err(|_| closed())?
    }

    pub(super) async fn mutate(&self, asked: Asked, asking: Asking) -> Result<Vec<u8>, WireError> {
        let now = asking.now.clone();
        let written = self.write(asked, asking).await?;
        Ok(self.reply(written, &now).await)
    }

    /// The reply of a mutation, with all that it names.
    ///
    /// What it did is on disk by now: what cannot be read any more is named by its id alone.
    async fn reply(&self, written: Written, now: &Now) -> Vec<u8> {
        let Written { applied, mut nodes } = written;
        let outcome = &applied.outcome;
        let named = outcome.unchanged.iter().chain(&outcome.changed).chain(&outcome.unblocked).copied();
        let named = named.chain(outcome.skipped.iter().map(|skip| skip.node));
        let named = named.chain(outcome.rewritten.iter().map(|(node, _)| *node)).collect();
        if let Err(error) = self.know(&mut nodes, named, now).await {
            tracing::warn!(%error, "a change is answered without the names of what it is about");
        }
        self.rendered(now, &nodes, |renderer| reply(&applied, renderer))
    }

    /// Shows with what is in memory and `others`.
    pub(super) fn rendered<T>(
        &self,
        now: &Now,
        others: &HashMap<NodeId, Node>,
        show: impl FnOnce(&Renderer<'_>) -> T,
    ) -> T {
        let model = self.model.borrow();
        show(&Renderer::new(now, &model.open, &model.short_ids, others))
    }

    /// Reads what has to be named, and what the tasks among it name, at once.
    pub(super) async fn know(
        &self,
        others: &mut HashMap<NodeId, Node>,
        named: Vec<NodeId>,
        now: &Now,
    ) -> Result<(), WireError> {
        let unknown = self.rendered(now, others, |renderer| {
            let tasks: Vec<_> = others.values().filter_map(Node::task).collect();
            let mut ids = renderer.unknown(tasks.iter());
            ids.extend(named.into_iter().filter(|id| !renderer.knows(*id)));
            ids
        });
        if !unknown.is_empty() {
            others.extend(self.db.nodes(&unknown).await.map_err(|error| store_error(&error))?);
        }
        Ok(())
    }

    /// The context a new task is added in, with what its filter looks up.
    async fn within_new(
        &self,
        asked: Option<&str>,
        now: &Now,
    ) -> Result<(Option<Within>, Vec<HashSet<NodeId>>), WireError> {
        let within = self.within(asked, now).await?;
        let found = self.looked_up(within.as_ref().map(|within| &within.filter), now).await?;
        Ok((within, found))
    }

    /// Adds a task in the context, and says when that or its dates hide it. A context that the machine is in and that
    /// cannot be used is told of and left aside: what was typed is not refused for it.
    async fn add(&self, asked: request::TaskAdd, asking: Asking) -> Result<Vec<u8>, WireError> {
        let now = asking.now.clone();
        let ((within, found), unusable) = match self.within_new(asked.context.as_deref(), &now).await {
            Ok(within) => (within, None),
            Err(error) if asked.context.is_none() => (Default::default(), Some(error.message)),
            Err(error) => return Err(error),
        };
        let Some(mut asked) = command(Request::TaskAdd(asked))? else { return Err(closed()) };
        if let Command::AddTask { context, .. } = &mut asked.command {
            *context = within.as_ref().and_then(Within::defaults);
        }
        let Written { applied, mut nodes } = self.write(asked, asking).await?;
        if let Err(error) = self.know(&mut nodes, Vec::new(), &now).await {
            tracing::warn!(%error, "a task is shown without the names of what it belongs to");
        }
        let task = applied.outcome.changed.first().and_then(|id| nodes.get(id)).and_then(Node::task);
        let hides = within.as_ref().zip(task).is_some_and(|(within, task)| {
            let model = self.model.borrow();
            !within.filter.matches(&task, &model.open.view(&now, &found))
        });
        Ok(self.rendered(&now, &nodes, |renderer| {
            let mut added = crate::rpc::task_added(&applied.outcome, renderer);
            added.hidden_by = within.as_ref().filter(|_| hides).map(|within| within.called().to_owned());
            added.context = within.as_ref().map(Within::applied);
            added.notes.extend(unusable.map(|why| format!("added outside the context: {why}")));
            to_map(&added)
        }))
    }

    async fn import(&self, asked: request::ImportBatch, asking: Asking) -> Result<Vec<u8>, WireError> {
        let fields = self.model.borrow().open.settings().vocabulary.fields.clone();
        let batch = import_batch(&asked.source, &asked.items, &asking.now, &fields)?;
        let asked = Asked { command: batch.command, dry_run: asked.dry_run };
        let written = self.write(asked, asking).await?;
        let mut imported = crate::rpc::imported(&written.applied.outcome);
        (imported.kept, imported.problems) = (batch.kept, batch.problems);
        let notes = written.applied.outcome.notes.into_iter();
        imported.problems.extend(notes.map(|note| match note.split_once('\t') {
            Some((item, message)) => ImportProblem { item: item.to_owned(), message: message.to_owned() },
            None => ImportProblem { item: String::new(), message: note },
        }));
        Ok(to_map(&imported))
    }

    async fn outcome(&self, id: &str, now: &Now) -> Result<Vec<u8>, WireError> {
        let id = MutationId::from_hex(id)
            .map_err(|error| WireError::new(ErrorCode::Invalid, format!("`id`: {error}")))?;
        let (reply, answer) = oneshot::channel();
        let jobs = self.jobs.upgrade().ok_or_else(closed)?;
        jobs.send(Job::Outcome(id, reply)).await.map_err(|_| closed())?;
        drop(jobs);
        let outcome = match answer.await.map_err(|_| closed())?? {
            Some(written) => MutationOutcome { applied: true, reply: self.reply(written, now).await },
            None => MutationOutcome::default(),
        };
        Ok(to_map(&outcome))
    }

    /// Finds the node a reference means.
    pub(super) async fn find(&self, reference: &str, now: &Now) -> Result<Node, WireError> {
        let mut view = View::default();
        let found = loop {
            let attempt = {
                let model = self.model.borrow();
                resolve(reference, model.last, &view, &model.open, &model.short_ids)
            };
            match attempt {
                Ok(found) => break found,
                Err(need) => {
                    read(&self.db, &mut view, need).await.map_err(|error| store_error(&error))?;
                }
            }
        };
        match found {
            Found::Id(id) => {
                let mut nodes = self.db.nodes(&[id]).await.map_err(|error| store_error(&error))?;
                let node = nodes.remove(&id).filter(|node| node.kind() != NodeKind::Settings);
                node.ok_or_else(|| refusal_error(Refusal::not_found(reference), Vec::new()))
            }
            Found::Several(ids) => {
                let mut others = HashMap::new();
                self.know(&mut others, ids.clone(), now).await?;
                let candidates = self.rendered(now, &others, |renderer| renderer.node_refs(&ids));
                Err(refusal_error(Refusal::ambiguous(reference, ids), candidates))
            }
            Found::Nothing => Err(refusal_error(Refusal::not_found(reference), Vec::new())),
        }
    }

    async fn check(&self) -> Result<Vec<u8>, WireError> {
        let report = check(&self.db).await.map_err(|error| store_error(&error))?;
        Ok(to_map(&Checked { nodes: report.nodes, operations: report.operations, problems: report.problems }))
    }
}

/// Candidates of an ambiguous reference, with the nodes they are.
pub(super) fn candidates(model: &ReadModel, named: &HashMap<NodeId, Node>, ids: &[NodeId]) -> Vec<NodeRef> {
    let now = Now::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC);
    let renderer = Renderer::new(&now, &model.open, &model.short_ids, named);
    renderer.node_refs(ids)
}

/// The store is shutting down.
pub(super) fn closed() -> WireError {
    WireError::new(ErrorCode::Busy, "the daemon is stopping").hint("try again in a moment")
}
