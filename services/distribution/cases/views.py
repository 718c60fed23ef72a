"""Cases and their history as the contract shows them to an actor."""

from datetime import UTC, datetime

from amanah.contracts.actor import Actor
from amanah.contracts.cases import (
    AttachmentView,
    CaseAction,
    CaseChannel,
    CaseEventView,
    CaseKind,
    CaseLevel,
    CaseStatus,
    CaseView,
)
from amanah.runtime.crypto import Keyring
from services.distribution.cases.documents import AttachmentDocument, CaseDocument, CaseEventDocument
from services.distribution.cases.rules.access import handles, manages
from services.distribution.cases.rules.cases import FILED, overdue

# The lines whose notes the author of a case reads, too: of the handlers' notes only the answer.
_FOR_AUTHORS = frozenset({FILED, CaseAction.RESOLVE})


def case_view(keys: Keyring, actor: Actor, case: CaseDocument) -> CaseView:
    """Shows a case to an actor who may see it."""
    status = CaseStatus(case["status"])
    return CaseView(
        id=case["_id"],
        reference=case["reference"],
        kind=CaseKind(case["kind"]),
        channel=CaseChannel(case["channel"]),
        status=status,
        level=CaseLevel(case["level"]),
        area=case["area"],
        round_id=case["round"],
        opened_at=case["openedAt"],
        due_at=case["dueAt"],
        overdue=overdue(status, case["dueAt"], datetime.now(UTC)),
        subject_id=case["subject"],
        assignee_id=case["assignee"],
        anonymous=case["anonymous"],
        text=keys.decrypt(case["text"], f"case:{case['_id']}:text"),
        has_contact=bool(case["contact"]) and not case["anonymous"] and manages(actor, case["area"]),
        attachments=len(case["attachments"]),
        recipient_id=None if case["anonymous"] else case["recipient"],
        own=case["filedBy"] == actor.id,
    )


def event_view(keys: Keyring, actor: Actor, case: CaseDocument, line: CaseEventDocument) -> CaseEventView:
    """Shows a line of a case's history, with its note where the actor may read it."""
    handler = handles(actor, case["area"], case["assignee"])
    readable = line["note"] and (handler or line["action"] in _FOR_AUTHORS or line["by"] == actor.id)
    return CaseEventView(
        at=line["at"],
        by_id=line["by"],
        action=line["action"],
        level=CaseLevel(line["level"]),
        note=keys.decrypt(line["note"], f"case-event:{line['_id']}") if readable else None,
    )


def attachment_view(attachment: AttachmentDocument, url: str) -> AttachmentView:
    """Shows a file at an address that expires."""
    return AttachmentView(
        id=attachment["id"],
        sha256=attachment["sha256"],
        content_type=attachment["type"],
        size=attachment["size"],
        url=url,
    )
