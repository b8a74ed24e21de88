import java.util.Collections;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/** What differs between generations of the client: kafka-clients 3.9 and newer. */
final class Generation {
    static final boolean HAS_ZSTD = true;
    static final boolean HAS_STATIC_MEMBERS = true;
    static final boolean HAS_COOPERATIVE = true;
    static final boolean HAS_KIP848 = true;
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
        return Admins.get(admin.describeTopics(Collections.singleton(topic)).allTopicNames()).get(topic);
    }

    static Future<Void> alter(AdminClient admin, ConfigResource resource, String name, String value) {
        AlterConfigOp set = new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
        return admin.incrementalAlterConfigs(
            Collections.singletonMap(resource, Collections.singleton(set))).all();
    }

    static OffsetAndMetadata committed(KafkaConsumer<byte[], byte[]> consumer, TopicPartition place) {
        return consumer.committed(Collections.singleton(place)).get(place);
    }

    static void maxTimestamp(Kit kit, TopicPartition place, long offset) throws Exception {
        try (AdminClient admin = kit.admin()) {
            long found = Admins.get(admin.listOffsets(
                Collections.singletonMap(place, OffsetSpec.maxTimestamp())).all()).get(place).offset();
            Kit.equal(offset, found, "offset of the newest timestamp");
        }
    }
}
