"""Sends a file of events to Amanah over Kafka and prints the outcome of each.

    partner.py FILE

Settings come from the environment: KAFKA_SERVERS, KAFKA_USER, KAFKA_PASSWORD, KAFKA_SECURITY (SASL_SSL unless set),
KAFKA_COMPRESSION (none, gzip, snappy, lz4, zstd), PARTNER (your id) and TOKEN.
"""

import json
import os
import sys
import time

from confluent_kafka import Consumer, Producer

WAIT_SECONDS = 60

security = os.environ.get("KAFKA_SECURITY", "SASL_SSL")
login = {"bootstrap.servers": os.environ["KAFKA_SERVERS"], "security.protocol": security}
if security.startswith("SASL"):
    login["sasl.mechanism"] = "SCRAM-SHA-512"
    login["sasl.username"] = os.environ["KAFKA_USER"]
    login["sasl.password"] = os.environ["KAFKA_PASSWORD"]
partner = os.environ["PARTNER"]
with open(sys.argv[1], "rb") as file:
    document = file.read()
body = json.loads(document)
events = body["epcisBody"]["eventList"] if body["type"] == "EPCISDocument" else [body]
# Each event needs an eventID here, because outcomes are matched by it.
awaited = {event["eventID"] for event in events}
# The key: all events of one package in one partition, so that they keep their order.
names = events[0].get("epcList") or [events[0].get("parentID", "")]
key = names[0].rpartition(":")[2]

sent = []


def delivered(error, message):
    """Ends the program when the brokers did not take the message."""
    if error:
        sys.exit(f"not sent: {error}")
    sent.append(message)


compression = os.environ.get("KAFKA_COMPRESSION", "none")
producer = Producer({**login, "acks": "all", "enable.idempotence": True, "compression.type": compression})
producer.produce(
    "logistics.intake.v1", document, key, headers={"amanah-token": os.environ["TOKEN"]}, callback=delivered
)
producer.flush(WAIT_SECONDS)
if not sent:
    sys.exit("not sent: the brokers did not answer")

consumer = Consumer({**login, "group.id": f"{partner}-python", "auto.offset.reset": "earliest"})
consumer.subscribe([f"logistics.outcomes.{partner}.v1"])
deadline = time.monotonic() + WAIT_SECONDS
while awaited and time.monotonic() < deadline:
    message = consumer.poll(1)
    if message is None:
        continue
    if message.error():
        print(message.error(), file=sys.stderr)
        continue
    outcome = json.loads(message.value())
    print(outcome["outcome"], outcome["event_id"] or "-", outcome["code"] or "", outcome["explanation"] or "")
    # A rejected message may have no event id: then it is about the whole document.
    awaited.discard(outcome["event_id"])
consumer.close()
sys.exit(f"no outcome yet: {', '.join(sorted(awaited))}" if awaited else 0)
