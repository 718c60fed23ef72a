"""A round on a map: handovers counted by cell."""

from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.message import Answer
from amanah.contracts.reporting import VIEWERS, ReportingRequest


class MapCluster(Answer):
    """Handovers in one cell of a map, at the mean of their places."""

    latitude_e6: int
    longitude_e6: int
    count: int = Field(description="Number of handovers and failed attempts.")
    delivered: int
    failed: int = Field(description="Number of failed attempts, also for recipients who were served later.")
    flagged: int = Field(description="Number of handovers with flags.")

    @property
    def latitude(self) -> float:
        """Degrees north."""
        return self.latitude_e6 / 1e6

    @property
    def longitude(self) -> float:
        """Degrees east."""
        return self.longitude_e6 / 1e6


class MapClusters(Answer):
    """The cells of a map with handovers or failed attempts."""

    nodes: tuple[MapCluster, ...] = ()


class GetMapClusters(ReportingRequest[MapClusters]):
    """A round's handovers on a map, in the viewer's areas, counted by cell; at most some three thousand.

    Bounds are in microdegrees; `zoom` is that of web maps. A map with too many cells is answered with larger ones.
    Cells show places, not recipients: reporting has no personal data, so reading a map leaves no audit entry.
    """

    roles: ClassVar[frozenset[Role]] = VIEWERS
    round_id: str
    south_e6: int = Field(ge=-90_000_000, le=90_000_000)
    west_e6: int = Field(ge=-180_000_000, le=180_000_000)
    north_e6: int = Field(ge=-90_000_000, le=90_000_000)
    east_e6: int = Field(ge=-180_000_000, le=180_000_000)
    zoom: int = Field(ge=0, le=30)
