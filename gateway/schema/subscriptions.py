"""Subscriptions: what a viewer's queries would answer, sent whenever it changes."""

from collections.abc import AsyncGenerator, Iterator
from typing import Annotated

import strawberry
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from amanah.contracts.actor import Actor, Role
from amanah.contracts.alerts import AlertRaised, AlertView, GetAlerts
from amanah.contracts.areas import NATION, Scope, contains
from amanah.contracts.cases import CASE_READERS, CaseOpened, CaseUpdated, CaseView, GetCases
from amanah.contracts.errors import BadInput
from amanah.contracts.figures import FiguresCounted, GetProgress, ProgressView
from amanah.contracts.handovers.events import HandoverAccepted
from amanah.contracts.handovers.handovers import GetHandovers, HandoverView
from amanah.contracts.imports import (
    GetImports,
    ImportAdvanced,
    ImportApplied,
    ImportApproved,
    ImportFailed,
    ImportStaged,
    ImportStarted,
    ImportView,
)
from amanah.contracts.users import AccessRevoked
from gateway.changes.context import LiveContext
from gateway.context import Info
from gateway.schema.derive import subscription
from gateway.schema.scalars import AreaCode

_CASES = (CaseOpened, CaseUpdated)
_IMPORTS = (ImportStarted, ImportAdvanced, ImportStaged, ImportApproved, ImportApplied, ImportFailed)

OneArea = Annotated[AreaCode | None, strawberry.argument(description="Only this area and those in it.")]
OfRound = Annotated[strawberry.ID, strawberry.argument(description="Id of the round.")]

EVENTS = (FiguresCounted, AlertRaised, *_CASES, *_IMPORTS, HandoverAccepted, AccessRevoked)
"""The events that the gateway follows."""


class StreamsOnly(SchemaExtension):
    """Refuses subscriptions in requests that have a single response."""

    def on_validate(self) -> Iterator[None]:
        """Raises BadInput."""
        known = self.execution_context
        subscribes = known.graphql_document is not None and known.operation_type is OperationType.SUBSCRIPTION
        if subscribes and not isinstance(known.context, LiveContext):
            error = BadInput("bad_input.subscription")
            raise GraphQLError(error.message, original_error=error)
        yield


def live(info: Info) -> LiveContext:
    """The context of a subscription."""
    if not isinstance(info.context, LiveContext):
        raise TypeError("a subscription runs in a LiveContext")
    return info.context


def scope_of(actor: Actor, roles: frozenset[Role], area: str | None) -> Scope:
    """The part of `area` in which the actor holds one of the roles; empty without any."""
    return (actor.scope(roles) if actor.has(roles) else Scope([])).narrowed(area)


@strawberry.type
class ProgressSubscriptions:
    """Subscriptions to progress."""

    @subscription
    async def progress_changed(
        self, info: Info, round_id: OfRound, area: OneArea = None
    ) -> AsyncGenerator[ProgressView, None]:
        """Figures of a round in `area`, as of the query `progress`, whenever they change; at most once a second."""
        context = live(info)
        scope = scope_of(context.actor, GetProgress.roles, area)

        def about(event: FiguresCounted) -> str | None:
            # An event with many areas names larger ones than the viewer's.
            touched = event.round_id == round_id and any(
                contains(own, counted) or contains(counted, own) for counted in event.areas for own in scope.codes
            )
            return event.round_id if touched else None

        ask = GetProgress(round_id=round_id, area=area)
        return await context.answers(ask, [FiguresCounted], about, within=[area] if area else [])


@strawberry.type
class AlertSubscriptions:
    """Subscriptions to alerts."""

    @subscription
    async def alert_raised(self, info: Info, area: OneArea = None) -> AsyncGenerator[AlertView, None]:
        """Each new alert in `area`, or in all areas that the viewer may see."""
        context = live(info)
        scope = scope_of(context.actor, GetAlerts.roles, area)

        def about(event: AlertRaised) -> str | None:
            return event.alert_id if scope.covers(event.area) else None

        return await context.nodes(GetAlerts, [AlertRaised], about, share=True)


@strawberry.type
class CaseSubscriptions:
    """Subscriptions to cases."""

    @subscription
    async def case_updated(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="Only this case.")] = None,
        area: OneArea = None,
    ) -> AsyncGenerator[CaseView, None]:
        """Each case that is opened or updated, or the case `id`: in the areas that the viewer oversees, or their own."""
        context = live(info)
        scope = scope_of(context.actor, CASE_READERS, area)

        def about(event: CaseOpened | CaseUpdated) -> str | None:
            own = context.actor.id in event.parties and contains(area or NATION, event.area)
            wanted = id is None or event.case_id == id
            return event.case_id if wanted and (own or scope.covers(event.area)) else None

        return await context.nodes(GetCases, _CASES, about)


@strawberry.type
class ImportSubscriptions:
    """Subscriptions to imports."""

    @subscription
    async def import_progressed(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="Only this import.")] = None,
    ) -> AsyncGenerator[ImportView, None]:
        """Each import of the viewer's areas, or the import `id`, as its rows are read and applied; at most once a second."""

        def about(event: ImportStarted) -> str | None:
            return event.import_id if id is None or event.import_id == id else None

        return await live(info).nodes(GetImports, _IMPORTS, about, share=True)


@strawberry.type
class HandoverSubscriptions:
    """Subscriptions to handovers."""

    @subscription
    async def handover_recorded(
        self, info: Info, round_id: OfRound, area: OneArea = None
    ) -> AsyncGenerator[HandoverView, None]:
        """Each handover of a round that is accepted in `area`, or in all areas that the viewer may see."""
        context = live(info)
        scope = scope_of(context.actor, GetHandovers.roles, area)

        def about(event: HandoverAccepted) -> str | None:
            wanted = event.round_id == round_id and scope.covers(event.area)
            return event.handover_id if wanted else None

        return await context.nodes(GetHandovers, [HandoverAccepted], about)
