"""A process with one consumer and its `/readyz`, for tests that stop and continue it.

`python tests/bus/member.py '{"mongo": ..., "db": ..., "group": ..., "topic": ..., "port": ..., "seconds": ..., "poison": ...}'`:
each message takes so many seconds, and those of partition 0 are poison if so asked; the offsets of the others are in `effects`.
"""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from amanah.cli.process import serving
from amanah.runtime import mongo
from amanah.runtime.bus.bus import Message
from amanah.runtime.bus.consumer import Consumer, Poison
from amanah.runtime.bus.kafka import KafkaBus
from amanah.runtime.mongo import Database, Tx
from amanah.runtime.service import Service


def consumer(bus: KafkaBus, db: Database, asked: dict[str, Any]) -> Consumer:
    async def take(_: object, tx: Tx, messages: Sequence[Message]) -> None:
        for message in messages:
            await asyncio.sleep(asked["seconds"])
            if asked["poison"] and message.partition == 0:
                raise Poison("undecodable", problem="unknown package")
            await db["effects"].put({"_id": f"{message.partition}/{message.offset}"}, tx=tx)

    return Consumer(bus, db, group=asked["group"], store=None, raw={asked["topic"]: take})


async def main(asked: dict[str, Any]) -> None:
    async with mongo.connect(asked["mongo"]) as connected:
        db = connected(asked["db"])
        bus = KafkaBus(os.environ["KAFKA_BOOTSTRAP_SERVERS"])

        async def prepare() -> None:
            await db["effects"].ensure_indexes([])

        service = Service("member", prepare=prepare, workers=[consumer(bus, db, asked)])
        async with service.running(), serving(service, "127.0.0.1", asked["port"]):
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
