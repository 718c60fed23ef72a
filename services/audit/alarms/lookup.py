"""Lookup of open alarms."""

from services.audit.alarms.documents import ALARMS
from services.audit.store import Store


async def open_alarms(store: Store) -> dict[str, str]:
    """Returns the detail of each open alarm by its rule."""
    found = await store[ALARMS].list({"settledAt": None})
    return {alarm["rule"]: alarm["detail"] for alarm in found}
