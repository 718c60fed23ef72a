"""Workers of the anchors: they date the first checkpoint of each day (UTC), and have it time-stamped where an authority is set.

A day has one anchor however many instances run: its name is taken in the transaction that records the entry and the event.
What was noted is written to the bucket afterwards, as often as it takes; time stamps are asked for apart from that, so that
an authority that does not answer holds up nothing.
"""

import hashlib
from datetime import UTC, datetime

import aiohttp
import structlog

from amanah.contracts.actor import SYSTEM
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.audit.events import CheckpointDated
from amanah.runtime.bus.lease import Lease
from amanah.runtime.mongo import DuplicateKey, Tx
from amanah.runtime.service import Periodic
from amanah.tlog import anchors, timestamps
from amanah.tlog.encoding import encode_base64
from amanah.tlog.timestamps import Authority, NotStamped
from services.audit.anchors.documents import AnchorDocument
from services.audit.settings import AuditSettings
from services.audit.store import Published, Store

log = structlog.get_logger()

_LOOK_EVERY_S = 5.0
_ASK_EVERY_S = 30.0
_ANSWER_WITHIN_S = 20.0
_AT_ONCE = 10


class Dating(Periodic):
    """The worker that notes the checkpoint of each day, and of shorter periods where they are stamped."""

    def __init__(self, store: Store) -> None:
        super().__init__("anchors", self.step, _LOOK_EVERY_S)
        self._store = store
        self._known: set[str] = set()

    async def step(self) -> bool:
        """Note what is due now, and write what was noted."""
        await self.date(datetime.now(UTC))
        await self.write()
        return False

    async def date(self, now: datetime) -> None:
        """Note the published checkpoint for the day and period of `now`, unless they have theirs."""
        names = {anchors.day_of(now)}
        if self._store.settings.tsa_url:
            names.add(anchors.period_of(now, self._store.settings.tsa_every_h))
        due = [name for name in sorted(names - self._known) if not await self._store.anchors.known(name)]
        if due:
            published = await self._store.log.published()
            if published is None or not published.checkpoint.size:
                return
            for name in due:
                await self._note(name, now, published)
        self._known = names

    async def _note(self, name: str, now: datetime, published: Published) -> None:
        store, checkpoint = self._store, published.checkpoint
        stamp = store.settings.tsa_url is not None
        root = encode_base64(checkpoint.root)
        day = CheckpointDated(
            origin=checkpoint.origin, day=anchors.day_of(now), at=now, size=checkpoint.size, root=root
        )

        async def work(tx: Tx) -> None:
            await store.anchors.note(tx, name, now, published, stamp=stamp)
            await store.outbox.record(
                tx,
                SYSTEM,
                action=AuditAction.CHECKPOINT_DATE,
                subject=Subject(type="Checkpoint", id=name),
                event=day if name == day.day else None,
                after=_hash(published.note.encode()),
            )

        try:
            await store.db.transaction(work)
        except DuplicateKey:
            return  # another instance was quicker

    async def write(self) -> None:
        """Write to the bucket what was noted and is not there yet; written again it is the same."""
        for path, data in await self._store.anchors.unwritten():
            await self._store.log.write(path, data)
            await self._store.anchors.written(path)


class Stamping(Periodic):
    """The worker that has anchors stamped by an authority (RFC 3161). What fails is told and asked for again.

    It is never a reason to take the service out of traffic: the log goes on without time stamps.
    """

    def __init__(self, store: Store, dating: Dating) -> None:
        super().__init__("time stamps", self.step, _ASK_EVERY_S)
        self._store = store
        self._dating = dating
        self._lease = Lease(store.db, "time stamps", 2 * _ASK_EVERY_S + _AT_ONCE * _ANSWER_WITHIN_S)
        self._authority = authority(store.settings)
        self._waiting = self._failed = 0

    async def step(self) -> bool:
        """Have stamped what waits, the latest first; what the authority refuses does not keep back the others."""
        if self._authority is None or not await self._lease.hold():
            return False
        waiting = await self._store.anchors.unstamped(_AT_ONCE)
        self._waiting = len(waiting)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ANSWER_WITHIN_S)) as session:
            for anchor in waiting:
                try:
                    answer = await self._stamp(session, self._authority, anchor["checkpoint"].encode())
                except (NotStamped, aiohttp.ClientError, TimeoutError) as error:
                    self._failed += 1
                    log.warning("no time stamp", anchor=anchor["_id"], reason=str(error) or type(error).__name__)
                    if isinstance(error, NotStamped):
                        continue
                    return False
                await self._keep(anchor, answer)
                self._waiting -= 1
        return len(waiting) == _AT_ONCE and self._waiting == 0

    async def _stamp(self, session: aiohttp.ClientSession, trusted: Authority, data: bytes) -> bytes:
        asked = timestamps.ask(data)
        headers = {"content-type": timestamps.REQUEST_TYPE, "accept": timestamps.ANSWER_TYPE}
        url = str(self._store.settings.tsa_url)
        async with session.post(url, data=asked.as_bytes(), headers=headers) as response:
            if response.status != 200:
                raise NotStamped(f"the authority answered {response.status}")
            answer = b""
            async for piece in response.content.iter_any():
                answer += piece
                if len(answer) > timestamps.LARGEST:
                    raise NotStamped("the authority's answer is too long")
        trusted.check(answer, data, asked)
        return answer

    async def _keep(self, anchor: AnchorDocument, answer: bytes) -> None:
        async def work(tx: Tx) -> None:
            if await self._store.anchors.stamped(tx, anchor["_id"], answer):
                await self._store.outbox.record(
                    tx,
                    SYSTEM,
                    action=AuditAction.CHECKPOINT_STAMP,
                    subject=Subject(type="Checkpoint", id=anchor["_id"]),
                    after=_hash(answer),
                )

        await self._store.db.transaction(work)
        self._dating.nudge()

    def trouble(self) -> None:
        """Nothing here is a reason to take no traffic."""

    def figures(self) -> dict[str, float]:
        """How many anchors wait for a time stamp, and how often the authority failed since the start."""
        return {**super().figures(), "waiting": self._waiting, "failed": self._failed}


def authority(settings: AuditSettings) -> Authority | None:
    """The authority that the settings name."""
    if settings.tsa_url is None or settings.tsa_certificates is None:
        return None
    return Authority(settings.tsa_certificates.read_bytes())


def _hash(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
