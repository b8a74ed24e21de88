//! The records' bytes: pinned, and harmless when they are damaged.

use weir_metadata::record::ENTRY_FORMAT;
use weir_metadata::{CodecError, ConfigResource, MetadataImage, MetadataRecord, decode_entry, encode_entry};
use weir_model::{BrokerId, ProducerId, Uuid};

use crate::random::Random;
use crate::world::{World, name, topic, with_config};

/// An image with something of everything.
fn full_image() -> MetadataImage {
    let mut world = World::new(3);
    world.create(with_config(topic("orders", 4, 2), "cleanup.policy", "compact"));
    world.create(topic("clicks", 1, 3));
    let records = world.controller().allocate_producer_ids(BrokerId(1)).unwrap().records;
    world.commit(&records);
    world.commit(&[
        config(ConfigResource::Broker(BrokerId(2)), "max.connections", "9"),
        config(ConfigResource::ClusterDefault, "log.retention.ms", "1"),
        config(ConfigResource::Group("g".into()), "consumer.session.timeout.ms", "50000"),
    ]);
    world.image
}

fn config(resource: ConfigResource, name: &str, value: &str) -> MetadataRecord {
    MetadataRecord::Config { resource, name: name.into(), value: Some(value.into()) }
}

#[test]
fn the_bytes_of_an_entry_never_change() {
    let records = [
        MetadataRecord::Cluster { cluster_id: Uuid([1; 16]) },
        MetadataRecord::Topic { name: name("t"), id: Uuid([2; 16]) },
        config(ConfigResource::Topic(name("t")), "retention.ms", "-1"),
        MetadataRecord::ProducerIds { broker: BrokerId(1), next: ProducerId(1000) },
        MetadataRecord::LeaderRestarted { broker: BrokerId(1) },
    ];
    let hex: String = encode_entry(&records).iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = concat!(
        "01",
        "05", // format, count
        "12",
        "01",
        "01",
        "01010101010101010101010101010101", // cluster
        "14",
        "07",
        "01",
        "0174",
        "02020202020202020202020202020202", // topic
        "16",
        "0a",
        "01",
        "02",
        "0174",
        "0c726574656e74696f6e2e6d73",
        "01",
        "022d31", // config
        "05",
        "0b",
        "01",
        "02",
        "d00f", // producer ids
        "03",
        "06",
        "01",
        "02", // leader restarted
    );
    assert_eq!(hex, expected);
    assert_eq!(decode_entry(&encode_entry(&records)).unwrap(), records);
}

#[test]
fn what_a_newer_version_wrote_is_named() {
    let newer = |bytes: &[u8]| match decode_entry(bytes) {
        Err(error @ CodecError::Newer { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(newer(&[ENTRY_FORMAT as u8 + 1, 0]).contains("entry format 2"));
    assert!(newer(&[1, 1, 3, 6, 2, 2]).contains("record version 2"));
    assert!(newer(&[1, 1, 2, 99, 1]).contains("record type 99"));
    assert!(newer(&[1, 1, 4, 10, 1, 7, 0]).contains("config resource 7"));
}

#[test]
fn damaged_bytes_are_an_error_or_other_records() {
    let bytes = encode_entry(&full_image().snapshot());
    for end in 0..bytes.len() {
        assert!(decode_entry(&bytes[..end]).is_err(), "cut at {end}");
    }
    let mut random = Random::new(11);
    for round in 0..60_000 {
        let mut damaged = bytes.clone();
        for _ in 0..1 + random.below(6) {
            let at = random.below(damaged.len() as u64) as usize;
            match random.below(4) {
                0 => damaged[at] ^= 1 << random.below(8),
                1 => damaged[at] = random.of(&[0, 1, 0x7f, 0x80, 0xff]),
                2 => damaged.truncate(at.max(1)),
                _ => damaged.insert(at, random.next() as u8),
            }
        }
        if let Ok(records) = decode_entry(&damaged) {
            assert!(records.len() <= damaged.len(), "round {round}");
            let reread = decode_entry(&encode_entry(&records)).unwrap();
            assert_eq!(reread, records, "round {round}");
            // Applying them is refused or gives an image that holds together; it never panics.
            let mut image = MetadataImage::default();
            if image.apply(&records).is_ok() {
                let _ = image.snapshot();
            }
        }
    }
}
