"""Replay of one package's history: its place, its contents, and the ledger posting for each step."""

from dataclasses import dataclass, field
from datetime import datetime

from amanah.contracts.custody.packages import PackageStatus
from services.distribution.custody.rules.ledger import NOWHERE, Book, Column, leg_account
from services.distribution.custody.rules.steps import Loss, Step
from services.distribution.rounds.rules.quantities import Amounts, quantity_text

_UNNAMED = "an unnamed place"


@dataclass(frozen=True)
class Leg:
    """A leg without an arrival. `key` is the step that began it, `by` the carrier, `destination` the declared one."""

    key: str
    origin: str | None
    destination: str | None
    since: datetime
    by: str


@dataclass
class _OpenLeg:
    """A leg with what it takes to undo it."""

    leg: Leg
    account: str
    before: PackageStatus
    steps: list[str]
    missing: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """A package at one moment."""

    status: PackageStatus
    place: str | None
    held: Amounts


class PackageReplay:
    """A package whose history is being read. Each method is one kind of step and posts what it moves."""

    def __init__(self, expected: Amounts, *, parent: str | None, born: bool) -> None:
        self.status = PackageStatus.REGISTERED
        self.place: str | None = None
        self.held: dict[str, int] = dict(expected) if born else {}
        self.counted: dict[str, int] = {}
        self.conditions: set[str] = set()
        self.differences: dict[str, str] = {}
        self.overdrawn: dict[tuple[str, str], int] = {}
        self.moved_at: datetime | None = None
        self.parent = parent
        self.born = born
        self.book = Book()
        self.before_handovers: dict[str, Snapshot] = {}
        # Handed out before an arrival was reported: the clocks of devices and partners differ.
        self._waiting: list[Step] = []
        self._came = False
        self._open_leg: _OpenLeg | None = None
        self._legs = 0
        # The step that last said how much is there: what is taken beyond it contradicts it.
        self._basis = ""
        if born:
            self.book.post(NOWHERE, "made", self.held)
            self.book.post(NOWHERE, "in", self.held)

    @property
    def account(self) -> str:
        """Account to which its contents are posted."""
        return self._open_leg.account if self._open_leg else self.place or NOWHERE

    @property
    def leg(self) -> Leg | None:
        """The leg it is on."""
        return self._open_leg.leg if self._open_leg else None

    def close(self) -> None:
        """Posts what is left as stock. Nothing may happen to it afterwards."""
        self._hand_over_waiting()
        self.book.post(self.account, "stock", self.held)
        if self._open_leg:
            self.book.rename(
                self._open_leg.account, leg_account(self._open_leg.leg.origin, self._open_leg.leg.destination)
            )

    # ------------------------------------------------------------ moving

    def depart(self, step: Step, counted: Amounts) -> None:
        """Leaves a place, or passes another point on its way."""
        if self._open_leg:
            self._count(step, counted, f"Leaving {step.place or _UNNAMED}", "there", "sent")
            self._open_leg.steps.append(step.key)
            self._open_leg.leg = _bound(self._open_leg.leg, step.destination)
            return
        self.be_at(step.place)
        missing = self._count(step, counted, f"Leaving {self.place or _UNNAMED}", "there", "sent")
        leg = Leg(step.key, self.place, step.destination, step.at, step.by)
        # Until it arrives the leg has a name of its own: two of them may begin alike and end apart.
        self._legs += 1
        open_leg = _OpenLeg(leg, f"{leg_account(self.place, None)}#{self._legs}", self.status, [step.key], missing)
        self._carry(open_leg.account)
        self._open_leg = open_leg
        self.status, self.place = PackageStatus.IN_TRANSIT, None

    def turn_back(self) -> None:
        """Undoes a departure: the package is where it left. What was lost on the way stays lost."""
        open_leg = self._open_leg
        if open_leg is None:
            return
        origin = open_leg.leg.origin or NOWHERE
        on_the_way = self.book.amounts(open_leg.account, "difference")
        self.book.post(open_leg.account, "difference", on_the_way, -1)
        self._add(on_the_way)
        self.book.post(open_leg.account, "in", self.held, -1)
        self.book.post(origin, "out", self.held, -1)
        self.book.post(origin, "difference", open_leg.missing, -1)
        self._add(open_leg.missing)
        self.book.rename(open_leg.account, leg_account(open_leg.leg.origin, open_leg.leg.destination))
        for key in open_leg.steps:
            self.differences.pop(key, None)
        self.status, self.place, self._open_leg = open_leg.before, open_leg.leg.origin, None

    def arrive(self, step: Step, counted: Amounts) -> None:
        """Comes to a place; what is counted is compared with what was sent."""
        to = step.place or (self._open_leg.leg.destination if self._open_leg else self.place)
        if self._open_leg:
            leg = self._open_leg.leg
            carrier = f", carried by {leg.by}" if leg.by else ""
            self._count(
                step, counted, f"Between {leg.origin or _UNNAMED} and {to or _UNNAMED}{carrier}", "sent", "arrived"
            )
            self._carry(to or NOWHERE)
            self.book.rename(self._open_leg.account, leg_account(leg.origin, to))
            self._open_leg = None
        elif self.place and to and self.place != to:
            account = leg_account(self.place, to)
            self._carry(account)
            self._count(step, counted, f"Between {self.place} and {to}", "there", "arrived", account=account)
            self._carry(to, account)
        else:
            self.be_at(to)
            self._count(step, counted, f"At {to or _UNNAMED}", "expected", "counted")
        self.status, self.place, self._came = PackageStatus.ARRIVED, to, True
        self.counted |= counted
        self._hand_over_waiting()

    def be_at(self, place: str | None) -> None:
        """Puts it at a place without a reported arrival."""
        if place is None or place == self.place or self._open_leg:
            return
        if self.place is None:
            self._carry(place)
        else:
            account = leg_account(self.place, place)
            self._carry(account)
            self._carry(place, account)
        self.place = place

    def _carry(self, to: str, origin: str | None = None) -> None:
        self.book.post(self.account if origin is None else origin, "out", self.held)
        self.book.post(to, "in", self.held)

    # ------------------------------------------------------------ counting and taking

    def count(self, step: Step, counted: Amounts) -> None:
        """Was counted where it is."""
        if self.place is None:
            self.be_at(step.place)
        self._count(step, counted, f"At {step.place or self.place or _UNNAMED}", "expected", "counted")
        self.counted |= counted

    def _count(
        self, step: Step, counted: Amounts, where: str, was: str, is_now: str, *, account: str | None = None
    ) -> dict[str, int]:
        """Takes the count for what is there, and notes what is missing by it."""
        if not counted:
            return {}
        if text := describe_differences(self.held, counted, was, is_now):
            self.differences[step.key] = f"{where}: {text}"
        missing = {sku: self.held.get(sku, 0) - quantity for sku, quantity in counted.items()}
        self.book.post(self.account if account is None else account, "difference", missing)
        self.held |= counted
        self._basis = step.key
        return missing

    def hand_over(self, step: Step) -> None:
        """An officer handed out so much of it; before its first arrival, right after that."""
        if self._came:
            self.before_handovers[step.key] = Snapshot(self.status, self.place, dict(self.held))
            self._take("handed", step.counted)
        else:
            self._waiting.append(step)

    def _hand_over_waiting(self) -> None:
        self._came = self._came or bool(self._waiting)
        for step in self._waiting:
            self.hand_over(step)
        self._waiting.clear()

    def lose(self, kind: Loss, taken: Amounts) -> None:
        """Takes out what is lost, damaged or returned; everything when no goods are named."""
        self._take(kind.column, taken or {sku: q for sku, q in self.held.items() if q > 0})

    def _take(self, column: Column, taken: Amounts) -> None:
        self.book.post(self.account, column, taken)
        self._take_out(taken)

    def _take_out(self, taken: Amounts) -> None:
        """Takes it out, and notes what is taken beyond what there is."""
        self._add(taken, -1)
        short = {sku: -self.held[sku] for sku in taken if self.held[sku] < 0}
        for sku, quantity in short.items():
            worst = self.overdrawn.get((self._basis, sku), 0)
            self.overdrawn[self._basis, sku] = max(worst, quantity)
        if short:
            where = f"At {self.place}" if self.place else "On the way" if self._open_leg else f"At {_UNNAMED}"
            parts = [f"{quantity_text(q)} more of {sku} taken out than was there" for sku, q in sorted(short.items())]
            self.differences[f"{self._basis}#overdrawn"] = f"{where}: {'; '.join(parts)}"

    def cut(self, piece: "PackageReplay", amounts: Amounts) -> None:
        """Creates a package of a part of it, at the same place."""
        self.without(amounts)
        piece.born = True
        piece.status, piece.place, piece.parent = self.status, self.place, self.parent
        if self._open_leg:
            piece._legs += 1
            piece._open_leg = _OpenLeg(
                self._open_leg.leg, self._open_leg.account, self._open_leg.before, list(self._open_leg.steps)
            )
        piece.held, piece._came = dict(amounts), self._came
        piece.book.post(piece.account, "in", amounts)

    def without(self, amounts: Amounts) -> None:
        """A part of it went into a package of its own."""
        self.book.post(self.account, "in", amounts, -1)
        self._take_out(amounts)

    def _add(self, amounts: Amounts, sign: int = 1) -> None:
        for sku, quantity in amounts.items():
            self.held[sku] = self.held.get(sku, 0) + sign * quantity


def describe_differences(known: Amounts, counted: Amounts, was: str, is_now: str) -> str:
    """Describes how a count differs from what is known, good by good; empty when it agrees."""
    parts = []
    for sku, quantity in sorted(counted.items()):
        there = known.get(sku, 0)
        if quantity != there:
            gap = (
                f"{quantity_text(there - quantity)} missing"
                if quantity < there
                else f"{quantity_text(quantity - there)} too many"
            )
            parts.append(f"{sku}: {quantity_text(there)} {was}, {quantity_text(quantity)} {is_now}, {gap}")
    return "; ".join(parts)


def _bound(leg: Leg, destination: str | None) -> Leg:
    return Leg(leg.key, leg.origin, destination, leg.since, leg.by) if destination else leg
