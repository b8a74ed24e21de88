//! Creating, deleting and placing topics.

use crate::configs::key::ConfigKey;
use crate::configs::key::Valid::{Any, AtLeast};

pub(super) const KEYS: &[ConfigKey] = &[
    ConfigKey::boolean(
        "auto.create.topics.enable",
        "true",
        "Whether a topic that a client asks for is created when it does not exist.",
    ),
    ConfigKey::int("default.replication.factor", "1", Any, "How many copies a topic gets that does not say."),
    ConfigKey::boolean("delete.topic.enable", "true", "Whether clients may delete topics."),
    ConfigKey::int("min.insync.replicas", "1", AtLeast(1), "Default of min.insync.replicas of topics.")
        .dynamic(),
    ConfigKey::int("num.partitions", "1", AtLeast(1), "How many partitions a topic gets that does not say."),
    ConfigKey::boolean(
        "unclean.leader.election.enable",
        "false",
        "Default of unclean.leader.election.enable of topics.",
    )
    .dynamic(),
];
