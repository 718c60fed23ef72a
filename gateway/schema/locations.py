"""Places on earth: degrees outside, integer microdegrees inside."""

import math

import strawberry

from amanah.contracts.errors import Refused
from amanah.contracts.message import Location as LocationView


@strawberry.type(description="A place on earth (WGS 84).")
class Location:
    """A place."""

    latitude: float = strawberry.field(description="Degrees north.")
    longitude: float = strawberry.field(description="Degrees east.")
    accuracy: float | None = strawberry.field(description="What the device claims, in metres.")
    mocked: bool | None = strawberry.field(description="Whether the device says that the place is mocked.")


@strawberry.input(description="A place on earth (WGS 84) in degrees, with the accuracy in metres.")
class LocationInput:
    """A place as a device says it."""

    latitude: float
    longitude: float
    accuracy: float | None = None
    mocked: bool | None = None


def location(view: LocationView) -> Location:
    """The place of a view."""
    return Location(latitude=view.latitude, longitude=view.longitude, accuracy=view.accuracy_m, mocked=view.mocked)


def location_of(given: LocationInput) -> LocationView:
    """The place that an input's `location` names. Raises Refused `invalid` for a place that is not on earth."""
    if abs(given.latitude) > 90:
        raise Refused("invalid", "A latitude goes from -90 to 90 degrees.", "location.latitude")
    if abs(given.longitude) > 180:
        raise Refused("invalid", "A longitude goes from -180 to 180 degrees.", "location.longitude")
    if given.accuracy is not None and not 0 <= given.accuracy <= 1e9:
        raise Refused("invalid", "An accuracy is a number of metres, not less than 0.", "location.accuracy")
    return LocationView(
        latitude_e6=round(given.latitude * 1e6),
        longitude_e6=round(given.longitude * 1e6),
        # Rounded up: an accuracy is never claimed to be better than it is.
        accuracy_m=None if given.accuracy is None else math.ceil(given.accuracy),
        mocked=given.mocked,
    )
