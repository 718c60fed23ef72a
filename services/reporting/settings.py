"""Settings of reporting; variables are `AMANAH_REPORTING_<NAME>`."""

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ReportingSettings(BaseSettings):
    """Every setting has a default that suits one machine."""

    model_config = SettingsConfigDict(env_prefix="AMANAH_REPORTING_", extra="ignore")

    round_wait_s: float = Field(default=5.0, ge=0, description="How long a question waits for news of a new round")
    settle_s: float = Field(
        default=1.0, ge=0, description="How long an event may take from its commit to the bus; a report waits as long"
    )
    lease_s: float = Field(
        default=30.0, gt=0, description="How long a report waits when the instance making it is gone"
    )
    link_minutes: int = Field(default=15, ge=1, description="How long the address of a report's file stays valid")
    layouts: Path | None = Field(
        default=None,
        description="Folder with the office's own layouts for PDFs: `bast.typ`, and what it shows; without it, the built-in",
    )

    @field_validator("layouts")
    @classmethod
    def _is_a_folder(cls, given: Path | None) -> Path | None:
        if given is not None and not given.is_dir():
            raise ValueError("there is no such folder")
        return given and given.resolve()
