package weir.demo;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.stereotype.Component;

/** Logs each message with the place that it came from; the thread's name tells which of the ten listeners it was. */
@Component
public class MessageListener {
    private static final Logger LOG = LoggerFactory.getLogger(MessageListener.class);

    @KafkaListener(topics = "${kafka.consumer.topic}", containerFactory = "kafkaListenerContainerFactory")
    public void onMessage(ConsumerRecord<String, MessageEntity> record) {
        LOG.info("received {} with key {} from partition {} at offset {}",
            record.value(), record.key(), record.partition(), record.offset());
    }
}
