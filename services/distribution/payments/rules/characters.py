"""Transliteration into the characters that every bank accepts: the Latin set of ISO 20022 (SWIFT's "X" without line ends).

Letters lose their diacritics, a few letters and signs get their usual spelling, the rest becomes a space. No text begins or
ends with a slash or has two in a row, which have a meaning of their own in payment messages.
"""

import re
import unicodedata

_SPELLED = str.maketrans(
    {
        "ß": "ss", "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ø": "O", "ø": "o", "Đ": "D", "đ": "d", "Ð": "D", "ð": "d",
        "Þ": "TH", "þ": "th", "Ł": "L", "ł": "l", "ı": "i", "&": "+", "_": "-", "‘": "'", "’": "'", "ʼ": "'", "`": "'",
        "´": "'", "“": "'", "”": "'", '"': "'", "‐": "-", "–": "-", "—": "-", "−": "-", ";": ",", "[": "(", "]": ")",
    }
)  # fmt: skip
_OTHER = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]+")


def iso_text(text: str, longest: int, *, otherwise: str) -> str:
    """Transliterates `text`, at most `longest` characters; returns `otherwise` when no letter or digit is left."""
    # Spelled before and after: decomposing turns some signs into those that have a spelling.
    plain = unicodedata.normalize("NFKD", text.translate(_SPELLED)).translate(_SPELLED)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"/{2,}", "/", " ".join(_OTHER.sub(" ", plain).split()))
    short = plain.strip(" /")[:longest].strip(" /")
    return short if re.search(r"[A-Za-z0-9]", short) else otherwise
