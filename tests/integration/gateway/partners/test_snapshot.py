"""A package and its history are of one moment, whatever is written while they are read."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from amanah.runtime.mongo import Tx
from services.distribution.custody.documents import CUSTODY_STEPS, PACKAGES, CustodyStepDocument
from tests.integration.gateway.partners.documents import package

CODE = "PKT-1"
ID = "pkg_01m85y3xky0002kqb7y76h0qfn"
NOW = datetime.now(UTC)

PACKAGE = package(ID, CODE)

FIELDS = "status history(first: 100) { totalCount nodes { step } }"
READS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "package": (f'{{ package(code: "{CODE}") {{ {FIELDS} }} }}', lambda data: data["package"]),
    "fragment": (
        f'query ($n: Int) {{ package(code: "{CODE}") {{ ...P }} }} fragment P on Package {{ status ... on Package '
        "{ history(first: $n) { totalCount nodes { step } } } }",
        lambda data: data["package"],
    ),
    "packages": (f"{{ packages {{ nodes {{ {FIELDS} }} }} }}", lambda data: data["packages"]["nodes"][0]),
    "edges": (
        f"{{ packages {{ edges {{ node {{ {FIELDS} }} }} }} }}",
        lambda data: data["packages"]["edges"][0]["node"],
    ),
    "node": (f'{{ node(id: "{ID}") {{ ... on Package {{ {FIELDS} }} }} }}', lambda data: data["node"]),
}


def step(number: int) -> CustodyStepDocument:
    return {
        "_id": f"{ID}~{number:06}", "package": ID, "key": f"k{number}", "event": f"e{number}",
        "at": NOW + timedelta(milliseconds=number), "recordedAt": NOW, "kind": "ObjectEvent", "action": "OBSERVE",
        "step": "shipping" if number % 2 else "receiving", "place": None, "counted": [], "conditions": [],
        "declaresError": False, "transactions": [], "extensions": "", "source": "Truk", "partner": "usr_1",
        "difference": None,
    }  # fmt: skip


def status_after(steps: int) -> str:
    return "REGISTERED" if steps == 0 else "IN_TRANSIT" if steps % 2 else "ARRIVED"


async def write_steps(database: Any, stop: asyncio.Event) -> int:
    """Writes steps, each with the package's status in one transaction, until stopped; returns their number."""
    number = 0
    while not stop.is_set():
        number += 1

        async def move(tx: Tx, number: int = number) -> None:
            await database[CUSTODY_STEPS].insert(step(number), tx=tx)
            change = {"$set": {"status": status_after(number)}, "$inc": {"version": 1}}
            await database[PACKAGES].update({"_id": ID}, change, tx=tx)

        await database.transaction(move)
    return number


@pytest.mark.parametrize("name", READS)
async def test_a_status_is_that_of_the_history_beside_it(street: Any, name: str) -> None:
    database = street.runtime.database("distribution")
    await database[PACKAGES].insert(PACKAGE)
    token = street.token("Truk", "LOGISTICS", "32.01")
    query, package_in = READS[name]

    async def read() -> tuple[str, int]:
        status, body = await street.graphql(token, query, n=100)
        assert status == 200, body
        found = package_in(body["data"])
        return found["status"], found["history"]["totalCount"]

    assert await read() == ("REGISTERED", 0)
    stop = asyncio.Event()
    writer = asyncio.create_task(write_steps(database, stop))
    try:
        seen = [await read() for _ in range(40)]
    finally:
        stop.set()
    assert await writer > 10
    assert [(status, steps) for status, steps in seen if status != status_after(steps)] == []
    assert len({steps for _, steps in seen}) > 10


async def test_a_page_that_is_not_possible_is_refused_at_its_field(street: Any) -> None:
    await street.runtime.database("distribution")[PACKAGES].insert(PACKAGE)
    token = street.token("Truk", "LOGISTICS", "32.01")

    async def ask(page: str) -> Any:
        query = f'{{ package(code: "{CODE}") {{ code history({page}) {{ totalCount }} }} }}'
        return (await street.graphql(token, query))[1]

    for page, reason in (("first: 0", "page_size"), ('after: "nowhere"', "bad_input")):
        body = await ask(page)
        (error,) = body["errors"]
        assert (error["path"], error["extensions"]["reason"]) == (["package", "history"], reason)
    body = await ask("first: null")
    assert body["data"]["package"]["history"] == {"totalCount": 0}
