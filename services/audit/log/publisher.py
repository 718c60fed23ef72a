"""Writes the log's files, signs its head and publishes the checkpoint, in the one order that keeps the log honest.

Files first, then the head is moved by compare-and-set, then it is signed, cosigned, and published by compare-and-set. It
may be stopped anywhere: what it does again gives the same bytes, and a head that was moved but not published is published
before the log grows further. It may also be paused anywhere, and go on when another has long taken over: then one of the
two compare-and-sets fails, and it looks again.
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
from services.audit.alarms.rules import UNWITNESSED, Alarm, LogBehind, LogForked
from services.audit.log.rollback_checks import check_copy, check_witnesses, growth_of, tile_lost
from services.audit.log.rules.growth import grow, kept, reach
from services.audit.store import Published, Store
from services.audit.witnesses.client import Ahead, Cosigned, Witnesses

_CHECK_COPY_EVERY = 10.0
_REST_S = 3.0
_TIDY_AGAIN_S = 60.0
_WRITES_AT_ONCE = 8
_CLEARED_A_STEP = 8

log = structlog.get_logger()


class Publisher(Periodic):
    """The worker that keeps the published log at most a second behind the stored entries.

    It works while `holds()`: while this process is the one that enters entries. That spares others the same work; nothing
    relies on it.
    """

    def __init__(
        self, store: Store, witnesses: Witnesses | None = None, holds: Callable[[], bool] = lambda: True
    ) -> None:
        super().__init__("publisher", self.step, store.settings.publish_every_s)
        self._store, self._log = store, store.log
        self._witnesses = witnesses or Witnesses((), [signer.verifier for signer in store.signers])
        self._holds = holds
        self._vouched = False
        self._copy_checked = -_CHECK_COPY_EVERY
        self._alarmed = False
        self._unwitnessed_since: float | None = None
        self._rests_until = 0.0
        self._wrong: Alarm | None = None
        self._cleared = 0
        self._tidies_from = 0.0
        self._stored = 0
        self._published: Published | None = None

    async def run(self) -> None:
        """Works until cancelled."""
        try:
            await super().run()
        finally:
            await self._witnesses.close()

    async def step(self) -> bool:
        """Publish what waits, at most a few tiles of it; whether more waits. Raises an Alarm rather than sign wrongly."""
        if not self._holds():
            self._vouched, self._stored, self._published = False, 0, None
            self._unwitnessed_since = None
            return False
        if time.monotonic() < self._rests_until:
            if self._wrong is not None:
                raise self._wrong.with_traceback(None)
            return False
        try:
            self._wrong = None
            return await self._get_on()
        except Alarm as alarm:
            self._vouched, self._wrong = False, alarm
            self._rest()
            await self._store.alarms.begin(alarm.code, alarm.message, alarm.evidence)
            raise

    def _rest(self) -> None:
        """Witnesses are other people's machines: when they did not help, they are not asked twice a second."""
        self._rests_until = time.monotonic() + _REST_S

    async def _get_on(self) -> bool:
        await self._check()
        # In this order each covers the one before, whoever publishes in between.
        published, head, self._stored = await self._log.published(), await self._log.head(), await self._log.stored()
        if head.size < self._stored and (head.size == 0 or self._stands(published, head)):
            grown = await self._grow(head, reach(head.size, self._stored))
            if grown is None:
                return True
            head = grown
        if not self._stands(published, head):
            published = await self._publish(published, head)
        self._published = published
        if not self._stands(published, head):
            return False
        await self._settle()
        if head.size < self._stored:
            return True
        await self._tidy(head.size)
        return False

    def _stands(self, published: Published | None, head: Checkpoint) -> bool:
        """Whether `head` is published, signed by every key of ours."""
        if published is None or published.checkpoint != head:
            return False
        signed = {(line.name, line.key_id) for line in Note.parse(published.note).signatures}
        keys = [signer.verifier for signer in self._store.signers]
        return all((key.name, key.key_id) in signed for key in keys)

    # ------------------------------------------------------------ growing

    async def _grow(self, head: Checkpoint, end: int) -> Checkpoint | None:
        """Write the files of the log up to `end` entries, and move the head there; None when another was quicker."""
        entries = await self._store.entries.leaves(kept(head.size), end)
        growth = grow(head, await self._above(head.size), entries)
        await self._write(growth.files)
        return growth.head if await self._log.move_head(head, growth.head) else None

    async def _above(self, size: int) -> list[Tile]:
        """The partial tiles of level 1 and up."""
        spans = [span for span in layout.partial_spans(size) if span.level > 0]
        try:
            return [Tile(span.level, span.number, await self._log.tile(span)) for span in spans]
        except (NotFound, Malformed) as error:
            raise tile_lost(error) from error

    async def _write(self, files: dict[str, bytes]) -> None:
        slots = asyncio.Semaphore(_WRITES_AT_ONCE)

        async def write(path: str, data: bytes) -> None:
            async with slots:
                await self._log.write(path, data)

        outcomes = await asyncio.gather(*(write(*file) for file in files.items()), return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    # ------------------------------------------------------------ publishing

    async def _publish(self, old: Published | None, head: Checkpoint) -> Published | None:
        """Have `head` signed and cosigned, and publish it; what is published afterwards, by us or by who was quicker."""
        note = await self._cosigned(head, head.signed(*self._store.signers))
        if note is None:
            return await self._log.published()
        new = Published(head, note, datetime.now(UTC))
        if not await self._log.publish(old, new):
            return await self._log.published()
        await self._copy(new)
        return new

    async def _cosigned(self, head: Checkpoint, note: str) -> str | None:
        """`note` with the witnesses' lines; None while too few cosign, or when another has published more meanwhile."""
        try:
            answer = await self._witnesses.cosign(head, note, growth_of(self._store, head))
        except Ahead as ahead:
            if (await self._log.head()).size < ahead.size:
                raise
            self._unwitnessed_since = None
            return None
        if len(answer.lines) < self._store.settings.quorum:
            await self._wait_for_witnesses(answer)
            return None
        self._unwitnessed_since = None
        return note + "".join(answer.lines)

    async def _wait_for_witnesses(self, answer: Cosigned) -> None:
        self._rest()
        settings, now = self._store.settings, time.monotonic()
        if self._unwitnessed_since is None:
            self._unwitnessed_since = now
        if now - self._unwitnessed_since >= settings.unwitnessed_after_s:
            silent = "; ".join(f"{name}: {why}" for name, why in answer.silent.items())
            detail = f"Of the witnesses {len(answer.lines)} cosigned, and {settings.quorum} are needed. {silent}"
            await self._store.alarms.begin(UNWITNESSED, detail)
            self._alarmed = True

    async def _copy(self, published: Published) -> None:
        """Let the bucket's copy follow. A later checkpoint that another published meanwhile is not left overwritten."""
        while True:
            await self._log.write(layout.CHECKPOINT, published.note.encode())
            latest = await self._log.published()
            if latest is None or latest.note == published.note:
                return
            published = latest

    async def _settle(self) -> None:
        """All is well: what is signed is published. Alarms that were open are over."""
        if self._alarmed:
            await self._store.alarms.settle()
            self._alarmed = False

    async def _tidy(self, size: int) -> None:
        """Delete partials that full files have replaced, a few at a time, also those that earlier runs left."""
        full = size // WIDTH
        if self._cleared >= full or time.monotonic() < self._tidies_from:
            return
        try:
            self._cleared = await self._log.cleared()
            for bundle in range(self._cleared, min(full, self._cleared + _CLEARED_A_STEP)):
                await self._log.clear(bundle)
                self._cleared = bundle + 1
        except AmanahError as error:
            # They are in nobody's way: it is tried again, and told, every so often.
            self._tidies_from = time.monotonic() + _TIDY_AGAIN_S
            log.warning("partial tiles stay behind", reason=error.message)

    # ------------------------------------------------------------ checking

    async def _check(self) -> None:
        """Raises an Alarm when others have seen of the log what the store does not have.

        Witnesses are asked before the first step: afterwards they tell when they are asked to cosign.
        """
        if not self._vouched:
            alarms = await self._store.alarms.open()
            await self._check_copy()
            silent = await check_witnesses(self._store, self._witnesses)
            for alarm in (LogForked, LogBehind):
                if silent and alarm.code in alarms:
                    # Who held something against the log may be the one that is silent: that settles nothing.
                    raise alarm.again(alarms[alarm.code])
            self._vouched, self._alarmed = True, bool(alarms)
        elif time.monotonic() - self._copy_checked >= _CHECK_COPY_EVERY:
            await self._check_copy()

    async def _check_copy(self) -> None:
        copied, published = await check_copy(self._store), await self._log.published()
        if published is not None and copied != published.note:
            await self._copy(published)
        self._copy_checked = time.monotonic()

    def figures(self) -> dict[str, float]:
        """Entries stored, and how many of them published; the published checkpoint's age in seconds and its cosignatures.

        `holds` is 1 while this process is the one that publishes; the others tell of none.
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
