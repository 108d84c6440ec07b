//! Requests about time, reviews and agendas.

/// The table of methods given, with those about time, reviews and agendas behind them, and then those about settings.
macro_rules! with_plans {
    ([$($others:tt)*]) => {
        settings::with_settings! {[
            $($others)*

            /// Notes past work on a task.
            "time.add" Mutation TimeAdd -> TasksChanged {
                /// The task.
                reference: String,
                /// How long (`45m`, `1h30m`).
                length: String,
                /// When it began, a date word with a time (`9:30`, `yesterday 14:00`); without one it ended just now.
                #[serde(default, skip_serializing_if = "Option::is_none")] from: Option<String>,
            }

            /// Changes a clock interval of a task.
            "time.edit" Mutation TimeEdit -> TasksChanged {
                /// The task.
                reference: String,
                /// The interval, by its id in `time.list` or the beginning of it.
                interval: String,
                /// When it began.
                #[serde(default, skip_serializing_if = "Option::is_none")] from: Option<String>,
                /// When it ended.
                #[serde(default, skip_serializing_if = "Option::is_none")] to: Option<String>,
                /// How long it was, instead of an end.
                #[serde(default, skip_serializing_if = "Option::is_none")] length: Option<String>,
            }

            /// Takes a clock interval of a task away.
            "time.delete" Mutation TimeDelete -> TasksChanged {
                /// The task.
                reference: String,
                /// The interval, by its id in `time.list` or the beginning of it.
                interval: String,
            }

            /// Sums of what was worked between two dates.
            "time.list" Read TimeList -> TimeList {
                /// Only of this task, with its intervals, or of this project.
                #[serde(default, skip_serializing_if = "Option::is_none")] reference: Option<String>,
                /// What is summed up.
                #[serde(default)] by: TimeBy,
                /// A date word; empty for the start of the week, or with a reference for ever.
                #[serde(default, skip_serializing_if = "String::is_empty")] from: String,
                /// A date word, where the time ends; empty for now.
                #[serde(default, skip_serializing_if = "String::is_empty")] to: String,
            }

            /// What is still to be looked at in a review today, in order.
            "review.list" Read ReviewList -> ReviewList {
                /// At most so many; 200 if absent, 1,000 at most.
                #[serde(default, skip_serializing_if = "Option::is_none")] limit: Option<u32>,
                /// The context it is asked in: a name, or a filter; `none` or empty for none; the active one of this machine if absent.
                #[serde(default, skip_serializing_if = "Option::is_none")] context: Option<String>,
            }

            /// Notes that tasks and projects were looked at today.
            "review.mark" Mutation ReviewMark -> NodesChanged {
                /// The tasks and projects.
                references: Vec<String>,
            }

            /// What a day or week brings: deadlines, plans, what comes back, and what is overdue.
            "agenda" Read Agenda -> Agenda {
                /// A day or its week.
                #[serde(default)] span: Span,
                /// A date word; empty for today.
                #[serde(default, skip_serializing_if = "String::is_empty")] date: String,
                /// Only tasks that match this filter.
                #[serde(default, skip_serializing_if = "String::is_empty")] filter: String,
                /// The context it is asked in: a name, or a filter; `none` or empty for none; the active one of this machine if absent.
                #[serde(default, skip_serializing_if = "Option::is_none")] context: Option<String>,
            }

            /// Verifies the store: integrity, and that its rows are the fold of its log.
            "store.check" Bulk StoreCheck -> Checked {}
        ]}
    };
}

pub(super) use with_plans;
