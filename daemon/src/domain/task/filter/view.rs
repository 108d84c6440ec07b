//! `view:errands`: the filter of a saved view, in another filter.

use std::ops::Range;

use super::FilterError;
use super::expression::{Expression, Name, Test};
use super::grammar::{Parser, Typed, Unbound};
use super::key::Modifier;
use super::own::Asks;
use crate::domain::settings::fold_name;
use crate::domain::suggest::nearest;

/// How deep views may stand in views.
const DEEPEST: usize = 8;

/// The most views one filter takes in, those in others counted each time.
const MOST: usize = 100;

/// The most texts and links that a filter with views in it looks for.
const MOST_LOOKED_FOR: usize = 500;

impl Parser<'_> {
    /// Reads the views behind `view:`, of which one has to hold.
    pub(super) fn views(
        &mut self,
        modifier: Modifier,
        place: Range<usize>,
        value: Range<usize>,
    ) -> Result<Unbound, FilterError> {
        if !matches!(modifier, Modifier::Usual | Modifier::Is | Modifier::Not) {
            return Err(self.error(place, "a view cannot be asked like that", "write `view:errands`"));
        }
        if self.text[value.clone()].trim().is_empty() {
            let hint = "heph view list shows the views, as `view:errands` names one";
            return Err(self.error(place, "the name of a view is missing", hint));
        }
        let any = self.any_of(value, |parser, bytes| {
            let text = parser.text;
            parser.view(text[bytes.clone()].trim().trim_matches('"'), bytes)
        })?;
        Ok(if modifier == Modifier::Not { Expression::Not(Box::new(any)) } else { any })
    }

    fn view(&mut self, name: &str, bytes: Range<usize>) -> Result<Unbound, FilterError> {
        let name = fold_name(name);
        let vocabulary = self.vocabulary;
        let Some((name, view)) = vocabulary.views.get_key_value(name.as_str()) else {
            let hint = match nearest(&name, vocabulary.views.keys().map(|name| &**name)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "heph view list shows the views".to_owned(),
            };
            return Err(self.error(bytes, format!("there is no view `{name}`"), hint));
        };
        if self.within.contains(name) {
            let way: Vec<&str> = self.within.iter().chain([name]).map(|name| &**name).collect();
            let message = format!("the view takes itself in: {}", way.join(" → "));
            return Err(self.error(bytes, message, "heph view save gives one of them another filter"));
        }
        if self.within.len() == DEEPEST || self.views_taken == MOST {
            let message = format!("more than {DEEPEST} views in each other, or {MOST} in all");
            return Err(self.error(bytes, message, "make the filter flatter"));
        }
        let mut within = self.within.clone();
        within.push(name.clone());
        let unusable = |error: FilterError| {
            let message = format!("view {name} cannot be used: {}", error.message);
            // The innermost view is the one to mend.
            let hint = match error.hint {
                Some(hint) if hint.contains("heph view save") => hint,
                Some(hint) => format!("{hint} (heph view save {name} … mends it)"),
                None => format!("heph view save {name} … mends it"),
            };
            self.error(bytes.clone(), message, hint)
        };
        let mut inner = Parser::new(&view.filter, vocabulary).map_err(&unusable)?;
        (inner.within, inner.views_taken) = (within, self.views_taken + 1);
        let mut expression = inner.whole().map_err(&unusable)?;
        let (mut terms, mut links, views_taken) = (inner.terms, inner.links, inner.views_taken);
        if self.terms.len() + self.links.len() + terms.len() + links.len() > MOST_LOOKED_FOR {
            let message = format!("with this view it looks for more than {MOST_LOOKED_FOR} texts and links");
            return Err(self.error(bytes, message, "make the views simpler"));
        }
        expression.place_at(&bytes);
        links.iter_mut().for_each(|link| link.bytes = bytes.clone());
        expression.move_lookups(self.terms.len(), self.links.len());
        self.terms.append(&mut terms);
        self.links.append(&mut links);
        self.views_taken = views_taken;
        Ok(Expression::Named(Name { key: "view", word: name.clone() }, Box::new(expression)))
    }
}

impl Expression<Typed, Typed> {
    /// Says of all that gets its meaning later that it stands at a place: where the view was named.
    fn place_at(&mut self, bytes: &Range<usize>) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter_mut().for_each(|part| part.place_at(bytes)),
            Self::Not(part) | Self::Named(_, part) => part.place_at(bytes),
            Self::Test(test) => match test {
                Test::Date { date: typed, .. }
                | Test::Under(typed)
                | Test::Parent(typed)
                | Test::DependsOn(typed) => typed.bytes = bytes.clone(),
                Test::Own(own) => {
                    if let Asks::Date { date, .. } = &mut own.asks {
                        date.bytes = bytes.clone();
                    }
                }
                // Each by its name, so that one with a place cannot be forgotten.
                Test::Has(_)
                | Test::Tag { .. }
                | Test::TagHas(_)
                | Test::Project(_)
                | Test::Area(_)
                | Test::Links(_)
                | Test::Status(_)
                | Test::Is(_)
                | Test::Number { .. }
                | Test::Text { .. }
                | Test::Title(_)
                | Test::Waiting(_)
                | Test::Id(_) => {}
            },
        }
    }
}
