//! A broker that ends at any moment of its first life, by a kill or with the power, starts well the next time: on a
//! directory of which any part is there, and with everything that it acknowledged.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use support::*;
use weir_env::Env;
use weir_env::random::SeededRandom;
use weir_env::sim_disk::{SimDisk, SimLies};
use weir_model::ErrorCode;
use weir_server::{Broker, BrokerSettings};
use weir_wire::WireStr;
use weir_wire::messages::create_topics_request::CreatableTopic;
use weir_wire::messages::{CreateTopicsRequest, MetadataRequest};

/// None of these directories is there at first.
const DIR: &str = "/var/lib/weir";

/// What clients were told.
#[derive(Debug, Default)]
struct Told {
    /// The cluster's id, once a broker served.
    cluster: Option<WireStr>,
    topic: bool,
    /// Acknowledged records.
    records: i64,
}

/// A life of the broker from the start to a shutdown in order, or to where the disk ends it. Whatever goes wrong while
/// there is power is an error.
fn live(disk: &SimDisk, told: &mut Told) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let result = runtime.block_on(life(disk, told));
    if disk.has_power() { result } else { Ok(()) }
}

async fn life(disk: &SimDisk, told: &mut Told) -> Result<(), String> {
    let random = Arc::new(SeededRandom::new(disk.changes()));
    let env = Env { disk: Arc::new(disk.clone()), random, ..Env::real() };
    let settings = BrokerSettings { admin: None, ..settings(DIR.as_ref()) };
    let broker = Broker::start(settings, env).await.map_err(|error| format!("no start: {error:?}"))?;
    let served = serve(&broker, told).await;
    broker.shutdown().await;
    served
}

async fn serve(broker: &Broker, told: &mut Told) -> Result<(), String> {
    let mut client = Client::to(broker).await;
    let metadata = client.call(&MetadataRequest { topics: None, ..Default::default() }, 9).await;
    if told.cluster.is_some() && metadata.cluster_id != told.cluster {
        return Err(format!("the cluster has another id: {:?}", metadata.cluster_id));
    }
    told.cluster = metadata.cluster_id;
    if told.topic && metadata.topics.is_empty() {
        return Err("the topic is gone".to_owned());
    }
    if metadata.topics.is_empty() {
        let topic = CreatableTopic {
            name: "t".into(),
            num_partitions: 1,
            replication_factor: 1,
            ..Default::default()
        };
        let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 10_000, ..Default::default() };
        let answer = client.call(&request, 7).await;
        if answer.topics[0].error_code != 0 {
            return Err(format!("the topic can't be made: {answer:?}"));
        }
    }
    told.topic = true;
    // What was tried and not acknowledged may be there too.
    let outcome = client.produce("t", 0, batch(&["v"])).await;
    if outcome.0 != ErrorCode::None || outcome.1 < told.records {
        return Err(format!("produced: {outcome:?}"));
    }
    told.records = outcome.1 + 1;
    let there = client.values("t", 0, 0).await;
    let expected: Vec<_> = (0..told.records).map(|offset| (offset, "v".to_owned())).collect();
    if there == expected { Ok(()) } else { Err(format!("{there:?} instead of {expected:?}")) }
}

/// How a life ends that does not reach its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Kill,
    PowerCut,
}

/// Lives that end at these operations, counted in each, and one that ends in order.
fn lives(seed: u64, ends: &[(u64, End)], lies: SimLies) -> Result<(), String> {
    let disk = SimDisk::new(seed);
    disk.lie(lies);
    disk.start_trace();
    let mut told = Told::default();
    let mut all = || {
        for &(at, end) in ends {
            disk.cut_power_at(disk.changes() + at);
            live(&disk, &mut told)?;
            match end {
                End::Kill => disk.kill(),
                End::PowerCut => {
                    disk.cut_power();
                    disk.restore_power();
                }
            }
        }
        live(&disk, &mut told)
    };
    all().map_err(|what| {
        format!("seed {seed}, ends {ends:?}: {what}; told {told:?}\n{}", disk.trace().join("\n"))
    })
}

/// The operations of a first life that nothing ends, those of the shutdown included.
fn operations() -> u64 {
    let disk = SimDisk::new(0);
    live(&disk, &mut Told::default()).unwrap();
    disk.changes()
}

#[test]
fn whenever_the_first_life_ends_the_next_one_starts_well() {
    let operations = operations();
    assert!(operations > 30, "{operations} are too few");
    for at in 1..=operations {
        lives(at, &[(at, End::Kill)], SimLies::default()).unwrap();
        for seed in 0..6 {
            lives(seed, &[(at, End::PowerCut)], SimLies::default()).unwrap();
        }
    }
}

/// What the first one left was in the page cache only, and the next one may have synced any part of it.
#[test]
fn the_power_may_go_in_the_life_after_a_killed_one() {
    let operations = operations();
    for at in 1..=operations {
        let early = (1..8).flat_map(|later| (0..6).map(move |seed| (later, seed)));
        let any = (8..=operations).step_by(5).map(|later| (later, at + later));
        for (later, seed) in early.chain(any) {
            let ends = [(at, End::Kill), (later, End::PowerCut)];
            lives(seed, &ends, SimLies::default()).unwrap();
        }
    }
}

#[test]
fn a_disk_that_does_not_sync_directories_is_found_out() {
    let lies = SimLies { sync: false, sync_dir: true };
    let found = (1..=operations()).any(|at| lives(at, &[(at, End::PowerCut)], lies).is_err());
    assert!(found);
}
