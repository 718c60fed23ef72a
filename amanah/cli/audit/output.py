"""What the checks say of a head alike: whose signatures it has, when its witnesses cosigned, and who was not checked."""

from datetime import UTC, datetime

import typer

from amanah.tlog.verify import Report

SHOWN = 20
KEY = (
    "The log's verifier key, which its operator tells you. While it is rotated there are two: repeat it, one is enough."
)
UNCOSIGNED = (
    "The log's own key signed this checkpoint; nothing more was checked. A witness may have been late: check the log, or a copy that "
    "is made later, again. If its cosignature stays away, keep the checkpoint, and ask the witness which one it has. --quorum N says "
    "that so many of the --witness are enough."
)
"""What to do where no more is missing than cosignatures: that is no evidence of a change."""


def tell_signed(report: Report) -> None:
    """The log's keys that signed, and each witness that cosigned with its time."""
    for key in report.signed:
        typer.echo(f"  signature of {key}")
    for name, time in report.witnesses:
        typer.echo(f"  cosigned by {name}{'' if time is None else _moment(time)}")
    if not report.witnesses:
        typer.echo("  no witness was checked; give their keys with --witness")


def unknown(report: Report) -> list[str]:
    """What no given key checks, to be told as not checked: the names on such signatures."""
    if not report.unknown:
        return []
    own = report.origin in report.unknown
    options = ["--key"] * own + ["--witness"] * any(name != report.origin for name in report.unknown)
    named = ", ".join(report.unknown[:SHOWN])
    return [f"signatures of keys that you did not give ({named}); {' or '.join(options)} checks them"]


def _moment(time: int) -> str:
    try:
        return f" at {datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return f" at the time {time}"
