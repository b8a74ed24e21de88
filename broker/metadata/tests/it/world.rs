//! A cluster to decide about.

use weir_metadata::configs::{Layers, StaticConfig};
use weir_metadata::controller::{BrokerStart, Capacity, Controller, LogsSeen, NewTopic};
use weir_metadata::{Endpoint, MetadataImage, MetadataRecord};
use weir_model::{BrokerId, TopicName, Uuid};

pub(crate) const CLUSTER: Uuid = Uuid([7; 16]);

/// An image and the settings of one broker.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) image: MetadataImage,
    pub(crate) fixed: StaticConfig,
    pub(crate) capacity: Capacity,
    draws: u8,
}

impl World {
    /// A cluster with brokers 1 to `brokers`.
    pub(crate) fn new(brokers: i32) -> Self {
        let mut world = Self {
            image: MetadataImage::default(),
            fixed: StaticConfig::new(),
            capacity: Capacity::default(),
            draws: 0,
        };
        for broker in 1..=brokers {
            let records = world.controller().start_broker(start(broker), &[("group.version", 1)]).records;
            world.commit(&records);
        }
        world
    }

    pub(crate) fn with_static(mut self, name: &str, value: &str) -> Self {
        self.fixed.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn layers(&self) -> Layers<'_> {
        Layers { image: &self.image, broker: BrokerId(1), fixed: &self.fixed }
    }

    pub(crate) fn controller(&self) -> Controller<'_> {
        Controller::new(self.layers(), self.capacity)
    }

    pub(crate) fn commit(&mut self, records: &[MetadataRecord]) {
        self.image = self.image.applied(records).unwrap().0;
    }

    /// Different bytes each time.
    pub(crate) fn draw(&mut self) -> impl FnMut() -> [u8; 16] + use<> {
        self.draws += 1;
        let (mut count, base) = (0, self.draws);
        move || {
            count += 1;
            [base, count, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
        }
    }

    pub(crate) fn create(&mut self, topic: NewTopic) {
        let mut draw = self.draw();
        let decision = self.controller().create_topics(&[topic], &mut draw);
        assert!(decision.answer[0].1.is_ok(), "{:?}", decision.answer);
        self.commit(&decision.records);
    }
}

pub(crate) fn start(broker: i32) -> BrokerStart {
    BrokerStart {
        cluster_id: CLUSTER,
        broker: BrokerId(broker),
        directory: Uuid([broker as u8; 16]),
        incarnation: Uuid([9; 16]),
        rack: Some(if broker % 2 == 0 { "even".into() } else { "odd".into() }),
        endpoints: vec![Endpoint {
            listener: "PLAINTEXT".into(),
            host: "localhost".into(),
            port: 9092,
            security_protocol: 0,
        }],
        seen: LogsSeen::default(),
    }
}

pub(crate) fn name(text: &str) -> TopicName {
    TopicName::new(text).unwrap()
}

pub(crate) fn topic(name: &str, partitions: i32, replication_factor: i16) -> NewTopic {
    NewTopic { name: name.to_owned(), partitions, replication_factor, ..NewTopic::default() }
}

pub(crate) fn with_config(mut topic: NewTopic, name: &str, value: &str) -> NewTopic {
    topic.configs.push((name.to_owned(), Some(value.to_owned())));
    topic
}
