"""The pages for partners against the interface: parameters, resources, limits, statuses and types of problems."""

import re
from pathlib import Path
from typing import Any

from amanah.contracts.errors import TABLE, AmanahError, Kind, status_of
from amanah.contracts.errors.texts import STATUS, Text
from amanah.contracts.logistics import MAX_BYTES, MAX_EVENTS
from gateway import limits
from gateway.partners import documents, query
from gateway.partners.epcis import BASE, EpcisResources
from gateway.partners.results import exception_type

PARTNERS = Path(__file__).parents[3] / "docs" / "partners"
HTTP = (PARTNERS / "http.md").read_text()
PROBLEMS = (PARTNERS / "problems.md").read_text()


def first_cells(section: str) -> set[str]:
    """The words in backticks of the first cells of a section's table."""
    text = HTTP.partition(f"## {section}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def test_every_parameter_is_on_the_page() -> None:
    assert first_cells("Querying events") == {*query._TIMES, *query._LISTS, *query._WORDS, *query._PAGES}
    for number in (query.PER_PAGE, query.PER_PAGE_LIMIT, f"{query.QUERY_LIMIT:,}"):
        assert re.search(rf"\b{number}\b", HTTP)


def test_every_resource_is_on_the_page() -> None:
    requests: Any = None
    routes = {route.path for route in EpcisResources(requests, "").routes()} - {BASE + "/{rest:path}"}
    named = {line.split()[1] for line in first_cells("Resources of EPCIS 2.0") if " " in line}
    assert {re.sub(r"\{\w+(:path)?\}", "{}", path) for path in routes} == {re.sub(r"\{\w+\}", "{}", p) for p in named}


def test_the_limits_are_on_the_page() -> None:
    for limit in (f"{MAX_BYTES:,} bytes", f"| {MAX_EVENTS:,} |", f"{documents.BODY_SECONDS:.0f} s"):
        assert limit in HTTP
    assert f"{limits._DISCARD_BYTES >> 20} MB and {limits._DISCARD_SECONDS:.0f} s" in PROBLEMS


def test_each_status_has_the_codes_and_the_type_of_the_page() -> None:
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \|", PROBLEMS, re.MULTILINE)
    assert len(rows) == 14
    for status, codes, name in rows:
        for code in re.findall(r"`(\w+)`", codes):
            row = TABLE[code]
            # Codes that describe an event have the status of a wrong request when they answer one.
            kind = Kind.BAD_USER_INPUT if row.kind is Kind.FINDING else row.kind
            error = AmanahError.with_text(code, Text(row.en, row.id))
            error.kind = Kind(kind or Kind.INTERNAL)
            assert (status_of(code) or STATUS[error.kind]) == int(status), code
            expected = re.findall(r"`(\w+)`", name)
            assert exception_type(error) == (f"epcisException:{expected[0]}" if expected else None), code
