"""Reactions to audit entries on the bus: each gets its index in the log."""

from collections.abc import Mapping, Sequence

from amanah.contracts.topics import AUDIT_ENTRIES
from amanah.runtime.bus.bus import Message
from amanah.runtime.bus.consumer import Poison, RawReaction
from amanah.runtime.mongo import Tx
from services.audit.log.sequencing import append_entries
from services.audit.search.rules.entry import NewEntry, NotAnEntry, admit
from services.audit.store import Store


async def append_messages(store: Store, tx: Tx, messages: Sequence[Message]) -> None:
    """Appends entries in the order of the topic. An invalid one goes to the dead letters: the log cannot remove an entry."""
    await append_entries(store, tx, [_new_entry(message.value) for message in messages])


def _new_entry(leaf: bytes) -> NewEntry:
    try:
        return NewEntry(admit(leaf), leaf)
    except NotAnEntry as error:
        raise Poison("not_an_entry", problem=str(error)) from error


# Raw: the bytes as published are the leaf, and must not pass through a model first.
RAW: Mapping[str, RawReaction] = {AUDIT_ENTRIES.name: append_messages}
