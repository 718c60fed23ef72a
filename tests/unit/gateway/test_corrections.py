"""Corrections, photos and thresholds: what the owner is asked, and how its views are shown."""

from collections.abc import Callable
from datetime import UTC, datetime

from amanah.contracts.actor import Actor
from amanah.contracts.corrections import (
    ApproveCorrection,
    CorrectionPage,
    CorrectionView,
    GetCorrections,
    ListCorrections,
    ProposeCorrection,
    RejectCorrection,
    ReopenEntitlement,
)
from amanah.contracts.errors import Refused
from amanah.contracts.evidence import (
    GetPhotoLinks,
    OriginalLink,
    PhotoLink,
    PhotoLinksAnswer,
    PhotoView,
    RevealOriginal,
)
from amanah.contracts.handovers.handovers import (
    Flag,
    GetHandovers,
    HandoversAnswer,
    HandoverView,
    SyncAnswer,
    SyncHandovers,
    SyncResult,
)
from amanah.contracts.rounds import EntitlementView, ProgramView, SetThresholds, Thresholds
from tests.unit.gateway import views
from tests.unit.gateway.conftest import Gateway

AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
SAID = "2026-03-02T02:30:00.000Z"

CORRECTION = CorrectionView(
    id="cor_1", status="PROPOSED", handover_id="hov_1", entitlement_id="ent_1", round_id="rnd_1", area="32.01.05.2001",
    reason="Given to the neighbour.", authority="", evidence_count=1, proposed_by="Budi", proposed_at=AT,
    decided_by=None, decided_at=None, decision_authority="", note="",
)  # fmt: skip
FIELDS = "id status reason evidenceCount proposedBy proposedAt decidedBy area { code }"
SHOWN = {
    "id": "cor_1", "status": "PROPOSED", "reason": "Given to the neighbour.", "evidenceCount": 1, "proposedBy": "Budi",
    "proposedAt": SAID, "decidedBy": None, "area": {"code": "32.01.05.2001"},
}  # fmt: skip


def handover(number: int) -> HandoverView:
    """One that was recorded."""
    return views.handover().model_copy(
        update={
            "id": f"hov_{number}",
            "entitlement": EntitlementView(
                id=f"ent_{number}", round_id="rnd_1", recipient_id="rcp_1", area="32.01.05.2001", status="DELIVERED",
                items=(),
            ),
            "photo": PhotoView(id=f"evd_{number}", sha256="c" * 64, captured_at=AT, location=None),
            "flags": (Flag(code="too_fast", detail="9.", severity="MEDIUM", explanation="Too fast."),),
        }
    )  # fmt: skip


async def test_a_correction_is_proposed_and_decided(gateway: Gateway, supervisor: Actor) -> None:
    for ask in (ProposeCorrection, ApproveCorrection, RejectCorrection):
        gateway.owners.answers[ask] = CORRECTION
    client = "123e4567-e89b-12d3-a456-426614174000"
    data = await gateway.data(
        supervisor,
        f"""mutation($i: ProposeCorrectionInput!) {{
            proposeCorrection(input: $i) {{ correction {{ {FIELDS} }} userErrors {{ code }} }} }}""",
        i={"clientId": client, "handoverId": "hov_1", "reason": "Given to the neighbour.", "evidenceIds": ["upl_1"]},
    )
    assert data["proposeCorrection"] == {"correction": SHOWN, "userErrors": []}
    for name in ("approveCorrection", "rejectCorrection"):
        data = await gateway.data(
            supervisor,
            f"mutation($i: DecideCorrectionInput!) {{ {name}(input: $i) {{ correction {{ id }} userErrors {{ code }} }} }}",
            i={"correctionId": "cor_1", "note": "Seen.", "authority": "BA 7"},
        )
        assert data[name] == {"correction": {"id": "cor_1"}, "userErrors": []}
    assert gateway.owners.asked == [
        ProposeCorrection(
            client_id=client, handover_id="hov_1", reason="Given to the neighbour.", evidence_ids=("upl_1",)
        ),
        ApproveCorrection(correction_id="cor_1", note="Seen.", authority="BA 7"),
        RejectCorrection(correction_id="cor_1", note="Seen.", authority="BA 7"),
    ]


async def test_a_refusal_is_a_user_error(gateway: Gateway, supervisor: Actor) -> None:
    gateway.owners.answers[ApproveCorrection] = Refused("same_person", "correction_id")
    data = await gateway.data(
        supervisor,
        'mutation { approveCorrection(input: {correctionId: "cor_1"}) { correction { id } userErrors { code field } } }',
    )
    assert data["approveCorrection"] == {
        "correction": None, "userErrors": [{"code": "same_person", "field": "correctionId"}],
    }  # fmt: skip


async def test_corrections_are_listed_with_their_handovers_in_one_call(gateway: Gateway, supervisor: Actor) -> None:
    nodes = tuple(CORRECTION.model_copy(update={"id": f"cor_{n}", "handover_id": f"hov_{n}"}) for n in range(3))
    gateway.owners.answers[ListCorrections] = CorrectionPage(nodes=nodes, cursors=("a", "b", "c"), total=3)
    gateway.owners.answers[GetHandovers] = lambda ask: HandoversAnswer(
        nodes=tuple(handover(int(i[-1])) for i in ask.ids)
    )
    data = await gateway.data(
        supervisor,
        """{ corrections(filter: {status: PROPOSED, area: "32.01.05"}, first: 3) {
            totalCount nodes { id handover { id flags { code severity explanation } } } } }""",
    )
    assert data["corrections"]["totalCount"] == 3
    assert [n["handover"]["id"] for n in data["corrections"]["nodes"]] == ["hov_0", "hov_1", "hov_2"]
    assert data["corrections"]["nodes"][0]["handover"]["flags"] == [
        {"code": "too_fast", "severity": "MEDIUM", "explanation": "Too fast."}
    ]
    listed, fetched = gateway.owners.asked
    assert isinstance(listed, ListCorrections)
    assert (listed.status, listed.area, listed.first) == ("PROPOSED", "32.01.05", 3)
    assert fetched == GetHandovers(ids=("hov_0", "hov_1", "hov_2"))


async def test_a_correction_is_a_node(gateway: Gateway, supervisor: Actor) -> None:
    gateway.owners.answers[GetCorrections] = CorrectionPage(nodes=(CORRECTION,), cursors=("a",))
    data = await gateway.data(supervisor, f'{{ node(id: "cor_1") {{ ... on Correction {{ {FIELDS} }} }} }}')
    assert data["node"] == SHOWN


async def test_an_entitlement_is_reopened(gateway: Gateway, supervisor: Actor) -> None:
    gateway.owners.answers[ReopenEntitlement] = handover(1).entitlement.model_copy(update={"status": "PENDING"})
    data = await gateway.data(
        supervisor,
        """mutation { reopenEntitlement(input: {entitlementId: "ent_1", reason: "Found at last."}) {
            entitlement { id status } userErrors { code } } }""",
    )
    assert data["reopenEntitlement"] == {"entitlement": {"id": "ent_1", "status": "PENDING"}, "userErrors": []}


async def test_photos_are_looked_at_only_when_they_are_asked_for_and_then_at_once(
    gateway: Gateway, supervisor: Actor
) -> None:
    gateway.owners.answers[GetHandovers] = lambda ask: HandoversAnswer(
        nodes=tuple(handover(int(i[-1])) for i in ask.ids)
    )
    gateway.owners.answers[GetPhotoLinks] = lambda ask: PhotoLinksAnswer(
        nodes=tuple(
            PhotoLink(
                id=i,
                url=f"https://s3/{i}",
                thumbnail_url=f"https://s3/{i}/t",
                signature_url=f"https://s3/{i}/s",
                expires_at=AT,
            )
            for i in ask.ids
        )
    )
    both = """{
        a: node(id: "hov_1") { ... on Handover { photo { FIELDS } } }
        b: node(id: "hov_2") { ... on Handover { photo { FIELDS } } }
    }"""
    await gateway.data(supervisor, both.replace("FIELDS", "sha256 capturedAt"))
    assert [type(ask) for ask in gateway.owners.asked] == [GetHandovers]
    gateway.owners.asked.clear()
    data = await gateway.data(supervisor, both.replace("FIELDS", "url thumbnailUrl"))
    assert data["b"]["photo"] == {"url": "https://s3/hov_2", "thumbnailUrl": "https://s3/hov_2/t"}
    assert [getattr(ask, "ids", None) for ask in gateway.owners.asked] == [("hov_1", "hov_2")] * 2


async def test_an_original_is_revealed_to_auditors_only(gateway: Gateway, person: Callable[..., Actor]) -> None:
    gateway.owners.answers[RevealOriginal] = OriginalLink(url="https://s3/o", expires_at=AT)
    reveal = """mutation { revealOriginal(input: {handoverId: "hov_1", reason: "Compared with the case."}) {
        original { url expiresAt } userErrors { code field } } }"""
    data = await gateway.data(person("Gita", AUDITOR="32"), reveal)
    assert data["revealOriginal"] == {"original": {"url": "https://s3/o", "expiresAt": SAID}, "userErrors": []}
    short = await gateway.data(person("Gita", AUDITOR="32"), reveal.replace("Compared with the case.", "x"))
    assert [(e["code"], e["field"]) for e in short["revealOriginal"]["userErrors"]] == [("invalid", "reason")]
    denied = await gateway.ask(person("Ratna", SUPERVISOR="32"), reveal)
    assert denied["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert gateway.people.denials == [("Ratna", "RevealOriginal")]


async def test_thresholds_are_set_and_shown(gateway: Gateway, supervisor: Actor) -> None:
    view = ProgramView(id="prg_1", code="BPNT", name="Bantuan", items=(), thresholds=Thresholds(low_accuracy_m=60))
    gateway.owners.answers[SetThresholds] = view
    data = await gateway.data(
        supervisor,
        """mutation { setThresholds(input: {programId: "prg_1", thresholds: {lowAccuracyM: 60}, authority: "SK 4"}) {
            program { thresholds { lowAccuracyM farFromHomeM } } userErrors { code } } }""",
    )
    assert data["setThresholds"]["program"]["thresholds"] == {"lowAccuracyM": 60, "farFromHomeM": 1000}
    (asked,) = gateway.owners.asked
    assert isinstance(asked, SetThresholds)
    assert asked.thresholds.changed_values() == {"low_accuracy_m": 60}
    wrong = await gateway.data(
        supervisor,
        """mutation { setThresholds(input: {programId: "prg_1", thresholds: {photoSimilarBits: 64}}) {
            program { id } userErrors { code field } } }""",
    )
    assert [e["code"] for e in wrong["setThresholds"]["userErrors"]] == ["invalid"]


async def test_the_batchs_clock_is_told_with_each_record(gateway: Gateway, person: Callable[..., Actor]) -> None:
    gateway.owners.answers[SyncHandovers] = lambda ask: SyncAnswer(
        results=tuple(SyncResult(client_id=h.client_id, handover=handover(1)) for h in ask.handovers)
    )
    record = {
        "clientId": "123e4567-e89b-12d3-a456-426614174000", "entitlementId": "ent_1", "packageCode": "P",
        "items": [{"sku": "BERAS", "quantity": "10"}], "receivedBy": {"kind": "RECIPIENT"}, "occurredAt": SAID,
        "location": {"latitude": -6.5, "longitude": 106.6}, "photoId": "upl_1", "signatureId": "upl_2",
    }  # fmt: skip
    await gateway.data(
        person("Budi", OFFICER="32.01.05"), "SyncHandovers", input={"handovers": [record], "sentAt": SAID}
    )
    (asked,) = gateway.owners.asked
    assert isinstance(asked, SyncHandovers)
    assert asked.handovers[0].sent_at == AT
