"""Recipients and versions as the contract shows them."""

from collections.abc import Sequence
from datetime import date

from amanah.contracts.errors import BadInput
from amanah.contracts.message import Location
from amanah.contracts.recipients import By
from amanah.contracts.register import (
    FieldChange,
    RecipientView,
    VersionView,
)
from amanah.runtime.tables import Document
from services.recipients.register.documents import masked_number
from services.recipients.register.rules.register import SEALED, address
from services.recipients.store import Store


def _number(cursor: str) -> int:
    if not cursor.isdecimal():
        raise BadInput("bad_input.cursor", "after")
    return int(cursor)


def recipient_view(store: Store, recipient: Document) -> RecipientView:
    """A recipient with masked numbers."""
    owner = recipient["_id"]
    latitude, longitude = recipient["latitude_e6"], recipient["longitude_e6"]
    return RecipientView(
        id=owner,
        nik=masked_number(store.keys, owner, "nik", recipient["nik"]),
        name=recipient["name"],
        birth_date=date.fromisoformat(recipient["birthDate"]),
        sex=recipient["sex"],
        address=address(recipient),
        status=recipient["status"],
        version=recipient["version"],
        area=recipient["area"],
        household_number=masked_number(store.keys, owner, "householdNumber", recipient["householdNumber"]),
        household_size=recipient["householdSize"],
        location=None if latitude is None else Location(latitude_e6=latitude, longitude_e6=longitude),
    )


def _version_view(store: Store, version: Document) -> VersionView:
    def told(field: str, value: str | None) -> str | None:
        if value is None or field not in SEALED:
            return value
        return masked_number(store.keys, version["recipient"], field, value)

    changes: Sequence[Document] = version["changes"]
    return VersionView(
        version=version["version"],
        at=version["at"],
        by=By(**version["by"]),
        authority=version["authority"],
        reason=version["reason"],
        changes=tuple(
            FieldChange(field=c["field"], before=told(c["field"], c["before"]), after=told(c["field"], c["after"]))
            for c in changes
        ),
    )
