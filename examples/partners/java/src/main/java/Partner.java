import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Sends a file of events to Amanah over Kafka and prints the outcome of each: Partner FILE
 *
 * <p>Settings come from the environment: KAFKA_SERVERS, KAFKA_USER, KAFKA_PASSWORD, KAFKA_SECURITY (SASL_SSL unless
 * set), KAFKA_COMPRESSION (none, gzip, snappy, lz4, zstd), PARTNER (your id) and TOKEN.
 */
public final class Partner {
  private static final int WAIT_SECONDS = 60;

  public static void main(String[] arguments) throws Exception {
    Map<String, String> environment = System.getenv();
    String partner = environment.get("PARTNER");
    byte[] document = Files.readAllBytes(Path.of(arguments[0]));
    ObjectMapper json = new ObjectMapper();
    JsonNode body = json.readTree(document);
    JsonNode events = body.at("/epcisBody/eventList");
    // Each event needs an eventID here, because outcomes are matched by it.
    Set<String> awaited = new HashSet<>();
    for (JsonNode event : events.isMissingNode() ? List.of(body) : events) {
      awaited.add(event.path("eventID").asText());
    }
    // The key: all events of one package in one partition, so that they keep their order.
    JsonNode first = events.isMissingNode() ? body : events.get(0);
    String name = first.at("/epcList/0").asText(first.path("parentID").asText());
    String key = name.substring(name.lastIndexOf(':') + 1);

    Map<String, Object> login = new HashMap<>();
    login.put("bootstrap.servers", environment.get("KAFKA_SERVERS"));
    login.put("security.protocol", environment.getOrDefault("KAFKA_SECURITY", "SASL_SSL"));
    login.put("sasl.mechanism", "SCRAM-SHA-512");
    login.put(
        "sasl.jaas.config",
        "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"%s\";"
            .formatted(environment.get("KAFKA_USER"), environment.get("KAFKA_PASSWORD")));

    // Idempotent writes and acks of all replicas are the defaults.
    Map<String, Object> producing = new HashMap<>(login);
    producing.put("compression.type", environment.getOrDefault("KAFKA_COMPRESSION", "none"));
    try (var producer = new KafkaProducer<>(producing, new StringSerializer(), new ByteArraySerializer())) {
      var message = new ProducerRecord<>("logistics.intake.v1", key, document);
      message.headers().add("amanah-token", environment.get("TOKEN").getBytes());
      producer.send(message).get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    Map<String, Object> consuming = new HashMap<>(login);
    consuming.put("group.id", partner + "-java");
    consuming.put("auto.offset.reset", "earliest");
    try (var consumer = new KafkaConsumer<>(consuming, new StringDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of("logistics.outcomes." + partner + ".v1"));
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
      while (!awaited.isEmpty() && System.nanoTime() < deadline) {
        for (var message : consumer.poll(Duration.ofSeconds(1))) {
          JsonNode outcome = json.readTree(message.value());
          String id = outcome.path("event_id").asText("-");
          System.out.printf(
              "%s %s %s %s%n",
              outcome.path("outcome").asText(), id, outcome.path("code").asText(""), outcome.path("explanation").asText(""));
          awaited.remove(id);
        }
      }
    }
    if (!awaited.isEmpty()) {
      System.err.println("no outcome yet: " + awaited);
      System.exit(1);
    }
  }
}
