"""The log's client of its witnesses: valid and invalid answers, and accusations that stop the log."""

import asyncio
import gzip
import socket
from collections.abc import Awaitable, Callable
from typing import NoReturn, Protocol

import pytest
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from amanah.cli.embedded import free_port
from amanah.tlog.checkpoint import Note, Signer, open_checkpoint
from amanah.tlog.witness import AddCheckpoint
from services.audit.alarms.rules import LogBehind, LogBroken, LogForked
from services.audit.settings import Witness, parse_witnesses
from services.audit.witnesses.client import ConsistencyProof, WitnessAhead, WitnessForked
from tests.integration.witnesses.logs import Ask, Log, ServeRoutes, StartWitness

Answer = Callable[[AddCheckpoint], Response]


class StartRogue(Protocol):
    def __call__(self, answer: Answer, shown: tuple[int, str] = (404, ""), i: int = 0) -> Awaitable[Witness]: ...


@pytest.fixture
def rogue(serve_routes: ServeRoutes, signers: list[Signer]) -> StartRogue:
    """Starts a witness with any answer to add-checkpoint; `shown` is its latest checkpoint, as status and text."""

    async def start(answer: Answer, shown: tuple[int, str] = (404, ""), i: int = 0) -> Witness:
        async def add(http: HttpRequest) -> Response:
            return answer(AddCheckpoint.parse(await http.body()))

        async def show(_: HttpRequest) -> Response:
            return PlainTextResponse(shown[1], shown[0])

        routes = Route("/add-checkpoint", add, methods=["POST"]), Route("/{log}/checkpoint", show)
        return Witness(signers[i].cosigner, await serve_routes(*routes))

    return start


def conflict(size: int) -> Response:
    return Response(f"{size}\n", 409, {"content-type": "text/x.tlog.size"})


async def test_all_cosign_in_the_order_of_the_setting(log: Log, serve: StartWitness, ask: Ask) -> None:
    witnesses = [await serve(i) for i in (2, 0, 1)]
    asked = ask(*witnesses)
    for size in (0, 1, 200, 200, 256, 600):
        answer = await asked.cosign(*log.ask(size))
        assert answer.silent == {}
        _, note = open_checkpoint(
            log.note(size) + "".join(answer.lines), log.signer.verifier, [w.key for w in witnesses]
        )
        assert [line.name for line in note.signatures[1:]] == [w.name for w in witnesses]


async def test_after_a_restart_the_witness_reports_its_size(log: Log, serve: StartWitness, ask: Ask) -> None:
    witness = await serve()
    await ask(witness).cosign(*log.ask(100))
    restarted = ask(witness)
    seen, silent = await restarted.latest()
    assert [each.head for each in seen] == [log.head(100)]
    assert silent == {}
    assert len((await restarted.cosign(*log.ask(300))).lines) == 1


async def test_a_witness_that_never_cosigned_holds_nothing(log: Log, serve: StartWitness, ask: Ask) -> None:
    asked = ask(await serve())
    seen, silent = await asked.latest()
    assert [each.head for each in seen] == [None]
    assert await asked.check(*log.ask(50)) == silent == {}


@pytest.mark.parametrize("restarted", [True, False])
async def test_a_fork_is_raised_with_its_evidence(
    log: Log, fork: Log, serve: StartWitness, ask: Ask, restarted: bool
) -> None:
    witness = await serve()
    asked = ask(witness)
    await asked.cosign(*log.ask(200))
    with pytest.raises(WitnessForked) as forked:
        await (ask(witness) if restarted else asked).cosign(*fork.ask(300))
    assert isinstance(forked.value, LogForked)
    assert forked.value.witness == witness
    evidence = forked.value.evidence
    assert open_checkpoint(evidence["witnessed"], log.signer.verifier, [witness.key])[0] == log.head(200)
    assert evidence["checkpoint"] == fork.note(300)
    assert evidence["said"].startswith("422 ")
    assert len(str(forked.value)) < 1000


@pytest.mark.parametrize("size", [200, 300])
async def test_another_root_is_noticed_at_the_start(
    log: Log, fork: Log, serve: StartWitness, ask: Ask, size: int
) -> None:
    witness = await serve()
    await ask(witness).cosign(*log.ask(200))
    with pytest.raises(WitnessForked):
        await ask(witness).check(*fork.ask(size))
    assert await ask(witness).check(*log.ask(size)) == {}


async def test_another_root_of_the_same_size_is_a_fork(log: Log, fork: Log, serve: StartWitness, ask: Ask) -> None:
    witness = await serve()
    await ask(witness).cosign(*log.ask(200))
    with pytest.raises(WitnessForked, match="other entries than the log's first 200"):
        await ask(witness).cosign(*fork.ask(200))


@pytest.mark.parametrize(
    "another_root",
    [
        PlainTextResponse("another root", 422),
        PlainTextResponse("another root", 409),
        conflict(200),
    ],
    ids=["as tlog-witness has it now", "as it had it", "with the size"],
)
async def test_another_root_of_the_same_size_is_a_fork_in_every_version(
    log: Log, fork: Log, rogue: StartRogue, ask: Ask, signers: list[Signer], another_root: Response
) -> None:
    held = log.note(200) + signers[0].cosign(log.head(200).text, 1)

    def refuse(request: AddCheckpoint) -> Response:
        return conflict(200) if request.old == 0 else another_root

    with pytest.raises(WitnessForked, match="it holds a checkpoint"):
        await ask(await rogue(refuse, (200, held))).cosign(*fork.ask(200))
    with pytest.raises(WitnessForked, match="shows no checkpoint"):
        await ask(await rogue(refuse)).cosign(*fork.ask(200))


async def test_a_restored_older_store_is_noticed(log: Log, serve: StartWitness, ask: Ask) -> None:
    witness = await serve()
    asked = ask(witness)
    await asked.cosign(*log.ask(200))
    for set_back in (asked.check, asked.cosign, ask(witness).cosign):
        with pytest.raises(WitnessAhead, match="holds a checkpoint") as ahead:
            await set_back(*log.ask(150))
        assert isinstance(ahead.value, LogBehind)
        assert ahead.value.size == 200
        assert Note.parse(ahead.value.evidence["witnessed"]).text == log.head(200).text


async def test_an_unreachable_witness_is_named_and_the_others_count(
    log: Log, serve: StartWitness, rogue: StartRogue, ask: Ask, signers: list[Signer]
) -> None:
    honest = await serve(0)
    down = Witness(signers[1].cosigner, f"http://127.0.0.1:{free_port()}")
    answer = await ask(down, honest).cosign(*log.ask(100))
    assert len(answer.lines) == 1
    assert list(answer.silent) == [down.name]
    assert answer.silent == {down.name: "nothing answers there"}
    assert list(await ask(down, honest).check(*log.ask(100))) == [down.name]


async def test_a_slow_witness_is_not_waited_for(
    log: Log, serve: StartWitness, serve_routes: ServeRoutes, ask: Ask, signers: list[Signer]
) -> None:
    enough = asyncio.Event()

    async def never(_: HttpRequest) -> Response:
        await enough.wait()
        return PlainTextResponse("")

    url = await serve_routes(Route("/add-checkpoint", never, methods=["POST"]))
    answer = await ask(Witness(signers[1].cosigner, url), await serve(0), timeout=1).cosign(*log.ask(100))
    enough.set()
    assert len(answer.lines) == 1
    assert answer.silent == {signers[1].name: "no answer within 1 s"}


def _invalid(log: Log, signers: list[Signer]) -> dict[str, Answer]:
    mine, another = signers[0], Signer(signers[0].name, bytes([99] * 32))
    return {
        "nothing": lambda r: PlainTextResponse(""),
        "words": lambda r: PlainTextResponse("OK\n"),
        "bytes": lambda r: Response(b"\xff\xfe"),
        "too much": lambda r: PlainTextResponse("x" * 100_000),
        "a bomb": lambda r: Response(gzip.compress(b"x" * 10_000_000), headers={"content-encoding": "gzip"}),
        "another's key": lambda r: PlainTextResponse(another.cosign(r.note.text, 1)),
        "another's name": lambda r: PlainTextResponse(signers[1].cosign(r.note.text, 1)),
        "over something else": lambda r: PlainTextResponse(mine.cosign(log.head(99).text, 1)),
        "no cosignature": lambda r: PlainTextResponse(mine.sign(r.note.text)),
        "a time that cannot be": lambda r: PlainTextResponse(mine.cosign(r.note.text, 1 << 63)),
        "a conflict without a size": lambda r: Response("many\n", 409, {"content-type": "text/x.tlog.size"}),
        "a conflict that never ends": lambda r: conflict(50),
        "a proxy's conflict": lambda r: PlainTextResponse("Conflict", 409),
        "no history to contradict": lambda r: PlainTextResponse("no", 422),
        "elsewhere": lambda r: RedirectResponse("http://127.0.0.1:1/add-checkpoint", 307),
        "an error": lambda r: PlainTextResponse("out of order", 500),
    }


@pytest.mark.parametrize("what", list(_invalid(Log(), [Signer("w", bytes(32))] * 2)))
async def test_invalid_responses_do_not_count(
    log: Log, rogue: StartRogue, ask: Ask, signers: list[Signer], what: str
) -> None:
    witness = await rogue(_invalid(log, signers)[what])
    answer = await ask(witness).cosign(*log.ask(100))
    assert answer.lines == ()
    assert list(answer.silent) == [witness.name]
    assert len(answer.silent[witness.name]) < 500
    assert answer.silent[witness.name].isprintable()


async def test_a_response_that_is_not_http_does_not_count(log: Log, ask: Ask, signers: list[Signer]) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\x00\xff\r\nHTTP/9.9 maybe\r\n" * 3)
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        answer = await ask(Witness(signers[0].cosigner, f"http://127.0.0.1:{port}")).cosign(*log.ask(100))
    assert answer.lines == ()
    why = answer.silent[signers[0].name]
    assert why == "what answers there is no HTTP"


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (500, "it answered 500"),
        (403, "it answered 403: it does not trust the log's key, or lets nobody in"),
        (404, "it answered 404: it does not know this log, or has another address"),
    ],
)
async def test_the_reason_of_a_refusal_is_in_our_words(
    log: Log, rogue: StartRogue, ask: Ask, signers: list[Signer], status: int, why: str
) -> None:
    """Any web server may answer, with a page of its own."""
    page = PlainTextResponse("<html><h1>nginx</h1></html>", status)
    asked = ask(await rogue(lambda r: page, (status, "<html>nginx</html>")))
    assert (await asked.cosign(*log.ask(100))).silent == {signers[0].name: why}


async def test_connection_errors_are_named(
    log: Log, serve: StartWitness, ask: Ask, signers: list[Signer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def why(url: str) -> str:
        return (await ask(Witness(signers[0].cosigner, url)).cosign(*log.ask(100))).silent[signers[0].name]

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        assert await why(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") == "it hung up without an answer"
    served = await serve()
    assert (await why(served.url.replace("http:", "https:"))).startswith("no TLS connection comes about")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert await why("http://witness.invalid") == "the name in its address is not known"


async def test_a_witness_that_contradicts_itself_stops_nothing(
    log: Log, rogue: StartRogue, ask: Ask, signers: list[Signer]
) -> None:
    held = log.note(50) + signers[0].cosign(log.head(50).text, 1)

    def refuse(request: AddCheckpoint) -> Response:
        return conflict(50) if request.old == 0 else PlainTextResponse("a fork!", 422)

    for answer in (refuse, lambda r: conflict(10_000)):
        asked = ask(await rogue(answer, (200, held)))
        assert "says otherwise" in (await asked.cosign(*log.ask(100))).silent[signers[0].name]


async def test_an_accusation_without_evidence_is_marked(log: Log, rogue: StartRogue, ask: Ask) -> None:
    """Continuing wrongly would fork the log; waiting only costs cosignatures until a person has checked."""

    def refuse(request: AddCheckpoint) -> Response:
        return conflict(50) if request.old == 0 else PlainTextResponse("a fork!", 422)

    with pytest.raises(WitnessForked, match="shows no checkpoint") as forked:
        await ask(await rogue(refuse)).cosign(*log.ask(100))
    assert "witnessed" not in forked.value.evidence
    assert forked.value.evidence["proof"]
    with pytest.raises(WitnessAhead, match="shows no checkpoint"):
        await ask(await rogue(lambda r: conflict(10_000))).cosign(*log.ask(100))


@pytest.mark.parametrize("what", ["unsigned by the log", "not cosigned", "by another witness", "no note", "an error"])
async def test_the_checkpoint_of_a_witness_is_verified(
    log: Log, rogue: StartRogue, ask: Ask, signers: list[Signer], what: str
) -> None:
    text, mine = log.head(50).text, signers[0]
    shown = {
        "unsigned by the log": (200, f"{text}\n{mine.cosign(text, 1)}"),
        "not cosigned": (200, log.note(50)),
        "by another witness": (200, log.note(50) + signers[1].cosign(text, 1)),
        "no note": (200, "hello"),
        "an error": (500, "out of order"),
    }[what]
    asked = ask(await rogue(lambda r: PlainTextResponse(""), shown))
    seen, silent = await asked.latest()
    assert seen == []
    assert list(silent) == [mine.name]


async def test_an_invalid_proof_is_not_sent(log: Log, fork: Log, serve: StartWitness, ask: Ask) -> None:
    asked = ask(await serve())
    await asked.cosign(*log.ask(200))
    head, note, _ = log.ask(300)

    async def prove(old: int) -> ConsistencyProof:
        return ConsistencyProof(log.head(old).root, fork.proof(old, 300))

    with pytest.raises(LogBroken, match="do not prove"):
        await asked.cosign(head, note, prove)


async def test_a_proof_for_several_witnesses_is_built_once(log: Log, serve: StartWitness, ask: Ask) -> None:
    asked = ask(*[await serve(i) for i in range(3)])
    await asked.cosign(*log.ask(200))
    head, note, prove = log.ask(300)
    proven: list[int] = []

    async def counted(old: int) -> ConsistencyProof:
        proven.append(old)
        return await prove(old)

    assert len((await asked.cosign(head, note, counted)).lines) == 3
    assert proven == [200]


def test_the_setting_is_parsed(signers: list[Signer]) -> None:
    a, b = signers[0].cosigner, signers[1].cosigner
    expected = (Witness(a, "https://a.example/w"), Witness(b, "http://127.0.0.1:8010"))
    for text in (
        f"{a} https://a.example/w/, {b} http://127.0.0.1:8010",
        f"{a} https://a.example/w\n{b} http://127.0.0.1:8010\n",
        f"{a},https://a.example/w,{b},http://127.0.0.1:8010",
    ):
        assert parse_witnesses(text) == expected
    assert parse_witnesses("") == ()


def test_invalid_settings_are_rejected(signers: list[Signer], log: Log) -> None:
    a = signers[0].cosigner
    many = " ".join(f"{Signer(f'w{i}', bytes(32)).cosigner} https://w{i}" for i in range(15))
    for text, why in (
        (str(a), "verifier key and its address"),
        (f"https://a.example {a}", "expected <name>"),
        (f"{log.signer.verifier} https://a.example", "does not cosign"),
        (f"{a} ftp://a.example", "not the address"),
        (f"{a} https://a.example/?x", "not the address"),
        (f"{a} https://user:secret@a.example", "not the address"),
        (f"{a} https://a.example {a} https://b.example", "same name"),
        (many, "at most 14"),
    ):
        with pytest.raises(ValueError, match=why):
            parse_witnesses(text)
