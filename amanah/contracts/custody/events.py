"""Events of custody besides moves: splits, losses, and changes of balances."""

from decimal import Decimal
from typing import ClassVar

from amanah.contracts.areas import AreaCode
from amanah.contracts.custody.custody import LossKind
from amanah.contracts.custody.labels import CodeScheme
from amanah.contracts.custody.packages import PackageStatus
from amanah.contracts.distribution import Amount, DistributionEvent
from amanah.contracts.message import Answer, Item, Moment

_NONE = Decimal(0)


class PackageCodesIssued(DistributionEvent):
    """Codes were given out for packages of a round; `first` to `last` in the order of their numbers."""

    type: ClassVar[str] = "id.amanah.distribution.package-codes.issued.v1"
    round_id: str
    scheme: CodeScheme
    count: int
    first: str
    last: str

    def key(self) -> str:
        """The round."""
        return self.round_id


class PieceMade(Answer):
    """A package that came of a split."""

    package_id: str
    code: str
    items: tuple[Item, ...]


class PackageSplit(DistributionEvent):
    """A part of a package became packages of their own; the sum stays the same."""

    type: ClassVar[str] = "id.amanah.distribution.package.split.v1"
    package_id: str
    code: str
    round_id: str
    area: AreaCode
    at: Moment
    place: str | None
    pieces: tuple[PieceMade, ...]

    def key(self) -> str:
        """The package."""
        return self.package_id


class PackageLossRecorded(DistributionEvent):
    """Goods of a package are LOST, DAMAGED or RETURNED. `place` is where it is now; the figures are in CustodyBalanced."""

    type: ClassVar[str] = "id.amanah.distribution.package.loss-recorded.v1"
    package_id: str
    code: str
    round_id: str
    area: AreaCode
    kind: LossKind
    items: tuple[Item, ...]
    at: Moment
    place: str | None
    evidence: tuple[str, ...] = ()

    def key(self) -> str:
        """The package."""
        return self.package_id


class RouteSet(DistributionEvent):
    """The way between two places is expected to take so long."""

    type: ClassVar[str] = "id.amanah.distribution.route.set.v1"
    from_place: str
    to_place: str
    hours: int

    def key(self) -> str:
        """The way."""
        return f"{self.from_place}>{self.to_place}"


class BalanceChange(Answer):
    """Change of the balance of one good at a place, or with `from_place` or `to_place` on a leg.

    At a place without a name `place`, `from_place` and `to_place` are all None. Below zero: a late event took it back.
    """

    sku: str
    place: str | None = None
    is_leg: bool = False
    from_place: str | None = None
    to_place: str | None = None
    made: Amount = _NONE
    arrived: Amount = _NONE
    left: Amount = _NONE
    stock: Amount = _NONE
    handed_over: Amount = _NONE
    lost: Amount = _NONE
    damaged: Amount = _NONE
    returned: Amount = _NONE
    difference: Amount = _NONE


class CustodyBalanced(DistributionEvent):
    """Balances of a round's packages that are meant for an area changed; the sum of all changes is the balances."""

    type: ClassVar[str] = "id.amanah.distribution.custody.balanced.v1"
    round_id: str
    area: AreaCode
    changes: tuple[BalanceChange, ...]

    def key(self) -> str:
        """The round."""
        return self.round_id


class PlacesCreated(DistributionEvent):
    """Places exist."""

    type: ClassVar[str] = "id.amanah.distribution.place.created.v1"
    codes: tuple[str, ...]

    def key(self) -> str:
        """The first place."""
        return self.codes[0]


class PackagesCreated(DistributionEvent):
    """Packages of a round exist."""

    type: ClassVar[str] = "id.amanah.distribution.package.created.v1"
    round_id: str
    codes: tuple[str, ...]

    def key(self) -> str:
        """The round."""
        return self.round_id


class PackageMoved(DistributionEvent):
    """A partner's event changed what is known of a package; `carried` are the codes of those inside, which moved along."""

    type: ClassVar[str] = "id.amanah.distribution.package.moved.v1"
    package_id: str
    code: str
    round_id: str
    area: AreaCode
    step: str
    at: Moment
    status: PackageStatus
    place: str | None
    discrepancy: str | None
    carried: tuple[str, ...] = ()

    def key(self) -> str:
        """The package."""
        return self.package_id
