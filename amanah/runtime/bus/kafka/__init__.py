"""Bus on Apache Kafka; no other package imports aiokafka."""

from amanah.runtime.bus.kafka.bus import KafkaBus
from amanah.runtime.bus.kafka.subscription import KafkaSubscription

__all__ = ["KafkaBus", "KafkaSubscription"]
