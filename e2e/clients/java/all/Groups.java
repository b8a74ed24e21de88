import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Members of consumer groups, and the case that needs one at a time. */
final class Groups {
    private Groups() {}

    /** A member with its own view of what it got and lost. */
    static final class Member implements ConsumerRebalanceListener {
        final KafkaConsumer<byte[], byte[]> consumer;
        final List<String> values = new ArrayList<>();
        final Set<TopicPartition> revoked = new HashSet<>();
        final Set<TopicPartition> lost = new HashSet<>();
        int assignments;

        Member(Kit kit, String topic, Object... pairs) {
            boolean classic = !Arrays.asList(pairs).contains("group.protocol");
            consumer = kit.consumer(classic ? with(pairs, "heartbeat.interval.ms", 500) : pairs);
            consumer.subscribe(Collections.singleton(topic), this);
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            revoked.addAll(partitions);
        }

        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            lost.addAll(partitions);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            assignments++;
        }

        void poll() {
            for (ConsumerRecord<byte[], byte[]> record : Generation.poll(consumer, 50)) {
                values.add(Kit.text(record.value()));
            }
        }

        int size() {
            return consumer.assignment().size();
        }
    }

    static void pollUntil(String what, BooleanSupplier done, Member... members) {
        long end = Kit.deadline();
        while (!done.getAsBoolean()) {
            Kit.check(System.nanoTime() < end, "never: " + what);
            for (Member member : members) {
                member.poll();
            }
        }
    }

    static Object[] with(Object[] common, Object... more) {
        Object[] all = Arrays.copyOf(common, common.length + more.length);
        System.arraycopy(more, 0, all, common.length, more.length);
        return all;
    }

    static void restart(Kit kit) throws Exception {
        String topic = kit.topic("restart", 2);
        Kit.send(kit.producer(), topic, 100, "v");
        Object[] common = {"group.id", kit.prefix + "-restart", "max.poll.records", 10};
        Member first = new Member(kit, topic, common);
        pollUntil("half of the records", () -> first.values.size() >= 50, first);
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (TopicPartition place : first.consumer.assignment()) {
            offsets.put(place, new OffsetAndMetadata(first.consumer.position(place), "note é"));
        }
        first.consumer.commitSync(offsets);
        first.consumer.close();
        Member second = new Member(kit, topic, common);
        pollUntil("the rest", () -> first.values.size() + second.values.size() >= 100, second);
        Set<String> distinct = new TreeSet<>(first.values);
        distinct.addAll(second.values);
        Kit.equal(100, distinct.size(), "different records");
        Kit.equal(100, first.values.size() + second.values.size(), "records in both runs");
        for (TopicPartition place : offsets.keySet()) {
            OffsetAndMetadata committed = Generation.committed(second.consumer, place);
            Kit.equal(offsets.get(place).offset(), committed.offset(), "committed offset");
            Kit.equal("note é", committed.metadata(), "metadata of the commit");
        }
    }
}
