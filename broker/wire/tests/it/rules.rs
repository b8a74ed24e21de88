//! What a version can't carry, headers, records by reference, and the table of versions.

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use bytes::Bytes;
use weir_wire::header::{
    read_response_header, request_header_version, response_header_version, write_response_header,
};
use weir_wire::messages::fetch_response::{FetchableTopicResponse, PartitionData};
use weir_wire::messages::{
    ApiVersionsRequest, CreateTopicsRequest, FetchResponse, MetadataRequest, OffsetFetchRequest,
};
use weir_wire::version::served_versions;
use weir_wire::{
    ApiKey, EncodeError, FileRange, Message, RangeSource, Reader, Records, RequestHeader, Segment,
    VersionRange, Writer, versions,
};

/// A file's content.
#[derive(Debug)]
struct Memory(Vec<u8>);

impl RangeSource for Memory {
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        let rest = self.0.get(usize::try_from(position).unwrap()..).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        Ok(len)
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

fn fetched(records: Records) -> FetchResponse {
    let partition = PartitionData { high_watermark: 7, records: Some(records), ..PartitionData::default() };
    let topic = FetchableTopicResponse {
        topic: "t".into(),
        partitions: vec![partition],
        ..FetchableTopicResponse::default()
    };
    FetchResponse { responses: vec![topic], ..FetchResponse::default() }
}

#[test]
fn a_range_of_a_file_goes_out_by_reference_in_the_place_of_its_bytes() {
    let content: Vec<u8> = (0..200).collect();
    let source: Arc<dyn RangeSource> = Arc::new(Memory(content.clone()));
    for version in FetchResponse::VERSION_MIN..=12 {
        let mut records = Records::default();
        records.push_range(FileRange { source: Arc::clone(&source), position: 10, len: 50 });
        records.push_bytes(Bytes::from_static(b"tail"));
        assert_eq!(records.len(), 54);
        let mut writer = Writer::new();
        fetched(records).write(&mut writer, version).unwrap();
        let len = writer.len();
        let mut sent = Vec::new();
        for segment in writer.into_segments() {
            match segment {
                Segment::Bytes(bytes) => sent.extend_from_slice(&bytes),
                Segment::Range(range) => {
                    let mut buffer = vec![0; range.len as usize];
                    assert_eq!(range.source.read_at(&mut buffer, range.position).unwrap(), buffer.len());
                    sent.extend_from_slice(&buffer);
                }
            }
        }
        assert_eq!(sent.len(), len);
        let whole = Records::from(Bytes::from([&content[10..60], b"tail"].concat()));
        assert_eq!(sent, fetched(whole).to_bytes(version).unwrap(), "version {version}");
    }
}

#[test]
fn large_records_are_neither_copied_in_nor_out() {
    let batch = Bytes::from(vec![7; 100_000]);
    let mut writer = Writer::new();
    fetched(batch.clone().into()).write(&mut writer, 12).unwrap();
    let segments = writer.into_segments();
    assert!(segments.iter().any(
        |segment| matches!(segment, Segment::Bytes(bytes) if std::ptr::eq(bytes.as_ptr(), batch.as_ptr()))
    ));

    let frame = fetched(batch.into()).to_bytes(12).unwrap();
    let read = FetchResponse::from_bytes(frame.clone(), 12).unwrap();
    let records = read.responses[0].partitions[0].records.as_ref().unwrap().to_bytes().unwrap();
    assert!(frame.as_ptr_range().contains(&records.as_ptr()));
    assert_eq!(records.len(), 100_000);
}

#[test]
fn a_message_in_a_file_is_not_one_piece_of_memory() {
    let mut records = Records::default();
    records.push_range(FileRange { source: Arc::new(Memory(Vec::new())), position: 0, len: 1 });
    assert_eq!(records.to_bytes(), Err(EncodeError::NotInMemory));
    assert_eq!(fetched(records).to_bytes(12), Err(EncodeError::NotInMemory));
}

#[test]
fn empty_records_are_equal_and_not_null() {
    assert_eq!(Records::from(Bytes::new()), Records::default());
    let read = FetchResponse::from_bytes(fetched(Records::default()).to_bytes(12).unwrap(), 12).unwrap();
    assert_eq!(read.responses[0].partitions[0].records, Some(Records::default()));
    assert_eq!(PartitionData::default().records, None);
}

#[test]
fn what_a_version_can_not_carry_is_an_error_unless_it_may_be_ignored() {
    let request = MetadataRequest { allow_auto_topic_creation: false, ..MetadataRequest::default() };
    let lost = EncodeError::NotInVersion { field: "MetadataRequest.allow_auto_topic_creation", version: 3 };
    assert_eq!(request.to_bytes(3), Err(lost));
    assert!(request.to_bytes(4).is_ok());

    let all_topics = MetadataRequest { topics: None, ..MetadataRequest::default() };
    assert_eq!(all_topics.to_bytes(0), Err(EncodeError::Null { field: "topics", version: 0 }));
    assert!(all_topics.to_bytes(1).is_ok());

    // The name of the client is for the log; a version without it may drop it.
    let named = ApiVersionsRequest { client_software_name: "x".into(), ..ApiVersionsRequest::default() };
    assert_eq!(named.to_bytes(2), ApiVersionsRequest::default().to_bytes(2));

    let batched = OffsetFetchRequest { groups: vec![Default::default()], ..OffsetFetchRequest::default() };
    assert!(matches!(batched.to_bytes(7), Err(EncodeError::NotInVersion { version: 7, .. })));

    let name = "n".repeat(0x8000);
    let long = OffsetFetchRequest { group_id: name.into(), ..OffsetFetchRequest::default() };
    assert_eq!(long.to_bytes(5), Err(EncodeError::TooLong(0x8000)));
    assert_eq!(long.to_bytes(6), Err(EncodeError::TooLong(0x8000)));
}

#[test]
fn a_version_outside_the_schema_is_refused_both_ways() {
    assert!(matches!(
        CreateTopicsRequest::default().to_bytes(1),
        Err(EncodeError::Version { version: 1, .. })
    ));
    assert!(CreateTopicsRequest::from_bytes(Bytes::from_static(&[0; 64]), 8).is_err());
}

#[test]
fn headers_follow_the_flexible_versions_but_for_the_answer_of_api_versions() {
    assert_eq!(request_header_version(ApiKey::ApiVersions, 2), 1);
    assert_eq!(request_header_version(ApiKey::ApiVersions, 3), 2);
    for version in 0..=5 {
        assert_eq!(response_header_version(ApiKey::ApiVersions, version), 0);
    }
    assert_eq!(
        (request_header_version(ApiKey::Fetch, 11), response_header_version(ApiKey::Fetch, 11)),
        (1, 0)
    );
    assert_eq!(
        (request_header_version(ApiKey::Fetch, 12), response_header_version(ApiKey::Fetch, 12)),
        (2, 1)
    );
    assert_eq!(request_header_version(ApiKey::OffsetDelete, 0), 1);
    assert_eq!(request_header_version(ApiKey::ConsumerGroupHeartbeat, 0), 2);

    for key in ApiKey::ALL {
        let served = served_versions(*key);
        for version in served.min..=served.max {
            let header = RequestHeader {
                api_key: *key as i16,
                api_version: version,
                correlation_id: 77,
                client_id: Some("client".into()),
            };
            let mut writer = Writer::new();
            header.write(&mut writer).unwrap();
            let mut reader = Reader::new(writer.into_bytes().unwrap());
            assert_eq!(RequestHeader::read(&mut reader), Ok(header));
            assert_eq!(reader.remaining(), 0);

            let mut writer = Writer::new();
            write_response_header(&mut writer, *key, version, 77);
            let frame = writer.into_bytes().unwrap();
            assert_eq!(frame.len(), if response_header_version(*key, version) == 0 { 4 } else { 5 });
            assert_eq!(read_response_header(frame, *key, version), Ok((77, Bytes::new())));
        }
    }
}

#[test]
fn the_header_of_an_absurd_version_is_read() {
    for version in [6, 99, i16::MAX] {
        let mut frame = vec![0, 18];
        frame.extend_from_slice(&version.to_be_bytes());
        frame.extend_from_slice(&[0, 0, 0, 9, 0, 1, b'c', 0]);
        let mut reader = Reader::new(frame.into());
        let header = RequestHeader::read(&mut reader).unwrap();
        assert_eq!((header.api_version, header.correlation_id), (version, 9));
        assert_eq!(reader.remaining(), 0);
    }
    // An API that nobody knows, and a negative version.
    for (key, version) in [(9999_i16, 3_i16), (18, -1), (-1, -1)] {
        let frame = [&key.to_be_bytes()[..], &version.to_be_bytes(), &[0, 0, 0, 9, 0xff, 0xff]].concat();
        let header = RequestHeader::read(&mut Reader::new(frame.into())).unwrap();
        assert_eq!((header.api_key, header.api_version, header.client_id), (key, version, None));
    }
}

#[test]
fn produce_is_named_from_0_and_served_from_3() {
    assert_eq!(versions(ApiKey::Produce), VersionRange { min: 0, max: 13 });
    assert_eq!(served_versions(ApiKey::Produce), VersionRange { min: 3, max: 13 });
    for key in ApiKey::ALL.iter().filter(|key| **key != ApiKey::Produce) {
        assert_eq!(versions(*key), served_versions(*key), "{}", key.name());
    }
}

#[test]
fn keys_and_names_belong_together() {
    for key in ApiKey::ALL {
        assert_eq!(ApiKey::from_code(*key as i16), Some(*key));
    }
    assert_eq!(ApiKey::ALL.len(), 34);
    assert_eq!(ApiKey::DescribeTopicPartitions.name(), "DescribeTopicPartitions");
    assert_eq!(ApiKey::from_code(4), None);
}
