import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;

/** Cases about several members of a group, all driven from one thread: members are polled in turn. */
final class Sharing {
    private Sharing() {}

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
        Object[] common = Groups.with(more, "group.id", kit.prefix + "-" + name);
        Groups.Member a = new Groups.Member(kit, topic, common);
        Groups.Member b = new Groups.Member(kit, topic, common);
        Groups.pollUntil("two partitions each", () -> a.size() == 2 && b.size() == 2, a, b);
        Kit.send(kit.producer(), topic, 60, "v");
        Groups.pollUntil("all records", () -> a.values.size() + b.values.size() >= 60, a, b);
        Kit.check(!a.values.isEmpty() && !b.values.isEmpty(), "one member got all records");
        Set<String> distinct = new TreeSet<>(a.values);
        distinct.addAll(b.values);
        Kit.equal(60, distinct.size(), "different records");
        Kit.equal(60, a.values.size() + b.values.size(), "records at both");
        a.consumer.commitSync();
        b.consumer.commitSync();
        a.consumer.close();
        Groups.pollUntil("all partitions after the other left", () -> b.size() == 4, b);
        int before = b.values.size();
        Kit.send(kit.producer(), topic, 20, "w");
        Groups.pollUntil("the records after that", () -> b.values.size() >= before + 20, b);
        Kit.equal(before + 20, b.values.size(), "records after that");
    }

    static void staticMembers(Kit kit) throws Exception {
        if (!Generation.HAS_STATIC_MEMBERS) {
            throw new Matrix.Unsupported("static membership came with kafka-clients 2.3");
        }
        String topic = kit.topic("static", 4);
        Object[] common = {"group.id", kit.prefix + "-static", "session.timeout.ms", 30_000};
        Groups.Member a = new Groups.Member(kit, topic, Groups.with(common, "group.instance.id", "a"));
        Groups.Member b = new Groups.Member(kit, topic, Groups.with(common, "group.instance.id", "b"));
        Groups.pollUntil("two partitions each", () -> a.size() == 2 && b.size() == 2, a, b);
        Set<TopicPartition> had = new HashSet<>(b.consumer.assignment());
        int assignments = a.assignments;
        b.consumer.close();
        Groups.Member again = new Groups.Member(kit, topic, Groups.with(common, "group.instance.id", "b"));
        Groups.pollUntil("the partitions of the one who came back", () -> again.size() == 2, a, again);
        Kit.equal(had, new HashSet<>(again.consumer.assignment()), "partitions of the one who came back");
        Kit.equal(assignments, a.assignments, "rebalances that the other saw");
        Groups.Member twin = new Groups.Member(kit, topic, Groups.with(common, "group.instance.id", "b"));
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
        Groups.Member a = new Groups.Member(kit, topic, common);
        Groups.pollUntil("all partitions", () -> a.size() == 4, a);
        Groups.Member b = new Groups.Member(kit, topic, common);
        Groups.pollUntil("two partitions each", () -> a.size() == 2 && b.size() == 2, a, b);
        Kit.equal(2, a.revoked.size(), "partitions taken from the first member");
        Kit.equal(0, a.lost.size(), "partitions lost by the first member");
        Kit.equal(new HashSet<>(b.consumer.assignment()), a.revoked, "what one lost and the other got");
    }
}
