"""What operators may set of the audit service; variables are `AMANAH_AUDIT_<NAME>`."""

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from amanah.timestamps import Authority


class AuditSettings(BaseSettings):
    """Every setting has a default that suits one machine."""

    model_config = SettingsConfigDict(env_prefix="AMANAH_AUDIT_", extra="ignore")

    publish_every_s: float = Field(
        default=0.5, gt=0, le=10, description="How often new entries are published and a checkpoint is signed"
    )
    proof_wait_s: float = Field(default=5.0, ge=0, description="How long a proof waits for its entry's checkpoint")
    tsa_url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="Time-stamping authority (RFC 3161) that each day's first checkpoint is sent to; unset asks nobody",
    )
    tsa_certificates: Path | None = Field(
        default=None,
        validate_default=True,
        description="PEM file with the certificates that the authority's answers are checked by",
    )
    tsa_every_h: int = Field(
        default=24, ge=1, le=24, description="How often a checkpoint is stamped, in hours; a part of a day"
    )

    @field_validator("tsa_certificates")
    @classmethod
    def _answers_can_be_checked(cls, given: Path | None, others: ValidationInfo) -> Path | None:
        if given is None and others.data.get("tsa_url") is not None:
            raise ValueError("name a PEM file, as TSA_URL is set")
        if given is not None and not given.is_file():
            raise ValueError("there is no such file")
        if given is not None:
            Authority(given.read_bytes())
        return given

    @field_validator("tsa_every_h")
    @classmethod
    def _divides_a_day(cls, hours: int) -> int:
        if 24 % hours:
            raise ValueError("must divide 24")
        return hours
