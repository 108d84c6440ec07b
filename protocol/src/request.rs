//! Requests, one struct a method, and the table of all methods.

use serde::{Deserialize, Serialize};

pub use crate::choice::{BulkAction, Children, Completion, Scope, Span, TimeBy, Transition};
use crate::envelope::from_map;
use crate::error::{ErrorCode, WireError};
use crate::event::Topic;
use crate::method::methods;
pub use crate::method::{Kind, Method, MethodInfo, MethodVisitor};
use crate::response;

mod plan;
mod settings;
mod writing;

plan::with_plans! {[
    /// Opens the conversation; the first request of every connection. Others may be pipelined behind it.
    "hello" Read Hello -> Hello {
        /// Protocol major version of the client.
        protocol: u32,
        /// Name of the client (`heph`, `heph-tui`, `heph.nvim`).
        #[serde(default)] client: String,
        /// Its version.
        #[serde(default)] client_version: String,
        /// IANA zone in which the user lives now; the daemon's own if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")] zone: Option<String>,
    }

    /// Asks for events on this connection.
    "subscribe" Read Subscribe -> Subscribed {
        /// What to hear of.
        topics: Vec<Topic>,
    }

    /// Tells what the daemon is doing.
    "daemon.status" Read DaemonStatus -> DaemonStatus {}

    /// Tells how the store stands to its hub.
    "sync.status" Read SyncStatus -> SyncStatus {}

    /// Syncs now, and answers once both have the same, or why they do not.
    "sync.now" Bulk SyncNow -> SyncStatus {}

    /// Compares this store with the account before it joins: what each has, and what will be merged. Changes nothing.
    "sync.preview" Bulk SyncPreview -> SyncPreview {}

    /// Joins the account of the login; with what both have made, both keep everything.
    "sync.join" Bulk SyncJoin -> SyncStatus {}

    /// Lists the devices of the account.
    "sync.devices" Bulk SyncDevices -> SyncDevices {}

    /// Locks a device out of the account.
    "sync.revoke" Bulk SyncRevoke -> SyncDevices {
        /// Its id, or the beginning of it, or its name.
        device: String,
    }

    /// Tries again what the hub refused.
    "sync.retry" Bulk SyncRetry -> SyncStatus {}

    /// Gives up what the hub refused: what it was about is as the hub has it.
    "sync.discard" Bulk SyncDiscard -> SyncStatus {}

    /// Tries the whole way to the hub, step by step.
    "sync.check" Bulk SyncCheck -> SyncChecked {}

    /// Lists values that were overwritten by somebody who had not seen them, newest first.
    "conflict.list" Read ConflictList -> ConflictList {}

    /// Takes values that were overwritten back, as a change of one's own.
    "conflict.restore" Mutation ConflictRestore -> NodesChanged {
        /// Id of the conflict.
        id: String,
    }

    /// Hides a value that was overwritten from the list.
    "conflict.dismiss" Bulk ConflictDismiss -> Done {
        /// Id of the conflict; empty for all.
        id: String,
    }

    /// Begins a login: answers the code that the person enters at the issuer.
    "auth.login" Bulk AuthLogin -> LoginBegun {}

    /// Waits until the login that was begun is granted, denied, or too late.
    "auth.wait" Bulk AuthWait -> AuthStatus {}

    /// Tells who is logged in.
    "auth.status" Read AuthStatus -> AuthStatus {}

    /// Ends the login: tokens are revoked and forgotten. The store stays as it is.
    "auth.logout" Bulk AuthLogout -> AuthStatus {}

    /// Tells how heph is kept up to date, and how far an update is.
    "update.status" Read UpdateStatus -> UpdateStatus {}

    /// Asks the forge whether there is a newer release. Changes nothing.
    "update.check" Bulk UpdateCheck -> UpdateStatus {}

    /// Updates to the newest release: builds or fetches it, tries it, and puts it in place. The daemon ends after the
    /// answer, and the new version starts.
    "update.run" Bulk UpdateRun -> UpdateStatus {}

    /// Lists the accounts of this hub, those that asked last first. In server mode only, as all of `hub.*`.
    "hub.accounts" Read HubAccounts -> HubAccounts {}

    /// Lists the devices of an account.
    "hub.devices" Read HubDevices -> HubDevices {
        /// Its number, or the subject of its login.
        account: String,
    }

    /// Locks a device out of an account.
    "hub.revoke" Bulk HubRevoke -> HubDevices {
        /// The account: its number, or the subject of its login.
        account: String,
        /// The device: its name, its id, or the beginning of it.
        device: String,
    }

    /// Sets how many bytes an account may have.
    "hub.quota" Bulk HubQuota -> HubAccounts {
        /// Its number, or the subject of its login.
        account: String,
        /// Bytes; what it has already stays, also where that is more.
        bytes: u64,
    }

    /// Tells what became of a mutation whose reply was lost. One that was not applied is burnt: it is refused if it
    /// arrives later.
    "mutation.outcome" Mutation MutationOutcome -> MutationOutcome {
        /// The mutation's id.
        id: String,
    }

    /// Adds a task from a quick-add line.
    "task.add" Mutation TaskAdd -> TaskAdded {
        /// The line as typed.
        line: String,
        /// Take the line as the title, tokens and all.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")] literal: bool,
        /// The task's body.
        #[serde(default, skip_serializing_if = "Option::is_none")] body: Option<String>,
        /// The context it is added in, which gives it what a new task gets there: a name, or a filter; `none` or empty for
        /// none; the active one of this machine if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")] context: Option<String>,
        /// Only tell what would be added.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")] dry_run: bool,
    }

    /// The available tasks, best first.
    "task.next" Read TaskNext -> TaskNext {
        /// At most so many; 20 if absent, 1,000 at most.
        #[serde(default, skip_serializing_if = "Option::is_none")] limit: Option<u32>,
        /// Only tasks that match this filter.
        #[serde(default, skip_serializing_if = "String::is_empty")] filter: String,
        /// The context it is asked in: a name, or a filter; `none` or empty for none; the active one of this machine if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")] context: Option<String>,
    }

    /// Why a task stands where it stands in `next`.
    "task.why" Read TaskWhy -> TaskWhy {
        /// The task.
        reference: String,
        /// The context it is asked in: a name, or a filter; `none` or empty for none; the active one of this machine if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")] context: Option<String>,
    }

    /// Tasks that match a filter; open ones unless the filter speaks of status, closing or trash.
    "task.list" Read TaskList -> TaskList {
        /// The filter; empty for all open tasks.
        #[serde(default)] filter: String,
        /// Sort keys, comma-separated, `-` behind one for descending (`due,score-`); by score if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")] sort: Option<String>,
        /// What stands together: `project`, `area`, `tag` (the first of each task), `due`, `status`, `priority`; `none`
        /// if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")] group: Option<String>,
        /// At most so many; 50 if absent, 1,000 at most.
        #[serde(default, skip_serializing_if = "Option::is_none")] limit: Option<u32>,
        /// Token of the page to answer with.
        #[serde(default, skip_serializing_if = "Option::is_none")] page: Option<String>,
        /// The context it is asked in: a name, or a filter; `none` or empty for none; the active one of this machine if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")] context: Option<String>,
    }

    /// Changes the status of tasks, all or none.
    "task.transition" Mutation TaskTransition -> TasksChanged {
        /// The tasks.
        references: Vec<String>,
        /// What to do.
        to: Transition,
        /// What to do with open children.
        #[serde(default)] children: Children,
    }

    /// Changes fields of tasks, all or none.
    "task.modify" Mutation TaskModify -> TasksChanged {
        /// The tasks, or projects and areas; empty with `filter`.
        #[serde(default)] references: Vec<String>,
        /// Instead of references: all tasks that match.
        #[serde(default, skip_serializing_if = "Option::is_none")] filter: Option<String>,
        /// The changes, as in quick-add (`+tag -tag p1 due:fri due: proj:Home title:…`); other words become the title.
        /// Of projects: `status:on-hold review:2w sequential:yes outcome:… area:… kind:area`.
        changes: Vec<String>,
        /// Which occurrences of recurring tasks the dates among them are for.
        #[serde(default, skip_serializing_if = "Scope::is_usual")] scope: Scope,
        /// Only tell what would change.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")] dry_run: bool,
    }

    /// Does the same to every task that matches a filter, all or none, as one undo step.
    "task.bulk" Mutation TaskBulk -> TasksChanged {
        /// The filter; an empty one is refused.
        filter: String,
        /// What is done.
        action: BulkAction,
        /// What to do with open children of those that are closed.
        #[serde(default)] children: Children,
        /// Until when they are hidden: a date word; empty takes the deferral away.
        #[serde(default, skip_serializing_if = "String::is_empty")] until: String,
        /// Only tell what would change.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")] dry_run: bool,
    }

    /// Hides tasks until a date.
    "task.defer" Mutation TaskDefer -> TasksChanged {
        /// The tasks.
        references: Vec<String>,
        /// A date word; empty takes the deferral away.
        until: String,
    }

    /// Pins tasks to the top for today, or takes the pin away.
    "task.pin" Mutation TaskPin -> TasksChanged {
        /// The tasks.
        references: Vec<String>,
        /// Whether to pin.
        pinned: bool,
    }

    /// Adds a line to a task's log.
    "task.log" Mutation TaskLog -> TasksChanged {
        /// The task.
        reference: String,
        /// The line.
        text: String,
    }

    /// A task as a form to edit.
    "task.form" Read TaskForm -> TaskForm {
        /// The task.
        reference: String,
    }

    /// Saves an edited form: only fields that differ from the base are changed.
    "task.form_save" Mutation TaskFormSave -> TasksChanged {
        /// The task's id.
        id: String,
        /// The base that came with the form.
        base: String,
        /// The edited form.
        text: String,
    }

    /// A node with all there is to show.
    "node.show" Read NodeShow -> NodeShown {
        /// The node.
        reference: String,
    }

    /// A node's changes, newest first.
    "node.history" Read NodeHistory -> NodeHistory {
        /// The node.
        reference: String,
        /// At most so many; 50 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")] limit: Option<u32>,
        /// Token of the page to answer with.
        #[serde(default, skip_serializing_if = "Option::is_none")] page: Option<String>,
    }

    /// Puts nodes into the trash, all or none.
    "node.delete" Mutation NodeDelete -> NodesChanged {
        /// The nodes.
        references: Vec<String>,
    }

    /// Takes nodes out of the trash.
    "node.restore" Mutation NodeRestore -> NodesChanged {
        /// The nodes.
        references: Vec<String>,
    }

    /// Completions for a shell, an editor or a picker.
    "complete" Read Complete -> Candidates {
        /// What to complete.
        what: Completion,
        /// What is typed already.
        #[serde(default)] prefix: String,
        /// At most so many; 50 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")] limit: Option<u32>,
    }

    /// Makes a page.
    "page.new" Mutation PageNew -> PageSaved {
        /// Its title, with its folder before the last `/`, if any.
        title: String,
        /// Its text.
        #[serde(default)] text: String,
        /// Page of the folder `Templates` to begin with; its text stands before `text`.
        #[serde(default, skip_serializing_if = "Option::is_none")] template: Option<String>,
        /// Only tell what would be made, and with which text.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")] dry_run: bool,
    }

    /// A page's or a task's text with the base of a save.
    "page.open" Read PageOpen -> PageOpened {
        /// The page.
        reference: String,
    }

    /// Saves a text over its base. What others saved meanwhile is merged with it, and nothing of either is lost. A base that the page never had is `conflict`.
    "page.save" Mutation PageSave -> PageSaved {
        /// The page's id.
        id: String,
        /// Key of a journal that may not be there yet.
        #[serde(default, skip_serializing_if = "Option::is_none")] key: Option<String>,
        /// Revision token of the text that was edited.
        base_rev: String,
        /// Mutation ids of saves of the same buffer that are not answered yet: the newest applied one is the base.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] after: Vec<String>,
        /// The new text, whole.
        text: String,
    }

    /// Pages in title order.
    "page.list" Read PageList -> PageList {
        /// Only of this folder and below.
        #[serde(default, skip_serializing_if = "Option::is_none")] folder: Option<String>,
        /// Only titles that contain this, whatever its case.
        #[serde(default, skip_serializing_if = "Option::is_none")] text: Option<String>,
        /// Journals instead of pages, newest first.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")] journals: bool,
        /// At most so many; 50 if absent, 1,000 at most.
        #[serde(default, skip_serializing_if = "Option::is_none")] limit: Option<u32>,
        /// Token of the page to answer with.
        #[serde(default, skip_serializing_if = "Option::is_none")] page: Option<String>,
    }

    /// The journal of a day or week; reading makes nothing, the first save does.
    "journal.open" Read JournalOpen -> PageOpened {
        /// A date word, `+1`, `-3`, or a week; empty for today.
        #[serde(default)] date: String,
    }

    /// Appends a line to a journal.
    "journal.capture" Mutation JournalCapture -> PageSaved {
        /// The line; it becomes a list item.
        line: String,
        /// A date word; empty for today.
        #[serde(default)] date: String,
    }

    /// The page everything begins at; reading makes nothing, the first save does.
    "home.open" Read HomeOpen -> PageOpened {}

    /// The links a page or task has, in the order of its text, each with what it means now.
    "page.links" Read PageLinks -> PageLinks {
        /// The page or task; with `text` it may be an id that is not in the store yet.
        reference: String,
        /// The text as it stands in the editor; the saved one if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")] text: Option<String>,
    }

    /// The links to a node, by the pages and tasks that have them.
    "page.backlinks" Read PageBacklinks -> PageBacklinks {
        /// The node.
        reference: String,
        /// At most so many; 50 if absent, 1,000 at most.
        #[serde(default, skip_serializing_if = "Option::is_none")] limit: Option<u32>,
        /// Token of the page to answer with.
        #[serde(default, skip_serializing_if = "Option::is_none")] page: Option<String>,
    }

    /// Targets of links that no page answers to.
    "page.unresolved" Read PageUnresolved -> PageUnresolved {
        /// At most so many; 50 if absent, 1,000 at most.
        #[serde(default, skip_serializing_if = "Option::is_none")] limit: Option<u32>,
        /// Token of the page to answer with.
        #[serde(default, skip_serializing_if = "Option::is_none")] page: Option<String>,
    }

    /// Pages that no link leads to, in title order; journals and home are left out.
    "page.orphans" Read PageOrphans -> PageList {
        /// At most so many; 50 if absent, 1,000 at most.
        #[serde(default, skip_serializing_if = "Option::is_none")] limit: Option<u32>,
        /// Token of the page to answer with.
        #[serde(default, skip_serializing_if = "Option::is_none")] page: Option<String>,
    }

    /// Gives a page another title or folder and rewrites the links to it, as one undo step. With a `/` at the end of
    /// both, a folder with all that is in it.
    "page.rename" Mutation PageRename -> PageRenamed {
        /// The page; or a folder with `/` at its end.
        reference: String,
        /// The title, with its folder before the last `/`; a bare title leaves the page in its folder, `/Title` takes
        /// it out of all.
        to: String,
        /// Only tell what would change.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")] dry_run: bool,
    }

    /// The revisions of a page's or task's text, newest first.
    "page.history" Read PageHistory -> PageHistory {
        /// The page or task.
        reference: String,
        /// At most so many; 50 if absent, 1,000 at most.
        #[serde(default, skip_serializing_if = "Option::is_none")] limit: Option<u32>,
        /// Token of the page to answer with.
        #[serde(default, skip_serializing_if = "Option::is_none")] page: Option<String>,
    }

    /// The text of a revision.
    "page.revision" Read PageRevision -> PageRevision {
        /// The page or task.
        reference: String,
        /// Its revision: a token, or the number before the `-`.
        rev: String,
    }

    /// What changed between two revisions of a text, as a unified diff.
    "page.diff" Read PageDiff -> PageDiff {
        /// The page or task.
        reference: String,
        /// The older revision; the one before `to` if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")] from: Option<String>,
        /// The newer revision; the newest if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")] to: Option<String>,
    }

    /// Gives a page or task the text of an earlier revision back; an undo step.
    "page.revert" Mutation PageRevert -> PageSaved {
        /// The page or task.
        reference: String,
        /// The revision.
        rev: String,
    }

    /// What is doubtful in the links, anchors and titles of one page or of all.
    "page.lint" Read PageLint -> PageLint {
        /// The page; all if absent. With `text` it may be an id that is not in the store yet.
        #[serde(default, skip_serializing_if = "Option::is_none")] reference: Option<String>,
        /// The page's text as it stands in the editor; the saved one if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")] text: Option<String>,
        /// At most so many findings; 50 if absent, 1,000 at most.
        #[serde(default, skip_serializing_if = "Option::is_none")] limit: Option<u32>,
        /// Token of the page to answer with.
        #[serde(default, skip_serializing_if = "Option::is_none")] page: Option<String>,
    }

    /// Pages and journals with their texts, for an export; as many as fit into a reply of 1 MiB.
    "page.export" Read PageExport -> PagesExported {
        /// Token of the page to answer with.
        #[serde(default, skip_serializing_if = "Option::is_none")] page: Option<String>,
    }

    /// Makes a task of a line of a page and writes its anchor into the line. A line that is a task already stays so.
    "item.promote" Mutation ItemPromote -> ItemPromoted {
        /// The page.
        reference: String,
        /// Revision token of the text in which the line was seen.
        base_rev: String,
        /// The line, from 1.
        line: u32,
        /// The line's text, so that no other line is taken when the page has changed.
        text: String,
    }

    /// Tags with how many tasks and pages have them.
    "tag.list" Read TagList -> TagList {
        /// Only this tag and those below it; all if empty.
        #[serde(default, skip_serializing_if = "String::is_empty")] under: String,
    }

    /// Projects and areas, by path.
    "project.list" Read ProjectList -> ProjectList {}

    /// Searches pages, journals and tasks.
    "search" Read Search -> SearchFound {
        /// The query: words, `"phrase"`, `prefix*`, `-not`, `OR`, `( )`, `title:` `tag:` `path:` `journal:` `task:`.
        query: String,
        /// At most so many; 20 if absent, 200 at most.
        #[serde(default, skip_serializing_if = "Option::is_none")] limit: Option<u32>,
        /// Token of the page to answer with.
        #[serde(default, skip_serializing_if = "Option::is_none")] page: Option<String>,
    }

    /// Undoes a group, the last one of this device if none is named.
    "undo" Mutation Undo -> Undone {
        /// The group.
        #[serde(default, skip_serializing_if = "Option::is_none")] group: Option<String>,
    }

    /// Redoes what was undone last.
    "redo" Mutation Redo -> Undone {}

    /// Tells how a filter is understood.
    "filter.explain" Read FilterExplain -> FilterExplained {
        /// The filter.
        filter: String,
    }

    /// Takes in a batch of another program's data; a repeat changes nothing.
    "import.batch" Mutation ImportBatch -> Imported {
        /// Whose data: `taskwarrior`, `obsidian`.
        source: String,
        /// The items, each as its source writes it; at most 1,000.
        items: Vec<String>,
        /// Only tell what would happen.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")] dry_run: bool,
    }

    /// Makes a consistent copy of the store in the daemon's own folder.
    "store.backup" Bulk StoreBackup -> BackupReady {}

    /// Reads a piece of that copy; the piece behind its end is empty, and removes it.
    "store.backup_read" Read StoreBackupRead -> BackupPart {
        /// The copy's handle.
        id: String,
        /// Where the piece begins, in bytes.
        offset: u64,
    }

    /// Opens a place to send a store to.
    "store.restore_begin" Bulk StoreRestoreBegin -> RestoreReady {
        /// How many bytes will come.
        bytes: u64,
    }

    /// Sends a piece of it.
    "store.restore_write" Bulk StoreRestoreWrite -> Done {
        /// The place's handle.
        id: String,
        /// Where the piece begins; pieces come in order.
        offset: u64,
        /// The bytes, at most 1 MiB.
        #[serde(with = "serde_bytes")] #[cfg_attr(feature = "schema", schemars(with = "Vec<u8>"))] bytes: Vec<u8>,
    }

    /// Checks what was sent, keeps the store of now as a backup, swaps, and restarts the daemon.
    "store.restore_commit" Bulk StoreRestoreCommit -> Restored {
        /// The place's handle.
        id: String,
    }

    /// Adds parts to a task, behind those it has; an undo step.
    "task.sub" Mutation TaskSub -> TasksChanged {
        /// The task.
        reference: String,
        /// A quick-add line for each part, in order; 1,000 at most. They belong to the task's project unless a line
        /// names another.
        lines: Vec<String>,
    }

    /// Puts a task elsewhere among its likes: the open parts of the same task, or else the open tasks of the same
    /// project. Behind all of them unless something is said.
    "task.move" Mutation TaskMove -> TasksChanged {
        /// The task.
        reference: String,
        /// Just before this one.
        #[serde(default, skip_serializing_if = "Option::is_none")] before: Option<String>,
        /// Just behind this one.
        #[serde(default, skip_serializing_if = "Option::is_none")] after: Option<String>,
        /// Before all.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")] first: bool,
    }

    /// Copies a task with its body and its open parts; the copies are open, and have no log and no times.
    "task.duplicate" Mutation TaskDuplicate -> TasksChanged {
        /// The task.
        reference: String,
    }

    /// Makes tasks wait for somebody or something, until a date on which to ask again.
    "task.wait" Mutation TaskWait -> TasksChanged {
        /// The tasks.
        references: Vec<String>,
        /// For whom or what; empty leaves it as it is.
        #[serde(default, skip_serializing_if = "String::is_empty")] whom: String,
        /// A date word, when to ask again; empty takes it away.
        #[serde(default, skip_serializing_if = "Option::is_none")] follow_up: Option<String>,
    }
]}
