"""Places, packages and alerts, as they are asked for and shown."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from amanah.contracts.actor import Actor
from amanah.contracts.alerts import AlertPage, AlertView, ListAlerts
from amanah.contracts.custody.packages import (
    CreatePackages,
    CreatePlaces,
    GetPackage,
    ListPackageHistory,
    PackageContent,
    PackageHistory,
    PackagesAnswer,
    PackageStep,
    PackageView,
    PlacesAnswer,
    PlaceView,
)
from amanah.contracts.errors import NotFound
from amanah.contracts.handovers.handovers import GetHandovers, HandoversAnswer
from amanah.contracts.message import Item, Location
from tests.unit.gateway.conftest import Gateway
from tests.unit.gateway.views import handover

Person = Callable[..., Actor]

AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
PLACE = PlaceView(
    id="plc_1",
    code="GDG",
    name="Gudang",
    kind="WAREHOUSE",
    area="32.01",
    location=Location(latitude_e6=-6_000_000, longitude_e6=106_000_000),
)


async def test_places_and_packages_are_made_within_the_viewers_areas(gateway: Gateway, supervisor: Actor) -> None:
    package = PackageView(
        id="pkg_1", code="PKT-1", round_id="rnd_1", area="32.01.05.2001", status="REGISTERED", partner="Truk",
        contents=(), place=None,
    )  # fmt: skip
    gateway.owners.answers |= {
        CreatePlaces: PlacesAnswer(nodes=(PLACE,)),
        CreatePackages: PackagesAnswer(nodes=(package,)),
    }
    place = {
        "code": "GDG", "name": "Gudang", "kind": "WAREHOUSE", "area": "32.01",
        "location": {"latitude": -6, "longitude": 106},
    }  # fmt: skip
    data = await gateway.data(supervisor, "CreatePlaces", input={"places": [place]})
    assert data["createPlaces"]["places"] == [
        {"id": "plc_1", "code": "GDG", "name": "Gudang", "kind": "WAREHOUSE", "area": {"code": "32.01"}}
    ]
    contents = [{"sku": "BERAS", "quantity": "10.5"}]
    packages = [{"code": "PKT-1", "area": "32.01.05.2001", "partner": "Truk", "contents": contents}]
    data = await gateway.data(supervisor, "CreatePackages", input={"roundId": "rnd_1", "packages": packages})
    assert data["createPackages"]["packages"] == [{"id": "pkg_1", "code": "PKT-1", "status": "REGISTERED"}]
    asked = gateway.owners.asked[1]
    assert isinstance(asked, CreatePackages)
    assert asked.packages[0].contents[0].quantity == Decimal("10.5")

    elsewhere = await gateway.ask(supervisor, "CreatePlaces", input={"places": [place, {**place, "area": "33"}]})
    assert elsewhere["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_package_is_tracked(gateway: Gateway, supervisor: Actor) -> None:
    gateway.owners.answers |= {
        GetPackage: PackageView(
            id="pkg_1", code="PKT-1", round_id="rnd_1", area="32.01.05.2001", status="ARRIVED", partner=None,
            contents=(
                PackageContent(
                    sku="BERAS", expected=Decimal("100"), counted=Decimal("99.500"), handed_over=Decimal("0")
                ),
            ),
            place=PLACE,
        ),
        ListPackageHistory: PackageHistory(
            nodes=(
                PackageStep(
                    at=AT, recorded_at=AT, step="arriving", source="epcis", event_id="e1", place=PLACE,
                    quantities=(Item(sku="BERAS", quantity=Decimal("99.5")),), discrepancy="0.5 short",
                ),
            ),
            cursors=("h1",),
            total=1,
        ),
    }  # fmt: skip
    data = await gateway.data(supervisor, "TrackPackage", code="PKT-1")
    assert data["package"]["contents"] == [{"sku": "BERAS", "expected": "100", "counted": "99.5", "handedOver": "0"}]
    (step,) = data["package"]["history"]["nodes"]
    assert (step["step"], step["quantities"]) == ("arriving", [{"sku": "BERAS", "quantity": "99.5"}])


async def test_a_package_out_of_sight_is_null(gateway: Gateway, supervisor: Actor) -> None:
    gateway.owners.answers[GetPackage] = NotFound("not_found.package")
    assert await gateway.data(supervisor, "TrackPackage", code="PKT-1") == {"package": None}


async def test_alerts_name_the_kind_of_their_subject(gateway: Gateway, supervisor: Actor) -> None:
    gateway.owners.answers |= {
        ListAlerts: AlertPage(
            nodes=tuple(
                AlertView(
                    id=f"alr_{i}", rule="far_from_home", severity="WARNING", at=AT, area="32.01.05.2001", detail="3 km",
                    subject_type="Handover", subject_id=subject, status="OPEN",
                )
                for i, subject in enumerate(("hov_1", "hov_2"))
            ),
            cursors=("a", "b"),
            total=2,
        ),
        GetHandovers: HandoversAnswer(nodes=(handover(),)),
    }  # fmt: skip
    data = await gateway.data(supervisor, "Alerts", filter={"area": "32.01", "rule": "far_from_home"})
    assert [n["subject"] for n in data["alerts"]["nodes"]] == [{"__typename": "Handover"}, None]
    assert [type(ask) for ask in gateway.owners.asked] == [ListAlerts, GetHandovers]
