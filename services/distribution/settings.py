"""Settings of distribution; variables are `AMANAH_DISTRIBUTION_<NAME>`."""

from collections.abc import Mapping
from datetime import date

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from amanah.contracts.cases import CaseKind

LevelHours = tuple[int, int, int, int]

WORKING_HOURS: Mapping[CaseKind, tuple[int, int, int, int]] = {
    CaseKind.NOT_RECEIVED: (16, 16, 24, 40),
    CaseKind.SHORT: (24, 24, 40, 40),
    CaseKind.DAMAGED: (16, 24, 40, 40),
    CaseKind.CONDUCT: (24, 24, 24, 40),
    CaseKind.ELIGIBILITY: (40, 40, 80, 80),
    CaseKind.OTHER: (40, 40, 80, 80),
    CaseKind.ALERT: (16, 24, 24, 40),
}
"""Working hours of each level, from the village to the nation; a day has eight."""


class DistributionSettings(BaseSettings):
    """Every setting has a default that suits one machine."""

    model_config = SettingsConfigDict(env_prefix="AMANAH_DISTRIBUTION_", extra="ignore")

    roster_wait_s: float = Field(
        default=5.0, ge=0, description="Seconds that `createRound` waits for the approval of its roster to arrive"
    )
    open_at_once: int = Field(
        default=2000,
        ge=0,
        description="Largest round, in recipients, that `createRound` opens before it answers; larger ones open in the background",
    )
    photo_workers: int = Field(default=2, ge=1, description="Number of threads that decode evidence photos")
    link_minutes: int = Field(default=15, ge=1, description="Minutes until the address of a photo expires")
    original_link_minutes: int = Field(
        default=5, ge=1, description="Minutes until the address of an original photo expires"
    )
    originals_kept_years: int = Field(
        default=10, ge=1, description="Years for which the object lock protects original photos from deletion"
    )
    unused_uploads_hours: int = Field(default=24, ge=2, description="Hours after which an unused upload is deleted")
    route_hours: int = Field(
        default=48,
        ge=1,
        description="Expected hours of transport between two places without a route of their own (`setRoute`)",
    )
    capture_wait_s: float = Field(
        default=1.0,
        ge=0,
        le=2,
        description="Seconds that a capture request waits for its events to be processed before it is answered",
    )
    webhook_private_hosts: tuple[str, ...] = Field(
        default=(),
        description='Hosts that webhooks of partners may reach by http and at private addresses, as JSON: ["localhost"]; '
        "others must be public and have https",
    )
    payments_at_once: int = Field(
        default=500,
        ge=0,
        description="Largest payment batch or bank report, in payments, that is processed before the request is answered; larger ones are processed in the background",
    )
    payments_per_file: int = Field(
        default=25_000, ge=1, le=100_000, description="Maximum number of payments in one bank file"
    )
    payment_files_days: int = Field(
        default=30,
        ge=1,
        description="Days after which the bank files of a payment batch, which hold personal data, are deleted",
    )
    confirm_paid_days: int = Field(
        default=7,
        ge=0,
        description="Days after which a payment that its recipient has not confirmed raises `paid_unconfirmed`",
    )
    post_office: str = Field(
        default="PT POS INDONESIA",
        min_length=1,
        max_length=60,
        description="Name of the institution that pays recipients without a bank account",
    )
    payment_sender: str = Field(
        default="amanah", min_length=1, max_length=99, description="Value of `sender_id` in G2P Connect messages"
    )
    case_hours: dict[str, LevelHours] = Field(
        default_factory=lambda: {str(kind): hours for kind, hours in WORKING_HOURS.items()},
        description="Working hours in which village, district, regency and nation must answer a case, by kind, as JSON; "
        'other kinds keep their defaults: {"NOT_RECEIVED": [16, 16, 24, 40]}',
    )
    holidays: tuple[date, ...] = Field(default=(), description='Public holidays, as JSON: ["2026-12-25"]')
    sms_wrong_of_number: int = Field(
        default=5,
        ge=1,
        description="Wrong confirmation codes per hour that one phone number may send; after that its messages are not looked up",
    )
    sms_wrong_in_all: int = Field(
        default=1000,
        ge=1,
        description="Wrong confirmation codes per hour from all phone numbers together; after that no code is looked up",
    )

    @field_validator("case_hours")
    @classmethod
    def _every_kind(cls, given: dict[str, LevelHours]) -> dict[str, LevelHours]:
        kinds = {str(kind): hours for kind, hours in WORKING_HOURS.items()}
        if unknown := sorted(given.keys() - kinds.keys()):
            raise ValueError(f"unknown kind of case {unknown[0]}; use one of {', '.join(kinds)}")
        if any(min(hours) < 1 for hours in given.values()):
            raise ValueError("every level needs at least one hour")
        return kinds | given
