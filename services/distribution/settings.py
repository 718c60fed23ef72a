"""What operators may set of distribution; variables are `AMANAH_DISTRIBUTION_<NAME>`."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    capture_at_once: int = Field(
        default=200, ge=0, description="EPCIS documents of up to so many events are done when their capture is answered"
    )
