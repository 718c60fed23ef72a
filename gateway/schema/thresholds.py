"""Thresholds of a program's flags."""

from amanah.contracts import rounds
from amanah.contracts.rounds import ThresholdChanges
from gateway.schema.derive import input_over, over


@over(rounds.Thresholds)
class Thresholds:
    """Thresholds of a program's flags: a value beyond the number is flagged. Each name ends in its unit."""


@input_over(ThresholdChanges)
class ThresholdsInput:
    """Thresholds to set. The others stay as they are."""
