"""Lists that a screen is filled from: what the owner is asked, in pages, and what is shown."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from amanah.contracts.actor import Actor
from amanah.contracts.areas import Scope
from amanah.contracts.assignments import AssignmentPage, AssignmentView, GetAssignments
from amanah.contracts.custody.packages import GetPlaces, ListPackages, ListPlaces, PackageView, PlacesAnswer, PlaceView
from amanah.contracts.evidence import GetPhotoLinks, PhotoLink, PhotoLinksAnswer, PhotoView, SignatureView
from amanah.contracts.handovers.handovers import Flag, HandoverView, ListHandovers, Receiver
from amanah.contracts.imports import ImportView, ListImports
from amanah.contracts.message import Item, Location, Many, Request
from amanah.contracts.recipients import By
from amanah.contracts.reports import GetReportLinks, ListReports, ReportLink, ReportLinksAnswer, ReportView
from amanah.contracts.rosters import ListRosters, RosterView
from amanah.contracts.rounds import EntitlementView, ListPrograms, ListRounds, ProgramView, RoundView
from amanah.contracts.users import ListOfficers, OfficerView
from tests.unit.gateway.conftest import Gateway

AT = datetime(2026, 11, 24, 4, tzinfo=UTC)
BY = By(id="usr_1", name="Rina", role="REGISTRAR")
PLACE = PlaceView(
    id="plc_1", code="POS", name="Pos", kind="POST", area="32.01.05", location=Location(latitude_e6=0, longitude_e6=0)
)
ASSIGNMENT = AssignmentView(
    id="asg_1",
    officer_id="usr_2",
    round_id="rnd_1",
    area="32.01.05",
    starts_on=date(2026, 11, 1),
    ends_on=date(2026, 11, 9),
)
HANDOVER = HandoverView(
    id="hov_1", status="ACCEPTED", occurred_at=AT, received_at=AT, area="32.01.05.2001",
    entitlement=EntitlementView(
        id="ent_1", round_id="rnd_1", recipient_id="rcp_1", area="32.01.05.2001", status="DELIVERED", items=()
    ),
    photo=PhotoView(id="evd_1", sha256="c" * 64, captured_at=AT, location=None),
    signature=SignatureView(id="evd_2", sha256="d" * 64),
    flags=(Flag(code="far_from_home", detail="3 km"),),
    officer_id="usr_2", officer_name="Budi", package_code="PKT-1", device="HP-07",
    items=(Item(sku="BERAS", quantity=Decimal("2.5")),),
    received_by=Receiver(kind="PROXY", name="Siti", relation="istri"),
    location=Location(latitude_e6=-6_500_000, longitude_e6=106_700_000, accuracy_m=12),
)  # fmt: skip
ROSTER = RosterView(
    id="ros_1",
    program_id="prg_1",
    period="2026-11",
    area="32.01.05",
    status="PROPOSED",
    size=3,
    proposed_at=AT,
    proposed_by=BY,
)
IMPORT = ImportView(
    id="imp_1", status="STAGED", source="Dinsos", rows_total=3, rows_accepted=2, rows_rejected=1, rows_duplicate=0,
    started_at=AT, started_by=BY,
)  # fmt: skip
PROGRAM = ProgramView(id="prg_1", code="BPNT", name="BPNT", items=())
ROUND = RoundView(
    id="rnd_1", program_id="prg_1", roster_id="ros_1", name="Tahap 1", status="OPEN", area="32.01.05",
    starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 9), entitlement_count=3,
)  # fmt: skip
PACKAGE = PackageView(
    id="pkg_1",
    code="PKT-1",
    round_id="rnd_1",
    area="32.01.05",
    status="ARRIVED",
    partner=None,
    contents=(),
    place=PLACE,
)
REPORT = ReportView(
    id="rep_1", template="DAILY", format="PDF", status="QUEUED", title="Laporan", requested_at=AT,
    round_id="rnd_1", area="32.01",
)  # fmt: skip

# The field with all its arguments, and what the owner is asked by it.
LISTS: list[tuple[str, Request[Any], Any]] = [
    ("imports(status: STAGED, first: 2)", ListImports(status="STAGED", first=2), IMPORT),
    (
        'rosters(programId: "prg_1", status: PROPOSED)',
        ListRosters(program_id="prg_1", status="PROPOSED"),
        ROSTER,
    ),
    ("programs", ListPrograms(), PROGRAM),
    ('rounds(programId: "prg_1", status: OPEN)', ListRounds(program_id="prg_1", status="OPEN"), ROUND),
    ('places(area: "32.01", kind: POST)', ListPlaces(area="32.01", kind="POST"), PLACE),
    (
        'packages(roundId: "rnd_1", area: "32.01", status: EMPTY)',
        ListPackages(round_id="rnd_1", area="32.01", status="EMPTY"),
        PACKAGE,
    ),
    (
        'handovers(roundId: "rnd_1", area: "32.01", officerId: "usr_2", flag: "too_fast", status: DISPUTED, after: "hov_9")',
        ListHandovers(
            round_id="rnd_1", area="32.01", officer_id="usr_2", flag="too_fast", status="DISPUTED", after="hov_9"
        ),
        HANDOVER,
    ),
    ('reports(roundId: "rnd_1")', ListReports(round_id="rnd_1"), REPORT),
]


@pytest.mark.parametrize(("field", "ask", "view"), LISTS, ids=[field.split("(")[0] for field, _, _ in LISTS])
async def test_a_list_asks_its_owner_for_a_page(
    gateway: Gateway, supervisor: Actor, field: str, ask: Request[Any], view: Any
) -> None:
    page = ask.answer()(nodes=(view,), cursors=("c-1",), total=7, more=True)
    gateway.owners.answers[type(ask)] = page
    document = (
        f"{{ found: {field} {{ totalCount pageInfo {{ hasNextPage endCursor }} edges {{ cursor node {{ id }} }} }} }}"
    )
    found = (await gateway.data(supervisor, document))["found"]
    assert gateway.owners.asked == [ask]
    assert found == {
        "totalCount": 7,
        "pageInfo": {"hasNextPage": True, "endCursor": "c-1"},
        "edges": [{"cursor": "c-1", "node": {"id": view.id}}],
    }


@pytest.mark.parametrize(("field", "ask"), [(f, a) for f, a, _ in LISTS if a.roles], ids=lambda x: str(x).split("(")[0])
async def test_a_list_is_forbidden_to_who_may_read_none_of_it(
    gateway: Gateway, person: Callable[..., Actor], field: str, ask: Request[Any]
) -> None:
    response = await gateway.ask(person("Nobody", RECIPIENT="32"), f"{{ {field} {{ totalCount }} }}")
    assert response["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert gateway.people.denials == [("Nobody", type(ask).__name__)]
    assert gateway.owners.asked == []


async def test_a_handover_tells_what_a_supervisor_needs(gateway: Gateway, supervisor: Actor) -> None:
    link = PhotoLink(
        id="hov_1", url="https://s3/p", thumbnail_url="https://s3/t", signature_url="https://s3/s", expires_at=AT
    )
    gateway.owners.answers |= {
        ListHandovers: Many[HandoverView](nodes=(HANDOVER,), cursors=("hov_1",), total=1),
        GetPhotoLinks: PhotoLinksAnswer(nodes=(link,)),
    }
    document = """{ handovers(roundId: "rnd_1") { nodes {
        status occurredAt receivedAt device packageCode area { code } location { latitude accuracy }
        officer { id name } items { sku quantity } receivedBy { kind name relation }
        flags { code } signature { id sha256 url } photo { url } } } }"""
    (node,) = (await gateway.data(supervisor, document))["handovers"]["nodes"]
    assert node == {
        "status": "ACCEPTED", "occurredAt": "2026-11-24T04:00:00.000Z", "receivedAt": "2026-11-24T04:00:00.000Z",
        "device": "HP-07", "packageCode": "PKT-1", "area": {"code": "32.01.05.2001"},
        "location": {"latitude": -6.5, "accuracy": 12.0}, "officer": {"id": "usr_2", "name": "Budi"},
        "items": [{"sku": "BERAS", "quantity": "2.5"}],
        "receivedBy": {"kind": "PROXY", "name": "Siti", "relation": "istri"}, "flags": [{"code": "far_from_home"}],
        "signature": {"id": "evd_2", "sha256": "d" * 64, "url": "https://s3/s"}, "photo": {"url": "https://s3/p"},
    }  # fmt: skip
    assert len(gateway.owners.asked) == 2, "photo and signature are one question"


async def test_a_page_of_reports_asks_for_addresses_once_and_only_if_they_are_wanted(
    gateway: Gateway, supervisor: Actor
) -> None:
    ready = [REPORT.model_copy(update={"id": f"rep_{n}", "status": "READY"}) for n in (2, 3, 4)]
    page = Many[ReportView](nodes=(REPORT, *ready), cursors=("1", "2", "3", "4"), total=4)
    given = tuple(ReportLink(id=f"rep_{n}", url=f"https://s3/{n}") for n in (4, 2))
    gateway.owners.answers |= {
        ListReports: page,
        GetReportLinks: ReportLinksAnswer(nodes=given),
    }
    await gateway.data(supervisor, "{ reports { nodes { id status sha256 } } }")
    assert gateway.owners.asked == [ListReports()]
    found = await gateway.data(supervisor, "{ reports { nodes { id downloadUrl } } }")
    assert gateway.owners.asked[1:] == [
        ListReports(), GetReportLinks(ids=("rep_2", "rep_3", "rep_4")),
    ]  # fmt: skip
    urls = [node["downloadUrl"] for node in found["reports"]["nodes"]]
    assert urls == [None, "https://s3/2", None, "https://s3/4"]


async def test_places_and_assignments_are_found_by_id(gateway: Gateway, supervisor: Actor) -> None:
    gateway.owners.answers |= {
        GetPlaces: PlacesAnswer(nodes=(PLACE,)),
        GetAssignments: AssignmentPage(nodes=(ASSIGNMENT,), cursors=("asg_1",), total=1),
    }
    document = "query N($id: ID!) { node(id: $id) { __typename id } }"
    for identifier, kind in (("plc_1", "Place"), ("asg_1", "Assignment")):
        assert (await gateway.data(supervisor, document, id=identifier))["node"] == {
            "__typename": kind,
            "id": identifier,
        }
        assert (await gateway.data(supervisor, document, id=identifier[:-1] + "9"))["node"] is None


@pytest.mark.parametrize(("area", "scope"), [(None, "32.01"), ("32.01.05", "32.01.05"), ("32", "32.01"), ("33", None)])
async def test_officers_are_those_of_the_viewers_areas(
    gateway: Gateway, supervisor: Actor, area: str | None, scope: str | None
) -> None:
    gateway.people.known_officers = (OfficerView(id="usr_2", name="Budi"),)
    document = "query O($area: AreaCode) { officers(area: $area, first: 5) { totalCount nodes { id name } } }"
    found = (await gateway.data(supervisor, document, area=area))["officers"]
    assert found == {"totalCount": 1, "nodes": [{"id": "usr_2", "name": "Budi"}]}
    assert gateway.people.asked == [(Scope([scope] if scope else []), ListOfficers(area=area, first=5))]


@pytest.mark.parametrize("role", ["OFFICER", "AUDITOR", "REGISTRAR", "LOGISTICS"])
async def test_officers_are_for_who_assigns_them(gateway: Gateway, person: Callable[..., Actor], role: str) -> None:
    response = await gateway.ask(person("Sari", **{role: "32"}), "{ officers { totalCount } }")
    assert response["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert gateway.people.denials == [("Sari", "ListOfficers")]
    assert gateway.people.asked == []
