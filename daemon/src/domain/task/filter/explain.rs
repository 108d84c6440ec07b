//! Tells how a filter was understood.

use super::bound::{LinkTarget, Moment, NodeRef};
use super::expression::{Expression, NumberField, ProjectTest, Reach, Statuses, Test};
use super::text::TextTerm;
use crate::domain::date::{Now, describe};
use crate::domain::task::Status;

/// What explaining an expression needs besides it.
pub(super) struct Explaining<'a> {
    pub(super) terms: &'a [TextTerm],
    pub(super) links: &'a [LinkTarget],
    pub(super) now: &'a Now,
}

impl Explaining<'_> {
    /// Writes an expression with its dates resolved.
    pub(super) fn expression(&self, expression: &Expression<Moment, NodeRef>) -> String {
        match expression {
            Expression::All(parts) if parts.is_empty() => "everything".to_owned(),
            Expression::Any(parts) if parts.is_empty() => "nothing".to_owned(),
            Expression::All(parts) => self.join(parts, " and "),
            Expression::Any(parts) => self.join(parts, " or "),
            Expression::Not(part) => format!("not {}", self.operand(part)),
            Expression::Named(_, part) => self.expression(part),
            Expression::Test(test) => self.test(test),
        }
    }

    fn join(&self, parts: &[Expression<Moment, NodeRef>], word: &str) -> String {
        if let [only] = parts {
            return self.expression(only);
        }
        parts.iter().map(|part| self.operand(part)).collect::<Vec<_>>().join(word)
    }

    fn operand(&self, part: &Expression<Moment, NodeRef>) -> String {
        let text = self.expression(part);
        if is_joined(part) { format!("({text})") } else { text }
    }

    fn test(&self, test: &Test<Moment, NodeRef>) -> String {
        match test {
            Test::Has(field) => format!("{} is set", field.name()),
            Test::Tag { tag, subtree: true } => format!("tag {tag} or below"),
            Test::Tag { tag, subtree: false } => format!("tag {tag}"),
            Test::TagHas(text) => format!("a tag has \"{text}\""),
            Test::Project(project) => explain_project("project", project),
            Test::Area(area) => explain_project("area", area),
            Test::Status(set) => format!("status {}", explain_statuses(*set)),
            Test::Is(word) => format!("is {}", word.name()),
            Test::Date { field, relation, date } => {
                format!("{} {} {}", field.name(), relation.sign(), describe(&date.when, self.now))
            }
            Test::Number { field: NumberField::Estimate, relation, value } => {
                format!("est {} {value} min", relation.sign())
            }
            Test::Number { field: field @ (NumberField::Lead | NumberField::Age), relation, value } => {
                format!("{} {} {value} days", field.name(), relation.sign())
            }
            Test::Number { field, relation, value } => {
                format!("{} {} {value}", field.name(), relation.sign())
            }
            Test::Text { term, title } => self.terms.get(*term).map_or_else(String::new, |term| {
                explain_text(if *title { "title or body" } else { "body" }, term)
            }),
            Test::Title(term) => explain_text("title", term),
            Test::Waiting(term) => explain_text("waiting on", term),
            Test::Links(target) => {
                let reference = self.links.get(*target).map_or("", |target| &target.reference);
                format!("links to {reference}")
            }
            Test::Id(prefix) => format!("id {prefix}"),
            Test::Under(node) => format!("under {}", node.text),
            Test::Parent(node) => format!("parent {}", node.text),
            Test::DependsOn(node) => format!("depends on {}", node.text),
            Test::Own(own) => own.explain(self.now, explain_text),
        }
    }
}

/// Whether an expression needs parentheses inside another.
fn is_joined(expression: &Expression<Moment, NodeRef>) -> bool {
    match expression {
        Expression::All(parts) | Expression::Any(parts) => parts.len() > 1,
        Expression::Named(_, part) => is_joined(part),
        Expression::Not(_) | Expression::Test(_) => false,
    }
}

fn explain_project(name: &str, project: &ProjectTest) -> String {
    match project.reach {
        Reach::Named => format!("{name} \"{}\"", project.typed),
        Reach::Subtree => format!("{name} \"{}\" or below", project.typed),
        Reach::Has => format!("{name} has \"{}\"", project.typed),
    }
}

fn explain_text(place: &str, term: &TextTerm) -> String {
    let source = term.source();
    if term.is_expression() {
        format!("{place} matches /{source}/")
    } else {
        format!("{place} {} \"{source}\"", term.operator())
    }
}

fn explain_statuses(set: Statuses) -> String {
    if set == Statuses::ALL {
        return "any".to_owned();
    }
    Status::ALL
        .into_iter()
        .filter(|&status| set.has(status))
        .map(Status::word)
        .collect::<Vec<_>>()
        .join(" or ")
}
