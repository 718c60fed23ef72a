"""Labels, splits, losses, routes and reconciliation, as they are asked for and shown."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from amanah.contracts.actor import Actor
from amanah.contracts.custody.custody import (
    Balance,
    GetReconciliation,
    GoodTotal,
    LegBalance,
    LegBalances,
    ListLegBalances,
    ListPlaceBalances,
    PlaceBalance,
    PlaceBalances,
    ReconciliationView,
    RecordPackageLoss,
    RouteView,
    SetRoute,
    SplitPackage,
)
from amanah.contracts.custody.labels import IssuePackageCodes, LabelSheets, MakePackageLabels, PackageCodes
from amanah.contracts.custody.packages import PackageContent, PackagesAnswer, PackageView, PlaceView
from amanah.contracts.errors import Refused
from amanah.contracts.message import Location
from tests.unit.gateway.conftest import Gateway

Person = Callable[..., Actor]

AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


def place(code: str) -> PlaceView:
    where = Location(latitude_e6=-6_000_000, longitude_e6=106_000_000)
    return PlaceView(id=f"plc_{code}", code=code, name=code, kind="POST", area="32.01", location=where)


def package(code: str, left: int) -> PackageView:
    content = PackageContent(
        sku="BERAS", expected=Decimal(10), counted=None, handed_over=Decimal(0), lost=Decimal(3), left=Decimal(left)
    )
    return PackageView(
        id=f"pkg_{code}", code=code, round_id="rnd_1", area="32.01", status="ARRIVED", partner=None, contents=(content,),
        place=place("POS"), split_from=None if code == "P-1" else "P-1",
    )  # fmt: skip


async def test_codes_and_labels(gateway: Gateway, supervisor: Actor) -> None:
    sheets = LabelSheets(url="https://store/labels", sha256="a" * 64, expires_at=AT, count=2)
    gateway.owners.answers |= {
        IssuePackageCodes: PackageCodes(codes=("A", "B")),
        MakePackageLabels: sheets,
    }
    data = await gateway.data(
        supervisor,
        """mutation($i: IssuePackageCodesInput!, $l: PackageLabelsInput!) {
             issuePackageCodes(input: $i) { codes userErrors { code } }
             packageLabels(input: $l) { labels { url sha256 expiresAt count } userErrors { code } }
           }""",
        i={"roundId": "rnd_1", "count": 2, "scheme": "SSCC", "companyPrefix": "8991234"},
        l={"roundId": "rnd_1", "codes": ["A", "B"]},
    )
    assert data["issuePackageCodes"] == {"codes": ["A", "B"], "userErrors": []}
    assert (data["packageLabels"]["labels"]["count"], data["packageLabels"]["labels"]["sha256"]) == (2, "a" * 64)
    asked = gateway.owners.asked[0]
    assert isinstance(asked, IssuePackageCodes)
    assert asked.company_prefix == "8991234"
    too_many = {"roundId": "rnd_1", "count": 1001, "scheme": "OWN"}
    data = await gateway.data(
        supervisor,
        "mutation($i: IssuePackageCodesInput!) { issuePackageCodes(input: $i) { codes userErrors { code field } } }",
        i=too_many,
    )
    assert data["issuePackageCodes"] == {"codes": None, "userErrors": [{"code": "invalid", "field": "count"}]}


async def test_a_split_and_a_loss(gateway: Gateway, supervisor: Actor) -> None:
    gateway.owners.answers |= {
        SplitPackage: PackagesAnswer(nodes=(package("P-1", 7), package("P-2", 3))),
        RecordPackageLoss: package("P-1", 7),
    }
    split = {
        "packageCode": "P-1", "occurredAt": "2026-03-02T09:30:00+07:00",
        "pieces": [{"code": "P-2", "contents": [{"sku": "BERAS", "quantity": "3"}]}],
    }  # fmt: skip
    document = "mutation($i: SplitPackageInput!) { splitPackage(input: $i) { packages { code splitFrom contents { left lost } } } }"
    data = await gateway.data(supervisor, document, i=split)
    assert data["splitPackage"]["packages"] == [
        {"code": "P-1", "splitFrom": None, "contents": [{"left": "7", "lost": "3"}]},
        {"code": "P-2", "splitFrom": "P-1", "contents": [{"left": "3", "lost": "3"}]},
    ]
    lost = {
        "clientId": str(uuid.uuid4()), "packageCode": "P-1", "kind": "LOST", "occurredAt": "2026-03-02T09:30:00+07:00",
        "items": [{"sku": "BERAS", "quantity": "3"}],
    }  # fmt: skip
    document = """mutation($i: RecordPackageLossInput!) {
        recordPackageLoss(input: $i) { package { code } userErrors { code field message } } }"""
    assert (await gateway.data(supervisor, document, i=lost))["recordPackageLoss"]["package"] == {"code": "P-1"}
    asked = gateway.owners.asked[-1]
    assert isinstance(asked, RecordPackageLoss)
    assert (asked.client_id, asked.kind, asked.occurred_at) == (lost["clientId"], "LOST", AT)
    refusal = Refused("package_short", "items", left="1", sku="BERAS", recorded="2")
    gateway.owners.answers[RecordPackageLoss] = refusal
    errors = (await gateway.data(supervisor, document, i=lost))["recordPackageLoss"]["userErrors"]
    assert errors == [{"code": "package_short", "field": "items", "message": refusal.message}]


async def test_reconciliation_place_by_place_and_leg_by_leg(gateway: Gateway, supervisor: Actor) -> None:
    zero = dict.fromkeys(("handed_over", "lost", "damaged", "returned"), Decimal(0))
    balance = Balance(
        sku="BERAS", arrived=Decimal(100), left=Decimal(97), stock=Decimal(0), difference=Decimal(3), **zero
    )
    total = GoodTotal(
        sku="BERAS", made=Decimal(100), at_places=Decimal(97), on_the_way=Decimal(0), difference=Decimal(3), **zero
    )
    gateway.owners.answers |= {
        GetReconciliation: ReconciliationView(round_id="rnd_1", area="32.01", totals=(total,)),
        ListPlaceBalances: PlaceBalances(
            nodes=(PlaceBalance(place=None, items=(balance,)),), cursors=("=",), total=1
        ),
        ListLegBalances: LegBalances(
            nodes=(LegBalance(origin=place("GDG"), destination=place("POS"), hours=12, items=(balance,)),),
            cursors=("=GDG>POS",), total=1,
        ),
        SetRoute: RouteView(origin=place("GDG"), destination=place("POS"), hours=12),
    }  # fmt: skip
    data = await gateway.data(
        supervisor,
        """query { reconciliation(roundId: "rnd_1") {
             area { code }
             totals { sku made atPlaces onTheWay handedOver lost damaged returned difference }
             places(first: 5) { nodes { place { code } items { sku in out stock difference } } }
             legs(first: 5) { totalCount nodes { fromPlace { code } toPlace { code } hours items { in out difference } } }
           } }""",
    )
    found = data["reconciliation"]
    assert (found["area"], found["totals"][0]["difference"]) == ({"code": "32.01"}, "3")
    assert found["places"]["nodes"][0]["items"] == [
        {"sku": "BERAS", "in": "100", "out": "97", "stock": "0", "difference": "3"}
    ]
    leg = found["legs"]["nodes"][0]
    assert (leg["fromPlace"], leg["toPlace"], leg["hours"]) == ({"code": "GDG"}, {"code": "POS"}, 12)
    data = await gateway.data(
        supervisor,
        'mutation { setRoute(input: {fromPlace: "GDG", toPlace: "POS", hours: 12}) { route { hours toPlace { code } } } }',
    )
    assert data["setRoute"]["route"] == {"hours": 12, "toPlace": {"code": "POS"}}
