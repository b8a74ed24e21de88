//! Snapshots of more metadata than the bound below which none is taken: many topics with configs, through the owner, the
//! journal and every crash that the simulated disk knows.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use weir_env::disk::Disk;
use weir_env::sim_disk::{SimDisk, SimFault, SimOp};
use weir_log::JournalError;
use weir_metadata::{ConfigResource, MetadataImage, MetadataRecord, PartitionState, encode_entry};
use weir_model::{LeaderEpoch, PartitionEpoch, PartitionIndex, TopicName, Uuid};

use super::committer::{Committer, ReplayError};
use super::owner::Follower;
use super::*;

const DIR: &str = "/metadata";

/// Below this no snapshot is taken.
const LARGE_BYTES: u64 = 4 * 1024 * 1024;

/// Each takes about 500 bytes.
const TOPICS: u32 = 12_000;

fn env(disk: &SimDisk) -> Env {
    Env { disk: Arc::new(disk.clone()), ..Env::real() }
}

/// Topics with long names and configs.
fn topics(numbers: std::ops::Range<u32>) -> Vec<MetadataRecord> {
    let topic = |number: u32| {
        let name = TopicName::new(&format!("{number}-{}", "n".repeat(200))).unwrap();
        let mut id = [7; 16];
        id[..4].copy_from_slice(&number.to_be_bytes());
        let state = PartitionState {
            replicas: vec![BrokerId(1)],
            isr: vec![BrokerId(1)],
            leader: BrokerId(1),
            leader_epoch: LeaderEpoch(0),
            partition_epoch: PartitionEpoch(0),
        };
        let value = Some(number.to_string().repeat(8).into());
        [
            MetadataRecord::Topic { name: name.clone(), id: Uuid(id) },
            MetadataRecord::Partition { topic: Uuid(id), partition: PartitionIndex(0), state },
            MetadataRecord::Config {
                resource: ConfigResource::Topic(name),
                name: "retention.ms".into(),
                value,
            },
        ]
    };
    numbers.flat_map(topic).collect()
}

/// Nobody looks at the images.
struct Nobody;

impl Follower for Nobody {
    async fn follow(&self, _: Arc<MetadataImage>) {}
}

/// Commits lists of records one after the other, as the broker's owner does.
async fn commit_all(disk: &SimDisk, lists: impl Iterator<Item = Vec<MetadataRecord>>) {
    let (committer, Replayed { image, .. }) = JournalCommitter::open(&env(disk), Path::new(DIR)).unwrap();
    let (wishes, inbox) = mpsc::channel(WISHES_MAX);
    let owner = Owner {
        env: env(disk),
        committer,
        follower: Arc::new(Nobody),
        fixed: FixedConfig::new(BrokerId(1), &std::collections::BTreeMap::new()).unwrap(),
        capacity: Capacity::default(),
        image,
        failed: None,
    };
    let task = task::spawn(owner.run(inbox));
    for records in lists {
        let (wish, answer) = owner::wish(move |_, _| Decision { records, answer: () });
        wishes.send(wish).await.unwrap();
        answer.await.unwrap().unwrap();
    }
    drop(wishes);
    task.await.unwrap();
}

fn opened(disk: &SimDisk) -> MetadataImage {
    JournalCommitter::open(&env(disk), Path::new(DIR)).unwrap().1.image
}

/// The snapshots' names and sizes.
fn snapshots(disk: &SimDisk) -> Vec<(String, u64)> {
    let entries = disk.list(Path::new(DIR)).unwrap().into_iter();
    entries.filter(|entry| entry.name.ends_with(".snapshot")).map(|entry| (entry.name, entry.len)).collect()
}

#[tokio::test]
async fn a_large_snapshot_is_taken_and_read_again_after_a_crash() {
    let disk = SimDisk::new(1);
    let all = topics(0..TOPICS);
    let expected = MetadataImage::default().applied(&all).unwrap().0;
    commit_all(&disk, all.chunks(1000).map(<[_]>::to_vec)).await;
    disk.cut_power();
    disk.restore_power();
    assert!(opened(&disk) == expected, "the entries and the snapshot between them");
    // Configs that change until the entries outweigh the first snapshot twice.
    disk.kill();
    let first = snapshots(&disk);
    let again = || all.iter().filter(|record| matches!(record, MetadataRecord::Config { .. })).cloned();
    let rounds =
        (0..6).flat_map(|_| again().collect::<Vec<_>>().chunks(1000).map(<[_]>::to_vec).collect::<Vec<_>>());
    commit_all(&disk, rounds).await;
    let [(second, size)] = &snapshots(&disk)[..] else { panic!("{:?}", snapshots(&disk)) };
    assert!(*size > LARGE_BYTES && !first.iter().any(|(name, _)| name == second), "{second}: {size} bytes");
    disk.cut_power();
    disk.restore_power();
    assert!(opened(&disk) == expected, "the second snapshot and the entries after it");
}

#[tokio::test]
async fn a_crash_at_any_operation_of_a_large_snapshot_leaves_the_old_state_or_the_new_one() {
    let all = topics(0..TOPICS);
    let mut cuts = 0;
    for cut_at in 1.. {
        let disk = SimDisk::new(cut_at);
        let (mut committer, _) = JournalCommitter::open(&env(&disk), Path::new(DIR)).unwrap();
        let (old, new) = all.split_at(3000);
        committer.commit(vec![encode_entry(old)]).await.unwrap();
        committer.snapshot(encode_entry(old)).await.unwrap();
        committer.commit(vec![encode_entry(new)]).await.unwrap();
        let image = MetadataImage::default().applied(&all).unwrap().0;
        let state = encode_entry(&image.snapshot());
        assert!(state.len() as u64 > LARGE_BYTES);
        disk.cut_power_at(disk.changes() + cut_at);
        let done = committer.snapshot(state).await.is_ok();
        drop(committer);
        if done {
            break;
        }
        cuts += 1;
        disk.restore_power();
        assert!(opened(&disk) == image, "cut at operation {cut_at}");
    }
    assert!(cuts > 5, "{cuts} operations are too few");
}

#[tokio::test]
async fn a_snapshot_that_found_no_room_is_wanted_again() {
    let disk = SimDisk::new(1);
    let all = topics(0..TOPICS);
    let (mut committer, _) = JournalCommitter::open(&env(&disk), Path::new(DIR)).unwrap();
    committer.commit(vec![encode_entry(&all)]).await.unwrap();
    disk.plant(SimFault {
        op: SimOp::Write,
        path_part: ".snapshot".into(),
        skip: 1,
        times: 1,
        error: std::io::ErrorKind::StorageFull,
    });
    assert!(matches!(committer.snapshot(encode_entry(&all)).await, Err(CommitError::Full(_))));
    assert!(committer.wants_snapshot(), "the next change tries again");
    committer.snapshot(encode_entry(&all)).await.unwrap();
    assert!(!committer.wants_snapshot());
}

#[tokio::test]
async fn a_damaged_large_snapshot_is_refused_by_name_and_a_torn_one_is_passed_over() {
    let disk = SimDisk::new(1);
    let all = topics(0..TOPICS);
    let (mut committer, _) = JournalCommitter::open(&env(&disk), Path::new(DIR)).unwrap();
    committer.commit(vec![encode_entry(&all)]).await.unwrap();
    let image = MetadataImage::default().applied(&all).unwrap().0;
    // What a crash leaves of one that was being written has not got its name yet.
    let torn = Path::new(DIR).join("00000000000000000001-00000000000000000001.snapshot.tmp");
    let half = encode_entry(&all[..all.len() / 2]);
    disk.open(&torn, weir_env::disk::Open::CreateNew).unwrap().write_all_at(&half, 0).unwrap();
    drop(committer);
    disk.kill();
    let (mut committer, found) = JournalCommitter::open(&env(&disk), Path::new(DIR)).unwrap();
    assert!(found.image == image);
    committer.snapshot(encode_entry(&image.snapshot())).await.unwrap();
    drop(committer);
    disk.kill();
    let [(name, size)] = &snapshots(&disk)[..] else { panic!("{:?}", snapshots(&disk)) };
    let middle = usize::try_from(size / 2).unwrap();
    // It was on disk before its entries went: nothing else says what it said, and an empty cluster would be a lie.
    disk.corrupt(&Path::new(DIR).join(name), |bytes| bytes[middle] ^= 1).unwrap();
    let error = JournalCommitter::open(&env(&disk), Path::new(DIR)).unwrap_err();
    let ReplayError::Journal(JournalError::Damaged { path, .. }) = error else { panic!("{error:?}") };
    assert!(path.ends_with(name));
    disk.corrupt(&Path::new(DIR).join(name), |bytes| bytes[middle] ^= 1).unwrap();
    assert!(opened(&disk) == image, "put right again, it is read");
}
