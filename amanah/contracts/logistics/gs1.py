"""GS1 keys: EPC URNs and GS1 Digital Links brought to one form, and our own names beside them.

EPC Tag Data Standard 2.0 section 6 (the URNs), GS1 Digital Link 1.2 section 4.11 (the canonical form), GS1 General
Specifications section 7.9 (the check digit).
"""

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote

ROOT = "https://id.gs1.org/"

# No name of a thing is longer; a longer text is not looked into, and not remembered.
_LONGEST = 500

# Characters of a serial, lot or extension in a URN, and those among them that a link must escape.
_TAIL = r"(?:%[0-9A-Fa-f]{2}|[!')(*+,.0-9:;=A-Za-z_-])"
_ESCAPES = str.maketrans({c: f"%{ord(c):02X}" for c in "!()*+,:"})

_KEYS: dict[str, tuple[str, ...]] = {
    "00": (), "01": ("10", "235", "21"), "253": (), "255": (), "401": (), "402": (), "414": ("254",), "417": (),
    "8003": (), "8004": (), "8006": ("10", "21"), "8010": ("8011",), "8017": (), "8018": (),
}  # fmt: skip
"""The key of each application identifier with its qualifiers, from coarse to fine: a link keeps the finest."""

# Names that links of Digital Link 1.0 carry for application identifiers.
_SHORT = {
    "sscc": "00", "gtin": "01", "gdti": "253", "gcn": "255", "ginc": "401", "gsin": "402", "gln": "414",
    "party": "417", "grai": "8003", "giai": "8004", "itip": "8006", "cpid": "8010", "gsrnp": "8017", "gsrn": "8018",
    "lot": "10", "ser": "21",
}  # fmt: skip
_FORMS = {
    "00": r"\d{18}", "01": r"\d{14}", "253": r"\d{13}[^/]{0,17}", "255": r"\d{13,25}", "401": r"[^/]{4,30}",
    "402": r"\d{17}", "414": r"\d{13}", "417": r"\d{13}", "8003": r"\d{14}[^/]{0,16}", "8004": r"[^/]{4,30}",
    "8006": r"\d{18}", "8010": r"[^/]{4,30}", "8017": r"\d{18}", "8018": r"\d{18}",
}  # fmt: skip
_FORM = {ai: re.compile(pattern, re.ASCII) for ai, pattern in _FORMS.items()}

_URN = re.compile(r"urn:epc:(?:id|class|idpat):(?P<scheme>[a-z]+):(?P<company>\d{6,12})\.(?P<rest>.+)", re.ASCII)
_LINK = re.compile(r"https?://[^/?#]+/(?P<path>[^?#]+)")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def check_digit(digits: str) -> str:
    """The GS1 modulo-10 check digit of `digits`, which lack it."""
    weighted = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-weighted % 10)


def is_valid_key(digits: str) -> bool:
    """Tells if `digits` end in their own check digit."""
    return _is_number(digits) and len(digits) > 1 and check_digit(digits[:-1]) == digits[-1]


def _checked(digits: str, length: int) -> str | None:
    """`digits` with their check digit, None unless that makes `length` of them."""
    return digits + check_digit(digits) if _is_number(digits) and len(digits) == length - 1 else None


def _leading(company: str, reference: str) -> str:
    """The indicator or extension digit stands before the company prefix in the key, after it in the URN."""
    return reference[:1] + company + reference[1:]


def _escaped(tail: str, longest: int) -> str | None:
    """A serial, lot or extension as a link has it; None when it has a character, or a length, that none has."""
    return tail.translate(_ESCAPES) if re.fullmatch(f"{_TAIL}{{1,{longest}}}", tail) else None


def _joined(*parts: str | None) -> str | None:
    return None if None in parts else "".join(part for part in parts if part is not None)


_Convert = Callable[[str, str], str | None]


def _digits(ai: str, length: int, *, leading: bool = False) -> _Convert:
    """Converts a key of digits alone."""

    def link(company: str, rest: str) -> str | None:
        return _joined(f"{ai}/", _checked(_leading(company, rest) if leading else company + rest, length))

    return link


def _trade_item(qualifier: str, longest: int) -> _Convert:
    def link(company: str, rest: str) -> str | None:
        reference, _, tail = rest.partition(".")
        key = _joined("01/", _checked(_leading(company, reference), 14))
        return key if tail in ("", "*") else _joined(key, f"/{qualifier}/", _escaped(tail, longest))

    return link


def _with_serial(ai: str, longest: int, prefix: str = "") -> _Convert:
    """Converts a key of 13 digits that its serial follows at once."""

    def link(company: str, rest: str) -> str | None:
        reference, _, serial = rest.partition(".")
        key = _joined(f"{ai}/{prefix}", _checked(company + reference, 13))
        return key if serial in ("", "*") else _joined(key, _escaped(serial, longest))

    return link


def _location(company: str, rest: str) -> str | None:
    reference, _, extension = rest.partition(".")
    key = _joined("414/", _checked(company + reference, 13))
    return key if extension in ("", "0") else _joined(key, "/254/", _escaped(extension, 20))


def _free(ai: str, longest: int) -> _Convert:
    """Converts a company prefix with a reference that the company chose."""
    return lambda company, rest: _joined(f"{ai}/{company}", _escaped(rest, longest - len(company)))


def _component(company: str, rest: str) -> str | None:
    part, _, serial = rest.rpartition(".")
    key = _joined(f"8010/{company}", _escaped(part, 30 - len(company))) if part else None
    return key if serial == "*" or not _is_number(serial) else _joined(key, f"/8011/{serial}")


def _piece(company: str, rest: str) -> str | None:
    reference, *counts, serial = rest.split(".")
    if len(counts) != 2 or not all(len(c) == 2 and _is_number(c) for c in counts):
        return None
    key = _joined("8006/", _checked(_leading(company, reference), 14), *counts)
    return key if serial == "*" else _joined(key, "/21/", _escaped(serial, 20))


_SCHEMES: dict[str, _Convert] = {
    "sscc": _digits("00", 18, leading=True),
    "sgtin": _trade_item("21", 20),
    "lgtin": _trade_item("10", 20),
    "upui": _trade_item("235", 28),
    "sgln": _location,
    "pgln": _digits("417", 13),
    "gdti": _with_serial("253", 17),
    "sgcn": _with_serial("255", 12),
    "grai": _with_serial("8003", 16, "0"),
    "giai": _free("8004", 30),
    "ginc": _free("401", 30),
    "gsin": _digits("402", 17),
    "gsrn": _digits("8018", 18),
    "gsrnp": _digits("8017", 18),
    "itip": _piece,
    "cpi": _component,
}


def canonical(uri: str) -> str:
    """The canonical GS1 Digital Link of an EPC URN or a Digital Link; any other `uri` comes back as it is.

    A link keeps its key and the finest qualifier. The check digit of a link is taken as it stands: see `is_valid_key`.
    """
    return _canonical(uri) if len(uri) <= _LONGEST else uri


@lru_cache(maxsize=4096)
def _canonical(uri: str) -> str:
    if urn := _URN.fullmatch(uri):
        convert = _SCHEMES.get(urn["scheme"])
        path = convert(urn["company"], urn["rest"]) if convert else None
        return ROOT + path if path else uri
    link = _LINK.match(uri)
    path = link and _canonical_path(link["path"].strip("/").split("/"))
    return ROOT + path if path else uri


def _canonical_path(steps: list[str]) -> str | None:
    for at in range(len(steps) - 1):
        ai, key = _SHORT.get(steps[at], steps[at]), steps[at + 1]
        if ai not in _KEYS or (len(steps) - at) % 2:
            continue
        if ai == "01" and _is_number(key) and len(key) in (8, 12, 13):
            key = key.zfill(14)
        if _FORM[ai].fullmatch(key):
            rest = steps[at + 2 :]
            present = {_SHORT.get(q, q): value for q, value in zip(rest[::2], rest[1::2], strict=True) if value}
            finest = next((q for q in reversed(_KEYS[ai]) if q in present), None)
            return f"{ai}/{key}" + (f"/{finest}/{present[finest]}" if finest else "")
    return None


def _own(uri: str, noun: str) -> str | None:
    prefix = f"urn:amanah:{noun}:"
    code = unquote(uri[len(prefix) :]) if uri.startswith(prefix) else ""
    return code if code and code.isprintable() else None


def _named(uri: str, noun: str, *paths: str) -> str | None:
    """Our own name after `urn:amanah:<noun>:`, or the valid key and its qualifier joined by a dot, or None."""
    if own := _own(uri, noun):
        return own
    link = canonical(uri)
    if not link.startswith(ROOT):
        return None
    ai, key, *qualified = link[len(ROOT) :].split("/")
    return ".".join([key, *map(unquote, qualified[1:])]) if ai in paths and is_valid_key(key) else None


def package_code(uri: str) -> str | None:
    """The package that `uri` names: our code, the 18 digits of an SSCC, or `<GTIN-14>.<serial>`; else None."""
    code = _named(uri, "package", "00", "01")
    # A GTIN without its serial names a kind of goods, not one package.
    return code if code and not (canonical(uri).startswith(ROOT + "01/") and "/21/" not in canonical(uri)) else None


def place_code(uri: str) -> str | None:
    """The place that `uri` names: our code, a 13-digit GLN, or `<GLN>.<extension>`; else None."""
    return _named(uri, "place", "414")


def item_sku(uri: str) -> str | None:
    """The goods that `uri` names: our SKU or a GTIN-14 (a lot or serial is left out); else None."""
    code = _named(uri, "item", "01")
    return code.partition(".")[0] if code and not uri.startswith("urn:amanah:") else code
