"""Custody of packages: labels, splits, losses, routes."""

from uuid import UUID

import strawberry

from amanah.contracts.custody import labels as labels_contract
from amanah.contracts.custody.custody import Piece, RecordPackageLoss, RouteView, SetRoute, SplitPackage
from amanah.contracts.custody.labels import IssuePackageCodes, MakePackageLabels
from amanah.contracts.custody.packages import PackageView, PlaceView
from gateway.context import Info
from gateway.schema.derive import input_over, over, request, resolver
from gateway.schema.errors import payload, with_user_errors


@over(labels_contract.LabelSheets)
class LabelSheets:
    """Labels as a PDF file, ten on a sheet of A4."""


@over(RouteView)
class Route:
    """Expected duration of the transport between two places."""

    origin: PlaceView = strawberry.field(name="fromPlace")
    destination: PlaceView = strawberry.field(name="toPlace")


@input_over(IssuePackageCodes)
class IssuePackageCodesInput:
    """Number and scheme of the codes to issue."""


@payload
class IssuePackageCodesPayload:
    """New codes, or the errors of the input."""

    codes: tuple[str, ...] | None = None


@input_over(MakePackageLabels)
class PackageLabelsInput:
    """Packages to print labels for, at most 1000."""


@payload
class PackageLabelsPayload:
    """The file of labels, or the errors of the input."""

    labels: labels_contract.LabelSheets | None = None


@input_over(Piece)
class PieceInput:
    """Package that the split creates."""


@input_over(SplitPackage)
class SplitPackageInput:
    """Package to split, and the packages that the split creates."""


@payload
class SplitPackagePayload:
    """The package, then the pieces; or the errors of the input."""

    packages: tuple[PackageView, ...] | None = None


@input_over(RecordPackageLoss)
class RecordPackageLossInput:
    """Goods of a package that were lost, damaged or returned. A repeat of `clientId` answers the first result."""

    client_id: UUID


@payload
class RecordPackageLossPayload:
    """The package after the loss, or the errors of the input."""

    package: PackageView | None = None


@input_over(SetRoute)
class SetRouteInput:
    """Route between two places, and its duration in hours."""


@payload
class SetRoutePayload:
    """The route, or the errors of the input."""

    route: RouteView | None = None


@strawberry.type
class CustodyMutations:
    """Mutations on custody."""

    @resolver
    @with_user_errors
    async def issue_package_codes(self, info: Info, input: IssuePackageCodesInput) -> IssuePackageCodesPayload:
        """Issues codes for packages. No code is issued twice."""
        answer = await info.context.call(request(IssuePackageCodes, input))
        return IssuePackageCodesPayload(codes=answer.codes)

    @resolver
    @with_user_errors
    async def package_labels(self, info: Info, input: PackageLabelsInput) -> PackageLabelsPayload:
        """Makes labels to print: a QR code, the code in letters, the contents, the area and the round."""
        return PackageLabelsPayload(labels=await info.context.call(request(MakePackageLabels, input)))

    @resolver
    @with_user_errors
    async def split_package(self, info: Info, input: SplitPackageInput) -> SplitPackagePayload:
        """Moves a part of a package into new packages at the same place. The total stays the same."""
        answer = await info.context.call(request(SplitPackage, input))
        return SplitPackagePayload(packages=answer.nodes)

    @resolver
    @with_user_errors
    async def record_package_loss(self, info: Info, input: RecordPackageLossInput) -> RecordPackageLossPayload:
        """Records goods of a package that were lost, damaged or returned."""
        return RecordPackageLossPayload(package=await info.context.call(request(RecordPackageLoss, input)))

    @resolver
    @with_user_errors
    async def set_route(self, info: Info, input: SetRouteInput) -> SetRoutePayload:
        """Sets the expected duration of the transport between two places."""
        return SetRoutePayload(route=await info.context.call(request(SetRoute, input)))
