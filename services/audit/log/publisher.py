"""Writes the log's files, signs its head and publishes the checkpoint, in the one order that cannot fork the log.

Files first, then the head is moved by compare-and-set, then it is signed, cosigned, and published by compare-and-set. The
publisher may be stopped anywhere: repeated work gives the same bytes, and a head that was moved but not published is
published before the log grows further. It may also be paused anywhere and resume after another took over: then one of the
two compare-and-sets fails, and it reads the state again.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from amanah.contracts.errors import AmanahError, NotFound
from amanah.runtime.service import Periodic
from amanah.tlog import layout
from amanah.tlog.checkpoint import Checkpoint, Note
from amanah.tlog.layout import WIDTH, Malformed, Tile
from services.audit.alarms.commands import raise_alarm, settle_alarms
from services.audit.alarms.lookup import open_alarms
from services.audit.alarms.rules import UNWITNESSED, Alarm, LogBehind, LogForked
from services.audit.log.files import LogFiles
from services.audit.log.heads import (
    PublishedCheckpoint,
    count_cleared_bundles,
    count_entries,
    move_head,
    publish_checkpoint,
    read_head,
    read_published,
    record_cleared_bundles,
)
from services.audit.log.rollback_checks import check_copy, check_witnesses, consistency_prover, tile_lost
from services.audit.log.rules import full_bundles_end, grow, next_size
from services.audit.search.lookup import read_leaves
from services.audit.store import Store
from services.audit.witnesses.client import Cosignatures, WitnessAhead, Witnesses

_CHECK_COPY_EVERY_S = 10.0
_PAUSE_S = 3.0
_RETRY_CLEARING_S = 60.0
_WRITES_AT_ONCE = 8
_CLEARED_A_STEP = 8

log = structlog.get_logger()


class Publisher(Periodic):
    """The worker that publishes stored entries, at most about a second after they got their index.

    It works while `holds()`: while this process has the partition of the entries. That only spares the other instances the
    same work; correctness does not depend on it.
    """

    def __init__(
        self,
        store: Store,
        files: LogFiles,
        witnesses: Witnesses | None = None,
        holds: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__("publisher", self.step, store.settings.publish_every_s)
        self._store = store
        self._files = files
        self._witnesses = witnesses or Witnesses((), [signer.verifier for signer in store.signers])
        self._holds = holds
        self._checked = False
        self._copy_checked_at = -_CHECK_COPY_EVERY_S
        self._alarms_open = False
        self._unwitnessed_since: float | None = None
        self._paused_until = 0.0
        self._alarm: Alarm | None = None
        self._cleared = 0
        self._clear_from = 0.0
        self._stored = 0
        self._published: PublishedCheckpoint | None = None

    async def run(self) -> None:
        """Works until cancelled."""
        try:
            await super().run()
        finally:
            await self._witnesses.close()

    async def step(self) -> bool:
        """Publishes what waits, at most a few tiles of it. Returns whether more waits.

        Raises an Alarm, and signs nothing, when a check of the log fails.
        """
        if not self._holds():
            self._checked, self._stored, self._published = False, 0, None
            self._unwitnessed_since = None
            return False
        if time.monotonic() < self._paused_until:
            if self._alarm is not None:
                raise self._alarm.with_traceback(None)
            return False
        try:
            self._alarm = None
            return await self._advance()
        except Alarm as alarm:
            self._checked, self._alarm = False, alarm
            self._pause()
            await raise_alarm(self._store, alarm.code, alarm.message, alarm.evidence)
            raise

    def _pause(self) -> None:
        """Pauses: witnesses are other people's machines, and are not asked twice a second after a failure."""
        self._paused_until = time.monotonic() + _PAUSE_S

    async def _advance(self) -> bool:
        await self._check()
        # In this order each covers the one before, whatever another instance publishes in between.
        published = await read_published(self._store)
        head = await read_head(self._store)
        self._stored = await count_entries(self._store)
        if head.size < self._stored and (head.size == 0 or self._is_published(published, head)):
            grown = await self._grow(head, next_size(head.size, self._stored))
            if grown is None:
                return True
            head = grown
        if not self._is_published(published, head):
            published = await self._publish(published, head)
        self._published = published
        if not self._is_published(published, head):
            return False
        await self._settle()
        if head.size < self._stored:
            return True
        await self._clear_partials(head.size)
        return False

    def _is_published(self, published: PublishedCheckpoint | None, head: Checkpoint) -> bool:
        """Tests that `head` is published, with the signature of every key of the log."""
        if published is None or published.checkpoint != head:
            return False
        signed = {(line.name, line.key_id) for line in Note.parse(published.note).signatures}
        keys = [signer.verifier for signer in self._store.signers]
        return all((key.name, key.key_id) in signed for key in keys)

    # ------------------------------------------------------------ growing

    async def _grow(self, head: Checkpoint, end: int) -> Checkpoint | None:
        """Writes the log's files up to `end` entries, and moves the head there; None if another publisher was quicker."""
        entries = await read_leaves(self._store, full_bundles_end(head.size), end)
        growth = grow(head, await self._above(head.size), entries)
        await self._write(growth.files)
        return growth.head if await move_head(self._store, head, growth.head) else None

    async def _above(self, size: int) -> list[Tile]:
        """Reads the partial tiles of level 1 and up."""
        spans = [span for span in layout.partial_spans(size) if span.level > 0]
        try:
            return [Tile(span.level, span.number, await self._files.tile(span)) for span in spans]
        except (NotFound, Malformed) as error:
            raise tile_lost(error) from error

    async def _write(self, files: dict[str, bytes]) -> None:
        slots = asyncio.Semaphore(_WRITES_AT_ONCE)

        async def write(path: str, data: bytes) -> None:
            async with slots:
                await self._files.write(path, data)

        outcomes = await asyncio.gather(*(write(*file) for file in files.items()), return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    # ------------------------------------------------------------ publishing

    async def _publish(self, old: PublishedCheckpoint | None, head: Checkpoint) -> PublishedCheckpoint | None:
        """Signs `head`, has it cosigned and publishes it. Returns what is published afterwards, also by another publisher."""
        note = await self._cosigned(head, head.signed(*self._store.signers))
        if note is None:
            return await read_published(self._store)
        new = PublishedCheckpoint(head, note, datetime.now(UTC))
        if not await publish_checkpoint(self._store, old, new):
            return await read_published(self._store)
        await self._copy(new)
        return new

    async def _cosigned(self, head: Checkpoint, note: str) -> str | None:
        """Returns `note` with the cosignatures; None below the quorum, or when another publisher was quicker."""
        try:
            answer = await self._witnesses.cosign(head, note, consistency_prover(self._files, head))
        except WitnessAhead as ahead:
            if (await read_head(self._store)).size < ahead.size:
                raise
            self._unwitnessed_since = None
            return None
        if len(answer.lines) < self._store.settings.quorum:
            await self._wait_for_witnesses(answer)
            return None
        self._unwitnessed_since = None
        return note + "".join(answer.lines)

    async def _wait_for_witnesses(self, answer: Cosignatures) -> None:
        self._pause()
        settings, now = self._store.settings, time.monotonic()
        if self._unwitnessed_since is None:
            self._unwitnessed_since = now
        if now - self._unwitnessed_since >= settings.unwitnessed_after_s:
            silent = "; ".join(f"{name}: {why}" for name, why in answer.silent.items())
            detail = f"Of the witnesses {len(answer.lines)} cosigned, and {settings.quorum} are needed. {silent}"
            await raise_alarm(self._store, UNWITNESSED, detail)
            self._alarms_open = True

    async def _copy(self, published: PublishedCheckpoint) -> None:
        """Writes the bucket's copy; again while another instance has published a later checkpoint meanwhile."""
        while True:
            await self._files.write(layout.CHECKPOINT, published.note.encode())
            latest = await read_published(self._store)
            if latest is None or latest.note == published.note:
                return
            published = latest

    async def _settle(self) -> None:
        """Settles open alarms: the signed head is published."""
        if self._alarms_open:
            await settle_alarms(self._store)
            self._alarms_open = False

    async def _clear_partials(self, size: int) -> None:
        """Deletes partials that full files have replaced, a few at a time, also those that earlier runs left."""
        full = size // WIDTH
        if self._cleared >= full or time.monotonic() < self._clear_from:
            return
        try:
            self._cleared = await count_cleared_bundles(self._store)
            for bundle in range(self._cleared, min(full, self._cleared + _CLEARED_A_STEP)):
                await self._files.delete_partials(bundle)
                await record_cleared_bundles(self._store, bundle + 1)
                self._cleared = bundle + 1
        except AmanahError as error:
            # They do no harm, so it is enough to try again, and to report it, once a minute.
            self._clear_from = time.monotonic() + _RETRY_CLEARING_S
            log.warning("partial tiles were not deleted", reason=error.message)

    # ------------------------------------------------------------ checking

    async def _check(self) -> None:
        """Raises an Alarm when the bucket or a witness has seen more of the log than the store, or another log.

        Witnesses are asked before the first step only: afterwards they report it when they are asked to cosign.
        """
        if not self._checked:
            alarms = await open_alarms(self._store)
            await self._check_copy()
            silent = await check_witnesses(self._store, self._files, self._witnesses)
            for alarm in (LogForked, LogBehind):
                if silent and alarm.code in alarms:
                    # The silent witness may be the one that raised the alarm, so its silence settles nothing.
                    raise alarm.again(alarms[alarm.code])
            self._checked, self._alarms_open = True, bool(alarms)
        elif time.monotonic() - self._copy_checked_at >= _CHECK_COPY_EVERY_S:
            await self._check_copy()

    async def _check_copy(self) -> None:
        copied = await check_copy(self._store, self._files)
        published = await read_published(self._store)
        if published is not None and copied != published.note:
            await self._copy(published)
        self._copy_checked_at = time.monotonic()

    def figures(self) -> dict[str, float]:
        """Returns the number of entries stored and published, and the published checkpoint's age in seconds and cosignatures.

        `holds` is 1 while this process is the one that publishes; the other figures of other processes are 0.
        """
        published = self._published
        return {
            **super().figures(),
            "holds": float(self._holds()),
            "stored": self._stored,
            "published": published.checkpoint.size if published else 0,
            "checkpoint_age_s": (datetime.now(UTC) - published.at).total_seconds() if published else 0,
            "cosignatures": published.cosignatures if published else 0,
        }
