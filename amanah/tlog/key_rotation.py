"""How a log's name passes from one key to another: a signed note (C2SP signed-note) of both keys.

No standard has a form for it; this one needs nothing but what notes have.
"""

from dataclasses import dataclass
from datetime import date

from amanah.tlog.checkpoint import Note, NotSigned, Signer, Verifier
from amanah.tlog.layout import Malformed

HEADER = "amanah/log-key-succession/v1"


@dataclass(frozen=True)
class Succession:
    """One key of a log handed its name on to another, on a day.

    Whoever trusts the old key can trust the new one by it, long after the old one signs no more.
    """

    origin: str
    old: Verifier
    new: Verifier
    day: date

    @property
    def text(self) -> str:
        """What both keys sign."""
        return f"{HEADER}\n{self.origin}\n{self.old}\n{self.new}\n{self.day.isoformat()}\n"

    def signed(self, old: Signer, new: Signer) -> str:
        """The note."""
        return f"{self.text}\n{old.sign(self.text)}{new.sign(self.text)}"

    @classmethod
    def open(cls, data: bytes, trusted: Verifier) -> "Succession":
        """The succession from the key `trusted`. Raises Malformed, and NotSigned unless both keys signed it."""
        note = Note.parse(data)
        header, *rest = note.text.split("\n")
        if header != HEADER or len(rest) != 5:
            raise Malformed(f"a succession note begins with {HEADER!r} and has an origin, two keys and a day")
        origin, old, new, day, _ = rest
        try:
            found = cls(origin, Verifier.parse(old), Verifier.parse(new), date.fromisoformat(day))
        except ValueError as error:
            raise Malformed(f"the succession note cannot be read: {error}") from None
        if found.old != trusted:
            raise NotSigned(f"this note hands on the name of the key {found.old}, not of the one you trust")
        if not origin == found.old.name == found.new.name:
            raise NotSigned("a key hands a log's name on to a key of the same name")
        if len(note.verify([found.old, found.new])) != 2:
            raise NotSigned("both keys sign a succession, and this note has only one of their signatures")
        return found
