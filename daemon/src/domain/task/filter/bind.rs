//! A filter as typed, and how it gets its dates.

use super::bound::{BoundFilter, LinkTarget, Moment, NodeRef};
use super::expression::{Expression, Test};
use super::grammar::{Parser, Typed, Unbound};
use super::text::TextTerm;
use super::value::read_date;
use super::{FilterError, Scope, Vocabulary, print, scope};
use crate::domain::date::Now;
use crate::domain::id::NodeId;
use crate::domain::task::span::scalars;

/// A filter that was read but whose dates are words still, so that it can be kept.
#[derive(Debug, Clone)]
pub struct Filter {
    text: Box<str>,
    expression: Unbound,
    terms: Vec<TextTerm>,
    links: Vec<Typed>,
}

/// Reads a filter; an empty one means every open task.
///
/// # Errors
/// [`FilterError`] with the place of what is not understood.
pub fn parse(text: &str, vocabulary: &Vocabulary) -> Result<Filter, FilterError> {
    let mut parser = Parser::new(text, vocabulary)?;
    let expression = parser.whole()?;
    Ok(Filter { text: text.into(), expression, terms: parser.terms, links: parser.links })
}

impl Filter {
    /// The filter as typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The filter as heph writes it: read again, it means the same, whenever that is.
    pub fn canonical(&self) -> String {
        print::print(&self.expression, &self.terms, &self.links)
    }

    /// Whether another filter is the same expression, wherever its parts stand in the text.
    #[cfg(test)]
    pub(super) fn means_as(&self, other: &Self) -> bool {
        (&self.expression, &self.terms, &self.links) == (&other.expression, &other.terms, &other.links)
    }

    /// The lists its matches can stand in.
    pub fn scope(&self) -> Scope {
        scope::scope(&self.expression)
    }

    /// Resolves its dates for a moment and zone, and the nodes of `under:`, `parent:` and `dep:` by `node`, which
    /// gives the node a reference means.
    ///
    /// # Errors
    /// [`FilterError`] for a date beyond the calendar and for a reference that means no node, or several.
    pub fn bind(&self, now: &Now, node: &dyn Fn(&str) -> Option<NodeId>) -> Result<BoundFilter, FilterError> {
        let binder = Binder { text: &self.text, now, node };
        let expression = binder.expression(&self.expression)?;
        let target = |typed: &Typed| LinkTarget::new(&typed.text, scalars(&self.text, &typed.bytes));
        let links = self.links.iter().map(target).collect();
        Ok(BoundFilter::new(self.text.clone(), expression, self.terms.clone(), links, now))
    }
}

struct Binder<'a> {
    text: &'a str,
    now: &'a Now,
    node: &'a dyn Fn(&str) -> Option<NodeId>,
}

impl Binder<'_> {
    fn expression(&self, expression: &Unbound) -> Result<Expression<Moment, NodeRef>, FilterError> {
        let all =
            |parts: &[Unbound]| parts.iter().map(|part| self.expression(part)).collect::<Result<_, _>>();
        Ok(match expression {
            Expression::All(parts) => Expression::All(all(parts)?),
            Expression::Any(parts) => Expression::Any(all(parts)?),
            Expression::Not(part) => Expression::Not(Box::new(self.expression(part)?)),
            Expression::Named(name, part) => {
                Expression::Named(name.clone(), Box::new(self.expression(part)?))
            }
            Expression::Test(test) => Expression::Test(self.test(test)?),
        })
    }

    fn test(&self, test: &Test<Typed, Typed>) -> Result<Test<Moment, NodeRef>, FilterError> {
        Ok(match test {
            Test::Date { field, relation, date } => {
                Test::Date { field: *field, relation: *relation, date: self.date(date)? }
            }
            Test::Under(node) => Test::Under(self.node(node)?),
            Test::Parent(node) => Test::Parent(self.node(node)?),
            Test::DependsOn(node) => Test::DependsOn(self.node(node)?),
            Test::Own(own) => Test::Own(Box::new(own.bind(|typed| self.date(typed))?)),
            Test::Has(field) => Test::Has(*field),
            Test::Tag { tag, subtree } => Test::Tag { tag: tag.clone(), subtree: *subtree },
            Test::TagHas(text) => Test::TagHas(text.clone()),
            Test::Project(project) => Test::Project(project.clone()),
            Test::Area(area) => Test::Area(area.clone()),
            Test::Links(target) => Test::Links(*target),
            Test::Status(set) => Test::Status(*set),
            Test::Is(word) => Test::Is(*word),
            Test::Number { field, relation, value } => {
                Test::Number { field: *field, relation: *relation, value: *value }
            }
            Test::Text { term, title } => Test::Text { term: *term, title: *title },
            Test::Title(term) => Test::Title(term.clone()),
            Test::Waiting(term) => Test::Waiting(term.clone()),
            Test::Id(prefix) => Test::Id(prefix.clone()),
        })
    }

    fn date(&self, typed: &Typed) -> Result<Moment, FilterError> {
        read_date(&typed.text, self.now)
            .map(|when| Moment::new(when, self.now))
            .map_err(|(message, hint)| FilterError::at(self.text, typed.bytes.clone(), message, hint))
    }

    fn node(&self, typed: &Typed) -> Result<NodeRef, FilterError> {
        let id = (self.node)(&typed.text).ok_or_else(|| {
            let message = format!("`{}` means no task, or several", typed.text);
            FilterError::at(self.text, typed.bytes.clone(), message, "write more of its id")
        })?;
        Ok(NodeRef { id, text: typed.text.clone() })
    }
}
