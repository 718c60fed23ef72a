"""Alarms of the log, raised once per occurrence."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NotRequired, TypedDict

import structlog

from amanah.contracts.actor import SYSTEM
from amanah.contracts.areas import NATION
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.audit.events import LogAlarmed
from amanah.contracts.message import rfc3339
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.mongo import Database, DuplicateKey, Tx
from amanah.runtime.tables import Table, index

log = structlog.get_logger()

_LONGEST_DETAIL = 1000


class AlarmDocument(TypedDict):
    """An alarm. `open` is the rule while it lasts and the `_id` afterwards, so that one alarm of a rule is open at a time."""

    _id: str
    open: str
    rule: str
    at: datetime
    detail: str
    evidence: dict[str, str]
    settledAt: NotRequired[datetime]


ALARMS = Table("alarms", AlarmDocument, index("open", unique=True))


class Alarms:
    """The alarms of the log `origin`; each is an event and an audit entry when it begins and when it is over."""

    def __init__(self, db: Database, outbox: Outbox, origin: str) -> None:
        self._db = db
        self._documents = db[ALARMS]
        self._outbox = outbox
        self._origin = origin

    async def prepare(self) -> None:
        """Creates the index that is missing."""
        await self._documents.ensure_indexes(ALARMS.indexes)

    async def begin(self, rule: str, detail: str, evidence: Mapping[str, str] | None = None) -> None:
        """Raises the alarm of a rule with its evidence; does nothing while an alarm of the rule is open."""
        if await self._documents.get({"open": rule}, projection={"_id": 1}) is not None:
            return
        now = datetime.now(UTC)
        alarm: AlarmDocument = {
            "_id": f"{rule}~{rfc3339(now)}",
            "open": rule,
            "rule": rule,
            "at": now,
            "detail": detail[:_LONGEST_DETAIL],
            "evidence": dict(evidence or {}),
        }

        async def work(tx: Tx) -> None:
            await self._documents.insert(alarm, tx=tx)
            await self._tell(tx, alarm, now)

        try:
            await self._db.transaction(work)
        except DuplicateKey:  # another instance was quicker
            return
        log.critical("the log raises an alarm", rule=rule, detail=detail)

    async def open(self) -> dict[str, str]:
        """Returns the detail of each open alarm by its rule."""
        found = await self._documents.list({"settledAt": None})
        return {alarm["rule"]: alarm["detail"] for alarm in found}

    async def settle(self) -> None:
        """Settles all open alarms."""
        for alarm in await self._documents.list({"settledAt": None}):
            await self._db.transaction(lambda tx, a=alarm: self._settle(tx, a))  # type: ignore[misc] # mypy cannot infer the default's type

    async def _settle(self, tx: Tx, alarm: AlarmDocument) -> None:
        now = datetime.now(UTC)
        change = {"$set": {"open": alarm["_id"], "settledAt": now}}
        if await self._documents.update({"_id": alarm["_id"], "open": alarm["rule"]}, change, tx=tx):
            await self._tell(tx, alarm, now, settled=True)

    async def _tell(self, tx: Tx, alarm: AlarmDocument, at: datetime, *, settled: bool = False) -> None:
        await self._outbox.record(
            tx,
            SYSTEM,
            action=AuditAction.LOG_SETTLE if settled else AuditAction.LOG_ALARM,
            subject=Subject(type="Log", id=self._origin),
            area=NATION,
            reason=alarm["rule"],
            event=LogAlarmed(
                origin=self._origin,
                rule=alarm["rule"],
                once=alarm["_id"],
                at=at,
                detail=alarm["detail"],
                settled=settled,
            ),
        )
