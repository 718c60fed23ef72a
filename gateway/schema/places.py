"""Places: warehouses, posts and delivery points, where goods are stored or handed out."""

import strawberry

from amanah.contracts.custody.packages import CreatePlaces, GetPlaces, ListPlaces, NewPlace, PlaceKind, PlaceView
from gateway.context import Info
from gateway.schema.areas import Area, area_of
from gateway.schema.derive import input_over, over, request, resolver
from gateway.schema.errors import payload, with_user_errors
from gateway.schema.node import Node
from gateway.schema.pagination import PAGE, Connection, page_of, page_size
from gateway.schema.scalars import AreaCode


@over(PlaceView, found_by=GetPlaces)
class Place(Node):
    """Place where goods are stored or handed out. Partners' events name it by its code."""

    area: Area = strawberry.field(resolver=area_of, description="Area of the place.")


@input_over(NewPlace)
class PlaceInput:
    """Place to create."""


@input_over(CreatePlaces)
class CreatePlacesInput:
    """Places to create, all or none."""


@payload
class CreatePlacesPayload:
    """The places in the order given, or the errors of the input."""

    places: tuple[PlaceView, ...] | None = None


@strawberry.type
class PlaceQueries:
    """Queries on places."""

    @resolver
    async def places(
        self,
        info: Info,
        area: AreaCode | None = None,
        kind: PlaceKind | None = None,
        first: int | None = PAGE,
        after: str | None = None,
    ) -> Connection[PlaceView]:
        """Places that the viewer may see, the newest first. `area` selects those in it."""
        ask = ListPlaces(area=area, kind=kind, first=page_size(first), after=after)
        return page_of(await info.context.call(ask), after)


@strawberry.type
class PlaceMutations:
    """Mutations on places."""

    @resolver
    @with_user_errors
    async def create_places(self, info: Info, input: CreatePlacesInput) -> CreatePlacesPayload:
        """Creates places, all or none. A place that exists with the same content is no error."""
        ask = request(CreatePlaces, input)
        answer = await info.context.call(ask, within=[place.area for place in ask.places])
        return CreatePlacesPayload(places=answer.nodes)
