//! Weir judged by real Kafka clients and tools.
