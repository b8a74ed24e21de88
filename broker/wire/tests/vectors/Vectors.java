/*
 * Requests and responses as bytes, written by Kafka's own message classes. README.md says how to run it.
 *
 * Of every API below, in every version that Kafka calls stable, both directions, five messages:
 * "default" as the class makes it, "filled" with a value in every field, "empty" with null or nothing wherever that is
 * allowed and zeros elsewhere, "extreme" with the ends of every number and strings and arrays that need longer lengths,
 * and "mixed". The text, a line each: KEY VERSION request|response KIND HEX. A run prints the same bytes every time.
 *
 * With the argument "headers": KEY VERSION, and the versions of the request's header and of the response's header.
 *
 * With the argument "fields": KEY VERSION request|response, and NAME:TYPE of each field in the order of the bytes, tagged
 * ones last as #TAG:NAME:TYPE. A type is a name, []TYPE or {FIELD,...}, after a "?" when it may be null.
 */

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.MemoryRecords;

public final class Vectors {
    private static final short[] KEYS = {
        0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 29, 30, 31, 32, 33, 35, 37, 42, 44, 47, 60, 68, 69, 74, 75,
    };

    private enum Kind { FILLED, EMPTY, EXTREME, MIXED }

    private final Kind kind;
    private final Random random;
    // One long string and one long array a message are enough.
    private boolean stretchesString;
    private boolean stretchesArray;

    private Vectors(Kind kind, long seed) {
        this.kind = kind;
        this.random = new Random(seed);
        this.stretchesString = kind == Kind.EXTREME;
        this.stretchesArray = kind == Kind.EXTREME;
    }

    public static void main(String[] args) throws Exception {
        for (short key : KEYS) {
            ApiMessageType type = ApiMessageType.fromApiKey(key);
            for (short version = type.lowestSupportedVersion(); version <= type.highestSupportedVersion(false); version++) {
                switch (args.length > 0 ? args[0] : "") {
                    case "headers" -> {
                        short request = type.requestHeaderVersion(version);
                        System.out.println(key + " " + version + " " + request + " " + type.responseHeaderVersion(version));
                    }
                    case "fields" -> {
                        System.out.println(key + " " + version + " request " + fields(type.requestSchemas()[version]));
                        System.out.println(key + " " + version + " response " + fields(type.responseSchemas()[version]));
                    }
                    default -> {
                        print(key, version, "request", type.newRequest());
                        print(key, version, "response", type.newResponse());
                    }
                }
            }
        }
    }

    private static void print(short key, short version, String direction, ApiMessage message) throws Exception {
        String start = key + " " + version + " " + direction + " ";
        System.out.println(start + "default " + hex(message, version));
        Schema schema = ((Schema[]) message.getClass().getField("SCHEMAS").get(null))[version];
        for (Kind kind : Kind.values()) {
            long seed = ((key * 100L + version) * 10 + kind.ordinal()) * 2 + direction.length() % 2;
            Struct struct = new Vectors(kind, seed).struct(schema);
            ByteBuffer bytes = ByteBuffer.allocate(schema.sizeOf(struct));
            schema.write(bytes, struct);
            bytes.flip();
            ApiMessage filled = (ApiMessage) message.getClass().getConstructor().newInstance();
            filled.read(new ByteBufferAccessor(bytes), version);
            System.out.println(start + kind.name().toLowerCase() + " " + hex(filled, version));
        }
    }

    private static String fields(Schema schema) {
        List<String> fields = new ArrayList<>();
        for (BoundField field : schema.fields()) {
            if (field.def.type instanceof TaggedFields tagged) {
                tagged.fields().forEach((tag, held) -> fields.add("#" + tag + ":" + held.name + ":" + name(held.type)));
            } else {
                fields.add(field.def.name + ":" + name(field.def.type));
            }
        }
        return "{" + String.join(",", fields) + "}";
    }

    private static String name(Type type) {
        String mark = type.isNullable() ? "?" : "";
        if (type.isArray()) {
            return mark + "[]" + name(type.arrayElementType().get());
        }
        if (type instanceof Schema schema) {
            return mark + fields(schema);
        }
        return mark + type.toString().replace("COMPACT_", "").replace("NULLABLE_", "").toLowerCase();
    }

    private static String hex(ApiMessage message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer bytes = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(bytes), cache, version);
        return HexFormat.of().formatHex(bytes.array());
    }

    private Struct struct(Schema schema) {
        Struct struct = new Struct(schema);
        for (BoundField field : schema.fields()) {
            struct.set(field, value(field.def.type));
        }
        return struct;
    }

    private Object value(Type type) {
        if (type instanceof TaggedFields tagged) {
            Map<Integer, Object> values = new TreeMap<>();
            for (Map.Entry<Integer, Field> entry : tagged.fields().entrySet()) {
                if (kind != Kind.MIXED || random.nextBoolean()) {
                    values.put(entry.getKey(), value(entry.getValue().type));
                }
            }
            return values;
        }
        if (type.isNullable() && (kind == Kind.EMPTY || kind == Kind.MIXED && random.nextInt(3) == 0)) {
            return null;
        }
        if (type.isArray()) {
            Object[] elements = new Object[count(type.arrayElementType().get())];
            for (int index = 0; index < elements.length; index++) {
                elements[index] = value(type.arrayElementType().get());
            }
            return elements;
        }
        if (type instanceof Schema schema) {
            return struct(schema);
        }
        return switch (type.toString()) {
            case "BOOLEAN" -> kind == Kind.EXTREME || kind != Kind.EMPTY && random.nextBoolean();
            case "INT8" -> (byte) number(Byte.MIN_VALUE, Byte.MAX_VALUE);
            case "INT16" -> (short) number(Short.MIN_VALUE, Short.MAX_VALUE);
            case "INT32" -> (int) number(Integer.MIN_VALUE, Integer.MAX_VALUE);
            case "INT64" -> number(Long.MIN_VALUE, Long.MAX_VALUE);
            case "UUID" -> kind == Kind.EMPTY ? Uuid.ZERO_UUID : new Uuid(random.nextLong(), random.nextLong());
            case "STRING", "COMPACT_STRING", "NULLABLE_STRING", "COMPACT_NULLABLE_STRING" -> text();
            case "BYTES", "COMPACT_BYTES", "NULLABLE_BYTES", "COMPACT_NULLABLE_BYTES" -> ByteBuffer.wrap(bytes());
            case "RECORDS", "COMPACT_RECORDS", "NULLABLE_RECORDS", "COMPACT_NULLABLE_RECORDS" ->
                MemoryRecords.readableRecords(ByteBuffer.wrap(bytes()));
            default -> throw new IllegalStateException("no value for the type " + type);
        };
    }

    private int count(Type element) {
        if (kind == Kind.EXTREME && stretchesArray && !(element instanceof Schema)) {
            stretchesArray = false;
            return 130;
        }
        return switch (kind) {
            case FILLED -> 1;
            case EMPTY -> 0;
            case EXTREME -> 2;
            case MIXED -> random.nextInt(4);
        };
    }

    private long number(long lowest, long highest) {
        return switch (kind) {
            case EMPTY -> 0;
            case EXTREME -> random.nextBoolean() ? lowest : highest;
            case FILLED, MIXED -> random.nextLong() >> (random.nextInt(8) * 8);
        };
    }

    private String text() {
        if (stretchesString) {
            stretchesString = false;
            return "\u00fc\u6f22\ud83c\udf0a".repeat(15);
        }
        return kind == Kind.EMPTY ? "" : "n" + random.nextInt(1000);
    }

    private byte[] bytes() {
        byte[] bytes = new byte[kind == Kind.EMPTY ? 0 : 1 + random.nextInt(9)];
        random.nextBytes(bytes);
        return bytes;
    }
}
