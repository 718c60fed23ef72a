"""Users known to the gateway: the people who signed in. The gateway answers these requests itself; no service has them."""

from typing import ClassVar

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.message import Answer, Event, Many, Moment, Page
from amanah.contracts.topics import ACCESS


class OfficerView(Answer):
    """An officer."""

    id: str
    name: str


class ListOfficers(Page[Many[OfficerView]]):
    """Officers whose area touches the viewer's scope, by name: those who may be assigned there with the token they have."""

    service: ClassVar[str] = "gateway"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.SUPERVISOR, Role.ADMIN})
    area: AreaCode | None = None


class AccessRevoked(Event):
    """A user's access was taken away at `at`: the subscriptions that they have open end at every gateway."""

    type: ClassVar[str] = "id.amanah.gateway.access.revoked.v1"
    topic: ClassVar[str] = ACCESS.name
    user_id: str
    at: Moment

    def key(self) -> str:
        """The user's id."""
        return self.user_id
