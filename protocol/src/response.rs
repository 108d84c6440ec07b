//! Replies, one struct a method.

use serde::{Deserialize, Serialize};

use crate::types::{
    AppliedContext, Attachment, Backlink, ExportedPage, Finding, GateReason, HistoryEntry, ImportProblem,
    KeptField, Link, LogEntry, MethodStats, NodeRef, Occurrence, OpenPage, Page, ProjectSummary, Recognised,
    RewrittenPage, ScoreTerm, SearchHit, Setting, Skipped, TagCount, Task, TaskGroup, TextRevision,
    UnresolvedTarget,
};

macro_rules! replies {
    ($($(#[doc = $doc:literal])+ $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(default)]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }
    )*};
}

mod hub;
mod plan;
mod settings;
mod sync;
mod update;
mod writing;

pub use self::hub::{HubAccounts, HubDevices};
pub use self::plan::{Agenda, ProjectList, ReviewList, TimeList};
pub use self::settings::{ContextList, FieldList, SettingChanged, SettingsList, ViewList};
pub use self::sync::{
    AuthStatus, ConflictList, LoginBegun, SyncChecked, SyncDevices, SyncPreview, SyncStatus,
};
pub use self::update::UpdateStatus;
pub use self::writing::{
    Attached, AttachmentList, AttachmentPart, AttachmentReady, LinkCandidates, LinksResolved, PageOutline,
};

replies! {
    /// Nothing but that it was done.
    Done {}

    /// Who answers, and what it can do.
    Hello {
        /// Protocol major version of the daemon.
        protocol: u32,
        /// Version of the daemon.
        server_version: String,
        /// What it can do beside the methods of this protocol.
        features: Vec<String>,
        /// This store's device id.
        device: String,
        /// Random id of the store; another one means another store.
        store_id: String,
        /// Path of the store.
        db: String,
        /// Whether it takes writes now.
        ready: bool,
    }

    /// What was subscribed to, and the revision from which events count.
    Subscribed {
        /// The newest revision now.
        revision: String,
    }

    /// What the daemon is doing.
    DaemonStatus {
        /// Version of the daemon.
        version: String,
        /// `local` or `server`.
        mode: String,
        /// Its process id.
        pid: u32,
        /// Seconds since it started.
        uptime_seconds: u64,
        /// The newest revision.
        revision: String,
        /// Path of the socket.
        socket: String,
        /// Path of the store.
        db: String,
        /// Bytes of the store and its write-ahead log.
        db_bytes: u64,
        /// Path of the log file; absent when it logs to standard error.
        #[serde(skip_serializing_if = "Option::is_none")]
        log: Option<String>,
        /// Connections now.
        sessions: u32,
        /// Changes that wait for the writer.
        queued_writes: u32,
        /// Open tasks.
        open_tasks: u64,
        /// All nodes.
        nodes: u64,
        /// Calls and times a method.
        methods: Vec<MethodStats>,
        /// Settings in force.
        settings: Vec<Setting>,
    }

    /// What became of a mutation.
    MutationOutcome {
        /// Whether it was applied.
        applied: bool,
        /// Its reply, encoded as the mutation's own reply would be; only when applied.
        #[serde(with = "serde_bytes", skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "schema", schemars(with = "Vec<u8>"))]
        reply: Vec<u8>,
    }

    /// A task that was added.
    TaskAdded {
        /// The task.
        task: Task,
        /// What was understood of the line.
        recognised: Vec<Recognised>,
        /// Things to know (a project that was made, a defer after the due date).
        notes: Vec<String>,
        /// Name of the context, or its filter, if that hides the new task.
        #[serde(skip_serializing_if = "Option::is_none")]
        hidden_by: Option<String>,
        /// The context it was added in.
        #[serde(skip_serializing_if = "Option::is_none")]
        context: Option<AppliedContext>,
    }

    /// Tasks to do next, best first.
    TaskNext {
        /// The tasks.
        tasks: Vec<Task>,
        /// How many are available in all.
        available: u64,
        /// The context they are of.
        #[serde(skip_serializing_if = "Option::is_none")]
        context: Option<AppliedContext>,
    }

    /// Tasks that match a filter.
    TaskList {
        /// The tasks, in the order asked for.
        tasks: Vec<Task>,
        /// The groups they stand in, one after the other, if groups were asked for.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        groups: Vec<TaskGroup>,
        /// Token of the next page, if there is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        next_page: Option<String>,
        /// The context they are of.
        #[serde(skip_serializing_if = "Option::is_none")]
        context: Option<AppliedContext>,
    }

    /// Why a task stands where it stands.
    TaskWhy {
        /// The task.
        task: Task,
        /// What keeps it out of `next`; empty when it is available.
        gate: Vec<GateReason>,
        /// The terms of its score, with points other than 0 or an input.
        terms: Vec<ScoreTerm>,
        /// Their sum.
        score: f64,
        /// Its place among the available tasks, from 1.
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<u64>,
        /// The nearest moment at which this changes by itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        changes: Option<String>,
    }

    /// Tasks after a change.
    TasksChanged {
        /// Those that changed; at most 256, `count` says how many in all.
        tasks: Vec<Task>,
        /// Projects and areas that changed.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        nodes: Vec<NodeRef>,
        /// How many changed, or with `dry_run` would change.
        count: u64,
        /// Those that already were as asked.
        unchanged: Vec<NodeRef>,
        /// Tasks that nothing blocks any more.
        unblocked: Vec<NodeRef>,
        /// Things to know.
        notes: Vec<String>,
        /// The group that `undo` takes; absent when nothing changed.
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<String>,
    }

    /// A task as an editable form.
    TaskForm {
        /// The form: `field: value` lines, a line `---`, the body.
        text: String,
        /// Base of the save.
        base: String,
        /// The task.
        task: Task,
    }

    /// Nodes after a change.
    NodesChanged {
        /// Those that changed.
        nodes: Vec<NodeRef>,
        /// Those that already were as asked.
        unchanged: Vec<NodeRef>,
        /// Tasks that nothing blocks any more.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        unblocked: Vec<NodeRef>,
        /// The group that `undo` takes.
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<String>,
    }

    /// A node with all there is to show.
    NodeShown {
        /// The node.
        node: NodeRef,
        /// The task, for a task.
        #[serde(skip_serializing_if = "Option::is_none")]
        task: Option<Task>,
        /// The page, for a page of any kind.
        #[serde(skip_serializing_if = "Option::is_none")]
        page: Option<Page>,
        /// The project, for a project or area.
        #[serde(skip_serializing_if = "Option::is_none")]
        project: Option<ProjectSummary>,
        /// The body.
        text: String,
        /// Revision token of the body.
        rev: String,
        /// The log, oldest first.
        log: Vec<LogEntry>,
        /// Occurrences of a recurring task that were done or skipped, newest first; at most 100.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        occurrences: Vec<Occurrence>,
        /// Open tasks that wait for this one.
        blocks: Vec<NodeRef>,
        /// Tasks that are part of this one, or of this project; open ones, at most 256.
        children: Vec<NodeRef>,
        /// The links of the body, in its order; at most 1,000.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        links: Vec<Link>,
        /// The first of the links to this node; at most 20.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        backlinks: Vec<Backlink>,
        /// Whether there are more of them.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        more_backlinks: bool,
        /// The files that belong to it, by name.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attachment>,
    }

    /// Nodes that a prefix or word may mean.
    Candidates {
        /// What to complete with, and what it means.
        candidates: Vec<Candidate>,
    }

    /// One completion.
    Candidate {
        /// The text to insert.
        value: String,
        /// What it means.
        label: String,
    }

    /// A node's changes, newest first.
    NodeHistory {
        /// The node.
        node: NodeRef,
        /// The changes.
        entries: Vec<HistoryEntry>,
        /// Token of the next page.
        #[serde(skip_serializing_if = "Option::is_none")]
        next_page: Option<String>,
    }

    /// A page, open.
    PageOpened {
        /// The page and its text.
        open: OpenPage,
    }

    /// A page that was saved.
    PageSaved {
        /// The page.
        page: Page,
        /// Revision token of the text that now stands.
        rev: String,
        /// That text, when it is not the one that was sent.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Tasks whose status a box of the text changed.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tasks: Vec<Task>,
        /// Things to know (a box that could not be ticked).
        #[serde(skip_serializing_if = "Vec::is_empty")]
        notes: Vec<String>,
        /// The group that `undo` takes; absent for saves, which are no undo steps.
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<String>,
    }

    /// The links of a page or task.
    PageLinks {
        /// The page or task.
        node: NodeRef,
        /// Its links.
        links: Vec<Link>,
    }

    /// The links to a node.
    PageBacklinks {
        /// The node.
        node: NodeRef,
        /// The links, by the title of what has them.
        backlinks: Vec<Backlink>,
        /// Token of the next page.
        #[serde(skip_serializing_if = "Option::is_none")]
        next_page: Option<String>,
    }

    /// Targets of links that no page answers to, by target.
    PageUnresolved {
        /// The targets.
        targets: Vec<UnresolvedTarget>,
        /// Token of the next page.
        #[serde(skip_serializing_if = "Option::is_none")]
        next_page: Option<String>,
    }

    /// What a rename did, or with `dry_run` would do.
    PageRenamed {
        /// The pages with their new titles and folders; at most 256, `count` says how many in all.
        pages: Vec<Page>,
        /// How many pages were renamed.
        count: u64,
        /// How many links were rewritten.
        links: u64,
        /// In which pages and tasks; at most 256.
        rewritten: Vec<RewrittenPage>,
        /// Things to know (links that become ambiguous).
        notes: Vec<String>,
        /// The group that `undo` takes.
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<String>,
    }

    /// The revisions of a text, newest first.
    PageHistory {
        /// The page or task.
        node: NodeRef,
        /// The revisions.
        revisions: Vec<TextRevision>,
        /// Token of the next page.
        #[serde(skip_serializing_if = "Option::is_none")]
        next_page: Option<String>,
    }

    /// The text of a revision.
    PageRevision {
        /// The page or task.
        node: NodeRef,
        /// The revision's token.
        rev: String,
        /// The text.
        text: String,
    }

    /// What changed between two revisions.
    PageDiff {
        /// The page or task.
        node: NodeRef,
        /// Token of the older revision.
        from: String,
        /// Token of the newer one.
        to: String,
        /// The difference, as `diff -u` writes it, without the two lines that name files; empty when there is none.
        diff: String,
    }

    /// What is doubtful in pages.
    PageLint {
        /// The findings, by page and line.
        findings: Vec<Finding>,
        /// Token of the next page.
        #[serde(skip_serializing_if = "Option::is_none")]
        next_page: Option<String>,
    }

    /// Pages with their texts.
    PagesExported {
        /// The pages.
        pages: Vec<ExportedPage>,
        /// Token of the next page.
        #[serde(skip_serializing_if = "Option::is_none")]
        next_page: Option<String>,
    }

    /// A line that is a task now.
    ItemPromoted {
        /// The task.
        task: Task,
        /// The page.
        page: Page,
        /// Revision token of the page's text that now stands.
        rev: String,
        /// The line as it now stands.
        line: String,
        /// Whether it was a task before.
        already: bool,
        /// What was understood of the line.
        recognised: Vec<Recognised>,
        /// Things to know.
        notes: Vec<String>,
        /// The group that `undo` takes; absent when nothing changed.
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<String>,
    }

    /// Tags, in order.
    TagList {
        /// The tags.
        tags: Vec<TagCount>,
    }

    /// What a search found, best first.
    SearchFound {
        /// The hits.
        hits: Vec<SearchHit>,
        /// Token of the next page.
        #[serde(skip_serializing_if = "Option::is_none")]
        next_page: Option<String>,
        /// Whether what was written last is still being indexed, as after a large import, so that hits may be missing.
        behind: bool,
    }

    /// Pages in title order.
    PageList {
        /// The pages.
        pages: Vec<Page>,
        /// Token of the next page of the list.
        #[serde(skip_serializing_if = "Option::is_none")]
        next_page: Option<String>,
    }

    /// What undo or redo did.
    Undone {
        /// The group that was undone or redone.
        group: String,
        /// What it had done, in words.
        summary: String,
        /// Nodes put back.
        nodes: Vec<NodeRef>,
        /// What was left as it was.
        skipped: Vec<Skipped>,
    }

    /// How a filter was understood.
    FilterExplained {
        /// The parse, with its dates resolved.
        parse: String,
        /// The filter as heph writes it: read again it means the same.
        canonical: String,
        /// Where it is answered: `memory`, or `memory and store` with the reason.
        answered_from: String,
    }

    /// What a batch of an import did.
    Imported {
        /// Items that became new nodes.
        created: u64,
        /// Items whose nodes changed.
        updated: u64,
        /// Items that were there already.
        unchanged: u64,
        /// Source fields without a counterpart, kept as they are.
        kept: Vec<KeptField>,
        /// What could not be mapped.
        problems: Vec<ImportProblem>,
    }

    /// A copy of the store, ready to be read.
    BackupReady {
        /// Its handle.
        id: String,
        /// Its size.
        bytes: u64,
    }

    /// A piece of that copy.
    BackupPart {
        /// The bytes; empty at the end.
        #[serde(with = "serde_bytes")] #[cfg_attr(feature = "schema", schemars(with = "Vec<u8>"))]
        bytes: Vec<u8>,
    }

    /// A place for a store to restore from.
    RestoreReady {
        /// Its handle.
        id: String,
    }

    /// A store was restored; the daemon restarts on it.
    Restored {
        /// Where the store from before is kept.
        kept_as: String,
    }

    /// What a check found.
    Checked {
        /// Entities looked at.
        nodes: u64,
        /// Operations folded.
        operations: u64,
        /// What is wrong; empty when all is well.
        problems: Vec<String>,
    }
}
