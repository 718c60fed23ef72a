"""The one table of error messages, composed of the areas' modules, and how a message is filled in."""

from collections.abc import Mapping

from amanah.contracts.errors import (
    access,
    alerts,
    bank_reports,
    bus,
    capture,
    cases,
    corrections,
    fields,
    handovers,
    imports,
    log,
    packages,
    partner_accounts,
    partner_lanes,
    partners,
    payments,
    programs,
    records,
    reports,
    requests,
    rosters,
    rows,
    stores,
    uploads,
)
from amanah.contracts.errors.texts import Code, Row, Text

AREAS: Mapping[str, tuple[Row, ...]] = {
    "alert_rules": alerts.RULES,
    "access": access.ROWS,
    "alerts": alerts.ROWS,
    "bank_reports": bank_reports.ROWS,
    "bus": bus.ROWS,
    "capture": capture.ROWS,
    "cases": cases.ROWS,
    "corrections": corrections.ROWS,
    "fields": fields.ROWS,
    "handovers": handovers.ROWS,
    "imports": imports.ROWS,
    "log": log.ROWS,
    "packages": packages.ROWS,
    "partner_accounts": partner_accounts.ROWS,
    "partners": tuple(sorted((*partners.ROWS, *partner_lanes.ROWS), key=lambda row: row.key)),
    "payments": payments.ROWS,
    "programs": programs.ROWS,
    "records": records.ROWS,
    "reports": reports.ROWS,
    "requests": requests.ROWS,
    "rosters": rosters.ROWS,
    "rows": rows.ROWS,
    "stores": stores.ROWS,
    "uploads": uploads.ROWS,
}
"""Rows by area, as docs/guide/errors.md has them."""

TABLE: Mapping[str, Row] = {row.key: row for rows_of_area in AREAS.values() for row in rows_of_area}


def code_of(key: str) -> str:
    """The code of a key: the part before the full stop."""
    return key.partition(".")[0]


def code_row(key: str) -> Code:
    """The row of the code that a key belongs to."""
    row = TABLE[code_of(key)]
    if not isinstance(row, Code):
        raise TypeError(f"{row.key} is a variant without its code")
    return row


def status_of(code: str) -> int | None:
    """The HTTP status of a code, where it is not that of its kind."""
    row = TABLE.get(code)
    return row.status if isinstance(row, Code) else None


def translate(code: str, message: str) -> Text:
    """An English message that was filled in elsewhere, with the Indonesian one of its code if that has no placeholders."""
    row = TABLE.get(code)
    return Text(message, row.id if row and "{" not in row.id else message)


def error_text(key: str, /, **values: object) -> Text:
    """The message with this key in both languages, its placeholders filled with `values`."""
    row = TABLE[key]
    return Text(row.en, row.id).filled(**values)
