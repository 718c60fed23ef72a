"""Receivers of each change: what the viewer's own query would show them, and nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from amanah.contracts.actor import Actor, Role
from amanah.contracts.alerts import AlertPage, AlertView, GetAlerts
from amanah.contracts.cases import CASE_READERS, CaseOpened, CasesAnswer, CaseUpdated, CaseView, GetCases
from amanah.contracts.errors import NotFound, Unavailable
from amanah.contracts.figures import FiguresCounted, GetProgress, ProgressView
from amanah.contracts.handovers.events import HandoverAccepted
from amanah.contracts.handovers.handovers import GetHandovers, HandoversAnswer
from amanah.contracts.imports import GetImports, ImportAdvanced, ImportsAnswer, ImportView
from amanah.runtime.identity import person_id
from tests.unit.gateway.live.conftest import VILLAGE, LiveHouse, Socket, alert_raised
from tests.unit.gateway.views import handover

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
Build = Callable[..., LiveHouse]

ALERTS = "subscription { alertRaised { id area { code } } }"
CASES = "subscription { caseUpdated { id status } }"
PROGRESS = 'subscription { progressChanged(roundId: "rnd_1") { delivered } }'


def alert(identifier: str, area: str, **more: Any) -> AlertView:
    return AlertView(
        id=identifier, rule="silent_round", severity="HIGH", at=AT, area=area, detail="x", subject_type="Round",
        subject_id="rnd_1", status="OPEN", **more,
    )  # fmt: skip


def case(identifier: str, **changes: Any) -> CaseView:
    fields: dict[str, Any] = {
        "id": identifier, "reference": "ADU-1", "kind": "SHORT", "channel": "APP", "status": "OPEN", "level": "VILLAGE",
        "area": VILLAGE, "round_id": "rnd_1", "opened_at": AT, "due_at": AT, "overdue": False, "subject_id": None,
        "assignee_id": None, "anonymous": False, "text": "x", "has_contact": False, "attachments": 0,
    }  # fmt: skip
    return CaseView(**fields | changes)


def case_opened(identifier: str, *parties: str, area: str = VILLAGE) -> CaseOpened:
    return CaseOpened(
        case_id=identifier, reference="ADU-1", kind="SHORT", channel="APP", status="OPEN", level="VILLAGE", at=AT,
        due_at=AT, area=area, round_id="rnd_1", subject_type=None, subject_id=None, handover_id=None, anonymous=False,
        parties=parties,
    )  # fmt: skip


def progress(delivered: int) -> ProgressView:
    return ProgressView(
        as_of=AT, area="32", entitled=9, delivered=delivered, failed=0, remaining=9 - delivered, flagged=0, open_cases=0,
        quantities=(), children=(), daily=(),
    )  # fmt: skip


def accepted(identifier: str, area: str) -> HandoverAccepted:
    return HandoverAccepted(
        handover_id=identifier, round_id="rnd_1", entitlement_id="ent_1", area=area, officer_id="usr_1",
        package_code="P", occurred_at=AT, received_at=AT, items=(), flags=(), photo_sha256="a" * 64,
    )  # fmt: skip


@pytest.fixture
def house(live: Build) -> LiveHouse:
    """A gateway before owners that know some things in the village, and some elsewhere."""
    built = live()
    answers = built.owners.answers
    places = {"alr_1": VILLAGE, "alr_2": "33.01.01.2001", "hov_1": VILLAGE, "hov_2": "33.01.01.2001"}

    def seen(ask: Any, actor: Actor) -> list[str]:
        scope = actor.scope(ask.roles)
        return [i for i in ask.ids if scope.covers(places[i])]

    def cases(ask: GetCases, actor: Actor) -> CasesAnswer:
        own = actor.id == person_id("Warga")
        overseen = actor.has(CASE_READERS) and actor.scope(CASE_READERS).covers(VILLAGE)
        return CasesAnswer(nodes=tuple(case(i, own=own) for i in ask.ids if overseen or (own and i == "cas_own")))

    answers[GetAlerts] = lambda ask, actor: AlertPage(nodes=tuple(alert(i, places[i]) for i in seen(ask, actor)))
    answers[GetHandovers] = lambda ask, actor: HandoversAnswer(
        nodes=tuple(handover().model_copy(update={"id": i}) for i in seen(ask, actor))
    )
    answers[GetCases] = cases
    answers[GetProgress] = lambda ask, _: progress(1) if ask.round_id == "rnd_1" else NotFound("not_found.round")
    answers[GetImports] = lambda ask, _: ImportsAnswer(nodes=tuple(an_import(i) for i in ask.ids))
    return built


def an_import(identifier: str) -> ImportView:
    return ImportView(
        id=identifier, status="RUNNING", source="Dinsos", rows_total=5, rows_accepted=5, rows_rejected=0,
        rows_duplicate=0, started_at=AT, started_by={"id": "usr_1", "name": "Sari", "role": "REGISTRAR"},
    )  # fmt: skip


async def following(socket: Socket, token: str, query: str) -> None:
    """Signs in and subscribes."""
    await socket.init(token)
    await socket.follow(query)


async def test_an_alert_reaches_those_who_may_see_it(house: LiveHouse) -> None:
    async with house.socket() as here, house.socket() as elsewhere:
        await following(here, house.token("Sari", Role.SUPERVISOR, "32"), ALERTS)
        await following(elsewhere, house.token("Dewi", Role.SUPERVISOR, "33"), ALERTS)
        house.happens(alert_raised(1))
        assert (await here.next())["payload"] == {"data": {"alertRaised": {"id": "alr_1", "area": {"code": VILLAGE}}}}
        house.happens(alert_raised(2, "33.01.01.2001"))
        assert (await elsewhere.next())["payload"]["data"]["alertRaised"]["id"] == "alr_2"
        assert await here.nothing()
        assert await elsewhere.nothing()


async def test_what_the_event_says_is_not_trusted(house: LiveHouse) -> None:
    async with house.socket() as socket:
        await following(socket, house.token(area="32"), ALERTS)
        # The event says that it is in the viewer's area; its owner knows better.
        house.happens(alert_raised(2))
        house.happens(alert_raised(1))
        assert (await socket.next())["payload"]["data"]["alertRaised"]["id"] == "alr_1"
        assert await socket.nothing()


async def test_a_role_that_may_not_read_alerts_is_refused_and_audited(house: LiveHouse) -> None:
    async with house.socket() as socket:
        await socket.init(house.token("Budi", Role.OFFICER, VILLAGE))
        socket.subscribe(ALERTS)
        told = await socket.next()
        assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")
    assert house.visits.denials == ["GetAlerts"]
    assert house.owners.callers == []


async def test_an_officer_of_another_area_gets_no_handover(house: LiveHouse) -> None:
    query = 'subscription { handoverRecorded(roundId: "rnd_1") { id } }'
    async with house.socket() as here, house.socket() as elsewhere:
        await following(here, house.token("Budi", Role.OFFICER, VILLAGE), query)
        await following(elsewhere, house.token("Joko", Role.OFFICER, "32.01.05.2002"), query)
        house.happens(accepted("hov_2", "33.01.01.2001"))
        house.happens(accepted("hov_1", VILLAGE))
        assert (await here.next())["payload"]["data"]["handoverRecorded"]["id"] == "hov_1"
        assert await here.nothing()
        assert await elsewhere.nothing()
    assert house.owners.callers == [("GetHandovers", "Budi")]


async def test_a_recipient_gets_only_their_own_cases(house: LiveHouse) -> None:
    warga = person_id("Warga")
    async with house.socket() as recipient, house.socket() as supervisor:
        await following(recipient, house.token("Warga", Role.RECIPIENT, VILLAGE), CASES)
        await following(supervisor, house.token("Sari", Role.SUPERVISOR, "32"), CASES)
        house.happens(case_opened("cas_other", "usr_somebody"))
        assert (await supervisor.next())["payload"]["data"]["caseUpdated"]["id"] == "cas_other"
        house.happens(case_opened("cas_own", warga))
        assert (await recipient.next())["payload"]["data"]["caseUpdated"]["id"] == "cas_own"
        assert (await supervisor.next())["payload"]["data"]["caseUpdated"]["id"] == "cas_own"
        assert await recipient.nothing()
    # A complaint of another costs nothing, and is no entry of the audit log under this viewer's name.
    assert [name for _, name in house.owners.callers] == ["Sari", "Warga", "Sari"]


async def test_a_recipient_follows_nothing_else(house: LiveHouse) -> None:
    async with house.socket() as socket:
        await socket.init(house.token("Warga", Role.RECIPIENT, VILLAGE))
        for number, field in enumerate((
            "alertRaised { id }", "importProgressed { id }", 'handoverRecorded(roundId: "rnd_1") { id }',
            'progressChanged(roundId: "rnd_1") { delivered }',
        )):  # fmt: skip
            socket.subscribe(f"subscription {{ {field} }}", str(number))
            told = await socket.next()
            assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN"), field
    assert house.listeners == 0


async def test_progress_reaches_those_whose_areas_were_counted(house: LiveHouse) -> None:
    async with house.socket() as here, house.socket() as elsewhere:
        await following(here, house.token("Sari", Role.SUPERVISOR, "32.01"), PROGRESS)
        await following(elsewhere, house.token("Dewi", Role.SUPERVISOR, "33"), PROGRESS)
        house.happens(FiguresCounted(round_id="rnd_2", areas=(VILLAGE,)))
        house.happens(FiguresCounted(round_id="rnd_1", areas=(VILLAGE,)))
        assert (await here.next())["payload"]["data"]["progressChanged"] == {"delivered": 1}
        house.happens(FiguresCounted(round_id="rnd_1", areas=("33", "34")))
        assert (await elsewhere.next())["payload"]["data"]["progressChanged"] == {"delivered": 1}
        house.happens(FiguresCounted(round_id="rnd_1", areas=("ID",)))
        assert (await here.next())["type"] == (await elsewhere.next())["type"] == "next"
        assert await here.nothing()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [('roundId: "rnd_1", area: "33"', "FORBIDDEN"), ('roundId: "rnd_unknown"', "NOT_FOUND")],
)
async def test_progress_raises_what_its_query_raises(house: LiveHouse, arguments: str, code: str) -> None:
    async with house.socket() as socket:
        await socket.init(house.token(area="32"))
        socket.subscribe(f"subscription {{ progressChanged({arguments}) {{ delivered }} }}")
        told = await socket.next()
        assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", code)


async def test_viewers_with_the_same_grants_cost_one_call(house: LiveHouse) -> None:
    async with house.socket() as first, house.socket() as second, house.socket() as third:
        for socket, name, area in ((first, "Sari", "32"), (second, "Dewi", "32"), (third, "Tono", "32.01")):
            await following(socket, house.token(name, Role.SUPERVISOR, area), PROGRESS)
        house.owners.callers.clear()
        house.happens(FiguresCounted(round_id="rnd_1", areas=(VILLAGE,)))
        for socket in (first, second, third):
            assert (await socket.next())["type"] == "next"
    assert len(house.owners.callers) == 2


async def test_an_answer_that_shows_somebody_is_read_by_each_viewer(house: LiveHouse) -> None:
    house.owners.answers[GetAlerts] = lambda ask, _: AlertPage(
        nodes=(alert("alr_1", VILLAGE, note="Ibu Siti", recipient_id="rcp_1"),)
    )
    async with house.socket() as first, house.socket() as second:
        await following(first, house.token("Sari", Role.SUPERVISOR, "32"), ALERTS)
        await following(second, house.token("Dewi", Role.SUPERVISOR, "32"), ALERTS)
        house.happens(alert_raised(1))
        assert (await first.next())["type"] == (await second.next())["type"] == "next"
    assert {name for _, name in house.owners.callers} == {"Sari", "Dewi"}


async def test_an_import_is_followed_by_its_id(house: LiveHouse) -> None:
    async with house.socket() as socket:
        query = 'subscription { importProgressed(id: "imp_1") { id rowsTotal } }'
        await following(socket, house.token("Rina", Role.REGISTRAR, "32"), query)
        for identifier in ("imp_2", "imp_1"):
            house.happens(ImportAdvanced(import_id=identifier, status="RUNNING", row=5))
        told = await socket.next()
        assert told["payload"]["data"]["importProgressed"] == {"id": "imp_1", "rowsTotal": 5}
        assert await socket.nothing()


async def test_a_service_that_is_away_for_a_moment_is_asked_again(house: LiveHouse) -> None:
    answers, known = house.owners.answers, house.owners.answers[GetAlerts]
    failures = iter([Unavailable("unavailable.service", service="distribution")])
    answers[GetAlerts] = lambda ask, actor: next(failures, None) or known(ask, actor)
    async with house.socket() as socket:
        await following(socket, house.token(area="32"), ALERTS)
        house.happens(alert_raised(1))
        assert (await socket.next())["payload"]["data"]["alertRaised"]["id"] == "alr_1"


async def test_a_value_is_resolved_with_what_is_known_then(house: LiveHouse) -> None:
    """Loaders remember within one value, not from one to the next."""
    statuses = iter(["OPEN", "ASSIGNED"])
    house.owners.answers[GetCases] = lambda ask, _: CasesAnswer(nodes=(case("cas_1", status=next(statuses)),))
    async with house.socket() as socket:
        await following(socket, house.token(area="32"), CASES)
        house.happens(case_opened("cas_1"))
        assert (await socket.next())["payload"]["data"]["caseUpdated"]["status"] == "OPEN"
        house.happens(
            CaseUpdated(
                case_id="cas_1",
                kind="SHORT",
                action="ASSIGN",
                was="OPEN",
                status="ASSIGNED",
                level="VILLAGE",
                at=AT,
                due_at=AT,
                area=VILLAGE,
                round_id=None,
            )
        )
        assert (await socket.next())["payload"]["data"]["caseUpdated"]["status"] == "ASSIGNED"
