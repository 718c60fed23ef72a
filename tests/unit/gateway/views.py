"""Views as owners answer them, for tests of what the schema makes of them."""

from datetime import UTC, datetime
from decimal import Decimal

from amanah.contracts.evidence import PhotoView, SignatureView
from amanah.contracts.handovers.handovers import Flag, HandoverView, Receiver
from amanah.contracts.message import Item, Location
from amanah.contracts.rounds import EntitlementView

AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


def entitlement(identifier: str, recipient: str = "rcp_1", status: str = "PENDING") -> EntitlementView:
    return EntitlementView(
        id=identifier,
        round_id="rnd_1",
        recipient_id=recipient,
        area="32.01.05.2001",
        status=status,
        items=(Item(sku="BERAS", quantity=Decimal("10")),),
    )


def handover(status: str = "ACCEPTED") -> HandoverView:
    return HandoverView(
        id="hov_1",
        status=status,
        occurred_at=AT,
        received_at=AT,
        entitlement=entitlement("ent_1", status="DELIVERED"),
        photo=PhotoView(id="evd_1", sha256="c" * 64, captured_at=AT, location=None),
        flags=(Flag(code="far_from_home", detail="3 km"),),
        area="32.01.05.2001",
        officer_id="usr_1",
        officer_name="Budi",
        package_code="PKT-1",
        items=(Item(sku="BERAS", quantity=Decimal(10)),),
        received_by=Receiver(kind="PROXY", name="Siti", relation="istri"),
        signature=SignatureView(id="evd_2", sha256="d" * 64),
        location=Location(latitude_e6=-6_500_000, longitude_e6=106_700_000, accuracy_m=12),
        device="HP-07",
    )
