"""The demo stores its progress, sends operations, and insists on refusals."""

import ast
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from rich.console import Console

from amanah import demo
from amanah.demo.attempts import Attempts, NotRefused
from amanah.demo.client import Api, ApiError, ApiUser
from amanah.demo.documents import operations, split
from amanah.demo.screen import Screen
from amanah.demo.state import DemoState
from amanah.demo.story import OtherDemo, choose_people
from amanah.demo.summary import Summary

_CONTRACT = Path(__file__).parents[2] / "acceptance" / "operations.graphql"
_PLAYED = Path(demo.__file__).parent


def test_the_packaged_operations_are_those_of_the_contract() -> None:
    """Two copies: the contract is given from outside and owned by no code; the demo of an installed wheel needs its own."""
    assert (_PLAYED / "operations.graphql").read_bytes() == _CONTRACT.read_bytes()


def test_every_operation_that_the_story_plays_is_in_the_contract() -> None:
    played = set()
    for path in _PLAYED.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("ask", "do"):
                played |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    assert len(played) > 15
    assert played <= operations().keys()


def test_operations_are_split_word_for_word() -> None:
    text = "# a comment\nquery A { viewer { id } }\n\nmutation B($x: ID!) {\n  b(x: $x) { id }\n}\n"
    assert split(text) == {"A": "query A { viewer { id } }", "B": "mutation B($x: ID!) {\n  b(x: $x) { id }\n}"}


async def test_what_was_done_once_is_not_done_again_after_a_restart(tmp_path: Path) -> None:
    made = []

    async def make() -> str:
        made.append(1)
        return "done"

    assert await DemoState(tmp_path / "demo" / "state.json").once("step", make) == "done"
    assert await DemoState(tmp_path / "demo" / "state.json").once("step", make) == "done"
    assert made == [1]


def test_other_people_than_those_of_the_folder_are_refused(tmp_path: Path) -> None:
    state = DemoState(tmp_path / "state.json")
    assert choose_people(state, None, None) == (500, 1)
    assert choose_people(state, 50, 0) == (50, 0)
    state.note("people", [50, 0])
    assert choose_people(state, None, None) == (50, 0)
    assert choose_people(state, 50, None) == (50, 0)
    with pytest.raises(OtherDemo, match="50 recipients"):
        choose_people(state, 60, None)


def _raising(code: str) -> Callable[[], Awaitable[Any]]:
    async def attempt() -> None:
        raise ApiError("RecordHandover", code, "no")

    return attempt


async def test_an_attempt_counts_once_and_must_meet_its_refusal(tmp_path: Path) -> None:
    async def accepted() -> str:
        return "fine"

    screen = Screen(Console(file=io.StringIO()))
    attempts = Attempts(DemoState(tmp_path / "state.json"), screen, "attempts.handover")
    await attempts.expect_refusal("a text file", {"photo_unreadable"}, _raising("photo_unreadable"))
    await attempts.expect_refusal("a text file", {"photo_unreadable"}, accepted)
    assert attempts.count() == 1
    with pytest.raises(NotRefused, match="was accepted"):
        await attempts.expect_refusal("another", {"photo_unreadable"}, accepted)
    with pytest.raises(NotRefused, match="expected photo_missing"):
        await attempts.expect_refusal("a third", {"photo_missing"}, _raising("not_assigned"))
    assert attempts.count() == 1


Answers = list[tuple[int, dict[str, Any], dict[str, str]]]


@pytest.fixture
async def gateway() -> AsyncIterator[tuple[ApiUser, Answers, list[dict[str, Any]]]]:
    """A person before a gateway that gives the answers put into the list, one after the other."""
    answers: Answers = []
    asked: list[dict[str, Any]] = []

    async def graphql(request: web.Request) -> web.Response:
        asked.append(await request.json())
        status, body, headers = answers.pop(0)
        return web.json_response(body, status=status, headers=headers)

    app = web.Application()
    app.router.add_post("/graphql", graphql)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with aiohttp.ClientSession() as session:
        yield ApiUser(Api(session, str(site.name)), "Rani", "REGISTRAR", "token"), answers, asked
    await runner.cleanup()


async def test_a_busy_server_is_asked_again(gateway: tuple[ApiUser, Answers, list[dict[str, Any]]]) -> None:
    person, answers, asked = gateway
    busy = {"errors": [{"message": "slow down", "extensions": {"code": "THROTTLED"}}]}
    answers += [(200, busy, {"Retry-After": "0"}), (200, {"data": {"viewer": {"id": "usr_1"}}}, {})]
    assert await person.ask("Viewer") == {"viewer": {"id": "usr_1"}}
    assert [a["operationName"] for a in asked] == ["Viewer", "Viewer"]


async def test_a_refusal_names_its_code(gateway: tuple[ApiUser, Answers, list[dict[str, Any]]]) -> None:
    person, answers, _ = gateway
    answers += [
        (200, {"data": {"approveImport": {"userErrors": [{"code": "same_person", "message": "no"}]}}}, {}),
        (200, {"data": None, "errors": [{"message": "no", "extensions": {"code": "FORBIDDEN"}}]}, {}),
    ]
    with pytest.raises(ApiError, match="same_person"):
        await person.do("ApproveImport", importId="imp_1")
    with pytest.raises(ApiError, match="FORBIDDEN"):
        await person.ask("Viewer")


async def test_a_fact_that_is_on_its_way_is_waited_for(gateway: tuple[ApiUser, Answers, list[dict[str, Any]]]) -> None:
    person, answers, asked = gateway
    answers += [
        (200, {"data": {"createRound": {"round": None, "userErrors": [{"code": "not_yet", "message": "soon"}]}}}, {}),
        (200, {"data": {"createRound": {"round": {"id": "rnd_1"}, "userErrors": []}}}, {}),
    ]
    assert (await person.do("CreateRound", name="1"))["round"] == {"id": "rnd_1"}
    assert len(asked) == 2


def _summary() -> Summary:
    return Summary(
        recipients=38,
        roster_size=38,
        roster_hash="ab" * 32,
        packages=5,
        shipment_events=15,
        handovers=29,
        handovers_refused=13,
        alerts=2,
        cases=0,
        audit_entries=93,
        tree_size=93,
        audit_verified=True,
        reports=[{"template": "FINAL", "format": "PDF", "path": "/r.pdf", "sha256": "cd" * 32}],
        url="http://127.0.0.1:8000",
        audit_key="log+1+a",
        tokens={"SUPERVISOR": "secret-token"},
        seconds=12.5,
    )


def test_the_outcome_has_the_fields_that_programs_read(tmp_path: Path) -> None:
    _summary().write(tmp_path / "out" / "summary.json")
    told = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert set(told) == set(
        """recipients rosterSize rosterHash packages shipmentEvents handovers handoversRefused alerts cases auditEntries
        treeSize auditVerified reports url auditKey tokens seconds""".split()
    )


def test_tokens_are_kept_for_their_owner_only_and_not_shown(tmp_path: Path) -> None:
    shown = io.StringIO()
    _summary().write_tokens(Screen(Console(file=shown, width=300)), tmp_path / "tokens")
    kept = tmp_path / "tokens" / "SUPERVISOR"
    assert kept.read_text() == "secret-token\n"
    assert kept.stat().st_mode & 0o077 == 0
    assert str(kept) in shown.getvalue()
    assert "secret-token" not in shown.getvalue()
