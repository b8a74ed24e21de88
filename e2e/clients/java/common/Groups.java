import java.time.Duration;
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

/** Cases about consumer groups, all driven from one thread: members are polled in turn. */
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
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
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

    static void two(Kit kit) throws Exception {
        share(kit, "two", new Object[0]);
    }

    static void kip848(Kit kit) throws Exception {
        if (!Generation.HAS_KIP848) {
            throw new Matrix.Unsupported("KIP-848 came with kafka-clients 3.7");
        }
        share(kit, "kip848", new Object[] {"group.protocol", "consumer"});
    }

    /** Two members share four partitions, each record reaches one of them, and one takes over when the other leaves. */
    private static void share(Kit kit, String name, Object[] more) throws Exception {
        String topic = kit.topic(name, 4);
        Object[] common = with(more, "group.id", kit.prefix + "-" + name);
        Member a = new Member(kit, topic, common);
        Member b = new Member(kit, topic, common);
        pollUntil("two partitions each", () -> a.size() == 2 && b.size() == 2, a, b);
        Kit.send(kit.producer(), topic, 60, "v");
        pollUntil("all records", () -> a.values.size() + b.values.size() >= 60, a, b);
        Kit.check(!a.values.isEmpty() && !b.values.isEmpty(), "one member got all records");
        Set<String> distinct = new TreeSet<>(a.values);
        distinct.addAll(b.values);
        Kit.equal(60, distinct.size(), "different records");
        Kit.equal(60, a.values.size() + b.values.size(), "records at both");
        a.consumer.commitSync();
        b.consumer.commitSync();
        a.consumer.close();
        pollUntil("all partitions after the other left", () -> b.size() == 4, b);
        int before = b.values.size();
        Kit.send(kit.producer(), topic, 20, "w");
        pollUntil("the records after that", () -> b.values.size() >= before + 20, b);
        Kit.equal(before + 20, b.values.size(), "records after that");
    }

    static void staticMembers(Kit kit) throws Exception {
        if (!Generation.HAS_STATIC_MEMBERS) {
            throw new Matrix.Unsupported("static membership came with kafka-clients 2.3");
        }
        String topic = kit.topic("static", 4);
        Object[] common = {"group.id", kit.prefix + "-static", "session.timeout.ms", 30_000};
        Member a = new Member(kit, topic, with(common, "group.instance.id", "a"));
        Member b = new Member(kit, topic, with(common, "group.instance.id", "b"));
        pollUntil("two partitions each", () -> a.size() == 2 && b.size() == 2, a, b);
        Set<TopicPartition> had = new HashSet<>(b.consumer.assignment());
        int assignments = a.assignments;
        b.consumer.close();
        Member again = new Member(kit, topic, with(common, "group.instance.id", "b"));
        pollUntil("the partitions of the one who came back", () -> again.size() == 2, a, again);
        Kit.equal(had, new HashSet<>(again.consumer.assignment()), "partitions of the one who came back");
        Kit.equal(assignments, a.assignments, "rebalances that the other saw");
        Member twin = new Member(kit, topic, with(common, "group.instance.id", "b"));
        String fenced = "";
        for (long end = Kit.deadline(); fenced.isEmpty() && System.nanoTime() < end; ) {
            try {
                a.poll();
                twin.poll();
                again.poll();
            } catch (org.apache.kafka.common.KafkaException error) {
                fenced = error.getClass().getSimpleName();
            }
        }
        Kit.equal("FencedInstanceIdException", fenced, "the elder of two members with one instance id");
    }

    static void cooperative(Kit kit) throws Exception {
        if (!Generation.HAS_COOPERATIVE) {
            throw new Matrix.Unsupported("cooperative rebalancing came with kafka-clients 2.4");
        }
        String topic = kit.topic("cooperative", 4);
        Object[] common = {"group.id", kit.prefix + "-cooperative", "partition.assignment.strategy",
            "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"};
        Member a = new Member(kit, topic, common);
        pollUntil("all partitions", () -> a.size() == 4, a);
        Member b = new Member(kit, topic, common);
        pollUntil("two partitions each", () -> a.size() == 2 && b.size() == 2, a, b);
        Kit.equal(2, a.revoked.size(), "partitions taken from the first member");
        Kit.equal(0, a.lost.size(), "partitions lost by the first member");
        Kit.equal(new HashSet<>(b.consumer.assignment()), a.revoked, "what one lost and the other got");
    }
}
