import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Cases about records that need an admin client: what all others read, what they wrote, and deleting. */
final class Exchange {
    private Exchange() {}

    /** Writes what every other client reads: twenty records in each codec, with a header. */
    static void seed(Kit kit) throws Exception {
        try (AdminClient admin = kit.admin()) {
            if (admin.listTopics().names().get(30, TimeUnit.SECONDS).contains("interop")) {
                return;
            }
        }
        for (String topic : new String[] {"interop", "interop-old"}) {
            Kit plain = new Kit(kit.bootstrap, topic, "");
            createPlain(plain, topic);
            for (String codec : Records.CODECS) {
                if (codec.equals("zstd") && topic.equals("interop-old")) {
                    continue;
                }
                KafkaProducer<byte[], byte[]> producer = plain.producer("compression.type", codec, "linger.ms", "50");
                for (int i = 0; i < 20; i++) {
                    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                        topic, 0, Kit.bytes("key-" + i), Kit.bytes("interop-" + codec + "-" + i + "-" + Records.FILL));
                    record.headers().add("codec", Kit.bytes(codec));
                    producer.send(record);
                }
                producer.flush();
            }
            plain.close();
        }
    }

    private static void createPlain(Kit kit, String topic) throws Exception {
        try (AdminClient admin = kit.admin()) {
            admin.createTopics(Collections.singleton(
                new NewTopic(topic, 1, (short) 1))).all().get(30, TimeUnit.SECONDS);
        }
    }

    /** Reads what another client of the matrix wrote in each codec that it has. */
    static void readBack(Kit kit) throws Exception {
        int found = 0;
        try (AdminClient admin = kit.admin()) {
            for (String topic : admin.listTopics().names().get(30, TimeUnit.SECONDS)) {
                if (topic.startsWith("m-" + kit.argument + "-codec-")) {
                    Records.verify(kit.read(topic, 0, 0, Records.COUNT));
                    found++;
                }
            }
        }
        Kit.check(found > 0, "no topic of " + kit.argument);
    }

    static void deleteRecords(Kit kit) throws Exception {
        String topic = kit.topic("delete", 1);
        Kit.send(kit.producer(), topic, 10, "v");
        TopicPartition place = new TopicPartition(topic, 0);
        try (AdminClient admin = kit.admin()) {
            long low = admin.deleteRecords(Collections.singletonMap(place, RecordsToDelete.beforeOffset(5)))
                .lowWatermarks().get(place).get(30, TimeUnit.SECONDS).lowWatermark();
            Kit.equal(5L, low, "low watermark");
            Kit.equal("OffsetOutOfRangeException", Kit.failure(admin.deleteRecords(
                Collections.singletonMap(place, RecordsToDelete.beforeOffset(11))).all()), "deleting beyond the end");
        }
        KafkaConsumer<byte[], byte[]> consumer = kit.consumer();
        Kit.equal(5L, consumer.beginningOffsets(Collections.singleton(place)).get(place), "beginning");
        Kit.equal("v-5", Kit.text(kit.read(topic, 0, 5, 5).get(0).value()), "first record left");
        consumer.assign(Collections.singleton(place));
        consumer.seek(place, 0);
        List<ConsumerRecord<byte[], byte[]>> reset = new ArrayList<>();
        for (long end = Kit.deadline(); reset.isEmpty() && System.nanoTime() < end; ) {
            Generation.poll(consumer, 200).forEach(reset::add);
        }
        Kit.equal(5L, reset.get(0).offset(), "where a reader of a deleted offset is reset to");
    }
}
