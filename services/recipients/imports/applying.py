"""Making approved rows versions on the register: APPLYING -> APPLIED. Applied rows leave the staging area."""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from amanah.contracts.areas import Scope
from amanah.contracts.audit.entry import concerning
from amanah.contracts.imports import ImportApplied
from amanah.runtime.crypto import commitment
from amanah.runtime.mongo import Operation, Put, Tx
from amanah.runtime.tables import Document
from services.recipients.duplicates.rules import Verdict
from services.recipients.imports.progress import Hand
from services.recipients.imports.rules.imports import ImportStatus
from services.recipients.imports.rules.problems import Problem
from services.recipients.imports.staging import problem_documents
from services.recipients.register.documents import KEYS
from services.recipients.register.rules.register import PARTS, RecipientStatus, differences
from services.recipients.store import import_subject, now

_AT_A_TIME = 200


async def apply(hand: Hand) -> None:
    """Applies what is still staged, and ends with APPLIED. Raises Lost."""
    store = hand.store
    while staged := await store.staged.list(
        {"import": hand.id}, sort=[("import", 1), ("row", 1)], limit=store.settings.batch_rows
    ):
        await _apply_batch(hand, staged)
        await hand.refresh()
    await _finish(hand)


@dataclass
class _Applied:
    """What a batch does to the register."""

    recipients: list[Operation] = field(default_factory=list)
    versions: list[Document] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    contents: dict[str, str] = field(default_factory=dict)
    """The blind key of what each recipient's new version says."""


async def _apply_batch(hand: Hand, staged: list[Document]) -> None:
    store = hand.store
    last = staged[-1]["row"]

    async def write(tx: Tx) -> None:
        before = await _registered(hand, tx, [row["nikBlind"] for row in staged if not row["same"]])
        done = _applied(hand, staged, before, now())
        moved = len(done.refused)
        await hand.move(
            tx,
            "appliedTo",
            last,
            add={"recipients": len(done.versions), "rowsAccepted": -moved, "rowsRejected": moved},
        )
        await store.recipients.bulk(done.recipients, tx=tx)
        await store.versions.insert_many(done.versions, tx=tx)
        await store.problems.insert_many(problem_documents(hand.id, done.refused), tx=tx)
        await store.staged.delete({"import": hand.id, "row": {"$lte": last}}, tx=tx)
        if done.contents:
            await store.outbox.record(
                tx,
                hand.acting("approvedBy"),
                action="recipients:import:apply-rows",
                subject=import_subject(hand.document),
                concerns=concerning(*done.contents),
                authority=hand.id,
                area=hand.document["areas"][0],
                after=commitment(store.keys.subject_key(hand.id), done.contents),
            )

    await store.db.transaction(write)


async def _registered(hand: Hand, tx: Tx, niks: list[str]) -> dict[str, Document]:
    """Who is on the register with these, by NIK key; a few at a time: a long list costs its square."""
    found: dict[str, Document] = {}
    for start in range(0, len(niks), _AT_A_TIME):
        some = {"nikBlind": {"$in": niks[start : start + _AT_A_TIME]}}
        found |= {r["nikBlind"]: r for r in await hand.store.recipients.list(some, tx=tx)}
    return found


def _applied(hand: Hand, staged: list[Document], registered: dict[str, Document], at: datetime) -> _Applied:
    """What the rows do to the register as it is now; it may have moved since they were staged."""
    done = _Applied()
    granted = Scope(hand.document["granted"])
    for row in staged:
        before = None if row["same"] else registered.get(row["nikBlind"])
        if row["same"] or (before is not None and before["content"] == row["content"]):
            continue
        if before is not None and (before["_id"] != row["owner"] or not granted.covers(before["area"])):
            done.refused.append(Problem(row["row"], hand.document["nikLabel"], Verdict.REGISTERED_ELSEWHERE.value))
            continue
        after = {name: row[name] for name in (*PARTS, *KEYS, "words", "warnings")}
        after |= {
            "_id": row["owner"],
            "version": 1 if before is None else before["version"] + 1,
            "status": RecipientStatus.ACTIVE if before is None else before["status"],
            "at": at,
        }
        done.recipients.append(Put(after))
        done.contents[after["_id"]] = after["content"]
        done.versions.append(_version(hand, before, after))
    return done


def _version(hand: Hand, before: Document | None, after: Document) -> Document:
    by, document = hand.acting("approvedBy"), hand.document
    said = ", ".join(filter(None, (document["source"], document["period"], document["note"])))
    return {
        "_id": f"{after['_id']}:{after['version']:06}",
        "recipient": after["_id"],
        "version": after["version"],
        "at": after["at"],
        "by": {"id": by.id, "name": by.name, "role": by.role},
        "authority": document["_id"],
        "reason": said,
        "changes": [asdict(change) for change in differences(before, after)],
    }


async def _finish(hand: Hand) -> None:
    store = hand.store

    async def finish(tx: Tx) -> None:
        await hand.move(tx, "status", ImportStatus.APPLIED)
        await store.outbox.record(
            tx,
            hand.acting("approvedBy"),
            action="recipients:import:apply",
            subject=import_subject(hand.document),
            event=ImportApplied(import_id=hand.id, recipients=hand.document["recipients"]),
            authority=hand.id,
            area=hand.document["areas"][0],
            after=f"sha256:{hand.document['sha256']}",
        )

    await store.db.transaction(finish)
