"""The Node interface of objects with a global id."""

import strawberry


@strawberry.interface(description="Object that can be found by its id.")
class Node:
    """Object that can be found by its id."""

    id: strawberry.ID
