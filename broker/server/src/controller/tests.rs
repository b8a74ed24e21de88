//! The owner's promises: one commit for all who wait, answers after commit and follow, nothing after a failure; and that a
//! journal replays into the image that was published.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use tokio::sync::Semaphore;
use tokio::sync::oneshot::Receiver;
use weir_log::{Journal, JournalEntry};
use weir_metadata::controller::{LogsSeen, NewTopic};
use weir_metadata::{MetadataImage, MetadataRecord, encode_entry};
use weir_model::{LeaderEpoch, Uuid};

use super::committer::{Committer, ReplayError};
use super::owner::Follower;
use super::*;

type Log = Arc<Mutex<Vec<String>>>;

fn note(log: &Log, text: impl Into<String>) {
    log.lock().unwrap().push(text.into());
}

/// Commits nothing until it may.
struct Gate {
    log: Log,
    open: Arc<Semaphore>,
    fails: Arc<AtomicBool>,
}

impl Committer for Gate {
    async fn commit(&mut self, entries: Vec<Vec<u8>>) -> Result<(), CommitError> {
        self.open.acquire().await.unwrap().forget();
        note(&self.log, format!("commit {}", entries.len()));
        match self.fails.load(Ordering::SeqCst) {
            true => Err(CommitError::Failed("no disk".into())),
            false => Ok(()),
        }
    }

    fn wants_snapshot(&self) -> bool {
        false
    }

    async fn snapshot(&mut self, _: Vec<u8>) -> Result<(), CommitError> {
        Ok(())
    }

    async fn close(self) {}
}

/// Notes the images that it is shown.
struct Witness {
    log: Log,
    last: Mutex<Arc<MetadataImage>>,
}

impl Follower for Witness {
    async fn follow(&self, image: Arc<MetadataImage>) {
        note(&self.log, format!("follow {} topics", image.topics().len()));
        *self.last.lock().unwrap() = image;
    }
}

/// Bytes that are the same in every run.
#[derive(Debug)]
struct Counted(AtomicU8);

impl weir_env::random::Random for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        let next = self.0.fetch_add(1, Ordering::SeqCst);
        bytes.fill(next);
    }
}

struct Bench {
    wishes: mpsc::Sender<Message>,
    log: Log,
    witness: Arc<Witness>,
    task: JoinHandle<()>,
}

impl Bench {
    fn new<C: Committer>(committer: C, image: MetadataImage, log: Log) -> Self {
        let (wishes, inbox) = mpsc::channel(WISHES_MAX);
        let witness = Arc::new(Witness { log: Arc::clone(&log), last: Mutex::new(Arc::new(image.clone())) });
        let owner = Owner {
            env: Env { random: Arc::new(Counted(AtomicU8::new(1))), ..Env::real() },
            committer,
            follower: Arc::clone(&witness),
            fixed: FixedConfig::new(BrokerId(1), &std::collections::BTreeMap::new()).unwrap(),
            capacity: Capacity::default(),
            image,
            failed: None,
        };
        Self { wishes, log, witness, task: task::spawn(owner.run(inbox)) }
    }

    async fn create(&self, name: &str) -> Receiver<Result<Result<(), ErrorCode>, CommitError>> {
        let topic = NewTopic::with_defaults(name);
        let (wish, answer) = owner::wish(move |controller, draw| {
            let Decision { records, answer } = controller.create_topics(&[topic], draw);
            let outcome = answer.into_iter().next().unwrap().1;
            Decision { records, answer: outcome.map(|_| ()).map_err(|refusal| refusal.code) }
        });
        self.wishes.send(wish).await.unwrap();
        answer
    }

    async fn stop(self) -> Arc<MetadataImage> {
        self.wishes.send(Message::Stop).await.unwrap();
        self.task.await.unwrap();
        let last = self.witness.last.lock().unwrap();
        Arc::clone(&last)
    }
}

fn start() -> BrokerStart {
    BrokerStart {
        cluster_id: Uuid([1; 16]),
        broker: BrokerId(1),
        directory: Uuid([2; 16]),
        incarnation: Uuid([3; 16]),
        rack: None,
        endpoints: Vec::new(),
        seen: LogsSeen::default(),
    }
}

fn started() -> MetadataImage {
    let fixed = FixedConfig::new(BrokerId(1), &std::collections::BTreeMap::new()).unwrap();
    let image = MetadataImage::default();
    let controller = decisions::Controller::new(fixed.layers(&image), Capacity::default());
    image.applied(&controller.start_broker(start(), FEATURES).records).unwrap().0
}

fn gate() -> (Gate, Log, Arc<Semaphore>, Arc<AtomicBool>) {
    let (log, open, fails) = (Log::default(), Arc::new(Semaphore::new(0)), Arc::new(AtomicBool::new(false)));
    (Gate { log: Arc::clone(&log), open: Arc::clone(&open), fails: Arc::clone(&fails) }, log, open, fails)
}

#[tokio::test]
async fn all_who_wait_share_a_commit_and_are_answered_after_it() {
    let (gate, log, open, _) = gate();
    let bench = Bench::new(gate, started(), log);
    let first = bench.create("first").await;
    // The owner now waits for the gate with the first wish, or will soon; either way nobody is answered before it opens.
    let mut others = Vec::new();
    for index in 0..10 {
        others.push(bench.create(&format!("t{index}")).await);
    }
    let doubled = bench.create("t0").await;
    open.add_permits(2);
    assert_eq!(first.await.unwrap().unwrap(), Ok(()));
    for other in others {
        assert_eq!(other.await.unwrap().unwrap(), Ok(()));
    }
    assert_eq!(
        doubled.await.unwrap().unwrap(),
        Err(ErrorCode::TopicAlreadyExists),
        "decided on what the batch will be"
    );
    let log = bench.log.lock().unwrap().clone();
    let commits: Vec<usize> = log
        .iter()
        .filter_map(|line| line.strip_prefix("commit "))
        .map(|count| count.parse().unwrap())
        .collect();
    assert_eq!(commits.iter().sum::<usize>(), 11);
    assert!(commits.len() <= 2, "{log:?}");
    assert!(log.iter().step_by(2).all(|line| line.starts_with("commit")), "{log:?}");
    assert_eq!(bench.stop().await.topics().len(), 11);
}

#[tokio::test]
async fn nobody_is_answered_before_the_commit() {
    let (gate, log, open, _) = gate();
    let bench = Bench::new(gate, started(), log);
    let mut answer = bench.create("t").await;
    tokio::task::yield_now().await;
    assert!(answer.try_recv().is_err());
    assert!(bench.log.lock().unwrap().is_empty());
    open.add_permits(1);
    assert_eq!((&mut answer).await.unwrap().unwrap(), Ok(()));
    assert_eq!(*bench.log.lock().unwrap(), ["commit 1", "follow 1 topics"]);
}

#[tokio::test]
async fn after_a_failed_commit_nothing_changes_any_more() {
    let (gate, log, open, fails) = gate();
    let bench = Bench::new(gate, started(), log);
    open.add_permits(8);
    assert_eq!(bench.create("good").await.await.unwrap().unwrap(), Ok(()));
    fails.store(true, Ordering::SeqCst);
    assert!(matches!(bench.create("bad").await.await.unwrap(), Err(CommitError::Failed(_))));
    fails.store(false, Ordering::SeqCst);
    assert!(
        matches!(bench.create("later").await.await.unwrap(), Err(CommitError::Failed(_))),
        "never tried again"
    );
    assert_eq!(
        bench.create("good").await.await.unwrap().unwrap(),
        Err(ErrorCode::TopicAlreadyExists),
        "reading goes on"
    );
    assert_eq!(*bench.log.lock().unwrap(), ["commit 1", "follow 1 topics", "commit 1"]);
    assert_eq!(bench.stop().await.topics().len(), 1);
}

async fn run_once(dir: &Path, topics: &[&str]) -> Arc<MetadataImage> {
    let (committer, Replayed { image, .. }) = JournalCommitter::open(&Env::real(), dir).unwrap();
    let bench = Bench::new(committer, image, Log::default());
    let (wish, answer) = owner::wish(|controller, _| controller.start_broker(start(), FEATURES));
    bench.wishes.send(wish).await.unwrap();
    answer.await.unwrap().unwrap();
    for topic in topics {
        bench.create(topic).await.await.unwrap().unwrap().unwrap();
    }
    bench.stop().await
}

#[tokio::test]
async fn a_restart_replays_the_journal_and_opens_a_new_epoch() {
    let temporary = tempfile::tempdir().unwrap();
    let first = run_once(temporary.path(), &["a", "b"]).await;
    let second = run_once(temporary.path(), &["c"]).await;
    assert_eq!(second.topics().len(), 3);
    let epoch = |image: &MetadataImage| image.topics().by_text("a").unwrap().partitions()[0].leader_epoch;
    assert_eq!((epoch(&first), epoch(&second)), (LeaderEpoch(0), LeaderEpoch(1)));
    assert_eq!(first.topics().by_text("a").unwrap().id(), second.topics().by_text("a").unwrap().id());
    let (_, replayed) = JournalCommitter::open(&Env::real(), temporary.path()).unwrap();
    assert_eq!(&replayed.image, &*second);
}

#[tokio::test]
async fn a_snapshot_takes_the_place_of_the_entries() {
    let temporary = tempfile::tempdir().unwrap();
    let image = run_once(temporary.path(), &["a", "b"]).await;
    let (mut committer, _) = JournalCommitter::open(&Env::real(), temporary.path()).unwrap();
    committer.snapshot(encode_entry(&image.snapshot())).await.unwrap();
    let more = vec![MetadataRecord::Topic { name: TopicName::new("after").unwrap(), id: Uuid([9; 16]) }];
    committer.commit(vec![encode_entry(&more)]).await.unwrap();
    drop(committer);
    let (_, replayed) = JournalCommitter::open(&Env::real(), temporary.path()).unwrap();
    assert_eq!(replayed.image, image.applied(&more).unwrap().0);
}

#[tokio::test]
async fn metadata_of_a_newer_version_are_refused_by_name() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open(&Env::real(), temporary.path()).unwrap();
    journal.append(&[JournalEntry { index: 1, term: 1, payload: vec![2, 0] }]).unwrap();
    journal.sync().unwrap();
    drop(journal);
    let error = JournalCommitter::open(&Env::real(), temporary.path()).unwrap_err();
    let ReplayError::Entry { index: 1, source } = error else { panic!("{error:?}") };
    assert!(source.to_string().contains("newer version of Weir"), "{source}");
}

/// A data directory as this version's first release wrote it, for every later version to open.
const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/directory-1");

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// Writes a directory's metadata: two lives of a broker, a snapshot between them, something of every kind of record.
async fn write_story(dir: &Path) -> Arc<MetadataImage> {
    let first = run_once(dir, &["orders", "gone"]).await;
    let (mut committer, _) = JournalCommitter::open(&Env::real(), dir).unwrap();
    committer.snapshot(encode_entry(&first.snapshot())).await.unwrap();
    drop(committer);
    let second = run_once(dir, &["clicks"]).await;
    let set = |resource, name: &str, value: &str| MetadataRecord::Config {
        resource,
        name: name.into(),
        value: Some(value.into()),
    };
    let orders = ConfigResource::Topic(TopicName::new("orders").unwrap());
    let records = [
        set(orders, "retention.ms", "86400000"),
        set(ConfigResource::Broker(BrokerId(1)), "max.connections", "900"),
        set(ConfigResource::ClusterDefault, "message.max.bytes", "2000000"),
        MetadataRecord::ProducerIds { broker: BrokerId(1), next: weir_model::ProducerId(3000) },
        MetadataRecord::TopicDeleted { id: second.topics().by_text("gone").unwrap().id() },
    ];
    let (mut committer, _) = JournalCommitter::open(&Env::real(), dir).unwrap();
    committer.commit(vec![encode_entry(&records)]).await.unwrap();
    Arc::new(second.applied(&records).unwrap().0)
}

/// `WEIR_WRITE_FIXTURES=1` writes the directory anew, which is right only before a release has written one.
#[tokio::test]
async fn a_directory_of_the_first_release_opens() {
    let temporary = tempfile::tempdir().unwrap();
    let fresh = temporary.path().join("fresh");
    let expected = write_story(&fresh).await;
    let fixture = Path::new(FIXTURE).join("metadata");
    if std::env::var_os("WEIR_WRITE_FIXTURES").is_some() {
        copy(&fresh, &fixture);
    }
    let opened = temporary.path().join("opened");
    copy(&fixture, &opened);
    let (_, image) = JournalCommitter::open(&Env::real(), &opened).unwrap();
    assert_eq!(image.image.topics().len(), 2);
    assert_eq!(image.image, *expected);
}
