"""aiokafka in the matrix: the library is asynchronous, the cases are not, so each step runs the loop for a while."""

import asyncio
import logging
import time

import aiokafka
import aiokafka.errors
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

import matrix


class Listener(aiokafka.abc.ConsumerRebalanceListener):
    def __init__(self, member):
        self.member = member

    def on_partitions_revoked(self, revoked):
        self.member.revoked += [place.partition for place in revoked]

    def on_partitions_assigned(self, assigned):
        self.member.rebalances += 1


class Member:
    def __init__(self, lib, topic, group, instance=None, max_poll=500):
        self.lib, self.values, self.revoked, self.rebalances, self.max_poll = lib, [], [], 0, max_poll

        async def start():
            self.consumer = aiokafka.AIOKafkaConsumer(
                bootstrap_servers=lib.bootstrap, group_id=group, group_instance_id=instance,
                enable_auto_commit=False, auto_offset_reset="earliest", heartbeat_interval_ms=500,
                session_timeout_ms=30000)
            self.consumer.subscribe([topic], listener=Listener(self))
            # Joining needs the other members to run meanwhile: they do, in the same loop.
            await self.consumer.start()

        lib.run(start())

    def poll(self):
        for records in self.lib.run(self.consumer.getmany(timeout_ms=50, max_records=self.max_poll)).values():
            self.values += [record.value for record in records]

    def assigned(self):
        return {place.partition for place in self.consumer.assignment()}

    def commit(self):
        async def action():
            places = {place.partition: await self.consumer.position(place) for place in self.consumer.assignment()}
            await self.consumer.commit()
            return places

        return self.lib.run(action())

    def close(self):
        self.lib.run(self.consumer.stop())


class Library:
    null_headers = True
    deletes_groups = False
    cannot = {
        "kip848": "aiokafka 0.14 has only the classic protocol",
        "cooperative": "aiokafka 0.14 has no cooperative assignor",
    }

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.loop = asyncio.new_event_loop()
        self.admin = None

    def run(self, action):
        return self.loop.run_until_complete(asyncio.wait_for(action, 40))

    def ask(self, action):
        if self.admin is None:
            async def start():
                self.admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
                await self.admin.start()

            self.run(start())
        return self.run(action(self.admin))

    def close(self):
        if self.admin is not None:
            self.run(self.admin.close())
        self.loop.close()

    def error(self, action):
        try:
            action()
            return 0
        except aiokafka.errors.KafkaError as error:
            return getattr(error, "errno", -1)

    @staticmethod
    def refuse(errors):
        """Raises the first error of an admin response: tuples of name, code and perhaps a message."""
        for entry in errors:
            if entry[1]:
                raise aiokafka.errors.for_code(entry[1])(str(entry))

    def create(self, topic, partitions, config=None, replicas=1):
        wanted = NewTopic(topic, partitions, replicas, topic_configs=config or {})
        self.refuse(self.ask(lambda admin: admin.create_topics([wanted])).topic_errors)

    def produce(self, topic, records, codec="none", idempotent=False):
        async def action():
            producer = aiokafka.AIOKafkaProducer(
                bootstrap_servers=self.bootstrap, acks="all", compression_type=None if codec == "none" else codec,
                enable_idempotence=idempotent, linger_ms=5, max_request_size=10_000_000)
            await producer.start()
            try:
                sent = [await producer.send(topic, record["value"], record["key"], partition=record.get("partition"),
                                            timestamp_ms=record.get("timestamp"), headers=record.get("headers"))
                        for record in records]
                return [(place.partition, place.offset) for place in await asyncio.gather(*sent)]
            finally:
                await producer.stop()

        return self.run(action())

    def with_consumer(self, action):
        async def whole():
            consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=self.bootstrap, enable_auto_commit=False)
            await consumer.start()
            try:
                return await action(consumer)
            finally:
                await consumer.stop()

        return self.run(whole())

    def read(self, topic, partition, start, count):
        async def action(consumer):
            place = aiokafka.TopicPartition(topic, partition)
            consumer.assign([place])
            consumer.seek(place, start)
            records, end = [], time.monotonic() + 30
            while len(records) < count and time.monotonic() < end:
                for found in (await consumer.getmany(place, timeout_ms=100)).get(place, []):
                    records.append(matrix.Record(found.offset, found.key, found.value, found.headers, found.timestamp))
            return records

        records = self.with_consumer(action)
        matrix.equal(count, len(records), "records read")
        return records

    def bounds(self, topic, partition):
        place = aiokafka.TopicPartition(topic, partition)

        async def action(consumer):
            return (await consumer.beginning_offsets([place]))[place], (await consumer.end_offsets([place]))[place]

        return self.with_consumer(action)

    def offset_for_time(self, topic, partition, timestamp):
        place = aiokafka.TopicPartition(topic, partition)

        async def action(consumer):
            return (await consumer.offsets_for_times({place: timestamp}))[place]

        found = self.with_consumer(action)
        return None if found is None else found.offset

    def member(self, topic, group, **options):
        return Member(self, topic, group, **options)

    def delete_before(self, topic, partition, offset):
        place = aiokafka.TopicPartition(topic, partition)
        return self.ask(lambda admin: admin.delete_records({place: RecordsToDelete(offset)}))[place]

    def topics(self):
        return set(self.ask(lambda admin: admin.list_topics()))

    def partitions(self, topic):
        return len(self.ask(lambda admin: admin.describe_topics([topic]))[0]["partitions"])

    def grow(self, topic, count):
        self.ask(lambda admin: admin.create_partitions({topic: NewPartitions(count)}))

    def delete(self, topic):
        self.refuse(self.ask(lambda admin: admin.delete_topics([topic])).topic_error_codes)

    def config(self, topic):
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        found = self.ask(lambda admin: admin.describe_configs([resource]))[0].resources[0]
        self.refuse([(topic, found[0], found[1])])
        return {entry[0]: entry[1] for entry in found[4]}

    def alter(self, topic, name, data):
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs={name: data})
        for response in self.ask(lambda admin: admin.alter_configs([resource])):
            self.refuse([(topic, found[0], found[1]) for found in response.resources])

    def groups(self):
        return {group[0] for group in self.ask(lambda admin: admin.list_consumer_groups())}

    def group(self, name):
        found = self.ask(lambda admin: admin.describe_consumer_groups([name]))[0].groups[0]
        return found[2], len(found[5])

    def committed(self, group, topic, partition):
        found = self.ask(lambda admin: admin.list_consumer_group_offsets(group))
        return found[aiokafka.TopicPartition(topic, partition)].offset


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    matrix.main(Library)
