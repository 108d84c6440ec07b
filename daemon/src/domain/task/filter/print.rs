//! Writes a filter as heph would: read again it is the same expression.
//!
//! Dates stay the words they are, so that the text can be kept.

use super::expression::{Expression, Name, NumberField, ProjectTest, Reach, Relation, Statuses, Test};
use super::grammar::{Typed, Unbound};
use super::own::Asks;
use super::text::{TextTerm, Way};
use crate::domain::task::Status;
use crate::domain::task::amount::describe_minutes;

/// Words that mean something of their own where a text may stand.
const RESERVED: [&str; 8] = ["and", "or", "not", "trashed", "p1", "p2", "p3", "p4"];

/// Writes an expression.
pub(super) fn print(expression: &Unbound, terms: &[TextTerm], links: &[Typed]) -> String {
    Printer { terms, links }.expression(expression)
}

struct Printer<'a> {
    terms: &'a [TextTerm],
    links: &'a [Typed],
}

/// A test as `key:value`; tests of the same key are written together.
struct Pair {
    /// Key and operator.
    key: String,
    value: String,
}

impl Pair {
    fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into() }
    }

    fn whole(self) -> String {
        self.key + &self.value
    }
}

impl Printer<'_> {
    fn expression(&self, expression: &Unbound) -> String {
        match expression {
            Expression::All(parts) => {
                let mut text = String::new();
                let mut before = "";
                for part in parts {
                    text.push_str(before);
                    text.push_str(&self.operand(part, true));
                    // A date goes on over the words behind it that make one with it.
                    before = if ends_in_date(part) { " and " } else { " " };
                }
                text
            }
            Expression::Any(parts) => self.list(parts).unwrap_or_else(|| {
                parts.iter().map(|part| self.operand(part, false)).collect::<Vec<_>>().join(" or ")
            }),
            Expression::Not(part) => self.negated(part),
            Expression::Named(name, _) => named(name).whole(),
            Expression::Test(test) => self.test(test),
        }
    }

    /// A part of an `and`, or of an `or`; in parentheses where it would be read otherwise.
    fn operand(&self, part: &Unbound, of_all: bool) -> String {
        let text = self.expression(part);
        let is_joined = match part {
            Expression::All(_) => of_all,
            Expression::Any(parts) => self.list(parts).is_none(),
            Expression::Not(_) | Expression::Named(..) | Expression::Test(_) => false,
        };
        if is_joined { format!("({text})") } else { text }
    }

    fn negated(&self, part: &Unbound) -> String {
        let pair = match part {
            Expression::Named(name, _) => Some(named(name).whole()),
            Expression::Any(parts) => self.list(parts),
            Expression::Test(Test::Has(field)) => return format!("{}.none:", field.name()),
            Expression::Test(Test::Own(own)) if own.asks_whether_set() => {
                return format!("{}.none:", own.name());
            }
            Expression::Test(Test::Tag { tag, subtree: true }) => return format!("-{tag}"),
            Expression::Test(test) => self.pair(test).map(Pair::whole),
            Expression::All(_) | Expression::Not(_) => None,
        };
        match (pair, part) {
            (Some(pair), _) => format!("-{pair}"),
            (None, Expression::All(_) | Expression::Any(_)) => format!("not ({})", self.expression(part)),
            (None, _) => format!("not {}", self.expression(part)),
        }
    }

    /// Tests of one key of which one has to hold: `key:a,b`.
    fn list(&self, parts: &[Unbound]) -> Option<String> {
        let mut pairs = parts.iter().map(|part| match part {
            Expression::Test(test) => self.pair(test),
            Expression::Named(name, _) => Some(named(name)),
            _ => None,
        });
        let Pair { key, value } = pairs.next()??;
        let mut text = format!("{key}{value}");
        let mut is_list = false;
        for pair in pairs {
            let pair = pair.filter(|pair| pair.key == key && !pair.value.is_empty())?;
            text.push(',');
            text.push_str(&pair.value);
            is_list = true;
        }
        // Between slashes a comma is part of the expression.
        (is_list && !text[key.len()..].starts_with('/')).then_some(text)
    }

    fn test(&self, test: &Test<Typed, Typed>) -> String {
        match test {
            Test::Has(field) => format!("{}.any:", field.name()),
            Test::Own(own) if own.asks_whether_set() => format!("{}.any:", own.name()),
            Test::Tag { tag, subtree: true } => format!("+{tag}"),
            Test::Number { field: NumberField::Priority, relation: Relation::Equal, value } => {
                format!("p{value}")
            }
            Test::Text { term, title: true } => self.terms.get(*term).map_or_else(String::new, anywhere),
            test => self.pair(test).map(Pair::whole).unwrap_or_default(),
        }
    }

    /// A test as `key:value`, if it can be written so.
    fn pair(&self, test: &Test<Typed, Typed>) -> Option<Pair> {
        Some(match test {
            Test::Has(_) | Test::Text { title: true, .. } => return None,
            Test::Status(set) if *set == Statuses::ALL => Pair::new("status.any:", ""),
            Test::Status(set) => Pair::new("is:", status_word(*set)),
            Test::Tag { tag, subtree: true } => Pair::new("tag:", &**tag),
            Test::Tag { tag, subtree: false } => Pair::new("tag.is:", &**tag),
            Test::TagHas(text) => Pair::new("tag.has:", value(text)),
            Test::Project(test) => project("proj", test),
            Test::Area(test) => project("area", test),
            Test::Is(word) => Pair::new("is:", word.name()),
            Test::Date { field, relation, date } => related(field.name(), *relation, &date.text),
            Test::Number { field, relation, value } => {
                let sign = if *relation == Relation::Equal { ":" } else { relation.sign() };
                Pair::new(format!("{}{sign}", field.name()), number(*field, *value))
            }
            Test::Text { term, title: false } => text_pair("body", self.terms.get(*term)?),
            Test::Title(term) => text_pair("title", term),
            Test::Waiting(term) => text_pair("waiting", term),
            Test::Links(target) => {
                let typed = &self.links.get(*target)?.text;
                let is_link = typed.starts_with("[[");
                Pair::new("links:", if is_link { typed.to_string() } else { value(typed) })
            }
            Test::Id(prefix) => Pair::new("id:", value(prefix)),
            Test::Under(node) => Pair::new("under:", value(&node.text)),
            Test::Parent(node) => Pair::new("parent:", value(&node.text)),
            Test::DependsOn(node) => Pair::new("dep:", value(&node.text)),
            Test::Own(own) => match &own.asks {
                Asks::IsSet => return None,
                Asks::Text(term) => text_pair(own.name(), term),
                Asks::Date { relation, date } => related(own.name(), *relation, &date.text),
                Asks::Amount { relation, shown, .. } => related(own.name(), *relation, shown),
            },
        })
    }
}

/// A text looked for in title and body.
fn anywhere(term: &TextTerm) -> String {
    let source = term.source();
    if term.way() == Way::Expression {
        return format!("/{source}/");
    }
    let is_bare = !source.is_empty()
        && source.chars().all(char::is_alphanumeric)
        && !RESERVED.iter().any(|word| source.eq_ignore_ascii_case(word));
    // What has quotes in it was not in quotes itself, and can stand as it is.
    if is_bare || source.contains('"') { source.to_owned() } else { format!("\"{source}\"") }
}

fn text_pair(key: &str, term: &TextTerm) -> Pair {
    match term.way() {
        Way::Contains => Pair::new(format!("{key}:"), value(term.source())),
        Way::Word => Pair::new(format!("{key}.word:"), value(term.source())),
        Way::Whole => Pair::new(format!("{key}.is:"), value(term.source())),
        Way::Expression => Pair::new(format!("{key}:"), format!("/{}/", term.source())),
    }
}

fn project(key: &str, test: &ProjectTest) -> Pair {
    match test.reach {
        Reach::Named => Pair::new(format!("{key}:"), value(&test.typed)),
        Reach::Subtree => Pair::new(format!("{key}:"), value(&format!("{}/", test.typed))),
        Reach::Has => Pair::new(format!("{key}.has:"), value(&test.typed)),
    }
}

fn related(key: &str, relation: Relation, than: &str) -> Pair {
    let sign = if relation == Relation::Equal { ":" } else { relation.sign() };
    Pair::new(format!("{key}{sign}"), value(than))
}

fn named(name: &Name) -> Pair {
    Pair::new(format!("{}:", name.key), value(&name.word))
}

fn number(field: NumberField, value: f64) -> String {
    match field {
        NumberField::Priority | NumberField::Score => value.to_string(),
        // They were read from a `u32`.
        NumberField::Estimate => describe_minutes(value as u32),
        NumberField::Lead | NumberField::Age => format!("{value}d"),
    }
}

fn status_word(set: Statuses) -> String {
    if set == Statuses::OPEN {
        return "open".to_owned();
    }
    if set == Statuses::CLOSED {
        return "closed".to_owned();
    }
    Status::ALL.into_iter().filter(|status| set.has(*status)).map(Status::word).collect::<Vec<_>>().join(",")
}

/// A value, in quotes unless it can do without.
fn value(text: &str) -> String {
    let is_plain = text.starts_with(char::is_alphanumeric)
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '+' | '_' | '.' | '/' | '@' | ':'));
    // What has quotes in it was not in quotes itself, and can stand as it is.
    if is_plain || text.contains('"') { text.to_owned() } else { format!("\"{text}\"") }
}

/// Whether the text of an expression ends in a date that is not in quotes.
fn ends_in_date(expression: &Unbound) -> bool {
    match expression {
        Expression::Test(Test::Date { .. }) => true,
        Expression::Test(Test::Own(own)) => matches!(own.asks, Asks::Date { .. }),
        Expression::Not(part) => ends_in_date(part),
        // Written as a list, if it is not in parentheses.
        Expression::Any(parts) => parts.last().is_some_and(ends_in_date),
        Expression::All(_) | Expression::Named(..) | Expression::Test(_) => false,
    }
}
