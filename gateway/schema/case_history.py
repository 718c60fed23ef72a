"""History of cases: events with their authors, and attached files."""

from strawberry import Parent

from amanah.contracts.actor import SYSTEM
from amanah.contracts.cases import AttachmentView, CaseEventView
from amanah.contracts.sms import SMS_GATEWAY
from amanah.contracts.users import OfficerView
from gateway.context import Context, Info
from gateway.schema.derive import over, resolver

SYSTEM_ACTORS = {SYSTEM.id: SYSTEM.name, SMS_GATEWAY.id: SMS_GATEWAY.name}


@over(CaseEventView, without=("by_id",))
class CaseEvent:
    """Event in a case's history. Nobody can change it."""

    @resolver
    @staticmethod
    async def by(event: Parent[CaseEventView], info: Info) -> OfficerView | None:
        """Author of the event; null when the author is unknown or anonymous."""
        return await load_person(info.context, event.by_id)


@over(AttachmentView)
class Attachment:
    """File attached to a complaint. Its address expires."""


async def load_person(context: Context, identifier: str | None) -> OfficerView | None:
    """Loads the person with this id; the name is the id if the user is unknown."""
    if identifier is None:
        return None
    name = SYSTEM_ACTORS.get(identifier) or await context.loaders.names.load(identifier)
    return OfficerView(id=identifier, name=name or identifier)
