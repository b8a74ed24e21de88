/*
 * Compares Weir's verdict on damaged batches with that of Kafka's own LogValidator.
 *
 *   cargo run -p weir-records --example write_mutants 100000 1 | java -cp JARS Verdicts.java
 *
 * JARS are kafka-clients, kafka-storage, kafka-storage-api and kafka-server-common 4.3.1 with lz4-java, snappy-java, zstd-jni
 * and slf4j-api. Each line of the input is a verdict ("ok:MAXTIMESTAMP", or an error without spaces) and a batch in hex.
 * What Weir takes, Kafka must take with the same maximum timestamp and must be able to read; the exit code says so. What Weir
 * refuses and Kafka takes is counted by Weir's reason: Weir is stricter on purpose, and the list shows where.
 */

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.PrimitiveRef;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.LogValidator;

public final class Verdicts {
    private static final class NoMetrics implements LogValidator.MetricsRecorder {
        public void recordInvalidMagic() { }

        public void recordInvalidOffset() { }

        public void recordInvalidSequence() { }

        public void recordInvalidChecksums() { }

        public void recordNoKeyCompactedTopic() { }
    }

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        int both = 0;
        int neither = 0;
        int wrong = 0;
        Map<String, Integer> stricter = new TreeMap<>();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] parts = line.split(" ");
            String kafka = verdict(HexFormat.of().parseHex(parts[1]));
            boolean weirTakes = parts[0].startsWith("ok:");
            if (weirTakes && kafka.equals(parts[0])) {
                both++;
            } else if (weirTakes) {
                wrong++;
                System.out.println("WRONG: Weir says " + parts[0] + ", Kafka says " + kafka + ": " + parts[1]);
            } else if (kafka.startsWith("ok:")) {
                stricter.merge(parts[0].replaceAll("[0-9]+", "N"), 1, Integer::sum);
            } else {
                neither++;
            }
        }
        stricter.forEach((reason, count) -> System.out.println("stricter " + count + " times: " + reason));
        System.out.println((wrong == 0 ? "ok: " : "FAILED: ") + both + " taken by both, " + neither
            + " by neither, " + wrong + " by Weir alone");
        System.exit(wrong == 0 && both > 0 && neither > 0 ? 0 : 1);
    }

    /** What Kafka's broker does with a produced batch: the checks in front of the validator, the validator, a reader. */
    private static String verdict(byte[] raw) {
        try {
            MemoryRecords records = MemoryRecords.readableRecords(ByteBuffer.wrap(raw));
            MutableRecordBatch batch = records.batches().iterator().next();
            batch.ensureValid();
            if (batch.magic() != 2 || batch.baseOffset() != 0 || batch.sizeInBytes() != raw.length) {
                return "refused before the validator";
            }
            LogValidator validator = new LogValidator(records, new TopicPartition("t", 0), Time.SYSTEM,
                batch.compressionType(), Compression.of(batch.compressionType()).build(), false, (byte) 2,
                TimestampType.CREATE_TIME, Long.MAX_VALUE, Long.MAX_VALUE, 5, AppendOrigin.CLIENT);
            LogValidator.ValidationResult result = validator.validateMessagesAndAssignOffsets(
                PrimitiveRef.ofLong(77), new NoMetrics(), BufferSupplier.NO_CACHING);
            long last = 76;
            for (Record record : result.validatedRecords().records()) {
                record.headers();
                if (record.offset() != ++last) {
                    return "offset " + record.offset() + " after " + (last - 1);
                }
            }
            return "ok:" + result.maxTimestampMs();
        } catch (RuntimeException | Error e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }
}
