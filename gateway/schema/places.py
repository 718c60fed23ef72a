"""Places: warehouses, posts and delivery points, where goods are kept or handed out."""

from typing import Any, cast

import strawberry

from amanah.contracts.custody.packages import CreatePlaces, ListPlaces, NewPlace, PlaceKind, PlacesAnswer, PlaceView
from gateway.context import Info
from gateway.schema.areas import Area, area
from gateway.schema.derive import request
from gateway.schema.enums import register
from gateway.schema.errors import UserError, attempt
from gateway.schema.fields import resolved
from gateway.schema.invalid import each
from gateway.schema.locations import Location, LocationInput
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, listed, page_size
from gateway.schema.scalars import AreaCode

register(PlaceKind)


@strawberry.type(description="Where goods are kept or handed out; what partners' events refer to by its code.")
class Place(Node):
    """One place."""

    code: str
    name: str
    kind: PlaceKind
    location: Location
    area_code: strawberry.Private[str]

    @resolved("Where it lies.")
    def area(self, info: Info) -> Area:
        """The place's area."""
        return area(info.context.areas, self.area_code)


@strawberry.input
class PlaceInput:
    """The place to create."""

    code: str
    name: str
    kind: PlaceKind
    area: AreaCode
    location: LocationInput


@strawberry.input
class CreatePlacesInput:
    """The places to create, all or none."""

    places: list[PlaceInput]


@strawberry.type
class CreatePlacesPayload:
    """The places in the order given, or what to mend."""

    places: list[Place] | None
    user_errors: list[UserError]


def place(view: PlaceView) -> Place:
    """The place of a view."""
    return Place(
        id=strawberry.ID(view.id),
        code=view.code,
        name=view.name,
        kind=view.kind,
        location=cast(Any, view.location),
        area_code=view.area,
    )


def places(answer: PlacesAnswer) -> list[Place]:
    """The places of an answer."""
    return [place(view) for view in answer.nodes]


def places_request(given: CreatePlacesInput) -> CreatePlaces:
    """What the owner is asked."""
    return CreatePlaces(
        places=each(
            "places",
            given.places,
            lambda p: request(NewPlace, p),
        )
    )


@strawberry.type
class PlaceQueries:
    """Queries on places."""

    @resolved("Places that the viewer may see, the newest first; `area` takes those in it.")
    async def places(
        self,
        info: Info,
        area: AreaCode | None = None,
        kind: PlaceKind | None = None,
        first: int | None = PAGE,
        after: str | None = None,
    ) -> Connection[Place]:
        """A page of places."""
        ask = ListPlaces(area=area, kind=kind, first=page_size(first), after=after)
        return listed(await info.context.call(ask), place, after)


@strawberry.type
class PlaceMutations:
    """Mutations on places."""

    @resolved("Creates places, all or none; what exists with the same content is no error.")
    async def create_places(self, info: Info, input: CreatePlacesInput) -> CreatePlacesPayload:
        """Creates places."""
        areas = [p.area for p in input.places]
        made, errors = await attempt(lambda: info.context.call(places_request(input), within=areas), places)
        return CreatePlacesPayload(places=made, user_errors=errors)
