"""The witness server: its HTTP interface, its state and its evidence."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from amanah.cli.witness.server import MAX_EVIDENCE, DamagedState, WitnessServer
from amanah.tlog.checkpoint import Checkpoint, Note, Signer, open_checkpoint
from amanah.tlog.witness import MAX_BYTES, AddCheckpoint, CheckpointRefused, checkpoint_path
from tests.integration.witnesses.logs import Log, ServeRoutes

Post = Callable[[str | AddCheckpoint], Awaitable[tuple[int, str, str]]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "logs"


@pytest.fixture
def start(folder: Path, log: Log, signers: list[Signer]) -> Callable[[], WitnessServer]:
    return lambda: WitnessServer(folder, signers[0], [log.signer.verifier], clock=lambda: 1_700_000_000)


@pytest.fixture
async def url(start: Callable[[], WitnessServer], serve_routes: ServeRoutes) -> str:
    return await serve_routes(*start().routes())


@pytest.fixture
async def post(url: str) -> AsyncIterator[Post]:
    async with aiohttp.ClientSession() as session:

        async def send(request: str | AddCheckpoint) -> tuple[int, str, str]:
            async with session.post(f"{url}/add-checkpoint", data=str(request).encode()) as answer:
                return answer.status, answer.headers["content-type"], await answer.text()

        yield send


async def _held(url: str, origin: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/{checkpoint_path(origin)}") as answer:
        return answer.status, await answer.text()


async def test_it_cosigns_and_serves_the_cosigned_checkpoint(
    log: Log, url: str, post: Post, folder: Path, signers: list[Signer]
) -> None:
    assert await _held(url, log.signer.name) == (404, "This witness has not cosigned this log.\n")
    unknown = Signer("stranger", bytes(32)).sign(log.head(200).text)
    for request in (log.request(0, 100), AddCheckpoint(100, log.proof(100, 200), log.note(200) + unknown)):
        assert await post(request) == (
            200,
            "text/plain; charset=utf-8",
            signers[0].cosign(request.note.text, 1_700_000_000),
        )
    status, held = await _held(url, log.signer.name)
    assert status == 200
    assert held == log.note(200) + signers[0].cosign(log.head(200).text, 1_700_000_000)
    assert (folder / checkpoint_path(log.signer.name)).read_text() == held
    assert open_checkpoint(held, log.signer.verifier, [signers[0].cosigner])[0] == log.head(200)


async def test_each_refusal_has_its_status(log: Log, fork: Log, post: Post) -> None:
    await post(log.request(0, 200))
    text = "text/plain; charset=utf-8"
    other = Signer(log.signer.name, bytes([1] * 32))
    stranger = Signer("another.example/log", bytes([2] * 32))
    for request, status, kind in (
        ("hello", 400, text),
        (str(log.request(200, 300))[:-1], 400, text),
        (AddCheckpoint(300, (), log.note(200)), 400, text),
        (AddCheckpoint(200, log.proof(200, 300), log.head(300).signed(other)), 403, text),
        (AddCheckpoint(0, (), Checkpoint(stranger.name, 1, bytes(32)).signed(stranger)), 404, text),
        (log.request(0, 300), 409, "text/x.tlog.size"),
        (fork.request(200, 200), 422, text),
        (fork.request(200, 300), 422, text),
        (AddCheckpoint(200, log.proof(200, 299), log.note(300)), 422, text),
    ):
        assert (await post(request))[:2] == (status, kind), str(request)
    assert (await post(log.request(0, 300)))[2] == "200\n"
    assert (await post(log.request(200, 300)))[0] == 200


async def test_it_limits_the_size_of_requests(url: str, log: Log) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(MAX_BYTES):
            yield b"x" * 1000

    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(f"{url}/add-checkpoint", data=endless()) as answer:
                assert answer.status == 400
        except aiohttp.ClientConnectionError:
            pass  # it hung up while we were still sending
    assert (await _held(url, log.signer.name))[0] == 404


async def test_concurrent_requests_are_cosigned_as_one_history(log: Log, fork: Log, post: Post) -> None:
    await post(log.request(0, 150))
    heads = [(each, size) for size in range(151, 181) for each in (log, fork)]
    answers = await asyncio.gather(*(post(each.request(150, size)) for each, size in heads))
    cosigned = [head for head, answer in zip(heads, answers, strict=True) if answer[0] == 200]
    assert len(cosigned) == 1
    assert cosigned[0][0] is log


def test_the_state_survives_a_restart(log: Log, fork: Log, start: Callable[[], WitnessServer]) -> None:
    start().cosign(log.request(0, 200))
    restarted = start()
    assert restarted.known(log.signer.name) == log.head(200)
    for request in (fork.request(200, 300), fork.request(0, 150), log.request(0, 150)):
        with pytest.raises(CheckpointRefused):
            restarted.cosign(request)
    restarted.cosign(log.request(200, 300))


def test_a_damaged_state_is_rejected(
    log: Log, fork: Log, start: Callable[[], WitnessServer], folder: Path, signers: list[Signer]
) -> None:
    start().cosign(log.request(0, 200))
    file = folder / checkpoint_path(log.signer.name)
    held = file.read_text()
    text, foreign = fork.head(200).text, Checkpoint("another.example/log", 1, bytes(32)).text
    for damaged in (
        held[:-10],
        "",
        held.replace("\n200\n", "\n100\n"),
        log.note(200),
        f"{text}\n{Signer(signers[0].name, bytes([77] * 32)).cosign(text, 1)}",
        f"{foreign}\n{signers[0].cosign(foreign, 1)}",
    ):
        file.write_text(damaged)
        with pytest.raises(DamagedState, match=r"log\.example/audit"):
            start()
    file.unlink()
    file.mkdir()
    with pytest.raises(DamagedState, match="cannot be read"):
        start()


async def test_a_checkpoint_that_cannot_be_stored_is_not_cosigned(log: Log, url: str, post: Post, folder: Path) -> None:
    await post(log.request(0, 100))
    in_the_way = (folder / checkpoint_path(log.signer.name)).with_name(".checkpoint.draft")
    in_the_way.mkdir()
    assert (await post(log.request(100, 200)))[0] == 503
    assert Note.parse((await _held(url, log.signer.name))[1]).text == log.head(100).text
    in_the_way.rmdir()
    assert (await post(log.request(100, 200)))[0] == 200


def evidence(folder: Path, log: Log, kind: str) -> list[tuple[str, str]]:
    """Returns the saved evidence, the oldest first: the refused checkpoint and the cosigned one."""
    kept = sorted((folder / checkpoint_path(log.signer.name)).with_name(kind).glob("*/refused"))
    return [(file.read_text(), file.with_name("cosigned").read_text()) for file in kept]


def sizes_of(kept: list[tuple[str, str]]) -> list[int]:
    return [Checkpoint.parse(Note.parse(refused).text).size for refused, _ in kept]


def refuse(witness: WitnessServer, *requests: AddCheckpoint) -> None:
    for request in requests:
        with pytest.raises(CheckpointRefused):
            witness.cosign(request)


def test_a_signed_checkpoint_without_proof_is_saved_once_as_evidence(
    log: Log, fork: Log, start: Callable[[], WitnessServer], folder: Path
) -> None:
    witness = start()
    witness.cosign(log.request(0, 200))
    held = (folder / checkpoint_path(log.signer.name)).read_text()
    by_anybody = AddCheckpoint(
        200, (bytes(32),), fork.note(300) + Signer("anybody", bytes(32)).sign(fork.head(300).text)
    )
    asking_late = log.request(100, 300)
    refuse(witness, by_anybody, fork.request(200, 300), asking_late)
    assert evidence(folder, log, "refused") == [(fork.note(300), held)]
    assert evidence(folder, log, "forks") == []


@pytest.mark.parametrize(("old", "proof"), [(200, ()), (200, (bytes(32),)), (0, ()), (100, ())])
def test_another_root_of_a_cosigned_size_is_saved_as_a_fork(
    log: Log, fork: Log, start: Callable[[], WitnessServer], folder: Path, old: int, proof: tuple[bytes, ...]
) -> None:
    """The two checkpoints prove a fork, so weaker evidence must not replace them."""
    witness = start()
    witness.cosign(log.request(0, 200))
    held = (folder / checkpoint_path(log.signer.name)).read_text()
    refuse(witness, AddCheckpoint(old, proof, fork.note(200)))
    witness.cosign(log.request(200, 300))
    assert evidence(folder, log, "forks") == [(fork.note(200), held)]
    assert evidence(folder, log, "refused") == []


def test_checkpoints_without_a_known_signature_are_not_saved(
    log: Log, fork: Log, start: Callable[[], WitnessServer], folder: Path
) -> None:
    witness = start()
    witness.cosign(log.request(0, 200))
    before = sorted(folder.rglob("*"))
    head, stranger = fork.head(200), Signer(log.signer.name, bytes([1] * 32))
    forged = fork.note(300).replace("\n300\n", "\n200\n")
    refuse(
        witness,
        *(AddCheckpoint(200, proof, note) for proof in ((), (bytes(32),)) for note in (head.signed(stranger), forged)),
    )
    assert sorted(folder.rglob("*")) == before


def test_the_first_and_the_newest_evidence_is_kept(
    log: Log, fork: Log, start: Callable[[], WitnessServer], folder: Path
) -> None:
    start().cosign(log.request(0, 200))
    sizes = range(201, 201 + 2 * MAX_EVIDENCE)
    first, then = sizes[:MAX_EVIDENCE], sizes[MAX_EVIDENCE:]
    for part in (first, then):
        refuse(start(), *(AddCheckpoint(200, (), fork.note(size)) for size in part))
    kept = sizes_of(evidence(folder, log, "refused"))
    assert kept == [sizes[0], *sizes[-MAX_EVIDENCE + 1 :]]
    refuse(start(), AddCheckpoint(200, (), fork.note(sizes[0])), fork.request(200, 200))
    assert sizes_of(evidence(folder, log, "refused")) == kept
    assert sizes_of(evidence(folder, log, "forks")) == [200]


def test_the_witness_continues_when_evidence_cannot_be_saved(
    log: Log, fork: Log, start: Callable[[], WitnessServer], folder: Path
) -> None:
    witness = start()
    witness.cosign(log.request(0, 200))
    (folder / checkpoint_path(log.signer.name)).with_name("refused").write_text("in the way")
    refuse(witness, fork.request(200, 300))
    witness.cosign(log.request(200, 300))


@pytest.mark.parametrize("signing", ["both", "the new", "the old"])
def test_during_a_key_rotation_either_key_may_sign(log: Log, folder: Path, signers: list[Signer], signing: str) -> None:
    old, new = log.signer, Signer(log.signer.name, bytes([5] * 32))
    using = {"both": (new, old), "the new": (new,), "the old": (old,)}[signing]
    WitnessServer(folder, signers[0], [old.verifier]).cosign(log.request(0, 100))
    rotating = WitnessServer(folder, signers[0], [old.verifier, new.verifier])
    line = rotating.cosign(AddCheckpoint(100, log.proof(100, 200), log.head(200).signed(*using)))
    held = (folder / checkpoint_path(log.signer.name)).read_text()
    assert held == log.head(200).signed(*using) + line
    again = WitnessServer(folder, signers[0], [old.verifier, new.verifier])
    assert again.known(log.signer.name) == log.head(200)


def test_a_retired_key_is_rejected(log: Log, folder: Path, signers: list[Signer]) -> None:
    new = Signer(log.signer.name, bytes([5] * 32))
    WitnessServer(folder, signers[0], [log.signer.verifier, new.verifier]).cosign(log.request(0, 200))
    only_new = WitnessServer(folder, signers[0], [new.verifier])
    only_new.cosign(AddCheckpoint(200, log.proof(200, 300), log.head(300).signed(new)))
    with pytest.raises(CheckpointRefused, match="not signed by a key"):
        only_new.cosign(log.request(300, 400))
