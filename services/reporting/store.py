"""The store of reporting. Each noun declares its tables in its `documents`.

Quantities are integer thousandths, areas dotted codes, days ISO dates, coordinates integer microdegrees.
"""

from collections.abc import Callable
from dataclasses import dataclass

from amanah.contracts.area_table import AreaTable
from amanah.runtime.bus.bus import Bus
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.mongo import Collection, Database
from amanah.runtime.objects import Objects
from amanah.runtime.tables import D, Table
from services.reporting.settings import ReportingSettings

GROUP = "reporting"
"""The consumer group."""


def _no_worker() -> None:
    """Does nothing: no worker runs."""


@dataclass
class Store:
    """Storage of reporting: database, objects, outbox, bus and areas, with its settings."""

    db: Database
    objects: Objects
    outbox: Outbox
    bus: Bus
    areas: AreaTable
    public_url: str
    settings: ReportingSettings
    wake_worker: Callable[[], None] = _no_worker
    """Called after a commit that left work, so that the worker need not wait for its next poll."""

    def __getitem__(self, table: Table[D]) -> Collection[D]:
        """The collection of a table."""
        return self.db[table]
