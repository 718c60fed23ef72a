"""Custody of packages: labels, splits, losses, routes."""

from datetime import datetime
from uuid import UUID

import strawberry

from amanah.contracts.custody import labels as labels_contract
from amanah.contracts.custody.custody import LossKind, Piece, RecordPackageLoss, RouteView, SetRoute, SplitPackage
from amanah.contracts.custody.labels import CodeScheme, IssuePackageCodes, MakePackageLabels
from gateway.context import Info
from gateway.schema.enums import register
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved
from gateway.schema.invalid import each
from gateway.schema.packages import ItemInput, Package, items_of, package, packages
from gateway.schema.places import Place, place

register(CodeScheme)
register(LossKind)


@strawberry.type(description="Labels as PDF, ten to a sheet of A4, at an address that expires.")
class LabelSheets:
    """A file of labels."""

    url: str
    sha256: str
    expires_at: datetime
    count: int


@strawberry.type(description="How long the way between two places is expected to take.")
class Route:
    """A way."""

    from_place: Place
    to_place: Place
    hours: int


@strawberry.input
class IssuePackageCodesInput:
    """How many codes, of which form."""

    round_id: strawberry.ID
    count: int
    scheme: CodeScheme
    company_prefix: str | None = strawberry.field(default=None, description="The GS1 company prefix, for SSCC.")


@strawberry.type
class IssuePackageCodesPayload:
    """Fresh codes, or what to mend."""

    codes: list[str] | None
    user_errors: list[UserError]


@strawberry.input
class PackageLabelsInput:
    """Which packages' labels, in the order to print them; up to 1000."""

    round_id: strawberry.ID
    codes: list[str]


@strawberry.type
class PackageLabelsPayload:
    """The labels' file, or what to mend."""

    labels: LabelSheets | None
    user_errors: list[UserError]


@strawberry.input
class PieceInput:
    """A package that comes of a split."""

    code: str
    contents: list[ItemInput]
    entitlement_id: strawberry.ID | None = None


@strawberry.input
class SplitPackageInput:
    """Which part of a package becomes packages of their own."""

    package_code: str
    pieces: list[PieceInput]
    occurred_at: datetime
    note: str | None = None


@strawberry.type
class SplitPackagePayload:
    """The package, then the pieces; or what to mend."""

    packages: list[Package] | None
    user_errors: list[UserError]


@strawberry.input
class RecordPackageLossInput:
    """What of a package is lost, damaged or given back. `clientId` recognises a repeat."""

    client_id: UUID
    package_code: str
    kind: LossKind
    items: list[ItemInput]
    occurred_at: datetime
    note: str | None = None
    evidence_ids: list[strawberry.ID] | None = None


@strawberry.type
class RecordPackageLossPayload:
    """The package as it is now, or what to mend."""

    package: Package | None
    user_errors: list[UserError]


@strawberry.input
class SetRouteInput:
    """How many hours the way between two places takes."""

    from_place: str
    to_place: str
    hours: int


@strawberry.type
class SetRoutePayload:
    """The route, or what to mend."""

    route: Route | None
    user_errors: list[UserError]


def sheets(view: labels_contract.LabelSheets) -> LabelSheets:
    """The labels of a view."""
    return LabelSheets(url=view.url, sha256=view.sha256, expires_at=view.expires_at, count=view.count)


def route(view: RouteView) -> Route:
    """The route of a view."""
    return Route(from_place=place(view.origin), to_place=place(view.destination), hours=view.hours)


@strawberry.type
class CustodyMutations:
    """Mutations on custody."""

    @resolved("Gives out codes for packages, each one once.")
    async def issue_package_codes(self, info: Info, input: IssuePackageCodesInput) -> IssuePackageCodesPayload:
        """Issues codes."""
        made, errors = await attempt(
            lambda: info.context.call(
                IssuePackageCodes(
                    round_id=input.round_id,
                    count=input.count,
                    scheme=input.scheme,
                    company_prefix=input.company_prefix,
                )
            ),
            lambda view: list(view.codes),
        )
        return IssuePackageCodesPayload(codes=made, user_errors=errors)

    @resolved("Makes labels to print: a QR code, the code in letters, the contents, the area and the round.")
    async def package_labels(self, info: Info, input: PackageLabelsInput) -> PackageLabelsPayload:
        """Makes labels."""
        made, errors = await attempt(
            lambda: info.context.call(MakePackageLabels(round_id=input.round_id, codes=tuple(input.codes))),
            sheets,
        )
        return PackageLabelsPayload(labels=made, user_errors=errors)

    @resolved("Makes packages of a part of one, which stand where it stands; the sum is kept.")
    async def split_package(self, info: Info, input: SplitPackageInput) -> SplitPackagePayload:
        """Splits a package."""
        made, errors = await attempt(lambda: info.context.call(split_request(input)), packages)
        return SplitPackagePayload(packages=made, user_errors=errors)

    @resolved("Records what of a package is lost, damaged or given back; the same again answers the first result.")
    async def record_package_loss(self, info: Info, input: RecordPackageLossInput) -> RecordPackageLossPayload:
        """Records a loss."""
        made, errors = await attempt(lambda: info.context.call(loss_request(input)), package)
        return RecordPackageLossPayload(package=made, user_errors=errors)

    @resolved("Sets how long a way is expected to take.")
    async def set_route(self, info: Info, input: SetRouteInput) -> SetRoutePayload:
        """Sets a route."""
        made, errors = await attempt(
            lambda: info.context.call(
                SetRoute(from_place=input.from_place, to_place=input.to_place, hours=input.hours)
            ),
            route,
        )
        return SetRoutePayload(route=made, user_errors=errors)


def split_request(given: SplitPackageInput) -> SplitPackage:
    """What the owner is asked."""
    return SplitPackage(
        package_code=given.package_code,
        pieces=each(
            "pieces",
            given.pieces,
            lambda p: Piece(code=p.code, contents=items_of(p.contents, "contents"), entitlement_id=p.entitlement_id),
        ),
        occurred_at=given.occurred_at,
        note=given.note,
    )


def loss_request(given: RecordPackageLossInput) -> RecordPackageLoss:
    """What the owner is asked."""
    return RecordPackageLoss(
        client_id=str(given.client_id),
        package_code=given.package_code,
        kind=given.kind,
        items=items_of(given.items),
        occurred_at=given.occurred_at,
        note=given.note,
        evidence_ids=tuple(given.evidence_ids or ()),
    )
