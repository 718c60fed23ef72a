"""Settings of the recipients service; their variables are `AMANAH_RECIPIENTS_<NAME>`."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class RecipientsSettings(BaseSettings):
    """Settings with defaults that suit one machine."""

    model_config = SettingsConfigDict(env_prefix="AMANAH_RECIPIENTS_", extra="ignore")

    batch_rows: int = Field(
        default=200, ge=1, le=10_000, description="Rows of a list per batch, in staging and in applying"
    )
    reader_memory_mb: int = Field(
        default=4096, ge=512, description="Memory limit of the process that reads a list, in megabytes"
    )
    reveals_an_hour: int = Field(default=60, ge=1, description="Rate limit of `revealNik`: NIKs per person and hour")
    lease_s: float = Field(
        default=10.0,
        gt=0,
        description="Lease of an import in seconds; when its instance stops, another continues after that time",
    )
    unused_uploads_hours: int = Field(default=24, ge=2, description="Hours after which an unused upload is deleted")
