//! A review: what is looked at, in which order. Each task and project stands in it once.

use std::collections::HashSet;

use jiff::civil::Date;

use super::open_tasks::{OpenTasks, TaskFacts};
use super::{Project, Status, Task};
use crate::domain::date::Now;
use crate::domain::id::NodeId;

/// Days after which what is kept for some day is looked at again.
const SOMEDAY_DAYS: i64 = 30;

/// Why something is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// Captured, and not sorted in yet.
    Inbox,
    /// Its deadline is past.
    Overdue,
    /// It waits, and its answer is to be asked for.
    FollowUp,
    /// Its time is over.
    Expired,
    /// Nobody touched it for 90 days.
    Stale,
    /// Kept for some day.
    Someday,
    /// A project to be looked at again.
    ProjectDue,
    /// An active project without a next action.
    ProjectStuck,
}

/// Something to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The task or project.
    pub node: NodeId,
    /// Why.
    pub section: Section,
}

/// What is still to be looked at today.
pub fn steps(open: &OpenTasks, now: &Now) -> Vec<Step> {
    let today = now.today();
    let view = open.view(now, &[]);
    let mut active = HashSet::new();
    let mut tasks: Vec<(Section, i64, NodeId)> = Vec::new();
    for task in open.iter() {
        let facts = view.facts(task);
        active.extend(task.project.filter(|_| facts.available));
        if let Some(section) = section(task, &facts, now).filter(|_| task.reviewed != Some(today)) {
            tasks.push((section, task.created, task.id));
        }
    }
    tasks.sort_unstable();
    let mut projects: Vec<(Section, &str, NodeId)> = open
        .projects()
        .filter(|project| project.reviewed != Some(today))
        .filter_map(|project| {
            let section = project_section(project, active.contains(&project.id), now)?;
            Some((section, &*project.path, project.id))
        })
        .collect();
    projects.sort_unstable();
    let tasks = tasks.into_iter().map(|(section, _, node)| Step { node, section });
    tasks.chain(projects.into_iter().map(|(section, _, node)| Step { node, section })).collect()
}

fn section(task: &Task, facts: &TaskFacts, now: &Now) -> Option<Section> {
    let is_asked = || task.follow_up.as_ref().is_some_and(|when| when.has_come(now));
    Some(match task.status {
        _ if task.is_in_inbox() => Section::Inbox,
        _ if facts.overdue => Section::Overdue,
        Status::Waiting if is_asked() => Section::FollowUp,
        _ if facts.expired => Section::Expired,
        _ if facts.stale => Section::Stale,
        Status::Someday if is_long_ago(task.reviewed, now) => Section::Someday,
        _ => return None,
    })
}

fn is_long_ago(reviewed: Option<Date>, now: &Now) -> bool {
    reviewed
        .is_none_or(|day| day.until(now.today()).is_ok_and(|span| i64::from(span.get_days()) >= SOMEDAY_DAYS))
}

fn project_section(project: &Project, has_next: bool, now: &Now) -> Option<Section> {
    if project.trashed || project.status.is_closed() {
        return None;
    }
    if project.is_review_due(now) {
        return Some(Section::ProjectDue);
    }
    (!project.is_area && !project.on_hold && !has_next).then_some(Section::ProjectStuck)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::domain::task::ProjectStatus;
    use crate::domain::task::rank::Weights;

    fn id(n: u8) -> NodeId {
        NodeId::from_bytes([n; 16])
    }

    #[test]
    fn everything_is_looked_at_once_and_not_again_on_the_same_day() {
        let now = Now::new("2026-11-25T09:00:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap());
        let day = |text: &str| Some(text.parse().unwrap());
        let task = |n: u8, change: &dyn Fn(&mut Task)| {
            let mut task = Task::new(id(n), "x");
            (task.created, task.modified, task.project) = (i64::from(n), now.ms(), Some(id(100)));
            change(&mut task);
            task
        };
        let tasks = vec![
            task(1, &|task| task.due = day("2026-11-24")),
            task(2, &|task| task.project = None),
            task(3, &|task| (task.status, task.follow_up) = (Status::Waiting, day("2026-11-25"))),
            task(4, &|task| (task.status, task.follow_up) = (Status::Waiting, day("2026-11-26"))),
            task(5, &|task| task.modified = now.ms() - 91 * 86_400_000),
            task(6, &|task| task.expires = day("2026-11-24")),
            task(7, &|task| task.status = Status::Someday),
            task(8, &|task| {
                task.status = Status::Someday;
                task.reviewed = Some("2026-11-01".parse().unwrap());
            }),
            task(9, &|task| {
                task.due = day("2026-11-24");
                task.reviewed = Some(now.today());
            }),
            task(10, &|_| {}),
        ];
        let made = "2026-11-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let project = |n: u8| Project { created: made, ..Project::new(id(n), &format!("P{n}")) };
        let projects = vec![
            project(100),
            project(101),
            Project { review_days: Some(14), ..project(102) },
            Project { review_days: Some(14), reviewed: Some("2026-11-20".parse().unwrap()), ..project(103) },
            Project { status: ProjectStatus::Done, on_hold: true, review_days: Some(1), ..project(104) },
            Project { status: ProjectStatus::OnHold, on_hold: true, ..project(105) },
            Project { is_area: true, ..project(106) },
        ];
        let mut open = OpenTasks::new(Weights::default());
        open.load(tasks, projects);
        let found: Vec<_> =
            steps(&open, &now).into_iter().map(|step| (step.section, step.node.as_bytes()[0])).collect();
        assert_eq!(
            found,
            [
                (Section::Inbox, 2),
                (Section::Overdue, 1),
                (Section::FollowUp, 3),
                (Section::Expired, 6),
                (Section::Stale, 5),
                (Section::Someday, 7),
                (Section::ProjectDue, 102),
                (Section::ProjectStuck, 101),
                (Section::ProjectStuck, 103),
            ]
        );
    }
}
