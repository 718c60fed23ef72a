"""Media types and versions of partners' requests, as EPCIS 2.0 (section 12) negotiates them by headers."""

import re
from collections.abc import Mapping, Sequence

from starlette.datastructures import Headers

from amanah.contracts.errors import BadInput
from amanah.contracts.logistics.reading import CSV_TYPES, XML_TYPES
from amanah.contracts.partner_events import JSON
from gateway.partners.compression import CODINGS

LD_JSON = "application/ld+json"
JSON_TYPES = (JSON, LD_JSON)
DOCUMENT_TYPES = (*JSON_TYPES, *sorted(XML_TYPES | CSV_TYPES))
"""The media types of documents that `amanah.contracts.logistics.read` reads."""

VERSIONS: Mapping[str, str] = {"gs1-epcis-version": "2.0", "gs1-cbv-version": "2.0"}
"""Headers that name the versions of every answer."""

_OURS = (2, 0)
_SAME = re.compile(r"2(\.0(\.[0-9]+)?)?")
_OLDER = re.compile(r"1\.[0-2]")
_BOUND = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,3}))?(?:\.[0-9]+)?")
_EPC_FORMATS = ("Never_Translates", "No_Preference")


def media_type_of(headers: Headers, accepted: Sequence[str]) -> str:
    """The media type of the body, JSON when Content-Type is missing. Raises BadInput for one that is not among `accepted`.

    Its text must be UTF-8, and its Content-Encoding one that can be read.
    """
    named, *parameters = headers.get("content-type", JSON).lower().split(";")
    media_type = named.strip()
    if media_type not in accepted:
        raise BadInput("media_type_unsupported", "Content-Type", accepted=", ".join(accepted))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8", "us-ascii"):
            raise BadInput("media_type_unsupported.charset", "Content-Type")
    encoding_of(headers)
    return media_type


def encoding_of(headers: Headers) -> str:
    """The Content-Encoding of the body, empty for none. Raises BadInput for one that cannot be read."""
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "x-gzip", *CODINGS):
        raise BadInput("encoding_unsupported", "Content-Encoding", accepted=", ".join(CODINGS))
    return encoding


def accepted_type(headers: Headers, available: Sequence[str] = JSON_TYPES) -> str:
    """The media type of `available` that the client prefers (RFC 9110, 12.5.1), else the first. Raises BadInput for none."""
    ranges = _weights(",".join(headers.getlist("accept")) or "*/*")

    def weight(media_type: str) -> float:
        kind = media_type.partition("/")[0]
        return next((ranges[r] for r in (media_type, f"{kind}/*", "*/*") if r in ranges), 0.0)

    best = max(available, key=weight)
    if not weight(best):
        raise BadInput("not_acceptable", "Accept", available=", ".join(available))
    return best


def _weights(accept: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in accept.lower().split(","):
        media_range, *parameters = part.split(";")
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                quality = float(value) if re.fullmatch(r"\s*[01](\.[0-9]{0,3})?\s*", value) else 0.0
        found[media_range.strip()] = quality
    return found


def check_versions(headers: Headers, *, older: bool = False) -> None:
    """Raises BadInput for versions of EPCIS or CBV that this installation does not speak.

    `older` allows a body of EPCIS 1, which there is in XML.
    """
    for name in ("GS1-EPCIS-Version", "GS1-CBV-Version"):
        value = headers.get(name, "").strip()
        if value and not _SAME.fullmatch(value) and not (older and _OLDER.fullmatch(value)):
            raise _unsupported(name, value)
    for standard in ("EPCIS", "CBV"):
        lowest, highest = (headers.get(f"GS1-{standard}-{bound}", "").strip() for bound in ("Min", "Max"))
        if lowest and not (_version(lowest) or _BEYOND) <= _OURS:
            raise _unsupported(f"GS1-{standard}-Min", lowest)
        if highest and not (_version(highest) or _BELOW) >= _OURS:
            raise _unsupported(f"GS1-{standard}-Max", highest)


_BEYOND, _BELOW = (999, 999), (0, 0)


def _version(value: str) -> tuple[int, int] | None:
    found = _BOUND.fullmatch(value)
    return (int(found[1]), int(found[2] or 0)) if found else None


def _unsupported(name: str, value: str) -> BadInput:
    return BadInput("version_unsupported", name, version=value[:20], supported="2.0")


def check_epc_format(headers: Headers) -> None:
    """Raises BadInput when the client wants EPCs translated: events are answered as they were sent."""
    wanted = headers.get("GS1-EPC-Format", "").strip()
    if wanted and wanted not in _EPC_FORMATS:
        raise BadInput("not_acceptable", "GS1-EPC-Format", available=_EPC_FORMATS[0])
