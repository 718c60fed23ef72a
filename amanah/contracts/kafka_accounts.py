"""Users of the Kafka brokers, as the service that owns them describes them and the command line creates them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class KafkaAccount:
    """User of the brokers (SCRAM-SHA-512), the topics it may write and read, and the prefix of its consumer groups."""

    name: str
    salt: bytes
    salted_password: bytes
    iterations: int
    writes: tuple[str, ...]
    reads: tuple[str, ...]
    groups: str
