"""A device that applies deltas ends up with what the service has, in whatever order changes are committed."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.distribution.assignments.rules.bundles import (
    OVERLAP,
    EntitlementChange,
    Version,
    base_of,
    shape_of,
    version_of,
)

TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)
SHAPE = shape_of("assignment")
IDS = ("ent_1", "ent_2", "ent_3")

seconds = st.integers(0, 600)
# Which entitlement, when it was written, and how much later its transaction was committed.
changes = st.lists(st.tuples(st.sampled_from(IDS), seconds, st.integers(0, 179)), max_size=8)


def at(second: int) -> datetime:
    return NOON + timedelta(seconds=second)


def committed(history: list[tuple[str, int, int]], now: int) -> dict[str, EntitlementChange]:
    """The entitlements as a reader finds them at `now`; of two changes of one, the later commit stands."""
    state = {i: EntitlementChange(i, "s0", None) for i in IDS}
    for number, (identifier, wrote, took) in sorted(enumerate(history), key=lambda e: (e[1][1] + e[1][2], e[0])):
        if wrote + took <= now:
            state[identifier] = EntitlementChange(identifier, f"s{number + 1}", at(wrote))
    return state


class Device:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.has: dict[str, str] = {}
        self.version: str | None = None

    def ask(self, state: dict[str, EntitlementChange]) -> str:
        base = base_of(self.version, TODAY, SHAPE)
        told = [c for c in state.values() if base is None or (c.at and c.at >= base.changed_from())]
        version = str(version_of(TODAY, SHAPE, told, [], base))
        if version != self.version:
            self.has = {c.id: c.status for c in told} if base is None else self.has | {c.id: c.status for c in told}
        self.version = version
        return version


@given(history=changes, polls=st.lists(seconds, max_size=6))
def test_no_change_is_missed_and_equal_versions_are_equal_states(
    history: list[tuple[str, int, int]], polls: list[int]
) -> None:
    # One change of an entitlement follows the other: the second sees the first, as compare-and-set makes it.
    seen: dict[str, int] = {}
    ordered = []
    for identifier, wrote, took in sorted(history, key=lambda c: c[1]):
        begins = max(wrote, seen.get(identifier, -1) + 1)
        seen[identifier] = begins + took
        ordered.append((identifier, begins, took))
    device = Device()
    states: dict[str, dict[str, str]] = {}
    for now in [*sorted(polls), 10_000, 10_001]:
        state = committed(ordered, now)
        version = device.ask(state)
        told = {i: c.status for i, c in state.items()}
        assert device.has == told
        assert states.setdefault(version, told) == told
        assert version == Device().ask(state)


def test_a_delta_repeats_the_overlap_and_no_more() -> None:
    old, late, last = (
        EntitlementChange("ent_1", "x", at(0)),
        EntitlementChange("ent_2", "x", at(300)),
        EntitlementChange("ent_3", "x", at(400)),
    )
    version = version_of(TODAY, SHAPE, [old, late, last], [], None)
    assert version.changed_from() == at(400) - OVERLAP
    assert version_of(TODAY, SHAPE, [late, last], [], version) == version
    assert version_of(TODAY, SHAPE, [late, last], ["P-1"], version) != version


@given(st.text())
def test_a_version_is_read_as_it_was_written_and_nothing_else_is_one(text: str) -> None:
    version = version_of(TODAY, SHAPE, [EntitlementChange("ent_1", "x", NOON)], [], None)
    assert Version.read(str(version)) == version
    found = Version.read(text)
    assert found is None or str(found) == text or int(text.split(".")[2], 16) == found.mark
    assert base_of(str(version), TODAY, SHAPE) == version
    assert base_of(str(version), TODAY + timedelta(days=1), SHAPE) is None
    assert base_of(str(version), TODAY, shape_of("another")) is None
