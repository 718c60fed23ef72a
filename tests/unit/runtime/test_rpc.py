"""A call carries actor, deadline and reason; the same in memory and over HTTP."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import aiohttp
import pytest
import uvicorn
from starlette.applications import Starlette

from amanah.contracts.actor import Actor, Grant, Role
from amanah.contracts.errors import AmanahError, Forbidden, NotFound, NotYet, Refused, Unavailable
from amanah.contracts.message import Answer, Request
from amanah.runtime.bus.trail import Trail
from amanah.runtime.identity import CallSigner
from amanah.runtime.rpc import Client, Handlers, HttpTransport, InProcessTransport, Transport
from amanah.runtime.service import rpc_route
from amanah.runtime.telemetry import origin

SIGNER = CallSigner("s" * 32)
SARI = Actor(id="usr_sari", name="Sari", grants=(Grant(role=Role.OFFICER, area="32"),))


class Greeting(Answer):
    text: str

    def data_subjects(self) -> tuple[str, ...]:
        return ("rcp_1",) if "Budi" in self.text else ()


class Greet(Request[Greeting]):
    service: ClassVar[str] = "greeter"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.OFFICER})
    changes: ClassVar[bool] = True
    shows_people: ClassVar[bool] = True
    how: str


class Look(Request[Greeting]):
    service: ClassVar[str] = "greeter"


async def look(store: list[str], actor: Actor, ask: Look) -> Greeting:
    raise Refused("not_paid")


async def greet(store: list[str], actor: Actor, ask: Greet) -> Greeting:
    match ask.how:
        case "refuse":
            raise Refused("reveals_spent", "how", most=9)
        case "lose":
            raise NotFound("not_found")
        case "hurry":
            raise NotYet("not_yet")
        case "break":
            raise RuntimeError("secret /path")
        case "sleep":
            await asyncio.Event().wait()
    store.append(actor.id)
    return Greeting(text=f"{ask.how}, {actor.name}")


class Absent(Request[Greeting]):
    service: ClassVar[str] = "greeter"


HANDLERS: Handlers = {Greet: greet, Look: look}


class Noted(Trail):
    """A trail that keeps a line for each."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def record_unsigned(self, called: str, error: AmanahError) -> None:
        self.lines.append(f"{origin().ip} called {called}: {error.code}")

    async def record_denial(self, actor: Actor, ask: Request[Any], error: AmanahError) -> None:
        self.lines.append(f"{actor.id} was denied {ask.method()}: {error.code}")

    async def record_refusal(self, actor: Actor, ask: Request[Any], error: AmanahError) -> None:
        self.lines.append(f"{actor.id} was refused {ask.method()}: {error.code}")

    async def record_read(self, actor: Actor, ask: Request[Any], answer: Answer) -> None:
        self.lines.append(f"{actor.id} saw {answer.data_subjects()}")


@pytest.fixture
def trail() -> Noted:
    return Noted()


@pytest.fixture
def app(trail: Noted) -> Starlette:
    return Starlette(routes=[rpc_route("greeter", HANDLERS, [], SIGNER, trail)])


@pytest.fixture(params=["memory", "http"])
async def client(request: pytest.FixtureRequest, app: Starlette) -> AsyncIterator[Client]:
    if request.param == "memory":
        yield Client({"greeter": InProcessTransport(app)}, SIGNER)
        return
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    async with aiohttp.ClientSession() as session:
        transport: Transport = HttpTransport(f"http://127.0.0.1:{listener.getsockname()[1]}", session)
        yield Client({"greeter": transport}, SIGNER)
    server.should_exit = True
    await task


async def test_the_answer_comes_back_typed(client: Client) -> None:
    assert await client.call(Greet(how="hello"), SARI) == Greeting(text="hello, Sari")


async def test_a_refusal_keeps_code_message_and_field(client: Client) -> None:
    with pytest.raises(Refused) as refused:
        await client.call(Greet(how="refuse"), SARI)
    told = Refused("reveals_spent", "how", most=9)
    assert (refused.value.code, refused.value.text, refused.value.field) == (told.code, told.text, "how")


async def test_an_error_keeps_its_kind(client: Client) -> None:
    with pytest.raises(NotFound):
        await client.call(Greet(how="lose"), SARI)


async def test_what_breaks_inside_tells_nothing_outside(client: Client) -> None:
    with pytest.raises(AmanahError) as broken:
        await client.call(Greet(how="break"), SARI)
    assert "secret" not in broken.value.message


async def test_who_lacks_the_role_is_denied_and_it_is_noted(client: Client, trail: Noted) -> None:
    with pytest.raises(Forbidden):
        await client.call(Greet(how="hello"), Actor(id="usr_x", name="X"))
    assert trail.lines == ["usr_x was denied greet: forbidden"]


@pytest.mark.parametrize(("how", "code"), [("refuse", "reveals_spent"), ("lose", "not_found")])
async def test_a_command_that_was_refused_is_noted(client: Client, trail: Noted, how: str, code: str) -> None:
    with pytest.raises(AmanahError):
        await client.call(Greet(how=how), SARI)
    assert trail.lines == [f"usr_sari was refused greet: {code}"]


async def test_what_may_be_asked_again_is_no_refusal(client: Client, trail: Noted) -> None:
    with pytest.raises(NotYet):
        await client.call(Greet(how="hurry"), SARI)
    assert trail.lines == []


async def test_a_question_that_was_refused_is_not_noted(client: Client, trail: Noted) -> None:
    with pytest.raises(Refused):
        await client.call(Look(), SARI)
    assert trail.lines == []


async def test_whose_data_was_shown_is_noted(client: Client, trail: Noted) -> None:
    await client.call(Greet(how="hello, Budi"), SARI)
    assert trail.lines == ["usr_sari saw ('rcp_1',)"]


async def test_a_call_ends_at_its_deadline(client: Client) -> None:
    with pytest.raises(Unavailable):
        await client.call(Greet(how="sleep"), SARI, timeout=0.2)


async def test_a_method_that_is_not_there_is_not_found(client: Client) -> None:
    with pytest.raises(NotFound):
        await client.call(Absent(), SARI)


async def test_a_malformed_request_is_bad_input_without_its_value(app: Starlette) -> None:
    transport = InProcessTransport(app)
    headers = {"amanah-actor": SIGNER.sign(SARI, "greeter")}
    status, body = await transport.post("/rpc/greet", b'{"how": 3275011234567890}', headers, 1)
    assert status == 400
    assert b"327501" not in body


@pytest.mark.parametrize(
    "signed", ["", "rubbish", CallSigner("x" * 32).sign(SARI, "greeter"), SIGNER.sign(SARI, "other")]
)
async def test_a_call_that_no_service_signed_is_refused_and_noted(app: Starlette, trail: Noted, signed: str) -> None:
    status, body = await InProcessTransport(app).post("/rpc/greet", b'{"how": "hello"}', {"amanah-actor": signed}, 1)
    assert status == 401
    assert b"token_invalid" in body
    assert trail.lines == ["127.0.0.1 called greeter.greet: token_invalid"]


async def test_who_does_not_sign_learns_no_methods_and_writes_nothing_of_their_own(
    app: Starlette, trail: Noted
) -> None:
    status, _ = await InProcessTransport(app).post("/rpc/3275011234567890", b"", {}, 1)
    assert status == 401
    assert trail.lines == ["127.0.0.1 called greeter.unknown: token_invalid"]


async def test_a_service_that_is_not_there_is_unavailable() -> None:
    async with aiohttp.ClientSession() as session:
        client = Client({"greeter": HttpTransport("http://127.0.0.1:9", session)}, SIGNER)
        with pytest.raises(Unavailable):
            await client.call(Greet(how="hello"), SARI)
