"""`Handover.proof`: what an outsider needs to check that the handover was accepted."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from amanah.contracts.actor import Actor
from amanah.contracts.audit.proofs import Evidence, EvidenceAnswer, GetEvidence
from amanah.contracts.evidence import PhotoView, SignatureView
from amanah.contracts.handovers.handovers import HandoverView, ListHandovers, Receiver
from amanah.contracts.message import Item, Location, Many
from amanah.contracts.rounds import EntitlementView
from amanah.tlog.checkpoint import Signer
from amanah.tlog.verify import verify_entry
from tests.unit.gateway.conftest import Gateway

AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
PAGE = """{ handovers(roundId: "rnd_1") { nodes { id proof { index treeSize leaf checkpoint proof } } } }"""


def handover(identifier: str) -> HandoverView:
    return HandoverView(
        id=identifier, status="ACCEPTED", occurred_at=AT, received_at=AT, area="32.01.05.2001",
        entitlement=EntitlementView(
            id="ent_1", recipient_id="rcp_1", round_id="rnd_1", area="32.01.05.2001", status="DELIVERED", items=(),
        ),
        photo=PhotoView(id="evd_1", sha256="c" * 64, captured_at=None, location=None), flags=(),
        officer_id="usr_1", officer_name="Budi", package_code="PKT-1", items=(Item(sku="BERAS", quantity=Decimal(1)),),
        received_by=Receiver(kind="RECIPIENT"),
        signature=SignatureView(id="evd_2", sha256="d" * 64),
        location=Location(latitude_e6=0, longitude_e6=0),
    )  # fmt: skip


async def test_a_page_of_handovers_is_proven_with_one_question(
    gateway: Gateway, person: Callable[..., Actor], prove: Callable[..., Evidence], signer: Signer
) -> None:
    page = tuple(map(handover, ("hov_1", "hov_2", "hov_3")))
    action = "distribution:handover:accept"
    proven = [
        prove(action, "hov_1", "sha256:" + "a" * 64, index=3),
        prove(action, "hov_3", "sha256:" + "b" * 64, index=5),
    ]
    gateway.owners.answers |= {
        ListHandovers: Many[HandoverView](nodes=page, cursors=("1", "2", "3"), total=3),
        GetEvidence: EvidenceAnswer(nodes=tuple(proven)),
    }
    nodes = (await gateway.data(person("Budi", OFFICER="32.01"), PAGE))["handovers"]["nodes"]
    assert gateway.owners.asked[1:] == [GetEvidence(action=action, about=("hov_1", "hov_2", "hov_3"))]
    assert [node["proof"] and node["proof"]["index"] for node in nodes] == [3, None, 5]
    for node in (nodes[0], nodes[2]):
        told = node["proof"]
        head = verify_entry(told["leaf"].encode(), told["proof"], signer.verifier)
        assert (head.size, told["treeSize"]) == (7, 7)
        assert node["id"] in told["leaf"]
