//! `--dry-run` of verbs that act on references: what each one names.

use heph_protocol::request::NodeShow;

use crate::output::{Outcome, changes};
use crate::session::Session;

/// Tells on which nodes a verb would act. References that name nothing fail here as they would there.
pub(crate) fn preview(session: &mut Session, would: &str, references: &[String]) -> Outcome {
    let mut nodes = Vec::with_capacity(references.len());
    for reference in references {
        nodes.push(session.call(&NodeShow { reference: reference.clone() })?.node);
    }
    changes::preview(&mut session.out, would, &nodes)
}
