"""What operators may set of distribution; variables are `AMANAH_DISTRIBUTION_<NAME>`."""

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
        default=5.0, ge=0, description="How long creating a round waits for its roster's approval"
    )
    open_at_once: int = Field(
        default=2000, ge=0, description="Rounds of up to so many recipients are open when their creation is answered"
    )
    photo_workers: int = Field(default=2, ge=1, description="Threads that decode evidence photos")
    link_minutes: int = Field(default=15, ge=1, description="How long the address of a served photo stays valid")
    original_link_minutes: int = Field(
        default=5, ge=1, description="How long the address of an original photo is valid"
    )
    originals_kept_years: int = Field(
        default=10, ge=1, description="For how many years a store with object lock keeps originals from everybody"
    )
    unused_uploads_hours: int = Field(
        default=24, ge=2, description="After how many hours an uploaded file that nothing refers to is deleted"
    )
    route_hours: int = Field(
        default=48, ge=1, description="How long a way between two places may take that nobody set hours for"
    )
    capture_wait_s: float = Field(
        default=1.0, ge=0, le=2, description="How long a capture waits for its events to be done before it is answered"
    )
    payments_at_once: int = Field(
        default=500, ge=0, description="Payment batches of rounds of up to so many recipients are done when answered"
    )
    payments_per_file: int = Field(
        default=25_000, ge=1, le=100_000, description="How many payments one file for the bank holds at most"
    )
    payment_files_days: int = Field(
        default=30, ge=1, description="After how many days the files of a payment batch, which name people, are deleted"
    )
    confirm_paid_days: int = Field(
        default=7, ge=0, description="After how many days paid money that its recipient has not confirmed is an alert"
    )
    post_office: str = Field(
        default="PT POS INDONESIA", min_length=1, max_length=60, description="Who pays recipients without an account"
    )
    payment_sender: str = Field(
        default="amanah", min_length=1, max_length=99, description="Our sender_id in messages of G2P Connect"
    )
    case_hours: dict[str, LevelHours] = Field(
        default_factory=lambda: {str(kind): hours for kind, hours in WORKING_HOURS.items()},
        description="Working hours that village, district, regency and nation have to answer a kind of case, as JSON; "
        'kinds left out keep their own: {"NOT_RECEIVED": [16, 16, 24, 40]}',
    )
    holidays: tuple[date, ...] = Field(default=(), description='Days that are no working days, as JSON: ["2026-12-25"]')
    sms_wrong_of_number: int = Field(
        default=5, ge=1, description="Wrong confirmation codes of one number within an hour; then none is looked up"
    )
    sms_wrong_in_all: int = Field(
        default=1000, ge=1, description="Wrong confirmation codes of all numbers within an hour; then none is looked up"
    )

    @field_validator("case_hours")
    @classmethod
    def _every_kind(cls, given: dict[str, LevelHours]) -> dict[str, LevelHours]:
        kinds = {str(kind): hours for kind, hours in WORKING_HOURS.items()}
        if unknown := sorted(given.keys() - kinds.keys()):
            raise ValueError(f"there is no kind of case called {unknown[0]}")
        if any(min(hours) < 1 for hours in given.values()):
            raise ValueError("every level has at least one hour")
        return kinds | given
