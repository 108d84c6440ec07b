//! The seven views.

/// A view.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum ViewId {
    /// What to do next.
    #[default]
    Next,
    /// What a day or week brings.
    Agenda,
    /// Tasks by a filter.
    Tasks,
    /// Days that were written about.
    Journal,
    /// Pages.
    Pages,
    /// What a search found.
    Search,
    /// How the store stands to its hub.
    Sync,
}

impl ViewId {
    /// All of them, from left to right.
    pub const ALL: [Self; 7] =
        [Self::Next, Self::Agenda, Self::Tasks, Self::Journal, Self::Pages, Self::Search, Self::Sync];

    /// Its name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Next => "Next",
            Self::Agenda => "Agenda",
            Self::Tasks => "Tasks",
            Self::Journal => "Journal",
            Self::Pages => "Pages",
            Self::Search => "Search",
            Self::Sync => "Sync",
        }
    }

    /// Its place from the left, from 0.
    pub fn place(self) -> usize {
        Self::ALL.iter().position(|view| *view == self).unwrap_or(0)
    }

    /// The one so many places to the right, round and round.
    #[must_use]
    pub fn beside(self, right: bool) -> Self {
        let count = Self::ALL.len();
        Self::ALL[(self.place() + if right { 1 } else { count - 1 }) % count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_go_round() {
        assert_eq!(ViewId::Next.beside(false), ViewId::Sync);
        assert_eq!(ViewId::Sync.beside(true), ViewId::Next);
    }
}
