"""GS1 keys: EPC URNs and GS1 Digital Links brought to one form, and our own names beside them.

EPC Tag Data Standard 2.0 section 6 (the URNs), GS1 Digital Link 1.2 section 4.11 (the canonical form), GS1 General
Specifications section 7.9 (the check digit).
"""

import re
from collections.abc import Callable
from urllib.parse import quote, unquote

ROOT = "https://id.gs1.org/"

_URN = re.compile(r"^urn:epc:(?:id|class|idpat):(?P<scheme>[a-z]+):(?P<company>\d{6,12})\.(?P<rest>.*)$")
_LINK = re.compile(r"^https?://[^/?#]+/(?:[^?#]*/)?(?P<ai>00|01|253|414|417)/(?P<key>[^/?#]+)(?P<more>(?:/[^?#]*)?)")
_KEY_DIGITS = {"00": 18, "01": 14, "414": 13, "417": 13}
# From coarse to fine: the finest qualifier present is the one that the canonical form keeps.
_QUALIFIERS = {"01": ("10", "235", "21"), "414": ("254",)}


def check_digit(digits: str) -> str:
    """The GS1 modulo-10 check digit of `digits`, which lack it."""
    weighted = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-weighted % 10)


def is_valid_key(digits: str) -> bool:
    """Whether `digits` end in their own check digit."""
    return digits.isdigit() and len(digits) > 1 and check_digit(digits[:-1]) == digits[-1]


def _checked(digits: str, length: int) -> str | None:
    return digits + check_digit(digits) if digits.isdigit() and len(digits) == length - 1 else None


def _leading(company: str, reference: str) -> str:
    """The indicator or extension digit stands before the company prefix in the key, after it in the URN."""
    return reference[:1] + company + reference[1:]


def _sscc(company: str, rest: str) -> str | None:
    key = _checked(_leading(company, rest), 18)
    return key and f"00/{key}"


def _trade_item(qualifier: str) -> Callable[[str, str], str | None]:
    def link(company: str, rest: str) -> str | None:
        reference, _, tail = rest.partition(".")
        key = _checked(_leading(company, reference), 14)
        if key is None:
            return None
        return f"01/{key}" if tail in ("", "*") else f"01/{key}/{qualifier}/{quote(unquote(tail), safe='')}"

    return link


def _location(company: str, rest: str) -> str | None:
    reference, _, extension = rest.partition(".")
    key = _checked(company + reference, 13)
    if key is None:
        return None
    return f"414/{key}" if extension in ("", "0") else f"414/{key}/254/{quote(unquote(extension), safe='')}"


def _party(company: str, rest: str) -> str | None:
    key = _checked(company + rest, 13)
    return key and f"417/{key}"


def _document_type(company: str, rest: str) -> str | None:
    reference, _, serial = rest.partition(".")
    key = _checked(company + reference, 13)
    return key and f"253/{key}{quote(unquote(serial), safe='')}"


_SCHEMES: dict[str, Callable[[str, str], str | None]] = {
    "sscc": _sscc,
    "sgtin": _trade_item("21"),
    "lgtin": _trade_item("10"),
    "sgln": _location,
    "pgln": _party,
    "gdti": _document_type,
}


def canonical(uri: str) -> str:
    """The canonical GS1 Digital Link of an EPC URN or a Digital Link; any other `uri` comes back as it is."""
    if urn := _URN.match(uri):
        convert = _SCHEMES.get(urn["scheme"])
        path = convert(urn["company"], urn["rest"]) if convert else None
        return ROOT + path if path else uri
    link = _LINK.match(uri)
    if link is None:
        return uri
    ai, key = link["ai"], link["key"]
    length = _KEY_DIGITS.get(ai)
    if ai == "01" and key.isdigit() and len(key) in (8, 12, 13):
        key = key.zfill(14)
    if length is not None and not (len(key) == length and is_valid_key(key)):
        return uri
    steps = link["more"].strip("/").split("/")
    present = dict(zip(steps[::2], steps[1::2], strict=False))
    finest = next((q for q in reversed(_QUALIFIERS.get(ai, ())) if q in present), None)
    return f"{ROOT}{ai}/{key}" + (f"/{finest}/{present[finest]}" if finest else "")


def _own(uri: str, noun: str) -> str | None:
    prefix = f"urn:amanah:{noun}:"
    return unquote(uri[len(prefix) :]) or None if uri.startswith(prefix) else None


def _named(uri: str, noun: str, *paths: str) -> str | None:
    """Our own name after `urn:amanah:<noun>:`, or the key and its qualifier joined by a dot, or None."""
    if own := _own(uri, noun):
        return own
    link = canonical(uri)
    if not link.startswith(ROOT):
        return None
    ai, key, *qualified = link[len(ROOT) :].split("/")
    return ".".join([key, *map(unquote, qualified[1:])]) if ai in paths else None


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
