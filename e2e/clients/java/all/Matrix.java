import java.util.LinkedHashMap;
import java.util.Map;

/** Runs cases of the matrix with the Java client: BOOTSTRAP PREFIX CASE..., one JSON line for each. */
public final class Matrix {
    /** A case: returns normally, or throws what went wrong. */
    interface Case {
        void run(Kit kit) throws Exception;
    }

    /** Thrown by a case that this generation of the client cannot do. */
    static final class Unsupported extends RuntimeException {
        Unsupported(String reason) {
            super(reason);
        }
    }

    /** The cases that every generation has. */
    static Map<String, Case> cases() {
        Map<String, Case> cases = new LinkedHashMap<>();
        for (String codec : Records.CODECS) {
            cases.put("codec-" + codec, kit -> Records.codec(kit, codec));
        }
        cases.put("interop", Records::interop);
        cases.put("headers", Records::headers);
        cases.put("keys", Records::keys);
        cases.put("big-record", Records::bigRecord);
        cases.put("idempotent", Records::idempotent);
        cases.put("offsets-by-time", Records::offsetsByTime);
        cases.put("group-restart", Groups::restart);
        cases.put("transactional-id-fatal", Records::transactionalIdFatal);
        return cases;
    }

    public static void main(String[] args) {
        Map<String, Case> cases = cases();
        Generation.addCases(cases);
        for (int i = 2; i < args.length; i++) {
            String[] name = args[i].split(":", 2);
            try (Kit kit = new Kit(args[0], args[1], name.length > 1 ? name[1] : "")) {
                Case body = cases.get(name[0]);
                if (body == null) {
                    throw new Unsupported("this program has no such case");
                }
                body.run(kit);
                print(args[i], "ok", "");
            } catch (Unsupported left) {
                print(args[i], "skipped", left.getMessage());
            } catch (Throwable error) {
                error.printStackTrace();
                print(args[i], "failed", error.toString());
            }
        }
        System.out.flush();
        System.exit(0);
    }

    private static void print(String name, String result, String reason) {
        StringBuilder quoted = new StringBuilder();
        for (char c : String.valueOf(reason).toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else {
                quoted.append(c < 32 ? ' ' : c);
            }
        }
        System.out.println("{\"case\":\"" + name + "\",\"result\":\"" + result + "\",\"reason\":\"" + quoted + "\"}");
        System.out.flush();
    }
}
