//! Any bytes as the frame of a request, read as a broker reads it: header, then the body of the version that it names.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_wire::messages::*;
use weir_wire::{ApiKey, Message, Reader, RequestHeader, for_each_api};

fn exercise<M: Message>(reader: Reader, version: i16) {
    if let Ok(message) = M::from_bytes(reader.into_rest(), version) {
        message.to_bytes(version).expect("what was read can be written");
    }
}

macro_rules! dispatch {
    ($(($api:ident, $request:ident, $response:ident);)+) => {
        |key: ApiKey, reader: Reader, version: i16| match key {
            $(ApiKey::$api => exercise::<$request>(reader, version),)+
        }
    };
}

fuzz_target!(|data: &[u8]| {
    let mut reader = Reader::new(bytes::Bytes::copy_from_slice(data));
    let Ok(header) = RequestHeader::read(&mut reader) else { return };
    if let Some(key) = ApiKey::from_code(header.api_key) {
        for_each_api!(dispatch)(key, reader, header.api_version);
    }
});
