package weir.demo;

/** The answer of every endpoint. */
public class Response {
    private final int code;
    private final String message;

    public Response(int code, String message) {
        this.code = code;
        this.message = message;
    }

    public static Response success() {
        return new Response(200, "SUCCESS");
    }

    public static Response failure(String message) {
        return new Response(500, message);
    }

    public int getCode() {
        return code;
    }

    public String getMessage() {
        return message;
    }
}
