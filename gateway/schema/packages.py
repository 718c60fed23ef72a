"""Packages: where the goods are, and how they came there."""

from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import strawberry

from amanah.contracts.custody import packages as packages_contract
from amanah.contracts.custody.packages import (
    CreatePackages,
    GetPackage,
    ListPackageHistory,
    ListPackages,
    NewPackage,
    PackagesAnswer,
    PackageStatus,
    PackageView,
)
from amanah.contracts.errors import NotFound
from amanah.contracts.message import Item as ItemView
from amanah.contracts.rounds import GetRounds
from gateway.context import Info
from gateway.schema.areas import Area, area
from gateway.schema.derive import input_over, over, request
from gateway.schema.enums import register
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved
from gateway.schema.invalid import each
from gateway.schema.node import Node, shown
from gateway.schema.pagination import PAGE, Connection, connection, listed, page_size
from gateway.schema.places import Place, place
from gateway.schema.programs import Round, round_
from gateway.schema.scalars import AreaCode

register(PackageStatus)


@over(ItemView)
class Item:
    """Quantity of one good."""


@strawberry.type(
    description="One good in a package: expected when made, counted on arrival, handed over since, and the rest."
)
class PackageContent:
    """One good in a package."""

    sku: str
    expected: Decimal
    counted: Decimal | None
    handed_over: Decimal
    lost: Decimal
    damaged: Decimal
    returned: Decimal
    left: Decimal = strawberry.field(description="What should be in it now; below zero when more was taken out.")


@strawberry.type(description="One event of a package's history, placed by the time it happened.")
class PackageStep:
    """One step."""

    at: datetime
    recorded_at: datetime
    step: str
    source: str
    event_id: str
    place: Place | None
    quantities: list[Item]
    discrepancy: str | None = strawberry.field(description="How what was counted differs from what was sent.")


@strawberry.type(description="A labelled logistic unit with contents.")
class Package(Node):
    """One package, and where it is now."""

    code: str
    status: str
    partner: str | None
    contents: list[PackageContent]
    place: Place | None
    parent: str | None = strawberry.field(description="The code of the package it is in.")
    split_from: str | None = strawberry.field(description="The code of the package it was a part of.")
    entitlement_id: strawberry.ID | None = strawberry.field(
        description="The one entitlement that may be handed over from it."
    )
    round_id: strawberry.Private[str]
    area_code: strawberry.Private[str]

    @resolved("Whose recipients it is for.")
    def area(self, info: Info) -> Area:
        """The package's area."""
        return area(info.context.areas, self.area_code)

    @resolved("In which round.")
    async def round(self, info: Info) -> Round | None:
        """The package's round."""
        view = await info.context.load(GetRounds, self.round_id)
        return shown(view, round_)

    @resolved("What happened to it, in the order it happened.")
    async def history(self, info: Info, first: int | None = PAGE, after: str | None = None) -> Connection[PackageStep]:
        """A page of the history."""
        ask = ListPackageHistory(code=self.code, first=page_size(first), after=after)
        page = await info.context.call(ask)
        steps = [step(view) for view in page.nodes]
        return connection(steps, page.cursors, total=page.total, more=page.more, after=after)


@input_over(ItemView)
class ItemInput:
    """Quantity of one good."""


@strawberry.input
class PackageInput:
    """The package to create."""

    code: str
    area: AreaCode
    partner: str | None = strawberry.field(default=None, description="Who moves it: name or id of a LOGISTICS user.")
    contents: list[ItemInput]
    parent: str | None = strawberry.field(
        default=None, description="The code of the package it lies in from the start."
    )
    entitlement_id: strawberry.ID | None = strawberry.field(
        default=None, description="The one entitlement it is for: no other may be handed over from it."
    )


@strawberry.input
class CreatePackagesInput:
    """The packages of a round to create, all or none."""

    round_id: strawberry.ID
    packages: list[PackageInput]


@strawberry.type
class CreatePackagesPayload:
    """The packages in the order given, or what to mend."""

    packages: list[Package] | None
    user_errors: list[UserError]


def package(view: PackageView) -> Package:
    """The package of a view."""
    return Package(
        id=strawberry.ID(view.id),
        code=view.code,
        status=view.status,
        partner=view.partner,
        contents=[
            PackageContent(
                sku=c.sku,
                expected=c.expected,
                counted=c.counted,
                handed_over=c.handed_over,
                lost=c.lost,
                damaged=c.damaged,
                returned=c.returned,
                left=c.left,
            )
            for c in view.contents
        ],
        place=shown(view.place, place),
        parent=view.parent,
        split_from=view.split_from,
        entitlement_id=strawberry.ID(view.entitlement_id) if view.entitlement_id else None,
        round_id=view.round_id,
        area_code=view.area,
    )


def packages(answer: PackagesAnswer) -> list[Package]:
    """The packages of an answer."""
    return [package(view) for view in answer.nodes]


def step(view: packages_contract.PackageStep) -> PackageStep:
    """The step of a view."""
    return PackageStep(
        at=view.at,
        recorded_at=view.recorded_at,
        step=view.step,
        source=view.source,
        event_id=view.event_id,
        place=shown(view.place, place),
        quantities=[cast(Any, q) for q in view.quantities],
        discrepancy=view.discrepancy,
    )


def items_of(given: list[ItemInput], path: str = "items") -> tuple[ItemView, ...]:
    """The items that an input has at `path`."""
    return each(path, given, lambda i: request(ItemView, i))


def packages_request(given: CreatePackagesInput) -> CreatePackages:
    """What the owner is asked."""
    return CreatePackages(
        round_id=given.round_id,
        packages=each(
            "packages",
            given.packages,
            lambda p: NewPackage(
                code=p.code,
                area=p.area,
                partner=p.partner,
                contents=items_of(p.contents, "contents"),
                parent=p.parent,
                entitlement_id=p.entitlement_id,
            ),
        ),
    )


@strawberry.type
class PackageQueries:
    """Queries on packages."""

    @resolved("The package with this code; none when there is none that the viewer may see.")
    async def package(self, info: Info, code: str) -> Package | None:
        """One package."""
        try:
            return package(await info.context.call(GetPackage(code=code)))
        except NotFound:
            return None

    @resolved("Packages that the viewer may see, the newest first; `area` takes those meant for it and below it.")
    async def packages(
        self,
        info: Info,
        round_id: strawberry.ID | None = None,
        area: AreaCode | None = None,
        status: PackageStatus | None = None,
        first: int | None = PAGE,
        after: str | None = None,
    ) -> Connection[Package]:
        """A page of packages."""
        ask = ListPackages(round_id=round_id, area=area, status=status, first=page_size(first), after=after)
        return listed(await info.context.call(ask), package, after)


@strawberry.type
class PackageMutations:
    """Mutations on packages."""

    @resolved("Creates packages of a round, all or none; what exists alike is no error.")
    async def create_packages(self, info: Info, input: CreatePackagesInput) -> CreatePackagesPayload:
        """Creates packages."""
        areas = [p.area for p in input.packages]
        made, errors = await attempt(lambda: info.context.call(packages_request(input), within=areas), packages)
        return CreatePackagesPayload(packages=made, user_errors=errors)
