"""Dead letters: messages that could not be consumed, kept whole with the reason until a person sends them again.

A letter lies on `dlq.<topic>` with the message's own key, value and headers, and `dlq_*` headers that say why, where it
came from and when. A letter that was sent again is not deleted, for topics only grow: a mark with its offset follows it.
Who looks at a letter or sends it again is on the audit trail first.
"""

import getpass
import os
import platform
import traceback
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from amanah.contracts.actor import Acting
from amanah.contracts.areas import NATION
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import AuditEntry, Origin, Subject, new_entry_id
from amanah.contracts.envelope import Envelope, source_of
from amanah.contracts.errors import NotFound
from amanah.contracts.ids import derived_id
from amanah.contracts.message import rfc3339
from amanah.contracts.topics import AUDIT_ENTRIES, TOPICS, dead_letters
from amanah.runtime.bus.bus import Bus, Headers, Message, Outgoing
from amanah.runtime.bus.outbox import ENTRY_RECORDED

_PREFIX = "dlq_"
_SENT_AGAIN = "dlq_sent_again"
_REPLAYED = "dlq_replayed"
_GROUP = "dlq_group"
_IDLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter. `topic`, `partition` and `offset` are where the message stood, `number` is the letter's own.

    `code` and `explanation` hold no personal data; the message itself may hold what its sender put in it.
    """

    number: int
    parked_at: datetime
    code: str
    explanation: str
    group: str
    topic: str
    partition: int
    offset: int
    time: str
    message: Message

    def original(self) -> Outgoing:
        """The message as it was, with headers that say that it comes again, and for whom."""
        again = ((_REPLAYED, str(self.number).encode()), (_GROUP, self.group.encode()))
        headers = (*_own(self.message.headers), *again)
        return Outgoing(self.topic, self.message.key, self.message.value, headers)


def address(topic: str, partition: int, offset: int) -> str:
    """Returns the position of a message, as audit entries name it."""
    return f"{topic}/{partition}/{offset}"


def letter_for(message: Message, *, code: str, explanation: str, group: str) -> Outgoing:
    """The letter that parks a message."""
    reasons = {
        "code": code,
        "explanation": explanation[:500],
        "group": group,
        "topic": message.topic,
        "partition": str(message.partition),
        "offset": str(message.offset),
        "time": rfc3339(_moment(message.time_ms)),
    }
    headers = (*_own(message.headers), *((_PREFIX + name, text.encode()) for name, text in reasons.items()))
    return Outgoing(dead_letters(message.topic), message.key, message.value, headers)


def is_for(message: Message, group: str) -> bool:
    """Tells if the group should handle the message: one that was sent again is for the group that had parked it."""
    return message.header(_REPLAYED) is None or message.header(_GROUP) == group


def operator() -> Acting:
    """Returns the user of the command line as actor. The id is derived from the login, which stays out of the log."""
    try:
        login = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        login = str(os.getuid())
    return Acting(id=derived_id("usr", "operator", login), name=login, role="OPERATOR", area=NATION)


class DeadLetters:
    """The dead letters on a bus, as the operator handles them. `topic` is always the one that the messages were on."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._by = operator()

    async def topics(self) -> dict[str, int]:
        """The topics that have dead letters, with how many were ever parked; marks count too."""
        names = {dead_letters(name): name for name in TOPICS if dead_letters(name) in TOPICS}
        ends = await self._bus.ends(names)
        return {names[partition.topic]: end for partition, end in ends.items() if end}

    async def waiting(self, topic: str) -> AsyncIterator[Letter]:
        """The letters of a topic that were not sent again, oldest first."""
        done = {int(mark) async for m in self._read(topic) if (mark := m.header(_SENT_AGAIN)) is not None}
        async for message in self._read(topic):
            if message.header(_SENT_AGAIN) is None and message.offset not in done:
                yield _letter(topic, message)

    async def show(self, topic: str, number: int) -> Letter:
        """One letter, sent again or not. Raises NotFound."""
        async for message in self._read(topic):
            if message.offset == number and message.header(_SENT_AGAIN) is None:
                letter = _letter(topic, message)
                await self._bus.publish([self._entry(AuditAction.LETTER_SHOW, letter)])
                return letter
        raise NotFound("not_found.letter", number=number, topic=topic)

    async def replay(self, topic: str, numbers: Collection[int] | None = None) -> int:
        """Sends letters again to their topic, oldest first: these, or all that wait. Returns their number.

        A crash on the way may send one twice; consumers take an event once. Raises NotFound when one does not wait.
        """
        letters = [letter async for letter in self.waiting(topic) if numbers is None or letter.number in numbers]
        if numbers is not None and (missing := set(numbers) - {letter.number for letter in letters}):
            raise NotFound("not_found.letter_waiting", number=min(missing), topic=topic)
        for letter in letters:
            mark = (_SENT_AGAIN, str(letter.number).encode())
            await self._bus.publish([self._entry(AuditAction.LETTER_REPLAY, letter)])
            await self._bus.publish([letter.original()])
            await self._bus.publish([Outgoing(dead_letters(topic), letter.message.key, b"", (mark,))])
        return len(letters)

    def _entry(self, action: AuditAction, letter: Letter) -> Outgoing:
        """The audit entry, straight to the log: a command line has no database of its own to put it into."""
        entry = AuditEntry(
            id=new_entry_id(),
            time=datetime.now(UTC),
            actor=self._by,
            action=action,
            subject=Subject(type="DeadLetter", id=f"{dead_letters(letter.topic)}:{letter.number}"),
            concerns=(Subject(type="Message", id=address(letter.topic, letter.partition, letter.offset)),),
            area=self._by.area,
            reason=letter.code,
            origin=Origin(service="bus", device=platform.node()),
        )
        about = Envelope(
            id=entry.id, type=ENTRY_RECORDED, source=source_of("bus"), subject=entry.subject.id, time=entry.time,
            actor_id=self._by.id, actor_role=self._by.role, actor_area=self._by.area,
        )  # fmt: skip
        return Outgoing(AUDIT_ENTRIES.name, entry.subject.id.encode(), entry.canonical(), about.to_headers())

    async def _read(self, topic: str) -> AsyncIterator[Message]:
        """Yields the messages that are on the topic's dead letter topic now."""
        name = dead_letters(topic)
        left = {partition: end for partition, end in (await self._bus.ends([name])).items() if end}
        subscription = await self._bus.subscribe([name], group=None)
        try:
            while left:
                messages = await subscription.poll(timeout=_IDLE_SECONDS)
                if not messages:  # what was before the end is past its retention
                    return
                for message in messages:
                    if message.offset < left.get(message.where, 0):
                        yield message
                    if message.offset + 1 >= left.get(message.where, 0):
                        left.pop(message.where, None)
        finally:
            await subscription.close()


def _letter(topic: str, message: Message) -> Letter:
    def header(name: str) -> str:
        return message.header(_PREFIX + name) or ""

    return Letter(
        number=message.offset,
        parked_at=_moment(message.time_ms),
        code=header("code"),
        explanation=header("explanation"),
        group=header("group"),
        topic=topic,
        partition=int(header("partition") or 0),
        offset=int(header("offset") or 0),
        time=header("time"),
        message=message,
    )


def _own(headers: Headers) -> Headers:
    return tuple((name, value) for name, value in headers if not name.startswith(_PREFIX))


def _moment(time_ms: int) -> datetime:
    return datetime.fromtimestamp(max(0, time_ms) / 1000, UTC)


def place(error: Exception) -> str:
    """Describes the kind of an error and its place in our code; its text may hold personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where
