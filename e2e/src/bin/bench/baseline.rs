//! The least that a durable server must do: read the same frames, write them, flush them in groups, answer. What is
//! missing to it is everything that makes a broker: no checks, no offsets, no partitions, no indexes, one file.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use weir_wire::header::write_response_header;
use weir_wire::messages::api_versions_response::ApiVersion;
use weir_wire::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use weir_wire::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use weir_wire::messages::{ApiVersionsResponse, MetadataResponse, ProduceRequest, ProduceResponse};
use weir_wire::{ApiKey, Message, Reader, RequestHeader, WireStr, Writer};

/// What it says it serves. librdkafka writes today's batches only to brokers that also serve Fetch.
const SERVED: [(ApiKey, i16, i16); 4] =
    [(ApiKey::Produce, 3, 8), (ApiKey::Fetch, 4, 10), (ApiKey::Metadata, 0, 8), (ApiKey::ApiVersions, 0, 3)];

const READ_BUFFER_BYTES: usize = 256 * 1024;

/// A running baseline; it ends with the process.
pub(crate) struct Baseline {
    pub(crate) address: SocketAddr,
}

struct Shared {
    file: File,
    written: AtomicU64,
    progress: Mutex<Progress>,
    moved: Condvar,
    topic: String,
    partitions: i32,
    address: SocketAddr,
}

#[derive(Default)]
struct Progress {
    wanted: u64,
    flushed: u64,
}

/// An answer and the position that must be on disk before it leaves.
type Answer = (u64, Bytes);

impl Baseline {
    pub(crate) fn start(folder: &Path, topic: &str, partitions: i32) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            file: File::create(folder.join("baseline.tmp")).context("creating the baseline's file")?,
            written: AtomicU64::new(0),
            progress: Mutex::default(),
            moved: Condvar::new(),
            topic: topic.to_owned(),
            partitions,
            address,
        });
        let flusher = Arc::clone(&shared);
        std::thread::spawn(move || flusher.flush_for_ever());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        Ok(Self { address })
    }
}

impl Shared {
    /// Group commit: whoever wrote while a flush ran is in the next one.
    fn flush_for_ever(&self) {
        loop {
            let mut progress = self.lock();
            while progress.wanted <= progress.flushed {
                progress = self.moved.wait(progress).unwrap_or_else(PoisonError::into_inner);
            }
            let target = progress.wanted;
            drop(progress);
            self.file.sync_data().expect("the disk of a benchmark works");
            self.lock().flushed = target;
            self.moved.notify_all();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(self: Arc<Self>, stream: TcpStream) {
        let (sender, receiver) = channel();
        let Ok(writer) = stream.try_clone() else { return };
        let answers = Arc::clone(&self);
        std::thread::spawn(move || answers.answer(writer, &receiver));
        // The client hangs up when it is done; what it measured says whether all went well.
        _ = self.read(stream, &sender);
    }

    fn read(&self, stream: TcpStream, answers: &Sender<Answer>) -> Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = BufReader::with_capacity(READ_BUFFER_BYTES, stream);
        loop {
            let mut length = [0; 4];
            stream.read_exact(&mut length)?;
            let mut frame = vec![0; u32::from_be_bytes(length) as usize];
            stream.read_exact(&mut frame)?;
            answers.send(self.handle(&Bytes::from(frame))?)?;
        }
    }

    fn handle(&self, frame: &Bytes) -> Result<Answer> {
        let mut reader = Reader::new(frame.clone());
        let header = RequestHeader::read(&mut reader)?;
        let version = header.api_version;
        let respond = |key, body: &dyn Fn(&mut Writer) -> Result<()>| -> Result<Bytes> {
            let mut writer = Writer::new();
            write_response_header(&mut writer, key, version, header.correlation_id);
            body(&mut writer)?;
            Ok(writer.into_bytes()?)
        };
        if header.api_key == ApiKey::ApiVersions as i16 {
            let answer = respond(ApiKey::ApiVersions, &|writer| Ok(api_versions().write(writer, version)?))?;
            return Ok((0, answer));
        }
        if header.api_key == ApiKey::Metadata as i16 {
            let answer = respond(ApiKey::Metadata, &|writer| Ok(self.metadata().write(writer, version)?))?;
            return Ok((0, answer));
        }
        if header.api_key != ApiKey::Produce as i16 {
            bail!("the baseline does not serve API {}", header.api_key);
        }
        let request = ProduceRequest::from_bytes(reader.into_rest(), version)?;
        let position = self.written.fetch_add(frame.len() as u64, Ordering::Relaxed);
        self.file.write_all_at(frame, position)?;
        let end = position + frame.len() as u64;
        let mut progress = self.lock();
        progress.wanted = progress.wanted.max(end);
        drop(progress);
        self.moved.notify_all();
        let response = produced(request);
        Ok((end, respond(ApiKey::Produce, &|writer| Ok(response.write(writer, version)?))?))
    }

    fn answer(&self, mut stream: TcpStream, answers: &Receiver<Answer>) {
        while let Ok((end, answer)) = answers.recv() {
            let mut progress = self.lock();
            while progress.flushed < end {
                progress = self.moved.wait(progress).unwrap_or_else(PoisonError::into_inner);
            }
            drop(progress);
            let length = u32::try_from(answer.len()).unwrap_or(u32::MAX).to_be_bytes();
            if stream.write_all(&[&length[..], &answer[..]].concat()).is_err() {
                return;
            }
        }
    }

    fn metadata(&self) -> MetadataResponse {
        let partitions = (0..self.partitions).map(|index| MetadataResponsePartition {
            partition_index: index,
            replica_nodes: vec![1],
            isr_nodes: vec![1],
            leader_id: 1,
            ..Default::default()
        });
        MetadataResponse {
            brokers: vec![MetadataResponseBroker {
                node_id: 1,
                host: WireStr::from(self.address.ip().to_string()),
                port: i32::from(self.address.port()),
                ..Default::default()
            }],
            controller_id: 1,
            topics: vec![MetadataResponseTopic {
                name: Some(WireStr::from(self.topic.as_str())),
                partitions: partitions.collect(),
                ..Default::default()
            }],
            ..Default::default()
        }
    }
}

fn api_versions() -> ApiVersionsResponse {
    let api_keys = SERVED.map(|(key, min_version, max_version)| ApiVersion {
        api_key: key as i16,
        min_version,
        max_version,
    });
    ApiVersionsResponse { api_keys: api_keys.to_vec(), ..Default::default() }
}

fn produced(request: ProduceRequest) -> ProduceResponse {
    let responses = request.topic_data.into_iter().map(|topic| TopicProduceResponse {
        name: topic.name,
        partition_responses: topic
            .partition_data
            .iter()
            .map(|data| PartitionProduceResponse { index: data.index, ..Default::default() })
            .collect(),
        ..Default::default()
    });
    ProduceResponse { responses: responses.collect(), ..Default::default() }
}
