"""The store of the gateway: its own database, which holds users and sessions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.crypto import Keyring, commitment
from amanah.runtime.mongo import Collection, Database
from amanah.runtime.tables import D, Table


@dataclass
class Store:
    """Storage of the gateway's access data: database, outbox and keys."""

    db: Database
    outbox: Outbox
    keys: Keyring

    def __getitem__(self, table: Table[D]) -> Collection[D]:
        """The collection of a table."""
        return self.db[table]

    def seal(self, subject: str, state: Mapping[str, Any] | None) -> str:
        """The commitment to a subject's state that its audit entry carries; empty for no state."""
        return "" if state is None else commitment(self.keys.subject_key(subject), state)
