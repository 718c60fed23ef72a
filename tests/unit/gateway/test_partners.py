"""Partners as an administrator's screen sends and reads them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from amanah.contracts.actor import Actor
from amanah.contracts.errors import Refused
from amanah.contracts.message import Many
from amanah.contracts.partners import (
    AddPartner,
    ChangePartner,
    CredentialView,
    GetPartners,
    ListPartners,
    NewCredential,
    PartnerAccount,
    PartnerLimits,
    PartnersAnswer,
    PartnerView,
    ResumePartner,
    RotatePartnerCredential,
    SuspendPartner,
)

AT = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
PARTNER = PartnerView(
    id="ptn_01m85y3xky0002kqb7y76h0qfn", name="PT Angkut", contacts=("Siti",), area="32.01", places=(), packages=("B-",),
    status="ACTIVE", sandbox=False, limits=PartnerLimits(), subjects=(),
    credentials=(CredentialView(kind="HMAC", name="ptn_1", since=AT),),
)  # fmt: skip
NEW = NewCredential(kind="OAUTH2", name="ptn_1", secret="s3cret", earlier_until=AT)
ADD = """mutation($input: AddPartnerInput!) { addPartner(input: $input) {
  partner { id name area { code name } limits { eventsPerMinute } } credentials { kind name secret earlierUntil }
  userErrors { code field } } }"""


async def test_a_partner_is_added_with_its_credentials(gateway: Any, person: Callable[..., Actor]) -> None:
    gateway.owners.answers[AddPartner] = PartnerAccount(partner=PARTNER, credentials=(NEW,))
    given = {"name": " PT Angkut ", "area": "32.01", "limits": {"eventsPerMinute": 5}}
    added = (await gateway.data(person("Adi", ADMIN="32"), ADD, input=given))["addPartner"]
    assert added["partner"] == {
        "id": PARTNER.id, "name": "PT Angkut", "area": {"code": "32.01", "name": "Kabupaten Bogor"},
        "limits": {"eventsPerMinute": 60000},
    }  # fmt: skip
    assert added["credentials"] == [
        {"kind": "OAUTH2", "name": "ptn_1", "secret": "s3cret", "earlierUntil": "2026-11-24T02:30:00.000Z"}
    ]
    (ask,) = gateway.owners.asked
    assert (ask.name, ask.limits.events_per_minute, ask.limits.pending_events) == ("PT Angkut", 5, 50_000)
    for by in (person("Adi", ADMIN="33"), person("Sari", SUPERVISOR="32")):
        response = await gateway.ask(by, ADD, input=given)
        assert response["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    gateway.owners.answers[AddPartner] = Refused("partner_name_taken", "name")
    refused = (await gateway.data(person("Adi", ADMIN="32"), ADD, input=given))["addPartner"]
    assert refused == {
        "partner": None,
        "credentials": None,
        "userErrors": [{"code": "partner_name_taken", "field": "name"}],
    }
    bad = (await gateway.data(person("Adi", ADMIN="32"), ADD, input=given | {"subjects": ["Siti"]}))["addPartner"]
    assert [e["field"] for e in bad["userErrors"]] == ["subjects.0"]


async def test_partners_are_listed_found_and_changed(gateway: Any, person: Callable[..., Actor]) -> None:
    admin = person("Adi", ADMIN="32")
    account = PartnerAccount(partner=PARTNER, credentials=(NEW,))
    gateway.owners.answers |= {
        ListPartners: Many[PartnerView](nodes=(PARTNER,), cursors=("c",), total=1),
        GetPartners: PartnersAnswer(nodes=(PARTNER,)),
        ChangePartner: PARTNER,
        RotatePartnerCredential: account,
        SuspendPartner: PARTNER,
        ResumePartner: PARTNER,
    }
    fields = "id contacts packages status reason credentials { kind name until }"
    shown = {
        "id": PARTNER.id, "contacts": ["Siti"], "packages": ["B-"], "status": "ACTIVE", "reason": None,
        "credentials": [{"kind": "HMAC", "name": "ptn_1", "until": None}],
    }  # fmt: skip
    listed = await gateway.data(admin, f"{{ partners(status: ACTIVE) {{ totalCount nodes {{ {fields} }} }} }}")
    assert listed["partners"] == {"totalCount": 1, "nodes": [shown]}
    both = (
        f'{{ partner(id: "{PARTNER.id}") {{ {fields} }} node(id: "{PARTNER.id}") {{ ... on Partner {{ {fields} }} }} }}'
    )
    assert await gateway.data(admin, both) == {"partner": shown, "node": shown}
    for command, more in (
        ("changePartner", "places: []"),
        ("rotatePartnerCredential", "kind: HMAC, now: true"),
        ("suspendPartner", 'reason: "The contract ended"'),
        ("resumePartner", ""),
    ):
        query = f'mutation {{ {command}(input: {{ partnerId: "{PARTNER.id}" {more} }}) {{ partner {{ name }} }} }}'
        assert await gateway.data(admin, query) == {command: {"partner": {"name": "PT Angkut"}}}
    changed, rotated, suspended, _ = gateway.owners.asked[-4:]
    assert (changed.places, changed.packages, rotated.now, suspended.reason) == ((), None, True, "The contract ended")
