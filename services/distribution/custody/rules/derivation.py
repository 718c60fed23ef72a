"""Derives custody: where packages are and what should be in them, from their whole histories in the order things happened.

The order of arrival does not matter: a late event takes its place by time, an event declared wrong loses its effect, and
nothing is deleted. What is inside a package moves with it, for as long as it is inside; what was split from one stands where
it stood. So a package is read together with its related packages: all that were ever inside it or split from it, and all that contained them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from amanah.contracts.custody.packages import PackageStatus
from services.distribution.custody.rules.ledger import Ledger
from services.distribution.custody.rules.replay import Leg, PackageReplay, Snapshot, describe_differences
from services.distribution.custody.rules.steps import (
    ARRIVALS,
    CONDITIONS,
    COUNTS,
    DEPARTURES,
    HANDOVER,
    SPLIT,
    VOID_SHIPPING,
    Step,
    in_order,
)
from services.distribution.rounds.rules.quantities import Amounts


@dataclass(frozen=True)
class InitialPackage:
    """A package as it was made: its contents, the package it was made in, and whether it came of a split."""

    expected: Amounts
    parent: str | None = None
    piece: bool = False


@dataclass(frozen=True)
class CustodyState:
    """Result of a package's history. `held` is what should be in the package now, `counted` what was last counted at a place.

    `differences` has the text of each step whose count did not agree; `void` the keys of steps declared wrong. `leg` is the
    leg it is on, `parent` the package it is in, `moved_at` when it last moved or was counted. `overdrawn` says by how much
    more was taken than was there, for the count that says so and the good. `before_handovers` has a snapshot before each handover.
    """

    status: PackageStatus
    place: str | None
    held: Mapping[str, int]
    counted: Mapping[str, int]
    conditions: frozenset[str]
    differences: Mapping[str, str]
    void: frozenset[str]
    ledger: Ledger = field(default_factory=dict)
    parent: str | None = None
    leg: Leg | None = None
    moved_at: datetime | None = None
    overdrawn: Mapping[tuple[str, str], int] = field(default_factory=dict)
    before_handovers: Mapping[str, Snapshot] = field(default_factory=dict)


def derive(expected: Amounts, steps: Iterable[Step]) -> CustodyState:
    """Derives the state of one package with `expected` contents and no related ones, whatever the order of `steps`."""
    return derive_related({"": InitialPackage(expected)}, steps)[""]


def derive_related(made: Mapping[str, InitialPackage], steps: Iterable[Step]) -> dict[str, CustodyState]:
    """Derives the states of packages that belong together, by package.

    Correct for packages whose related ones are all in `made`: see the module.
    """
    return _Replay(made).read(in_order(s for s in steps if s.package in made))


class _Replay:
    """Histories while they are read."""

    def __init__(self, made: Mapping[str, InitialPackage]) -> None:
        self._parcels = {p: PackageReplay(m.expected, parent=m.parent, born=not m.piece) for p, m in made.items()}
        self._named: set[tuple[str, str]] = set()

    def read(self, history: list[Step]) -> dict[str, CustodyState]:
        wrong = {(s.package, s.event) for s in history if s.declares_error}
        void: dict[str, set[str]] = {p: set() for p in self._parcels}
        self._named = {(s.key, s.package) for s in history}
        for step in history:
            if (step.package, step.event) in wrong and not step.declares_error and not step.ours:
                void[step.package].add(step.key)
            elif not step.declares_error and self._parcels[step.package].born:
                self._take(step)
        return {p: self._state_of(p, frozenset(void[p])) for p in self._parcels}

    def _state_of(self, package: str, void: frozenset[str]) -> CustodyState:
        parcel = self._parcels[package]
        parcel.close()
        return CustodyState(
            status=parcel.status,
            place=parcel.place,
            held=parcel.held,
            counted=parcel.counted,
            conditions=frozenset(parcel.conditions),
            differences=parcel.differences,
            void=void,
            ledger=parcel.book.ledger(),
            parent=parcel.parent,
            leg=parcel.leg,
            moved_at=parcel.moved_at,
            overdrawn=parcel.overdrawn,
            before_handovers=parcel.before_handovers,
        )

    def _take(self, step: Step) -> None:
        """Applies one step to the package and to all that is inside it."""
        parcel = self._parcels[step.package]
        parcel.conditions |= CONDITIONS.keys() & set(step.conditions)
        if step.step == HANDOVER:
            if step.ours:
                parcel.hand_over(step)
            return
        inside = self._inside(step.package)
        counted: Amounts = step.counted
        if inside and counted and step.step in DEPARTURES | ARRIVALS | COUNTS:
            self._compare_whole(step, parcel, inside)
            counted = {}
        if step.step in ARRIVALS:
            self._part_if_elsewhere(step, parcel)
        self._move(step, parcel, counted)
        for each in inside:
            self._move(step, each, {}, carried=True)
        if step.step == SPLIT:
            self._split(step, parcel)
        if step.aggregates:
            self._aggregate(step, parcel)

    def _move(self, step: Step, parcel: PackageReplay, counted: Amounts, *, carried: bool = False) -> None:
        parcel.moved_at = step.at
        if step.step in DEPARTURES:
            parcel.depart(step, counted)
        elif step.step == VOID_SHIPPING:
            parcel.turn_back()
        elif step.step in ARRIVALS:
            parcel.arrive(step, counted)
        elif step.step in COUNTS and counted:
            parcel.count(step, counted)
        elif kind := step.loss_kind:
            # Quantities taken out of a package are its own; only what takes all of it takes what is inside as well.
            if not carried or not step.counted:
                parcel.lose(kind, step.counted)
        elif parcel.place is None:
            parcel.be_at(step.place)

    # ------------------------------------------------------------ related packages

    def _inside(self, package: str) -> list[PackageReplay]:
        """All that is inside a package now, at any depth."""
        found: list[PackageReplay] = []
        layer = {package}
        while layer:
            inner = {p for p, parcel in self._parcels.items() if parcel.born and parcel.parent in layer}
            found += [self._parcels[p] for p in sorted(inner)]
            layer = inner
        return found

    def _compare_whole(self, step: Step, parcel: PackageReplay, inside: list[PackageReplay]) -> None:
        """Compares a count of a package with all that is inside. It shows that something is missing, not from which package."""
        known: dict[str, int] = {}
        for each in (parcel, *inside):
            for sku, quantity in each.held.items():
                known[sku] = known.get(sku, 0) + quantity
        where = step.place or parcel.place or "an unnamed place"
        if text := describe_differences(known, step.counted, "known in it and in what is inside", "counted"):
            parcel.differences[step.key] = f"At {where}: {text}"

    def _part_if_elsewhere(self, step: Step, parcel: PackageReplay) -> None:
        """Takes a package that arrives by itself out of the package it was in, when that stands elsewhere."""
        outer = self._parcels.get(parcel.parent or "")
        together = (step.key, parcel.parent or "") in self._named
        if outer and not together and outer.status is not PackageStatus.IN_TRANSIT and step.place:
            if outer.place not in (None, step.place):
                parcel.parent = None

    def _aggregate(self, step: Step, parcel: PackageReplay) -> None:
        if step.parent is None:
            if step.action == "DELETE":
                for each in self._parcels.values():
                    if each.parent == step.package:
                        each.parent = None
        elif step.action == "DELETE":
            if parcel.parent == step.parent:
                parcel.parent = None
        elif step.parent != step.package and not self._would_circle(step.package, step.parent):
            parcel.parent = step.parent
            if step.place and parcel.status is not PackageStatus.IN_TRANSIT:
                parcel.be_at(step.place)

    def _would_circle(self, package: str, parent: str) -> bool:
        outer: str | None = parent
        while outer is not None and outer in self._parcels:
            if outer == package:
                return True
            outer = self._parcels[outer].parent
        return False

    def _split(self, step: Step, parcel: PackageReplay) -> None:
        for package, amounts in step.pieces.items():
            piece = self._parcels.get(package)
            if piece is None:
                parcel.without(amounts)
            else:
                parcel.cut(piece, amounts)
                piece.moved_at = step.at
