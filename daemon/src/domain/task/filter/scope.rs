//! Which lists a filter reaches into: open tasks only, unless it speaks of closing or of the trash.

use super::expression::{DateField, Expression, Field, Statuses, Test, Word};
use crate::domain::task::Task;

/// The lists whose tasks can match a filter. A task belongs to one: the trash, else the closed, else the open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Open tasks that are not in the trash.
    pub open: bool,
    /// Closed tasks that are not in the trash.
    pub closed: bool,
    /// Everything in the trash.
    pub trashed: bool,
}

impl Scope {
    const ALL: Self = Self { open: true, closed: true, trashed: true };
    const NONE: Self = Self { open: false, closed: false, trashed: false };

    /// Whether a task stands in one of the lists.
    pub fn has(self, task: &Task) -> bool {
        if task.trashed {
            self.trashed
        } else if task.status.is_open() {
            self.open
        } else {
            self.closed
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            open: self.open && other.open,
            closed: self.closed && other.closed,
            trashed: self.trashed && other.trashed,
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            open: self.open || other.open,
            closed: self.closed || other.closed,
            trashed: self.trashed || other.trashed,
        }
    }

    fn not(self) -> Self {
        Self { open: !self.open, closed: !self.closed, trashed: !self.trashed }
    }
}

/// The lists a filter reaches into: those it speaks of, without those in which it cannot hold.
pub(super) fn scope<D, N>(expression: &Expression<D, N>) -> Scope {
    let spoken = spoken_of(expression, Polarity::Wanted);
    Scope { open: true, ..spoken }.and(reach(expression).may)
}

#[derive(Clone, Copy)]
enum Polarity {
    Wanted,
    Unwanted,
}

impl Polarity {
    const fn flipped(self) -> Self {
        match self {
            Self::Wanted => Self::Unwanted,
            Self::Unwanted => Self::Wanted,
        }
    }
}

/// Which of `closed` and `trashed` a filter speaks of: `not is:done` does not ask for closed tasks, `not is:open` does.
fn spoken_of<D, N>(expression: &Expression<D, N>, polarity: Polarity) -> Scope {
    match expression {
        Expression::All(parts) | Expression::Any(parts) => {
            parts.iter().map(|part| spoken_of(part, polarity)).fold(Scope::NONE, Scope::or)
        }
        Expression::Named(_, part) => spoken_of(part, polarity),
        Expression::Not(part) => spoken_of(part, polarity.flipped()),
        Expression::Test(test) => match (test, polarity) {
            (Test::Status(set), Polarity::Wanted) => {
                Scope { closed: set.meets(Statuses::CLOSED), ..Scope::NONE }
            }
            (Test::Status(set), Polarity::Unwanted) => {
                Scope { closed: !set.complement().meets(Statuses::OPEN), ..Scope::NONE }
            }
            (
                Test::Has(Field::Date(DateField::Closed)) | Test::Date { field: DateField::Closed, .. },
                Polarity::Wanted,
            ) => Scope { closed: true, ..Scope::NONE },
            (Test::Is(Word::Trashed), Polarity::Wanted) => Scope { trashed: true, ..Scope::NONE },
            _ => Scope::NONE,
        },
    }
}

/// In which lists an expression may hold for some task, and in which it holds for every one.
struct Reachable {
    may: Scope,
    must: Scope,
}

fn reach<D, N>(expression: &Expression<D, N>) -> Reachable {
    match expression {
        Expression::All(parts) => {
            parts.iter().map(reach).fold(Reachable { may: Scope::ALL, must: Scope::ALL }, |all, part| {
                Reachable { may: all.may.and(part.may), must: all.must.and(part.must) }
            })
        }
        Expression::Any(parts) => {
            parts.iter().map(reach).fold(Reachable { may: Scope::NONE, must: Scope::NONE }, |any, part| {
                Reachable { may: any.may.or(part.may), must: any.must.or(part.must) }
            })
        }
        Expression::Not(part) => {
            let part = reach(part);
            Reachable { may: part.must.not(), must: part.may.not() }
        }
        Expression::Named(_, part) => reach(part),
        Expression::Test(test) => reach_of_test(test),
    }
}

fn reach_of_test<D, N>(test: &Test<D, N>) -> Reachable {
    match test {
        Test::Status(set) => {
            let may = Scope {
                open: set.meets(Statuses::OPEN),
                closed: set.meets(Statuses::CLOSED),
                trashed: *set != Statuses::of(&[]),
            };
            let others = set.complement();
            let must = Scope {
                open: !others.meets(Statuses::OPEN),
                closed: !others.meets(Statuses::CLOSED),
                trashed: *set == Statuses::ALL,
            };
            Reachable { may, must }
        }
        Test::Has(Field::Date(DateField::Closed)) => Reachable {
            may: Scope { open: false, ..Scope::ALL },
            must: Scope { closed: true, ..Scope::NONE },
        },
        Test::Date { field: DateField::Closed, .. } => {
            Reachable { may: Scope { open: false, ..Scope::ALL }, must: Scope::NONE }
        }
        Test::Is(Word::Trashed) => {
            let trash = Scope { trashed: true, ..Scope::NONE };
            Reachable { may: trash, must: trash }
        }
        _ => Reachable { may: Scope::ALL, must: Scope::NONE },
    }
}
