//! One schedule: what people type, what the network does, and what has to hold in the end.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::memory_hub::Hub;
use super::spoke::Spoke;
use crate::domain::id::{DeviceId, NodeId, OpId};
use crate::domain::node::register;
use crate::domain::page::{Journal, RevisionToken};
use crate::domain::sync::Arrived;
use crate::domain::sync::hub::{Offered, Verdict};
use crate::domain::value::Value;
use crate::domain::verbs::{Command, Edit};

/// A rule left out, which the simulation has to notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mutant {
    SaveOverwrites,
    LocalWorkDiscarded,
    NoCompare,
    NewIdOnRetry,
    /// What waits is thrown away when a snapshot is taken.
    SnapshotDiscards,
    /// A text on its way that the hub took before the snapshot counts as if it had not.
    AcceptedForgotten,
}

/// What schedules came to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) failures: Vec<String>,
    pub(super) saves: u64,
    pub(super) tokens: u64,
    pub(super) doubled: u64,
    pub(super) dropped: u64,
    pub(super) stale: u64,
    pub(super) crashes: u64,
    pub(super) clock_jumps: u64,
    pub(super) conflicts: u64,
    pub(super) snapshots: u64,
    pub(super) joins: u64,
}

impl Outcome {
    pub(super) fn add(&mut self, other: Self) {
        self.failures.extend(other.failures);
        self.saves += other.saves;
        self.tokens += other.tokens;
        self.doubled += other.doubled;
        self.dropped += other.dropped;
        self.stale += other.stale;
        self.crashes += other.crashes;
        self.clock_jumps += other.clock_jumps;
        self.conflicts += other.conflicts;
        self.snapshots += other.snapshots;
        self.joins += other.joins;
    }
}

/// xorshift64*: the same numbers everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize) % below.max(1)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }
}

#[derive(Clone)]
enum Message {
    Push(usize, Vec<Offered>),
    Pushed(usize, Vec<(OpId, Verdict)>, u64),
    Pull(usize, u64),
    Page(usize, u64, Vec<Arrived>, u64),
    Gone(usize, u64),
}

impl Message {
    fn is_for(&self, spoke: usize) -> bool {
        matches!(self, Self::Pushed(to, ..) | Self::Page(to, ..) | Self::Gone(to, _) if *to == spoke)
    }
}

const STEPS: usize = 120;
const SPOKES: usize = 3;
const PAGE: usize = 7;
const DAYS: [&str; 3] = ["2026-11-23", "2026-11-24", "2026-W48"];

pub(super) struct World {
    seed: u64,
    dice: Dice,
    mutant: Option<Mutant>,
    hub: Hub,
    spokes: Vec<Spoke>,
    buffers: HashMap<(usize, NodeId), (RevisionToken, String)>,
    messages: Vec<Message>,
    /// Tokens that have to exist in the end, with the page they were typed on.
    live: BTreeMap<String, NodeId>,
    now: u64,
    outcome: Outcome,
}

impl World {
    pub(super) fn new(seed: u64, mutant: Option<Mutant>) -> Self {
        let hub = Hub { compares: mutant != Some(Mutant::NoCompare), ..Hub::default() };
        Self {
            seed,
            dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            mutant,
            hub,
            spokes: (0..SPOKES).map(|n| Spoke::new(n as u8 + 1)).collect(),
            buffers: HashMap::new(),
            messages: Vec::new(),
            live: BTreeMap::new(),
            now: 1_795_000_000_000,
            outcome: Outcome::default(),
        }
    }

    pub(super) fn run(mut self) -> Outcome {
        for _ in 0..STEPS {
            self.now += 1 + self.dice.roll(90_000) as u64;
            self.step();
        }
        self.settle();
        self.judge();
        self.outcome
    }

    fn step(&mut self) {
        let spoke = self.dice.roll(SPOKES);
        match self.dice.roll(100) {
            0..10 => self.open(spoke),
            10..38 => self.save(spoke),
            38..50 => self.set(spoke),
            50..53 => self.trash(spoke),
            53..68 => self.send(spoke, true),
            68..82 => self.send(spoke, false),
            82..84 => self.crash(spoke),
            84..85 => self.jump(spoke),
            85..88 => self.snapshot(spoke),
            _ => self.deliver(),
        }
        for _ in 0..2 {
            self.deliver();
        }
    }

    fn page(&mut self) -> (NodeId, Journal) {
        let journal = Journal::from_title(DAYS[self.dice.roll(DAYS.len())]).unwrap();
        (journal.id(), journal)
    }

    fn open(&mut self, spoke: usize) {
        let (id, _) = self.page();
        if let Some(shown) = self.spokes[spoke].open(id) {
            self.buffers.insert((spoke, id), shown);
        }
    }

    /// Saves what an editor has open, however long ago it opened it.
    fn save(&mut self, spoke: usize) {
        let (id, journal) = self.page();
        let buffer = self.buffers.remove(&(spoke, id)).or_else(|| self.spokes[spoke].open(id));
        let first = || (RevisionToken::new(0, crate::domain::change::text_hash("")), journal.genesis());
        let (base, before) = buffer.unwrap_or_else(first);
        let text = self.typed(&before);
        if text == before {
            return;
        }
        self.note_tokens(id, &before, &text);
        let is_there = self.spokes[spoke].open(id).is_some();
        if self.mutant == Some(Mutant::SaveOverwrites) && is_there {
            self.spokes[spoke].edit(vec![Edit::Text { node: id, text }], self.now);
        } else {
            let command = Command::SavePage { id, key: Some(journal.key()), base, after: Vec::new(), text };
            self.spokes[spoke].run(&command, self.now);
        }
        self.outcome.saves += 1;
    }

    /// A few edits of a text, each with words nobody else types.
    fn typed(&mut self, before: &str) -> String {
        let mut lines: Vec<String> = before.lines().map(str::to_owned).collect();
        for _ in 0..1 + self.dice.roll(3) {
            let at = self.dice.roll(lines.len().max(1)).max(1).min(lines.len());
            let word = self.word();
            match self.dice.roll(7) {
                0 | 1 => lines.insert(at, format!("- [ ] {word} of the day")),
                2 if at < lines.len() => lines[at].push_str(&format!(" {word}")),
                3 if at < lines.len() => {
                    let mut words: Vec<&str> = lines[at].split(' ').collect();
                    let place = self.dice.roll(words.len());
                    words[place] = &word;
                    lines[at] = words.join(" ");
                }
                4 if at < lines.len() && lines.len() > 3 => drop(lines.remove(at)),
                5 if at < lines.len() && lines.len() > 3 => {
                    let line = lines.remove(at);
                    let to = 1 + self.dice.roll(lines.len() - 1);
                    lines.insert(to, line);
                }
                _ => lines.push(format!("{word} {}", self.word())),
            }
        }
        lines.join("\n") + "\n"
    }

    fn word(&mut self) -> String {
        self.outcome.tokens += 1;
        (0..9).map(|_| char::from(b'a' + self.dice.roll(26) as u8)).collect()
    }

    fn note_tokens(&mut self, id: NodeId, before: &str, after: &str) {
        let tokens = |text: &str| -> HashSet<String> {
            let words = text.split(|c: char| !c.is_ascii_lowercase()).filter(|word| word.len() == 9);
            words.map(str::to_owned).collect()
        };
        let (old, new) = (tokens(before), tokens(after));
        for gone in old.difference(&new) {
            self.live.remove(gone);
        }
        for come in new.difference(&old) {
            self.live.insert(come.clone(), id);
        }
    }

    fn set(&mut self, spoke: usize) {
        let (id, _) = self.page();
        if self.spokes[spoke].open(id).is_none() {
            return;
        }
        let name = ["priority", "due", "tag:a", "title"][self.dice.roll(4)];
        let value = match self.dice.roll(3) {
            0 => Value::Nil,
            n => Value::Int(n as i64 + 10 * self.dice.roll(4) as i64),
        };
        self.spokes[spoke].set(id, name, value, self.now);
    }

    fn trash(&mut self, spoke: usize) {
        let (id, _) = self.page();
        if self.spokes[spoke].open(id).is_some() {
            let value = if self.dice.chance(70) { Value::Bool(true) } else { Value::Nil };
            self.spokes[spoke].set(id, register::TRASHED, value, self.now);
        }
    }

    fn send(&mut self, spoke: usize, push: bool) {
        let new_ids = self.mutant == Some(Mutant::NewIdOnRetry);
        let message = if push {
            let limit = 1 + self.dice.roll(6);
            Message::Push(spoke, self.spokes[spoke].offers(limit, new_ids))
        } else {
            Message::Pull(spoke, self.spokes[spoke].cursor)
        };
        self.post(message);
    }

    /// Puts a message into the network, perhaps twice, perhaps never.
    fn post(&mut self, message: Message) {
        if self.dice.chance(15) {
            self.outcome.dropped += 1;
            return;
        }
        if self.dice.chance(10) {
            self.messages.push(message.clone());
        }
        self.messages.push(message);
    }

    /// Delivers any one of the messages under way: they overtake each other.
    fn deliver(&mut self) {
        if self.messages.is_empty() {
            return;
        }
        let at = self.dice.roll(self.messages.len());
        match self.messages.swap_remove(at) {
            Message::Push(spoke, offers) => {
                let verdicts = self.hub.push(self.spokes[spoke].device, &offers, self.now);
                self.post(Message::Pushed(spoke, verdicts, self.now));
            }
            Message::Pull(spoke, after) if after < self.hub.floor => self.post(Message::Gone(spoke, after)),
            Message::Pull(spoke, after) => {
                let page = self.hub.ops(after, 1 + self.dice.roll(PAGE));
                self.post(Message::Page(spoke, after, page, self.now));
            }
            Message::Pushed(spoke, verdicts, server_ms) => self.pushed(spoke, &verdicts, server_ms),
            Message::Page(spoke, after, page, server_ms) if after == self.spokes[spoke].cursor => {
                self.spokes[spoke].sees_clock(server_ms, self.now);
                self.take_in(spoke, &page);
            }
            Message::Gone(spoke, after) if after == self.spokes[spoke].cursor => {
                let parts = if self.dice.chance(30) { self.dice.roll(4) } else { usize::MAX / 64 };
                self.join(spoke, parts);
            }
            Message::Page(..) | Message::Gone(..) => {}
        }
    }

    /// A spoke makes a snapshot, and the log may begin later.
    fn snapshot(&mut self, spoke: usize) {
        let (seq, log) = (self.spokes[spoke].cursor, self.spokes[spoke].snapshot());
        if !self.hub.take_snapshot(seq, log) {
            return;
        }
        self.outcome.snapshots += 1;
        if self.dice.chance(60) {
            let floor = seq - self.dice.roll(seq as usize) as u64;
            self.hub.floor = self.hub.floor.max(floor);
        }
    }

    /// A spoke takes the newest snapshot; it may die on the way.
    fn join(&mut self, spoke: usize, parts: usize) {
        self.outcome.joins += 1;
        if self.mutant == Some(Mutant::SnapshotDiscards) {
            let ids = self.hub.texts().map(|(id, _)| id).collect();
            self.spokes[spoke].discard_unsent(&ids, self.now);
        }
        let counts_accepted = self.mutant != Some(Mutant::AcceptedForgotten);
        self.spokes[spoke].take_snapshot(&self.hub, PAGE, parts, counts_accepted, self.now);
    }

    fn pushed(&mut self, spoke: usize, verdicts: &[(OpId, Verdict)], server_ms: u64) {
        self.spokes[spoke].sees_clock(server_ms, self.now);
        self.outcome.stale += self.spokes[spoke].told(verdicts) as u64;
    }

    fn take_in(&mut self, spoke: usize, page: &[Arrived]) {
        if self.mutant == Some(Mutant::LocalWorkDiscarded) {
            let own: DeviceId = self.spokes[spoke].device;
            let ids = page.iter().filter(|arrived| arrived.device != own).map(|arrived| arrived.entity);
            self.spokes[spoke].discard_unsent(&ids.collect(), self.now);
        }
        self.spokes[spoke].pull(page, self.now);
    }

    /// What a spoke had under way is gone; its store is as the last transaction left it.
    fn crash(&mut self, spoke: usize) {
        self.messages.retain(|message| !message.is_for(spoke));
        self.outcome.crashes += 1;
    }

    fn jump(&mut self, spoke: usize) {
        const YEAR: i64 = 365 * 86_400_000;
        self.outcome.clock_jumps += 1;
        self.spokes[spoke].off_ms = match self.dice.roll(4) {
            0 => 0,
            1 => self.dice.roll(600_000) as i64 - 300_000,
            2 => 10 * YEAR,
            _ => -10 * YEAR,
        };
    }

    /// All faults stop: everything has to arrive everywhere in few rounds.
    fn settle(&mut self) {
        self.messages.clear();
        for _ in 0..30 {
            for spoke in 0..self.spokes.len() {
                loop {
                    if self.spokes[spoke].cursor < self.hub.floor {
                        self.join(spoke, usize::MAX / 64);
                    }
                    let page = self.hub.ops(self.spokes[spoke].cursor, 5);
                    if page.is_empty() {
                        break;
                    }
                    self.spokes[spoke].sees_clock(self.now, self.now);
                    self.take_in(spoke, &page);
                }
                let offers = self.spokes[spoke].offers(64, false);
                if !offers.is_empty() {
                    let verdicts = self.hub.push(self.spokes[spoke].device, &offers, self.now);
                    self.pushed(spoke, &verdicts, self.now);
                }
            }
            let head = self.hub.log.len() as u64;
            if self.spokes.iter().all(|spoke| spoke.is_quiet() && spoke.cursor == head) {
                return;
            }
        }
        self.fail("something still waits after 30 rounds without a fault");
    }

    fn judge(&mut self) {
        let mut joiner = Spoke::new(99);
        joiner.pull(&self.hub.log.clone(), self.now);
        self.spokes.push(joiner);
        let mut quick = Spoke::new(98);
        quick.take_snapshot(&self.hub, PAGE, usize::MAX / 64, true, self.now);
        quick.pull(&self.hub.ops(quick.cursor, usize::MAX), self.now);
        self.spokes.push(quick);
        let expected = self.spokes[0].state();
        for spoke in 0..self.spokes.len() {
            let (unfit, problems) = (self.spokes[spoke].unfit, self.spokes[spoke].problems());
            if unfit > 0 {
                self.fail(&format!("spoke {spoke} could not fold {unfit} operations in"));
            }
            problems.iter().for_each(|problem| self.fail(&format!("spoke {spoke}: {problem}")));
            let state = self.spokes[spoke].state();
            for (one, other) in expected.iter().zip(&state).filter(|(one, other)| one != other).take(1) {
                let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
                let part =
                    |text: &str| text.chars().skip(same.saturating_sub(160)).take(320).collect::<String>();
                self.fail(&format!("spoke 0 has …{}…\nand spoke {spoke} …{}…", part(one), part(other)));
            }
            if expected.len() != state.len() {
                self.fail(&format!("spoke 0 has {expected:#?}\nand spoke {spoke}\n{state:#?}"));
            }
            let texts: Vec<_> = self.hub.texts().collect();
            for (id, seq) in texts {
                if self.spokes[spoke].head(id) != seq {
                    self.fail(&format!("spoke {spoke} does not have the newest text of {id}"));
                }
            }
        }
        self.outcome.conflicts += expected.len() as u64 - self.spokes[0].nodes.len() as u64;
        let lost: Vec<String> = (self.live.iter())
            .filter(|(token, id)| !self.spokes[0].texts.get(id).is_some_and(|text| text.contains(&**token)))
            .map(|(token, _)| token.clone())
            .collect();
        lost.iter().for_each(|token| self.fail(&format!("{token} was typed and is gone")));
        let text: String = self.spokes[0].texts.values().map(String::as_str).collect();
        let doubled = self.live.keys().filter(|token| text.matches(&***token).count() > 1).count();
        self.outcome.doubled += doubled as u64;
    }

    fn fail(&mut self, what: &str) {
        if self.outcome.failures.len() < 3 {
            self.outcome.failures.push(format!("HEPH_SEED={}: {what}", self.seed));
        }
    }
}
