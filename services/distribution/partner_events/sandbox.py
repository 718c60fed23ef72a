"""Packages, places and goods of the sandbox, on which a partner tries its system out. Pure.

Every check is made on them, every outcome is told, and nothing counts: no package moves, no figure changes.
"""

from collections.abc import Mapping
from dataclasses import replace

from amanah.contracts.areas import NATION
from services.distribution.partner_events.rules import Facts, KnownPackage, Sender

UNITS: Mapping[str, str] = {"BERAS": "kg", "MINYAK": "liter", "PAKET": "pcs"}
PLACES = frozenset({"SANDBOX-GUDANG", "SANDBOX-POS", "SANDBOX-BALAI"})
PACKAGES = tuple(f"SANDBOX-{number:03}" for number in range(1, 101))
PALLET = "SANDBOX-PALLET"
FOREIGN = "SANDBOX-OTHER"
"""A package of somebody else, to see `not_your_package`."""


def sandbox_facts(sender: Sender, contents: dict[str, str]) -> Facts:
    """The facts by which the events of a partner in the sandbox are judged; `contents` are those of its earlier events."""
    owner = next(iter(sender.owners))
    owners = {**dict.fromkeys((*PACKAGES, PALLET), owner), FOREIGN: ""}
    return Facts(
        # What the partner's record allows is about the packages and places that count.
        replace(sender, packages=(), places=()),
        packages={code: KnownPackage(code, code, owned_by, UNITS) for code, owned_by in owners.items()},
        places=dict.fromkeys(PLACES, NATION),
        contents=contents,
    )
