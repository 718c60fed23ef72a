"""Access to cases: readers of an area, managers of an area, and the assignee."""

from amanah.contracts.actor import Actor
from amanah.contracts.cases import CASE_READERS
from amanah.contracts.distribution import MANAGERS


def oversees(actor: Actor, area: str) -> bool:
    """Checks that the actor reads the cases of an area."""
    return actor.has(CASE_READERS) and actor.scope(CASE_READERS).covers(area)


def manages(actor: Actor, area: str) -> bool:
    """Checks that the actor decides cases of an area."""
    return actor.has(MANAGERS) and actor.scope(MANAGERS).covers(area)


def handles(actor: Actor, area: str, assignee: str | None) -> bool:
    """Checks that the actor reads a case to handle it, and not only as its author."""
    return oversees(actor, area) or assignee == actor.id
