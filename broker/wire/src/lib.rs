//! The Kafka protocol: generated messages, bounded decoding, version table.
