//! Listeners, connections, one file per Kafka API, and the owners that drive the machines.
