import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * Cases about records: codecs, headers, keys, sizes, producers, times. They write to partition 0: a topic that the broker
 * made has more.
 */
final class Records {
    static final String[] CODECS = {"none", "gzip", "snappy", "lz4", "zstd"};
    static final int COUNT = 200;
    static final String FILL = String.join("", Collections.nCopies(18, "0123456789"));

    private Records() {}

    static void needCodec(String codec) {
        if (codec.equals("zstd") && !Generation.HAS_ZSTD) {
            throw new Matrix.Unsupported("zstd came with kafka-clients 2.1");
        }
    }

    static void codec(Kit kit, String codec) throws Exception {
        needCodec(codec);
        String topic = kit.topic("codec-" + codec, 1);
        // Without idempotence a retry may overtake, and a broker that has only just made the topic may ask for one.
        KafkaProducer<byte[], byte[]> producer =
            kit.producer("compression.type", codec, "max.in.flight.requests.per.connection", 1);
        for (int i = 0; i < COUNT; i++) {
            producer.send(new ProducerRecord<>(topic, 0, Kit.bytes("key-" + i), Kit.bytes(value(i))));
        }
        producer.flush();
        verify(kit.read(topic, 0, 0, COUNT));
    }

    static String value(int i) {
        return String.format("value-%05d-", i) + FILL;
    }

    static void verify(List<ConsumerRecord<byte[], byte[]>> records) {
        for (int i = 0; i < records.size(); i++) {
            Kit.equal((long) i, records.get(i).offset(), "offset");
            Kit.equal("key-" + i, Kit.text(records.get(i).key()), "key");
            Kit.equal(value(i), Kit.text(records.get(i).value()), "value");
        }
    }

    static void interop(Kit kit) {
        String topic = Generation.HAS_ZSTD ? "interop" : "interop-old";
        int codecs = Generation.HAS_ZSTD ? 5 : 4;
        List<ConsumerRecord<byte[], byte[]>> records = kit.read(topic, 0, 0, 20 * codecs);
        for (int i = 0; i < records.size(); i++) {
            ConsumerRecord<byte[], byte[]> record = records.get(i);
            String codec = CODECS[i / 20];
            Kit.equal("interop-" + codec + "-" + i % 20 + "-" + FILL, Kit.text(record.value()), "value");
            Kit.equal(codec, Kit.text(record.headers().lastHeader("codec").value()), "header");
        }
    }

    static void headers(Kit kit) throws Exception {
        String topic = kit.topic("headers", 1);
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, 0, Kit.bytes("k"), Kit.bytes("v"));
        record.headers().add(new RecordHeader("a", Kit.bytes("1"))).add(new RecordHeader("b", (byte[]) null))
            .add(new RecordHeader("a", Kit.bytes("2"))).add(new RecordHeader("c", new byte[0]));
        kit.producer().send(record).get(30, TimeUnit.SECONDS);
        StringBuilder found = new StringBuilder();
        for (Header header : kit.read(topic, 0, 0, 1).get(0).headers()) {
            found.append(header.key()).append('=').append(Kit.text(header.value())).append(';');
        }
        Kit.equal("a=1;b=null;a=2;c=;", found.toString(), "headers");
    }

    static void keys(Kit kit) throws Exception {
        String topic = kit.topic("keys", 4);
        KafkaProducer<byte[], byte[]> producer = kit.producer();
        String[] keys = {null, "", "schlüssel-鍵", "k"};
        String[] values = {"no key", "empty key", "unicode", null};
        for (int i = 0; i < keys.length; i++) {
            byte[] key = keys[i] == null ? null : Kit.bytes(keys[i]);
            byte[] value = values[i] == null ? null : Kit.bytes(values[i]);
            RecordMetadata at = producer.send(new ProducerRecord<>(topic, 0, key, value)).get(30, TimeUnit.SECONDS);
            Kit.equal((long) i, at.offset(), "offset of the acknowledgement");
        }
        List<ConsumerRecord<byte[], byte[]>> records = kit.read(topic, 0, 0, 4);
        for (int i = 0; i < keys.length; i++) {
            Kit.equal(keys[i], Kit.text(records.get(i).key()), "key " + i);
            Kit.equal(values[i], Kit.text(records.get(i).value()), "value " + i);
        }
        int place = producer.send(new ProducerRecord<>(topic, Kit.bytes("same"), Kit.bytes("1"))).get().partition();
        for (int i = 0; i < 5; i++) {
            RecordMetadata at = producer.send(new ProducerRecord<>(topic, Kit.bytes("same"), Kit.bytes("2"))).get();
            Kit.equal(place, at.partition(), "partition of an equal key");
        }
    }

    static void bigRecord(Kit kit) throws Exception {
        String topic = kit.topic("big", 1);
        byte[] value = new byte[900_000];
        new java.util.Random(7).nextBytes(value);
        KafkaProducer<byte[], byte[]> producer = kit.producer("max.request.size", 10_000_000);
        producer.send(new ProducerRecord<>(topic, 0, null, value)).get(30, TimeUnit.SECONDS);
        Kit.check(java.util.Arrays.equals(value, kit.read(topic, 0, 0, 1).get(0).value()), "the big record changed");
        Kit.equal("RecordTooLargeException", Kit.failure(producer.send(new ProducerRecord<>(topic, 0, null, new byte[2_000_000]))),
            "a record above max.message.bytes");
    }

    static void idempotent(Kit kit) throws Exception {
        String topic = kit.topic("idempotent", 1);
        KafkaProducer<byte[], byte[]> producer = kit.producer("enable.idempotence", "true", "batch.size", 2000,
            "max.in.flight.requests.per.connection", Generation.IN_FLIGHT_IDEMPOTENT);
        for (int i = 0; i < 500; i++) {
            producer.send(new ProducerRecord<>(topic, 0, Kit.bytes("key-" + i), Kit.bytes(value(i))));
        }
        producer.flush();
        verify(kit.read(topic, 0, 0, 500));
        TopicPartition place = new TopicPartition(topic, 0);
        Kit.equal(500L, kit.consumer().endOffsets(Collections.singleton(place)).get(place), "end offset");
    }

    static void offsetsByTime(Kit kit) throws Exception {
        String topic = kit.topic("times", 1);
        long base = 1_700_000_000_000L;
        KafkaProducer<byte[], byte[]> producer = kit.producer();
        for (int i = 0; i < 10; i++) {
            producer.send(new ProducerRecord<>(topic, 0, base + i * 1000L, null, Kit.bytes("v" + i))).get(30, TimeUnit.SECONDS);
        }
        TopicPartition place = new TopicPartition(topic, 0);
        KafkaConsumer<byte[], byte[]> consumer = kit.consumer();
        OffsetAndTimestamp found = consumer.offsetsForTimes(Collections.singletonMap(place, base + 4500)).get(place);
        Kit.equal(5L, found.offset(), "offset for a time");
        Kit.equal(base + 5000, found.timestamp(), "timestamp at that offset");
        Map<TopicPartition, OffsetAndTimestamp> beyond =
            consumer.offsetsForTimes(Collections.singletonMap(place, base + 100_000));
        Kit.equal(null, beyond.get(place), "offset for a time beyond the end");
        Kit.equal(0L, consumer.beginningOffsets(Collections.singleton(place)).get(place), "beginning");
        Kit.equal(10L, consumer.endOffsets(Collections.singleton(place)).get(place), "end");
        Generation.maxTimestamp(kit, place, 9L);
    }

    static void transactionalIdFatal(Kit kit) {
        long start = System.nanoTime();
        try {
            kit.producer("transactional.id", kit.prefix + "-tx", "max.block.ms", "30000").initTransactions();
            throw new AssertionError("initTransactions succeeded");
        } catch (org.apache.kafka.common.KafkaException error) {
            long took = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
            System.out.println("after " + took + " s: " + error);
            Kit.check(took < 10, "the error took " + took + " s: " + error);
            Kit.check(!(error instanceof org.apache.kafka.common.errors.TimeoutException), "a time-out, no fatal error");
        }
    }
}
