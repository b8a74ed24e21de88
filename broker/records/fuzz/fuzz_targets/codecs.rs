//! The first byte chooses the codec, the rest is what it unpacks, with a cap of one MiB.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_records::{Compression, compress, decompress};

const CAP: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let Some((first, packed)) = data.split_first() else { return };
    let codec = Compression::ALL[usize::from(*first) % Compression::ALL.len()];
    if let Ok(plain) = decompress(codec, packed, CAP) {
        assert!(plain.len() <= CAP);
        let again = compress(codec, None, &plain).expect("memory for what was unpacked");
        assert_eq!(decompress(codec, &again, CAP).expect("what was just packed"), plain);
    }
});
