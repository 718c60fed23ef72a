"""What operators may set of the audit service; variables are `AMANAH_AUDIT_<NAME>`."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class AuditSettings(BaseSettings):
    """Every setting has a default that suits one machine."""

    model_config = SettingsConfigDict(env_prefix="AMANAH_AUDIT_", extra="ignore")

    publish_every_s: float = Field(
        default=0.5, gt=0, le=10, description="How often new entries are published and a checkpoint is signed"
    )
    proof_wait_s: float = Field(default=5.0, ge=0, description="How long a proof waits for its entry's checkpoint")
