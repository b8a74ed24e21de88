//! Identity, listeners, connections, requests.

use crate::configs::key::ConfigKey;
use crate::configs::key::Valid::{Any, AtLeast, OneOf, Subset};

const ROLES: &[&str] = &["broker", "controller"];
const PLAIN: &[&str] = &["PLAINTEXT"];
const THREADS: &str = "Kept for tools that read or set it, without effect: one pool of threads, as many as processors, serves \
                       all of Weir.";

pub(super) const KEYS: &[ConfigKey] = &[
    ConfigKey::list("advertised.listeners", "", Any, "What clients are told to connect to; null is listeners.").or_null(),
    ConfigKey::int("background.threads", "10", AtLeast(1), THREADS).dynamic(),
    ConfigKey::int("broker.id", "-1", Any, "The older name of node.id."),
    ConfigKey::string("broker.rack", "", Any, "The rack or zone of this broker.").or_null(),
    ConfigKey::long(
        "connections.max.idle.ms",
        "600000",
        Any,
        "A connection without a request for this long is closed; a negative value never closes one.",
    ),
    ConfigKey::int("fetch.max.bytes", "57671680", AtLeast(1024), "The most that one Fetch response carries."),
    ConfigKey::string("inter.broker.listener.name", "", Any, "The listener that brokers use among themselves.").or_null(),
    ConfigKey::string(
        "listener.security.protocol.map",
        "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
        Any,
        "The security protocol of each listener name. Weir serves PLAINTEXT so far.",
    ),
    ConfigKey::list("listeners", "PLAINTEXT://:9092", Any, "Where the broker listens."),
    ConfigKey::int(
        "max.connection.creation.rate",
        "2147483647",
        AtLeast(0),
        "Kept for tools that read or set it, without effect: max.connections bounds what a peer can open.",
    )
    .dynamic(),
    ConfigKey::int(
        "max.connections",
        "2147483647",
        AtLeast(0),
        "How many connections the broker holds at once; a further one is closed at once. The limit of open files bounds it \
         too.",
    )
    .dynamic(),
    ConfigKey::int(
        "max.connections.per.ip",
        "2147483647",
        AtLeast(0),
        "How many connections one address may hold at once.",
    )
    .dynamic(),
    ConfigKey::string(
        "max.connections.per.ip.overrides",
        "",
        Any,
        "Other limits for some addresses: address:count with commas between them.",
    )
    .dynamic(),
    ConfigKey::int(
        "max.incremental.fetch.session.cache.slots",
        "1000",
        AtLeast(0),
        "How many incremental fetch sessions the broker remembers.",
    ),
    ConfigKey::int(
        "max.request.partition.size.limit",
        "2000",
        AtLeast(1),
        "The most partitions that one DescribeTopicPartitions response describes.",
    ),
    ConfigKey::int("node.id", "", AtLeast(0), "This broker's number.").or_null(),
    ConfigKey::int("num.io.threads", "8", AtLeast(1), THREADS).dynamic(),
    ConfigKey::int("num.network.threads", "3", AtLeast(1), THREADS).dynamic(),
    ConfigKey::list("process.roles", "broker,controller", Subset(ROLES), "What this process is. A Weir broker is both."),
    ConfigKey::long(
        "queued.max.request.bytes",
        "-1",
        Any,
        "The memory for requests that wait or are served, over all connections; -1 lets Weir choose.",
    ),
    ConfigKey::int(
        "queued.max.requests",
        "500",
        AtLeast(1),
        "How many requests may wait or be served before no further one is read.",
    ),
    ConfigKey::int("request.timeout.ms", "30000", Any, "How long the broker waits for another broker's answer."),
    ConfigKey::string(
        "security.inter.broker.protocol",
        "PLAINTEXT",
        OneOf(PLAIN),
        "The security protocol between brokers; PLAINTEXT so far.",
    ),
    ConfigKey::int("socket.listen.backlog.size", "50", AtLeast(1), "How many connections may wait to be accepted."),
    ConfigKey::int(
        "socket.receive.buffer.bytes",
        "102400",
        Any,
        "The receive buffer of a connection. The operating system sizes it when this is -1 or nobody set it.",
    ),
    ConfigKey::int("socket.request.max.bytes", "104857600", AtLeast(1), "The largest request that is read."),
    ConfigKey::int(
        "socket.send.buffer.bytes",
        "102400",
        Any,
        "The send buffer of a connection. The operating system sizes it when this is -1 or nobody set it.",
    ),
];
