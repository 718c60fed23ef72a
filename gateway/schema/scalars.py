"""The scalars of the contract with frontend teams. What does not parse is refused before any resolver runs."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NewType
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from amanah.contracts.areas import is_code
from amanah.contracts.message import plain, rfc3339

AreaCode = NewType("AreaCode", str)

_decimal = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


def _area_code(value: object) -> str:
    if not isinstance(value, str) or not is_code(value):
        raise GraphQLError('An area code looks like "32", "32.75", "32.75.03" or "32.75.03.1002"; "ID" is the nation.')
    return value


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise GraphQLError('A time is RFC 3339 with its offset, such as "2026-03-02T09:30:00+07:00".')
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise GraphQLError("This time lies outside of the calendar.") from None


def _day(value: object) -> date:
    # fromisoformat alone would take week dates and dates without dashes.
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise GraphQLError('A date is YYYY-MM-DD, such as "2026-03-02".')


def _number(value: object) -> Decimal:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not _decimal.fullmatch(value):
        raise GraphQLError('A decimal number is a string of digits with a point, such as "2.5".')
    return Decimal(value)


def _uuid(value: object) -> UUID:
    try:
        # UUID alone would take braces, URNs and digits without dashes: one id would have several spellings.
        if isinstance(value, str) and str(UUID(value)) == value.lower():
            return UUID(value)
    except ValueError:
        pass
    raise GraphQLError('A UUID looks like "123e4567-e89b-12d3-a456-426614174000".')


SCALARS: dict[object, ScalarDefinition] = {
    AreaCode: strawberry.scalar(
        name="AreaCode",
        description='Kemendagri area code, dotted: "32", "32.75", "32.75.03", "32.75.03.1002"; "ID" is the nation.',
        serialize=str,
        parse_value=_area_code,
    ),
    UUID: strawberry.scalar(name="UUID", description="A UUID that the client makes.", serialize=str, parse_value=_uuid),
    datetime: strawberry.scalar(
        name="DateTime",
        description="RFC 3339: with any offset in, in UTC out.",
        serialize=rfc3339,
        parse_value=_moment,
    ),
    date: strawberry.scalar(name="Date", description="YYYY-MM-DD.", serialize=date.isoformat, parse_value=_day),
    Decimal: strawberry.scalar(
        name="Decimal",
        description="A decimal number as a string.",
        # Sums of rupiah are integers in the contracts.
        serialize=lambda value: plain(Decimal(value)),
        parse_value=_number,
    ),
}
