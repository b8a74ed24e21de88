//! From keys to their newest offsets in a bounded amount of memory.
//!
//! Keys stand by a hash of 128 bits, seeded anew for each map: two SipHash values over the seed and the key. Two keys with
//! one hash would cost the older one its record; with 2^30 keys the chance of any such pair is below 2^-68, and nobody can
//! look for one without the seed.

use std::hash::Hasher;

/// Part of the slots that may be used: beyond it, searches grow long.
const USED_PART_MAX: (usize, usize) = (3, 4);

/// Bytes of a slot.
const SLOT_BYTES: usize = size_of::<Slot>();

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Slot {
    hash: [u64; 2],
    /// -1 in a free slot.
    offset: i64,
}

const FREE: Slot = Slot { hash: [0; 2], offset: -1 };

/// Newest offsets by key.
#[derive(Debug)]
pub(super) struct OffsetMap {
    slots: Vec<Slot>,
    used: usize,
    used_max: usize,
    seed: [u64; 2],
}

impl OffsetMap {
    /// A map of at most `bytes_max` bytes with room for `expected` keys if that fits.
    pub(super) fn new(bytes_max: usize, expected: usize, seed: [u64; 2]) -> Self {
        let wanted = expected.saturating_mul(USED_PART_MAX.1).div_ceil(USED_PART_MAX.0).saturating_add(1);
        let slots = wanted.min(bytes_max / SLOT_BYTES).max(8);
        let used_max = slots * USED_PART_MAX.0 / USED_PART_MAX.1;
        Self { slots: vec![FREE; slots], used: 0, used_max, seed }
    }

    /// Distinct keys.
    pub(super) const fn len(&self) -> usize {
        self.used
    }

    /// Notes an offset that is larger than every one before. False when the key is new and there is no room for it.
    #[must_use]
    pub(super) fn put(&mut self, key: &[u8], offset: i64) -> bool {
        let hash = self.hash(key);
        let at = self.find(hash);
        if self.slots[at].offset < 0 {
            if self.used == self.used_max {
                return false;
            }
            self.used += 1;
        }
        self.slots[at] = Slot { hash, offset };
        true
    }

    /// The newest offset of a key.
    pub(super) fn newest(&self, key: &[u8]) -> Option<i64> {
        let slot = self.slots[self.find(self.hash(key))];
        (slot.offset >= 0).then_some(slot.offset)
    }

    /// The slot of a hash, or the free one where it would go. There always is a free one.
    fn find(&self, hash: [u64; 2]) -> usize {
        let count = self.slots.len();
        // The high bits choose the slot without a division's bias.
        let mut at = usize::try_from((u128::from(hash[0]) * count as u128) >> 64).unwrap_or(0);
        while self.slots[at].offset >= 0 && self.slots[at].hash != hash {
            at = (at + 1) % count;
        }
        at
    }

    fn hash(&self, key: &[u8]) -> [u64; 2] {
        [0_u64, 1].map(|half| {
            // Fixed keys of the hasher, a random start of the text.
            let mut hasher = std::hash::DefaultHasher::new();
            hasher.write_u64(self.seed[0]);
            hasher.write_u64(self.seed[1] ^ half);
            hasher.write(key);
            hasher.finish()
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn it_is_a_map_within_its_memory() {
        let mut map = OffsetMap::new(1000 * SLOT_BYTES, usize::MAX, [1, 2]);
        let mut expected = BTreeMap::new();
        for offset in 0..5000_i64 {
            let key = (offset * 7919 % 740).to_string();
            assert!(map.put(key.as_bytes(), offset));
            expected.insert(key, offset);
        }
        assert_eq!(map.len(), expected.len());
        for (key, offset) in expected {
            assert_eq!(map.newest(key.as_bytes()), Some(offset));
        }
        assert_eq!(map.newest(b"other"), None);
        for number in 0..10 {
            assert!(map.put(format!("new {number}").as_bytes(), 5000));
        }
        assert!(!map.put(b"one more", 5001), "it is full");
        assert!(map.put(b"new 1", 5001), "a key that is there needs no room");
    }
}
