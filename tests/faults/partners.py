"""Partners on Apache Kafka and the distribution role as a process of its own: what the tests of this folder disturb."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amanah.cli.embedded import free_port
from amanah.cli.process import token
from amanah.contracts.actor import Actor, Grant, Role
from amanah.contracts.partner_outcomes import PartnerEventDecided
from amanah.contracts.topics import LOGISTICS_INTAKE, dead_letters, partner_outcomes
from amanah.runtime.bus.bus import Bus, Message, Outgoing, Partition, Start
from amanah.runtime.identity import person_id
from amanah.runtime.settings import Settings
from tests.waiting import eventually

LETTERS = dead_letters(LOGISTICS_INTAKE.name)


@dataclass(frozen=True)
class Partner:
    """A partner that sends events with a token of the trial issuer."""

    name: str
    token: str

    @property
    def id(self) -> str:
        """The id of its user."""
        return person_id(self.name)

    @property
    def outcomes(self) -> str:
        """Its topic of outcomes."""
        return partner_outcomes(self.id).name

    @property
    def actor(self) -> Actor:
        """Its user, as commands see it."""
        return Actor(id=self.id, name=self.name, grants=(Grant(role=Role.LOGISTICS, area="32"),), session=self.name)

    def message(self, key: str, value: bytes | dict[str, Any], bearer: str | None = None) -> Outgoing:
        """A message on the intake topic, with the partner's token unless another `bearer` is given."""
        given = self.token if bearer is None else bearer
        headers = (("amanah-token", given.encode()),) if given else ()
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return Outgoing(LOGISTICS_INTAKE.name, key.encode(), body, headers)


@dataclass
class DistributionProcess:
    """`amanah serve distribution` on these stores; its database has the name `<prefix>_distribution`."""

    stores: Settings
    data: Path
    prefix: str
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def log(self) -> Path:
        """The output of the processes."""
        return self.data / "distribution.log"

    def partner(self, name: str) -> Partner:
        """A partner whose token this process trusts."""
        return Partner(name, token(self.data, "LOGISTICS", "32", name))

    def start(self) -> None:
        """Starts it."""
        known = {
            "MONGO_URL": str(self.stores.mongo_url),
            "S3_ENDPOINT": str(self.stores.s3_endpoint),
            "S3_SECRET_KEY": str(self.stores.s3_secret_key),
            "AMANAH_DATA": str(self.data),
            "AMANAH_DATABASE_PREFIX": self.prefix,
            "AMANAH_LOG_LEVEL": "info",
        }
        command = [sys.executable, "-m", "amanah", "serve", "distribution", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env={**os.environ, **known}, stdout=log, stderr=log)

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to it; it must be running."""
        assert self.process is not None
        assert self.process.poll() is None, f"it ended by itself: {self.log.read_text()[-4000:]}"
        self.process.send_signal(number)

    def kill(self) -> None:
        """Kills it, running or stopped."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Reader:
    """Reads outcomes of partners and letters from where they end when it is entered, and keeps what it has read."""

    def __init__(self, bus: Bus, *partners: Partner) -> None:
        self._bus = bus
        self._topics = [partner_outcomes(partner.id) for partner in partners]
        self._messages: dict[str, list[Message]] = {topic: [] for topic in (*(t.name for t in self._topics), LETTERS)}

    async def __aenter__(self) -> "Reader":
        """Subscribes."""
        await self._bus.ensure_topics(self._topics)
        self._since = await self._bus.ends([LOGISTICS_INTAKE.name])
        self._subscription = await self._bus.subscribe(list(self._messages), group=None, start=Start.NOW)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnects."""
        await self._subscription.close()

    async def read(self) -> None:
        """Reads what is new."""
        for message in await self._subscription.poll(5_000, timeout=0.1):
            self._messages[message.topic].append(message)

    @property
    def told(self) -> int:
        """The number of outcomes that were published, those that were published again after a kill among them."""
        return sum(len(self._messages[topic.name]) for topic in self._topics)

    async def until(self, holds: Callable[[], bool], seconds: float) -> None:
        """Reads until a condition on what was read holds."""

        async def read_and_look() -> bool:
            await self.read()
            return holds()

        await eventually(read_and_look, seconds)

    def outcomes(self, partner: Partner) -> list[PartnerEventDecided]:
        """The partner's outcomes in order; those that the relay published again after a kill are left out."""
        told = _once(self._messages[partner.outcomes], lambda m: m.header("ce_id"))
        return [PartnerEventDecided.model_validate_json(m.value) for m in told]

    def letters(self) -> Counter[bytes]:
        """Number of parked messages of each value; those parked again after a kill are left out."""
        parked = _once(self._messages[LETTERS], lambda m: (_where(m), _offset(m)))
        # A new database begins at the first message, and parks what other tests have sent with tokens of another issuer.
        return Counter(m.value for m in parked if _offset(m) >= self._since[_where(m)])


def _where(letter: Message) -> Partition:
    return Partition(LOGISTICS_INTAKE.name, int(letter.header("dlq_partition") or 0))


def _offset(letter: Message) -> int:
    return int(letter.header("dlq_offset") or 0)


def _once(messages: Sequence[Message], identity: Callable[[Message], object]) -> list[Message]:
    """The first message of each identity."""
    seen: dict[object, Message] = {}
    for message in messages:
        seen.setdefault(identity(message), message)
    return list(seen.values())


async def publish(bus: Bus, messages: Sequence[Outgoing]) -> None:
    """Publishes messages in batches, each partition's in order."""
    for start in range(0, len(messages), 500):
        await bus.publish(messages[start : start + 500])
