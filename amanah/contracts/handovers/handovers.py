"""Handovers and their evidence."""

from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution import OFFICERS, VIEWERS, DistributionRequest
from amanah.contracts.evidence import PhotoView, SignatureView
from amanah.contracts.message import Answer, Item, Location, Many, Model, Moment, Page
from amanah.contracts.rounds import EntitlementView


class ReceivedBy(Model):
    """Who took the aid: the RECIPIENT, or a PROXY with name, relation and identity number."""

    kind: str = Field(pattern=r"^(RECIPIENT|PROXY)$")
    name: str | None = Field(default=None, max_length=200)
    relation: str | None = Field(default=None, max_length=100)
    id_number: str | None = Field(default=None, max_length=32)


class Receiver(Answer):
    """Who took the aid. Name and relation of a proxy are told to those who oversee the area, and to who recorded it."""

    kind: str
    name: str | None = None
    relation: str | None = None


class Flag(Answer):
    """Something about an accepted handover that a person should look at."""

    code: str
    detail: str
    severity: str = ""
    explanation: str = ""


class HandoverView(Answer):
    """A recorded handover: ACCEPTED, DISPUTED or REVERSED. `confirmed_at` is when its recipient confirmed it.

    `location` is where the device said it was, `device` what it is called. `own`: the viewer recorded it.
    """

    id: str
    status: str
    occurred_at: Moment
    received_at: Moment
    entitlement: EntitlementView
    photo: PhotoView
    flags: tuple[Flag, ...]
    area: AreaCode
    officer_id: str
    officer_name: str
    package_code: str
    items: tuple[Item, ...]
    received_by: Receiver
    signature: SignatureView
    location: Location
    device: str = ""
    confirmed_at: Moment | None = None
    own: bool = False

    def shown(self) -> tuple[str, ...]:
        """Whose home it may have been at, and whose proxy it may name; officers know their own handovers."""
        return () if self.own else (self.entitlement.recipient_id,)


class RecordHandover(DistributionRequest[HandoverView]):
    """Records a handover, exactly once: a repeat of `client_id` by the same officer answers the first result.

    `sent_at` is what the device's clock shows when it sends: compared with ours, whatever time the handover took place.
    """

    roles: ClassVar[frozenset[Role]] = OFFICERS
    changes: ClassVar[bool] = True
    client_id: str = Field(max_length=36)
    entitlement_id: str
    package_code: str = Field(max_length=64)
    items: tuple[Item, ...] = Field(min_length=1, max_length=50)
    received_by: ReceivedBy
    occurred_at: Moment
    location: Location
    photo_id: str
    signature_id: str
    sent_at: Moment | None = None
    device: str | None = Field(default=None, max_length=200)
    note: str | None = Field(default=None, max_length=1000)


class SyncResult(Answer):
    """What became of one offline record: the handover, or the refusal."""

    client_id: str
    handover: HandoverView | None = None
    code: str | None = None
    field: str | None = None
    message: str | None = None


class SyncAnswer(Answer):
    """One result an item, in the order sent."""

    results: tuple[SyncResult, ...] = ()


class SyncHandovers(DistributionRequest[SyncAnswer]):
    """Records what a device stored while offline; each item succeeds or fails on its own."""

    roles: ClassVar[frozenset[Role]] = OFFICERS
    changes: ClassVar[bool] = True
    handovers: tuple[RecordHandover, ...] = Field(min_length=1, max_length=100)


class RecordFailedHandover(DistributionRequest[EntitlementView]):
    """Records that the aid could not be handed over, and why."""

    roles: ClassVar[frozenset[Role]] = OFFICERS
    changes: ClassVar[bool] = True
    client_id: str = Field(max_length=36)
    entitlement_id: str
    reason: str = Field(pattern=r"^(NOT_FOUND|MOVED|DECEASED|REFUSED|NOT_AT_HOME|OTHER)$")
    occurred_at: Moment
    location: Location
    note: str | None = Field(default=None, max_length=1000)


class HandoversAnswer(Answer):
    """The handovers found."""

    nodes: tuple[HandoverView, ...] = ()

    def shown(self) -> tuple[str, ...]:
        """That of each."""
        return tuple(recipient for each in self.nodes for recipient in each.shown())


class ListHandovers(Page[Many[HandoverView]]):
    """Handovers of a round that the viewer may see, the newest first. `flag` is the code of one that it has.

    A handover tells where a recipient lives and who collected for them: those that others recorded are an entry of the
    audit log, one a page.
    """

    service: ClassVar[str] = "distribution"
    shows_people: ClassVar[bool] = True
    roles: ClassVar[frozenset[Role]] = VIEWERS
    round_id: str
    area: AreaCode | None = None
    officer_id: str | None = None
    flag: str | None = Field(default=None, max_length=50)
    status: str | None = Field(default=None, pattern=r"^(ACCEPTED|DISPUTED|REVERSED)$")


class GetHandovers(DistributionRequest[HandoversAnswer]):
    """Handovers by id, those the viewer may see. An entry of the audit log, as for ListHandovers."""

    roles: ClassVar[frozenset[Role]] = VIEWERS
    shows_people: ClassVar[bool] = True
    ids: tuple[str, ...] = Field(max_length=100)
