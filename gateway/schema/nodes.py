"""The kinds that can be found by id, and how."""

from collections.abc import Awaitable, Callable
from typing import Any

from amanah.contracts.errors import Forbidden
from amanah.contracts.ids import kind_of
from gateway.context import Context
from gateway.loaders import Loaders
from gateway.schema.alerts import alert
from gateway.schema.assignments import assignment
from gateway.schema.audit import audit_entry
from gateway.schema.cases import case
from gateway.schema.corrections import correction
from gateway.schema.imports import recipient_import
from gateway.schema.node import Node
from gateway.schema.payments import payment_batch
from gateway.schema.places import place
from gateway.schema.programs import program, round_
from gateway.schema.recipients import recipient
from gateway.schema.reports import report
from gateway.schema.rosters import roster
from gateway.schema.subjects import SUBJECTS

Load = Callable[[Loaders, str], Awaitable[Any]]
Show = Callable[[Any], Node]

# How to find a thing of each kind, and what shows it.
NODES: dict[str, tuple[Load, Show]] = {
    "RecipientImport": (lambda loaders, i: loaders.imports.load(i), recipient_import),
    "Recipient": (lambda loaders, i: loaders.recipients.load(i), recipient),
    "Roster": (lambda loaders, i: loaders.rosters.load(i), roster),
    "Program": (lambda loaders, i: loaders.programs.load(i), program),
    "Round": (lambda loaders, i: loaders.rounds.load(i), round_),
    **SUBJECTS,
    "Place": (lambda loaders, i: loaders.places.load(i), place),
    "Assignment": (lambda loaders, i: loaders.assignments.load(i), assignment),
    "Case": (lambda loaders, i: loaders.cases.load(i), case),
    "Alert": (lambda loaders, i: loaders.alerts.load(i), alert),
    "Correction": (lambda loaders, i: loaders.corrections.load(i), correction),
    "PaymentBatch": (lambda loaders, i: loaders.payment_batches.load(i), payment_batch),
    "Report": (lambda loaders, i: loaders.reports.load(i), report),
    "AuditEntry": (lambda loaders, i: loaders.entries.load(i), audit_entry),
}


async def find(context: Context, identifier: str) -> Node | None:
    """The thing with this id; None when there is none that the viewer may see."""
    way = NODES.get(kind_of(identifier) or "")
    if way is None:
        return None
    load, show = way
    try:
        view = await load(context.loaders, identifier)
    except Forbidden:
        # A kind that the viewer's roles may not read does not exist for them; the denial is on the audit trail.
        return None
    return None if view is None else show(view)
