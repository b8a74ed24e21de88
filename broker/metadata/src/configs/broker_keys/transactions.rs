//! Producer ids and transactions.

use crate::configs::key::ConfigKey;
use crate::configs::key::Valid::AtLeast;

const LATER: &str = "Kept for tools that read it, without effect: Weir does not serve transactions yet.";

pub(super) const KEYS: &[ConfigKey] = &[
    ConfigKey::int(
        "producer.id.expiration.ms",
        "86400000",
        AtLeast(1),
        "A partition forgets a producer that wrote nothing for this long.",
    )
    .dynamic(),
    ConfigKey::int("transaction.max.timeout.ms", "900000", AtLeast(1), LATER),
    ConfigKey::int("transaction.state.log.min.isr", "2", AtLeast(1), LATER),
    ConfigKey::int("transaction.state.log.num.partitions", "50", AtLeast(1), LATER),
    ConfigKey::short("transaction.state.log.replication.factor", "3", AtLeast(1), LATER),
    ConfigKey::int("transaction.state.log.segment.bytes", "104857600", AtLeast(1), LATER),
    ConfigKey::int("transactional.id.expiration.ms", "604800000", AtLeast(1), LATER),
];
