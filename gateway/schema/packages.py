"""Packages: their contents, their place, and their history.

A query reads a package together with the pages of its history that the document selects, so that both are of one moment.
"""

from collections.abc import Iterable, Iterator

import strawberry
from strawberry import Parent
from strawberry.types.nodes import SelectedField, Selection

from amanah.contracts.custody import packages as packages_contract
from amanah.contracts.custody.packages import (
    CreatePackages,
    GetPackage,
    GetPackages,
    HistoryPage,
    ListPackageHistory,
    ListPackages,
    NewPackage,
    PackageStatus,
    PackageView,
)
from amanah.contracts.errors import BadInput, NotFound
from amanah.contracts.message import Item as ItemView
from amanah.contracts.rounds import GetRounds, RoundView
from gateway.context import Info
from gateway.schema.areas import Area, area_of
from gateway.schema.derive import input_over, over, request, resolver
from gateway.schema.errors import payload, with_user_errors
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, page_of, page_size
from gateway.schema.scalars import AreaCode


@over(ItemView)
class Item:
    """Quantity of one good."""


@over(packages_contract.PackageContent)
class PackageContent:
    """Balance of one good in a package."""


@over(packages_contract.PackageStep)
class PackageStep:
    """Event in the history of a package, ordered by the time at which it happened."""

    event_id: str


@over(PackageView, without=("round_id", "histories"), found_by=GetPackages)
class Package(Node):
    """Logistic unit with a label and contents, and its present place."""

    status: str
    area: Area = strawberry.field(resolver=area_of, description="Area of the recipients it is for.")

    @resolver
    @staticmethod
    async def round(package: Parent[PackageView], info: Info) -> RoundView | None:
        """Round it belongs to."""
        return await info.context.load(GetRounds, package.round_id)

    @resolver
    @staticmethod
    async def history(
        package: Parent[PackageView], info: Info, first: int | None = PAGE, after: str | None = None
    ) -> Connection[packages_contract.PackageStep]:
        """Events of the package, in the order they happened."""
        wanted = HistoryPage(first=page_size(first), after=after)
        read = next((h.steps for h in package.histories if h.page == wanted), None)
        if read is None:
            read = await info.context.call(
                ListPackageHistory(code=package.code, first=wanted.first, after=wanted.after)
            )
        return page_of(read, after)


def selected_histories(info: Info, *path: str) -> tuple[HistoryPage, ...]:
    """The pages of history that the document selects of the packages at `path` below the field that is resolved.

    A page that is not possible is left out: the field `history` refuses it.
    """
    fields: Iterable[SelectedField] = _fields(info.selected_fields)
    for name in path:
        fields = [inner for field in fields if field.name == name for inner in _fields(field.selections)]
    pages = (_history_page(field) for field in fields if field.name == "history")
    return tuple(dict.fromkeys(page for page in pages if page))[:_MOST_HISTORIES]


def _fields(selections: Iterable[Selection]) -> Iterator[SelectedField]:
    """Yields the fields of selections, those of fragments too."""
    for selection in selections:
        if isinstance(selection, SelectedField):
            yield selection
        else:
            yield from _fields(selection.selections)


def _history_page(field: SelectedField) -> HistoryPage | None:
    first = field.arguments.get("first")  # a number in the document is text here, one in a variable is not
    try:
        return HistoryPage(first=page_size(first and int(first)), after=field.arguments.get("after"))
    except BadInput:
        return None


_MOST_HISTORIES = 10


@input_over(ItemView)
class ItemInput:
    """Quantity of one good."""


@input_over(NewPackage)
class PackageInput:
    """Package to create."""


@input_over(CreatePackages)
class CreatePackagesInput:
    """Packages of a round to create, all or none."""


@payload
class CreatePackagesPayload:
    """The packages in the order given, or the errors of the input."""

    packages: tuple[PackageView, ...] | None = None


@strawberry.type
class PackageQueries:
    """Queries on packages."""

    @resolver
    async def package(self, info: Info, code: str) -> PackageView | None:
        """Package with this code; null when there is none that the viewer may see."""
        try:
            return await info.context.call(GetPackage(code=code, histories=selected_histories(info, "package")))
        except NotFound:
            return None

    @resolver
    async def packages(
        self,
        info: Info,
        round_id: strawberry.ID | None = None,
        area: AreaCode | None = None,
        status: PackageStatus | None = None,
        first: int | None = PAGE,
        after: str | None = None,
    ) -> Connection[PackageView]:
        """Packages that the viewer may see, the newest first. `area` selects those for the area and below it."""
        histories = (
            *selected_histories(info, "packages", "nodes"),
            *selected_histories(info, "packages", "edges", "node"),
        )
        ask = ListPackages(
            round_id=round_id,
            area=area,
            status=status,
            first=page_size(first),
            after=after,
            histories=tuple(dict.fromkeys(histories)),
        )
        return page_of(await info.context.call(ask), after)


@strawberry.type
class PackageMutations:
    """Mutations on packages."""

    @resolver
    @with_user_errors
    async def create_packages(self, info: Info, input: CreatePackagesInput) -> CreatePackagesPayload:
        """Creates packages of a round, all or none. A package that exists with the same content is no error."""
        ask = request(CreatePackages, input)
        answer = await info.context.call(ask, within=[package.area for package in ask.packages])
        return CreatePackagesPayload(packages=answer.nodes)
