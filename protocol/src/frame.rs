//! Frames: a big-endian `u32` length, then that many bytes.

/// The longest payload a frame may carry, in bytes.
pub const MAX_PAYLOAD: usize = 16 << 20;

/// Length of the header, in bytes.
pub const HEADER: usize = 4;

/// A header announced more than [`MAX_PAYLOAD`] bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {announced} bytes is over the limit of {MAX_PAYLOAD}; page the request or split it")]
pub struct FrameTooLong {
    /// The length the header or the payload has.
    pub announced: usize,
}

/// Reads a header; checked before anything is allocated for the payload.
///
/// # Errors
/// [`FrameTooLong`] over [`MAX_PAYLOAD`].
pub fn payload_len(header: [u8; HEADER]) -> Result<usize, FrameTooLong> {
    let announced = u32::from_be_bytes(header) as usize;
    if announced > MAX_PAYLOAD { Err(FrameTooLong { announced }) } else { Ok(announced) }
}

/// Puts a header before a payload.
///
/// # Errors
/// [`FrameTooLong`] over [`MAX_PAYLOAD`].
pub fn encode(payload: &[u8]) -> Result<Vec<u8>, FrameTooLong> {
    let announced = payload.len();
    let length = u32::try_from(announced)
        .ok()
        .filter(|_| announced <= MAX_PAYLOAD)
        .ok_or(FrameTooLong { announced })?;
    let mut framed = Vec::with_capacity(HEADER + announced);
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(payload);
    Ok(framed)
}

/// Cuts frames out of a byte stream; holds only bytes that arrived.
#[derive(Debug, Default)]
pub struct FrameDecoder {
    buffer: Vec<u8>,
}

impl FrameDecoder {
    /// Takes in bytes as they came from the socket.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Cuts the next whole payload, `None` until it has arrived.
    ///
    /// # Errors
    /// [`FrameTooLong`] as soon as the header is there; the stream cannot be read on.
    pub fn next_payload(&mut self) -> Result<Option<Vec<u8>>, FrameTooLong> {
        let Some(header) = self.buffer.first_chunk::<HEADER>() else { return Ok(None) };
        let end = HEADER + payload_len(*header)?;
        if self.buffer.len() < end {
            return Ok(None);
        }
        let payload = self.buffer[HEADER..end].to_vec();
        self.buffer.drain(..end);
        Ok(Some(payload))
    }
}
