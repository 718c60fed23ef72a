"""Rules on roles: how long they are valid, and how an audit entry lists them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import TypeAlias

from amanah.contracts.actor import Grant

RoleInArea: TypeAlias = tuple[str, str]
"""A role and the code of its area."""

_AREAS_LISTED = 20


def merge_roles(
    known: Mapping[RoleInArea, datetime], grants: Iterable[Grant], expires_at: datetime, now: datetime
) -> dict[RoleInArea, datetime]:
    """Adds the grants of a token to the roles from other tokens that are still valid; each role with its latest expiry."""
    valid = {role: until for role, until in known.items() if until > now}
    for grant in grants:
        role = (str(grant.role), grant.area)
        valid[role] = max(expires_at, valid.get(role, expires_at))
    return valid


def describe_roles(roles: Iterable[RoleInArea]) -> str:
    """Lists roles with their areas, as many as an audit entry can hold: `AUDITOR ID, OFFICER 32.04.05 32.04.06`."""
    parts = []
    for role, group in groupby(roles, key=lambda each: each[0]):
        areas = [area for _, area in group]
        more = f" and {len(areas) - _AREAS_LISTED} more" if len(areas) > _AREAS_LISTED else ""
        parts.append(f"{role} {' '.join(areas[:_AREAS_LISTED])}{more}")
    return ", ".join(parts) or "no role"
