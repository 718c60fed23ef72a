"""One person or one address cannot fill the public log, whatever they claim about where they come from."""

import asyncio
import json
from typing import Any

import pytest

from tests.integration.gateway.conftest import Street
from tests.pending import pending_messages

PROXY = "127.0.0.0/8, ::1"


@pytest.fixture(autouse=True)
def _small_budgets(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    # Windows of an hour: no test meets the end of one by chance.
    monkeypatch.setenv("AMANAH_REFUSALS_RECORDED", "3/hour")
    monkeypatch.setenv("AMANAH_STRANGERS_RECORDED", "5/hour")
    monkeypatch.setenv("AMANAH_TRUSTED_PROXIES", getattr(request, "param", ""))


async def refused(street: Street, addresses: list[str]) -> list[str]:
    """Of which addresses a refused token is an entry, once each of `addresses` was claimed with one."""
    for address in addresses:
        headers = {"authorization": "Bearer forged-token", "x-forwarded-for": address}
        status, _, _ = await street.request("POST", "/graphql", headers=headers, json={"query": "{ __typename }"})
        assert status == 401
    return [e["origin"]["ip"] for e in await written(street) if e["action"] == "access:token:refuse"]


async def written(street: Street) -> list[dict[str, Any]]:
    """All that the gateway put on the trail, published or not."""
    kept = [bytes(d["value"]) for d in await pending_messages(street.runtime.database("gateway"))]
    reader = await street.runtime.bus.subscribe(["audit.entries.v1"], group=None)
    kept += [message.value for message in await reader.poll(timeout=0.1)]
    await reader.close()
    entries = [json.loads(value) for value in kept]
    return sorted({entry["id"]: entry for entry in entries}.values(), key=lambda entry: str(entry["time"]))


async def test_one_request_with_many_aliases_is_a_few_denials(street: Street) -> None:
    token = street.token("Sari", "RECIPIENT", "32.01.05")
    query = " ".join(f"a{n}: auditEntries(first: 1) {{ totalCount }}" for n in range(30))
    status, body = await street.graphql(token, f"{{ {query} }}")
    assert (status, {error["extensions"]["code"] for error in body["errors"]}) == (200, {"FORBIDDEN"})
    denials: list[dict[str, Any]] = []
    async with asyncio.timeout(20):  # the first that fails answers for all
        while len(denials) < 3:
            denials = [e for e in await written(street) if e["action"] == "access:request:deny"]
    assert [denial["actor"]["role"] for denial in denials] == ["RECIPIENT"] * 3


async def test_whoever_connects_does_not_say_from_where(street: Street) -> None:
    assert await refused(street, [f"9.9.9.{n}" for n in range(8)]) == ["127.0.0.1"] * 3


@pytest.mark.parametrize("_small_budgets", [PROXY], indirect=True)
async def test_a_trusted_proxy_says_who_connected_to_it(street: Street) -> None:
    claims = ["9.9.9.1", "9.9.9.9, 9.9.9.1", "9.9.9.1", "9.9.9.1", "9.9.9.2"]
    assert await refused(street, claims) == ["9.9.9.1", "9.9.9.1", "9.9.9.1", "9.9.9.2"]


@pytest.mark.parametrize("_small_budgets", [PROXY], indirect=True)
async def test_one_network_is_one_and_all_together_are_bounded(street: Street) -> None:
    one = [f"2001:db8:1:2::{n:x}" for n in range(5)]
    others = [f"2001:db8:1:{n:x}::1" for n in range(16, 24)]
    assert await refused(street, one + others) == one[:3] + others[:2]
