"""The schema as a whole: its roots are put together from the owners' modules."""

from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from types import GeneratorType
from typing import Any, TypeGuard

import strawberry
from graphql import GraphQLError
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.execution import ExecutionContext

from gateway.context import Info
from gateway.schema.alerts import AlertMutations, AlertQueries
from gateway.schema.areas import AreaQueries
from gateway.schema.assignments import AssignmentMutations, AssignmentQueries
from gateway.schema.audit import AuditEntry, AuditMutations, AuditQueries
from gateway.schema.cases import CaseMutations, CaseQueries
from gateway.schema.codes import CodeQueries
from gateway.schema.corrections import Correction, CorrectionMutations, CorrectionQueries
from gateway.schema.custody import CustodyMutations
from gateway.schema.fields import resolved
from gateway.schema.handovers import Handover, HandoverMutations, HandoverQueries
from gateway.schema.imports import ImportMutations, ImportQueries, RecipientImport
from gateway.schema.maps import MapQueries
from gateway.schema.node import Node
from gateway.schema.nodes import find
from gateway.schema.packages import PackageMutations, PackageQueries
from gateway.schema.payment_fields import PaymentMutations, PaymentQueries
from gateway.schema.people import PeopleQueries
from gateway.schema.photos import PhotoMutations
from gateway.schema.places import PlaceMutations, PlaceQueries
from gateway.schema.programs import ProgramMutations, ProgramQueries
from gateway.schema.progress import ProgressQueries
from gateway.schema.recipients import RecipientMutations, RecipientQueries
from gateway.schema.reconciliation import ReconciliationQueries
from gateway.schema.reports import Report, ReportMutations, ReportQueries
from gateway.schema.rosters import RosterMutations, RosterQueries
from gateway.schema.scalars import SCALARS
from gateway.schema.schedule import ScheduleMutations, ScheduleQueries
from gateway.schema.uploads import UploadMutations


@strawberry.type
class Query(
    AssignmentQueries,
    ScheduleQueries,
    AreaQueries,
    RecipientQueries,
    ImportQueries,
    RosterQueries,
    ProgramQueries,
    PeopleQueries,
    PlaceQueries,
    PackageQueries,
    HandoverQueries,
    ReconciliationQueries,
    CorrectionQueries,
    ProgressQueries,
    MapQueries,
    PaymentQueries,
    AlertQueries,
    CaseQueries,
    ReportQueries,
    CodeQueries,
    AuditQueries,
):
    """What can be read."""

    @resolved("The thing with this id; none when there is none that the viewer may see.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        """One thing, whatever its kind."""
        return await find(info.context, id)


@strawberry.type
class Mutation(
    UploadMutations,
    ImportMutations,
    RecipientMutations,
    RosterMutations,
    ProgramMutations,
    AssignmentMutations,
    ScheduleMutations,
    PlaceMutations,
    PackageMutations,
    CustodyMutations,
    HandoverMutations,
    CaseMutations,
    AlertMutations,
    CorrectionMutations,
    PaymentMutations,
    PhotoMutations,
    ReportMutations,
    AuditMutations,
):
    """What can be done."""


@cache
def _may_be_awaitable(kind: Any) -> bool:
    return issubclass(kind, GeneratorType) or hasattr(kind, "__await__")


def _is_awaitable(value: Any) -> TypeGuard[Awaitable[Any]]:
    kind: Any = type(value)
    return _may_be_awaitable(kind) and optimized_is_awaitable(value)


class Execution(StrawberryGraphQLCoreExecutionContext):
    """Execution that asks each type once whether its values may be awaitable: asking a pydantic model takes 5 µs each time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_awaitable = _is_awaitable


class Schema(strawberry.Schema):
    """The schema; errors are formatted and logged by the endpoint, where the request's id is known."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: strawberry would log the errors' text, which may quote personal data."""


def schema(extensions: Sequence[type[SchemaExtension] | Callable[[], SchemaExtension]] = ()) -> Schema:
    """The schema with the given extensions."""
    return Schema(
        query=Query,
        mutation=Mutation,
        types=[RecipientImport, Report, AuditEntry, Handover, Correction],
        extensions=extensions,
        execution_context_class=Execution,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
