//! `attachment.*`: files that belong to pages, sent and read a piece at a time.

use heph_protocol::envelope::to_map;
use heph_protocol::error::{AbsentFile, ErrorData};
use heph_protocol::request::{
    AttachmentBegin, AttachmentCommit, AttachmentList as ListAsked, AttachmentRead,
};
use heph_protocol::response::{AttachmentList, AttachmentPart};
use heph_protocol::{ErrorCode, WireError};

use super::answer::{Answering, Asking};
use crate::domain::date::Now;
use crate::domain::node::{Node, NodeKind};
use crate::domain::page::{BlobHash, check_file_name};
use crate::domain::verbs::{Command, NewAttachment, no_such_file};
use crate::rpc::{attachments, refusal_error};

impl Answering {
    /// Makes room for a file, if it may be attached at all.
    pub(super) async fn begin_attachment(
        &self,
        asked: AttachmentBegin,
        now: &Now,
    ) -> Result<Vec<u8>, WireError> {
        let name = check_file_name(&asked.name).map_err(|error| {
            WireError::new(ErrorCode::Invalid, error.to_string()).hint("give it another name")
        })?;
        if asked.bytes > self.attachment_limit {
            let (has, most) = (shown_size(asked.bytes), shown_size(self.attachment_limit));
            let message = format!("{name} has {has}; a file to attach can have {most} at most");
            let hint = "set attachment_limit in the daemon's configuration file";
            return Err(WireError::new(ErrorCode::Refused, message).hint(hint));
        }
        let node = match &asked.key {
            Some(_) => self.find_or_new(&asked.reference, now).await?,
            None => self.find(&asked.reference, now).await?,
        };
        if node.kind() == NodeKind::Settings {
            return Err(WireError::new(ErrorCode::Refused, "the settings take no files"));
        }
        // Hash and size are known once the file is here.
        let hash = BlobHash::from_bytes([0; 32]);
        let (key, bytes) = (asked.key, asked.bytes);
        self.transfers
            .begin_attachment(NewAttachment { node: node.id, key, name, hash, bytes, insert: false })
            .await
    }

    /// Keeps the file, then records it: never the other way round.
    pub(super) async fn commit_attachment(
        &self,
        asked: &AttachmentCommit,
        asking: Asking,
    ) -> Result<Vec<u8>, WireError> {
        let new = self.transfers.keep(&asked.id).await?;
        let command = Command::Attach(NewAttachment { insert: asked.insert, ..new });
        let reply = self.mutate(command.into(), asking).await?;
        self.transfers.forget(&asked.id);
        Ok(reply)
    }

    /// The files of a node.
    pub(super) async fn attachments(&self, asked: &ListAsked, now: &Now) -> Result<Vec<u8>, WireError> {
        let node = self.find(&asked.reference, now).await?;
        let attachments = attachments(&node);
        Ok(to_map(&AttachmentList { node: self.named(node, now), attachments }))
    }

    /// A piece of a file.
    pub(super) async fn read_attachment(
        &self,
        asked: &AttachmentRead,
        now: &Now,
    ) -> Result<Vec<u8>, WireError> {
        let node: Node = self.find(&asked.reference, now).await?;
        let Some(attachment) = node.attachment(&asked.name) else {
            return Err(refusal_error(no_such_file(node.title(), &asked.name), Vec::new()));
        };
        match self.transfers.read_blob(attachment.hash, asked.offset).await? {
            Some(bytes) => Ok(to_map(&AttachmentPart { bytes, total: attachment.bytes })),
            None => {
                let message = format!("{} is not on this machine", attachment.name);
                let hint = "it was attached on another one, and comes through a hub: heph sync status";
                let absent = AbsentFile { hash: attachment.hash.to_string(), bytes: attachment.bytes };
                let data = ErrorData { absent: Some(absent), ..ErrorData::default() };
                Err(WireError::new(ErrorCode::NotFound, message).hint(hint).data(data))
            }
        }
    }
}

/// A size as people say it.
fn shown_size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}
