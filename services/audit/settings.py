"""Settings of the audit service; variables are `AMANAH_AUDIT_<NAME>`."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from amanah.tlog.checkpoint import COSIGNATURE, Verifier
from amanah.tlog.timestamps import Authority

MAX_WITNESSES = 14
"""Every reader of notes accepts 16 signatures (C2SP signed-note); during a key rotation two of them are the log's."""


@dataclass(frozen=True)
class Witness:
    """An outside witness: its cosignature key and its URL."""

    key: Verifier
    url: str

    @property
    def name(self) -> str:
        """The name in its cosignatures."""
        return self.key.name


def parse_witnesses(text: str) -> tuple[Witness, ...]:
    """Parses witnesses from `<vkey> <url>, <vkey> <url>`; commas, spaces and new lines are the same. Raises ValueError."""
    words = text.replace(",", " ").split()
    if len(words) % 2:
        raise ValueError(
            "each witness is its verifier key and its address, such as `w.example+1a2b3c4d+AbCd... https://w.example`"
        )
    found = tuple(Witness(_key(key), _url(url)) for key, url in zip(words[::2], words[1::2], strict=True))
    if len({witness.name for witness in found}) < len(found):
        raise ValueError("two witnesses have the same name; each is to be somebody else")
    if len(found) > MAX_WITNESSES:
        raise ValueError(f"there are at most {MAX_WITNESSES} witnesses")
    return found


def _key(text: str) -> Verifier:
    key = Verifier.parse(text)
    if key.kind != COSIGNATURE:
        raise ValueError(f"the key of {key.name} does not cosign; ask the witness for its cosignature key (type 4)")
    return key


def _url(text: str) -> str:
    if not text.startswith(("https://", "http://")) or any(c in text for c in "?#@"):
        raise ValueError(f"{text[:100]!r} is not the address of a witness; it begins with https:// and has no query")
    return text.rstrip("/")


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
    def parsed_witnesses(self) -> tuple[Witness, ...]:
        """The witnesses that the setting names, in its order."""
        return parse_witnesses(self.witnesses)

    @property
    def quorum(self) -> int:
        """The number of witnesses that must cosign."""
        among = len(self.parsed_witnesses)
        return self.witness_quorum if self.witness_quorum is not None else among // 2 + 1 if among else 0

    @field_validator("witnesses")
    @classmethod
    def _name_witnesses(cls, given: str) -> str:
        parse_witnesses(given)
        return given

    @field_validator("witness_quorum")
    @classmethod
    def _is_reached_by_all(cls, given: int | None, others: ValidationInfo) -> int | None:
        among = len(parse_witnesses(others.data.get("witnesses", "")))
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
