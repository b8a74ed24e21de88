//! The first two bytes choose a message, a direction and a version; the rest is its body. What is read can be written, and what
//! was written is read as the same.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use weir_wire::messages::*;
use weir_wire::{Message, for_each_api};

fn exercise<M: Message>(body: Bytes, choice: u8) {
    let count = u8::try_from(M::VERSION_MAX - M::VERSION_MIN + 1).expect("few versions");
    let version = M::VERSION_MIN + i16::from(choice % count);
    if let Ok(message) = M::from_bytes(body, version) {
        let written = message.to_bytes(version).expect("what was read can be written");
        assert_eq!(M::from_bytes(written, version).as_ref(), Ok(&message));
    }
}

macro_rules! list {
    ($(($api:ident, $request:ident, $response:ident);)+) => {
        [$(exercise::<$request> as fn(Bytes, u8), exercise::<$response>,)+]
    };
}

fuzz_target!(|data: &[u8]| {
    let [message, version, body @ ..] = data else { return };
    let messages = for_each_api!(list);
    messages[usize::from(*message) % messages.len()](Bytes::copy_from_slice(body), *version);
});
