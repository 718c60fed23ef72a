"""Configured witnesses: keys and URLs."""

from dataclasses import dataclass

from amanah.tlog.checkpoint import COSIGNATURE, Verifier

MOST = 14
"""Every reader of notes accepts 16 signatures (C2SP signed-note); while its key is rotated, two of them are the log's."""


@dataclass(frozen=True)
class Witness:
    """An outside witness: its cosignature key and its URL."""

    key: Verifier
    url: str

    @property
    def name(self) -> str:
        """The name in its cosignatures."""
        return self.key.name


def parse(text: str) -> tuple[Witness, ...]:
    """Parses witnesses from `<vkey> <url>, <vkey> <url>`; commas, spaces and new lines are the same. Raises ValueError."""
    words = text.replace(",", " ").split()
    if len(words) % 2:
        raise ValueError(
            "each witness is its verifier key and its address, such as `w.example+1a2b3c4d+AbCd... https://w.example`"
        )
    found = tuple(Witness(_key(key), _url(url)) for key, url in zip(words[::2], words[1::2], strict=True))
    if len({witness.name for witness in found}) < len(found):
        raise ValueError("two witnesses have the same name; each is to be somebody else")
    if len(found) > MOST:
        raise ValueError(f"there are at most {MOST} witnesses")
    return found


def _key(text: str) -> Verifier:
    key = Verifier.parse(text)
    if key.kind != COSIGNATURE:
        raise ValueError(f"the key of {key.name} does not cosign; ask the witness for its cosignature key (type 4)")
    return key


def _url(text: str) -> str:
    if not text.startswith(("https://", "http://")) or any(c in text for c in "?#@"):
        raise ValueError(f"{text[:100]!r} is not the address of a witness; it begins with https:// and has no query")
    return text.rstrip("/")
