"""Handovers: a package's contents pass to a recipient or proxy, with evidence; and attempts that failed."""

from datetime import datetime
from uuid import UUID

import strawberry
from pydantic import ValidationError
from strawberry import Parent

from amanah.contracts.audit.proofs import Evidence, GetEvidence
from amanah.contracts.errors import Refused, Text, translate
from amanah.contracts.handovers import handovers as handovers_contract
from amanah.contracts.handovers.handovers import (
    SENT_AT,
    GetHandovers,
    HandoverStatus,
    HandoverView,
    ListHandovers,
    ReceivedBy,
    RecordFailedHandover,
    RecordHandover,
    SyncAnswer,
    SyncHandovers,
)
from amanah.contracts.handovers.public import VerifiedHandover
from amanah.contracts.rounds import EntitlementView
from amanah.contracts.users import OfficerView
from gateway.context import Context, Info
from gateway.language import localize
from gateway.schema.areas import Area, area_of
from gateway.schema.derive import extend, input_over, over, request, resolver
from gateway.schema.errors import UserError, outside_name, payload, user_errors, with_user_errors
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, page_of, page_size
from gateway.schema.photos import HandoverPhoto, HandoverSignature
from gateway.schema.scalars import AreaCode


@over(handovers_contract.Receiver)
class Receiver:
    """Person who took the aid. Name and relation of a proxy are for those who oversee the area."""


@over(handovers_contract.Flag)
class Flag:
    """Sign that a person should look at an accepted handover."""

    @resolver
    @staticmethod
    def explanation(flag: Parent[handovers_contract.Flag]) -> str:
        """Meaning of the flag, in plain words."""
        return localize(translate(flag.code, flag.explanation))


@over(HandoverView, without=("officer_id", "officer_name", "own"), found_by=GetHandovers)
class Handover(Node):
    """Aid that reached a recipient, with its evidence (proof of delivery)."""

    area: Area = strawberry.field(resolver=area_of, description="Area of the recipients it was for.")

    @resolver
    @staticmethod
    def photo(handover: Parent[HandoverView]) -> HandoverPhoto:
        """Evidence photo."""
        return extend(HandoverPhoto, handover.photo, handover_id=handover.id)

    @resolver
    @staticmethod
    def signature(handover: Parent[HandoverView]) -> HandoverSignature:
        """Signature or thumbprint of the receiver."""
        return extend(HandoverSignature, handover.signature, handover_id=handover.id)

    @resolver
    @staticmethod
    def officer(handover: Parent[HandoverView]) -> OfficerView:
        """Officer who recorded it."""
        return OfficerView(id=handover.officer_id, name=handover.officer_name)

    @resolver
    @staticmethod
    async def proof(handover: Parent[HandoverView], info: Info) -> Evidence | None:
        """Inclusion proof of the acceptance; null until the next checkpoint, usually seconds."""
        return await info.context.load(
            GetEvidence, handover.id, key="subject_id", ids="about", action=VerifiedHandover.action
        )


@input_over(ReceivedBy)
class ReceivedByInput:
    """Person who took the aid. A proxy has name, relation and identity number."""


@input_over(RecordHandover)
class RecordHandoverInput:
    """One handover. A repeat of `clientId` answers the first result."""

    client_id: UUID


@input_over(SyncHandovers)
class SyncHandoversInput:
    """Handovers that a device stored while offline, in any order."""

    handovers: list[RecordHandoverInput]
    sent_at: datetime | None = strawberry.field(default=None, description=SENT_AT)


@input_over(RecordFailedHandover)
class RecordFailedHandoverInput:
    """One attempt that failed. A repeat of `clientId` answers the first result."""

    client_id: UUID


@payload
class RecordHandoverPayload:
    """The handover, or the errors of the input."""

    handover: HandoverView | None = None


@payload
class SyncResult:
    """Result of one offline record."""

    client_id: UUID
    handover: HandoverView | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list)


@payload
class SyncHandoversPayload:
    """Result of each item, in the order sent; or the errors of the input, when none was recorded."""

    results: list[SyncResult] | None = None


@payload
class RecordFailedHandoverPayload:
    """The entitlement, or the errors of the input."""

    entitlement: EntitlementView | None = None


def sync_result(view: handovers_contract.SyncResult) -> SyncResult:
    """The result of one offline record."""
    message = localize(Text.of(view.message or "", view.translations))
    refusal = view.code and UserError(code=view.code, field=outside_name(view.field), message=message)
    return SyncResult(client_id=UUID(view.client_id), handover=view.handover, user_errors=[refusal] if refusal else [])


async def sync(context: Context, given: SyncHandoversInput) -> list[SyncResult]:
    """Records the items; returns a result for each, in the order sent. An invalid item fails on its own."""
    results: list[SyncResult | None] = []
    asked: list[RecordHandover] = []
    for one in given.handovers:
        try:
            asked.append(request(RecordHandover, one, sent_at=given.sent_at))
            results.append(None)
        except (Refused, ValidationError) as refusal:
            results.append(SyncResult(client_id=one.client_id, user_errors=user_errors(refusal)))
    answer = await context.call(SyncHandovers(handovers=tuple(asked))) if asked else SyncAnswer()
    answered = iter(answer.results)
    return [result or sync_result(next(answered)) for result in results]


@strawberry.type
class HandoverQueries:
    """Queries on handovers."""

    @resolver
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
    ) -> Connection[HandoverView]:
        """Handovers of a round in the areas that the viewer may see, the newest first. `flag` is the code of a flag."""
        ask = ListHandovers(
            round_id=round_id,
            area=area,
            officer_id=officer_id,
            flag=flag,
            status=status,
            first=page_size(first),
            after=after,
        )
        return page_of(await info.context.call(ask), after)


@strawberry.type
class HandoverMutations:
    """Mutations on handovers."""

    @resolver
    @with_user_errors
    async def record_handover(self, info: Info, input: RecordHandoverInput) -> RecordHandoverPayload:
        """Records a handover exactly once."""
        return RecordHandoverPayload(handover=await info.context.call(request(RecordHandover, input)))

    @resolver
    @with_user_errors
    async def sync_handovers(self, info: Info, input: SyncHandoversInput) -> SyncHandoversPayload:
        """Records handovers that a device stored while offline. Each succeeds or fails on its own."""
        return SyncHandoversPayload(results=await sync(info.context, input))

    @resolver
    @with_user_errors
    async def record_failed_handover(self, info: Info, input: RecordFailedHandoverInput) -> RecordFailedHandoverPayload:
        """Records that the aid could not be handed over, and why."""
        ask = request(RecordFailedHandover, input)
        return RecordFailedHandoverPayload(entitlement=await info.context.call(ask))
