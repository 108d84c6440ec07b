//! Tells how a filter was understood.

use super::bound::{Moment, NodeRef};
use super::expression::{Expression, NumberField, Reach, Statuses, Test};
use super::text::TextTerm;
use crate::domain::date::{Now, describe};
use crate::domain::task::Status;

/// Writes an expression with its dates resolved.
pub(super) fn explain(expression: &Expression<Moment, NodeRef>, terms: &[TextTerm], now: &Now) -> String {
    match expression {
        Expression::All(parts) if parts.is_empty() => "everything".to_owned(),
        Expression::Any(parts) if parts.is_empty() => "nothing".to_owned(),
        Expression::All(parts) => join(parts, " and ", terms, now),
        Expression::Any(parts) => join(parts, " or ", terms, now),
        Expression::Not(part) => format!("not {}", operand(part, terms, now)),
        Expression::Test(test) => explain_test(test, terms, now),
    }
}

fn join(parts: &[Expression<Moment, NodeRef>], word: &str, terms: &[TextTerm], now: &Now) -> String {
    if let [only] = parts {
        return explain(only, terms, now);
    }
    parts.iter().map(|part| operand(part, terms, now)).collect::<Vec<_>>().join(word)
}

fn operand(part: &Expression<Moment, NodeRef>, terms: &[TextTerm], now: &Now) -> String {
    let text = explain(part, terms, now);
    match part {
        Expression::All(parts) | Expression::Any(parts) if parts.len() > 1 => format!("({text})"),
        _ => text,
    }
}

fn explain_test(test: &Test<Moment, NodeRef>, terms: &[TextTerm], now: &Now) -> String {
    match test {
        Test::Has(field) => format!("{} is set", field.name()),
        Test::Tag { tag, subtree: true } => format!("tag {tag} or below"),
        Test::Tag { tag, subtree: false } => format!("tag {tag}"),
        Test::TagHas(text) => format!("a tag has \"{text}\""),
        Test::Project(project) => match project.reach {
            Reach::Named => format!("project \"{}\"", project.folded),
            Reach::Subtree => format!("project \"{}\" or below", project.folded),
            Reach::Has => format!("project has \"{}\"", project.folded),
        },
        Test::Status(set) => format!("status {}", explain_statuses(*set)),
        Test::Is(word) => format!("is {}", word.name()),
        Test::Date { field, relation, date } => {
            format!("{} {} {}", field.name(), relation.sign(), describe(&date.when, now))
        }
        Test::Number { field: NumberField::Estimate, relation, value } => {
            format!("est {} {value} min", relation.sign())
        }
        Test::Number { field: NumberField::Lead, relation, value } => {
            format!("lead {} {value} days", relation.sign())
        }
        Test::Number { field, relation, value } => format!("{} {} {value}", field.name(), relation.sign()),
        Test::Text { term, title } => terms.get(*term).map_or_else(String::new, |term| {
            explain_text(if *title { "title or body" } else { "body" }, term)
        }),
        Test::Title(term) => explain_text("title", term),
        Test::Waiting(term) => explain_text("waiting on", term),
        Test::Id(prefix) => format!("id {prefix}"),
        Test::Under(node) => format!("under {}", node.text),
        Test::Parent(node) => format!("parent {}", node.text),
        Test::DependsOn(node) => format!("depends on {}", node.text),
        Test::Own(own) => own.explain(now, explain_text),
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
