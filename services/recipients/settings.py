"""Settings of the recipients service; their variables are `AMANAH_RECIPIENTS_<NAME>`."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class RecipientsSettings(BaseSettings):
    """Settings with defaults that suit one machine."""

    model_config = SettingsConfigDict(env_prefix="AMANAH_RECIPIENTS_", extra="ignore")

    batch_rows: int = Field(
        default=200, ge=1, le=10_000, description="Rows of a list that are staged or applied at once"
    )
    reader_memory_mb: int = Field(default=4096, ge=512, description="Memory that reading one list may take")
    reveals_an_hour: int = Field(default=60, ge=1, description="How many NIKs one person may reveal in an hour")
    lease_s: float = Field(default=10.0, gt=0, description="How long an import waits when the instance at it is gone")
