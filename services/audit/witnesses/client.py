"""Client of the log's witnesses (C2SP tlog-witness): requests cosignatures, and the last checkpoint each has cosigned.

Every answer is verified. A cosignature counts when it is over our checkpoint. A checkpoint with our own signature proves that
the log was forked or set back. A witness's claim without such proof stops the log too, for a person to judge: continuing
costs more than waiting, since a signature cannot be taken back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import aiohttp

from amanah.tlog import witness as protocol
from amanah.tlog.checkpoint import Checkpoint, Note, NotSigned, Verifier
from amanah.tlog.encoding import encode_base64
from amanah.tlog.layout import Malformed
from amanah.tlog.proofs import NotProven
from services.audit.alarms.rules import LogBehind, LogBroken, LogForked
from services.audit.settings import Witness
from services.audit.witnesses.reasons import answered, unanswered

A = TypeVar("A")

TIMEOUT = 3.0


@dataclass(frozen=True)
class ConsistencyProof:
    """The log's root at an earlier size, and the proof from there to a checkpoint (RFC 6962 section 2.1.2)."""

    root: bytes
    proof: Sequence[bytes]


Prove = Callable[[int], Awaitable[ConsistencyProof]]
"""Proves consistency from a size of at least 1 and below the checkpoint's, to the checkpoint."""


class WitnessForked(LogForked):
    """A witness holds a history that this log does not continue."""

    def __init__(self, witness: Witness, size: int, evidence: Mapping[str, str]) -> None:
        super().__init__(f"log_forked.{_variant(evidence)}", evidence, witness=witness.name, size=size)
        self.witness = witness
        self.size = size


class WitnessAhead(LogBehind):
    """A witness has seen more than this log has: the log was set back, or another publisher was quicker."""

    def __init__(self, witness: Witness, size: int, evidence: Mapping[str, str]) -> None:
        super().__init__(f"log_behind.{_variant(evidence)}", evidence, witness=witness.name, size=size)
        self.witness = witness
        self.size = size


def _variant(evidence: Mapping[str, str]) -> str:
    # The witness shows a checkpoint that the log signed, or only claims it.
    return "witness" if "witnessed" in evidence else "witness_claim"


@dataclass(frozen=True)
class WitnessedCheckpoint:
    """The checkpoint of this log that a witness cosigned last; `head` is None when it never did."""

    witness: Witness
    head: Checkpoint | None
    note: str = ""


@dataclass(frozen=True)
class Cosignatures:
    """Verified cosignature lines in the order of the setting, and by name the reasons why other witnesses did not cosign."""

    lines: tuple[str, ...]
    silent: dict[str, str]


class _NoAnswer(Exception):
    """A witness gave no valid answer; the message has the reason."""


class _OwnCheckpoint:
    """The log's side: a head, the note in which it is signed, and consistency proofs to it."""

    def __init__(self, head: Checkpoint, text: str, prove: Prove) -> None:
        self.head = head
        self.text = text
        self.note = Note.parse(text)
        self._prove = prove
        self._proofs = {head.size: ConsistencyProof(head.root, ())}
        self._proving = asyncio.Lock()

    async def proof_from(self, old: int) -> ConsistencyProof:
        """Returns the proof from `old` entries. Each is built once, as most witnesses have seen the same size.

        Raises LogBroken rather than return a proof that does not verify.
        """
        async with self._proving:
            if old not in self._proofs:
                made = await self._prove(old)
                try:
                    protocol.verify_growth(made.root, old, self.head, made.proof)
                except NotProven as error:
                    raise LogBroken("log_broken.growth", size=old, error=error) from error
                self._proofs[old] = made
            return self._proofs[old]

    def evidence(self, answer: str, witnessed: str = "", proof: Sequence[bytes] = ()) -> Mapping[str, str]:
        """Returns the evidence to store: our checkpoint, the witness's if it shows one, and the proof between them."""
        parts = {
            "said": answer,
            "witnessed": witnessed,
            "checkpoint": self.text,
            "proof": " ".join(map(encode_base64, proof)),
        }
        return {name: part for name, part in parts.items() if part}


def _split_answers(asked: Sequence[Witness], answers: Sequence[A | BaseException]) -> tuple[list[A], dict[str, str]]:
    """Separates answers from the reasons for missing ones, by name. Raises an accusation against the log, a fork first."""
    for grave in (WitnessForked, WitnessAhead):
        for answer in answers:
            if isinstance(answer, grave):
                raise answer
    given: list[A] = []
    silent: dict[str, str] = {}
    for witness, answer in zip(asked, answers, strict=True):
        if isinstance(answer, _NoAnswer):
            silent[witness.name] = str(answer)
        elif isinstance(answer, BaseException):
            raise answer
        else:
            given.append(answer)
    return given, silent


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text[:200]).strip()


class Witnesses:
    """All configured witnesses, asked concurrently, each with a timeout in seconds for each request."""

    def __init__(self, witnesses: Iterable[Witness], keys: Iterable[Verifier], timeout: float = TIMEOUT) -> None:
        """`keys` are the log's own; the checkpoint that a witness holds is signed by any of them."""
        self.all = tuple(witnesses)
        self._keys = frozenset(keys)
        (self._origin,) = {key.name for key in self._keys}
        self._timeout = timeout
        self._sizes: dict[str, int] = {}
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def latest(self) -> tuple[list[WitnessedCheckpoint], dict[str, str]]:
        """Returns what each witness cosigned last of this log, and by name the reasons of those without an answer."""
        answers = await asyncio.gather(*map(self._latest, self.all), return_exceptions=True)
        return _split_answers(self.all, answers)

    async def check(self, head: Checkpoint, note: str, prove: Prove) -> dict[str, str]:
        """Compares `head`, signed in `note`, with what every witness cosigned last. Returns the reasons of those without an answer.

        Raises WitnessForked or WitnessAhead. Called at every start, it detects a store that was set back before anything is
        signed.
        """
        ours = _OwnCheckpoint(head, note, prove)
        seen, silent = await self.latest()
        for each in seen:
            await self._compare(ours, each, "this is what it cosigned last")
        return silent

    async def cosign(self, head: Checkpoint, note: str, prove: Prove) -> Cosignatures:
        """Asks every witness to cosign `head`, signed in `note`. Raises WitnessForked or WitnessAhead on an accusation.

        Where several processes publish, WitnessAhead may mean that another was quicker: the caller reads the head again.
        """
        ours = _OwnCheckpoint(head, note, prove)
        answers = await asyncio.gather(*(self._cosign(ours, witness) for witness in self.all), return_exceptions=True)
        lines, silent = _split_answers(self.all, answers)
        return Cosignatures(tuple(lines), silent)

    async def _cosign(self, ours: _OwnCheckpoint, witness: Witness) -> str:
        known = self._sizes.get(witness.name, 0)
        old = known if known <= ours.head.size else 0
        status, body, size = await self._add(ours, witness, old)
        if size is not None and size <= ours.head.size:
            old = size
            status, body, size = await self._add(ours, witness, old)
        if status == 200:
            try:
                line = protocol.find_cosignature(ours.note.text, body, witness.key)
            except (Malformed, NotSigned) as error:
                raise _NoAnswer(f"its cosignature does not hold: {error}") from None
            self._sizes[witness.name] = ours.head.size
            return line
        # Of another root of our size, tlog-witness had 409 (with no size, or no news in it) before it had 422.
        same_size = status == 409 and size in (None, old) and old == ours.head.size
        ahead = size if size is not None and size > ours.head.size else None
        if ahead is not None or (old > 0 and (status == 422 or same_size)):
            await self._raise_accusation(ours, witness, old, ahead, status, body)
        raise _NoAnswer(answered(status))

    async def _add(self, ours: _OwnCheckpoint, witness: Witness, old: int) -> tuple[int, str, int | None]:
        """Returns status and body of one request, and the size that a 409 has."""
        proof = tuple((await ours.proof_from(old)).proof) if old > 0 else ()
        request = str(protocol.AddCheckpoint(old, proof, ours.text))
        status, body, kind = await self._ask("POST", f"{witness.url}/{protocol.ADD_CHECKPOINT}", request)
        if status != 409 or kind != protocol.SIZE_TYPE:
            return status, body, None
        try:
            return status, body, protocol.decode_size(body)
        except Malformed as error:
            raise _NoAnswer(f"it answered 409 without the size that it has seen: {error}") from None

    async def _raise_accusation(
        self, ours: _OwnCheckpoint, witness: Witness, old: int, ahead: int | None, status: int, body: str
    ) -> NoReturn:
        """Raises the witness's accusation, unless its own last cosigned checkpoint contradicts it."""
        answer = f"{status} {_printable(body)}".rstrip()
        try:
            seen = await self._latest(witness)
        except _NoAnswer:
            seen = WitnessedCheckpoint(witness, None)
        if seen.head is not None:
            await self._compare(ours, seen, answer)
            raise _NoAnswer(f"{answered(status)}, and what it cosigned last says otherwise")
        if ahead is not None:
            raise WitnessAhead(witness, ahead, ours.evidence(answer))
        raise WitnessForked(witness, old, ours.evidence(answer, proof=(await ours.proof_from(old)).proof))

    async def _compare(self, ours: _OwnCheckpoint, seen: WitnessedCheckpoint, answer: str) -> None:
        """Raises WitnessAhead or WitnessForked unless the log grew from what the witness holds."""
        theirs = seen.head
        if theirs is None:
            return
        if theirs.size > ours.head.size:
            raise WitnessAhead(seen.witness, theirs.size, ours.evidence(answer, seen.note))
        if theirs.size == 0:
            return
        grown = await ours.proof_from(theirs.size)
        if grown.root != theirs.root:
            raise WitnessForked(seen.witness, theirs.size, ours.evidence(answer, seen.note, grown.proof))

    async def _latest(self, witness: Witness) -> WitnessedCheckpoint:
        """Returns what `witness` cosigned last, with its cosignature and the log's own signature verified."""
        status, body, _ = await self._ask("GET", f"{witness.url}/{protocol.checkpoint_path(self._origin)}")
        if status == 404:
            return WitnessedCheckpoint(witness, None)
        if status != 200:
            raise _NoAnswer(answered(status))
        try:
            note = Note.parse(body)
            head = Checkpoint.parse(note.text)
            signed = note.verify([witness.key, *self._keys])
        except (Malformed, NotSigned) as error:
            raise _NoAnswer(f"what it cosigned last does not hold: {error}") from None
        if witness.key not in signed or self._keys.isdisjoint(signed) or head.origin != self._origin:
            raise _NoAnswer("what it shows is not this log's checkpoint with its own cosignature")
        return WitnessedCheckpoint(witness, head, body)

    async def _ask(self, verb: str, url: str, body: str = "") -> tuple[int, str, str]:
        """Returns status, body and media type. Raises _NoAnswer without an answer, or on one that is no text or too long."""
        if self._session is None:
            # No decompression, redirects or cookies: a hostile witness could abuse them.
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"accept-encoding": "identity", "content-type": "text/plain; charset=utf-8"},
            )
        try:
            async with self._session.request(verb, url, data=body.encode() or None, allow_redirects=False) as answer:
                received = bytearray()
                async for chunk in answer.content.iter_any():
                    received += chunk
                    if len(received) > protocol.MAX_BYTES:
                        raise _NoAnswer("its answer is too long")
                return answer.status, received.decode(), answer.content_type
        except UnicodeDecodeError:
            raise _NoAnswer("its answer is no text") from None
        except (aiohttp.ClientError, OSError) as error:
            raise _NoAnswer(unanswered(error, self._timeout)) from None
