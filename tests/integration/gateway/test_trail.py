"""Refusals at every endpoint are on the audit trail: why, from where, and nothing of the secret."""

import json
import re
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from amanah.runtime import telemetry
from tests.integration.gateway.conftest import Street
from tests.pending import pending_messages

SECRET = "a secret of sixteen or more"


@pytest.fixture(autouse=True)
def _sms_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET", "TWILIO_TOKEN", "KANNEL_SECRET", "RAPIDPRO_TOKEN"):
        monkeypatch.setenv(f"AMANAH_GATEWAY_SMS_{name}", SECRET)


FORGED = {"authorization": "Bearer forged-token"}
QUERY = {"json": {"query": "{ programs { totalCount } }"}}
DOORS = [
    ("POST", "/graphql", {"headers": FORGED, **QUERY}, "token_invalid"),
    ("POST", "/partners/v1/capture", {"headers": FORGED, "data": b"{}"}, "token_invalid"),
    ("GET", "/partners/v1/capture/cap_1", {"headers": FORGED}, "token_invalid"),
    ("POST", "/sms/inbound", {"headers": {"x-signature": "forged-token"}, "data": b"{}"}, "signature_invalid"),
    ("POST", "/sms/twilio", {"headers": {"x-twilio-signature": "forged-token"}, "data": {"Body": "x"}}, "signature_invalid"),
    ("GET", "/sms/kannel?secret=forged-token&from=1&text=x", {}, "signature_invalid"),
    ("POST", "/sms/rapidpro", {"headers": {"authorization": "Token forged-token"}, "data": {"text": "x"}}, "signature_invalid"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "more", "code"), DOORS, ids=[path.split("?")[0] for _, path, _, _ in DOORS])
async def test_a_bad_secret_is_an_entry_at_every_door(
    street: Street, method: str, path: str, more: dict[str, Any], code: str
) -> None:
    status, _, _ = await street.request(method, path, **more)
    assert status == 401
    (entry,) = await street.entries(1)
    assert (entry["action"], entry["outcome"], entry["reason"]) == ("access:token:refuse", "refused", code)
    assert (entry["actor"]["id"], entry["origin"]["ip"]) == ("unknown", "127.0.0.1")
    assert "forged-token" not in str(entry)


async def test_no_header_of_a_client_puts_words_or_numbers_into_the_log(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(seen))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    nik = "3201050101850001"
    headers = {
        "authorization": f"Bearer {street.token('Budi', 'OFFICER', '32.01.05')}",
        "x-device-id": "HP Ibu Siti Aminah RT4",
        "traceparent": f"00-{nik}{'0' * 15}1-00f067aa0ba902b7-01",
    }
    status, _, _ = await street.request("POST", "/partners/v1/capture", headers=headers, data=b"{}")
    assert status == 403
    login, denial = await street.entries(2)
    assert login["origin"]["device"].startswith("hidden-")
    assert login["origin"]["device"] == denial["origin"]["device"]
    assert re.fullmatch("[0-9a-f]{32}", login["origin"]["trace"])
    assert login["origin"]["trace"] == denial["origin"]["trace"]
    assert not any(said in str([login, denial]) for said in (nik, "Siti"))
    (entered,) = [span for span in seen.get_finished_spans() if span.name == "POST /partners"]
    (link,) = entered.links
    assert f"{link.context.trace_id:032x}" == f"{nik}{'0' * 15}1"
    assert entered.context
    assert f"{entered.context.trace_id:032x}" == login["origin"]["trace"]


async def test_who_may_not_hand_in_events_is_denied_on_the_trail(street: Street) -> None:
    token = street.token("Budi", "OFFICER", "32.01.05")
    headers = {"authorization": f"Bearer {token}"}
    status, _, _ = await street.request("POST", "/partners/v1/capture", headers=headers, data=b"{}")
    assert status == 403
    login, denial = await street.entries(2)
    assert (login["action"], login["actor"]["role"]) == ("access:session:start", "OFFICER")
    assert (denial["action"], denial["subject"]["id"]) == ("access:request:deny", "distribution.capture_events")
    assert denial["actor"]["id"] == login["actor"]["id"]


async def test_what_anybody_may_read_leaves_no_entry(street: Street) -> None:
    await street.request("GET", "/verify/rep_nothing")
    await street.request("GET", "/log/checkpoint")
    await street.request("POST", "/graphql", headers=FORGED, **QUERY)
    (entry,) = await street.entries(1)
    assert entry["action"] == "access:token:refuse"


async def test_a_refused_mutation_is_an_entry_of_its_owner(street: Street) -> None:
    token = street.token("Ratna", "SUPERVISOR", "32.01")
    mutation = (
        'mutation { reopenEntitlement(input: {entitlementId: "ent_0", reason: "found again"}) { userErrors { code } } }'
    )
    await street.graphql(token, mutation)
    pending = await pending_messages(street.runtime.database("distribution"))
    kept = [bytes(d["value"]).decode() for d in pending]
    (entry,) = [e for e in kept if "access:request:refuse" in e]
    assert "distribution.reopen_entitlement" in entry
    assert '"ip":"127.0.0.1"' in entry


async def test_who_calls_a_service_past_the_gateway_is_an_entry(street: Street) -> None:
    headers = {"amanah-actor": "forged-token"}
    status, _ = await street.transports["recipients"].post("/rpc/reveal_nik", b"{}", headers, 5)
    assert status == 401
    pending = await pending_messages(street.runtime.database("recipients"))
    entries = [json.loads(bytes(d["value"])) for d in pending if b"access:call:refuse" in bytes(d["value"])]
    (entry,) = entries
    assert (entry["outcome"], entry["reason"]) == ("refused", "token_invalid")
    assert entry["subject"] == {"type": "Request", "id": "recipients.reveal_nik"}
    assert (entry["actor"]["id"], entry["origin"]["ip"]) == ("unknown", "127.0.0.1")
    assert "forged-token" not in str(entry)
