/*
 * Record batches as text, written and judged by Kafka's own classes.
 *
 *   java -cp JARS BatchVectors.java write          batches of every codec with their content, to standard output
 *   java -cp JARS BatchVectors.java check < FILE   reads batches that Weir wrote and compares every field and record
 *
 * JARS are kafka-clients 4.3.1 with lz4-java, snappy-java, zstd-jni and slf4j-api. The text, a line each:
 *
 *   batch NAME HEX
 *   header baseOffset leaderEpoch compression timestampType flags lastOffset maxTimestamp producerId epoch sequence count
 *   record offset timestamp key value [headerKey=headerValue ...]
 *
 * A field of bytes is "-" for none, else "x" and hex, or "N*hex" for hex repeated N times; flags are letters: t(ransactional),
 * c(ontrol), "-" for none.
 */

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

public final class BatchVectors {
    private static final long NOW = 1_795_305_600_000L;
    private static final HexFormat HEX = HexFormat.of();

    public static void main(String[] args) throws Exception {
        if (args.length == 1 && args[0].equals("write")) {
            for (CompressionType codec : CompressionType.values()) {
                writeCodec(codec);
            }
            writeSpecial();
        } else if (args.length == 1 && args[0].equals("check")) {
            System.exit(check() ? 0 : 1);
        } else {
            System.err.println("usage: BatchVectors write | check");
            System.exit(2);
        }
    }

    private static MemoryRecordsBuilder builder(CompressionType codec, TimestampType type, long baseOffset,
            long producerId, short epoch, int sequence, boolean transactional, int leaderEpoch) {
        return MemoryRecords.builder(ByteBuffer.allocate(1 << 20), RecordBatch.MAGIC_VALUE_V2,
            Compression.of(codec).build(), type, baseOffset, NOW + 1000, producerId, epoch, sequence,
            transactional, leaderEpoch);
    }

    private static void writeCodec(CompressionType codec) {
        MemoryRecordsBuilder small = builder(codec, TimestampType.CREATE_TIME, 0, -1, (short) -1, -1, false, -1);
        Header[] twice = {
            new RecordHeader("trace", new byte[] {1, 2}), new RecordHeader("other", new byte[0]),
            new RecordHeader("trace", (byte[]) null), new RecordHeader("größe", new byte[] {-1})};
        small.append(NOW, bytes("key"), bytes("value"), twice);
        small.append(NOW - 5, (byte[]) null, bytes("no key"));
        small.append(NOW + 7, new byte[0], (byte[]) null);
        small.append(NOW + 1, bytes("k"), new byte[0]);
        print("small-" + codec.name, small.build());
        MemoryRecordsBuilder single = builder(codec, TimestampType.CREATE_TIME, 0, -1, (short) -1, -1, false, -1);
        single.append(-1, null, bytes("x"));
        print("single-" + codec.name, single.build());
        if (codec != CompressionType.NONE) {
            // More than one block of every codec: snappy's are 32 KiB, lz4's 64 KiB, zstd's 128 KiB.
            MemoryRecordsBuilder large = builder(codec, TimestampType.CREATE_TIME, 0, -1, (short) -1, -1, false, -1);
            for (int i = 0; i < 150; i++) {
                large.append(NOW + i, bytes("key-" + i), bytes("payload ".repeat(150)));
            }
            print("large-" + codec.name, large.build());
        }
    }

    private static void writeSpecial() {
        MemoryRecordsBuilder txn = builder(CompressionType.NONE, TimestampType.CREATE_TIME, 1L << 33, 4000, (short) 7,
            Integer.MAX_VALUE - 1, true, 12);
        for (int i = 0; i < 4; i++) {
            txn.append(NOW + 40_000_000_000L * i, bytes("a"), bytes("b"));
        }
        print("transactional", txn.build());
        MemoryRecordsBuilder appended = builder(CompressionType.ZSTD, TimestampType.LOG_APPEND_TIME, 100, -1,
            (short) -1, -1, false, 3);
        appended.append(NOW, bytes("a"), bytes("b"));
        appended.append(NOW + 1, bytes("c"), bytes("d"));
        print("append-time", appended.build());
        print("commit-marker", MemoryRecords.withEndTransactionMarker(5, NOW, 6, 4000, (short) 7,
            new EndTransactionMarker(ControlRecordType.COMMIT, 9)));
        print("abort-marker", MemoryRecords.withEndTransactionMarker(5, NOW, 6, 4000, (short) 7,
            new EndTransactionMarker(ControlRecordType.ABORT, 9)));
    }

    private static void print(String name, MemoryRecords records) {
        ByteBuffer buffer = records.buffer().duplicate();
        byte[] raw = new byte[buffer.remaining()];
        buffer.get(raw);
        System.out.println("batch " + name + " " + HEX.formatHex(raw));
        for (String line : describe(records)) {
            System.out.println(line);
        }
    }

    /** The header line and a line for each record, as Kafka's classes read them. */
    private static List<String> describe(MemoryRecords records) {
        List<String> lines = new ArrayList<>();
        for (RecordBatch batch : records.batches()) {
            batch.ensureValid();
            String flags = (batch.isTransactional() ? "t" : "") + (batch.isControlBatch() ? "c" : "");
            lines.add("header " + batch.baseOffset() + " " + batch.partitionLeaderEpoch() + " "
                + batch.compressionType().name + " " + batch.timestampType().name + " "
                + (flags.isEmpty() ? "-" : flags) + " " + batch.lastOffset() + " " + batch.maxTimestamp() + " "
                + batch.producerId() + " " + batch.producerEpoch() + " " + batch.baseSequence() + " "
                + batch.countOrNull());
            for (Record record : batch) {
                StringBuilder line = new StringBuilder("record " + record.offset() + " " + record.timestamp() + " "
                    + hex(record.key()) + " " + hex(record.value()));
                for (Header header : record.headers()) {
                    byte[] value = header.value();
                    line.append(' ').append(hex(ByteBuffer.wrap(bytes(header.key())))).append('=')
                        .append(hex(value == null ? null : ByteBuffer.wrap(value)));
                }
                lines.add(line.toString());
            }
        }
        return lines;
    }

    private static boolean check() throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String name = null;
        List<String> found = List.of();
        int at = 0;
        int batches = 0;
        int lines = 0;
        boolean right = true;
        for (String line = in.readLine(); ; line = in.readLine()) {
            if (line == null || line.startsWith("batch ")) {
                if (name != null && at != found.size()) {
                    System.out.println("WRONG " + name + ": Kafka reads " + found.size() + " lines, told " + at);
                    right = false;
                }
                if (line == null) {
                    break;
                }
                name = line.split(" ")[1];
                found = describe(MemoryRecords.readableRecords(ByteBuffer.wrap(HEX.parseHex(line.split(" ")[2]))));
                at = 0;
                batches++;
            } else {
                String read = at < found.size() ? found.get(at) : "nothing";
                if (!read.equals(line)) {
                    System.out.println("WRONG " + name + ": told '" + line + "', Kafka reads '" + read + "'");
                    right = false;
                }
                at++;
                lines++;
            }
        }
        System.out.println((right ? "ok: " : "FAILED: ") + batches + " batches, " + lines + " lines");
        return right && batches > 0;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String hex(ByteBuffer field) {
        if (field == null) {
            return "-";
        }
        byte[] raw = new byte[field.remaining()];
        field.duplicate().get(raw);
        String one = "7061796c6f616420";
        String all = HEX.formatHex(raw);
        int times = all.length() / one.length();
        return times > 1 && all.equals(one.repeat(times)) ? times + "*" + one : "x" + all;
    }
}
