/*
 * What Kafka's own classes say of its configs.
 *
 *   java -cp JARS ConfigFacts.java > kafka-4.3.1-configs.tsv
 *
 * JARS are kafka_2.13 4.3.1 with what it needs. The text, a line each, fields between tabs, "\0" for null:
 *
 *   key      topic|broker NAME TYPE DEFAULT read-only|dynamic
 *   synonyms TOPIC_CONFIG BROKER_CONFIG:FACTOR ...
 *   values   VALUE ...
 *   verdicts topic|broker NAME !|SHOWN ...      one for each of the values, "!" where Kafka refuses it
 */

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.server.config.DynamicBrokerConfig;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.apache.kafka.storage.internals.log.LogConfig;

public final class ConfigFacts {
    /* Broker configs of what Weir has not at all. */
    private static final String NOT_COMPARED = ".*(ssl|sasl|kerberos|remote\\.log|share|streams|quorum|oauth|telemetry).*";

    private static final String[] VALUES = {
        "", " ", "-3", "-2", "-1", "0", "1", "3", "4", "9", "10", "17", "18", "22", "23", "+5", " 7 ", "1e3", "32768", "511", "1024",
        "1048575", "1048576", "2147483647", "2147483648", "9223372036854775807", "9223372036854775808", "0.5", "1.0", "1.1", "-0.1",
        "true", "TRUE", "yes", "delete", "compact", "compact,delete", "compact, delete", "delete,delete", "Delete", "gzip", "GZIP",
        "none", "uncompressed", "producer", "CreateTime", "createtime", "LogAppendTime", "0:1", "*", "0:1,2:3", "0:1,*", "a:1",
        "uniform", "range,uniform", "upgrade", "BIDIRECTIONAL", "classic", "PLAINTEXT", "x"
    };

    public static void main(String[] args) {
        System.out.println("values\t" + String.join("\t", VALUES));
        describe("topic", LogConfig.configDefCopy(), Set.of());
        for (var entry : new TreeMap<>(ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS).entrySet()) {
            StringBuilder line = new StringBuilder("synonyms\t" + entry.getKey());
            entry.getValue().forEach(synonym ->
                line.append('\t').append(synonym.name()).append(':').append(synonym.converter().apply("1")));
            System.out.println(line);
        }
        describe("broker", kafka.server.KafkaConfig.configDef(), DynamicBrokerConfig.ALL_DYNAMIC_CONFIGS);
    }

    private static void describe(String scope, ConfigDef def, Set<String> dynamic) {
        for (Map.Entry<String, ConfigDef.ConfigKey> entry : new TreeMap<>(def.configKeys()).entrySet()) {
            ConfigDef.ConfigKey key = entry.getValue();
            if (key.internalConfig || (scope.equals("broker") && key.name.matches(NOT_COMPARED))) continue;
            boolean changes = scope.equals("topic") || dynamic.contains(key.name);
            Object value = key.defaultValue == ConfigDef.NO_DEFAULT_VALUE ? null : key.defaultValue;
            System.out.println(String.join("\t", "key", scope, key.name, key.type.toString(), shown(key, value),
                changes ? "dynamic" : "read-only"));
            StringBuilder verdicts = new StringBuilder("verdicts\t" + scope + "\t" + key.name);
            for (String text : VALUES) verdicts.append('\t').append(verdict(key, text));
            System.out.println(verdicts);
        }
    }

    private static String verdict(ConfigDef.ConfigKey key, String text) {
        try {
            Object value = ConfigDef.parseType(key.name, text, key.type);
            if (key.validator != null) key.validator.ensureValid(key.name, value);
            return shown(key, value);
        } catch (RuntimeException refused) {
            return "!";
        }
    }

    private static String shown(ConfigDef.ConfigKey key, Object value) {
        String text = ConfigDef.convertToString(value, key.type);
        return text == null ? "\\0" : text;
    }
}
