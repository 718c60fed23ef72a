"""Viewer, areas, figures, reports and the audit trail; pages and scalars."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import assume, given
from hypothesis import strategies as st

from amanah.contracts.actor import Actor
from amanah.contracts.audit.entry import Subject
from amanah.contracts.audit.proofs import AuditProofView, GetProof
from amanah.contracts.audit.search import AuditPage, AuditView, ListEntries
from amanah.contracts.errors import NotFound
from amanah.contracts.figures import AreaFigures, DayFigures, GetProgress, ItemFigures, ProgressView
from amanah.contracts.reports import GenerateReport, GetReports, ReportByHash, ReportsAnswer, ReportView
from gateway.schema.errors import outside_name
from gateway.schema.scalars import SCALARS, AreaCode
from tests.unit.gateway.conftest import Gateway

Person = Callable[..., Actor]

AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


@pytest.fixture
def supervisor(person: Person) -> Actor:
    return person("Sari", SUPERVISOR="32.01", AUDITOR="32")


async def test_the_viewer_is_who_the_token_says(gateway: Gateway, supervisor: Actor) -> None:
    data = await gateway.data(supervisor, "Viewer")
    assert data["viewer"] == {
        "id": supervisor.id,
        "name": "Sari",
        "roles": [
            {"role": "SUPERVISOR", "area": {"code": "32.01", "name": "Kabupaten Bogor", "level": "REGENCY"}},
            {"role": "AUDITOR", "area": {"code": "32", "name": "Jawa Barat", "level": "PROVINCE"}},
        ],
    }


async def test_areas_are_walked_level_by_level(gateway: Gateway, supervisor: Actor) -> None:
    provinces = await gateway.data(supervisor, "Areas")
    assert [n["code"] for n in provinces["areas"]["nodes"]] == ["32", "33"]
    villages = await gateway.data(supervisor, "Areas", under="32.01.05", first=1)
    assert villages["areas"] == {
        "totalCount": 2,
        "nodes": [
            {"code": "32.01.05.2001", "name": "Sukamaju", "level": "VILLAGE", "parent": {"code": "32.01.05"}},
        ],
    }
    rest = await gateway.data(
        supervisor,
        '{ areas(under: "32.01.05", after: "32.01.05.2001") { nodes { name } pageInfo { hasNextPage hasPreviousPage } } }',
    )
    assert rest["areas"] == {
        "nodes": [{"name": "Cimanggu"}],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": True},
    }


@pytest.mark.parametrize("first", [0, -1, 101, 1_000_000])
async def test_a_page_has_1_to_100(gateway: Gateway, supervisor: Actor, first: int) -> None:
    response = await gateway.ask(supervisor, "Areas", first=first)
    assert response["errors"][0]["extensions"] == {
        "code": "BAD_USER_INPUT", "reason": "page_size", "field": "first", "requestId": "request-1",
    }  # fmt: skip


def figures() -> ProgressView:
    return ProgressView(
        as_of=AT, area="32.01.05", entitled=10, delivered=4, failed=1, remaining=5, flagged=1, open_cases=0,
        quantities=(ItemFigures(sku="BERAS", unit="kg", entitled=Decimal(100), delivered=Decimal("39.5")),),
        children=(
            AreaFigures(area="32.01.05.2001", entitled=10, delivered=4, failed=1, remaining=5, flagged=1),
        ),
        daily=(DayFigures(date=date(2026, 3, 2), delivered=4, failed=1),),
    )  # fmt: skip


async def test_progress_is_shown_by_area_and_day(gateway: Gateway, supervisor: Actor) -> None:
    gateway.owners.answers[GetProgress] = figures()
    data = await gateway.data(supervisor, "Progress", roundId="rnd_1", area="32.01.05")
    shown = data["progress"]
    assert shown["asOf"] == "2026-03-02T02:30:00.000Z"
    assert shown["quantities"] == [{"sku": "BERAS", "unit": "kg", "entitled": "100", "delivered": "39.5"}]
    assert shown["children"][0]["area"] == {"code": "32.01.05.2001", "name": "Sukamaju"}
    assert shown["daily"] == [{"date": "2026-03-02", "delivered": 4, "failed": 1}]


async def test_progress_of_anothers_area_is_forbidden(gateway: Gateway, supervisor: Actor) -> None:
    response = await gateway.ask(supervisor, "Progress", roundId="rnd_1", area="33")
    assert response["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert gateway.owners.asked == []


async def test_a_report_is_ordered_and_found(gateway: Gateway, supervisor: Actor) -> None:
    queued = ReportView(
        id="rep_1", template="FINAL", format="PDF", status="QUEUED", title="Laporan akhir",
        round_id="rnd_1", area="32.01", requested_at=datetime(2026, 3, 2, tzinfo=UTC),
    )  # fmt: skip
    gateway.owners.answers |= {
        GenerateReport: queued,
        GetReports: ReportsAnswer(nodes=(queued,)),
    }
    wanted = {
        "template": "FINAL", "format": "PDF", "roundId": "rnd_1", "area": "32.01",
        "from": "2026-03-01", "to": "2026-03-09", "language": "en",
    }  # fmt: skip
    data = await gateway.data(supervisor, "GenerateReport", input=wanted)
    assert data["generateReport"] == {"report": {"id": "rep_1", "status": "QUEUED"}, "userErrors": []}
    (asked,) = gateway.owners.asked
    assert isinstance(asked, GenerateReport)
    assert (asked.since, asked.until, asked.language) == (date(2026, 3, 1), date(2026, 3, 9), "en")
    found = await gateway.data(supervisor, "Report", id="rep_1")
    assert found["node"] == {
        "id": "rep_1", "template": "FINAL", "format": "PDF", "status": "QUEUED", "title": "Laporan akhir",
        "asOf": None, "sha256": None, "size": None, "downloadUrl": None,
    }  # fmt: skip
    assert gateway.owners.asked[1:] == [GetReports(ids=("rep_1",))]


async def test_an_auditor_finds_a_report_by_the_hash_of_a_file(gateway: Gateway, person: Callable[..., Actor]) -> None:
    auditor = person("Aud", AUDITOR="32")
    ready = ReportView(
        id="rep_1", template="FINAL", format="PDF", status="READY", title="Laporan akhir", round_id="rnd_1", area="32.01",
        requested_at=datetime(2026, 3, 2, tzinfo=UTC), sha256="ab" * 32, size=9,
    )  # fmt: skip
    gateway.owners.answers[ReportByHash] = ReportsAnswer(nodes=(ready,))
    query = "query($hash: String!) { reportByHash(sha256: $hash) { id sha256 size } }"
    found = await gateway.data(auditor, query, hash="AB" * 32)
    assert found["reportByHash"] == {"id": "rep_1", "sha256": "ab" * 32, "size": 9}
    assert gateway.owners.asked == [ReportByHash(sha256="ab" * 32)]
    gateway.owners.answers[ReportByHash] = ReportsAnswer()
    assert (await gateway.data(auditor, query, hash="ab" * 32))["reportByHash"] is None
    for viewer, value, code in (
        (auditor, "not a hash", "BAD_USER_INPUT"), (person("Sri", SUPERVISOR="32"), "ab" * 32, "FORBIDDEN"),
    ):  # fmt: skip
        refused = await gateway.ask(viewer, query, hash=value)
        assert refused["errors"][0]["extensions"]["code"] == code


def entry(index: int, name: str = "") -> AuditView:
    return AuditView(
        id=f"aud_{index}", index=index, at=AT, logged_at=AT, action="recipients:roster:approve", outcome="done", authority="SK 1",
        service="recipients", trace_id="t", actor_id="usr_1", actor_name=name, actor_role="APPROVER",
        actor_area="32.01", subject_type="Roster", subject_id="ros_1",
    )  # fmt: skip


async def test_the_trail_names_who_is_known_here(gateway: Gateway, supervisor: Actor) -> None:
    gateway.people.known["usr_1"] = "Ani"
    gateway.owners.answers[ListEntries] = AuditPage(
        nodes=(entry(9), entry(8), entry(7, "Ani P.")), cursors=("9", "8", "7"), total=10, more=True
    )
    wanted = {"actorId": "usr_1", "action": "recipients:*", "from": "2026-03-01T00:00:00+07:00"}
    data = await gateway.data(supervisor, "AuditTrail", filter=wanted, first=3)
    trail = data["auditEntries"]
    assert [n["actor"]["name"] for n in trail["nodes"]] == ["Ani", "Ani", "Ani P."]
    assert trail["nodes"][0]["actor"]["area"] == {"code": "32.01"}
    assert trail["nodes"][0]["subject"] == {"type": "Roster", "id": "ros_1"}
    assert trail["pageInfo"] == {"hasNextPage": True, "endCursor": "7"}
    assert gateway.people.looked_up == 1
    (asked,) = gateway.owners.asked
    assert isinstance(asked, ListEntries)
    assert asked.since == datetime(2026, 2, 28, 17, tzinfo=UTC)


async def test_a_search_of_the_trail_goes_on_where_a_page_found_nothing(gateway: Gateway, supervisor: Actor) -> None:
    seen = entry(9).model_copy(update={"concerns": (Subject(type="Recipient", id="rcp_1"),)})
    gateway.owners.answers[ListEntries] = AuditPage(nodes=(), end="later", more=True)
    query = """query Search($filter: AuditFilter, $after: String) {
      auditEntries(filter: $filter, after: $after) { nodes { loggedAt concerns { type id } } pageInfo { hasNextPage endCursor } }
    }"""
    wanted = {"about": "rcp_1", "authority": "SK 1", "area": "32.01", "text": "salah alamat"}
    data = await gateway.data(supervisor, query, filter=wanted)
    assert data["auditEntries"] == {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": "later"}}
    gateway.owners.answers[ListEntries] = AuditPage(nodes=(seen,), cursors=("9",), end=None, total=1)
    data = await gateway.data(supervisor, query, filter=wanted, after="later")
    assert data["auditEntries"]["nodes"] == [
        {"loggedAt": "2026-03-02T02:30:00.000Z", "concerns": [{"type": "Recipient", "id": "rcp_1"}]}
    ]
    first, asked = gateway.owners.asked
    assert isinstance(first, ListEntries)
    assert isinstance(asked, ListEntries)
    assert (first.after, asked.after) == (None, "later")
    assert (asked.about, asked.authority, asked.area, asked.text) == ("rcp_1", "SK 1", "32.01", "salah alamat")


async def test_a_proof_is_passed_on_and_what_is_out_of_sight_is_not_found(gateway: Gateway, supervisor: Actor) -> None:
    view = AuditProofView(index=3, tree_size=9, leaf="{}", checkpoint="c", proof="p")
    gateway.owners.answers[GetProof] = view
    data = await gateway.data(supervisor, "AuditProof", id="aud_3")
    assert data["auditProof"] == {"index": 3, "treeSize": 9, "leaf": "{}", "checkpoint": "c", "proof": "p"}
    gateway.owners.answers[GetProof] = NotFound("not_found.entry")
    response = await gateway.ask(supervisor, "AuditProof", id="aud_4")
    assert response["data"] == {"auditProof": None}
    assert response["errors"][0]["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("under", "3201"), ("under", "32.1"), ("under", ""), ("under", 32), ("under", "32.01.05.2001.1"),
        ("under", "32\n"), ("under", "id"),
    ],
)  # fmt: skip
async def test_what_is_no_area_code_is_bad_input(
    gateway: Gateway, supervisor: Actor, variable: str, value: Any
) -> None:
    response = await gateway.ask(supervisor, "Areas", **{variable: value})
    assert response["data"] is None
    told = {"code": "BAD_USER_INPUT", "reason": "variable_invalid", "requestId": "request-1"}
    assert response["errors"][0]["extensions"] == told


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{ viewer { ", "document_syntax"), ("{ nobody }", "document_invalid"), ("{ viewer { id(x: 1) } }", "document_invalid"),
        ("query Q($x: ID) { node(id: $x) { id } }", "document_invalid"), ("query Q($x: ID!) { node(id: $x) { id } }", "variable_invalid"),
    ],
)  # fmt: skip
async def test_what_graphql_itself_refuses_has_a_reason(
    gateway: Gateway, supervisor: Actor, document: str, reason: str
) -> None:
    response = await gateway.ask(supervisor, document)
    assert [e["extensions"]["reason"] for e in response["errors"]] == [reason]
    assert response["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_literal_that_is_no_area_code_is_bad_input_too(gateway: Gateway, supervisor: Actor) -> None:
    response = await gateway.ask(supervisor, '{ areas(under: "3201") { totalCount } }')
    told = {"code": "BAD_USER_INPUT", "reason": "document_invalid", "requestId": "request-1"}
    assert response["errors"][0]["extensions"] == told


@given(st.datetimes(timezones=st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))))
def test_times_go_out_in_utc_and_come_in_with_any_offset(moment: datetime) -> None:
    scalar = SCALARS[datetime]
    assert scalar.parse_value is not None
    assert scalar.serialize is not None
    assume(2 < moment.year < 9998)
    read = scalar.parse_value(moment.isoformat())
    assert read == moment
    assert scalar.serialize(read).endswith("Z")


@pytest.mark.parametrize("text", ["2026-03-02T09:30:00", "2026-03-02", "now", "", 5, "0001-01-01T00:00:00+14:00"])
def test_a_time_needs_its_offset(text: object) -> None:
    scalar = SCALARS[datetime]
    assert scalar.parse_value is not None
    with pytest.raises(GraphQLError, match=r"RFC 3339|calendar"):
        scalar.parse_value(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=0, max_value=10**9))
def test_decimals_survive_as_strings(number: Decimal) -> None:
    scalar = SCALARS[Decimal]
    assert scalar.parse_value is not None
    assert scalar.serialize is not None
    assert scalar.parse_value(scalar.serialize(number)) == number


@pytest.mark.parametrize("value", ["NaN", "1e3", "Infinity", "", "1,5", " 1", 1.5, True, None, "9" * 40])
def test_what_is_no_decimal_is_refused(value: object) -> None:
    scalar = SCALARS[Decimal]
    assert scalar.parse_value is not None
    with pytest.raises(GraphQLError, match="decimal"):
        scalar.parse_value(value)


@pytest.mark.parametrize("value", ["2026-3-2", "20260302", "2026-W10-1", "2026-02-30", 20260302])
def test_a_date_is_written_in_one_way(value: object) -> None:
    scalar = SCALARS[date]
    assert scalar.parse_value is not None
    with pytest.raises(GraphQLError, match="YYYY-MM-DD"):
        scalar.parse_value(value)


def test_the_area_code_scalar_is_not_any_string() -> None:
    assert SCALARS[AreaCode].name == "AreaCode"


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("received_by.id_number", "receivedBy.idNumber"), ("items.0.quantity", "items.0.quantity"), ("since", "from"),
        ("until", "to"), (None, None), ("", None),
    ],
)  # fmt: skip
def test_fields_are_named_as_callers_write_them(inside: str | None, outside: str | None) -> None:
    assert outside_name(inside) == outside
