"""Relay connections with `nodes` beside `edges`, and the one page size for all of them."""

from collections.abc import Sequence
from typing import Generic, TypeVar

import strawberry
from pydantic import BaseModel

from amanah.contracts.errors import BadInput
from amanah.contracts.message import Many

PAGE = 20
PAGE_LIMIT = 100

T = TypeVar("T")
V = TypeVar("V", bound=BaseModel)


@strawberry.type(description="Position of a page in its list.")
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class Edge(Generic[T]):
    """A node and the cursor that continues after it."""

    cursor: str
    node: T


@strawberry.type
class Connection(Generic[T]):
    """A page of a list."""

    total_count: int
    page_info: PageInfo
    edges: list[Edge[T]]
    nodes: list[T]


def page_size(first: int | None) -> int:
    """The page size for the owner. Raises BadInput when `first` is not 1 to 100."""
    if first is None:
        return PAGE
    if not 1 <= first <= PAGE_LIMIT:
        raise BadInput("page_size", "first", most=PAGE_LIMIT)
    return first


def connection(
    nodes: Sequence[T], cursors: Sequence[str], *, total: int, more: bool, after: str | None, end: str | None = None
) -> Connection[T]:
    """A page of `nodes`, each with the cursor its owner gave; `after` is the cursor of the request.

    `end` is where the next page begins when that is not after the last node.
    """
    return Connection(
        total_count=total,
        page_info=PageInfo(
            has_next_page=more,
            has_previous_page=after is not None,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=end or (cursors[-1] if cursors else None),
        ),
        edges=[Edge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)],
        nodes=list(nodes),
    )


def page_of(page: Many[V], after: str | None) -> Connection[V]:
    """A page of views; `after` is the cursor of the request."""
    return connection(page.nodes, page.cursors, total=page.total, more=page.more, after=after)
