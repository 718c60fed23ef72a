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
        default=0.5, gt=0, le=10, description="Seconds between two publications: new entries, and a signed checkpoint"
    )
    proof_wait_s: float = Field(
        default=5.0, ge=0, description="Seconds that a request for a proof waits for a checkpoint over its entry"
    )
    witnesses: str = Field(
        default="",
        description="Witnesses that cosign each checkpoint: verifier key and address of each, separated by spaces or commas",
    )
    witness_quorum: int | None = Field(
        default=None,
        ge=0,
        validate_default=True,
        description="Quorum: number of witnesses that must cosign before a checkpoint is published; unset means a majority",
    )
    unwitnessed_after_s: float = Field(
        default=60.0, ge=0, description="Seconds without enough cosignatures until `log_unwitnessed` is raised"
    )
    files_kept_years: int = Field(
        default=10, ge=1, description="Years for which the object lock protects full tiles and bundles from deletion"
    )
    tsa_url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="Address of the time-stamping authority (RFC 3161) for dated checkpoints; unset sends none",
    )
    tsa_certificates: Path | None = Field(
        default=None,
        validate_default=True,
        description="PEM file with the certificates that verify the authority's answers; required with `AMANAH_AUDIT_TSA_URL`",
    )
    tsa_every_h: int = Field(
        default=24, ge=1, le=24, description="Hours between two time-stamped checkpoints; must divide 24"
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
