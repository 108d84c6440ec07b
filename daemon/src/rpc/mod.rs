//! Between the wire and the domain, pure: requests become commands, what they came to becomes replies.

mod command;
mod error;
mod history;
mod link;
mod render;
mod reply;

pub use command::{
    Asked, ImportBatch, bulk_command, canonical_filter, command, filter_of, import_batch, sort_of,
};
pub(crate) use command::{revision, scope};
pub use error::{query_error, refusal_error, store_error};
pub use history::{changed_fields, named_in};
pub use link::{context_line, line_of, link_kind};
pub use render::{Renderer, time, when};
pub use reply::{Applied, reply};
pub(crate) use reply::{attachments, imported, task_added};
