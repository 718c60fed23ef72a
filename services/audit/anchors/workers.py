"""Workers of the anchors: they date the first checkpoint of each day (UTC), and have it time-stamped if so configured.

A day has one anchor however many instances run: its name is taken in the transaction that records the entry and the event.
Its file is written to the bucket afterwards, as often as it takes. Time stamps are requested by a worker of their own, so
that an authority that does not answer delays nothing else.
"""

import time
from datetime import UTC, datetime

import aiohttp
import structlog

from amanah.runtime.bus.lease import Lease
from amanah.runtime.service import Periodic
from amanah.tlog import anchors
from amanah.tlog.timestamps import NotStamped
from services.audit.anchors.authority import ANSWER_WITHIN_S, configured_authority, open_session, request_timestamp
from services.audit.anchors.commands import date_checkpoint, record_written, store_timestamp
from services.audit.anchors.lookup import anchor_exists, unstamped_anchors, unwritten_files
from services.audit.log.files import LogFiles
from services.audit.log.heads import read_published
from services.audit.store import Store

log = structlog.get_logger()

_DATE_EVERY_S = 5.0
_STAMP_EVERY_S = 30.0
_STAMPS_A_STEP = 10
_TROUBLE_AFTER_S = 3600.0
"""An outage of the authority is retried; one that lasts an hour needs a person, as the alert AmanahNoTimeStamp has it."""


class CheckpointDating(Periodic):
    """The worker that dates the checkpoint of each day, and of shorter periods if they are time-stamped."""

    def __init__(self, store: Store, files: LogFiles) -> None:
        super().__init__("anchors", self.step, _DATE_EVERY_S)
        self._store = store
        self._files = files
        self._known: set[str] = set()

    async def step(self) -> bool:
        """Dates what is due, and writes the files that are not in the bucket yet."""
        await self.date(datetime.now(UTC))
        await self.write()
        return False

    async def date(self, now: datetime) -> None:
        """Dates the published checkpoint for the day and the period of `now`, unless they have an anchor."""
        names = {anchors.day_of(now)}
        if self._store.settings.tsa_url:
            names.add(anchors.period_of(now, self._store.settings.tsa_every_h))
        due = [name for name in sorted(names - self._known) if not await anchor_exists(self._store, name)]
        if due:
            published = await read_published(self._store)
            if published is None or not published.checkpoint.size:
                return
            for name in due:
                await date_checkpoint(self._store, name, now, published)
        self._known = names

    async def write(self) -> None:
        """Writes the anchors' files that are not in the bucket yet; a repeated write changes nothing."""
        for path, data in await unwritten_files(self._store):
            await self._files.write(path, data)
            await record_written(self._store, path)


class CheckpointStamping(Periodic):
    """The worker that has anchors time-stamped by an authority (RFC 3161). It retries what failed."""

    def __init__(self, store: Store, dating: CheckpointDating) -> None:
        super().__init__("time stamps", self.step, _STAMP_EVERY_S)
        self._store = store
        self._dating = dating
        self._lease = Lease(store.db, "time stamps", 2 * _STAMP_EVERY_S + _STAMPS_A_STEP * ANSWER_WITHIN_S)
        self._authority = configured_authority(store.settings)
        self._waiting = self._failed = 0
        self._refusal = ""
        self._refused_since: float | None = None

    async def step(self) -> bool:
        """Requests the time stamps that are wanted, the latest first. A refused one does not keep back the others."""
        if self._authority is None:
            return False
        if not await self._lease.hold():
            self._waiting, self._refused_since = 0, None  # the instance with the lease reports
            return False
        waiting = await unstamped_anchors(self._store, _STAMPS_A_STEP)
        self._waiting = len(waiting)
        refused = False
        async with open_session() as session:
            for anchor in waiting:
                data = anchor["checkpoint"].encode()
                try:
                    answer = await request_timestamp(session, str(self._store.settings.tsa_url), self._authority, data)
                except NotStamped as error:
                    refused = True
                    self._note_refusal(anchor["_id"], str(error))
                    continue
                except (aiohttp.ClientError, TimeoutError) as error:
                    refused = True
                    self._note_refusal(anchor["_id"], str(error) or type(error).__name__)
                    break
                await store_timestamp(self._store, anchor["_id"], answer)
                self._dating.nudge()
                self._waiting -= 1
        if not refused:
            self._refused_since = None
        return len(waiting) == _STAMPS_A_STEP and self._waiting == 0

    def _note_refusal(self, name: str, reason: str) -> None:
        self._failed += 1
        self._refusal = f"no time stamp for the checkpoint of {name}: {reason}"
        if self._refused_since is None:
            self._refused_since = time.monotonic()
        log.warning("no time stamp", anchor=name, reason=reason)

    def trouble(self) -> str | None:
        """Returns the failure of the last run, or the last refusal once the authority has refused for an hour."""
        lasting = self._refused_since is not None and time.monotonic() - self._refused_since >= _TROUBLE_AFTER_S
        return super().trouble() or (self._refusal if lasting else None)

    def figures(self) -> dict[str, float]:
        """Returns the number of anchors that wait for a time stamp, and of the authority's failures since the start."""
        return {**super().figures(), "waiting": self._waiting, "failed": self._failed}
