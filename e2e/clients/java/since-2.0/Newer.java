import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** What all generations since 2.0 share, and those before it do otherwise. */
final class Newer {
    private Newer() {}

    static void addCases(Map<String, Matrix.Case> cases) {
        cases.put("seed", Exchange::seed);
        cases.put("read-back", Exchange::readBack);
        cases.put("delete-records", Exchange::deleteRecords);
        cases.put("group-two", Sharing::two);
        cases.put("static-members", Sharing::staticMembers);
        cases.put("cooperative", Sharing::cooperative);
        cases.put("kip848", Sharing::kip848);
        cases.put("admin-topics", Admins::topics);
        cases.put("admin-configs", Admins::configs);
        cases.put("admin-groups", Admins::groups);
    }

    static void createTopic(Kit kit, String topic, int partitions, Map<String, String> configs) throws Exception {
        try (AdminClient admin = AdminClient.create(kit.properties())) {
            NewTopic wanted = new NewTopic(topic, partitions, (short) 1).configs(configs);
            admin.createTopics(Collections.singleton(wanted)).all().get(30, TimeUnit.SECONDS);
            // A broker may hear of a topic a moment after its creation was acknowledged.
            long end = Kit.deadline();
            while (!admin.listTopics().names().get(30, TimeUnit.SECONDS).contains(topic)) {
                Kit.check(System.nanoTime() < end, "never listed: " + topic);
            }
        }
    }

    static ConsumerRecords<byte[], byte[]> poll(KafkaConsumer<byte[], byte[]> consumer, long millis) {
        return consumer.poll(Duration.ofMillis(millis));
    }

    static void close(KafkaConsumer<byte[], byte[]> consumer) {
        consumer.close(Duration.ofSeconds(10));
    }
}
