"""Client of the log's witnesses (C2SP tlog-witness): requests cosignatures, and the last checkpoint each has cosigned.

Every answer is verified. A cosignature counts when it is over our checkpoint; that the log was forked or set
back is shown by a checkpoint with our own signature. Where a witness only says so, that is told too, and it is for a person
to judge: going on costs more than waiting, since a signature cannot be taken back.
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
from services.audit.witnesses.reasons import answered, unanswered
from services.audit.witnesses.rules import Witness

A = TypeVar("A")

TIMEOUT = 3.0


@dataclass(frozen=True)
class Grown:
    """How the log came from an earlier size to a checkpoint: the root it had, and the proof from there (RFC 6962 2.1.2)."""

    root: bytes
    proof: Sequence[bytes]


Prove = Callable[[int], Awaitable[Grown]]
"""From a size of at least 1 and below the checkpoint's, to the checkpoint."""


class Forked(LogForked):
    """A witness holds a history that this log does not continue."""

    def __init__(self, witness: Witness, size: int, evidence: Mapping[str, str]) -> None:
        super().__init__(f"log_forked.{_ground(evidence)}", evidence, witness=witness.name, size=size)
        self.witness = witness
        self.size = size


class Ahead(LogBehind):
    """A witness has seen more than this log has: the log was set back, or another publisher was quicker."""

    def __init__(self, witness: Witness, size: int, evidence: Mapping[str, str]) -> None:
        super().__init__(f"log_behind.{_ground(evidence)}", evidence, witness=witness.name, size=size)
        self.witness = witness
        self.size = size


def _ground(evidence: Mapping[str, str]) -> str:
    # Whether the witness shows a checkpoint that the log signed, or there is only its word.
    return "witness" if "witnessed" in evidence else "witness_claim"


@dataclass(frozen=True)
class Seen:
    """What a witness cosigned last of this log; `head` is None when it never did."""

    witness: Witness
    head: Checkpoint | None
    note: str = ""


@dataclass(frozen=True)
class Cosigned:
    """Checked cosignature lines in the order of the setting, and why the others did not cosign, by their names."""

    lines: tuple[str, ...]
    silent: dict[str, str]


class _Silent(Exception):
    """A witness gave no answer that counts; the text says why."""


class _Ours:
    """The log's side: a head, the note it is signed in, and how it grew."""

    def __init__(self, head: Checkpoint, text: str, prove: Prove) -> None:
        self.head = head
        self.text = text
        self.note = Note.parse(text)
        self._prove = prove
        self._grown = {head.size: Grown(head.root, ())}
        self._proving = asyncio.Lock()

    async def grown(self, old: int) -> Grown:
        """How it grew from `old` entries; each is proven once, as most witnesses have seen the same.

        Raises LogBroken rather than hand out a proof that does not hold.
        """
        async with self._proving:
            if old not in self._grown:
                grown = await self._prove(old)
                try:
                    protocol.verify_growth(grown.root, old, self.head, grown.proof)
                except NotProven as error:
                    raise LogBroken("log_broken.growth", size=old, error=error) from error
                self._grown[old] = grown
            return self._grown[old]

    def evidence(self, said: str, witnessed: str = "", proof: Sequence[bytes] = ()) -> Mapping[str, str]:
        """What is to be kept: our checkpoint, that of the witness where it shows one, and how ours should follow from it."""
        parts = {
            "said": said,
            "witnessed": witnessed,
            "checkpoint": self.text,
            "proof": " ".join(map(encode_base64, proof)),
        }
        return {name: part for name, part in parts.items() if part}


def _sorted(asked: Sequence[Witness], answers: Sequence[A | BaseException]) -> tuple[list[A], dict[str, str]]:
    """The answers, and why there is none of the others. What one holds against the log is raised, the gravest first."""
    for grave in (Forked, Ahead):
        for answer in answers:
            if isinstance(answer, grave):
                raise answer
    given: list[A] = []
    silent: dict[str, str] = {}
    for witness, answer in zip(asked, answers, strict=True):
        if isinstance(answer, _Silent):
            silent[witness.name] = str(answer)
        elif isinstance(answer, BaseException):
            raise answer
        else:
            given.append(answer)
    return given, silent


def _shown(said: str) -> str:
    return "".join(c if c.isprintable() else " " for c in said[:200]).strip()


class Witnesses:
    """All configured witnesses, asked side by side; none is waited for longer than `timeout` seconds a question."""

    def __init__(self, witnesses: Iterable[Witness], keys: Iterable[Verifier], timeout: float = TIMEOUT) -> None:
        """`keys` are the log's own, any of which signs what a witness holds of it."""
        self.all = tuple(witnesses)
        self._keys = frozenset(keys)
        (self._origin,) = {key.name for key in self._keys}
        self._timeout = timeout
        self._sizes: dict[str, int] = {}
        self._opened: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Closes the connections."""
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    async def latest(self) -> tuple[list[Seen], dict[str, str]]:
        """What each witness cosigned last of this log, and why the others did not tell, by their names."""
        answers = await asyncio.gather(*map(self._latest, self.all), return_exceptions=True)
        return _sorted(self.all, answers)

    async def check(self, head: Checkpoint, note: str, prove: Prove) -> dict[str, str]:
        """Hold `head`, signed in `note`, against what every witness saw last; who did not tell, and why.

        Raises Forked or Ahead. Asked at every start, it notices a store that was set back before anything is signed.
        """
        ours = _Ours(head, note, prove)
        seen, silent = await self.latest()
        for each in seen:
            await self._compare(ours, each, "this is what it cosigned last")
        return silent

    async def cosign(self, head: Checkpoint, note: str, prove: Prove) -> Cosigned:
        """Ask every witness to cosign `head`, signed in `note`. Raises Forked or Ahead when one of them has cause.

        Whoever publishes from several processes reads the head again before believing Ahead: another may have been quicker.
        """
        ours = _Ours(head, note, prove)
        answers = await asyncio.gather(*(self._cosign(ours, witness) for witness in self.all), return_exceptions=True)
        lines, silent = _sorted(self.all, answers)
        return Cosigned(tuple(lines), silent)

    async def _cosign(self, ours: _Ours, witness: Witness) -> str:
        known = self._sizes.get(witness.name, 0)
        old = known if known <= ours.head.size else 0
        status, said, told = await self._add(ours, witness, old)
        if told is not None and told <= ours.head.size:
            old = told
            status, said, told = await self._add(ours, witness, old)
        if status == 200:
            try:
                line = protocol.find_cosignature(ours.note.text, said, witness.key)
            except (Malformed, NotSigned) as error:
                raise _Silent(f"its cosignature does not hold: {error}") from None
            self._sizes[witness.name] = ours.head.size
            return line
        # Of another root of our size, tlog-witness had 409 (with no size, or no news in it) before it had 422.
        same_size = status == 409 and told in (None, old) and old == ours.head.size
        ahead = told if told is not None and told > ours.head.size else None
        if ahead is not None or (old > 0 and (status == 422 or same_size)):
            await self._accused(ours, witness, old, ahead, status, said)
        raise _Silent(answered(status))

    async def _add(self, ours: _Ours, witness: Witness, old: int) -> tuple[int, str, int | None]:
        """Status and body of one request, and the size that a 409 tells."""
        proof = tuple((await ours.grown(old)).proof) if old > 0 else ()
        body = str(protocol.AddCheckpoint(old, proof, ours.text))
        status, said, kind = await self._ask("POST", f"{witness.url}/{protocol.ADD_CHECKPOINT}", body)
        if status != 409 or kind != protocol.SIZE_TYPE:
            return status, said, None
        try:
            return status, said, protocol.decode_size(said)
        except Malformed as error:
            raise _Silent(f"it answered 409 without the size that it has seen: {error}") from None

    async def _accused(
        self, ours: _Ours, witness: Witness, old: int, ahead: int | None, status: int, said: str
    ) -> NoReturn:
        """A witness says that the log was forked or set back: so it is, unless the witness's own record says otherwise."""
        said = f"{status} {_shown(said)}".rstrip()
        try:
            seen = await self._latest(witness)
        except _Silent:
            seen = Seen(witness, None)
        if seen.head is not None:
            await self._compare(ours, seen, said)
            raise _Silent(f"{answered(status)}, and what it cosigned last says otherwise")
        if ahead is not None:
            raise Ahead(witness, ahead, ours.evidence(said))
        raise Forked(witness, old, ours.evidence(said, proof=(await ours.grown(old)).proof))

    async def _compare(self, ours: _Ours, seen: Seen, said: str) -> None:
        """Raises Ahead or Forked unless the log grew from what the witness holds."""
        theirs = seen.head
        if theirs is None:
            return
        if theirs.size > ours.head.size:
            raise Ahead(seen.witness, theirs.size, ours.evidence(said, seen.note))
        if theirs.size == 0:
            return
        grown = await ours.grown(theirs.size)
        if grown.root != theirs.root:
            raise Forked(seen.witness, theirs.size, ours.evidence(said, seen.note, grown.proof))

    async def _latest(self, witness: Witness) -> Seen:
        """What `witness` cosigned last; its cosignature and the log's own signature are checked."""
        status, said, _ = await self._ask("GET", f"{witness.url}/{protocol.checkpoint_path(self._origin)}")
        if status == 404:
            return Seen(witness, None)
        if status != 200:
            raise _Silent(answered(status))
        try:
            note = Note.parse(said)
            head = Checkpoint.parse(note.text)
            signed = note.verify([witness.key, *self._keys])
        except (Malformed, NotSigned) as error:
            raise _Silent(f"what it cosigned last does not hold: {error}") from None
        if witness.key not in signed or self._keys.isdisjoint(signed) or head.origin != self._origin:
            raise _Silent("what it shows is not this log's checkpoint with its own cosignature")
        return Seen(witness, head, said)

    async def _ask(self, verb: str, url: str, body: str = "") -> tuple[int, str, str]:
        """Status, body and media type of the answer. Raises _Silent without one, and on one that is no text or too long."""
        if self._opened is None:
            # An answer is taken as it comes: nothing that unfolds, leads elsewhere or is remembered.
            self._opened = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"accept-encoding": "identity", "content-type": "text/plain; charset=utf-8"},
            )
        try:
            async with self._opened.request(verb, url, data=body.encode() or None, allow_redirects=False) as answer:
                said = bytearray()
                async for chunk in answer.content.iter_any():
                    said += chunk
                    if len(said) > protocol.MAX_BYTES:
                        raise _Silent("its answer is too long")
                return answer.status, said.decode(), answer.content_type
        except UnicodeDecodeError:
            raise _Silent("its answer is no text") from None
        except (aiohttp.ClientError, OSError) as error:
            raise _Silent(unanswered(error, self._timeout)) from None
