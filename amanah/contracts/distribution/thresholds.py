"""Where the flags of a program begin."""

from pydantic import Field

from amanah.contracts.message import Answer, Model


class Thresholds(Answer):
    """Where the flags of a program begin: what is beyond the number is flagged. Each name ends in its unit."""

    far_from_home_m: int = 1000
    outside_schedule_days: int = 0
    exif_time_min: int = 120
    exif_place_m: int = 2000
    low_accuracy_m: int = 100
    photo_similar_bits: int = 6
    impossible_travel_kmh: int = 120
    too_fast_per_minute: int = 4
    short_quantity_percent: int = 0
    clock_skew_s: int = 300


class ThresholdChanges(Model):
    """The thresholds to set; what is left out stays as it is."""

    far_from_home_m: int | None = Field(default=None, ge=1, le=1_000_000)
    outside_schedule_days: int | None = Field(default=None, ge=0, le=366)
    exif_time_min: int | None = Field(default=None, ge=1, le=527_040)
    exif_place_m: int | None = Field(default=None, ge=1, le=1_000_000)
    low_accuracy_m: int | None = Field(default=None, ge=1, le=100_000)
    photo_similar_bits: int | None = Field(default=None, ge=0, le=11)
    impossible_travel_kmh: int | None = Field(default=None, ge=1, le=2000)
    too_fast_per_minute: int | None = Field(default=None, ge=1, le=1000)
    short_quantity_percent: int | None = Field(default=None, ge=0, le=100)
    clock_skew_s: int | None = Field(default=None, ge=1, le=31_622_400)

    def given(self) -> dict[str, int]:
        """Only what is to be set."""
        return self.model_dump(exclude_none=True)
