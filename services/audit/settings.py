"""What operators may set of the audit service; variables are `AMANAH_AUDIT_<NAME>`."""

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from amanah.tlog.timestamps import Authority
from services.audit.witnesses import rules as witnesses


class AuditSettings(BaseSettings):
    """Every setting has a default that suits one machine."""

    model_config = SettingsConfigDict(env_prefix="AMANAH_AUDIT_", extra="ignore")

    publish_every_s: float = Field(
        default=0.5, gt=0, le=10, description="How often new entries are published and a checkpoint is signed"
    )
    proof_wait_s: float = Field(default=5.0, ge=0, description="How long a proof waits for its entry's checkpoint")
    witnesses: str = Field(
        default="",
        description="Who cosigns each checkpoint: verifier key and address of each, with spaces or commas between",
    )
    witness_quorum: int | None = Field(
        default=None,
        ge=0,
        validate_default=True,
        description="How many of the witnesses must cosign before a checkpoint is published; unset is a majority of them",
    )
    unwitnessed_after_s: float = Field(
        default=60.0, ge=0, description="How long the log waits for cosignatures before it raises log_unwitnessed"
    )
    files_kept_years: int = Field(
        default=10, ge=1, description="For how many years a store with object lock keeps full tiles and bundles"
    )
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

    @property
    def quorum(self) -> int:
        """How many witnesses must cosign."""
        among = len(witnesses.parse(self.witnesses))
        return self.witness_quorum if self.witness_quorum is not None else among // 2 + 1 if among else 0

    @field_validator("witnesses")
    @classmethod
    def _name_witnesses(cls, given: str) -> str:
        witnesses.parse(given)
        return given

    @field_validator("witness_quorum")
    @classmethod
    def _is_reached_by_all(cls, given: int | None, others: ValidationInfo) -> int | None:
        among = len(witnesses.parse(others.data.get("witnesses", "")))
        if given is not None and given > among:
            raise ValueError(f"there are only {among} witnesses")
        return given

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
