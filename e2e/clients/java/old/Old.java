import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Cases for Java clients from before 2.0: BOOTSTRAP PREFIX CASE..., one JSON line for each.
 *
 * These clients create no topics that a broker of today would: the broker makes them, with four partitions, when they are
 * first named. Everything is asked for with the methods of 0.11.
 */
public final class Old {
    private static final int WAIT_SECONDS = 45;
    private static final String FILL = String.join("", Collections.nCopies(18, "0123456789"));

    interface Case {
        void run() throws Exception;
    }

    private final String bootstrap;
    private final String prefix;

    private Old(String bootstrap, String prefix) {
        this.bootstrap = bootstrap;
        this.prefix = prefix;
    }

    public static void main(String[] args) {
        Old old = new Old(args[0], args[1]);
        Map<String, Case> cases = old.cases();
        for (String wanted : Arrays.asList(args).subList(2, args.length)) {
            try {
                cases.get(wanted).run();
                print(wanted, "ok", "");
            } catch (Throwable error) {
                error.printStackTrace();
                print(wanted, "failed", error.toString());
            }
        }
        System.out.flush();
        System.exit(0);
    }

    private static void print(String name, String result, String reason) {
        String quoted = reason.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("\\p{Cntrl}", " ");
        System.out.println("{\"case\":\"" + name + "\",\"result\":\"" + result + "\",\"reason\":\"" + quoted + "\"}");
        System.out.flush();
    }

    private Map<String, Case> cases() {
        Map<String, Case> cases = new LinkedHashMap<>();
        for (String codec : new String[] {"none", "gzip", "snappy", "lz4"}) {
            cases.put("codec-" + codec, () -> codec(codec));
        }
        cases.put("interop", this::interop);
        cases.put("headers", this::headers);
        cases.put("keys", this::keys);
        cases.put("big-record", this::bigRecord);
        cases.put("idempotent", this::idempotent);
        cases.put("group-restart", this::groupRestart);
        cases.put("group-two", this::groupTwo);
        cases.put("offsets-by-time", this::offsetsByTime);
        cases.put("transactional-id-fatal", this::transactionalIdFatal);
        return cases;
    }

    private Properties properties(Object... pairs) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("request.timeout.ms", "40000");
        for (int i = 0; i < pairs.length; i += 2) {
            properties.put(pairs[i], String.valueOf(pairs[i + 1]));
        }
        return properties;
    }

    private KafkaProducer<byte[], byte[]> producer(Object... pairs) {
        String serializer = "org.apache.kafka.common.serialization.ByteArraySerializer";
        Properties properties = properties("acks", "all", "retries", "10", "linger.ms", "5",
            "key.serializer", serializer, "value.serializer", serializer);
        properties.putAll(properties(pairs));
        return new KafkaProducer<>(properties);
    }

    private KafkaConsumer<byte[], byte[]> consumer(Object... pairs) {
        String deserializer = "org.apache.kafka.common.serialization.ByteArrayDeserializer";
        Properties properties = properties("enable.auto.commit", "false", "auto.offset.reset", "earliest",
            "key.deserializer", deserializer, "value.deserializer", deserializer);
        properties.putAll(properties(pairs));
        return new KafkaConsumer<>(properties);
    }

    private void send(String topic, int count, Object... pairs) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(pairs)) {
            List<Future<?>> sent = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, 0, bytes("key-" + i), bytes(value(i)))));
            }
            producer.flush();
            for (Future<?> one : sent) {
                one.get(30, TimeUnit.SECONDS);
            }
        }
    }

    private List<ConsumerRecord<byte[], byte[]>> read(String topic, int count) {
        TopicPartition place = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            consumer.assign(Collections.singleton(place));
            consumer.seek(place, 0);
            List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
            long end = deadline();
            while (all.size() < count && System.nanoTime() < end) {
                consumer.poll(200).forEach(all::add);
            }
            equal(count, all.size(), "records read from " + place);
            return all;
        }
    }

    private static void verify(List<ConsumerRecord<byte[], byte[]>> records) {
        for (int i = 0; i < records.size(); i++) {
            equal((long) i, records.get(i).offset(), "offset");
            equal("key-" + i, text(records.get(i).key()), "key");
            equal(value(i), text(records.get(i).value()), "value");
        }
    }

    private void codec(String codec) throws Exception {
        send(prefix + "-codec-" + codec, 200, "compression.type", codec);
        verify(read(prefix + "-codec-" + codec, 200));
    }

    /** What the newest client wrote: twenty records in each codec that this one knows. */
    private void interop() {
        List<ConsumerRecord<byte[], byte[]>> records = read("interop-old", 80);
        String[] codecs = {"none", "gzip", "snappy", "lz4"};
        for (int i = 0; i < records.size(); i++) {
            String codec = codecs[i / 20];
            equal("interop-" + codec + "-" + i % 20 + "-" + FILL, text(records.get(i).value()), "value");
            equal(codec, text(records.get(i).headers().lastHeader("codec").value()), "header");
        }
    }

    private void headers() throws Exception {
        String topic = prefix + "-headers";
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, 0, bytes("k"), bytes("v"));
            record.headers().add("twice", bytes("1")).add("twice", bytes("2")).add("größe", bytes("é")).add("empty", null);
            producer.send(record).get(30, TimeUnit.SECONDS);
        }
        ConsumerRecord<byte[], byte[]> found = read(topic, 1).get(0);
        equal(4, found.headers().toArray().length, "headers");
        equal("2", text(found.headers().lastHeader("twice").value()), "the last of two");
        equal("é", text(found.headers().lastHeader("größe").value()), "a name beyond ASCII");
        equal(null, found.headers().lastHeader("empty").value(), "a header without a value");
    }

    private void keys() throws Exception {
        String topic = prefix + "-keys";
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            producer.send(new ProducerRecord<>(topic, 0, null, bytes("no key"))).get(30, TimeUnit.SECONDS);
            producer.send(new ProducerRecord<>(topic, 0, new byte[0], null)).get(30, TimeUnit.SECONDS);
        }
        List<ConsumerRecord<byte[], byte[]>> found = read(topic, 2);
        equal(null, found.get(0).key(), "no key");
        equal(0, found.get(1).key().length, "an empty key");
        equal(null, found.get(1).value(), "a tombstone");
    }

    private void bigRecord() throws Exception {
        String topic = prefix + "-big";
        byte[] value = new byte[900_000];
        new Random(7).nextBytes(value);
        try (KafkaProducer<byte[], byte[]> producer = producer("max.request.size", 10_000_000)) {
            producer.send(new ProducerRecord<>(topic, 0, null, value)).get(30, TimeUnit.SECONDS);
            check(Arrays.equals(value, read(topic, 1).get(0).value()), "the big record changed");
            try {
                producer.send(new ProducerRecord<>(topic, 0, null, new byte[2_000_000])).get(30, TimeUnit.SECONDS);
                throw new AssertionError("a record above max.message.bytes was taken");
            } catch (ExecutionException error) {
                equal("RecordTooLargeException", error.getCause().getClass().getSimpleName(), "too large a record");
            }
        }
    }

    private void idempotent() throws Exception {
        String topic = prefix + "-idempotent";
        send(topic, 500, "enable.idempotence", "true", "batch.size", 2000, "max.in.flight.requests.per.connection", 1);
        verify(read(topic, 500));
        TopicPartition place = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            equal(500L, consumer.endOffsets(Collections.singleton(place)).get(place), "end offset");
        }
    }

    /** A member that counts what it got. */
    private final class Member implements AutoCloseable {
        final KafkaConsumer<byte[], byte[]> consumer;
        final List<String> values = new ArrayList<>();

        Member(String topic, String group) {
            consumer = consumer("group.id", group, "max.poll.records", 10, "heartbeat.interval.ms", 500);
            consumer.subscribe(Collections.singleton(topic));
        }

        void poll() {
            consumer.poll(50).forEach(record -> values.add(text(record.value())));
        }

        @Override
        public void close() {
            consumer.close();
        }
    }

    interface Condition {
        boolean holds();
    }

    private static void pollUntil(String what, Condition done, Member... members) {
        long end = deadline();
        while (!done.holds()) {
            check(System.nanoTime() < end, "never: " + what);
            for (Member member : members) {
                member.poll();
            }
        }
    }

    private void groupRestart() throws Exception {
        String topic = prefix + "-restart";
        String group = prefix + "-restart";
        send(topic, 100);
        Set<String> distinct = new HashSet<>();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        int before;
        try (Member first = new Member(topic, group)) {
            pollUntil("half of the records", () -> first.values.size() >= 50, first);
            for (TopicPartition place : first.consumer.assignment()) {
                offsets.put(place, new OffsetAndMetadata(first.consumer.position(place), "note é"));
            }
            first.consumer.commitSync(offsets);
            before = first.values.size();
            distinct.addAll(first.values);
        }
        try (Member second = new Member(topic, group)) {
            pollUntil("the rest", () -> before + second.values.size() >= 100, second);
            distinct.addAll(second.values);
            equal(100, distinct.size(), "different records");
            equal(100, before + second.values.size(), "records in both runs");
            for (TopicPartition place : offsets.keySet()) {
                OffsetAndMetadata committed = second.consumer.committed(place);
                equal(offsets.get(place).offset(), committed.offset(), "committed offset");
                equal("note é", committed.metadata(), "metadata of the commit");
            }
        }
    }

    /** A member with a thread of its own: poll of these clients waits for the group, whatever time it is given. */
    private final class Running implements AutoCloseable {
        final List<String> values = Collections.synchronizedList(new ArrayList<>());
        private final Thread thread;
        private volatile int partitions;
        private volatile boolean stopped;

        Running(String topic, String group) {
            thread = new Thread(() -> run(topic, group));
            thread.start();
        }

        private void run(String topic, String group) {
            try (Member member = new Member(topic, group)) {
                while (!stopped) {
                    member.poll();
                    values.addAll(member.values);
                    member.values.clear();
                    partitions = member.consumer.assignment().size();
                }
                member.consumer.commitSync();
            }
        }

        @Override
        public void close() throws Exception {
            stopped = true;
            thread.join(TimeUnit.SECONDS.toMillis(WAIT_SECONDS));
        }
    }

    private static void await(String what, Condition done) throws Exception {
        long end = deadline();
        while (!done.holds()) {
            check(System.nanoTime() < end, "never: " + what);
            Thread.sleep(20);
        }
    }

    private void groupTwo() throws Exception {
        String topic = prefix + "-two";
        send(topic, 1);
        try (Running a = new Running(topic, prefix + "-two"); Running b = new Running(topic, prefix + "-two")) {
            await("two partitions each", () -> a.partitions == 2 && b.partitions == 2);
            try (KafkaProducer<byte[], byte[]> producer = producer()) {
                for (int i = 0; i < 60; i++) {
                    producer.send(new ProducerRecord<>(topic, i % 4, null, bytes("w-" + i))).get(30, TimeUnit.SECONDS);
                }
            }
            Set<String> distinct = new HashSet<>();
            await("all records", () -> {
                distinct.addAll(Arrays.asList(a.values.toArray(new String[0])));
                distinct.addAll(Arrays.asList(b.values.toArray(new String[0])));
                return distinct.size() >= 61;
            });
            check(a.values.size() > 1 && b.values.size() > 1, "one member got all records");
            a.close();
            await("all partitions after the other left", () -> b.partitions == 4);
        }
    }

    private void offsetsByTime() throws Exception {
        String topic = prefix + "-times";
        long base = 1_700_000_000_000L;
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>(topic, 0, base + i * 1000L, null, bytes("v" + i))).get(30, TimeUnit.SECONDS);
            }
        }
        TopicPartition place = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            OffsetAndTimestamp found = consumer.offsetsForTimes(Collections.singletonMap(place, base + 4500)).get(place);
            equal(5L, found.offset(), "offset for a time");
            equal(base + 5000, found.timestamp(), "timestamp at that offset");
            equal(null, consumer.offsetsForTimes(Collections.singletonMap(place, base + 100_000)).get(place),
                "offset for a time beyond the end");
            equal(0L, consumer.beginningOffsets(Collections.singleton(place)).get(place), "beginning");
            equal(10L, consumer.endOffsets(Collections.singleton(place)).get(place), "end");
        }
    }

    private void transactionalIdFatal() {
        long start = System.nanoTime();
        try (KafkaProducer<byte[], byte[]> producer =
                producer("transactional.id", prefix + "-tx", "max.block.ms", "30000")) {
            producer.initTransactions();
            throw new AssertionError("initTransactions succeeded");
        } catch (org.apache.kafka.common.KafkaException error) {
            long took = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
            check(took < 10, "the error took " + took + " s: " + error);
            check(!(error instanceof org.apache.kafka.common.errors.TimeoutException), "a time-out, no fatal error");
        }
    }

    private static String value(int i) {
        return String.format("value-%05d-", i) + FILL;
    }

    private static long deadline() {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    private static void equal(Object wanted, Object found, String what) {
        if (wanted == null ? found != null : !wanted.equals(found)) {
            throw new AssertionError(what + ": wanted " + wanted + ", found " + found);
        }
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
