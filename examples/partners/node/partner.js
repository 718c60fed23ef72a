// Sends a file of events to Amanah over Kafka and prints the outcome of each: node partner.js FILE
// Settings come from the environment: KAFKA_SERVERS, KAFKA_USER, KAFKA_PASSWORD, KAFKA_SECURITY (SASL_SSL unless set),
// KAFKA_COMPRESSION (none, gzip; kafkajs needs a package for others), PARTNER (your id) and TOKEN.

import { readFileSync } from "node:fs";
import kafkajs from "kafkajs";

const { CompressionTypes, Kafka, logLevel } = kafkajs;
const { KAFKA_SERVERS, KAFKA_USER, KAFKA_PASSWORD, KAFKA_SECURITY, KAFKA_COMPRESSION, PARTNER, TOKEN } = process.env;
const WAIT_MS = 60_000;

const document = readFileSync(process.argv[2]);
const body = JSON.parse(document);
const events = body.type === "EPCISDocument" ? body.epcisBody.eventList : [body];
// Each event needs an eventID here, because outcomes are matched by it.
const awaited = new Set(events.map((event) => event.eventID));
// The key: all events of one package in one partition, so that they keep their order.
const key = (events[0].epcList?.[0] ?? events[0].parentID ?? "").split(":").pop();

const security = KAFKA_SECURITY ?? "SASL_SSL";
const kafka = new Kafka({
  clientId: "partner-example",
  brokers: KAFKA_SERVERS.split(","),
  ssl: security === "SASL_SSL",
  sasl: security === "PLAINTEXT" ? undefined : { mechanism: "scram-sha-512", username: KAFKA_USER, password: KAFKA_PASSWORD },
  logLevel: logLevel.ERROR,
});

const producer = kafka.producer();
await producer.connect();
await producer.send({
  topic: "logistics.intake.v1",
  acks: -1,
  compression: KAFKA_COMPRESSION === "gzip" ? CompressionTypes.GZIP : CompressionTypes.None,
  messages: [{ key, value: document, headers: { "amanah-token": TOKEN } }],
});
await producer.disconnect();

const consumer = kafka.consumer({ groupId: `${PARTNER}-node` });
await consumer.connect();
await consumer.subscribe({ topic: `logistics.outcomes.${PARTNER}.v1`, fromBeginning: true });
await new Promise((done) => {
  const timer = setTimeout(done, WAIT_MS);
  consumer.run({
    eachMessage: async ({ message }) => {
      const outcome = JSON.parse(message.value);
      console.log(outcome.outcome, outcome.event_id ?? "-", outcome.code ?? "", outcome.explanation ?? "");
      awaited.delete(outcome.event_id);
      if (awaited.size === 0) {
        clearTimeout(timer);
        done();
      }
    },
  });
});
await consumer.disconnect();
if (awaited.size) {
  console.error(`no outcome yet: ${[...awaited].join(", ")}`);
  process.exit(1);
}
