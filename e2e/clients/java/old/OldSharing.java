import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Two members of a group before 2.0, where each needs a thread of its own. */
final class OldSharing {
    private OldSharing() {}

    /** A member with a thread of its own: poll of these clients waits for the group, whatever time it is given. */
    private static final class Running implements AutoCloseable {
        final List<String> values = Collections.synchronizedList(new ArrayList<>());
        private final Thread thread;
        private volatile int partitions;
        private volatile boolean stopped;

        Running(Kit kit, String topic, String group) {
            Groups.Member member = new Groups.Member(kit, topic, "group.id", group);
            thread = new Thread(() -> run(member));
            thread.start();
        }

        private void run(Groups.Member member) {
            while (!stopped) {
                member.poll();
                values.addAll(member.values);
                member.values.clear();
                partitions = member.size();
            }
            member.consumer.commitSync();
            member.consumer.close();
        }

        @Override
        public void close() throws Exception {
            stopped = true;
            thread.join(TimeUnit.SECONDS.toMillis(Kit.WAIT_SECONDS));
        }
    }

    private static void await(String what, BooleanSupplier done) throws Exception {
        long end = Kit.deadline();
        while (!done.getAsBoolean()) {
            Kit.check(System.nanoTime() < end, "never: " + what);
            Thread.sleep(20);
        }
    }

    static void two(Kit kit) throws Exception {
        String topic = kit.topic("two", 4);
        // The first record makes the topic.
        Kit.send(kit.producer(), topic, 1, "first");
        try (Running a = new Running(kit, topic, topic); Running b = new Running(kit, topic, topic)) {
            await("two partitions each", () -> a.partitions == 2 && b.partitions == 2);
            KafkaProducer<byte[], byte[]> producer = kit.producer();
            for (int i = 0; i < 60; i++) {
                producer.send(new ProducerRecord<>(topic, i % 4, null, Kit.bytes("w-" + i))).get(30, TimeUnit.SECONDS);
            }
            Set<String> distinct = new HashSet<>();
            await("all records", () -> {
                distinct.addAll(Arrays.asList(a.values.toArray(new String[0])));
                distinct.addAll(Arrays.asList(b.values.toArray(new String[0])));
                return distinct.size() >= 61;
            });
            Kit.check(a.values.size() > 1 && b.values.size() > 1, "one member got all records");
            a.close();
            await("all partitions after the other left", () -> b.partitions == 4);
        }
    }
}
