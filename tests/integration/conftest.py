"""The invariant that every integration test walks: what a service changes, it tells the audit log in the same transaction."""

import json
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from opentelemetry import trace
from starlette.applications import Starlette

from amanah.contracts.actor import Actor
from amanah.contracts.audit.entry import AuditEntry
from amanah.contracts.errors import BadInput, Refused
from amanah.contracts.ids import ID
from amanah.contracts.message import A, Request
from amanah.contracts.topics import AUDIT_ENTRIES, TOPICS
from amanah.runtime import mongo
from amanah.runtime.bus.local import LocalBus
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.identity import CallSigner
from amanah.runtime.mongo import Collection, Database, Put, Tx, Update
from amanah.runtime.rpc import Client, Handlers, InProcessTransport
from amanah.runtime.service import rpc_route

_STORE = Path(mongo.__file__).parent
ROOT = _STORE.parents[2]
_HOUSE = ("amanah", "gateway", "services")
# They pass on what others write.
_JOBS = ROOT / "amanah" / "runtime" / "jobs.py"
_ALONE = "amanah/runtime/jobs.py alone"
_BETWEEN = {Path(__file__), *_STORE.iterdir(), _JOBS}

WHOLE = frozenset({"*"})


def _only(*fields: str) -> frozenset[str]:
    return frozenset(fields)


_READ_MODEL = (WHOLE, "counted from events, each of which came with its entry; it can be counted anew")
_THE_LOG = (WHOLE, "the log itself, and how far it is published")
_KERNEL = (WHOLE, "how far the work is and whose turn it is; nothing that anybody did")

# What heartbeats and the release of a cancelled job change: they run in tasks of their own, below no service.
_LEASES = _only("leaseUntil", "workedAt", "leaseBy", "lease")

# What is changed without an entry: whole documents, or these fields alone, and why.
UNTOLD: Mapping[str, tuple[frozenset[str], str]] = {
    "amanah.positions": _KERNEL,
    "amanah.inbox": _KERNEL,
    "amanah.leases": _KERNEL,
    "amanah.outbox": (WHOLE, "the entries on their way to the log"),
    "amanah.uploads": (
        WHOLE,
        "a place to put bytes; what is made of them has an entry, and who uploads for an anonymous complaint is nobody's",
    ),
    "audit.entries": _THE_LOG,
    "audit.log": _THE_LOG,
    "audit.anchors": _THE_LOG,
    "audit.unwritten": _THE_LOG,
    "recipients.imports": (
        _only(
            "leaseBy", "leaseUntil", "readTo", "appliedTo", "nikLabel", "common", "rowsInSheet", "rowsTotal",
            "rowsAccepted", "rowsRejected", "rowsDuplicate",
        ),
        "whose turn it is and how far reading and applying got; the end of both is told with the sums",
    ),
    "recipients.staged_rows": (WHOLE, "rows that are not in the register yet; staging is told when it ends"),
    "recipients.import_problems": (WHOLE, "what is wrong with the rows of an import; it is told how many were rejected"),
    "distribution.deliveries": (WHOLE, "a queue: documents wait here until their events are judged, and that is told"),
    "distribution.delivery_contents": (WHOLE, "the documents of that queue"),
    "distribution.lane_paces": (WHOLE, "how far a partner has used its events a minute"),
    "distribution.webhook_deliveries": (WHOLE, "a queue: outcomes, each of which was told, wait here to be posted"),
    "distribution.rosters": (WHOLE, "a copy of what recipients told and recorded"),
    "distribution.rounds": (
        _only("workedAt", "paymentBatches"), "whose turn it is, and where two proposals of payments meet"
    ),
    "distribution.captures": (
        _only("workedAt", "document", "running", "success", "events"),
        "how far the work on a document is; that it came has an entry, and so has each of its events",
    ),
    "distribution.packages": (_only("dueAt", "overdue"), "when to look again; what is late is told by an alert, once"),
    "distribution.payment_batches": (
        _only("workedAt", "collectedTo", "released"), "how far the work is; each of its parts is told with its payments"
    ),
    "distribution.payment_reports": (
        _only("workedAt", "takenTo", "problems", "unchanged", "refused"),
        "how far a bank's report is taken; what changed is told with each part, the sums at the end",
    ),
    "distribution.retentions": (WHOLE, "what the object store is still to be asked; the handover has its entry"),
    "distribution.sms_attempts": (WHOLE, "counts wrong codes of an hour; each message has its entry"),
    "distribution.sms_outgoing": (WHOLE, "a message about a change that has its entry, until it is sent"),
    "gateway.signatures": (WHOLE, "which signatures were used, so that none is used twice; what they allowed has its entry"),
    "reporting.marks": _READ_MODEL,
    "reporting.rounds": _READ_MODEL,
    "reporting.handovers": _READ_MODEL,
    "reporting.cases": _READ_MODEL,
    "reporting.days": _READ_MODEL,
    "reporting.totals": _READ_MODEL,
    "reporting.squares": _READ_MODEL,
    "reporting.balances": _READ_MODEL,
    "reporting.checkpoints": _READ_MODEL,
    "reporting.reports": (
        _only("status", "lease", "leaseUntil", "attempts", "wanted"),
        "whose turn it is; what becomes of a report changes more than that, and is told",
    ),
}  # fmt: skip


class Told:
    """Writes that no entry tells."""

    def __init__(self) -> None:
        self.untold: set[str] = set()

    def written(self, collection: str, tx: Tx | None, method: str, args: Any, more: Any, result: Any) -> None:
        """Somebody wrote."""
        place = _place()
        if place is None:
            return
        owner = place.split("/")[1] if place.startswith("services/") else place.split("/")[0]
        allowed, _ = UNTOLD.get(f"{owner}.{collection}", (_LEASES if place == _ALONE else frozenset(), ""))
        changed = _changed(method, args, more, result) - allowed
        if not changed or allowed == WHOLE:
            return
        what = f"{place}: {method} of {owner}.{collection} ({', '.join(sorted(changed))})"
        if tx is None:
            self.untold.add(f"{what}, outside of a transaction")
        else:
            tx.__dict__.setdefault("writes", set()).add(what)

    def committing(self, tx: Tx) -> None:
        """A transaction is about to be committed."""
        recorded = (message for collected, _ in tx.before.values() for _, message in collected)
        if not any(message.topic == AUDIT_ENTRIES.name for message in recorded):
            self.untold |= {f"{what}, without an entry" for what in tx.__dict__.get("writes", ())}


def _place() -> str | None:
    """The file and function of the house that writes; None when a test does it itself."""
    frame: FrameType | None = sys._getframe(2)
    place = "somebody"
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path == _JOBS:
            place = _ALONE
        if path not in _BETWEEN and path.is_relative_to(ROOT):
            inside = path.relative_to(ROOT)
            return f"{inside} {frame.f_code.co_name}" if inside.parts[0] in _HOUSE else None
        frame = frame.f_back
    return place


def _changed(method: str, args: Any, more: Mapping[str, Any], result: Any) -> frozenset[str]:
    """The fields that a write changes; `*` for a whole document."""
    if method in ("update", "update_many"):
        return _fields(args[1]) if result else frozenset()
    if method == "change":
        missed = result is None and not more.get("upsert")
        was_there = result is not None and set(args[1]) == {"$setOnInsert"}
        return frozenset() if missed or was_there else _fields(args[1])
    if method == "delete":
        return WHOLE if result else frozenset()
    if method == "bulk":
        fields: set[str] = set()
        for operation in args[0]:
            match operation:
                case Put():
                    fields |= WHOLE
                case Update(_, change):
                    fields |= _fields(change)
        return frozenset(fields)
    return WHOLE if args[0] else frozenset()


def _fields(change: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(field for fields in change.values() for field in fields)


@pytest.fixture(autouse=True)
def all_is_told(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails a test that makes the services write without an entry in the same transaction."""
    told = Told()

    def watched(method: str) -> Callable[..., Awaitable[Any]]:
        original = getattr(Collection, method)

        async def write(self: Collection[Any], *args: Any, tx: Tx | None = None, **more: Any) -> Any:
            result = await original(self, *args, tx=tx, **more)
            told.written(self._inner.name, tx, method, args, more, result)
            return result

        return write

    for method in ("insert", "insert_many", "put", "update", "update_many", "change", "delete", "bulk"):
        monkeypatch.setattr(Collection, method, watched(method))
    attempt = Database._attempt

    async def attempted(self: Database, work: Callable[[Tx], Awaitable[Any]]) -> Any:
        async def whole(tx: Tx) -> Any:
            result = await work(tx)
            told.committing(tx)
            return result

        return await attempt(self, whole)

    monkeypatch.setattr(Database, "_attempt", attempted)
    yield
    assert not told.untold, "\n" + "\n".join(sorted(told.untold))


_NIK = re.compile(rb"(?<![0-9A-Za-z])[0-9]{16}(?![0-9A-Za-z])")
_TELEPHONE = re.compile(rb"(?<![0-9A-Za-z])(?:\+?62|0)[ -]?8[0-9]{2}[ -]?[0-9]{3,4}[ -]?[0-9]{3,4}(?![0-9A-Za-z])")
_MAIL = re.compile(rb"[^\s\"@]+@[^\s\"@]+")
# That of a key is drawn, and may by chance consist of digits.
_FINGERPRINT = re.compile(rb'"id":"[0-9a-f]{16}","type":"Key"')
PRIVATE = ("3201050101850001", "0812-3456-7890", "budi@example.id")


@pytest.fixture(autouse=True)
def nobody_is_in_the_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No leaf that the test makes has somebody's NIK, telephone or e-mail address in it, whatever the test typed where."""
    leaves: list[bytes] = []
    canonical = AuditEntry.canonical

    def kept(entry: AuditEntry) -> bytes:
        leaf = canonical(entry)
        leaves.append(_FINGERPRINT.sub(b"", leaf))
        return leaf

    monkeypatch.setattr(AuditEntry, "canonical", kept)
    yield
    told = [leaf for leaf in leaves for said in (_NIK, _TELEPHONE, _MAIL) if said.search(leaf)]
    assert not told, told


TRACE = "0af7651916cd43dd8448eb211c80319c"


class Walk:
    """Calls a service's commands through its door, and counts what each tells the audit log."""

    def __init__(self, service: str, handlers: Handlers, store: Any, outbox: Outbox) -> None:
        self.service = service
        self._commands = {ask for ask in handlers if ask.changes}
        self._walked: set[type[Request[Any]]] = set()
        self._said: dict[tuple[type[Request[Any]], str], tuple[Request[Any], Actor]] = {}
        self._outbox = outbox
        signer = CallSigner("s" * 32)
        door = Starlette(routes=[rpc_route(service, handlers, store, signer, outbox.trail)])
        self._client = Client({service: InProcessTransport(door)}, signer)

    async def __call__(self, ask: Request[A], by: Actor, *actions: str, authority: str | Sequence[str] = "") -> A:
        """The answer to a command that tells exactly these `actions` of its caller, on this authority, or one for each."""
        known = {document["_id"] for document in await self._outbox.pending(100_000)}
        traced = trace.NonRecordingSpan(trace.SpanContext(int(TRACE, 16), 1, True, trace.TraceFlags(1)))
        with trace.use_span(traced):
            answer = await self._client.call(ask, by.model_copy(update={"ip": "10.1.2.3", "device": "tablet-9"}))
        told = [
            json.loads(bytes(document["value"]))
            for document in await self._outbox.pending(100_000)
            if document["_id"] not in known and document["topic"] == AUDIT_ENTRIES.name
        ]
        mine = [entry for entry in told if entry["actor"]["id"] == by.id]
        assert [entry["action"] for entry in mine] == [f"{self.service}:{action}" for action in actions], type(ask)
        on = [authority] * len(mine) if isinstance(authority, str) else list(authority)
        assert [entry["authority"] for entry in mine] == on, type(ask)
        for entry in mine:
            assert entry["actor"]["role"] in (
                {str(role) for role in ask.roles or [g.role for g in by.grants]} or {"SYSTEM"}
            ), entry
            assert entry["actor"]["area"], entry
            assert all(entry["subject"].values()), entry
            assert entry["outcome"] == "done", entry
            assert entry["origin"] == {"service": self.service, "ip": "10.1.2.3", "device": "tablet-9", "trace": TRACE}
        self._walked.add(type(ask))
        self._said |= {
            (type(ask), field): (ask, by)
            for field, text in ask
            if isinstance(text, str) and not isinstance(text, Enum) and text.strip() and not ID.fullmatch(text)
            and any(text.strip() in entry[part] for entry in mine for part in ("reason", "authority"))
        }  # fmt: skip
        return answer

    async def refuse_private(self) -> set[str]:
        """The texts, `Command.field`, that entries had in their callers' own words; they are refused with what is somebody's."""
        for (kind, field), (ask, by) in self._said.items():
            for said in PRIVATE:
                with pytest.raises((BadInput, Refused)) as caught:
                    await self._client.call(ask.model_copy(update={field: f"Asked by {said}."}), by)
                unfit = (caught.value.code, caught.value.field) == ("reason_unfit", field)
                assert unfit or isinstance(caught.value, BadInput), (kind, field, caught.value)
        return {f"{kind.__name__}.{field}" for kind, field in self._said}

    def left(self) -> list[str]:
        """The commands that were not called."""
        return sorted(ask.__name__ for ask in self._commands - self._walked)


@pytest.fixture
def walk() -> type[Walk]:
    """Makes a walk through a service: `walk("recipients", HANDLERS, store, store.outbox)`."""
    return Walk


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[LocalBus]:
    """A local bus with all topics."""
    made = LocalBus(tmp_path / "bus.sqlite")
    await made.ensure_topics(TOPICS.values())
    yield made
    await made.close()
