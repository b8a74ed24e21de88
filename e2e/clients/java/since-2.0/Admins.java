import java.util.Collections;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;

/** Cases about the admin client. */
final class Admins {
    private Admins() {}

    static <T> T get(Future<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    private static Future<Void> create(AdminClient admin, String topic, int partitions, int replicas) {
        return admin.createTopics(Collections.singleton(new NewTopic(topic, partitions, (short) replicas))).all();
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    private static void until(String what, Condition done) throws Exception {
        long end = Kit.deadline();
        while (!done.holds()) {
            Kit.check(System.nanoTime() < end, "never: " + what);
        }
    }

    static void topics(Kit kit) throws Exception {
        String topic = kit.topic("admin", 3, Kit.map("retention.ms", "3600000"));
        AdminClient admin = kit.admin();
        TopicDescription described = Generation.describeTopic(admin, topic);
        Kit.equal(3, described.partitions().size(), "partitions");
        Kit.equal(1, described.partitions().get(0).replicas().size(), "replicas");
        Kit.check(described.partitions().get(2).leader() != null, "no leader");
        Kit.equal("TopicExistsException", Kit.failure(create(admin, topic, 1, 1)), "a topic that exists");
        Kit.equal("InvalidTopicException", Kit.failure(create(admin, "a b", 1, 1)), "an illegal name");
        Kit.equal("InvalidPartitionsException", Kit.failure(create(admin, "none", 0, 1)), "no partitions");
        Kit.equal("InvalidReplicationFactorException", Kit.failure(create(admin, "many", 1, 9)), "nine replicas");
        NewTopic wrong = new NewTopic("wrong", 1, (short) 1).configs(Kit.map("no.such.config", "1"));
        Kit.equal("InvalidConfigurationException",
            Kit.failure(admin.createTopics(Collections.singleton(wrong)).all()), "an unknown config");
        get(admin.createPartitions(Collections.singletonMap(topic, NewPartitions.increaseTo(5))).all());
        // A broker may hear of a change a moment after it was acknowledged.
        until("five partitions", () -> Generation.describeTopic(admin, topic).partitions().size() == 5);
        Kit.equal("InvalidPartitionsException", Kit.failure(
            admin.createPartitions(Collections.singletonMap(topic, NewPartitions.increaseTo(2))).all()), "shrinking");
        get(admin.deleteTopics(Collections.singleton(topic)).all());
        until("the deleted topic is not listed", () -> !get(admin.listTopics().names()).contains(topic));
        Kit.equal("UnknownTopicOrPartitionException",
            Kit.failure(admin.deleteTopics(Collections.singleton(topic)).all()), "deleting it again");
        Kit.check(get(admin.describeCluster().nodes()).size() >= 1, "no nodes");
        Kit.check(get(admin.describeCluster().clusterId()) != null, "no cluster id");
    }

    static void configs(Kit kit) throws Exception {
        String topic = kit.topic("configs", 1, Kit.map("cleanup.policy", "compact"));
        AdminClient admin = kit.admin();
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        Kit.equal("604800000", describe(admin, resource).get("retention.ms").value(), "default retention.ms");
        Kit.check(describe(admin, resource).get("retention.ms").isDefault(), "retention.ms is not called default");
        Kit.equal("compact", describe(admin, resource).get("cleanup.policy").value(), "cleanup.policy");
        get(Generation.alter(admin, resource, "retention.ms", "7200000"));
        long end = Kit.deadline();
        while (!describe(admin, resource).get("retention.ms").value().equals("7200000")) {
            Kit.check(System.nanoTime() < end, "retention.ms did not change");
        }
        Kit.check(!describe(admin, resource).get("retention.ms").isDefault(), "retention.ms is still called default");
        String refused = Kit.failure(Generation.alter(admin, resource, "retention.ms", "soon"));
        Kit.check(refused.equals("InvalidConfigurationException") || refused.equals("InvalidRequestException"),
            "a value that is no number: " + refused);
        String node = get(admin.describeCluster().nodes()).iterator().next().idString();
        Config broker = describe(admin, new ConfigResource(ConfigResource.Type.BROKER, node));
        Kit.check(broker.get("log.retention.hours") != null, "the broker shows no log.retention.hours");
        Kit.check(broker.entries().size() > 100, "the broker shows only " + broker.entries().size() + " configs");
    }

    private static Config describe(AdminClient admin, ConfigResource resource) throws Exception {
        return get(admin.describeConfigs(Collections.singleton(resource)).all()).get(resource);
    }

    static void groups(Kit kit) throws Exception {
        String topic = kit.topic("groups", 1);
        Kit.send(kit.producer(), topic, 5, "v");
        String group = kit.prefix + "-groups";
        Groups.Member member = new Groups.Member(kit, topic, "group.id", group);
        Groups.pollUntil("five records", () -> member.values.size() == 5, member);
        member.consumer.commitSync();
        AdminClient admin = kit.admin();
        Kit.check(get(admin.listConsumerGroups().all()).stream().anyMatch(one -> one.groupId().equals(group)),
            "the group is not listed");
        ConsumerGroupDescription described = describeGroup(admin, group);
        Kit.equal("Stable", described.state().toString(), "state");
        Kit.equal(1, described.members().size(), "members");
        Kit.equal(1, described.members().iterator().next().assignment().topicPartitions().size(), "assignment");
        Kit.equal("GroupNotEmptyException", Kit.failure(
            admin.deleteConsumerGroups(Collections.singleton(group)).all()), "deleting a group with members");
        long committed = get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
            .values().iterator().next().offset();
        Kit.equal(5L, committed, "committed offset");
        member.consumer.close();
        long end = Kit.deadline();
        while (!describeGroup(admin, group).state().toString().equals("Empty")) {
            Kit.check(System.nanoTime() < end, "the group did not become empty");
        }
        get(admin.deleteConsumerGroups(Collections.singleton(group)).all());
        Kit.check(get(admin.listConsumerGroups().all()).stream().noneMatch(one -> one.groupId().equals(group)),
            "the deleted group is still listed");
        Kit.equal("GroupIdNotFoundException", Kit.failure(
            admin.deleteConsumerGroups(Collections.singleton(group)).all()), "deleting it again");
    }

    private static ConsumerGroupDescription describeGroup(AdminClient admin, String group) throws Exception {
        return get(admin.describeConsumerGroups(Collections.singleton(group)).all()).get(group);
    }
}
