package weir.demo;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.support.SendResult;
import org.springframework.util.concurrent.ListenableFutureCallback;

/** Logs where a message went and how long that took. */
public class SendCallback implements ListenableFutureCallback<SendResult<String, MessageEntity>> {
    private static final Logger LOG = LoggerFactory.getLogger(SendCallback.class);
    private final long start = System.currentTimeMillis();
    private final MessageEntity message;

    public SendCallback(MessageEntity message) {
        this.message = message;
    }

    @Override
    public void onSuccess(SendResult<String, MessageEntity> result) {
        LOG.info("sent {} to partition {} at offset {} in {} ms", message,
            result.getRecordMetadata().partition(), result.getRecordMetadata().offset(),
            System.currentTimeMillis() - start);
    }

    @Override
    public void onFailure(Throwable error) {
        LOG.error("not sent: {}", message, error);
    }
}
