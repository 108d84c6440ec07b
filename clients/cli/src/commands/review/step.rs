//! One step of a review: how it is shown, and what each key does.

use heph_protocol::request::{
    Children, NodeDelete, NodeShow, ReviewMark, TaskAdd, TaskDefer, TaskModify, TaskTransition, TaskWait,
    Transition,
};
use heph_protocol::response::{NodesChanged, TasksChanged};
use heph_protocol::types::{ProjectSummary, ReviewStep, Task};

use crate::commands::edit::edit;
use crate::output::style::{DIM, HEADING, ID};
use crate::output::{Line, Outcome, tasks, when};
use crate::session::{Session, typed};

/// What came of a key.
pub(super) enum Done {
    /// The next step, behind an undo step.
    Next(Option<String>),
    /// The same one, which is another by now.
    Changed(Box<ReviewStep>),
    /// The same one.
    Again,
    /// The one before, with its change taken back.
    Back,
    /// The end.
    Quit,
}

/// Shows a step, below the heading of its section.
pub(super) fn show(
    session: &mut Session,
    step: &ReviewStep,
    heading: Option<&str>,
    number: usize,
    total: u64,
) -> Outcome {
    let out = &mut session.out;
    out.line("")?;
    if let Some(heading) = heading {
        out.line(Line::new().styled(HEADING, heading))?;
        out.line("")?;
    }
    let count = format!("{number}/{total}");
    match (&step.task, &step.project) {
        (Some(task), _) => {
            let line = Line::new().styled(DIM, &count).plain("  ").styled(ID, &task.short);
            out.line(line.plain("  ").plain(&task.title))?;
            out.line(Line::new().styled(DIM, format!("  {}", task_facts(task))))
        }
        (None, Some(project)) => {
            let line = Line::new().styled(DIM, &count).plain("  ").styled(ID, &project.node.short);
            out.line(line.plain("  ").plain(tasks::node_name(&project.node)))?;
            out.line(Line::new().styled(DIM, format!("  {}", project_facts(project))))
        }
        (None, None) => Ok(()),
    }
}

fn task_facts(task: &Task) -> String {
    let due = task.due.as_ref().map(|due| format!("due {}", when::due(due, task.due_in_days)));
    let waits = task.waiting_on.as_ref().map(|whom| format!("waits for {whom}"));
    let asked = task.follow_up.as_ref().map(|day| format!("ask {}", when::date(day)));
    let project = task.project.as_ref().map(tasks::node_name);
    let tags = Some(tasks::tags(task)).filter(|tags| !tags.is_empty());
    let made = Some(format!("made {}", when::instant(&task.created)));
    [due, waits, asked, project, tags, made].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn project_facts(project: &ProjectSummary) -> String {
    let outcome = project.outcome.as_ref().map(|outcome| format!("“{outcome}”"));
    let next = project.next.as_ref().map(|next| format!("next: {}", next.title));
    let reviewed = project.reviewed.as_ref().map(|day| format!("last looked at {day}"));
    let open = Some(format!("{}, {} open", project.status, project.open));
    [open, outcome, next, reviewed].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The keys of a step.
pub(super) fn keys_of(step: &ReviewStep) -> &'static str {
    match step.task {
        Some(_) => {
            "d done · f defer · w wait · s someday · p project · x trash · e edit · space keep · u undo · q quit"
        }
        None => {
            "a add action · space looked at · h on hold · s someday · d done · v archive · e edit · u undo · q quit"
        }
    }
}

/// Does what a key says.
pub(super) fn act(session: &mut Session, step: &ReviewStep, key: char) -> Outcome<Done> {
    match key {
        'q' => return Ok(Done::Quit),
        'u' => return Ok(Done::Back),
        _ => {}
    }
    match (&step.task, &step.project) {
        (Some(task), _) => act_on_task(session, task, key),
        (None, Some(project)) => act_on_project(session, step, project, key),
        (None, None) => Ok(Done::Next(None)),
    }
}

fn act_on_task(session: &mut Session, task: &Task, key: char) -> Outcome<Done> {
    let references = vec![task.id.clone()];
    let modify = |changes: Vec<String>| TaskModify {
        references: references.clone(),
        changes,
        ..TaskModify::default()
    };
    let changed = match key {
        'd' => {
            let to = Transition::Done;
            session.call(&TaskTransition { references, to, children: Children::Refuse })?
        }
        's' => session.call(&modify(vec!["status:someday".into()]))?,
        'f' => match typed(session, "  defer until")? {
            Some(until) => session.call(&TaskDefer { references, until })?,
            None => return Ok(Done::Again),
        },
        'w' => {
            let Some(whom) = typed(session, "  for whom")? else { return Ok(Done::Again) };
            let follow_up = typed(session, "  ask again (empty for never)")?;
            session.call(&TaskWait { references, whom, follow_up })?
        }
        'p' => match typed(session, "  project")? {
            Some(project) => session.call(&modify(vec![format!("proj:{project}")]))?,
            None => return Ok(Done::Again),
        },
        'x' => return gone(session, &NodeDelete { references }),
        ' ' | '\n' => return gone(session, &ReviewMark { references }),
        'e' => return edited(session, &task.id),
        _ => return Ok(Done::Again),
    };
    Ok(told(session, changed))
}

fn act_on_project(
    session: &mut Session,
    step: &ReviewStep,
    project: &ProjectSummary,
    key: char,
) -> Outcome<Done> {
    let references = vec![project.node.id.clone()];
    let status = |word: &str| TaskModify {
        references: references.clone(),
        changes: vec![format!("status:{word}")],
        ..TaskModify::default()
    };
    let changed = match key {
        'a' => return next_action(session, step, project),
        'h' => session.call(&status("on-hold"))?,
        's' => session.call(&status("someday"))?,
        'd' => session.call(&status("done"))?,
        'v' => session.call(&status("archived"))?,
        ' ' | '\n' => return gone(session, &ReviewMark { references }),
        'e' => return edited(session, &project.node.id),
        _ => return Ok(Done::Again),
    };
    Ok(told(session, changed))
}

/// Adds a task to the project, which is looked at further.
fn next_action(session: &mut Session, step: &ReviewStep, project: &ProjectSummary) -> Outcome<Done> {
    let Some(line) = typed(session, "  next action")? else { return Ok(Done::Again) };
    let name = tasks::node_name(&project.node);
    let line = format!("{line} proj:\"{name}\"");
    let added = session.call(&TaskAdd { line, ..TaskAdd::default() })?.task;
    session.out.line(tasks::line("added", &added))?;
    let shown = session.call(&NodeShow { reference: project.node.id.clone() })?;
    Ok(Done::Changed(Box::new(ReviewStep { project: shown.project, ..step.clone() })))
}

fn edited(session: &mut Session, id: &str) -> Outcome<Done> {
    edit(session, id.to_owned())?;
    Ok(Done::Again)
}

fn told(session: &mut Session, changed: TasksChanged) -> Done {
    for node in &changed.unblocked {
        session.out.note(&format!("unblocked: {} {}", node.short, tasks::node_name(node)));
    }
    changed.notes.iter().for_each(|note| session.out.note(note));
    Done::Next(changed.group)
}

fn gone<M>(session: &mut Session, request: &M) -> Outcome<Done>
where
    M: heph_protocol::request::Method<Reply = NodesChanged>,
{
    Ok(Done::Next(session.call(request)?.group))
}
