import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** What one case works with: clients with short time-outs, topics of its own, and checks. Calls nothing that 0.11 lacks. */
final class Kit implements AutoCloseable {
    static final int WAIT_SECONDS = 45;
    final String bootstrap;
    final String prefix;
    final String argument;
    private final List<AutoCloseable> open = new ArrayList<>();

    Kit(String bootstrap, String prefix, String argument) {
        this.bootstrap = bootstrap;
        this.prefix = prefix;
        this.argument = argument;
    }

    Properties properties(Object... pairs) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("request.timeout.ms", "20000");
        for (int i = 0; i < pairs.length; i += 2) {
            properties.put(pairs[i], String.valueOf(pairs[i + 1]));
        }
        return properties;
    }

    AdminClient admin() {
        AdminClient admin = AdminClient.create(properties());
        open.add(() -> admin.close());
        return admin;
    }

    KafkaProducer<byte[], byte[]> producer(Object... pairs) {
        Properties properties = properties("acks", "all", "retries", "10", "linger.ms", "5",
            "key.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer",
            "value.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
        properties.putAll(properties(pairs));
        KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties);
        open.add(() -> producer.close());
        return producer;
    }

    KafkaConsumer<byte[], byte[]> consumer(Object... pairs) {
        Properties properties = properties("enable.auto.commit", "false", "auto.offset.reset", "earliest",
            "key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer",
            "value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        properties.putAll(properties(pairs));
        KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties);
        open.add(() -> Generation.close(consumer));
        return consumer;
    }

    String topic(String name, int partitions) throws Exception {
        return topic(name, partitions, Collections.emptyMap());
    }

    /** A topic for this case alone; clients from before 2.0 leave making it to the broker. */
    String topic(String name, int partitions, Map<String, String> configs) throws Exception {
        String topic = prefix + "-" + name;
        Generation.createTopic(this, topic, partitions, configs);
        return topic;
    }

    /** Reads a partition from an offset until it has as many records, or time is up. */
    List<ConsumerRecord<byte[], byte[]>> read(String topic, int partition, long from, int count) {
        TopicPartition place = new TopicPartition(topic, partition);
        KafkaConsumer<byte[], byte[]> consumer = consumer();
        consumer.assign(Collections.singleton(place));
        consumer.seek(place, from);
        List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
        long end = deadline();
        while (all.size() < count && System.nanoTime() < end) {
            Generation.poll(consumer, 200).forEach(all::add);
        }
        equal(count, all.size(), "records read from " + place);
        return all;
    }

    static long deadline() {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
    }

    static void send(KafkaProducer<byte[], byte[]> producer, String topic, int count, String text) throws Exception {
        List<java.util.concurrent.Future<?>> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sent.add(producer.send(new ProducerRecord<>(topic, bytes("key-" + i), bytes(text + "-" + i))));
        }
        producer.flush();
        for (java.util.concurrent.Future<?> one : sent) {
            one.get(30, TimeUnit.SECONDS);
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    static void equal(Object wanted, Object found, String what) {
        if (wanted == null ? found != null : !wanted.equals(found)) {
            throw new AssertionError(what + ": wanted " + wanted + ", found " + found);
        }
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    /** The class name of what a future fails with. */
    static String failure(java.util.concurrent.Future<?> future) throws Exception {
        try {
            future.get(30, TimeUnit.SECONDS);
            return "no error";
        } catch (java.util.concurrent.ExecutionException error) {
            return error.getCause().getClass().getSimpleName();
        }
    }

    static Map<String, String> map(String... pairs) {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return map;
    }

    static <T> T only(Collection<T> items) {
        equal(1, items.size(), "number of items in " + items);
        return items.iterator().next();
    }

    @Override
    public void close() throws Exception {
        Collections.reverse(open);
        for (AutoCloseable one : open) {
            one.close();
        }
    }
}
