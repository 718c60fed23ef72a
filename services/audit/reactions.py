"""Reactions to audit entries on the bus: each gets its index in the log."""

from collections.abc import Mapping, Sequence

from amanah.contracts.topics import AUDIT_ENTRIES
from amanah.runtime.bus.bus import Message
from amanah.runtime.bus.consumer import Poison, RawReaction
from amanah.runtime.mongo import Tx
from services.audit.search.rules.entry import NotAnEntry, admit
from services.audit.store import Arrived, Store


async def enter(store: Store, tx: Tx, messages: Sequence[Message]) -> None:
    """Appends entries in the order of the topic. An invalid one goes to the dead letters: the log cannot remove an entry."""
    await store.append(tx, [_arrived(message.value) for message in messages])


def _arrived(leaf: bytes) -> Arrived:
    try:
        return Arrived(admit(leaf), leaf)
    except NotAnEntry as error:
        raise Poison("not_an_entry", problem=str(error)) from error


# Raw: the bytes as published are the leaf, and must not pass through a model first.
RAW: Mapping[str, RawReaction] = {AUDIT_ENTRIES.name: enter}
