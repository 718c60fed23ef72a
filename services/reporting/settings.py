"""Settings of reporting; variables are `AMANAH_REPORTING_<NAME>`."""

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ReportingSettings(BaseSettings):
    """Every setting has a default that suits one machine."""

    model_config = SettingsConfigDict(env_prefix="AMANAH_REPORTING_", extra="ignore")

    round_wait_s: float = Field(
        default=5.0, ge=0, description="Seconds that a query waits for the events of a new round"
    )
    settle_s: float = Field(
        default=1.0,
        ge=0,
        description="Seconds that an event may take from its commit to the bus; a report waits that long before it counts",
    )
    lease_s: float = Field(
        default=30.0,
        gt=0,
        description="Lease of a report in seconds; when its instance stops, another continues after that time",
    )
    link_minutes: int = Field(default=15, ge=1, description="Minutes until the address of a report's file expires")
    layouts: Path | None = Field(
        default=None,
        description="Folder with the office's own PDF layout `bast.typ` and its images; unset uses the built-in layout",
    )

    @field_validator("layouts")
    @classmethod
    def _is_a_folder(cls, given: Path | None) -> Path | None:
        if given is not None and not given.is_dir():
            raise ValueError("no such folder; create it, or correct the path")
        return given and given.resolve()
