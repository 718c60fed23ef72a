"""Handovers: a package's contents pass to a recipient or proxy, with evidence; and attempts that failed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import strawberry
from pydantic import ValidationError

from amanah.contracts.errors import Refused
from amanah.contracts.handovers import handovers as handovers_contract
from amanah.contracts.handovers.handovers import (
    HandoverView,
    ListHandovers,
    ReceivedBy,
    RecordFailedHandover,
    RecordHandover,
    SyncAnswer,
    SyncHandovers,
)
from gateway.context import Context, Info
from gateway.schema.areas import Area, area
from gateway.schema.assignments import Entitlement, entitlement
from gateway.schema.audit import AuditProof, audit_proof
from gateway.schema.errors import UserError, attempt, outside_name, user_errors
from gateway.schema.fields import resolved
from gateway.schema.invalid import inside
from gateway.schema.locations import Location, LocationInput, location, location_of
from gateway.schema.node import Node, shown
from gateway.schema.packages import Item, ItemInput, items_of
from gateway.schema.pagination import PAGE, Connection, listed, page_size
from gateway.schema.people import User
from gateway.schema.photos import Photo, Signature, photo, signature
from gateway.schema.scalars import AreaCode

SENT_AT = "What the device's clock shows as it sends: so a wrong clock is told from a late record."


@strawberry.enum(description="What became of a recorded handover.")
class HandoverStatus(StrEnum):
    """The status of a handover."""

    ACCEPTED = "ACCEPTED"
    DISPUTED = "DISPUTED"
    REVERSED = "REVERSED"


@strawberry.enum(description="Who took the aid.")
class ReceiverKind(StrEnum):
    """The kind of receiver."""

    RECIPIENT = "RECIPIENT"
    PROXY = "PROXY"


@strawberry.enum(description="Why the aid could not be handed over.")
class FailureReason(StrEnum):
    """The reason of a failed attempt."""

    NOT_FOUND = "NOT_FOUND"
    MOVED = "MOVED"
    DECEASED = "DECEASED"
    REFUSED = "REFUSED"
    NOT_AT_HOME = "NOT_AT_HOME"
    OTHER = "OTHER"


@strawberry.type(description="Who took the aid. Of a proxy, name and relation are for those who oversee the area.")
class Receiver:
    """Who took the aid."""

    kind: ReceiverKind
    name: str | None
    relation: str | None


@strawberry.type(description="Something about an accepted handover that a person should look at.")
class Flag:
    """One flag."""

    code: str
    detail: str = strawberry.field(description="What was found about this handover.")
    severity: str
    explanation: str = strawberry.field(description="What the flag means, in plain words.")


def flag(view: handovers_contract.Flag) -> Flag:
    """The flag of a view."""
    return Flag(code=view.code, detail=view.detail, severity=view.severity, explanation=view.explanation)


@strawberry.type(description="Aid that reached a recipient, with its evidence.")
class Handover(Node):
    """One handover."""

    status: HandoverStatus
    occurred_at: datetime
    received_at: datetime
    entitlement: Entitlement
    photo: Photo
    signature: Signature
    flags: list[Flag]
    officer: User
    package_code: str
    items: list[Item]
    received_by: Receiver
    device: str
    location: Location = strawberry.field(description="Where the device said it was.")
    area_code: strawberry.Private[str]

    @resolved("Whose recipients it was for.")
    def area(self, info: Info) -> Area:
        """The handover's area."""
        return area(info.context.areas, self.area_code)

    confirmed_at: datetime | None = strawberry.field(description="When the recipient confirmed it.")

    @resolved(
        "That its acceptance is in the audit log; none until a published checkpoint covers it, mostly some seconds."
    )
    async def proof(self, info: Info) -> AuditProof | None:
        """The proof of its acceptance."""
        return shown(await info.context.loaders.acceptances.load(self.id), audit_proof)


@strawberry.input
class ReceivedByInput:
    """Who took the aid; a proxy has name, relation and identity number."""

    kind: ReceiverKind
    name: str | None = None
    relation: str | None = None
    id_number: str | None = None


@strawberry.input
class RecordHandoverInput:
    """One handover. `clientId` is the device's own id for it: a repeat answers the first result."""

    client_id: UUID
    entitlement_id: strawberry.ID
    package_code: str
    items: list[ItemInput]
    received_by: ReceivedByInput
    occurred_at: datetime
    location: LocationInput
    photo_id: strawberry.ID
    signature_id: strawberry.ID
    device: str | None = None
    note: str | None = None
    sent_at: datetime | None = strawberry.field(default=None, description=SENT_AT)


@strawberry.input
class SyncHandoversInput:
    """What a device stored while offline, in any order."""

    handovers: list[RecordHandoverInput]
    sent_at: datetime | None = strawberry.field(default=None, description=SENT_AT)


@strawberry.input
class RecordFailedHandoverInput:
    """An attempt that failed, where and when."""

    client_id: UUID
    entitlement_id: strawberry.ID
    reason: FailureReason
    occurred_at: datetime
    location: LocationInput
    note: str | None = None


@strawberry.type
class RecordHandoverPayload:
    """The handover, or what to mend."""

    handover: Handover | None
    user_errors: list[UserError]


@strawberry.type(description="What became of one offline record.")
class SyncResult:
    """One record's result."""

    client_id: UUID
    handover: Handover | None
    user_errors: list[UserError]


@strawberry.type
class SyncHandoversPayload:
    """One result an item, in the order sent; or what to mend before any is taken."""

    results: list[SyncResult] | None
    user_errors: list[UserError]


@strawberry.type
class RecordFailedHandoverPayload:
    """The entitlement, or what to mend."""

    entitlement: Entitlement | None
    user_errors: list[UserError]


def handover(view: HandoverView) -> Handover:
    """The handover of a view."""
    return Handover(
        id=strawberry.ID(view.id),
        status=HandoverStatus(view.status),
        occurred_at=view.occurred_at,
        received_at=view.received_at,
        entitlement=entitlement(view.entitlement),
        photo=photo(view.id, view.photo),
        signature=signature(view.id, view.signature),
        officer=User(id=strawberry.ID(view.officer_id), name=view.officer_name),
        package_code=view.package_code,
        items=[Item(sku=i.sku, quantity=i.quantity) for i in view.items],
        received_by=Receiver(
            kind=ReceiverKind(view.received_by.kind),
            name=view.received_by.name,
            relation=view.received_by.relation,
        ),
        device=view.device,
        location=location(view.location),
        area_code=view.area,
        flags=[flag(f) for f in view.flags],
        confirmed_at=view.confirmed_at,
    )


def sync_result(view: handovers_contract.SyncResult) -> SyncResult:
    """The result of a view."""
    refusal = view.code and UserError(code=view.code, field=outside_name(view.field), message=view.message or "")
    return SyncResult(
        client_id=UUID(view.client_id),
        handover=shown(view.handover, handover),
        user_errors=[refusal] if refusal else [],
    )


def handover_request(given: RecordHandoverInput, sent_at: datetime | None = None) -> RecordHandover:
    """What the owner is asked; `sent_at` is told of the whole batch."""
    with inside("received_by"):
        received_by = ReceivedBy(
            kind=given.received_by.kind,
            name=given.received_by.name,
            relation=given.received_by.relation,
            id_number=given.received_by.id_number,
        )
    return RecordHandover(
        client_id=str(given.client_id),
        entitlement_id=given.entitlement_id,
        package_code=given.package_code,
        items=items_of(given.items),
        received_by=received_by,
        occurred_at=given.occurred_at,
        location=location_of(given.location),
        photo_id=given.photo_id,
        signature_id=given.signature_id,
        sent_at=given.sent_at or sent_at,
        device=given.device,
        note=given.note,
    )


async def sync(context: Context, given: SyncHandoversInput) -> list[SyncResult]:
    """One result an item, in the order sent; what cannot even be asked fails on its own, like anything else."""
    results: list[SyncResult | None] = []
    asked: list[RecordHandover] = []
    for one in given.handovers:
        try:
            asked.append(handover_request(one, given.sent_at))
            results.append(None)
        except (Refused, ValidationError) as refusal:
            results.append(SyncResult(client_id=one.client_id, handover=None, user_errors=user_errors(refusal)))
    answer = await context.call(SyncHandovers(handovers=tuple(asked))) if asked else SyncAnswer()
    answered = iter(answer.results)
    return [result or sync_result(next(answered)) for result in results]


def failure_request(given: RecordFailedHandoverInput) -> RecordFailedHandover:
    """What the owner is asked."""
    return RecordFailedHandover(
        client_id=str(given.client_id),
        entitlement_id=given.entitlement_id,
        reason=given.reason,
        occurred_at=given.occurred_at,
        location=location_of(given.location),
        note=given.note,
    )


@strawberry.type
class HandoverQueries:
    """Queries on handovers."""

    @resolved("Handovers of a round in the areas that the viewer may see, the newest first. `flag` is a flag's code.")
    async def handovers(
        self,
        info: Info,
        round_id: strawberry.ID,
        area: AreaCode | None = None,
        officer_id: strawberry.ID | None = None,
        flag: str | None = None,
        status: HandoverStatus | None = None,
        first: int | None = PAGE,
        after: str | None = None,
    ) -> Connection[Handover]:
        """A page of handovers."""
        ask = ListHandovers(
            round_id=round_id,
            area=area,
            officer_id=officer_id,
            flag=flag,
            status=status,
            first=page_size(first),
            after=after,
        )
        return listed(await info.context.call(ask), handover, after)


@strawberry.type
class HandoverMutations:
    """Mutations on handovers."""

    @resolved("Records a handover, exactly once.")
    async def record_handover(self, info: Info, input: RecordHandoverInput) -> RecordHandoverPayload:
        """Records a handover."""
        view, errors = await attempt(lambda: info.context.call(handover_request(input)), handover)
        return RecordHandoverPayload(handover=view, user_errors=errors)

    @resolved("Records what a device stored while offline; each succeeds or fails on its own.")
    async def sync_handovers(self, info: Info, input: SyncHandoversInput) -> SyncHandoversPayload:
        """Records many handovers."""
        results, errors = await attempt(lambda: sync(info.context, input), lambda all_of_them: all_of_them)
        return SyncHandoversPayload(results=results, user_errors=errors)

    @resolved("Records that the aid could not be handed over, and why.")
    async def record_failed_handover(self, info: Info, input: RecordFailedHandoverInput) -> RecordFailedHandoverPayload:
        """Records a failed attempt."""
        view, errors = await attempt(lambda: info.context.call(failure_request(input)), entitlement)
        return RecordFailedHandoverPayload(entitlement=view, user_errors=errors)
