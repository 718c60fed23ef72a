"""Lanes on Apache Kafka, with the distribution role as a process of its own: nobody waits for another partner.

`AMANAH_FLOOD=20000` floods with as many events. The tests assert the order of outcomes and print the seconds until the other
partner's event was taken.
"""

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiokafka import AIOKafkaProducer

from amanah.contracts.partner_outcomes import EventOutcome
from amanah.contracts.topics import LOGISTICS_INTAKE
from amanah.runtime.bus.bus import Outgoing, partition_of
from amanah.runtime.bus.kafka import KafkaBus
from tests.faults.partners import DistributionProcess, Partner, Reader, publish
from tests.integration.distribution.scene import Scene, moved

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

FLOOD = int(os.environ.get("AMANAH_FLOOD", "1000"))
POISON = 1_000
SECONDS = 30 + FLOOD / 50


@pytest.fixture
async def reader(
    distribution: DistributionProcess,
    bus: KafkaBus,
    partners: tuple[Partner, Partner],
    scene_in: Callable[[str], Awaitable[Scene]],
) -> AsyncIterator[Reader]:
    """Reads what the partners are told by the process, which has taken a first event of the second partner."""
    scene = await scene_in("distribution")
    scene.other_partner = scene.partner = partners[1].actor
    await scene.open()
    await scene.package("P-1")
    distribution.start()
    async with Reader(bus, *partners) as made:
        await publish(bus, [_valid(partners[1], "storing")])
        await made.until(lambda: made.told == 1, 60)
        yield made


def _valid(partner: Partner, step: str) -> Outgoing:
    return partner.message("P-1", moved("P-1", step, "GUDANG"))


async def _seconds_until_taken(bus: KafkaBus, read: Reader, partner: Partner, message: Outgoing) -> float:
    """Publishes a valid event of a partner, and waits until it is accepted."""
    known, began = len(read.outcomes(partner)), time.monotonic()
    await publish(bus, [message])
    await read.until(lambda: len(read.outcomes(partner)) > known, SECONDS)
    took = time.monotonic() - began
    assert read.outcomes(partner)[-1].outcome == EventOutcome.ACCEPTED
    return took


async def test_nobody_waits_for_the_flood_of_another(
    bus: KafkaBus, partners: tuple[Partner, Partner], reader: Reader
) -> None:
    flooding, other = partners
    await publish(bus, [flooding.message("P-1", moved(f"X-{n}", "shipping")) for n in range(FLOOD)])
    took = await _seconds_until_taken(bus, reader, other, _valid(other, "shipping"))
    told = len(reader.outcomes(flooding))
    print(f"taken after {took:.2f} s, with {told} of {FLOOD} events of the flood")
    assert told < FLOOD, "the other's event waited for the whole flood"
    await reader.until(lambda: len(reader.outcomes(flooding)) == FLOOD, SECONDS)


@pytest.mark.parametrize("bearer", ["", None], ids=["without a token", "not JSON"])
async def test_a_valid_event_is_soon_taken_behind_poison(
    bus: KafkaBus, partners: tuple[Partner, Partner], reader: Reader, bearer: str | None
) -> None:
    poisoning, other = partners
    parked = reader.letters().total()
    await publish(bus, [poisoning.message("P-1", b"{%d" % n, bearer) for n in range(POISON)])
    took = await _seconds_until_taken(bus, reader, other, _valid(other, "shipping"))
    print(f"taken after {took:.2f} s, behind {POISON} messages")

    def all_dealt_with() -> bool:
        told = len(reader.outcomes(poisoning)) if bearer is None else reader.letters().total() - parked
        return told == POISON

    await reader.until(all_dealt_with, SECONDS)


async def test_a_transaction_left_open_blocks_nobody(
    bus: KafkaBus, partners: tuple[Partner, Partner], reader: Reader
) -> None:
    leaving, other = partners
    unfinished, message = leaving.message("P-1", b"{"), _valid(other, "shipping")
    producer = AIOKafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"], transactional_id=leaving.id)
    await producer.start()
    try:
        await producer.begin_transaction()
        assert message.key is not None
        place = partition_of(message.key, LOGISTICS_INTAKE.partitions)
        await producer.send_and_wait(
            LOGISTICS_INTAKE.name, unfinished.value, partition=place, headers=list(unfinished.headers)
        )
        await _seconds_until_taken(bus, reader, other, message)
        await reader.until(lambda: len(reader.outcomes(leaving)) == 1, SECONDS)
        await producer.abort_transaction()
        await _seconds_until_taken(bus, reader, other, _valid(other, "arriving"))
    finally:
        await producer.stop()
