"""Places on earth: degrees outside, integer microdegrees inside."""

import math

import strawberry

from amanah.contracts.errors import Refused
from amanah.contracts.message import Location as LocationView
from gateway.schema.derive import input_over, over

MICRODEGREES = ("latitude_e6", "longitude_e6")


@over(LocationView, without=MICRODEGREES)
class Location:
    """Place on earth (WGS 84)."""

    latitude: float = strawberry.field(description="Degrees north.")
    longitude: float = strawberry.field(description="Degrees east.")
    accuracy_m: float | None = strawberry.field(name="accuracy")


@input_over(LocationView, without=(*MICRODEGREES, "accuracy_m"))
class LocationInput:
    """Place on earth (WGS 84) in degrees."""

    latitude: float = strawberry.field(description="Degrees north.")
    longitude: float = strawberry.field(description="Degrees east.")
    accuracy: float | None = strawberry.field(default=None, description="Accuracy in metres, as the device reports it.")
    mocked: bool | None = None

    def as_contract(self) -> LocationView:
        """The place in microdegrees. Raises Refused `invalid` for a place that is not on earth."""
        if abs(self.latitude) > 90:
            raise Refused("invalid.latitude", "latitude")
        if abs(self.longitude) > 180:
            raise Refused("invalid.longitude", "longitude")
        if self.accuracy is not None and not 0 <= self.accuracy <= 1e9:
            raise Refused("invalid.accuracy", "accuracy")
        return LocationView(
            latitude_e6=round(self.latitude * 1e6),
            longitude_e6=round(self.longitude * 1e6),
            # Rounded up: an accuracy is never claimed to be better than it is.
            accuracy_m=None if self.accuracy is None else math.ceil(self.accuracy),
            mocked=self.mocked,
        )
