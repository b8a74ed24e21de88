import java.util.Collections;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/** What differs between generations of the client: kafka-clients 2.0. */
final class Generation {
    static final boolean HAS_ZSTD = false;
    static final boolean HAS_STATIC_MEMBERS = false;
    static final boolean HAS_COOPERATIVE = false;
    static final boolean HAS_KIP848 = false;
    static final int IN_FLIGHT_IDEMPOTENT = 5;

    private Generation() {}

    static void addCases(Map<String, Matrix.Case> cases) {
        Newer.addCases(cases);
    }

    static void createTopic(Kit kit, String topic, int partitions, Map<String, String> configs) throws Exception {
        Newer.createTopic(kit, topic, partitions, configs);
    }

    static ConsumerRecords<byte[], byte[]> poll(KafkaConsumer<byte[], byte[]> consumer, long millis) {
        return Newer.poll(consumer, millis);
    }

    static void close(KafkaConsumer<byte[], byte[]> consumer) {
        Newer.close(consumer);
    }

    static TopicDescription describeTopic(AdminClient admin, String topic) throws Exception {
        return Admins.get(admin.describeTopics(Collections.singleton(topic)).all()).get(topic);
    }

    static Future<Void> alter(AdminClient admin, ConfigResource resource, String name, String value) {
        Config config = new Config(Collections.singleton(new ConfigEntry(name, value)));
        return admin.alterConfigs(Collections.singletonMap(resource, config)).all();
    }

    static OffsetAndMetadata committed(KafkaConsumer<byte[], byte[]> consumer, TopicPartition place) {
        return consumer.committed(place);
    }

    static void maxTimestamp(Kit kit, TopicPartition place, long offset) {
        // This generation's admin client does not list offsets.
    }
}
