"""An entry as an export reads it: whatever the leaf lacks is empty, so that no log is too strange to take home."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amanah.cli.audit.untrusted import parsed
from amanah.tlog import anchors


@dataclass(frozen=True)
class Entry:
    """A leaf with its place in the log, and what its JSON says."""

    index: int
    leaf: bytes
    fields: dict[str, Any]

    def text(self, *path: str) -> str:
        """The text at a path of fields; empty where there is none."""
        return _text(self.fields, *path)

    @property
    def concerns(self) -> list[tuple[str, str]]:
        """What else it touches: types and ids."""
        listed = self.fields.get("concerns")
        pairs = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        return [(_text(each, "type"), _text(each, "id")) for each in pairs]

    @property
    def about(self) -> set[str]:
        """The ids that it is about: its subject, its actor, and what else it touches."""
        return {self.text("subject", "id"), self.text("actor", "id"), *(id_ for _, id_ in self.concerns)}

    @property
    def time(self) -> datetime | None:
        """When it happened; None when that cannot be read."""
        try:
            moment = datetime.fromisoformat(self.text("time"))
        except ValueError:
            return None
        return moment if moment.tzinfo else None

    @property
    def anchor(self) -> tuple[str, str] | None:
        """The name and file of an anchor, where this is the entry by which the log lists it."""
        file = {anchors.NOTED: anchors.CHECKPOINT, anchors.STAMPED: anchors.TIMESTAMP}.get(self.text("action"))
        name = self.text("subject", "id")
        return (name, file) if file and anchors.is_path(anchors.path(name, file)) else None


def _text(fields: Any, *path: str) -> str:
    for name in path:
        fields = fields.get(name) if isinstance(fields, dict) else None
    return fields if isinstance(fields, str) else ""


def read(index: int, leaf: bytes) -> Entry:
    """The entry in a leaf."""
    try:
        return Entry(index, leaf, parsed(leaf))
    except ValueError:
        return Entry(index, leaf, {})
