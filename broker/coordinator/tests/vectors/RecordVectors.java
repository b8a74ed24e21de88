// Writes records of __consumer_offsets with Kafka's own classes, one a line: a name, key and value in hexadecimal ("-" for a
// tombstone). README.md says how to run it.
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.coordinator.group.generated.*;

public class RecordVectors {
    static final Uuid TOPIC = new Uuid(0x0102030405060708L, 0x090a0b0c0d0e0f10L);

    static String hex(int prefix, ApiMessage message, int version) {
        ByteBuffer body = MessageUtil.toByteBufferAccessor(message, (short) version).buffer();
        byte[] bytes = new byte[2 + body.remaining()];
        ByteBuffer.wrap(bytes).putShort((short) prefix).put(body);
        return HexFormat.of().formatHex(bytes);
    }

    static void record(String name, ApiMessage key, int type, ApiMessage value, int version) {
        String written = value == null ? "-" : hex(version, value, version);
        System.out.println(name + " " + hex(type, key, 0) + " " + written);
    }

    static OffsetCommitValue offset() {
        return new OffsetCommitValue().setOffset(42).setLeaderEpoch(7).setMetadata("note \u00fc")
            .setCommitTimestamp(1700000000000L);
    }

    static GroupMetadataValue classic(int version) {
        var member = new GroupMetadataValue.MemberMetadata().setMemberId("m-1").setClientId("client")
            .setClientHost("/127.0.0.1").setSessionTimeout(10000).setSubscription(new byte[] {1, 2})
            .setAssignment(new byte[] {3, 4, 5});
        if (version >= 1) member.setRebalanceTimeout(30000);
        if (version >= 3) member.setGroupInstanceId("static");
        var group = new GroupMetadataValue().setProtocolType("consumer").setGeneration(5).setProtocol("range")
            .setLeader("m-1").setMembers(List.of(member));
        if (version >= 2) group.setCurrentStateTimestamp(1700000000001L);
        return group;
    }

    public static void main(String[] args) {
        var offsetKey = new OffsetCommitKey().setGroup("g").setTopic("t").setPartition(3);
        record("offset-4", offsetKey, 1, offset(), 4);
        record("offset-4-id", offsetKey, 1, offset().setTopicId(TOPIC), 4);
        record("offset-3", offsetKey, 1, offset(), 3);
        record("offset-2", offsetKey, 1, offset().setLeaderEpoch(-1), 2);
        record("offset-1", offsetKey, 1, offset().setLeaderEpoch(-1).setExpireTimestamp(1700000009999L), 1);
        record("offset-0", offsetKey, 1, offset().setLeaderEpoch(-1), 0);
        record("offset-gone", offsetKey, 1, null, 0);
        var classicKey = new GroupMetadataKey().setGroup("g");
        for (int version = 0; version <= 4; version++) record("classic-" + version, classicKey, 2, classic(version), version);
        record("classic-empty", classicKey, 2, new GroupMetadataValue().setProtocolType("").setProtocol(null)
            .setLeader(null).setCurrentStateTimestamp(1700000000001L).setMembers(List.of()), 3);
        record("classic-gone", classicKey, 2, null, 0);
        var epochKey = new ConsumerGroupMetadataKey().setGroupId("g");
        record("epoch", epochKey, 3, new ConsumerGroupMetadataValue().setEpoch(9).setMetadataHash(-77), 0);
        record("epoch-no-hash", epochKey, 3, new ConsumerGroupMetadataValue().setEpoch(9), 0);
        record("epoch-gone", epochKey, 3, null, 0);
        record("partition-metadata-gone", new ConsumerGroupPartitionMetadataKey().setGroupId("g"), 4, null, 0);
        var memberKey = new ConsumerGroupMemberMetadataKey().setGroupId("g").setMemberId("m-1");
        var member = new ConsumerGroupMemberMetadataValue().setInstanceId("static").setRackId("rack").setClientId("client")
            .setClientHost("/127.0.0.1").setSubscribedTopicNames(List.of("bar", "foo")).setSubscribedTopicRegex("f.*")
            .setRebalanceTimeoutMs(30000).setServerAssignor("uniform");
        record("member", memberKey, 5, member, 0);
        record("member-bare", memberKey, 5, new ConsumerGroupMemberMetadataValue().setInstanceId(null).setRackId(null)
            .setSubscribedTopicRegex(null).setServerAssignor(null), 0);
        record("member-classic", memberKey, 5, member.setClassicMemberMetadata(
            new ConsumerGroupMemberMetadataValue.ClassicMemberMetadata().setSessionTimeoutMs(10000).setSupportedProtocols(
                List.of(new ConsumerGroupMemberMetadataValue.ClassicProtocol().setName("range").setMetadata(new byte[] {1, 2})))), 0);
        record("member-gone", memberKey, 5, null, 0);
        var targetEpochKey = new ConsumerGroupTargetAssignmentMetadataKey().setGroupId("g");
        record("target-epoch", targetEpochKey, 6, new ConsumerGroupTargetAssignmentMetadataValue().setAssignmentEpoch(9)
            .setAssignmentTimestamp(1700000000002L), 0);
        record("target-epoch-no-time", targetEpochKey, 6,
            new ConsumerGroupTargetAssignmentMetadataValue().setAssignmentEpoch(9), 0);
        record("target", new ConsumerGroupTargetAssignmentMemberKey().setGroupId("g").setMemberId("m-1"), 7,
            new ConsumerGroupTargetAssignmentMemberValue().setTopicPartitions(List.of(
                new ConsumerGroupTargetAssignmentMemberValue.TopicPartition().setTopicId(TOPIC).setPartitions(List.of(0, 2, 300)))), 0);
        record("target-empty", new ConsumerGroupTargetAssignmentMemberKey().setGroupId("g").setMemberId("m-1"), 7,
            new ConsumerGroupTargetAssignmentMemberValue(), 0);
        var currentKey = new ConsumerGroupCurrentMemberAssignmentKey().setGroupId("g").setMemberId("m-1");
        record("current", currentKey, 8, new ConsumerGroupCurrentMemberAssignmentValue().setMemberEpoch(9).setPreviousMemberEpoch(8)
            .setState((byte) 1)
            .setAssignedPartitions(List.of(new ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions().setTopicId(TOPIC)
                .setPartitions(List.of(0, 2)).setAssignmentEpochs(List.of(7, 9))))
            .setPartitionsPendingRevocation(List.of(new ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions()
                .setTopicId(TOPIC).setPartitions(List.of(1)).setAssignmentEpochs(List.of(8)))), 0);
        record("current-old", currentKey, 8, new ConsumerGroupCurrentMemberAssignmentValue().setMemberEpoch(-2).setPreviousMemberEpoch(8)
            .setState((byte) 0)
            .setAssignedPartitions(List.of(new ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions().setTopicId(TOPIC)
                .setPartitions(List.of(0, 2))))
            .setPartitionsPendingRevocation(List.of()), 0);
        var regexKey = new ConsumerGroupRegularExpressionKey().setGroupId("g").setRegularExpression("f.*");
        record("regex", regexKey, 16, new ConsumerGroupRegularExpressionValue().setTopics(List.of("fa", "fo")).setVersion(12)
            .setTimestamp(1700000000003L), 0);
        record("regex-gone", regexKey, 16, null, 0);
        record("share-group", new ShareGroupMetadataKey().setGroupId("g"), 11, new ShareGroupMetadataValue().setEpoch(1), 0);
    }
}
