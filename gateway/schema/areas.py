"""Areas, as the table in force has them."""

from typing import Annotated, Protocol

import strawberry
from strawberry import Parent

from amanah.contracts.area_table import AreaTable
from amanah.contracts.areas import NATION, AreaLevel, level, parent
from gateway.context import Info
from gateway.schema.derive import output, resolver
from gateway.schema.pagination import PAGE, Connection, connection, page_size
from gateway.schema.scalars import AreaCode


@output
class Area:
    """Area of the Ministry of Home Affairs' table. A code that is no longer in the table is its own name."""

    code: AreaCode
    name: str
    level: AreaLevel

    @resolver
    def parent(self, info: Info) -> "Area | None":
        """Area one level up; null above the nation."""
        above = parent(self.code)
        return None if above is None else area(info.context.areas, above)


def area(table: AreaTable, code: str) -> Area:
    """Builds the area with this code, known or not."""
    return Area(code=AreaCode(code), name=table.name(code), level=level(code))


class Located(Protocol):
    """View with an area."""

    @property
    def area(self) -> str:
        """The code of the area."""
        ...


def area_of(view: Parent[Located], info: Info) -> Area:
    """Resolves the field `area` of a view."""
    return area(info.context.areas, view.area)


@strawberry.type
class AreaQueries:
    """Queries on areas."""

    @resolver
    def areas(
        self,
        info: Info,
        under: AreaCode | None = None,
        first: int | None = PAGE,
        after: Annotated[str | None, strawberry.argument(description="A cursor, which is an area's code.")] = None,
    ) -> Connection[Area]:
        """Areas one level below `under`, or the provinces, in the order of their codes."""
        table = info.context.areas
        codes = table.children(under or NATION)
        rest = [code for code in codes if after is None or code > after]
        page = rest[: page_size(first)]
        return connection(
            [area(table, code) for code in page], page, total=len(codes), more=len(rest) > len(page), after=after
        )
