//! `complete`: what a half-typed word can become.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use heph_protocol::WireError;
use heph_protocol::envelope::to_map;
use heph_protocol::request::{Complete, Completion};
use heph_protocol::response::{Candidate, Candidates};

use super::answer::Answering;
use super::list::rows;
use crate::domain::date::Now;
use crate::domain::page::title_key;
use crate::domain::settings::fold_name;
use crate::domain::task::complete::{self, Of, Offered, Typed};
use crate::domain::task::filter::Vocabulary;
use crate::domain::task::own::{FieldKind, OwnField};
use crate::domain::task::{Project, Task, filter, quick_add};
use crate::rpc::store_error;
use crate::store::{ClosedQuery, PageQuery};

impl Answering {
    /// Completions from what is in memory; page titles, closed tasks and undo steps from the store.
    pub(super) async fn complete(&self, asked: &Complete, now: &Now) -> Result<Vec<u8>, WireError> {
        let limit = rows(asked.limit, 50);
        let typed = asked.prefix.as_str();
        let mut candidates = match asked.what {
            Completion::Tasks => self.open_tasks(typed, limit),
            Completion::Closed => self.closed_tasks(typed, false, limit).await?,
            Completion::Trashed => self.closed_tasks(typed, true, limit).await?,
            Completion::Tags => self.tags_begun(typed, limit).await?,
            Completion::Projects => self.projects_having(typed, limit, |_| true),
            Completion::Pages => self.pages_having(typed, limit).await?,
            Completion::Filter => match own_modifiers(&self.vocabulary(), typed) {
                Some(found) => found,
                None => self.of_line(typed, complete::of_filter, filter_keys, limit, now).await?,
            },
            Completion::Change => self.of_line(typed, complete::of_change, change_keys, limit, now).await?,
            Completion::Dates => offered("", complete::words(Of::Dates, typed, now)),
            Completion::Sort => offered("", complete::sort_keys(typed, &self.vocabulary().fields)),
            Completion::Group => offered("", complete::groupings(typed)),
            Completion::Undo => self.undo_steps(typed, limit).await?,
            Completion::Views => begun("", views(&self.vocabulary()), typed),
            Completion::Fields => begun("", own_fields(&self.vocabulary()), typed),
            Completion::Contexts => begun("", self.context_names(), typed),
        };
        candidates.truncate(limit);
        Ok(to_map(&Candidates { candidates }))
    }

    /// What the last word of a line can become; candidates are whole lines.
    async fn of_line(
        &self,
        line: &str,
        cut: fn(&str) -> Typed<'_>,
        keys: fn(&Vocabulary) -> Vec<Offered>,
        limit: usize,
        now: &Now,
    ) -> Result<Vec<Candidate>, WireError> {
        let (before, word) = complete::last_word(line);
        let vocabulary = self.vocabulary();
        match cut(word) {
            Typed::Key(head, typed) => Ok(begun(&format!("{before}{head}"), keys(&vocabulary), typed)),
            Typed::Modifier(head, typed) => {
                let key = head.trim_start_matches('-').trim_end_matches('.').to_lowercase();
                let all = filter::modifiers(&key).into_iter();
                let all = all.map(|modifier| (format!("{modifier}:"), String::new())).collect();
                Ok(begun(&format!("{before}{head}"), all, typed))
            }
            Typed::Value(head, of, typed) => {
                let found = match of {
                    Of::Tags => self.tags_begun(typed, limit).await?,
                    Of::Projects => quoted(self.projects_having(typed, limit, |_| true)),
                    Of::Areas => quoted(self.projects_having(typed, limit, |project| project.is_area)),
                    Of::Tasks => self.open_tasks(typed, limit),
                    Of::Pages => linked(self.pages_having(typed, limit).await?),
                    Of::Nothing => own_values(&vocabulary, head, typed, now),
                    of => offered("", complete::words(of, typed, now)),
                };
                let whole =
                    |found: Candidate| Candidate { value: format!("{before}{head}{}", found.value), ..found };
                let mut found: Vec<Candidate> = found.into_iter().map(whole).collect();
                // `-` begins a tag that is not wanted, and a key as well.
                if head == "-" && of == Of::Tags {
                    found.extend(begun(&format!("{before}-"), keys(&vocabulary), typed));
                }
                Ok(found)
            }
        }
    }

    fn vocabulary(&self) -> Vocabulary {
        self.model.borrow().open.settings().vocabulary.clone()
    }

    fn context_names(&self) -> Vec<Offered> {
        let model = self.model.borrow();
        let contexts = model.open.settings().contexts.iter();
        contexts.map(|(name, saved)| (name.to_string(), saved.filter.to_string())).collect()
    }

    fn open_tasks(&self, typed: &str, limit: usize) -> Vec<Candidate> {
        let model = self.model.borrow();
        let found: Vec<&Task> = if typed.is_empty() {
            newest(model.open.iter().collect(), limit)
        } else {
            let matching = model.short_ids.matches(typed, usize::MAX).into_iter();
            matching.filter_map(|id| model.open.get(id)).take(limit).collect()
        };
        let shown =
            |task: &Task| Candidate { value: model.short_ids.show(task.id), label: task.title.to_string() };
        found.into_iter().map(shown).collect()
    }

    /// The tasks closed or deleted last whose short id begins so.
    async fn closed_tasks(
        &self,
        typed: &str,
        trashed: bool,
        limit: usize,
    ) -> Result<Vec<Candidate>, WireError> {
        /// So many of the last are looked through.
        const LOOKED_AT: u32 = 1_000;
        let query = ClosedQuery { trashed, limit: LOOKED_AT, ..ClosedQuery::default() };
        let closed = self.db.closed_tasks(&query).await.map_err(|error| store_error(&error))?;
        let model = self.model.borrow();
        let typed = typed.to_lowercase();
        let shown = closed
            .into_iter()
            .map(|closed| closed.task)
            .map(|task| Candidate { value: model.short_ids.show(task.id), label: task.title.into() });
        Ok(shown.filter(|candidate| candidate.value.starts_with(&typed)).take(limit).collect())
    }

    /// Tags of open tasks and of pages that begin so; behind them those of which a level does.
    async fn tags_begun(&self, typed: &str, limit: usize) -> Result<Vec<Candidate>, WireError> {
        let typed = title_key(typed);
        let level = format!("/{typed}");
        let in_pages = self.db.tags_begun(&typed, limit as u32).await.map_err(|error| store_error(&error))?;
        let model = self.model.borrow();
        let of_tasks = model.open.tags().filter(|(tag, _)| tag.starts_with(&typed) || tag.contains(&level));
        let mut tags: BTreeMap<String, (usize, bool)> =
            of_tasks.map(|(tag, count)| (tag.to_owned(), (count, false))).collect();
        for tag in in_pages {
            tags.entry(tag).or_default().1 = true;
        }
        let mut tags: Vec<(String, (usize, bool))> = tags.into_iter().collect();
        tags.sort_by_key(|(tag, _)| !tag.starts_with(&typed));
        let label = |count: usize, in_pages: bool| match (count, in_pages) {
            (0, _) => "in pages".to_owned(),
            (_, false) => format!("{count} open"),
            (_, true) => format!("{count} open, in pages"),
        };
        let shown = tags.into_iter().take(limit);
        Ok(shown.map(|(value, (count, pages))| Candidate { value, label: label(count, pages) }).collect())
    }

    fn projects_having(&self, typed: &str, limit: usize, is_meant: fn(&Project) -> bool) -> Vec<Candidate> {
        let typed = title_key(typed);
        let model = self.model.borrow();
        let projects = model.open.projects().filter(|project| is_meant(project));
        // One in the trash may have the path of another.
        let mut open: BTreeMap<&str, usize> = BTreeMap::new();
        for project in projects.filter(|project| title_key(&project.path).contains(&typed)) {
            *open.entry(&project.path).or_default() += model.open.project_tasks(project.id).len();
        }
        let shown = open.into_iter().take(limit);
        shown
            .map(|(path, open)| Candidate { value: path.to_owned(), label: format!("{open} open") })
            .collect()
    }

    async fn pages_having(&self, typed: &str, limit: usize) -> Result<Vec<Candidate>, WireError> {
        let query = PageQuery {
            text: Some(title_key(typed)),
            titles_only: true,
            limit: limit as u32,
            ..PageQuery::default()
        };
        let pages = self.db.pages(query).await.map_err(|error| store_error(&error))?;
        let shown = pages.iter();
        Ok(shown.map(|page| Candidate { value: page.path(), label: page.kind().word().to_owned() }).collect())
    }

    /// The last steps that can be undone.
    async fn undo_steps(&self, typed: &str, limit: usize) -> Result<Vec<Candidate>, WireError> {
        let steps =
            self.db.undoable_steps(limit as u32).await.map_err(|error| store_error(&error))?.into_iter();
        let shown = steps.map(|(group, label)| Candidate { value: group.to_string(), label });
        Ok(shown.filter(|candidate| candidate.value.starts_with(typed)).collect())
    }
}

fn filter_keys(vocabulary: &Vocabulary) -> Vec<Offered> {
    let mut keys = with_colon(filter::keys().chain([("view", "a saved view")]));
    keys.extend(own_keys(vocabulary));
    keys
}

fn change_keys(vocabulary: &Vocabulary) -> Vec<Offered> {
    let mut keys = with_colon(quick_add::KEYS.into_iter());
    keys.extend(own_keys(vocabulary));
    keys
}

fn own_keys(vocabulary: &Vocabulary) -> impl Iterator<Item = Offered> {
    own_fields(vocabulary).into_iter().map(|(name, about)| (format!("{name}:"), about))
}

/// What can stand behind the dot of a field of the user's, in the last word of a filter.
fn own_modifiers(vocabulary: &Vocabulary, line: &str) -> Option<Vec<Candidate>> {
    let (before, word) = complete::last_word(line);
    let (name, typed) = word.split_once('.').filter(|(_, typed)| !typed.contains([':', '<', '>', '=']))?;
    let field = vocabulary.fields.get(&fold_name(name.trim_start_matches('-')))?;
    let all = filter::own_modifiers(&field.kind).into_iter();
    let all = all.map(|modifier| (format!("{modifier}:"), String::new())).collect();
    Some(begun(&format!("{before}{name}."), all, typed))
}

/// The fields the user declared, each with what it holds.
fn own_fields(vocabulary: &Vocabulary) -> Vec<Offered> {
    let about = |field: &OwnField| field.label.as_deref().unwrap_or(field.kind.word()).to_owned();
    vocabulary.fields.iter().map(|field| (field.name.to_string(), about(field))).collect()
}

fn views(vocabulary: &Vocabulary) -> Vec<Offered> {
    let views = vocabulary.views.iter();
    views.map(|(name, view)| (name.to_string(), view.filter.to_string())).collect()
}

/// What can stand behind a key that the user added: views, choices, dates.
fn own_values(vocabulary: &Vocabulary, head: &str, typed: &str, now: &Now) -> Vec<Candidate> {
    let name = head.trim_start_matches('-').split(['.', ':', '<', '>', '=', '!']).next().unwrap_or_default();
    if name == "view" {
        return begun("", views(vocabulary), typed);
    }
    match vocabulary.fields.get(&fold_name(name)).map(|field| &field.kind) {
        Some(FieldKind::Choice(words)) => {
            begun("", words.iter().map(|word| (word.to_string(), String::new())).collect(), typed)
        }
        Some(FieldKind::Date) => offered("", complete::words(Of::Dates, typed, now)),
        _ => Vec::new(),
    }
}

/// Words that begin as typed.
fn begun(head: &str, mut all: Vec<Offered>, typed: &str) -> Vec<Candidate> {
    let typed = typed.to_lowercase();
    all.retain(|(word, _)| word.to_lowercase().starts_with(&typed));
    offered(head, all)
}

fn with_colon<'a>(keys: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Offered> {
    keys.map(|(key, about)| (format!("{key}:"), about.to_owned())).collect()
}

fn offered(head: &str, words: Vec<Offered>) -> Vec<Candidate> {
    words.into_iter().map(|(word, label)| Candidate { value: format!("{head}{word}"), label }).collect()
}

/// Values of a filter or a change: what would end in the middle stands in quotes.
fn quoted(found: Vec<Candidate>) -> Vec<Candidate> {
    let is_plain = |c: char| !c.is_whitespace() && !matches!(c, '(' | ')' | ',' | '"');
    let value = |value: String| if value.chars().all(is_plain) { value } else { format!("\"{value}\"") };
    found.into_iter().map(|found| Candidate { value: value(found.value), ..found }).collect()
}

fn linked(found: Vec<Candidate>) -> Vec<Candidate> {
    let link = |found: Candidate| Candidate { value: format!("[[{}]]", found.value), ..found };
    found.into_iter().map(link).collect()
}

/// The tasks that were made last, newest first, at most `limit`; the rest is not sorted.
fn newest(mut tasks: Vec<&Task>, limit: usize) -> Vec<&Task> {
    let newest_first = |task: &&Task| Reverse((task.created, task.id));
    if limit < tasks.len() {
        tasks.select_nth_unstable_by_key(limit, newest_first);
        tasks.truncate(limit);
    }
    tasks.sort_unstable_by_key(newest_first);
    tasks
}
