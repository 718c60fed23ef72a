"""What happened to a case, who did it, and what came with it."""

from datetime import datetime

import strawberry

from amanah.contracts.actor import SYSTEM
from amanah.contracts.cases import AttachmentView, CaseEventView, CaseLevel
from amanah.contracts.sms import SMS_GATEWAY
from amanah.contracts.users import OfficerView
from gateway.context import Context, Info
from gateway.schema.enums import register
from gateway.schema.fields import resolved

OURSELVES = {SYSTEM.id: SYSTEM.name, SMS_GATEWAY.id: SMS_GATEWAY.name}


register(CaseLevel)


@strawberry.type(description="One line of a case's history, which nobody can change.")
class CaseEvent:
    """One event."""

    at: datetime
    action: str = strawberry.field(description="FILE, an action of `updateCase`, or REVEAL_CONTACT.")
    level: CaseLevel
    note: str | None = strawberry.field(description="What was noted, where the viewer may read it.")
    by_id: strawberry.Private[str | None]

    @resolved("Who did it; none for who is not, or must not be, known.")
    async def by(self, info: Info) -> OfficerView | None:
        """The author."""
        return await person(info.context, self.by_id)


@strawberry.type(description="A file that came with a complaint. The address expires.")
class Attachment:
    """One file."""

    id: strawberry.ID
    sha256: str
    content_type: str
    size: int
    url: str


async def person(context: Context, identifier: str | None) -> OfficerView | None:
    """The person with this id; one whose record is gone is named by the id."""
    if identifier is None:
        return None
    name = OURSELVES.get(identifier) or await context.loaders.names.load(identifier)
    return OfficerView(id=identifier, name=name or identifier)


def event(view: CaseEventView) -> CaseEvent:
    """The event of a view."""
    return CaseEvent(at=view.at, action=view.action, level=view.level, note=view.note, by_id=view.by_id)


def attachment(view: AttachmentView) -> Attachment:
    """The file of a view."""
    return Attachment(
        id=strawberry.ID(view.id),
        sha256=view.sha256,
        content_type=view.content_type,
        size=view.size,
        url=view.url,
    )
