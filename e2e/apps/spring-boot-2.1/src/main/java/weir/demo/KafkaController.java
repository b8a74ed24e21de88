package weir.demo;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.support.SendResult;
import org.springframework.util.concurrent.ListenableFuture;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The two endpoints. */
@RestController
@RequestMapping("/kafka")
public class KafkaController {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaController.class);
    private final KafkaTemplate<String, MessageEntity> template;
    private final String topic;

    public KafkaController(
            KafkaTemplate<String, MessageEntity> template, @Value("${kafka.consumer.topic}") String topic) {
        this.template = template;
        this.topic = topic;
    }

    @GetMapping("/hello")
    public Response hello() {
        return Response.success();
    }

    /** Answers after the broker did: a message that was answered with 200 is acknowledged. */
    @PostMapping("/send")
    public Response send(@RequestBody MessageEntity message) {
        try {
            ListenableFuture<SendResult<String, MessageEntity>> sent = template.send(topic, "key", message);
            sent.addCallback(new SendCallback(message));
            sent.get(10, TimeUnit.SECONDS);
            return Response.success();
        } catch (Exception error) {
            LOG.error("cannot send {}", message, error);
            return Response.failure(String.valueOf(error.getMessage()));
        }
    }
}
