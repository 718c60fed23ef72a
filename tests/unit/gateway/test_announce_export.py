"""Announcing an export of the log: what the owner is asked, and what can be mended."""

from collections.abc import Callable
from datetime import UTC, datetime

from amanah.contracts.actor import Actor
from amanah.contracts.audit.exports import AnnounceExport, ExportAnnounced
from amanah.contracts.errors import Refused
from tests.unit.gateway.conftest import Gateway

Person = Callable[..., Actor]
MUTATION = """mutation($input: AnnounceExportInput!) {
  announceExport(input: $input) { entryId userErrors { code field message } } }"""
ASKED = {
    "authority": "ST-123/2026",
    "subjects": ["rcp_1", "PKT-1"],
    "actorId": "usr_1",
    "from": "2026-11-01T00:00:00+07:00",
}


async def test_an_export_is_announced_as_it_is_asked_for(gateway: Gateway, person: Person) -> None:
    gateway.owners.answers[AnnounceExport] = ExportAnnounced(entry_id="aud_1")
    data = await gateway.data(person("Budi", AUDITOR="32"), MUTATION, input=ASKED)
    assert data["announceExport"] == {"entryId": "aud_1", "userErrors": []}
    (asked,) = gateway.owners.asked
    assert isinstance(asked, AnnounceExport)
    assert (asked.authority, asked.subjects, asked.actor_id) == ("ST-123/2026", ("rcp_1", "PKT-1"), "usr_1")
    assert (asked.since, asked.until) == (datetime(2026, 10, 31, 17, tzinfo=UTC), None)


async def test_what_cannot_stand_in_the_public_log_is_to_be_mended(gateway: Gateway, person: Person) -> None:
    auditor = person("Budi", AUDITOR="32")
    for field, value, told in (
        ("authority", "  ", "authority"),
        ("authority", "x" * 201, "authority"),
        ("subjects", ["Ibu Sari, Bekasi"], "subjects.0"),
        ("subjects", ["rcp_1"] * 51, "subjects"),
        ("actorId", "a b", "actorId"),
    ):
        data = await gateway.data(auditor, MUTATION, input=ASKED | {field: value})
        assert [(e["code"], e["field"]) for e in data["announceExport"]["userErrors"]] == [("invalid", told)]
    gateway.owners.answers[AnnounceExport] = Refused("reason_unfit", "authority")
    data = await gateway.data(auditor, MUTATION, input=ASKED)
    assert [(e["code"], e["field"]) for e in data["announceExport"]["userErrors"]] == [("reason_unfit", "authority")]
    assert data["announceExport"]["entryId"] is None


async def test_who_may_not_read_the_log_may_not_announce(gateway: Gateway, person: Person) -> None:
    response = await gateway.ask(person("Sari", OFFICER="32.01"), MUTATION, input=ASKED)
    assert response["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert gateway.people.denials == [("Sari", "AnnounceExport")]
