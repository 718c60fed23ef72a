"""Handovers and their evidence."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from amanah.contracts.actor import Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution import OFFICERS, VIEWERS, DistributionRequest
from amanah.contracts.evidence import PhotoView, SignatureView
from amanah.contracts.message import Answer, Item, Location, Many, Model, Moment, Page
from amanah.contracts.rounds import EntitlementView

SENT_AT = "Device time at sending; separates a wrong clock from a late submission."


class HandoverStatus(StrEnum):
    """State of a recorded handover. It counts until an approved correction makes it REVERSED."""

    ACCEPTED = "ACCEPTED"
    DISPUTED = "DISPUTED"
    REVERSED = "REVERSED"


class ReceiverKind(StrEnum):
    """Person who took the aid: the recipient or a proxy."""

    RECIPIENT = "RECIPIENT"
    PROXY = "PROXY"


class FailureReason(StrEnum):
    """Reason why the aid could not be handed over."""

    NOT_FOUND = "NOT_FOUND"
    MOVED = "MOVED"
    DECEASED = "DECEASED"
    REFUSED = "REFUSED"
    NOT_AT_HOME = "NOT_AT_HOME"
    OTHER = "OTHER"


class ReceivedBy(Model):
    """Person who took the aid. A proxy has name, relation and identity number."""

    kind: ReceiverKind
    name: str | None = Field(default=None, max_length=200, description="Name of the proxy.")
    relation: str | None = Field(default=None, max_length=100, description="Relation of the proxy to the recipient.")
    id_number: str | None = Field(default=None, max_length=32, description="Identity number (NIK) of the proxy.")


class Receiver(Answer):
    """Person who took the aid. Name and relation of a proxy are shown to those who oversee the area and to the recorder."""

    kind: ReceiverKind
    name: str | None = Field(default=None, description="Name of the proxy.")
    relation: str | None = Field(default=None, description="Relation of the proxy to the recipient.")


class Flag(Answer):
    """Sign that a person should look at an accepted handover."""

    code: str
    detail: str = Field(description="Finding about this handover.")
    severity: str = ""
    explanation: str = Field(default="", description="Meaning of the flag.")


class HandoverView(Answer):
    """Recorded handover (proof of delivery)."""

    id: str
    status: HandoverStatus
    occurred_at: Moment = Field(description="Time of the handover by the device's clock.")
    received_at: Moment = Field(description="Time at which the server accepted the record.")
    entitlement: EntitlementView
    photo: PhotoView
    flags: tuple[Flag, ...]
    area: AreaCode
    officer_id: str
    officer_name: str
    package_code: str
    items: tuple[Item, ...] = Field(description="Goods handed over.")
    received_by: Receiver
    signature: SignatureView
    location: Location = Field(description="Place reported by the device.")
    device: str = Field(default="", description="Name of the device.")
    confirmed_at: Moment | None = Field(default=None, description="Time at which the recipient confirmed the handover.")
    own: bool = Field(default=False, description="The viewer recorded the handover.")

    def data_subjects(self) -> tuple[str, ...]:
        """The recipient: the place may be their home, and the receiver their proxy. Officers know their own handovers."""
        return () if self.own else (self.entitlement.recipient_id,)


class RecordHandover(DistributionRequest[HandoverView]):
    """Records a handover exactly once: a repeat of `client_id` by the same officer answers the first result."""

    roles: ClassVar[frozenset[Role]] = OFFICERS
    changes: ClassVar[bool] = True
    client_id: str = Field(
        max_length=36, description="Idempotency key: a UUID that the device makes for this handover."
    )
    entitlement_id: str
    package_code: str = Field(max_length=64)
    items: tuple[Item, ...] = Field(min_length=1, max_length=50, description="Goods handed over.")
    received_by: ReceivedBy
    occurred_at: Moment = Field(description="Time of the handover by the device's clock.")
    location: Location
    photo_id: str = Field(description="Upload with the evidence photo.")
    signature_id: str = Field(description="Upload with the signature or thumbprint.")
    sent_at: Moment | None = Field(default=None, description=SENT_AT)
    device: str | None = Field(default=None, max_length=200, description="Name of the device.")
    note: str | None = Field(default=None, max_length=1000)


class SyncResult(Answer):
    """Result of one offline record: the handover or the refusal."""

    client_id: str
    handover: HandoverView | None = None
    code: str | None = None
    field: str | None = None
    message: str | None = None
    translations: dict[str, str] = Field(default_factory=dict)


class SyncAnswer(Answer):
    """Result of each item, in the order sent."""

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
    client_id: str = Field(max_length=36, description="Idempotency key: a UUID that the device makes for this attempt.")
    entitlement_id: str
    reason: FailureReason
    occurred_at: Moment = Field(description="Time of the attempt by the device's clock.")
    location: Location = Field(description="Place of the attempt.")
    note: str | None = Field(default=None, max_length=1000)


class HandoversAnswer(Answer):
    """The handovers found."""

    nodes: tuple[HandoverView, ...] = ()

    def data_subjects(self) -> tuple[str, ...]:
        """Data subjects of the handovers."""
        return tuple(recipient for each in self.nodes for recipient in each.data_subjects())


class ListHandovers(Page[Many[HandoverView]]):
    """Handovers of a round that the viewer may see, the newest first. `flag` is the code of a flag.

    A handover shows where a recipient lives and who collected for them. A page with handovers that others recorded is an
    entry of the audit log.
    """

    service: ClassVar[str] = "distribution"
    shows_people: ClassVar[bool] = True
    roles: ClassVar[frozenset[Role]] = VIEWERS
    round_id: str
    area: AreaCode | None = None
    officer_id: str | None = None
    flag: str | None = Field(default=None, max_length=50)
    status: HandoverStatus | None = None


class GetHandovers(DistributionRequest[HandoversAnswer]):
    """Handovers by id, those the viewer may see. An entry of the audit log, as for ListHandovers."""

    roles: ClassVar[frozenset[Role]] = VIEWERS
    shows_people: ClassVar[bool] = True
    ids: tuple[str, ...] = Field(max_length=100)
