"""confluent-kafka (librdkafka) in the matrix."""

import time

import confluent_kafka as ck
from confluent_kafka.admin import AdminClient, ConfigResource, AlterConfigOpType, ConfigEntry, NewPartitions, NewTopic

import matrix


class Member:
    def __init__(self, lib, topic, group, instance=None, cooperative=False, protocol=None, max_poll=500):
        config = {"group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False}
        if protocol:
            config["group.protocol"] = protocol
        else:
            config.update({"heartbeat.interval.ms": 500, "session.timeout.ms": 30000})
        if instance:
            config["group.instance.id"] = instance
        if cooperative:
            config["partition.assignment.strategy"] = "cooperative-sticky"
        self.incremental = cooperative or protocol == "consumer"
        self.values, self.revoked, self.rebalances, self.max_poll = [], [], 0, max_poll
        self.consumer = ck.Consumer(lib.settings(**config))
        self.consumer.subscribe([topic], on_assign=self.on_assign, on_revoke=self.on_revoke)

    def on_assign(self, consumer, partitions):
        self.rebalances += 1

    def on_revoke(self, consumer, partitions):
        self.revoked += [place.partition for place in partitions]

    def poll(self):
        for message in self.consumer.consume(self.max_poll, 0.05):
            if message.error():
                raise ck.KafkaException(message.error())
            self.values.append(message.value())

    def assigned(self):
        return {place.partition for place in self.consumer.assignment()}

    def commit(self):
        places = self.consumer.commit(asynchronous=False)
        return {place.partition: place.offset for place in places if place.offset >= 0}

    def close(self):
        self.consumer.close()


class Library:
    null_headers = True
    deletes_groups = True
    cannot = {}

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.admin = AdminClient(self.settings())

    def settings(self, **more):
        return {"bootstrap.servers": self.bootstrap, "broker.address.family": "v4",
                **{name.replace("_", "."): data for name, data in more.items()}}

    def close(self):
        pass

    @staticmethod
    def wait(futures):
        return [future.result(timeout=30) for future in futures.values()]

    def error(self, action):
        try:
            action()
            return 0
        except ck.KafkaException as error:
            return error.args[0].code()

    def create(self, topic, partitions, config=None, replicas=1):
        wanted = NewTopic(topic, num_partitions=partitions, replication_factor=replicas, config=config or {})
        self.wait(self.admin.create_topics([wanted]))

    def produce(self, topic, records, codec="none", idempotent=False):
        options = {"compression.type": codec, "linger.ms": 5, "message.max.bytes": 10_000_000}
        if idempotent:
            options.update({"enable.idempotence": True, "batch.num.messages": 10})
        producer = ck.Producer(self.settings(**options))
        sent, errors = {}, []

        def delivered(index, error, message):
            if error is None:
                sent[index] = (message.partition(), message.offset())
            else:
                errors.append(error)

        for index, record in enumerate(records):
            place = {"partition": record["partition"]} if "partition" in record else {}
            producer.produce(topic, record["value"], record["key"], timestamp=record.get("timestamp", 0),
                             headers=record.get("headers"), **place,
                             on_delivery=lambda error, message, index=index: delivered(index, error, message))
        matrix.equal(0, producer.flush(30), "records left after a flush")
        if errors:
            raise ck.KafkaException(errors[0])
        return [sent[index] for index in range(len(records))]

    def read(self, topic, partition, start, count):
        consumer = ck.Consumer(self.settings(group_id="unused", enable_auto_commit=False))
        consumer.assign([ck.TopicPartition(topic, partition, start)])
        records, end = [], time.monotonic() + matrix.WAIT
        while len(records) < count and time.monotonic() < end:
            for message in consumer.consume(500, 0.1):
                if message.error():
                    raise ck.KafkaException(message.error())
                records.append(matrix.Record(message.offset(), message.key(), message.value(),
                                             message.headers() or [], message.timestamp()[1]))
        consumer.close()
        matrix.equal(count, len(records), "records read")
        return records

    def with_consumer(self, action):
        consumer = ck.Consumer(self.settings(group_id="unused"))
        try:
            return action(consumer)
        finally:
            consumer.close()

    def bounds(self, topic, partition):
        place = ck.TopicPartition(topic, partition)
        return self.with_consumer(lambda consumer: consumer.get_watermark_offsets(place, timeout=20))

    def offset_for_time(self, topic, partition, timestamp):
        place = ck.TopicPartition(topic, partition, timestamp)
        found = self.with_consumer(lambda consumer: consumer.offsets_for_times([place], timeout=20))[0].offset
        return found if found >= 0 else None

    def member(self, topic, group, **options):
        return Member(self, topic, group, **options)

    def delete_before(self, topic, partition, offset):
        return self.wait(self.admin.delete_records([ck.TopicPartition(topic, partition, offset)]))[0].low_watermark

    def topics(self):
        return set(self.admin.list_topics(timeout=20).topics)

    def partitions(self, topic):
        return len(self.admin.list_topics(topic, timeout=20).topics[topic].partitions)

    def grow(self, topic, count):
        self.wait(self.admin.create_partitions([NewPartitions(topic, count)]))

    def delete(self, topic):
        self.wait(self.admin.delete_topics([topic]))

    def config(self, topic):
        found = self.wait(self.admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, topic)]))[0]
        return {name: entry.value for name, entry in found.items()}

    def alter(self, topic, name, data):
        change = ConfigEntry(name, data, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[change])
        self.wait(self.admin.incremental_alter_configs([resource]))

    def groups(self):
        return {group.group_id for group in self.admin.list_consumer_groups().result(30).valid}

    def group(self, name):
        found = self.wait(self.admin.describe_consumer_groups([name]))[0]
        return found.state.name.capitalize(), len(found.members)

    def committed(self, group, topic, partition):
        asked = ck.ConsumerGroupTopicPartitions(group, [ck.TopicPartition(topic, partition)])
        return self.wait(self.admin.list_consumer_group_offsets([asked]))[0].topic_partitions[0].offset

    def delete_group(self, name):
        self.wait(self.admin.delete_consumer_groups([name]))

    def transactional(self, name):
        try:
            ck.Producer(self.settings(transactional_id=name)).init_transactions(30)
        except ck.KafkaException as error:
            problem = error.args[0]
            matrix.check(problem.fatal() and not problem.retriable(), f"not a fatal error: {problem!r}")
            return repr(problem)
        return None


if __name__ == "__main__":
    matrix.main(Library)
