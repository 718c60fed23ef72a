"""Partners: carriers as records, with their area, the packages and places they may report on, limits and credentials."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from amanah.contracts.actor import Actor, Role
from amanah.contracts.areas import AreaCode
from amanah.contracts.distribution import DistributionEvent, DistributionRequest
from amanah.contracts.message import Answer, Many, Model, Moment, Page, Sha256

PARTNER_GATEWAY = Actor(id="partner-gateway", name="Partner gateway")
"""Actor in whose name the gateway checks the credentials of a partner that has not authenticated yet."""

ADMINS = frozenset({Role.ADMIN})

_LINE = r"^[^\x00-\x1f]+$"
PartnerName = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True, pattern=_LINE)]
UserId = Annotated[str, StringConstraints(pattern=r"^usr_[0-9a-z]{26}$")]
Contact = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=_LINE)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]


class PartnerStatus(StrEnum):
    """Status of a partner. The requests and events of a suspended one are refused."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"


class CredentialKind(StrEnum):
    """Use of a credential: tokens, signatures of the partner's HTTP requests, the login at Kafka, signatures of webhooks.

    A partner gets the first three when it is registered, and a WEBHOOK secret when one is asked for.
    """

    OAUTH2 = "OAUTH2"
    HMAC = "HMAC"
    KAFKA = "KAFKA"
    WEBHOOK = "WEBHOOK"


class PartnerLimits(Answer):
    """Limits of a partner."""

    events_per_minute: int = Field(default=60_000, ge=1, le=1_000_000, description="Events a minute.")
    pending_events: int = Field(
        default=50_000, ge=1, le=10_000_000, description="Events that may wait to be processed at any time."
    )


class WebhookAddress(Model):
    """Address to which the outcomes of a partner's events are posted, and whether they are."""

    url: str = Field(min_length=1, max_length=500, description="An https address; part of it may be a secret.")
    active: bool = Field(default=True, description="Post outcomes. Set it again to go on after the webhook was parked.")


class WebhookView(Answer):
    """Webhook of a partner."""

    url: str = Field(description="Address to which the outcomes of events are posted.")
    active: bool = Field(description="Outcomes are posted.")
    parked_at: Moment | None = Field(
        default=None, description="Time at which posting ended, after three days in which no attempt succeeded."
    )


class CredentialView(Answer):
    """Credential of a partner, without its secret."""

    kind: CredentialKind
    name: str = Field(description="Client id, or the user name at Kafka.")
    since: Moment
    until: Moment | None = Field(default=None, description="End of its validity; null for the current one.")


class PartnerView(Answer):
    """Carrier that reports events of its packages."""

    id: str
    name: str = Field(description="Registered name, unique without regard to case.")
    contacts: tuple[str, ...] = Field(description="Persons and addresses to turn to.")
    area: AreaCode = Field(description="Area in which it works.")
    places: tuple[str, ...] = Field(description="Codes of the places it may name; empty for all of its area.")
    packages: tuple[str, ...] = Field(description="Prefixes of the package codes it may carry; empty for all codes.")
    status: PartnerStatus
    reason: str | None = Field(default=None, description="Reason of the suspension.")
    suspended_at: Moment | None = None
    sandbox: bool = Field(description="Every check is made, and nothing counts.")
    limits: PartnerLimits
    subjects: tuple[str, ...] = Field(
        description="Ids of the users who act for it with tokens of the identity provider."
    )
    credentials: tuple[CredentialView, ...]
    webhook: WebhookView | None = Field(default=None, description="Where outcomes are posted; null for nowhere.")

    def data_subjects(self) -> tuple[str, ...]:
        """The partner, whose contacts and reason may name people."""
        return (self.id,) if self.contacts or self.reason else ()


class NewCredential(Answer):
    """Credential with its secret, which is shown this once."""

    kind: CredentialKind
    name: str = Field(description="Client id, or the user name at Kafka.")
    secret: str = Field(description="Shown once; it cannot be read again, only rotated.")
    earlier_until: Moment | None = Field(
        default=None, description="Time until which the earlier secret stays valid; null when there is none."
    )


class PartnerAccount(Answer):
    """Partner with the credentials that a command made."""

    partner: PartnerView
    credentials: tuple[NewCredential, ...]


class PartnersAnswer(Answer):
    """Partners, in any order."""

    nodes: tuple[PartnerView, ...] = ()

    def data_subjects(self) -> tuple[str, ...]:
        """Data subjects of the partners."""
        return tuple(each for node in self.nodes for each in node.data_subjects())


class AddPartner(DistributionRequest[PartnerAccount]):
    """Registers a partner and answers its credentials, once. Refused `partner_name_taken` for a name that is registered.

    Packages of the area whose stored partner is this name, or one of the subjects, become the partner's.
    """

    roles: ClassVar[frozenset[Role]] = ADMINS
    changes: ClassVar[bool] = True
    name: PartnerName = Field(description="Registered name, unique without regard to case.")
    area: AreaCode = Field(description="Area in which it works.")
    contacts: tuple[Contact, ...] = Field(
        default=(), max_length=20, description="Persons and addresses to turn to; stored encrypted."
    )
    places: tuple[Code, ...] = Field(
        default=(), max_length=1_000, description="Codes of the places it may name; empty for all of its area."
    )
    packages: tuple[Code, ...] = Field(
        default=(), max_length=100, description="Prefixes of the package codes it may carry; empty for all codes."
    )
    sandbox: bool = Field(default=False, description="Every check is made, and nothing counts.")
    limits: PartnerLimits = PartnerLimits()
    subjects: tuple[UserId, ...] = Field(
        default=(), max_length=50, description="Ids of users who act for it with tokens of the identity provider."
    )


class ChangePartner(DistributionRequest[PartnerView]):
    """Changes what is given of a partner and leaves the rest. A list replaces the stored one; an empty list empties it.

    Refused `webhook_address` for a webhook that is not https, or at a private address, and `webhook_secret_missing`.
    """

    roles: ClassVar[frozenset[Role]] = ADMINS
    changes: ClassVar[bool] = True
    partner_id: str = Field(max_length=64)
    contacts: tuple[Contact, ...] | None = Field(default=None, max_length=20)
    places: tuple[Code, ...] | None = Field(default=None, max_length=1_000)
    packages: tuple[Code, ...] | None = Field(default=None, max_length=100)
    limits: PartnerLimits | None = None
    subjects: tuple[UserId, ...] | None = Field(default=None, max_length=50)
    webhook: WebhookAddress | None = Field(
        default=None,
        description="Address to post outcomes to. Make a WEBHOOK secret first (`rotatePartnerCredential`).",
    )


class RotatePartnerCredential(DistributionRequest[PartnerAccount]):
    """Makes a new secret of a kind. The earlier one stays valid for 24 hours, or ends at once with `now`."""

    roles: ClassVar[frozenset[Role]] = ADMINS
    changes: ClassVar[bool] = True
    partner_id: str = Field(max_length=64)
    kind: CredentialKind
    now: bool = Field(default=False, description="End the earlier secret at once, for one that became known.")


class SuspendPartner(DistributionRequest[PartnerView]):
    """Suspends a partner: its requests and events are refused with the reason, until it is resumed."""

    roles: ClassVar[frozenset[Role]] = ADMINS
    changes: ClassVar[bool] = True
    partner_id: str = Field(max_length=64)
    reason: str = Field(min_length=1, max_length=300, description="Told to the partner; part of the public audit log.")


class ResumePartner(DistributionRequest[PartnerView]):
    """Ends the suspension of a partner."""

    roles: ClassVar[frozenset[Role]] = ADMINS
    changes: ClassVar[bool] = True
    partner_id: str = Field(max_length=64)


class GetPartners(DistributionRequest[PartnersAnswer]):
    """Partners by id, those of the viewer's area; in any order."""

    roles: ClassVar[frozenset[Role]] = ADMINS
    shows_people: ClassVar[bool] = True
    ids: tuple[str, ...] = Field(max_length=100)


class ListPartners(Page[Many[PartnerView]]):
    """Partners of the viewer's area, the newest first."""

    service: ClassVar[str] = "distribution"
    roles: ClassVar[frozenset[Role]] = ADMINS
    shows_people: ClassVar[bool] = True
    status: PartnerStatus | None = None


class Signature(Model):
    """Signature of an HTTP request by a partner, with what it is over: time, nonce, method, target and body."""

    timestamp: str = Field(max_length=20)
    nonce: str = Field(max_length=64)
    method: str = Field(max_length=10)
    target: str = Field(max_length=8_000, description="Path, with the query if there is one.")
    body: Sha256
    signature: str = Field(max_length=100)

    def signed(self) -> bytes:
        """The bytes under the HMAC: the five parts, a line each, without a line end after the last."""
        return "\n".join((self.timestamp, self.nonce, self.method, self.target, self.body)).encode()


class PartnerIdentity(Answer):
    """Partner that has authenticated."""

    id: str
    name: str
    area: AreaCode


class AuthenticatePartner(DistributionRequest[PartnerIdentity]):
    """Checks a secret, or else a signature, of a partner. It does not check the time or repetition of a signature.

    Only PARTNER_GATEWAY may ask. Unauthenticated `client_invalid` or `signature_invalid`; Forbidden `partner_suspended`
    when the credential is right and the partner is suspended.
    """

    partner_id: str = Field(max_length=64)
    secret: str | None = Field(default=None, max_length=200)
    signature: Signature | None = None


class PartnerAdded(DistributionEvent):
    """A partner is registered."""

    type: ClassVar[str] = "id.amanah.distribution.partner.added.v1"
    partner_id: str
    area: AreaCode
    sandbox: bool

    def key(self) -> str:
        """The partner."""
        return self.partner_id


class PartnerChanged(DistributionEvent):
    """The fields named in `fields` of a partner changed."""

    type: ClassVar[str] = "id.amanah.distribution.partner.changed.v1"
    partner_id: str
    fields: tuple[str, ...]

    def key(self) -> str:
        """The partner."""
        return self.partner_id


class PartnerCredentialRotated(DistributionEvent):
    """A partner has a new credential of a kind; the earlier one ends at `earlier_until`, or has ended."""

    type: ClassVar[str] = "id.amanah.distribution.partner.credential-rotated.v1"
    partner_id: str
    kind: CredentialKind
    earlier_until: Moment | None

    def key(self) -> str:
        """The partner."""
        return self.partner_id


class PartnerSuspended(DistributionEvent):
    """A partner is suspended."""

    type: ClassVar[str] = "id.amanah.distribution.partner.suspended.v1"
    partner_id: str

    def key(self) -> str:
        """The partner."""
        return self.partner_id


class PartnerResumed(DistributionEvent):
    """The suspension of a partner has ended."""

    type: ClassVar[str] = "id.amanah.distribution.partner.resumed.v1"
    partner_id: str

    def key(self) -> str:
        """The partner."""
        return self.partner_id
