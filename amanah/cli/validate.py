"""`amanah validate`: checks a partner's file without sending it.

Exit codes: 0 all events would be accepted, 1 some would be rejected, 2 the file cannot be read.
"""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from amanah.contracts.logistics import MAX_BYTES, Rejection, Reported, read


class Format(StrEnum):
    """The forms in which a file may be written."""

    JSON = "json"
    XML = "xml"
    CSV = "csv"


_MEDIA_TYPES = {Format.JSON: "application/json", Format.XML: "application/xml", Format.CSV: "text/csv"}


def validate(
    file: Annotated[
        Path, typer.Argument(help="An EPCIS document or event in JSON or XML, or a CSV file; `-` reads standard input")
    ],
    form: Annotated[
        Format | None, typer.Option("--format", help="How the file is written; by default its name and content tell")
    ] = None,
) -> None:
    """Check a file of EPCIS events event by event, without sending it.

    Only the service can check that its packages and places are known, and yours.

    Example: amanah validate shipment.json
    """
    data = read_file(file, MAX_BYTES)
    results = read(data, now=datetime.now(UTC), media_type=media_type_of(file, data, form))
    for result in results:
        typer.echo(_line(result))
    rejected = sum(isinstance(r, Rejection) for r in results)
    typer.echo(f"{len(results) - rejected} would be accepted, {rejected} rejected.")
    if rejected:
        raise typer.Exit(1)


def media_type_of(file: Path, data: bytes, form: Format | None) -> str:
    """How a file is written, by its `form` if that is given, or else by its name and content."""
    return _MEDIA_TYPES[form or _format(file, data)]


def read_file(file: Path, most: int) -> bytes:
    """The content of a file; exits with code 2 when it cannot be read. One byte over `most` shows that it is too large."""
    try:
        if str(file) == "-":
            return typer.get_binary_stream("stdin").read(most + 1)
        with file.open("rb") as stream:
            return stream.read(most + 1)
    except OSError as error:
        typer.echo(f"{file} cannot be read: {error.strerror}. Check the path and its permissions.", err=True)
        raise typer.Exit(2) from None


def _format(file: Path, data: bytes) -> Format:
    if file.suffix.lower() == ".csv":
        return Format.CSV
    return Format.XML if data.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<") else Format.JSON


def _line(result: Reported | Rejection) -> str:
    if isinstance(result, Rejection):
        where = "document" if result.index is None else f"event {result.index}"
        return f"rejected  {where}: {result.code} at {result.field or '/'}: {result.explanation}"
    packages = ", ".join([*result.packages, *([result.parent] if result.parent else [])])
    named = packages or ("no package" if result.effect else "nothing that moves")
    place = result.location or result.read_point
    return (
        f"accepted  event {result.index}: {result.step or result.kind} of {named}"
        f"{f' at {place}' if place else ''}, {result.at:%Y-%m-%d %H:%M} UTC, {result.id}"
    )
