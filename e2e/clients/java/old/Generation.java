import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * What differs between generations of the client: 0.11 and 1.1, with the methods of 0.11.
 *
 * They create no topics that a broker of today would: the broker makes them, with four partitions, when they are first named.
 */
final class Generation {
    static final boolean HAS_ZSTD = false;
    static final int IN_FLIGHT_IDEMPOTENT = 1;

    private Generation() {}

    static void addCases(Map<String, Matrix.Case> cases) {
        cases.put("group-two", OldSharing::two);
    }

    static void createTopic(Kit kit, String topic, int partitions, Map<String, String> configs) {
        Kit.check(partitions <= 4 && configs.isEmpty(), "the broker makes topics with four partitions and no configs");
    }

    static ConsumerRecords<byte[], byte[]> poll(KafkaConsumer<byte[], byte[]> consumer, long millis) {
        return consumer.poll(millis);
    }

    static void close(KafkaConsumer<byte[], byte[]> consumer) {
        consumer.close(10, TimeUnit.SECONDS);
    }

    static OffsetAndMetadata committed(KafkaConsumer<byte[], byte[]> consumer, TopicPartition place) {
        return consumer.committed(place);
    }

    static void maxTimestamp(Kit kit, TopicPartition place, long offset) {
        // This generation has no way to ask for it.
    }
}
