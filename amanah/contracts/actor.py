"""The actor of a request: a person with roles, each over an area."""

from collections.abc import Collection
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from amanah.contracts.areas import NATION, AreaCode, Scope, contains
from amanah.contracts.errors import Forbidden, one_of


class Role(StrEnum):
    """Role of a person, always over an area."""

    ADMIN = "ADMIN"
    REGISTRAR = "REGISTRAR"
    VERIFIER = "VERIFIER"
    APPROVER = "APPROVER"
    SUPERVISOR = "SUPERVISOR"
    OFFICER = "OFFICER"
    LOGISTICS = "LOGISTICS"
    AUDITOR = "AUDITOR"
    RECIPIENT = "RECIPIENT"


class Grant(BaseModel):
    """One role over one area and everything below it."""

    model_config = ConfigDict(frozen=True)

    role: Role
    area: AreaCode


class Acting(BaseModel):
    """An actor in the one role in which they act; events and audit entries carry it."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    role: str
    area: str


class Actor(BaseModel):
    """The person behind a request, as the gateway authenticated them."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    grants: tuple[Grant, ...] = ()
    session: str = ""
    ip: str = ""
    device: str = ""

    def has(self, roles: Collection[Role]) -> bool:
        """Tells whether the actor holds one of the roles in any area."""
        return any(g.role in roles for g in self.grants)

    def scope(self, roles: Collection[Role]) -> Scope:
        """Areas in which the actor holds one of the roles. Raises Forbidden when there is none."""
        codes = [g.area for g in self.grants if g.role in roles]
        if not codes:
            raise Forbidden("forbidden.role", roles=one_of(sorted(roles)))
        return Scope(codes)

    def acting(self, roles: Collection[Role], area: str) -> Acting:
        """The actor in a role of `roles` that covers `area`. Raises Forbidden when there is none."""
        self.scope(roles)
        for grant in self.grants:
            if grant.role in roles and contains(grant.area, area):
                return Acting(id=self.id, name=self.name, role=grant.role, area=grant.area)
        raise Forbidden("forbidden.area", area=area)

    def anywhere(self, roles: Collection[Role]) -> Acting:
        """The actor in the first role of `roles` they hold, wherever it is. Raises Forbidden when there is none."""
        self.scope(roles)
        grant = next(g for g in self.grants if g.role in roles)
        return Acting(id=self.id, name=self.name, role=grant.role, area=grant.area)

    def trying(self, roles: Collection[Role]) -> Acting:
        """The actor in the first role of `roles` they hold, or else in their first of all."""
        return self.anywhere(roles) if self.has(roles) else self.foremost()

    def foremost(self) -> Acting:
        """The actor in their first role, for what is done in none in particular: a login, a denial."""
        first = self.grants[0] if self.grants else None
        return Acting(
            id=self.id, name=self.name, role=first.role if first else "NONE", area=first.area if first else NATION
        )


def nobody(area: str = NATION) -> Acting:
    """Anonymous actor, for a person who asks not to be named."""
    return Acting(id="anonymous", name="", role="ANONYMOUS", area=area)


SYSTEM = Acting(id="system", name="Amanah", role="SYSTEM", area="ID")

STRANGER = Acting(id="unknown", name="", role="NONE", area=NATION)
"""Actor without a valid identity."""
