"""Where the flags of a program begin."""

import dataclasses

import strawberry

from amanah.contracts import rounds
from amanah.contracts.rounds import ThresholdChanges
from gateway.schema.invalid import inside


@strawberry.type(description="Where the flags of a program begin: what is beyond the number is flagged.")
class Thresholds:
    """A program's thresholds; each name ends in its unit."""

    far_from_home_m: int
    outside_schedule_days: int
    exif_time_min: int
    exif_place_m: int
    low_accuracy_m: int
    photo_similar_bits: int
    impossible_travel_kmh: int
    too_fast_per_minute: int
    short_quantity_percent: int
    clock_skew_s: int


@strawberry.input(description="The thresholds to set; what is left out stays as it is.")
class ThresholdsInput:
    """Some of a program's thresholds."""

    far_from_home_m: int | None = None
    outside_schedule_days: int | None = None
    exif_time_min: int | None = None
    exif_place_m: int | None = None
    low_accuracy_m: int | None = None
    photo_similar_bits: int | None = None
    impossible_travel_kmh: int | None = None
    too_fast_per_minute: int | None = None
    short_quantity_percent: int | None = None
    clock_skew_s: int | None = None


def thresholds(view: rounds.Thresholds) -> Thresholds:
    """The thresholds of a view."""
    return Thresholds(**view.model_dump())


def threshold_changes(given: ThresholdsInput | None) -> ThresholdChanges:
    """What the owner is asked to set."""
    with inside("thresholds"):
        return ThresholdChanges(**(dataclasses.asdict(given) if given else {}))
