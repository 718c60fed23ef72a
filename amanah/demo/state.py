"""Progress of the demo on a data folder, stored so that the demo can be killed at any moment and continue.

Every value is written after the server accepted the operation, or, for a handover, before it is sent with a fixed client id;
repeating an operation that was not written down is harmless.
"""

import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any


class DemoState:
    """A small JSON file, replaced whole at every change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}

    def get(self, key: str) -> Any:
        """The value stored under `key`, or None."""
        return self._values.get(key)

    def note(self, key: str, value: Any) -> None:
        """Stores a JSON value; it is on disk when this returns."""
        self._values[key] = value
        self._path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._path.with_suffix(".part")
        with unfinished.open("w") as file:
            json.dump(self._values, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)

    async def once(self, key: str, make: Callable[[], Awaitable[Any]]) -> Any:
        """The value stored under `key`; computed and stored when there is none."""
        if key not in self._values:
            self.note(key, await make())
        return self._values[key]

    def forget(self) -> None:
        """Deletes the stored state."""
        self._values = {}
        self._path.unlink(missing_ok=True)
