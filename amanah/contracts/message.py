"""The forms of everything that passes between services: requests with their answers, and events."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from amanah.contracts.actor import Role
from amanah.contracts.errors import Unfit


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise Unfit("invalid.time")
    return moment.astimezone(UTC)


def rfc3339(moment: datetime) -> str:
    """`moment` in UTC with milliseconds and a Z, the one form in which times leave a service."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[datetime, AfterValidator(_utc), PlainSerializer(rfc3339, when_used="json")]
"""A point in time: aware, in UTC; JSON has milliseconds and a Z."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def plain(quantity: Decimal) -> str:
    """A quantity as people write it: no exponent, no trailing zeros ("10", "2.5")."""
    text = f"{quantity:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


Quantity = Annotated[Decimal, Field(ge=0, le=10**12, decimal_places=3), PlainSerializer(plain, when_used="json")]
"""Quantity of an item, with at most three decimals; JSON has a string. Stores keep integer thousandths (`milli`)."""


def milli(quantity: Decimal) -> int:
    """A quantity in integer thousandths, so that stores can add it exactly."""
    return int(quantity * 1000)


def from_milli(thousandths: int) -> Decimal:
    """The inverse of `milli`: a quantity of thousandths."""
    return Decimal(thousandths) / 1000


class Model(BaseModel):
    """A frozen value that ignores nothing: unknown fields in a request are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(BaseModel):
    """Base of every answer of a service. Unknown fields are ignored, so that a newer service may add some."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def data_subjects(self) -> tuple[str, ...]:
        """Ids of those whose data it shows: recipients, or the record that holds free text which may name anybody.

        The viewer's own data is left out. The ids stand in the audit log.
        """
        return ()


class Location(Answer):
    """A place on earth in integer microdegrees (WGS 84), with the accuracy in metres that the device claims."""

    latitude_e6: int = Field(ge=-90_000_000, le=90_000_000)
    longitude_e6: int = Field(ge=-180_000_000, le=180_000_000)
    accuracy_m: int | None = Field(default=None, ge=0, description="Accuracy in metres, as the device reports it.")
    mocked: bool | None = Field(default=None, description="The device reports that the place is simulated.")

    @property
    def latitude(self) -> float:
        """Degrees north."""
        return self.latitude_e6 / 1e6

    @property
    def longitude(self) -> float:
        """Degrees east."""
        return self.longitude_e6 / 1e6


class Item(Answer):
    """Quantity of one good."""

    sku: str = Field(min_length=1, max_length=64)
    quantity: Quantity


A = TypeVar("A", bound=BaseModel)


class Request(Model, Generic[A]):
    """Base of every request to a service. A subclass names the owner, the roles that may ask, and the answer's type as `A`.

    `roles` empty means any authenticated actor; the command still checks the area.

    `changes` marks a command: it changes stored data, or reveals protected data. It leaves an audit entry of
    its own, and so does its refusal. `shows_people` marks an answer with personal data, or words that may tell of people, that
    the viewer does not have on a list of their own: the read is an audit entry that names the `data_subjects` of the answer.
    """

    service: ClassVar[str]
    roles: ClassVar[frozenset[Role]] = frozenset()
    changes: ClassVar[bool] = False
    shows_people: ClassVar[bool] = False

    def hides_author(self) -> bool:
        """Tells whether no stored data may lead to the person who asks: then the audit trail names nobody."""
        return False

    @classmethod
    def method(cls) -> str:
        """The method's name on the wire: the class's name in snake case."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def answer(cls) -> type[A]:
        """The type of the answer."""
        for base in cls.__mro__:
            args = getattr(base, "__pydantic_generic_metadata__", {}).get("args")
            if args and isinstance(args[0], type):
                answer: type[A] = args[0]
                return answer
        raise TypeError(f"{cls.__name__} names no answer")


class Page(Request[A], Generic[A]):
    """A request for a page of a list: at most `first`, after the opaque cursor `after`."""

    first: int = Field(default=20, ge=1, le=100)
    after: str | None = None


class Many(Answer, Generic[A]):
    """A page: the nodes, each with its cursor, how many there are in all, and whether more follow."""

    nodes: tuple[A, ...] = ()
    cursors: tuple[str, ...] = ()
    total: int = 0
    more: bool = False

    def data_subjects(self) -> tuple[str, ...]:
        """Data subjects of the nodes."""
        return tuple(each for node in self.nodes if isinstance(node, Answer) for each in node.data_subjects())


class Event(Answer):
    """Base of every event. A subclass names its type (`id.amanah.<owner>.<noun>.<past-participle>.v<N>`) and topic.

    Additive change only within a version.
    """

    type: ClassVar[str]
    topic: ClassVar[str]

    def key(self) -> str:
        """The id of the aggregate: events of one aggregate keep their order."""
        raise TypeError(f"{type(self).__name__} names no key")


def registry(*events: type[Event]) -> dict[str, type[Event]]:
    """Events by their type string."""
    return {e.type: e for e in events}


def encode(model: BaseModel) -> bytes:
    """The JSON of a model, as it travels."""
    return model.model_dump_json().encode()
