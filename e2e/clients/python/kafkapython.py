"""kafka-python in the matrix."""

import logging
import time

import kafka
from kafka.admin import ConfigResource, KafkaAdminClient
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
import kafka.errors

import matrix


class Listener(kafka.ConsumerRebalanceListener):
    def __init__(self, member):
        self.member = member

    def on_partitions_revoked(self, revoked):
        self.member.revoked += [place.partition for place in revoked]

    def on_partitions_assigned(self, assigned):
        self.member.rebalances += 1


class Member:
    def __init__(self, lib, topic, group, instance=None, cooperative=False, max_poll=500):
        options = {"partition_assignment_strategy": [CooperativeStickyAssignor]} if cooperative else {}
        self.values, self.revoked, self.rebalances, self.topic = [], [], 0, topic
        self.consumer = kafka.KafkaConsumer(
            bootstrap_servers=lib.bootstrap, group_id=group, group_instance_id=instance, enable_auto_commit=False,
            auto_offset_reset="earliest", heartbeat_interval_ms=500, session_timeout_ms=30000,
            max_poll_records=max_poll, **options)
        # A member that leads its group before it has metadata assigns nothing to anybody until its next refresh.
        self.consumer.partitions_for_topic(topic)
        self.consumer.subscribe([topic], listener=Listener(self))

    def poll(self):
        for records in self.consumer.poll(timeout_ms=50).values():
            self.values += [record.value for record in records]

    def assigned(self):
        return {place.partition for place in self.consumer.assignment()}

    def commit(self):
        places = {place.partition: self.consumer.position(place) for place in self.consumer.assignment()}
        self.consumer.commit()
        return places

    def close(self):
        self.consumer.close(autocommit=False)


class Library:
    null_headers = False  # its producer refuses them
    deletes_groups = True
    cannot = {"kip848": "kafka-python 3.0 has only the classic protocol"}

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.admin = KafkaAdminClient(bootstrap_servers=bootstrap)

    def close(self):
        self.admin.close()

    def error(self, action):
        try:
            action()
            return 0
        except kafka.errors.KafkaError as error:
            return getattr(error, "errno", -1)

    def create(self, topic, partitions, config=None, replicas=1):
        wanted = {"num_partitions": partitions, "replication_factor": replicas, "configs": config or {}}
        self.admin.create_topics({topic: wanted})

    def produce(self, topic, records, codec="none", idempotent=False):
        producer = kafka.KafkaProducer(
            bootstrap_servers=self.bootstrap, acks="all", compression_type=None if codec == "none" else codec,
            enable_idempotence=idempotent, linger_ms=5, batch_size=2000 if idempotent else 16384,
            max_request_size=10_000_000)
        try:
            sent = [producer.send(topic, record["value"], record["key"], partition=record.get("partition"),
                                  timestamp_ms=record.get("timestamp"), headers=record.get("headers"))
                    for record in records]
            producer.flush(30)
            places = [one.get(timeout=30) for one in sent]
        finally:
            producer.close(timeout=10)
        return [(place.partition, place.offset) for place in places]

    def with_consumer(self, action):
        consumer = kafka.KafkaConsumer(bootstrap_servers=self.bootstrap, enable_auto_commit=False, group_id=None)
        try:
            return action(consumer)
        finally:
            consumer.close()

    def read(self, topic, partition, start, count):
        def action(consumer):
            place = kafka.TopicPartition(topic, partition)
            consumer.assign([place])
            consumer.seek(place, start)
            records, end = [], time.monotonic() + matrix.WAIT
            while len(records) < count and time.monotonic() < end:
                for found in consumer.poll(timeout_ms=100).get(place, []):
                    records.append(matrix.Record(found.offset, found.key, found.value, found.headers, found.timestamp))
            return records

        records = self.with_consumer(action)
        matrix.equal(count, len(records), "records read")
        return records

    def bounds(self, topic, partition):
        place = kafka.TopicPartition(topic, partition)
        return self.with_consumer(
            lambda consumer: (consumer.beginning_offsets([place])[place], consumer.end_offsets([place])[place]))

    def offset_for_time(self, topic, partition, timestamp):
        place = kafka.TopicPartition(topic, partition)
        found = self.with_consumer(lambda consumer: consumer.offsets_for_times({place: timestamp}))[place]
        return None if found is None else found.offset

    def member(self, topic, group, **options):
        return Member(self, topic, group, **options)

    def delete_before(self, topic, partition, offset):
        place = kafka.TopicPartition(topic, partition)
        return self.admin.delete_records({place: offset})[place]["low_watermark"]

    def topics(self):
        return set(self.admin.list_topics())

    def partitions(self, topic):
        return len(self.admin.describe_topics([topic])[0]["partitions"])

    def grow(self, topic, count):
        self.admin.create_partitions({topic: count})

    def delete(self, topic):
        self.admin.delete_topics([topic])

    def config(self, topic):
        found = self.admin.describe_configs([ConfigResource("TOPIC", topic)], config_filter="all")
        return {name: entry["value"] for name, entry in found["topic"][topic].items()}

    def alter(self, topic, name, data):
        result = self.admin.alter_configs([ConfigResource("TOPIC", topic, {name: data})])
        problem = result["topic"][topic]
        if problem != "OK":
            raise problem if isinstance(problem, Exception) else AlterRefused(problem)

    def groups(self):
        return {group["group_id"] for group in self.admin.list_groups()}

    def group(self, name):
        found = self.admin.describe_groups([name])[name]
        return found["group_state"], len(found["members"])

    def committed(self, group, topic, partition):
        return self.admin.list_group_offsets(group)[group][kafka.TopicPartition(topic, partition)].offset

    def delete_group(self, name):
        for _, result in dict(self.admin.delete_groups([name])).items():
            if result != "OK":
                raise getattr(kafka.errors, result)


class AlterRefused(kafka.errors.KafkaError):
    """The library gives the refusal as text."""

    def __init__(self, said):
        super().__init__(said)
        names = {"InvalidConfigurationError": 40, "InvalidRequestError": 42}
        self.errno = next((code for name, code in names.items() if name in str(said)), -1)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    matrix.main(Library)
