"""Key rotation: a signed note (C2SP signed-note) in which a log's old key names its successor.

No standard defines such a note; this one uses nothing but signed-note.
"""

from dataclasses import dataclass
from datetime import date

from amanah.tlog.checkpoint import Note, NotSigned, Signer, Verifier
from amanah.tlog.layout import Malformed

HEADER = "amanah/log-key-succession/v1"


@dataclass(frozen=True)
class KeyRotation:
    """The change from one key of a log to the next, on a day.

    Whoever trusts the old key can trust the new one by this note, long after the old key has stopped signing.
    """

    origin: str
    old: Verifier
    new: Verifier
    day: date

    @property
    def text(self) -> str:
        """The text that both keys sign."""
        return f"{HEADER}\n{self.origin}\n{self.old}\n{self.new}\n{self.day.isoformat()}\n"

    def signed(self, old: Signer, new: Signer) -> str:
        """Returns the note, signed by both keys."""
        return f"{self.text}\n{old.sign(self.text)}{new.sign(self.text)}"

    @classmethod
    def open(cls, data: bytes, trusted: Verifier) -> "KeyRotation":
        """Opens the rotation from the key `trusted`. Raises Malformed, and NotSigned unless both keys signed it."""
        note = Note.parse(data)
        header, *rest = note.text.split("\n")
        if header != HEADER or len(rest) != 5:
            raise Malformed(f"expected a key rotation note: {HEADER!r}, an origin, two keys and a day")
        origin, old, new, day, _ = rest
        try:
            found = cls(origin, Verifier.parse(old), Verifier.parse(new), date.fromisoformat(day))
        except ValueError as error:
            raise Malformed(f"the key rotation note is not valid: {error}") from None
        if found.old != trusted:
            raise NotSigned(f"this note replaces the key {found.old}, not the one you trust")
        if not origin == found.old.name == found.new.name:
            raise NotSigned("the old key, the new key and the log must have the same name")
        if len(note.verify([found.old, found.new])) != 2:
            raise NotSigned("a key rotation note needs signatures of both keys; one is missing")
        return found
