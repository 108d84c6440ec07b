//! A store in memory: it reads what deciding needs and keeps the log, as the real one does.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use crate::domain::change::{Body, Clock};
use crate::domain::date::Now;
use crate::domain::id::{DeviceId, GroupId, MutationId, NodeId};
use crate::domain::node::{Node, NodeKind, register};
use crate::domain::page::{FactKind, LinkSource, TitleHit, TypedPath, folder_key, name_title};
use crate::domain::short_id::ShortIds;
use crate::domain::task::open_tasks::{OpenTasks, Project};
use crate::domain::task::rank::Weights;
use crate::domain::verbs::{
    AppliedSave, Command, Context, FreshIds, GroupLog, GroupTxn, Need, Outcome, Recorded, Refusal, Stamper,
    Step, Stop, View, decide, record,
};

/// One transaction of the log.
struct Txn {
    rev: u64,
    group: Option<GroupId>,
    step: Step,
    label: String,
    operations: Vec<Recorded>,
}

/// The store.
pub(super) struct Store {
    pub(super) now: Now,
    nodes: HashMap<NodeId, Node>,
    texts: HashMap<NodeId, String>,
    texts_at: HashMap<NodeId, Vec<(u64, String)>>,
    log: Vec<Txn>,
    open: OpenTasks,
    short_ids: ShortIds,
    last: Option<NodeId>,
    clock: Clock,
    drawn: u64,
}

impl Default for Store {
    /// Monday, 2026-11-23, 10:00 in Berlin.
    fn default() -> Self {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        Self {
            now: Now::new("2026-11-23T09:00:00Z".parse().unwrap(), zone),
            nodes: HashMap::new(),
            texts: HashMap::new(),
            texts_at: HashMap::new(),
            log: Vec::new(),
            open: OpenTasks::new(Weights::default()),
            short_ids: ShortIds::default(),
            last: None,
            clock: Clock::default(),
            drawn: 0,
        }
    }
}

impl Store {
    /// Carries a command out.
    pub(super) fn run(&mut self, command: Command) -> Result<Outcome, Refusal> {
        let mut view = View::default();
        let decision = loop {
            self.drawn += 1;
            let mut seed = [0; 10];
            seed[..8].copy_from_slice(&self.drawn.to_be_bytes());
            let context = Context {
                now: &self.now,
                view: &view,
                open: &self.open,
                short_ids: &self.short_ids,
                last: self.last,
                fresh: FreshIds { ms: self.now.ms() as u64, seed },
            };
            match decide(&command, &context) {
                Ok(decision) => break decision,
                Err(Stop::Refused(refusal)) => return Err(refusal),
                Err(Stop::Need(need)) => self.read(&mut view, need),
            }
        };
        let rev = self.log.len() as u64 + 1;
        let mut drawn = self.drawn << 32;
        let mut random = || {
            drawn += 1;
            let mut bytes = [0; 10];
            bytes[2..].copy_from_slice(&drawn.to_be_bytes());
            bytes
        };
        let mut stamper = Stamper {
            device: DeviceId::from_bytes([9; 16]),
            clock: &mut self.clock,
            wall_ms: self.now.ms() as u64,
            random: &mut random,
        };
        let recorded = record(&mut view, decision.edits, rev, &mut stamper);
        let mut outcome = decision.outcome;
        if recorded.is_empty() {
            return Ok(outcome);
        }
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&rev.to_be_bytes());
        let group = (decision.step != Step::None).then_some(GroupId::from_bytes(bytes));
        if decision.step == Step::Do {
            outcome.group = group;
        }
        self.log.push(Txn { rev, group, step: decision.step, label: decision.label, operations: recorded });
        self.take(&view, rev);
        self.last = outcome.changed.first().copied().or(self.last);
        Ok(outcome)
    }

    fn take(&mut self, view: &View, rev: u64) {
        for node in view.changed_nodes() {
            self.short_ids.insert(node.id);
            self.nodes.insert(node.id, node.clone());
            match node.task() {
                Some(task) => self.open.put(task),
                None if node.kind() == NodeKind::Project => self.open.put_project(Project::of(node)),
                None => {}
            }
        }
        for (id, text) in view.changed_texts() {
            self.texts.insert(id, text.to_owned());
            self.texts_at.entry(id).or_default().push((rev, text.to_owned()));
        }
    }

    /// Who links by which names.
    fn link_sources(&self) -> impl Iterator<Item = LinkSource> {
        self.nodes.values().filter(|node| !node.is_trashed()).flat_map(|node| {
            let facts = node.facts(self.texts.get(&node.id).map_or("", String::as_str));
            let links =
                facts.into_iter().filter(|(kind, _)| matches!(kind, FactKind::Link | FactKind::TitleLink));
            links.map(|(kind, name)| LinkSource {
                node: node.id,
                in_title: kind == FactKind::TitleLink,
                name,
                folder_key: folder_key(node.folder()),
                title_key: node.title_key(),
            })
        })
    }

    /// Titles and aliases of a page, those of its frontmatter too.
    fn titles_of(&self, node: &Node) -> Vec<TitleHit> {
        if node.kind() == NodeKind::Task {
            return Vec::new();
        }
        node.title_hits(self.texts.get(&node.id).map_or("", String::as_str)).collect()
    }

    fn read(&self, view: &mut View, need: Need) {
        match need {
            Need::Nodes(ids) => {
                for id in ids {
                    view.put_node(id, self.nodes.get(&id).cloned());
                }
            }
            Need::Texts(ids) => {
                for id in ids {
                    view.put_node(id, self.nodes.get(&id).cloned());
                    view.put_text(id, self.texts.get(&id).cloned());
                }
            }
            Need::TextsAt(places) => {
                for (id, rev) in places {
                    let mut texts = self.texts_at.get(&id).into_iter().flatten();
                    let text = texts.rfind(|(at, _)| *at <= rev).map(|(_, text)| text.clone());
                    view.put_text_at(id, rev, text);
                }
            }
            Need::LinksTo(title_keys) => {
                for key in title_keys {
                    let sources = self.link_sources().filter(|source| name_title(&source.name) == key);
                    view.put_links_to(&key, sources.collect());
                }
            }
            Need::PagesIn(folder) => {
                let is_in = |node: &&Node| {
                    let own = folder_key(node.folder());
                    let below = own
                        .strip_prefix(folder.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                    node.kind() != NodeKind::Task && !node.is_trashed() && below
                };
                view.put_pages_in(&folder, self.nodes.values().filter(is_in).map(|node| node.id).collect());
            }
            Need::Titles(typed) => {
                for key in typed.iter().flat_map(|typed| {
                    TypedPath::new(typed).title_keys().map(str::to_owned).collect::<Vec<_>>()
                }) {
                    let hits = self
                        .nodes
                        .values()
                        .filter(|node| !node.is_trashed())
                        .flat_map(|node| self.titles_of(node));
                    view.put_titles(&key, hits.filter(|hit| hit.title_key == key).collect());
                }
            }
            Need::Group(id) => {
                let txns: Vec<&Txn> = self.log.iter().filter(|txn| txn.group == Some(id)).collect();
                let group = txns.first().map(|first| GroupLog {
                    label: first.label.clone(),
                    is_undo: matches!(first.step, Step::Undo(_)),
                    txns: txns
                        .iter()
                        .map(|txn| GroupTxn { rev: txn.rev, operations: txn.operations.clone() })
                        .collect(),
                    lost: Vec::new(),
                });
                view.put_group(id, group);
            }
            Need::Undoable => view.put_undoable(self.newest(|step| matches!(step, Step::Do | Step::Redo(_)))),
            Need::Redoable => {
                let undo = self.newest(|step| matches!(step, Step::Undo(_))).first().copied();
                let rev_of =
                    |group| self.log.iter().find(|txn| txn.group == Some(group)).map_or(0, |txn| txn.rev);
                let last_deed =
                    self.log.iter().rev().find(|txn| txn.step == Step::Do).map_or(0, |txn| txn.rev);
                view.put_redoable(undo.filter(|group| rev_of(*group) > last_deed));
            }
            Need::MadeByUndo(ids) => {
                for id in ids {
                    let is_undo = self
                        .undo_txns()
                        .any(|txn| txn.operations.iter().any(|recorded| recorded.operation.id == id));
                    view.put_made_by_undo(id, is_undo);
                }
            }
            Need::Applied(ids) => {
                for id in ids {
                    let applied = self.applied(id).map(|rev| AppliedSave { rev, typed: None });
                    view.put_applied(id, applied);
                }
            }
        }
    }

    fn undo_txns(&self) -> impl Iterator<Item = &Txn> {
        self.log.iter().filter(|txn| matches!(txn.step, Step::Undo(_) | Step::Redo(_)))
    }

    fn applied(&self, id: MutationId) -> Option<u64> {
        let rev = u64::from(id.as_bytes()[15]);
        (rev > 0).then_some(rev)
    }

    fn newest(&self, is_kind: impl Fn(Step) -> bool) -> Vec<GroupId> {
        let is_taken_back = |group: GroupId| {
            self.log
                .iter()
                .any(|txn| matches!(txn.step, Step::Undo(other) | Step::Redo(other) if other == group))
        };
        let groups = self.log.iter().rev().filter(|txn| is_kind(txn.step)).filter_map(|txn| txn.group);
        groups.filter(|group| !is_taken_back(*group)).take(2).collect()
    }

    /// The group of the newest step.
    pub(super) fn newest_group(&self) -> GroupId {
        self.log.iter().rev().find_map(|txn| txn.group).unwrap()
    }

    /// The group that made a node.
    pub(super) fn group_of(&self, id: NodeId) -> GroupId {
        let made = |recorded: &Recorded| recorded.creates && recorded.operation.entity == id;
        self.log.iter().find(|txn| txn.operations.iter().any(made)).unwrap().group.unwrap()
    }

    /// Adds a task from a line, and tells its id.
    pub(super) fn add(&mut self, line: &str) -> NodeId {
        let command = Command::AddTask { line: line.into(), literal: false, body: None, context: None };
        self.run(command).unwrap().changed[0]
    }

    /// A node that is there.
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[&id]
    }

    /// The text of a node.
    pub(super) fn text(&self, id: NodeId) -> &str {
        self.texts.get(&id).map_or("", String::as_str)
    }

    /// Shortest unique prefix of a node.
    pub(super) fn short(&self, id: NodeId) -> String {
        self.short_ids.show(id)
    }

    /// The open tasks.
    pub(super) fn open(&self) -> &OpenTasks {
        &self.open
    }

    /// Ids of all nodes of a kind.
    pub(super) fn of_kind(&self, kind: NodeKind) -> Vec<NodeId> {
        let mut ids: Vec<_> =
            self.nodes.values().filter(|node| node.kind() == kind).map(|node| node.id).collect();
        ids.sort_unstable();
        ids
    }

    /// Everything a person sees: set registers and text of what is not in the trash.
    pub(super) fn state(&self) -> Vec<String> {
        let mut state: Vec<String> = self
            .nodes
            .values()
            .filter(|node| !node.is_trashed())
            .map(|node| {
                let registers: Vec<_> =
                    node.registers.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
                format!("{} {registers:?} {:?}", node.id, self.text(node.id))
            })
            .collect();
        state.sort_unstable();
        state
    }

    /// Folds the log anew and compares it with the rows.
    pub(super) fn check_fold(&self) {
        let (mut nodes, mut texts) = (HashMap::new(), HashMap::<NodeId, String>::new());
        for txn in &self.log {
            for Recorded { operation, .. } in &txn.operations {
                let id = operation.entity;
                let node = nodes.entry(id).or_insert_with(|| Node::new(id));
                node.apply(operation);
                let base = texts.get(&id).cloned().unwrap_or_else(|| node.genesis());
                let text = match &operation.body {
                    Body::TextFull { text, .. } => text.clone(),
                    Body::Text { splices, hash, .. } => {
                        let text = crate::domain::change::apply_splices(&base, splices).unwrap();
                        assert_eq!(*hash, crate::domain::change::text_hash(&text));
                        text
                    }
                    _ => continue,
                };
                node.set_text(&text, txn.rev);
                texts.insert(id, text);
            }
        }
        assert_eq!(nodes, self.nodes);
        assert_eq!(texts, self.texts);
    }
}

/// A register of a node as text.
pub(super) fn value<'a>(node: &'a Node, name: &str) -> Option<&'a str> {
    node.registers.value(name).as_text()
}

/// References to nodes.
pub(super) fn refs(ids: &[NodeId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// The due register.
pub(super) fn due(node: &Node) -> Option<&str> {
    value(node, register::DUE)
}
