//! Frames: cut out of any stream, and never longer than they may be.

use heph_protocol::frame::{FrameDecoder, FrameTooLong, HEADER, MAX_PAYLOAD, encode, payload_len};
use proptest::prelude::*;

proptest! {
    #[test]
    fn payloads_come_out_as_they_went_in_however_the_stream_is_cut(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..6),
        cuts in prop::collection::vec(1_usize..64, 1..40),
    ) {
        let stream: Vec<u8> = payloads.iter().flat_map(|payload| encode(payload).unwrap()).collect();
        let mut decoder = FrameDecoder::default();
        let (mut read, mut at) = (Vec::new(), 0);
        for cut in cuts.into_iter().cycle() {
            if at >= stream.len() {
                break;
            }
            let end = stream.len().min(at + cut);
            decoder.push(&stream[at..end]);
            at = end;
            while let Some(payload) = decoder.next_payload().unwrap() {
                read.push(payload);
            }
        }
        prop_assert_eq!(read, payloads);
        prop_assert_eq!(decoder.next_payload().unwrap(), None);
    }

    #[test]
    fn a_header_is_taken_only_up_to_the_limit(announced: u32) {
        let length = announced as usize;
        let expected = if length > MAX_PAYLOAD { Err(FrameTooLong { announced: length }) } else { Ok(length) };
        prop_assert_eq!(payload_len(announced.to_be_bytes()), expected);
    }

    #[test]
    fn any_bytes_are_frames_or_too_long(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut decoder = FrameDecoder::default();
        decoder.push(&bytes);
        let mut taken = 0;
        loop {
            match decoder.next_payload() {
                Ok(Some(payload)) => taken += HEADER + payload.len(),
                Ok(None) => break,
                Err(FrameTooLong { announced }) => {
                    prop_assert!(announced > MAX_PAYLOAD);
                    break;
                }
            }
            prop_assert!(taken <= bytes.len());
        }
    }
}

#[test]
fn the_limit_itself_is_allowed_and_one_more_is_not() {
    let mut decoder = FrameDecoder::default();
    decoder.push(&encode(&vec![7; MAX_PAYLOAD]).unwrap());
    assert_eq!(decoder.next_payload().unwrap().unwrap().len(), MAX_PAYLOAD);
    let announced = MAX_PAYLOAD + 1;
    assert_eq!(encode(&vec![7; announced]), Err(FrameTooLong { announced }));
    decoder.push(&u32::try_from(announced).unwrap().to_be_bytes());
    assert_eq!(decoder.next_payload(), Err(FrameTooLong { announced }));
    assert_eq!(decoder.next_payload(), Err(FrameTooLong { announced }), "the stream stays unreadable");
}

#[test]
fn a_header_alone_takes_no_memory() {
    // As many frames of the greatest length as would fill the memory of this binary many times over.
    let decoders: Vec<_> = (0..64)
        .map(|_| {
            let mut decoder = FrameDecoder::default();
            decoder.push(&u32::try_from(MAX_PAYLOAD).unwrap().to_be_bytes());
            assert_eq!(decoder.next_payload(), Ok(None));
            decoder
        })
        .collect();
    assert!(decoders.len() * MAX_PAYLOAD > crate::MEMORY);
}

#[test]
fn a_frame_too_long_says_what_to_do() {
    assert_eq!(
        FrameTooLong { announced: 20_000_000 }.to_string(),
        "a frame of 20000000 bytes is over the limit of 16777216; page the request or split it"
    );
}
