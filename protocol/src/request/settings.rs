//! Requests about what is set for all machines, and about the context of this one.

/// The table of methods given, with those about settings behind them, and then those for whoever writes a text.
macro_rules! with_settings {
    ([$($others:tt)*]) => {
        writing::with_writing! {[
            $($others)*

            /// What is set for all machines, and what holds where nothing is.
            "settings.list" Read SettingsList -> SettingsList {}

            /// Sets something for all machines; an undo step.
            "settings.set" Mutation SettingsSet -> SettingChanged {
                /// Its key: `weight:due`, `weight:tag:home`, `week_start` …
                key: String,
                /// Its value, as a person types it.
                value: String,
            }

            /// Gives a setting its default back, or takes away what has none; an undo step.
            "settings.unset" Mutation SettingsUnset -> SettingChanged {
                /// Its key.
                key: String,
            }

            /// The contexts that all machines share, and which one this machine is in.
            "context.list" Read ContextList -> ContextList {}

            /// Goes into a context, which lists then stay within, or out of it; a matter of this machine alone.
            "context.use" Bulk ContextUse -> ContextList {
                /// Its name; `none` or empty for no context.
                #[serde(default)] name: String,
            }

            /// Keeps a context for all machines; an undo step.
            "context.set" Mutation ContextSet -> SettingChanged {
                /// Its name.
                name: String,
                /// The filter that lists stay within.
                filter: String,
                /// Quick-add tokens that a new task gets; those of the filter if absent and it is nothing but tags and a
                /// project.
                #[serde(default, skip_serializing_if = "Option::is_none")] new_task: Option<String>,
            }

            /// Takes a context away; an undo step.
            "context.delete" Mutation ContextDelete -> SettingChanged {
                /// Its name.
                name: String,
            }

            /// The saved views that all machines share.
            "view.list" Read ViewList -> ViewList {}

            /// Saves a view for all machines, in the place of one of its name; an undo step.
            "view.save" Mutation ViewSave -> SettingChanged {
                /// Its name; a filter takes it in as `view:name`.
                name: String,
                /// Its filter; empty for all open tasks.
                #[serde(default)] filter: String,
                /// Sort keys, as `task.list` takes them.
                #[serde(default, skip_serializing_if = "Option::is_none")] sort: Option<String>,
                /// Names of columns, comma-separated; which there are the clients know.
                #[serde(default, skip_serializing_if = "Option::is_none")] columns: Option<String>,
                /// What its tasks are grouped by.
                #[serde(default, skip_serializing_if = "Option::is_none")] group: Option<String>,
            }

            /// Takes a view away; an undo step.
            "view.delete" Mutation ViewDelete -> SettingChanged {
                /// Its name.
                name: String,
            }

            /// The fields that the user declared for tasks.
            "field.list" Read FieldList -> FieldList {}

            /// Declares a field, or declares it otherwise; an undo step.
            "field.add" Mutation FieldAdd -> SettingChanged {
                /// Its name; no key of the language.
                name: String,
                /// `string`, `number`, `date`, `duration` or `choice`.
                kind: String,
                /// The choices of a choice, in their order.
                #[serde(default, skip_serializing_if = "Vec::is_empty")] choices: Vec<String>,
                /// What people see instead of the name.
                #[serde(default, skip_serializing_if = "Option::is_none")] label: Option<String>,
            }

            /// Takes the declaration of a field away; tasks keep their values. An undo step.
            "field.delete" Mutation FieldDelete -> SettingChanged {
                /// Its name.
                name: String,
            }
        ]}
    };
}

pub(super) use with_settings;
