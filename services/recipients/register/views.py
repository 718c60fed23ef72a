"""Recipients and versions as the contract shows them."""

from datetime import date

from amanah.contracts.message import Location
from amanah.contracts.recipients import By
from amanah.contracts.register import FieldChange, RecipientView, VersionView
from services.recipients.register.documents import PersonDocument, RecipientDocument, VersionDocument
from services.recipients.register.personal_data import masked_number
from services.recipients.register.rules.records import SEALED, address
from services.recipients.store import Store


def person_view(person: PersonDocument) -> By:
    """The author of a version or decision."""
    return By(id=person["id"], name=person["name"], role=person["role"])


def recipient_view(store: Store, recipient: RecipientDocument) -> RecipientView:
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
        location=(
            None if latitude is None or longitude is None else Location(latitude_e6=latitude, longitude_e6=longitude)
        ),
    )


def version_view(store: Store, version: VersionDocument) -> VersionView:
    """A version, its changes with masked numbers."""

    def readable(field: str, value: str | None) -> str | None:
        if value is None or field not in SEALED:
            return value
        return masked_number(store.keys, version["recipient"], field, value)

    return VersionView(
        version=version["version"],
        at=version["at"],
        by=person_view(version["by"]),
        authority=version["authority"],
        reason=version["reason"],
        changes=tuple(
            FieldChange(
                field=c["field"], before=readable(c["field"], c["before"]), after=readable(c["field"], c["after"])
            )
            for c in version["changes"]
        ),
    )
